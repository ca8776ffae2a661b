#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "base/check.h"
#include "cmd/shell.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int shell_split(char *line, char *words[SHELL_WORDS_MAX], char **rest)
{
	static char bang[] = "!";
	char *at = line, *to, quote;

	*rest = NULL;
	for (int n = 0;; n++) {
		at += strspn(at, " \t\r\n");
		if (*at == '\0')
			return n;
		if (*at == ';') {
			*rest = at + 1;
			return n;
		}
		if (n == 0 && *at == '!') {
			words[n] = bang;
			at++;
			continue;
		}
		if (n == SHELL_WORDS_MAX)
			return -1;
		words[n] = to = at;
		for (quote = 0; *at != '\0' && (quote != 0 || (!is_blank(*at) && *at != ';')); at++) {
			if (quote != 0 ? *at == quote : *at == '"' || *at == '\'')
				quote = quote != 0 ? 0 : *at;
			else
				*to++ = *at;
		}
		if (quote != 0)
			return -2;
		/* The word's end may lie on what ended it. */
		char end = *at;
		*to = '\0';
		if (end == ';')
			*rest = at + 1;
		if (end == ';' || end == '\0')
			return n + 1;
		at++;
	}
}

char *shell_path(const char *folder, const char *text)
{
	bool from_root = *text == '/' || *text == '\\';
	char *out = malloc(strlen(folder) + strlen(text) + 2);

	CHECK(out != NULL);
	size_t len = from_root ? 0 : strlen(folder);
	memcpy(out, folder, len);
	while (*(text += strspn(text, "/\\")) != '\0') {
		size_t part = strcspn(text, "/\\");
		if (part == 2 && memcmp(text, "..", 2) == 0) {
			while (len > 0 && out[--len] != '/')
				;
		} else if (part != 1 || *text != '.') {
			if (len > 0)
				out[len++] = '/';
			memcpy(out + len, text, part);
			len += part;
		}
		text += part;
	}
	out[len] = '\0';
	return out;
}

char *shell_home(const char *text)
{
	const char *home = getenv("HOME");
	char *out;

	if (text[0] != '~' || (text[1] != '/' && text[1] != '\0') || home == NULL || home[0] == '\0')
		return NULL;
	CHECK(asprintf(&out, "%s%s", home, text + 1) > 0);
	return out;
}

static const char *next_letter(const char *at)
{
	for (at++; ((unsigned char)*at & 0xC0) == 0x80; at++)
		;
	return at;
}

/* Only the last star is ever tried anew: those before it have found the shortest that does. */
static bool match(const char *mask, const char *name)
{
	const char *star = NULL, *from = NULL;

	while (*name != '\0') {
		if (*mask == '*') {
			star = ++mask;
			from = name;
		} else if (*mask == '?') {
			mask++;
			name = next_letter(name);
		} else if (*mask == *name) {
			mask++;
			name++;
		} else if (star != NULL) {
			mask = star;
			name = from = next_letter(from);
		} else {
			return false;
		}
	}
	return mask[strspn(mask, "*")] == '\0';
}

static char *upper(const char *text)
{
	size_t cap = strlen(text) * 3 + 1;
	char *out = malloc(cap);

	CHECK(out != NULL);
	size_t len = utf8_upper_into(out, cap - 1, text, strlen(text));
	out[MIN(len, cap - 1)] = '\0';
	return out;
}

bool shell_match(const char *mask, const char *name)
{
	if (strcmp(mask, "*.*") == 0)
		return true;
	char *m = upper(mask), *n = upper(name);
	bool good = match(m, n);
	free(m);
	free(n);
	return good;
}

size_t shell_last_word(const char *line, size_t len, unsigned *index, size_t *command, char *quote)
{
	size_t begin = 0;
	bool in_word = false;

	*index = 0;
	*command = 0;
	*quote = 0;
	for (size_t i = 0; i < len; i++) {
		char c = line[i];
		if (*quote == 0 && (is_blank(c) || c == ';')) {
			*index = c == ';' ? 0 : *index + in_word;
			*command = c == ';' ? i + 1 : *command;
			in_word = false;
			continue;
		}
		if (!in_word)
			begin = i;
		in_word = true;
		if (*quote != 0 ? c == *quote : c == '"' || c == '\'')
			*quote = *quote != 0 ? 0 : c;
	}
	while (*command < len && is_blank(line[*command]))
		++*command;
	return in_word ? begin : len;
}
