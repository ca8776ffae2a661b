/*
 * What local programs do in folders: one inotify instance. Adding and removing never sleep; reading is for one thread at a
 * time. inotify(7)
 */
#ifndef VFS_WATCH_H
#define VFS_WATCH_H

#include "vfs/vfs.h"

struct vfs_watch;

enum vfs_watch_kind {
	VFS_WATCH_CREATED, VFS_WATCH_DELETED, VFS_WATCH_MOVED_FROM, VFS_WATCH_MOVED_TO,
	VFS_WATCH_DATA,     /* written, cut, a write time set */
	VFS_WATCH_METADATA, /* mode, owner, times, xattrs, links */
	VFS_WATCH_GONE,     /* the folder itself: deleted, or its file system unmounted; its number means nothing any more */
	VFS_WATCH_OVERFLOW, /* events were lost; which is not known */
};

struct vfs_watch_event {
	enum vfs_watch_kind kind;
	int wd;           /* which folder; -1 with VFS_WATCH_OVERFLOW */
	uint32_t cookie;  /* the same in both halves of a move */
	bool directory;
	const char *name; /* in the folder; "" where it is about the folder */
};

/* 0 or -errno: -EMFILE, this user has as many instances as he may. */
int vfs_watch_new(struct vfs_watch **out);
void vfs_watch_free(struct vfs_watch *w); /* NULL is allowed */
/* Readable when there is something. */
int vfs_watch_fd(const struct vfs_watch *w);
/* The folder's number, the same each time; or -errno: -ENOSPC, no more watches for this user; -EACCES, it may not be read;
 * -EOPNOTSUPP, it is no folder of this machine. The folder need not stay open. */
int vfs_watch_add(struct vfs_watch *w, struct vfs_file *folder);
void vfs_watch_remove(struct vfs_watch *w, int wd);
/* Gives what there is to `each`, whose names are valid within the call only. False: so much comes in that some is left. */
bool vfs_watch_read(struct vfs_watch *w, void (*each)(void *user, const struct vfs_watch_event *e), void *user);

#endif
