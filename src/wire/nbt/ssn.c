/* NetBIOS session service packets. [RFC1002] 4.3, [MS-SMB] 2.1 */
#include "wire/nbt/ssn.h"

#include "base/check.h"

enum { LENGTH_EXTENSION = 0x01 }; /* the one bit of the flags byte: bit 16 of the length */

bool nbt_ssn_header_get(const uint8_t bytes[NBT_SSN_HEADER_LEN], bool direct, struct nbt_ssn_header *out)
{
	uint32_t v = load_be32(bytes);
	out->type = (uint8_t)(v >> 24);
	out->length = v & (direct ? NBT_DIRECT_MAX_LEN : NBT_SSN_MAX_LEN);
	return direct || (bytes[1] & ~LENGTH_EXTENSION) == 0;
}

void nbt_ssn_header_put(uint8_t bytes[NBT_SSN_HEADER_LEN], bool direct, struct nbt_ssn_header h)
{
	CHECK(h.length <= (direct ? (uint32_t)NBT_DIRECT_MAX_LEN : (uint32_t)NBT_SSN_MAX_LEN));
	store_be32(bytes, (uint32_t)h.type << 24 | h.length);
}

void nbt_ssn_request(struct wire *w, struct nbt_ssn_request *m)
{
	nbt_name(w, "called", &m->called);
	nbt_name(w, "calling", &m->calling);
}

void nbt_ssn_negative(struct wire *w, struct nbt_ssn_negative *m)
{
	F(8, error_code);
}

void nbt_ssn_retarget(struct wire *w, struct nbt_ssn_retarget *m)
{
	bool big_endian = w->big_endian;
	w->big_endian = true;
	F(32, ip);
	F(16, port);
	w->big_endian = big_endian;
}
