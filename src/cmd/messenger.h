/*
 * A message over a session to NAME<03>, as `net send` and WinPopup send it: the receiver says whether he took it. SMB-CORE 5.26
 * to 5.33
 */
#ifndef CMD_MESSENGER_H
#define CMD_MESSENGER_H

#include "wire/nbt/name.h"
#include "wire/wire.h"

struct messenger_message {
	uint32_t ip;                      /* of the machine that has the name */
	struct nbt_name calling, called;
	const char *from, *to, *text;     /* UTF-8 */
	const struct oem_page *oem;
};
enum messenger_result {
	MESSENGER_TAKEN,
	MESSENGER_NO_SESSION, /* nobody listens there for messages: perhaps for datagrams */
	MESSENGER_REFUSED,
};
/* Waits for a few seconds at most for each answer. */
enum messenger_result messenger_send(const struct messenger_message *m);

#endif
