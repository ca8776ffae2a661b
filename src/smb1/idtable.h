/*
 * 16-bit wire identifiers (UID, TID, FID, SID) to objects, for one connection; used under its token only.
 *
 * Identifiers start at a random point, since clients reuse old ones after a reconnect ([FIELD] C4 56), never are 0, 0xFFFE
 * or 0xFFFF (reserved null values), and a freed one is given out again as late as possible.
 */
#ifndef SMB1_IDTABLE_H
#define SMB1_IDTABLE_H

#include <stddef.h>
#include <stdint.h>

struct idtable {
	void **slots;
	uint16_t cap;     /* slots allocated */
	uint16_t count;   /* slots in use */
	uint16_t next;    /* where the search for a free slot goes on */
	uint16_t max;     /* objects at most */
	uint16_t origin;  /* identifier of slot 0 */
};

void idtable_init(struct idtable *t, uint16_t max);
void idtable_fini(struct idtable *t); /* the objects are the caller's */
/* The new identifier, or 0: full or no memory. */
uint16_t idtable_add(struct idtable *t, void *object);
void *idtable_find(const struct idtable *t, uint16_t id);
/* Forgets the identifier; the object it stood for, or NULL. */
void *idtable_remove(struct idtable *t, uint16_t id);
/* Iteration: start with *cursor 0; NULL at the end. Removing the object just given is allowed. */
void *idtable_each(const struct idtable *t, size_t *cursor, uint16_t *id);

#endif
