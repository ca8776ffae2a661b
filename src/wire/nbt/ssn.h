/*
 * NetBIOS session service packets, and the same 4-byte header as "direct" SMB over TCP 445. [RFC1002] 4.3, [MS-SMB] 2.1
 * Pure coding; net/ reads and writes the sockets.
 */
#ifndef WIRE_NBT_SSN_H
#define WIRE_NBT_SSN_H

#include "wire/nbt/name.h"
#include "wire/wire.h"

enum {
	NBT_SESSION_MESSAGE = 0x00,
	NBT_SESSION_REQUEST = 0x81,
	NBT_POSITIVE_SESSION_RESPONSE = 0x82,
	NBT_NEGATIVE_SESSION_RESPONSE = 0x83,
	NBT_RETARGET_SESSION_RESPONSE = 0x84,
	NBT_SESSION_KEEPALIVE = 0x85,
};

enum {
	NBT_SSN_HEADER_LEN = 4,
	NBT_SSN_MAX_LEN = 0x1FFFF,     /* 17 bits, port 139 */
	NBT_DIRECT_MAX_LEN = 0xFFFFFF, /* 24 bits, port 445 */
	NBT_SSN_MAX_REQUEST = 2 * NBT_NAME_MAX_WIRE,
};

/* error codes of 0x83. [RFC1002] 4.3.4 */
enum {
	NBT_NOT_LISTENING_ON_CALLED_NAME = 0x80,
	NBT_NOT_LISTENING_FOR_CALLING_NAME = 0x81,
	NBT_CALLED_NAME_NOT_PRESENT = 0x82,
	NBT_INSUFFICIENT_RESOURCES = 0x83,
	NBT_UNSPECIFIED_ERROR = 0x8F,
};

struct nbt_ssn_header {
	uint8_t type;
	uint32_t length; /* bytes that follow the header */
};

/* direct: the 24-bit length of port 445, else flags and 17 bits. False: the flags byte of a port-139 header has
 * undefined bits set, so these are not session packets. */
bool nbt_ssn_header_get(const uint8_t bytes[NBT_SSN_HEADER_LEN], bool direct, struct nbt_ssn_header *out);
/* length must fit its field. */
void nbt_ssn_header_put(uint8_t bytes[NBT_SSN_HEADER_LEN], bool direct, struct nbt_ssn_header h);

/* The trailer (what follows the header) of SESSION REQUEST. */
struct nbt_ssn_request {
	struct nbt_name called;
	struct nbt_name calling;
};
void nbt_ssn_request(struct wire *w, struct nbt_ssn_request *m);

/* The trailer of a NEGATIVE SESSION RESPONSE. */
struct nbt_ssn_negative {
	uint8_t error_code;
};
void nbt_ssn_negative(struct wire *w, struct nbt_ssn_negative *m);

struct nbt_ssn_retarget {
	uint32_t ip; /* host order: 0x7F000001 */
	uint16_t port;
};
void nbt_ssn_retarget(struct wire *w, struct nbt_ssn_retarget *m);

#endif
