/* The load generator's SMB1 client. See smbconn.h. */
#include "smbconn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "auth/client.h"
#include "auth/proof.h"
#include "base/charset.h"
#include "base/random.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/misc.h"
#include "wire/smb1/negotiate.h"
#include "wire/smb1/open.h"
#include "wire/smb1/session.h"
#include "wire/smb1/tree.h"

enum { NBSS_MESSAGE = 0x00, NBSS_REQUEST = 0x81, NBSS_POSITIVE = 0x82, NBSS_KEEPALIVE = 0x85 };

static bool fail(struct smbconn *c, const char *why)
{
	c->why = why;
	return false;
}

static bool send_frame(struct smbconn *c, uint8_t type, struct slice body, struct slice tail)
{
	uint8_t head[4];
	store_be32(head, (uint32_t)type << 24 | (uint32_t)(body.len + tail.len));
	struct iovec iov[3] = { { head, 4 }, { (void *)(uintptr_t)body.ptr, body.len },
				{ (void *)(uintptr_t)tail.ptr, tail.len } };
	size_t at = 0;
	while (at < ARRAY_LEN(iov)) {
		struct msghdr msg = { .msg_iov = iov + at, .msg_iovlen = ARRAY_LEN(iov) - at };
		ssize_t n = sendmsg(c->fd, &msg, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(c, "the server closed the connection while we sent");
		size_t sent = (size_t)n;
		while (at < ARRAY_LEN(iov) && sent >= iov[at].iov_len)
			sent -= iov[at++].iov_len;
		if (at < ARRAY_LEN(iov)) {
			iov[at].iov_base = (uint8_t *)iov[at].iov_base + sent;
			iov[at].iov_len -= sent;
		}
	}
	return true;
}

static bool receive_all(struct smbconn *c, uint8_t *to, size_t len)
{
	while (len) {
		ssize_t n = recv(c->fd, to, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(c, n == 0 ? "the server closed the connection" : "no answer in time");
		to += n;
		len -= (size_t)n;
	}
	return true;
}

static bool receive_frame(struct smbconn *c, uint8_t *type)
{
	do {
		uint8_t head[4];
		if (!receive_all(c, head, 4))
			return false;
		*type = head[0];
		c->in_len = load_be32(head) & 0x00FFFFFF;
		if (c->in_len > SMBCONN_BUFFER)
			return fail(c, "the server sent a longer frame than we take");
		if (!receive_all(c, c->in, c->in_len))
			return false;
	} while (*type == NBSS_KEEPALIVE);
	return true;
}

static void set_charset(struct wire *w)
{
	w->unicode = true;
	w->oem = oem_page_get("850");
}

/* 0 is no request's, and with 0xFFFF the server takes oplocks back. */
static uint16_t next_mid(uint16_t mid) { return mid >= 0xFFFE ? 1 : (uint16_t)(mid + 1); }

bool smbconn_send(struct smbconn *c, uint8_t command, void *req)
{
	c->mid = next_mid(c->mid);
	struct smb1_header h = { .command = command,
				 .flags = SMB_FLAGS_CASE_INSENSITIVE | SMB_FLAGS_CANONICALIZED_PATHS,
				 .flags2 = SMB_FLAGS2_LONG_NAMES | SMB_FLAGS2_NT_STATUS | SMB_FLAGS2_UNICODE,
				 .tid = c->tid, .pid_low = SMBCONN_PID, .uid = c->uid, .mid = c->mid };
	struct wire w;
	wire_init_encode(&w, c->out, SMBCONN_BUFFER, &c->arena);
	set_charset(&w);
	w.tail_allowed = true;
	smb1_header(&w, &h);
	smb1_command(command)->req(&w, req);
	if (!wire_ok(&w))
		return fail(c, "a request did not fit");
	return send_frame(c, NBSS_MESSAGE, slice_of(c->out, w.pos), w.tail);
}

/* The server takes its oplock back, and has it as soon as on_break is done. [MS-CIFS] 3.2.5.42 */
static bool acknowledge_break(struct smbconn *c, struct wire *w)
{
	struct smb1_locking_andx_req broken = { 0 };
	smb1_locking_andx_req(w, &broken);
	if (!wire_ok(w))
		return fail(c, "an oplock break that cannot be decoded");
	if (c->on_break && !c->on_break(c, c->on_break_user, broken.fid))
		return false;
	struct smb1_locking_andx_req release = { .fid = broken.fid, .type_of_lock = OPLOCK_RELEASE,
						 .new_op_lock_level = broken.new_op_lock_level };
	return smbconn_send(c, SMB_COM_LOCKING_ANDX, &release);
}

bool smbconn_receive(struct smbconn *c, void *rsp, nt_status *status)
{
	struct wire w;
	for (;;) {
		uint8_t type;
		if (!receive_frame(c, &type))
			return false;
		wire_init_decode(&w, slice_of(c->in, c->in_len), &c->arena);
		set_charset(&w);
		smb1_header(&w, &c->header);
		if (type != NBSS_MESSAGE || !wire_ok(&w))
			return fail(c, "the server sent what is no SMB message");
		bool reply = c->header.flags & SMB_FLAGS_REPLY;
		if (!reply && !acknowledge_break(c, &w))
			return false;
		/* An oplock given back on a handle that we closed meanwhile earns an error that answers no call. */
		bool release_error = c->header.command == SMB_COM_LOCKING_ANDX && c->header.mid != c->lock_mid;
		bool aside = reply && c->aside_mid && c->header.mid == c->aside_mid;
		if (reply && !release_error && !aside)
			break;
		if (aside) {
			c->aside_mid = 0;
			if (c->aside_status == STATUS_SUCCESS)
				c->aside_status = c->header.status;
		}
	}
	*status = c->header.status;
	if (rsp && !nt_is_error(*status)) {
		smb1_command(c->header.command)->rsp(&w, rsp);
		if (!wire_ok(&w))
			return fail(c, "a reply that cannot be decoded");
	}
	return true;
}

bool smbconn_send_aside(struct smbconn *c, uint8_t command, void *req)
{
	bool sent = smbconn_send(c, command, req);
	c->aside_mid = c->mid;
	return sent;
}

bool smbconn_echo(struct smbconn *c)
{
	struct smb1_echo_req req = { .echo_count = 1, .data = slice_of("echo", 4) };
	struct smb1_echo_rsp rsp;
	return smbconn_call(c, SMB_COM_ECHO, &req, &rsp, sizeof(rsp)) == STATUS_SUCCESS;
}

nt_status smbconn_call(struct smbconn *c, uint8_t command, void *req, void *rsp, size_t rsp_size)
{
	nt_status status;
	arena_reset(&c->arena);
	if (rsp)
		memset(rsp, 0, rsp_size);
	if (!smbconn_send(c, command, req))
		return STATUS_CONNECTION_DISCONNECTED;
	uint16_t mid = c->mid; /* giving an oplock back on the way takes a number of its own */
	if (command == SMB_COM_LOCKING_ANDX)
		c->lock_mid = mid;
	if (!smbconn_receive(c, rsp, &status))
		return STATUS_CONNECTION_DISCONNECTED;
	c->lock_mid = 0;
	if (c->header.command != command || c->header.mid != mid) {
		c->why = "the reply is not to our request";
		return STATUS_CONNECTION_DISCONNECTED;
	}
	return status;
}

static bool connect_tcp(struct smbconn *c, const struct smbconn_target *t)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(t->port) };
	struct timeval limit = { .tv_sec = SMBCONN_TIMEOUT_S };
	int one = 1;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || inet_pton(AF_INET, t->address, &to.sin_addr) != 1)
		return fail(c, "no socket, or no such address");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return fail(c, "connect failed");
	return true;
}

/* First-level encoding of a 16-byte name: two letters a byte. [RFC1001] 14.1 */
static void put_netbios_name(uint8_t out[34], const char *name, uint8_t suffix)
{
	size_t len = strlen(name);
	out[0] = 32;
	for (size_t i = 0; i < 16; i++) {
		uint8_t byte = i == 15 ? suffix : i < len ? (uint8_t)name[i] : ' ';
		out[1 + 2 * i] = (uint8_t)('A' + (byte >> 4));
		out[2 + 2 * i] = (uint8_t)('A' + (byte & 15));
	}
	out[33] = 0;
}

static bool session_request(struct smbconn *c)
{
	uint8_t names[68], type;
	put_netbios_name(names, "*SMBSERVER", 0x20);
	put_netbios_name(names + 34, "LOAD", 0x00);
	if (!send_frame(c, NBSS_REQUEST, slice_of(names, sizeof(names)), (struct slice){ 0 }) || !receive_frame(c, &type))
		return false;
	return type == NBSS_POSITIVE || fail(c, "the server refused the NetBIOS session");
}

static bool negotiate(struct smbconn *c, uint8_t challenge[8])
{
	const char *dialects[] = { "NT LM 0.12" };
	struct smb1_negotiate_req req = { .dialect_count = 1, .dialects = dialects };
	struct smb1_negotiate_rsp rsp;
	nt_status status = smbconn_call(c, SMB_COM_NEGOTIATE, &req, &rsp, sizeof(rsp));
	if (status == STATUS_CONNECTION_DISCONNECTED)
		return false;
	if (status != STATUS_SUCCESS || rsp.words != 17 || rsp.challenge.len < 8)
		return fail(c, "the server did not negotiate NT LM 0.12");
	c->max_buffer_size = rsp.max_buffer_size;
	memcpy(challenge, rsp.challenge.ptr, 8);
	return true;
}

static bool log_on(struct smbconn *c, const struct smbconn_target *t, const uint8_t challenge[8])
{
	struct arena a;
	struct auth_credentials who = { .user = t->user, .domain = "", .workstation = "LOAD" };
	struct auth_client_response proof;
	uint8_t client_challenge[8];
	arena_init(&a, 65536);
	random_bytes(client_challenge, sizeof(client_challenge));
	if (!auth_nt_hash(t->password, who.nt_hash) ||
	    !auth_client_ntlmv2(&who, challenge, (struct slice){ 0 }, client_challenge, nttime_now(), &a, &proof)) {
		arena_fini(&a);
		return fail(c, "no NTLMv2 response could be made");
	}
	struct smb1_session_setup_andx_req req = {
		.words = 13, .max_buffer_size = 0xFFFF, .max_mpx_count = 50, .vc_number = 1,
		.capabilities = CAP_UNICODE | CAP_LARGE_FILES | CAP_NT_SMBS | CAP_STATUS32 | CAP_LEVEL_II_OPLOCKS |
				CAP_LARGE_READX | CAP_LARGE_WRITEX,
		.unicode_password = proof.nt,
		.account_name = t->user, .primary_domain = "", .native_os = "Linux", .native_lan_man = "load",
	};
	struct smb1_session_setup_andx_rsp rsp;
	nt_status status = smbconn_call(c, SMB_COM_SESSION_SETUP_ANDX, &req, &rsp, sizeof(rsp));
	arena_fini(&a);
	if (status == STATUS_CONNECTION_DISCONNECTED)
		return false;
	if (status != STATUS_SUCCESS)
		return fail(c, nt_status_name(status));
	c->uid = c->header.uid;
	return true;
}

static bool connect_tree(struct smbconn *c, const struct smbconn_target *t)
{
	char path[256];
	snprintf(path, sizeof(path), "\\\\%s\\%s", t->address, t->share);
	struct smb1_tree_connect_andx_req req = { .password = slice_of("", 1), .path = path, .service = "?????" };
	struct smb1_tree_connect_andx_rsp rsp;
	nt_status status = smbconn_call(c, SMB_COM_TREE_CONNECT_ANDX, &req, &rsp, sizeof(rsp));
	if (status == STATUS_CONNECTION_DISCONNECTED)
		return false;
	if (status != STATUS_SUCCESS)
		return fail(c, nt_status_name(status));
	c->tid = c->header.tid;
	return true;
}

bool smbconn_open(struct smbconn *c, const struct smbconn_target *t)
{
	uint8_t challenge[8];
	*c = (struct smbconn){ .fd = -1, .tid = SMB1_TID_NONE, .out = malloc(SMBCONN_BUFFER), .in = malloc(SMBCONN_BUFFER) };
	arena_init(&c->arena, 4 << 20);
	if (!c->out || !c->in)
		return fail(c, "no memory");
	return connect_tcp(c, t) && (t->port != 139 || session_request(c)) && negotiate(c, challenge) &&
	       log_on(c, t, challenge) && connect_tree(c, t);
}

void smbconn_close(struct smbconn *c, bool tidy)
{
	if (tidy && c->fd >= 0) {
		struct smb1_tree_disconnect_req disconnect = { 0 };
		struct smb1_logoff_andx_req logoff = { 0 };
		smbconn_call(c, SMB_COM_TREE_DISCONNECT, &disconnect, NULL, 0);
		smbconn_call(c, SMB_COM_LOGOFF_ANDX, &logoff, NULL, 0);
	}
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	arena_fini(&c->arena);
	free(c->out);
	free(c->in);
	c->out = c->in = NULL;
}

nt_status smbconn_create(struct smbconn *c, const char *path, const struct smbconn_open_as *as, uint16_t *fid)
{
	return smbconn_create_oplock(c, path, as, fid, NULL);
}

nt_status smbconn_create_oplock(struct smbconn *c, const char *path, const struct smbconn_open_as *as, uint16_t *fid, uint8_t *level)
{
	struct smb1_nt_create_andx_req req = {
		.flags = as->oplock, .desired_access = as->access, .share_access = as->share,
		.create_disposition = as->disposition, .create_options = as->options, .ext_file_attributes = ATTR_NORMAL,
		.impersonation_level = 2, .file_name = path,
	};
	struct smb1_nt_create_andx_rsp rsp;
	nt_status status = smbconn_call(c, SMB_COM_NT_CREATE_ANDX, &req, &rsp, sizeof(rsp));
	*fid = rsp.fid;
	if (level)
		*level = rsp.op_lock_level;
	return status;
}

nt_status smbconn_close_file(struct smbconn *c, uint16_t fid)
{
	struct smb1_close_req req = { .fid = fid, .last_time_modified = SMB1_UTIME_NONE };
	return smbconn_call(c, SMB_COM_CLOSE, &req, NULL, 0);
}
