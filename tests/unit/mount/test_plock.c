/* Locks of programs beside an array of bytes, and what the server is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "mount/plock.h"

enum { BYTES = 40, OWNERS = 3, STEPS = 20000 };

static uint32_t seed = 3;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* As a server that knows no merging: each lock for itself, none over another. */
static void tell(struct plocks *p, uint64_t from, uint64_t to, enum plock_type shown[BYTES])
{
	struct plock_plan plan;

	assert_true(plock_plan(p, from, to, &plan));
	for (size_t i = 0; i < plan.n_go; i++) {
		for (uint64_t at = plan.go[i].from; at <= plan.go[i].to; at++) {
			assert_int_equal(shown[at], plan.go[i].type);
			shown[at] = PLOCK_NONE;
		}
		plock_shown_remove(p, &plan.go[i]);
	}
	for (size_t i = 0; i < plan.n_come; i++) {
		for (uint64_t at = plan.come[i].from; at <= plan.come[i].to; at++) {
			assert_int_equal(shown[at], PLOCK_NONE);
			shown[at] = plan.come[i].type;
		}
		assert_true(plock_shown_add(p, &plan.come[i]));
	}
	plock_plan_fini(&plan);
}

static void the_server_shows_the_union(void **state)
{
	enum plock_type want[OWNERS][BYTES] = { { PLOCK_NONE } }, shown[BYTES] = { PLOCK_NONE };
	struct plocks p = { .n = 0 };

	for (int step = 0; step < STEPS; step++) {
		uint64_t from = chance(BYTES), to = from + chance((uint32_t)(BYTES - from));
		struct plock l = { .from = from, .to = to, .owner = chance(OWNERS), .type = chance(3), .is_flock = false };
		l.is_flock = l.owner == OWNERS - 1; /* a book of its own */
		bool conflict = false;
		for (unsigned o = 0; o < OWNERS - 1 && !l.is_flock; o++)
			for (uint64_t at = from; at <= to; at++)
				conflict = conflict || (o != l.owner && l.type != PLOCK_NONE && want[o][at] != PLOCK_NONE &&
							(l.type == PLOCK_WRITE || want[o][at] == PLOCK_WRITE));
		if (l.type != PLOCK_NONE)
			assert_int_equal(plock_conflict(&p, &l) != NULL, conflict);
		if (conflict)
			continue;
		assert_true(plock_set(&p, &l));
		for (uint64_t at = from; at <= to; at++)
			want[l.owner][at] = l.type;
		if (chance(50) == 0) {
			plock_forget(&p, l.owner, l.is_flock);
			memset(want[l.owner], 0, sizeof(want[l.owner]));
			tell(&p, 0, BYTES - 1, shown);
		} else {
			tell(&p, from, to, shown);
		}
		for (uint64_t at = 0; at < BYTES; at++) {
			enum plock_type most = PLOCK_NONE;
			for (unsigned o = 0; o < OWNERS; o++)
				most = want[o][at] > most ? want[o][at] : most;
			assert_int_equal(shown[at], most);
		}
	}
	plock_fini(&p);
}

/* What SQLite does: the byte that says who will write stays locked while its neighbours change. */
static void neighbours_stay(void **state)
{
	struct plocks p = { .n = 0 };
	struct plock_plan plan;
	const struct plock reserved = { .from = 11, .to = 11, .owner = 1, .type = PLOCK_WRITE },
			   pending = { .from = 10, .to = 10, .owner = 1, .type = PLOCK_WRITE };

	assert_true(plock_set(&p, &reserved) && plock_plan(&p, 11, 11, &plan));
	assert_int_equal(plan.n_come, 1);
	assert_true(plock_shown_add(&p, &plan.come[0]));
	plock_plan_fini(&plan);
	assert_true(plock_set(&p, &pending) && plock_plan(&p, 10, 10, &plan));
	assert_int_equal(plan.n_go, 0);
	assert_int_equal(plan.n_come, 1);
	assert_int_equal(plan.come[0].to, 10);
	plock_plan_fini(&plan);
	/* A new handle has none of them yet. */
	plock_shown_forget(&p);
	assert_true(plock_plan(&p, 0, PLOCK_END, &plan));
	assert_int_equal(plan.n_go, 0);
	assert_int_equal(plan.n_come, 1);
	assert_true(plan.come[0].from == 10 && plan.come[0].to == 11);
	plock_plan_fini(&plan);
	/* To the end of everything. */
	const struct plock all = { .from = 0, .to = PLOCK_END, .owner = 2, .type = PLOCK_READ };
	assert_non_null(plock_conflict(&p, &all));
	plock_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_shows_the_union),
		cmocka_unit_test(neighbours_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
