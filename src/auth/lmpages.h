/*
 * LM hashes are made of a password's bytes in the client's code page: the same letters give one hash at a machine with page 850 and
 * another at one with page 437 or 936. An account keeps that of page 850, and those of the other pages of DOS where they differ: none, if
 * the password is ASCII. Pure.
 */
#ifndef AUTH_LMPAGES_H
#define AUTH_LMPAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct oem_page;

enum { AUTH_LM_PAGES = 18, AUTH_LM_STORED_MAX = 16 + AUTH_LM_PAGES * 18 };

struct auth_lm_page {
	uint16_t page;
	uint8_t hash[16];
};

struct auth_lm_hashes {
	bool has_usual;
	uint8_t usual[16]; /* of page 850, and of every page that is not among the others */
	uint8_t n;
	struct auth_lm_page others[AUTH_LM_PAGES];
};

/* False: no page can write it in 14 bytes. */
bool auth_lm_hashes_of(const char *password, struct auth_lm_hashes *out);
/* What a client with this page proves; NULL: the account has no LM hash for it. page NULL: 850. */
const uint8_t *auth_lm_hash_for(const struct auth_lm_hashes *hashes, const struct oem_page *page);
bool auth_lm_hashes_any(const struct auth_lm_hashes *hashes);

/* As an account is stored: the usual hash, if there is one, then page and hash of each other. The number of bytes. */
size_t auth_lm_hashes_store(const struct auth_lm_hashes *hashes, uint8_t out[AUTH_LM_STORED_MAX]);
/* False: no such bytes; *out has none then. */
bool auth_lm_hashes_load(struct slice stored, struct auth_lm_hashes *out);

#endif
