/* What the files of streams share: a stream's bytes. */
#ifndef FS_STREAM_INTERNAL_H
#define FS_STREAM_INTERNAL_H

#include "base/lock.h"
#include "fs/stream.h"

/* Bytes without the NUL at the end. STATUS_OBJECT_NAME_NOT_FOUND. */
NT_WARN_UNUSED nt_status fs_stream_stored_size(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *xattr, uint64_t *size);

/* A value is read, changed and written back as a whole; this keeps two who do so for one file apart. Taken before a shard. */
struct lock *fs_stream_lock(struct fs_core *core, const struct fs_node *node);

/* What fs/ says where the kernel finds no room in the xattrs or a name is gone. */
nt_status fs_stream_status(ssize_t err);

#endif
