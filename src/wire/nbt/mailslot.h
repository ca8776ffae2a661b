/*
 * A write to a mailslot: the one SMB message that travels in datagrams, a transaction without a reply.
 * [MS-MAIL] 2.2.1, [MS-CIFS] 2.2.4.33.1
 */
#ifndef WIRE_NBT_MAILSLOT_H
#define WIRE_NBT_MAILSLOT_H

#include "wire/wire.h"

enum {
	NBT_MAILSLOT_CLASS_1 = 1, /* reliable: over sessions only */
	NBT_MAILSLOT_CLASS_2 = 2,
};

#define NBT_MAILSLOT_BROWSE "\\MAILSLOT\\BROWSE"
#define NBT_MAILSLOT_LANMAN "\\MAILSLOT\\LANMAN"
#define NBT_MAILSLOT_NETLOGON "\\MAILSLOT\\NET\\NETLOGON"
#define NBT_MAILSLOT_NTLOGON "\\MAILSLOT\\NET\\NTLOGON"
#define NBT_MAILSLOT_MESSENGER "\\MAILSLOT\\MESSNGR"

struct nbt_mailslot {
	uint16_t priority; /* 0 to 9 */
	uint16_t mailslot_class;
	uint32_t timeout;  /* ms; no meaning without a reply */
	const char *mailslot_name;
	struct slice databytes;
};

/* w->oem must be set; the name is never Unicode. */
void nbt_mailslot(struct wire *w, struct nbt_mailslot *m);

#endif
