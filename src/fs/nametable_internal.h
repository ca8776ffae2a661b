/* Between nametable.c, which has the names, and nametable_short.c. */
#ifndef FS_NAMETABLE_INTERNAL_H
#define FS_NAMETABLE_INTERNAL_H

#include "fs/nametable.h"
#include "fs/slots.h"

struct fs_name_entry {
	uint32_t name; /* offset in the blob; FS_SLOT_NONE: removed */
	uint32_t same; /* the next name that differs only by case, or FS_SLOT_NONE */
};

struct fs_names {
	uint64_t seed;
	char *blob;
	size_t blob_len, blob_cap;
	struct fs_name_entry *entries;
	size_t n_entries, entries_cap, n_dead;
	struct fs_slots by_name; /* one slot per folded name: the head of its chain */
	/* Short names; texts is NULL until somebody asks. As many as entries_cap; "" where none is needed. */
	char (*texts)[FS_SHORT_NAME_MAX];
	struct fs_slots by_short;
	size_t n_contested; /* names that did not get their first choice */
};

static inline const char *fs_names_text(const struct fs_names *t, uint32_t entry)
{
	return t->blob + t->entries[entry].name;
}

uint32_t fs_names_hash(uint64_t seed, const char *p, size_t len);
uint32_t fs_names_hash_folded(const struct fs_names *t, const char *name);
/* The head of the chain of those that differ by case only; NULL: none. hash: fs_names_hash_folded. */
struct fs_slot *fs_names_find_folded(const struct fs_names *t, uint32_t hash, const char *name);
/* This very name; FS_SLOT_NONE: none. */
uint32_t fs_names_exact_in_chain(const struct fs_names *t, uint32_t head, const char *name);

/* False: no memory. Without names there are none to build. */
bool fs_shorts_build(struct fs_names *t);
void fs_shorts_drop(struct fs_names *t);
/* A new name that is alone with its folded form: joins the short names if that changes nothing for the others. */
void fs_shorts_note_added(struct fs_names *t, uint32_t entry);
/* Before it goes. */
void fs_shorts_note_removed(struct fs_names *t, uint32_t entry, bool was_alone);

#endif
