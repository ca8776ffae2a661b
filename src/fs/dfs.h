/*
 * DFS links as Samba keeps them: a symlink with the text "msdfs:server\share[,server2\share2...]" on a share that is a DFS
 * root (`msdfs root = yes`). Clients that ask by DFS paths are sent there. [MS-DFSC] 3.2
 */
#ifndef FS_DFS_H
#define FS_DFS_H

#include "fs/path.h"

/* Whether an on-disk path is such a link, on a share where they count. */
bool fs_dfs_is_link(struct fs_ctx *ctx, const char *disk_path);

enum { FS_DFS_TARGETS_MAX = 64 };

struct fs_dfs_referral {
	size_t consumed;       /* bytes of the UTF-8 name that lead to the link */
	const char **targets;  /* "\\server\\share[\\path]" */
	size_t n;
};
/* The first link on the way along a client's name within the share. STATUS_NOT_FOUND: there is none. */
NT_WARN_UNUSED nt_status fs_dfs_find(struct fs_ctx *ctx, const char *name, struct fs_dfs_referral *out);

#endif
