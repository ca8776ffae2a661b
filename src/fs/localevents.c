/* What we do ourselves leaves a mark; what the kernel reports and is not ours is told to the watches. See localwatch.h. */
#define HASH_NONFATAL_OOM 1
#include "fs/localwatch_table.h"

#include <stdlib.h>
#include <time.h>

#include "base/blocking.h"
#include "fs/core_internal.h"
#include "fs/localwatch.h"
#include "fs/path.h"
#include "fs/share.h"

enum {
	MARKS_MAX = 65536,
	GRACE_MS = 2000, /* for a request that hangs on a disk others do not wait for ever */
	BATCH_ARENA_MAX = 16 << 20,
};

enum { MARK_NAME = 1, MARK_CONTENT = 2 };

struct local_mark {
	UT_hash_handle hh;
	unsigned classes;
	uint64_t batch; /* the newest event of it is read in this batch or an earlier one */
	char path[];
};

/* ---- what we do ourselves ---- */

static void mark(struct fs_local *l, const char *path, unsigned classes)
{
	struct local_mark *m;
	size_t len = strlen(path);
	HASH_FIND(hh, l->marks, path, len, m);
	if (m == NULL) {
		m = HASH_COUNT(l->marks) < MARKS_MAX ? calloc(1, sizeof(*m) + len + 1) : NULL;
		if (m == NULL)
			return;
		memcpy(m->path, path, len + 1);
		HASH_ADD(hh, l->marks, path, len, m);
		if (m->hh.tbl == NULL) {
			free(m);
			return;
		}
	}
	m->classes |= classes;
	m->batch = l->batch;
}

static unsigned classes_of(enum nt_file_action action)
{
	switch (action) {
	case FILE_ACTION_ADDED:
	case FILE_ACTION_RENAMED_NEW_NAME: return MARK_NAME | MARK_CONTENT; /* attributes are set afterwards */
	case FILE_ACTION_REMOVED:
	case FILE_ACTION_RENAMED_OLD_NAME: return MARK_NAME;
	default: return MARK_CONTENT;
	}
}

void fs_local_mark(struct fs_core *core, const char *path, enum nt_file_action action)
{
	struct fs_local *l = core->local;
	const char *slash = strrchr(path, '/');
	if (l == NULL || slash == NULL)
		return;
	lock_take(&l->lock);
	if (local_find_path(l, path, (size_t)(slash - path)) != NULL) /* elsewhere no event will ever come for it */
		mark(l, path, classes_of(action));
	lock_release(&l->lock);
}

void local_free_marks(struct fs_local *l)
{
	struct local_mark *m, *next;
	HASH_ITER(hh, l->marks, m, next) {
		HASH_DEL(l->marks, m);
		free(m);
	}
}

/* ---- what comes in ---- */

/* Until all that ran when this was called have ended. Who begins later made none of the events that were read before. */
static void wait_for_requests(struct fs_local *l)
{
	unsigned old = atomic_fetch_add(&l->epoch, 1) & 1;
	const struct timespec one_ms = { .tv_nsec = 1000000 };
	blocking_begin();
	for (int i = 0; i < GRACE_MS && atomic_load(&l->running[old]) != 0; i++)
		nanosleep(&one_ms, NULL);
	blocking_end();
}

struct incoming {
	struct incoming *next;
	struct vfs_watch_event e;
};

struct batch {
	struct fs_core *core;
	struct arena arena;
	struct incoming *first, *last;
	bool overflow;
};

static void keep_event(void *user, const struct vfs_watch_event *e)
{
	struct batch *b = user;
	struct incoming *in = arena_alloc(&b->arena, sizeof(*in));
	char *name = arena_strdup(&b->arena, e->name);
	if (in == NULL || name == NULL || e->kind == VFS_WATCH_OVERFLOW) {
		b->overflow = true;
		return;
	}
	in->next = NULL;
	in->e = *e;
	in->e.name = name;
	*(b->last != NULL ? &b->last->next : &b->first) = in;
	b->last = in;
}

/* One event in its folder, with the paths that it has now. */
struct local_event {
	const struct vfs_watch_event *e;
	struct fs_share *share; /* counted */
	const char *path, *disk_path;
	bool ours;
};

static bool is_ours(struct fs_local *l, const char *path, enum vfs_watch_kind kind)
{
	struct local_mark *m;
	HASH_FIND(hh, l->marks, path, strlen(path), m);
	return m != NULL && (m->classes & (kind == VFS_WATCH_DATA || kind == VFS_WATCH_METADATA ? MARK_CONTENT : MARK_NAME)) != 0;
}

/* False: the folder is no longer watched, or it is nothing to clients. */
static bool locate(struct batch *b, const struct vfs_watch_event *e, struct local_event *out)
{
	struct fs_local *l = b->core->local;
	bool found = false;
	lock_take(&l->lock);
	struct local_folder *f = local_find_wd(l, e->wd);
	if (f != NULL && e->kind == VFS_WATCH_GONE) {
		local_forget_folder(l, f, false);
	} else if (f != NULL && e->name[0] != '\0') {
		const char *folder = f->disk_path;
		*out = (struct local_event){ .e = e, .path = arena_printf(&b->arena, "%s/%s", f->path, e->name) };
		out->disk_path = folder[0] != '\0' ? arena_printf(&b->arena, "%s/%s", folder, e->name) : e->name;
		found = out->path != NULL && out->disk_path != NULL;
		if (found) {
			out->share = fs_share_get(f->share);
			out->ours = is_ours(l, out->path, e->kind);
		}
	}
	lock_release(&l->lock);
	return found;
}

static bool to_event(struct batch *b, const struct local_event *le, enum nt_file_action action, uint32_t filter, struct fs_event *out)
{
	char *client_path = arena_strdup(&b->arena, le->path);
	for (char *p = client_path; p != NULL && *p != '\0'; p++) {
		if (*p == '/')
			*p = '\\';
	}
	*out = (struct fs_event){ .path = le->path, .client_path = client_path, .action = action, .filter = filter };
	return client_path != NULL;
}

static uint32_t filter_of(const struct vfs_watch_event *e)
{
	switch (e->kind) {
	case VFS_WATCH_DATA: return FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;
	case VFS_WATCH_METADATA:
		return FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_LAST_WRITE | FILE_NOTIFY_CHANGE_LAST_ACCESS | FILE_NOTIFY_CHANGE_EA |
		       FILE_NOTIFY_CHANGE_SECURITY;
	default: return e->directory ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME;
	}
}

static enum nt_file_action action_of(const struct vfs_watch_event *e)
{
	switch (e->kind) {
	case VFS_WATCH_CREATED:
	case VFS_WATCH_MOVED_TO: return FILE_ACTION_ADDED;
	case VFS_WATCH_DELETED:
	case VFS_WATCH_MOVED_FROM: return FILE_ACTION_REMOVED;
	default: return FILE_ACTION_MODIFIED;
	}
}

/* A folder came or went, whoever did it: what lies below it is watched under its new path, or no more. */
static void follow_folder(struct batch *b, const struct local_event *le)
{
	enum vfs_watch_kind kind = le->e->kind;
	if (!le->e->directory)
		return;
	if (kind == VFS_WATCH_MOVED_FROM || kind == VFS_WATCH_DELETED)
		local_drop_folders(b->core, le->path, true, true);
	else if ((kind == VFS_WATCH_CREATED || kind == VFS_WATCH_MOVED_TO) && fs_notify_wants(b->core, le->path))
		fs_local_watch(b->core, &b->arena, le->share, le->path, le->disk_path, true);
}

static bool same_parent(const char *a, const char *b)
{
	size_t a_len = (size_t)(strrchr(a, '/') - a), b_len = (size_t)(strrchr(b, '/') - b);
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* Both halves of a move stand one after the other in the queue. */
static bool tell_move(struct batch *b, const struct local_event *from, const struct vfs_watch_event *next)
{
	struct local_event to;
	struct fs_event events[2];
	if (next == NULL || next->kind != VFS_WATCH_MOVED_TO || next->cookie != from->e->cookie || !locate(b, next, &to))
		return false;
	uint32_t filter = filter_of(next);
	bool pair = !to.ours && same_parent(from->path, to.path) && to_event(b, from, FILE_ACTION_RENAMED_OLD_NAME, filter, &events[0]) &&
		    to_event(b, &to, FILE_ACTION_RENAMED_NEW_NAME, filter, &events[1]);
	if (pair) {
		follow_folder(b, from);
		follow_folder(b, &to);
		fs_notify_deliver(b->core, events, 2);
	}
	fs_share_put(to.share);
	return pair;
}

static void tell_one(struct batch *b, const struct local_event *le)
{
	struct fs_event event;
	follow_folder(b, le);
	if (!le->ours && to_event(b, le, action_of(le->e), filter_of(le->e), &event))
		fs_notify_deliver(b->core, &event, 1);
}

static void tell_batch(struct batch *b)
{
	for (struct incoming *in = b->first; in != NULL; in = in->next) {
		struct local_event le;
		if (!locate(b, &in->e, &le))
			continue;
		bool is_move = in->e.kind == VFS_WATCH_MOVED_FROM && !le.ours;
		if (is_move && tell_move(b, &le, in->next != NULL ? &in->next->e : NULL))
			in = in->next;
		else if (!fs_name_in(fs_share_config(le.share)->veto_files, in->e.name))
			tell_one(b, &le);
		fs_share_put(le.share);
	}
}

static uint64_t next_batch(struct fs_local *l)
{
	lock_take(&l->lock);
	uint64_t batch = ++l->batch;
	lock_release(&l->lock);
	return batch;
}

/* All events of what was marked before this batch began have been seen. */
static void forget_marks(struct fs_local *l, uint64_t batch)
{
	struct local_mark *m, *next;
	lock_take(&l->lock);
	HASH_ITER(hh, l->marks, m, next) {
		if (m->batch < batch) {
			HASH_DEL(l->marks, m);
			free(m);
		}
	}
	lock_release(&l->lock);
}

void fs_local_ready(void *user)
{
	struct batch b = { .core = user };
	struct fs_local *l = b.core->local;
	vfs_cred_drop();
	arena_init(&b.arena, BATCH_ARENA_MAX);
	uint64_t batch = next_batch(l);
	bool read_all = vfs_watch_read(l->watch, keep_event, &b);
	wait_for_requests(l);
	if (b.overflow)
		fs_notify_overflow_all(b.core);
	tell_batch(&b);
	if (read_all)
		forget_marks(l, batch);
	arena_fini(&b.arena);
}
