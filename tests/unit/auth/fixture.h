/* What the tests of auth/ share: hex, the user of [MS-NLMP] 4.2.1, and a server that knows that user. */
#ifndef TESTS_AUTH_FIXTURE_H
#define TESTS_AUTH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "auth/accounts.h"
#include "auth/auth.h"

/* Into bytes; the number of them. Blanks are skipped. */
static inline size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;
	for (const char *p = hex; *p != '\0';) {
		unsigned byte;
		if (*p == ' ') {
			p++;
			continue;
		}
		assert_int_equal(sscanf(p, "%2x", &byte), 1);
		assert_true(n < cap);
		out[n++] = (uint8_t)byte;
		p += 2;
	}
	return n;
}

static inline void assert_hex(const uint8_t *bytes, size_t len, const char *hex)
{
	uint8_t expected[1024];
	assert_int_equal(unhex(hex, expected, sizeof(expected)), len);
	assert_memory_equal(bytes, expected, len);
}

/* [MS-NLMP] 4.2.1 */
static const uint8_t server_challenge[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF };
static const uint8_t client_challenge[8] = { 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA };
#define TEST_NOW (133000000000000000ull)

static inline struct accounts *accounts_with_user(void)
{
	struct accounts *accounts = accounts_open(":memory:");
	assert_non_null(accounts);
	struct account user = { .name = "User" };
	assert_true(account_set_password(&user, "Password", true));
	assert_true(accounts_put(accounts, &user));
	return accounts;
}

static inline struct auth_policy strict_policy(void)
{
	return (struct auth_policy){
		.netbios_name = "ATTIC", .workgroup = "HOUSE", .dns_name = "attic.example.org", .guest_account = "nobody",
	};
}

static inline struct auth_policy lax_policy(void)
{
	struct auth_policy p = strict_policy();
	p.allow_ntlmv1 = p.allow_lm = p.allow_plaintext = p.allow_anonymous = true;
	return p;
}

#endif
