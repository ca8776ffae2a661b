/*
 * A whole message by the command table: the header, then each element of the AndX chain by its row's coder. For who
 * decodes what he did not ask for (dump, vectors, fuzzers); dispatch has rules to apply between the elements.
 * The trace gets a line "READ_ANDX request" before the fields of each element.
 */
#ifndef WIRE_SMB1_WALK_H
#define WIRE_SMB1_WALK_H

#include "wire/smb1/commands.h"
#include "wire/smb1/smb1.h"

enum { SMB1_WALK_MAX = 8 };

struct smb1_walk_element {
	uint8_t command;
	smb1_coder coder; /* NULL: the empty body of an error */
	void *m;          /* what it decoded, in the arena; the struct that the row's ident names */
};

struct smb1_walk {
	struct smb1_header header;
	bool reply; /* as the header says; the caller of both halves may know better */
	size_t n;
	struct smb1_walk_element chain[SMB1_WALK_MAX];
};

/* The two halves. The first sets w->unicode from Flags2, the second needs it, and w->oem. Failure is the cursor's; what was
 * decoded before it stays. */
void smb1_walk_header(struct wire *w, struct smb1_walk *out);
void smb1_walk_chain(struct wire *w, struct smb1_walk *out);

#endif
