/* What a pipe holds into a file that takes only bytes from memory. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "vfs/vfs.h"

/* -EIO: there are fewer. */
static int read_pipe(int pipe, uint8_t *into, size_t len)
{
	size_t done = 0;
	while (done < len) {
		ssize_t n = read(pipe, into + done, len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return -EIO;
	}
	return 0;
}

ssize_t vfs_pwrite_pipe_copied(struct vfs_file *f, int pipe, size_t len, uint64_t offset)
{
	uint8_t *bytes = malloc(MAX(len, 1u));
	if (bytes == NULL)
		return -ENOMEM;
	int err = read_pipe(pipe, bytes, len);
	ssize_t n = err == 0 ? f->vfs->ops->pwrite(f, bytes, len, offset) : err;
	free(bytes);
	return n;
}
