#include "auth/signing.h"

#include <stdlib.h>

#include "crypto/crypto.h"

enum { SIGNATURE_AT = 14, SIGNATURE_LEN = 8, MAX_PIECES = 4 };

bool signing_start(struct signing *s, const uint8_t session_key[16], struct slice response)
{
	if (response.len > SIGNING_KEY_MAX - 16)
		return false;
	uint8_t *key = malloc(16 + response.len);
	if (key == NULL)
		return false;
	memcpy(key, session_key, 16);
	if (response.len > 0)
		memcpy(key + 16, response.ptr, response.len);
	s->key = key;
	s->key_len = 16 + response.len;
	s->active = true;
	s->next = 2;
	return true;
}

void signing_fini(struct signing *s)
{
	if (s->key != NULL)
		crypto_wipe(s->key, s->key_len);
	free(s->key);
	*s = (struct signing){ 0 };
}

uint32_t signing_take_number(struct signing *s, bool is_cancel)
{
	uint32_t number = s->next;
	if (s->active)
		s->next += is_cancel ? 1 : 2;
	return number;
}

/* The MAC of a message whose signature field already holds the number. */
static bool mac(const struct signing *s, const struct slice *pieces, size_t n, uint8_t out[SIGNATURE_LEN])
{
	struct slice all[1 + MAX_PIECES];
	uint8_t digest[16];
	all[0] = slice_of(s->key, s->key_len);
	for (size_t i = 0; i < n; i++)
		all[1 + i] = pieces[i];
	if (!crypto_md5(all, 1 + n, digest))
		return false;
	memcpy(out, digest, SIGNATURE_LEN);
	return true;
}

static void put_number(uint8_t *header, uint32_t number)
{
	store_le32(header + SIGNATURE_AT, number);
	store_le32(header + SIGNATURE_AT + 4, 0);
}

bool signing_check(const struct signing *s, uint8_t *message, size_t len, uint32_t number)
{
	uint8_t given[SIGNATURE_LEN], expected[SIGNATURE_LEN];
	struct slice whole = slice_of(message, len);
	memcpy(given, message + SIGNATURE_AT, SIGNATURE_LEN);
	put_number(message, number);
	bool computed = mac(s, &whole, 1, expected);
	memcpy(message + SIGNATURE_AT, given, SIGNATURE_LEN);
	return computed && crypto_equal(given, expected, SIGNATURE_LEN);
}

void signing_sign(const struct signing *s, uint8_t *header, const struct slice *pieces, size_t n_pieces, uint32_t number)
{
	uint8_t out[SIGNATURE_LEN];
	put_number(header, number);
	if (!mac(s, pieces, n_pieces, out))
		memset(out, 0, sizeof(out)); /* the client refuses it: closed, not open */
	memcpy(header + SIGNATURE_AT, out, SIGNATURE_LEN);
}
