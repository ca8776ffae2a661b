/* The node table under threads: exclusion holds, wakes come, and nothing is left behind. Meant to run under TSan, too. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fs/brlock.h"

enum { THREADS = 4, ROUNDS = 400, NAMES = 3 };

struct world {
	struct fs_core *core;
	struct fs_share *share;
	struct fs_tree *tree;
	struct vfs *vfs;
	_Atomic int holders;  /* of the exclusive open */
	_Atomic int owners;   /* of the lock */
	_Atomic bool failed;
	_Atomic uint64_t woken[THREADS]; /* last request of each connection that was woken */
};

struct client {
	struct world *w;
	unsigned number; /* from 1: its connection */
	unsigned random;
	uint64_t last_req;
};

static void wake(void *user, uint64_t conn_id, uint64_t req_id)
{
	struct world *w = user;
	w->woken[conn_id - 1] = req_id;
}

static void world_init(struct world *w)
{
	static const struct fs_user user = { .name = "anna", .unix_known = true, .uid = 1000, .gid = 1000 };
	*w = (struct world){ .vfs = vfs_mem_new(FX_NOW) };
	w->core = fs_core_new(wake, w);
	w->share = fs_share_new(fx_config(), w->vfs);
	assert_int_equal(fs_tree_connect(w->core, w->share, &user, &w->tree), STATUS_SUCCESS);
}

static void world_fini(struct world *w)
{
	assert_false(w->failed);
	assert_int_equal(fs_core_count(w->core).nodes, 0);
	assert_int_equal(vfs_mem_open_files(w->vfs), 0);
	fs_tree_disconnect(w->tree);
	fs_core_free(w->core);
	fs_share_put(w->share);
}

static void run_clients(struct world *w, void *(*body)(void *))
{
	pthread_t threads[THREADS];
	struct client clients[THREADS];
	for (unsigned i = 0; i < THREADS; i++) {
		clients[i] = (struct client){ .w = w, .number = i + 1, .random = i * 77 + 1 };
		assert_int_equal(pthread_create(&threads[i], NULL, body, &clients[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static struct fs_ctx context(struct client *c, struct arena *arena)
{
	return (struct fs_ctx){ .core = c->w->core, .tree = c->w->tree, .arena = arena, .now = FX_NOW, .conn_id = c->number,
				.req_id = ++c->last_req, .pid = c->number };
}

static unsigned pick(struct client *c, unsigned n)
{
	c->random = c->random * 1103515245u + 12345u;
	return c->random / 65536 % n;
}

static void *exclusive_body(void *arg)
{
	struct client *c = arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena arena;
		arena_init(&arena, 1 << 16);
		struct fs_ctx ctx = context(c, &arena);
		const struct fs_open_params p = fx_params("\\f", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_NONE, FILE_OPEN_IF);
		struct fs_open_result res;
		struct fs_open *open;
		nt_status status = fs_open_file(&ctx, &p, &open, &res);
		if (status == STATUS_SUCCESS) {
			if (++c->w->holders != 1)
				c->w->failed = true;
			--c->w->holders;
			(void)!fs_close(&ctx, open, 0);
		} else if (status != STATUS_SHARING_VIOLATION) {
			c->w->failed = true;
		}
		arena_fini(&arena);
	}
	return NULL;
}

static void test_exclusive_opens(void **state)
{
	struct world w;
	world_init(&w);
	run_clients(&w, exclusive_body);
	world_fini(&w);
}

static const char *const names[NAMES] = { "\\a", "\\b", "\\c" };

static void random_act(struct client *c, struct fs_ctx *ctx)
{
	const char *name = names[pick(c, NAMES)];
	struct fs_open_params p = fx_params(name, GENERIC_READ | GENERIC_WRITE | ACCESS_DELETE, FX_SHARE_ALL, FILE_OPEN_IF);
	struct fs_open_result res;
	struct fs_open *open;
	switch (pick(c, 5)) {
	case 0: (void)!fs_rename(ctx, name, names[pick(c, NAMES)], 0); return;
	case 1: (void)!fs_unlink(ctx, name, 0); return;
	case 2: p.create_options = FILE_DELETE_ON_CLOSE; break;
	default: p.create_options = 0;
	}
	if (fs_open_file(ctx, &p, &open, &res) != STATUS_SUCCESS)
		return;
	const struct fs_lock_range r = { (uint16_t)ctx->pid, pick(c, 4), 2 };
	(void)!fs_locking(ctx, open, NULL, 0, &r, 1, false, 0);
	if (fs_open_path(ctx, open) == NULL)
		c->w->failed = true;
	if (pick(c, 4) == 0)
		(void)!fs_rename_open(ctx, open, names[pick(c, NAMES)], true);
	(void)!fs_close(ctx, open, 0);
}

static void *random_body(void *arg)
{
	struct client *c = arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena arena;
		arena_init(&arena, 1 << 16);
		struct fs_ctx ctx = context(c, &arena);
		random_act(c, &ctx);
		arena_fini(&arena);
	}
	return NULL;
}

static void test_everything_at_once(void **state)
{
	struct world w;
	world_init(&w);
	run_clients(&w, random_body);
	world_fini(&w);
}

/* One lock, handed round by waking: as the dispatcher does it, a client runs its request again when it is woken. */
static bool take_lock(struct client *c, struct fs_open *open, struct fs_ctx *ctx)
{
	const struct fs_lock_range r = { (uint16_t)ctx->pid, 0, 1 };
	ctx->wait = FS_WAIT_MAY;
	nt_status status = fs_locking(ctx, open, NULL, 0, &r, 1, false, UINT32_MAX);
	for (int ms = 0; status == STATUS_PENDING && ms < 20000; ms++) {
		if (c->w->woken[c->number - 1] != ctx->req_id) {
			usleep(1000);
			continue;
		}
		status = fs_locking(ctx, open, NULL, 0, &r, 1, false, UINT32_MAX);
	}
	return status == STATUS_SUCCESS;
}

static void *lock_body(void *arg)
{
	struct client *c = arg;
	struct arena arena;
	struct fs_open_result res;
	struct fs_open *open;
	arena_init(&arena, 1 << 16);
	struct fs_ctx ctx = context(c, &arena);
	const struct fs_open_params p = fx_params("\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN_IF);
	if (fs_open_file(&ctx, &p, &open, &res) != STATUS_SUCCESS) {
		c->w->failed = true;
		return NULL;
	}
	for (int i = 0; i < ROUNDS / 8; i++) {
		const struct fs_lock_range r = { (uint16_t)ctx.pid, 0, 1 };
		ctx.req_id = ++c->last_req;
		if (!take_lock(c, open, &ctx) || ++c->w->owners != 1)
			c->w->failed = true;
		--c->w->owners;
		if (fs_locking(&ctx, open, &r, 1, NULL, 0, false, 0) != STATUS_SUCCESS)
			c->w->failed = true;
	}
	(void)!fs_close(&ctx, open, 0);
	arena_fini(&arena);
	return NULL;
}

static void test_lock_goes_round(void **state)
{
	struct world w;
	world_init(&w);
	run_clients(&w, lock_body);
	world_fini(&w);
}

/* Two shares of one folder are one set of files. */
static void test_two_shares_of_one_folder_meet(void **state)
{
	char dir[] = "/tmp/longhouse-node-XXXXXX";
	assert_non_null(mkdtemp(dir));
	struct vfs *one, *two;
	assert_int_equal(vfs_posix_new(dir, &one), 0);
	assert_int_equal(vfs_posix_new(dir, &two), 0);
	struct fixture *a = fx_new(fx_config(), one), *b = fx_new(fx_config(), two);
	b->ctx.core = a->ctx.core; /* one server */
	struct fs_open *open = fx_open(a, "\\f", GENERIC_READ | ACCESS_DELETE, FILE_SHARE_READ | FILE_SHARE_DELETE, FILE_CREATE);
	const struct fs_open_params p = fx_params("\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *other;
	assert_status(fx_try(b, &p, &other), STATUS_SHARING_VIOLATION);
	other = fx_open(b, "\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_disposition(&a->ctx, open, true), STATUS_SUCCESS);
	fx_close(a, open);
	assert_true(fx_exists(b, "f"));
	fx_close(b, other); /* the other share deletes it by its own path */
	assert_false(fx_exists(b, "f"));
	fx_free(b);
	fx_free(a);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exclusive_opens), cmocka_unit_test(test_everything_at_once), cmocka_unit_test(test_lock_goes_round),
		cmocka_unit_test(test_two_shares_of_one_folder_meet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
