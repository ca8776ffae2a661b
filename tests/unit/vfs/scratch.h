/* A folder of a test's own, gone with everything in it when the test ends. */
#ifndef TESTS_VFS_SCRATCH_H
#define TESTS_VFS_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void scratch_make(char path[64])
{
	snprintf(path, 64, "/tmp/longhouse-vfs-XXXXXX");
	assert_non_null(mkdtemp(path));
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void scratch_remove(const char *path)
{
	nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
