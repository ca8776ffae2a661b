/* Inside localwatch.c and localevents.c: the folders that inotify knows. All functions but the last: with the lock held. */
#ifndef FS_LOCALWATCH_TABLE_H
#define FS_LOCALWATCH_TABLE_H

#include "fs/localwatch_internal.h"
#include "vfs/watch.h"

struct local_folder {
	UT_hash_handle by_path, by_wd;
	int wd;
	struct fs_share *share; /* counted: what the path below belongs to */
	char *disk_path;
	char path[];            /* fs_notify_path */
};

struct fs_local {
	struct vfs_watch *watch;
	atomic_uint epoch, running[2]; /* requests, by the epoch in which they began */
	atomic_bool complained;
	struct lock lock; /* LOCK_RANK_LOCALWATCH: all below */
	struct local_folder *by_path, *by_wd;
	struct local_mark *marks;
	uint64_t batch;
};

struct local_folder *local_find_path(const struct fs_local *l, const char *path, size_t len);
struct local_folder *local_find_wd(const struct fs_local *l, int wd);
/* tell_kernel: it does not know by itself that the folder is gone. */
void local_forget_folder(struct fs_local *l, struct local_folder *f, bool tell_kernel);
void local_free_marks(struct fs_local *l);
/* Folders at or below this one that nobody watches any more; or all of them, when they are gone from here. Takes the lock. */
void local_drop_folders(struct fs_core *core, const char *path, bool below, bool all);

#endif
