#include "mount/listing.h"

#include <stdlib.h>
#include <string.h>

uint64_t listing_hash(const char *name)
{
	uint64_t hash = 0xCBF29CE484222325u;
	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 0x100000001B3u;
	return hash;
}

static size_t place_of(const struct listing *l, const char *name)
{
	uint64_t hash = listing_hash(name);
	return (size_t)(hash ^ hash >> 32) & (l->index_len - 1);
}

static void free_listing(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->entries[i].name);
	free(l->entries);
	free(l->index);
	free(l->folder);
	free(l);
}

void shelf_init(struct shelf *s)
{
	*s = (struct shelf){ .changes = 0 };
	lock_init(&s->lock, LOCK_RANK_LEAF);
}

void shelf_fini(struct shelf *s)
{
	for (size_t i = 0; i < LISTING_SHELF; i++)
		if (s->kept[i] != NULL)
			listing_put(s, s->kept[i]);
	lock_fini(&s->lock);
}

void shelf_changed(struct shelf *s) { atomic_fetch_add(&s->changes, 1); }

struct listing *listing_new(struct shelf *s, const char *folder, pid_t thread, uint64_t now_ms)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (l == NULL || (l->folder = strdup(folder)) == NULL) {
		free(l);
		return NULL;
	}
	l->thread = thread;
	l->changes = atomic_load(&s->changes);
	l->begun_ms = l->used_ms = now_ms;
	l->refs = 1;
	return l;
}

struct listed *listing_add(struct listing *l, const char *name)
{
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 64 : l->cap * 2;
		struct listed *grown = realloc(l->entries, cap * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		l->entries = grown;
		l->cap = cap;
	}
	l->entries[l->n] = (struct listed){ .name = strdup(name) };
	return l->entries[l->n].name != NULL ? &l->entries[l->n++] : NULL;
}

static bool make_index(struct listing *l)
{
	l->index_len = 16;
	while (l->index_len < l->n * 2)
		l->index_len *= 2;
	l->index = calloc(l->index_len, sizeof(*l->index));
	for (size_t i = 0; i < l->n && l->index != NULL; i++) {
		size_t at = place_of(l, l->entries[i].name);
		while (l->index[at] != 0)
			at = (at + 1) & (l->index_len - 1);
		l->index[at] = (uint32_t)i + 1;
	}
	return l->index != NULL;
}

static struct listed *find(const struct listing *l, const char *name)
{
	for (size_t at = place_of(l, name); l->index[at] != 0; at = (at + 1) & (l->index_len - 1))
		if (strcmp(l->entries[l->index[at] - 1].name, name) == 0)
			return &l->entries[l->index[at] - 1];
	return NULL;
}

/* ---- the shelf ---- */

void listing_keep(struct shelf *s, struct listing *l, uint64_t now_ms)
{
	if (l->thread == 0 || l->n == 0 || l->n > LISTING_KEPT_MAX || !make_index(l))
		return;
	l->used_ms = now_ms;
	lock_take(&s->lock);
	struct listing *oldest = s->kept[LISTING_SHELF - 1];
	memmove(s->kept + 1, s->kept, (LISTING_SHELF - 1) * sizeof(s->kept[0]));
	s->kept[0] = l;
	l->refs++;
	lock_release(&s->lock);
	if (oldest != NULL)
		listing_put(s, oldest);
}

void listing_put(struct shelf *s, struct listing *l)
{
	lock_take(&s->lock);
	bool last = --l->refs == 0;
	lock_release(&s->lock);
	if (last)
		free_listing(l);
}

static bool is_fresh(const struct shelf *s, const struct listing *l, uint64_t now_ms)
{
	return l->changes == atomic_load(&s->changes) && now_ms - l->used_ms <= LISTING_IDLE_MS && now_ms - l->begun_ms <= LISTING_AGE_MS;
}

static bool is_of(const struct listing *l, const char *path, size_t folder_len)
{
	return strncmp(l->folder, path, folder_len) == 0 && l->folder[folder_len] == '\0';
}

static struct listing *find_folder(const struct shelf *s, const char *path, pid_t thread, uint64_t now_ms)
{
	for (size_t i = 0; i < LISTING_SHELF && s->kept[i] != NULL; i++)
		if (s->kept[i]->thread == thread && strcmp(s->kept[i]->folder, path) == 0 && is_fresh(s, s->kept[i], now_ms))
			return s->kept[i];
	return NULL;
}

void shelf_told(struct shelf *s, const char *path, pid_t thread, uint64_t now_ms, const struct stat *st)
{
	lock_take(&s->lock);
	struct listing *l = find_folder(s, path, thread, now_ms);
	if (l != NULL) {
		l->self = *st;
		l->has_self = true;
	}
	lock_release(&s->lock);
}

bool shelf_find(struct shelf *s, const char *path, pid_t thread, uint64_t now_ms, struct stat *out)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	size_t folder_len = slash != NULL ? (size_t)(slash - path) : 0;
	struct listed *e = NULL;

	lock_take(&s->lock);
	const struct listing *self = find_folder(s, path, thread, now_ms);
	bool is_self = self != NULL && self->has_self;
	for (size_t i = 0; i < LISTING_SHELF && s->kept[i] != NULL && e == NULL && !is_self; i++) {
		struct listing *l = s->kept[i];
		if (l->thread != thread || !is_of(l, path, folder_len) || !is_fresh(s, l, now_ms))
			continue;
		e = find(l, name);
		l->used_ms = e != NULL ? now_ms : l->used_ms;
	}
	bool believed = e != NULL && e->asked++ < LISTING_ASKED_TIMES;
	if (believed || is_self)
		*out = is_self ? self->self : e->st;
	lock_release(&s->lock);
	return believed || is_self;
}
