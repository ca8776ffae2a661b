/*
 * The time formats of SMB. Inside Longhouse time is nttime: 100 ns units since 1601-01-01 UTC; 0 means "unknown".
 * Local-time formats take the server's offset as an argument: tz_min = minutes to ADD to local time to get UTC, as the
 * negotiate response announces it (UTC+1 is -60). [MS-CIFS] 2.2.4.52.2
 */
#ifndef BASE_SMBTIME_H
#define BASE_SMBTIME_H

#include <stdint.h>
#include <time.h>

typedef uint64_t nttime;

#define NTTIME_PER_SEC 10000000ull
#define NTTIME_PER_MS 10000ull
#define NTTIME_UNIX_EPOCH 116444736000000000ull

nttime nttime_from_timespec(struct timespec ts);
struct timespec nttime_to_timespec(nttime t); /* before 1970 gives negative seconds */

/* UTIME: seconds since 1970 in server local time; 0 and 0xFFFFFFFF mean unknown. [MS-CIFS] 2.2.1.4.3 */
uint32_t nttime_to_utime(nttime t, int tz_min);
nttime nttime_from_utime(uint32_t utime, int tz_min);

/* SMB_DATE and SMB_TIME, two-second steps, years 1980-2107; both 0 mean unknown. [MS-CIFS] 2.2.1.4.1, 2.2.1.4.2 */
void nttime_to_dos(nttime t, int tz_min, uint16_t *date, uint16_t *time);
nttime nttime_from_dos(uint16_t date, uint16_t time, int tz_min);

/* The wall clock. Only net/poller.c and tests call it; everyone else takes `now` as an argument. */
nttime nttime_now(void);
/* The offset of local time at `now`, in the sense above. */
int tz_min_at(nttime now);

#endif
