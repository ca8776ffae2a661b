#include "session_client.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/client.h"
#include "auth/proof.h"
#include "base/check.h"
#include "wire/nbt/ssn.h"

void (*session_client_reached)(const struct client *c, enum smb1_dialect dialect, uint8_t command, nt_status status);

static const char *const dialects[] = {
#define DIALECT(string, FAMILY, dos) string,
#include "wire/smb1/dialects.def"
};

/* The last piece of a transaction is answered as its first, a WRITE_RAW that is refused as one that is complete. */
static bool answers(uint8_t reply, uint8_t command)
{
	switch (command) {
	case SMB_COM_TRANSACTION_SECONDARY: return reply == SMB_COM_TRANSACTION || reply == command;
	case SMB_COM_TRANSACTION2_SECONDARY: return reply == SMB_COM_TRANSACTION2 || reply == command;
	case SMB_COM_NT_TRANSACT_SECONDARY: return reply == SMB_COM_NT_TRANSACT || reply == command;
	case SMB_COM_WRITE_RAW: return reply == SMB_COM_WRITE_COMPLETE || reply == command;
	default: return reply == command;
	}
}

void session_client_observe(const struct client *c, enum smb1_dialect dialect, uint8_t command, bool kept)
{
	const struct fake_frame *f = c->net->out;
	if (session_client_reached == NULL || !kept)
		return;
	if ((smb1_command(command)->rules & SMB1_RULE_NO_REPLY) != 0) {
		/* An empty frame is what a READ_RAW gets that fails. */
		bool refused = f != NULL && (f->len == 0 || (f->len > 4 && f->body[4] == command));
		session_client_reached(c, dialect, command, refused ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS);
		return;
	}
	for (; f != NULL; f = f->next)
		if (f->len >= SMB1_MIN_MESSAGE_LEN && answers(f->body[4], command))
			session_client_reached(c, dialect, command, load_le32(f->body + 5));
}

struct message {
	uint8_t bytes[2048];
	struct wire w;
	struct arena arena;
};

static void begin(struct message *m, const struct client *c, uint8_t command, void *req)
{
	struct smb1_header h = {
		.command = command, .flags = SMB_FLAGS_CASE_INSENSITIVE, .tid = c->tid, .pid_low = 7, .uid = c->uid, .mid = 1,
		.flags2 = c->unicode ? SMB_FLAGS2_LONG_NAMES | SMB_FLAGS2_NT_STATUS | SMB_FLAGS2_UNICODE : SMB_FLAGS2_LONG_NAMES,
	};
	store_le16(h.security_features + 4, c->cid);
	arena_init(&m->arena, 1 << 20);
	wire_init_encode(&m->w, m->bytes, sizeof(m->bytes), &m->arena);
	m->w.unicode = c->unicode;
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
	bool kept = fake_deliver(c->net, NBT_SESSION_MESSAGE, m.bytes, m.w.pos);
	arena_fini(&m.arena);
	const struct smb1_conn *sc = world_conn(c->net);
	if (sc != NULL)
		session_client_observe(c, sc->dialect, command, kept);
	struct fake_frame *f = fake_take(c->net);
	if (f != NULL && load_le32(f->body + 5) == STATUS_SUCCESS) {
		c->cid = load_le16(f->body + 18);
		return f;
	}
	free(f);
	return NULL;
}

static void drop_answers(struct client *c)
{
	struct fake_frame *f;
	while ((f = fake_take(c->net)) != NULL)
		free(f);
}

/* ---- what a dialect answers, and how it proves ---- */

struct opening {
	uint8_t words; /* of the answer: 1, 13, 17 */
	bool challenged, share_level;
	uint8_t challenge[8];
};

static struct opening negotiate(struct client *c, const char *dialect)
{
	struct smb1_negotiate_req req = { .dialect_count = 1, .dialects = &dialect };
	struct opening o = { 0 };
	struct fake_frame *f = exchange(c, SMB_COM_NEGOTIATE, &req);
	if (f == NULL)
		return o;
	o.words = f->body[SMB1_HEADER_LEN];
	const uint8_t *words = f->body + SMB1_HEADER_LEN + 1, *bytes = words + 2u * o.words + 2;
	o.challenged = o.words == 17 || (o.words == 13 && load_le16(words + 22) == 8);
	o.share_level = o.words > 1 && (words[2] & NEGOTIATE_USER_SECURITY) == 0;
	if (o.challenged)
		memcpy(o.challenge, bytes, 8);
	free(f);
	return o;
}

/* The password as this opening wants to have it proved: 24 bytes, or as it is. */
static struct slice proof_of(const struct opening *o, const char *password, uint8_t room[CRYPTO_DESL_LEN])
{
	uint8_t hash[AUTH_HASH_LEN];
	if (!o->challenged)
		return slice_of(password, strlen(password) + 1);
	CHECK(auth_lm_hash(oem_page_get("850"), password, hash) && crypto_desl(hash, o->challenge, room));
	return slice_of(room, CRYPTO_DESL_LEN);
}

static bool set_up(struct client *c, struct smb1_session_setup_andx_req *req)
{
	req->max_buffer_size = 4356;
	req->max_mpx_count = 50;
	req->primary_domain = req->native_os = req->native_lan_man = "";
	struct fake_frame *f = exchange(c, SMB_COM_SESSION_SETUP_ANDX, req);
	c->uid = f != NULL ? load_le16(f->body + 28) : 0;
	free(f);
	return c->uid != 0;
}

static bool log_on_nt(struct client *c, const struct opening *o)
{
	const uint8_t client_challenge[8] = { 0 };
	struct auth_credentials credentials = { .user = WORLD_USER, .domain = "", .workstation = "" };
	struct auth_client_response proof;
	struct arena arena;
	arena_init(&arena, 1 << 16);
	CHECK(auth_nt_hash(WORLD_PASSWORD, credentials.nt_hash));
	CHECK(auth_client_ntlmv2(&credentials, o->challenge, (struct slice){ 0 }, client_challenge, nttime_now(), &arena, &proof));
	struct smb1_session_setup_andx_req req = {
		.words = 13, .capabilities = CAP_STATUS32 | CAP_LARGE_READX, .oem_password = proof.lm, .unicode_password = proof.nt,
		.account_name = WORLD_USER,
	};
	bool in = set_up(c, &req);
	arena_fini(&arena);
	return in;
}

static bool log_on_lanman(struct client *c, const struct opening *o, bool anonymous)
{
	uint8_t room[CRYPTO_DESL_LEN];
	struct smb1_session_setup_andx_req req = {
		.words = 10, .oem_password = anonymous ? slice_of("", 1) : proof_of(o, WORLD_PASSWORD, room),
		.account_name = anonymous ? "" : WORLD_USER,
	};
	return set_up(c, &req);
}

static void connect_tree(struct client *c, const char *path, struct slice password)
{
	struct smb1_tree_connect_andx_req req = { .password = password, .path = path, .service = "?????" };
	struct fake_frame *f = exchange(c, SMB_COM_TREE_CONNECT_ANDX, &req);
	if (f != NULL)
		c->tid = load_le16(f->body + 24);
	free(f);
}

static void connect_tree_core(struct client *c, const char *path)
{
	struct smb1_tree_connect_req req = { .path = path, .password = WORLD_PASSWORD, .service = "?????" };
	struct fake_frame *f = exchange(c, SMB_COM_TREE_CONNECT, &req);
	if (f != NULL)
		c->tid = load_le16(f->body + 24);
	free(f);
}

static void connect_trees(struct client *c, const struct opening *o)
{
	uint8_t room[CRYPTO_DESL_LEN];
	struct slice none = slice_of("", 1);
	connect_tree(c, "\\\\X\\IPC$", none);
	if (o->share_level)
		connect_tree(c, "\\\\X\\MORE", proof_of(o, "schreiben", room));
	else
		connect_tree(c, "\\\\X\\DATA", none);
	connect_tree(c, "\\\\X\\LP", o->share_level ? proof_of(o, WORLD_PASSWORD, room) : none);
}

void let_in(struct client *c, unsigned dialect, enum world_zone zone)
{
	const char *name = dialects[dialect % ARRAY_LEN(dialects)];
	c->zone = zone;
	c->unicode = false;
	struct opening o = negotiate(c, name);
	c->ready = true;
	if (o.words == 1) {
		connect_tree_core(c, "\\\\X\\IPC$");
		connect_tree_core(c, "\\\\X\\DATA");
		connect_tree_core(c, "\\\\X\\LP");
		return;
	}
	c->unicode = o.words == 17;
	if (o.words == 17 ? log_on_nt(c, &o) : log_on_lanman(c, &o, zone == WORLD_ZONE_NOTHING))
		connect_trees(c, &o);
	drop_answers(c);
}

void let_in_default(struct client *c, bool core)
{
	drop_answers(c);
	c->ready = true;
	c->unicode = !core;
	struct opening o = negotiate(c, core ? "MICROSOFT NETWORKS 1.03" : "NT LM 0.12");
	if (core) {
		connect_tree_core(c, "\\\\X\\IPC$");
		connect_tree_core(c, "\\\\X\\DATA");
	} else if (o.words == 17 && log_on_nt(c, &o)) {
		connect_tree(c, "\\\\X\\IPC$", slice_of("", 1));
		connect_tree(c, "\\\\X\\data", slice_of("", 1));
	}
}
