/*
 * Which file of a spool folder is which job of CUPS, and what both sides were last seen to agree on: the file "queue.cups" of the folder,
 * written anew (and whole) at each change. It belongs to the process of its queue.
 */
#ifndef SERVER_CUPS_TABLE_H
#define SERVER_CUPS_TABLE_H

#include <sys/types.h>

#include "print/spool.h"

struct cups_entry {
	uint16_t number; /* of the file, with its inode: numbers come again */
	int id;          /* of the job */
	ino_t inode;
	bool sent;       /* CUPS has all of it */
	bool foreign;    /* it did not come through us */
	bool held;
};

struct cups_table {
	int dir;
	const char *path;
	bool paused;
	struct cups_entry entries[PRINT_JOBS_MAX];
	size_t n;
};

/* A table that somebody else may have written counts as none. dir, path: borrowed. */
void cups_table_open(struct cups_table *t, int dir, const char *path);
/* NULL: there is none. Good until the table changes. */
const struct cups_entry *cups_table_find(const struct cups_table *t, int id);
bool cups_table_has_file(const struct cups_table *t, uint16_t number, ino_t inode);
bool cups_table_is_sent(const struct cups_table *t, uint16_t number, ino_t inode);

/* Full: nothing happens; ask t->n before. */
void cups_table_add(struct cups_table *t, const struct cups_entry *e);
void cups_table_drop(struct cups_table *t, int id);
void cups_table_set_sent(struct cups_table *t, int id);
void cups_table_set_held(struct cups_table *t, int id, bool held);
void cups_table_set_paused(struct cups_table *t, bool paused);

#endif
