/* An open-addressing hash table from hashes to the numbers of entries that are kept elsewhere. Whoever owns it locks it. */
#ifndef FS_SLOTS_H
#define FS_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FS_SLOT_NONE UINT32_MAX /* entry: the slot is empty */

struct fs_slot {
	uint32_t hash;
	uint32_t entry;
};

/* All zero: empty. */
struct fs_slots {
	struct fs_slot *at;
	size_t mask; /* a power of two, less one */
	size_t used;
};

/* Room for n at a load of at most 3/4; what is there stays. False: no memory, and nothing has changed. */
bool fs_slots_make(struct fs_slots *s, size_t n);
/* Room for one more. False: no memory. */
bool fs_slots_reserve(struct fs_slots *s);
/* There is room. Looked up from at[hash & mask] on, to the first empty slot. */
void fs_slots_put(struct fs_slots *s, uint32_t hash, uint32_t entry);
/* Empties the slot and moves up what had to step over it. */
void fs_slots_remove(struct fs_slots *s, struct fs_slot *slot);
void fs_slots_free(struct fs_slots *s);

#endif
