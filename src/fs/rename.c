/*
 * Moving and linking. A rename is an open for DELETE that shares everything, the move, and a close, so it meets the same
 * refusals as on NT; opens of the file follow it to its new name. [MS-CIFS] 2.2.4.8, 2.2.4.66; [MS-FSA] 2.1.5.14.11
 */
#include <errno.h>

#include "fs/access.h"
#include "fs/attr.h"
#include "fs/index.h"
#include "fs/matching.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/security.h"
#include "fs/share.h"
#include "fs/stream.h"
#include "fs/tunnel.h"
#include "fs/wild.h"

struct move {
	struct fs_ctx *ctx;
	struct fs_place from, to;
	const char *to_path; /* on disk; to.path may be the same file under its old case */
	const char *to_name;
	bool replace;
	bool may_wait;
	bool same_file; /* another spelling of the name it has */
};

static const char *join(struct fs_ctx *ctx, const char *folder, const char *name)
{
	return folder[0] == '\0' ? name : arena_printf(ctx->arena, "%s/%s", folder, name);
}

/* The last component as the client spells it. */
static nt_status client_spelling(struct fs_ctx *ctx, const char *client_name, const char **out)
{
	const char *folder;
	nt_status status = fs_path_split(ctx, client_name, &folder, out);
	return status == STATUS_SUCCESS && (*out)[0] == '\0' ? STATUS_OBJECT_NAME_INVALID : status;
}

/* Whether this folder takes a new name. */
static nt_status check_takes(struct fs_ctx *ctx, const char *folder, bool directory)
{
	struct fs_security_new unused;
	nt_status status = fs_parent_takes_new(ctx, folder);
	return status == STATUS_SUCCESS ? fs_security_new_begin(ctx, folder, directory, slice_of(NULL, 0), &unused) : status;
}

static nt_status check_replaceable(struct move *m)
{
	struct fs_ctx *ctx = m->ctx;
	if (!m->replace)
		return STATUS_OBJECT_NAME_COLLISION;
	if (S_ISDIR(m->to.st.mode) || S_ISDIR(m->from.st.mode))
		return STATUS_ACCESS_DENIED;
	nt_status status = fs_break_batch(ctx, fs_key_of(&m->to.st), m->may_wait);
	if (status == STATUS_PENDING || status == STATUS_CANCELLED)
		return status;
	if (fs_node_is_open(ctx->core, fs_key_of(&m->to.st)))
		return STATUS_ACCESS_DENIED;
	return (fs_place_attributes(ctx, &m->to) & FILE_ATTRIBUTE_READONLY) != 0 ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

/* Finds out where to: fills to, to_path, to_name, same_file. */
static nt_status find_target(struct move *m, const char *client_name)
{
	nt_status status = client_name[0] == '\0' ? STATUS_OBJECT_NAME_INVALID : fs_lookup(m->ctx, client_name, fs_lookup_itself(m->ctx), &m->to);
	if (status == STATUS_SUCCESS)
		status = fs_access_share(m->ctx, FILE_ADD_FILE);
	if (status != STATUS_SUCCESS)
		return status;
	if (m->to.stream != NULL)
		return STATUS_OBJECT_NAME_INVALID;
	if (m->to.dangling)
		return STATUS_OBJECT_NAME_COLLISION;
	if (!m->to.exists && !S_ISDIR(m->from.st.mode))
		fs_tunnel_restore(m->ctx, &m->to);
	m->to_name = m->to.name;
	m->to_path = m->to.path;
	if (!m->to.exists)
		return check_takes(m->ctx, m->to.parent, S_ISDIR(m->from.st.mode));
	bool is_same = m->ctx->tree->vfs->folds_case && m->to.st.ino == m->from.st.ino && m->to.st.dev == m->from.st.dev;
	if (!is_same && strcmp(m->to.path, m->from.path) != 0)
		return check_replaceable(m);
	m->same_file = true;
	status = client_spelling(m->ctx, client_name, &m->to_name);
	m->to_path = status == STATUS_SUCCESS ? join(m->ctx, m->to.parent, m->to_name) : NULL;
	return status == STATUS_SUCCESS && m->to_path == NULL ? STATUS_INSUFF_SERVER_RESOURCES : status;
}

static void note_moved(struct move *m)
{
	fs_index_note_remove(m->ctx, m->from.parent, m->from.name);
	if (S_ISDIR(m->from.st.mode))
		fs_index_note_folder_gone(m->ctx, m->from.path);
	fs_index_note_create(m->ctx, m->to.parent, m->to_name);
	fs_note_renamed(m->ctx, m->from.path, m->to_path, S_ISDIR(m->from.st.mode), m->to.exists && !m->same_file);
}

/* The move itself; act holds the claim on the file. */
static nt_status move(struct move *m, const char *client_target, struct fs_act *act)
{
	struct fs_ctx *ctx = m->ctx;
	struct vfs *v = ctx->tree->vfs;
	nt_status status = find_target(m, client_target);
	if (status != STATUS_SUCCESS)
		return status;
	if (strcmp(m->from.path, m->to_path) == 0)
		return STATUS_SUCCESS;
	if (S_ISDIR(m->from.st.mode)) {
		status = fs_break_batch_below(ctx, m->from.path, m->may_wait);
		if (status == STATUS_PENDING || status == STATUS_CANCELLED)
			return status;
		if (fs_node_open_below(ctx->core, v, m->from.path))
			return STATUS_ACCESS_DENIED;
	}
	int err = v->ops->rename(v, m->from.path, m->to_path, m->replace || m->same_file ? 0 : VFS_RENAME_NOREPLACE);
	if (err == -EINVAL && S_ISDIR(m->from.st.mode)) /* a folder into itself */
		return STATUS_SHARING_VIOLATION;
	if (err != 0)
		return nt_status_from_errno(-err);
	note_moved(m);
	fs_tunnel_remember(ctx, m->from.path, m->from.short_name);
	fs_node_renamed(ctx->core, act->node, v, m->from.path, m->to_path);
	return STATUS_SUCCESS;
}

static nt_status check_rights(const struct fs_ctx *ctx, const struct fs_place *from)
{
	uint32_t to_add = S_ISDIR(from->st.mode) ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
	return fs_access_share(ctx, ACCESS_DELETE | to_add);
}

static nt_status find_source(struct fs_ctx *ctx, const char *name, uint32_t search_attributes, struct fs_place *from)
{
	nt_status status = fs_lookup(ctx, name, fs_lookup_itself(ctx), from);
	if (status != STATUS_SUCCESS)
		return status;
	if (!from->exists || from->dangling)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (from->stream != NULL)
		return fs_stream_find(ctx, NULL, from);
	if (from->path[0] == '\0')
		return STATUS_ACCESS_DENIED;
	return fs_search_attributes_admit(fs_place_attributes(ctx, from), search_attributes) ? STATUS_SUCCESS : STATUS_NO_SUCH_FILE;
}

static nt_status rename_place(struct fs_ctx *ctx, const struct fs_place *from, const char *target, bool may_wait)
{
	struct move m = { .ctx = ctx, .from = *from, .may_wait = may_wait };
	struct fs_act act;
	nt_status status = check_rights(ctx, from);
	if (status == STATUS_SUCCESS)
		status = fs_access_place(ctx, from, ACCESS_DELETE);
	if (status == STATUS_SUCCESS)
		status = fs_act_begin(ctx, from, ACCESS_DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE, may_wait, &act);
	if (status != STATUS_SUCCESS)
		return status;
	status = move(&m, target, &act);
	(void)fs_act_end(ctx, &act, false);
	return status;
}

static nt_status rename_stream(struct fs_ctx *ctx, const struct fs_place *from, const char *target)
{
	struct fs_act act;
	nt_status status = fs_access_share(ctx, FILE_WRITE_DATA);
	if (status == STATUS_SUCCESS)
		status = fs_act_begin(ctx, from, ACCESS_DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE, true, &act);
	if (status != STATUS_SUCCESS)
		return status;
	status = fs_stream_rename(ctx, act.node, NULL, from->path, target, false);
	(void)fs_act_end(ctx, &act, false);
	return status;
}

/* In a new name only these two are filled from the old one; the others are characters that no name has. */
static bool is_pattern(const struct fs_ctx *ctx, const char *last)
{
	return !ctx->case_sensitive && strpbrk(last, "*?") != NULL;
}

/* The client name that a pattern gives for this file. NULL: no memory. */
static const char *target_for(struct fs_ctx *ctx, const struct fs_place *from, const char *folder, const char *last)
{
	const char *name = is_pattern(ctx, last) ? fs_wild_substitute(ctx->arena, from->name, last) : last;
	return name != NULL ? arena_printf(ctx->arena, "%s%c%s", folder, fs_separator(ctx), name) : NULL;
}

static nt_status rename_many(struct fs_ctx *ctx, const struct fs_matches *matches, const char *folder, const char *last, uint32_t search_attributes)
{
	size_t renamed = 0;
	nt_status settled = fs_matching_settle(ctx, matches);
	if (settled != STATUS_SUCCESS)
		return settled;
	for (size_t i = 0; i < matches->n; i++) {
		struct fs_place from;
		nt_status status = find_source(ctx, matches->names[i], search_attributes, &from);
		if (status == STATUS_NO_SUCH_FILE || status == STATUS_OBJECT_NAME_NOT_FOUND)
			continue;
		if (status == STATUS_SUCCESS && S_ISDIR(from.st.mode) && (search_attributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
			continue;
		const char *target = status == STATUS_SUCCESS ? target_for(ctx, &from, folder, last) : NULL;
		if (status == STATUS_SUCCESS)
			status = target != NULL ? rename_place(ctx, &from, target, false) : STATUS_INSUFF_SERVER_RESOURCES;
		if (status != STATUS_SUCCESS)
			return status;
		renamed++;
	}
	return renamed > 0 ? STATUS_SUCCESS : STATUS_NO_SUCH_FILE;
}

nt_status fs_rename(struct fs_ctx *ctx, const char *old_pattern, const char *new_pattern, uint32_t search_attributes)
{
	struct fs_matches matches;
	struct fs_place from;
	const char *folder, *last;
	bool wild;
	nt_status status = fs_matching_open(ctx, old_pattern, &wild, &matches);
	if (status == STATUS_SUCCESS && !wild)
		status = find_source(ctx, old_pattern, search_attributes, &from);
	if (status == STATUS_SUCCESS && new_pattern[0] == '\0')
		status = STATUS_OBJECT_NAME_INVALID;
	if (status == STATUS_SUCCESS)
		status = fs_path_split(ctx, new_pattern, &folder, &last);
	if (status != STATUS_SUCCESS)
		return status;
	if (!wild && from.stream != NULL)
		return rename_stream(ctx, &from, new_pattern);
	if (wild)
		return rename_many(ctx, &matches, folder, last, search_attributes);
	const char *target = is_pattern(ctx, last) ? target_for(ctx, &from, folder, last) : new_pattern;
	return target != NULL ? rename_place(ctx, &from, target, true) : STATUS_INSUFF_SERVER_RESOURCES;
}

/* Of the target the last component counts: a stream stays with its file. */
static nt_status rename_open_stream(struct fs_ctx *ctx, struct fs_open *open, const char *target, bool replace)
{
	const char *folder, *last;
	nt_status status = fs_access_share(ctx, FILE_WRITE_DATA);
	if (status == STATUS_SUCCESS)
		status = fs_path_split(ctx, target, &folder, &last);
	return status == STATUS_SUCCESS ? fs_stream_rename(ctx, open->node, open->file, fs_open_path(ctx, open), last, replace) : status;
}

nt_status fs_rename_open(struct fs_ctx *ctx, struct fs_open *open, const char *target, bool replace_if_exists)
{
	struct move m = { .ctx = ctx, .replace = replace_if_exists, .may_wait = true };
	struct fs_act act = { open->node, open->node_open_id };
	if ((open->granted_access & ACCESS_DELETE) == 0)
		return STATUS_ACCESS_DENIED;
	if (fs_open_is_stream(open))
		return rename_open_stream(ctx, open, target, replace_if_exists);
	if (fs_open_path(ctx, open)[0] == '\0')
		return STATUS_ACCESS_DENIED;
	m.from.exists = true;
	m.from.path = arena_strdup(ctx->arena, open->path);
	fs_split_disk_path(ctx, open->path, &m.from.parent, &m.from.name);
	m.from.name = arena_strdup(ctx->arena, m.from.name);
	memcpy(m.from.short_name, open->short_name, sizeof(m.from.short_name));
	if (m.from.path == NULL || m.from.parent == NULL || m.from.name == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	int err = open->vfs->ops->fstat(open->file, &m.from.st);
	nt_status status = err != 0 ? nt_status_from_errno(-err) : check_rights(ctx, &m.from);
	if (status == STATUS_SUCCESS)
		status = move(&m, target, &act);
	if (status == STATUS_SUCCESS)
		(void)fs_open_path(ctx, open);
	return status;
}

nt_status fs_check_source(struct fs_ctx *ctx, const char *name, uint32_t search_attributes)
{
	struct fs_place place;
	return find_source(ctx, name, search_attributes, &place);
}

nt_status fs_hard_link(struct fs_ctx *ctx, const char *existing, const char *new_name, uint32_t search_attributes)
{
	struct move m = { .ctx = ctx };
	struct vfs *v = ctx->tree->vfs;
	if (!ctx->case_sensitive && (fs_has_wildcard(existing) || fs_has_wildcard(new_name)))
		return STATUS_OBJECT_PATH_SYNTAX_BAD;
	nt_status status = find_source(ctx, existing, search_attributes, &m.from);
	if (status == STATUS_SUCCESS && m.from.stream != NULL)
		status = STATUS_INVALID_PARAMETER;
	if (status == STATUS_SUCCESS && S_ISDIR(m.from.st.mode))
		status = STATUS_FILE_IS_A_DIRECTORY;
	if (status == STATUS_SUCCESS)
		status = fs_access_share(ctx, FILE_ADD_FILE);
	if (status == STATUS_SUCCESS)
		status = find_target(&m, new_name);
	if (status == STATUS_SUCCESS && m.same_file)
		status = STATUS_OBJECT_NAME_COLLISION;
	if (status != STATUS_SUCCESS)
		return status;
	int err = v->ops->link(v, m.from.path, m.to_path);
	if (err == 0) {
		fs_index_note_create(ctx, m.to.parent, m.to_name);
		fs_note_created(ctx, m.to_path, false);
	}
	return nt_status_from_errno(-err);
}
