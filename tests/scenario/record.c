#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "world.h"

/* As in fuzz_session.c. */
enum { STEP_STRUCTURED = 1, STEP_TIME = 2, MAX_STEPS = 200, MAX_BODY = 8192, LOGGED_ON_CLIENTS = 3, DATAGRAMS = 5 };

static FILE *out;
static unsigned n_steps, n_files;
static uint16_t newest_number; /* SequenceNumber of the connectionless client */

void record_begin(void)
{
	char path[4096];
	const char *dir = getenv("LONGHOUSE_RECORD");
	if (dir == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/%ld-%u", dir, (long)getpid(), n_files++);
	out = fopen(path, "wb");
	n_steps = 0;
	newest_number = 0;
}

static void put_step(unsigned client, unsigned kind, const uint8_t *body, size_t len)
{
	uint8_t head[4] = { (uint8_t)client, (uint8_t)kind };
	if (n_steps++ >= MAX_STEPS || len > MAX_BODY)
		return;
	store_le16(head + 2, (uint16_t)len);
	(void)fwrite(head, 1, sizeof(head), out);
	(void)fwrite(body, 1, len, out);
}

/* Where id stands in the table; false: nowhere. */
static bool place_of(const struct idtable *t, uint16_t id, uint8_t *place)
{
	size_t cursor = 0;
	uint16_t here;
	for (unsigned n = 0; idtable_each(t, &cursor, &here) != NULL && n < 256; n++) {
		if (here == id) {
			*place = (uint8_t)n;
			return true;
		}
	}
	return false;
}

static void replace_ids(const struct smb1_conn *sc, uint8_t *body, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		uint8_t place, mark = 0xFD;
		uint16_t id = load_le16(body + i);
		if (!place_of(&sc->fids, id, &place)) {
			mark = 0xFC;
			if (!place_of(&sc->sids, id, &place))
				continue;
		}
		body[i] = place;
		body[i + 1] = mark;
		i++;
	}
}

/* The MID of a connectionless transport beside which number the request has, as set_numbers() of fuzz_session.c reads it. */
static uint8_t mid_and_number(const uint8_t *message)
{
	uint16_t number = load_le16(message + 20);
	uint8_t which = number == 0 ? 0 : number == newest_number ? 3 : number == newest_number + 1 ? 1 : 2;
	if (which == 1)
		newest_number = number;
	return (uint8_t)(message[30] << 2 | which);
}

void record_request(const struct fake_conn *c, const uint8_t *message, size_t len)
{
	uint8_t body[3 + MAX_BODY];
	const struct smb1_conn *sc = world_conn(c);
	if (out == NULL || sc == NULL || len < 32 || len - 32 > MAX_BODY - 3)
		return;
	uint16_t flags2 = load_le16(message + 10);
	body[0] = message[4];
	body[1] = (uint8_t)((flags2 & SMB_FLAGS2_UNICODE ? 0 : 2) | (flags2 & SMB_FLAGS2_NT_STATUS ? 0 : 8) |
			    (flags2 & SMB_FLAGS2_LONG_NAMES ? 0 : 64));
	bool connectionless = c->pub.transport == NET_CONNECTIONLESS;
	body[2] = connectionless ? mid_and_number(message) : message[30];
	memcpy(body + 3, message + 32, len - 32);
	replace_ids(sc, body + 3, len - 32);
	unsigned client = connectionless ? DATAGRAMS : (unsigned)((c->pub.id - 1) % LOGGED_ON_CLIENTS);
	put_step(client, STEP_STRUCTURED, body, len - 32 + 3);
}

void record_time(uint64_t ms)
{
	uint8_t root = 0;
	while (root < 255 && (uint64_t)root * root < ms)
		root++;
	if (out != NULL)
		put_step(0, STEP_TIME, &root, 1);
}

void record_end(void)
{
	if (out != NULL)
		(void)fclose(out);
	out = NULL;
}
