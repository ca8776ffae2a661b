/* How a password comes in: from a file, from standard input, or typed without echo; never from the command line. */
#ifndef CMD_PASSWORD_H
#define CMD_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* One line into out, without its end. file: a path, "-" for standard input, NULL: typed twice on a terminal, else one
 * line of standard input. False: none, too long, or the two differ; said on stderr. The caller wipes out. */
bool cmd_read_password(const char *command, const char *file, const char *user, char *out, size_t cap);
/* The same for a password that a server knows: typed once, on a terminal only. */
bool cmd_ask_password(const char *command, const char *file, const char *user, const char *host, char *out, size_t cap);

#endif
