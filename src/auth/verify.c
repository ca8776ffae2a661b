/*
 * The verdict over one logon: who is meant, is the proof right, what does policy say. Thread-safe.
 *
 * Order: nobody (anonymous), unknown user (guest by policy, or failure), closed door (rate limit), proof, disabled.
 * A wrong or refused proof of a known user is always STATUS_LOGON_FAILURE, never guest: Windows 98 would not ask for
 * the password otherwise, and Open PS2 Loader tries its LM response after exactly this status. FIELD B11, C1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/accounts.h"
#include "auth/proof.h"
#include "auth/state.h"
#include "auth/unixid.h"
#include "base/log.h"

enum { UNIX_NOBODY = 65534 };

static const char *text(const char *s)
{
	return s != NULL ? s : "";
}

/* Why, and what the administrator has to do if a refusal was not wanted. Names only parameters that there are. */
static const char *cure_of(enum auth_method m)
{
	switch (m) {
	case AUTH_NTLM:
	case AUTH_NTLM2_SESSION:
		return "NTLMv2 is required; if this client cannot do it, set `ntlm auth = yes` (or --ntlmv1)";
	case AUTH_LM:
		return "LM responses are not allowed; let the client use NTLMv2, or allow them for its address: "
		       "`legacy auth = lm for ADDRESS` (or --legacy ADDRESS)";
	default:
		return "passwords in clear are not allowed; let the client encrypt them, or allow them for its address: "
		       "`legacy auth = plaintext for ADDRESS` (or --legacy ADDRESS)";
	}
}

/* A response may have several forms in it; the log speaks of the strongest, since that is the one to allow. */
static void log_refused(struct auth *a, const struct auth_response *r, unsigned refused)
{
	enum auth_method strongest = AUTH_NONE;
	for (unsigned m = 0; m < AUTH_METHOD_COUNT; m++)
		if (refused & 1u << m) {
			atomic_fetch_add(&a->statistics->refused[m], 1);
			strongest = (enum auth_method)m;
		}
	static struct log_limit limit;
	log_limited(&limit, LOG_LEVEL_WARNING, "%s response from %s for user '%s' refused: %s", auth_method_name(strongest), text(r->peer),
		    text(r->user), cure_of(strongest));
}

static bool identity_texts(struct auth_identity *out, const char *account, const char *domain)
{
	out->account = strdup(account);
	out->domain = strdup(domain);
	return out->account != NULL && out->domain != NULL;
}

/* The Unix user behind the identity; an account without one keeps unix_known = false and the server's own rights. */
static bool identity_unix(struct auth_identity *out, const char *unix_user, nttime now)
{
	struct auth_unixid id;
	if (!auth_unixid_find(unix_user, now, &id))
		return false;
	out->unix_known = id.known;
	/* Should a caller forget to ask unix_known, it must not find a zero here. */
	out->uid = id.known ? id.uid : UNIX_NOBODY;
	out->gid = id.known ? id.gid : UNIX_NOBODY;
	out->groups = id.groups;
	out->n_groups = id.n_groups;
	return true;
}

static nt_status accept_proof(struct auth *a, const struct auth_response *r, struct auth_identity *out, bool complete)
{
	if (!complete) {
		log_error("logon of '%s' from %s: no memory", text(r->user), text(r->peer));
		auth_identity_fini(out);
		return STATUS_NO_MEMORY;
	}
	atomic_fetch_add(&a->statistics->accepted[out->method], 1);
	log_message(out->by_legacy ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO, "'%s' logged on from %s as '%s' (%s%s)", text(r->user),
		    text(r->peer), out->account, auth_method_name(out->method), out->by_legacy ? ", a weak proof" : "");
	return STATUS_SUCCESS;
}

static nt_status fail(struct auth *a, nt_status status)
{
	atomic_fetch_add(&a->statistics->failed, 1);
	return status;
}

static nt_status accept_anonymous(struct auth *a, const struct auth_response *r, nttime now, struct auth_identity *out)
{
	if (!a->policy.allow_anonymous) {
		atomic_fetch_add(&a->statistics->refused[AUTH_ANONYMOUS], 1);
		log_info("anonymous logon from %s refused: they are not allowed", text(r->peer));
		return STATUS_LOGON_FAILURE;
	}
	out->anonymous = true;
	out->method = AUTH_ANONYMOUS;
	bool complete = identity_texts(out, "", text(r->domain)) && identity_unix(out, a->policy.guest_account, now);
	return accept_proof(a, r, out, complete);
}

static nt_status accept_guest(struct auth *a, const struct auth_response *r, nttime now, struct auth_identity *out)
{
	const char *guest = a->policy.guest_account;
	out->guest = true;
	out->method = AUTH_GUEST;
	return accept_proof(a, r, out, identity_texts(out, guest, text(r->domain)) && identity_unix(out, guest, now));
}

static nt_status unknown_user(struct auth *a, const struct auth_response *r, nttime now, struct auth_identity *out)
{
	if (a->policy.guest == AUTH_GUEST_BAD_USER)
		return accept_guest(a, r, now, out);
	/* An empty first knock is not a guess: DOS clients log on with the machine's name before they ask. */
	if (!auth_response_is_empty(r))
		auth_limit_wrong(a->limit, text(r->peer), text(r->user), now);
	static struct log_limit limit;
	if (auth_response_is_empty(r))
		log_limited(&limit, LOG_LEVEL_WARNING,
			    "logon without a password from %s refused (it calls itself '%s'); let it log on as a user of this server "
			    "(smbclient: -U NAME); to let strangers in as guests: --guest, or `map to guest = bad user`",
			    text(r->peer), text(r->user));
	else
		log_limited(&limit, LOG_LEVEL_WARNING,
			    "logon of unknown user '%s' from %s refused; to add the user: --user %s:PASSWORD, or, for a server without --user, longhouse user "
			    "add '%s' with this server's --state; to let strangers in as guests: --guest, or `map to guest = bad user`",
			    text(r->user), text(r->peer), text(r->user), text(r->user));
	return fail(a, STATUS_LOGON_FAILURE);
}

/* The bare name in DOMAIN\user and user@dns.name. Points into buf or user. */
static const char *login_of(const char *user, char *buf, size_t cap)
{
	const char *backslash = strrchr(user, '\\');
	if (backslash != NULL)
		return backslash + 1;
	size_t len = strcspn(user, "@");
	if (user[len] == '\0' || len >= cap)
		return user;
	memcpy(buf, user, len);
	buf[len] = '\0';
	return buf;
}

static bool find_account(struct auth *a, const char *user, const char *login, struct account *out)
{
	if (a->accounts == NULL)
		return false;
	return accounts_find(a->accounts, user, out) || (login != user && accounts_find(a->accounts, login, out));
}

static nt_status wrong_proof(struct auth *a, const struct auth_response *r, const struct account *account,
			     const struct auth_proof *proof, nttime now)
{
	if (auth_response_is_empty(r)) {
		log_info("user '%s' from %s sent no password", text(r->user), text(r->peer));
		return fail(a, STATUS_LOGON_FAILURE);
	}
	static struct log_limit limit;
	/* Also where a form was refused: another field of the same response may have been checked. */
	auth_limit_wrong(a->limit, text(r->peer), account->name, now);
	if (proof->refused != 0)
		log_refused(a, r, proof->refused);
	else if (a->policy.allow_lm && !auth_lm_hashes_any(&account->lm) && r->nt.len == 0 && r->lm.len == CRYPTO_DESL_LEN)
		log_limited(&limit, LOG_LEVEL_WARNING, "LM response from %s for user '%s' cannot be checked: the account keeps no LM hash; "
			    "to make one: longhouse user passwd --lm '%s'",
			    text(r->peer), text(r->user), account->name);
	else
		log_limited(&limit, LOG_LEVEL_WARNING, "wrong password for user '%s' (domain '%s') from %s; to set a new one: --user %s:PASSWORD, or, "
			    "for a server without --user, longhouse user passwd '%s' with this server's --state",
			    text(r->user), text(r->domain), text(r->peer), account->name, account->name);
	return fail(a, STATUS_LOGON_FAILURE);
}

static void copy_keys(const struct auth *a, const struct auth_response *r, const struct auth_proof *proof, struct auth_identity *out)
{
	out->method = proof->method;
	out->lm_session_key = proof->method == AUTH_LM;
	out->by_legacy = !auth_policy_allows(&a->policy, proof->method) && !auth_response_is_empty(r);
	bool fits = proof->response.len <= sizeof(out->response_for_signing);
	if (!proof->has_key || (!fits && !r->ntlmssp))
		return;
	out->has_session_key = true;
	memcpy(out->session_key, proof->key, sizeof(out->session_key));
	if (r->ntlmssp)
		return;
	memcpy(out->response_for_signing, proof->response.ptr, proof->response.len);
	out->response_for_signing_len = proof->response.len;
}

static nt_status known_user(struct auth *a, const struct auth_response *r, const struct account *account,
			    const char *login, nttime now, struct auth_identity *out)
{
	if (!auth_limit_allows(a->limit, text(r->peer), account->name, now)) {
		static struct log_limit limit;
		log_limited(&limit, LOG_LEVEL_NOTICE, "logon of '%s' from %s refused for some seconds: too many wrong passwords",
			    text(r->user), text(r->peer));
		return fail(a, STATUS_ACCOUNT_LOCKED_OUT);
	}
	struct auth_proof proof = auth_prove(&a->policy, account, r, login);
	nt_status status;
	if (proof.method == AUTH_NONE) {
		status = wrong_proof(a, r, account, &proof, now);
	} else if (account->disabled) {
		/* Only who knows the password learns that. */
		log_warning("logon of '%s' from %s refused: the account is disabled", text(r->user), text(r->peer));
		status = fail(a, STATUS_ACCOUNT_DISABLED);
	} else {
		auth_limit_right(a->limit, text(r->peer), account->name);
		copy_keys(a, r, &proof, out);
		out->admin = account->admin;
		const char *unix_user = account->unix_user[0] != '\0' ? account->unix_user : account->name;
		bool complete = identity_texts(out, account->name, text(r->domain)) && identity_unix(out, unix_user, now);
		status = accept_proof(a, r, out, complete);
	}
	crypto_wipe(&proof, sizeof(proof));
	return status;
}

nt_status auth_verify(struct auth *a, const struct auth_response *r, nttime now, struct auth_identity *out)
{
	struct account account;
	struct auth_response named = *r;
	char buf[sizeof(account.name)];
	*out = (struct auth_identity){ .method = AUTH_NONE };
	named.user = text(r->user);
	if (named.user[0] == '\0' && auth_response_is_empty(r))
		return accept_anonymous(a, &named, now, out);
	const char *login = login_of(named.user, buf, sizeof(buf));
	if (!find_account(a, named.user, login, &account))
		return unknown_user(a, &named, now, out);
	nt_status status = known_user(a, &named, &account, login, now, out);
	crypto_wipe(&account, sizeof(account));
	return status;
}

/* ---- tickets ---- */

/* The realm of NAME@REALM, which libkrb5 escapes an '@' of the name in. NULL: there is none. */
static const char *realm_of(const char *principal)
{
	const char *at = strrchr(principal, '@');
	return at != NULL && at > principal && at[-1] != '\\' && at[1] != '\0' ? at + 1 : NULL;
}

/* The account's name, if the principal is one of our realm. Case does not matter: realms are written in capitals, and often are not. */
static bool is_of_our_realm(const struct auth *a, const struct auth_ticket *t, char *name, size_t cap)
{
	const char *realm = realm_of(t->client), *ours = a->policy.realm != NULL ? a->policy.realm : realm_of(t->service);
	if (realm == NULL || ours == NULL || strcasecmp(realm, ours) != 0)
		return false;
	int len = snprintf(name, cap, "%.*s", (int)(realm - t->client - 1), t->client);
	return len > 0 && (size_t)len < cap;
}

static nt_status accept_ticket(struct auth *a, const struct auth_ticket *t, const struct auth_response *who, const struct account *account, nttime now,
			       struct auth_identity *out)
{
	if (account->disabled) {
		log_warning("logon of '%s' from %s refused: the account is disabled", t->client, text(t->peer));
		return fail(a, STATUS_ACCOUNT_DISABLED);
	}
	out->method = AUTH_KERBEROS;
	out->admin = account->admin;
	out->has_session_key = true;
	memcpy(out->session_key, t->session_key.ptr, sizeof(out->session_key));
	out->response_for_signing_len = MIN(t->session_key.len - sizeof(out->session_key), sizeof(out->response_for_signing));
	memcpy(out->response_for_signing, t->session_key.ptr + sizeof(out->session_key), out->response_for_signing_len);
	const char *unix_user = account->unix_user[0] != '\0' ? account->unix_user : account->name;
	return accept_proof(a, who, out, identity_texts(out, account->name, realm_of(t->client)) && identity_unix(out, unix_user, now));
}

static nt_status stranger_with_ticket(struct auth *a, const struct auth_ticket *t, const char *name)
{
	static struct log_limit limit;
	log_limited(&limit, LOG_LEVEL_WARNING,
		    "logon of '%s' from %s refused: the ticket is good, but there is no account '%s' here; to add it: longhouse user add '%s' (with this "
		    "server's --state)", t->client, text(t->peer), name, name);
	return fail(a, STATUS_LOGON_FAILURE);
}

nt_status auth_verify_ticket(struct auth *a, const struct auth_ticket *t, nttime now, struct auth_identity *out)
{
	struct account account;
	char name[sizeof(account.name)] = "";
	const struct auth_response who = { .user = t->client, .peer = t->peer };
	static struct log_limit limit;
	*out = (struct auth_identity){ .method = AUTH_NONE };
	if (!is_of_our_realm(a, t, name, sizeof(name))) {
		log_limited(&limit, LOG_LEVEL_WARNING, "logon of '%s' from %s refused: users of this server are of the realm %s; another one is named by `realm = REALM`",
			    t->client, text(t->peer), a->policy.realm != NULL ? a->policy.realm : realm_of(t->service) != NULL ? realm_of(t->service) : "?");
		return fail(a, STATUS_LOGON_FAILURE);
	}
	bool known = a->accounts != NULL && accounts_find(a->accounts, name, &account);
	if (!known && a->policy.guest != AUTH_GUEST_BAD_USER)
		return stranger_with_ticket(a, t, name);
	/* Last, so that only logons that would be good take room. */
	if (a->replay == NULL || !auth_replay_is_new(a->replay, t->authenticator, t->clock_skew_s, now)) {
		log_limited(&limit, LOG_LEVEL_WARNING, "logon of '%s' from %s refused: its ticket came with the same authenticator before; somebody may have copied "
			    "it off the wire (`server signing = mandatory` keeps such a one out of sessions, too). Or more logons came than can be remembered", t->client, text(t->peer));
		if (known)
			crypto_wipe(&account, sizeof(account));
		return fail(a, STATUS_LOGON_FAILURE);
	}
	if (!known)
		return accept_guest(a, &who, now, out);
	nt_status status = accept_ticket(a, t, &who, &account, now, out);
	crypto_wipe(&account, sizeof(account));
	return status;
}

/* ---- passwords of shares ---- */

static bool proves(struct auth *a, const struct auth_response *r, const char *password, struct auth_proof *proof)
{
	struct account share = { 0 };
	*proof = (struct auth_proof){ .method = AUTH_NONE };
	if (password == NULL || !(account_set_password(&share, password, true) || account_set_password(&share, password, false)))
		return false;
	*proof = auth_prove(&a->policy, &share, r, "");
	crypto_wipe(&share, sizeof(share));
	return proof->method != AUTH_NONE;
}

static nt_status wrong_share_password(struct auth *a, const struct auth_response *r, const struct auth_share_passwords *passwords,
				      const struct auth_proof *proof, const char *key, nttime now)
{
	static struct log_limit limit;
	if (!auth_response_is_empty(r))
		auth_limit_wrong(a->limit, text(r->peer), key, now);
	if (proof->refused != 0)
		log_refused(a, r, proof->refused);
	log_limited(&limit, LOG_LEVEL_WARNING, "%s for share %s from %s; the share's are its `read password` and `write password`",
		    auth_response_is_empty(r) ? "no password" : "wrong password", passwords->share, text(r->peer));
	return fail(a, STATUS_WRONG_PASSWORD);
}

nt_status auth_verify_share(struct auth *a, const struct auth_share_passwords *passwords, const struct auth_response *r, nttime now,
			    bool *read_only, struct auth_identity *out)
{
	char key[128];
	struct auth_proof proof;
	struct auth_response named = *r;
	*out = (struct auth_identity){ .method = AUTH_NONE };
	named.user = "";
	named.domain = text(r->domain);
	snprintf(key, sizeof(key), "share:%s", passwords->share);
	if (!auth_limit_allows(a->limit, text(r->peer), key, now))
		return fail(a, STATUS_ACCOUNT_LOCKED_OUT);
	*read_only = false;
	bool right = proves(a, &named, passwords->write, &proof);
	unsigned refused = proof.refused;
	if (!right) {
		*read_only = true;
		right = proves(a, &named, passwords->read, &proof);
		proof.refused |= refused;
	}
	if (right) {
		auth_limit_right(a->limit, text(r->peer), key);
		out->method = proof.method;
		out->by_legacy = true;
		const char *guest = a->policy.guest_account;
		named.user = key;
		nt_status status = accept_proof(a, &named, out, identity_texts(out, guest, "") && identity_unix(out, guest, now));
		crypto_wipe(&proof, sizeof(proof));
		return status;
	}
	return wrong_share_password(a, &named, passwords, &proof, key, now);
}
