/* Mailslot writes. [MS-MAIL] 2.2.1 */
#include "wire/nbt/mailslot.h"

enum {
	SMB_COM_TRANSACTION = 0x25,
	REST_OF_HEADER = 27,   /* status to MID: 0 on the wire, not looked at */
	WORD_COUNT = 17,
	SETUP_COUNT = 3,
	OPCODE_WRITE = 1,
	FLAGS_NO_REPLY = 0x0002,
};

static void header(struct wire *w)
{
	wire_const_u32(w, "protocol", 0x424D53FF);
	wire_const_u8(w, "command", SMB_COM_TRANSACTION);
	wire_reserved(w, REST_OF_HEADER);
	wire_const_u8(w, "word_count", WORD_COUNT);
}

/* Words that only transactions with parameters or a reply need. */
static void unused_word(struct wire *w, const char *name, uint16_t value)
{
	wire_u16(w, name, &value);
}

static void setup(struct wire *w, struct nbt_mailslot *m)
{
	wire_const_u8(w, "setup_count", SETUP_COUNT);
	wire_reserved(w, 1);
	wire_const_u16(w, "opcode", OPCODE_WRITE);
	F(16, priority);
	wire_u16(w, "class", &m->mailslot_class);
}

static void data_out(struct wire *w, struct nbt_mailslot *m, size_t offset_at)
{
	size_t byte_count_at = wire_reserve(w, 2), start = w->pos;
	wire_str_oem_z(w, "mailslot_name", &m->mailslot_name);
	wire_patch_u16(w, offset_at, (uint16_t)w->pos);
	wire_view(w, "databytes", &m->databytes, m->databytes.len);
	wire_patch_u16(w, byte_count_at, (uint16_t)(w->pos - start));
}

static void data_in(struct wire *w, struct nbt_mailslot *m, uint16_t count, uint16_t offset)
{
	uint16_t byte_count = 0;
	wire_u16(w, "byte_count", &byte_count);
	wire_str_oem_z(w, "mailslot_name", &m->mailslot_name);
	struct wire data = wire_window(w, offset, count);
	wire_view(&data, "databytes", &m->databytes, count);
}

void nbt_mailslot(struct wire *w, struct nbt_mailslot *m)
{
	uint16_t count = (uint16_t)m->databytes.len, offset = 0;
	if (m->databytes.len > UINT16_MAX)
		wire_fail(w);
	header(w);
	unused_word(w, "total_parameter_count", 0);
	unused_word(w, "total_data_count", count);
	unused_word(w, "max_parameter_count", 0);
	unused_word(w, "max_data_count", 0);
	unused_word(w, "max_setup_count", 0);
	unused_word(w, "flags", FLAGS_NO_REPLY);
	F(32, timeout);
	unused_word(w, "reserved", 0);
	unused_word(w, "parameter_count", 0);
	unused_word(w, "parameter_offset", 0);
	wire_u16(w, "data_count", &count);
	size_t offset_at = w->pos;
	wire_u16(w, "data_offset", &offset);
	setup(w, m);
	if (wire_decoding(w))
		data_in(w, m, count, offset);
	else
		data_out(w, m, offset_at);
}
