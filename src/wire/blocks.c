/* See blocks.h. */
#include "wire/blocks.h"

#include "base/bytes.h"
#include "wire/dns/dns.h"
#include "wire/nbt/browse.h"
#include "wire/nbt/dgm.h"
#include "wire/nbt/mailslot.h"
#include "wire/nbt/ns.h"
#include "wire/nbt/ssn.h"
#include "wire/smb1/dfs.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/nttrans.h"
#include "wire/smb1/serial.h"
#include "wire/smb1/trans2.h"

enum { WIRE_FIND_BLOCK_ENTRIES = 64 };

struct wire_find_block {
	uint32_t count;
	struct smb1_find_entry entries[WIRE_FIND_BLOCK_ENTRIES];
};

static void code_find_block(struct wire *w, struct wire_find_block *m, uint16_t level, bool resume_keys)
{
	struct smb1_find_list list;
	smb1_find_list_init(&list, level, resume_keys);
	if (wire_decoding(w)) {
		while (m->count < WIRE_FIND_BLOCK_ENTRIES && smb1_find_list_next(w, &list, &m->entries[m->count]))
			m->count++;
		return;
	}
	for (uint32_t i = 0; i < m->count; i++)
		if (!smb1_find_list_add(w, &list, &m->entries[i]))
			wire_fail(w);
}

#define BLOCKS(X)                                                                                                      \
	X(smb1, trans2_open2_req) X(smb1, trans2_open2_rsp) X(smb1, trans2_find_first2_req)                            \
	X(smb1, trans2_find_first2_rsp) X(smb1, trans2_find_next2_req) X(smb1, trans2_find_next2_rsp)                  \
	X(smb1, trans2_query_fs_information_req) X(smb1, trans2_set_fs_information_req)                                \
	X(smb1, trans2_query_path_information_req) X(smb1, trans2_set_path_information_req)                            \
	X(smb1, trans2_query_file_information_req) X(smb1, trans2_set_file_information_req)                            \
	X(smb1, trans2_create_directory_req) X(smb1, trans2_ea_error_rsp) X(smb1, trans2_get_dfs_referral_req)         \
	X(smb1, trans_set_nmpipe_state_req) X(smb1, trans_query_nmpipe_state_rsp)                                      \
	X(smb1, trans_query_nmpipe_info_req) X(smb1, trans_query_nmpipe_info_rsp) X(smb1, trans_peek_nmpipe_rsp)       \
	X(smb1, trans_write_nmpipe_rsp) X(smb1, nt_transact_create_req) X(smb1, nt_transact_create_rsp)                \
	X(smb1, nt_transact_set_security_desc_req) X(smb1, nt_transact_query_security_desc_req)                        \
	X(smb1, nt_transact_query_security_desc_rsp) X(smb1, file_notify_list) X(smb1, nt_transact_rename_req)         \
	X(smb1, fea_list) X(smb1, gea_list) X(smb1, file_full_ea_list) X(smb1, fs_allocation) X(smb1, fs_volume)       \
	X(smb1, fs_label_info) X(smb1, fs_volume_info) X(smb1, fs_size_info) X(smb1, fs_device_info)                   \
	X(smb1, fs_attribute_info) X(smb1, fs_control_information) X(smb1, fs_full_size_information)                   \
	X(smb1, fs_object_id_information) X(smb1, info_standard) X(smb1, info_query_ea_size) X(smb1, level_nothing)    \
	X(smb1, file_basic_info) X(smb1, file_standard_info) X(smb1, file_ea_info) X(smb1, file_name_info)             \
	X(smb1, file_allocation_info) X(smb1, file_end_of_file_info) X(smb1, file_all_info)                            \
	X(smb1, file_alt_name_info) X(smb1, file_stream_list) X(smb1, file_compression_info)                           \
	X(smb1, file_internal_information) X(smb1, file_access_information) X(smb1, file_position_information)         \
	X(smb1, file_mode_information) X(smb1, file_alignment_information) X(smb1, file_pipe_information)              \
	X(smb1, file_pipe_local_information) X(smb1, file_network_open_information)                                    \
	X(smb1, file_attribute_tag_information) X(smb1, info_set_standard) X(smb1, file_disposition_info)              \
	X(smb1, file_rename_information) X(smb1, cifs_unix_info) X(smb1, posix_fs_info) X(smb1, posix_whoami)             \
	X(smb1, unix_basic) X(smb1, unix_info2) X(smb1, unix_link) X(smb1, posix_acl) X(smb1, posix_lock)              \
	X(smb1, serial_line_control) X(smb1, serial_timeouts) X(smb1, serial_chars) X(smb1, serial_handflow)           \
	X(smb1, serial_status) X(smb1, serial_commprop) X(smb1, serialperf_stats) X(smb1, serial_ulong)                \
	X(smb1, serial_queue_size) X(smb1, dcb_information) X(smb1, async_line_control)                                \
	X(smb1, dfs_referrals) X(smb1, fsctl_range) X(smb1, object_id) X(smb1, snapshot_list) X(smb1, nt_transact_query_quota_req)\
	X(smb1, nt_transact_query_quota_rsp) X(smb1, nt_transact_set_quota_req) X(smb1, file_get_quota_list) X(smb1, file_quota_list) X(smb1, posix_open) X(smb1, posix_open_rsp) X(smb1, posix_unlink)                   \
	X(nbt, ssn_request) X(nbt, ssn_negative) X(nbt, ssn_retarget)                               \
	X(nbt, ns_packet) X(nbt, dgm) X(nbt, mailslot) X(nbt, browse_frame) X(nbt, lanman_frame) X(dns, message)

#define FIND_BLOCKS(X)                                                                                                 \
	X(find_0001, 0x0001, false) X(find_0001_keys, 0x0001, true) X(find_0002, 0x0002, false)                        \
	X(find_0002_keys, 0x0002, true) X(find_0003_keys, 0x0003, true) X(find_0101, 0x0101, false)                    \
	X(find_0102, 0x0102, false) X(find_0103, 0x0103, false) X(find_0104, 0x0104, false)                            \
	X(find_0105, 0x0105, false) X(find_0106, 0x0106, false) X(find_0202, 0x0202, false)                            \
	X(find_020b, 0x020B, false)

#define THUNK(proto, ident)                                                                                            \
	static void block_##ident(struct wire *w, void *m) { proto##_##ident(w, m); }
#define FIND_THUNK(ident, level, keys)                                                                                 \
	static void block_##ident(struct wire *w, void *m) { code_find_block(w, m, level, keys); }
BLOCKS(THUNK)
FIND_BLOCKS(FIND_THUNK)

static const struct wire_block blocks[] = {
#define ROW(proto, ident) { #ident, sizeof(struct proto##_##ident), block_##ident },
#define FIND_ROW(ident, level, keys) { #ident, sizeof(struct wire_find_block), block_##ident },
	BLOCKS(ROW) FIND_BLOCKS(FIND_ROW)
};

const struct wire_block *wire_blocks(size_t *n)
{
	*n = ARRAY_LEN(blocks);
	return blocks;
}

const struct wire_block *wire_block_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		if (strlen(blocks[i].name) == len && memcmp(blocks[i].name, name, len) == 0)
			return &blocks[i];
	return NULL;
}
