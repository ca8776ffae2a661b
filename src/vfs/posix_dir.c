/*
 * Changes to folders, and their listing. The parent is opened beneath the root, then the *at call names one component in
 * it: no such call follows a symlink in its last component.
 */
#include "vfs/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/blocking.h"

/* Room for some hundred names in one system call; on the heap, since the threads' stacks are small. */
enum { LIST_BUFFER = 65536 };

/* Journals make these wait for the disk now and then. */
static int journalled(int rc)
{
	int result = rc == 0 ? 0 : -errno;
	blocking_end();
	return result;
}

int posix_mkdir(struct vfs *v, const char *path, mode_t mode)
{
	struct posix_place at;
	int rc = posix_place_open(posix_of(v), path, &at);
	if (rc != 0)
		return rc == -EINVAL && path[0] == '\0' ? -EEXIST : rc;
	blocking_begin();
	rc = journalled(mkdirat(at.dir, at.name, mode));
	posix_place_close(&at);
	return rc;
}

static int remove_at(struct vfs *v, const char *path, int flags)
{
	struct posix_place at;
	int rc = posix_place_open(posix_of(v), path, &at);
	if (rc != 0)
		return rc;
	blocking_begin();
	rc = journalled(unlinkat(at.dir, at.name, flags));
	posix_place_close(&at);
	return rc;
}

int posix_rmdir(struct vfs *v, const char *path)
{
	return remove_at(v, path, AT_REMOVEDIR);
}

int posix_unlink(struct vfs *v, const char *path)
{
	return remove_at(v, path, 0);
}

/* Where the file system knows no RENAME_NOREPLACE: another program may slip in between, but nothing better is left. */
static int rename_after_look(const struct posix_place *from, const struct posix_place *to)
{
	struct stat st;
	if (fstatat(to->dir, to->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from->dir, from->name, to->dir, to->name) : -1;
}

static int rename_noreplace(const struct posix_place *from, const struct posix_place *to)
{
	int rc = renameat2(from->dir, from->name, to->dir, to->name, RENAME_NOREPLACE);
	return rc != 0 && (errno == EINVAL || errno == ENOSYS) ? rename_after_look(from, to) : rc;
}

/* Opens both ends, or none. */
static int open_two(struct posix *p, const char *from, const char *to, struct posix_place *a, struct posix_place *b)
{
	int rc = posix_place_open(p, from, a);
	if (rc != 0)
		return rc;
	rc = posix_place_open(p, to, b);
	if (rc != 0)
		posix_place_close(a);
	return rc;
}

int posix_rename(struct vfs *v, const char *from, const char *to, unsigned flags)
{
	struct posix_place a, b;
	int rc = open_two(posix_of(v), from, to, &a, &b);
	if (rc != 0)
		return rc;
	blocking_begin();
	rc = journalled((flags & VFS_RENAME_NOREPLACE) != 0 ? rename_noreplace(&a, &b)
							    : renameat(a.dir, a.name, b.dir, b.name));
	posix_place_close(&a);
	posix_place_close(&b);
	return rc;
}

int posix_link(struct vfs *v, const char *from, const char *to)
{
	struct posix_place a, b;
	int rc = open_two(posix_of(v), from, to, &a, &b);
	if (rc != 0)
		return rc;
	blocking_begin();
	rc = journalled(linkat(a.dir, a.name, b.dir, b.name, 0));
	posix_place_close(&a);
	posix_place_close(&b);
	return rc;
}

int posix_symlink(struct vfs *v, const char *target, const char *path)
{
	struct posix_place at;
	int rc = posix_place_open(posix_of(v), path, &at);
	if (rc != 0)
		return rc;
	blocking_begin();
	rc = journalled(symlinkat(target, at.dir, at.name));
	posix_place_close(&at);
	return rc;
}

ssize_t posix_readlink(struct vfs *v, const char *path, char *buf, size_t cap)
{
	struct posix_place at;
	int rc = posix_place_open(posix_of(v), path, &at);
	if (rc != 0)
		return rc;
	ssize_t n = readlinkat(at.dir, at.name, buf, cap);
	n = n >= 0 ? n : -errno;
	posix_place_close(&at);
	return n;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* False: the visitor wants no more. */
static bool visit(const char *buf, size_t len, vfs_list_fn each, void *user)
{
	size_t at = 0;
	while (at < len) {
		const struct dirent64 *e = (const struct dirent64 *)(const void *)(buf + at);
		at += e->d_reclen;
		if (!is_dots(e->d_name) && !each(user, e->d_name, e->d_ino, e->d_type))
			return false;
	}
	return true;
}

static int list_fd(int fd, char *buf, vfs_list_fn each, void *user)
{
	for (;;) {
		blocking_begin();
		ssize_t n = getdents64(fd, buf, LIST_BUFFER);
		blocking_end();
		if (n < 0)
			return -errno;
		if (n == 0 || !visit(buf, (size_t)n, each, user))
			return 0;
	}
}

int posix_list(struct vfs *v, const char *path, vfs_list_fn each, void *user)
{
	int fd = posix_open_beneath(posix_of(v), path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	char *buf = malloc(LIST_BUFFER);
	int rc = buf != NULL ? list_fd(fd, buf, each, user) : -ENOMEM;
	free(buf);
	close(fd);
	return rc;
}

int posix_watch(struct vfs_file *folder, int inotify, uint32_t events)
{
	struct posix_proc_path path;
	if (!posix_proc_path(&path, posix_file_of(folder)->fd, NULL))
		return -ENAMETOOLONG;
	int wd = inotify_add_watch(inotify, path.text, events);
	return wd >= 0 ? wd : -errno;
}
