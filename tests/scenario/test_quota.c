/* Quotas: who may ask for and set whose, in which pieces they come, and that without any every question says so. */
#include "client.h"

#include <errno.h>
#include <unistd.h>

#include "base/sid.h"

enum {
	MIB = 1 << 20,
	OTHER = 5000, THIRD = 70000, /* Unix ids that are not ours */
	ENFORCE = 2, TRACK = 1,
	VOLUME_QUOTAS = 0x20,
};
#define NONE UINT64_MAX
#define DELETE (UINT64_MAX - 1)
#define INDEX "\\$Extend\\$Quota:$Q:$INDEX_ALLOCATION"

static const struct slice EMPTY;

/* ---- requests ---- */

static nt_status transact(struct client *c, uint16_t function, struct slice parameters, struct slice data, uint32_t max_data, struct smb1_trans_rsp *out)
{
	struct smb1_nt_transact_rsp rsp = { 0 };
	struct smb1_nt_transact_req req = { .t = {
		.total_parameter_count = (uint32_t)parameters.len, .total_data_count = (uint32_t)data.len, .max_parameter_count = 4,
		.max_data_count = max_data, .function = (uint8_t)function, .parameters = parameters, .data = data,
	} };
	nt_status status = client_call(c, SMB_COM_NT_TRANSACT, &req, &rsp);
	if (out != NULL)
		*out = rsp.t;
	return status;
}

static struct slice sid_bytes(struct client *c, const struct sid *sid)
{
	uint8_t *bytes = arena_alloc(&c->arena, SID_SIZE_MAX);
	return slice_of(bytes, sid_write(sid, bytes));
}

static struct slice of_uid(struct client *c, uint32_t uid)
{
	struct sid sid = sid_of_rid(sid_known(SID_UNIX_USERS), uid);
	return sid_bytes(c, &sid);
}

static nt_status get_list(struct client *c, nt_status status, const struct smb1_trans_rsp *rsp, struct smb1_file_quota_list *out)
{
	*out = (struct smb1_file_quota_list){ 0 };
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_nt_transact_query_quota_rsp head = { 0 };
	client_decode(c, rsp->parameters, (smb1_coder)(void *)smb1_nt_transact_query_quota_rsp, &head);
	assert_int_equal(head.data_length, rsp->data.len);
	client_decode(c, rsp->data, (smb1_coder)(void *)smb1_file_quota_list, out);
	return status;
}

static nt_status query(struct client *c, uint16_t fid, struct slice sid, struct smb1_file_quota_list *out)
{
	struct smb1_file_get_quota_information one = { .sid = sid };
	struct slice data = ENCODE(c, file_get_quota_list, .count = 1, .sids = &one);
	struct slice p = ENCODE(c, nt_transact_query_quota_req, .fid = fid, .return_single_entry = 1, .restart_scan = 1, .sid_list_length = (uint32_t)data.len);
	struct smb1_trans_rsp rsp;
	nt_status status = transact(c, NT_TRANSACT_QUERY_QUOTA, p, data, 1024, &rsp);
	return get_list(c, status, &rsp, out);
}

static nt_status scan(struct client *c, uint16_t fid, bool single, bool restart, uint32_t room, struct smb1_file_quota_list *out)
{
	struct slice p = ENCODE(c, nt_transact_query_quota_req, .fid = fid, .return_single_entry = single, .restart_scan = restart);
	struct smb1_trans_rsp rsp;
	nt_status status = transact(c, NT_TRANSACT_QUERY_QUOTA, p, EMPTY, room, &rsp);
	return get_list(c, status, &rsp, out);
}

static nt_status set(struct client *c, uint16_t fid, struct slice sid, uint64_t threshold, uint64_t limit)
{
	struct smb1_file_quota_information one = { .quota_threshold = threshold, .quota_limit = limit, .sid = sid };
	struct slice data = ENCODE(c, file_quota_list, .count = 1, .quotas = &one);
	return transact(c, NT_TRANSACT_SET_QUOTA, ENCODE(c, nt_transact_set_quota_req, .fid = fid), data, 0, NULL);
}

static nt_status volume(struct client *c, uint16_t level, smb1_coder coder, void *out)
{
	struct smb1_trans_rsp rsp;
	nt_status status = client_trans2(c, TRANS2_QUERY_FS_INFORMATION, ENCODE(c, trans2_query_fs_information_req, .information_level = level), EMPTY, &rsp);
	if (status == STATUS_SUCCESS)
		client_decode(c, rsp.data, coder, out);
	return status;
}

static uint32_t control_flags(struct client *c)
{
	struct smb1_fs_control_information m = { 0 };
	assert_ok(volume(c, 1006, (smb1_coder)(void *)smb1_fs_control_information, &m));
	assert_true(m.default_quota_limit == NONE && m.default_quota_threshold == NONE);
	return m.file_system_control_flags;
}

static nt_status set_control(struct client *c, uint16_t fid, uint32_t flags, uint64_t limit)
{
	struct slice p = ENCODE(c, trans2_set_fs_information_req, .fid = fid, .information_level = 1006);
	struct slice d = ENCODE(c, fs_control_information, .default_quota_threshold = NONE, .default_quota_limit = limit, .file_system_control_flags = flags);
	return client_trans2(c, TRANS2_SET_FS_INFORMATION, p, d, NULL);
}

static uint32_t volume_attributes(struct client *c)
{
	struct smb1_fs_attribute_info m = { 0 };
	assert_ok(volume(c, FS_SMB_QUERY_FS_ATTRIBUTE_INFO, (smb1_coder)(void *)smb1_fs_attribute_info, &m));
	return m.file_system_attributes;
}

static uint16_t open_index(struct client *c)
{
	uint16_t fid;
	assert_ok(client_open(c, INDEX, 0x2019F, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, &fid)); /* as smbcquotas does */
	return fid;
}

static void make_admin(struct world *w)
{
	struct account anna;
	assert_true(accounts_find(w->accounts, WORLD_USER, &anna));
	anna.admin = true;
	assert_true(accounts_put(w->accounts, &anna));
}

/* Ours, and two others'. */
static void keep_quotas(struct world *w)
{
	struct vfs *v = w->vfs[WORLD_DATA];
	vfs_mem_keep_quotas(v);
	assert_int_equal(vfs_mem_set_quota(v, geteuid(), &(struct vfs_quota){ .used = 3 * MIB, .soft = 4 * MIB, .hard = 5 * MIB }), 0);
	assert_int_equal(vfs_mem_set_quota(v, OTHER, &(struct vfs_quota){ .used = 1000 }), 0);
	assert_int_equal(vfs_mem_set_quota(v, THIRD, &(struct vfs_quota){ .hard = MIB }), 0);
}

static void assert_quota(struct client *c, const struct smb1_file_quota_information *q, uint32_t uid, uint64_t used, uint64_t threshold, uint64_t limit)
{
	struct slice sid = of_uid(c, uid);
	assert_int_equal(q->sid.len, sid.len);
	assert_memory_equal(q->sid.ptr, sid.ptr, sid.len);
	assert_true(q->quota_used == used);
	assert_true(q->quota_threshold == threshold);
	assert_true(q->quota_limit == limit);
}

/* ---- tests ---- */

static void without_quotas_every_question_says_so(void **state)
{
	make_admin(*state);
	struct client *c = client_ready(*state, "data");
	struct smb1_file_quota_list list;
	uint16_t fid = client_create(c, "\\f"), index;
	assert_status(query(c, fid, of_uid(c, geteuid()), &list), STATUS_NOT_SUPPORTED);
	assert_status(scan(c, fid, false, true, 1024, &list), STATUS_NOT_SUPPORTED);
	assert_status(set(c, fid, of_uid(c, OTHER), 1, 2), STATUS_NOT_SUPPORTED);
	assert_status(set_control(c, fid, ENFORCE, NONE), STATUS_NOT_SUPPORTED);
	assert_int_equal(control_flags(c), 0);
	assert_int_equal(volume_attributes(c) & VOLUME_QUOTAS, 0);
	assert_true(client_open(c, INDEX, 0x2019F, FILE_SHARE_READ, FILE_OPEN, 0, &index) != STATUS_SUCCESS);
}

static void a_user_sees_his_own_only(void **state)
{
	keep_quotas(*state);
	struct client *c = client_ready(*state, "data");
	struct smb1_file_quota_list list;
	uint16_t fid = open_index(c);
	assert_ok(query(c, fid, of_uid(c, geteuid()), &list));
	assert_int_equal(list.count, 1);
	assert_quota(c, &list.quotas[0], geteuid(), 3 * MIB, 4 * MIB, 5 * MIB);
	assert_status(query(c, fid, of_uid(c, OTHER), &list), STATUS_ACCESS_DENIED);
	assert_status(scan(c, fid, false, true, 1024, &list), STATUS_ACCESS_DENIED);
	assert_status(set(c, fid, of_uid(c, geteuid()), NONE, NONE), STATUS_ACCESS_DENIED);
	assert_status(set_control(c, fid, ENFORCE, NONE), STATUS_ACCESS_DENIED);
	assert_int_equal(volume_attributes(c) & VOLUME_QUOTAS, VOLUME_QUOTAS);
	assert_int_equal(control_flags(c), TRACK);
	assert_ok(client_close(c, fid));
}

static bool annas_sid(void *user, const char *name, nttime now, struct sid *out)
{
	(void)user, (void)name, (void)now;
	*out = sid_of_rid(sid_known(SID_UNIX_USERS), THIRD);
	return true;
}

/* As with "force user": there is a Unix user of her name, but her files here are another's. */
static void his_own_are_of_whom_the_share_serves_him_as(void **state)
{
	struct world *w = *state;
	keep_quotas(w);
	fs_core_set_idmap(w->core, &(struct fs_idmap){ .sid_of_account = annas_sid });
	struct client *c = client_ready(w, "data");
	struct smb1_file_quota_list list;
	uint16_t fid = open_index(c);
	assert_ok(query(c, fid, of_uid(c, THIRD), &list));
	assert_int_equal(list.count, 1);
	assert_quota(c, &list.quotas[0], THIRD, 3 * MIB, 4 * MIB, 5 * MIB);
	assert_status(query(c, fid, of_uid(c, OTHER), &list), STATUS_ACCESS_DENIED);
}

static void an_administrator_scans_in_any_pieces(void **state)
{
	keep_quotas(*state);
	make_admin(*state);
	struct client *c = client_ready(*state, "data");
	struct smb1_file_quota_list list;
	uint16_t fid = open_index(c);
	const uint32_t one = SMB1_FILE_QUOTA_HEAD + 16; /* bytes */
	assert_ok(scan(c, fid, false, true, 4096, &list));
	assert_int_equal(list.count, 3);
	assert_quota(c, &list.quotas[0], geteuid(), 3 * MIB, 4 * MIB, 5 * MIB);
	assert_quota(c, &list.quotas[1], OTHER, 1000, NONE, NONE);
	assert_quota(c, &list.quotas[2], THIRD, 0, NONE, MIB);
	assert_status(scan(c, fid, false, false, 4096, &list), STATUS_NO_MORE_ENTRIES);
	/* One at a time, by wish or for want of room. */
	for (int i = 0; i < 3; i++) {
		assert_ok(scan(c, fid, i != 1, i == 0, i != 1 ? 4096 : one, &list));
		assert_int_equal(list.count, 1);
	}
	assert_quota(c, &list.quotas[0], THIRD, 0, NONE, MIB);
	assert_status(scan(c, fid, false, true, one - 1, &list), STATUS_BUFFER_TOO_SMALL);
	assert_ok(scan(c, fid, false, true, 2 * one - 1, &list));
	assert_int_equal(list.count, 1);
	assert_ok(scan(c, fid, false, false, 2 * one, &list));
	assert_int_equal(list.count, 2);
}

static void a_scan_begins_at_a_sid(void **state)
{
	keep_quotas(*state);
	make_admin(*state);
	struct client *c = client_ready(*state, "data");
	struct smb1_file_quota_list list;
	struct smb1_file_get_quota_information first = { .sid = of_uid(c, OTHER) };
	struct slice d = ENCODE(c, file_get_quota_list, .count = 1, .sids = &first);
	struct smb1_nt_transact_query_quota_req m = { .fid = open_index(c), .start_sid_length = (uint32_t)d.len };
	struct smb1_trans_rsp rsp;
	nt_status status = transact(c, NT_TRANSACT_QUERY_QUOTA, client_encode(c, (smb1_coder)(void *)smb1_nt_transact_query_quota_req, &m), d, 4096, &rsp);
	assert_ok(get_list(c, status, &rsp, &list));
	assert_int_equal(list.count, 2);
	assert_quota(c, &list.quotas[0], OTHER, 1000, NONE, NONE);
	/* Offsets and lengths that lie. */
	static const uint32_t bad[][2] = { { 1, 0 }, { 24, 1 }, { 24, UINT32_MAX }, { UINT32_MAX, 0 }, { UINT32_MAX, UINT32_MAX } };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		m.start_sid_length = bad[i][0];
		m.start_sid_offset = bad[i][1];
		struct slice p = client_encode(c, (smb1_coder)(void *)smb1_nt_transact_query_quota_req, &m);
		assert_status(transact(c, NT_TRANSACT_QUERY_QUOTA, p, d, 4096, NULL), STATUS_QUOTA_LIST_INCONSISTENT);
	}
}

static void an_administrator_sets_limits(void **state)
{
	keep_quotas(*state);
	make_admin(*state);
	struct client *c = client_ready(*state, "data");
	struct smb1_file_quota_list list;
	uint16_t fid = open_index(c);
	assert_ok(set(c, fid, of_uid(c, OTHER), 2 * MIB, 3 * MIB));
	assert_ok(query(c, fid, of_uid(c, OTHER), &list));
	assert_quota(c, &list.quotas[0], OTHER, 1000, 2 * MIB, 3 * MIB);
	assert_ok(set(c, fid, of_uid(c, OTHER), NONE, 0)); /* nothing at all is not the same as no limit */
	assert_ok(query(c, fid, of_uid(c, OTHER), &list));
	assert_quota(c, &list.quotas[0], OTHER, 1000, NONE, 1);
	assert_ok(set(c, fid, of_uid(c, OTHER), 5, DELETE));
	assert_ok(query(c, fid, of_uid(c, OTHER), &list));
	assert_quota(c, &list.quotas[0], OTHER, 1000, NONE, NONE);
	assert_status(set(c, fid, of_uid(c, OTHER), NONE, NONE - 2), STATUS_INVALID_PARAMETER);
	assert_status(set(c, fid, of_uid(c, OTHER), DELETE, 0), STATUS_INVALID_PARAMETER);
	assert_status(set(c, fid, sid_bytes(c, sid_known(SID_EVERYONE)), 0, 0), STATUS_QUOTA_LIST_INCONSISTENT);
	assert_status(set(c, fid, slice_of("\1\1\0\0", 4), 0, 0), STATUS_QUOTA_LIST_INCONSISTENT);
	assert_status(set(c, fid, sid_bytes(c, sid_known(SID_BUILTIN_ADMINISTRATORS)), NONE, MIB), STATUS_ACCESS_DENIED);
	assert_ok(set(c, fid, sid_bytes(c, sid_known(SID_BUILTIN_ADMINISTRATORS)), NONE, NONE));
	assert_status(transact(c, NT_TRANSACT_SET_QUOTA, ENCODE(c, nt_transact_set_quota_req, .fid = fid), EMPTY, 0, NULL), STATUS_INVALID_PARAMETER);
	assert_status(set(c, 0x7777, of_uid(c, OTHER), 0, 0), STATUS_INVALID_HANDLE);
}

static void nobodys_sid_has_an_entry_of_zeros(void **state)
{
	keep_quotas(*state);
	make_admin(*state);
	struct client *c = client_ready(*state, "data");
	struct smb1_file_quota_list list;
	assert_ok(query(c, open_index(c), sid_bytes(c, sid_known(SID_EVERYONE)), &list));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.quotas[0].sid.len, 0);
	assert_true(list.quotas[0].quota_used == 0 && list.quotas[0].quota_limit == 0);
}

static void limits_that_bind_make_the_volume_smaller(void **state)
{
	keep_quotas(*state);
	make_admin(*state);
	struct client *c = client_ready(*state, "data");
	struct smb1_fs_full_size_information before = { 0 }, after = { 0 };
	uint16_t fid = open_index(c);
	assert_ok(volume(c, 1007, (smb1_coder)(void *)smb1_fs_full_size_information, &before));
	assert_ok(set_control(c, fid, ENFORCE, NONE));
	assert_int_equal(control_flags(c), ENFORCE);
	assert_ok(volume(c, 1007, (smb1_coder)(void *)smb1_fs_full_size_information, &after));
	uint64_t unit = (uint64_t)after.sectors_per_allocation_unit * after.bytes_per_sector;
	assert_true(after.caller_available_allocation_units * unit == 2 * MIB);
	assert_true(after.total_allocation_units * unit == 5 * MIB);
	assert_true(before.caller_available_allocation_units > after.caller_available_allocation_units);
	assert_true(after.actual_available_allocation_units == before.actual_available_allocation_units);
	assert_status(set_control(c, fid, 0, NONE), STATUS_NOT_SUPPORTED);
	assert_status(set_control(c, fid, ENFORCE, MIB), STATUS_NOT_SUPPORTED);
	assert_ok(set_control(c, fid, TRACK, NONE));
	assert_int_equal(control_flags(c), TRACK);
}

static void lists_that_lie_are_refused(void **state)
{
	keep_quotas(*state);
	make_admin(*state);
	struct client *c = client_ready(*state, "data");
	uint16_t fid = open_index(c);
	struct smb1_file_get_quota_information two[2] = { { .sid = of_uid(c, OTHER) }, { .sid = of_uid(c, THIRD) } };
	struct slice good = ENCODE(c, file_get_quota_list, .count = 2, .sids = two);
	uint8_t *bytes = arena_dup(&c->arena, good.ptr, good.len);
	static const struct {
		uint8_t at;
		uint32_t value;
	} lies[] = { { 0, 1 }, { 0, UINT32_MAX }, { 0, 44 }, { 4, UINT32_MAX }, { 4, 17 }, { 28, 17 }, { 28, 0x80000000 }, { 24, 24 + 8 } };
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		memcpy(bytes, good.ptr, good.len);
		store_le32(bytes + lies[i].at, lies[i].value);
		struct slice p = ENCODE(c, nt_transact_query_quota_req, .fid = fid, .sid_list_length = (uint32_t)good.len);
		assert_status(transact(c, NT_TRANSACT_QUERY_QUOTA, p, slice_of(bytes, good.len), 4096, NULL), STATUS_QUOTA_LIST_INCONSISTENT);
	}
	struct slice p = ENCODE(c, nt_transact_query_quota_req, .fid = fid, .sid_list_length = (uint32_t)good.len + 1);
	assert_status(transact(c, NT_TRANSACT_QUERY_QUOTA, p, good, 4096, NULL), STATUS_INVALID_PARAMETER);
	p = ENCODE(c, nt_transact_query_quota_req, .fid = fid, .sid_list_length = 24, .start_sid_length = 24);
	assert_status(transact(c, NT_TRANSACT_QUERY_QUOTA, p, good, 4096, NULL), STATUS_INVALID_PARAMETER);
	struct slice list = slice_of("\0\0\0\0\377\377\377\377", 8);
	assert_status(transact(c, NT_TRANSACT_SET_QUOTA, ENCODE(c, nt_transact_set_quota_req, .fid = fid), list, 0, NULL), STATUS_QUOTA_LIST_INCONSISTENT);
}

static void what_the_disk_says_reaches_the_client(void **state)
{
	struct world *w = *state;
	keep_quotas(w);
	make_admin(w);
	struct client *c = client_ready(w, "data");
	struct smb1_file_quota_list list;
	uint16_t fid = open_index(c);
	static const struct {
		int err;
		nt_status status;
	} rows[] = { { EIO, STATUS_UNEXPECTED_IO_ERROR }, { EPERM, STATUS_ACCESS_DENIED }, { EOPNOTSUPP, STATUS_NOT_SUPPORTED } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		vfs_mem_fail(w->vfs[WORLD_DATA], VFS_MEM_QUOTA, 1, 1, rows[i].err);
		assert_status(query(c, fid, of_uid(c, OTHER), &list), rows[i].status);
		vfs_mem_fail(w->vfs[WORLD_DATA], VFS_MEM_QUOTA, 1, 1, rows[i].err);
		assert_status(scan(c, fid, false, true, 4096, &list), rows[i].status);
		vfs_mem_fail(w->vfs[WORLD_DATA], VFS_MEM_QUOTA, 1, 1, rows[i].err);
		assert_status(set(c, fid, of_uid(c, OTHER), 1, 2), rows[i].status);
		vfs_mem_fail(w->vfs[WORLD_DATA], VFS_MEM_QUOTA, 2, 1, rows[i].err); /* in the middle of a scan: what was read counts */
		assert_ok(scan(c, fid, false, true, 4096, &list));
		assert_int_equal(list.count, 1);
	}
}

static void a_share_that_is_read_only_changes_none(void **state)
{
	struct world *w = *state;
	make_admin(w);
	vfs_mem_keep_quotas(w->vfs[WORLD_RO]);
	struct client *c = client_ready(w, "ro");
	uint16_t fid = open_index(c);
	assert_status(set(c, fid, of_uid(c, OTHER), 1, 2), STATUS_ACCESS_DENIED);
	assert_status(set_control(c, fid, ENFORCE, NONE), STATUS_ACCESS_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(without_quotas_every_question_says_so),
		SCENARIO(a_user_sees_his_own_only),
		SCENARIO(his_own_are_of_whom_the_share_serves_him_as),
		SCENARIO(an_administrator_scans_in_any_pieces),
		SCENARIO(a_scan_begins_at_a_sid),
		SCENARIO(an_administrator_sets_limits),
		SCENARIO(nobodys_sid_has_an_entry_of_zeros),
		SCENARIO(limits_that_bind_make_the_volume_smaller),
		SCENARIO(lists_that_lie_are_refused),
		SCENARIO(what_the_disk_says_reaches_the_client),
		SCENARIO(a_share_that_is_read_only_changes_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
