/*
 * What the pieces of sending one file share: the job and its part (put_file.c), the bytes of an open file (put_bytes.c), small ones side
 * by side (put_small.c).
 */
#ifndef CMD_PUT_JOB_H
#define CMD_PUT_JOB_H

#include "cmd/put_file.h"

/* Belongs to the member whose job it is. */
struct put_file {
	struct errand errand; /* first */
	struct put_target *target; /* used */
	struct member *member; /* whose job it is, in put_slowly */
	int fd;
	struct stat st;
	char *local, *path;
	/* Once it is open: */
	struct cli *cli;      /* the member's, or where a link of a DFS leads */
	char *there, *part;   /* its path there, and its part's; NULL: it has none */
	struct cli_file file; /* it, or the part */
	bool is_shared;       /* a part, opened so that further connections may write to it */
	bool failed;
	bool is_returned; /* the connection that had it before is lost */
	nttime patient_until; /* then */
};
/* How a file is opened that has no part. */
extern const struct cli_open put_in_place;

/* Where it lies. */
void put_is_at(struct put_file *p, struct cli *c, const char *path);
/* Wherever the server says that it lies. False: said. */
bool put_slowly(struct member *m, struct put_file *p);
/* Says what its connection does. */
void put_failed(struct member *m, const struct put_file *p, nt_status status);
/* The job is over, one way or the other. */
void put_job_end(struct member *m, struct put_file *p);
void put_is_sent(struct member *m, const struct put_file *p);

/* ---- put_bytes.c ---- */

/* Less than most: there is no more, or *err. */
size_t put_read(const struct put_file *p, uint8_t *block, uint64_t offset, size_t most, int *err);
/* Sends all from `at` on into the open file and closes it. False: said. */
bool put_fill(struct member *m, struct put_file *p, uint64_t at);
/* Of what lies on this machine. */
struct cli_info put_times_of(const struct stat *st);

/* ---- put_small.c ---- */

void put_small_begin(struct member *m, struct put_file *p);

#endif
