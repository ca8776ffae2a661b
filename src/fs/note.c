/* What we change ourselves is noted here, so that watches hear of it: the event and its name as clients spell it. See notify.h. */
#include <string.h>

#include "fs/core_internal.h"
#include "fs/localwatch_internal.h"
#include "fs/mangle.h"
#include "fs/notify_internal.h"
#include "fs/open_internal.h"
#include "fs/share.h"

char *fs_notify_path(struct arena *a, const struct vfs *vfs, const char *disk_path)
{
	const char *slash = disk_path[0] != '\0' ? "/" : "";
	if (vfs->root_path != NULL)
		return arena_printf(a, "%s%s%s", vfs->root_path, slash, disk_path);
	return arena_printf(a, "%p%s%s", (const void *)(vfs->whole != NULL ? vfs->whole : vfs), slash, disk_path);
}

/* The path as clients spell it, with as many components. */
static char *client_spelling(struct fs_ctx *ctx, const char *path, const char *disk_path)
{
	size_t root_len = strlen(path) - strlen(disk_path);
	char *plain = arena_strdup(ctx->arena, path);
	for (char *p = plain; p != NULL && *p != '\0'; p++) {
		if (*p == '/')
			*p = '\\';
	}
	bool presentable = true;
	for (const char *s = disk_path; presentable && *s != '\0'; s += strcspn(s, "/") + (s[strcspn(s, "/")] == '/')) {
		const char *name = arena_strndup(ctx->arena, s, strcspn(s, "/"));
		presentable = name == NULL || fs_name_is_presentable(name);
	}
	if (plain == NULL || presentable)
		return plain;
	const char *client = fs_path_client_name(ctx, disk_path);
	return client != NULL ? arena_printf(ctx->arena, "%.*s%s", (int)(root_len - 1), plain, client) : NULL;
}

static bool make_event(struct fs_ctx *ctx, const char *disk_path, enum nt_file_action action, uint32_t filter, struct fs_event *e)
{
	*e = (struct fs_event){ .action = action, .filter = filter, .path = fs_notify_path(ctx->arena, ctx->tree->vfs, disk_path) };
	if (e->path == NULL || disk_path[0] == '\0' || !fs_notify_concerns_anybody(ctx->core->notify, e->path))
		return false;
	fs_local_mark(ctx->core, e->path, action);
	e->client_path = client_spelling(ctx, e->path, disk_path);
	return e->client_path != NULL;
}

static void note(struct fs_ctx *ctx, const char *path, enum nt_file_action action, uint32_t filter)
{
	struct fs_event e;
	if (fs_notify_anybody(ctx) && make_event(ctx, path, action, filter, &e))
		fs_notify_deliver(ctx->core, &e, 1);
}

static uint32_t name_filter(bool directory)
{
	return directory ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME;
}

void fs_note_created(struct fs_ctx *ctx, const char *path, bool directory)
{
	note(ctx, path, FILE_ACTION_ADDED, name_filter(directory));
}

void fs_note_deleted(struct fs_ctx *ctx, const char *path, bool directory)
{
	note(ctx, path, FILE_ACTION_REMOVED, name_filter(directory));
}

void fs_note_modified(struct fs_ctx *ctx, const char *path, uint32_t filter)
{
	note(ctx, path, FILE_ACTION_MODIFIED, filter);
}

void fs_note_modified_open(struct fs_ctx *ctx, struct fs_open *open, uint32_t filter)
{
	if (fs_notify_anybody(ctx))
		fs_note_modified(ctx, fs_open_path(ctx, open), filter);
}

void fs_note_stream(struct fs_ctx *ctx, const char *path, const char *stream, enum nt_file_action action, uint32_t filter)
{
	struct fs_event e;
	if (!fs_notify_anybody(ctx) || !make_event(ctx, path, action, filter, &e))
		return;
	e.client_path = arena_printf(ctx->arena, "%s:%s", e.client_path, stream);
	if (e.client_path != NULL)
		fs_notify_deliver(ctx->core, &e, 1);
}

static bool same_folder(const char *a, const char *b)
{
	const char *a_end = strrchr(a, '/'), *b_end = strrchr(b, '/');
	size_t a_len = a_end != NULL ? (size_t)(a_end - a) : 0, b_len = b_end != NULL ? (size_t)(b_end - b) : 0;
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static void move_watches(struct fs_ctx *ctx, const char *from, const char *to)
{
	const char *old = fs_notify_path(ctx->arena, ctx->tree->vfs, from), *now = fs_notify_path(ctx->arena, ctx->tree->vfs, to);
	if (old != NULL && now != NULL)
		fs_notify_move(ctx->core->notify, old, now);
}

void fs_note_renamed(struct fs_ctx *ctx, const char *from, const char *to, bool directory, bool replaced)
{
	struct fs_event e[4];
	size_t n = 0;
	bool stays = same_folder(from, to);
	uint32_t names = name_filter(directory);
	if (!fs_notify_anybody(ctx))
		return;
	if (replaced)
		n += make_event(ctx, to, FILE_ACTION_REMOVED, names, &e[n]);
	n += make_event(ctx, from, stays ? FILE_ACTION_RENAMED_OLD_NAME : FILE_ACTION_REMOVED, names, &e[n]);
	n += make_event(ctx, to, stays ? FILE_ACTION_RENAMED_NEW_NAME : FILE_ACTION_ADDED, names, &e[n]);
	/* So NT tells about files, and smbtorture asks for it. */
	if (!directory)
		n += make_event(ctx, to, FILE_ACTION_MODIFIED, FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_CREATION, &e[n]);
	fs_notify_deliver(ctx->core, e, n); /* together: who waits gets both names */
	if (directory)
		move_watches(ctx, from, to);
}

/* Not told, but the kernel will tell of it. */
static void mark_own(struct fs_ctx *ctx, struct fs_open *open)
{
	if (ctx->core->local == NULL)
		return;
	const char *path = fs_notify_path(ctx->arena, open->vfs, fs_open_path(ctx, open));
	if (path != NULL)
		fs_local_mark(ctx->core, path, FILE_ACTION_MODIFIED);
}

void fs_note_touched(struct fs_ctx *ctx, struct fs_open *open)
{
	if (fs_notify_anybody(ctx))
		mark_own(ctx, open);
}

void fs_note_written(struct fs_ctx *ctx, struct fs_open *open, bool closing)
{
	const uint32_t filter = FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;
	if (!fs_notify_anybody(ctx)) /* who comes later has seen the file already */
		return;
	if (!closing)
		mark_own(ctx, open);
	if (!closing && !open->write_to_tell) {
		open->write_to_tell = true;
		open->write_since = ctx->now;
	}
	if (!open->write_to_tell || (!closing && ctx->now - open->write_since < NTTIME_PER_SEC))
		return;
	open->write_to_tell = false;
	fs_note_modified(ctx, fs_open_path(ctx, open), filter);
}
