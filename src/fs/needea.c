/* The names of the EAs that who opens a file has to know. See needea.h. */
#include "fs/needea.h"

#include <errno.h>

#include "base/charset.h"
#include "fs/ea.h"
#include "fs/share.h"

nt_status fs_needea_load(struct fs_ctx *ctx, struct vfs_file *file, const char *path, struct fs_xattr_names *out)
{
	struct vfs *v = ctx->tree->vfs;
	size_t cap = sizeof(out->room) - 1;
	char *names = out->room;
	ssize_t len = v->ops->getxattr(v, file, path, FS_NEED_EA_XATTR, names, cap);
	if (len == -ERANGE) {
		len = v->ops->getxattr(v, file, path, FS_NEED_EA_XATTR, NULL, 0);
		cap = len > 0 ? (size_t)len : 0;
		names = arena_alloc_raw(ctx->arena, cap + 1);
		if (names == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
		if (cap > 0)
			len = v->ops->getxattr(v, file, path, FS_NEED_EA_XATTR, names, cap);
	}
	out->names = names;
	out->len = len > 0 ? (size_t)len : 0;
	names[out->len] = '\0'; /* a local program may have written anything */
	return STATUS_SUCCESS;
}

bool fs_needea_has(const struct fs_xattr_names *needed, const char *name)
{
	const char *have;
	for (size_t pos = 0; (have = fs_xattr_next(needed, &pos)) != NULL;) {
		if (utf8_casecmp(have, name) == 0)
			return true;
	}
	return false;
}

static bool is_among(const struct fs_ea *eas, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (utf8_casecmp(eas[i].name, name) == 0)
			return true;
	}
	return false;
}

static void add(char *names, size_t *len, const char *name)
{
	size_t size = strlen(name) + 1;
	memcpy(names + *len, name, size);
	*len += size;
}

/* Those of old that were not set anew, and the new ones; of several with one name the last counts. */
static size_t merge(const struct fs_xattr_names *old, const struct fs_ea *eas, size_t n, char *names)
{
	const char *have;
	size_t len = 0;
	for (size_t pos = 0; (have = fs_xattr_next(old, &pos)) != NULL;) {
		if (!is_among(eas, n, have))
			add(names, &len, have);
	}
	for (size_t i = 0; i < n; i++) {
		if ((eas[i].flags & FILE_NEED_EA) != 0 && eas[i].value.len > 0 && !is_among(eas + i + 1, n - i - 1, eas[i].name))
			add(names, &len, eas[i].name);
	}
	return len;
}

static size_t room_for(const struct fs_xattr_names *old, const struct fs_ea *eas, size_t n)
{
	size_t cap = old->len + 1; /* its last name may lack the NUL */
	for (size_t i = 0; i < n; i++)
		cap += strlen(eas[i].name) + 1;
	return cap;
}

nt_status fs_needea_store(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct fs_xattr_names *old,
			  const struct fs_ea *eas, size_t n)
{
	struct vfs *v = ctx->tree->vfs;
	if (old->len == 0 && !fs_eas_are_needed(eas, n))
		return STATUS_SUCCESS;
	char *names = arena_alloc_raw(ctx->arena, room_for(old, eas, n));
	if (names == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	size_t len = merge(old, eas, n, names);
	if (len == old->len && memcmp(names, old->names, len) == 0)
		return STATUS_SUCCESS;
	int err = len == 0 ? v->ops->removexattr(v, file, path, FS_NEED_EA_XATTR) : v->ops->setxattr(v, file, path, FS_NEED_EA_XATTR, names, len);
	return err == -EOPNOTSUPP ? STATUS_SUCCESS : fs_ea_status(err);
}
