/* Folders registered with inotify, the marks of our own changes, and what becomes of an event; see localwatch.h. */
#define HASH_NONFATAL_OOM 1
#include "fs/localwatch_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/blocking.h"
#include "base/check.h"
#include "base/log.h"
#include "fs/core_internal.h"
#include "fs/localwatch.h"
#include "fs/path.h"
#include "fs/share.h"
#include "vfs/watch.h"

enum {
	FOLDERS_MAX = 16384,      /* the kernel's own limit is about 1 KiB of its memory each */
	TREE_FOLDERS_MAX = 512,   /* below one watched tree: its first request waits for the walk */
	TREE_ENTRIES_MAX = 16384, /* looked at in that walk */
	MARKS_MAX = 65536,
	GRACE_MS = 2000,          /* for a request that hangs on a disk others do not wait for ever */
	BATCH_ARENA_MAX = 16 << 20,
};

enum { MARK_NAME = 1, MARK_CONTENT = 2 };

struct local_folder {
	UT_hash_handle by_path, by_wd;
	int wd;
	struct fs_share *share; /* counted: what the path below belongs to */
	char *disk_path;
	char path[];            /* fs_notify_path */
};

struct mark {
	UT_hash_handle hh;
	unsigned classes;
	uint64_t batch; /* the newest event of it is read in this batch or an earlier one */
	char path[];
};

struct fs_local {
	struct vfs_watch *watch;
	atomic_uint epoch, running[2]; /* requests, by the epoch in which they began */
	atomic_bool complained;
	struct lock lock; /* LOCK_RANK_LOCALWATCH: all below */
	struct local_folder *by_path, *by_wd;
	struct mark *marks;
	uint64_t batch;
};

int fs_local_start(struct fs_core *core)
{
	struct fs_local *l = calloc(1, sizeof(*l));
	int rc = l != NULL ? vfs_watch_new(&l->watch) : -ENOMEM;
	if (rc != 0) {
		log_notice("changes by local programs are not told to clients: %s; raise fs.inotify.max_user_instances", strerror(-rc));
		free(l);
		return rc;
	}
	lock_init(&l->lock, LOCK_RANK_LOCALWATCH);
	core->local = l;
	return vfs_watch_fd(l->watch);
}

void fs_local_end(struct fs_core *core)
{
	struct fs_local *l = core->local;
	struct mark *m, *next;
	if (l == NULL)
		return;
	CHECK(l->by_path == NULL); /* whoever watches ends that */
	HASH_ITER(hh, l->marks, m, next) {
		HASH_DEL(l->marks, m);
		free(m);
	}
	vfs_watch_free(l->watch);
	lock_fini(&l->lock);
	free(l);
	core->local = NULL;
}

unsigned fs_local_enter(struct fs_core *core)
{
	struct fs_local *l = core->local;
	if (l == NULL)
		return 0;
	unsigned entered = atomic_load(&l->epoch) & 1;
	atomic_fetch_add(&l->running[entered], 1);
	return entered;
}

void fs_local_leave(struct fs_core *core, unsigned entered)
{
	if (core->local != NULL)
		atomic_fetch_sub(&core->local->running[entered], 1);
}

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

/* ---- folders; with the lock held ---- */

static struct local_folder *find_path(const struct fs_local *l, const char *path, size_t len)
{
	struct local_folder *f;
	HASH_FIND(by_path, l->by_path, path, len, f);
	return f;
}

static struct local_folder *find_wd(const struct fs_local *l, int wd)
{
	struct local_folder *f;
	HASH_FIND(by_wd, l->by_wd, &wd, sizeof(wd), f);
	return f;
}

static void forget_folder(struct fs_local *l, struct local_folder *f, bool tell_kernel)
{
	HASH_DELETE(by_path, l->by_path, f);
	HASH_DELETE(by_wd, l->by_wd, f);
	if (tell_kernel)
		vfs_watch_remove(l->watch, f->wd);
	fs_share_put(f->share);
	free(f->disk_path);
	free(f);
}

static struct local_folder *new_folder(struct fs_share *share, const char *path, const char *disk_path)
{
	size_t len = strlen(path) + 1;
	struct local_folder *f = calloc(1, sizeof(*f) + len);
	char *copy = strdup(disk_path);
	if (f == NULL || copy == NULL) {
		free(f);
		free(copy);
		return NULL;
	}
	f->share = fs_share_get(share);
	f->disk_path = copy;
	memcpy(f->path, path, len);
	return f;
}

static void complain_once(struct fs_local *l, int err)
{
	if (!atomic_exchange(&l->complained, true))
		log_notice("changes by local programs are not told in all watched folders: %s; raise fs.inotify.max_user_watches", strerror(-err));
}

static void free_folder(struct local_folder *f)
{
	fs_share_put(f->share);
	free(f->disk_path);
	free(f);
}

/* A folder that the kernel knows under another path already (a link to it) is not watched a second time. */
static bool enter_folder(struct fs_local *l, struct local_folder *f, struct vfs_file *file)
{
	if (find_path(l, f->path, strlen(f->path)) != NULL)
		return false;
	int wd = HASH_CNT(by_path, l->by_path) < FOLDERS_MAX ? vfs_watch_add(l->watch, file) : -ENOSPC;
	if (wd == -ENOSPC || wd == -ENOMEM)
		complain_once(l, wd);
	if (wd < 0 || find_wd(l, wd) != NULL)
		return false;
	f->wd = wd;
	HASH_ADD(by_path, l->by_path, path, strlen(f->path), f);
	if (f->by_path.tbl == NULL) {
		vfs_watch_remove(l->watch, wd);
		return false;
	}
	HASH_ADD(by_wd, l->by_wd, wd, sizeof(f->wd), f);
	if (f->by_wd.tbl != NULL)
		return true;
	HASH_DELETE(by_path, l->by_path, f);
	vfs_watch_remove(l->watch, wd);
	return false;
}

/* ---- adding and dropping ---- */

static bool add_folder(struct fs_local *l, struct fs_share *share, const char *path, const char *disk_path)
{
	struct vfs *v = fs_share_vfs(share);
	struct vfs_file *file;
	if (v->ops->open(v, disk_path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, &file) != 0)
		return false;
	struct local_folder *f = new_folder(share, path, disk_path);
	lock_take(&l->lock);
	bool added = f != NULL && enter_folder(l, f, file);
	lock_release(&l->lock);
	v->ops->close(file);
	if (!added && f != NULL)
		free_folder(f);
	return added;
}

struct walk {
	struct fs_local *l;
	struct fs_share *share;
	struct arena *arena;
	struct to_visit {
		struct to_visit *next;
		const char *path, *disk_path;
	} *first, *last, *here;
	unsigned folders, entries;
};

static void visit_later(struct walk *w, const char *path, const char *disk_path)
{
	struct to_visit *t = arena_alloc(w->arena, sizeof(*t));
	if (t == NULL || path == NULL || disk_path == NULL)
		return;
	*t = (struct to_visit){ .path = path, .disk_path = disk_path };
	*(w->last != NULL ? &w->last->next : &w->first) = t;
	w->last = t;
	w->folders++;
}

static bool is_folder(struct walk *w, const char *disk_path, uint8_t d_type)
{
	enum { TYPE_UNKNOWN = 0, TYPE_FOLDER = 4 }; /* DT_UNKNOWN, DT_DIR */
	struct vfs *v = fs_share_vfs(w->share);
	struct vfs_stat st;
	if (d_type != TYPE_UNKNOWN)
		return d_type == TYPE_FOLDER;
	return v->ops->stat(v, disk_path, false, &st) == 0 && S_ISDIR(st.mode);
}

static bool visit_entry(void *user, const char *name, uint64_t ino, uint8_t d_type)
{
	struct walk *w = user;
	const char *folder = w->here->disk_path;
	const char *disk_path = folder[0] != '\0' ? arena_printf(w->arena, "%s/%s", folder, name) : arena_strdup(w->arena, name);
	if (disk_path != NULL && is_folder(w, disk_path, d_type))
		visit_later(w, arena_printf(w->arena, "%s/%s", w->here->path, name), disk_path);
	return ++w->entries < TREE_ENTRIES_MAX && w->folders < TREE_FOLDERS_MAX;
}

/* Nearest first, so that the bound cuts off what is deep. */
static void add_tree(struct fs_local *l, struct arena *a, struct fs_share *share, const char *path, const char *disk_path)
{
	struct vfs *v = fs_share_vfs(share);
	struct walk w = { .l = l, .share = share, .arena = a };
	visit_later(&w, path, disk_path);
	for (w.here = w.first; w.here != NULL; w.here = w.here->next) {
		(void)add_folder(l, share, w.here->path, w.here->disk_path);
		if (w.entries < TREE_ENTRIES_MAX && w.folders < TREE_FOLDERS_MAX)
			(void)v->ops->list(v, w.here->disk_path, visit_entry, &w);
	}
}

void fs_local_watch(struct fs_core *core, struct arena *a, struct fs_share *share, const char *path, const char *disk_path, bool tree)
{
	struct fs_local *l = core->local;
	if (l == NULL || fs_share_config(share)->no_kernel_change_notify || fs_share_vfs(share)->root_path == NULL)
		return;
	if (tree)
		add_tree(l, a, share, path, disk_path);
	else
		(void)add_folder(l, share, path, disk_path);
}

static bool is_at_or_below(const char *path, const char *folder, size_t len)
{
	return strncmp(path, folder, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* Folders at or below this one that nobody watches any more; or all of them, when they are gone from here. */
static void drop_folders(struct fs_core *core, const char *path, bool below, bool all)
{
	struct fs_local *l = core->local;
	struct local_folder *f, *next;
	size_t len = strlen(path);
	lock_take(&l->lock);
	if (!below) {
		f = find_path(l, path, len);
		if (f != NULL && (all || !fs_notify_wants(core, f->path)))
			forget_folder(l, f, true);
	} else {
		HASH_ITER(by_path, l->by_path, f, next) {
			if (is_at_or_below(f->path, path, len) && (all || !fs_notify_wants(core, f->path)))
				forget_folder(l, f, true);
		}
	}
	lock_release(&l->lock);
}

void fs_local_unwatch(struct fs_core *core, const char *path, bool tree)
{
	if (core->local != NULL)
		drop_folders(core, path, tree, false);
}

/* ---- what we do ourselves ---- */

static void mark(struct fs_local *l, const char *path, unsigned classes)
{
	struct mark *m;
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
	if (find_path(l, path, (size_t)(slash - path)) != NULL) /* elsewhere no event will ever come for it */
		mark(l, path, classes_of(action));
	lock_release(&l->lock);
}

/* ---- what comes in ---- */

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
	struct mark *m;
	HASH_FIND(hh, l->marks, path, strlen(path), m);
	return m != NULL && (m->classes & (kind == VFS_WATCH_DATA || kind == VFS_WATCH_METADATA ? MARK_CONTENT : MARK_NAME)) != 0;
}

/* False: the folder is no longer watched, or it is nothing to clients. */
static bool locate(struct batch *b, const struct vfs_watch_event *e, struct local_event *out)
{
	struct fs_local *l = b->core->local;
	bool found = false;
	lock_take(&l->lock);
	struct local_folder *f = find_wd(l, e->wd);
	if (f != NULL && e->kind == VFS_WATCH_GONE) {
		forget_folder(l, f, false);
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
		drop_folders(b->core, le->path, true, true);
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
	struct mark *m, *next;
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
