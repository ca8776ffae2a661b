/*
 * The names of one folder: one blob of text, an array of entries, and open-addressing hash tables that point into it.
 *
 * Short names are a function of the set of names, not of its history: of the names that want the same short name the first
 * in byte order has it, the others take their further attempts in that order; a short name equal to a name on the disk is
 * never given. A change that could make a difference to other names drops all short names; the next question builds them.
 */
#include "fs/nametable.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "fs/slots.h"

#define NONE FS_SLOT_NONE

enum {
	ENTRIES_MIN = 8,
	FOLD_MAX = 1024,     /* names on disk have 255 bytes, folded at most 510; of longer ones a prefix is hashed */
	ATTEMPTS_MAX = 1000, /* 36^5 digits: only a prepared set of names gets beyond the third */
};

struct entry {
	uint32_t name; /* offset in the blob; NONE: removed */
	uint32_t same; /* the next name that differs only by case, or NONE */
};

struct fs_names {
	uint64_t seed;
	char *blob;
	size_t blob_len, blob_cap;
	struct entry *entries;
	size_t n_entries, entries_cap, n_dead;
	struct fs_slots by_name; /* one slot per folded name: the head of its chain */
	/* Short names; texts is NULL until somebody asks. As many as entries_cap; "" where none is needed. */
	char (*texts)[FS_SHORT_NAME_MAX];
	struct fs_slots by_short;
	size_t n_contested; /* names that did not get their first choice */
};

/* --- hashing ------------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_bytes(uint64_t seed, const char *p, size_t len)
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

static uint32_t hash_folded(const struct fs_names *t, const char *name)
{
	char folded[FOLD_MAX];
	size_t need = utf8_upper_into(folded, sizeof(folded), name, strlen(name));
	return hash_bytes(t->seed, folded, MIN(need, sizeof(folded)));
}

static uint32_t hash_short(const struct fs_names *t, const char *text)
{
	return hash_bytes(t->seed, text, strlen(text));
}

/* --- names --------------------------------------------------------------------------------------------------------- */

static const char *name_of(const struct fs_names *t, uint32_t entry)
{
	return t->blob + t->entries[entry].name;
}

static struct fs_slot *find_folded(const struct fs_names *t, uint32_t hash, const char *name)
{
	if (t->by_name.at == NULL)
		return NULL;
	for (size_t pos = hash & t->by_name.mask; t->by_name.at[pos].entry != NONE; pos = (pos + 1) & t->by_name.mask) {
		struct fs_slot *s = &t->by_name.at[pos];
		if (s->hash == hash && utf8_casecmp(name_of(t, s->entry), name) == 0)
			return s;
	}
	return NULL;
}

static uint32_t exact_in_chain(const struct fs_names *t, uint32_t head, const char *name)
{
	while (head != NONE && strcmp(name_of(t, head), name) != 0)
		head = t->entries[head].same;
	return head;
}

static struct fs_slot *find_text(const struct fs_names *t, const char *text)
{
	uint32_t hash = hash_short(t, text);
	if (t->by_short.at == NULL)
		return NULL;
	for (size_t pos = hash & t->by_short.mask; t->by_short.at[pos].entry != NONE; pos = (pos + 1) & t->by_short.mask) {
		struct fs_slot *s = &t->by_short.at[pos];
		if (s->hash == hash && strcmp(t->texts[s->entry], text) == 0)
			return s;
	}
	return NULL;
}

static void drop_shorts(struct fs_names *t)
{
	free(t->texts);
	t->texts = NULL;
	fs_slots_free(&t->by_short);
	t->n_contested = 0;
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
	drop_shorts(t);
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

/* --- short names --------------------------------------------------------------------------------------------------- */

static void grant(struct fs_names *t, uint32_t entry, const char text[FS_SHORT_NAME_MAX])
{
	memcpy(t->texts[entry], text, FS_SHORT_NAME_MAX);
	fs_slots_put(&t->by_short, hash_short(t, text), entry);
}

static bool is_on_disk(const struct fs_names *t, const char *text)
{
	return find_folded(t, hash_folded(t, text), text) != NULL;
}

/* The first choice of an entry while the table is built; the loser of a contest, or NONE. */
static uint32_t contest_first_choice(struct fs_names *t, uint32_t entry)
{
	char text[FS_SHORT_NAME_MAX];
	fs_mangle(name_of(t, entry), 0, text);
	if (is_on_disk(t, text))
		return entry;
	struct fs_slot *holder = find_text(t, text);
	if (holder == NULL) {
		grant(t, entry, text);
		return NONE;
	}
	uint32_t loser = holder->entry;
	if (strcmp(name_of(t, entry), name_of(t, loser)) > 0)
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
		fs_mangle(name_of(t, entry), attempt, text);
		if (find_text(t, text) == NULL && !is_on_disk(t, text)) {
			grant(t, entry, text);
			return;
		}
	}
}

static int by_text(const void *a, const void *b, void *user)
{
	const struct fs_names *t = user;
	return strcmp(name_of(t, *(const uint32_t *)a), name_of(t, *(const uint32_t *)b));
}

/* Contests the first choices of all names; the entries that lost go to losers. */
static size_t build_first_choices(struct fs_names *t, uint32_t *losers)
{
	size_t n = 0;
	for (size_t i = 0; i <= t->by_name.mask; i++) {
		uint32_t head = t->by_name.at[i].entry;
		for (uint32_t e = head; e != NONE; e = t->entries[e].same) {
			if (e == head && fs_name_is_8dot3(name_of(t, e)))
				continue;
			uint32_t loser = contest_first_choice(t, e);
			if (loser != NONE)
				losers[n++] = loser;
		}
	}
	return n;
}

/* False: no memory. */
static bool build_shorts(struct fs_names *t)
{
	if (t->texts != NULL || t->by_name.at == NULL)
		return true;
	uint32_t *losers = malloc(t->n_entries * sizeof(*losers));
	t->texts = calloc(t->entries_cap, sizeof(*t->texts));
	if (losers == NULL || t->texts == NULL || !fs_slots_make(&t->by_short, fs_names_count(t))) {
		free(losers);
		drop_shorts(t);
		return false;
	}
	t->n_contested = build_first_choices(t, losers);
	qsort_r(losers, t->n_contested, sizeof(*losers), by_text, t);
	for (size_t i = 0; i < t->n_contested; i++)
		grant_further_choice(t, losers[i]);
	free(losers);
	return true;
}

/* A new name that is alone with its folded form: joins the short names if that changes nothing for the others. */
static void shorts_note_added(struct fs_names *t, uint32_t entry)
{
	char text[FS_SHORT_NAME_MAX];
	const char *name = name_of(t, entry);
	t->texts[entry][0] = '\0';
	size_t n = utf8_upper_into(text, sizeof(text), name, strlen(name));
	if (n < sizeof(text)) {
		text[n] = '\0';
		if (find_text(t, text) != NULL) { /* a literal name takes precedence over the short name that was given */
			drop_shorts(t);
			return;
		}
	}
	if (fs_name_is_8dot3(name))
		return;
	fs_mangle(name, 0, text);
	if (find_text(t, text) != NULL || is_on_disk(t, text) || !fs_slots_reserve(&t->by_short))
		drop_shorts(t);
	else
		grant(t, entry, text);
}

static void shorts_note_removed(struct fs_names *t, uint32_t entry, bool was_alone)
{
	if (t->texts == NULL)
		return;
	if (!was_alone || t->n_contested > 0)
		drop_shorts(t);
	else if (t->texts[entry][0] != '\0')
		fs_slots_remove(&t->by_short, find_text(t, t->texts[entry]));
}

/* --- changes ------------------------------------------------------------------------------------------------------- */

static bool reserve_entry(struct fs_names *t)
{
	if (t->n_entries < t->entries_cap)
		return true;
	size_t cap = t->entries_cap == 0 ? ENTRIES_MIN : t->entries_cap * 2;
	if (cap >= NONE)
		return false;
	struct entry *entries = realloc(t->entries, cap * sizeof(*entries));
	if (entries == NULL)
		return false;
	t->entries = entries;
	if (t->texts != NULL) {
		char (*texts)[FS_SHORT_NAME_MAX] = realloc(t->texts, cap * sizeof(*texts));
		if (texts == NULL)
			drop_shorts(t);
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
	if (cap >= NONE)
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
	t->entries[e] = (struct entry){ .name = (uint32_t)t->blob_len, .same = NONE };
	memcpy(t->blob + t->blob_len, name, size);
	t->blob_len += size;
	return e;
}

bool fs_names_add(struct fs_names *t, const char *name)
{
	uint32_t hash = hash_folded(t, name);
	struct fs_slot *head = find_folded(t, hash, name);
	if (head != NULL && exact_in_chain(t, head->entry, name) != NONE)
		return true;
	size_t size = strlen(name) + 1;
	if (!reserve_entry(t) || !reserve_text(t, size) || (head == NULL && !fs_slots_reserve(&t->by_name)))
		return false;
	uint32_t e = append(t, name, size);
	if (head == NULL) {
		fs_slots_put(&t->by_name, hash, e);
		if (t->texts != NULL)
			shorts_note_added(t, e);
		return true;
	}
	drop_shorts(t);
	if (strcmp(name, name_of(t, head->entry)) < 0) {
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
	for (uint32_t *link = &chain; *link != NONE; link = &t->entries[*link].same) {
		if (strcmp(name_of(t, *link), name_of(t, *best)) < 0)
			best = link;
	}
	uint32_t first = *best;
	*best = t->entries[first].same;
	t->entries[first].same = chain;
	return first;
}

void fs_names_remove(struct fs_names *t, const char *name)
{
	struct fs_slot *slot = find_folded(t, hash_folded(t, name), name);
	if (slot == NULL)
		return;
	uint32_t *link = &slot->entry;
	while (*link != NONE && strcmp(name_of(t, *link), name) != 0)
		link = &t->entries[*link].same;
	uint32_t e = *link;
	if (e == NONE)
		return;
	bool is_head = link == &slot->entry, alone = is_head && t->entries[e].same == NONE;
	shorts_note_removed(t, e, alone);
	if (alone)
		fs_slots_remove(&t->by_name, slot);
	else if (is_head)
		slot->entry = put_first_ahead(t, t->entries[e].same);
	else
		*link = t->entries[e].same;
	t->entries[e].name = NONE;
	t->n_dead++;
}

/* --- questions ----------------------------------------------------------------------------------------------------- */

const char *fs_names_find(const struct fs_names *t, const char *name)
{
	const struct fs_slot *slot = find_folded(t, hash_folded(t, name), name);
	if (slot == NULL)
		return NULL;
	uint32_t exact = exact_in_chain(t, slot->entry, name);
	return name_of(t, exact != NONE ? exact : slot->entry);
}

bool fs_names_has_exact(const struct fs_names *t, const char *name)
{
	const char *found = fs_names_find(t, name);
	return found != NULL && strcmp(found, name) == 0;
}

const char *fs_names_find_short(struct fs_names *t, const char *short_name)
{
	char text[FS_SHORT_NAME_MAX];
	size_t n = utf8_upper_into(text, sizeof(text), short_name, strlen(short_name));
	/* Every short name has a '~': other names need not be looked for, nor short names built for them. */
	if (n >= sizeof(text) || strchr(short_name, '~') == NULL || !build_shorts(t) || t->texts == NULL)
		return NULL;
	text[n] = '\0';
	const struct fs_slot *slot = find_text(t, text);
	return slot == NULL ? NULL : name_of(t, slot->entry);
}

const char *fs_names_short_of(struct fs_names *t, const char *name)
{
	const struct fs_slot *slot = find_folded(t, hash_folded(t, name), name);
	uint32_t e = slot == NULL ? NONE : exact_in_chain(t, slot->entry, name);
	if (e == NONE || (e == slot->entry && fs_name_is_8dot3(name)) || !build_shorts(t))
		return "";
	return t->texts[e];
}

void fs_names_each(struct fs_names *t, fs_names_each_fn each, void *user)
{
	bool with_shorts = build_shorts(t) && t->texts != NULL;
	for (uint32_t e = 0; e < t->n_entries; e++) {
		if (t->entries[e].name == NONE)
			continue;
		if (!each(user, name_of(t, e), with_shorts ? t->texts[e] : ""))
			return;
	}
}
