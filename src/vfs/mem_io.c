/* Data of open files in memory. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "vfs/mem_node.h"

static bool has_mode(const struct mem_file *f, int mode)
{
	int access = f->flags & O_ACCMODE;
	return (f->flags & O_PATH) == 0 && (access == mode || access == O_RDWR);
}

static ssize_t read_locked(struct mem_file *f, void *buf, size_t len, uint64_t offset)
{
	if (!has_mode(f, O_RDONLY))
		return -EBADF;
	if (S_ISDIR(f->node->st.mode))
		return -EISDIR;
	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return -EINVAL;
	uint64_t left = f->node->st.size > offset ? f->node->st.size - offset : 0;
	size_t n = (size_t)MIN((uint64_t)len, left);
	mem_data_read(f->node, buf, n, offset);
	return (ssize_t)n;
}

ssize_t mem_pread(struct vfs_file *file, void *buf, size_t len, uint64_t offset)
{
	struct mem *m = mem_of(file->vfs);
	ssize_t rc = mem_enter(m, VFS_MEM_PREAD, NULL);
	if (rc == 0)
		rc = read_locked(mem_file_of(file), buf, len, offset);
	lock_release(&m->lock);
	return rc;
}

static ssize_t write_locked(struct mem *m, struct mem_file *f, const void *buf, size_t len, uint64_t offset)
{
	if (!has_mode(f, O_WRONLY))
		return -EBADF;
	if (m->read_only)
		return -EROFS;
	if (len == 0)
		return 0;
	if (offset >= MEM_FILE_MAX)
		return -EFBIG;
	size_t n = mem_data_write(m, f->node, buf, (size_t)MIN((uint64_t)len, MEM_FILE_MAX - offset), offset);
	if (n == 0)
		return -ENOSPC;
	mem_touch_data(m, f->node);
	return (ssize_t)n;
}

ssize_t mem_pwrite(struct vfs_file *file, const void *buf, size_t len, uint64_t offset)
{
	struct mem *m = mem_of(file->vfs);
	ssize_t rc = mem_enter(m, VFS_MEM_PWRITE, NULL);
	if (rc == 0)
		rc = write_locked(m, mem_file_of(file), buf, len, offset);
	lock_release(&m->lock);
	return rc;
}

int mem_truncate(struct vfs_file *file, uint64_t size)
{
	struct mem *m = mem_of(file->vfs);
	struct mem_file *f = mem_file_of(file);
	int rc = mem_enter(m, VFS_MEM_TRUNCATE, NULL);
	if (rc == 0 && !has_mode(f, O_WRONLY))
		rc = (f->flags & O_PATH) != 0 ? -EBADF : -EINVAL;
	else if (rc == 0 && m->read_only)
		rc = -EROFS;
	else if (rc == 0 && size > MEM_FILE_MAX)
		rc = -EFBIG;
	if (rc == 0) {
		mem_data_resize(m, f->node, size);
		mem_touch_data(m, f->node);
	}
	lock_release(&m->lock);
	return rc;
}

int mem_allocate(struct vfs_file *file, uint64_t size)
{
	struct mem *m = mem_of(file->vfs);
	struct mem_file *f = mem_file_of(file);
	int rc = mem_enter(m, VFS_MEM_ALLOCATE, NULL);
	if (rc == 0 && size > 0) {
		if (!has_mode(f, O_WRONLY))
			rc = -EBADF;
		else if (m->read_only)
			rc = -EROFS;
		else if (size > MEM_FILE_MAX)
			rc = -EFBIG;
		else if (!mem_data_allocate(m, f->node, size))
			rc = -ENOSPC;
	}
	lock_release(&m->lock);
	return rc;
}

int mem_sync(struct vfs_file *file)
{
	struct mem *m = mem_of(file->vfs);
	int rc = mem_enter(m, VFS_MEM_SYNC, NULL);
	if (rc == 0 && (mem_file_of(file)->flags & O_PATH) != 0)
		rc = -EBADF;
	lock_release(&m->lock);
	return rc;
}

int mem_advise(struct vfs_file *file, enum vfs_advice advice)
{
	struct mem *m = mem_of(file->vfs);
	int rc = mem_enter(m, VFS_MEM_ADVISE, NULL);
	if (rc == 0 && (mem_file_of(file)->flags & O_PATH) != 0)
		rc = -EBADF;
	if (rc == 0)
		m->advice = advice;
	lock_release(&m->lock);
	return rc;
}

/* As on a disk that cannot. */
int mem_punch(struct vfs_file *file, uint64_t offset, uint64_t len)
{
	return -EOPNOTSUPP;
}

/* All of a file is data, as on a disk that does not know better. */
int mem_seek(struct vfs_file *file, uint64_t offset, bool hole, uint64_t *out)
{
	struct mem *m = mem_of(file->vfs);
	int rc = mem_enter(m, VFS_MEM_FSTAT, NULL);
	uint64_t size = mem_file_of(file)->node->st.size;
	if (rc == 0 && offset >= size)
		rc = -ENXIO;
	*out = hole ? size : offset;
	lock_release(&m->lock);
	return rc;
}

int mem_lock(struct vfs_file *file, int type, uint64_t offset, uint64_t len)
{
	struct mem *m = mem_of(file->vfs);
	int accmode = mem_file_of(file)->flags & O_ACCMODE;
	if (type == F_UNLCK)
		return 0;
	int rc = mem_enter(m, VFS_MEM_LOCK, NULL);
	if (rc == 0 && ((mem_file_of(file)->flags & O_PATH) != 0 || accmode == (type == F_WRLCK ? O_RDONLY : O_WRONLY)))
		rc = -EBADF;
	lock_release(&m->lock);
	return rc;
}
