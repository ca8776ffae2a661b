/* What only a real folder has: FIFOs, devices, sockets, magic links, symlinks swapped under a walk, the permit brackets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/blocking.h"
#include "vfs/posix.h"

#include "scratch.h"

struct fixture {
	char path[64];
	struct vfs *v;
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	scratch_make(x->path);
	assert_int_equal(vfs_posix_new(x->path, &x->v), 0);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;
	vfs_destroy(x->v);
	scratch_remove(x->path);
	free(x);
	return 0;
}

static void in_scratch(const struct fixture *x, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", x->path, name);
}

static void assert_refused(struct vfs *v, const char *name)
{
	static const int flags[] = { O_RDONLY, O_RDWR, O_PATH, O_RDWR | O_CREAT };
	struct vfs_file *f;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		assert_int_equal(v->ops->open(v, name, flags[i], 0644, &f), -ENXIO);
		assert_null(f);
	}
	assert_int_equal(v->ops->open(v, name, O_WRONLY, 0, &f), -ENXIO);
}

static void test_fifo(void **state)
{
	struct fixture *x = *state;
	char path[128];
	struct vfs_stat st;
	in_scratch(x, "fifo", path);
	assert_int_equal(mkfifo(path, 0666), 0);
	assert_refused(x->v, "fifo");
	assert_int_equal(x->v->ops->stat(x->v, "fifo", true, &st), 0);
	assert_true(S_ISFIFO(st.mode));
}

static void test_socket(void **state)
{
	struct fixture *x = *state;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true((size_t)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/socket", x->path) < sizeof(addr.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_refused(x->v, "socket");
	close(fd);
}

static void test_device(void **state)
{
	struct fixture *x = *state;
	char path[128];
	in_scratch(x, "null", path);
	if (mknod(path, S_IFCHR | 0666, makedev(1, 3)) != 0)
		skip(); /* only root may make one */
	struct vfs_file *f;
	int rc = x->v->ops->open(x->v, "null", O_RDWR, 0, &f);
	assert_true(rc == -ENXIO || rc == -EACCES); /* -EACCES: mounted nodev */
	assert_int_equal(x->v->ops->open(x->v, "null", O_PATH, 0, &f), -ENXIO);
}

static void test_magic_links(void **state)
{
	struct vfs *proc;
	struct vfs_file *f;
	if (vfs_posix_new("/proc/self", &proc) != 0)
		skip();
	int rc = proc->ops->open(proc, "root/etc", O_RDONLY, 0, &f);
	assert_true(rc == -ELOOP || rc == -EXDEV);
	rc = proc->ops->open(proc, "cwd", O_PATH, 0, &f);
	assert_true(rc == -ELOOP || rc == -EXDEV);
	vfs_destroy(proc);
}

static void test_root_must_be_a_folder(void **state)
{
	struct vfs *v = (struct vfs *)1;
	assert_int_equal(vfs_posix_new("/etc/passwd", &v), -ENOTDIR);
	assert_null(v);
	assert_int_equal(vfs_posix_new("/nonexistent-folder", &v), -ENOENT);
	assert_int_equal(vfs_posix_new("relative", &v), -EINVAL);
}

/* A local attacker swaps a folder for a symlink to /etc while we walk: nothing of /etc may ever be seen. */
struct race {
	const struct fixture *x;
	atomic_bool stop;
};

static void *swap(void *arg)
{
	struct race *r = arg;
	char folder[128], aside[128], link[128];
	in_scratch(r->x, "d", folder);
	in_scratch(r->x, "aside", aside);
	in_scratch(r->x, "link", link);
	while (!atomic_load(&r->stop)) {
		(void)rename(folder, aside);
		(void)rename(link, folder);
		(void)rename(folder, link);
		(void)rename(aside, folder);
	}
	return NULL;
}

static void test_swapped_folder(void **state)
{
	struct fixture *x = *state;
	struct race r = { .x = x };
	char path[128];
	pthread_t thread;
	struct vfs_stat st;
	struct vfs_file *f;
	assert_int_equal(x->v->ops->mkdir(x->v, "d", 0755), 0);
	in_scratch(x, "link", path);
	assert_int_equal(symlink("/etc", path), 0);
	assert_int_equal(pthread_create(&thread, NULL, swap, &r), 0);
	assert_int_equal(access("/etc/passwd", R_OK), 0); /* there is something to be seen */
	for (int i = 0; i < 3000; i++) {
		int rc = x->v->ops->stat(x->v, "d/passwd", true, &st);
		assert_true(rc == -ENOENT || rc == -EXDEV);
		rc = x->v->ops->open(x->v, "d/passwd", O_RDONLY, 0, &f);
		assert_true(rc == -ENOENT || rc == -EXDEV);
		rc = x->v->ops->unlink(x->v, "d/longhouse-no-such-file");
		assert_true(rc == -ENOENT || rc == -EXDEV || rc == -ENOTDIR);
	}
	atomic_store(&r.stop, true);
	pthread_join(thread, NULL);
}

static _Thread_local int depth;
static unsigned begins;

static void on_begin(void)
{
	assert_int_equal(depth++, 0);
	begins++;
}

static void on_end(void)
{
	assert_int_equal(--depth, 0);
}

static void test_brackets(void **state)
{
	struct fixture *x = *state;
	struct vfs *v = x->v;
	struct vfs_file *f;
	char buf[4096] = { 0 };
	blocking_set_hooks(on_begin, on_end);
	begins = 0;
	assert_int_equal(v->ops->open(v, "f", O_RDWR | O_CREAT, 0644, &f), 0);
	assert_int_equal(begins, 1);
	assert_int_equal(v->ops->pwrite(f, buf, sizeof(buf), 0), 4096);
	assert_int_equal(begins, 2);
	/* In the page cache: not bracketed, or, where the file system has no RWF_NOWAIT, each time. */
	assert_int_equal(v->ops->pread(f, buf, sizeof(buf), 0), 4096);
	assert_true(begins == 2 || begins == 3);
	v->ops->close(f);
	blocking_set_hooks(NULL, NULL);
	assert_int_equal(depth, 0);
}

static void test_splice(void **state)
{
	struct fixture *x = *state;
	struct vfs *v = x->v;
	struct vfs_file *f;
	static char content[100000], got[100000];
	int ends[2];
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (char)(i * 7 + i / 256);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(v->ops->open(v, "f", O_RDWR | O_CREAT, 0644, &f), 0);
	assert_int_equal(v->ops->pwrite(f, content, sizeof(content), 0), sizeof(content));
	assert_int_equal(v->ops->splice(f, ends[1], 61440, 4096), 61440);
	assert_int_equal(read(ends[0], got, sizeof(got)), 61440);
	assert_memory_equal(got, content + 4096, 61440);
	/* Short at the end of the file, nothing behind it; and never a short answer for want of room. */
	assert_int_equal(v->ops->splice(f, ends[1], 61440, 98304), sizeof(content) - 98304);
	assert_int_equal(v->ops->splice(f, ends[1], 61440, sizeof(content)), 0);
	assert_int_equal(read(ends[0], got, sizeof(got)), sizeof(content) - 98304);
	assert_int_equal(v->ops->splice(f, ends[1], 100000, 0), -EAGAIN);
	v->ops->close(f);
	close(ends[0]);
	close(ends[1]);
}

enum { PIECE = 61440 };

static const char *pattern(void)
{
	static char bytes[PIECE];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	return bytes;
}

static void assert_piece(struct vfs_file *f, uint64_t offset, size_t len)
{
	static char got[PIECE];
	assert_int_equal(f->vfs->ops->pread(f, got, len, offset), len);
	assert_memory_equal(got, pattern(), len);
}

static void empty(int pipe)
{
	static char rest[PIECE];
	while (read(pipe, rest, sizeof(rest)) > 0)
		;
}

static void test_splice_in(void **state)
{
	struct fixture *x = *state;
	struct vfs *v = x->v;
	struct vfs_file *f, *reader;
	struct rlimit before, small;
	int ends[2];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(v->ops->open(v, "f", O_RDWR | O_CREAT, 0644, &f), 0);
	assert_int_equal(v->ops->open(v, "f", O_RDONLY, 0, &reader), 0);
	assert_int_equal(write(ends[1], pattern(), PIECE), PIECE);
	/* Refused before it begins: nothing is gone. */
	assert_int_equal(v->ops->pwrite_pipe(reader, ends[0], PIECE, 0), -EBADF);
	assert_int_equal(v->ops->pwrite_pipe(f, ends[0], PIECE, INT64_MAX), -EFBIG);
	assert_int_equal(v->ops->pwrite_pipe(f, ends[0], PIECE, 1001), PIECE);
	assert_piece(f, 1001, PIECE);
	assert_int_equal(read(ends[0], &small, 1), -1);
	/* A pipe that has less than was said is an error, and no wait. */
	assert_int_equal(write(ends[1], pattern(), 100), 100);
	assert_int_equal(v->ops->pwrite_pipe(f, ends[0], 101, 0), -EIO);
	/* What no longer fits. */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ .rlim_cur = 100000, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(write(ends[1], pattern(), PIECE), PIECE);
	ssize_t n = v->ops->pwrite_pipe(f, ends[0], PIECE, 90000);
	empty(ends[0]);
	assert_int_equal(write(ends[1], pattern(), PIECE), PIECE);
	ssize_t none = v->ops->pwrite_pipe(f, ends[0], PIECE, 100000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(n, 10000);
	assert_int_equal(none, -EFBIG);
	assert_piece(f, 90000, 10000);
	v->ops->close(reader);
	v->ops->close(f);
	close(ends[0]);
	close(ends[1]);
}

/* The kernel splices nothing into a file that is open to append: one of its ways to refuse, for ever. */
static void test_splice_in_refused(void **state)
{
	struct fixture *x = *state;
	struct vfs *v = x->v;
	struct vfs_file *f;
	int ends[2];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(v->ops->open(v, "f", O_RDWR | O_CREAT, 0644, &f), 0);
	int fd = v->ops->duplicate(f);
	assert_int_equal(fcntl(fd, F_SETFL, O_APPEND), 0);
	for (uint64_t i = 0; i < 2; i++) {
		assert_int_equal(write(ends[1], pattern(), PIECE), PIECE);
		assert_int_equal(v->ops->pwrite_pipe(f, ends[0], PIECE, i * PIECE), PIECE);
		assert_piece(f, i * PIECE, PIECE);
		assert_true(((struct posix_file *)f)->no_splice_in);
	}
	assert_int_equal(write(ends[1], pattern(), 100), 100);
	assert_int_equal(v->ops->pwrite_pipe(f, ends[0], 101, 0), -EIO);
	close(fd);
	v->ops->close(f);
	close(ends[0]);
	close(ends[1]);
}

/* What a peer sent out of a file's pages by sendfile, and we took out of the socket without a copy, is ours once it is written. */
static void test_splice_in_shares_nothing(void **state)
{
	struct fixture *x = *state;
	struct vfs *v = x->v;
	struct vfs_file *from, *to;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t address_len = sizeof(address);
	int ends[2];
	char other = '!';
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &address_len), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	int server = accept(listener, NULL, NULL);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(v->ops->open(v, "from", O_RDWR | O_CREAT, 0644, &from), 0);
	assert_int_equal(v->ops->open(v, "to", O_RDWR | O_CREAT, 0644, &to), 0);
	assert_int_equal(v->ops->pwrite(from, pattern(), PIECE, 0), PIECE);
	int fd = v->ops->duplicate(from);
	off_t at = 0;
	assert_int_equal(sendfile(client, fd, &at, PIECE), PIECE);
	for (size_t done = 0; done < PIECE;) {
		ssize_t n = splice(server, NULL, ends[1], NULL, PIECE - done, SPLICE_F_MOVE);
		assert_true(n > 0);
		assert_int_equal(v->ops->pwrite_pipe(to, ends[0], (size_t)n, done), n);
		done += (size_t)n;
	}
	for (size_t i = 0; i < PIECE; i += 4096)
		assert_int_equal(v->ops->pwrite(from, &other, 1, i), 1);
	assert_piece(to, 0, PIECE);
	for (size_t i = 0; i < PIECE; i += 4096)
		assert_int_equal(v->ops->pwrite(to, &other, 1, i + 1), 1);
	assert_int_equal(v->ops->pwrite(from, pattern(), PIECE, 0), PIECE);
	assert_piece(from, 0, PIECE);
	const int all[] = { fd, listener, client, server, ends[0], ends[1] };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		close(all[i]);
	v->ops->close(from);
	v->ops->close(to);
}

int main(void)
{
	umask(0);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fifo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_device, setup, teardown),
		cmocka_unit_test_setup_teardown(test_magic_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_root_must_be_a_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_swapped_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_brackets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_splice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_splice_in, setup, teardown),
		cmocka_unit_test_setup_teardown(test_splice_in_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_splice_in_shares_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
