/* The lock machine, by scripts: each line one operation and its result. The expected results are those of NT servers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fs/locktable.h"

/*
 * A script has one operation a line: "verb open pid offset length = result".
 *   x exclusive lock, s shared lock, u unlock, r read, w write, c close the open
 *   q exclusive lock that waits if it must: "ok" or "wait"
 *   a lets the waits go on: how many got everything
 */
struct machine {
	struct fs_lock_table t;
	uint64_t last_req;
	size_t completed;
};

static void completed(void *user, const struct fs_lock_wait *w)
{
	struct machine *m = user;
	assert_int_equal(w->granted, w->n);
	m->completed++;
}

static const char *status_word(nt_status status)
{
	switch (status) {
	case STATUS_SUCCESS: return "ok";
	case STATUS_LOCK_NOT_GRANTED: return "busy";
	case STATUS_RANGE_NOT_LOCKED: return "none";
	default: return "error";
	}
}

static const char *lock_or_wait(struct machine *m, uint64_t open, const struct fs_lock_range *r)
{
	struct fs_lock_wait w = { .conn_id = 1, .req_id = ++m->last_req, .open_id = open, .exclusive = true, .n = 1 };
	if (fs_locktable_take(&m->t, open, r, 1, true, &w.granted) == STATUS_SUCCESS)
		return "ok";
	assert_int_equal(fs_locktable_wait(&m->t, &w, r), STATUS_SUCCESS);
	return "wait";
}

static const char *run_line(struct machine *m, char verb, uint64_t open, const struct fs_lock_range *r, char text[16])
{
	size_t granted = 0;
	switch (verb) {
	case 'x': return status_word(fs_locktable_take(&m->t, open, r, 1, true, &granted));
	case 's': return status_word(fs_locktable_take(&m->t, open, r, 1, false, &granted));
	case 'u': return status_word(fs_locktable_release(&m->t, open, r));
	case 'r': return fs_locktable_io_allowed(&m->t, open, r->pid, r->offset, r->length, false) ? "ok" : "busy";
	case 'w': return fs_locktable_io_allowed(&m->t, open, r->pid, r->offset, r->length, true) ? "ok" : "busy";
	case 'c': return fs_locktable_release_open(&m->t, open) ? "ok" : "none";
	case 'q': return lock_or_wait(m, open, r);
	case 'a':
		m->completed = 0;
		fs_locktable_advance(&m->t, completed, m);
		snprintf(text, 16, "%zu", m->completed);
		return text;
	default: fail_msg("verb %c", verb); return "";
	}
}

static void run_script(const char *const *lines, size_t n)
{
	struct machine m = { 0 };
	for (size_t i = 0; i < n; i++) {
		char verb, want[16], text[16];
		unsigned long long open, offset, length;
		unsigned pid;
		assert_int_equal(sscanf(lines[i], "%c %llu %u %lli %lli = %15s", &verb, &open, &pid, (long long *)&offset, (long long *)&length, want), 6);
		const struct fs_lock_range r = { (uint16_t)pid, offset, length };
		const char *got = run_line(&m, verb, open, &r, text);
		if (strcmp(got, want) != 0)
			fail_msg("line %zu \"%s\": got %s", i + 1, lines[i], got);
	}
	fs_locktable_fini(&m.t);
}

#define SCRIPT(name, ...)                                               \
	static void name(void **state)                                  \
	{                                                               \
		static const char *const lines[] = { __VA_ARGS__ };     \
		run_script(lines, ARRAY_LEN(lines));                    \
	}

SCRIPT(test_exclusive_excludes_everyone,
	"x 1 7 0 4 = ok", "x 1 7 2 4 = busy", "x 1 8 0 4 = busy", "x 2 7 0 1 = busy", "s 2 7 3 1 = busy", "s 1 8 0 4 = busy", "x 2 7 4 4 = ok")
SCRIPT(test_shared_stacks,
	"s 1 7 60 4 = ok", "s 1 7 60 4 = ok", "s 2 9 62 4 = ok", "x 1 7 60 4 = busy", "u 1 7 60 4 = ok", "u 1 7 60 4 = ok", "u 1 7 60 4 = none")
SCRIPT(test_shared_on_own_exclusive,
	"x 1 7 90 4 = ok", "s 1 7 90 4 = ok", "r 2 7 90 4 = busy", "u 1 7 90 4 = ok", "r 2 7 90 4 = ok", "w 2 7 90 4 = busy", "u 1 7 90 4 = ok",
	"w 2 7 90 4 = ok")
SCRIPT(test_exclusive_on_own_shared, "s 1 7 80 4 = ok", "x 1 7 80 4 = busy")
SCRIPT(test_no_coalescing, "s 1 7 110 4 = ok", "s 1 7 112 4 = ok", "u 1 7 110 6 = none", "u 1 7 110 4 = ok")
SCRIPT(test_unlock_is_exact,
	"x 1 7 10001 4002 = ok", "u 1 8 10001 4002 = none", "u 2 7 10001 4002 = none", "u 1 7 10001 4001 = none", "u 1 7 10001 4002 = ok")
SCRIPT(test_io_against_locks,
	"x 1 7 120 4 = ok", "r 1 7 120 4 = ok", "w 1 7 120 4 = ok", "r 1 8 120 4 = busy", "r 2 7 119 2 = busy", "r 2 7 118 2 = ok", "r 2 7 124 9 = ok",
	"r 2 7 121 0 = ok", "s 1 7 130 4 = ok", "r 2 7 130 4 = ok", "w 2 7 130 4 = busy", "w 1 7 130 4 = busy")
SCRIPT(test_empty_before_bytes,
	"x 1 1 10 0 = ok", "x 1 2 10 0 = ok", "x 1 2 9 1 = ok", "u 1 2 9 1 = ok", "x 1 2 10 1 = ok", "u 1 2 10 1 = ok", "x 1 2 11 1 = ok", "u 1 2 11 1 = ok",
	"x 1 2 9 2 = busy", "x 1 2 10 2 = ok", "u 1 2 10 2 = ok", "x 1 2 9 3 = busy")
SCRIPT(test_bytes_before_empty,
	"x 1 2 9 1 = ok", "x 1 1 10 0 = ok", "u 1 2 9 1 = ok", "u 1 1 10 0 = ok", "x 1 2 10 2 = ok", "x 1 1 10 0 = ok", "u 1 2 10 2 = ok", "u 1 1 10 0 = ok",
	"x 1 2 9 2 = ok", "x 1 1 10 0 = busy", "u 1 2 9 2 = ok", "x 1 2 9 3 = ok", "x 1 1 10 0 = busy")
SCRIPT(test_ends_of_the_range,
	"x 1 7 0x7FFFFFFFFFFFFFFF 1 = ok", "x 2 7 0x7FFFFFFFFFFFFFFE 1 = ok", "x 2 7 0x7FFFFFFFFFFFFFFE 2 = busy", "x 1 7 -1 1 = ok", "x 2 7 -1 1 = busy",
	"x 2 7 -2 1 = ok", "r 3 7 -1 1 = busy")
SCRIPT(test_close_drops_all, "x 1 7 0 4 = ok", "s 1 8 9 4 = ok", "x 2 7 20 1 = ok", "c 1 0 0 0 = ok", "x 3 7 0 13 = ok", "x 3 7 20 1 = busy", "c 1 0 0 0 = none")
SCRIPT(test_waits_go_by_age,
	"x 1 7 0 4 = ok", "q 2 7 0 4 = wait", "q 3 7 0 4 = wait", "a 0 0 0 0 = 0", "u 1 7 0 4 = ok", "a 0 0 0 0 = 1", "x 2 7 0 4 = busy", "u 3 7 0 4 = none",
	"u 2 7 0 4 = ok", "a 0 0 0 0 = 1", "u 3 7 0 4 = ok")

/* [MS-CIFS] says nothing of it; NT lets a request of several ranges keep what it has while it waits for the rest. */
static void test_partial_wait_holds(void **state)
{
	struct machine m = { 0 };
	const struct fs_lock_range both[] = { { 1, 100, 10 }, { 1, 120, 10 } };
	const struct fs_lock_range first = { 7, 100, 10 }, second = { 7, 120, 10 }, later = { 2, 100, 10 };
	size_t granted = 0;
	assert_int_equal(fs_locktable_take(&m.t, 1, &first, 1, true, &granted), STATUS_SUCCESS);
	granted = 0;
	assert_int_equal(fs_locktable_take(&m.t, 1, &second, 1, true, &granted), STATUS_SUCCESS);
	struct fs_lock_wait w = { .conn_id = 1, .req_id = 5, .open_id = 1, .exclusive = true, .n = 2 };
	assert_int_equal(fs_locktable_wait(&m.t, &w, both), STATUS_SUCCESS);
	w = (struct fs_lock_wait){ .conn_id = 1, .req_id = 6, .open_id = 1, .exclusive = true, .n = 1 };
	assert_int_equal(fs_locktable_wait(&m.t, &w, &later), STATUS_SUCCESS);

	assert_int_equal(fs_locktable_release(&m.t, 1, &first), STATUS_SUCCESS);
	fs_locktable_advance(&m.t, completed, &m);
	assert_int_equal(m.completed, 0); /* the older one took the range and waits on, the younger gets nothing */
	assert_int_equal(fs_locktable_find_wait(&m.t, 1, 5)->granted, 1);
	assert_int_equal(fs_locktable_find_wait(&m.t, 1, 6)->granted, 0);

	fs_locktable_end_wait(&m.t, fs_locktable_find_wait(&m.t, 1, 5), true); /* gives up */
	fs_locktable_advance(&m.t, completed, &m);
	assert_int_equal(m.completed, 1);
	assert_int_equal(fs_locktable_find_wait(&m.t, 1, 6)->granted, 1);
	assert_null(fs_locktable_find_wait(&m.t, 1, 5));
	fs_locktable_fini(&m.t);
}

static void test_wraps(void **state)
{
	const struct fs_lock_range ok[] = { { 1, UINT64_MAX, 1 }, { 1, UINT64_MAX, 0 }, { 1, 0, UINT64_MAX }, { 1, 1, UINT64_MAX } };
	const struct fs_lock_range bad[] = { { 1, UINT64_MAX, 2 }, { 1, 2, UINT64_MAX } };
	for (size_t i = 0; i < ARRAY_LEN(ok); i++)
		assert_false(fs_lock_range_wraps(&ok[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(fs_lock_range_wraps(&bad[i]));
}

static void test_bounds(void **state)
{
	struct fs_lock_table t = { 0 };
	nt_status status = STATUS_SUCCESS;
	size_t n = 0;
	for (; status == STATUS_SUCCESS && n <= FS_LOCKS_MAX; n++) {
		const struct fs_lock_range r = { 1, n, 0 };
		size_t granted = 0;
		status = fs_locktable_take(&t, 1, &r, 1, false, &granted);
	}
	assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
	assert_int_equal(t.n, FS_LOCKS_MAX);
	assert_true(fs_locktable_release_open(&t, 1));
	const struct fs_lock_range r = { 1, 0, 1 };
	for (n = 0, status = STATUS_SUCCESS; status == STATUS_SUCCESS; n++) {
		struct fs_lock_wait w = { .conn_id = 1, .req_id = n, .open_id = 1, .n = 1 };
		status = fs_locktable_wait(&t, &w, &r);
	}
	assert_int_equal(n, FS_LOCK_WAITS_MAX + 1);
	fs_locktable_fini(&t);
}

/* The same rules, said without a tree. */
enum { MODEL_MAX = 200 };

struct model {
	struct {
		struct fs_lock_range r;
		uint64_t open_id;
		bool exclusive;
	} v[MODEL_MAX];
	size_t n;
};

static bool model_overlaps(const struct fs_lock_range *a, uint64_t offset, uint64_t length)
{
	if (a->length == 0 && length == 0)
		return false;
	if (a->length == 0)
		return a->offset > offset && a->offset < offset + length;
	if (length == 0)
		return offset > a->offset && offset < a->offset + a->length;
	return a->offset < offset + length && offset < a->offset + a->length;
}

static bool model_hinders(const struct model *m, uint64_t open_id, const struct fs_lock_range *r, bool shared_hinder, bool own_hinder)
{
	for (size_t i = 0; i < m->n; i++) {
		bool own = m->v[i].open_id == open_id && m->v[i].r.pid == r->pid;
		if (model_overlaps(&m->v[i].r, r->offset, r->length) && (m->v[i].exclusive ? own_hinder || !own : shared_hinder))
			return true;
	}
	return false;
}

static bool model_release(struct model *m, uint64_t open_id, const struct fs_lock_range *r)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct fs_lock_range *l = &m->v[i].r;
		if (m->v[i].open_id != open_id || l->pid != r->pid || l->offset != r->offset || l->length != r->length)
			continue;
		memmove(&m->v[i], &m->v[i + 1], (--m->n - i) * sizeof(m->v[0]));
		return true;
	}
	return false;
}

static void test_random_against_the_model(void **state)
{
	struct fs_lock_table t = { 0 };
	struct model m = { .n = 0 };
	srandom(4711);
	for (int step = 0; step < 200000; step++) {
		uint64_t open_id = (uint64_t)random() % 3;
		struct fs_lock_range r = { (uint16_t)(random() % 2), (uint64_t)random() % 60, (uint64_t)random() % 8 };
		bool exclusive = random() % 2 == 0;
		size_t granted = 0;
		switch (random() % 8) {
		case 0:
		case 1:
		case 2: {
			nt_status expected = model_hinders(&m, open_id, &r, exclusive, exclusive) ? STATUS_LOCK_NOT_GRANTED : STATUS_SUCCESS;
			if (m.n == MODEL_MAX)
				break;
			assert_int_equal(fs_locktable_take(&t, open_id, &r, 1, exclusive, &granted), expected);
			if (expected != STATUS_SUCCESS)
				break;
			m.v[m.n].r = r;
			m.v[m.n].open_id = open_id;
			m.v[m.n++].exclusive = exclusive;
			break;
		}
		case 3:
		case 4:
			assert_int_equal(fs_locktable_release(&t, open_id, &r) == STATUS_SUCCESS, model_release(&m, open_id, &r));
			break;
		case 5:
		case 6:
			assert_int_equal(fs_locktable_io_allowed(&t, open_id, r.pid, r.offset, r.length, exclusive),
					 r.length == 0 || !model_hinders(&m, open_id, &r, exclusive, false));
			break;
		default:
			if (random() % 200 != 0)
				break;
			(void)fs_locktable_release_open(&t, open_id);
			for (size_t i = 0; i < m.n;) {
				if (m.v[i].open_id == open_id)
					memmove(&m.v[i], &m.v[i + 1], (--m.n - i) * sizeof(m.v[0]));
				else
					i++;
			}
			assert_int_equal(fs_locktable_count(&t, open_id), 0);
		}
		assert_int_equal(t.n, m.n);
	}
	fs_locktable_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exclusive_excludes_everyone), cmocka_unit_test(test_shared_stacks), cmocka_unit_test(test_shared_on_own_exclusive),
		cmocka_unit_test(test_exclusive_on_own_shared), cmocka_unit_test(test_no_coalescing), cmocka_unit_test(test_unlock_is_exact),
		cmocka_unit_test(test_io_against_locks), cmocka_unit_test(test_empty_before_bytes), cmocka_unit_test(test_bytes_before_empty),
		cmocka_unit_test(test_ends_of_the_range), cmocka_unit_test(test_close_drops_all), cmocka_unit_test(test_waits_go_by_age),
		cmocka_unit_test(test_partial_wait_holds), cmocka_unit_test(test_wraps), cmocka_unit_test(test_bounds), cmocka_unit_test(test_random_against_the_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
