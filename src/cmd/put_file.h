/* One file of a transfer that sends. */
#ifndef CMD_PUT_FILE_H
#define CMD_PUT_FILE_H

#include <sys/stat.h>

#include "cmd/transfer.h"

/* A folder on the server that files go to; its times are set when the last of them is there. */
struct put_target {
	char *path;
	struct stat st;
	bool keep_times;
	char *copy_of; /* the mark that goes then, if all could be sent (put_mark.h); malloc'd, NULL: none */
	bool goes_on;  /* what a transfer that was broken off has sent, of the same size and time, is left out */
	atomic_uint users;
};
/* With one user. st: of the folder here, or NULL: its times stay. */
struct put_target *put_target_new(const char *path, const struct stat *st);
void put_target_release(struct member *m, struct put_target *t);

/* Somebody of the team sends the file, and closes fd. */
void put_file_give(struct transfer *t, int fd, const struct stat *st, const char *local, struct put_target *target, const char *path);

#endif
