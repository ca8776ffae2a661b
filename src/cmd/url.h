/* What a person typed: a place on a server, or on this machine. */
#ifndef CMD_URL_H
#define CMD_URL_H

#include "client/url.h"

bool url_is_remote(const char *text);

#endif
