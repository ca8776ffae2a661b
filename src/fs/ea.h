/* Extended attributes within fs/: what attr.h offers, by file or path. */
#ifndef FS_EA_H
#define FS_EA_H

#include "fs/attr.h"
#include "fs/xattr.h"

/* The name of the next EA at or after *pos; NULL at the end. *xattr: its full name. */
const char *fs_ea_next(const struct fs_xattr_names *list, size_t *pos, const char **xattr);
/* Its value, in the arena. STATUS_NOT_FOUND: gone meanwhile, or larger than an EA can be. */
NT_WARN_UNUSED nt_status fs_ea_load(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *xattr, struct slice *out);
/* Bytes of the FEA list on the wire ([MS-CIFS] 2.2.1.2.2.1); 0 if there are none. */
uint32_t fs_ea_list_size(struct fs_ctx *ctx, struct vfs_file *file, const char *path);
NT_WARN_UNUSED nt_status fs_ea_store(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct fs_ea *eas, size_t n);
/* All of a file's, as overwriting it does; file is open. */
NT_WARN_UNUSED nt_status fs_ea_remove_all(struct fs_ctx *ctx, struct vfs_file *file);
/* Has the file an EA with FILE_NEED_EA? needea.h */
bool fs_ea_is_needed(struct fs_ctx *ctx, struct vfs_file *file, const char *path);
/* Of setting or removing an xattr of EAs. */
nt_status fs_ea_status(int err);

#endif
