/* The names of one folder: one blob of text, an array of entries, and open-addressing hash tables that point into it. */
#include "fs/nametable_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum {
	ENTRIES_MIN = 8,
	FOLD_MAX = 1024, /* names on disk have 255 bytes, folded at most 510; of longer ones a prefix is hashed */
};

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint32_t fs_names_hash(uint64_t seed, const char *p, size_t len)
{
	uint64_t h = seed ^ len, eight;
	for (; len >= sizeof(eight); len -= sizeof(eight), p += sizeof(eight)) {
		memcpy(&eight, p, sizeof(eight));
		h = mix(h ^ eight, 0x9E3779B97F4A7C15u);
	}
	eight = 0;
	memcpy(&eight, p, len);
	h = mix(h ^ eight, 0xD1B54A32D192ED03u);
	return (uint32_t)(h ^ h >> 32);
}

uint32_t fs_names_hash_folded(const struct fs_names *t, const char *name)
{
	char folded[FOLD_MAX];
	size_t need = utf8_upper_into(folded, sizeof(folded), name, strlen(name));
	return fs_names_hash(t->seed, folded, MIN(need, sizeof(folded)));
}

struct fs_slot *fs_names_find_folded(const struct fs_names *t, uint32_t hash, const char *name)
{
	if (t->by_name.at == NULL)
		return NULL;
	for (size_t pos = hash & t->by_name.mask; t->by_name.at[pos].entry != FS_SLOT_NONE; pos = (pos + 1) & t->by_name.mask) {
		struct fs_slot *s = &t->by_name.at[pos];
		if (s->hash == hash && utf8_casecmp(fs_names_text(t, s->entry), name) == 0)
			return s;
	}
	return NULL;
}

uint32_t fs_names_exact_in_chain(const struct fs_names *t, uint32_t head, const char *name)
{
	while (head != FS_SLOT_NONE && strcmp(fs_names_text(t, head), name) != 0)
		head = t->entries[head].same;
	return head;
}

struct fs_names *fs_names_new(uint64_t seed)
{
	struct fs_names *t = calloc(1, sizeof(*t));
	if (t != NULL)
		t->seed = seed;
	return t;
}

void fs_names_free(struct fs_names *t)
{
	if (t == NULL)
		return;
	fs_shorts_drop(t);
	fs_slots_free(&t->by_name);
	free(t->entries);
	free(t->blob);
	free(t);
}

size_t fs_names_count(const struct fs_names *t)
{
	return t->n_entries - t->n_dead;
}

bool fs_names_is_wasteful(const struct fs_names *t)
{
	return t->n_dead > ENTRIES_MIN * 8 && t->n_dead > t->n_entries / 2;
}

/* --- changes ------------------------------------------------------------------------------------------------------- */

static bool reserve_entry(struct fs_names *t)
{
	if (t->n_entries < t->entries_cap)
		return true;
	size_t cap = t->entries_cap == 0 ? ENTRIES_MIN : t->entries_cap * 2;
	if (cap >= FS_SLOT_NONE)
		return false;
	struct fs_name_entry *entries = realloc(t->entries, cap * sizeof(*entries));
	if (entries == NULL)
		return false;
	t->entries = entries;
	if (t->texts != NULL) {
		char (*texts)[FS_SHORT_NAME_MAX] = realloc(t->texts, cap * sizeof(*texts));
		if (texts == NULL)
			fs_shorts_drop(t);
		else
			t->texts = texts;
	}
	t->entries_cap = cap;
	return true;
}

static bool reserve_text(struct fs_names *t, size_t len)
{
	if (t->blob_cap - t->blob_len >= len)
		return true;
	size_t cap = MAX(t->blob_cap * 2, t->blob_len + MAX(len, (size_t)128));
	if (cap >= FS_SLOT_NONE)
		return false;
	char *blob = realloc(t->blob, cap);
	if (blob == NULL)
		return false;
	t->blob = blob;
	t->blob_cap = cap;
	return true;
}

static uint32_t append(struct fs_names *t, const char *name, size_t size)
{
	uint32_t e = (uint32_t)t->n_entries++;
	t->entries[e] = (struct fs_name_entry){ .name = (uint32_t)t->blob_len, .same = FS_SLOT_NONE };
	memcpy(t->blob + t->blob_len, name, size);
	t->blob_len += size;
	return e;
}

bool fs_names_add(struct fs_names *t, const char *name)
{
	uint32_t hash = fs_names_hash_folded(t, name);
	struct fs_slot *head = fs_names_find_folded(t, hash, name);
	if (head != NULL && fs_names_exact_in_chain(t, head->entry, name) != FS_SLOT_NONE)
		return true;
	size_t size = strlen(name) + 1;
	if (!reserve_entry(t) || !reserve_text(t, size) || (head == NULL && !fs_slots_reserve(&t->by_name)))
		return false;
	uint32_t e = append(t, name, size);
	if (head == NULL) {
		fs_slots_put(&t->by_name, hash, e);
		if (t->texts != NULL)
			fs_shorts_note_added(t, e);
		return true;
	}
	fs_shorts_drop(t);
	if (strcmp(name, fs_names_text(t, head->entry)) < 0) {
		t->entries[e].same = head->entry;
		head->entry = e;
	} else {
		t->entries[e].same = t->entries[head->entry].same;
		t->entries[head->entry].same = e;
	}
	return true;
}

/* The first in byte order of a chain, which becomes its head. */
static uint32_t put_first_ahead(struct fs_names *t, uint32_t chain)
{
	uint32_t *best = &chain;
	for (uint32_t *link = &chain; *link != FS_SLOT_NONE; link = &t->entries[*link].same) {
		if (strcmp(fs_names_text(t, *link), fs_names_text(t, *best)) < 0)
			best = link;
	}
	uint32_t first = *best;
	*best = t->entries[first].same;
	t->entries[first].same = chain;
	return first;
}

void fs_names_remove(struct fs_names *t, const char *name)
{
	struct fs_slot *slot = fs_names_find_folded(t, fs_names_hash_folded(t, name), name);
	if (slot == NULL)
		return;
	uint32_t *link = &slot->entry;
	while (*link != FS_SLOT_NONE && strcmp(fs_names_text(t, *link), name) != 0)
		link = &t->entries[*link].same;
	uint32_t e = *link;
	if (e == FS_SLOT_NONE)
		return;
	bool is_head = link == &slot->entry, alone = is_head && t->entries[e].same == FS_SLOT_NONE;
	fs_shorts_note_removed(t, e, alone);
	if (alone)
		fs_slots_remove(&t->by_name, slot);
	else if (is_head)
		slot->entry = put_first_ahead(t, t->entries[e].same);
	else
		*link = t->entries[e].same;
	t->entries[e].name = FS_SLOT_NONE;
	t->n_dead++;
}

/* --- questions ----------------------------------------------------------------------------------------------------- */

const char *fs_names_find(const struct fs_names *t, const char *name)
{
	const struct fs_slot *slot = fs_names_find_folded(t, fs_names_hash_folded(t, name), name);
	if (slot == NULL)
		return NULL;
	uint32_t exact = fs_names_exact_in_chain(t, slot->entry, name);
	return fs_names_text(t, exact != FS_SLOT_NONE ? exact : slot->entry);
}

bool fs_names_has_exact(const struct fs_names *t, const char *name)
{
	const char *found = fs_names_find(t, name);
	return found != NULL && strcmp(found, name) == 0;
}

void fs_names_each(struct fs_names *t, fs_names_each_fn each, void *user)
{
	bool with_shorts = fs_shorts_build(t) && t->texts != NULL;
	for (uint32_t e = 0; e < t->n_entries; e++) {
		if (t->entries[e].name == FS_SLOT_NONE)
			continue;
		if (!each(user, fs_names_text(t, e), with_shorts ? t->texts[e] : ""))
			return;
	}
}
