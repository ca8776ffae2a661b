/* Time formats: known moments, the ends of each range, unknown values, round trips over the whole calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/bytes.h"
#include "base/smbtime.h"

/* 2004-02-29 13:45:31.5 UTC */
#define LEAP_DAY_UNIX 1078062331
#define LEAP_DAY (NTTIME_UNIX_EPOCH + LEAP_DAY_UNIX * NTTIME_PER_SEC + NTTIME_PER_SEC / 2)

static void test_timespec(void **state)
{
	assert_true(nttime_from_timespec((struct timespec){ 0, 0 }) == NTTIME_UNIX_EPOCH);
	assert_true(nttime_from_timespec((struct timespec){ LEAP_DAY_UNIX, 500000099 }) == LEAP_DAY);
	assert_true(nttime_from_timespec((struct timespec){ -1, 999999900 }) == NTTIME_UNIX_EPOCH - 1);
	struct timespec ts = nttime_to_timespec(LEAP_DAY);
	assert_int_equal(ts.tv_sec, LEAP_DAY_UNIX);
	assert_int_equal(ts.tv_nsec, 500000000);
	ts = nttime_to_timespec(NTTIME_UNIX_EPOCH - 1);
	assert_int_equal(ts.tv_sec, -1);
	assert_int_equal(ts.tv_nsec, 999999900);
}

static void test_timespec_outside_the_range(void **state)
{
	assert_true(nttime_from_timespec((struct timespec){ -11644473600, 0 }) == 0);
	assert_true(nttime_from_timespec((struct timespec){ -11644473601, 0 }) == 0);
	assert_true(nttime_from_timespec((struct timespec){ INT64_MIN, 0 }) == 0);
	assert_true(nttime_from_timespec((struct timespec){ INT64_MAX, 999999999 }) == INT64_MAX);
	assert_true(nttime_from_timespec((struct timespec){ INT64_MAX / 10000000, 0 }) == INT64_MAX);
	/* Hostile values from the wire must not overflow either. */
	struct timespec ts = nttime_to_timespec(UINT64_MAX);
	assert_int_equal(ts.tv_nsec, 955161500);
	assert_true(ts.tv_sec > 0);
}

static void test_utime_is_local(void **state)
{
	assert_int_equal(nttime_to_utime(LEAP_DAY, 0), LEAP_DAY_UNIX);
	assert_int_equal(nttime_to_utime(LEAP_DAY, -60), LEAP_DAY_UNIX + 3600);
	assert_int_equal(nttime_to_utime(LEAP_DAY, 480), LEAP_DAY_UNIX - 8 * 3600);
	assert_true(nttime_from_utime(LEAP_DAY_UNIX + 3600, -60) == LEAP_DAY - NTTIME_PER_SEC / 2);
}

static void test_utime_unknown_and_clamped(void **state)
{
	assert_int_equal(nttime_to_utime(0, -60), 0);
	assert_true(nttime_from_utime(0, -60) == 0);
	assert_true(nttime_from_utime(UINT32_MAX, 0) == 0);
	assert_int_equal(nttime_to_utime(NTTIME_UNIX_EPOCH - NTTIME_PER_SEC, 0), 0);
	assert_int_equal(nttime_to_utime(INT64_MAX, 0), UINT32_MAX - 1);
	assert_int_equal(nttime_to_utime(UINT64_MAX, -1440), UINT32_MAX - 1);
}

static void check_dos(nttime t, int tz_min, unsigned want_date, unsigned want_time)
{
	uint16_t date, time;
	nttime_to_dos(t, tz_min, &date, &time);
	assert_int_equal(date, want_date);
	assert_int_equal(time, want_time);
}

#define DATE(y, m, d) ((unsigned)((y) - 1980) << 9 | (m) << 5 | (d))
#define TIME(h, m, s) ((h) << 11 | (m) << 5 | (s) / 2)

static void test_dos(void **state)
{
	check_dos(LEAP_DAY, 0, DATE(2004, 2, 29), TIME(13, 45, 30));
	check_dos(LEAP_DAY, -660, DATE(2004, 3, 1), TIME(0, 45, 30));
	check_dos(LEAP_DAY, 840, DATE(2004, 2, 28), TIME(23, 45, 30));
	assert_true(nttime_from_dos(DATE(2004, 3, 1), TIME(0, 45, 30), -660) == LEAP_DAY - 3 * NTTIME_PER_SEC / 2);
}

static void test_dos_range(void **state)
{
	check_dos(0, 0, 0, 0);
	check_dos(1, 0, DATE(1980, 1, 1), 0);
	check_dos(NTTIME_UNIX_EPOCH, 0, DATE(1980, 1, 1), 0);
	check_dos(INT64_MAX, 0, DATE(2107, 12, 31), TIME(23, 59, 58));
	check_dos(UINT64_MAX, -1440, DATE(2107, 12, 31), TIME(23, 59, 58));
}

static void test_dos_dates_that_no_calendar_has(void **state)
{
	static const uint16_t bad[][2] = {
		{ 0, 0 }, { 0xFFFF, 0xFFFF }, { 0, 0x6000 }, { DATE(2003, 2, 29), 0 }, { DATE(2100, 2, 29), 0 },
		{ DATE(2000, 4, 31), 0 }, { DATE(2000, 13, 1), 0 }, { DATE(2000, 1, 0), 0 }, { DATE(2000, 0, 1), 0 },
		{ DATE(2000, 1, 1), TIME(24, 0, 0) }, { DATE(2000, 1, 1), TIME(0, 60, 0) },
		{ DATE(2000, 1, 1), TIME(0, 0, 60) },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(nttime_from_dos(bad[i][0], bad[i][1], 0) == 0);
	assert_true(nttime_from_dos(DATE(2000, 2, 29), 0, 0) != 0);
}

/* Our calendar against libc's, for every day that the format has. */
static void test_every_day_against_libc(void **state)
{
	for (time_t sec = 315532800 + 43200; sec < 4354819200; sec += 86400) {
		struct tm tm;
		gmtime_r(&sec, &tm);
		unsigned date = DATE(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday);
		check_dos(NTTIME_UNIX_EPOCH + (nttime)sec * NTTIME_PER_SEC, 0, date, TIME(12, 0, 0));
		assert_true(nttime_from_dos((uint16_t)date, TIME(12, 0, 0), 0) ==
			    NTTIME_UNIX_EPOCH + (nttime)sec * NTTIME_PER_SEC);
	}
}

static void test_offset_of_the_zone(void **state)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	assert_int_equal(tz_min_at(LEAP_DAY), -60);
	assert_int_equal(tz_min_at(LEAP_DAY + 150ull * 86400 * NTTIME_PER_SEC), -120);
	setenv("TZ", "NST3:30", 1);
	tzset();
	assert_int_equal(tz_min_at(LEAP_DAY), 210);
}

static void test_now_is_this_century(void **state)
{
	nttime first = nttime_now();
	assert_true(first > LEAP_DAY);
	assert_true(nttime_now() - first < 60 * NTTIME_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timespec),
		cmocka_unit_test(test_timespec_outside_the_range),
		cmocka_unit_test(test_utime_is_local),
		cmocka_unit_test(test_utime_unknown_and_clamped),
		cmocka_unit_test(test_dos),
		cmocka_unit_test(test_dos_range),
		cmocka_unit_test(test_dos_dates_that_no_calendar_has),
		cmocka_unit_test(test_every_day_against_libc),
		cmocka_unit_test(test_offset_of_the_zone),
		cmocka_unit_test(test_now_is_this_century),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
