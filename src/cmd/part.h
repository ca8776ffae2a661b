/*
 * A file that arrives: under a name of its own until it is whole, so that nobody finds half a file and a broken transfer goes on where it
 * was (transfer.h, part_name). Nothing is followed out of the folder.
 */
#ifndef CMD_PART_H
#define CMD_PART_H

#include "cmd/transfer.h"

struct part {
	int folder, fd;
	const char *name; /* that it gets */
	char own[PART_NAME];
};
/* *at: how much of it is there; anew: nothing is. 0 or errno; EWOULDBLOCK: somebody else is at it. name is borrowed. */
int part_open(struct part *p, int folder, const char *name, const struct cli_info *info, bool anew, uint64_t *at);
/* It is whole, and gets its name and times. 0 or errno: then it is gone. */
int part_finish(struct part *p, const struct cli_info *info);
/* It is not. keep: for the next try. */
void part_abandon(struct part *p, bool keep);

/* What of a part, of which `there` bytes are there, an interrupted transfer of a file of this size has left whole: behind it may be holes. What
 * is `under_way` on one connection goes as it likes, too. */
uint64_t part_trusted(uint64_t there, uint64_t size, uint64_t under_way);
void part_set_times(int fd, const struct cli_info *info);
/* The file was fetched before. Its time says so, to the second, which every file system keeps. */
bool part_is_whole(int folder, const char *name, const struct cli_info *info);

#endif
