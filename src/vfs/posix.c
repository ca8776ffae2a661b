/*
 * A folder of this machine: how names beneath its root become descriptors. Everything that follows a client's path goes
 * through posix_open_beneath(), so no symlink, "..", magic link or race with a rename leads out of the root.
 *
 * Immutable after creation, but for a per-file hint; so there is no lock.
 */
#include "vfs/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/blocking.h"

/* openat2 gives EAGAIN where a rename anywhere on the machine raced with a walk over ".."; a few tries always do, and a
 * file under a lease of another program would give it for ever. */
enum { RESOLVE_TRIES = 64 };

static int openat2_raw(int dir, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags,
		.mode = (flags & O_CREAT) != 0 ? mode & 07777 : 0,
		.resolve = resolve,
	};
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	return fd >= 0 ? (int)fd : -errno;
}

/* May sleep: in a disk's seek, an automount, a network file system. */
static int openat2_patient(int dir, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	int fd = -EAGAIN;
	blocking_begin();
	for (int i = 0; i < RESOLVE_TRIES && (fd == -EAGAIN || fd == -EINTR); i++)
		fd = openat2_raw(dir, path, flags, mode, resolve);
	blocking_end();
	return fd;
}

int posix_open_beneath(const struct posix *p, const char *path, int flags, mode_t mode)
{
	const uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	if (path[0] == '\0')
		path = ".";
	flags |= O_CLOEXEC;
	if ((flags & O_PATH) == 0)
		flags |= O_NONBLOCK | O_NOCTTY | O_LARGEFILE;
	/* The kernel refuses RESOLVE_CACHED where the open itself would change something. */
	if (p->resolve_cached && (flags & (O_CREAT | O_TRUNC)) == 0) {
		int fd = openat2_raw(p->root, path, flags, 0, resolve | RESOLVE_CACHED);
		if (fd != -EAGAIN && fd != -EINTR)
			return fd;
	}
	return openat2_patient(p->root, path, flags, mode, resolve);
}

int posix_path_fd(const struct posix *p, struct vfs_file *f, const char *path, bool *opened)
{
	*opened = f == NULL;
	return f != NULL ? posix_file_of(f)->fd : posix_open_beneath(p, path, O_PATH, 0);
}

int posix_place_open(const struct posix *p, const char *path, struct posix_place *out)
{
	const char *slash = strrchr(path, '/');
	*out = (struct posix_place){ .dir = p->root, .name = slash != NULL ? slash + 1 : path };
	if (!vfs_is_entry_name(out->name))
		return -EINVAL;
	if (slash == NULL)
		return 0;
	char parent[PATH_MAX];
	size_t len = (size_t)(slash - path);
	if (len >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, len);
	parent[len] = '\0';
	out->dir = posix_open_beneath(p, parent, O_PATH | O_DIRECTORY, 0);
	out->opened = out->dir >= 0;
	return out->opened ? 0 : out->dir;
}

void posix_place_close(struct posix_place *place)
{
	if (place->opened)
		close(place->dir);
	place->opened = false;
}

bool posix_proc_path(struct posix_proc_path *out, int fd, const char *name)
{
	int n = snprintf(out->text, sizeof(out->text), "/proc/self/fd/%d%s%s", fd, name != NULL ? "/" : "",
			 name != NULL ? name : "");
	return n > 0 && (size_t)n < sizeof(out->text);
}

/* 0 for what a client may hold open: a FIFO, socket or device never. */
static int check_type(int fd, int flags)
{
	const int link_itself = O_PATH | O_NOFOLLOW;
	struct stat st;
	/* The kernel made these sure already. */
	if ((flags & O_DIRECTORY) != 0 || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return 0;
	if (fstat(fd, &st) != 0)
		return -errno;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return 0;
	return S_ISLNK(st.st_mode) && (flags & link_itself) == link_itself ? 0 : -ENXIO;
}

static int file_open(struct vfs *v, const char *path, int flags, mode_t mode, struct vfs_file **out)
{
	const int allowed = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_DIRECTORY | O_PATH | O_NOFOLLOW;
	*out = NULL;
	flags &= (flags & O_PATH) != 0 ? O_PATH | O_DIRECTORY | O_NOFOLLOW : allowed;
	struct posix_file *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return -ENOMEM;
	int fd = posix_open_beneath(posix_of(v), path, flags, mode);
	int rc = fd >= 0 ? check_type(fd, flags) : fd;
	if (rc != 0) {
		if (fd >= 0)
			close(fd);
		free(f);
		return rc;
	}
	f->file.vfs = v;
	f->fd = fd;
	f->path_only = (flags & O_PATH) != 0;
	atomic_init(&f->may_sleep, false);
	*out = &f->file;
	return 0;
}

static void file_close(struct vfs_file *file)
{
	struct posix_file *f = posix_file_of(file);
	/* On network file systems close writes back. The descriptor is gone also after EINTR. */
	if (!f->path_only)
		blocking_begin();
	close(f->fd);
	if (!f->path_only)
		blocking_end();
	free(f);
}

static void destroy(struct vfs *v)
{
	close(posix_of(v)->root);
	free((char *)(uintptr_t)v->root_path);
	free(v);
}

static const struct vfs_ops posix_ops = {
	.destroy = destroy,
	.open = file_open,
	.close = file_close,
	.fstat = posix_fstat,
	.stat = posix_stat,
	.stat_xattr = posix_stat_xattr,
	.stat_at = posix_stat_at,
	.getxattr_at = posix_getxattr_at,
	.mkdir = posix_mkdir,
	.rmdir = posix_rmdir,
	.unlink = posix_unlink,
	.rename = posix_rename,
	.link = posix_link,
	.symlink = posix_symlink,
	.readlink = posix_readlink,
	.pread = posix_pread,
	.splice = posix_splice,
	.pwrite = posix_pwrite,
	.pwrite_pipe = posix_pwrite_pipe,
	.truncate = posix_truncate,
	.allocate = posix_allocate,
	.punch = posix_punch,
	.seek = posix_seek,
	.sync = posix_sync,
	.advise = posix_advise,
	.lock = posix_lock,
	.list = posix_list,
	.set_times = posix_set_times,
	.chmod = posix_chmod,
	.chown = posix_chown,
	.getxattr = posix_getxattr,
	.setxattr = posix_setxattr,
	.removexattr = posix_removexattr,
	.listxattr = posix_listxattr,
	.access = posix_access,
	.space = posix_space,
	.quota_get = posix_quota_get,
	.quota_next = posix_quota_next,
	.quota_set = posix_quota_set,
	.quota_state = posix_quota_state,
	.quota_enforce = posix_quota_enforce,
	.watch = posix_watch,
	.duplicate = posix_duplicate,
};

/* Learns what the kernel can do: -ENOSYS without openat2, for there is no other safe way to walk a path. */
static int probe(struct posix *p)
{
	int fd = openat2_raw(p->root, ".", O_PATH | O_CLOEXEC, 0, RESOLVE_BENEATH | RESOLVE_CACHED);
	p->resolve_cached = fd >= 0 || fd == -EAGAIN;
	if (!p->resolve_cached)
		fd = openat2_raw(p->root, ".", O_PATH | O_CLOEXEC, 0, RESOLVE_BENEATH);
	if (fd >= 0)
		close(fd);
	p->proc = access("/proc/self/fd", F_OK) == 0;
	return fd >= 0 || fd == -EAGAIN ? 0 : fd;
}

static int find_root_path(struct posix *p, const char *path)
{
	char *real = realpath(path, NULL);
	if (real == NULL)
		return -errno;
	if (strcmp(real, "/") == 0)
		real[0] = '\0';
	p->vfs.root_path = real;
	return 0;
}

int vfs_posix_new(const char *path, struct vfs **out)
{
	*out = NULL;
	if (path[0] != '/')
		return -EINVAL;
	struct posix *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	p->vfs.ops = &posix_ops;
	p->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = p->root >= 0 ? probe(p) : -errno;
	if (rc == 0)
		rc = find_root_path(p, path);
	if (rc != 0) {
		if (p->root >= 0)
			close(p->root);
		free(p);
		return rc;
	}
	*out = &p->vfs;
	return 0;
}
