/* The watches, and the requests that wait through them; see notify.h. What is kept for a watch: notify_kept.c. */
#define HASH_NONFATAL_OOM 1
#include "fs/notify.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "fs/core_internal.h"
#include "fs/localwatch_internal.h"
#include "fs/open_internal.h"
#include "fs/share.h"

struct fs_notify *fs_notify_new(void)
{
	struct fs_notify *n = calloc(1, sizeof(*n));
	if (n != NULL)
		lock_init(&n->lock, LOCK_RANK_NOTIFY);
	return n;
}

void fs_notify_free(struct fs_notify *n)
{
	if (n == NULL)
		return;
	CHECK(n->folders == NULL); /* whoever opens closes */
	lock_fini(&n->lock);
	free(n);
}

/* ---- events ---- */

static struct watched_folder *find_folder(const struct fs_notify *n, const char *path, size_t len)
{
	struct watched_folder *f;
	HASH_FIND(hh, n->folders, path, len, f);
	return f;
}

/* The name from the watched folder on: as many components are skipped as the folder's path has. */
static const char *relative_name(const char *client_path, const char *path, size_t folder_len)
{
	const char *name = client_path;
	for (const char *p = path; p <= path + folder_len; p++) {
		if (*p == '/')
			name = strchr(name, '\\') + 1;
	}
	return name;
}

static void tell_folder(struct fs_notify *n, const struct fs_event *e, size_t folder_len, bool directly, struct fs_wake_list *wake)
{
	struct watched_folder *f = find_folder(n, e->path, folder_len);
	for (struct fs_watch *w = f != NULL ? f->watches : NULL; w != NULL; w = w->next) {
		if ((w->filter & e->filter) != 0 && (directly || w->tree) && !w->follows)
			fs_notify_tell_watch(n, w, e->action, relative_name(e->client_path, e->path, folder_len), wake);
	}
}

static void tell(struct fs_notify *n, const struct fs_event *e, struct fs_wake_list *wake)
{
	const char *end = strrchr(e->path, '/');
	bool directly = true;
	while (end != NULL) {
		tell_folder(n, e, (size_t)(end - e->path), directly, wake);
		if (n->n_trees == 0)
			break;
		directly = false;
		end = memrchr(e->path, '/', (size_t)(end - e->path));
	}
}

bool fs_notify_concerns_anybody(struct fs_notify *n, const char *path)
{
	const char *end = strrchr(path, '/');
	bool found = false;
	lock_take(&n->lock);
	for (bool directly = true; end != NULL && !found; directly = false) {
		const struct watched_folder *f = find_folder(n, path, (size_t)(end - path));
		found = f != NULL && (directly || f->n_trees > 0);
		end = n->n_trees > 0 ? memrchr(path, '/', (size_t)(end - path)) : NULL;
	}
	lock_release(&n->lock);
	return found;
}

void fs_notify_deliver(struct fs_core *core, const struct fs_event *events, size_t count)
{
	struct fs_notify *n = core->notify;
	struct fs_wake_list wake = { 0 };
	lock_take(&n->lock);
	for (size_t i = 0; i < count; i++)
		tell(n, &events[i], &wake);
	lock_release(&n->lock);
	fs_wake_all(core, &wake);
}

void fs_notify_move(struct fs_notify *n, const char *from, const char *to)
{
	char *copy = strdup(to);
	if (copy == NULL)
		return;
	lock_take(&n->lock);
	struct watched_folder *f = find_folder(n, from, strlen(from));
	if (f != NULL && find_folder(n, to, strlen(to)) == NULL) {
		HASH_DEL(n->folders, f);
		free(f->path);
		f->path = copy;
		copy = NULL;
		HASH_ADD_KEYPTR(hh, n->folders, f->path, strlen(f->path), f);
		CHECK(f->hh.tbl != NULL); /* there is room for what just went out */
	}
	lock_release(&n->lock);
	free(copy);
}

void fs_note_folder_doomed(struct fs_ctx *ctx, const char *path)
{
	struct fs_notify *n = ctx->core->notify;
	struct fs_wake_list wake = { 0 };
	char *key = fs_notify_anybody(ctx) ? fs_notify_path(ctx->arena, ctx->tree->vfs, path) : NULL;
	if (key == NULL)
		return;
	lock_take(&n->lock);
	const struct watched_folder *f = find_folder(n, key, strlen(key));
	for (struct fs_watch *w = f != NULL ? f->watches : NULL; w != NULL; w = w->next) {
		for (struct waiting *q = w->waiting; q != NULL; q = q->next) {
			q->doomed = true;
			fs_wake_add(&wake, w->conn_id, q->req_id);
		}
	}
	lock_release(&n->lock);
	fs_wake_all(ctx->core, &wake);
}

/* ---- watches ---- */

static struct watched_folder *find_or_add_folder(struct fs_notify *n, const char *path)
{
	struct watched_folder *f = find_folder(n, path, strlen(path));
	if (f != NULL)
		return f;
	f = calloc(1, sizeof(*f));
	if (f == NULL || (f->path = strdup(path)) == NULL) {
		free(f);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, n->folders, f->path, strlen(f->path), f);
	if (f->hh.tbl == NULL) { /* the table could not grow */
		free(f->path);
		free(f);
		return NULL;
	}
	return f;
}

/* With the lock held. */
static bool enter_watch(struct fs_notify *n, struct fs_watch *w, const char *path)
{
	w->folder = find_or_add_folder(n, path);
	if (w->folder == NULL)
		return false;
	w->next = w->folder->watches;
	w->folder->watches = w;
	w->folder->n_trees += w->tree;
	n->n_trees += w->tree;
	n->n_watches++;
	return true;
}

static nt_status begin_watch(struct fs_ctx *ctx, struct fs_open *open, const struct fs_notify_params *p)
{
	struct fs_notify *n = ctx->core->notify;
	if (fs_node_delete_pending(ctx->core, open->node->key))
		return STATUS_DELETE_PENDING;
	if (open->watch != NULL)
		return STATUS_SUCCESS;
	char *path = fs_notify_path(ctx->arena, open->vfs, fs_open_path(ctx, open));
	struct fs_watch *w = calloc(1, sizeof(*w));
	if (path == NULL || w == NULL) {
		free(w);
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	w->conn_id = ctx->conn_id;
	w->filter = p->completion_filter;
	w->tree = p->watch_tree;
	w->max_bytes = MIN(p->max_bytes, (size_t)FS_NOTIFY_BUFFER_MAX);
	w->follows = open->vfs->ops->follow != NULL;
	lock_take(&n->lock);
	w->id = ++n->last_id;
	bool ok = enter_watch(n, w, path);
	lock_release(&n->lock);
	if (ok) {
		open->watch = w;
		fs_notify_follow(ctx->core, open, w);
		fs_local_watch(ctx->core, ctx->arena, open->share, path, open->path, w->tree);
	} else {
		free(w);
	}
	return ok ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static void leave_folder(struct fs_notify *n, struct fs_watch *w)
{
	struct watched_folder *f = w->folder;
	struct fs_watch **at = &f->watches;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	f->n_trees -= w->tree;
	n->n_trees -= w->tree;
	n->n_watches--;
	if (f->watches != NULL)
		return;
	HASH_DEL(n->folders, f);
	free(f->path);
	free(f);
}

void fs_notify_close(struct fs_core *core, struct fs_open *open)
{
	struct fs_notify *n = core->notify;
	struct fs_watch *w = open->watch;
	if (w == NULL)
		return;
	if (open->vfs->ops->unfollow != NULL)
		open->vfs->ops->unfollow(open->file);
	lock_take(&n->lock);
	fs_notify_forget(n, w);
	char *path = strdup(w->folder->path);
	leave_folder(n, w);
	lock_release(&n->lock);
	if (path != NULL) /* else the next who closes a watch there ends it in the kernel too */
		fs_local_unwatch(core, path, w->tree);
	free(path);
	while (w->waiting != NULL) {
		struct waiting *next = w->waiting->next;
		free(w->waiting);
		w->waiting = next;
	}
	free(w);
	open->watch = NULL;
}

/* ---- requests ---- */

static struct waiting **find_waiting(struct fs_watch *w, uint64_t req_id)
{
	struct waiting **at = &w->waiting;
	while (*at != NULL && (*at)->req_id != req_id)
		at = &(*at)->next;
	return at;
}

static void end_waiting(struct fs_watch *w, struct waiting **at)
{
	struct waiting *q = *at;
	*at = q->next;
	w->n_waiting--;
	free(q);
}

static nt_status begin_waiting(struct fs_ctx *ctx, struct fs_watch *w, struct waiting **end)
{
	if (ctx->wait != FS_WAIT_MAY || w->n_waiting >= FS_NOTIFY_WAITING_MAX)
		return STATUS_INSUFFICIENT_RESOURCES;
	*end = calloc(1, sizeof(**end));
	if (*end == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	(*end)->req_id = ctx->req_id;
	w->n_waiting++;
	return STATUS_PENDING;
}

/* What to do with this request, new or woken; STATUS_SUCCESS: it is its turn, and there is something. */
static nt_status decide(struct fs_ctx *ctx, struct fs_watch *w)
{
	struct waiting **at = find_waiting(w, ctx->req_id);
	bool first = at == &w->waiting, turn = first && fs_notify_has_news(w);
	if (*at == NULL)
		return turn ? STATUS_SUCCESS : begin_waiting(ctx, w, at);
	bool cancelled = ctx->wait != FS_WAIT_MAY, doomed = (*at)->doomed;
	if (!turn && !cancelled && !doomed)
		return STATUS_PENDING;
	end_waiting(w, at);
	return cancelled ? STATUS_CANCELLED : doomed ? STATUS_DELETE_PENDING : STATUS_SUCCESS;
}

nt_status fs_notify(struct fs_ctx *ctx, struct fs_open *open, const struct fs_notify_params *p, struct fs_change **out, size_t *count)
{
	struct fs_notify *n = ctx->core->notify;
	struct fs_wake_list wake = { 0 };
	*count = 0;
	if (!open->directory)
		return STATUS_INVALID_PARAMETER;
	if (fs_share_config(open->share)->no_change_notify)
		return STATUS_NOT_IMPLEMENTED;
	if ((open->granted_access & FILE_LIST_DIRECTORY) == 0)
		return STATUS_ACCESS_DENIED;
	nt_status status = ctx->waited ? STATUS_SUCCESS : begin_watch(ctx, open, p);
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_watch *w = open->watch;
	lock_take(&n->lock);
	status = decide(ctx, w);
	if (status == STATUS_SUCCESS)
		status = fs_notify_take(ctx, w, p->max_bytes, out, count);
	else if (status != STATUS_PENDING && fs_notify_has_news(w) && w->waiting != NULL) /* what woke this one is the next one's */
		fs_wake_add(&wake, w->conn_id, w->waiting->req_id);
	lock_release(&n->lock);
	ctx->wait_ms = UINT32_MAX;
	fs_wake_all(ctx->core, &wake);
	return status;
}

struct fs_notify_counts fs_notify_count(struct fs_core *core)
{
	struct fs_notify *n = core->notify;
	lock_take(&n->lock);
	struct fs_notify_counts counts = { .folders = HASH_COUNT(n->folders), .watches = n->n_watches, .kept_bytes = n->kept_bytes };
	for (const struct watched_folder *f = n->folders; f != NULL; f = f->hh.next) {
		for (const struct fs_watch *w = f->watches; w != NULL; w = w->next)
			counts.waiting += w->n_waiting;
	}
	lock_release(&n->lock);
	return counts;
}

bool fs_notify_wants(struct fs_core *core, const char *path)
{
	struct fs_notify *n = core->notify;
	const char *end = path + strlen(path);
	bool wants = false;
	lock_take(&n->lock);
	for (bool itself = true; end != NULL && !wants; itself = false) {
		const struct watched_folder *f = find_folder(n, path, (size_t)(end - path));
		wants = f != NULL && (itself || f->n_trees > 0);
		end = memrchr(path, '/', (size_t)(end - path));
	}
	lock_release(&n->lock);
	return wants;
}

void fs_notify_overflow_all(struct fs_core *core)
{
	struct fs_notify *n = core->notify;
	struct fs_wake_list wake = { 0 };
	lock_take(&n->lock);
	for (struct watched_folder *f = n->folders; f != NULL; f = f->hh.next) {
		for (struct fs_watch *w = f->watches; w != NULL; w = w->next)
			fs_notify_overflow(n, w, &wake);
	}
	lock_release(&n->lock);
	fs_wake_all(core, &wake);
}
