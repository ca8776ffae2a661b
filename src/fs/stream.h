/*
 * Named streams. One xattr of the file or folder each, in the format of Samba's streams_xattr: user.DosStream.NAME:$DATA,
 * the value with a NUL after its last byte. So a stream holds what an xattr holds: 65535 bytes on XFS, Btrfs and tmpfs, on
 * ext4 what is left of 4 KiB for all xattrs of the file; more gets STATUS_DISK_FULL. [MS-FSCC] 2.1.5, [MS-FSA] 2.1.1.6
 */
#ifndef FS_STREAM_H
#define FS_STREAM_H

#include "fs/open.h"
#include "fs/path.h"

#define FS_STREAM_PREFIX "user.DosStream."
#define FS_STREAM_SUFFIX ":$DATA"

enum { FS_STREAM_BYTES_MAX = 65535 };

struct fs_stream {
	const char *name; /* without colons and type; "" is a file's data */
	uint64_t size, allocation_size;
};

/* Cuts "name:stream[:$DATA]" at its first colon. *stream: NULL for none and for "name::$DATA"; *data: true for the latter.
 * STATUS_OBJECT_NAME_INVALID. */
NT_WARN_UNUSED nt_status fs_stream_split(char *name, const char **stream, bool *data);

/* The stream's name in that of an xattr, in the arena; NULL: not a stream, or no memory. */
const char *fs_stream_name(struct fs_ctx *ctx, const char *xattr);

/* Finds place->stream and fills place->stream_xattr; STATUS_OBJECT_NAME_NOT_FOUND: not there, the xattr is what it would get.
 * file may be NULL. STATUS_OBJECT_NAME_INVALID: the share keeps no streams, or the name is too long for an xattr. */
NT_WARN_UNUSED nt_status fs_stream_find(struct fs_ctx *ctx, struct vfs_file *file, struct fs_place *place);

/* What a handle or path of a stream has of its own instead of its file's; size from the xattr. */
NT_WARN_UNUSED nt_status fs_stream_info(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *xattr, struct fs_info *info);

/* The streams of a file, its data first, or of a folder. open: or NULL, then by path. */
NT_WARN_UNUSED nt_status fs_query_streams(struct fs_ctx *ctx, struct fs_open *open, const char *disk_path, struct fs_stream **out, size_t *n);

/* Empty. STATUS_OBJECT_NAME_COLLISION: it is there already. STATUS_DISK_FULL: no room in the file's xattrs. */
NT_WARN_UNUSED nt_status fs_stream_create(struct fs_ctx *ctx, struct fs_open *open, const char *xattr);
/* All of a file's, as overwriting it does; open is the file's. */
NT_WARN_UNUSED nt_status fs_stream_remove_all(struct fs_ctx *ctx, struct fs_open *open);

/* What io.c does for a stream's open: rights and locks are checked. */
NT_WARN_UNUSED nt_status fs_stream_read(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, void *buf, size_t len, size_t *out_len);
NT_WARN_UNUSED nt_status fs_stream_write(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, struct slice data);
NT_WARN_UNUSED nt_status fs_stream_size(struct fs_ctx *ctx, struct fs_open *open, uint64_t *size);
NT_WARN_UNUSED nt_status fs_stream_set_size(struct fs_ctx *ctx, struct fs_open *open, uint64_t size);
NT_WARN_UNUSED nt_status fs_stream_flush(struct fs_ctx *ctx, struct fs_open *open);

/* fs/stream_rename.c. target: ":name[:$DATA]". The open, or an act, holds node. STATUS_INVALID_PARAMETER: a target of another
 * form; STATUS_OBJECT_NAME_COLLISION: it is there, or is the file's data. */
NT_WARN_UNUSED nt_status fs_stream_rename(struct fs_ctx *ctx, struct fs_node *node, struct vfs_file *file, const char *path, const char *target,
					  bool replace);

#endif
