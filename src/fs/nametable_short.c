/*
 * Short names are a function of the set of names, not of its history: of the names that want the same short name the first
 * in byte order has it, the others take their further attempts in that order; a short name equal to a name on the disk is
 * never given. A change that could make a difference to other names drops all short names; the next question builds them.
 */
#include <stdlib.h>
#include <string.h>

#include "fs/nametable_internal.h"

enum { ATTEMPTS_MAX = 1000 }; /* 36^5 digits: only a prepared set of names gets beyond the third */

static uint32_t hash_short(const struct fs_names *t, const char *text)
{
	return fs_names_hash(t->seed, text, strlen(text));
}

static struct fs_slot *find_text(const struct fs_names *t, const char *text)
{
	uint32_t hash = hash_short(t, text);
	if (t->by_short.at == NULL)
		return NULL;
	for (size_t pos = hash & t->by_short.mask; t->by_short.at[pos].entry != FS_SLOT_NONE; pos = (pos + 1) & t->by_short.mask) {
		struct fs_slot *s = &t->by_short.at[pos];
		if (s->hash == hash && strcmp(t->texts[s->entry], text) == 0)
			return s;
	}
	return NULL;
}

void fs_shorts_drop(struct fs_names *t)
{
	free(t->texts);
	t->texts = NULL;
	fs_slots_free(&t->by_short);
	t->n_contested = 0;
}

static void grant(struct fs_names *t, uint32_t entry, const char text[FS_SHORT_NAME_MAX])
{
	memcpy(t->texts[entry], text, FS_SHORT_NAME_MAX);
	fs_slots_put(&t->by_short, hash_short(t, text), entry);
}

static bool is_on_disk(const struct fs_names *t, const char *text)
{
	return fs_names_find_folded(t, fs_names_hash_folded(t, text), text) != NULL;
}

/* The first choice of an entry while the table is built; the loser of a contest, or FS_SLOT_NONE. */
static uint32_t contest_first_choice(struct fs_names *t, uint32_t entry)
{
	char text[FS_SHORT_NAME_MAX];
	fs_mangle(fs_names_text(t, entry), 0, text);
	if (is_on_disk(t, text))
		return entry;
	struct fs_slot *holder = find_text(t, text);
	if (holder == NULL) {
		grant(t, entry, text);
		return FS_SLOT_NONE;
	}
	uint32_t loser = holder->entry;
	if (strcmp(fs_names_text(t, entry), fs_names_text(t, loser)) > 0)
		return entry;
	t->texts[loser][0] = '\0';
	memcpy(t->texts[entry], text, sizeof(text));
	holder->entry = entry;
	return loser;
}

static void grant_further_choice(struct fs_names *t, uint32_t entry)
{
	char text[FS_SHORT_NAME_MAX];
	for (unsigned attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
		fs_mangle(fs_names_text(t, entry), attempt, text);
		if (find_text(t, text) == NULL && !is_on_disk(t, text)) {
			grant(t, entry, text);
			return;
		}
	}
}

static int by_text(const void *a, const void *b, void *user)
{
	const struct fs_names *t = user;
	return strcmp(fs_names_text(t, *(const uint32_t *)a), fs_names_text(t, *(const uint32_t *)b));
}

/* Contests the first choices of all names; the entries that lost go to losers. */
static size_t build_first_choices(struct fs_names *t, uint32_t *losers)
{
	size_t n = 0;
	for (size_t i = 0; i <= t->by_name.mask; i++) {
		uint32_t head = t->by_name.at[i].entry;
		for (uint32_t e = head; e != FS_SLOT_NONE; e = t->entries[e].same) {
			if (e == head && fs_name_is_8dot3(fs_names_text(t, e)))
				continue;
			uint32_t loser = contest_first_choice(t, e);
			if (loser != FS_SLOT_NONE)
				losers[n++] = loser;
		}
	}
	return n;
}

bool fs_shorts_build(struct fs_names *t)
{
	if (t->texts != NULL || t->by_name.at == NULL)
		return true;
	uint32_t *losers = malloc(t->n_entries * sizeof(*losers));
	t->texts = calloc(t->entries_cap, sizeof(*t->texts));
	if (losers == NULL || t->texts == NULL || !fs_slots_make(&t->by_short, fs_names_count(t))) {
		free(losers);
		fs_shorts_drop(t);
		return false;
	}
	t->n_contested = build_first_choices(t, losers);
	qsort_r(losers, t->n_contested, sizeof(*losers), by_text, t);
	for (size_t i = 0; i < t->n_contested; i++)
		grant_further_choice(t, losers[i]);
	free(losers);
	return true;
}

void fs_shorts_note_added(struct fs_names *t, uint32_t entry)
{
	char text[FS_SHORT_NAME_MAX];
	const char *name = fs_names_text(t, entry);
	t->texts[entry][0] = '\0';
	size_t n = utf8_upper_into(text, sizeof(text), name, strlen(name));
	if (n < sizeof(text)) {
		text[n] = '\0';
		if (find_text(t, text) != NULL) { /* a literal name takes precedence over the short name that was given */
			fs_shorts_drop(t);
			return;
		}
	}
	if (fs_name_is_8dot3(name))
		return;
	fs_mangle(name, 0, text);
	if (find_text(t, text) != NULL || is_on_disk(t, text) || !fs_slots_reserve(&t->by_short))
		fs_shorts_drop(t);
	else
		grant(t, entry, text);
}

void fs_shorts_note_removed(struct fs_names *t, uint32_t entry, bool was_alone)
{
	if (t->texts == NULL)
		return;
	if (!was_alone || t->n_contested > 0)
		fs_shorts_drop(t);
	else if (t->texts[entry][0] != '\0')
		fs_slots_remove(&t->by_short, find_text(t, t->texts[entry]));
}

const char *fs_names_find_short(struct fs_names *t, const char *short_name)
{
	char text[FS_SHORT_NAME_MAX];
	size_t n = utf8_upper_into(text, sizeof(text), short_name, strlen(short_name));
	/* Every short name has a '~': other names need not be looked for, nor short names built for them. */
	if (n >= sizeof(text) || strchr(short_name, '~') == NULL || !fs_shorts_build(t) || t->texts == NULL)
		return NULL;
	text[n] = '\0';
	const struct fs_slot *slot = find_text(t, text);
	return slot == NULL ? NULL : fs_names_text(t, slot->entry);
}

const char *fs_names_short_of(struct fs_names *t, const char *name)
{
	const struct fs_slot *slot = fs_names_find_folded(t, fs_names_hash_folded(t, name), name);
	uint32_t e = slot == NULL ? FS_SLOT_NONE : fs_names_exact_in_chain(t, slot->entry, name);
	if (e == FS_SLOT_NONE || (e == slot->entry && fs_name_is_8dot3(name)) || !fs_shorts_build(t))
		return "";
	return t->texts[e];
}
