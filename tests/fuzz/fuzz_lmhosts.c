/* An lmhosts file of any bytes, which may include itself; what is read from it can be found in it. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "nbt/lmhosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FINDS_MAX = 1 };

struct reading {
	const char *path;
	unsigned finds;
};

static bool take(void *user, const struct lmhosts_entry *e)
{
	struct reading *r = user;
	uint32_t found[NBT_ADDRESSES_MAX];
	uint8_t suffix = e->suffix >= 0 ? (uint8_t)e->suffix : 0x20;

	CHECK(memchr(e->name, '\0', sizeof(e->name)) != NULL && memchr(e->domain, '\0', sizeof(e->domain)) != NULL && e->name[0] != '\0');
	if (suffix == 0x1B || suffix == 0x1C || r->finds++ == FINDS_MAX)
		return true;
	unsigned n = lmhosts_find(r->path, e->name, suffix, found);
	CHECK(n > 0 && n <= NBT_ADDRESSES_MAX);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* One file for all inputs, so that one that includes /proc/self/fd/N finds it again. */
	static int fd = -1;
	char path[64];
	struct reading r = { .path = path };

	if (fd < 0)
		fd = memfd_create("lmhosts", 0);
	CHECK(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, len, 0) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(lmhosts_read(path, take, &r));
	return 0;
}
