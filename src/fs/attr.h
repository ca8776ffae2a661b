/*
 * Attributes, times, names and EAs of files, by open or by path; rename, link and delete. The by-path forms follow what
 * an NT server does: open with exactly the needed access, act, close, with share-mode and delete-pending rules applied.
 */
#ifndef FS_ATTR_H
#define FS_ATTR_H

#include "fs/open.h"
#include "fs/path.h"

/* fs/dosattr.c: attributes and creation time from user.DOSATTRIB (Samba's format, all versions it has had) or mode bits.
 * file may be NULL: by path. */
/* Both fill all of *out but ea_size and delete_pending. apply: from the bytes of the xattr (empty: it has none), for listings. */
void fs_dosattr_apply(const struct fs_ctx *ctx, struct slice xattr, const char *name, const struct vfs_stat *st, struct fs_info *out);
void fs_dosattr_load(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *name, const struct vfs_stat *st, struct fs_info *out);
NT_WARN_UNUSED nt_status fs_dosattr_store(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st, uint32_t attributes,
					  nttime creation_time);

/* All but ea_size, which few want and which costs: fs_ea_size. client_path may be NULL. STATUS_DELETE_PENDING by path, as an
 * open would get. */
NT_WARN_UNUSED nt_status fs_query_open(struct fs_ctx *ctx, struct fs_open *open, struct fs_info *out);
NT_WARN_UNUSED nt_status fs_query_path(struct fs_ctx *ctx, const char *name, struct fs_info *out, const char **client_path);
/* The 8.3 name (ALT_NAME level): the name itself if it is valid 8.3. */
NT_WARN_UNUSED nt_status fs_query_alt_name(struct fs_ctx *ctx, const char *disk_path, const char **out);

struct fs_basic { /* 0 leaves a time, attributes 0 leaves them, FILE_ATTRIBUTE_NORMAL clears */
	nttime creation_time, last_access_time, last_write_time, change_time;
	uint32_t attributes;
};
NT_WARN_UNUSED nt_status fs_set_basic_open(struct fs_ctx *ctx, struct fs_open *open, const struct fs_basic *b);
NT_WARN_UNUSED nt_status fs_set_basic_path(struct fs_ctx *ctx, const char *name, const struct fs_basic *b);

/* How the handle works from now on. STATUS_INVALID_PARAMETER. [MS-FSA] 2.1.5.15.8 */
NT_WARN_UNUSED nt_status fs_set_mode(struct fs_open *open, uint32_t mode);

NT_WARN_UNUSED nt_status fs_set_disposition(struct fs_ctx *ctx, struct fs_open *open, bool delete_on_close);

/* Extended attributes ("user.*" of the file, never ours). Setting an empty value removes. */
NT_WARN_UNUSED nt_status fs_query_eas(struct fs_ctx *ctx, struct fs_open *open, const char *disk_path, struct fs_ea **out, size_t *n);
/* Bytes of the FEA list on the wire that the EAs of an on-disk path make; 0 if there are none. */
uint32_t fs_ea_size(struct fs_ctx *ctx, const char *disk_path);
/* STATUS_INVALID_PARAMETER: FILE_NEED_EA for a folder. */
NT_WARN_UNUSED nt_status fs_set_eas(struct fs_ctx *ctx, struct fs_open *open, const char *disk_path, const struct fs_ea *eas, size_t n);
/* Is FILE_NEED_EA among their flags? */
bool fs_eas_are_needed(const struct fs_ea *eas, size_t n);

/* fs/remove.c */
NT_WARN_UNUSED nt_status fs_unlink(struct fs_ctx *ctx, const char *pattern, uint32_t search_attributes); /* wildcards allowed */
NT_WARN_UNUSED nt_status fs_rmdir(struct fs_ctx *ctx, const char *name);
NT_WARN_UNUSED nt_status fs_mkdir(struct fs_ctx *ctx, const char *name);
NT_WARN_UNUSED nt_status fs_check_directory(struct fs_ctx *ctx, const char *name);

/* fs/rename.c. Wildcards in both as SMB_COM_RENAME allows them. */
NT_WARN_UNUSED nt_status fs_rename(struct fs_ctx *ctx, const char *old_pattern, const char *new_pattern, uint32_t search_attributes);
/* Whether there is a file of this name that the search attributes admit: STATUS_OBJECT_NAME_NOT_FOUND, STATUS_NO_SUCH_FILE. */
NT_WARN_UNUSED nt_status fs_check_source(struct fs_ctx *ctx, const char *name, uint32_t search_attributes);
/* target: full client path from the share's root. */
NT_WARN_UNUSED nt_status fs_rename_open(struct fs_ctx *ctx, struct fs_open *open, const char *target, bool replace_if_exists);
NT_WARN_UNUSED nt_status fs_hard_link(struct fs_ctx *ctx, const char *existing, const char *new_name, uint32_t search_attributes);

/* fs/copy.c: a new file with the data, attributes and last write time of an existing one. */
NT_WARN_UNUSED nt_status fs_copy(struct fs_ctx *ctx, const char *existing, const char *new_name);

#endif
