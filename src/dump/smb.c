/* SMB messages, each with what it refers to (talk.c). */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/status.h"
#include "dump/conn.h"
#include "wire/nbt/ssn.h"
#include "wire/smb1/session.h"
#include "wire/smb1/walk.h"

/* ---- the line ---- */

enum shown_as { AS_HEX, AS_DECIMAL };

/* The numbers that say what a message is about. */
static const struct {
	const char *name;
	enum shown_as as;
} shown[] = {
	{ "sid", AS_HEX }, { "offset", AS_DECIMAL }, { "read_offset_in_bytes", AS_DECIMAL }, { "write_offset_in_bytes", AS_DECIMAL },
	{ "max_count_of_bytes_to_return", AS_DECIMAL }, { "count_of_bytes_to_read", AS_DECIMAL }, { "count_of_bytes_to_write", AS_DECIMAL },
	{ "count_of_bytes", AS_DECIMAL }, { "count_of_bytes_returned", AS_DECIMAL }, { "count_of_bytes_written", AS_DECIMAL },
	{ "data_length", AS_DECIMAL }, { "count", AS_DECIMAL }, { "dialect_index", AS_DECIMAL }, { "capabilities", AS_HEX }, { "action", AS_HEX },
	{ "desired_access", AS_HEX }, { "access_mode", AS_HEX }, { "access_rights", AS_HEX }, { "share_access", AS_HEX },
	{ "create_disposition", AS_HEX }, { "open_mode", AS_HEX }, { "create_action", AS_HEX }, { "open_results", AS_HEX }, { "type_of_lock", AS_HEX },
	{ "number_of_requested_locks", AS_DECIMAL }, { "number_of_requested_unlocks", AS_DECIMAL }, { "end_of_file", AS_DECIMAL },
	{ "file_data_size", AS_DECIMAL }, { "search_attributes", AS_HEX }, { "search_count", AS_DECIMAL }, { "end_of_search", AS_DECIMAL },
	{ "max_count", AS_DECIMAL }, { "echo_count", AS_DECIMAL },
};

/* Each number once: a listing would repeat them for every entry. *said: a bit a row of the table. */
static void say_number(struct dump_record *r, const struct dump_field *f, uint64_t *said)
{
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		if (strcmp(shown[i].name, f->name) != 0 || (*said & 1ull << i) != 0)
			continue;
		*said |= 1ull << i;
		if (shown[i].as == AS_HEX)
			dump_record_say(r, "%s %s", f->name, f->value);
		else
			dump_record_say(r, "%s %" PRIu64, f->name, dump_number(f->value));
	}
}
static_assert(ARRAY_LEN(shown) <= 64, "a bit a row");

static void say_fid(struct dump_record *r, const struct dump_talk *t, const char *value)
{
	const char *name = dump_talk_name(t, DUMP_NAME_FID, (uint16_t)dump_number(value));

	dump_record_say(r, "fid %s%s%s%s", value, name != NULL ? " (" : "", name != NULL ? name : "", name != NULL ? ")" : "");
}

/* Texts, the numbers of the table, and FIDs with their names. */
static void say_fields(struct dump_record *r, const struct dump_talk *t, size_t from)
{
	uint64_t said = 0;

	for (size_t i = from; i < r->n_fields; i++) {
		const struct dump_field *f = &r->fields[i];
		if (f->value == NULL)
			continue;
		if (f->value[0] == '"' && f->value[1] != '"')
			dump_record_say(r, "%s", f->value);
		else if (strcmp(f->name, "fid") == 0)
			say_fid(r, t, f->value);
		else
			say_number(r, f, &said);
	}
}

static const char *status_name(struct dump_record *r, const struct smb1_header *h)
{
	struct dos_error dos = { (uint8_t)h->status, (uint16_t)(h->status >> 16) };
	const char *name = dos_error_name(dos);

	if (h->status == 0 || (h->flags2 & SMB_FLAGS2_NT_STATUS) != 0) {
		name = nt_status_name(h->status);
		return strcmp(name, "STATUS_?") != 0 ? name : arena_printf(r->arena, "status 0x%08" PRIx32, h->status);
	}
	if (name != NULL)
		return arena_printf(r->arena, "%s/%s", dos_class_name(dos.error_class), name);
	return arena_printf(r->arena, "%s/%u", dos_class_name(dos.error_class), dos.code);
}

/* "SESSION_SETUP_ANDX, TREE_CONNECT_ANDX request" */
static const char *title(struct dump_record *r, const struct smb1_walk *walk)
{
	const char *text = smb1_command_name(walk->header.command);

	for (size_t i = 1; i < walk->n && text != NULL; i++)
		text = arena_printf(r->arena, "%s, %s", text, smb1_command_name(walk->chain[i].command));
	text = text == NULL ? NULL : arena_printf(r->arena, "%s %s", text, walk->reply ? "response" : "request");
	return text != NULL ? text : "";
}

static void fill_header(struct dump_record *r, const struct smb1_walk *walk)
{
	const struct smb1_header *h = &walk->header;

	r->is_smb = true;
	r->command = h->command;
	r->reply = walk->reply;
	r->mid = h->mid;
	r->tid = h->tid;
	r->uid = h->uid;
	r->pid = h->pid_low;
	r->status = h->status;
	r->what = title(r, walk);
	if (walk->reply)
		r->status_name = status_name(r, h);
}

/* ---- a message ---- */

/* The share, or who connects to one. */
static void say_tree(struct dump_record *r, const struct dump_talk *t, const struct smb1_header *h)
{
	bool connects = h->command == SMB_COM_TREE_CONNECT || h->command == SMB_COM_TREE_CONNECT_ANDX;
	const char *name = connects ? dump_talk_name(t, DUMP_NAME_UID, h->uid) : dump_talk_name(t, DUMP_NAME_TID, h->tid);

	if (name != NULL)
		dump_record_say(r, "%s 0x%x (%s)", connects ? "uid" : "tid", connects ? h->uid : h->tid, name);
}

static bool is_name(const char *field)
{
	static const char *const fields[] = { "file_name", "path", "account_name", "user_name", "name", "identifier", "directory_name" };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (strcmp(fields[i], field) == 0)
			return true;
	return false;
}

/* The name of what a request opens, connects or logs on; "": it has none, or a handle before it. */
static const char *wanted_name(struct dump_record *r, size_t from)
{
	for (size_t i = from; i < r->n_fields; i++) {
		const struct dump_field *f = &r->fields[i];
		if (f->value == NULL)
			continue;
		if (strcmp(f->name, "fid") == 0)
			return "";
		if (is_name(f->name) && dump_text(r->arena, f->value)[0] != '\0')
			return dump_text(r->arena, f->value);
	}
	return "";
}

/* The share that a logon connects to in the same message. */
static const char *wanted_tree(struct dump_record *r, const struct smb1_walk *walk, size_t from)
{
	for (size_t i = 1; i < walk->n; i++)
		if (walk->chain[i].command == SMB_COM_TREE_CONNECT_ANDX)
			return dump_text(r->arena, dump_record_value(r, from, "path"));
	return "";
}

/* Clocks of captures may go back. */
static void set_request(struct dump_record *r, const struct dump_when *request)
{
	r->request_frame = request->frame;
	r->took_us = r->when.time_us > request->time_us ? r->when.time_us - request->time_us : 0;
}

/* What an element carries inside of its fields. */
static void open_request(struct dump_talk *t, struct dump_record *r, const struct wire *w, const struct smb1_walk_element *e, struct dump_pending *p)
{
	dump_trans_request(t, r, w, e->command, e->m, p);
	if (e->command == SMB_COM_SESSION_SETUP_ANDX) {
		const struct smb1_session_setup_andx_req *m = e->m;
		dump_security(r, w, m->security_blob);
	}
}

static void open_reply(struct dump_talk *t, struct dump_record *r, const struct wire *w, const struct smb1_walk_element *e, struct dump_pending *p)
{
	dump_trans_reply(t, r, w, e->command, e->m, p);
	if (e->command == SMB_COM_SESSION_SETUP_ANDX) {
		const struct smb1_session_setup_andx_rsp *m = e->m;
		dump_security(r, w, m->security_blob);
	}
}

static void on_request(struct dump_talk *t, struct dump_record *r, const struct wire *w, const struct smb1_walk *walk, int direction, size_t body)
{
	struct dump_pending *p = dump_talk_ask(t, &r->when, direction, &walk->header);

	for (size_t i = 0; i < walk->n; i++)
		if (walk->chain[i].m != NULL && wire_ok(w))
			open_request(t, r, w, &walk->chain[i], p);
	p->name = dump_talk_keep(t, wanted_name(r, body));
	p->tree = dump_talk_keep(t, wanted_tree(r, walk, body));
	if (walk->header.command == SMB_COM_READ_RAW || walk->header.command == SMB_COM_WRITE_RAW) {
		t->raw[walk->header.command == SMB_COM_READ_RAW ? !direction : direction] = r->when;
		t->raw_command[0] = t->raw_command[1] = smb1_command_name(walk->header.command);
	}
}

static void learn(struct dump_talk *t, enum dump_name_kind kind, uint16_t id, char **text)
{
	if (*text == NULL)
		return;
	dump_talk_learn(t, kind, id, *text);
	*text = NULL;
}

/* A reply that brings a FID, TID or UID tells what the name in its request is called from now on. */
static void learn_names(struct dump_talk *t, struct dump_record *r, const struct smb1_walk *walk, struct dump_pending *p, size_t body)
{
	const struct smb1_header *h = &walk->header;
	const char *fid = dump_record_value(r, body, "fid");

	if (nt_is_error(h->status))
		return;
	learn(t, DUMP_NAME_TID, h->tid, &p->tree);
	if (h->command == SMB_COM_TREE_CONNECT || h->command == SMB_COM_TREE_CONNECT_ANDX)
		learn(t, DUMP_NAME_TID, h->tid, &p->name);
	else if (h->command == SMB_COM_SESSION_SETUP_ANDX)
		learn(t, DUMP_NAME_UID, h->uid, &p->name);
	else if (fid != NULL)
		learn(t, DUMP_NAME_FID, (uint16_t)dump_number(fid), &p->name);
}

static void on_reply(struct dump_talk *t, struct dump_record *r, const struct wire *w, const struct smb1_walk *walk, int direction, size_t body)
{
	struct dump_pending *p = dump_talk_asked(t, direction, &walk->header);

	if (p == NULL)
		return;
	set_request(r, &p->when);
	for (size_t i = 0; i < walk->n; i++)
		if (walk->chain[i].m != NULL && wire_ok(w))
			open_reply(t, r, w, &walk->chain[i], p);
	learn_names(t, r, walk, p, body);
	/* A refused WRITE_RAW sends no data. */
	if (p->command == SMB_COM_WRITE_RAW && (walk->header.command == SMB_COM_WRITE_COMPLETE || nt_is_error(walk->header.status)))
		t->raw[!direction] = (struct dump_when){ .frame = 0 };
}

static const char *where_it_broke(struct dump_record *r, const struct smb1_walk *walk)
{
	const char *after = r->n_fields > 0 ? r->fields[r->n_fields - 1].name : "nothing";
	const struct smb1_command *row = walk->n > 0 ? smb1_command(walk->chain[walk->n - 1].command) : NULL;

	if (row != NULL && row->req == NULL)
		return "no layout is known for this command";
	return arena_printf(r->arena, "malformed after %s", after);
}

static void decode(struct dump_conn *c, struct dump_record *r, int direction, struct slice message)
{
	struct wire w = dump_cursor(c->dump, r, message);
	struct smb1_walk walk;

	dump_record_add(r, "header", NULL);
	smb1_walk_header(&w, &walk);
	size_t body = r->n_fields;
	smb1_walk_chain(&w, &walk);
	fill_header(r, &walk);
	if (!wire_ok(&w) && r->trouble == NULL)
		r->trouble = where_it_broke(r, &walk);
	say_tree(r, c->talk, &walk.header);
	if (walk.n == 0)
		return;
	if (walk.reply)
		on_reply(c->talk, r, &w, &walk, direction, body);
	else
		on_request(c->talk, r, &w, &walk, direction, body);
	say_fields(r, c->talk, body);
}

/* No header: what READ_RAW or WRITE_RAW announced. */
static void raw_data(struct dump_conn *c, struct dump_record *r, int direction, struct slice message)
{
	struct dump_when *raw = &c->talk->raw[direction];
	struct wire w = dump_cursor(c->dump, r, message);
	struct slice data;

	if (raw->frame == 0) {
		r->what = "message";
		r->trouble = "no SMB header";
	} else {
		r->what = strcmp(c->talk->raw_command[direction], "READ_RAW") == 0 ? "READ_RAW data" : "WRITE_RAW data";
		set_request(r, raw);
	}
	wire_view(&w, "data", &data, message.len);
	dump_record_say(r, "%zu bytes", message.len);
	*raw = (struct dump_when){ .frame = 0 };
}

void dump_smb(struct dump_conn *c, int direction, const struct dump_when *when, struct slice message, size_t cut)
{
	struct dump_record r;

	if (c->talk == NULL)
		c->talk = calloc(1, sizeof(*c->talk));
	if (c->talk == NULL)
		return;
	dump_begin(c->dump, &r, when, &c->key.ends[direction], &c->key.ends[!direction]);
	r.protocol = "SMB";
	dump_session_header(&r, NBT_SESSION_MESSAGE, message.len + cut);
	if (cut > 0)
		r.trouble = arena_printf(r.arena, "%zu bytes of it are missing", cut);
	if (message.len >= 4 && memcmp(message.ptr, "\xFESMB", 4) == 0) {
		r.what = "message of SMB 2 or 3";
		r.trouble = "not SMB1";
	} else if (message.len >= 4 && memcmp(message.ptr, "\xFFSMB", 4) == 0) {
		decode(c, &r, direction, message);
	} else {
		raw_data(c, &r, direction, message);
	}
	dump_show(c->dump, &r);
}
