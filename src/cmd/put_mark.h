/*
 * A folder that is sent to a server has a mark in it from when we made it until all is there: whoever repeats the command after it failed or was
 * killed means this copy, and not one more inside of it.
 */
#ifndef CMD_PUT_MARK_H
#define CMD_PUT_MARK_H

#include "server/remote_branches.h"

/* Of what the folder at path is the copy, as realpath() has it. A server that takes no mark does without: then a repeated command does
 * as cp does. */
void put_mark_make(struct remote_branches *b, const char *path, const char *copy_of);
bool put_mark_is_there(struct remote_branches *b, const char *path, const char *copy_of);
void put_mark_remove(struct remote_branches *b, const char *path, const char *copy_of);

#endif
