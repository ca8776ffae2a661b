/* Sending files and folders, for `longhouse put` and the shell. */
#ifndef CMD_PUT_H
#define CMD_PUT_H

#include "cmd/transfer.h"

/* The job of a transfer that sends. */
void put_job(struct member *m, void *job);
/* The name that a local place gets in a folder, malloc'd; "": what is in it goes there, then ("." and ".."). */
char *put_name(const char *local);
/* What is at `to` of the share: *into: a folder, into which the local thing (NULL: several) is to go, as with cp. Not so if it is the local
 * folder's own copy, which was broken off. */
nt_status put_look(struct transfer *t, const char *local, const char *to, bool *into);
/* The local file or (recursive) folder as `path` of the share. */
void put_place(struct transfer *t, const char *local, const char *path);
/* Why a file of this name cannot have it on a server; NULL: it can. */
const char *put_why_no_name(const char *name);

#endif
