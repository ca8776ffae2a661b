/*
 * Name service packets: one coder for all of them, since question, answer, authority and additional record are built alike.
 * Big-endian. [RFC1002] 4.2
 *
 * The opcode of a refresh is 8 in the text of the RFC and 9 in its table; both are met. A WACK's and a negative answer's
 * record have the type NULL or NB, depending on the reader of the RFC; its data is told by opcode and length.
 */
#ifndef WIRE_NBT_NS_H
#define WIRE_NBT_NS_H

#include "wire/nbt/name.h"
#include "wire/wire.h"

enum { NBT_NS_PORT = 137, NBT_NS_HEADER_LEN = 12, NBT_MAX_DATAGRAM_LENGTH = 576 /* [RFC1002] 6 */ };

/* nm_flags and opcode, as they lie in the second word. [RFC1002] 4.2.1.1 */
enum {
	NBT_R = 0x8000, NBT_AA = 0x0400, NBT_TC = 0x0200, NBT_RD = 0x0100, NBT_RA = 0x0080, NBT_B = 0x0010,
	NBT_OPCODE_SHIFT = 11, NBT_OPCODE_MASK = 0x7800, NBT_RCODE_MASK = 0x000F,
};

enum {
	NBT_OPCODE_QUERY = 0, NBT_OPCODE_REGISTRATION = 5, NBT_OPCODE_RELEASE = 6, NBT_OPCODE_WACK = 7, NBT_OPCODE_REFRESH = 8,
	NBT_OPCODE_REFRESH_ALT = 9, NBT_OPCODE_MULTIHOMED_REGISTRATION = 15,
};

/* [RFC1002] 4.2.6 */
enum {
	NBT_RCODE_OK = 0, NBT_FMT_ERR = 1, NBT_SRV_ERR = 2, NBT_NAM_ERR = 3, NBT_IMP_ERR = 4, NBT_RFS_ERR = 5, NBT_ACT_ERR = 6,
	NBT_CFT_ERR = 7,
};

enum { NBT_RR_A = 0x0001, NBT_RR_NS = 0x0002, NBT_RR_NULL = 0x000A, NBT_RR_NB = 0x0020, NBT_RR_NBSTAT = 0x0021, NBT_CLASS_IN = 1 };

/* NB_FLAGS and NAME_FLAGS. [RFC1002] 4.2.1.3, 4.2.18 */
enum {
	NBT_NB_G = 0x8000, NBT_NB_ONT = 0x6000, NBT_NB_B_NODE = 0x0000, NBT_NB_P_NODE = 0x2000, NBT_NB_M_NODE = 0x4000,
	NBT_NB_H_NODE = 0x6000, NBT_NAME_DRG = 0x1000, NBT_NAME_CNF = 0x0800, NBT_NAME_ACT = 0x0400, NBT_NAME_PRM = 0x0200,
};

struct nbt_ns_question {
	struct nbt_name question_name;
	uint16_t question_type, question_class;
};

struct nbt_nb_address {
	uint16_t nb_flags;
	uint32_t nb_address; /* host order: 0x7F000001 */
};

struct nbt_node_name {
	uint8_t netbios_name[NBT_NAME_LEN];
	uint16_t name_flags;
};

/* STATISTICS of a node status answer. [RFC1002] 4.2.18 */
struct nbt_statistics {
	uint8_t unit_id[6]; /* the MAC address */
	uint8_t jumpers, test_result;
	uint16_t version_number, period_of_statistics, number_of_crcs, number_alignment_errors, number_of_collisions;
	uint16_t number_send_aborts;
	uint32_t number_good_sends, number_good_receives;
	uint16_t number_retransmits, number_no_resource_conditions, number_free_command_blocks, total_number_command_blocks;
	uint16_t max_total_number_command_blocks, number_pending_sessions, max_number_pending_sessions, max_total_sessions_possible;
	uint16_t session_data_packet_size;
};

struct nbt_ns_record {
	struct nbt_name rr_name;
	uint16_t rr_type, rr_class;
	uint32_t ttl; /* s; 0: for ever. In a WACK: how long to wait */
	/* By type; the others are empty. */
	struct nbt_nb_address *addresses; /* NB */
	size_t n_addresses;
	bool is_wack;
	uint16_t wack_flags;              /* the second word of what is being waited for */
	struct nbt_node_name *node_names; /* NBSTAT */
	uint8_t num_names;
	struct nbt_statistics statistics;
	struct nbt_name nsd_name;         /* NS */
	uint32_t nsd_ip_addr;             /* A; host order */
	struct slice rdata;               /* of any other type */
};

/* No packet of the RFC has more than one record of a kind; one that has is malformed. */
struct nbt_ns_packet {
	uint16_t name_trn_id;
	uint16_t flags; /* R, opcode, nm_flags, rcode */
	bool has_question, has_answer, has_authority, has_additional;
	struct nbt_ns_question question;
	struct nbt_ns_record answer, authority, additional;
};

/* From offset 0 of the message. On encode a record's name that is the question's is written as a pointer to it. */
void nbt_ns_packet(struct wire *w, struct nbt_ns_packet *m);

static inline uint8_t nbt_ns_opcode(const struct nbt_ns_packet *m)
{
	return (uint8_t)((m->flags & NBT_OPCODE_MASK) >> NBT_OPCODE_SHIFT);
}
static inline uint8_t nbt_ns_rcode(const struct nbt_ns_packet *m)
{
	return (uint8_t)(m->flags & NBT_RCODE_MASK);
}
static inline uint16_t nbt_ns_flags(unsigned opcode, unsigned flags)
{
	return (uint16_t)(opcode << NBT_OPCODE_SHIFT | flags);
}

#endif
