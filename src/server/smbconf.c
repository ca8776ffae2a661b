/* The syntax of smb.conf(5). Pure but for smbconf_read. */
#include "server/smbconf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A configuration of a thousand shares has some hundred kilobytes. */
#define FILE_MAX ((size_t)4 << 20)

struct parser {
	struct arena *arena;
	struct smbconf *out;
	struct smbconf_error *error;
	size_t cap;
	const char *section; /* NULL before the first */
};

static bool fail(struct smbconf_error *error, unsigned line, const char *what)
{
	error->line = line;
	snprintf(error->text, sizeof(error->text), "%s", what);
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *s)
{
	while (is_blank(*s))
		s++;
	size_t len = strlen(s);
	while (len > 0 && is_blank(s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

static char *canonical_name(struct arena *a, const char *written)
{
	char *name = arena_strdup(a, written), *to = name;

	for (const char *from = written; name != NULL && *from != '\0'; from++)
		if (!is_blank(*from))
			*to++ = *from >= 'A' && *from <= 'Z' ? (char)(*from + 32) : *from;
	if (name != NULL)
		*to = '\0';
	return name;
}

static bool append(struct parser *p, struct smbconf_entry entry)
{
	struct smbconf *out = p->out;

	if (out->n_entries == p->cap) {
		size_t cap = p->cap != 0 ? p->cap * 2 : 64;
		struct smbconf_entry *entries = arena_array(p->arena, cap, sizeof(*entries));
		if (entries == NULL)
			return fail(p->error, 0, "not enough memory");
		if (out->n_entries > 0)
			memcpy(entries, out->entries, out->n_entries * sizeof(*entries));
		out->entries = entries;
		p->cap = cap;
	}
	out->entries[out->n_entries++] = entry;
	return true;
}

static bool section_line(struct parser *p, char *s, unsigned line)
{
	char *end = strchr(s, ']');

	if (end == NULL)
		return fail(p->error, line, "a section begins with [ but does not end with ]; write [name]");
	if (*trim(end + 1) != '\0')
		return fail(p->error, line, "there is something behind the section's ]; put it on a line of its own");
	*end = '\0';
	p->section = trim(s + 1);
	if (*p->section == '\0')
		return fail(p->error, line, "a section without a name; write [name]");
	return append(p, (struct smbconf_entry){ .section = p->section, .value = "", .line = line });
}

static bool parameter_line(struct parser *p, char *s, unsigned line)
{
	char *equals = strchr(s, '=');

	if (equals == NULL)
		return fail(p->error, line, "neither a [section] nor `name = value` nor a comment (# or ;)");
	*equals = '\0';
	char *written = trim(s);
	if (*written == '\0')
		return fail(p->error, line, "a value without a name; write `name = value`");
	if (p->section == NULL)
		return fail(p->error, line, "a parameter before the first [section]; put [global] above it");
	char *name = canonical_name(p->arena, written);
	if (name == NULL)
		return fail(p->error, 0, "not enough memory");
	return append(p, (struct smbconf_entry){ p->section, name, written, trim(equals + 1), line });
}

static bool one_line(struct parser *p, char *s, unsigned line)
{
	s = trim(s);
	if (*s == '\0' || *s == '#' || *s == ';')
		return true;
	return *s == '[' ? section_line(p, s, line) : parameter_line(p, s, line);
}

/* Takes the next logical line out of *at: physical lines that end with a backslash are joined. Counts lines in *line. */
static char *next_line(char **at, unsigned *line)
{
	char *start = *at, *to = start, *from = start;

	for (;;) {
		char *end = strchr(from, '\n');
		size_t len = end != NULL ? (size_t)(end - from) : strlen(from);
		memmove(to, from, len);
		to += len;
		from = end != NULL ? end + 1 : from + len;
		(*line)++;
		char *last = to;
		if (last > start && last[-1] == '\r')
			last--;
		if (last == start || last[-1] != '\\')
			break;
		to = last - 1;
		if (end == NULL)
			break;
	}
	*to = '\0';
	*at = from;
	return start;
}

bool smbconf_parse(struct arena *a, const char *text, size_t len, struct smbconf *out, struct smbconf_error *error)
{
	struct parser p = { .arena = a, .out = out, .error = error };
	unsigned line = 0;

	*out = (struct smbconf){ 0 };
	if (memchr(text, '\0', len) != NULL)
		return fail(error, 0, "the file has NUL bytes, so it is not a text file; save it as plain text (UTF-8)");
	char *copy = arena_strndup(a, text, len), *at = copy;
	if (copy == NULL)
		return fail(error, 0, "not enough memory");
	if (strncmp(at, "\xEF\xBB\xBF", 3) == 0)
		at += 3;
	/* next_line shortens what it has read only, so the end does not move. */
	const char *end = copy + len;
	while (at < end) {
		unsigned first = line + 1;
		char *s = next_line(&at, &line);
		if (!one_line(&p, s, first))
			return false;
	}
	return true;
}

bool smbconf_read(struct arena *a, const char *path, struct smbconf *out, struct smbconf_error *error)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(FILE_MAX + 1);
	bool ok = false;

	if (f == NULL || text == NULL) {
		fail(error, 0, f == NULL ? strerror(errno) : "not enough memory");
	} else {
		size_t len = fread(text, 1, FILE_MAX + 1, f);
		if (ferror(f))
			fail(error, 0, strerror(errno));
		else if (len > FILE_MAX)
			fail(error, 0, "the file is larger than 4 MiB");
		else
			ok = smbconf_parse(a, text, len, out, error);
	}
	if (f != NULL)
		fclose(f);
	free(text);
	return ok;
}
