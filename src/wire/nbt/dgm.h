/*
 * Datagram service packets. Big-endian. [RFC1002] 4.4
 * Both fragments of a long datagram carry the names; packet_offset tells where their user data goes. [RFC1002] 5.3
 */
#ifndef WIRE_NBT_DGM_H
#define WIRE_NBT_DGM_H

#include "wire/nbt/name.h"
#include "wire/wire.h"

enum { NBT_DGM_PORT = 138 };

enum {
	NBT_DIRECT_UNIQUE_DATAGRAM = 0x10, NBT_DIRECT_GROUP_DATAGRAM = 0x11, NBT_BROADCAST_DATAGRAM = 0x12,
	NBT_DATAGRAM_ERROR = 0x13, NBT_DATAGRAM_QUERY_REQUEST = 0x14, NBT_DATAGRAM_POSITIVE_QUERY_RESPONSE = 0x15,
	NBT_DATAGRAM_NEGATIVE_QUERY_RESPONSE = 0x16,
};

/* flags. [RFC1002] 4.4.1 */
enum {
	NBT_DGM_MORE = 0x01, NBT_DGM_FIRST = 0x02, NBT_DGM_SNT = 0x0C, NBT_DGM_B_NODE = 0x00, NBT_DGM_P_NODE = 0x04,
	NBT_DGM_M_NODE = 0x08, NBT_DGM_NBDD = 0x0C,
};

enum { /* error_code. [RFC1002] 4.4.3 */
	NBT_DESTINATION_NAME_NOT_PRESENT = 0x82, NBT_INVALID_SOURCE_NAME_FORMAT = 0x83, NBT_INVALID_DESTINATION_NAME_FORMAT = 0x84,
};

struct nbt_dgm {
	uint8_t msg_type, flags;
	uint16_t dgm_id;
	uint32_t source_ip; /* host order */
	uint16_t source_port;
	uint16_t packet_offset;       /* of user_data in the whole; direct and broadcast datagrams only, as the next two */
	struct nbt_name source_name;
	struct nbt_name destination_name; /* of queries and their answers too */
	struct slice user_data;
	uint8_t error_code;           /* of NBT_DATAGRAM_ERROR */
};

/* True for the three types that carry user data. */
static inline bool nbt_dgm_has_data(const struct nbt_dgm *m)
{
	return m->msg_type >= NBT_DIRECT_UNIQUE_DATAGRAM && m->msg_type <= NBT_BROADCAST_DATAGRAM;
}
/* Fails on an unknown msg_type. Bytes behind dgm_length are left alone. */
void nbt_dgm(struct wire *w, struct nbt_dgm *m);

#endif
