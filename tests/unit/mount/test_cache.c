/* A file's cache beside two plain arrays: what programs wrote, and what the server has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "mount/cache.h"

enum { FILE_SIZE = 5 * CACHE_BLOCK + 123, STEPS = 4000 };

struct file {
	struct mount_cache cache;
	uint8_t written[FILE_SIZE], server[FILE_SIZE];
	uint64_t size; /* of what was written */
	uint32_t seed;
};

static uint32_t chance(struct file *f, uint32_t below)
{
	f->seed = f->seed * 1664525u + 1013904223u;
	return (f->seed >> 8) % below;
}

static void write_back(struct file *f)
{
	uint8_t run[3 * CACHE_BLOCK / 2];
	uint64_t offset;
	size_t len;

	while ((len = mount_cache_gather(&f->cache, &offset, run, sizeof(run))) > 0) {
		assert_true(offset + len <= f->size);
		memcpy(f->server + offset, run, len);
		mount_cache_clean(&f->cache, offset, len);
	}
	assert_int_equal(f->cache.dirty, 0);
	assert_memory_equal(f->server, f->written, FILE_SIZE);
}

static void write_some(struct file *f, uint64_t at, size_t len)
{
	uint8_t bytes[CACHE_BLOCK * 2];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)chance(f, 256);
	memcpy(f->written + at, bytes, len);
	f->size = MAX(f->size, at + len);
	for (size_t done = 0; done < len;) {
		size_t kept = mount_cache_write(&f->cache, at + done, bytes + done, len - done);
		done += kept;
		if (done == len)
			break;
		/* As its owner does: what is dirty goes first. */
		uint8_t run[CACHE_BLOCK];
		uint64_t offset;
		size_t n = mount_cache_gather(&f->cache, &offset, run, sizeof(run));
		assert_true(n > 0);
		memcpy(f->server + offset, run, n);
		mount_cache_clean(&f->cache, offset, n);
	}
}

static void read_some(struct file *f, uint64_t at, size_t len)
{
	uint8_t bytes[CACHE_BLOCK * 2];

	for (size_t done = 0; done < len;) {
		size_t n = mount_cache_read(&f->cache, at + done, bytes, len - done);
		assert_memory_equal(bytes, f->written + at + done, n);
		if (n == 0) {
			n = MIN(len - done, (size_t)4096);
			if (mount_cache_is_dirty_in(&f->cache, at + done, n))
				write_back(f);
			assert_memory_equal(f->server + at + done, f->written + at + done, n);
			mount_cache_fill(&f->cache, at + done, f->server + at + done, n);
		}
		done += n;
	}
}

static void nothing_is_lost_or_made_up(void **state)
{
	struct file *f = calloc(1, sizeof(*f));

	f->seed = 7;
	for (int i = 0; i < STEPS; i++) {
		uint64_t at = chance(f, FILE_SIZE);
		size_t most = chance(f, 4) == 0 ? CACHE_BLOCK * 2 : 5000, len = chance(f, (uint32_t)most);
		len = MIN(len, (size_t)(FILE_SIZE - at));
		switch (chance(f, 12)) {
		case 0: write_back(f); break;
		case 1: mount_cache_drop(&f->cache, false); break;
		case 2:
			f->size = MIN(f->size, at);
			memset(f->written + f->size, 0, FILE_SIZE - f->size);
			memset(f->server + f->size, 0, FILE_SIZE - f->size);
			mount_cache_truncate(&f->cache, f->size);
			break;
		case 3: case 4: case 5: case 6: read_some(f, at, len); break;
		default: write_some(f, at, len); break;
		}
	}
	write_back(f);
	mount_cache_fini(&f->cache);
	free(f);
}

static void it_stays_small(void **state)
{
	static uint8_t bytes[CACHE_BLOCK];
	struct mount_cache c = { .n = 0 };

	for (uint64_t i = 0; i < CACHE_BLOCKS_MAX * 3; i++)
		mount_cache_fill(&c, i * CACHE_BLOCK, bytes, sizeof(bytes));
	assert_int_equal(c.n, CACHE_BLOCKS_MAX);
	/* The oldest went, the newest are there. */
	assert_int_equal(mount_cache_read(&c, 0, bytes, 10), 0);
	assert_int_equal(mount_cache_read(&c, (CACHE_BLOCKS_MAX * 3 - 1) * (uint64_t)CACHE_BLOCK, bytes, 10), 10);
	mount_cache_drop(&c, true);
	for (uint64_t i = 0; i < CACHE_BLOCKS_MAX; i++)
		assert_int_equal(mount_cache_write(&c, i * CACHE_BLOCK, bytes, 100), 100);
	/* Nothing dirty is thrown away for more. */
	assert_int_equal(mount_cache_write(&c, CACHE_BLOCKS_MAX * (uint64_t)CACHE_BLOCK, bytes, 100), 0);
	assert_int_equal(c.dirty, CACHE_BLOCKS_MAX * 100);
	mount_cache_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_or_made_up),
		cmocka_unit_test(it_stays_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
