/* Time zones as an administrator writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "base/smbtime.h"
#include "server/timezone.h"

/* 1 July 2003, noon in Greenwich. */
#define SUMMER (NTTIME_UNIX_EPOCH + 1057060800ull * NTTIME_PER_SEC)

static void check(const char *text, int tz_min)
{
	struct arena a;
	arena_init(&a, 4096);
	const char *tz = timezone_parse(&a, text);
	if (tz == NULL)
		fail_msg("%s is refused", text);
	timezone_use(tz);
	assert_int_equal(tz_min_at(SUMMER), tz_min);
	arena_fini(&a);
}

/* Minutes west of Greenwich, as SMB_COM_NEGOTIATE tells them. */
static void what_is_written_is_what_clients_hear(void **state)
{
	check("UTC", 0);
	check("UTC+8", -480);
	check("utc-3:30", 210);
	check("UTC+05:45", -345);
	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
		return; /* a machine without the places of the world */
	check("Asia/Shanghai", -480);
	check("Europe/Berlin", -120);
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "Mars/Olympus", "UTC+", "UTC+15", "UTC+8:60", "UTC+8x", "UTC+8:30:10", "/etc/passwd", "../../../etc/passwd", "+8"
	};
	struct arena a;
	arena_init(&a, 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (timezone_parse(&a, bad[i]) != NULL)
			fail_msg("%s is taken", bad[i]);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_what_clients_hear),
		cmocka_unit_test(nonsense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
