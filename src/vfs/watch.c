#include "vfs/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF,
	READ_BYTES = 64 << 10,
	READS_MAX = 32,
};

struct vfs_watch {
	int fd;
	_Alignas(struct inotify_event) char buf[READ_BYTES];
};

int vfs_watch_new(struct vfs_watch **out)
{
	struct vfs_watch *w = calloc(1, sizeof(*w));
	*out = NULL;
	if (w == NULL)
		return -ENOMEM;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0) {
		int rc = -errno;
		free(w);
		return rc;
	}
	*out = w;
	return 0;
}

void vfs_watch_free(struct vfs_watch *w)
{
	if (w == NULL)
		return;
	close(w->fd);
	free(w);
}

int vfs_watch_fd(const struct vfs_watch *w)
{
	return w->fd;
}

int vfs_watch_add(struct vfs_watch *w, struct vfs_file *folder)
{
	if (folder->vfs->ops->watch == NULL)
		return -EOPNOTSUPP;
	return folder->vfs->ops->watch(folder, w->fd, EVENTS | IN_ONLYDIR | IN_EXCL_UNLINK);
}

void vfs_watch_remove(struct vfs_watch *w, int wd)
{
	inotify_rm_watch(w->fd, wd);
}

static bool translate(const struct inotify_event *in, struct vfs_watch_event *out)
{
	static const struct {
		uint32_t mask;
		enum vfs_watch_kind kind;
	} map[] = {
		{ IN_Q_OVERFLOW, VFS_WATCH_OVERFLOW }, { IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF, VFS_WATCH_GONE },
		{ IN_CREATE, VFS_WATCH_CREATED }, { IN_DELETE, VFS_WATCH_DELETED }, { IN_MOVED_FROM, VFS_WATCH_MOVED_FROM },
		{ IN_MOVED_TO, VFS_WATCH_MOVED_TO }, { IN_MODIFY, VFS_WATCH_DATA }, { IN_ATTRIB, VFS_WATCH_METADATA },
	};
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if ((in->mask & map[i].mask) == 0)
			continue;
		*out = (struct vfs_watch_event){
			.kind = map[i].kind, .wd = in->wd, .cookie = in->cookie, .directory = (in->mask & IN_ISDIR) != 0,
			.name = in->len > 0 ? in->name : "",
		};
		return true;
	}
	return false;
}

static void give(const char *at, const char *end, void (*each)(void *user, const struct vfs_watch_event *e), void *user)
{
	while (at < end) {
		const struct inotify_event *in = (const struct inotify_event *)(const void *)at;
		struct vfs_watch_event e;
		if (translate(in, &e))
			each(user, &e);
		at += sizeof(*in) + in->len;
	}
}

bool vfs_watch_read(struct vfs_watch *w, void (*each)(void *user, const struct vfs_watch_event *e), void *user)
{
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = read(w->fd, w->buf, sizeof(w->buf));
		if (n <= 0)
			return true;
		give(w->buf, w->buf + n, each, user);
	}
	return false;
}
