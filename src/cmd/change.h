/* Renaming, as `mv` and the shell's `rename` do it. */
#ifndef CMD_CHANGE_H
#define CMD_CHANGE_H

#include "client/cli.h"

/* Why it is not even tried; NULL: it may be. */
const char *change_why_not_move(const char *from, const char *to);
/* Which of the two names a failure is about. */
bool change_is_about_target(struct cli *c, const char *from, nt_status status);

#endif
