/* Clients' oplocks and local programs, on a real folder: a program is another descriptor. */
#include "fixture.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "fs/breaking.h"
#include "fs/lease.h"

static char folder[64];
static int signals;
static uint64_t broken_open;
static enum fs_oplock_level broken_to;

static void on_break(void *user, uint64_t conn_id, uint64_t open_id, enum fs_oplock_level to)
{
	(void)user;
	assert_int_equal(conn_id, 1);
	broken_open = open_id;
	broken_to = to;
}

static int setup(void **state)
{
	struct fs_share_config config = *fx_config();
	struct vfs *v;
	snprintf(folder, sizeof(folder), "/var/tmp/longhouse-leases-XXXXXX");
	assert_non_null(mkdtemp(folder));
	config.path = folder;
	config.oplocks = config.level2_oplocks = config.kernel_oplocks = true;
	assert_int_equal(vfs_posix_new(folder, &v), 0);
	struct fixture *fx = *state = fx_new(&config, v);
	fs_core_on_oplock_break(fx->core, on_break);
	signals = fs_lease_start(fx->core);
	assert_true(signals >= 0);
	broken_open = 0;
	fx_put(fx, "f", "0123456789");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fx = *state;
	fx->vfs->ops->unlink(fx->vfs, "f");
	fx_free(fx);
	return rmdir(folder);
}

/* As a program opens it that does not want to wait: -errno or a descriptor. */
static int program_open(int flags)
{
	char path[80];
	snprintf(path, sizeof(path), "%s/f", folder);
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static void need_leases(void)
{
	int fd = program_open(O_RDONLY);
	bool can = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
	close(fd);
	if (!can)
		skip(); /* a file system without them */
}

static enum fs_oplock_level granted;

static struct fs_open *client_open(struct fixture *fx, uint32_t access, enum fs_oplock_level wish)
{
	const struct fs_open_params p = {
		.name = "\\f", .desired_access = access, .share_access = FX_SHARE_ALL, .create_disposition = FILE_OPEN, .oplock = wish, .level_ii = true,
	};
	struct fs_open_result res;
	struct fs_open *open = NULL;
	nt_status status = fs_open_file(&fx->ctx, &p, &open, &res);
	granted = res.oplock;
	if (status != STATUS_SUCCESS)
		fail_msg("%s", nt_status_name(status));
	return open;
}

static bool told(struct fixture *fx)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };
	if (poll(&p, 1, 0) != 1)
		return false;
	fs_lease_ready(fx->core, fx->ctx.now);
	return broken_open != 0;
}

static void test_program_waits_for_the_holder(void **state)
{
	struct fixture *fx = *state;
	need_leases();
	struct fs_open *open = client_open(fx, FILE_READ_DATA | FILE_WRITE_DATA, FS_OPLOCK_BATCH);
	assert_int_equal(granted, FS_OPLOCK_BATCH);
	assert_false(told(fx));
	assert_int_equal(program_open(O_RDONLY), -EWOULDBLOCK);
	assert_true(told(fx));
	assert_int_equal(broken_open, open->node_open_id);
	assert_int_equal(broken_to, FS_OPLOCK_NONE);
	assert_int_equal(program_open(O_RDONLY), -EWOULDBLOCK);
	fs_oplock_acknowledged(&fx->ctx, open, FS_OPLOCK_NONE);
	int fd = program_open(O_RDWR);
	assert_true(fd >= 0);
	close(fd);
	fx_close(fx, open);
}

static void test_close_lets_it_in(void **state)
{
	struct fixture *fx = *state;
	need_leases();
	struct fs_open *open = client_open(fx, FILE_READ_DATA, FS_OPLOCK_EXCLUSIVE);
	assert_int_equal(granted, FS_OPLOCK_EXCLUSIVE);
	assert_int_equal(program_open(O_RDWR), -EWOULDBLOCK);
	fx_close(fx, open);
	int fd = program_open(O_RDWR);
	assert_true(fd >= 0);
	close(fd);
	assert_false(told(fx)); /* too late: nobody is there to be told */
}

static void test_no_oplock_where_a_program_is(void **state)
{
	struct fixture *fx = *state;
	need_leases();
	int fd = program_open(O_RDWR);
	struct fs_open *open = client_open(fx, FILE_READ_DATA, FS_OPLOCK_BATCH);
	assert_int_equal(granted, FS_OPLOCK_NONE);
	assert_int_equal(fs_core_count(fx->core).oplocks, 0);
	fx_close(fx, open);
	close(fd);
	open = client_open(fx, FILE_READ_DATA, FS_OPLOCK_BATCH);
	assert_int_equal(granted, FS_OPLOCK_BATCH);
	fx_close(fx, open);
}

static void test_looking_disturbs_nobody(void **state)
{
	struct fixture *fx = *state;
	need_leases();
	struct fs_open *open = client_open(fx, FILE_READ_DATA, FS_OPLOCK_BATCH);
	struct fs_open *looks = client_open(fx, FILE_READ_ATTRIBUTES, FS_OPLOCK_NONE);
	assert_false(told(fx));
	assert_int_equal(program_open(O_RDONLY), -EWOULDBLOCK);
	assert_true(told(fx));
	fx_close(fx, looks);
	fx_close(fx, open);
	/* The other way round it keeps nobody from an oplock. */
	looks = client_open(fx, FILE_READ_ATTRIBUTES, FS_OPLOCK_NONE);
	open = client_open(fx, FILE_READ_DATA, FS_OPLOCK_BATCH);
	assert_int_equal(granted, FS_OPLOCK_BATCH);
	fx_close(fx, open);
	fx_close(fx, looks);
}

/* A second client's open is a matter among clients: it waits for the first one's answer, and the kernel is not asked. */
static void test_second_client(void **state)
{
	struct fixture *fx = *state;
	const struct fs_open_params p = { .name = "\\f", .desired_access = FILE_READ_DATA, .share_access = FX_SHARE_ALL, .create_disposition = FILE_OPEN };
	struct fs_open_result res;
	struct fs_open *other = NULL;
	need_leases();
	struct fs_open *open = client_open(fx, FILE_READ_DATA, FS_OPLOCK_BATCH);
	struct fs_ctx second = fx->ctx;
	second.conn_id = 2;
	second.req_id = 7;
	second.wait = FS_WAIT_MAY;
	assert_status(fs_open_file(&second, &p, &other, &res), STATUS_PENDING);
	assert_int_equal(broken_open, open->node_open_id);
	assert_int_equal(broken_to, FS_OPLOCK_NONE); /* level II is not for these */
	fs_oplock_acknowledged(&fx->ctx, open, FS_OPLOCK_NONE);
	assert_int_equal(fx->n_woken, 1);
	assert_status(fs_open_file(&second, &p, &other, &res), STATUS_SUCCESS);
	assert_false(told(fx));
	fx_close(fx, other);
	fx_close(fx, open);
}

static nt_status second_open(struct fixture *fx, uint32_t access, uint32_t share)
{
	const struct fs_open_params p = { .name = "\\f", .desired_access = access, .share_access = share, .create_disposition = FILE_OPEN };
	struct fs_open_result res;
	struct fs_open *other;
	struct fs_ctx second = fx->ctx;
	second.conn_id = 2;
	nt_status status = fs_open_file(&second, &p, &other, &res);
	if (status == STATUS_SUCCESS)
		fx_close(fx, other);
	return status;
}

/* An open that comes to nothing broke no oplock, and so the lease is there again. */
static void test_lease_outlasts_an_open_that_fails(void **state)
{
	struct fixture *fx = *state;
	const struct fs_open_params p = {
		.name = "\\f", .desired_access = FILE_READ_DATA, .share_access = FILE_SHARE_NONE, .create_disposition = FILE_OPEN, .oplock = FS_OPLOCK_EXCLUSIVE,
	};
	struct fs_open_result res;
	struct fs_open *open;
	need_leases();
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(res.oplock, FS_OPLOCK_EXCLUSIVE);
	for (int i = 0; i < 2; i++)
		assert_status(second_open(fx, FILE_READ_DATA, FX_SHARE_ALL), STATUS_SHARING_VIOLATION);
	assert_int_equal(broken_open, 0);
	assert_int_equal(program_open(O_RDONLY), -EWOULDBLOCK);
	assert_true(told(fx));
	assert_int_equal(broken_open, open->node_open_id);
	fx_close(fx, open);
}

/* As does one that is over, and spared the oplock. */
static void test_lease_outlasts_an_open_that_ends(void **state)
{
	struct fixture *fx = *state;
	need_leases();
	struct fs_open *open = client_open(fx, FILE_READ_DATA, FS_OPLOCK_BATCH), *others[2];
	struct fs_open_params p = fx_params("\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	p.spares_oplocks = true;
	for (int i = 0; i < 2; i++)
		assert_status(fx_try(fx, &p, &others[i]), STATUS_SUCCESS);
	fx_close(fx, others[1]);
	int fd = program_open(O_RDONLY); /* while one of ours is open nobody can tell */
	assert_true(fd >= 0);
	close(fd);
	fx_close(fx, others[0]);
	assert_int_equal(broken_open, 0);
	assert_int_equal(program_open(O_RDONLY), -EWOULDBLOCK);
	assert_true(told(fx));
	fx_close(fx, open);
}

/* A program that came in meanwhile is there to stay: the client must not go on caching. */
static void test_program_that_came_in_meanwhile(void **state)
{
	struct fixture *fx = *state;
	need_leases();
	struct fs_open *open = client_open(fx, FILE_READ_DATA, FS_OPLOCK_BATCH), *other;
	struct fs_open_params p = fx_params("\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	p.spares_oplocks = true;
	assert_status(fx_try(fx, &p, &other), STATUS_SUCCESS);
	int fd = program_open(O_RDONLY);
	assert_true(fd >= 0);
	fx_close(fx, other);
	assert_int_equal(broken_open, open->node_open_id);
	assert_int_equal(broken_to, FS_OPLOCK_NONE);
	fs_oplock_acknowledged(&fx->ctx, open, FS_OPLOCK_NONE);
	close(fd);
	fx_close(fx, open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_program_waits_for_the_holder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close_lets_it_in, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_oplock_where_a_program_is, setup, teardown),
		cmocka_unit_test_setup_teardown(test_looking_disturbs_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second_client, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lease_outlasts_an_open_that_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lease_outlasts_an_open_that_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_program_that_came_in_meanwhile, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
