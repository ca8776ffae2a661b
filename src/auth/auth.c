/* The object that holds policy, accounts, counters and the memory of wrong guesses; and what identities own. */
#include "auth/auth.h"

#include <stdlib.h>
#include <string.h>

#include "auth/state.h"
#include "base/log.h"
#include "crypto/crypto.h"

static const char *const method_names[AUTH_METHOD_COUNT] = {
	[AUTH_NONE] = "none",
	[AUTH_ANONYMOUS] = "anonymous",
	[AUTH_GUEST] = "guest",
	[AUTH_PLAINTEXT] = "plaintext",
	[AUTH_LM] = "LM",
	[AUTH_NTLM] = "NTLM (v1)",
	[AUTH_NTLM2_SESSION] = "NTLM2 session",
	[AUTH_LMV2] = "LMv2",
	[AUTH_NTLMV2] = "NTLMv2",
	[AUTH_KERBEROS] = "Kerberos",
};

const char *auth_method_name(enum auth_method m)
{
	return (unsigned)m < AUTH_METHOD_COUNT ? method_names[m] : method_names[AUTH_NONE];
}

static bool own(const char **s, const char *otherwise)
{
	*s = strdup(*s != NULL && **s != '\0' ? *s : otherwise);
	return *s != NULL;
}

static bool own_optional(const char **s)
{
	bool has = *s != NULL && **s != '\0';
	*s = has ? strdup(*s) : NULL;
	return !has || *s != NULL;
}

/* Every string is copied even after a failure, so that auth_put frees only what is ours. */
static bool own_policy(struct auth_policy *p)
{
	bool good = own(&p->guest_account, "nobody");
	good &= own(&p->netbios_name, "LONGHOUSE");
	good &= own(&p->workgroup, "WORKGROUP");
	good &= own(&p->dns_name, "localhost");
	good &= own_optional(&p->keytab);
	good &= own_optional(&p->realm);
	if (p->oem == NULL)
		p->oem = oem_page_get("850");
	return good && p->oem != NULL;
}

struct auth *auth_new(const struct auth_policy *policy, struct accounts *accounts)
{
	if (!crypto_init()) {
		log_error("auth: %s", crypto_error());
		return NULL;
	}
	struct auth *a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	atomic_init(&a->users, 1);
	atomic_init(&a->gathered, 0);
	a->policy = *policy;
	a->accounts = accounts;
	a->limit = auth_limit_new();
	a->replay = policy->keytab != NULL ? auth_replay_new() : NULL;
	a->statistics = calloc(1, sizeof(*a->statistics));
	if (a->statistics != NULL)
		atomic_init(&a->statistics->users, 1);
	if (own_policy(&a->policy) && a->limit != NULL && (a->replay != NULL || policy->keytab == NULL) && a->statistics != NULL)
		return a;
	auth_put(a);
	return NULL;
}

struct auth *auth_get(struct auth *a)
{
	atomic_fetch_add(&a->users, 1);
	return a;
}

static void statistics_put(struct auth_statistics *s)
{
	if (s != NULL && atomic_fetch_sub(&s->users, 1) == 1)
		free(s);
}

struct accounts *auth_accounts(const struct auth *a)
{
	return a->accounts;
}

void auth_put(struct auth *a)
{
	if (a == NULL || atomic_fetch_sub(&a->users, 1) != 1)
		return;
	free((char *)a->policy.guest_account);
	free((char *)a->policy.netbios_name);
	free((char *)a->policy.workgroup);
	free((char *)a->policy.dns_name);
	free((char *)a->policy.keytab);
	free((char *)a->policy.realm);
	auth_limit_put(a->limit);
	auth_replay_put(a->replay);
	statistics_put(a->statistics);
	free(a);
}

const struct auth_policy *auth_policy(const struct auth *a)
{
	return &a->policy;
}

void auth_inherit(struct auth *a, struct auth *old)
{
	auth_limit_put(a->limit);
	a->limit = auth_limit_get(old->limit);
	if (a->replay != NULL && old->replay != NULL) {
		auth_replay_put(a->replay);
		a->replay = auth_replay_get(old->replay);
	}
	statistics_put(a->statistics);
	a->statistics = old->statistics;
	atomic_fetch_add(&a->statistics->users, 1);
}

struct auth_counters auth_counters(const struct auth *a)
{
	struct auth_counters c = { .failed = atomic_load(&a->statistics->failed) };
	for (size_t i = 0; i < AUTH_METHOD_COUNT; i++) {
		c.accepted[i] = atomic_load(&a->statistics->accepted[i]);
		c.refused[i] = atomic_load(&a->statistics->refused[i]);
	}
	return c;
}

void auth_identity_fini(struct auth_identity *id)
{
	free(id->account);
	free(id->domain);
	free(id->groups);
	crypto_wipe(id, sizeof(*id));
}
