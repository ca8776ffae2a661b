/*
 * A whole server in one process: accounts in memory, file systems in memory, the SMB1 face, the fake net. Four disk shares:
 * "data" and "more" (two names of two file systems), "ro" (read only), "dfs" (a DFS root); a printer, "lp"; one user, anna; guests by choice. Quotas
 * are shown as soon as a test has its file system keep some (vfs_mem_keep_quotas); snapshots are in ".snapshots".
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "auth/accounts.h"
#include "fake_net.h"
#include "smb1/conn.h"
#include "smb1/server.h"
#include "vfs/mem.h"

#define WORLD_USER "anna"
#define WORLD_PASSWORD "Sommer-1987"

enum { WORLD_DATA, WORLD_MORE, WORLD_RO, WORLD_LP, WORLD_DFS, WORLD_SHARES };

/* The host in fake_connect_from: what of the old methods the server allows it. Every old dialect is allowed to all of them. */
enum world_zone { WORLD_ZONE_ANY_PROOF, WORLD_ZONE_LM, WORLD_ZONE_PLAINTEXT, WORLD_ZONE_SHARE_LEVEL, WORLD_ZONE_SHARE_PLAINTEXT, WORLD_ZONE_NOTHING, WORLD_ZONES };

struct world_options {
	enum smb1_signing_policy signing;
	bool guests;       /* unknown users become guests */
	bool legacy;       /* every old dialect and method for everybody */
	bool share_passwords; /* share "more" has passwords: "lesen" to read, "schreiben" to write */
	bool zones; /* with legacy and share_passwords: what an address allows depends on it, see enum world_zone */
	struct auth *auth; /* not NULL: use this one (fuzzers make worlds by the thousand) */
};

struct world {
	struct accounts *accounts; /* NULL: of the caller */
	struct auth *auth;
	struct fs_core *core;
	struct smb1_server *server;
	struct net *net;
	struct vfs *vfs[WORLD_SHARES];
	struct fs_share *shares[WORLD_SHARES];
};

struct world *world_new(const struct world_options *options);
/* Ends every connection, then checks that nothing is left: opens, locks, waits, files of the file systems. NULL if so, else
 * what is left. Frees the world. */
const char *world_free(struct world *w);

/* What world_new makes unless it is given: the accounts, in memory, with anna in them; and who may log on. */
struct accounts *world_accounts_new(void);
struct auth *world_auth_new(struct accounts *accounts, bool guests);

/* The state behind a connection; only while it is not gone. */
struct smb1_conn *world_conn(const struct fake_conn *c);
/* NULL, or which rule of the server's state is broken now. For use between frames. */
const char *world_broken(struct world *w, struct fake_conn *const *conns, size_t n);

/* Moves the clocks of net and disks. */
void world_advance(struct world *w, uint64_t ms);

/* Behind the server's back, as a local program does it. */
void world_put(struct world *w, int share, const char *path, const void *content, size_t len);
void world_mkdir(struct world *w, int share, const char *path);
bool world_exists(struct world *w, int share, const char *path);
uint64_t world_size(struct world *w, int share, const char *path);
/* At most cap bytes of a file; how many. */
size_t world_get(struct world *w, int share, const char *path, void *out, size_t cap);

#endif
