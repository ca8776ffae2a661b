/*
 * Extended attributes. A file that is open for data is asked directly; anything else by an O_PATH descriptor and its name
 * in /proc, which needs no permission to read the file's data. Without /proc the file must be opened for reading.
 */
#include "vfs/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Either a descriptor for the f*xattr calls or a path for the others. */
struct target {
	int fd;
	bool opened;
	bool by_path;
	struct posix_proc_path proc;
};

static int target_open(struct posix *p, struct vfs_file *f, const char *path, struct target *t)
{
	*t = (struct target){ .opened = f == NULL };
	if (f != NULL) {
		t->fd = posix_file_of(f)->fd;
		t->by_path = posix_file_of(f)->path_only;
	} else {
		t->by_path = p->proc;
		t->fd = posix_open_beneath(p, path, p->proc ? O_PATH : O_RDONLY, 0);
	}
	if (t->fd < 0)
		return t->fd;
	return !t->by_path || posix_proc_path(&t->proc, t->fd, NULL) ? 0 : -ENAMETOOLONG;
}

static void target_close(struct target *t)
{
	if (t->opened && t->fd >= 0)
		close(t->fd);
}

ssize_t posix_getxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, void *buf, size_t cap)
{
	struct target t;
	ssize_t rc = target_open(posix_of(v), f, path, &t);
	if (rc == 0) {
		rc = t.by_path ? getxattr(t.proc.text, name, buf, cap) : fgetxattr(t.fd, name, buf, cap);
		rc = rc >= 0 ? rc : -errno;
	}
	target_close(&t);
	return rc;
}

int posix_stat_xattr(struct vfs *v, const char *path, struct vfs_stat *st, const char *xattr, void *buf, size_t cap, ssize_t *len)
{
	struct posix *p = posix_of(v);
	if (!p->proc) {
		int rc = posix_stat(v, path, true, st);
		if (rc == 0)
			*len = posix_getxattr(v, NULL, path, xattr, buf, cap);
		return rc;
	}
	int fd = posix_open_beneath(p, path, O_PATH, 0);
	if (fd < 0)
		return fd;
	int rc = posix_stat_fd(fd, st);
	struct posix_proc_path proc;
	if (rc == 0 && posix_proc_path(&proc, fd, NULL)) {
		*len = getxattr(proc.text, xattr, buf, cap);
		*len = *len >= 0 ? *len : -errno;
	}
	close(fd);
	return rc;
}

ssize_t posix_getxattr_at(struct vfs_file *dir, const char *name, const char *xattr, void *buf, size_t cap)
{
	struct posix_proc_path proc;
	if (!vfs_is_entry_name(name))
		return -EINVAL;
	if (!posix_of(dir->vfs)->proc)
		return -EOPNOTSUPP;
	if (!posix_proc_path(&proc, posix_file_of(dir)->fd, name))
		return -ENAMETOOLONG;
	ssize_t n = lgetxattr(proc.text, xattr, buf, cap);
	return n >= 0 ? n : -errno;
}

int posix_setxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, const void *value, size_t len)
{
	struct target t;
	int rc = target_open(posix_of(v), f, path, &t);
	if (rc == 0) {
		rc = t.by_path ? setxattr(t.proc.text, name, value, len, 0) : fsetxattr(t.fd, name, value, len, 0);
		rc = rc == 0 ? 0 : -errno;
	}
	target_close(&t);
	return rc;
}

int posix_removexattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name)
{
	struct target t;
	int rc = target_open(posix_of(v), f, path, &t);
	if (rc == 0) {
		rc = t.by_path ? removexattr(t.proc.text, name) : fremovexattr(t.fd, name);
		rc = rc == 0 ? 0 : -errno;
	}
	target_close(&t);
	return rc;
}

ssize_t posix_listxattr(struct vfs *v, struct vfs_file *f, const char *path, char *buf, size_t cap)
{
	struct target t;
	ssize_t rc = target_open(posix_of(v), f, path, &t);
	if (rc == 0) {
		rc = t.by_path ? listxattr(t.proc.text, buf, cap) : flistxattr(t.fd, buf, cap);
		rc = rc >= 0 ? rc : -errno;
	}
	target_close(&t);
	return rc;
}
