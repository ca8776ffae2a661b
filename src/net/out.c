/* What a socket did not take at once. Belongs to the connection's token; costs nothing while it is empty. */
#include <errno.h>
#include <stdlib.h>

#include "net/internal.h"

void out_fini(struct out_queue *q)
{
	free(q->bytes);
	*q = (struct out_queue){ 0 };
}

static bool make_room(struct out_queue *q, size_t more)
{
	if (q->len + more > NET_OUT_MAX)
		return false;
	if (q->start + q->len + more <= q->cap)
		return true;
	if (q->start > 0) {
		memmove(q->bytes, q->bytes + q->start, q->len);
		q->start = 0;
	}
	if (q->len + more <= q->cap)
		return true;
	size_t cap = MAX(q->len + more, MIN(q->cap * 2, NET_OUT_MAX));
	uint8_t *bytes = realloc(q->bytes, cap);
	if (bytes == NULL)
		return false;
	q->bytes = bytes;
	q->cap = cap;
	return true;
}

bool out_append(struct out_queue *q, const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return true;
	if (!make_room(q, len))
		return false;
	memcpy(q->bytes + q->start + q->len, bytes, len);
	q->len += len;
	return true;
}

int out_flush(struct out_queue *q, int fd, bool *progress)
{
	*progress = false;
	while (q->len > 0) {
		ssize_t n = send(fd, q->bytes + q->start, q->len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
		*progress = true;
		q->start += (size_t)n;
		q->len -= (size_t)n;
	}
	out_fini(q);
	return 0;
}
