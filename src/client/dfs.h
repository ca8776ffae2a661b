/*
 * DFS: a folder of a share that lies on another server. A share that the server says is in a DFS is asked by whole paths (cli_path
 * makes them), and what lies elsewhere is answered with STATUS_PATH_NOT_COVERED; then this tells where. [MS-DFSC] 3.1.4, [MS-SMB] 3.2.4.3
 */
#ifndef CLIENT_DFS_H
#define CLIENT_DFS_H

#include "client/cli.h"

enum { CLI_DFS_TARGETS_MAX = 8 };

struct cli_dfs_target {
	const char *host, *share, *path; /* path: of the folder in the share; "": its root */
};
struct cli_dfs_referral {
	struct cli_dfs_target targets[CLI_DFS_TARGETS_MAX]; /* the one to try first is the first */
	unsigned n; /* at least 1 */
	const char *link, *rest; /* the path in two, with '\' between parts: what the targets stand for, and what goes on below them */
};

/* From the tree connect on: the share is in a DFS, so its paths begin with server and share. False: no memory. */
bool cli_dfs_enter(struct cli *c, const char *share);
/* Names are in the arena. The connection's share is as before. */
NT_WARN_UNUSED nt_status cli_dfs_find(struct cli *c, const char *path, struct cli_dfs_referral *out);

#endif
