/* Passwords that come encrypted, and who may change whose. */
#include "fixture.h"

#include "auth/limit.h"
#include "auth/password.h"
#include "auth/proof.h"

struct bench {
	struct accounts *accounts;
	struct auth *auth;
};

static void bench_init(struct bench *b)
{
	struct auth_policy policy = strict_policy();
	b->accounts = accounts_with_user();
	b->auth = auth_new(&policy, b->accounts);
}

static void bench_fini(struct bench *b)
{
	auth_put(b->auth);
	accounts_close(b->accounts);
}

/* As a client fills it: the bytes at the end, then how many, under the key. */
static void encrypt(struct slice key, const void *bytes, uint32_t len, uint8_t out[AUTH_PASSWORD_BUFFER_LEN])
{
	memset(out, 0xA5, AUTH_PASSWORD_BUFFER_LEN);
	if (len <= 512)
		memcpy(out + 512 - len, bytes, len);
	store_le32(out + 512, len);
	assert_true(crypto_rc4_once(key, out, out, AUTH_PASSWORD_BUFFER_LEN));
}

static bool has_password(struct bench *b, const char *password)
{
	struct account account;
	uint8_t hash[AUTH_HASH_LEN];
	assert_true(accounts_find(b->accounts, "user", &account));
	assert_true(auth_nt_hash(password, hash));
	return account.has_nt && memcmp(hash, account.nt_hash, sizeof(hash)) == 0;
}

static void test_decrypt(void **state)
{
	static const uint8_t key_bytes[16] = "0123456789abcdef";
	static const uint8_t wide[] = { 'S', 0, 0xE9, 0, 0xAC, 0x20 };
	struct slice key = slice_of(key_bytes, 16);
	uint8_t buffer[AUTH_PASSWORD_SALTED_LEN];
	char out[AUTH_PASSWORD_CAP];
	encrypt(key, wide, sizeof(wide), buffer);
	assert_true(auth_password_decrypt(key, slice_of(buffer, AUTH_PASSWORD_BUFFER_LEN), NULL, out));
	assert_string_equal(out, "S\u00e9\u20ac");
	assert_false(auth_password_decrypt(slice_of(key_bytes, 15), slice_of(buffer, AUTH_PASSWORD_BUFFER_LEN), NULL, out));
	assert_false(auth_password_decrypt(key, slice_of(buffer, AUTH_PASSWORD_BUFFER_LEN - 1), NULL, out));
	encrypt(key, "d\x82j\x85", 4, buffer); /* code page 850 */
	assert_true(auth_password_decrypt(key, slice_of(buffer, AUTH_PASSWORD_BUFFER_LEN), oem_page_get("850"), out));
	assert_string_equal(out, "d\u00e9j\u00e0");
	encrypt(key, wide, 5, buffer); /* half a letter */
	assert_false(auth_password_decrypt(key, slice_of(buffer, AUTH_PASSWORD_BUFFER_LEN), NULL, out));
	encrypt(key, wide, 514, buffer); /* more than there is */
	assert_false(auth_password_decrypt(key, slice_of(buffer, AUTH_PASSWORD_BUFFER_LEN), NULL, out));
	encrypt(key, "\0\0", 2, buffer); /* a NUL inside */
	assert_false(auth_password_decrypt(key, slice_of(buffer, AUTH_PASSWORD_BUFFER_LEN), NULL, out));

	uint8_t salted[CRYPTO_MD5_LEN];
	memset(buffer + AUTH_PASSWORD_BUFFER_LEN, 7, 16);
	const struct slice pieces[] = { slice_of(buffer + AUTH_PASSWORD_BUFFER_LEN, 16), key };
	assert_true(crypto_md5(pieces, 2, salted));
	encrypt(slice_of(salted, sizeof(salted)), wide, sizeof(wide), buffer);
	assert_true(auth_password_decrypt(key, slice_of(buffer, sizeof(buffer)), NULL, out));
	assert_string_equal(out, "S\u00e9\u20ac");
}

static void test_an_administrators_word(void **state)
{
	struct account root = { .name = "boss", .unix_user = "root" }, account;
	struct bench b;
	bench_init(&b);
	assert_int_equal(auth_password_set(b.auth, "USER", "another", TEST_NOW), STATUS_SUCCESS);
	assert_true(has_password(&b, "another"));
	assert_true(accounts_find(b.accounts, "user", &account) && auth_lm_hashes_any(&account.lm));
	assert_int_equal(auth_password_set(b.auth, "user", "one that LM hashes do not know", TEST_NOW), STATUS_SUCCESS);
	assert_true(accounts_find(b.accounts, "user", &account) && account.has_nt && !auth_lm_hashes_any(&account.lm));
	assert_int_equal(auth_password_set(b.auth, "nobody-here", "another", TEST_NOW), STATUS_NO_SUCH_USER);
	assert_int_equal(auth_password_set(b.auth, "user", "\xFF", TEST_NOW), STATUS_PASSWORD_RESTRICTION);
	assert_true(account_set_password(&root, "Password", false) && accounts_put(b.accounts, &root));
	assert_int_equal(auth_password_set(b.auth, "boss", "another", TEST_NOW), STATUS_ACCESS_DENIED);
	bench_fini(&b);
}

static void test_in_clear(void **state)
{
	struct auth_password_change c = { .account = "User", .peer = "192.0.2.9", .old_password = "password", .new_password = "fresh" };
	struct bench b;
	bench_init(&b);
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_WRONG_PASSWORD); /* case counts */
	c.old_password = "Password";
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_SUCCESS);
	assert_true(has_password(&b, "fresh"));
	c.account = "nobody-here";
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_WRONG_PASSWORD);
	bench_fini(&b);
}

static void test_guessing_is_slow_here_too(void **state)
{
	struct auth_password_change c = { .account = "User", .peer = "192.0.2.9", .old_password = "guess", .new_password = "fresh" };
	struct bench b;
	bench_init(&b);
	for (int i = 0; i < AUTH_LIMIT_PAIR_FREE; i++)
		assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_WRONG_PASSWORD);
	c.old_password = "Password";
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_ACCOUNT_LOCKED_OUT);
	assert_true(has_password(&b, "Password"));
	bench_fini(&b);
}

/* The old hash under the new one, block by block. */
static void prove(const uint8_t old[16], const uint8_t fresh[16], uint8_t out[16])
{
	assert_true(crypto_des_ecb(fresh, old, out) && crypto_des_ecb(fresh + 7, old + 8, out + 8));
}

static void test_encrypted(void **state)
{
	static const uint8_t wide[] = { 'n', 0, 'e', 0, 'w', 0 };
	uint8_t old[16], fresh[16], buffer[AUTH_PASSWORD_BUFFER_LEN], proof[16];
	struct account disabled = { .name = "sleeper", .disabled = true };
	struct auth_password_change c = { .account = "User", .peer = "192.0.2.9", .encrypted = slice_of(buffer, sizeof(buffer)),
					  .proof = slice_of(proof, sizeof(proof)) };
	struct bench b;
	bench_init(&b);
	assert_true(auth_nt_hash("Password", old) && auth_nt_hash("new", fresh));
	encrypt(slice_of(old, 16), wide, sizeof(wide), buffer);
	prove(old, fresh, proof);
	proof[15] ^= 1;
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_WRONG_PASSWORD);
	proof[15] ^= 1;
	c.proof.len--;
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_WRONG_PASSWORD);
	c.proof.len++;
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_SUCCESS);
	assert_true(has_password(&b, "new"));
	assert_true(account_set_password(&disabled, "Password", false) && accounts_put(b.accounts, &disabled));
	c.account = "sleeper";
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_ACCOUNT_DISABLED);
	bench_fini(&b);
}

static void test_encrypted_with_lm(void **state)
{
	const struct oem_page *oem = oem_page_get("850");
	uint8_t old[16], fresh[16], buffer[AUTH_PASSWORD_BUFFER_LEN], proof[16];
	struct auth_password_change c = { .account = "User", .peer = "192.0.2.9", .encrypted = slice_of(buffer, sizeof(buffer)),
					  .proof = slice_of(proof, sizeof(proof)), .lm = true };
	struct account modern = { .name = "modern" };
	struct bench b;
	bench_init(&b);
	assert_true(account_set_password(&modern, "Password", false) && accounts_put(b.accounts, &modern));
	assert_true(auth_lm_hash(oem, "Password", old) && auth_lm_hash(oem, "Dos Box", fresh));
	encrypt(slice_of(old, 16), "Dos Box", 7, buffer);
	prove(old, fresh, proof);
	c.account = "modern"; /* keeps no LM hash */
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_WRONG_PASSWORD);
	c.account = "User";
	assert_int_equal(auth_password_change(b.auth, &c, TEST_NOW), STATUS_SUCCESS);
	assert_true(has_password(&b, "Dos Box"));
	bench_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decrypt),
		cmocka_unit_test(test_an_administrators_word),
		cmocka_unit_test(test_in_clear),
		cmocka_unit_test(test_guessing_is_slow_here_too),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_encrypted_with_lm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
