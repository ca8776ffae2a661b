/* The lmhosts file. */
#include "nbt/lmhosts.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/log.h"

enum { DEPTH_MAX = 4, LINE_MAX_LEN = 1024, LINES_MAX = 65536 /* of all files: one that includes itself, or a device, must end */ };

struct reading {
	lmhosts_fn fn;
	void *user;
	unsigned depth, lines;
	bool stopped;
};

struct block {
	bool open, found; /* between BEGIN_ALTERNATE and END_ALTERNATE; one of its files could be read */
};

static bool read_file(struct reading *r, const char *path);

static char *word(char **at)
{
	char *start = *at + strspn(*at, " \t\r\n"), *end;

	if (*start == '"') {
		end = strchr(++start, '"');
		if (end == NULL)
			end = start + strlen(start);
	} else {
		end = start + strcspn(start, " \t\r\n");
	}
	*at = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return start;
}

/* "NAME           \0x14": the sixteenth byte is written out. */
static void set_name(struct lmhosts_entry *e, char *text)
{
	char *escape = strstr(text, "\\0x");

	e->suffix = -1;
	if (escape != NULL) {
		e->suffix = (int)strtoul(escape + 3, NULL, 16) & 0xFF;
		*escape = '\0';
	}
	size_t len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	size_t put = utf8_upper_into(e->name, sizeof(e->name) - 1, text, len);
	e->name[MIN(put, sizeof(e->name) - 1)] = '\0';
}

static void set_tag(struct lmhosts_entry *e, const char *tag)
{
	if (strcasecmp(tag, "#PRE") == 0) {
		e->preload = true;
	} else if (strncasecmp(tag, "#DOM:", 5) == 0) {
		size_t put = utf8_upper_into(e->domain, sizeof(e->domain) - 1, tag + 5, strlen(tag + 5));
		e->domain[MIN(put, sizeof(e->domain) - 1)] = '\0';
	}
}

static void address_line(struct reading *r, char *line)
{
	struct lmhosts_entry e = { 0 };

	if (!nbt_ip_parse(word(&line), &e.ip))
		return;
	set_name(&e, word(&line));
	for (char *tag = word(&line); *tag == '#'; tag = word(&line))
		set_tag(&e, tag);
	if (e.name[0] != '\0')
		r->stopped = !r->fn(r->user, &e);
}

static void directive(struct reading *r, struct block *block, char *line)
{
	char *keyword = word(&line);

	if (strcasecmp(keyword, "#BEGIN_ALTERNATE") == 0) {
		*block = (struct block){ .open = true };
	} else if (strcasecmp(keyword, "#END_ALTERNATE") == 0) {
		*block = (struct block){ 0 };
	} else if (strcasecmp(keyword, "#INCLUDE") == 0 && !(block->open && block->found)) {
		bool ok = read_file(r, word(&line));
		block->found = block->found || ok;
	}
}

static bool read_file(struct reading *r, const char *path)
{
	struct block block = { 0 };
	char line[LINE_MAX_LEN];

	if (r->depth == DEPTH_MAX) {
		log_warning("%s: lmhosts files include each other more than %d deep", path, DEPTH_MAX);
		return false;
	}
	FILE *f = fopen(path, "re");
	if (f == NULL) {
		if (r->depth > 0 || errno != ENOENT)
			log_warning("%s: %s", path, strerror(errno));
		return false;
	}
	if (fseek(f, 0, SEEK_CUR) != 0) { /* a pipe may keep us waiting for ever */
		log_warning("%s: it is no file", path);
		fclose(f);
		return false;
	}
	r->depth++;
	while (!r->stopped && fgets(line, sizeof(line), f) != NULL) {
		if (++r->lines > LINES_MAX) {
			log_warning("%s: lmhosts files have more than %d lines; the rest is not read", path, LINES_MAX);
			r->stopped = true;
			break;
		}
		char *start = line + strspn(line, " \t");
		if (*start == '#')
			directive(r, &block, start);
		else
			address_line(r, start);
	}
	r->depth--;
	fclose(f);
	return true;
}

bool lmhosts_read(const char *path, lmhosts_fn fn, void *user)
{
	struct reading r = { .fn = fn, .user = user };

	return read_file(&r, path);
}

bool lmhosts_means(const struct lmhosts_entry *e, const char *name, uint8_t suffix)
{
	if (suffix == 0x1C || suffix == 0x1B)
		return utf8_casecmp(e->domain, name) == 0;
	if (utf8_casecmp(e->name, name) != 0)
		return false;
	return e->suffix >= 0 ? e->suffix == suffix : suffix == 0x00 || suffix == 0x03 || suffix == 0x20;
}

struct search {
	const char *name;
	uint8_t suffix;
	uint32_t *out;
	unsigned n;
};

static bool take(void *user, const struct lmhosts_entry *e)
{
	struct search *s = user;

	if (lmhosts_means(e, s->name, s->suffix))
		s->out[s->n++] = e->ip;
	return s->n < NBT_ADDRESSES_MAX;
}

unsigned lmhosts_find(const char *path, const char *name, uint8_t suffix, uint32_t out[NBT_ADDRESSES_MAX])
{
	struct search s = { name, suffix, out, 0 };

	lmhosts_read(path, take, &s);
	return s.n;
}
