/*
 * The account database. One SQLite connection with prepared statements behind one mutex (LOCK_RANK_ACCOUNTS), and a cache
 * of look-ups, found and not found, so that logging on costs no query. Nothing else may open the file's tables.
 */
#include "auth/accounts_internal.h"

#include <stdlib.h>
#include <string.h>

/* uthash's default hash falls through switch labels that it annotates only in comments. */
#define HASH_FUNCTION(key, len, hashv) HASH_FNV(key, len, hashv)
#include <uthash.h>

#include "base/charset.h"
#include "base/log.h"
#include "crypto/crypto.h"

enum {
	/* Guesses of names must not fill the memory: at this many the cache starts afresh. */
	CACHE_MAX = 4096,
	KEY_MAX = 3 * 128 + 1, /* an upper-cased name: three bytes for one at worst */
};

struct cached {
	char key[KEY_MAX];
	bool exists;
	struct account account;
	UT_hash_handle hh;
};

const char *const accounts_sql[QUERY_COUNT] = {
	[QUERY_FIND] = "SELECT name, unix_user, full_name, nt_hash, lm_hash, disabled, admin FROM account WHERE key = ?1",
	[QUERY_FIND_UNIX] = ("SELECT name, unix_user, full_name, nt_hash, lm_hash, disabled, admin FROM account"
			    " WHERE unix_user = ?1 OR (unix_user = '' AND name = ?1) ORDER BY unix_user = '', key LIMIT 1"),
	[QUERY_PUT] = "INSERT OR REPLACE INTO account VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[QUERY_REMOVE] = "DELETE FROM account WHERE key = ?1",
	[QUERY_EACH] = "SELECT name, unix_user, full_name, nt_hash, lm_hash, disabled, admin FROM account ORDER BY key",
	[QUERY_VERSION] = "PRAGMA data_version",
};

/* The key that makes names case-insensitive. False: too long. */
static bool key_of(const char *name, char key[KEY_MAX])
{
	size_t len = utf8_upper_into(key, KEY_MAX - 1, name, strlen(name));
	if (len == 0 || len > KEY_MAX - 1)
		return false;
	key[len] = '\0';
	return true;
}

bool account_name_is_valid(const char *name)
{
	size_t len = strlen(name);
	struct account *sized;
	if (len == 0 || len >= sizeof(sized->name) || !utf8_is_valid(name, len))
		return false;
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F || strchr("\"/\\[]:;|=,+*?<>", *p) != NULL)
			return false;
	return true;
}

void accounts_clear_cache(struct accounts *a)
{
	struct cached *c, *next;
	HASH_ITER(hh, a->cache, c, next) {
		HASH_DEL(a->cache, c);
		crypto_wipe(c, sizeof(*c));
		free(c);
	}
}

static void copy_text(sqlite3_stmt *q, int column, char *out, size_t cap)
{
	const unsigned char *text = sqlite3_column_text(q, column);
	size_t len = text != NULL ? strnlen((const char *)text, cap - 1) : 0;
	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
}

static bool copy_hash(sqlite3_stmt *q, int column, uint8_t out[16])
{
	const void *blob = sqlite3_column_blob(q, column);
	if (blob == NULL || sqlite3_column_bytes(q, column) != 16)
		return false;
	memcpy(out, blob, 16);
	return true;
}

static void read_row(sqlite3_stmt *q, struct account *out)
{
	*out = (struct account){ .disabled = false };
	copy_text(q, 0, out->name, sizeof(out->name));
	copy_text(q, 1, out->unix_user, sizeof(out->unix_user));
	copy_text(q, 2, out->full_name, sizeof(out->full_name));
	out->has_nt = copy_hash(q, 3, out->nt_hash);
	(void)auth_lm_hashes_load(slice_of(sqlite3_column_blob(q, 4), (size_t)sqlite3_column_bytes(q, 4)), &out->lm);
	out->disabled = sqlite3_column_int(q, 5) != 0;
	out->admin = sqlite3_column_int(q, 6) != 0;
}

static void finish(sqlite3_stmt *q)
{
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

/* Under the lock: empties the cache if another process has written since. */
static void refresh(struct accounts *a)
{
	sqlite3_stmt *q = a->queries[QUERY_VERSION];
	int version = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int(q, 0) : a->data_version - 1;
	finish(q);
	if (version == a->data_version)
		return;
	accounts_clear_cache(a);
	a->data_version = version;
}

/* False: the database failed, logged. */
static bool query_account(struct accounts *a, const char *key, bool *exists, struct account *out)
{
	sqlite3_stmt *q = a->queries[QUERY_FIND];
	sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
	int step = sqlite3_step(q);
	*exists = step == SQLITE_ROW;
	if (*exists)
		read_row(q, out);
	finish(q);
	return *exists || step == SQLITE_DONE || accounts_log_failure(a, "look up a name");
}

static void remember(struct accounts *a, const char *key, bool exists, const struct account *account)
{
	if (HASH_COUNT(a->cache) >= CACHE_MAX)
		accounts_clear_cache(a);
	struct cached *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return;
	memcpy(c->key, key, strlen(key) + 1);
	c->exists = exists;
	if (exists)
		c->account = *account;
	HASH_ADD_STR(a->cache, key, c);
}

static bool find_locked(struct accounts *a, const char *key, struct account *out)
{
	struct cached *c;
	bool exists;
	refresh(a);
	HASH_FIND_STR(a->cache, key, c);
	if (c != NULL) {
		if (c->exists)
			*out = c->account;
		return c->exists;
	}
	if (!query_account(a, key, &exists, out))
		return false;
	remember(a, key, exists, out);
	return exists;
}

bool accounts_find(struct accounts *a, const char *name, struct account *out)
{
	char key[KEY_MAX];
	if (!key_of(name, key))
		return false;
	lock_take(&a->lock);
	bool found = find_locked(a, key, out);
	lock_release(&a->lock);
	return found;
}

bool accounts_find_unix(struct accounts *a, const char *unix_user, struct account *out)
{
	sqlite3_stmt *q = a->queries[QUERY_FIND_UNIX];
	lock_take(&a->lock);
	sqlite3_bind_text(q, 1, unix_user, -1, SQLITE_STATIC);
	int step = sqlite3_step(q);
	if (step == SQLITE_ROW)
		read_row(q, out);
	else if (step != SQLITE_DONE)
		accounts_log_failure(a, "look up a Unix user");
	finish(q);
	lock_release(&a->lock);
	return step == SQLITE_ROW;
}

const struct sid *accounts_machine_sid(const struct accounts *a)
{
	return &a->machine_sid;
}

static void bind_bytes(sqlite3_stmt *q, int at, const uint8_t *bytes, size_t len)
{
	if (len > 0)
		sqlite3_bind_blob(q, at, bytes, (int)len, SQLITE_STATIC);
	else
		sqlite3_bind_null(q, at);
}

/* Under the lock: runs a statement that writes. */
static bool write_locked(struct accounts *a, sqlite3_stmt *q, const char *what)
{
	bool good = sqlite3_step(q) == SQLITE_DONE || accounts_log_failure(a, what);
	finish(q);
	accounts_clear_cache(a);
	return good;
}

bool accounts_put(struct accounts *a, const struct account *account)
{
	char key[KEY_MAX];
	if (!account_name_is_valid(account->name) || !key_of(account->name, key)) {
		log_error("accounts: '%s' cannot be an account's name", account->name);
		return false;
	}
	lock_take(&a->lock);
	sqlite3_stmt *q = a->queries[QUERY_PUT];
	sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, account->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, account->unix_user, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 4, account->full_name, -1, SQLITE_STATIC);
	uint8_t lm[AUTH_LM_STORED_MAX];
	bind_bytes(q, 5, account->nt_hash, account->has_nt ? sizeof(account->nt_hash) : 0);
	bind_bytes(q, 6, lm, auth_lm_hashes_store(&account->lm, lm));
	sqlite3_bind_int(q, 7, account->disabled);
	sqlite3_bind_int(q, 8, account->admin);
	bool good = write_locked(a, q, "store an account");
	lock_release(&a->lock);
	crypto_wipe(lm, sizeof(lm));
	return good;
}

bool accounts_remove(struct accounts *a, const char *name)
{
	char key[KEY_MAX];
	if (!key_of(name, key))
		return false;
	lock_take(&a->lock);
	sqlite3_bind_text(a->queries[QUERY_REMOVE], 1, key, -1, SQLITE_STATIC);
	bool good = write_locked(a, a->queries[QUERY_REMOVE], "remove an account") && sqlite3_changes(a->db) > 0;
	lock_release(&a->lock);
	return good;
}

bool accounts_each(struct accounts *a, bool (*each)(void *user, const struct account *account), void *user)
{
	struct account account;
	bool go_on = true;
	int step = SQLITE_DONE;
	lock_take(&a->lock);
	sqlite3_stmt *q = a->queries[QUERY_EACH];
	while (go_on && (step = sqlite3_step(q)) == SQLITE_ROW) {
		read_row(q, &account);
		go_on = each(user, &account);
	}
	bool good = step == SQLITE_ROW || step == SQLITE_DONE || accounts_log_failure(a, "list the accounts");
	finish(q);
	lock_release(&a->lock);
	crypto_wipe(&account, sizeof(account));
	return good;
}
