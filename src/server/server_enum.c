/* One NetServerEnum2 over SMB1, blocking. */
#include "server/server_enum.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/nbt/ssn.h"
#include "wire/rap.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/negotiate.h"
#include "wire/smb1/session.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/tree.h"

enum { FRAME_MAX = 70000, TIMEOUT_S = 5, OUR_PID = 0x4C48, ENTRIES_MAX = 65535 };

struct call {
	int fd;
	uint16_t tid, uid, mid;
	struct arena arena;
	uint8_t buf[FRAME_MAX];
	size_t len;
	struct wire reply; /* behind its header */
	const char *why;
};

static bool fail(struct call *c, const char *why)
{
	if (c->why == NULL)
		c->why = why;
	return false;
}

static bool send_frame(struct call *c, uint8_t type, size_t len)
{
	nbt_ssn_header_put(c->buf, false, (struct nbt_ssn_header){ type, (uint32_t)len });
	for (size_t at = 0; at < len + NBT_SSN_HEADER_LEN;) {
		ssize_t n = send(c->fd, c->buf + at, len + NBT_SSN_HEADER_LEN - at, MSG_NOSIGNAL);
		if (n <= 0)
			return fail(c, "the connection ended");
		at += (size_t)n;
	}
	return true;
}

static bool receive_all(struct call *c, uint8_t *to, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(c->fd, to, len, 0);
		if (n <= 0)
			return fail(c, n == 0 ? "the server closed the connection" : "no answer in time");
		to += n;
		len -= (size_t)n;
	}
	return true;
}

static bool receive_frame(struct call *c, uint8_t *type)
{
	do {
		struct nbt_ssn_header h;
		if (!receive_all(c, c->buf, NBT_SSN_HEADER_LEN))
			return false;
		nbt_ssn_header_get(c->buf, true, &h);
		if (h.length > FRAME_MAX - NBT_SSN_HEADER_LEN || !receive_all(c, c->buf + NBT_SSN_HEADER_LEN, h.length))
			return fail(c, "a frame that is too long");
		*type = h.type;
		c->len = h.length;
	} while (*type == NBT_SESSION_KEEPALIVE);
	return true;
}

static bool open_socket(struct call *c, const char *address, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct timeval limit = { .tv_sec = TIMEOUT_S };

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return fail(c, "no socket, or no such address");
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	close(c->fd);
	c->fd = -1;
	return false;
}

static bool request_session(struct call *c, const char *called)
{
	struct nbt_ssn_request m = { nbt_name_make(called, 0x20), nbt_name_make("LONGHOUSE", 0x00) };
	struct wire w;
	uint8_t type;

	wire_init_encode(&w, c->buf + NBT_SSN_HEADER_LEN, FRAME_MAX - NBT_SSN_HEADER_LEN, &c->arena);
	nbt_ssn_request(&w, &m);
	if (!send_frame(c, NBT_SESSION_REQUEST, w.pos) || !receive_frame(c, &type))
		return false;
	return type == NBT_POSITIVE_SESSION_RESPONSE || fail(c, "the server refused the NetBIOS session");
}

/* Port 139 first: Windows 95 has no other. */
static bool connect_any(struct call *c, const char *address, const char *called)
{
	if (open_socket(c, address, SERVER_ENUM_PORT_SESSION))
		return request_session(c, called);
	return open_socket(c, address, SERVER_ENUM_PORT_DIRECT) || fail(c, "ports 139 and 445 are closed");
}

/* OEM text, DOS or NT errors: what the oldest understand too. */
static bool call(struct call *c, uint8_t command, void *request)
{
	struct smb1_header h = { .command = command, .flags = SMB_FLAGS_CASE_INSENSITIVE, .flags2 = SMB_FLAGS2_LONG_NAMES | SMB_FLAGS2_NT_STATUS,
		                 .tid = c->tid, .pid_low = OUR_PID, .uid = c->uid, .mid = ++c->mid };
	struct wire w;
	uint8_t type;

	wire_init_encode(&w, c->buf + NBT_SSN_HEADER_LEN, FRAME_MAX - NBT_SSN_HEADER_LEN, &c->arena);
	w.oem = oem_page_get("CP850");
	smb1_header(&w, &h);
	smb1_command(command)->req(&w, request);
	if (!wire_ok(&w) || !send_frame(c, NBT_SESSION_MESSAGE, w.pos) || !receive_frame(c, &type))
		return fail(c, "the request cannot be sent");
	wire_init_decode(&c->reply, slice_of(c->buf + NBT_SSN_HEADER_LEN, c->len), &c->arena);
	c->reply.oem = w.oem;
	smb1_header(&c->reply, &h);
	if (!wire_ok(&c->reply) || type != NBT_SESSION_MESSAGE || h.command != command)
		return fail(c, "the server's answer is no SMB message");
	c->reply.unicode = (h.flags2 & SMB_FLAGS2_UNICODE) != 0;
	c->uid = h.uid;
	c->tid = h.tid;
	/* What does not fit is a warning, and the data are there. */
	return !nt_is_error(h.status) || fail(c, "the server refused");
}

static bool log_on(struct call *c)
{
	const char *dialects[] = { "NT LM 0.12" };
	struct smb1_negotiate_req negotiate = { .dialect_count = 1, .dialects = dialects };
	struct smb1_session_setup_andx_req setup = {
		.words = 13, .max_buffer_size = 0xFFFF, .max_mpx_count = 1, .capabilities = CAP_NT_SMBS | CAP_STATUS32,
		.account_name = "", .primary_domain = "", .native_os = "Linux", .native_lan_man = "Longhouse",
	};
	struct smb1_tree_connect_andx_req tree = { .password = slice_of("", 1), .path = "\\\\*SMBSERVER\\IPC$", .service = "IPC" };

	return call(c, SMB_COM_NEGOTIATE, &negotiate) && call(c, SMB_COM_SESSION_SETUP_ANDX, &setup) && call(c, SMB_COM_TREE_CONNECT_ANDX, &tree);
}

static bool ask(struct call *c, const char *domain, uint32_t server_type, struct smb1_transaction_rsp *rsp)
{
	struct rap_req rap = {
		.rap_opcode = RAP_NetServerEnum2, .param_desc = domain != NULL ? "WrLehDz" : "WrLehDO", .data_desc = "B16BBDz", .info_level = 1,
		.receive_buffer_size = 0xFFE0, .server_type = server_type, .names = { domain },
	};
	uint8_t parameters[256];
	struct smb1_transaction_req req = { .t = { .max_parameter_count = 8, .max_data_count = 0xFFE0, .name = "\\PIPE\\LANMAN" } };
	struct wire w;

	wire_init_encode(&w, parameters, sizeof(parameters), &c->arena);
	w.oem = oem_page_get("CP850");
	rap_req(&w, &rap);
	if (!wire_ok(&w))
		return fail(c, "this workgroup's name is too long");
	req.t.parameters = slice_of(parameters, w.pos);
	if (!call(c, SMB_COM_TRANSACTION, &req))
		return false;
	smb1_transaction_rsp(&c->reply, rsp);
	return wire_ok(&c->reply) || fail(c, "a reply that cannot be decoded");
}

static bool tell(struct call *c, const struct smb1_transaction_rsp *rsp, server_enum_fn fn, void *user)
{
	struct rap_rsp out = { 0 };
	struct rap_data data;
	struct wire w;

	wire_init_decode(&w, rsp->t.parameters, &c->arena);
	rap_rsp(&w, "WrLehDz", &out);
	if (!wire_ok(&w) || (out.win32_error_code != RAP_SUCCESS && out.win32_error_code != RAP_ERROR_MORE_DATA))
		return fail(c, "the server does not give its list");
	rap_data_init_decode(&data, rsp->t.data, out.converter, &c->arena, oem_page_get("CP850"));
	for (unsigned i = 0; i < out.entries_returned && i < ENTRIES_MAX; i++) {
		struct rap_server_info_1 record = { 0 };
		rap_server_info_1(&data, &record);
		if (!wire_ok(&data.w))
			return fail(c, "a list that cannot be decoded");
		const struct server_enum_entry e = { record.server_name, record.server_comment != NULL ? record.server_comment : "", record.server_type,
			                             record.major_version, record.minor_version };
		fn(user, &e);
	}
	return true;
}

const char *server_enum(const char *address, const char *called, const char *domain, uint32_t server_type, server_enum_fn fn, void *user)
{
	struct call *c = calloc(1, sizeof(*c));
	struct smb1_transaction_rsp rsp = { 0 };

	if (c == NULL)
		return "not enough memory";
	c->fd = -1;
	arena_init(&c->arena, 16 << 20);
	bool ok = connect_any(c, address, called) && log_on(c) && ask(c, domain, server_type, &rsp) && tell(c, &rsp, fn, user);
	const char *why = ok ? NULL : c->why;
	arena_fini(&c->arena);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
	return why;
}
