#include "cmd/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lanes.h"

void part_set_times(int fd, const struct cli_info *info)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };

	if (info->last_access_time != 0)
		times[0] = nttime_to_timespec(info->last_access_time);
	if (info->last_write_time != 0)
		times[1] = nttime_to_timespec(info->last_write_time);
	futimens(fd, times);
}

uint64_t part_trusted(uint64_t there, uint64_t size, uint64_t under_way)
{
	uint64_t doubtful = size >= LANES_FILE_MIN ? MAX(under_way, (uint64_t)CHUNKS_AHEAD) : under_way;
	return there - MIN(there, doubtful);
}

bool part_is_whole(int folder, const char *name, const struct cli_info *info)
{
	struct stat st;
	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == info->size &&
	       info->last_write_time != 0 && st.st_mtime == nttime_to_timespec(info->last_write_time).tv_sec;
}

/* What is there fits: it goes on behind it. */
static bool go_on(int fd, const struct cli_info *info, bool anew, uint64_t *at)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &st) != 0)
		return false;
	/* Without a time nothing tells one state of the file from another. */
	bool fits = !anew && info->last_write_time != 0 && (uint64_t)st.st_size <= info->size;
	*at = fits ? part_trusted((uint64_t)st.st_size, info->size, 0) : 0;
	return fits || st.st_size == 0 || ftruncate(fd, 0) == 0;
}

int part_open(struct part *p, int folder, const char *name, const struct cli_info *info, bool anew, uint64_t *at)
{
	*p = (struct part){ .folder = folder, .name = name };
	part_name(name, info->size, info->last_write_time, false, p->own);
	p->fd = openat(folder, p->own, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (p->fd < 0)
		return errno;
	if (go_on(p->fd, info, anew, at))
		return 0;
	int err = errno;
	close(p->fd);
	return err;
}

int part_finish(struct part *p, const struct cli_info *info)
{
	part_set_times(p->fd, info);
	/* What the disk has not taken is told here at the latest. */
	if (close(p->fd) == 0 && renameat(p->folder, p->own, p->folder, p->name) == 0)
		return 0;
	int err = errno;
	unlinkat(p->folder, p->own, 0);
	return err;
}

void part_abandon(struct part *p, bool keep)
{
	close(p->fd);
	if (!keep)
		unlinkat(p->folder, p->own, 0);
}
