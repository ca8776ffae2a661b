#include "client/target.h"

#include <errno.h>
#include <unistd.h>

void cli_target_put(struct cli_target *to, struct slice bytes)
{
	while (bytes.len > 0 && to->err == 0) {
		ssize_t n = to->is_stream ? write(to->fd, bytes.ptr, bytes.len) : pwrite(to->fd, bytes.ptr, bytes.len, (off_t)to->next);
		if (n < 0 && errno != EINTR)
			to->err = errno;
		if (n <= 0)
			continue;
		to->next += (uint64_t)n;
		bytes = slice_of(bytes.ptr + n, bytes.len - (size_t)n);
	}
}
