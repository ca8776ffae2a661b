/* One account: its password's hashes, and the smbpasswd lines it may come from. Pure and thread-safe. */
#include "auth/accounts.h"

#include <string.h>

#include "auth/proof.h"
#include "base/charset.h"

bool account_set_password(struct account *account, const char *password, bool keep_lm)
{
	if (!utf8_is_valid(password, strlen(password)) || !auth_nt_hash(password, account->nt_hash))
		return false;
	account->has_nt = true;
	account->lm = (struct auth_lm_hashes){ .n = 0 };
	return !keep_lm || auth_lm_hashes_of(password, &account->lm);
}

bool account_has_empty_password(const struct account *account)
{
	uint8_t empty[AUTH_HASH_LEN];
	return account->has_nt && auth_nt_hash("", empty) && crypto_equal(empty, account->nt_hash, sizeof(empty));
}

/* The next field of a line, ended by ':' or the line's end; *line moves behind it. */
static struct slice next_field(const char **line)
{
	size_t len = strcspn(*line, ":\r\n");
	struct slice field = slice_of(*line, len);
	*line += len;
	if (**line == ':')
		(*line)++;
	return field;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hash(struct slice field, uint8_t out[16])
{
	if (field.len != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		int high = hex_digit(field.ptr[2 * i]), low = hex_digit(field.ptr[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool has_flag(struct slice flags, char flag)
{
	return flags.len > 0 && flags.ptr[0] == '[' && memchr(flags.ptr, flag, flags.len) != NULL;
}

static bool refuse(const char **error, const char *reason)
{
	*error = reason;
	return false;
}

bool account_from_smbpasswd(const char *line, struct account *out, const char **error)
{
	struct slice name = next_field(&line), uid = next_field(&line), lm = next_field(&line);
	struct slice nt = next_field(&line), flags = next_field(&line);
	*out = (struct account){ .disabled = has_flag(flags, 'D') };
	if (name.len == 0 || name.ptr[0] == '#' || nt.ptr == NULL || nt.len == 0)
		return refuse(error, "not a line of smbpasswd(5)");
	if (uid.len == 0 || name.len >= sizeof(out->name))
		return refuse(error, "no name and number of a user");
	memcpy(out->name, name.ptr, name.len);
	if (has_flag(flags, 'W') || has_flag(flags, 'S') || has_flag(flags, 'I'))
		return refuse(error, "an account of a machine or a domain, not of a user");
	if (!account_name_is_valid(out->name))
		return refuse(error, "the name has characters that names may not have");
	out->lm.has_usual = parse_hash(lm, out->lm.usual);
	out->has_nt = parse_hash(nt, out->nt_hash);
	if (has_flag(flags, 'N') || (lm.len >= 11 && memcmp(lm.ptr, "NO PASSWORD", 11) == 0))
		return account_set_password(out, "", false) || refuse(error, "MD4 is not available");
	return out->has_nt || out->lm.has_usual || refuse(error, "no password hash");
}
