/*
 * Clients' names to places on the disk. Three steps: syntax (pathsyntax.h), the exact name (one system call if it is
 * right), and only then component by component through the folders' indexes. Errors are those that an NT server gives, as
 * smbtorture's raw.chkpath records them. [MS-CIFS] 2.2.1.1, [MS-FSA] 2.1.5.1
 */
#include "fs/path.h"

#include <errno.h>
#include <string.h>

#include "fs/dosattr.h"
#include "fs/dfs.h"
#include "fs/index.h"
#include "fs/mangle.h"
#include "fs/pathsyntax.h"
#include "fs/share.h"
#include "fs/snapshot.h"
#include "fs/wild.h"

/* --- paths on the disk --------------------------------------------------------------------------------------------- */

static const char *join(struct fs_ctx *ctx, const char *folder, const char *name)
{
	return folder[0] == '\0' ? arena_strdup(ctx->arena, name) : arena_printf(ctx->arena, "%s/%s", folder, name);
}

/* The path that the first n components name. */
static const char *join_first(struct fs_ctx *ctx, const struct fs_parts *p, size_t n)
{
	size_t base_len = strlen(p->base), len = base_len + 1;
	for (size_t i = 0; i < n; i++)
		len += strlen(p->at[i]) + 1;
	char *out = arena_alloc(ctx->arena, len), *end = out;
	if (out == NULL)
		return NULL;
	memcpy(out, p->base, base_len);
	end += base_len;
	for (size_t i = 0; i < n; i++) {
		if (end != out)
			*end++ = '/';
		size_t name_len = strlen(p->at[i]);
		memcpy(end, p->at[i], name_len);
		end += name_len;
	}
	return out;
}

/* "folder\@GMT-...\file" is "folder\file" as that snapshot has it; but in the folder of the snapshots they are names like any others.
 * [MS-SMB] 2.2.1.1.1 */
static nt_status enter_snapshot(struct fs_ctx *ctx, struct fs_parts *p)
{
	const char *snapshots = fs_share_config(ctx->tree->share)->snapshots;
	size_t i = 0;
	while (snapshots != NULL && i < p->n && !fs_snapshot_is_token(p->at[i]))
		i++;
	if (snapshots == NULL || i == p->n)
		return STATUS_SUCCESS;
	const char *before = join_first(ctx, p, i);
	if (before == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	if (utf8_casecmp(before, snapshots) == 0)
		return STATUS_SUCCESS;
	p->base = fs_snapshot_path(ctx, p->at[i]);
	p->n--;
	memmove(&p->at[i], &p->at[i + 1], (p->n - i) * sizeof(*p->at));
	return p->base != NULL ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

static int stat_path(struct fs_ctx *ctx, const char *path, bool follow, struct vfs_stat *st)
{
	return ctx->tree->vfs->ops->stat(ctx->tree->vfs, path, follow, st);
}

/* A symlink that leads nowhere (ENOENT, ENOTDIR), outside (EXDEV) or in circles. */
static bool may_dangle(int rc)
{
	return rc == -ENOENT || rc == -ENOTDIR || rc == -EXDEV || rc == -ELOOP;
}

/* STATUS_OBJECT_NAME_NOT_FOUND: nothing there. A symlink that cannot be followed is there, dangling. */
static nt_status stat_place(struct fs_ctx *ctx, unsigned flags, struct fs_place *place)
{
	int rc = stat_path(ctx, place->path, (flags & FS_LOOKUP_LINK) == 0, &place->st);
	place->dangling = may_dangle(rc) && stat_path(ctx, place->path, false, &place->st) == 0;
	place->exists = rc == 0 || place->dangling;
	if (place->exists)
		return STATUS_SUCCESS;
	return may_dangle(rc) ? STATUS_OBJECT_NAME_NOT_FOUND : nt_status_from_errno(-rc);
}

/* --- one component ------------------------------------------------------------------------------------------------- */

static bool is_only_dots_and_spaces(const char *s)
{
	return s[strspn(s, ". ")] == '\0';
}

static nt_status set_place(struct fs_ctx *ctx, const char *folder, const char *name, struct fs_place *out)
{
	out->parent = folder;
	out->name = name;
	out->path = join(ctx, folder, name);
	return out->path == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

static void note_short_name(const char *asked, const char *found, struct fs_place *out)
{
	size_t len = strlen(asked);
	bool by_short_name = len < sizeof(out->short_name) && utf8_casecmp(asked, found) != 0;
	memcpy(out->short_name, asked, by_short_name ? len : 0);
	out->short_name[by_short_name ? len : 0] = '\0';
}

/* By the folder's index. An index may be wrong about a file that a local program took away: then it is read anew, once. */
static nt_status find_indexed(struct fs_ctx *ctx, const char *folder, const struct vfs_stat *folder_st, const char *name,
			      unsigned flags, struct fs_place *out)
{
	nt_status status = STATUS_OBJECT_NAME_NOT_FOUND;
	for (int tries = 0; tries < 2 && status == STATUS_OBJECT_NAME_NOT_FOUND; tries++) {
		const char *found;
		status = fs_index_find(ctx, folder, folder_st, name, &found);
		if (status == STATUS_SUCCESS)
			status = set_place(ctx, folder, found, out);
		else
			break;
		if (status == STATUS_SUCCESS)
			status = stat_place(ctx, flags, out);
		note_short_name(name, found, out);
		if (status == STATUS_OBJECT_NAME_NOT_FOUND)
			fs_index_forget(ctx, folder);
	}
	return status;
}

/* The name as given, then in any case. Trailing dots and spaces count: it is Win32 on the client that takes them off. */
static nt_status find_component(struct fs_ctx *ctx, const char *folder, const struct vfs_stat *folder_st, const char *name,
				bool known_missing, unsigned flags, struct fs_place *out)
{
	nt_status status = fs_is_veto(ctx->tree, name) ? STATUS_OBJECT_NAME_NOT_FOUND : set_place(ctx, folder, name, out);
	if (status == STATUS_SUCCESS)
		status = known_missing ? STATUS_OBJECT_NAME_NOT_FOUND : stat_place(ctx, flags, out);
	if (status != STATUS_OBJECT_NAME_NOT_FOUND || ctx->case_sensitive)
		return status;
	if (ctx->tree->vfs->folds_case && strchr(name, '~') == NULL) /* else it may be a short name of ours */
		return status;
	return find_indexed(ctx, folder, folder_st, name, flags, out);
}

/* What a name that is not there would be created as. */
static nt_status place_missing(struct fs_ctx *ctx, const char *folder, const char *name, unsigned flags, struct fs_place *out)
{
	bool pattern = (flags & FS_LOOKUP_WILDCARD) != 0 && fs_has_wildcard(name);
	out->exists = false;
	if (fs_is_veto(ctx->tree, name) && !pattern)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (!ctx->case_sensitive && !pattern) {
		if (is_only_dots_and_spaces(name) || fs_name_is_reserved(name))
			return STATUS_OBJECT_NAME_INVALID;
	}
	return set_place(ctx, folder, name, out);
}

/* --- the way through the folders ----------------------------------------------------------------------------------- */

/* Whether a place may be walked through. */
static nt_status check_folder(const struct fs_place *place)
{
	if (place->dangling)
		return STATUS_OBJECT_PATH_NOT_FOUND;
	return S_ISDIR(place->st.mode) ? STATUS_SUCCESS : STATUS_OBJECT_PATH_NOT_FOUND;
}

/* base: "" or a snapshot. */
static nt_status place_root(struct fs_ctx *ctx, const char *base, struct fs_place *out)
{
	const char *slash = strrchr(base, '/');
	*out = (struct fs_place){ .path = base, .parent = "", .name = slash != NULL ? slash + 1 : base };
	if (slash != NULL && (out->parent = arena_strndup(ctx->arena, base, (size_t)(slash - base))) == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	int rc = stat_path(ctx, base, true, &out->st);
	out->exists = rc == 0;
	return nt_status_from_errno(-rc);
}

/* An escaping symlink as a folder is refused, one that leads nowhere is a missing folder. */
static nt_status refuse_dangling(struct fs_ctx *ctx, const struct fs_place *place)
{
	struct vfs_stat st;
	if (fs_dfs_is_link(ctx, place->path))
		return STATUS_PATH_NOT_COVERED;
	return stat_path(ctx, place->path, true, &st) == -EXDEV ? STATUS_ACCESS_DENIED : STATUS_OBJECT_PATH_NOT_FOUND;
}

static nt_status walk(struct fs_ctx *ctx, const struct fs_parts *p, size_t n, struct fs_place *out)
{
	nt_status status = place_root(ctx, p->base, out);
	for (size_t i = 0; i < n && status == STATUS_SUCCESS; i++) {
		struct vfs_stat folder_st = out->st;
		status = find_component(ctx, out->path, &folder_st, p->at[i], false, 0, out);
		if (status == STATUS_OBJECT_NAME_NOT_FOUND)
			status = STATUS_OBJECT_PATH_NOT_FOUND;
		if (status == STATUS_SUCCESS && out->dangling)
			status = refuse_dangling(ctx, out);
		else if (status == STATUS_SUCCESS)
			status = check_folder(out);
	}
	return status;
}

static bool any_veto(struct fs_ctx *ctx, char *const *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fs_is_veto(ctx->tree, at[i]))
			return true;
	}
	return false;
}

/* The folder that the first n components name: at once as given, else step by step. */
static nt_status find_folder(struct fs_ctx *ctx, const struct fs_parts *p, size_t n, struct fs_place *out)
{
	if (n == 0)
		return place_root(ctx, p->base, out);
	*out = (struct fs_place){ .path = join_first(ctx, p, n) };
	if (out->path == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	if (!any_veto(ctx, p->at, n) && stat_path(ctx, out->path, true, &out->st) == 0)
		return check_folder(out);
	return walk(ctx, p, n, out);
}

static int stat_with_dosattr(struct fs_ctx *ctx, struct fs_place *out)
{
	struct vfs *v = ctx->tree->vfs;
	uint8_t blob[FS_DOSATTR_MAX];
	ssize_t len = 0;
	int rc = v->ops->stat_xattr(v, out->path, &out->st, FS_DOSATTR_XATTR, blob, sizeof(blob), &len);
	if (rc != 0)
		return rc;
	size_t n = len > 0 ? (size_t)len : 0;
	uint8_t *kept = arena_dup(ctx->arena, blob, n);
	out->dosattr = slice_of(kept, n);
	out->dosattr_known = kept != NULL;
	return 0;
}

static int stat_exact(struct fs_ctx *ctx, unsigned flags, struct fs_place *out)
{
	bool wanted = (flags & FS_LOOKUP_DOSATTR) != 0 && fs_share_config(ctx->tree->share)->store_dos_attributes;
	return wanted ? stat_with_dosattr(ctx, out) : stat_path(ctx, out->path, (flags & FS_LOOKUP_LINK) == 0, &out->st);
}

static nt_status find_exact(struct fs_ctx *ctx, const struct fs_parts *p, unsigned flags, struct fs_place *out)
{
	out->path = join_first(ctx, p, p->n);
	out->parent = join_first(ctx, p, p->n - 1);
	out->name = p->at[p->n - 1];
	if (out->path == NULL || out->parent == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	int rc = any_veto(ctx, p->at, p->n) ? -ENOENT : stat_exact(ctx, flags, out);
	out->exists = rc == 0;
	return rc == 0 || may_dangle(rc) ? STATUS_SUCCESS : nt_status_from_errno(-rc);
}

static nt_status find_last(struct fs_ctx *ctx, const struct fs_parts *p, unsigned flags, struct fs_place *out)
{
	const char *last = p->at[p->n - 1];
	bool pattern = (flags & FS_LOOKUP_WILDCARD) != 0 && fs_has_wildcard(last);
	nt_status status = pattern ? STATUS_SUCCESS : find_exact(ctx, p, flags, out);
	if (status != STATUS_SUCCESS || out->exists)
		return status;
	struct fs_place folder = { 0 };
	status = find_folder(ctx, p, p->n - 1, &folder);
	if (status != STATUS_SUCCESS)
		return status;
	if (!pattern) {
		/* Where the folder's name is exact too, find_exact has asked for this very path. */
		bool asked = !ctx->case_sensitive && strcmp(folder.path, out->parent) == 0;
		status = find_component(ctx, folder.path, &folder.st, last, asked, flags, out);
		if (status != STATUS_OBJECT_NAME_NOT_FOUND)
			return status;
	}
	return place_missing(ctx, folder.path, last, flags, out);
}

nt_status fs_lookup(struct fs_ctx *ctx, const char *client_name, unsigned flags, struct fs_place *out)
{
	struct fs_parts p;
	*out = (struct fs_place){ .path = "" };
	nt_status status = fs_path_parse(ctx, client_name, flags, &p);
	if (status == STATUS_SUCCESS)
		status = enter_snapshot(ctx, &p);
	if (status != STATUS_SUCCESS)
		return status;
	status = p.n == 0 ? place_root(ctx, p.base, out) : find_last(ctx, &p, flags, out);
	if (status == STATUS_SUCCESS && ctx->dfs_paths && out->dangling && fs_dfs_is_link(ctx, out->path))
		status = STATUS_PATH_NOT_COVERED;
	out->stream = p.stream;
	out->data_stream = p.data_stream;
	ctx->in_snapshot = status == STATUS_SUCCESS && fs_snapshot_holds(ctx->tree->share, out->path);
	return status;
}

