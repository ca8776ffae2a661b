#include "client.h"

#include <stdio.h>

#include "auth/client.h"
#include "auth/proof.h"
#include "base/check.h"
#include "record.h"
#include "wire/nbt/ssn.h"

enum { MAX_CLIENTS = 1200 };

/* All clients of the running test, for the rules and the end. */
static struct client *clients[MAX_CLIENTS];
static struct fake_conn *conns[MAX_CLIENTS];
static size_t n_clients;

void scenario_check(struct world *w)
{
	const char *why = world_broken(w, conns, n_clients);
	if (why != NULL)
		fail_msg("%s", why);
}

struct client *client_new(struct world *w, enum net_transport transport)
{
	struct client *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	assert_true(n_clients < MAX_CLIENTS);
	c->w = w;
	c->net = fake_connect(w->net, transport);
	assert_non_null(c->net);
	c->buf = malloc(CLIENT_BUFFER);
	assert_non_null(c->buf);
	arena_init(&c->arena, 64 << 20);
	c->pid = (uint16_t)(0x1000 + n_clients);
	c->tid = SMB1_TID_NONE;
	c->flags2 = SMB_FLAGS2_LONG_NAMES | SMB_FLAGS2_NT_STATUS | SMB_FLAGS2_UNICODE;
	clients[n_clients] = c;
	conns[n_clients++] = c->net;
	return c;
}

static void forget(const struct client *c)
{
	size_t i = 0;
	while (i < n_clients && clients[i] != c)
		i++;
	assert_true(i < n_clients);
	clients[i] = clients[--n_clients];
	conns[i] = conns[n_clients];
}

void client_free(struct client *c)
{
	forget(c);
	arena_fini(&c->arena);
	signing_fini(&c->signing);
	free(c->buf);
	free(c);
}

/* ---- requests ---- */

static struct wire writer(struct client *c)
{
	struct wire w;
	wire_init_encode(&w, c->buf, CLIENT_BUFFER, &c->arena);
	w.unicode = (c->flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = oem_page_get("850");
	return w;
}

void client_begin(struct client *c, uint8_t command)
{
	struct smb1_header h = {
		.command = command, .flags = SMB_FLAGS_CASE_INSENSITIVE | SMB_FLAGS_CANONICALIZED_PATHS | c->more_flags, .flags2 = c->flags2,
		.tid = c->tid, .pid_low = c->pid, .uid = c->uid, .mid = ++c->mid,
	};
	store_le16(h.security_features + 4, c->cid);
	store_le16(h.security_features + 6, c->sequence);
	c->sequence = 0;
	c->wire = writer(c);
	smb1_reply_begin(&c->wire, &h);
	c->last_element = 0;
}

void client_add(struct client *c, uint8_t command, void *req)
{
	size_t at = c->wire.pos;
	if (c->last_element != 0)
		at = smb1_reply_link(&c->wire, c->last_element, command);
	smb1_command(command)->req(&c->wire, req);
	assert_true(wire_ok(&c->wire));
	c->last_element = at;
}

static void sign(struct client *c, bool is_cancel)
{
	uint8_t *message = c->buf;
	if (!c->signing.active)
		return;
	uint32_t number = signing_take_number(&c->signing, is_cancel);
	c->numbers[c->mid] = number + 1;
	store_le16(message + 10, (uint16_t)(load_le16(message + 10) | SMB_FLAGS2_SMB_SECURITY_SIGNATURE));
	struct slice whole = slice_of(message, c->wire.pos);
	signing_sign(&c->signing, message, &whole, 1, number);
	if (c->sign_badly)
		message[14] ^= 1;
	c->sign_badly = false;
}

bool client_send_built(struct client *c)
{
	assert_true(wire_ok(&c->wire));
	record_request(c->net, c->buf, c->wire.pos);
	sign(c, c->buf[4] == SMB_COM_NT_CANCEL);
	bool alive = fake_deliver(c->net, NBT_SESSION_MESSAGE, c->buf, c->wire.pos);
	scenario_check(c->w);
	return alive;
}

uint16_t client_send(struct client *c, uint8_t command, void *req)
{
	client_begin(c, command);
	client_add(c, command, req);
	assert_true(client_send_built(c));
	return c->mid;
}

bool client_send_raw(struct client *c, const void *bytes, size_t len)
{
	record_request(c->net, bytes, len);
	bool alive = fake_deliver(c->net, NBT_SESSION_MESSAGE, bytes, len);
	scenario_check(c->w);
	return alive;
}

/* ---- replies ---- */

static void check_signature(struct client *c, struct fake_frame *f, const struct smb1_header *h)
{
	if (!c->signing.active)
		return;
	assert_true((h->flags2 & SMB_FLAGS2_SMB_SECURITY_SIGNATURE) != 0);
	if (!signing_check(&c->signing, f->body, f->len, c->numbers[h->mid]))
		fail_msg("reply to MID %u (command %02x) is signed wrongly", h->mid, h->command);
}

struct reply client_take(struct client *c)
{
	struct reply r = { .frame = fake_take(c->net) };
	struct wire w;
	if (r.frame == NULL)
		fail_msg("no reply");
	assert_int_equal(r.frame->type, NBT_SESSION_MESSAGE);
	assert_true(r.frame->len >= SMB1_MIN_MESSAGE_LEN);
	wire_init_decode(&w, slice_of(r.frame->body, r.frame->len), &c->arena);
	smb1_header(&w, &r.header);
	assert_true(wire_ok(&w));
	assert_true((r.header.flags & SMB_FLAGS_REPLY) != 0);
	check_signature(c, r.frame, &r.header);
	if (c->net->pub.transport == NET_CONNECTIONLESS)
		c->cid = load_le16(r.header.security_features + 4);
	r.status = r.header.status;
	r.command = r.header.command;
	return r;
}

struct reply client_take_mid(struct client *c, uint16_t mid)
{
	struct reply r = client_take(c);
	assert_int_equal(r.header.mid, mid);
	assert_int_equal(r.header.pid_low, c->pid);
	return r;
}

void client_expect_silence(struct client *c)
{
	struct fake_frame *f = fake_take(c->net);
	if (f != NULL)
		fail_msg("an unexpected frame of %zu bytes", f->len);
}

void reply_free(struct reply *r)
{
	free(r->frame);
	r->frame = NULL;
}

static bool is_andx(uint8_t command)
{
	return (smb1_command(command)->rules & SMB1_RULE_ANDX) != 0;
}

/* The next element of the reply's chain; 0: none. */
static size_t next_element(const struct reply *r, size_t at, uint8_t *command)
{
	const uint8_t *b = r->frame->body;
	if (!is_andx(*command) || b[at] < 2 || b[at + 1] == SMB_COM_NO_ANDX_COMMAND)
		return 0;
	*command = b[at + 1];
	size_t next = load_le16(b + at + 3);
	assert_true(next > at && next + 3 <= r->frame->len);
	return next;
}

unsigned reply_elements(const struct reply *r)
{
	size_t at = SMB1_HEADER_LEN;
	uint8_t command = r->command;
	unsigned n = 0;
	for (; at != 0; at = next_element(r, at, &command))
		n++;
	return n;
}

void reply_get(struct client *c, struct reply *r, unsigned nth, uint8_t command, void *rsp)
{
	const struct smb1_command *row = smb1_command(command);
	size_t at = SMB1_HEADER_LEN;
	uint8_t here = r->command;
	for (unsigned i = 0; i < nth && at != 0; i++)
		at = next_element(r, at, &here);
	assert_int_not_equal(at, 0);
	assert_int_equal(here, command);
	struct wire w;
	wire_init_decode(&w, slice_of(r->frame->body, r->frame->len), &c->arena);
	w.unicode = (r->header.flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = oem_page_get("850");
	w.start = w.pos = at;
	memset(rsp, 0, row->rsp_size);
	row->rsp(&w, rsp);
	assert_true(wire_ok(&w));
}

nt_status client_call(struct client *c, uint8_t command, void *req, void *rsp)
{
	uint16_t mid = client_send(c, command, req);
	struct reply r = client_take_mid(c, mid);
	nt_status status = r.status;
	bool has_body = status == STATUS_SUCCESS || r.frame->len > SMB1_MIN_MESSAGE_LEN;
	if (!nt_is_error(status) && has_body && rsp != NULL) {
		/* What is decoded has to outlive the frame. */
		uint8_t *copy = arena_dup(&c->arena, r.frame->body, r.frame->len);
		struct fake_frame *f = arena_alloc(&c->arena, sizeof(*f) + r.frame->len);
		assert_non_null(copy);
		assert_non_null(f);
		*f = *r.frame;
		memcpy(f->body, r.frame->body, r.frame->len);
		struct reply lasting = r;
		lasting.frame = f;
		reply_get(c, &lasting, 0, r.command, rsp);
	}
	reply_free(&r);
	client_expect_silence(c);
	return status;
}

/* ---- beginning ---- */

void client_negotiate(struct client *c)
{
	const char *dialects[] = { "PC NETWORK PROGRAM 1.0", "NT LM 0.12" };
	struct smb1_negotiate_req req = { .dialect_count = 2, .dialects = dialects };
	struct smb1_negotiate_rsp rsp;
	assert_ok(client_call(c, SMB_COM_NEGOTIATE, &req, &rsp));
	assert_int_equal(rsp.dialect_index, 1);
	assert_int_equal(rsp.challenge.len, 8);
	memcpy(c->challenge, rsp.challenge.ptr, 8);
	if ((rsp.security_mode & NEGOTIATE_SECURITY_SIGNATURES_REQUIRED) != 0)
		c->flags2 |= SMB_FLAGS2_SMB_SECURITY_SIGNATURE;
}

static struct auth_client_response prove(struct client *c, const char *user, const char *password)
{
	const uint8_t client_challenge[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct auth_credentials credentials = { .user = user, .domain = "WORKGROUP", .workstation = "CLIENT" };
	struct auth_client_response response = { 0 };
	assert_true(auth_nt_hash(password, credentials.nt_hash));
	assert_true(auth_client_ntlmv2(&credentials, c->challenge, (struct slice){ 0 }, client_challenge, nttime_now(), &c->arena,
				       &response));
	return response;
}

nt_status client_session_setup(struct client *c, const char *user, const char *password)
{
	struct auth_client_response proof = prove(c, user, password);
	struct smb1_session_setup_andx_req req = {
		.words = 13, .max_buffer_size = CLIENT_MAX_BUFFER, .max_mpx_count = c->max_mpx != 0 ? c->max_mpx : 50,
		.vc_number = 1,
		.capabilities = CAP_UNICODE | CAP_LARGE_FILES | CAP_NT_SMBS | CAP_STATUS32 | CAP_LARGE_READX | CAP_LARGE_WRITEX |
				(c->no_level_ii ? 0 : CAP_LEVEL_II_OPLOCKS),
		.oem_password = proof.lm, .unicode_password = proof.nt, .account_name = user, .primary_domain = "WORKGROUP",
		.native_os = "test", .native_lan_man = "test",
	};
	uint16_t mid = client_send(c, SMB_COM_SESSION_SETUP_ANDX, &req);
	bool signs = (c->flags2 & SMB_FLAGS2_SMB_SECURITY_SIGNATURE) != 0 && !c->signing.active;
	if (signs && world_conn(c->net) != NULL && world_conn(c->net)->signing.active) {
		assert_true(signing_start(&c->signing, proof.session_key, proof.nt));
		c->numbers[mid] = 1; /* the request had number 0 */
	}
	struct reply r = client_take_mid(c, mid);
	nt_status status = r.status;
	if (status == STATUS_SUCCESS)
		c->uid = r.header.uid;
	reply_free(&r);
	return status;
}

void client_logon(struct client *c)
{
	client_negotiate(c);
	assert_ok(client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
}

nt_status client_tree_connect(struct client *c, const char *share)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "\\\\LONGHOUSE\\%s", share);
	struct smb1_tree_connect_andx_req req = { .password = slice_of("", 1), .path = path, .service = "?????" };
	uint16_t mid = client_send(c, SMB_COM_TREE_CONNECT_ANDX, &req);
	struct reply r = client_take_mid(c, mid);
	nt_status status = r.status;
	if (status == STATUS_SUCCESS)
		c->tid = r.header.tid;
	reply_free(&r);
	return status;
}

struct client *client_ready(struct world *w, const char *share)
{
	struct client *c = client_new(w, NET_DIRECT);
	client_logon(c);
	assert_ok(client_tree_connect(c, share));
	return c;
}

struct client *client_datagrams(struct world *w, const char *share)
{
	struct client *c = client_new(w, NET_CONNECTIONLESS);
	client_logon(c);
	assert_int_not_equal(c->cid, 0);
	assert_int_not_equal(c->cid, 0xFFFF);
	assert_ok(client_tree_connect(c, share));
	return c;
}

/* ---- files ---- */

nt_status client_open(struct client *c, const char *name, uint32_t access, uint32_t share, uint32_t disposition, uint32_t options,
		      uint16_t *fid)
{
	struct smb1_nt_create_andx_req req = {
		.desired_access = access, .share_access = share, .create_disposition = disposition, .create_options = options,
		.impersonation_level = 2, .file_name = name,
	};
	struct smb1_nt_create_andx_rsp rsp;
	nt_status status = client_call(c, SMB_COM_NT_CREATE_ANDX, &req, &rsp);
	if (status == STATUS_SUCCESS)
		*fid = rsp.fid;
	return status;
}

uint16_t client_create(struct client *c, const char *name)
{
	uint16_t fid = 0;
	assert_ok(client_open(c, name, CREATE_ACCESS, SHARE_ALL, FILE_OPEN_IF, 0, &fid));
	return fid;
}

nt_status client_close(struct client *c, uint16_t fid)
{
	struct smb1_close_req req = { .fid = fid };
	return client_call(c, SMB_COM_CLOSE, &req, NULL);
}

nt_status client_write(struct client *c, uint16_t fid, uint64_t offset, const void *bytes, size_t len)
{
	struct smb1_write_andx_req req = {
		.fid = fid, .offset = (uint32_t)offset, .offset_high = (uint32_t)(offset >> 32), .data = slice_of(bytes, len),
	};
	struct smb1_write_andx_rsp rsp;
	nt_status status = client_call(c, SMB_COM_WRITE_ANDX, &req, &rsp);
	if (status == STATUS_SUCCESS)
		assert_int_equal(smb1_u32(rsp.count, rsp.count_high), len);
	return status;
}

nt_status client_read(struct client *c, uint16_t fid, uint64_t offset, void *out, size_t len, size_t *got)
{
	struct smb1_read_andx_req req = {
		.fid = fid, .offset = (uint32_t)offset, .offset_high = (uint32_t)(offset >> 32),
		.max_count_of_bytes_to_return = (uint16_t)len, .timeout_or_max_count_high = (uint32_t)(len >> 16),
	};
	struct smb1_read_andx_rsp rsp;
	nt_status status = client_call(c, SMB_COM_READ_ANDX, &req, &rsp);
	if (status != STATUS_SUCCESS)
		return status;
	assert_true(rsp.data.len <= len);
	if (rsp.data.len > 0)
		memcpy(out, rsp.data.ptr, rsp.data.len);
	*got = rsp.data.len;
	return status;
}

struct smb1_locking_andx_req client_lock_req(uint16_t fid, struct smb1_locking_andx_range *range, uint32_t timeout)
{
	return (struct smb1_locking_andx_req){
		.fid = fid, .type_of_lock = LARGE_FILES, .timeout = timeout, .number_of_requested_locks = 1, .locks = range,
	};
}

nt_status client_lock(struct client *c, uint16_t fid, uint64_t offset, uint64_t len, uint32_t timeout)
{
	struct smb1_locking_andx_range range = { c->pid, offset, len };
	struct smb1_locking_andx_req req = client_lock_req(fid, &range, timeout);
	return client_call(c, SMB_COM_LOCKING_ANDX, &req, NULL);
}

nt_status client_unlock(struct client *c, uint16_t fid, uint64_t offset, uint64_t len)
{
	struct smb1_locking_andx_range range = { c->pid, offset, len };
	struct smb1_locking_andx_req req = { .fid = fid, .type_of_lock = LARGE_FILES, .number_of_requested_unlocks = 1, .unlocks = &range };
	return client_call(c, SMB_COM_LOCKING_ANDX, &req, NULL);
}

uint16_t client_lock_waiting(struct client *c, uint16_t fid, uint64_t offset, uint64_t len, uint32_t timeout)
{
	struct smb1_locking_andx_range range = { c->pid, offset, len };
	struct smb1_locking_andx_req req = client_lock_req(fid, &range, timeout);
	uint16_t mid = client_send(c, SMB_COM_LOCKING_ANDX, &req);
	client_expect_silence(c);
	return mid;
}

void client_cancel(struct client *c, uint16_t mid)
{
	struct smb1_nt_cancel_req req = { 0 };
	client_begin(c, SMB_COM_NT_CANCEL);
	store_le16(c->buf + 30, mid);
	client_add(c, SMB_COM_NT_CANCEL, &req);
	assert_true(client_send_built(c));
}

struct slice client_encode(struct client *c, smb1_coder coder, void *m)
{
	enum { ROOM = 8192 };
	uint8_t *buf = arena_alloc(&c->arena, ROOM);
	struct wire w;
	assert_non_null(buf);
	wire_init_encode(&w, buf, ROOM, &c->arena);
	w.unicode = (c->flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = oem_page_get("850");
	coder(&w, m);
	assert_true(wire_ok(&w));
	return slice_of(buf, w.pos);
}

void client_decode(struct client *c, struct slice block, smb1_coder coder, void *m)
{
	struct wire w;
	wire_init_decode(&w, block, &c->arena);
	w.unicode = (c->flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = oem_page_get("850");
	coder(&w, m);
	assert_true(wire_ok(&w));
}

nt_status client_trans2(struct client *c, uint16_t function, struct slice parameters, struct slice data, struct smb1_trans_rsp *out)
{
	uint16_t setup[1] = { function };
	struct smb1_transaction2_req req = { .t = {
		.max_parameter_count = 64, .max_data_count = 16384, .setup_count = 1, .setup = setup, .name = "",
		.parameters = parameters, .data = data,
	} };
	struct smb1_transaction2_rsp rsp = { 0 };
	nt_status status = client_call(c, SMB_COM_TRANSACTION2, &req, &rsp);
	if (out != NULL)
		*out = rsp.t;
	return status;
}

/* ---- fixtures ---- */

void scenario_advance(struct world *w, uint64_t ms)
{
	record_time(ms);
	world_advance(w, ms);
	scenario_check(w);
}

static int setup(void **state, const struct world_options *options)
{
	n_clients = 0;
	record_begin();
	*state = world_new(options);
	return 0;
}

int scenario_setup(void **state)
{
	return setup(state, &(struct world_options){ .signing = SMB1_SIGNING_OFFERED });
}

int scenario_setup_signing(void **state)
{
	return setup(state, &(struct world_options){ .signing = SMB1_SIGNING_REQUIRED });
}

int scenario_setup_guests(void **state)
{
	return setup(state, &(struct world_options){ .signing = SMB1_SIGNING_OFFERED, .guests = true });
}

int scenario_teardown(void **state)
{
	record_end();
	const char *left = world_free(*state);
	while (n_clients > 0)
		client_free(clients[n_clients - 1]);
	if (left != NULL)
		print_error("%s\n", left);
	return left != NULL;
}
