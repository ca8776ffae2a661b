/* The name server's database: one table, WAL, so that a commit is a write that a killed process has done already. */
#include <sqlite3.h>
#include <stdlib.h>

#include "base/log.h"
#include "nbt/nbns.h"

enum { BUSY_TIMEOUT_MS = 2000, MEMBER_LEN = 12, KEY_MAX = NBT_NAME_LEN + NBT_SCOPE_MAX, SCHEMA_VERSION = 1 };

enum query { QUERY_EACH, QUERY_PUT, QUERY_DROP, QUERY_BEGIN, QUERY_COMMIT, QUERY_DATA_VERSION, QUERY_COUNT };

static const char *const query_sql[QUERY_COUNT] = {
	[QUERY_EACH] = "SELECT key, kind, state, static, nb_flags, members, expires, version FROM name ORDER BY key",
	[QUERY_PUT] = "INSERT OR REPLACE INTO name VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[QUERY_DROP] = "DELETE FROM name WHERE key = ?1",
	[QUERY_BEGIN] = "BEGIN IMMEDIATE",
	[QUERY_COMMIT] = "COMMIT",
	[QUERY_DATA_VERSION] = "PRAGMA data_version",
};

/* key: the 16 bytes of the name and its scope; members: address and expiry of each, big-endian. */
static const char schema[] =
	"CREATE TABLE IF NOT EXISTS name (key BLOB PRIMARY KEY, kind INTEGER NOT NULL, state INTEGER NOT NULL,"
	" static INTEGER NOT NULL, nb_flags INTEGER NOT NULL, members BLOB NOT NULL, expires INTEGER NOT NULL,"
	" version INTEGER NOT NULL) WITHOUT ROWID;"
	"PRAGMA user_version = 1;";

struct nbns_db {
	sqlite3 *db;
	sqlite3_stmt *queries[QUERY_COUNT];
	bool in_transaction;
	int data_version;
};

const char *nbns_kind_name(enum nbns_kind kind)
{
	static const char *const names[] = { "unique", "group", "internet group", "multihomed" };

	return names[kind];
}

const char *nbns_state_name(enum nbns_state state)
{
	static const char *const names[] = { "active", "released", "tombstone" };

	return names[state];
}

static bool complain(const struct nbns_db *db, const char *what)
{
	log_error("the name server's database: %s: %s", what, sqlite3_errmsg(db->db));
	return false;
}

/* Runs a query without rows to its end. */
static bool run(struct nbns_db *db, enum query query)
{
	int result = sqlite3_step(db->queries[query]);

	sqlite3_reset(db->queries[query]);
	return result == SQLITE_DONE || result == SQLITE_ROW || complain(db, query_sql[query]);
}

static bool prepare(struct nbns_db *db)
{
	for (int i = 0; i < QUERY_COUNT; i++)
		if (sqlite3_prepare_v3(db->db, query_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &db->queries[i], NULL) != SQLITE_OK)
			return complain(db, "it is no database of a name server");
	return true;
}

static int data_version(struct nbns_db *db)
{
	sqlite3_stmt *q = db->queries[QUERY_DATA_VERSION];
	int version = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int(q, 0) : 0;

	sqlite3_reset(q);
	return version;
}

struct nbns_db *nbns_db_open(const char *path, bool create)
{
	struct nbns_db *db = calloc(1, sizeof(*db));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);

	if (db == NULL) {
		log_error("the name server's database: not enough memory");
		return NULL;
	}
	bool ok = sqlite3_open_v2(path, &db->db, flags, NULL) == SQLITE_OK || complain(db, path);
	if (ok) {
		sqlite3_busy_timeout(db->db, BUSY_TIMEOUT_MS);
		/* Against a crash of the process the WAL is enough; NORMAL syncs at its checkpoints, which keeps it whole. */
		ok = (sqlite3_exec(db->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", NULL, NULL, NULL) == SQLITE_OK &&
		      sqlite3_exec(db->db, schema, NULL, NULL, NULL) == SQLITE_OK) || complain(db, path);
	}
	if (!ok || !prepare(db)) {
		nbns_db_close(db);
		return NULL;
	}
	db->data_version = data_version(db);
	return db;
}

void nbns_db_close(struct nbns_db *db)
{
	if (db == NULL)
		return;
	for (int i = 0; i < QUERY_COUNT; i++)
		sqlite3_finalize(db->queries[i]);
	sqlite3_close(db->db);
	free(db);
}

/* ---- rows ---- */

static size_t key_of(const struct nbt_name *name, uint8_t key[KEY_MAX])
{
	size_t scope = strlen(name->scope);

	memcpy(key, name->bytes, NBT_NAME_LEN);
	memcpy(key + NBT_NAME_LEN, name->scope, scope);
	return NBT_NAME_LEN + scope;
}

static bool row_from(sqlite3_stmt *q, struct nbns_row *row)
{
	const uint8_t *key = sqlite3_column_blob(q, 0), *members = sqlite3_column_blob(q, 5);
	size_t key_len = (size_t)sqlite3_column_bytes(q, 0), members_len = (size_t)sqlite3_column_bytes(q, 5);

	*row = (struct nbns_row){
		.kind = (enum nbns_kind)(sqlite3_column_int(q, 1) & 3),
		.state = (enum nbns_state)MIN(sqlite3_column_int(q, 2) & 3, NBNS_TOMBSTONE),
		.is_static = sqlite3_column_int(q, 3) != 0,
		.nb_flags = (uint16_t)sqlite3_column_int(q, 4),
		.n_members = (unsigned)MIN(members_len / MEMBER_LEN, (size_t)NBT_ADDRESSES_MAX),
		.expires_s = (uint64_t)sqlite3_column_int64(q, 6),
		.version = (uint64_t)sqlite3_column_int64(q, 7),
	};
	if (key_len < NBT_NAME_LEN || key_len > KEY_MAX)
		return false;
	memcpy(row->name.bytes, key, NBT_NAME_LEN);
	memcpy(row->name.scope, key + NBT_NAME_LEN, key_len - NBT_NAME_LEN);
	for (unsigned i = 0; i < row->n_members; i++, members += MEMBER_LEN)
		row->members[i] = (struct nbns_member){ load_be32(members),
			                                (uint64_t)load_be32(members + 4) << 32 | load_be32(members + 8) };
	return true;
}

bool nbns_db_each(struct nbns_db *db, nbns_each_fn fn, void *user)
{
	sqlite3_stmt *q = db->queries[QUERY_EACH];
	struct nbns_row row;
	int result;

	while ((result = sqlite3_step(q)) == SQLITE_ROW)
		if (row_from(q, &row) && !fn(user, &row))
			break;
	sqlite3_reset(q);
	return result == SQLITE_DONE || result == SQLITE_ROW || complain(db, "reading");
}

bool nbns_db_put(struct nbns_db *db, const struct nbns_row *row)
{
	sqlite3_stmt *q = db->queries[QUERY_PUT];
	uint8_t key[KEY_MAX], members[NBT_ADDRESSES_MAX * MEMBER_LEN];
	size_t key_len = key_of(&row->name, key);

	for (unsigned i = 0; i < row->n_members; i++) {
		store_be32(members + i * MEMBER_LEN, row->members[i].ip);
		store_be32(members + i * MEMBER_LEN + 4, (uint32_t)(row->members[i].expires_s >> 32));
		store_be32(members + i * MEMBER_LEN + 8, (uint32_t)row->members[i].expires_s);
	}
	sqlite3_bind_blob(q, 1, key, (int)key_len, SQLITE_STATIC);
	sqlite3_bind_int(q, 2, (int)row->kind);
	sqlite3_bind_int(q, 3, (int)row->state);
	sqlite3_bind_int(q, 4, row->is_static);
	sqlite3_bind_int(q, 5, row->nb_flags);
	sqlite3_bind_blob(q, 6, members, (int)(row->n_members * MEMBER_LEN), SQLITE_STATIC);
	sqlite3_bind_int64(q, 7, (sqlite3_int64)row->expires_s);
	sqlite3_bind_int64(q, 8, (sqlite3_int64)row->version);
	bool ok = run(db, QUERY_PUT);
	sqlite3_clear_bindings(q);
	return ok;
}

bool nbns_db_drop(struct nbns_db *db, const struct nbt_name *name, bool *found)
{
	sqlite3_stmt *q = db->queries[QUERY_DROP];
	uint8_t key[KEY_MAX];

	sqlite3_bind_blob(q, 1, key, (int)key_of(name, key), SQLITE_STATIC);
	bool ok = run(db, QUERY_DROP);
	sqlite3_clear_bindings(q);
	*found = ok && sqlite3_changes(db->db) > 0;
	return ok;
}

bool nbns_db_begin(struct nbns_db *db)
{
	if (!db->in_transaction)
		db->in_transaction = run(db, QUERY_BEGIN);
	return db->in_transaction;
}

bool nbns_db_commit(struct nbns_db *db)
{
	if (!db->in_transaction)
		return true;
	db->in_transaction = false;
	if (run(db, QUERY_COMMIT))
		return true;
	sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

bool nbns_db_was_changed(struct nbns_db *db)
{
	int before = db->data_version;

	db->data_version = data_version(db);
	return db->data_version != before;
}

bool nbns_db_backup(struct nbns_db *db, const char *to_path)
{
	sqlite3 *to = NULL;
	bool ok = sqlite3_open(to_path, &to) == SQLITE_OK;
	sqlite3_backup *backup = ok ? sqlite3_backup_init(to, "main", db->db, "main") : NULL;
	int result;

	if (backup != NULL) {
		do
			result = sqlite3_backup_step(backup, -1);
		while (result == SQLITE_OK || (result == SQLITE_BUSY && sqlite3_sleep(50) > 0) || result == SQLITE_LOCKED);
		ok = result == SQLITE_DONE;
		ok = sqlite3_backup_finish(backup) == SQLITE_OK && ok;
	}
	if (!ok || backup == NULL)
		log_error("copying the name server's database to %s: %s", to_path, to != NULL ? sqlite3_errmsg(to) : "not enough memory");
	sqlite3_close(to);
	return ok && backup != NULL;
}
