/* A share in memory and a context to ask it, for the tests of names, indexes, paths and searches. */
#ifndef TEST_FS_NAMES_FIXTURE_H
#define TEST_FS_NAMES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/core_internal.h"
#include "fs/index.h"
#include "fs/share.h"
#include "vfs/mem.h"

#define FIXTURE_NOW (NTTIME_UNIX_EPOCH + 1700000000ull * NTTIME_PER_SEC)

struct fixture {
	struct vfs *vfs;
	struct fs_share *share;
	struct fs_tree tree;
	struct fs_core *core;
	struct arena arena;
	struct fs_ctx ctx;
};

/* The requests come a minute after the disk was written: its stamps are not young. */
static inline void fixture_init_as(struct fixture *f, const struct fs_share_config *config)
{
	memset(f, 0, sizeof(*f));
	f->vfs = vfs_mem_new(FIXTURE_NOW);
	f->share = fs_share_new(config, f->vfs);
	f->core = fs_core_new(NULL, NULL);
	assert_non_null(f->share);
	assert_non_null(f->core);
	f->tree.share = f->share;
	f->tree.vfs = f->vfs;
	arena_init(&f->arena, 64 << 20);
	f->ctx = (struct fs_ctx){
		.core = f->core, .tree = &f->tree, .arena = &f->arena, .now = FIXTURE_NOW + 60 * NTTIME_PER_SEC,
	};
}

static inline void fixture_init(struct fixture *f)
{
	static const struct fs_share_config config = {
		.name = "files", .path = "/srv", .store_dos_attributes = true, .streams = true, .hide_dot_files = true
	};
	fixture_init_as(f, &config);
}

static inline void fixture_fini(struct fixture *f)
{
	assert_int_equal(vfs_mem_open_files(f->vfs), 0);
	fs_core_free(f->core);
	fs_share_put(f->share);
	arena_fini(&f->arena);
}

static inline void make_file(struct fixture *f, const char *path)
{
	struct vfs_file *file;
	assert_int_equal(f->vfs->ops->open(f->vfs, path, O_WRONLY | O_CREAT | O_EXCL, 0644, &file), 0);
	f->vfs->ops->close(file);
}

static inline void make_folder(struct fixture *f, const char *path)
{
	assert_int_equal(f->vfs->ops->mkdir(f->vfs, path, 0755), 0);
}

static inline void remove_file(struct fixture *f, const char *path)
{
	assert_int_equal(f->vfs->ops->unlink(f->vfs, path), 0);
}

#endif
