#include "mount/maps.h"

#include <linux/fuse.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

/* Bit 36 of the flags, FUSE_DIRECT_IO_ALLOW_MMAP; those from 32 on have a word of their own. */
enum { ALLOW_MMAP = 1 << (36 - 32) };

/* The kernel waits for the answer to FUSE_INIT before it asks anything else: so that is the first that is written. */
static atomic_flag answered = ATOMIC_FLAG_INIT;

static ssize_t write_answer(int fd, struct iovec *v, int n, void *user)
{
	struct fuse_init_out init;

	if (atomic_flag_test_and_set(&answered) || n != 2 || v[1].iov_len != sizeof(init))
		return writev(fd, v, n);
	memcpy(&init, v[1].iov_base, sizeof(init));
	init.flags |= FUSE_INIT_EXT;
	init.flags2 |= ALLOW_MMAP;
	struct iovec with[2] = { v[0], { &init, sizeof(init) } };
	return writev(fd, with, 2);
}

static ssize_t read_question(int fd, void *out, size_t len, void *user) { return read(fd, out, len); }

bool maps_allow(struct fuse_session *session)
{
	static const struct fuse_custom_io io = { .writev = write_answer, .read = read_question };
	return fuse_session_custom_io(session, &io, fuse_session_fd(session)) == 0;
}
