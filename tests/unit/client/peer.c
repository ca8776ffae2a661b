#include "peer.h"

#include <stdlib.h>
#include <unistd.h>

#include "wire/nbt/ssn.h"
#include "wire/smb1/negotiate.h"
#include "wire/smb1/session.h"
#include "wire/smb1/tree.h"

static struct wire cursor(struct peer *p, uint8_t *buf, size_t len, bool unicode)
{
	struct wire w;
	wire_init_encode(&w, buf, len, &p->arena);
	w.unicode = unicode;
	w.oem = oem_page_get("CP850");
	return w;
}

/* The request that is to be sent next; what of it lies in a file comes from there. */
static void take_request(struct peer *p, struct cli_session *s, size_t len)
{
	struct slice out = cli_session_output(s);
	size_t here = MIN(len, out.len - NBT_SSN_HEADER_LEN);

	assert_true(len <= sizeof(p->request));
	memcpy(p->request, out.ptr + NBT_SSN_HEADER_LEN, here);
	cli_session_sent(s, NBT_SSN_HEADER_LEN + here);
	while (here < len) {
		const struct cli_local_part *part = cli_session_local(s);
		assert_true(cli_session_output(s).len == 0 && part != NULL && part->len <= len - here);
		size_t some = MIN(part->len, (size_t)5000);
		assert_int_equal(pread(part->from->fd, p->request + here, some, (off_t)part->offset), some);
		cli_session_local_sent(s, some);
		here += some;
	}
	p->request_len = len;
}

bool peer_pump(void *user, struct cli_session *s)
{
	struct peer *p = user;
	struct slice out = cli_session_output(s);

	if (out.len < NBT_SSN_HEADER_LEN || p->at == p->n_steps)
		return false;
	struct nbt_ssn_header h;
	assert_true(nbt_ssn_header_get(out.ptr, s->direct, &h));
	take_request(p, s, h.length);
	if (h.type == NBT_SESSION_MESSAGE && h.length >= 4 && memcmp(p->request, "\xFFSMB", 4) == 0) {
		struct wire w;
		wire_init_decode(&w, slice_of(p->request, p->request_len), &p->arena);
		smb1_header(&w, &p->asked);
		assert_true(wire_ok(&w));
	}
	p->steps[p->at++](p);
	return true;
}

struct peer *peer_new(const struct cli_options *options)
{
	struct peer *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	arena_init(&p->arena, 8 << 20);
	cli_init(&p->cli, options, true, peer_pump, p);
	return p;
}

void peer_free(struct peer *p)
{
	cli_fini(&p->cli);
	arena_fini(&p->arena);
	free(p);
}

void peer_add(struct peer *p, peer_step step)
{
	assert_true(p->n_steps < PEER_STEPS_MAX);
	p->steps[p->n_steps++] = step;
}

void peer_decode(struct peer *p, void *req)
{
	struct wire w;
	wire_init_decode(&w, slice_of(p->request, p->request_len), &p->arena);
	w.unicode = (p->asked.flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = oem_page_get("CP850");
	w.start = w.pos = SMB1_HEADER_LEN;
	memset(req, 0, smb1_command(p->asked.command)->req_size);
	smb1_command(p->asked.command)->req(&w, req);
	assert_true(wire_ok(&w));
}

/* A byte at a time: frames come in pieces. */
void peer_bytes(struct peer *p, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	while (len > 0) {
		cli_session_give(p->cli.session, slice_of(from++, 1));
		len--;
	}
}

struct smb1_header peer_header(const struct peer *p, nt_status status)
{
	struct smb1_header h = p->asked;
	h.status = status;
	h.flags |= SMB_FLAGS_REPLY;
	h.flags2 |= SMB_FLAGS2_NT_STATUS;
	h.uid = 100;
	h.tid = 200;
	return h;
}

void peer_reply_as(struct peer *p, struct smb1_header header, void *rsp)
{
	static uint8_t frame[PEER_FRAME];
	struct wire w = cursor(p, frame + NBT_SSN_HEADER_LEN, sizeof(frame) - NBT_SSN_HEADER_LEN, (header.flags2 & SMB_FLAGS2_UNICODE) != 0);
	smb1_header(&w, &header);
	if (rsp != NULL)
		smb1_command(header.command)->rsp(&w, rsp);
	else
		smb1_reply_error(&w);
	assert_true(wire_ok(&w));
	nbt_ssn_header_put(frame, p->cli.session->direct, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)w.pos });
	peer_bytes(p, frame, NBT_SSN_HEADER_LEN + w.pos);
}

void peer_reply(struct peer *p, nt_status status, void *rsp)
{
	peer_reply_as(p, peer_header(p, status), rsp);
}

void peer_negotiates(struct peer *p)
{
	struct smb1_negotiate_req req;
	struct smb1_negotiate_rsp rsp = {
		.words = 17, .security_mode = NEGOTIATE_USER_SECURITY | NEGOTIATE_ENCRYPT_PASSWORDS, .max_mpx_count = 4, .max_buffer_size = 16644,
		.capabilities = CAP_UNICODE | CAP_LARGE_FILES | CAP_NT_SMBS | CAP_STATUS32 | CAP_LARGE_READX | CAP_LARGE_WRITEX,
		.challenge = slice_of("12345678", 8), .domain_name = "D", .server_name = "S",
	};
	peer_decode(p, &req);
	rsp.dialect_index = (uint16_t)(req.dialect_count - 1);
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

void peer_lets_in(struct peer *p)
{
	struct smb1_session_setup_andx_rsp rsp = { .words = 3, .native_os = "", .native_lan_man = "", .primary_domain = "" };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

void peer_connects(struct peer *p)
{
	struct smb1_tree_connect_andx_rsp rsp = { .words = 3, .service = "A:", .native_file_system = "NTFS" };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

struct peer *peer_ready(void)
{
	const struct cli_options options = { .user = "anna", .domain = "", .password = "x", .host = "S", .signing = SMB1_SIGNING_OFFERED };
	struct peer *p = peer_new(&options);
	peer_add(p, peer_negotiates);
	peer_add(p, peer_lets_in);
	peer_add(p, peer_connects);
	assert_int_equal(cli_negotiate(&p->cli), STATUS_SUCCESS);
	assert_int_equal(cli_logon(&p->cli, NTTIME_UNIX_EPOCH), STATUS_SUCCESS);
	assert_int_equal(cli_tree_connect(&p->cli, "data", NULL), STATUS_SUCCESS);
	return p;
}
