/* What things are called there, and by which number they go here. */
#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "gateway/internal.h"

const char *gateway_path(struct gateway_turn *t, const char *path)
{
	const char *above = t->l->gateway->options.path;

	/* No part of a name is ".." or empty here, so nothing leads above it. */
	return above[0] == '\0' ? path : arena_printf(&t->cli.arena, "%s/%s", above, path);
}

/* Servers' names are the same in any case; so the number is that of the upper-case name. */
static uint64_t number_of(const char *path)
{
	char part[256];
	uint64_t hash = UINT64_C(0xCBF29CE484222325);
	size_t len = strlen(path);

	for (size_t at = 0; at < len;) {
		size_t take = MIN(len - at, sizeof(part) / 4);
		while (at + take < len && ((uint8_t)path[at + take] & 0xC0) == 0x80)
			take--; /* no character is cut: upper case may be longer than lower, but not by much */
		if (take == 0)
			take = 1;
		size_t n = MIN(utf8_upper_into(part, sizeof(part), path + at, take), sizeof(part));
		for (size_t i = 0; i < n; i++)
			hash = (hash ^ (uint8_t)part[i]) * UINT64_C(0x100000001B3);
		at += take;
	}
	return hash | 1;
}

static const struct gateway_file *open_by_number(const struct gateway *g, uint64_t ino, const char *but)
{
	const struct gateway_file *f = g->files;

	while (f != NULL && (f->ino != ino || utf8_casecmp(f->path, but) == 0))
		f = f->next;
	return f;
}

static uint64_t find_number(const struct gateway *g, const char *path)
{
	uint64_t ino = number_of(path);

	for (const struct gateway_file *f = g->files; f != NULL; f = f->next)
		if (utf8_casecmp(f->path, path) == 0)
			return f->ino;
	/* An open file that was renamed keeps its number; who has its old name needs another. */
	while (open_by_number(g, ino, path) != NULL)
		ino += 2;
	return ino;
}

uint64_t gateway_ino(struct gateway *g, const char *path)
{
	lock_take(&g->lock);
	uint64_t ino = find_number(g, path);
	lock_release(&g->lock);
	return ino;
}

void gateway_names_add(struct gateway *g, struct gateway_file *f)
{
	lock_take(&g->lock);
	f->ino = find_number(g, f->path);
	f->next = g->files;
	g->files = f;
	lock_release(&g->lock);
}

void gateway_names_remove(struct gateway *g, struct gateway_file *f)
{
	lock_take(&g->lock);
	struct gateway_file **link = &g->files;
	while (*link != f)
		link = &(*link)->next;
	*link = f->next;
	lock_release(&g->lock);
}

static void move_name(struct gateway_file *f, const char *from, const char *to)
{
	size_t len = strlen(from), to_len = strlen(to), rest;

	if (utf8_casecmp(f->path, from) != 0 && (strlen(f->path) <= len || f->path[len] != '/' || strncmp(f->path, from, len) != 0))
		return;
	rest = strlen(f->path) > len ? strlen(f->path) - len : 0;
	char *moved = malloc(to_len + rest + 1);
	if (moved == NULL)
		return; /* its handle goes on working; only its name is wrong */
	memcpy(moved, to, to_len);
	memcpy(moved + to_len, f->path + strlen(f->path) - rest, rest + 1);
	free(f->path);
	f->path = moved;
}

void gateway_names_moved(struct gateway *g, const char *from, const char *to)
{
	lock_take(&g->lock);
	for (struct gateway_file *f = g->files; f != NULL; f = f->next)
		move_name(f, from, to);
	lock_release(&g->lock);
}

const char *gateway_path_of(struct gateway_turn *t, const struct gateway_file *f, const char *path)
{
	struct gateway *g = t->l->gateway;

	if (f == NULL)
		return gateway_path(t, path);
	lock_take(&g->lock);
	const char *copy = arena_strdup(&t->cli.arena, f->path);
	lock_release(&g->lock);
	return copy != NULL ? gateway_path(t, copy) : NULL;
}
