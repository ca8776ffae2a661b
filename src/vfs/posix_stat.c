/* What is known of files, and changes to it that are no data: statx, times, permissions, owner, access, free space. */
#include "vfs/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/blocking.h"

static nttime time_of(struct statx_timestamp ts)
{
	return nttime_from_timespec((struct timespec){ .tv_sec = ts.tv_sec, .tv_nsec = ts.tv_nsec });
}

static int statx_fill(int fd, const char *name, int flags, struct vfs_stat *st)
{
	struct statx x;
	if (statx(fd, name, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME, &x) != 0)
		return -errno;
	*st = (struct vfs_stat){
		.dev = makedev(x.stx_dev_major, x.stx_dev_minor),
		.ino = x.stx_ino,
		.mode = x.stx_mode,
		.uid = x.stx_uid,
		.gid = x.stx_gid,
		.nlink = x.stx_nlink,
		.rdev_major = x.stx_rdev_major,
		.rdev_minor = x.stx_rdev_minor,
		.size = x.stx_size,
		.allocated = x.stx_blocks * 512,
		.btime = (x.stx_mask & STATX_BTIME) != 0 ? time_of(x.stx_btime) : 0,
		.atime = time_of(x.stx_atime),
		.mtime = time_of(x.stx_mtime),
		.ctime = time_of(x.stx_ctime),
	};
	return 0;
}

int posix_stat_fd(int fd, struct vfs_stat *st)
{
	return statx_fill(fd, "", AT_EMPTY_PATH, st);
}

int posix_fstat(struct vfs_file *f, struct vfs_stat *st)
{
	return posix_stat_fd(posix_file_of(f)->fd, st);
}

int posix_stat_at(struct vfs_file *dir, const char *name, struct vfs_stat *st)
{
	if (!vfs_is_entry_name(name))
		return -EINVAL;
	return statx_fill(posix_file_of(dir)->fd, name, AT_SYMLINK_NOFOLLOW, st);
}

int posix_stat(struct vfs *v, const char *path, bool follow, struct vfs_stat *st)
{
	const struct posix *p = posix_of(v);
	if (path[0] == '\0')
		return statx_fill(p->root, "", AT_EMPTY_PATH, st);
	/* A name in the root needs no walk, unless it is a symlink whose target has to be checked. */
	if (vfs_is_entry_name(path)) {
		int rc = statx_fill(p->root, path, AT_SYMLINK_NOFOLLOW, st);
		if (rc != 0 || !follow || !S_ISLNK(st->mode))
			return rc;
	}
	int fd = posix_open_beneath(p, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0);
	if (fd < 0)
		return fd;
	int rc = posix_stat_fd(fd, st);
	close(fd);
	return rc;
}

static struct timespec time_to_set(nttime t)
{
	return t != 0 ? nttime_to_timespec(t) : (struct timespec){ .tv_nsec = UTIME_OMIT };
}

int posix_set_times(struct vfs *v, struct vfs_file *f, const char *path, const struct vfs_times *t)
{
	const struct timespec times[2] = { time_to_set(t->atime), time_to_set(t->mtime) };
	bool opened;
	int fd = posix_path_fd(posix_of(v), f, path, &opened);
	if (fd < 0)
		return fd;
	int rc = utimensat(fd, "", times, AT_EMPTY_PATH) == 0 ? 0 : -errno;
	if (opened)
		close(fd);
	return rc;
}

/* Linux before 6.6 cannot change the mode of an O_PATH descriptor but through /proc. */
static int chmod_fd(const struct posix *p, int fd, bool path_only, mode_t mode)
{
	struct posix_proc_path proc;
	if (!path_only)
		return fchmod(fd, mode) == 0 ? 0 : -errno;
	if (!p->proc || !posix_proc_path(&proc, fd, NULL))
		return -EOPNOTSUPP;
	return chmod(proc.text, mode) == 0 ? 0 : -errno;
}

int posix_chmod(struct vfs *v, struct vfs_file *f, const char *path, mode_t mode)
{
	bool opened;
	int fd = posix_path_fd(posix_of(v), f, path, &opened);
	if (fd < 0)
		return fd;
	int rc = chmod_fd(posix_of(v), fd, opened || posix_file_of(f)->path_only, mode & 07777);
	if (opened)
		close(fd);
	return rc;
}

int posix_chown(struct vfs *v, struct vfs_file *f, const char *path, uid_t uid, gid_t gid)
{
	bool opened;
	int fd = posix_path_fd(posix_of(v), f, path, &opened);
	if (fd < 0)
		return fd;
	int rc = fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0 ? 0 : -errno;
	if (opened)
		close(fd);
	return rc;
}

int posix_access(struct vfs *v, const char *path, int rwx)
{
	int fd = posix_open_beneath(posix_of(v), path, O_PATH, 0);
	if (fd < 0)
		return fd;
	/* The raw call: where libc does not know it, it would judge by the wrong user. AT_EACCESS: by fsuid, not by uid. */
	long rc = syscall(SYS_faccessat2, fd, "", rwx, AT_EMPTY_PATH | AT_EACCESS);
	int result = rc == 0 ? 0 : -errno;
	close(fd);
	return result;
}

int posix_space(struct vfs *v, const char *path, struct vfs_space *out)
{
	int fd = posix_open_beneath(posix_of(v), path, O_PATH, 0);
	if (fd < 0)
		return fd;
	struct statvfs s;
	blocking_begin(); /* network file systems ask their server */
	int rc = fstatvfs(fd, &s) == 0 ? 0 : -errno;
	blocking_end();
	close(fd);
	if (rc != 0)
		return rc;
	uint64_t unit = s.f_frsize != 0 ? s.f_frsize : s.f_bsize;
	*out = (struct vfs_space){
		.total = s.f_blocks * unit,
		.free = s.f_bfree * unit,
		.available = s.f_bavail * unit,
		.block_size = (uint32_t)unit,
		.name_max = (uint32_t)s.f_namemax,
		.files = s.f_files,
		.files_free = s.f_favail,
	};
	return 0;
}
