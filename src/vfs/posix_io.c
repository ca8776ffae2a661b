/*
 * The data path. A read that the page cache can answer does not leave the thread's run permit; only one that would wait
 * for a disk is bracketed. Writes are always bracketed: buffered writes have no RWF_NOWAIT, and dirty throttling sleeps.
 */
#include "vfs/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/blocking.h"

/* -EAGAIN: the data are not in memory, or the file system cannot tell. */
static ssize_t read_cached(struct posix_file *f, void *buf, size_t len, off_t offset)
{
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	if (atomic_load_explicit(&f->may_sleep, memory_order_relaxed))
		return -EAGAIN;
	ssize_t n = preadv2(f->fd, &iov, 1, offset, RWF_NOWAIT);
	if (n >= 0)
		return n;
	if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
		atomic_store_explicit(&f->may_sleep, true, memory_order_relaxed);
		return -EAGAIN;
	}
	return errno == EINTR ? -EAGAIN : -errno;
}

static ssize_t read_waiting(struct posix_file *f, void *buf, size_t len, off_t offset)
{
	ssize_t n;
	blocking_begin();
	do
		n = pread(f->fd, buf, len, offset);
	while (n < 0 && errno == EINTR);
	blocking_end();
	return n >= 0 ? n : -errno;
}

static bool range_ok(uint64_t offset, size_t len)
{
	return offset <= INT64_MAX && len <= INT64_MAX - offset;
}

ssize_t posix_pread(struct vfs_file *file, void *buf, size_t len, uint64_t offset)
{
	struct posix_file *f = posix_file_of(file);
	size_t done = 0;
	if (!range_ok(offset, len))
		return -EINVAL;
	while (done < len) {
		uint8_t *to = (uint8_t *)buf + done;
		off_t at = (off_t)(offset + done);
		ssize_t n = read_cached(f, to, len - done, at);
		if (n == -EAGAIN)
			n = read_waiting(f, to, len - done, at);
		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t posix_splice(struct vfs_file *file, int pipe, size_t len, uint64_t offset)
{
	struct posix_file *f = posix_file_of(file);
	off_t at = (off_t)offset;
	size_t done = 0;
	ssize_t n = 1;

	if (!range_ok(offset, len) || atomic_load_explicit(&f->no_splice, memory_order_relaxed))
		return -EOPNOTSUPP;
	blocking_begin(); /* it cannot be asked whether it would sleep */
	while (done < len && n != 0) {
		n = splice(f->fd, &at, pipe, NULL, len - done, SPLICE_F_NONBLOCK);
		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	int err = n < 0 ? errno : 0;
	blocking_end();
	if (err == EINVAL)
		atomic_store_explicit(&f->no_splice, true, memory_order_relaxed);
	if (err != 0 && err != EAGAIN && done == 0)
		return -EOPNOTSUPP;
	return err == 0 ? (ssize_t)done : -EAGAIN;
}

static bool is_full(int err)
{
	return err == ENOSPC || err == EDQUOT || err == EFBIG;
}

/* Of buf or, where that is NULL, of a pipe; as the system call.
 * The pages in the pipe may be those of a file that the peer sends from. The kernel copies them into this file's own: it marks what comes out
 * of a socket as not to be taken over (nosteal_pipe_buf_ops), and SPLICE_F_MOVE means nothing to a file. So no page is ever in both. */
static ssize_t write_some(int fd, const uint8_t *buf, int pipe, size_t len, off_t at)
{
	return buf != NULL ? pwrite(fd, buf, len, at) : splice(pipe, NULL, fd, &at, len, SPLICE_F_NONBLOCK);
}

/* How much was written; *err: why not all. */
static size_t write_all(int fd, const uint8_t *buf, int pipe, size_t len, uint64_t offset, int *err)
{
	size_t done = 0;
	*err = 0;
	blocking_begin();
	while (done < len && *err == 0) {
		ssize_t n = write_some(fd, buf != NULL ? buf + done : NULL, pipe, len - done, (off_t)(offset + done));
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || (buf == NULL && errno == EAGAIN)) /* an empty pipe */
			*err = EIO;
		else if (errno != EINTR)
			*err = errno;
	}
	blocking_end();
	return done;
}

static bool is_written(size_t done, int err)
{
	return err == 0 || (done > 0 && is_full(err));
}

ssize_t posix_pwrite(struct vfs_file *f, const void *buf, size_t len, uint64_t offset)
{
	int err;
	if (!range_ok(offset, len))
		return -EFBIG;
	size_t done = write_all(posix_file_of(f)->fd, buf, -1, len, offset, &err);
	return is_written(done, err) ? (ssize_t)done : -err;
}

static ssize_t splice_in(int fd, int pipe, size_t len, uint64_t offset)
{
	int err;
	size_t done = write_all(fd, NULL, pipe, len, offset, &err);
	if (is_written(done, err))
		return (ssize_t)done;
	/* Only as long as nothing has left the pipe it can go another way. */
	bool refuses = err == EINVAL || err == EOPNOTSUPP;
	return !refuses ? -err : done == 0 ? -EOPNOTSUPP : -EIO;
}

ssize_t posix_pwrite_pipe(struct vfs_file *file, int pipe, size_t len, uint64_t offset)
{
	struct posix_file *f = posix_file_of(file);
	ssize_t n = -EOPNOTSUPP;
	if (!range_ok(offset, len))
		return -EFBIG;
	if (!atomic_load_explicit(&f->no_splice_in, memory_order_relaxed))
		n = splice_in(f->fd, pipe, len, offset);
	if (n != -EOPNOTSUPP)
		return n;
	atomic_store_explicit(&f->no_splice_in, true, memory_order_relaxed);
	return vfs_pwrite_pipe_copied(file, pipe, len, offset);
}

int posix_truncate(struct vfs_file *f, uint64_t size)
{
	int rc;
	if (size > INT64_MAX)
		return -EFBIG;
	blocking_begin();
	do
		rc = ftruncate(posix_file_of(f)->fd, (off_t)size);
	while (rc != 0 && errno == EINTR);
	blocking_end();
	return rc == 0 ? 0 : -errno;
}

int posix_allocate(struct vfs_file *f, uint64_t size)
{
	int rc;
	if (size == 0)
		return 0;
	if (size > INT64_MAX)
		return -EFBIG;
	blocking_begin();
	do
		rc = fallocate(posix_file_of(f)->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size);
	while (rc != 0 && errno == EINTR);
	blocking_end();
	return rc == 0 ? 0 : -errno;
}

int posix_punch(struct vfs_file *f, uint64_t offset, uint64_t len)
{
	int rc;
	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return -EINVAL;
	blocking_begin();
	do
		rc = fallocate(posix_file_of(f)->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len);
	while (rc != 0 && errno == EINTR);
	blocking_end();
	return rc == 0 ? 0 : -errno;
}

int posix_seek(struct vfs_file *f, uint64_t offset, bool hole, uint64_t *out)
{
	if (offset > INT64_MAX)
		return -EINVAL;
	blocking_begin();
	off_t at = lseek(posix_file_of(f)->fd, (off_t)offset, hole ? SEEK_HOLE : SEEK_DATA);
	blocking_end();
	*out = at >= 0 ? (uint64_t)at : 0;
	return at >= 0 ? 0 : -errno;
}

int posix_sync(struct vfs_file *f)
{
	blocking_begin();
	int rc = fsync(posix_file_of(f)->fd);
	blocking_end();
	return rc == 0 ? 0 : -errno;
}

/* It stays with the open file description. */
int posix_advise(struct vfs_file *f, enum vfs_advice advice)
{
	static const int kernels[] = {
		[VFS_ADVICE_NORMAL] = POSIX_FADV_NORMAL, [VFS_ADVICE_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL, [VFS_ADVICE_RANDOM] = POSIX_FADV_RANDOM,
	};
	return -posix_fadvise(posix_file_of(f)->fd, 0, 0, kernels[advice]);
}

/* Of the open file description, not of the process: several opens of one file keep theirs apart. */
int posix_lock(struct vfs_file *f, int type, uint64_t offset, uint64_t len)
{
	struct flock lock = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = (off_t)len };
	if (!range_ok(offset, 0) || len > INT64_MAX)
		return -EINVAL;
	int rc = fcntl(posix_file_of(f)->fd, F_OFD_SETLK, &lock) == 0 ? 0 : -errno;
	return rc == -EACCES ? -EAGAIN : rc;
}

int posix_duplicate(struct vfs_file *f)
{
	int fd = fcntl(posix_file_of(f)->fd, F_DUPFD_CLOEXEC, 0);
	return fd >= 0 ? fd : -errno;
}
