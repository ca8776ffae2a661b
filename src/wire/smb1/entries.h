/*
 * Lists whose entries begin with NextEntryOffset, and strings that follow their length: the shapes [MS-FSCC] shares out
 * to information levels, change notifies and EA lists.
 */
#ifndef WIRE_SMB1_ENTRIES_H
#define WIRE_SMB1_ENTRIES_H

#include "wire/wire.h"

struct smb1_entries {
	size_t alignment; /* of every entry, from the block's start */
	size_t min_len;   /* of an entry with NextEntryOffset: bounds what a list can make us allocate */
	size_t outer_end; /* w->end */
	size_t at;        /* the open or newest entry */
	size_t next;      /* decode: its NextEntryOffset; 0 ends the list */
	bool any;
};

struct smb1_entries smb1_entries_begin(const struct wire *w, size_t alignment, size_t min_len);
/* Decode: an array of `size` bytes an element, for as many entries as can be in the rest of the block. */
void *smb1_entries_array(struct wire *w, const struct smb1_entries *e, size_t size);
/* Opens the next entry. Decode: false at the end or after a failure; the window is then the entry's. Encode: have says
 * whether there is another; the link of the one before is patched. */
bool smb1_entries_more(struct wire *w, struct smb1_entries *e, bool have);
void smb1_entries_close(struct wire *w, struct smb1_entries *e);

/* ULONG length in bytes, then that much UTF-16, whatever w->unicode says. */
void smb1_str16_counted(struct wire *w, const char *name, const char **s);

#endif
