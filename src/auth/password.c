/* See password.h. [MS-SAMR] 3.1.5.10, 3.2.2.1 */
#include "auth/password.h"

#include <string.h>

#include "auth/proof.h"
#include "auth/state.h"
#include "auth/unixid.h"
#include "base/log.h"

enum { ROOM = AUTH_PASSWORD_BUFFER_LEN - 4, SALT_LEN = AUTH_PASSWORD_SALTED_LEN - AUTH_PASSWORD_BUFFER_LEN };

/* The clear bytes are the last ones before the length. */
static bool take(const uint8_t clear[AUTH_PASSWORD_BUFFER_LEN], const struct oem_page *oem, char out[AUTH_PASSWORD_CAP])
{
	struct arena arena;
	uint32_t len = load_le32(clear + ROOM);
	size_t text_len = 0;
	if (len > ROOM || (oem == NULL && len % 2 != 0))
		return false;
	struct slice bytes = slice_of(clear + ROOM - len, len);
	arena_init(&arena, 1 << 14);
	char *text = oem != NULL ? utf8_from_oem(&arena, oem, bytes, &text_len) : utf8_from_utf16(&arena, bytes, &text_len);
	bool good = text != NULL && text_len < AUTH_PASSWORD_CAP && memchr(text, 0, text_len) == NULL;
	if (good) {
		memcpy(out, text, text_len);
		out[text_len] = '\0';
	}
	if (text != NULL)
		crypto_wipe(text, text_len);
	arena_fini(&arena);
	return good;
}

bool auth_password_decrypt(struct slice key, struct slice buffer, const struct oem_page *oem, char out[AUTH_PASSWORD_CAP])
{
	uint8_t clear[AUTH_PASSWORD_BUFFER_LEN], salted[CRYPTO_MD5_LEN];
	out[0] = '\0';
	if (buffer.len == AUTH_PASSWORD_SALTED_LEN) {
		const struct slice pieces[] = { slice_of(buffer.ptr + AUTH_PASSWORD_BUFFER_LEN, SALT_LEN), key };
		if (!crypto_md5(pieces, ARRAY_LEN(pieces), salted))
			return false;
		key = slice_of(salted, sizeof(salted));
	} else if (buffer.len != AUTH_PASSWORD_BUFFER_LEN) {
		return false;
	}
	bool good = crypto_rc4_once(key, buffer.ptr, clear, sizeof(clear)) && take(clear, oem, out);
	crypto_wipe(clear, sizeof(clear));
	crypto_wipe(salted, sizeof(salted));
	return good;
}

bool auth_account_is_roots(const struct account *account, nttime now)
{
	struct auth_unixid id;
	bool roots = auth_unixid_find(account->unix_user[0] != '\0' ? account->unix_user : account->name, now, &id) && id.known && id.uid == 0;
	auth_unixid_fini(&id);
	return roots;
}

static nt_status store(struct auth *a, struct account *account, const char *password)
{
	bool keep_lm = auth_lm_hashes_any(&account->lm);
	/* With a password that has no LM hash the account loses it; the strong one is what counts. */
	if (!account_set_password(account, password, keep_lm) && !(keep_lm && account_set_password(account, password, false)))
		return STATUS_PASSWORD_RESTRICTION;
	return accounts_put(a->accounts, account) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

nt_status auth_password_set(struct auth *a, const char *name, const char *password, nttime now)
{
	struct account account;
	if (a->accounts == NULL || !accounts_find(a->accounts, name, &account))
		return STATUS_NO_SUCH_USER;
	nt_status status = auth_account_is_roots(&account, now) ? STATUS_ACCESS_DENIED : store(a, &account, password);
	crypto_wipe(&account, sizeof(account));
	return status;
}

/* The two halves of a hash, each under one of the first two keys of another. [MS-SAMR] 2.2.11.1.1 */
static bool hash_under_hash(const uint8_t hash[AUTH_HASH_LEN], const uint8_t key[AUTH_HASH_LEN], uint8_t out[AUTH_HASH_LEN])
{
	return crypto_des_ecb(key, hash, out) &&
	       crypto_des_ecb(key + CRYPTO_DES_KEY_LEN, hash + CRYPTO_DES_BLOCK_LEN, out + CRYPTO_DES_BLOCK_LEN);
}

static bool proves_clear(const struct account *account, const struct auth_password_change *c)
{
	uint8_t hash[AUTH_HASH_LEN];
	bool right = account->has_nt && auth_nt_hash(c->old_password, hash) && crypto_equal(hash, account->nt_hash, sizeof(hash));
	crypto_wipe(hash, sizeof(hash));
	return right;
}

/* The new password comes out under the right old hash only, and proves then that the client knew what it encrypted. */
static bool proves_encrypted(const struct auth *a, const struct account *account, const struct auth_password_change *c,
			     char out[AUTH_PASSWORD_CAP])
{
	const struct oem_page *oem = c->lm ? (a->policy.oem != NULL ? a->policy.oem : oem_page_get("850")) : NULL;
	const uint8_t *old = c->lm ? auth_lm_hash_for(&account->lm, oem) : account->nt_hash;
	uint8_t fresh[AUTH_HASH_LEN], expected[AUTH_HASH_LEN];
	if (!(c->lm ? old != NULL && oem != NULL : account->has_nt) || c->proof.len != AUTH_PASSWORD_PROOF_LEN ||
	    c->encrypted.len != AUTH_PASSWORD_BUFFER_LEN || !auth_password_decrypt(slice_of(old, AUTH_HASH_LEN), c->encrypted, oem, out))
		return false;
	bool right = (c->lm ? auth_lm_hash(oem, out, fresh) : auth_nt_hash(out, fresh)) && hash_under_hash(old, fresh, expected) &&
		     crypto_equal(expected, c->proof.ptr, sizeof(expected));
	crypto_wipe(fresh, sizeof(fresh));
	return right;
}

static nt_status change(struct auth *a, struct account *account, const struct auth_password_change *c, nttime now)
{
	char password[AUTH_PASSWORD_CAP] = "";
	if (!auth_limit_allows(a->limit, c->peer, account->name, now))
		return STATUS_ACCOUNT_LOCKED_OUT;
	bool right = c->old_password != NULL ? proves_clear(account, c) : proves_encrypted(a, account, c, password);
	if (!right)
		auth_limit_wrong(a->limit, c->peer, account->name, now);
	nt_status status = !right ? STATUS_WRONG_PASSWORD : account->disabled ? STATUS_ACCOUNT_DISABLED : STATUS_SUCCESS;
	if (status == STATUS_SUCCESS)
		status = store(a, account, c->old_password != NULL ? c->new_password : password);
	crypto_wipe(password, sizeof(password));
	return status;
}

nt_status auth_password_change(struct auth *a, const struct auth_password_change *asked, nttime now)
{
	static struct log_limit limit;
	struct auth_password_change c = *asked;
	struct account account;
	c.peer = c.peer != NULL ? c.peer : "";
	if (a->accounts == NULL || !accounts_find(a->accounts, c.account, &account)) {
		auth_limit_wrong(a->limit, c.peer, c.account, now);
		return STATUS_WRONG_PASSWORD;
	}
	nt_status status = change(a, &account, &c, now);
	log_limited(&limit, LOG_LEVEL_NOTICE, "change of the password of '%s' from %s: %s", account.name, c.peer, nt_status_name(status));
	crypto_wipe(&account, sizeof(account));
	return status;
}
