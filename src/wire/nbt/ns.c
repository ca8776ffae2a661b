/* Name service packets. [RFC1002] 4.2 */
#include "wire/nbt/ns.h"

enum {
	NB_ADDRESS_LEN = 6,
	/* What one datagram of 64 KiB could hold; a record says more than its packet has only to waste our memory. */
	ADDRESSES_MAX = 65535 / NB_ADDRESS_LEN,
	NODE_NAME_LEN = 18,
	WACK_RDATA_LEN = 2,
};

static void question(struct wire *w, struct nbt_ns_question *m)
{
	nbt_name(w, "question_name", &m->question_name);
	F(16, question_type);
	F(16, question_class);
}

static void nb_addresses(struct wire *w, struct nbt_ns_record *m, size_t rdlength)
{
	if (wire_decoding(w)) {
		m->n_addresses = rdlength / NB_ADDRESS_LEN;
		if (rdlength % NB_ADDRESS_LEN != 0 || rdlength > wire_left(w) || m->n_addresses > ADDRESSES_MAX)
			wire_fail(w);
		m->addresses = wire_ok(w) ? arena_array(w->arena, m->n_addresses, sizeof(*m->addresses)) : NULL;
		if (m->addresses == NULL) {
			m->n_addresses = 0;
			wire_fail(w);
		}
	}
	for (size_t i = 0; i < m->n_addresses; i++) {
		wire_u16(w, "nb_flags", &m->addresses[i].nb_flags);
		wire_u32(w, "nb_address", &m->addresses[i].nb_address);
	}
}

static void statistics(struct wire *w, struct nbt_statistics *m)
{
	wire_bytes(w, "unit_id", m->unit_id, sizeof(m->unit_id));
	F(8, jumpers);
	F(8, test_result);
	F(16, version_number);
	F(16, period_of_statistics);
	F(16, number_of_crcs);
	F(16, number_alignment_errors);
	F(16, number_of_collisions);
	F(16, number_send_aborts);
	F(32, number_good_sends);
	F(32, number_good_receives);
	F(16, number_retransmits);
	F(16, number_no_resource_conditions);
	F(16, number_free_command_blocks);
	F(16, total_number_command_blocks);
	F(16, max_total_number_command_blocks);
	F(16, number_pending_sessions);
	F(16, max_number_pending_sessions);
	F(16, max_total_sessions_possible);
	F(16, session_data_packet_size);
}

/* rdata is the window of this record, so statistics that a device cuts short end there and not in the next one. */
static void node_status(struct wire *w, struct nbt_ns_record *m)
{
	wire_u8(w, "num_names", &m->num_names);
	if (wire_decoding(w)) {
		if ((size_t)m->num_names * NODE_NAME_LEN > wire_left(w))
			wire_fail(w);
		m->node_names = wire_ok(w) ? arena_array(w->arena, m->num_names, sizeof(*m->node_names)) : NULL;
		if (m->node_names == NULL) {
			m->num_names = 0;
			wire_fail(w);
		}
	}
	for (size_t i = 0; i < m->num_names; i++) {
		wire_bytes(w, "netbios_name", m->node_names[i].netbios_name, NBT_NAME_LEN);
		wire_u16(w, "name_flags", &m->node_names[i].name_flags);
	}
	if (wire_decoding(w) && wire_left(w) < sizeof(m->statistics.unit_id))
		return;
	statistics(w, &m->statistics);
	/* Printers and print servers send less than the RFC's 46 bytes; what is missing stays 0. */
	if (wire_decoding(w))
		w->failed = false;
}

static void rdata(struct wire *w, struct nbt_ns_record *m, size_t rdlength, uint8_t opcode)
{
	if (wire_decoding(w))
		m->is_wack = opcode == NBT_OPCODE_WACK && rdlength == WACK_RDATA_LEN;
	if (m->is_wack) {
		F(16, wack_flags);
	} else if (m->rr_type == NBT_RR_NB) {
		nb_addresses(w, m, rdlength);
	} else if (m->rr_type == NBT_RR_NBSTAT && (rdlength > 0 || m->num_names > 0)) {
		node_status(w, m);
	} else if (m->rr_type == NBT_RR_NS) {
		nbt_name(w, "nsd_name", &m->nsd_name);
	} else if (m->rr_type == NBT_RR_A) {
		F(32, nsd_ip_addr);
	} else {
		wire_view(w, "rdata", &m->rdata, wire_decoding(w) ? rdlength : m->rdata.len);
	}
}

static bool same_name(const struct nbt_name *a, const struct nbt_name *b)
{
	return memcmp(a->bytes, b->bytes, NBT_NAME_LEN) == 0 && strcmp(a->scope, b->scope) == 0;
}

static void record_name(struct wire *w, const struct nbt_ns_packet *packet, struct nbt_name *name)
{
	if (!wire_decoding(w) && packet->has_question && same_name(name, &packet->question.question_name))
		nbt_name_pointer(w, NBT_NS_HEADER_LEN);
	else
		nbt_name(w, "rr_name", name);
}

static void record(struct wire *w, const struct nbt_ns_packet *packet, struct nbt_ns_record *m)
{
	record_name(w, packet, &m->rr_name);
	F(16, rr_type);
	F(16, rr_class);
	F(32, ttl);
	if (wire_decoding(w)) {
		uint16_t rdlength = 0;
		wire_u16(w, "rdlength", &rdlength);
		struct wire window = *w;
		if (rdlength > wire_left(w))
			wire_fail(w);
		if (!wire_ok(w))
			return;
		window.end = w->pos + rdlength;
		rdata(&window, m, rdlength, nbt_ns_opcode(packet));
		if (!wire_ok(&window))
			wire_fail(w);
		w->pos += rdlength;
	} else {
		size_t at = wire_reserve(w, 2), start = w->pos;
		rdata(w, m, 0, nbt_ns_opcode(packet));
		wire_patch_u16(w, at, (uint16_t)(w->pos - start));
	}
}

static void count(struct wire *w, const char *name, bool *present)
{
	uint16_t n = *present;
	wire_u16(w, name, &n);
	if (n > 1)
		wire_fail(w);
	*present = n == 1;
}

void nbt_ns_packet(struct wire *w, struct nbt_ns_packet *m)
{
	bool big_endian = w->big_endian;
	w->big_endian = true;
	F(16, name_trn_id);
	F(16, flags);
	count(w, "qdcount", &m->has_question);
	count(w, "ancount", &m->has_answer);
	count(w, "nscount", &m->has_authority);
	count(w, "arcount", &m->has_additional);
	if (m->has_question)
		question(w, &m->question);
	if (m->has_answer)
		record(w, m, &m->answer);
	if (m->has_authority)
		record(w, m, &m->authority);
	if (m->has_additional)
		record(w, m, &m->additional);
	w->big_endian = big_endian;
}
