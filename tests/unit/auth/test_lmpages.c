/* Each page's hash of letters that its bytes differ in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "auth/lmpages.h"
#include "auth/proof.h"
#include "base/charset.h"

#define KEY_IN_CHINESE "\xE9\x92\xA5\xE5\x8C\x99" /* two characters, four bytes in page 936 */

static void assert_is_hash_of(const struct auth_lm_hashes *h, const char *page, const char *password)
{
	uint8_t expected[AUTH_HASH_LEN];
	const struct oem_page *oem = oem_page_get(page);
	assert_non_null(oem);
	assert_true(auth_lm_hash(oem, password, expected));
	const uint8_t *hash = auth_lm_hash_for(h, oem);
	assert_non_null(hash);
	assert_memory_equal(hash, expected, AUTH_HASH_LEN);
}

static void test_ascii_is_the_same_everywhere(void **state)
{
	struct auth_lm_hashes h;
	assert_true(auth_lm_hashes_of("Password", &h));
	assert_true(h.has_usual && h.n == 0);
	assert_is_hash_of(&h, "850", "PASSWORD");
	assert_is_hash_of(&h, "CP936", "password");
	assert_ptr_equal(auth_lm_hash_for(&h, NULL), h.usual);
}

static void test_letters_that_pages_have_elsewhere(void **state)
{
	struct auth_lm_hashes h;
	/* Cent sign: 0xBD in page 850, 0x9B in page 437. */
	assert_true(auth_lm_hashes_of("\xC2\xA2oin", &h));
	assert_is_hash_of(&h, "850", "\xC2\xA2OIN");
	assert_is_hash_of(&h, "437", "\xC2\xA2OIN");
	assert_memory_not_equal(auth_lm_hash_for(&h, oem_page_get("437")), auth_lm_hash_for(&h, oem_page_get("850")), AUTH_HASH_LEN);
	/* O with two dots is 0x99 in both. */
	assert_true(auth_lm_hashes_of("\xC3\x96l", &h));
	assert_ptr_equal(auth_lm_hash_for(&h, oem_page_get("437")), h.usual);
}

static void test_letters_that_page_850_lacks(void **state)
{
	struct auth_lm_hashes h;
	assert_true(auth_lm_hashes_of(KEY_IN_CHINESE, &h));
	assert_false(h.has_usual);
	assert_is_hash_of(&h, "936", KEY_IN_CHINESE);
	assert_null(auth_lm_hash_for(&h, oem_page_get("850")));
	assert_null(auth_lm_hash_for(&h, NULL));
	/* Capital letters of its own page. */
	assert_true(auth_lm_hashes_of("\xD0\xBA\xD0\xBB\xD1\x8E\xD1\x87", &h));
	assert_is_hash_of(&h, "866", "\xD0\x9A\xD0\x9B\xD0\xAE\xD0\xA7");
}

static void test_a_capital_that_the_page_lacks(void **state)
{
	uint8_t small[AUTH_HASH_LEN], plain[AUTH_HASH_LEN];
	/* Page 437 has a small i with an acute, and no capital one. */
	assert_true(auth_lm_hash(oem_page_get("437"), "\xC3\xADsla", small));
	assert_true(auth_lm_hash(oem_page_get("437"), "isla", plain));
	assert_memory_not_equal(small, plain, AUTH_HASH_LEN);
	assert_false(auth_lm_hash(oem_page_get("437"), "\xC3\x8Dsla", small));
}

static void test_no_page_has_it(void **state)
{
	struct auth_lm_hashes h;
	assert_false(auth_lm_hashes_of("longer than fourteen", &h));
	assert_false(auth_lm_hashes_any(&h));
	assert_false(auth_lm_hashes_of("\xF0\x9F\x94\x91", &h));
}

static void test_stored_and_loaded(void **state)
{
	static const char *const passwords[] = { "Password", "\xC2\xA2oin", KEY_IN_CHINESE, "\xC3\xA9t\xC3\xA9" };
	for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
		struct auth_lm_hashes h, again;
		uint8_t bytes[AUTH_LM_STORED_MAX];
		assert_true(auth_lm_hashes_of(passwords[i], &h));
		size_t len = auth_lm_hashes_store(&h, bytes);
		assert_true(auth_lm_hashes_load(slice_of(bytes, len), &again));
		assert_true(again.has_usual == h.has_usual && again.n == h.n);
		assert_memory_equal(again.usual, h.usual, AUTH_HASH_LEN);
		assert_memory_equal(again.others, h.others, h.n * sizeof(h.others[0]));
	}
}

static void test_stored_bytes_that_are_none(void **state)
{
	struct auth_lm_hashes h;
	uint8_t bytes[AUTH_LM_STORED_MAX + 18] = { 0 };
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		bool whole = len > 0 && len <= AUTH_LM_STORED_MAX && (len % 18 == 0 || len % 18 == 16);
		assert_true(auth_lm_hashes_load(slice_of(bytes, len), &h) == whole);
		assert_true(auth_lm_hashes_any(&h) == whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii_is_the_same_everywhere), cmocka_unit_test(test_letters_that_pages_have_elsewhere),
		cmocka_unit_test(test_letters_that_page_850_lacks), cmocka_unit_test(test_a_capital_that_the_page_lacks),
		cmocka_unit_test(test_no_page_has_it), cmocka_unit_test(test_stored_and_loaded), cmocka_unit_test(test_stored_bytes_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
