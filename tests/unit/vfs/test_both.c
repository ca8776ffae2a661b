/* What every file system behind struct vfs_ops does: the same bodies run on a real folder and in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "vfs/mem.h"
#include "vfs/vfs.h"

#include "scratch.h"

#define NOW (NTTIME_UNIX_EPOCH + 1700000000ull * NTTIME_PER_SEC)

struct fixture {
	char path[64]; /* "": in memory */
	struct vfs *v;
};

static int setup_posix(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	scratch_make(x->path);
	assert_int_equal(vfs_posix_new(x->path, &x->v), 0);
	*state = x;
	return 0;
}

static int setup_mem(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	x->v = vfs_mem_new(NOW);
	assert_non_null(x->v);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;
	vfs_destroy(x->v);
	if (x->path[0] != '\0')
		scratch_remove(x->path);
	free(x);
	return 0;
}

static struct vfs *vfs_in(void **state)
{
	return ((struct fixture *)*state)->v;
}

static void make(struct vfs *v, const char *path, const char *text)
{
	struct vfs_file *f;
	assert_int_equal(v->ops->open(v, path, O_RDWR | O_CREAT | O_TRUNC, 0644, &f), 0);
	assert_int_equal(v->ops->pwrite(f, text, strlen(text), 0), (ssize_t)strlen(text));
	v->ops->close(f);
}

static void assert_content(struct vfs *v, const char *path, const char *text)
{
	struct vfs_file *f;
	char buf[256];
	assert_int_equal(v->ops->open(v, path, O_RDONLY, 0, &f), 0);
	ssize_t n = v->ops->pread(f, buf, sizeof(buf), 0);
	assert_int_equal(n, (ssize_t)strlen(text));
	assert_memory_equal(buf, text, strlen(text));
	v->ops->close(f);
}

static int stat_rc(struct vfs *v, const char *path)
{
	struct vfs_stat st;
	return v->ops->stat(v, path, true, &st);
}

static int open_rc(struct vfs *v, const char *path, int flags)
{
	struct vfs_file *f;
	int rc = v->ops->open(v, path, flags, 0644, &f);
	assert_true((rc == 0) == (f != NULL));
	if (rc == 0)
		v->ops->close(f);
	return rc;
}

static void test_open_flags(void **state)
{
	struct vfs *v = vfs_in(state);
	assert_int_equal(open_rc(v, "f", O_RDONLY), -ENOENT);
	assert_int_equal(open_rc(v, "f", O_RDWR | O_CREAT | O_EXCL), 0);
	assert_int_equal(open_rc(v, "f", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	assert_int_equal(open_rc(v, "f", O_RDONLY | O_DIRECTORY), -ENOTDIR);
	assert_int_equal(open_rc(v, "f/x", O_RDONLY), -ENOTDIR);
	assert_int_equal(open_rc(v, "no/x", O_RDWR | O_CREAT), -ENOENT);
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	assert_int_equal(open_rc(v, "d", O_RDONLY), 0);
	assert_int_equal(open_rc(v, "d", O_PATH), 0);
	assert_int_equal(open_rc(v, "d", O_RDWR), -EISDIR);
	assert_int_equal(open_rc(v, "d", O_RDWR | O_CREAT), -EISDIR);
	assert_int_equal(open_rc(v, "", O_RDONLY | O_DIRECTORY), 0);
	make(v, "d/g", "content");
	assert_int_equal(open_rc(v, "d/g", O_WRONLY | O_TRUNC), 0);
	assert_content(v, "d/g", "");
}

static void test_out_of_a_pipe(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_file *f;
	int ends[2];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(v->ops->open(v, "f", O_RDWR | O_CREAT, 0644, &f), 0);
	assert_int_equal(write(ends[1], "hello world", 11), 11);
	assert_int_equal(v->ops->pwrite_pipe(f, ends[0], 6, 0), 6);
	assert_int_equal(v->ops->pwrite_pipe(f, ends[0], 5, 6), 5);
	assert_int_equal(v->ops->pwrite_pipe(f, ends[0], 5, 6), -EIO); /* there is nothing in it */
	v->ops->close(f);
	assert_content(v, "f", "hello world");
	close(ends[0]);
	close(ends[1]);
}

static void test_long_names(void **state)
{
	struct vfs *v = vfs_in(state);
	char name[300];
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	assert_int_equal(open_rc(v, name, O_RDWR | O_CREAT), 0);
	assert_int_equal(stat_rc(v, name), 0);
	name[255] = 'n';
	name[256] = '\0';
	assert_int_equal(open_rc(v, name, O_RDWR | O_CREAT), -ENAMETOOLONG);
	assert_int_equal(v->ops->mkdir(v, name, 0755), -ENAMETOOLONG);
}

static void test_data(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_file *f;
	struct vfs_stat st;
	char buf[16] = "";
	assert_int_equal(v->ops->open(v, "f", O_RDWR | O_CREAT, 0644, &f), 0);
	assert_int_equal(v->ops->pwrite(f, "hello", 5, 10000), 5);
	assert_int_equal(v->ops->fstat(f, &st), 0);
	assert_int_equal(st.size, 10005);
	assert_int_equal(v->ops->pread(f, buf, sizeof(buf), 9998), 7);
	assert_memory_equal(buf, "\0\0hello", 7);
	assert_int_equal(v->ops->pread(f, buf, sizeof(buf), 10005), 0);
	assert_int_equal(v->ops->pread(f, buf, sizeof(buf), INT64_MAX - 100), 0);
	assert_int_equal(v->ops->pread(f, buf, sizeof(buf), UINT64_MAX), -EINVAL);
	assert_int_equal(v->ops->pwrite(f, buf, sizeof(buf), UINT64_MAX - 3), -EFBIG);
	assert_int_equal(v->ops->pwrite(f, buf, sizeof(buf), 1ull << 62), -EFBIG);
	/* What a truncate cut off reads as zeros when the file grows again. */
	assert_int_equal(v->ops->truncate(f, 10001), 0);
	assert_int_equal(v->ops->truncate(f, 10004), 0);
	assert_int_equal(v->ops->pread(f, buf, sizeof(buf), 10000), 4);
	assert_memory_equal(buf, "h\0\0\0", 4);
	assert_int_equal(v->ops->truncate(f, UINT64_MAX), -EFBIG);
	assert_int_equal(v->ops->sync(f), 0);
	static const enum vfs_advice advices[] = { VFS_ADVICE_SEQUENTIAL, VFS_ADVICE_RANDOM, VFS_ADVICE_NORMAL };
	for (size_t i = 0; i < ARRAY_LEN(advices); i++)
		assert_int_equal(v->ops->advise(f, advices[i]), 0);
	v->ops->close(f);
}

static void test_data_needs_the_right_open(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_file *f;
	char c = 'x';
	make(v, "f", "text");
	assert_int_equal(v->ops->open(v, "f", O_RDONLY, 0, &f), 0);
	assert_int_equal(v->ops->pwrite(f, &c, 1, 0), -EBADF);
	assert_int_equal(v->ops->truncate(f, 0), -EINVAL);
	v->ops->close(f);
	assert_int_equal(v->ops->open(v, "f", O_WRONLY, 0, &f), 0);
	assert_int_equal(v->ops->pread(f, &c, 1, 0), -EBADF);
	v->ops->close(f);
	assert_int_equal(v->ops->open(v, "f", O_PATH, 0, &f), 0);
	assert_int_equal(v->ops->pread(f, &c, 1, 0), -EBADF);
	assert_int_equal(v->ops->advise(f, VFS_ADVICE_RANDOM), -EBADF);
	v->ops->close(f);
	assert_int_equal(v->ops->open(v, "", O_RDONLY, 0, &f), 0);
	assert_int_equal(v->ops->pread(f, &c, 1, 0), -EISDIR);
	v->ops->close(f);
	assert_content(v, "f", "text");
}

static void test_allocate_keeps_the_size(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_file *f;
	struct vfs_stat st;
	assert_int_equal(v->ops->open(v, "f", O_RDWR | O_CREAT, 0644, &f), 0);
	int rc = v->ops->allocate(f, 65536);
	assert_true(rc == 0 || rc == -EOPNOTSUPP);
	assert_int_equal(v->ops->fstat(f, &st), 0);
	assert_int_equal(st.size, 0);
	if (rc == 0)
		assert_true(st.allocated >= 65536);
	v->ops->close(f);
}

static void test_removed_while_open(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_file *f;
	struct vfs_stat st;
	char buf[8];
	make(v, "f", "still");
	assert_int_equal(v->ops->open(v, "f", O_RDONLY, 0, &f), 0);
	assert_int_equal(v->ops->unlink(v, "f"), 0);
	assert_int_equal(stat_rc(v, "f"), -ENOENT);
	assert_int_equal(v->ops->pread(f, buf, sizeof(buf), 0), 5);
	assert_int_equal(v->ops->fstat(f, &st), 0);
	assert_int_equal(st.nlink, 0);
	v->ops->close(f);
}

static void test_folders(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_stat st;
	assert_int_equal(v->ops->mkdir(v, "a", 0755), 0);
	assert_int_equal(v->ops->mkdir(v, "a", 0755), -EEXIST);
	assert_int_equal(v->ops->mkdir(v, "a/b", 0755), 0);
	assert_int_equal(v->ops->mkdir(v, "x/b", 0755), -ENOENT);
	make(v, "a/f", "");
	assert_int_equal(v->ops->mkdir(v, "a/f/x", 0755), -ENOTDIR);
	assert_int_equal(v->ops->stat(v, "a/b", true, &st), 0);
	assert_true(S_ISDIR(st.mode));
	assert_int_equal(v->ops->rmdir(v, "a"), -ENOTEMPTY);
	assert_int_equal(v->ops->rmdir(v, "a/f"), -ENOTDIR);
	assert_int_equal(v->ops->unlink(v, "a/b"), -EISDIR);
	assert_int_equal(v->ops->unlink(v, "a/f"), 0);
	assert_int_equal(v->ops->rmdir(v, "a/b"), 0);
	assert_int_equal(v->ops->rmdir(v, "a"), 0);
	assert_int_equal(v->ops->rmdir(v, "a"), -ENOENT);
}

static void test_the_root_stays(void **state)
{
	struct vfs *v = vfs_in(state);
	assert_int_equal(v->ops->mkdir(v, "", 0755), -EEXIST);
	assert_int_equal(v->ops->rmdir(v, ""), -EINVAL);
	assert_int_equal(v->ops->unlink(v, ""), -EINVAL);
	assert_int_equal(v->ops->rmdir(v, "."), -EINVAL);
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	assert_int_equal(v->ops->rmdir(v, "d/.."), -EINVAL);
	assert_int_equal(v->ops->rename(v, "", "x", 0), -EINVAL);
	assert_int_equal(v->ops->rename(v, "d", "", 0), -EINVAL);
	assert_int_equal(stat_rc(v, "d"), 0);
}

static void test_rename(void **state)
{
	struct vfs *v = vfs_in(state);
	make(v, "a", "A");
	make(v, "b", "B");
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	assert_int_equal(v->ops->mkdir(v, "d/e", 0755), 0);
	assert_int_equal(v->ops->rename(v, "a", "b", VFS_RENAME_NOREPLACE), -EEXIST);
	assert_content(v, "b", "B");
	assert_int_equal(v->ops->rename(v, "a", "b", 0), 0);
	assert_int_equal(stat_rc(v, "a"), -ENOENT);
	assert_content(v, "b", "A");
	assert_int_equal(v->ops->rename(v, "b", "d/e/c", VFS_RENAME_NOREPLACE), 0);
	assert_content(v, "d/e/c", "A");
	assert_int_equal(v->ops->rename(v, "none", "x", 0), -ENOENT);
	assert_int_equal(v->ops->rename(v, "d", "d/e/f", 0), -EINVAL);
	assert_int_equal(v->ops->rename(v, "d/e", "d", 0), -ENOTEMPTY);
	assert_int_equal(v->ops->rename(v, "d/e/c", "d", 0), -ENOTEMPTY);
	make(v, "g", "G");
	assert_int_equal(v->ops->rename(v, "g", "d", 0), -EISDIR);
	assert_int_equal(v->ops->rename(v, "d", "g", 0), -ENOTDIR);
	assert_int_equal(v->ops->rename(v, "g", "g", 0), 0);
	assert_int_equal(v->ops->rename(v, "d/e", "E", 0), 0);
	assert_content(v, "E/c", "A");
	assert_int_equal(v->ops->rename(v, "E", "e", VFS_RENAME_NOREPLACE), 0);
	assert_content(v, "e/c", "A");
}

static void test_hard_links(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_stat a, b;
	make(v, "a", "A");
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	assert_int_equal(v->ops->link(v, "a", "d/b"), 0);
	assert_int_equal(v->ops->link(v, "a", "d/b"), -EEXIST);
	assert_int_equal(v->ops->link(v, "none", "c"), -ENOENT);
	assert_int_equal(v->ops->link(v, "d", "c"), -EPERM);
	assert_int_equal(v->ops->stat(v, "a", true, &a), 0);
	assert_int_equal(v->ops->stat(v, "d/b", true, &b), 0);
	assert_int_equal(a.ino, b.ino);
	assert_int_equal(a.nlink, 2);
	assert_int_equal(v->ops->rename(v, "a", "d/b", 0), 0); /* two names of one file: nothing happens */
	assert_int_equal(v->ops->unlink(v, "a"), 0);
	assert_content(v, "d/b", "A");
	assert_int_equal(v->ops->stat(v, "d/b", true, &b), 0);
	assert_int_equal(b.nlink, 1);
}

static void test_links_of_folders(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_stat st;
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	assert_int_equal(v->ops->mkdir(v, "d/e", 0755), 0);
	assert_int_equal(v->ops->stat(v, "d", true, &st), 0);
	if (st.nlink != 1) /* btrfs and others do not count */
		assert_int_equal(st.nlink, 3);
	assert_int_equal(v->ops->rename(v, "d/e", "e", 0), 0);
	assert_int_equal(v->ops->stat(v, "d", true, &st), 0);
	if (st.nlink != 1)
		assert_int_equal(st.nlink, 2);
}

static void test_symlinks_inside(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_stat st;
	char buf[32];
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	assert_int_equal(v->ops->mkdir(v, "d/sub", 0755), 0);
	make(v, "d/f", "F");
	assert_int_equal(v->ops->symlink(v, "d/f", "l"), 0);
	assert_int_equal(v->ops->symlink(v, "d", "ld"), 0);
	assert_int_equal(v->ops->symlink(v, "../../d/f", "d/sub/up"), 0);
	assert_int_equal(v->ops->symlink(v, "x", "l"), -EEXIST);
	assert_content(v, "l", "F");
	assert_content(v, "ld/f", "F");
	assert_content(v, "ld/sub/up", "F");
	assert_int_equal(v->ops->stat(v, "l", false, &st), 0);
	assert_true(S_ISLNK(st.mode));
	assert_int_equal(v->ops->stat(v, "l", true, &st), 0);
	assert_true(S_ISREG(st.mode));
	assert_int_equal(v->ops->readlink(v, "l", buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "d/f", 3);
	assert_int_equal(v->ops->readlink(v, "d/f", buf, sizeof(buf)), -EINVAL);
	assert_int_equal(open_rc(v, "l", O_RDONLY | O_NOFOLLOW), -ELOOP);
	assert_int_equal(open_rc(v, "l", O_PATH | O_NOFOLLOW), 0);
	assert_int_equal(v->ops->unlink(v, "l"), 0);
	assert_content(v, "d/f", "F");
	assert_int_equal(v->ops->rmdir(v, "ld"), -ENOTDIR);
}

static void test_symlinks_that_lead_nowhere(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_stat st;
	assert_int_equal(v->ops->symlink(v, "gone", "dangling"), 0);
	assert_int_equal(v->ops->symlink(v, "loop", "loop"), 0);
	assert_int_equal(stat_rc(v, "dangling"), -ENOENT);
	assert_int_equal(v->ops->stat(v, "dangling", false, &st), 0);
	assert_int_equal(stat_rc(v, "loop"), -ELOOP);
	assert_int_equal(open_rc(v, "loop", O_RDONLY), -ELOOP);
	assert_int_equal(open_rc(v, "dangling", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	assert_int_equal(open_rc(v, "dangling", O_RDWR | O_CREAT), 0);
	assert_int_equal(stat_rc(v, "gone"), 0);
}

/* The border: each way out is refused, by every operation that walks. */
static void test_no_way_out(void **state)
{
	struct vfs *v = vfs_in(state);
	static const char *const ways[] = { "..", "../x", "d/../../x", "abs", "abs/x", "up", "up/x", "deep/x", "/etc/passwd" };
	struct vfs_file *f;
	struct vfs_space space;
	char buf[8];
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	assert_int_equal(v->ops->symlink(v, "/tmp", "abs"), 0);
	assert_int_equal(v->ops->symlink(v, "..", "up"), 0);
	assert_int_equal(v->ops->symlink(v, "d/../up", "deep"), 0);
	make(v, "inside", "in");
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		const char *way = ways[i];
		const struct vfs_times times = { .mtime = NOW };
		assert_int_equal(v->ops->open(v, way, O_RDWR | O_CREAT, 0644, &f), -EXDEV);
		assert_int_equal(v->ops->open(v, way, O_PATH, 0, &f), -EXDEV);
		assert_int_equal(stat_rc(v, way), -EXDEV);
		assert_int_equal(v->ops->set_times(v, NULL, way, &times), -EXDEV);
		assert_int_equal(v->ops->chmod(v, NULL, way, 0600), -EXDEV);
		assert_int_equal(v->ops->setxattr(v, NULL, way, "user.x", "1", 1), -EXDEV);
		assert_int_equal(v->ops->getxattr(v, NULL, way, "user.x", buf, sizeof(buf)), -EXDEV);
		assert_int_equal(v->ops->access(v, way, R_OK), -EXDEV);
		assert_int_equal(v->ops->space(v, way, &space), -EXDEV);
		assert_int_equal(v->ops->list(v, way, NULL, NULL), -EXDEV);
	}
	static const char *const places[] = { "../x", "d/../../x", "abs/x", "up/x", "deep/x" };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		assert_int_equal(v->ops->mkdir(v, places[i], 0755), -EXDEV);
		assert_int_equal(v->ops->rmdir(v, places[i]), -EXDEV);
		assert_int_equal(v->ops->unlink(v, places[i]), -EXDEV);
		assert_int_equal(v->ops->rename(v, "inside", places[i], 0), -EXDEV);
		assert_int_equal(v->ops->rename(v, places[i], "y", 0), -EXDEV);
		assert_int_equal(v->ops->link(v, "inside", places[i]), -EXDEV);
		assert_int_equal(v->ops->symlink(v, "t", places[i]), -EXDEV);
		assert_int_equal(v->ops->readlink(v, places[i], buf, sizeof(buf)), -EXDEV);
	}
	assert_content(v, "d/../inside", "in"); /* ".." below the root is no way out */
}

struct seen {
	unsigned n, folders, files, links;
	unsigned stop_at;
};

static bool note(void *user, const char *name, uint64_t ino, uint8_t d_type)
{
	struct seen *s = user;
	assert_string_not_equal(name, ".");
	assert_string_not_equal(name, "..");
	assert_true(ino != 0);
	s->n++;
	s->folders += d_type == DT_DIR;
	s->files += d_type == DT_REG;
	s->links += d_type == DT_LNK;
	return s->n != s->stop_at;
}

static void test_list(void **state)
{
	struct vfs *v = vfs_in(state);
	char name[64];
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	for (int i = 0; i < 3000; i++) { /* more than one buffer of the kernel's */
		snprintf(name, sizeof(name), "d/a file with number %d", i);
		assert_int_equal(open_rc(v, name, O_RDWR | O_CREAT), 0);
	}
	assert_int_equal(v->ops->mkdir(v, "d/sub", 0755), 0);
	assert_int_equal(v->ops->symlink(v, "sub", "d/link"), 0);
	struct seen all = { .n = 0 }, some = { .stop_at = 7 }, none = { .n = 0 };
	assert_int_equal(v->ops->list(v, "d", note, &all), 0);
	assert_int_equal(all.n, 3002);
	assert_int_equal(all.folders, 1);
	assert_int_equal(all.files, 3000);
	assert_int_equal(all.links, 1);
	assert_int_equal(v->ops->list(v, "d", note, &some), 0);
	assert_int_equal(some.n, 7);
	assert_int_equal(v->ops->list(v, "d/link", note, &none), 0);
	assert_int_equal(none.n, 0);
	assert_int_equal(v->ops->list(v, "none", note, &none), -ENOENT);
	assert_int_equal(v->ops->list(v, "d/a file with number 1", note, &none), -ENOTDIR);
}

static void test_by_name_in_a_folder(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_file *d;
	struct vfs_stat st;
	char buf[8];
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	make(v, "d/f", "text");
	assert_int_equal(v->ops->symlink(v, "f", "d/l"), 0);
	assert_int_equal(v->ops->setxattr(v, NULL, "d/f", "user.x", "abc", 3), 0);
	assert_int_equal(v->ops->open(v, "d", O_PATH | O_DIRECTORY, 0, &d), 0);
	assert_int_equal(v->ops->stat_at(d, "f", &st), 0);
	assert_int_equal(st.size, 4);
	assert_int_equal(v->ops->getxattr_at(d, "f", "user.x", buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "abc", 3);
	assert_int_equal(v->ops->stat_at(d, "l", &st), 0);
	assert_true(S_ISLNK(st.mode));
	assert_int_equal(v->ops->getxattr_at(d, "l", "user.x", buf, sizeof(buf)), -ENODATA);
	assert_int_equal(v->ops->stat_at(d, "none", &st), -ENOENT);
	assert_int_equal(v->ops->getxattr_at(d, "none", "user.x", buf, sizeof(buf)), -ENOENT);
	static const char *const bad[] = { "", ".", "..", "../d", "/etc", "d/f" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(v->ops->stat_at(d, bad[i], &st), -EINVAL);
		assert_int_equal(v->ops->getxattr_at(d, bad[i], "user.x", buf, sizeof(buf)), -EINVAL);
	}
	v->ops->close(d);
}

static void test_stat_with_xattr(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_stat st, plain;
	char buf[8];
	ssize_t len = 0;
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	make(v, "d/f", "text");
	assert_int_equal(v->ops->symlink(v, "f", "d/l"), 0);
	assert_int_equal(v->ops->symlink(v, "/etc/passwd", "d/out"), 0);
	assert_int_equal(v->ops->setxattr(v, NULL, "d/f", "user.x", "abc", 3), 0);
	assert_int_equal(v->ops->stat(v, "d/f", true, &plain), 0);
	static const char *const ways[] = { "d/f", "d/l" };
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		memset(buf, 0, sizeof(buf));
		assert_int_equal(v->ops->stat_xattr(v, ways[i], &st, "user.x", buf, sizeof(buf), &len), 0);
		assert_int_equal(st.ino, plain.ino);
		assert_int_equal(st.size, 4);
		assert_int_equal(len, 3);
		assert_memory_equal(buf, "abc", 3);
	}
	assert_int_equal(v->ops->stat_xattr(v, "d/f", &st, "user.none", buf, sizeof(buf), &len), 0);
	assert_int_equal(len, -ENODATA);
	assert_int_equal(v->ops->stat_xattr(v, "d/f", &st, "user.x", buf, 2, &len), 0);
	assert_int_equal(len, -ERANGE);
	assert_int_equal(v->ops->stat_xattr(v, "", &st, "user.x", buf, sizeof(buf), &len), 0);
	assert_true(S_ISDIR(st.mode));
	assert_int_equal(v->ops->stat_xattr(v, "d/none", &st, "user.x", buf, sizeof(buf), &len), -ENOENT);
	assert_int_equal(v->ops->stat_xattr(v, "d/out", &st, "user.x", buf, sizeof(buf), &len), -EXDEV);
}

static void check_xattrs(struct vfs *v, struct vfs_file *f, const char *path)
{
	char buf[64];
	assert_int_equal(v->ops->getxattr(v, f, path, "user.a", buf, sizeof(buf)), -ENODATA);
	assert_int_equal(v->ops->setxattr(v, f, path, "user.a", "12345", 5), 0);
	assert_int_equal(v->ops->getxattr(v, f, path, "user.a", buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "12345", 5);
	assert_int_equal(v->ops->getxattr(v, f, path, "user.a", NULL, 0), 5);
	assert_int_equal(v->ops->getxattr(v, f, path, "user.a", buf, 4), -ERANGE);
	assert_int_equal(v->ops->setxattr(v, f, path, "user.a", "", 0), 0);
	assert_int_equal(v->ops->getxattr(v, f, path, "user.a", buf, sizeof(buf)), 0);
	assert_int_equal(v->ops->setxattr(v, f, path, "nonsense", "1", 1), -EOPNOTSUPP);
	assert_int_equal(v->ops->getxattr(v, f, path, "nonsense", buf, sizeof(buf)), -EOPNOTSUPP);
	ssize_t n = v->ops->listxattr(v, f, path, buf, sizeof(buf));
	assert_true(n >= 7);
	assert_non_null(memmem(buf, (size_t)n, "user.a", 7));
	assert_int_equal(v->ops->listxattr(v, f, path, NULL, 0), n);
	assert_int_equal(v->ops->listxattr(v, f, path, buf, 3), -ERANGE);
	assert_int_equal(v->ops->removexattr(v, f, path, "user.a"), 0);
	assert_int_equal(v->ops->removexattr(v, f, path, "user.a"), -ENODATA);
}

static void test_xattrs(void **state)
{
	struct vfs *v = vfs_in(state);
	static const int flags[] = { O_RDONLY, O_RDWR, O_PATH };
	struct vfs_file *f;
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	make(v, "d/f", "");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		assert_int_equal(v->ops->open(v, "d/f", flags[i], 0, &f), 0);
		check_xattrs(v, f, NULL);
		v->ops->close(f);
	}
	check_xattrs(v, NULL, "d/f");
	check_xattrs(v, NULL, "d");
	check_xattrs(v, NULL, "");
	assert_int_equal(v->ops->setxattr(v, NULL, "none", "user.a", "1", 1), -ENOENT);
}

static void check_metadata(struct vfs *v, struct vfs_file *f, const char *path)
{
	const nttime mtime = NOW + 1234567, atime = NOW - NTTIME_PER_SEC;
	const struct vfs_times both = { .atime = atime, .mtime = mtime }, only_mtime = { .mtime = NOW };
	struct vfs_stat st;
	assert_int_equal(v->ops->set_times(v, f, path, &both), 0);
	assert_int_equal(v->ops->stat(v, "d/f", true, &st), 0);
	assert_int_equal(st.mtime, mtime);
	assert_int_equal(st.atime, atime);
	assert_int_equal(v->ops->set_times(v, f, path, &only_mtime), 0);
	assert_int_equal(v->ops->stat(v, "d/f", true, &st), 0);
	assert_int_equal(st.mtime, NOW);
	assert_int_equal(st.atime, atime);
	assert_int_equal(v->ops->chmod(v, f, path, 0640), 0);
	assert_int_equal(v->ops->stat(v, "d/f", true, &st), 0);
	assert_int_equal(st.mode, S_IFREG | 0640);
	assert_int_equal(v->ops->chmod(v, f, path, 0444), 0);
	assert_int_equal(v->ops->stat(v, "d/f", true, &st), 0);
	assert_int_equal(st.mode, S_IFREG | 0444);
	assert_int_equal(v->ops->chown(v, f, path, st.uid, st.gid), 0);
	assert_int_equal(v->ops->chmod(v, f, path, 0644), 0);
}

static void test_metadata(void **state)
{
	struct vfs *v = vfs_in(state);
	static const int flags[] = { O_RDONLY, O_RDWR, O_PATH };
	struct vfs_file *f;
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	make(v, "d/f", "");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		assert_int_equal(v->ops->open(v, "d/f", flags[i], 0, &f), 0);
		check_metadata(v, f, NULL);
		v->ops->close(f);
	}
	check_metadata(v, NULL, "d/f");
}

static void test_stamps(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_stat before, after, file;
	const struct vfs_times old = { .mtime = NOW - NTTIME_PER_SEC };
	assert_int_equal(v->ops->mkdir(v, "d", 0755), 0);
	assert_int_equal(v->ops->set_times(v, NULL, "d", &old), 0);
	assert_int_equal(v->ops->stat(v, "d", true, &before), 0);
	make(v, "d/f", "x");
	assert_int_equal(v->ops->stat(v, "d", true, &after), 0);
	assert_int_equal(v->ops->stat(v, "d/f", true, &file), 0);
	assert_true(after.mtime > before.mtime);
	assert_true(after.ctime >= before.ctime);
	if (file.btime != 0)
		assert_true(file.btime <= file.mtime);
	assert_true(file.ino != after.ino);
	assert_int_equal(file.dev, after.dev);
}

static void test_access_and_space(void **state)
{
	struct vfs *v = vfs_in(state);
	struct vfs_space s;
	make(v, "f", "");
	assert_int_equal(v->ops->access(v, "f", R_OK | W_OK), 0);
	assert_int_equal(v->ops->access(v, "f", X_OK), -EACCES); /* no x bit at all: not even for root */
	assert_int_equal(v->ops->access(v, "none", R_OK), -ENOENT);
	assert_int_equal(v->ops->space(v, "", &s), 0);
	assert_true(s.total > 0 && s.free <= s.total && s.available <= s.free);
	assert_true(s.name_max >= 255 && s.block_size >= 512);
	assert_int_equal(v->ops->space(v, "none", &s), -ENOENT);
}

static const struct CMUnitTest bodies[] = {
	cmocka_unit_test(test_open_flags),
	cmocka_unit_test(test_long_names),
	cmocka_unit_test(test_out_of_a_pipe),
	cmocka_unit_test(test_data),
	cmocka_unit_test(test_data_needs_the_right_open),
	cmocka_unit_test(test_allocate_keeps_the_size),
	cmocka_unit_test(test_removed_while_open),
	cmocka_unit_test(test_folders),
	cmocka_unit_test(test_the_root_stays),
	cmocka_unit_test(test_rename),
	cmocka_unit_test(test_hard_links),
	cmocka_unit_test(test_links_of_folders),
	cmocka_unit_test(test_symlinks_inside),
	cmocka_unit_test(test_symlinks_that_lead_nowhere),
	cmocka_unit_test(test_no_way_out),
	cmocka_unit_test(test_list),
	cmocka_unit_test(test_by_name_in_a_folder),
	cmocka_unit_test(test_stat_with_xattr),
	cmocka_unit_test(test_xattrs),
	cmocka_unit_test(test_metadata),
	cmocka_unit_test(test_stamps),
	cmocka_unit_test(test_access_and_space),
};

static int run(const char *name, CMFixtureFunction setup)
{
	struct CMUnitTest tests[ARRAY_LEN(bodies)];
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		tests[i] = bodies[i];
		tests[i].setup_func = setup;
		tests[i].teardown_func = teardown;
	}
	return _cmocka_run_group_tests(name, tests, ARRAY_LEN(tests), NULL, NULL);
}

int main(void)
{
	umask(0);
	return run("posix", setup_posix) + run("mem", setup_mem);
}
