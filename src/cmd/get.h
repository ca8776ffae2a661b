/* Fetching files and folders, for `longhouse get` and the shell. */
#ifndef CMD_GET_H
#define CMD_GET_H

#include "cmd/transfer.h"

/* The job of a transfer that fetches. */
void get_job(struct member *m, void *job);
/* The file or (recursive) folder at path of the share to `local`: a name, a folder that is there, or NULL: here. */
void get_place(struct transfer *t, const char *path, const char *local);
/* All of a file to an open descriptor, which messages call `local`. */
void get_to_fd(struct transfer *t, const char *path, int fd, const char *local);

#endif
