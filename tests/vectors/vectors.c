/* See vectors.h. Messages go by commands.def, blocks by the list below. */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "wire/dce/operations.h"
#include "wire/nbt/browse.h"
#include "wire/nbt/dgm.h"
#include "wire/nbt/mailslot.h"
#include "wire/nbt/ns.h"
#include "wire/nbt/ssn.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/dfs.h"
#include "wire/smb1/frame.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/nttrans.h"
#include "wire/smb1/trans2.h"

enum { ARENA_CAP = 4 << 20, ENCODE_CAP = 256 << 10, MAX_CHAIN = 8, MAX_FIND_ENTRIES = 64 };

/* ---- blocks ---- */

struct find_block {
	uint32_t count;
	struct smb1_find_entry entries[MAX_FIND_ENTRIES];
};

static void find_block(struct wire *w, struct find_block *m, uint16_t level, bool resume_keys)
{
	struct smb1_find_list list;
	smb1_find_list_init(&list, level, resume_keys);
	if (wire_decoding(w)) {
		while (m->count < MAX_FIND_ENTRIES && smb1_find_list_next(w, &list, &m->entries[m->count]))
			m->count++;
		return;
	}
	for (uint32_t i = 0; i < m->count; i++)
		if (!smb1_find_list_add(w, &list, &m->entries[i]))
			wire_fail(w);
}

#define BLOCKS(X)                                                                                                      \
	X(smb1, trans2_open2_req) X(smb1, trans2_open2_rsp) X(smb1, trans2_find_first2_req)                            \
	X(smb1, trans2_find_first2_rsp) X(smb1, trans2_find_next2_req) X(smb1, trans2_find_next2_rsp)                  \
	X(smb1, trans2_query_fs_information_req) X(smb1, trans2_set_fs_information_req)                                \
	X(smb1, trans2_query_path_information_req) X(smb1, trans2_set_path_information_req)                            \
	X(smb1, trans2_query_file_information_req) X(smb1, trans2_set_file_information_req)                            \
	X(smb1, trans2_create_directory_req) X(smb1, trans2_ea_error_rsp) X(smb1, trans2_get_dfs_referral_req)         \
	X(smb1, trans_set_nmpipe_state_req) X(smb1, trans_query_nmpipe_state_rsp)                                      \
	X(smb1, trans_query_nmpipe_info_req) X(smb1, trans_query_nmpipe_info_rsp) X(smb1, trans_peek_nmpipe_rsp)       \
	X(smb1, trans_write_nmpipe_rsp) X(smb1, nt_transact_create_req) X(smb1, nt_transact_create_rsp)                \
	X(smb1, nt_transact_set_security_desc_req) X(smb1, nt_transact_query_security_desc_req)                        \
	X(smb1, nt_transact_query_security_desc_rsp) X(smb1, file_notify_list) X(smb1, nt_transact_rename_req)         \
	X(smb1, fea_list) X(smb1, gea_list) X(smb1, file_full_ea_list) X(smb1, fs_allocation) X(smb1, fs_volume)       \
	X(smb1, fs_label_info) X(smb1, fs_volume_info) X(smb1, fs_size_info) X(smb1, fs_device_info)                   \
	X(smb1, fs_attribute_info) X(smb1, fs_control_information) X(smb1, fs_full_size_information)                   \
	X(smb1, fs_object_id_information) X(smb1, info_standard) X(smb1, info_query_ea_size) X(smb1, level_nothing)    \
	X(smb1, file_basic_info) X(smb1, file_standard_info) X(smb1, file_ea_info) X(smb1, file_name_info)             \
	X(smb1, file_allocation_info) X(smb1, file_end_of_file_info) X(smb1, file_all_info)                            \
	X(smb1, file_alt_name_info) X(smb1, file_stream_list) X(smb1, file_compression_info)                           \
	X(smb1, file_internal_information) X(smb1, file_access_information) X(smb1, file_position_information)         \
	X(smb1, file_mode_information) X(smb1, file_alignment_information) X(smb1, file_pipe_information)              \
	X(smb1, file_pipe_local_information) X(smb1, file_network_open_information)                                    \
	X(smb1, file_attribute_tag_information) X(smb1, info_set_standard) X(smb1, file_disposition_info)              \
	X(smb1, file_rename_information) X(smb1, cifs_unix_info) X(smb1, posix_fs_info) X(smb1, posix_whoami)             \
	X(smb1, unix_basic) X(smb1, unix_info2) X(smb1, unix_link) X(smb1, posix_acl) X(smb1, posix_lock)              \
	X(smb1, dfs_referrals) X(smb1, fsctl_range) X(smb1, object_id) X(smb1, snapshot_list) X(smb1, posix_open) X(smb1, posix_open_rsp) X(smb1, posix_unlink) X(nbt, ssn_request) X(nbt, ssn_negative) X(nbt, ssn_retarget)                               \
	X(nbt, ns_packet) X(nbt, dgm) X(nbt, mailslot) X(nbt, browse_frame) X(nbt, lanman_frame)

#define FIND_BLOCKS(X)                                                                                                 \
	X(find_0001, 0x0001, false) X(find_0001_keys, 0x0001, true) X(find_0002, 0x0002, false)                        \
	X(find_0002_keys, 0x0002, true) X(find_0003_keys, 0x0003, true) X(find_0101, 0x0101, false)                    \
	X(find_0102, 0x0102, false) X(find_0103, 0x0103, false) X(find_0104, 0x0104, false)                            \
	X(find_0105, 0x0105, false) X(find_0106, 0x0106, false) X(find_0202, 0x0202, false)                            \
	X(find_020b, 0x020B, false)

#define THUNK(proto, ident)                                                                                            \
	static void block_##ident(struct wire *w, void *m) { proto##_##ident(w, m); }
#define FIND_THUNK(ident, level, keys)                                                                                 \
	static void block_##ident(struct wire *w, void *m) { find_block(w, m, level, keys); }
BLOCKS(THUNK)
FIND_BLOCKS(FIND_THUNK)

struct block {
	const char *name;
	size_t size;
	smb1_coder coder;
	bool seen;
};

static struct block blocks[] = {
#define ROW(proto, ident) { #ident, sizeof(struct proto##_##ident), block_##ident, false },
#define FIND_ROW(ident, level, keys) { #ident, sizeof(struct find_block), block_##ident, false },
	BLOCKS(ROW) FIND_BLOCKS(FIND_ROW)
};

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
	struct block *block;
	const struct dce_operation *stub;
	bool stub_rsp;
};

static struct target parse_name(const char *name)
{
	struct target t = { .kind = KIND_UNKNOWN };
	size_t len = strcspn(name, "-");
	const char *direction = name + len;
	if (strncmp(direction, "-block-", 7) == 0) {
		for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
			if (strlen(blocks[i].name) == len && strncmp(blocks[i].name, name, len) == 0)
				t = (struct target){ .kind = KIND_BLOCK, .block = &blocks[i] };
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

static void run_block(const struct block *block, struct run *run, struct wire *w, struct vector_result *r)
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

struct element {
	uint8_t command;
	smb1_coder coder; /* NULL: the empty body of an error */
	void *m;
};

struct message {
	struct smb1_header header;
	struct element chain[MAX_CHAIN];
	size_t len;
};

/* Decodes the element at w->pos; false: nothing follows it. */
static bool run_element(struct run *run, struct wire *w, struct message *msg, bool reply, uint8_t *command)
{
	const struct smb1_command *row = smb1_command(*command);
	struct element *e = &msg->chain[msg->len++];
	size_t at = w->pos;
	e->command = *command;
	add_line(run, smb1_command_name(*command), reply ? " response" : " request", "");
	if (reply && msg->header.status != 0 && wire_left(w) > 0 && w->base[at] == 0) {
		uint8_t words;
		smb1_empty(w, &words);
		return false;
	}
	e->coder = reply ? row->rsp : row->req;
	if (e->coder == NULL) {
		wire_fail(w);
		return false;
	}
	e->m = arena_alloc(&run->arena, reply ? row->rsp_size : row->req_size);
	CHECK(e->m != NULL);
	e->coder(w, e->m);
	if (!wire_ok(w) || !(row->rules & SMB1_RULE_ANDX) || w->base[at] < 2)
		return false;
	struct smb1_andx andx = { w->base[at + 1], load_le16(w->base + at + 3) };
	*command = andx.command;
	return andx.command != SMB_COM_NO_ANDX_COMMAND && msg->len < MAX_CHAIN &&
	       smb1_andx_next(andx, at, w->base[at], w->end, &w->pos);
}

static void encode_message(struct run *run, struct message *msg, bool reply, struct vector_result *r)
{
	struct wire w = encoder(run, (msg->header.flags2 & SMB_FLAGS2_UNICODE) != 0);
	size_t at = SMB1_HEADER_LEN;
	smb1_reply_begin(&w, &msg->header);
	for (size_t i = 0; i < msg->len; i++) {
		if (i > 0)
			at = smb1_reply_link(&w, at, msg->chain[i].command);
		if (msg->chain[i].coder == NULL)
			smb1_reply_error(&w);
		else
			msg->chain[i].coder(&w, msg->chain[i].m);
		if (!reply && wire_ok(&w) && !smb1_words_allowed(smb1_command(msg->chain[i].command), w.base[at]))
			r->refused = true;
	}
	keep_encoded(&w, r);
}

static void run_message(const struct target *t, struct run *run, struct wire *w, struct vector_result *r)
{
	struct message msg = { .len = 0 };
	smb1_header(w, &msg.header);
	uint8_t command = t != NULL ? t->command : msg.header.command;
	bool reply = t != NULL ? t->kind == KIND_RSP : (msg.header.flags & SMB_FLAGS_REPLY) != 0;
	if (command != msg.header.command)
		wire_fail(w);
	if (!wire_ok(w))
		return;
	w->unicode = (msg.header.flags2 & SMB_FLAGS2_UNICODE) != 0;
	while (run_element(run, w, &msg, reply, &command))
		;
	r->decoded = wire_ok(w);
	if (r->decoded)
		encode_message(run, &msg, reply, r);
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
		t.block->seen = true;
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
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		if (strcmp(blocks[i].name, ident) == 0)
			return true;
	return false;
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
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		if (!blocks[i].seen)
			missing(blocks[i].name);
	for (size_t i = 0; i < ARRAY_LEN(level_idents); i++)
		if (!block_exists(level_idents[i]))
			missing(level_idents[i]);
}
