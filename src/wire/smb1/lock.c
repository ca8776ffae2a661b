/* Byte-range locks and oplock breaks. [MS-CIFS] 2.2.4.13, .14, .32 */
#include "wire/smb1/lock.h"

enum { RANGE_LEN = 10, LARGE_RANGE_LEN = 20 };

void smb1_lock_byte_range_req(struct wire *w, struct smb1_lock_byte_range_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(32, count_of_bytes_to_lock);
	F(32, lock_offset_in_bytes);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(lock_byte_range_rsp)

void smb1_unlock_byte_range_req(struct wire *w, struct smb1_unlock_byte_range_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(32, count_of_bytes_to_unlock);
	F(32, unlock_offset_in_bytes);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(unlock_byte_range_rsp)

static void range32(struct wire *w, struct smb1_locking_andx_range *m)
{
	uint32_t offset = (uint32_t)m->byte_offset;
	uint32_t length = (uint32_t)m->length_in_bytes;
	F(16, pid);
	wire_u32(w, "byte_offset", &offset);
	wire_u32(w, "length_in_bytes", &length);
	m->byte_offset = offset;
	m->length_in_bytes = length;
}

/* The high halves come first. */
static void range64(struct wire *w, struct smb1_locking_andx_range *m)
{
	uint32_t offset_high = (uint32_t)(m->byte_offset >> 32), offset_low = (uint32_t)m->byte_offset;
	uint32_t length_high = (uint32_t)(m->length_in_bytes >> 32), length_low = (uint32_t)m->length_in_bytes;
	F(16, pid);
	wire_reserved(w, 2);
	wire_u32(w, "byte_offset_high", &offset_high);
	wire_u32(w, "byte_offset_low", &offset_low);
	wire_u32(w, "length_in_bytes_high", &length_high);
	wire_u32(w, "length_in_bytes_low", &length_low);
	m->byte_offset = smb1_u64(offset_low, offset_high);
	m->length_in_bytes = smb1_u64(length_low, length_high);
}

static void ranges(struct wire *w, uint8_t type_of_lock, struct smb1_locking_andx_range **list, uint16_t count)
{
	if (wire_decoding(w)) {
		*list = arena_array(w->arena, count, sizeof **list);
		if (*list == NULL) {
			wire_fail(w);
			return;
		}
	}
	if (count > 0 && *list == NULL)
		wire_fail(w);
	for (uint16_t i = 0; i < count && wire_ok(w); i++) {
		if (type_of_lock & LARGE_FILES)
			range64(w, &(*list)[i]);
		else
			range32(w, &(*list)[i]);
	}
}

void smb1_locking_andx_req(struct wire *w, struct smb1_locking_andx_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	F(16, fid);
	F(8, type_of_lock);
	F(8, new_op_lock_level);
	F(32, timeout);
	F(16, number_of_requested_unlocks);
	F(16, number_of_requested_locks);
	smb1_bytes(w, &b);
	size_t count = (size_t)m->number_of_requested_unlocks + m->number_of_requested_locks;
	size_t len = m->type_of_lock & LARGE_FILES ? LARGE_RANGE_LEN : RANGE_LEN;
	if (wire_decoding(w))
		m->ranges_missing = count * len > wire_left(w);
	if (m->ranges_missing) {
		m->unlocks = m->locks = NULL;
	} else {
		ranges(w, m->type_of_lock, &m->unlocks, m->number_of_requested_unlocks);
		ranges(w, m->type_of_lock, &m->locks, m->number_of_requested_locks);
	}
	smb1_end(w, &b);
}

void smb1_locking_andx_rsp(struct wire *w, struct smb1_locking_andx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	smb1_no_bytes(w, &b);
}
