#include "fs/slots.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 16 };

static bool resize(struct fs_slots *s, size_t n)
{
	struct fs_slot *at = malloc(n * sizeof(*at));
	if (at == NULL)
		return false;
	memset(at, 0xFF, n * sizeof(*at)); /* entry = FS_SLOT_NONE */
	for (size_t i = 0; s->at != NULL && i <= s->mask; i++) {
		if (s->at[i].entry == FS_SLOT_NONE)
			continue;
		size_t pos = s->at[i].hash & (n - 1);
		while (at[pos].entry != FS_SLOT_NONE)
			pos = (pos + 1) & (n - 1);
		at[pos] = s->at[i];
	}
	free(s->at);
	s->at = at;
	s->mask = n - 1;
	return true;
}

bool fs_slots_make(struct fs_slots *s, size_t n)
{
	size_t size = SLOTS_MIN;
	while (size * 3 < (n + 1) * 4)
		size *= 2;
	return resize(s, size);
}

bool fs_slots_reserve(struct fs_slots *s)
{
	if (s->at == NULL)
		return resize(s, SLOTS_MIN);
	return (s->used + 1) * 4 <= (s->mask + 1) * 3 || resize(s, (s->mask + 1) * 2);
}

void fs_slots_put(struct fs_slots *s, uint32_t hash, uint32_t entry)
{
	size_t pos = hash & s->mask;
	while (s->at[pos].entry != FS_SLOT_NONE)
		pos = (pos + 1) & s->mask;
	s->at[pos] = (struct fs_slot){ hash, entry };
	s->used++;
}

void fs_slots_remove(struct fs_slots *s, struct fs_slot *slot)
{
	size_t hole = (size_t)(slot - s->at);
	for (size_t pos = (hole + 1) & s->mask; s->at[pos].entry != FS_SLOT_NONE; pos = (pos + 1) & s->mask) {
		size_t home = s->at[pos].hash & s->mask;
		if (((pos - home) & s->mask) < ((pos - hole) & s->mask))
			continue;
		s->at[hole] = s->at[pos];
		hole = pos;
	}
	s->at[hole].entry = FS_SLOT_NONE;
	s->used--;
}

void fs_slots_free(struct fs_slots *s)
{
	free(s->at);
	*s = (struct fs_slots){ 0 };
}
