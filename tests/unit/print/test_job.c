/* A queue in memory whose spooler is faster than its clients: jobs get other names between a list and what it was made for. */
#include "../fs/fixture.h"

#include "fs/dir.h"
#include "print/spool.h"

#define WAITING "00017-anna-letter.prn"
#define PRINTING "00017-anna-letter.printing"
#define PAUSED "00017-anna-letter.held"

struct queue {
	struct fixture *fx;
	struct vfs *vfs;
	struct print_job listed; /* as WAITING */
};

static void make(struct queue *q, const char *name)
{
	struct vfs_file *f;
	assert_int_equal(q->vfs->ops->open(q->vfs, name, O_CREAT | O_RDWR, 0600, &f), 0);
	q->vfs->ops->close(f);
}

static void spooler_renames(struct queue *q, const char *from, const char *to)
{
	assert_int_equal(q->vfs->ops->rename(q->vfs, from, to, 0), 0);
}

static bool is_there(struct queue *q, const char *name)
{
	struct vfs_stat st;
	return q->vfs->ops->stat(q->vfs, name, false, &st) == 0;
}

static int start(void **state)
{
	struct queue *q = calloc(1, sizeof(*q));
	struct print_job *jobs;
	size_t n;
	q->vfs = vfs_mem_new(FX_NOW);
	q->fx = fx_new(fx_config(), q->vfs);
	make(q, WAITING);
	assert_int_equal(print_jobs(&q->fx->ctx, &jobs, &n), STATUS_SUCCESS);
	assert_int_equal(n, 1);
	q->listed = jobs[0];
	*state = q;
	return 0;
}

static int end(void **state)
{
	struct queue *q = *state;
	fx_free(q->fx);
	free(q);
	return 0;
}

static void what_prints_by_now_is_deleted(void **state)
{
	struct queue *q = *state;
	spooler_renames(q, WAITING, PRINTING);
	assert_int_equal(print_job_delete(&q->fx->ctx, &q->listed), STATUS_SUCCESS);
	assert_false(is_there(q, PRINTING));
}

static void what_prints_by_now_is_not_paused(void **state)
{
	struct queue *q = *state;
	spooler_renames(q, WAITING, PRINTING);
	assert_int_equal(print_job_pause(&q->fx->ctx, &q->listed), STATUS_SHARING_VIOLATION);
	assert_true(is_there(q, PRINTING));
}

static void what_is_paused_by_now_goes_on(void **state)
{
	struct queue *q = *state;
	spooler_renames(q, WAITING, PAUSED);
	struct print_job paused = q->listed;
	paused.state = PRINT_PAUSED;
	paused.name = "00017-anna-other.held";
	assert_int_equal(print_job_continue(&q->fx->ctx, &paused), STATUS_SUCCESS);
	assert_true(is_there(q, WAITING));
}

static void what_prints_by_now_gets_its_title(void **state)
{
	struct queue *q = *state;
	spooler_renames(q, WAITING, PRINTING);
	assert_int_equal(print_job_set_title(&q->fx->ctx, &q->listed, "page"), STATUS_SUCCESS);
	assert_true(is_there(q, "00017-anna-page.printing"));
}

static void what_is_printed_is_not_there(void **state)
{
	struct queue *q = *state;
	assert_int_equal(q->vfs->ops->unlink(q->vfs, WAITING), 0);
	assert_int_equal(print_job_delete(&q->fx->ctx, &q->listed), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_int_equal(print_job_pause(&q->fx->ctx, &q->listed), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void a_number_of_somebody_else_is_left_alone(void **state)
{
	struct queue *q = *state;
	spooler_renames(q, WAITING, "00017-bob-letter.prn");
	assert_int_equal(print_job_delete(&q->fx->ctx, &q->listed), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_true(is_there(q, "00017-bob-letter.prn"));
}

/* ---- between the open and the close ---- */

static struct vfs_ops hooked;
static unsigned n_late;
static int (*true_open)(struct vfs *v, const char *path, int flags, mode_t mode, struct vfs_file **out);
static int (*true_unlink)(struct vfs *v, const char *path);

static void rename_late(struct vfs *v, const char *path)
{
	if (strcmp(path, WAITING) != 0)
		return;
	assert_int_equal(v->ops->rename(v, WAITING, PRINTING, 0), 0);
	n_late++;
}

/* The deletion opens the path once more, to see what is there. */
static int open_late(struct vfs *v, const char *path, int flags, mode_t mode, struct vfs_file **out)
{
	if ((flags & O_PATH) != 0)
		rename_late(v, path);
	return true_open(v, path, flags, mode, out);
}

static int unlink_late(struct vfs *v, const char *path)
{
	rename_late(v, path);
	return true_unlink(v, path);
}

static void delete_late(struct queue *q)
{
	const struct vfs_ops *before = q->vfs->ops;
	q->vfs->ops = &hooked;
	n_late = 0;
	assert_int_equal(print_job_delete(&q->fx->ctx, &q->listed), STATUS_SUCCESS);
	q->vfs->ops = before;
	assert_int_equal(n_late, 1);
	assert_false(is_there(q, WAITING));
	assert_false(is_there(q, PRINTING));
}

static void what_begins_to_print_while_it_is_deleted_is_deleted(void **state)
{
	struct queue *q = *state;
	hooked = *q->vfs->ops;
	true_unlink = hooked.unlink;
	hooked.unlink = unlink_late;
	delete_late(q);
}

static void what_begins_to_print_before_it_is_looked_at_is_deleted(void **state)
{
	struct queue *q = *state;
	hooked = *q->vfs->ops;
	true_open = hooked.open;
	hooked.open = open_late;
	delete_late(q);
}

/* ---- while the queue goes on ---- */

static int (*true_rename)(struct vfs *v, const char *from, const char *to, unsigned flags);

static int queue_goes_on_late(struct vfs *v, const char *from, const char *to, unsigned flags)
{
	n_late += v->ops->unlink(v, "queue.paused") == 0;
	return true_rename(v, from, to, flags);
}

static void what_goes_on_as_its_queue_does_is_not_left_behind(void **state)
{
	struct queue *q = *state;
	const struct vfs_ops *before = q->vfs->ops;
	assert_int_equal(print_job_pause(&q->fx->ctx, &q->listed), STATUS_SUCCESS);
	make(q, "queue.paused");
	struct print_job paused = q->listed;
	paused.state = PRINT_PAUSED;
	paused.name = PAUSED;
	hooked = *before;
	true_rename = hooked.rename;
	hooked.rename = queue_goes_on_late;
	q->vfs->ops = &hooked;
	n_late = 0;
	assert_int_equal(print_job_continue(&q->fx->ctx, &paused), STATUS_SUCCESS);
	q->vfs->ops = before;
	assert_int_equal(n_late, 1);
	assert_true(is_there(q, WAITING));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_prints_by_now_is_deleted, start, end),
		cmocka_unit_test_setup_teardown(what_prints_by_now_is_not_paused, start, end),
		cmocka_unit_test_setup_teardown(what_is_paused_by_now_goes_on, start, end),
		cmocka_unit_test_setup_teardown(what_prints_by_now_gets_its_title, start, end),
		cmocka_unit_test_setup_teardown(what_is_printed_is_not_there, start, end),
		cmocka_unit_test_setup_teardown(a_number_of_somebody_else_is_left_alone, start, end),
		cmocka_unit_test_setup_teardown(what_begins_to_print_while_it_is_deleted_is_deleted, start, end),
		cmocka_unit_test_setup_teardown(what_begins_to_print_before_it_is_looked_at_is_deleted, start, end),
		cmocka_unit_test_setup_teardown(what_goes_on_as_its_queue_does_is_not_left_behind, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
