/* The folders that are registered with inotify; see localwatch.h. What becomes of their events: localevents.c. */
#define HASH_NONFATAL_OOM 1
#include "fs/localwatch_table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "fs/core_internal.h"
#include "fs/localwatch.h"
#include "fs/path.h"
#include "fs/share.h"

enum {
	FOLDERS_MAX = 16384,      /* the kernel's own limit is about 1 KiB of its memory each */
	TREE_FOLDERS_MAX = 512,   /* below one watched tree: its first request waits for the walk */
	TREE_ENTRIES_MAX = 16384, /* looked at in that walk */
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
	if (l == NULL)
		return;
	CHECK(l->by_path == NULL); /* whoever watches ends that */
	local_free_marks(l);
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

/* ---- folders; with the lock held ---- */

struct local_folder *local_find_path(const struct fs_local *l, const char *path, size_t len)
{
	struct local_folder *f;
	HASH_FIND(by_path, l->by_path, path, len, f);
	return f;
}

struct local_folder *local_find_wd(const struct fs_local *l, int wd)
{
	struct local_folder *f;
	HASH_FIND(by_wd, l->by_wd, &wd, sizeof(wd), f);
	return f;
}

void local_forget_folder(struct fs_local *l, struct local_folder *f, bool tell_kernel)
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
	if (local_find_path(l, f->path, strlen(f->path)) != NULL)
		return false;
	int wd = HASH_CNT(by_path, l->by_path) < FOLDERS_MAX ? vfs_watch_add(l->watch, file) : -ENOSPC;
	if (wd == -ENOSPC || wd == -ENOMEM)
		complain_once(l, wd);
	if (wd < 0 || local_find_wd(l, wd) != NULL)
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
	struct vfs *v = fs_share_vfs(w->share);
	struct vfs_stat st;
	if (d_type != VFS_DT_UNKNOWN)
		return d_type == VFS_DT_DIR;
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

void local_drop_folders(struct fs_core *core, const char *path, bool below, bool all)
{
	struct fs_local *l = core->local;
	struct local_folder *f, *next;
	size_t len = strlen(path);
	lock_take(&l->lock);
	if (!below) {
		f = local_find_path(l, path, len);
		if (f != NULL && (all || !fs_notify_wants(core, f->path)))
			local_forget_folder(l, f, true);
	} else {
		HASH_ITER(by_path, l->by_path, f, next) {
			if (is_at_or_below(f->path, path, len) && (all || !fs_notify_wants(core, f->path)))
				local_forget_folder(l, f, true);
		}
	}
	lock_release(&l->lock);
}

void fs_local_unwatch(struct fs_core *core, const char *path, bool tree)
{
	if (core->local != NULL)
		local_drop_folders(core, path, tree, false);
}
