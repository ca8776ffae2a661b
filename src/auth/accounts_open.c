/* The file of the account database: made for nobody else to read, brought into shape, opened and closed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/accounts_internal.h"
#include "auth/machinesid.h"
#include "base/log.h"

enum {
	SCHEMA_VERSION = 2,
	/* How long another process may keep the file locked: a commit takes milliseconds. */
	BUSY_TIMEOUT_MS = 2000,
};

bool accounts_log_failure(struct accounts *a, const char *what)
{
	log_error("accounts: cannot %s: %s", what, sqlite3_errmsg(a->db));
	return false;
}

static bool execute(struct accounts *a, const char *sql, const char *what)
{
	return sqlite3_exec(a->db, sql, NULL, NULL, NULL) == SQLITE_OK || accounts_log_failure(a, what);
}

/* SQLite would create the file readable for everybody whom the umask lets. */
static bool create_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		close(fd);
		return true;
	}
	if (errno == EEXIST)
		return true;
	log_error("accounts: cannot create %s: %s; choose another place with --state DIR", path, strerror(errno));
	return false;
}

/* Only once it is known to be ours: somebody may have named a file that everybody has to read. */
static bool warn_if_public(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
		log_warning("accounts: other users can read %s; cure: chmod 600 %s", path, path);
	return true;
}

static int user_version(struct accounts *a)
{
	sqlite3_stmt *q;
	int version = -1;
	if (sqlite3_prepare_v2(a->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW)
		version = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return version;
}

static bool make_schema(struct accounts *a, const char *path)
{
	int version = user_version(a);
	if (version == SCHEMA_VERSION)
		return true;
	if (version < 0)
		return accounts_log_failure(a, "read the database");
	if (version > SCHEMA_VERSION) {
		log_error("accounts: %s was written by a newer version of this program (schema %d, known is %d)", path, version,
			  SCHEMA_VERSION);
		return false;
	}
	/* Two processes may come here at once: the second one waits, and then finds the table. */
	return execute(a,
		       "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
		       "CREATE TABLE IF NOT EXISTS account (key TEXT PRIMARY KEY, name TEXT NOT NULL,"
		       " unix_user TEXT NOT NULL, full_name TEXT NOT NULL, nt_hash BLOB, lm_hash BLOB,"
		       " disabled INTEGER NOT NULL, admin INTEGER NOT NULL) WITHOUT ROWID;"
		       "PRAGMA user_version = 2; COMMIT",
		       "create the tables");
}

static bool read_machine_sid(struct accounts *a)
{
	sqlite3_stmt *q;
	if (sqlite3_prepare_v2(a->db, "SELECT value FROM fact WHERE name = 'machine_sid'", -1, &q, NULL) != SQLITE_OK)
		return false;
	bool found = sqlite3_step(q) == SQLITE_ROW && sid_from_text((const char *)sqlite3_column_text(q, 0), &a->machine_sid);
	sqlite3_finalize(q);
	return found;
}

/* Of two processes that come here at once the first one's stays. */
static bool have_machine_sid(struct accounts *a)
{
	char text[SID_TEXT_MAX], sql[SID_TEXT_MAX + 64];
	if (read_machine_sid(a))
		return true;
	struct sid fresh = auth_machine_sid_new();
	snprintf(sql, sizeof(sql), "INSERT OR IGNORE INTO fact VALUES ('machine_sid', '%s')", sid_to_text(&fresh, text));
	return execute(a, sql, "store the machine's SID") && (read_machine_sid(a) || accounts_log_failure(a, "read the machine's SID"));
}

static bool prepare(struct accounts *a)
{
	for (size_t i = 0; i < QUERY_COUNT; i++)
		if (sqlite3_prepare_v3(a->db, accounts_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &a->queries[i], NULL) != SQLITE_OK)
			return accounts_log_failure(a, "read the tables");
	return true;
}

static bool open_database(struct accounts *a, const char *path)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	if (strcmp(path, ":memory:") != 0 && !create_private(path))
		return false;
	if (sqlite3_open_v2(path, &a->db, flags, NULL) != SQLITE_OK) {
		log_error("accounts: cannot open %s: %s", path, a->db != NULL ? sqlite3_errmsg(a->db) : "no memory");
		return false;
	}
	sqlite3_busy_timeout(a->db, BUSY_TIMEOUT_MS);
	/* Removed hashes must not stay readable in free pages. */
	return execute(a, "PRAGMA secure_delete = ON", "open the database") && make_schema(a, path) && warn_if_public(path) &&
	       have_machine_sid(a) && prepare(a);
}

struct accounts *accounts_open(const char *path)
{
	struct accounts *a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	lock_init(&a->lock, LOCK_RANK_ACCOUNTS);
	if (!open_database(a, path)) {
		accounts_close(a);
		return NULL;
	}
	return a;
}

void accounts_close(struct accounts *a)
{
	if (a == NULL)
		return;
	accounts_clear_cache(a);
	for (size_t i = 0; i < QUERY_COUNT; i++)
		sqlite3_finalize(a->queries[i]);
	sqlite3_close(a->db);
	lock_fini(&a->lock);
	free(a);
}
