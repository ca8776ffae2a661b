/* Between accounts.c, which reads and writes accounts, and accounts_open.c. */
#ifndef AUTH_ACCOUNTS_INTERNAL_H
#define AUTH_ACCOUNTS_INTERNAL_H

#include <sqlite3.h>

#include "auth/accounts.h"
#include "base/lock.h"

enum query { QUERY_FIND, QUERY_FIND_UNIX, QUERY_PUT, QUERY_REMOVE, QUERY_EACH, QUERY_VERSION, QUERY_COUNT };
extern const char *const accounts_sql[QUERY_COUNT];

struct accounts {
	struct lock lock;
	sqlite3 *db;
	sqlite3_stmt *queries[QUERY_COUNT];
	struct cached *cache;
	int data_version; /* of the database when the cache was empty */
	struct sid machine_sid;
};

/* False, for the caller to return. */
bool accounts_log_failure(struct accounts *a, const char *what);
/* Under the lock. */
void accounts_clear_cache(struct accounts *a);

#endif
