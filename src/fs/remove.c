/* Deleting and making by name. [MS-CIFS] 2.2.4.1, 2.2.4.2, 2.2.4.7, 2.2.4.17; [MS-FSA] 2.1.5.1 */

#include "fs/access.h"
#include "fs/attr.h"
#include "fs/index.h"
#include "fs/matching.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/stream.h"
#include "fs/tunnel.h"

/* A symlink that leads nowhere: nothing is open there, the link itself goes. */
static nt_status unlink_dangling(struct fs_ctx *ctx, const struct fs_place *place)
{
	struct vfs *v = ctx->tree->vfs;
	int err = v->ops->unlink(v, place->path);
	if (err == 0)
		fs_note_removed(ctx, place->path, false);
	return nt_status_from_errno(-err);
}

static nt_status check_unlink(struct fs_ctx *ctx, struct fs_place *place, uint32_t search_attributes)
{
	if (!place->exists)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	nt_status status = place->stream != NULL ? fs_stream_find(ctx, NULL, place) : STATUS_SUCCESS;
	if (status != STATUS_SUCCESS)
		return status;
	if (S_ISDIR(place->st.mode) && place->stream == NULL)
		return STATUS_FILE_IS_A_DIRECTORY;
	uint32_t attributes = fs_place_attributes(ctx, place);
	if (!fs_search_attributes_admit(attributes, search_attributes))
		return STATUS_NO_SUCH_FILE;
	return (attributes & FILE_ATTRIBUTE_READONLY) != 0 ? STATUS_CANNOT_DELETE : STATUS_SUCCESS;
}

/* As NT does it: open for DELETE, sharing nothing, set the disposition, close. */
static nt_status unlink_place(struct fs_ctx *ctx, struct fs_place *place, uint32_t search_attributes, bool may_wait)
{
	struct fs_act act;
	nt_status status = fs_access_share(ctx, ACCESS_DELETE);
	if (status == STATUS_SUCCESS && place->dangling)
		return unlink_dangling(ctx, place);
	if (status == STATUS_SUCCESS)
		status = check_unlink(ctx, place, search_attributes);
	if (status == STATUS_SUCCESS)
		status = fs_access_place(ctx, place, ACCESS_DELETE);
	if (status == STATUS_SUCCESS)
		status = fs_act_begin(ctx, place, ACCESS_DELETE, FILE_SHARE_NONE, may_wait, &act);
	if (status == STATUS_SUCCESS)
		status = fs_act_end(ctx, &act, true);
	if (status == STATUS_SUCCESS && place->stream == NULL)
		fs_tunnel_remember(ctx, place->path, place->short_name);
	return status;
}

static nt_status unlink_name(struct fs_ctx *ctx, const char *name, uint32_t search_attributes, bool may_wait)
{
	struct fs_place place;
	nt_status status = fs_lookup(ctx, name, fs_lookup_itself(ctx), &place);
	return status == STATUS_SUCCESS ? unlink_place(ctx, &place, search_attributes, may_wait) : status;
}

nt_status fs_unlink(struct fs_ctx *ctx, const char *pattern, uint32_t search_attributes)
{
	struct fs_matches m;
	bool wild;
	nt_status status = fs_matching_open(ctx, pattern, &wild, &m);
	if (status != STATUS_SUCCESS)
		return status;
	if (!wild)
		return unlink_name(ctx, pattern, search_attributes, true);
	size_t deleted = 0;
	status = fs_matching_settle(ctx, &m);
	if (status != STATUS_SUCCESS)
		return status;
	for (size_t i = 0; i < m.n; i++) {
		/* No more waiting: the request would be half done. */
		status = unlink_name(ctx, m.names[i], search_attributes, false);
		if (status == STATUS_SUCCESS)
			deleted++;
		else if (status != STATUS_NO_SUCH_FILE && status != STATUS_FILE_IS_A_DIRECTORY && status != STATUS_OBJECT_NAME_NOT_FOUND)
			return status; /* the first error ends it. [MS-CIFS] <254> */
	}
	return deleted > 0 ? STATUS_SUCCESS : STATUS_NO_SUCH_FILE;
}

/* In the order of an open: [MS-FSA] 2.1.5.1, phases 6 and 7. */
static nt_status check_folder(const struct fs_ctx *ctx, const struct fs_place *place)
{
	if (!place->exists)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (fs_node_delete_pending(ctx->core, fs_key_of(&place->st)))
		return STATUS_DELETE_PENDING;
	return S_ISDIR(place->st.mode) && place->stream == NULL ? STATUS_SUCCESS : STATUS_NOT_A_DIRECTORY;
}

static nt_status check_rmdir(struct fs_ctx *ctx, const struct fs_place *place)
{
	nt_status status = check_folder(ctx, place);
	if (status != STATUS_SUCCESS)
		return status;
	if (place->path[0] == '\0')
		return STATUS_ACCESS_DENIED;
	return fs_access_place(ctx, place, ACCESS_DELETE);
}

static nt_status check_disposition(struct fs_ctx *ctx, const struct fs_place *place)
{
	if ((fs_place_attributes(ctx, place) & FILE_ATTRIBUTE_READONLY) != 0)
		return STATUS_CANNOT_DELETE;
	return fs_folder_is_empty(ctx, place->path);
}

/* As NT does it, [MS-CIFS] <242>: opened for DELETE first, so whoever has it open has his say before what is in it matters. */
nt_status fs_rmdir(struct fs_ctx *ctx, const char *name)
{
	struct fs_place place;
	struct fs_act act;
	nt_status status = fs_lookup(ctx, name, 0, &place);
	if (status == STATUS_SUCCESS)
		status = check_rmdir(ctx, &place);
	if (status == STATUS_SUCCESS)
		status = fs_act_begin(ctx, &place, ACCESS_DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, true, &act);
	if (status != STATUS_SUCCESS)
		return status;
	status = check_disposition(ctx, &place);
	nt_status ended = fs_act_end(ctx, &act, status == STATUS_SUCCESS);
	return status == STATUS_SUCCESS ? ended : status;
}

nt_status fs_mkdir(struct fs_ctx *ctx, const char *name)
{
	const struct fs_open_params p = {
		.name = name, .desired_access = FILE_READ_ATTRIBUTES, .create_disposition = FILE_CREATE, .create_options = FILE_DIRECTORY_FILE,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
	};
	struct fs_open_result res;
	struct fs_open *open;
	nt_status status = fs_open_file(ctx, &p, &open, &res);
	return status == STATUS_SUCCESS ? fs_close(ctx, open, 0) : status;
}

nt_status fs_check_directory(struct fs_ctx *ctx, const char *name)
{
	struct fs_place place;
	nt_status status = fs_lookup(ctx, name, 0, &place);
	return status == STATUS_SUCCESS ? check_folder(ctx, &place) : status;
}
