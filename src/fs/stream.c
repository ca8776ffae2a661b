/* Named streams by name: syntax, look-up, listing, making. See stream.h. */
#include "fs/stream.h"

#include <errno.h>
#include <strings.h>

#include "base/charset.h"
#include "fs/dosattr.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/stream_internal.h"
#include "fs/xattr.h"

enum {
	NAME_UNITS_MAX = 255,  /* UTF-16 code units, as on NTFS */
	XATTR_NAME_MAX_LEN = 255,
	ALLOCATION_UNIT = 8,   /* NTFS keeps small streams beside the names, in units of 8 bytes */
};

nt_status fs_stream_split(char *name, const char **stream, bool *data)
{
	char *colon = strchr(name, ':');
	*stream = NULL;
	*data = false;
	if (colon == NULL)
		return STATUS_SUCCESS;
	*colon++ = '\0';
	char *type = strchr(colon, ':');
	if (type != NULL) {
		*type++ = '\0';
		if (strcasecmp(type, &FS_STREAM_SUFFIX[1]) != 0)
			return STATUS_OBJECT_NAME_INVALID;
	}
	if ((colon[0] == '\0' && type == NULL) || utf16_len(colon, strlen(colon)) > 2 * NAME_UNITS_MAX)
		return STATUS_OBJECT_NAME_INVALID;
	*data = colon[0] == '\0';
	*stream = *data ? NULL : colon;
	return STATUS_SUCCESS;
}

const char *fs_stream_name(struct fs_ctx *ctx, const char *xattr)
{
	static const size_t prefix = sizeof(FS_STREAM_PREFIX) - 1, suffix = sizeof(FS_STREAM_SUFFIX) - 1;
	size_t len = strlen(xattr);
	if (len <= prefix + suffix || strncmp(xattr, FS_STREAM_PREFIX, prefix) != 0 || strcasecmp(xattr + len - suffix, FS_STREAM_SUFFIX) != 0)
		return NULL;
	return arena_strndup(ctx->arena, xattr + prefix, len - prefix - suffix);
}

nt_status fs_stream_find(struct fs_ctx *ctx, struct vfs_file *file, struct fs_place *place)
{
	struct fs_xattr_names list;
	if (!fs_share_config(ctx->tree->share)->streams)
		return STATUS_OBJECT_NAME_INVALID;
	const char *wanted = arena_printf(ctx->arena, FS_STREAM_PREFIX "%s" FS_STREAM_SUFFIX, place->stream);
	if (wanted == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (strlen(wanted) > XATTR_NAME_MAX_LEN)
		return STATUS_OBJECT_NAME_INVALID;
	nt_status status = fs_xattr_list(ctx, file, place->path, &list);
	if (status != STATUS_SUCCESS)
		return status;
	place->stream_xattr = wanted;
	const char *xattr;
	for (size_t pos = 0; (xattr = fs_xattr_next(&list, &pos)) != NULL;) {
		if (utf8_casecmp(xattr, wanted) != 0)
			continue;
		place->stream_xattr = arena_strdup(ctx->arena, xattr);
		return place->stream_xattr != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
	}
	return STATUS_OBJECT_NAME_NOT_FOUND;
}

static struct fs_stream stream_of(const char *name, uint64_t size)
{
	return (struct fs_stream){ .name = name, .size = size, .allocation_size = ALIGN_UP(size, ALLOCATION_UNIT) };
}

nt_status fs_stream_info(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *xattr, struct fs_info *info)
{
	uint64_t size;
	nt_status status = fs_stream_stored_size(ctx, file, path, xattr, &size);
	if (status != STATUS_SUCCESS)
		return status;
	info->end_of_file = size;
	info->allocation_size = stream_of("", size).allocation_size;
	info->directory = false;
	info->attributes &= ~(uint32_t)FILE_ATTRIBUTE_DIRECTORY;
	if (info->attributes == 0)
		info->attributes = FILE_ATTRIBUTE_NORMAL;
	return STATUS_SUCCESS;
}

static size_t count_names(const struct fs_xattr_names *list)
{
	size_t n = 0;
	for (size_t pos = 0; fs_xattr_next(list, &pos) != NULL;)
		n++;
	return n;
}

/* The file's data; a folder has none. */
static nt_status query_data(struct fs_ctx *ctx, struct fs_open *open, const char *path, struct fs_stream *out, size_t *n)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_stat st;
	int err = open != NULL ? v->ops->fstat(open->file, &st) : v->ops->stat(v, path, true, &st);
	if (err != 0)
		return nt_status_from_errno(-err);
	if (!S_ISREG(st.mode))
		return STATUS_SUCCESS;
	out[(*n)++] = (struct fs_stream){ .name = "", .size = st.size, .allocation_size = fs_dosattr_allocation_size(&st) };
	return STATUS_SUCCESS;
}

nt_status fs_query_streams(struct fs_ctx *ctx, struct fs_open *open, const char *disk_path, struct fs_stream **out, size_t *n)
{
	struct fs_xattr_names list = { 0 };
	struct vfs_file *file = open != NULL ? open->file : NULL;
	const char *path = open != NULL ? fs_open_path(ctx, open) : disk_path;
	nt_status status = fs_share_config(ctx->tree->share)->streams ? fs_xattr_list(ctx, file, path, &list) : STATUS_SUCCESS;
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_stream *streams = arena_array(ctx->arena, count_names(&list) + 1, sizeof(*streams));
	if (streams == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	*n = 0;
	status = query_data(ctx, open, path, streams, n);
	const char *xattr;
	for (size_t pos = 0; status == STATUS_SUCCESS && (xattr = fs_xattr_next(&list, &pos)) != NULL;) {
		uint64_t size;
		const char *name = fs_stream_name(ctx, xattr);
		if (name != NULL && fs_stream_stored_size(ctx, file, path, xattr, &size) == STATUS_SUCCESS) /* else it has gone meanwhile */
			streams[(*n)++] = stream_of(name, size);
	}
	*out = streams;
	return status;
}

nt_status fs_stream_remove_all(struct fs_ctx *ctx, struct fs_open *open)
{
	struct vfs *v = ctx->tree->vfs;
	struct fs_xattr_names list;
	if (!fs_share_config(ctx->tree->share)->streams)
		return STATUS_SUCCESS;
	nt_status status = fs_xattr_list(ctx, open->file, NULL, &list);
	const char *xattr;
	bool any = false;
	for (size_t pos = 0; status == STATUS_SUCCESS && (xattr = fs_xattr_next(&list, &pos)) != NULL;) {
		if (fs_stream_name(ctx, xattr) == NULL)
			continue;
		int err = v->ops->removexattr(v, open->file, NULL, xattr);
		status = err == -ENODATA ? STATUS_SUCCESS : nt_status_from_errno(-err);
		any = true;
	}
	if (any)
		fs_node_streams_gone(ctx->core, open->node);
	return status;
}
