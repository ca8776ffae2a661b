/* The names of a file's xattrs, for those who keep something in some of them: ea.c, stream.c. */
#ifndef FS_XATTR_H
#define FS_XATTR_H

#include "fs/fs.h"

enum { FS_XATTR_NAMES_USUAL = 256 };

/* Each name with its NUL; `room` serves the usual few without an allocation. Not to be copied. */
struct fs_xattr_names {
	char room[FS_XATTR_NAMES_USUAL];
	const char *names;
	size_t len;
};

/* file may be NULL: by path. A file system without xattrs gives an empty list. */
NT_WARN_UNUSED nt_status fs_xattr_list(struct fs_ctx *ctx, struct vfs_file *file, const char *path, struct fs_xattr_names *out);

/* The name at *pos, which moves on; NULL at the end. */
static inline const char *fs_xattr_next(const struct fs_xattr_names *list, size_t *pos)
{
	if (*pos >= list->len)
		return NULL;
	const char *name = list->names + *pos;
	*pos += strlen(name) + 1;
	return name;
}

#endif
