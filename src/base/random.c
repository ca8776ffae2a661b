/* Unpredictable bytes from the kernel. Stateless; any thread. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/check.h"

void random_bytes(void *out, size_t len)
{
	uint8_t *at = out;
	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);
		if (got < 0) {
			CHECK(errno == EINTR);
			continue;
		}
		at += got;
		len -= (size_t)got;
	}
}

uint32_t random_u32(void)
{
	uint32_t value;
	random_bytes(&value, sizeof(value));
	return value;
}
