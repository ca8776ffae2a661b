/* Security descriptors on the wire: the room they need, the handles they need, creation with one, and junk. */
#include "client.h"

#include "fs/sd.h"
#include "fs/security.h"

static nt_status transact(struct client *c, uint16_t function, struct slice parameters, struct slice data, uint32_t room, struct smb1_trans_rsp *out)
{
	struct smb1_nt_transact_req req = { .t = {
		.max_parameter_count = 128, .max_data_count = room, .function = function, .name = "", .parameters = parameters, .data = data,
	} };
	struct smb1_nt_transact_rsp rsp = { 0 };
	uint16_t mid = client_send(c, SMB_COM_NT_TRANSACT, &req);
	struct reply r = client_take_mid(c, mid);
	nt_status status = r.status;
	if (status == STATUS_SUCCESS || status == STATUS_BUFFER_TOO_SMALL)
		reply_get(c, &r, 0, SMB_COM_NT_TRANSACT, &rsp);
	*out = rsp.t;
	out->parameters.ptr = arena_dup(&c->arena, rsp.t.parameters.ptr, rsp.t.parameters.len);
	out->data.ptr = arena_dup(&c->arena, rsp.t.data.ptr, rsp.t.data.len);
	reply_free(&r);
	return status;
}

static nt_status query(struct client *c, uint16_t fid, uint32_t parts, uint32_t room, struct smb1_trans_rsp *out)
{
	struct slice p = ENCODE(c, nt_transact_query_security_desc_req, .fid = fid, .security_info_fields = parts);
	return transact(c, NT_TRANSACT_QUERY_SECURITY_DESC, p, slice_of(NULL, 0), room, out);
}

static nt_status set(struct client *c, uint16_t fid, uint32_t parts, struct slice sd)
{
	struct smb1_trans_rsp out;
	struct slice p = ENCODE(c, nt_transact_set_security_desc_req, .fid = fid, .security_information = parts);
	return transact(c, NT_TRANSACT_SET_SECURITY_DESC, p, sd, 0, &out);
}

enum { ALL_PARTS = FS_SECURITY_OWNER | FS_SECURITY_GROUP | FS_SECURITY_DACL };

static uint16_t open_file(struct client *c, const char *name, uint32_t access)
{
	uint16_t fid;
	assert_ok(client_open(c, name, access, SHARE_ALL, FILE_OPEN, 0, &fid));
	return fid;
}

static struct slice everyone_reads(struct client *c)
{
	struct fs_ace ace = fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_READ, sid_known(SID_EVERYONE));
	const struct fs_acl acl = { .revision = ACL_REVISION, .n = 1, .aces = &ace };
	const struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = &acl };
	struct slice bytes;
	assert_ok(fs_sd_format(&c->arena, &sd, 0, &bytes));
	return bytes;
}

static void whole_or_not_at_all(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_trans_rsp out;
	struct fs_sd sd;
	assert_ok(client_close(c, client_create(c, "\\f")));
	uint16_t fid = open_file(c, "\\f", READ_CONTROL);
	assert_ok(query(c, fid, ALL_PARTS, 16384, &out));
	size_t whole = out.data.len;
	assert_int_equal(load_le32(out.parameters.ptr), whole);
	assert_ok(fs_sd_parse(&c->arena, out.data, 0, &sd));
	assert_int_equal(sd.dacl->n, 3);
	for (uint32_t room = 0; room < whole; room += room < 4 ? 1 : 37) {
		assert_status(query(c, fid, ALL_PARTS, room, &out), STATUS_BUFFER_TOO_SMALL);
		assert_int_equal(out.parameters.len, 4);
		assert_int_equal(load_le32(out.parameters.ptr), whole);
		assert_int_equal(out.data.len, 0);
	}
	assert_ok(query(c, fid, ALL_PARTS, (uint32_t)whole, &out));
	assert_status(query(c, fid, FS_SECURITY_SACL, 16384, &out), STATUS_ACCESS_DENIED);
	assert_status(query(c, (uint16_t)(fid + 1), ALL_PARTS, 16384, &out), STATUS_INVALID_HANDLE);
	assert_ok(client_close(c, fid));
}

static void what_is_set_counts_at_the_next_open(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid, other;
	assert_ok(client_close(c, client_create(c, "\\f")));
	fid = open_file(c, "\\f", READ_CONTROL | WRITE_DAC | FILE_WRITE_DATA);
	assert_ok(set(c, fid, FS_SECURITY_DACL, everyone_reads(c)));
	assert_ok(client_write(c, fid, 0, "x", 1)); /* what was granted stays */
	assert_status(client_open(c, "\\f", FILE_WRITE_DATA, SHARE_ALL, FILE_OPEN, 0, &other), STATUS_ACCESS_DENIED);
	assert_ok(client_open(c, "\\f", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &other));
	assert_status(set(c, other, FS_SECURITY_DACL, everyone_reads(c)), STATUS_ACCESS_DENIED);
	assert_ok(client_close(c, other));
	assert_status(set(c, fid, FS_SECURITY_DACL, slice_of("x", 1)), STATUS_INVALID_SECURITY_DESCR);
	assert_status(set(c, fid, FS_SECURITY_DACL, slice_of(NULL, 0)), STATUS_INVALID_SECURITY_DESCR);
	assert_ok(client_close(c, fid));
}

static void created_with_one(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice sd = everyone_reads(c);
	struct smb1_trans_rsp out;
	struct fs_sd got;
	uint16_t fid;
	for (uint32_t lie = 0; lie < 2; lie++) {
		struct slice p = ENCODE(c, nt_transact_create_req, .desired_access = FILE_ALL_ACCESS, .create_disposition = FILE_CREATE, .share_access = SHARE_ALL,
					.security_descriptor_length = (uint32_t)sd.len + (1 - lie), .name_length = 4, .name = "\\n");
		assert_status(transact(c, NT_TRANSACT_CREATE, p, sd, 0, &out), lie == 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS);
	}
	fid = load_le16(out.parameters.ptr + 2);
	assert_ok(query(c, fid, FS_SECURITY_DACL, 16384, &out));
	assert_ok(fs_sd_parse(&c->arena, out.data, 0, &got));
	assert_int_equal(got.dacl->n, 1);
	assert_int_equal(got.dacl->aces[0].mask, 0x120089);
	assert_ok(client_close(c, fid));
	assert_status(client_open(c, "\\n", FILE_WRITE_DATA, SHARE_ALL, FILE_OPEN, 0, &fid), STATUS_ACCESS_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(whole_or_not_at_all), SCENARIO(what_is_set_counts_at_the_next_open), SCENARIO(created_with_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
