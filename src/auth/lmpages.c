/* See lmpages.h. */
#include "auth/lmpages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/proof.h"
#include "base/charset.h"
#include "crypto/crypto.h"

enum { PAGE_LEN = 2, ROW_LEN = PAGE_LEN + AUTH_HASH_LEN };

/* The pages that DOS, Windows 9x and OS/2 came with, besides 850. */
static const uint16_t pages[] = { 437, 737, 775, 852, 855, 857, 860, 861, 862, 863, 864, 865, 866, 869, 932, 936, 949, 950 };
_Static_assert(ARRAY_LEN(pages) == AUTH_LM_PAGES, "a place for each");

static const struct oem_page *page_of(uint16_t number)
{
	char name[8];
	snprintf(name, sizeof(name), "%u", (unsigned)number);
	return oem_page_get(name);
}

/* "CP850", "850": 0 for pages without a number. */
static uint16_t number_of(const struct oem_page *page)
{
	const char *name = oem_page_name(page);
	long number = strtol(name + strcspn(name, "0123456789"), NULL, 10);
	return number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
}

static bool is_ascii(const char *text)
{
	return ascii_run(text, strlen(text)) == strlen(text);
}

static void add_other(struct auth_lm_hashes *out, uint16_t number, const char *password)
{
	const struct oem_page *page = page_of(number);
	struct auth_lm_page *row = &out->others[out->n];
	if (page == NULL || !auth_lm_hash(page, password, row->hash))
		return;
	if (out->has_usual && crypto_equal(row->hash, out->usual, AUTH_HASH_LEN))
		return;
	row->page = number;
	out->n++;
}

bool auth_lm_hashes_of(const char *password, struct auth_lm_hashes *out)
{
	const struct oem_page *usual = oem_page_get("850");
	*out = (struct auth_lm_hashes){ .n = 0 };
	out->has_usual = usual != NULL && auth_lm_hash(usual, password, out->usual);
	for (size_t i = 0; i < ARRAY_LEN(pages) && !is_ascii(password); i++)
		add_other(out, pages[i], password);
	return auth_lm_hashes_any(out);
}

const uint8_t *auth_lm_hash_for(const struct auth_lm_hashes *hashes, const struct oem_page *page)
{
	uint16_t number = page != NULL ? number_of(page) : 850;
	for (size_t i = 0; i < hashes->n; i++)
		if (hashes->others[i].page == number)
			return hashes->others[i].hash;
	return hashes->has_usual ? hashes->usual : NULL;
}

bool auth_lm_hashes_any(const struct auth_lm_hashes *hashes)
{
	return hashes->has_usual || hashes->n > 0;
}

size_t auth_lm_hashes_store(const struct auth_lm_hashes *hashes, uint8_t out[AUTH_LM_STORED_MAX])
{
	size_t at = 0;
	if (hashes->has_usual) {
		memcpy(out, hashes->usual, AUTH_HASH_LEN);
		at = AUTH_HASH_LEN;
	}
	for (size_t i = 0; i < hashes->n; i++, at += ROW_LEN) {
		store_le16(out + at, hashes->others[i].page);
		memcpy(out + at + PAGE_LEN, hashes->others[i].hash, AUTH_HASH_LEN);
	}
	return at;
}

bool auth_lm_hashes_load(struct slice stored, struct auth_lm_hashes *out)
{
	size_t at = stored.len % ROW_LEN;
	*out = (struct auth_lm_hashes){ .n = 0 };
	if (stored.len == 0 || stored.len > AUTH_LM_STORED_MAX || (at != 0 && at != AUTH_HASH_LEN))
		return false;
	out->has_usual = at != 0;
	if (out->has_usual)
		memcpy(out->usual, stored.ptr, AUTH_HASH_LEN);
	for (; at < stored.len && out->n < AUTH_LM_PAGES; at += ROW_LEN) {
		struct auth_lm_page *row = &out->others[out->n++];
		row->page = load_le16(stored.ptr + at);
		memcpy(row->hash, stored.ptr + at + PAGE_LEN, AUTH_HASH_LEN);
	}
	return true;
}
