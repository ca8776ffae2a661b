/* Datagram service packets. [RFC1002] 4.4 */
#include "wire/nbt/dgm.h"

/* DGM_LENGTH counts from behind PACKET_OFFSET. Some senders count other things too: a longer one than the packet is taken
 * for the packet's end. */
static void with_data(struct wire *w, struct nbt_dgm *m)
{
	if (wire_decoding(w)) {
		uint16_t dgm_length = 0;
		wire_u16(w, "dgm_length", &dgm_length);
		F(16, packet_offset);
		if (dgm_length < wire_left(w))
			w->end = w->pos + dgm_length;
		nbt_name(w, "source_name", &m->source_name);
		nbt_name(w, "destination_name", &m->destination_name);
		wire_view(w, "user_data", &m->user_data, wire_left(w));
	} else {
		size_t at = wire_reserve(w, 2);
		F(16, packet_offset);
		size_t start = w->pos;
		nbt_name(w, "source_name", &m->source_name);
		nbt_name(w, "destination_name", &m->destination_name);
		wire_view(w, "user_data", &m->user_data, m->user_data.len);
		wire_patch_u16(w, at, (uint16_t)(w->pos - start));
	}
}

void nbt_dgm(struct wire *w, struct nbt_dgm *m)
{
	bool big_endian = w->big_endian;
	w->big_endian = true;
	F(8, msg_type);
	F(8, flags);
	F(16, dgm_id);
	F(32, source_ip);
	F(16, source_port);
	if (nbt_dgm_has_data(m))
		with_data(w, m);
	else if (m->msg_type == NBT_DATAGRAM_ERROR)
		F(8, error_code);
	else if (m->msg_type >= NBT_DATAGRAM_QUERY_REQUEST && m->msg_type <= NBT_DATAGRAM_NEGATIVE_QUERY_RESPONSE)
		nbt_name(w, "destination_name", &m->destination_name);
	else
		wire_fail(w);
	w->big_endian = big_endian;
}
