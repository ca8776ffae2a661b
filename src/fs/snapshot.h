/*
 * Snapshots of a share: folders in one folder of it, each of which has the share as it was at the time that its name tells. Clients
 * name them by tokens in paths, "@GMT-2001.03.30-14.44.00". [MS-SMB] 2.2.1.1.1
 *
 * What lies in that folder does not change through this server, by whatever path a client gets there.
 */
#ifndef FS_SNAPSHOT_H
#define FS_SNAPSHOT_H

#include "fs/fs.h"

enum {
	FS_SNAPSHOT_TOKEN_LEN = 24, /* characters */
	FS_SNAPSHOTS_MAX = 512,     /* newest; no volume of Windows keeps more */
};
#define FS_SNAPSHOT_FORMAT "@GMT-%Y.%m.%d-%H.%M.%S"

struct fs_snapshot {
	char token[FS_SNAPSHOT_TOKEN_LEN + 1];
};

/* True if the name has a token's form; its date may still be none. */
bool fs_snapshot_is_token(const char *name);
/* Where the snapshot of a token is, or would be, on disk from the share's root; in the arena. NULL: no such date, or no memory. */
const char *fs_snapshot_path(struct fs_ctx *ctx, const char *token);
/* Whether a path on disk is the folder of the snapshots or lies in it. */
bool fs_snapshot_holds(const struct fs_share *share, const char *disk_path);

/* All that are there, newest first, in the arena; none where the share has no such folder, or the caller may not read it. */
NT_WARN_UNUSED nt_status fs_snapshot_list(struct fs_ctx *ctx, struct fs_snapshot **out, size_t *n);

#endif
