/* What a person typed: a place on a server, or on this machine. */
#ifndef CMD_URL_H
#define CMD_URL_H

#include <stdio.h>

#include "client/url.h"

bool url_is_remote(const char *text);
/* A part of a URL: letters, digits and - . _ as they are, other bytes as %XX. */
void url_write_escaped(FILE *out, const char *text);

#endif
