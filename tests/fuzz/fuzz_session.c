/*
 * The whole server on file systems in memory, with four clients. The input is a list of steps:
 *
 *	client (1 byte), kind (1 byte), length (2 bytes, little-endian), that many bytes
 *
 * Clients 0..2 log on and connect a share before their first structured step; client 3 (on port 139) is a stranger. In a
 * structured step the header is made right (but for two bytes that the input may change), and everywhere in the body a
 * 16-bit value 0xFDnn becomes the nth FID of this client, 0xFCnn the nth search, 0xFBnn the nth tree: so the fuzzer gets
 * behind the tables. After each step the rules of world_broken() must hold and every message sent must be well formed; at
 * the end nothing may be left open.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "../scenario/world.h"
#include "auth/client.h"
#include "auth/proof.h"
#include "base/check.h"
#include "smb1/handlers.h"
#include "wire/nbt/ssn.h"

enum { CLIENTS = 5, STRANGER = 3, CORE = 4, MAX_STEPS = 200, STEP_HEAD = 4, MAX_BODY = 8192 };

enum kind { KIND_RAW, KIND_STRUCTURED, KIND_TIME, KIND_RECONNECT, KIND_FAULT, KIND_HOLD_MAIL, KIND_CONTROL, KIND_LOCAL_CHANGE, KINDS };

struct client {
	struct fake_conn *net;
	uint16_t uid, tid;
	bool ready;
};

struct session {
	struct world *w;
	struct client clients[CLIENTS];
	struct fake_conn *conns[CLIENTS];
};

static void fail(const char *why)
{
	fprintf(stderr, "fuzz_session: %s\n", why);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);

/* ---- what the server sends ---- */

/* A chain of elements, each with its words and bytes inside the message. */
static void check_message(const struct fake_frame *f)
{
	/* The one request that a server sends: the break of an oplock. */
	bool is_break = f->len == SMB1_MIN_MESSAGE_LEN + 16 && f->body[4] == SMB_COM_LOCKING_ANDX && load_le16(f->body + 30) == SMB1_MID_OPLOCK_BREAK;
	if (f->len < SMB1_MIN_MESSAGE_LEN || memcmp(f->body, "\xFFSMB", 4) != 0 || ((f->body[9] & SMB_FLAGS_REPLY) == 0) != is_break)
		fail("a message without a reply's header");
	uint8_t command = f->body[4];
	size_t at = SMB1_HEADER_LEN;
	for (;;) {
		size_t words_end = at + 1 + 2u * f->body[at];
		/* The extended NT_CREATE_ANDX says 42 words and sends 50. */
		if (command == SMB_COM_NT_CREATE_ANDX && f->body[at] == 42)
			words_end = at + 1 + 2u * 50;
		if (words_end + 2 > f->len)
			fail("words leave the message");
		bool large = command == SMB_COM_READ_ANDX; /* ByteCount is too small a field for large reads */
		if (!large && words_end + 2 + load_le16(f->body + words_end) > f->len)
			fail("bytes leave the message");
		bool andx = (smb1_command(command)->rules & SMB1_RULE_ANDX) != 0;
		if (!andx || f->body[at] < 2 || f->body[at + 1] == SMB_COM_NO_ANDX_COMMAND)
			return;
		size_t next = load_le16(f->body + at + 3);
		if (next < words_end + 2 || next + 3 > f->len)
			fail("the chain leaves the message");
		command = f->body[at + 1];
		at = next;
	}
}

/* A READ_RAW is answered by a frame of bytes, or of none: no message in any case. */
static void take_all(struct client *c, bool read_raw)
{
	struct fake_frame *f;
	while ((f = fake_take(c->net)) != NULL) {
		if (f->type == NBT_SESSION_MESSAGE && !read_raw)
			check_message(f);
		free(f);
	}
}

/* ---- a client that is let in ---- */

struct message {
	uint8_t bytes[2048];
	struct wire w;
	struct arena arena;
};

static void begin(struct message *m, const struct client *c, uint8_t command, void *req)
{
	struct smb1_header h = {
		.command = command, .flags = SMB_FLAGS_CASE_INSENSITIVE,
		.flags2 = SMB_FLAGS2_LONG_NAMES | SMB_FLAGS2_NT_STATUS | SMB_FLAGS2_UNICODE, .tid = c->tid, .pid_low = 7, .uid = c->uid, .mid = 1,
	};
	arena_init(&m->arena, 1 << 20);
	wire_init_encode(&m->w, m->bytes, sizeof(m->bytes), &m->arena);
	m->w.unicode = true;
	m->w.oem = oem_page_get("850");
	smb1_reply_begin(&m->w, &h);
	smb1_command(command)->req(&m->w, req);
	CHECK(wire_ok(&m->w));
}

/* Sends and gives the answer; NULL: refused, as may happen where earlier steps went wrong. */
static struct fake_frame *exchange(struct client *c, uint8_t command, void *req)
{
	struct message m;
	begin(&m, c, command, req);
	(void)fake_deliver(c->net, NBT_SESSION_MESSAGE, m.bytes, m.w.pos);
	arena_fini(&m.arena);
	struct fake_frame *f = fake_take(c->net);
	if (f != NULL && load_le32(f->body + 5) == STATUS_SUCCESS)
		return f;
	free(f);
	return NULL;
}

/* Without Unicode and without a session: what came before LAN Manager. */
static void let_in_core(struct client *c)
{
	const char *dialect = "MICROSOFT NETWORKS 1.03";
	struct smb1_negotiate_req req = { .dialect_count = 1, .dialects = &dialect };
	struct smb1_tree_connect_req ipc = { .path = "\\\\X\\IPC$", .password = "", .service = "?????" };
	struct smb1_tree_connect_req tree = { .path = "\\\\X\\DATA", .password = WORLD_PASSWORD, .service = "?????" };
	free(exchange(c, SMB_COM_NEGOTIATE, &req));
	free(exchange(c, SMB_COM_TREE_CONNECT, &ipc));
	struct fake_frame *f = exchange(c, SMB_COM_TREE_CONNECT, &tree);
	if (f != NULL)
		c->tid = load_le16(f->body + 24);
	free(f);
}

static bool negotiate(struct client *c, uint8_t challenge[8])
{
	const char *dialect = "NT LM 0.12";
	struct smb1_negotiate_req req = { .dialect_count = 1, .dialects = &dialect };
	struct fake_frame *f = exchange(c, SMB_COM_NEGOTIATE, &req);
	if (f == NULL)
		return false;
	memcpy(challenge, f->body + SMB1_HEADER_LEN + 1 + 2 * 17 + 2, 8);
	free(f);
	return true;
}

static bool log_on(struct client *c, const uint8_t challenge[8])
{
	const uint8_t client_challenge[8] = { 0 };
	struct auth_credentials credentials = { .user = WORLD_USER, .domain = "", .workstation = "" };
	struct auth_client_response proof;
	struct arena arena;
	arena_init(&arena, 1 << 16);
	CHECK(auth_nt_hash(WORLD_PASSWORD, credentials.nt_hash));
	CHECK(auth_client_ntlmv2(&credentials, challenge, (struct slice){ 0 }, client_challenge, nttime_now(), &arena, &proof));
	struct smb1_session_setup_andx_req req = {
		.words = 13, .max_buffer_size = 4356, .max_mpx_count = 50, .capabilities = CAP_STATUS32 | CAP_LARGE_READX,
		.oem_password = proof.lm, .unicode_password = proof.nt, .account_name = WORLD_USER, .primary_domain = "",
		.native_os = "", .native_lan_man = "",
	};
	struct fake_frame *f = exchange(c, SMB_COM_SESSION_SETUP_ANDX, &req);
	c->uid = f != NULL ? load_le16(f->body + 28) : 0;
	free(f);
	arena_fini(&arena);
	return c->uid != 0;
}

static void connect_tree(struct client *c, const char *path)
{
	struct smb1_tree_connect_andx_req req = { .password = slice_of("", 1), .path = path, .service = "?????" };
	struct fake_frame *f = exchange(c, SMB_COM_TREE_CONNECT_ANDX, &req);
	if (f != NULL)
		c->tid = load_le16(f->body + 24);
	free(f);
}

static void let_in(struct client *c, bool core)
{
	uint8_t challenge[8];
	c->ready = true;
	take_all(c, false);
	if (core) {
		let_in_core(c);
		return;
	}
	if (!negotiate(c, challenge) || !log_on(c, challenge))
		return;
	connect_tree(c, "\\\\X\\IPC$");
	connect_tree(c, "\\\\X\\data");
}

static void connect_client(struct session *s, unsigned i)
{
	struct client *c = &s->clients[i];
	*c = (struct client){ .net = fake_connect(s->w->net, i == STRANGER ? NET_NETBIOS : NET_DIRECT) };
	CHECK(c->net != NULL);
	s->conns[i] = c->net;
}

/* ---- steps ---- */

/* The nth identifier in use (modulo their number); 0: none. */
static uint16_t nth_id(const struct idtable *t, unsigned n)
{
	size_t cursor = 0;
	uint16_t id = 0;
	if (t->count == 0)
		return 0;
	for (n %= t->count; idtable_each(t, &cursor, &id) != NULL; n--)
		if (n == 0)
			return id;
	return 0;
}

static void patch_ids(const struct smb1_conn *sc, uint8_t *body, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		const struct idtable *t = body[i + 1] == 0xFD ? &sc->fids : body[i + 1] == 0xFC ? &sc->sids : body[i + 1] == 0xFB ? &sc->trees : NULL;
		uint16_t id = t != NULL ? nth_id(t, body[i]) : 0;
		if (id == 0)
			continue;
		store_le16(body + i, id);
		i++;
	}
}

/*
 * body: command, options, MID, elements from the first WordCount on. Options: bit 0 another PID, bit 1 OEM strings, bit 2
 * the second tree (IPC$), bit 3 DOS errors, bit 4 a wrong UID, bit 5 a wrong TID, bit 6 no long names.
 */
static void structured(struct session *s, unsigned i, const uint8_t *body, size_t len)
{
	struct client *c = &s->clients[i];
	uint8_t message[SMB1_HEADER_LEN + MAX_BODY] = { 0xFF, 'S', 'M', 'B' };
	if (len < 3 || len - 3 > MAX_BODY)
		return;
	if (!c->ready && i != STRANGER && !c->net->gone)
		let_in(c, i == CORE);
	struct smb1_conn *sc = world_conn(c->net);
	if (sc == NULL)
		return;
	uint8_t options = body[1];
	uint16_t flags2 = (uint16_t)((options & 2 ? 0 : SMB_FLAGS2_UNICODE) | (options & 8 ? 0 : SMB_FLAGS2_NT_STATUS) |
				     (options & 64 ? 0 : SMB_FLAGS2_LONG_NAMES));
	uint16_t tid = nth_id(&sc->trees, options & 4 ? 0 : 1);
	message[4] = body[0];
	store_le16(message + 10, flags2);
	store_le16(message + 24, options & 32 ? 0x4242 : tid);
	store_le16(message + 26, options & 1 ? 8 : 7);
	store_le16(message + 28, options & 16 ? 0x4242 : nth_id(&sc->sessions, 0));
	store_le16(message + 30, body[2]);
	memcpy(message + SMB1_HEADER_LEN, body + 3, len - 3);
	patch_ids(sc, message + SMB1_HEADER_LEN, len - 3);
	(void)fake_deliver(c->net, NBT_SESSION_MESSAGE, message, SMB1_HEADER_LEN + len - 3);
}

static void fault(struct session *s, const uint8_t *body, size_t len)
{
	static const int errors[] = { EIO, ENOSPC, EACCES, ENOENT, EROFS, EMFILE, ESTALE, EEXIST };
	if (len < 3)
		return;
	vfs_mem_fail(s->w->vfs[WORLD_DATA], body[0] % VFS_MEM_OPS, body[1] % 8u + 1, body[2] % 4u, errors[body[2] / 4 % ARRAY_LEN(errors)]);
}

/* A program on the server's machine does something. */
static void local_change(struct session *s, const uint8_t *body, size_t len)
{
	static const char *const names[] = { "a", "b.txt", "Long file name.text", "d", "d/e", "d/f.exe", ".hidden" };
	struct vfs *v = s->w->vfs[WORLD_DATA];
	if (len < 3)
		return;
	const char *name = names[body[1] % ARRAY_LEN(names)], *other = names[body[2] % ARRAY_LEN(names)];
	struct vfs_file *f;
	switch (body[0] % 6) {
	case 0: (void)v->ops->unlink(v, name); break;
	case 1: (void)v->ops->rename(v, name, other, 0); break;
	case 2: (void)v->ops->mkdir(v, name, 0755); break;
	case 3: (void)v->ops->rmdir(v, name); break;
	case 4: (void)v->ops->symlink(v, other, name); break;
	default:
		if (v->ops->open(v, name, O_RDWR | O_CREAT, 0644, &f) == 0)
			v->ops->close(f);
	}
}

static bool is_read_raw(unsigned kind, const uint8_t *body, size_t len)
{
	size_t command_at = kind == KIND_RAW ? 4 : 0;
	return (kind == KIND_RAW || kind == KIND_STRUCTURED) && len > command_at && body[command_at] == SMB_COM_READ_RAW;
}

static void step(struct session *s, unsigned i, unsigned kind, const uint8_t *body, size_t len)
{
	struct client *c = &s->clients[i];
	switch ((enum kind)kind) {
	case KIND_RAW: (void)fake_deliver(c->net, NBT_SESSION_MESSAGE, body, len); break;
	case KIND_STRUCTURED: structured(s, i, body, len); break;
	case KIND_TIME: world_advance(s->w, len > 0 ? (uint64_t)body[0] * body[0] : 1); break;
	case KIND_RECONNECT:
		fake_hang_up(c->net);
		take_all(c, false);
		connect_client(s, i);
		break;
	case KIND_FAULT: fault(s, body, len); break;
	case KIND_HOLD_MAIL:
		fake_hold_mail(s->w->net, len > 0 && (body[0] & 1) != 0);
		fake_pump(s->w->net);
		break;
	case KIND_CONTROL:
		if (len > 0)
			(void)fake_deliver(c->net, body[0], body + 1, len - 1);
		break;
	case KIND_LOCAL_CHANGE: local_change(s, body, len); break;
	case KINDS: break;
	}
}

static void open_session(struct session *s)
{
	/* The data base is slow to make and keeps no state that a run could change. */
	static struct accounts *accounts;
	if (accounts == NULL)
		accounts = world_accounts_new();
	struct auth *auth = world_auth_new(accounts, false);
	s->w = world_new(&(struct world_options){ .signing = SMB1_SIGNING_OFFERED, .auth = auth, .legacy = true });
	auth_put(auth);
	vfs_mem_set_capacity(s->w->vfs[WORLD_DATA], 1 << 20);
	world_put(s->w, WORLD_DATA, "a", "0123456789", 10);
	world_put(s->w, WORLD_DATA, "Long file name.text", "x", 1);
	world_mkdir(s->w, WORLD_DATA, "d");
	world_put(s->w, WORLD_DATA, "d/e", "", 0);
	for (unsigned i = 0; i < CLIENTS; i++)
		connect_client(s, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct session s;
	open_session(&s);
	for (unsigned n = 0; len >= STEP_HEAD && n < MAX_STEPS; n++) {
		unsigned i = data[0] % CLIENTS;
		size_t body_len = MIN((size_t)load_le16(data + 2), len - STEP_HEAD);
		step(&s, i, data[1] % KINDS, data + STEP_HEAD, body_len);
		for (unsigned k = 0; k < CLIENTS; k++)
			take_all(&s.clients[k], k == i && is_read_raw(data[1] % KINDS, data + STEP_HEAD, body_len));
		const char *why = world_broken(s.w, s.conns, CLIENTS);
		if (why != NULL)
			fail(why);
		data += STEP_HEAD + body_len;
		len -= STEP_HEAD + body_len;
	}
	const char *left = world_free(s.w);
	if (left != NULL)
		fail(left);
	return 0;
}

/* ---- mutations that keep the list of steps ---- */

static size_t step_len(const uint8_t *data, size_t len)
{
	return len < STEP_HEAD ? len : MIN((size_t)load_le16(data + 2) + STEP_HEAD, len);
}

static size_t count_steps(const uint8_t *data, size_t len)
{
	size_t n = 0;
	for (size_t at = 0; at < len; at += step_len(data + at, len - at))
		n++;
	return n;
}

static size_t offset_of_step(const uint8_t *data, size_t len, size_t n)
{
	size_t at = 0;
	while (n-- > 0 && at < len)
		at += step_len(data + at, len - at);
	return at;
}

/* Replaces the step at `at` (old bytes long) by another. The new length, or 0: no room. */
static size_t replace_step(uint8_t *data, size_t len, size_t max, size_t at, size_t old, const uint8_t *bytes, size_t fresh)
{
	if (len - old + fresh > max)
		return 0;
	memmove(data + at + fresh, data + at + old, len - at - old);
	if (fresh > 0)
		memcpy(data + at, bytes, fresh);
	return len - old + fresh;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed)
{
	uint8_t copy[STEP_HEAD + MAX_BODY];
	size_t n = count_steps(data, len), out = 0;
	if (n == 0 || seed % 16 == 0)
		return LLVMFuzzerMutate(data, len, max);
	size_t at = offset_of_step(data, len, seed / 16 % n), old = step_len(data + at, len - at);
	size_t to = offset_of_step(data, len, seed / 4096 % n);
	if (old < STEP_HEAD || old > sizeof(copy))
		return LLVMFuzzerMutate(data, len, max);
	memcpy(copy, data + at, old);
	if (seed % 16 == 1) {
		out = replace_step(data, len, max, at, old, NULL, 0);
	} else if (seed % 16 <= 3) { /* the step again, elsewhere */
		out = replace_step(data, len, max, to, 0, copy, old);
	} else if (seed % 16 == 4) {
		copy[0] = (uint8_t)(seed >> 24);
		out = replace_step(data, len, max, at, old, copy, old);
	} else {
		size_t fresh = LLVMFuzzerMutate(copy + STEP_HEAD, old - STEP_HEAD, sizeof(copy) - STEP_HEAD);
		store_le16(copy + 2, (uint16_t)fresh);
		out = replace_step(data, len, max, at, old, copy, STEP_HEAD + fresh);
	}
	return out != 0 ? out : LLVMFuzzerMutate(data, len, max);
}
