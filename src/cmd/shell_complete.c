/* What the Tab key offers in the shell. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "cmd/folder.h"
#include "cmd/shell.h"

enum { CHOICES_MAX = 4096 /* nobody reads more */ };

static void add(struct shell_choices *c, const char *name, bool is_folder)
{
	if (c->n == c->cap) {
		c->cap = c->cap * 2 + 32;
		c->items = reallocarray(c->items, c->cap, sizeof(*c->items));
		CHECK(c->items != NULL);
	}
	CHECK(asprintf(&c->items[c->n++], "%s%s", name, is_folder ? "/" : "") >= 0);
}

void shell_choices_fini(struct shell_choices *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->items[i]);
	free(c->items);
	*c = (struct shell_choices){ .n = 0 };
}

static bool begins(const char *name, const char *word, size_t len, bool fold)
{
	return (fold ? strncasecmp(name, word, len) : strncmp(name, word, len)) == 0;
}

static void add_commands(struct shell_choices *c, const char *word)
{
	size_t n;
	const struct shell_command *commands = shell_commands(&n);

	for (size_t i = 0; i < n; i++) {
		if (begins(commands[i].name, word, strlen(word), false))
			add(c, commands[i].name, false);
		if (commands[i].also != NULL && begins(commands[i].also, word, strlen(word), false))
			add(c, commands[i].also, false);
	}
}

static void add_remote(struct shell *s, struct shell_choices *c, const char *folder, const char *base)
{
	char *path = shell_path(s->folder, folder);
	struct folder f;

	if (folder_read_far(&s->remote->branches, path, &f) == STATUS_SUCCESS) {
		for (size_t i = 0; i < f.n && c->n < CHOICES_MAX; i++)
			if (begins(f.entries[i].name, base, strlen(base), true))
				add(c, f.entries[i].name, folder_is_folder(&f.entries[i].info));
		folder_fini(&f);
	}
	free(path);
}

static void add_local(struct shell_choices *c, const char *folder, const char *base)
{
	char *home = shell_home(folder);
	DIR *dir = opendir(home != NULL ? home : folder[0] != '\0' ? folder : ".");

	for (struct dirent *e; dir != NULL && c->n < CHOICES_MAX && (e = readdir(dir)) != NULL;) {
		struct stat st;
		bool hidden = e->d_name[0] == '.' && base[0] != '.';
		if (!hidden && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && begins(e->d_name, base, strlen(base), false))
			add(c, e->d_name, fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode));
	}
	if (dir != NULL)
		closedir(dir);
	free(home);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The beginning that all have, at a letter's end. */
static size_t common_length(const struct shell_choices *c)
{
	size_t len = strlen(c->items[0]);

	for (size_t i = 1; i < c->n; i++) {
		size_t same = 0;
		while (same < len && c->items[i][same] == c->items[0][same])
			same++;
		len = same;
	}
	while (len > 0 && ((unsigned char)c->items[0][len] & 0xC0) == 0x80)
		len--;
	return len;
}

/* 'r', 'l' or '-' for the word of that index; 'c' for the command itself. */
static char kind_of(const char *command, unsigned index)
{
	const struct shell_command *k = shell_find(command, strcspn(command, " \t;"));

	if (index == 0)
		return 'c';
	if (command[0] == '!')
		return 'l';
	if (k == NULL || k->kinds[0] == '\0')
		return '-';
	return shell_kind(k, index);
}

char *shell_complete(struct shell *s, const char *line, size_t len, struct shell_choices *out)
{
	unsigned index;
	size_t command;
	char quote, *text = strndup(line, len);

	*out = (struct shell_choices){ .n = 0 };
	CHECK(text != NULL);
	char *word = text + shell_last_word(text, len, &index, &command, &quote);
	if (*word == '"' || *word == '\'')
		word++;
	char kind = kind_of(text + command, index);
	size_t base = (size_t)(remote_base(word) - word);
	char *folder = strndup(word, base);
	CHECK(folder != NULL);
	if (kind == 'c')
		add_commands(out, word);
	else if (kind == 'r')
		add_remote(s, out, folder, word + base);
	else if (kind == 'l')
		add_local(out, folder, word + base);
	char *whole = NULL;
	if (out->n > 0) {
		qsort(out->items, out->n, sizeof(*out->items), by_name);
		size_t common = common_length(out), typed = strlen(word + base);
		CHECK(asprintf(&whole, "%s%.*s", folder, (int)MAX(common, typed), common >= typed ? out->items[0] : word + base) >= 0);
	}
	free(folder);
	free(text);
	return whole;
}
