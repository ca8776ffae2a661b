/*
 * Conversions between nttime and the time formats of the wire. Pure arithmetic except the two clock functions at the end;
 * the calendar is computed here because gmtime_r takes a process-wide lock, and directory listings convert by thousands.
 *
 * Fractions are cut, never rounded: every format then gives the same second, and what a client sets it reads back.
 */
#include "base/smbtime.h"

#include <stdbool.h>

/* Seconds from 1601-01-01 to 1970-01-01. */
#define EPOCH_SHIFT_SEC ((int64_t)(NTTIME_UNIX_EPOCH / NTTIME_PER_SEC))
/* FILETIME is a signed number on NT; a later time would be read as negative. */
#define NTTIME_MAX ((nttime)INT64_MAX)
#define SEC_PER_DAY 86400

struct civil {
	int64_t year;
	unsigned month, day; /* 1..12, 1..31 */
};

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. The year is counted from March, so the leap day
 * is its last one and month lengths follow one linear formula. */
static int64_t days_from_civil(struct civil c)
{
	int64_t year = c.month <= 2 ? c.year - 1 : c.year;
	unsigned month = (c.month + 9) % 12; /* 0 is March */
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * month + 2) / 5 + c.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_days(int64_t days)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month = (unsigned)((5 * day_of_year + 2) / 153);
	struct civil c = { .month = month < 10 ? month + 3 : month - 9 };
	c.day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);
	c.year = era * 400 + year_of_era + (c.month <= 2 ? 1 : 0);
	return c;
}

static int64_t unix_seconds(nttime t)
{
	return (int64_t)(t / NTTIME_PER_SEC) - EPOCH_SHIFT_SEC;
}

static nttime from_unix_seconds(int64_t sec)
{
	return (nttime)(sec + EPOCH_SHIFT_SEC) * NTTIME_PER_SEC;
}

nttime nttime_from_timespec(struct timespec ts)
{
	int64_t sec;
	if (__builtin_add_overflow((int64_t)ts.tv_sec, EPOCH_SHIFT_SEC, &sec))
		return NTTIME_MAX;
	if (sec < 0)
		return 0;
	if ((uint64_t)sec >= NTTIME_MAX / NTTIME_PER_SEC)
		return NTTIME_MAX;
	return (nttime)sec * NTTIME_PER_SEC + (nttime)ts.tv_nsec / 100;
}

struct timespec nttime_to_timespec(nttime t)
{
	return (struct timespec){ .tv_sec = (time_t)unix_seconds(t), .tv_nsec = (long)(t % NTTIME_PER_SEC) * 100 };
}

uint32_t nttime_to_utime(nttime t, int tz_min)
{
	if (t == 0)
		return 0;
	int64_t local = unix_seconds(t) - (int64_t)tz_min * 60;
	if (local < 0)
		return 0;
	return local > UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t)local;
}

nttime nttime_from_utime(uint32_t utime, int tz_min)
{
	if (utime == 0 || utime == UINT32_MAX)
		return 0;
	return from_unix_seconds((int64_t)utime + (int64_t)tz_min * 60);
}

void nttime_to_dos(nttime t, int tz_min, uint16_t *date, uint16_t *time)
{
	*date = *time = 0;
	if (t == 0)
		return;
	int64_t local = unix_seconds(t) - (int64_t)tz_min * 60;
	const int64_t first = days_from_civil((struct civil){ 1980, 1, 1 }) * SEC_PER_DAY;
	const int64_t last = days_from_civil((struct civil){ 2108, 1, 1 }) * SEC_PER_DAY - 1;
	local = local < first ? first : local > last ? last : local;
	struct civil c = civil_from_days(local / SEC_PER_DAY);
	unsigned sec = (unsigned)(local % SEC_PER_DAY);
	*date = (uint16_t)((unsigned)(c.year - 1980) << 9 | c.month << 5 | c.day);
	*time = (uint16_t)((sec / 3600) << 11 | (sec / 60 % 60) << 5 | (sec % 60) / 2);
}

static unsigned days_in_month(int64_t year, unsigned month)
{
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

nttime nttime_from_dos(uint16_t date, uint16_t time, int tz_min)
{
	struct civil c = { 1980 + (date >> 9), date >> 5 & 15, date & 31 };
	unsigned hour = time >> 11, min = time >> 5 & 63, sec = (time & 31u) * 2;
	/* A date that no calendar has (all zeros or all ones, mostly) is how clients write "unknown". */
	if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > days_in_month(c.year, c.month))
		return 0;
	if (hour > 23 || min > 59 || sec > 59)
		return 0;
	int64_t local = days_from_civil(c) * SEC_PER_DAY + hour * 3600 + min * 60 + sec;
	return from_unix_seconds(local + (int64_t)tz_min * 60);
}

nttime nttime_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return nttime_from_timespec(ts);
}

int tz_min_at(nttime now)
{
	time_t sec = (time_t)unix_seconds(now);
	struct tm tm;
	if (localtime_r(&sec, &tm) == NULL)
		return 0;
	return (int)(-tm.tm_gmtoff / 60);
}
