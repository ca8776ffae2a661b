/* Mailslots: which of them we have, and what is written to them. [MS-MAIL] 3.2 */
#include <strings.h>

#include "base/log.h"
#include "nbt/internal.h"
#include "wire/nbt/mailslot.h"

enum { SLOT_ARENA = 64 << 10, SIGNATURE_AT = 30 };

struct delivery {
	struct nbt *nbt;
	uint64_t now;
	unsigned interface;
	const struct nbt_dgm *datagram;
	struct nbt_peer from;
	struct slice data;
	struct arena *arena;
};

static void to_browse(const struct delivery *d)
{
	browse_frame(d->nbt, d->now, d->interface, d->datagram, d->from, d->data);
}

/* Host announcements come here too: [MS-BRWS] 2.2.1 says so, Windows sends them to \MAILSLOT\BROWSE. They have their signature
 * where LAN Manager's have a part of the name. */
static void to_lanman(const struct delivery *d)
{
	if (d->data.len > SIGNATURE_AT + 2 && load_le16(d->data.ptr + SIGNATURE_AT) == BRWS_SIGNATURE)
		to_browse(d);
	else
		browse_lanman(d->nbt, d->now, d->interface, d->datagram, d->from, d->data);
}

/* Who is not a domain controller says nothing: the asker takes the first that answers. [MS-ADTS] 6.3.5 */
static void to_netlogon(const struct delivery *d)
{
	log_debug("a query for a domain controller: we are none");
}

/* Three OEM strings: from, to, text. */
static void to_messenger(const struct delivery *d)
{
	const char *from = "", *to = "", *text = "";
	struct wire w;

	wire_init_decode(&w, d->data, d->arena);
	w.oem = d->nbt->options.oem;
	wire_str_oem_z(&w, "from", &from);
	wire_str_oem_z(&w, "to", &to);
	wire_str_oem_z(&w, "text", &text);
	if (wire_ok(&w) && d->nbt->io.message != NULL)
		d->nbt->io.message(d->nbt->io.user, from, to, text);
}

static const struct slot {
	const char *name;
	void (*deliver)(const struct delivery *d);
} slots[] = {
	{ NBT_MAILSLOT_BROWSE, to_browse }, { NBT_MAILSLOT_LANMAN, to_lanman }, { NBT_MAILSLOT_NETLOGON, to_netlogon },
	{ NBT_MAILSLOT_NTLOGON, to_netlogon }, { NBT_MAILSLOT_MESSENGER, to_messenger },
};

void dgram_mailslot(struct nbt *n, uint64_t now, const struct nbt_dgm *m, struct nbt_peer from, uint32_t to_ip)
{
	struct nbt_mailslot written = { 0 };
	struct arena arena;
	struct wire w;

	arena_init(&arena, SLOT_ARENA);
	wire_init_decode(&w, m->user_data, &arena);
	w.oem = n->options.oem;
	nbt_mailslot(&w, &written);
	const struct delivery d = { n, now, nbt_interface_for(n, to_ip, from.ip), m, from, written.databytes, &arena };
	for (size_t i = 0; wire_ok(&w) && i < ARRAY_LEN(slots); i++)
		if (strcasecmp(slots[i].name, written.mailslot_name) == 0)
			slots[i].deliver(&d);
	arena_fini(&arena);
}
