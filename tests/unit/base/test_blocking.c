/* The brackets: hooks run once around the outermost, errno survives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/blocking.h"

static int begins, ends;

static void count_begin(void)
{
	begins++;
	errno = EIO;
}

static void count_end(void)
{
	ends++;
	errno = EIO;
}

static void test_without_hooks_nothing_happens(void **state)
{
	blocking_set_hooks(NULL, NULL);
	blocking_begin();
	blocking_end();
	assert_int_equal(begins + ends, 0);
}

static void test_nested_brackets_give_one_permit_back(void **state)
{
	blocking_set_hooks(count_begin, count_end);
	blocking_begin();
	blocking_begin();
	assert_int_equal(begins, 1);
	blocking_end();
	assert_int_equal(ends, 0);
	blocking_end();
	assert_int_equal(ends, 1);
	blocking_begin();
	blocking_end();
	assert_int_equal(begins, 2);
	assert_int_equal(ends, 2);
}

static void test_errno_of_the_bracketed_call_survives(void **state)
{
	blocking_set_hooks(count_begin, count_end);
	errno = ENOSPC;
	blocking_begin();
	assert_int_equal(errno, ENOSPC);
	blocking_end();
	assert_int_equal(errno, ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_hooks_nothing_happens),
		cmocka_unit_test(test_nested_brackets_give_one_permit_back),
		cmocka_unit_test(test_errno_of_the_bracketed_call_survives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
