/* A share in memory and one client of it, for the tests of fs/: a fresh one for each test, checked for leaks at its end. */
#ifndef TESTS_FS_FIXTURE_H
#define TESTS_FS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/attr.h"
#include "fs/core.h"
#include "fs/share.h"
#include "vfs/mem.h"

#define FX_NOW (NTTIME_UNIX_EPOCH + 1700000000ull * NTTIME_PER_SEC)

enum { FX_SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FX_WAKES = 16 };

struct fixture {
	struct vfs *vfs;
	struct fs_core *core;
	struct fs_share *share;
	struct fs_tree *tree;
	struct arena arena;
	struct fs_ctx ctx; /* connection 1, request 1 */
	uint64_t woken[FX_WAKES]; /* request ids, in order */
	size_t n_woken;
};

static inline void fx_wake(void *user, uint64_t conn_id, uint64_t req_id)
{
	struct fixture *fx = user;
	assert_true(fx->n_woken < FX_WAKES);
	fx->woken[fx->n_woken++] = req_id;
}

static inline const struct fs_share_config *fx_config(void)
{
	static const struct fs_share_config config = {
		.name = "files", .path = "/srv/files", .type = FS_SHARE_DISK, .hide_dot_files = true, .store_dos_attributes = true, .streams = true,
		.create_mask = 0777, .directory_mask = 0777, .as_process = true,
	};
	return &config;
}

static inline struct fixture *fx_new(const struct fs_share_config *config, struct vfs *vfs)
{
	static const struct fs_user user = { .name = "anna", .unix_known = true, .uid = 1000, .gid = 1000 };
	struct fixture *fx = calloc(1, sizeof(*fx));
	assert_non_null(fx);
	fx->vfs = vfs;
	fx->core = fs_core_new(fx_wake, fx);
	fx->share = fs_share_new(config, vfs);
	assert_non_null(fx->core);
	assert_non_null(fx->share);
	assert_int_equal(fs_tree_connect(fx->core, fx->share, &user, &fx->tree), STATUS_SUCCESS);
	arena_init(&fx->arena, 1 << 20);
	fx->ctx = (struct fs_ctx){
		.core = fx->core, .tree = fx->tree, .arena = &fx->arena, .now = FX_NOW, .conn_id = 1, .req_id = 1, .pid = 7, .session = 100
	};
	return fx;
}

static inline void fx_free(struct fixture *fx)
{
	fs_tree_disconnect(fx->tree);
	fs_core_free(fx->core);
	fs_share_put(fx->share);
	arena_fini(&fx->arena);
	free(fx);
}

static inline int fx_setup(void **state)
{
	*state = fx_new(fx_config(), vfs_mem_new(FX_NOW));
	return 0;
}

static inline int fx_teardown(void **state)
{
	struct fixture *fx = *state;
	assert_int_equal(vfs_mem_open_files(fx->vfs), 0);
	fx_free(fx);
	return 0;
}

#define FX_TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

#define assert_status(call, expected)                                                                         \
	do {                                                                                                  \
		nt_status got_ = (call);                                                                      \
		if (got_ != (expected))                                                                       \
			fail_msg("%s: %s instead of %s", #call, nt_status_name(got_), nt_status_name(expected)); \
	} while (0)

/* Behind the server's back, as a local program does it. */
static inline void fx_put(struct fixture *fx, const char *path, const char *content)
{
	struct vfs_file *f;
	assert_int_equal(fx->vfs->ops->open(fx->vfs, path, O_RDWR | O_CREAT | O_TRUNC, 0644, &f), 0);
	assert_int_equal(fx->vfs->ops->pwrite(f, content, strlen(content), 0), (int)strlen(content));
	fx->vfs->ops->close(f);
}

static inline void fx_mkdir(struct fixture *fx, const char *path)
{
	assert_int_equal(fx->vfs->ops->mkdir(fx->vfs, path, 0755), 0);
}

static inline bool fx_exists(struct fixture *fx, const char *path)
{
	struct vfs_stat st;
	return fx->vfs->ops->stat(fx->vfs, path, false, &st) == 0;
}

static inline struct vfs_stat fx_stat(struct fixture *fx, const char *path)
{
	struct vfs_stat st;
	assert_int_equal(fx->vfs->ops->stat(fx->vfs, path, true, &st), 0);
	return st;
}

static inline uint32_t fx_attributes(struct fixture *fx, const char *name)
{
	struct fs_info info;
	assert_status(fs_query_path(&fx->ctx, name, &info, NULL), STATUS_SUCCESS);
	return info.attributes;
}

static inline void fx_set_attributes(struct fixture *fx, const char *name, uint32_t attributes)
{
	const struct fs_basic b = { .attributes = attributes };
	assert_status(fs_set_basic_path(&fx->ctx, name, &b), STATUS_SUCCESS);
}

/* An open whose result does not matter but for its status. */
static inline nt_status fx_try(struct fixture *fx, const struct fs_open_params *p, struct fs_open **open)
{
	struct fs_open_result res;
	return fs_open_file(&fx->ctx, p, open, &res);
}

static inline struct fs_open_params fx_params(const char *name, uint32_t access, uint32_t share, enum nt_disposition disposition)
{
	return (struct fs_open_params){ .name = name, .desired_access = access, .share_access = share, .create_disposition = disposition };
}

static inline struct fs_open *fx_open(struct fixture *fx, const char *name, uint32_t access, uint32_t share, enum nt_disposition disposition)
{
	const struct fs_open_params p = fx_params(name, access, share, disposition);
	struct fs_open *open;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	return open;
}

static inline void fx_close(struct fixture *fx, struct fs_open *open)
{
	assert_status(fs_close(&fx->ctx, open, 0), STATUS_SUCCESS);
}

#endif
