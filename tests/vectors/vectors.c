/* See vectors.h. Messages go by commands.def, blocks by wire/blocks.h. */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "wire/blocks.h"
#include "wire/dce/operations.h"
#include "wire/smb1/frame.h"
#include "wire/smb1/walk.h"

enum { ARENA_CAP = 4 << 20, ENCODE_CAP = 256 << 10, BLOCKS_MAX = 256 };

static bool *block_seen(const struct wire_block *block)
{
	static bool seen[BLOCKS_MAX];
	size_t n;
	const struct wire_block *blocks = wire_blocks(&n);
	CHECK(n <= BLOCKS_MAX);
	return &seen[block - blocks];
}

/* Stubs of RPC calls are blocks too: <interface>_<ident>_req and _rsp of operations.def. */
enum { STUBS_MAX = 256 };
static bool stub_seen[STUBS_MAX][2];

static size_t stub_name(char *out, size_t cap, const struct dce_operation *op, bool rsp)
{
	return (size_t)snprintf(out, cap, "%s_%s_%s", op->interface->name, op->ident, rsp ? "rsp" : "req");
}

/* The row, or NULL; *rsp: its answer. */
static const struct dce_operation *find_stub(const char *name, size_t len, bool *rsp)
{
	size_t n;
	const struct dce_operation *ops = dce_operations(&n);
	char text[128];
	CHECK(n <= STUBS_MAX);
	for (size_t i = 0; i < 2 * n; i++) {
		*rsp = i % 2 != 0;
		if (ops[i / 2].req != NULL && stub_name(text, sizeof text, &ops[i / 2], *rsp) == len && strncmp(text, name, len) == 0)
			return &ops[i / 2];
	}
	return NULL;
}

/* What levels.def names must be among the blocks. */
static const char *const level_idents[] = {
#define FS_LEVEL(number, alias, NAME, ident, spec) #ident,
#define QUERY_LEVEL(number, alias, NAME, ident, spec) #ident,
#define SET_LEVEL(number, alias, NAME, ident, spec) #ident,
#include "wire/smb1/levels.def"
};

/* ---- messages ---- */

static const char *const idents[256] = {
#define CMD(code, NAME, ident, ...) [code] = #ident,
#define LATER CMD
#include "wire/smb1/commands.def"
};

static bool seen_req[256], seen_rsp[256];

enum kind { KIND_REQ, KIND_RSP, KIND_BLOCK, KIND_STUB, KIND_UNKNOWN };

struct target {
	enum kind kind;
	uint8_t command;
	const struct wire_block *block;
	const struct dce_operation *stub;
	bool stub_rsp;
};

static struct target parse_name(const char *name)
{
	struct target t = { .kind = KIND_UNKNOWN };
	size_t len = strcspn(name, "-");
	const char *direction = name + len;
	if (strncmp(direction, "-block-", 7) == 0) {
		t.block = wire_block_find(name, len);
		if (t.block != NULL)
			t.kind = KIND_BLOCK;
		t.stub = t.kind == KIND_BLOCK ? NULL : find_stub(name, len, &t.stub_rsp);
		if (t.stub != NULL)
			t.kind = KIND_STUB;
		return t;
	}
	for (int i = 0; i < 256; i++) {
		if (idents[i] == NULL || strlen(idents[i]) != len || strncmp(idents[i], name, len) != 0)
			continue;
		if (strncmp(direction, "-req-", 5) == 0)
			t = (struct target){ .kind = KIND_REQ, .command = (uint8_t)i };
		else if (strncmp(direction, "-rsp-", 5) == 0)
			t = (struct target){ .kind = KIND_RSP, .command = (uint8_t)i };
	}
	return t;
}

bool vector_known(const char *name)
{
	return parse_name(name).kind != KIND_UNKNOWN;
}

/* ---- a run ---- */

struct run {
	struct wire_trace trace;
	char *text;
	size_t text_len, text_cap;
	struct arena arena;
};

static void add_line(struct run *run, const char *a, const char *b, const char *c)
{
	size_t need = strlen(a) + strlen(b) + strlen(c) + 3;
	if (run->text_cap - run->text_len < need) {
		run->text_cap = 2 * run->text_cap + need;
		run->text = realloc(run->text, run->text_cap);
		CHECK(run->text != NULL);
	}
	run->text_len += (size_t)sprintf(run->text + run->text_len, "%s%s%s\n", a, b, c);
}

static void add_field(void *user, unsigned depth, const char *name, const char *value)
{
	struct run *run = user;
	add_line(run, name, " ", value);
}

static void run_init(struct run *run, struct wire *w, struct slice bytes, bool unicode)
{
	*run = (struct run){ .trace = { .field = add_field, .user = run } };
	add_line(run, "", "", "");
	run->text_len = 0;
	run->text[0] = '\0';
	arena_init(&run->arena, ARENA_CAP);
	wire_init_decode(w, bytes, &run->arena);
	w->oem = oem_page_get("437");
	w->unicode = unicode;
	w->trace = &run->trace;
}

static struct wire encoder(struct run *run, bool unicode)
{
	static uint8_t buffer[ENCODE_CAP]; /* what an earlier run left behind shows a byte that nobody wrote */
	struct wire w;
	wire_init_encode(&w, buffer, sizeof buffer, &run->arena);
	w.oem = oem_page_get("437");
	w.unicode = unicode;
	return w;
}

static void keep_encoded(const struct wire *w, struct vector_result *r)
{
	r->encodes = wire_ok(w);
	r->encoded_len = w->pos;
	r->encoded = malloc(w->pos + 1);
	CHECK(r->encoded != NULL);
	memcpy(r->encoded, w->base, w->pos);
}

static void run_block(const struct wire_block *block, struct run *run, struct wire *w, struct vector_result *r)
{
	void *m = arena_alloc(&run->arena, block->size);
	CHECK(m != NULL);
	block->coder(w, m);
	r->decoded = wire_ok(w);
	if (!r->decoded)
		return;
	struct wire out = encoder(run, w->unicode);
	block->coder(&out, m);
	keep_encoded(&out, r);
}

static void run_stub(const struct target *t, struct run *run, struct slice bytes, struct vector_result *r)
{
	struct ndr in, out;
	void *m = arena_alloc(&run->arena, t->stub->size);
	dce_coder_fn code = t->stub_rsp ? t->stub->rsp : t->stub->req;
	CHECK(m != NULL);
	ndr_init_decode(&in, bytes, &run->arena);
	in.w.trace = &run->trace;
	code(&in, m);
	r->decoded = ndr_ok(&in);
	if (!r->decoded)
		return;
	struct wire w = encoder(run, true);
	ndr_init_encode(&out, w.base, w.end, &run->arena);
	code(&out, m);
	keep_encoded(&out.w, r);
}

static void encode_message(struct run *run, struct smb1_walk *msg, struct vector_result *r)
{
	struct wire w = encoder(run, (msg->header.flags2 & SMB_FLAGS2_UNICODE) != 0);
	size_t at = SMB1_HEADER_LEN;
	smb1_reply_begin(&w, &msg->header);
	for (size_t i = 0; i < msg->n; i++) {
		if (i > 0)
			at = smb1_reply_link(&w, at, msg->chain[i].command);
		if (msg->chain[i].coder == NULL)
			smb1_reply_error(&w);
		else
			msg->chain[i].coder(&w, msg->chain[i].m);
		if (!msg->reply && wire_ok(&w) && !smb1_words_allowed(smb1_command(msg->chain[i].command), w.base[at]))
			r->refused = true;
	}
	keep_encoded(&w, r);
}

static void run_message(const struct target *t, struct run *run, struct wire *w, struct vector_result *r)
{
	struct smb1_walk msg;
	smb1_walk_header(w, &msg);
	if (t != NULL) {
		msg.reply = t->kind == KIND_RSP;
		if (t->command != msg.header.command)
			wire_fail(w);
	}
	smb1_walk_chain(w, &msg);
	r->decoded = wire_ok(w);
	if (r->decoded)
		encode_message(run, &msg, r);
}

void vector_run(const char *name, struct slice bytes, bool unicode, struct vector_result *r)
{
	struct run run;
	struct wire w;
	struct target t = { .kind = KIND_UNKNOWN };
	*r = (struct vector_result){ .decoded = false };
	run_init(&run, &w, bytes, unicode);
	if (name != NULL)
		t = parse_name(name);
	if (t.kind == KIND_BLOCK)
		run_block(t.block, &run, &w, r);
	else if (t.kind == KIND_STUB)
		run_stub(&t, &run, bytes, r);
	else
		run_message(name != NULL ? &t : NULL, &run, &w, r);
	arena_fini(&run.arena);
	r->trace = run.text;
}

void vector_result_free(struct vector_result *r)
{
	free(r->trace);
	free(r->encoded);
}

void vector_count(const char *name)
{
	struct target t = parse_name(name);
	if (t.kind == KIND_BLOCK)
		*block_seen(t.block) = true;
	else if (t.kind == KIND_STUB) {
		size_t n;
		stub_seen[t.stub - dce_operations(&n)][t.stub_rsp] = true;
	}
	else if (t.kind == KIND_REQ)
		seen_req[t.command] = true;
	else if (t.kind == KIND_RSP)
		seen_rsp[t.command] = true;
}

static bool block_exists(const char *ident)
{
	return wire_block_find(ident, strlen(ident)) != NULL;
}

static bool find_row(const struct dce_operation *ops, size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (ops[i].interface == ops[row].interface && ops[i].req != NULL && strcmp(ops[i].ident, ops[row].ident) == 0)
			return true;
	return false;
}

void vector_missing(void (*missing)(const char *name))
{
	char name[128];
	for (int i = 0; i < 256; i++) {
		if (idents[i] == NULL)
			continue;
		snprintf(name, sizeof name, "%s-req", idents[i]);
		if (!seen_req[i])
			missing(name);
		snprintf(name, sizeof name, "%s-rsp", idents[i]);
		if (!seen_rsp[i] && !(smb1_command((uint8_t)i)->rules & SMB1_RULE_NO_REPLY))
			missing(name);
	}
	size_t n_stubs;
	const struct dce_operation *ops = dce_operations(&n_stubs);
	for (size_t i = 0; i < 2 * n_stubs; i++) {
		bool same = i / 2 > 0 && find_row(ops, i / 2); /* another number of a row that was there before */
		if (ops[i / 2].req == NULL || same || stub_seen[i / 2][i % 2])
			continue;
		stub_name(name, sizeof name, &ops[i / 2], i % 2 != 0);
		missing(name);
	}
	size_t n_blocks;
	const struct wire_block *blocks = wire_blocks(&n_blocks);
	for (size_t i = 0; i < n_blocks; i++)
		if (!*block_seen(&blocks[i]))
			missing(blocks[i].name);
	for (size_t i = 0; i < ARRAY_LEN(level_idents); i++)
		if (!block_exists(level_idents[i]))
			missing(level_idents[i]);
}
