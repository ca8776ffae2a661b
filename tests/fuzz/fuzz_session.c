/*
 * The whole server on file systems in memory, with six clients. The input is a list of steps:
 *
 *	client (1 byte), kind (1 byte), length (2 bytes, little-endian), that many bytes
 *
 * Clients 0..2 log on and connect a share before their first structured step, client 4 so in the core protocol; client 3 (on
 * port 139) is a stranger. Client 5 logs on over a connectionless transport. A step of KIND_PERSONA makes a client another
 * one: any dialect, any security, either kind of transport. In a structured step the header is made right (but for two bytes
 * that the input may change), and everywhere in the body a 16-bit value 0xFDnn becomes the nth FID of this client, 0xFCnn the
 * nth search, 0xFBnn the nth tree: so the fuzzer gets behind the tables. After each step the rules of world_broken() must hold
 * and every message sent must be well formed; at the end nothing may be left open.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "session_client.h"
#include "smb1/handlers.h"
#include "wire/nbt/ssn.h"

enum { CLIENTS = 6, STRANGER = 3, CORE = 4, DATAGRAMS = 5, MAX_STEPS = 200, STEP_HEAD = 4, MAX_BODY = 8192 };

enum kind { KIND_RAW, KIND_STRUCTURED, KIND_TIME, KIND_RECONNECT, KIND_FAULT, KIND_HOLD_MAIL, KIND_CONTROL, KIND_LOCAL_CHANGE, KIND_PERSONA, KINDS };

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

static void connect_client(struct session *s, unsigned i)
{
	struct client *c = &s->clients[i];
	*c = (struct client){ .net = fake_connect(s->w->net, i == STRANGER ? NET_NETBIOS : i == DATAGRAMS ? NET_CONNECTIONLESS : NET_DIRECT) };
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

/* Over a connectionless transport the two low bits of the MID's byte choose the SequenceNumber; the MID is in the others, for the
 * requests of an exchange have the same. As in tests/scenario/record.c. */
static void set_numbers(struct client *c, uint8_t *message, uint8_t mid)
{
	bool numbered = c->net->pub.transport == NET_CONNECTIONLESS;
	store_le16(message + 30, numbered ? mid >> 2 : mid);
	if (!numbered)
		return;
	store_le16(message + 18, message[4] == SMB_COM_NEGOTIATE ? 0 : c->cid);
	switch (mid & 3) {
	case 0: break;
	case 1: c->sequence++; break;
	case 2: store_le16(message + 20, (uint16_t)(c->sequence + 2)); return; /* as if one was lost */
	default: break; /* the newest again */
	}
	if ((mid & 3) != 0)
		store_le16(message + 20, c->sequence);
}

/*
 * body: command, options, MID, elements from the first WordCount on. Options: bit 0 another PID, bit 1 OEM strings, bit 2
 * the tree of IPC$, bit 3 DOS errors, bit 4 a wrong UID, bit 5 a wrong TID, bit 6 no long names, bit 7 the printer's tree.
 */
static void structured(struct session *s, unsigned i, const uint8_t *body, size_t len)
{
	struct client *c = &s->clients[i];
	uint8_t message[SMB1_HEADER_LEN + MAX_BODY] = { 0xFF, 'S', 'M', 'B' };
	if (len < 3 || len - 3 > MAX_BODY)
		return;
	if (!c->ready && i != STRANGER && !c->net->gone)
		let_in_default(c, i == CORE);
	struct smb1_conn *sc = world_conn(c->net);
	if (sc == NULL)
		return;
	uint8_t options = body[1];
	uint16_t flags2 = (uint16_t)((options & 2 ? 0 : SMB_FLAGS2_UNICODE) | (options & 8 ? 0 : SMB_FLAGS2_NT_STATUS) |
				     (options & 64 ? 0 : SMB_FLAGS2_LONG_NAMES));
	uint16_t tid = nth_id(&sc->trees, options & 4 ? 0 : options & 128 ? 2 : 1);
	message[4] = body[0];
	store_le16(message + 10, flags2);
	store_le16(message + 24, options & 32 ? 0x4242 : tid);
	store_le16(message + 26, options & 1 ? 8 : 7);
	store_le16(message + 28, options & 16 ? 0x4242 : nth_id(&sc->sessions, 0));
	set_numbers(c, message, body[2]);
	memcpy(message + SMB1_HEADER_LEN, body + 3, len - 3);
	patch_ids(sc, message + SMB1_HEADER_LEN, len - 3);
	enum smb1_dialect dialect = sc->dialect;
	bool kept = fake_deliver(c->net, NBT_SESSION_MESSAGE, message, SMB1_HEADER_LEN + len - 3);
	session_client_observe(c, dialect, body[0], kept);
}

/* body: dialect, zone (bit 7: over a connectionless transport). The client comes back as somebody else. */
static void persona(struct session *s, unsigned i, const uint8_t *body, size_t len)
{
	struct client *c = &s->clients[i];
	if (len < 2)
		return;
	enum world_zone zone = (body[1] & 0x7F) % WORLD_ZONES;
	enum net_transport transport = body[1] & 0x80 ? NET_CONNECTIONLESS : NET_DIRECT;
	fake_hang_up(c->net);
	take_all(c, false);
	*c = (struct client){ .net = fake_connect_from(s->w->net, transport, (uint8_t)zone) };
	CHECK(c->net != NULL);
	s->conns[i] = c->net;
	let_in(c, body[0], zone);
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
	case KIND_PERSONA: persona(s, i, body, len); break;
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
	s->w = world_new(&(struct world_options){ .signing = SMB1_SIGNING_OFFERED, .auth = auth, .legacy = true,
						  .share_passwords = true, .zones = true });
	auth_put(auth);
	/* Copies of trees double them as often as they are asked for. */
	vfs_mem_set_capacity(s->w->vfs[WORLD_DATA], 1 << 20);
	vfs_mem_set_max_nodes(s->w->vfs[WORLD_DATA], 2000);
	vfs_mem_set_max_nodes(s->w->vfs[WORLD_MORE], 2000);
	world_put(s->w, WORLD_DATA, "a", "0123456789", 10);
	world_put(s->w, WORLD_DATA, "Long file name.text", "x", 1);
	world_mkdir(s->w, WORLD_DATA, "d");
	world_put(s->w, WORLD_DATA, "d/e", "", 0);
	world_mkdir(s->w, WORLD_DATA, ".snapshots");
	world_mkdir(s->w, WORLD_DATA, ".snapshots/@GMT-2015.10.31-19.40.30");
	world_put(s->w, WORLD_DATA, ".snapshots/@GMT-2015.10.31-19.40.30/a", "old", 3);
	vfs_mem_keep_quotas(s->w->vfs[WORLD_DATA]);
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
