/* Whose password it is, where a dialect knows passwords but no users. [MS-LM10] 5.2 */
#include <stdio.h>

#include "auth/accounts.h"
#include "auth/proof.h"
#include "auth/state.h"

struct few {
	char (*names)[AUTH_NAME_MAX];
	size_t cap, n;
};

static bool note_account(void *user, const struct account *account)
{
	struct few *f = user;
	if (account->disabled)
		return true;
	if (f->n < f->cap)
		snprintf(f->names[f->n], sizeof(f->names[f->n]), "%s", account->name);
	return ++f->n <= f->cap;
}

size_t auth_few_accounts(struct auth *a, char (*names)[AUTH_NAME_MAX], size_t cap)
{
	struct few f = { .names = names, .cap = cap };
	return a->accounts != NULL && accounts_each(a->accounts, note_account, &f) && f.n <= cap ? f.n : 0;
}

/* What it proves counts neither for nor against anybody yet. */
static bool is_his(struct auth *a, const struct auth_response *r, const char *name)
{
	struct account account;
	if (a->accounts == NULL || !accounts_find(a->accounts, name, &account))
		return false;
	struct auth_response named = *r;
	named.user = name;
	struct auth_proof proof = auth_prove(&a->policy, &account, &named, name);
	bool is = proof.method != AUTH_NONE;
	crypto_wipe(&proof, sizeof(proof));
	crypto_wipe(&account, sizeof(account));
	return is;
}

static nt_status verify_as(struct auth *a, const struct auth_response *r, const char *name, nttime now, struct auth_identity *out)
{
	struct auth_response named = *r;
	named.user = name;
	return auth_verify(a, &named, now, out);
}

nt_status auth_verify_among(struct auth *a, const struct auth_response *r, const char *const *names, size_t n, nttime now,
			    struct auth_identity *out)
{
	/* The others did not guess wrong. */
	for (size_t i = 0; i < n; i++)
		if (is_his(a, r, names[i]))
			return verify_as(a, r, names[i], now, out);
	if (n == 0) /* a guest, or nobody */
		return verify_as(a, r, "", now, out);
	nt_status status = STATUS_LOGON_FAILURE;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			auth_identity_fini(out);
		status = verify_as(a, r, names[i], now, out);
	}
	return status;
}
