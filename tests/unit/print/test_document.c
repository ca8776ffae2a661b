/* A document in a queue in memory: its file as it grows, ends, is given up, is deleted by somebody; whose it is. */
#include "../fs/fixture.h"

#include "fs/dir.h"
#include "print/document.h"

enum { DATA = 3 };

struct queue {
	struct fixture *fx;
	atomic_uint numbers;
};

static int start(void **state)
{
	struct queue *q = calloc(1, sizeof(*q));
	q->fx = fx_new(fx_config(), vfs_mem_new(FX_NOW));
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

/* In a tree of its own, which it takes. */
static nt_status begin(struct queue *q, const char *user, const char *title, struct print_document **d)
{
	const struct fs_user anna = { .name = "anna", .unix_known = true, .uid = 1000, .gid = 1000 };
	struct fs_ctx ctx = q->fx->ctx;
	assert_int_equal(fs_tree_connect(q->fx->core, q->fx->share, &anna, &ctx.tree), STATUS_SUCCESS);
	nt_status status = print_document_start(&ctx, &q->numbers, user, title, d);
	if (status != STATUS_SUCCESS)
		fs_tree_disconnect(ctx.tree);
	return status;
}

static struct print_job only_job(struct queue *q)
{
	struct print_job *jobs;
	size_t n;
	assert_int_equal(print_jobs(&q->fx->ctx, &jobs, &n), STATUS_SUCCESS);
	assert_int_equal(n, 1);
	return jobs[0];
}

static size_t n_jobs(struct queue *q)
{
	struct print_job *jobs;
	size_t n;
	assert_int_equal(print_jobs(&q->fx->ctx, &jobs, &n), STATUS_SUCCESS);
	return n;
}

static void it_grows_and_ends(void **state)
{
	struct queue *q = *state;
	struct print_document *d;
	assert_int_equal(begin(q, "an-na", "my: letter", &d), STATUS_SUCCESS);
	assert_int_equal(print_document_write(d, FX_NOW, slice_of("ink", DATA)), STATUS_SUCCESS);
	assert_int_equal(print_document_write(d, FX_NOW, slice_of("", 0)), STATUS_SUCCESS);
	assert_int_equal(print_document_write(d, FX_NOW, slice_of("ink", DATA)), STATUS_SUCCESS);
	assert_int_equal(only_job(q).state, PRINT_SPOOLING);
	assert_int_equal(only_job(q).number, print_document_number(d));
	assert_int_equal(print_document_end(d, FX_NOW, false), STATUS_SUCCESS);
	struct print_job job = only_job(q);
	assert_int_equal(job.state, PRINT_WAITING);
	assert_int_equal(job.size, 2 * DATA);
	assert_string_equal(job.user, "an_na");
	assert_string_equal(job.title, "my__letter");
}

static void what_is_empty_or_given_up_leaves_nothing(void **state)
{
	struct queue *q = *state;
	struct print_document *d;
	assert_int_equal(begin(q, "anna", "a", &d), STATUS_SUCCESS);
	assert_int_equal(print_document_end(d, FX_NOW, false), STATUS_SUCCESS);
	assert_int_equal(n_jobs(q), 0);
	assert_int_equal(begin(q, "anna", "a", &d), STATUS_SUCCESS);
	assert_int_equal(print_document_write(d, FX_NOW, slice_of("ink", DATA)), STATUS_SUCCESS);
	assert_int_equal(print_document_end(d, FX_NOW, true), STATUS_SUCCESS);
	assert_int_equal(n_jobs(q), 0);
}

static void whoever_deletes_it_stops_its_writer(void **state)
{
	struct queue *q = *state;
	struct print_document *d;
	assert_int_equal(begin(q, "anna", "a", &d), STATUS_SUCCESS);
	struct print_job job = only_job(q);
	assert_int_equal(print_job_delete(&q->fx->ctx, &job), STATUS_SUCCESS);
	assert_int_equal(print_document_write(d, FX_NOW, slice_of("ink", DATA)), STATUS_CANCELLED);
	assert_int_equal(print_document_end(d, FX_NOW, false), STATUS_SUCCESS);
	assert_int_equal(n_jobs(q), 0);
}

/* It keeps its title's change, and a queue that is paused meanwhile keeps it. */
static void it_may_be_renamed_and_the_queue_paused(void **state)
{
	struct queue *q = *state;
	struct print_document *d;
	assert_int_equal(begin(q, "anna", "a", &d), STATUS_SUCCESS);
	assert_int_equal(print_document_write(d, FX_NOW, slice_of("ink", DATA)), STATUS_SUCCESS);
	struct print_job job = only_job(q);
	assert_int_equal(print_job_set_title(&q->fx->ctx, &job, "b"), STATUS_SUCCESS);
	assert_int_equal(print_queue_pause(&q->fx->ctx), STATUS_SUCCESS);
	assert_int_equal(print_document_end(d, FX_NOW, false), STATUS_SUCCESS);
	assert_string_equal(only_job(q).title, "b");
	assert_int_equal(only_job(q).state, PRINT_STOPPED);
}

static void numbers_that_are_taken_are_left_out(void **state)
{
	struct queue *q = *state;
	struct print_document *d;
	assert_int_equal(begin(q, "anna", "a", &d), STATUS_SUCCESS);
	uint16_t first = print_document_number(d);
	assert_int_equal(print_document_write(d, FX_NOW, slice_of("ink", DATA)), STATUS_SUCCESS);
	assert_int_equal(print_document_end(d, FX_NOW, false), STATUS_SUCCESS);
	atomic_store(&q->numbers, 0);
	assert_int_equal(begin(q, "anna", "a", &d), STATUS_SUCCESS);
	assert_int_equal(print_document_number(d), first + 1);
	assert_int_equal(print_document_end(d, FX_NOW, true), STATUS_SUCCESS);
}

static size_t n_named(struct queue *q, const char *pattern)
{
	struct fs_search *search;
	struct fs_entry e;
	size_t n = 0;
	if (fs_search_open(&q->fx->ctx, pattern, 0, &search) != STATUS_SUCCESS)
		return 0;
	while (fs_search_next(&q->fx->ctx, search, false, &e) == STATUS_SUCCESS)
		n++;
	fs_search_close(search);
	return n;
}

static void put_job(struct queue *q, int number)
{
	struct arena_mark mark = arena_mark(&q->fx->arena);
	const struct fs_open_params p = {
		.name = arena_printf(&q->fx->arena, "\\%05d-anna-a_title_as_long_as_titles_may_possibly_b.prn", number),
		.desired_access = FILE_WRITE_DATA, .create_disposition = FILE_CREATE, .create_options = FILE_NON_DIRECTORY_FILE,
	};
	struct fs_open *open;
	struct fs_open_result res;
	assert_int_equal(fs_open_file(&q->fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(fs_close(&q->fx->ctx, open, 0), STATUS_SUCCESS);
	arena_rewind(&q->fx->arena, mark);
}

/* More jobs than a list has, and than a request's memory holds if it kept what each costs. */
static void a_long_queue_is_paused_goes_on_and_is_purged(void **state)
{
	enum { MANY = PRINT_JOBS_MAX + 100 };
	struct queue *q = *state;
	for (int i = 0; i < MANY; i++)
		put_job(q, i);
	assert_int_equal(print_queue_pause(&q->fx->ctx), STATUS_SUCCESS);
	assert_int_equal(n_named(q, "\\*.wait"), MANY);
	assert_int_equal(print_queue_continue(&q->fx->ctx), STATUS_SUCCESS);
	assert_int_equal(n_named(q, "\\*.prn"), MANY);
	assert_int_equal(print_queue_purge(&q->fx->ctx), STATUS_SUCCESS);
	assert_int_equal(n_named(q, "\\*"), 0);
}

static void who_rules(void **state)
{
	struct queue *q = *state;
	struct fs_user *self = &q->fx->tree->user;
	const struct print_job mine = { .user = "anna" }, hers = { .user = "berta" };
	assert_true(print_may_rule_job(&q->fx->ctx, &mine));
	assert_false(print_may_rule_job(&q->fx->ctx, &hers) || print_may_rule_queue(&q->fx->ctx));
	self->guest = true;
	assert_false(print_may_rule_job(&q->fx->ctx, &mine));
	self->guest = false;
	self->admin = true;
	assert_true(print_may_rule_job(&q->fx->ctx, &hers) && print_may_rule_queue(&q->fx->ctx));
	self->admin = false;
}

/* The mark of a paused queue comes, or goes, while the job is handed over, and whoever changed it saw no job to move. */
static struct vfs_ops hooked;
static int (*true_rename)(struct vfs *v, const char *from, const char *to, unsigned flags);
static bool pauses;

static int rename_late(struct vfs *v, const char *from, const char *to, unsigned flags)
{
	struct vfs_file *f;
	if (pauses) {
		if (v->ops->open(v, "queue.paused", O_CREAT | O_RDWR, 0600, &f) == 0)
			v->ops->close(f);
	} else {
		(void)v->ops->unlink(v, "queue.paused");
	}
	return true_rename(v, from, to, flags);
}

static void end_late(struct queue *q, bool pause, enum print_job_state expected)
{
	const struct vfs_ops *before = q->fx->vfs->ops;
	struct print_document *d;
	pauses = pause;
	assert_int_equal(begin(q, "anna", "late", &d), STATUS_SUCCESS);
	assert_int_equal(print_document_write(d, FX_NOW, slice_of("ink", DATA)), STATUS_SUCCESS);
	hooked = *before;
	true_rename = hooked.rename;
	hooked.rename = rename_late;
	q->fx->vfs->ops = &hooked;
	assert_int_equal(print_document_end(d, FX_NOW, false), STATUS_SUCCESS);
	q->fx->vfs->ops = before;
	assert_int_equal(only_job(q).state, expected);
}

static void a_queue_that_goes_on_meanwhile_leaves_no_job_behind(void **state)
{
	struct queue *q = *state;
	assert_int_equal(print_queue_pause(&q->fx->ctx), STATUS_SUCCESS);
	end_late(q, false, PRINT_WAITING);
}

static void a_queue_that_is_paused_meanwhile_keeps_the_job(void **state)
{
	end_late(*state, true, PRINT_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_grows_and_ends, start, end),
		cmocka_unit_test_setup_teardown(what_is_empty_or_given_up_leaves_nothing, start, end),
		cmocka_unit_test_setup_teardown(whoever_deletes_it_stops_its_writer, start, end),
		cmocka_unit_test_setup_teardown(it_may_be_renamed_and_the_queue_paused, start, end),
		cmocka_unit_test_setup_teardown(numbers_that_are_taken_are_left_out, start, end),
		cmocka_unit_test_setup_teardown(a_long_queue_is_paused_goes_on_and_is_purged, start, end),
		cmocka_unit_test_setup_teardown(who_rules, start, end),
		cmocka_unit_test_setup_teardown(a_queue_that_goes_on_meanwhile_leaves_no_job_behind, start, end),
		cmocka_unit_test_setup_teardown(a_queue_that_is_paused_meanwhile_keeps_the_job, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
