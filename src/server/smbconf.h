/*
 * The syntax of smb.conf(5), without meaning: sections, `name = value`, comments, continuation lines. inih would be the
 * library for it, but it cuts lines at 200 bytes, takes ';' in a value for a comment and an indented parameter for the rest
 * of the one before.
 */
#ifndef SERVER_SMBCONF_H
#define SERVER_SMBCONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct smbconf_entry {
	const char *section; /* as written, without blanks around */
	const char *name;    /* lower case, without any blanks: "readonly"; NULL: the section's own line */
	const char *written; /* the name as written */
	const char *value;
	unsigned line;       /* from 1 */
};

struct smbconf {
	struct smbconf_entry *entries;
	size_t n_entries;
};

/* What is wrong with the file, in words for the administrator. */
struct smbconf_error {
	unsigned line; /* 0: not a matter of one line */
	char text[256];
};

/* Everything lives in the arena. False: *error says why. */
bool smbconf_parse(struct arena *a, const char *text, size_t len, struct smbconf *out, struct smbconf_error *error);
bool smbconf_read(struct arena *a, const char *path, struct smbconf *out, struct smbconf_error *error);

#endif
