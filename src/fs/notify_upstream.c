/*
 * Changes in folders that another server has (vfs_ops.follow). It tells them all, also those that our own clients made: so what we note of
 * those is not told to a watch that follows it, or they would hear of them twice.
 */
#include <errno.h>

#include "fs/notify_internal.h"
#include "fs/open_internal.h"

static struct fs_watch *find_watch(const struct fs_notify *n, uint64_t id)
{
	for (struct watched_folder *f = n->folders; f != NULL; f = f->hh.next)
		for (struct fs_watch *w = f->watches; w != NULL; w = w->next)
			if (w->id == id)
				return w;
	return NULL;
}

void fs_notify_follow(struct fs_core *core, struct fs_open *open, struct fs_watch *w)
{
	int err = w->follows ? open->vfs->ops->follow(open->file, w->filter, w->tree, w->id) : 0;

	if (err == 0)
		return;
	lock_take(&core->notify->lock);
	w->follows = false;
	if (err != -EOPNOTSUPP && err != -ENOSPC) /* which are said at once; else nobody told what our own clients did meanwhile */
		w->overflowed = true;
	lock_release(&core->notify->lock);
}

void fs_notify_told(struct fs_core *core, uint64_t id, const struct fs_change *changes, size_t n, bool goes_on)
{
	struct fs_notify *registry = core->notify;
	struct fs_wake_list wake = { 0 };

	lock_take(&registry->lock);
	struct fs_watch *w = find_watch(registry, id);
	if (w != NULL) {
		w->follows = w->follows && goes_on;
		for (size_t i = 0; i < n; i++)
			fs_notify_tell_watch(registry, w, changes[i].action, changes[i].name, &wake);
		if (n == 0)
			fs_notify_overflow(registry, w, &wake);
	}
	lock_release(&registry->lock);
	fs_wake_all(core, &wake);
}
