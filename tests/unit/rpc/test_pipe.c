/* Named pipes with DCE/RPC: the bytes that clients send, in one piece and in many, and what they read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "rpc/pipe.h"
#include "wire/dce/operations.h"
#include "wire/dce/srvsvc.h"
#include "wire/dce/wkssvc.h"

#define SRVSVC (&dce_interfaces[DCE_INTERFACE_srvsvc].syntax)
#define WKSSVC (&dce_interfaces[DCE_INTERFACE_wkssvc].syntax)
#define NOW (NTTIME_UNIX_EPOCH + 1770200430ull * NTTIME_PER_SEC + 120 * NTTIME_PER_MS)

static size_t n_extra; /* shares beside the three */

static void each_share(void *user, fs_share_each_fn each, void *each_user)
{
	static const struct fs_share_config shares[] = {
		{ .name = "public", .path = "/srv/public", .comment = "F\xC3\xBCr alle", .type = FS_SHARE_DISK, .browseable = true },
		{ .name = "secret", .path = "/srv/secret", .type = FS_SHARE_DISK },
		{ .name = "IPC$", .comment = "IPC Service", .type = FS_SHARE_IPC, .browseable = true },
	};
	bool more = true;
	for (size_t i = 0; more && i < ARRAY_LEN(shares); i++)
		more = each(each_user, &shares[i]);
	for (size_t i = 0; more && i < n_extra; i++) {
		char name[64];
		snprintf(name, sizeof(name), "extra share number %zu", i);
		const struct fs_share_config extra = { .name = name, .path = "/x", .comment = name, .browseable = true };
		more = each(each_user, &extra);
		memset(name, '?', sizeof(name)); /* lent only for the call */
	}
}

static void each_session(void *user, nttime now, fs_session_each_fn each, void *each_user)
{
	static const struct fs_session_fact sessions[] = {
		{ .conn_id = 1, .uid = 100, .client = "192.0.2.7", .client_type = "DOS", .user = "alice", .opens = 3, .connected = 60, .idle = 5 },
		{ .conn_id = 2, .uid = 100, .client = "192.0.2.8", .client_type = "", .user = "bob", .guest = true },
	};
	bool more = true;
	for (size_t i = 0; more && i < ARRAY_LEN(sessions); i++)
		more = each(each_user, &sessions[i]);
}

static void each_connection(void *user, nttime now, fs_connection_each_fn each, void *each_user)
{
	static const struct fs_connection_fact connections[] = {
		{ .conn_id = 1, .id = 1, .type = FS_SHARE_DISK, .share = "public", .client = "192.0.2.7", .user = "alice", .opens = 2 },
		{ .conn_id = 2, .id = 2, .type = FS_SHARE_IPC, .share = "IPC$", .client = "192.0.2.8", .user = "bob" },
	};
	bool more = true;
	for (size_t i = 0; more && i < ARRAY_LEN(connections); i++)
		more = each(each_user, &connections[i]);
}

static void each_file(void *user, fs_file_each_fn each, void *each_user)
{
	static const struct fs_file_fact files[] = {
		{ .id = 7, .share = "public", .path = "\\a\\b", .client = "192.0.2.7", .user = "alice", .access = 0x00000003, .locks = 2 },
		{ .id = 8, .share = "public", .path = "\\c", .client = "192.0.2.8", .user = "bob", .access = 0x00000001 },
	};
	bool more = true;
	for (size_t i = 0; more && i < ARRAY_LEN(files); i++)
		more = each(each_user, &files[i]);
}

static const struct fs_server_facts facts = {
	.name = "LONGHOUSE", .workgroup = "VILLAGE", .comment = "One roof", .version_major = 5, .version_minor = 1,
	.server_type = SV_TYPE_SERVER | SV_TYPE_NT, .started = NOW - 5 * NTTIME_PER_SEC, .each_share = each_share,
	.each_session = each_session, .each_connection = each_connection, .each_file = each_file,
};
static const struct rpc_server server = { .facts = &facts };
static char name_of_admin[] = "root", name_of_bob[] = "Bob";
static const struct auth_identity id_admin = { .account = name_of_admin, .admin = true }, id_bob = { .account = name_of_bob };

struct fixture {
	struct arena arena;
	struct rpc_pipe *pipe;
	uint8_t out[1 << 20];
	uint8_t pdu[65536];
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	arena_init(&x->arena, 8 << 20);
	*state = x;
	n_extra = 0;
	return rpc_pipe_open("SrvSvc", &server, NULL, &x->pipe) == STATUS_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *x = *state;
	rpc_pipe_close(x->pipe);
	arena_fini(&x->arena);
	free(x);
	return 0;
}

/* A finished PDU in x->pdu. */
static struct slice pdu(struct fixture *x, uint8_t ptype, uint8_t flags, const void *body, size_t len)
{
	struct dce_header h = {
		.rpc_vers = 5, .ptype = ptype, .pfc_flags = flags, .packed_drep = { 0x10 },
		.frag_length = (uint16_t)(DCE_HEADER_LEN + len), .call_id = 7,
	};
	struct wire w;
	wire_init_encode(&w, x->pdu, sizeof(x->pdu), NULL);
	dce_header(&w, &h);
	struct slice view = slice_of(body, len);
	wire_view(&w, "body", &view, len);
	assert_true(wire_ok(&w));
	return slice_of(x->pdu, w.pos);
}

static struct slice bind_pdu(struct fixture *x, uint8_t ptype, const struct dce_syntax *abstract, uint16_t max_recv_frag)
{
	uint8_t body[256];
	struct wire w;
	struct dce_bind m = { .max_xmit_frag = 4280, .max_recv_frag = max_recv_frag, .n_context_elem = 1 };
	m.contexts[0] = (struct dce_context){ .p_cont_id = 3, .n_transfer_syn = 1, .abstract_syntax = *abstract };
	m.contexts[0].transfer_syntaxes[0] = dce_ndr_syntax;
	wire_init_encode(&w, body, sizeof(body), NULL);
	dce_bind(&w, &m);
	assert_true(wire_ok(&w));
	return pdu(x, ptype, PFC_FIRST_FRAG | PFC_LAST_FRAG, body, w.pos);
}

static size_t transact(struct fixture *x, struct slice message)
{
	size_t got = 0;
	assert_int_equal(rpc_pipe_transact(x->pipe, message, x->out, sizeof(x->out), &got), STATUS_SUCCESS);
	assert_true(got >= DCE_HEADER_LEN);
	assert_int_equal(load_le16(x->out + 8), got);
	assert_int_equal(load_le32(x->out + 12), 7);
	return got;
}

static void bind_it(struct fixture *x, const struct dce_syntax *syntax, uint16_t max_recv_frag)
{
	transact(x, bind_pdu(x, DCE_BIND, syntax, max_recv_frag));
	assert_int_equal(x->out[2], DCE_BIND_ACK);
}

/* The call's stub in x->pdu, behind a request header. */
static void open_as(struct fixture *x, const struct auth_identity *id)
{
	const struct rpc_caller caller = { .now = NOW };
	rpc_pipe_close(x->pipe);
	assert_int_equal(rpc_pipe_open("srvsvc", &server, id, &x->pipe), STATUS_SUCCESS);
	rpc_pipe_set_caller(x->pipe, &caller);
	bind_it(x, SRVSVC, 4280);
}

static struct slice request_pdu(struct fixture *x, uint16_t opnum, struct slice stub)
{
	uint8_t *body = arena_alloc(&x->arena, 8 + stub.len);
	store_le32(body, (uint32_t)stub.len);
	store_le16(body + 4, 3);
	store_le16(body + 6, opnum);
	if (stub.len > 0)
		memcpy(body + 8, stub.ptr, stub.len);
	return pdu(x, DCE_REQUEST, PFC_FIRST_FRAG | PFC_LAST_FRAG, body, 8 + stub.len);
}

/* Encodes a request's stub, calls, and opens the answer's stub for decoding. */
static void call(struct fixture *x, uint16_t opnum, void (*code)(struct ndr *n, void *m), void *m, struct ndr *answer)
{
	uint8_t *stub = arena_alloc(&x->arena, 4096);
	struct ndr n;
	ndr_init_encode(&n, stub, 4096, &x->arena);
	code(&n, m);
	assert_true(ndr_ok(&n));
	size_t got = transact(x, request_pdu(x, opnum, slice_of(stub, n.w.pos)));
	assert_int_equal(x->out[2], DCE_RESPONSE);
	assert_int_equal(x->out[3], PFC_FIRST_FRAG | PFC_LAST_FRAG);
	ndr_init_decode(answer, slice_of(x->out + DCE_RESPONSE_HEADER_LEN, got - DCE_RESPONSE_HEADER_LEN), &x->arena);
}
#define CODER(ident) static void ident##_erased(struct ndr *n, void *m) { ident(n, m); }
CODER(srvsvc_share_enum_req)
CODER(srvsvc_share_get_info_req)
CODER(srvsvc_server_get_info_req)
CODER(srvsvc_remote_tod_req)
CODER(srvsvc_session_enum_req)
CODER(srvsvc_connection_enum_req)
CODER(srvsvc_file_enum_req)
CODER(srvsvc_file_get_info_req)
CODER(wkssvc_wksta_get_info_req)

static void test_names(void **state)
{
	struct rpc_pipe *p;
	assert_int_equal(rpc_pipe_open("WKSSVC", &server, NULL, &p), STATUS_SUCCESS);
	assert_string_equal(rpc_pipe_name(p), "wkssvc");
	rpc_pipe_close(p);
	static const char *const none[] = { "", "netlogon", "srvsvc2", "srv", "..\\srvsvc", "\\srvsvc" };
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		assert_int_equal(rpc_pipe_open(none[i], &server, NULL, &p), STATUS_OBJECT_NAME_NOT_FOUND);
		assert_null(p);
	}
	rpc_pipe_close(NULL);
}

/* The offsets that libdsm reads without parsing. */
static void test_bind_ack_layout(void **state)
{
	struct fixture *x = *state;
	size_t got = transact(x, bind_pdu(x, DCE_BIND, SRVSVC, 4280));
	assert_int_equal(x->out[2], DCE_BIND_ACK);
	assert_int_equal(load_le16(x->out + 16), 4280);
	assert_int_equal(load_le16(x->out + 18), 4280);
	assert_true(load_le32(x->out + 20) != 0);
	assert_int_equal(load_le16(x->out + 24), 13);
	assert_memory_equal(x->out + 26, "\\PIPE\\srvsvc\0", 13);
	assert_int_equal(x->out[40], 1);
	assert_int_equal(load_le16(x->out + 44), 0); /* accepted */
	assert_memory_equal(x->out + 48, "\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60\x02\x00\x00\x00", 20);
	assert_int_equal(got, 68);
}

static void test_bind_to_another_interface(void **state)
{
	struct fixture *x = *state;
	transact(x, bind_pdu(x, DCE_BIND, WKSSVC, 4280));
	assert_int_equal(x->out[2], DCE_BIND_ACK);
	assert_int_equal(load_le16(x->out + 44), DCE_PROVIDER_REJECTION);
	assert_int_equal(load_le16(x->out + 46), DCE_ABSTRACT_SYNTAX_NOT_SUPPORTED);
	/* nothing was accepted: a request gets a fault */
	transact(x, request_pdu(x, DCE_srvsvc_NetrShareEnum, slice_of(NULL, 0)));
	assert_int_equal(x->out[2], DCE_FAULT);
	assert_int_equal(load_le32(x->out + 24), NCA_S_UNK_IF);
	/* and may be altered to the right one */
	transact(x, bind_pdu(x, DCE_ALTER_CONTEXT, SRVSVC, 4280));
	assert_int_equal(x->out[2], DCE_ALTER_CONTEXT_RESP);
	assert_int_equal(load_le16(x->out + 24), 0); /* no secondary address */
	assert_int_equal(x->out[28], 1);
	assert_int_equal(load_le16(x->out + 32), DCE_ACCEPTANCE);
}

static void test_bind_with_another_transfer_syntax(void **state)
{
	struct fixture *x = *state;
	struct slice b = bind_pdu(x, DCE_BIND, SRVSVC, 4280);
	x->pdu[b.len - 20] ^= 1; /* some other syntax than NDR */
	transact(x, b);
	assert_int_equal(load_le16(x->out + 44), DCE_PROVIDER_REJECTION);
	assert_int_equal(load_le16(x->out + 46), DCE_PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED);
}

/* Kerberos: not ours. A verifier that is not all there is no PDU at all. */
static void test_bind_with_authentication_is_refused(void **state)
{
	enum { KERBEROS = 16 };
	static const uint8_t token[4] = { 1, 2, 3, 4 };
	struct fixture *x = *state;
	struct slice b = bind_pdu(x, DCE_BIND, SRVSVC, 4280);
	struct dce_auth_verifier v = { .auth_type = KERBEROS, .auth_level = DCE_LEVEL_INTEGRITY, .auth_value = slice_of(token, 4) };
	struct wire w;
	size_t got;
	wire_init_encode(&w, x->pdu, sizeof(x->pdu), NULL);
	w.pos = b.len;
	dce_append_verifier(&w, &v);
	wire_patch_u16(&w, 8, (uint16_t)w.pos);
	transact(x, slice_of(x->pdu, w.pos));
	assert_int_equal(x->out[2], DCE_BIND_NAK);
	assert_int_equal(load_le16(x->out + 16), DCE_NAK_AUTHENTICATION_TYPE_NOT_RECOGNIZED);
	wire_patch_u16(&w, 10, 500);
	assert_int_equal(rpc_pipe_transact(x->pipe, slice_of(x->pdu, w.pos), x->out, sizeof(x->out), &got), STATUS_PIPE_DISCONNECTED);
}

/* Numbers and letters the other way round; the answer is in our order, and says so. */
static void test_big_endian(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_get_info out = { 0 };
	uint8_t stub[128];
	struct ndr n;
	bind_it(x, SRVSVC, 4280);
	ndr_init_encode(&n, stub, sizeof(stub), &x->arena);
	n.w.big_endian = true;
	uint32_t none = 0, count = 7, level = 1;
	ndr_u32(&n, "server_name", &none);
	ndr_u32(&n, "max_count", &count);
	ndr_u32(&n, "offset", &none);
	ndr_u32(&n, "actual_count", &count);
	for (size_t i = 0; i < 7; i++) {
		uint16_t letter = (uint16_t)"public"[i];
		ndr_u16(&n, "letter", &letter);
	}
	ndr_u32(&n, "level", &level);
	struct slice r = request_pdu(x, DCE_srvsvc_NetrShareGetInfo, slice_of(stub, n.w.pos));
	x->pdu[4] = 0;
	for (size_t at = 8; at < 24; at += at < 12 ? 2 : at < 20 ? 4 : 2) {
		size_t len = at < 12 || at >= 20 ? 2 : 4;
		for (size_t i = 0; i < len / 2; i++) {
			uint8_t byte = x->pdu[at + i];
			x->pdu[at + i] = x->pdu[at + len - 1 - i];
			x->pdu[at + len - 1 - i] = byte;
		}
	}
	size_t got = transact(x, r);
	assert_int_equal(x->out[2], DCE_RESPONSE);
	ndr_init_decode(&n, slice_of(x->out + 24, got - 24), &x->arena);
	srvsvc_share_get_info_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_string_equal(out.info.netname, "public");
}

static void test_unknown_opnum(void **state)
{
	struct fixture *x = *state;
	bind_it(x, SRVSVC, 4280);
	size_t got = transact(x, request_pdu(x, 999, slice_of(NULL, 0)));
	assert_int_equal(x->out[2], DCE_FAULT);
	assert_int_equal(x->out[3], PFC_FIRST_FRAG | PFC_LAST_FRAG | PFC_DID_NOT_EXECUTE);
	assert_int_equal(load_le32(x->out + 24), 0x1C010002);
	assert_int_equal(got, 32);
}

static void test_bad_stub(void **state)
{
	struct fixture *x = *state;
	bind_it(x, SRVSVC, 4280);
	transact(x, request_pdu(x, DCE_srvsvc_NetrShareEnum, slice_of("\1\0\0\0", 4)));
	assert_int_equal(x->out[2], DCE_FAULT);
	assert_int_equal(load_le32(x->out + 24), RPC_X_BAD_STUB_DATA);
}

static void test_share_enum(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_enum in = {
		.server_name = "\\\\LONGHOUSE",
		.list = { .level = 1, .has_container = true, .prefered_maximum_length = UINT32_MAX, .has_resume_handle = true },
	}, out = { 0 };
	struct ndr n;
	bind_it(x, SRVSVC, 4280);
	call(x, DCE_srvsvc_NetrShareEnum, srvsvc_share_enum_req_erased, &in, &n);
	/* libdsm: level, switch, pointer, count, pointer, max */
	assert_int_equal(load_le32(x->out + 24), 1);
	assert_int_equal(load_le32(x->out + 28), 1);
	assert_int_equal(load_le32(x->out + 36), 2);
	assert_int_equal(load_le32(x->out + 44), 2);
	srvsvc_share_enum_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(wire_left(&n.w), 0);
	assert_int_equal(out.status, 0);
	assert_int_equal(out.list.entries_read, 2);
	assert_int_equal(out.list.total_entries, 2);
	assert_true(out.list.has_resume_handle);
	assert_string_equal(((const struct srvsvc_share_info *)out.list.buffer)[0].netname, "public");
	assert_string_equal(((const struct srvsvc_share_info *)out.list.buffer)[0].remark, "F\xC3\xBCr alle");
	assert_int_equal(((const struct srvsvc_share_info *)out.list.buffer)[0].type, STYPE_DISKTREE);
	assert_string_equal(((const struct srvsvc_share_info *)out.list.buffer)[1].netname, "IPC$");
	assert_int_equal(((const struct srvsvc_share_info *)out.list.buffer)[1].type, STYPE_IPC | STYPE_SPECIAL);
}

static void test_share_enum_levels(void **state)
{
	static const uint32_t levels[] = { 0, 1, 2, 501, 502, 503 };
	struct fixture *x = *state;
	bind_it(x, SRVSVC, 4280);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		struct srvsvc_share_enum in = { .list.level = levels[i], .list.has_container = true }, out = { 0 };
		struct ndr n;
		call(x, DCE_srvsvc_NetrShareEnumSticky, srvsvc_share_enum_req_erased, &in, &n);
		srvsvc_share_enum_rsp(&n, &out);
		assert_true(ndr_ok(&n));
		assert_int_equal(wire_left(&n.w), 0);
		assert_int_equal(out.status, 0);
		assert_int_equal(out.list.entries_read, 2);
		assert_false(out.list.has_resume_handle);
		assert_string_equal(((const struct srvsvc_share_info *)out.list.buffer)[0].netname, "public");
		if (levels[i] == 2 || levels[i] >= 502) {
			assert_string_equal(((const struct srvsvc_share_info *)out.list.buffer)[0].path, ""); /* no administrator */
			assert_int_equal(((const struct srvsvc_share_info *)out.list.buffer)[0].max_uses, UINT32_MAX);
			assert_null(((const struct srvsvc_share_info *)out.list.buffer)[0].passwd);
		}
	}
	struct srvsvc_share_enum in = { .list.level = 77, .list.has_container = true }, out = { 0 };
	struct ndr n;
	call(x, DCE_srvsvc_NetrShareEnum, srvsvc_share_enum_req_erased, &in, &n);
	srvsvc_share_enum_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(out.status, 124);
	assert_int_equal(out.list.level, 77);
}

static void test_share_get_info(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_get_info in = { .net_name = "SECRET", .level = 502 }, out = { 0 };
	struct ndr n;
	open_as(x, &id_admin);
	call(x, DCE_srvsvc_NetrShareGetInfo, srvsvc_share_get_info_req_erased, &in, &n);
	srvsvc_share_get_info_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(wire_left(&n.w), 0);
	assert_int_equal(out.status, 0);
	assert_string_equal(out.info.netname, "secret");
	assert_string_equal(out.info.path, "C:\\srv\\secret");
	in.net_name = "none";
	call(x, DCE_srvsvc_NetrShareGetInfo, srvsvc_share_get_info_req_erased, &in, &n);
	memset(&out, 0, sizeof(out));
	srvsvc_share_get_info_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_false(out.has_info);
	assert_int_equal(out.status, 2310);
	in.level = 1005;
	in.net_name = "public";
	call(x, DCE_srvsvc_NetrShareGetInfo, srvsvc_share_get_info_req_erased, &in, &n);
	srvsvc_share_get_info_rsp(&n, &out);
	assert_int_equal(out.status, 0);
	assert_int_equal(out.info.flags, 0);
	assert_int_equal(wire_left(&n.w), 0);
}

static void test_server_get_info(void **state)
{
	struct fixture *x = *state;
	bind_it(x, SRVSVC, 4280);
	for (uint32_t level = 100; level <= 103; level++) {
		struct srvsvc_server_get_info in = { .server_name = "x", .level = level }, out = { 0 };
		struct ndr n;
		call(x, DCE_srvsvc_NetrServerGetInfo, srvsvc_server_get_info_req_erased, &in, &n);
		srvsvc_server_get_info_rsp(&n, &out);
		assert_true(ndr_ok(&n));
		assert_int_equal(wire_left(&n.w), 0);
		assert_int_equal(out.status, level == 103 ? 124 : 0);
		if (level == 103)
			continue;
		assert_int_equal(out.info.platform_id, 500);
		assert_string_equal(out.info.name, "LONGHOUSE");
		if (level > 100)
			assert_string_equal(out.info.comment, "One roof");
	}
}

static void test_remote_tod(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_remote_tod in = { .server_name = "x" }, out = { 0 };
	const struct rpc_caller caller = { .now = NOW, .tz_min = -60 };
	struct ndr n;
	bind_it(x, SRVSVC, 4280);
	rpc_pipe_set_caller(x->pipe, &caller);
	call(x, DCE_srvsvc_NetrRemoteTOD, srvsvc_remote_tod_req_erased, &in, &n);
	srvsvc_remote_tod_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(out.status, 0);
	assert_int_equal(out.info.elapsedt, 1770200430);
	assert_int_equal(out.info.msecs, 5000);
	assert_int_equal(out.info.hours, 10);
	assert_int_equal(out.info.mins, 20);
	assert_int_equal(out.info.hunds, 12);
	assert_int_equal((int32_t)out.info.timezone, -60);
	assert_int_equal(out.info.year, 2026);
	assert_int_equal(out.info.weekday, 3);
}

/* An administrator sees everybody, anyone else himself. */
static void test_who_is_here(void **state)
{
	static const struct { uint32_t level; const char *client, *user; bool admin; uint32_t n; } calls[] = {
		{ 0, NULL, NULL, true, 2 }, { 1, NULL, NULL, true, 2 }, { 2, NULL, NULL, true, 2 }, { 10, "", "", true, 2 },
		{ 502, "\\\\192.0.2.8", NULL, true, 1 }, { 502, NULL, "BOB", true, 1 }, { 502, NULL, NULL, false, 1 },
	};
	struct fixture *x = *state;
	bind_it(x, SRVSVC, 4280);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct srvsvc_session_enum in = { .client_name = calls[i].client, .user_name = calls[i].user,
						  .list = { .level = calls[i].level, .has_container = true } }, out = { 0 };
		struct ndr n;
		open_as(x, calls[i].admin ? &id_admin : &id_bob);
		call(x, DCE_srvsvc_NetrSessionEnum, srvsvc_session_enum_req_erased, &in, &n);
		srvsvc_session_enum_rsp(&n, &out);
		assert_true(ndr_ok(&n));
		assert_int_equal(wire_left(&n.w), 0);
		assert_int_equal(out.status, 0);
		assert_int_equal(out.list.entries_read, calls[i].n);
		const struct srvsvc_session_info *first = out.list.buffer;
		assert_string_equal(first->cname, calls[i].n == 2 ? "192.0.2.7" : "192.0.2.8");
		if (calls[i].level == 502)
			assert_int_equal(first->user_flags, 1);
	}
	struct srvsvc_session_enum in = { .list = { .level = 4711 } }, out = { 0 };
	struct ndr n;
	call(x, DCE_srvsvc_NetrSessionEnum, srvsvc_session_enum_req_erased, &in, &n);
	srvsvc_session_enum_rsp(&n, &out);
	assert_int_equal(out.status, 124);
}

static void test_what_is_used(void **state)
{
	struct fixture *x = *state;
	struct ndr n;
	open_as(x, &id_admin);

	struct srvsvc_file_enum in = { .list = { .level = 3, .has_container = true } }, out = { 0 };
	call(x, DCE_srvsvc_NetrFileEnum, srvsvc_file_enum_req_erased, &in, &n);
	srvsvc_file_enum_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(out.list.entries_read, 2);
	const struct srvsvc_file_info *files = out.list.buffer;
	assert_string_equal(files[0].pathname, "C:\\srv\\public\\a\\b");
	assert_int_equal(files[0].permissions, 3);
	assert_int_equal(files[0].num_locks, 2);
	in.base_path = "c:\\srv\\public\\C";
	memset(&out, 0, sizeof(out));
	call(x, DCE_srvsvc_NetrFileEnum, srvsvc_file_enum_req_erased, &in, &n);
	srvsvc_file_enum_rsp(&n, &out);
	assert_int_equal(out.list.entries_read, 1);

	struct srvsvc_connection_enum connections = { .qualifier = "PUBLIC", .list = { .level = 1, .has_container = true } }, got = { 0 };
	call(x, DCE_srvsvc_NetrConnectionEnum, srvsvc_connection_enum_req_erased, &connections, &n);
	srvsvc_connection_enum_rsp(&n, &got);
	assert_int_equal(got.list.entries_read, 1);
	assert_string_equal(((const struct srvsvc_connection_info *)got.list.buffer)->netname, "192.0.2.7");
	connections.qualifier = "nowhere";
	memset(&got, 0, sizeof(got));
	call(x, DCE_srvsvc_NetrConnectionEnum, srvsvc_connection_enum_req_erased, &connections, &n);
	srvsvc_connection_enum_rsp(&n, &got);
	assert_int_equal(got.status, 2310);

	open_as(x, &id_bob);
	struct srvsvc_file_get_info one = { .file_id = 8, .level = 3 }, info = { 0 };
	call(x, DCE_srvsvc_NetrFileGetInfo, srvsvc_file_get_info_req_erased, &one, &n);
	srvsvc_file_get_info_rsp(&n, &info);
	assert_true(info.has_info);
	assert_string_equal(info.info.pathname, "\\c");
	one.file_id = 7; /* alice's */
	memset(&info, 0, sizeof(info));
	call(x, DCE_srvsvc_NetrFileGetInfo, srvsvc_file_get_info_req_erased, &one, &n);
	srvsvc_file_get_info_rsp(&n, &info);
	assert_int_equal(info.status, 2314);
}

/* What changes the server is refused in words that its caller understands. */
static void test_changes_are_refused(void **state)
{
	struct fixture *x = *state;
	open_as(x, &id_admin);
	assert_int_equal(transact(x, request_pdu(x, DCE_srvsvc_NetrShareAdd, slice_of(NULL, 0))), 32);
	assert_int_equal(load_le32(x->out + 24), 0);
	assert_int_equal(load_le32(x->out + 28), 5);
}

static void test_wkssvc(void **state)
{
	struct fixture *x = *state;
	rpc_pipe_close(x->pipe);
	assert_int_equal(rpc_pipe_open("wkssvc", &server, NULL, &x->pipe), STATUS_SUCCESS);
	bind_it(x, WKSSVC, 4280);
	for (uint32_t level = 100; level <= 103; level++) {
		struct wkssvc_wksta_get_info in = { .level = level }, out = { 0 };
		struct ndr n;
		call(x, DCE_wkssvc_NetrWkstaGetInfo, wkssvc_wksta_get_info_req_erased, &in, &n);
		wkssvc_wksta_get_info_rsp(&n, &out);
		assert_true(ndr_ok(&n));
		assert_int_equal(wire_left(&n.w), 0);
		assert_int_equal(out.status, level == 103 ? 124 : 0);
		if (level == 103)
			continue;
		assert_string_equal(out.info.computername, "LONGHOUSE");
		assert_string_equal(out.info.langroup, "VILLAGE");
		assert_int_equal(out.info.ver_minor, 1);
	}
}

/* Written byte by byte and read byte by byte, it is the same as in one go. */
static void test_small_writes_and_reads(void **state)
{
	struct fixture *x = *state;
	struct slice b = bind_pdu(x, DCE_BIND, SRVSVC, 4280);
	size_t got, left, total = 0;
	uint8_t byte;
	for (size_t i = 0; i < b.len; i++) {
		assert_int_equal(rpc_pipe_read(x->pipe, &byte, 1, &got), STATUS_PIPE_EMPTY);
		assert_int_equal(rpc_pipe_write(x->pipe, slice_of(b.ptr + i, 1)), STATUS_SUCCESS);
	}
	rpc_pipe_peek(x->pipe, &byte, 1, &got, &left);
	assert_int_equal(left, 68);
	assert_int_equal(got, 1);
	nt_status status;
	do {
		status = rpc_pipe_read(x->pipe, x->out + total, 1, &got);
		total += got;
	} while (status == STATUS_BUFFER_OVERFLOW);
	assert_int_equal(status, STATUS_SUCCESS);
	assert_int_equal(total, 68);
	assert_int_equal(x->out[2], DCE_BIND_ACK);
	assert_int_equal(rpc_pipe_read(x->pipe, &byte, 1, &got), STATUS_PIPE_EMPTY);
	assert_int_equal(got, 0);
}

/* Two PDUs in one write: two messages, which a large read does not join. */
static void test_messages_stay_apart(void **state)
{
	struct fixture *x = *state;
	uint8_t two[512];
	size_t got;
	struct slice b = bind_pdu(x, DCE_BIND, SRVSVC, 4280);
	memcpy(two, b.ptr, b.len);
	struct slice r = request_pdu(x, 999, slice_of(NULL, 0));
	memcpy(two + b.len, r.ptr, r.len);
	assert_int_equal(rpc_pipe_write(x->pipe, slice_of(two, b.len + r.len)), STATUS_SUCCESS);
	/* an unread answer would be mistaken for the next one's */
	assert_int_equal(rpc_pipe_transact(x->pipe, r, x->out, sizeof(x->out), &got), STATUS_PIPE_BUSY);
	assert_int_equal(rpc_pipe_read(x->pipe, x->out, sizeof(x->out), &got), STATUS_SUCCESS);
	assert_int_equal(got, 68);
	assert_int_equal(rpc_pipe_read(x->pipe, x->out, 10, &got), STATUS_BUFFER_OVERFLOW);
	assert_int_equal(x->out[2], DCE_FAULT);
	assert_int_equal(rpc_pipe_read(x->pipe, x->out, sizeof(x->out), &got), STATUS_SUCCESS);
	assert_int_equal(got, 22);
}

static void test_long_answers_in_fragments(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_enum in = { .list.level = 1, .list.has_container = true }, out = { 0 };
	uint8_t *stub = arena_alloc(&x->arena, 1 << 20);
	size_t len = 0, got, frags = 0;
	uint8_t request[256];
	struct ndr n;
	n_extra = 300;
	bind_it(x, SRVSVC, 2000);
	ndr_init_encode(&n, request, sizeof(request), &x->arena);
	srvsvc_share_enum_req(&n, &in);
	assert_int_equal(rpc_pipe_write(x->pipe, request_pdu(x, DCE_srvsvc_NetrShareEnum, slice_of(request, n.w.pos))), STATUS_SUCCESS);
	for (;;) {
		assert_int_equal(rpc_pipe_read(x->pipe, x->out, sizeof(x->out), &got), STATUS_SUCCESS);
		assert_true(got <= 2000);
		assert_int_equal(x->out[2], DCE_RESPONSE);
		assert_int_equal((x->out[3] & PFC_FIRST_FRAG) != 0, frags++ == 0);
		memcpy(stub + len, x->out + 24, got - 24);
		len += got - 24;
		if ((x->out[3] & PFC_LAST_FRAG) != 0)
			break;
	}
	assert_true(frags > 10);
	ndr_init_decode(&n, slice_of(stub, len), &x->arena);
	srvsvc_share_enum_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(out.list.entries_read, 302);
	assert_string_equal(((const struct srvsvc_share_info *)out.list.buffer)[301].netname, "extra share number 299");
	assert_int_equal(rpc_pipe_read(x->pipe, x->out, sizeof(x->out), &got), STATUS_PIPE_EMPTY);
}

/* A request in three fragments. */
static void test_long_requests_in_fragments(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_get_info in = { .server_name = "a server name that needs some room", .net_name = "public", .level = 1 };
	struct srvsvc_share_get_info out = { 0 };
	uint8_t stub[512], body[512];
	size_t got;
	struct ndr n;
	bind_it(x, SRVSVC, 4280);
	ndr_init_encode(&n, stub, sizeof(stub), &x->arena);
	srvsvc_share_get_info_req(&n, &in);
	size_t len = n.w.pos, third = len / 3;
	for (size_t i = 0; i < 3; i++) {
		size_t from = i * third, size = i == 2 ? len - from : third;
		uint8_t flags = (uint8_t)(i == 0 ? PFC_FIRST_FRAG : i == 2 ? PFC_LAST_FRAG : 0);
		memset(body, 0, 8);
		store_le16(body + 4, 3);
		store_le16(body + 6, DCE_srvsvc_NetrShareGetInfo);
		memcpy(body + 8, stub + from, size);
		assert_int_equal(rpc_pipe_write(x->pipe, pdu(x, DCE_REQUEST, flags, body, 8 + size)), STATUS_SUCCESS);
	}
	assert_int_equal(rpc_pipe_read(x->pipe, x->out, sizeof(x->out), &got), STATUS_SUCCESS);
	assert_int_equal(x->out[2], DCE_RESPONSE);
	ndr_init_decode(&n, slice_of(x->out + 24, got - 24), &x->arena);
	srvsvc_share_get_info_rsp(&n, &out);
	assert_int_equal(out.status, 0);
	assert_string_equal(out.info.netname, "public");
}

static void test_endless_requests_are_cut_off(void **state)
{
	struct fixture *x = *state;
	uint8_t body[4000] = { 0 };
	nt_status status = STATUS_SUCCESS;
	size_t got;
	bind_it(x, SRVSVC, 4280);
	store_le16(body + 4, 3);
	for (int i = 0; i < 300 && status == STATUS_SUCCESS; i++)
		status = rpc_pipe_write(x->pipe, pdu(x, DCE_REQUEST, i == 0 ? PFC_FIRST_FRAG : 0, body, sizeof(body)));
	assert_int_equal(status, STATUS_PIPE_DISCONNECTED);
	assert_int_equal(rpc_pipe_read(x->pipe, body, 1, &got), STATUS_PIPE_DISCONNECTED);
	assert_int_equal(rpc_pipe_write(x->pipe, slice_of(body, 1)), STATUS_PIPE_DISCONNECTED);
}

static void test_answers_that_nobody_reads(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_enum in = { .list.level = 1, .list.has_container = true };
	uint8_t stub[256];
	nt_status status = STATUS_SUCCESS;
	size_t got, messages = 0;
	struct ndr n;
	n_extra = 1000;
	bind_it(x, SRVSVC, 4280);
	ndr_init_encode(&n, stub, sizeof(stub), &x->arena);
	srvsvc_share_enum_req(&n, &in);
	struct slice r = request_pdu(x, DCE_srvsvc_NetrShareEnum, slice_of(stub, n.w.pos));
	for (int i = 0; i < 100 && status == STATUS_SUCCESS; i++)
		status = rpc_pipe_write(x->pipe, r);
	assert_int_equal(status, STATUS_PIPE_BUSY);
	/* What is there is whole: the last message read is the last of its answer. */
	do {
		status = rpc_pipe_read(x->pipe, x->out, sizeof(x->out), &got);
		messages += status == STATUS_SUCCESS;
		if (status == STATUS_SUCCESS)
			x->pdu[0] = x->out[3];
	} while (status == STATUS_SUCCESS);
	assert_int_equal(status, STATUS_PIPE_EMPTY);
	assert_true(messages > 0);
	assert_true((x->pdu[0] & PFC_LAST_FRAG) != 0);
}

static void test_what_is_no_rpc(void **state)
{
	static const char *const junk[] = { "GET / HTTP/1.0\r\n\r\n", "\5\0\0\3\0\0\0\0\x18\0\0\0\1\0\0\0" /* big-endian */,
					    "\5\0\0\3\x10\0\0\0\x01\0\0\0\1\0\0\0" /* shorter than its header */,
					    "\5\0\0\3\x10\0\0\0\xFF\xFF\0\0\1\0\0\0" /* longer than agreed */,
					    "\5\0\x63\3\x10\0\0\0\x10\0\0\0\1\0\0\0" /* no such type */ };
	for (size_t i = 0; i < ARRAY_LEN(junk); i++) {
		struct rpc_pipe *p;
		size_t got;
		uint8_t buf[16];
		assert_int_equal(rpc_pipe_open("srvsvc", &server, NULL, &p), STATUS_SUCCESS);
		assert_int_equal(rpc_pipe_write(p, slice_of(junk[i], 16)), STATUS_PIPE_DISCONNECTED);
		assert_int_equal(rpc_pipe_read(p, buf, sizeof(buf), &got), STATUS_PIPE_DISCONNECTED);
		rpc_pipe_close(p);
	}
}

/* Every bit of a bind and of a request flipped, every length cut: an answer, a fault, or a dead pipe. */
static void damage(const uint8_t *good, size_t len, size_t bound_len)
{
	uint8_t *copy = test_malloc(len);
	uint8_t *buf = test_malloc(65536);
	for (size_t bit = 0; bit < len * 8; bit++) {
		struct rpc_pipe *p;
		size_t got;
		memcpy(copy, good, len);
		copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1u << bit % 8);
		assert_int_equal(rpc_pipe_open("srvsvc", &server, NULL, &p), STATUS_SUCCESS);
		nt_status status = rpc_pipe_write(p, slice_of(copy, bit % 2 == 0 ? len : bound_len + bit / 8 % (len - bound_len)));
		assert_true(status == STATUS_SUCCESS || status == STATUS_PIPE_DISCONNECTED);
		while (rpc_pipe_read(p, buf, 65536, &got) == STATUS_SUCCESS)
			assert_true(got >= DCE_HEADER_LEN);
		rpc_pipe_close(p);
	}
	test_free(buf);
	test_free(copy);
}

static void test_damaged(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_enum in = { .server_name = "server", .list.level = 1, .list.has_container = true, .list.has_resume_handle = true };
	uint8_t stub[256], both[1024];
	struct ndr n;
	struct slice b = bind_pdu(x, DCE_BIND, SRVSVC, 4280);
	memcpy(both, b.ptr, b.len);
	ndr_init_encode(&n, stub, sizeof(stub), &x->arena);
	srvsvc_share_enum_req(&n, &in);
	struct slice r = request_pdu(x, DCE_srvsvc_NetrShareEnum, slice_of(stub, n.w.pos));
	memcpy(both + b.len, r.ptr, r.len);
	damage(both, b.len + r.len, b.len);
}

/* Counts and lengths that a stub cannot hold cost no memory and read nothing outside. */
static void test_hostile_ndr(void **state)
{
	struct fixture *x = *state;
	uint8_t stub[64] = { 0 };
	struct ndr n;
	struct srvsvc_share_enum m = { 0 };
	store_le32(stub, 1), store_le32(stub + 4, 1), store_le32(stub + 8, 1); /* level, switch, container */
	store_le32(stub + 12, 0x40000000), store_le32(stub + 16, 1), store_le32(stub + 20, 0x40000000);
	ndr_init_decode(&n, slice_of(stub, sizeof(stub)), &x->arena);
	srvsvc_share_enum_rsp(&n, &m);
	assert_false(ndr_ok(&n));
	const char *s = NULL;
	uint8_t text[16] = { 0 };
	static const uint32_t lies[][3] = { { 0xFFFFFFFF, 0, 0xFFFFFFFF }, { 1, 0, 2 }, { 2, 1, 2 }, { 3, 0, 3 } };
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		for (size_t j = 0; j < 3; j++)
			store_le32(text + 4 * j, lies[i][j]);
		ndr_init_decode(&n, slice_of(text, sizeof(text)), &x->arena);
		ndr_string(&n, "s", &s);
		assert_false(ndr_ok(&n));
	}
}

static void test_security_descriptor_both_ways(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_get_info in = { .level = 503, .has_info = true }, out = { 0 };
	uint8_t stub[512];
	struct ndr n;
	in.info = (struct srvsvc_share_info){
		.netname = "a", .remark = NULL, .path = "C:\\", .servername = "*", .reserved = 3, .security_descriptor = slice_of("\1\2\3", 3),
	};
	ndr_init_encode(&n, stub, sizeof(stub), &x->arena);
	srvsvc_share_get_info_rsp(&n, &in);
	assert_true(ndr_ok(&n));
	size_t len = n.w.pos;
	ndr_init_decode(&n, slice_of(stub, len), &x->arena);
	srvsvc_share_get_info_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(out.info.security_descriptor.len, 3);
	assert_memory_equal(out.info.security_descriptor.ptr, "\1\2\3", 3);
	assert_null(out.info.remark);
	assert_string_equal(out.info.servername, "*");
	for (size_t cut = 0; cut < len; cut++) { /* each shorter stub is refused */
		memset(&out, 0, sizeof(out));
		ndr_init_decode(&n, slice_of(stub, cut), &x->arena);
		srvsvc_share_get_info_rsp(&n, &out);
		assert_false(ndr_ok(&n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_bind_ack_layout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bind_to_another_interface, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bind_with_another_transfer_syntax, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bind_with_authentication_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_big_endian, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown_opnum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_stub, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share_enum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share_enum_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share_get_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_server_get_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remote_tod, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_is_here, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_used, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wkssvc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small_writes_and_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_messages_stay_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_answers_in_fragments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_requests_in_fragments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_endless_requests_are_cut_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_that_nobody_reads, setup, teardown),
		cmocka_unit_test(test_what_is_no_rpc),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_ndr, setup, teardown),
		cmocka_unit_test_setup_teardown(test_security_descriptor_both_ways, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
