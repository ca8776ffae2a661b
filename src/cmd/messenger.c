/* See messenger.h. */
#include "cmd/messenger.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "wire/nbt/ssn.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/message.h"
#include "wire/smb1/smb1.h"

enum { PORT_SESSION = 139, ANSWER_S = 5, PACKET_MAX = 2048 };

struct session {
	int fd;
	const struct oem_page *oem;
	uint8_t in[PACKET_MAX];
	struct slice reply; /* of the last request, from its header on */
};

static bool send_all(int fd, const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(fd, bytes + at, len - at, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool send_packet(struct session *s, uint8_t type, const uint8_t *bytes, size_t len)
{
	uint8_t packet[NBT_SSN_HEADER_LEN + PACKET_MAX];

	if (len > PACKET_MAX)
		return false;
	nbt_ssn_header_put(packet, false, (struct nbt_ssn_header){ type, (uint32_t)len });
	memcpy(packet + NBT_SSN_HEADER_LEN, bytes, len);
	return send_all(s->fd, packet, NBT_SSN_HEADER_LEN + len);
}

/* The type of the next packet that is no keep-alive, its bytes in s->reply; -1: none came. */
static int receive_packet(struct session *s)
{
	uint8_t head[NBT_SSN_HEADER_LEN];
	struct nbt_ssn_header h;

	do {
		if (recv(s->fd, head, sizeof(head), MSG_WAITALL) != (ssize_t)sizeof(head) || !nbt_ssn_header_get(head, false, &h) || h.length > sizeof(s->in) ||
		    (h.length > 0 && recv(s->fd, s->in, h.length, MSG_WAITALL) != (ssize_t)h.length))
			return -1;
	} while (h.type == NBT_SESSION_KEEPALIVE);
	s->reply = slice_of(s->in, h.length);
	return h.type;
}

static bool connect_to(struct session *s, uint32_t ip)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT_SESSION), .sin_addr.s_addr = htonl(ip) };
	const struct timeval limit = { .tv_sec = ANSWER_S };

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return s->fd >= 0 && setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
	       setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	       connect(s->fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

static bool call(struct session *s, const struct messenger_message *m)
{
	struct nbt_ssn_request request = { .called = m->called, .calling = m->calling };
	uint8_t buf[NBT_SSN_MAX_REQUEST];
	struct wire w;

	wire_init_encode(&w, buf, sizeof(buf), NULL);
	nbt_ssn_request(&w, &request);
	return wire_ok(&w) && connect_to(s, m->ip) && send_packet(s, NBT_SESSION_REQUEST, buf, w.pos) &&
	       receive_packet(s) == NBT_POSITIVE_SESSION_RESPONSE;
}

/* True if the answer has no error, in either of its forms, which both are 0 then. */
static bool ask(struct session *s, uint8_t command, void (*coder)(struct wire *w, void *m), void *m)
{
	struct smb1_header h = { .command = command };
	struct arena arena;
	uint8_t buf[PACKET_MAX];
	struct wire w;

	wire_init_encode(&w, buf, sizeof(buf), NULL);
	w.oem = s->oem;
	smb1_header(&w, &h);
	coder(&w, m);
	if (!wire_ok(&w) || !send_packet(s, NBT_SESSION_MESSAGE, buf, w.pos) || receive_packet(s) != NBT_SESSION_MESSAGE)
		return false;
	arena_init(&arena, PACKET_MAX);
	wire_init_decode(&w, s->reply, &arena);
	smb1_header(&w, &h);
	bool ok = wire_ok(&w) && h.command == command && h.status == 0;
	arena_fini(&arena);
	return ok;
}

static void code_message(struct wire *w, void *m) { smb1_send_message_req(w, m); }
static void code_start(struct wire *w, void *m) { smb1_send_start_multi_req(w, m); }
static void code_text(struct wire *w, void *m) { smb1_send_text_multi_req(w, m); }
static void code_end(struct wire *w, void *m) { smb1_send_end_multi_req(w, m); }

static bool read_group(struct session *s, uint16_t *group)
{
	struct smb1_send_start_multi_rsp rsp = { 0 };
	struct smb1_header h = { 0 };
	struct arena arena;
	struct wire w;

	arena_init(&arena, PACKET_MAX);
	wire_init_decode(&w, s->reply, &arena);
	smb1_header(&w, &h);
	smb1_send_start_multi_rsp(&w, &rsp);
	bool ok = wire_ok(&w);
	arena_fini(&arena);
	*group = rsp.message_group_id;
	return ok;
}

static bool in_blocks(struct session *s, const struct messenger_message *m, struct slice text)
{
	struct smb1_send_start_multi_req start = { .originator = m->from, .destination = m->to };
	uint16_t group;

	if (!ask(s, SMB_COM_SEND_START_MULTI, code_start, &start) || !read_group(s, &group))
		return false;
	for (size_t at = 0; at < text.len; at += SMB1_MESSAGE_BLOCK_MAX) {
		struct smb1_send_text_multi_req block = { .message_group_id = group,
			                                  .text = slice_of(text.ptr + at, MIN(text.len - at, (size_t)SMB1_MESSAGE_BLOCK_MAX)) };
		if (!ask(s, SMB_COM_SEND_TEXT_MULTI, code_text, &block))
			return false;
	}
	struct smb1_send_end_multi_req end = { .message_group_id = group };
	return ask(s, SMB_COM_SEND_END_MULTI, code_end, &end);
}

enum messenger_result messenger_send(const struct messenger_message *m)
{
	uint8_t text[SMB1_MESSAGE_MAX];
	size_t len = oem_len(m->oem, m->text, strlen(m->text));
	struct session s = { .fd = -1, .oem = m->oem };
	enum messenger_result result = MESSENGER_NO_SESSION;

	if (len > sizeof(text))
		return MESSENGER_REFUSED;
	oem_put(m->oem, text, sizeof(text), m->text, strlen(m->text));
	if (call(&s, m)) {
		struct smb1_send_message_req whole = { .originator = m->from, .destination = m->to, .text = slice_of(text, len) };
		bool taken = len <= SMB1_MESSAGE_BLOCK_MAX ? ask(&s, SMB_COM_SEND_MESSAGE, code_message, &whole) : in_blocks(&s, m, slice_of(text, len));
		result = taken ? MESSENGER_TAKEN : MESSENGER_REFUSED;
	}
	if (s.fd >= 0)
		close(s.fd);
	return result;
}
