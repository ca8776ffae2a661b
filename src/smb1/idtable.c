#include "smb1/idtable.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/random.h"

enum { ID_SPAN = 0xFFFD /* identifiers 1..0xFFFD */, FIRST_CAP = 4 };

void idtable_init(struct idtable *t, uint16_t max)
{
	*t = (struct idtable){ .max = max, .origin = (uint16_t)(random_u32() % ID_SPAN) };
}

void idtable_fini(struct idtable *t)
{
	free(t->slots);
	t->slots = NULL;
	t->cap = t->count = 0;
}

static uint16_t id_of_slot(const struct idtable *t, size_t slot)
{
	return (uint16_t)(1 + (t->origin + slot) % ID_SPAN);
}

/* The slot that this identifier would live in; may be beyond cap. */
static size_t slot_of_id(const struct idtable *t, uint16_t id)
{
	return ((size_t)id - 1 + ID_SPAN - t->origin) % ID_SPAN;
}

static bool grow(struct idtable *t)
{
	size_t cap = t->cap == 0 ? FIRST_CAP : MIN((size_t)t->cap * 2, (size_t)t->max);
	void **slots = reallocarray(t->slots, cap, sizeof(*slots));
	if (slots == NULL)
		return false;
	for (size_t i = t->cap; i < cap; i++)
		slots[i] = NULL;
	t->slots = slots;
	t->next = t->cap;
	t->cap = (uint16_t)cap;
	return true;
}

uint16_t idtable_add(struct idtable *t, void *object)
{
	if (t->count >= t->max)
		return 0;
	/* Growing at half load keeps a freed identifier unused for a while. */
	if (t->count * 2 >= t->cap && t->cap < t->max && !grow(t) && t->count == t->cap)
		return 0;
	for (size_t i = 0; i < t->cap; i++) {
		size_t slot = ((size_t)t->next + i) % t->cap;
		if (t->slots[slot] != NULL)
			continue;
		t->slots[slot] = object;
		t->next = (uint16_t)((slot + 1) % t->cap);
		t->count++;
		return id_of_slot(t, slot);
	}
	return 0;
}

void *idtable_find(const struct idtable *t, uint16_t id)
{
	if (id == 0 || id > ID_SPAN)
		return NULL;
	size_t slot = slot_of_id(t, id);
	return slot < t->cap ? t->slots[slot] : NULL;
}

void *idtable_remove(struct idtable *t, uint16_t id)
{
	void *object = idtable_find(t, id);
	if (object != NULL) {
		t->slots[slot_of_id(t, id)] = NULL;
		t->count--;
	}
	return object;
}

void *idtable_each(const struct idtable *t, size_t *cursor, uint16_t *id)
{
	while (*cursor < t->cap) {
		size_t slot = (*cursor)++;
		if (t->slots[slot] == NULL)
			continue;
		if (id != NULL)
			*id = id_of_slot(t, slot);
		return t->slots[slot];
	}
	return NULL;
}
