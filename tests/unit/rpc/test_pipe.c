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
#include "wire/dce/pdu.h"
#include "wire/dce/srvsvc.h"
#include "wire/dce/wkssvc.h"

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

static const struct fs_server_facts facts = {
	.name = "LONGHOUSE", .workgroup = "VILLAGE", .comment = "One roof", .version_major = 5, .version_minor = 1,
	.server_type = SV_TYPE_SERVER | SV_TYPE_NT, .started = NOW - 5 * NTTIME_PER_SEC, .each_share = each_share,
};

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
	return rpc_pipe_open("SrvSvc", &facts, &x->pipe) == STATUS_SUCCESS ? 0 : -1;
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
CODER(srvsvc_empty_enum_req)
CODER(wkssvc_wksta_get_info_req)

static void test_names(void **state)
{
	struct rpc_pipe *p;
	assert_int_equal(rpc_pipe_open("WKSSVC", &facts, &p), STATUS_SUCCESS);
	assert_string_equal(rpc_pipe_name(p), "wkssvc");
	rpc_pipe_close(p);
	static const char *const none[] = { "", "lsarpc", "srvsvc2", "srv", "..\\srvsvc", "\\srvsvc" };
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		assert_int_equal(rpc_pipe_open(none[i], &facts, &p), STATUS_OBJECT_NAME_NOT_FOUND);
		assert_null(p);
	}
	rpc_pipe_close(NULL);
}

/* The offsets that libdsm reads without parsing. */
static void test_bind_ack_layout(void **state)
{
	struct fixture *x = *state;
	size_t got = transact(x, bind_pdu(x, DCE_BIND, &srvsvc_syntax, 4280));
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
	transact(x, bind_pdu(x, DCE_BIND, &wkssvc_syntax, 4280));
	assert_int_equal(x->out[2], DCE_BIND_ACK);
	assert_int_equal(load_le16(x->out + 44), DCE_PROVIDER_REJECTION);
	assert_int_equal(load_le16(x->out + 46), DCE_ABSTRACT_SYNTAX_NOT_SUPPORTED);
	/* nothing was accepted: a request gets a fault */
	transact(x, request_pdu(x, SRVSVC_NETR_SHARE_ENUM, slice_of(NULL, 0)));
	assert_int_equal(x->out[2], DCE_FAULT);
	assert_int_equal(load_le32(x->out + 24), NCA_S_UNK_IF);
	/* and may be altered to the right one */
	transact(x, bind_pdu(x, DCE_ALTER_CONTEXT, &srvsvc_syntax, 4280));
	assert_int_equal(x->out[2], DCE_ALTER_CONTEXT_RESP);
	assert_int_equal(load_le16(x->out + 24), 0); /* no secondary address */
	assert_int_equal(x->out[28], 1);
	assert_int_equal(load_le16(x->out + 32), DCE_ACCEPTANCE);
}

static void test_bind_with_another_transfer_syntax(void **state)
{
	struct fixture *x = *state;
	struct slice b = bind_pdu(x, DCE_BIND, &srvsvc_syntax, 4280);
	x->pdu[b.len - 20] ^= 1; /* some other syntax than NDR */
	transact(x, b);
	assert_int_equal(load_le16(x->out + 44), DCE_PROVIDER_REJECTION);
	assert_int_equal(load_le16(x->out + 46), DCE_PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED);
}

static void test_bind_with_authentication_is_refused(void **state)
{
	struct fixture *x = *state;
	struct slice b = bind_pdu(x, DCE_BIND, &srvsvc_syntax, 4280);
	x->pdu[10] = 8;
	transact(x, b);
	assert_int_equal(x->out[2], DCE_BIND_NAK);
	assert_int_equal(load_le16(x->out + 16), DCE_NAK_AUTHENTICATION_TYPE_NOT_RECOGNIZED);
}

static void test_unknown_opnum(void **state)
{
	struct fixture *x = *state;
	bind_it(x, &srvsvc_syntax, 4280);
	size_t got = transact(x, request_pdu(x, 999, slice_of(NULL, 0)));
	assert_int_equal(x->out[2], DCE_FAULT);
	assert_int_equal(x->out[3], PFC_FIRST_FRAG | PFC_LAST_FRAG | PFC_DID_NOT_EXECUTE);
	assert_int_equal(load_le32(x->out + 24), 0x1C010002);
	assert_int_equal(got, 32);
}

static void test_bad_stub(void **state)
{
	struct fixture *x = *state;
	bind_it(x, &srvsvc_syntax, 4280);
	transact(x, request_pdu(x, SRVSVC_NETR_SHARE_ENUM, slice_of("\1\0\0\0", 4)));
	assert_int_equal(x->out[2], DCE_FAULT);
	assert_int_equal(load_le32(x->out + 24), RPC_X_BAD_STUB_DATA);
}

static void test_share_enum(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_enum in = {
		.server_name = "\\\\LONGHOUSE", .level = 1, .has_container = true, .prefered_maximum_length = UINT32_MAX,
		.has_resume_handle = true,
	}, out = { 0 };
	struct ndr n;
	bind_it(x, &srvsvc_syntax, 4280);
	call(x, SRVSVC_NETR_SHARE_ENUM, srvsvc_share_enum_req_erased, &in, &n);
	/* libdsm: level, switch, pointer, count, pointer, max */
	assert_int_equal(load_le32(x->out + 24), 1);
	assert_int_equal(load_le32(x->out + 28), 1);
	assert_int_equal(load_le32(x->out + 36), 2);
	assert_int_equal(load_le32(x->out + 44), 2);
	srvsvc_share_enum_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(wire_left(&n.w), 0);
	assert_int_equal(out.status, 0);
	assert_int_equal(out.entries_read, 2);
	assert_int_equal(out.total_entries, 2);
	assert_true(out.has_resume_handle);
	assert_string_equal(out.buffer[0].netname, "public");
	assert_string_equal(out.buffer[0].remark, "F\xC3\xBCr alle");
	assert_int_equal(out.buffer[0].type, STYPE_DISKTREE);
	assert_string_equal(out.buffer[1].netname, "IPC$");
	assert_int_equal(out.buffer[1].type, STYPE_IPC | STYPE_SPECIAL);
}

static void test_share_enum_levels(void **state)
{
	static const uint32_t levels[] = { 0, 1, 2, 501, 502, 503 };
	struct fixture *x = *state;
	bind_it(x, &srvsvc_syntax, 4280);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		struct srvsvc_share_enum in = { .level = levels[i], .has_container = true }, out = { 0 };
		struct ndr n;
		call(x, SRVSVC_NETR_SHARE_ENUM_STICKY, srvsvc_share_enum_req_erased, &in, &n);
		srvsvc_share_enum_rsp(&n, &out);
		assert_true(ndr_ok(&n));
		assert_int_equal(wire_left(&n.w), 0);
		assert_int_equal(out.status, 0);
		assert_int_equal(out.entries_read, 2);
		assert_false(out.has_resume_handle);
		assert_string_equal(out.buffer[0].netname, "public");
		if (levels[i] == 2 || levels[i] >= 502) {
			assert_string_equal(out.buffer[0].path, ""); /* no administrator */
			assert_int_equal(out.buffer[0].max_uses, UINT32_MAX);
			assert_null(out.buffer[0].passwd);
		}
	}
	struct srvsvc_share_enum in = { .level = 77, .has_container = true }, out = { 0 };
	struct ndr n;
	call(x, SRVSVC_NETR_SHARE_ENUM, srvsvc_share_enum_req_erased, &in, &n);
	srvsvc_share_enum_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(out.status, 124);
	assert_int_equal(out.level, 77);
}

static void test_share_get_info(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_get_info in = { .net_name = "SECRET", .level = 502 }, out = { 0 };
	const struct rpc_caller admin = { .admin = true };
	struct ndr n;
	bind_it(x, &srvsvc_syntax, 4280);
	rpc_pipe_set_caller(x->pipe, &admin);
	call(x, SRVSVC_NETR_SHARE_GET_INFO, srvsvc_share_get_info_req_erased, &in, &n);
	srvsvc_share_get_info_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_int_equal(wire_left(&n.w), 0);
	assert_int_equal(out.status, 0);
	assert_string_equal(out.info.netname, "secret");
	assert_string_equal(out.info.path, "C:\\srv\\secret");
	in.net_name = "none";
	call(x, SRVSVC_NETR_SHARE_GET_INFO, srvsvc_share_get_info_req_erased, &in, &n);
	memset(&out, 0, sizeof(out));
	srvsvc_share_get_info_rsp(&n, &out);
	assert_true(ndr_ok(&n));
	assert_false(out.has_info);
	assert_int_equal(out.status, 2310);
	in.level = 1005;
	in.net_name = "public";
	call(x, SRVSVC_NETR_SHARE_GET_INFO, srvsvc_share_get_info_req_erased, &in, &n);
	srvsvc_share_get_info_rsp(&n, &out);
	assert_int_equal(out.status, 0);
	assert_int_equal(out.info.flags, 0);
	assert_int_equal(wire_left(&n.w), 0);
}

static void test_server_get_info(void **state)
{
	struct fixture *x = *state;
	bind_it(x, &srvsvc_syntax, 4280);
	for (uint32_t level = 100; level <= 103; level++) {
		struct srvsvc_server_get_info in = { .server_name = "x", .level = level }, out = { 0 };
		struct ndr n;
		call(x, SRVSVC_NETR_SERVER_GET_INFO, srvsvc_server_get_info_req_erased, &in, &n);
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
	bind_it(x, &srvsvc_syntax, 4280);
	rpc_pipe_set_caller(x->pipe, &caller);
	call(x, SRVSVC_NETR_REMOTE_TOD, srvsvc_remote_tod_req_erased, &in, &n);
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

static void test_empty_lists(void **state)
{
	static const struct { uint16_t opnum; uint8_t n_filters; uint32_t level; } calls[] = {
		{ SRVSVC_NETR_CONNECTION_ENUM, 1, 1 }, { SRVSVC_NETR_FILE_ENUM, 2, 3 }, { SRVSVC_NETR_SESSION_ENUM, 2, 502 },
	};
	struct fixture *x = *state;
	bind_it(x, &srvsvc_syntax, 4280);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct srvsvc_empty_enum in = { .n_filters = calls[i].n_filters, .level = calls[i].level, .has_container = true,
						.filters = { "abc", NULL } };
		struct srvsvc_empty_enum out = { 0 };
		struct ndr n;
		call(x, calls[i].opnum, srvsvc_empty_enum_req_erased, &in, &n);
		srvsvc_empty_enum_rsp(&n, &out);
		assert_true(ndr_ok(&n));
		assert_int_equal(wire_left(&n.w), 0);
		assert_int_equal(out.status, 0);
		in.level = 4711;
		call(x, calls[i].opnum, srvsvc_empty_enum_req_erased, &in, &n);
		srvsvc_empty_enum_rsp(&n, &out);
		assert_int_equal(out.status, 124);
	}
}

static void test_wkssvc(void **state)
{
	struct fixture *x = *state;
	rpc_pipe_close(x->pipe);
	assert_int_equal(rpc_pipe_open("wkssvc", &facts, &x->pipe), STATUS_SUCCESS);
	bind_it(x, &wkssvc_syntax, 4280);
	for (uint32_t level = 100; level <= 103; level++) {
		struct wkssvc_wksta_get_info in = { .level = level }, out = { 0 };
		struct ndr n;
		call(x, WKSSVC_NETR_WKSTA_GET_INFO, wkssvc_wksta_get_info_req_erased, &in, &n);
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
	struct slice b = bind_pdu(x, DCE_BIND, &srvsvc_syntax, 4280);
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
	struct slice b = bind_pdu(x, DCE_BIND, &srvsvc_syntax, 4280);
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
	struct srvsvc_share_enum in = { .level = 1, .has_container = true }, out = { 0 };
	uint8_t *stub = arena_alloc(&x->arena, 1 << 20);
	size_t len = 0, got, frags = 0;
	uint8_t request[256];
	struct ndr n;
	n_extra = 300;
	bind_it(x, &srvsvc_syntax, 2000);
	ndr_init_encode(&n, request, sizeof(request), &x->arena);
	srvsvc_share_enum_req(&n, &in);
	assert_int_equal(rpc_pipe_write(x->pipe, request_pdu(x, SRVSVC_NETR_SHARE_ENUM, slice_of(request, n.w.pos))), STATUS_SUCCESS);
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
	assert_int_equal(out.entries_read, 302);
	assert_string_equal(out.buffer[301].netname, "extra share number 299");
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
	bind_it(x, &srvsvc_syntax, 4280);
	ndr_init_encode(&n, stub, sizeof(stub), &x->arena);
	srvsvc_share_get_info_req(&n, &in);
	size_t len = n.w.pos, third = len / 3;
	for (size_t i = 0; i < 3; i++) {
		size_t from = i * third, size = i == 2 ? len - from : third;
		uint8_t flags = (uint8_t)(i == 0 ? PFC_FIRST_FRAG : i == 2 ? PFC_LAST_FRAG : 0);
		memset(body, 0, 8);
		store_le16(body + 4, 3);
		store_le16(body + 6, SRVSVC_NETR_SHARE_GET_INFO);
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
	bind_it(x, &srvsvc_syntax, 4280);
	store_le16(body + 4, 3);
	for (int i = 0; i < 40 && status == STATUS_SUCCESS; i++)
		status = rpc_pipe_write(x->pipe, pdu(x, DCE_REQUEST, i == 0 ? PFC_FIRST_FRAG : 0, body, sizeof(body)));
	assert_int_equal(status, STATUS_PIPE_DISCONNECTED);
	assert_int_equal(rpc_pipe_read(x->pipe, body, 1, &got), STATUS_PIPE_DISCONNECTED);
	assert_int_equal(rpc_pipe_write(x->pipe, slice_of(body, 1)), STATUS_PIPE_DISCONNECTED);
}

static void test_answers_that_nobody_reads(void **state)
{
	struct fixture *x = *state;
	struct srvsvc_share_enum in = { .level = 1, .has_container = true };
	uint8_t stub[256];
	nt_status status = STATUS_SUCCESS;
	size_t got, messages = 0;
	struct ndr n;
	n_extra = 1000;
	bind_it(x, &srvsvc_syntax, 4280);
	ndr_init_encode(&n, stub, sizeof(stub), &x->arena);
	srvsvc_share_enum_req(&n, &in);
	struct slice r = request_pdu(x, SRVSVC_NETR_SHARE_ENUM, slice_of(stub, n.w.pos));
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
		assert_int_equal(rpc_pipe_open("srvsvc", &facts, &p), STATUS_SUCCESS);
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
		assert_int_equal(rpc_pipe_open("srvsvc", &facts, &p), STATUS_SUCCESS);
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
	struct srvsvc_share_enum in = { .server_name = "server", .level = 1, .has_container = true, .has_resume_handle = true };
	uint8_t stub[256], both[1024];
	struct ndr n;
	struct slice b = bind_pdu(x, DCE_BIND, &srvsvc_syntax, 4280);
	memcpy(both, b.ptr, b.len);
	ndr_init_encode(&n, stub, sizeof(stub), &x->arena);
	srvsvc_share_enum_req(&n, &in);
	struct slice r = request_pdu(x, SRVSVC_NETR_SHARE_ENUM, slice_of(stub, n.w.pos));
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
		cmocka_unit_test_setup_teardown(test_unknown_opnum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_stub, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share_enum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share_enum_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share_get_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_server_get_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remote_tod, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty_lists, setup, teardown),
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
