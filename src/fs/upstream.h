/*
 * Opens of files that another server has (vfs_ops.admit): what was let in among our clients is let in there, with the same access and
 * sharing, and its oplock is only as good as the one there.
 */
#ifndef FS_UPSTREAM_H
#define FS_UPSTREAM_H

#include "fs/opening.h"

/* A new file at its place, made there with the rights, sharing and oplock that it is opened with. -errno. */
int fs_upstream_make(struct fs_opening *o, uint32_t granted);
/* The claim stands. STATUS_SHARING_VIOLATION, STATUS_ACCESS_DENIED and others: the word of the server; o->oplock is what is left. */
NT_WARN_UNUSED nt_status fs_upstream_admit(struct fs_opening *o);
/* A stream is opened there when it is read or written: now it is only asked whether that may be. */
NT_WARN_UNUSED nt_status fs_upstream_admit_stream(struct fs_opening *o);
/* What only the overwriting needed is given back. */
NT_WARN_UNUSED nt_status fs_upstream_overwritten(struct fs_opening *o);
/* Rights are that server's to judge, by descriptors of its own. */
bool fs_upstream_judges(const struct fs_ctx *ctx);
/* As fs_query_security and fs_set_security, once the open's rights were looked at. STATUS_NOT_SUPPORTED: it has no descriptors. */
NT_WARN_UNUSED nt_status fs_upstream_query_security(struct fs_ctx *ctx, struct fs_open *open, uint32_t information, struct slice *out);
NT_WARN_UNUSED nt_status fs_upstream_set_security(struct fs_ctx *ctx, struct vfs_file *file, const char *path, uint32_t information, struct slice sd);
/* All that is in it, for a file just made. */
NT_WARN_UNUSED nt_status fs_upstream_new_security(struct fs_ctx *ctx, struct vfs_file *file, const char *path, struct slice sd);
/* Before the file that this open has is deleted: there, too, it is open no more. */
void fs_upstream_retire(struct vfs_file *file);

#endif
