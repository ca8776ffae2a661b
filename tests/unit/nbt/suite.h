/* What every test file of the folder begins with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "world.h"

static struct world world;

static inline int setup(void **state)
{
	world_init(&world);
	return 0;
}

static inline int teardown(void **state)
{
	world_fini(&world);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
