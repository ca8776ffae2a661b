/*
 * Extended attributes are the user.* xattrs of a file, but for those in which this server and Samba keep other things.
 * Names are compared without case and keep the case in which they were first set.
 */
#include "fs/ea.h"

#include <errno.h>
#include <strings.h>

#include "base/charset.h"
#include "fs/access.h"
#include "fs/dosattr.h"
#include "fs/needea.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/security.h"
#include "fs/share.h"
#include "fs/stream.h"
#include "fs/xattr.h"

#define PREFIX "user."

enum {
	NAME_MAX_LEN = 255 - (sizeof(PREFIX) - 1), /* of the kernel's XATTR_NAME_MAX */
	VALUE_MAX_LEN = 65535,                     /* the FEA's length field */
	FEA_LIST_HEADER = 4, FEA_HEADER = 4,       /* then name, NUL, value */
};

/* The EA's name in an xattr's name; NULL: not an EA. Ours are ours in any case, since EA names have none. */
static const char *ea_name(const char *xattr)
{
	static const char *const ours[] = { FS_DOSATTR_XATTR, FS_SECURITY_XATTR_USER, "user.SAMBA_PAI", FS_NEED_EA_XATTR, FS_STREAM_PREFIX };
	if (strncmp(xattr, PREFIX, sizeof(PREFIX) - 1) != 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		size_t len = strlen(ours[i]);
		if (strncasecmp(xattr, ours[i], len) == 0 && (ours[i][len - 1] == '.' || xattr[len] == '\0'))
			return NULL;
	}
	return xattr + sizeof(PREFIX) - 1;
}

const char *fs_ea_next(const struct fs_xattr_names *list, size_t *pos, const char **xattr)
{
	while ((*xattr = fs_xattr_next(list, pos)) != NULL) {
		const char *name = ea_name(*xattr);
		if (name != NULL)
			return name;
	}
	return NULL;
}

uint32_t fs_ea_list_size(struct fs_ctx *ctx, struct vfs_file *file, const char *path)
{
	struct vfs *v = ctx->tree->vfs;
	struct fs_xattr_names list;
	uint64_t size = FEA_LIST_HEADER;
	size_t pos = 0;
	const char *name, *xattr;
	if (fs_xattr_list(ctx, file, path, &list) != STATUS_SUCCESS)
		return 0;
	while ((name = fs_ea_next(&list, &pos, &xattr)) != NULL) {
		ssize_t len = v->ops->getxattr(v, file, path, xattr, NULL, 0);
		if (len >= 0 && len <= VALUE_MAX_LEN)
			size += FEA_HEADER + strlen(name) + 1 + (size_t)len;
	}
	return size == FEA_LIST_HEADER ? 0 : (uint32_t)MIN(size, UINT32_MAX);
}

/* What cannot be read just now is not taken for missing: who copies would leave it out, and who moves then remove it. */
static nt_status no_value(ssize_t err)
{
	return err == -ENODATA || err == -EOPNOTSUPP || err == -EACCES ? STATUS_NOT_FOUND : nt_status_from_errno((int)-err);
}

nt_status fs_ea_load(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *xattr, struct slice *out)
{
	struct vfs *v = ctx->tree->vfs;
	ssize_t len = v->ops->getxattr(v, file, path, xattr, NULL, 0);
	if (len < 0)
		return no_value(len);
	if (len > VALUE_MAX_LEN)
		return STATUS_NOT_FOUND;
	void *value = arena_alloc_raw(ctx->arena, (size_t)len);
	if (value == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	ssize_t got = len == 0 ? 0 : v->ops->getxattr(v, file, path, xattr, value, (size_t)len);
	if (got < 0)
		return no_value(got);
	*out = slice_of(value, (size_t)got);
	return STATUS_SUCCESS;
}

static size_t count_eas(const struct fs_xattr_names *list)
{
	size_t n = 0, pos = 0;
	const char *xattr;
	while (fs_ea_next(list, &pos, &xattr) != NULL)
		n++;
	return n;
}

/* Most files have none, as the list of their xattrs tells. */
static nt_status load_needed(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct fs_xattr_names *list,
			     struct fs_xattr_names *out)
{
	const char *xattr;
	for (size_t pos = 0; (xattr = fs_xattr_next(list, &pos)) != NULL;) {
		if (strcmp(xattr, FS_NEED_EA_XATTR) == 0)
			return fs_needea_load(ctx, file, path, out);
	}
	out->names = out->room;
	out->len = 0;
	return STATUS_SUCCESS;
}

bool fs_ea_is_needed(struct fs_ctx *ctx, struct vfs_file *file, const char *path)
{
	struct fs_xattr_names needed, list;
	if (fs_needea_load(ctx, file, path, &needed) != STATUS_SUCCESS || needed.len == 0)
		return false;
	if (fs_xattr_list(ctx, file, path, &list) != STATUS_SUCCESS)
		return false;
	const char *name, *xattr;
	for (size_t pos = 0; (name = fs_ea_next(&list, &pos, &xattr)) != NULL;) {
		if (fs_needea_has(&needed, name))
			return true;
	}
	return false;
}

nt_status fs_query_eas(struct fs_ctx *ctx, struct fs_open *open, const char *disk_path, struct fs_ea **out, size_t *n)
{
	if (open != NULL && fs_open_is_stream(open))
		return STATUS_INVALID_PARAMETER;
	if (open != NULL && (open->granted_access & FILE_READ_EA) == 0)
		return STATUS_ACCESS_DENIED;
	struct vfs_file *file = open != NULL ? open->file : NULL;
	const char *path = open != NULL ? fs_open_path(ctx, open) : disk_path;
	struct fs_xattr_names list, needed;
	nt_status status = fs_xattr_list(ctx, file, path, &list);
	if (status == STATUS_SUCCESS)
		status = load_needed(ctx, file, path, &list, &needed);
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_ea *eas = arena_array(ctx->arena, count_eas(&list), sizeof(*eas));
	if (eas == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	const char *name, *xattr;
	*n = 0;
	for (size_t pos = 0; (name = fs_ea_next(&list, &pos, &xattr)) != NULL;) {
		status = fs_ea_load(ctx, file, path, xattr, &eas[*n].value);
		if (status == STATUS_NOT_FOUND)
			continue;
		if (status != STATUS_SUCCESS)
			return status;
		eas[*n].name = arena_strdup(ctx->arena, name);
		if (eas[*n].name == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
		eas[*n].flags = fs_needea_has(&needed, name) ? FILE_NEED_EA : 0;
		++*n;
	}
	*out = eas;
	return STATUS_SUCCESS;
}

/* [MS-FSCC] 2.4.15: neither control characters nor what file names exclude. */
static bool is_valid_name(const char *name)
{
	size_t len = strlen(name);
	if (len == 0 || len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < 0x20 || strchr("\\/:*?\"<>|,+=[];", name[i]) != NULL)
			return false;
	}
	return true;
}

/* The xattr to set: the one that is there under any case, else the name as given. NULL: no memory, or one of ours. */
static const char *target_xattr(struct fs_ctx *ctx, const struct fs_xattr_names *list, const char *name)
{
	const char *have, *xattr;
	for (size_t pos = 0; (have = fs_ea_next(list, &pos, &xattr)) != NULL;) {
		if (utf8_casecmp(have, name) == 0)
			return xattr;
	}
	xattr = arena_printf(ctx->arena, PREFIX "%s", name);
	return xattr != NULL && ea_name(xattr) != NULL ? xattr : NULL;
}

nt_status fs_ea_status(int err)
{
	if (err == -ENODATA) /* removing what is not there */
		return STATUS_SUCCESS;
	if (err == -EOPNOTSUPP)
		return STATUS_EAS_NOT_SUPPORTED;
	if (err == -ENOSPC || err == -ERANGE || err == -E2BIG)
		return STATUS_EA_TOO_LARGE;
	return nt_status_from_errno(-err);
}

static nt_status store_one(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct fs_xattr_names *list, const struct fs_ea *ea)
{
	struct vfs *v = ctx->tree->vfs;
	const char *xattr = target_xattr(ctx, list, ea->name);
	if (xattr == NULL)
		return STATUS_ACCESS_DENIED;
	int err = ea->value.len == 0 ? v->ops->removexattr(v, file, path, xattr)
				     : v->ops->setxattr(v, file, path, xattr, ea->value.ptr, ea->value.len);
	return fs_ea_status(err);
}

uint32_t fs_ea_size(struct fs_ctx *ctx, const char *disk_path)
{
	return fs_ea_list_size(ctx, NULL, disk_path);
}

/* One that cannot be set keeps all from being set. */
static nt_status check_all(const struct fs_ea *eas, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_valid_name(eas[i].name))
			return STATUS_INVALID_EA_NAME;
		if (eas[i].value.len > VALUE_MAX_LEN)
			return STATUS_EA_TOO_LARGE;
	}
	return STATUS_SUCCESS;
}

bool fs_eas_are_needed(const struct fs_ea *eas, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((eas[i].flags & FILE_NEED_EA) != 0)
			return true;
	}
	return false;
}

static bool is_folder(struct fs_ctx *ctx, struct vfs_file *file, const char *path)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_stat st;
	int err = file != NULL ? v->ops->fstat(file, &st) : v->ops->stat(v, path, true, &st);
	return err == 0 && S_ISDIR(st.mode);
}

nt_status fs_ea_store(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct fs_ea *eas, size_t n)
{
	struct fs_xattr_names list, needed;
	nt_status status = check_all(eas, n);
	if (n == 0 || status != STATUS_SUCCESS)
		return status;
	if (fs_eas_are_needed(eas, n) && is_folder(ctx, file, path))
		return STATUS_INVALID_PARAMETER;
	status = fs_xattr_list(ctx, file, path, &list);
	if (status == STATUS_SUCCESS)
		status = load_needed(ctx, file, path, &list, &needed);
	for (size_t i = 0; i < n && status == STATUS_SUCCESS; i++)
		status = store_one(ctx, file, path, &list, &eas[i]);
	return status == STATUS_SUCCESS ? fs_needea_store(ctx, file, path, &needed, eas, n) : status;
}

nt_status fs_ea_remove_all(struct fs_ctx *ctx, struct vfs_file *file)
{
	struct vfs *v = ctx->tree->vfs;
	struct fs_xattr_names list;
	const char *xattr;
	nt_status status = fs_xattr_list(ctx, file, NULL, &list);
	for (size_t pos = 0; status == STATUS_SUCCESS && (xattr = fs_xattr_next(&list, &pos)) != NULL;) {
		if (ea_name(xattr) != NULL || strcmp(xattr, FS_NEED_EA_XATTR) == 0)
			status = fs_ea_status(v->ops->removexattr(v, file, NULL, xattr));
	}
	return status;
}

static nt_status store_and_tell(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct fs_ea *eas, size_t n)
{
	nt_status status = fs_ea_store(ctx, file, path, eas, n);
	if (status == STATUS_SUCCESS && n > 0)
		fs_note_modified(ctx, path, FILE_NOTIFY_CHANGE_EA);
	return status;
}

nt_status fs_set_eas(struct fs_ctx *ctx, struct fs_open *open, const char *disk_path, const struct fs_ea *eas, size_t n)
{
	if (open == NULL)
		return (fs_access_limit(ctx) & FILE_WRITE_EA) == 0 ? STATUS_ACCESS_DENIED : store_and_tell(ctx, NULL, disk_path, eas, n);
	if (fs_open_is_stream(open)) /* EAs are the file's */
		return STATUS_INVALID_PARAMETER;
	if ((open->granted_access & FILE_WRITE_EA) == 0)
		return STATUS_ACCESS_DENIED;
	return store_and_tell(ctx, open->file, fs_open_path(ctx, open), eas, n);
}
