/* How remote files are shown: lines for people, JSON for programs. Names of a server never reach a terminal raw. */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include <stdio.h>

#include "client/cli.h"

/* Control characters as \x1b. */
void show_name(FILE *out, const char *name);
/* "DRHSA----  12345  2026-11-21 10:00:00  name" */
void show_line(const struct cli_info *i, const char *name);
/* A line: what, and the time here; "-": unknown. */
void show_when(const char *what, nttime t);
/* {"done": 2, "failed": 1} and a line's end: of that many things. */
void show_done(unsigned done, unsigned failed);
/* {"name": ..., "size": ..., ...} */
void show_json(const struct cli_info *i, const char *name);

#endif
