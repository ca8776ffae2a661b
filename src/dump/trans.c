/* What is in transactions: subcommands by trans.def, information levels by levels.def, RAP calls by rap.def. */
#include "dump/conn.h"
#include "wire/blocks.h"
#include "wire/rap.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/trans2.h"

enum { BLOCK_NAME = 64, NO_RAP_CALL = 0xFFFF };

/* False: no transaction. */
static bool kind_of(uint8_t command, enum smb1_trans_kind *kind)
{
	switch (command) {
	case SMB_COM_TRANSACTION:
	case SMB_COM_TRANSACTION_SECONDARY: *kind = SMB1_TRANS; return true;
	case SMB_COM_TRANSACTION2:
	case SMB_COM_TRANSACTION2_SECONDARY: *kind = SMB1_TRANS2; return true;
	case SMB_COM_NT_TRANSACT:
	case SMB_COM_NT_TRANSACT_SECONDARY: *kind = SMB1_NT_TRANS; return true;
	default: return false;
	}
}

static bool is_secondary(uint8_t command)
{
	return (smb1_command(command)->rules & SMB1_RULE_SECONDARY) != 0;
}

/* "trans2_find_first2_req"; false: the subcommand has no name. */
static bool block_name(char out[BLOCK_NAME], const struct dump_pending *p, const char *end)
{
	static const char *const prefixes[] = { "trans", "trans2", "nt_transact" };
	const char *ident = smb1_trans_ident(p->kind, p->function);

	return ident != NULL && snprintf(out, BLOCK_NAME, "%s_%s_%s", prefixes[p->kind], ident, end) < BLOCK_NAME;
}

static void block_by_name(struct dump_record *r, const struct wire *w, const struct dump_pending *p, const char *end, struct slice bytes)
{
	char name[BLOCK_NAME];

	if (bytes.len > 0 && block_name(name, p, end))
		dump_block(r, w, name, bytes);
}

static void block_of_level(struct dump_record *r, const struct wire *w, enum smb1_level_kind kind, uint16_t level, struct slice bytes)
{
	const char *ident = smb1_level_ident(kind, level);

	if (bytes.len > 0 && ident != NULL)
		dump_block(r, w, ident, bytes);
}

/* ---- TRANSACTION2 ---- */

/* The tables that a subcommand's level is looked up in. False: it has none. */
static bool level_kind(uint16_t function, enum smb1_level_kind *kind)
{
	switch (function) {
	case TRANS2_FIND_FIRST2:
	case TRANS2_FIND_NEXT2: *kind = SMB1_LEVEL_FIND; return true;
	case TRANS2_QUERY_FS_INFORMATION: *kind = SMB1_LEVEL_FS; return true;
	case TRANS2_QUERY_PATH_INFORMATION:
	case TRANS2_QUERY_FILE_INFORMATION: *kind = SMB1_LEVEL_QUERY; return true;
	case TRANS2_SET_PATH_INFORMATION:
	case TRANS2_SET_FILE_INFORMATION: *kind = SMB1_LEVEL_SET; return true;
	default: return false;
	}
}

static void read_level(struct dump_record *r, struct dump_pending *p, size_t from)
{
	const char *value = dump_record_value(r, from, "information_level");
	enum smb1_level_kind kind;

	if (value == NULL)
		return;
	p->level = (uint16_t)dump_number(value);
	p->resume_keys = (dump_number(dump_record_value(r, from, "flags")) & SMB_FIND_RETURN_RESUME_KEYS) != 0;
	const char *name = level_kind(p->function, &kind) ? smb1_level_name(kind, p->level) : NULL;
	if (name != NULL)
		dump_record_say(r, "%s", name);
	else
		dump_record_say(r, "level 0x%x", p->level);
}

static void trans2_request_data(struct dump_record *r, const struct wire *w, const struct dump_pending *p, struct slice data)
{
	enum smb1_level_kind kind;

	if (data.len == 0)
		return;
	if (p->function == TRANS2_OPEN2)
		dump_block(r, w, "fea_list", data);
	else if (!level_kind(p->function, &kind))
		return;
	else if (kind == SMB1_LEVEL_SET)
		block_of_level(r, w, kind, p->level, data);
	else if (kind != SMB1_LEVEL_FS && p->level == FIND_SMB_INFO_QUERY_EAS_FROM_LIST)
		dump_block(r, w, "gea_list", data);
}

/* Which of a response's entries have resume keys only the request says. */
static void listing(struct dump_record *r, const struct wire *w, const struct dump_pending *p, struct slice data)
{
	char name[BLOCK_NAME];
	bool keys = p->resume_keys && p->level <= FIND_SMB_INFO_QUERY_EAS_FROM_LIST;

	snprintf(name, sizeof(name), "find_%04x%s", smb1_level_canonical(SMB1_LEVEL_FIND, p->level), keys ? "_keys" : "");
	if (data.len > 0)
		dump_block(r, w, name, data);
}

static void trans2_response(struct dump_record *r, const struct wire *w, const struct dump_pending *p, struct slice parameters, struct slice data)
{
	enum smb1_level_kind kind;
	bool has_level = level_kind(p->function, &kind);

	if (has_level && (kind == SMB1_LEVEL_QUERY || kind == SMB1_LEVEL_SET)) {
		if (parameters.len > 0)
			dump_block(r, w, "trans2_ea_error_rsp", parameters);
	} else {
		block_by_name(r, w, p, "rsp", parameters);
	}
	if (!has_level)
		kind = SMB1_LEVEL_SET;
	if (p->function == TRANS2_GET_DFS_REFERRAL && data.len > 0)
		dump_block(r, w, "dfs_referrals", data);
	else if (has_level && kind == SMB1_LEVEL_FIND)
		listing(r, w, p, data);
	else if (has_level && kind == SMB1_LEVEL_SET && p->level == SET_SMB_POSIX_PATH_OPEN && data.len > 0)
		dump_block(r, w, "posix_open_rsp", data);
	else if (has_level && kind != SMB1_LEVEL_SET)
		block_of_level(r, w, kind, p->level, data);
}

/* ---- RAP ---- */

static void rap_request(struct dump_record *r, const struct wire *parent, struct dump_pending *p, struct slice parameters)
{
	struct rap_req m = { .rap_opcode = 0 };
	struct wire w;

	dump_record_add(r, "rap_req", NULL);
	wire_init_decode(&w, parameters, parent->arena);
	w.oem = parent->oem;
	w.trace = parent->trace;
	rap_req(&w, &m);
	if (parameters.len < 2)
		return;
	const struct rap_row *row = rap_row(m.rap_opcode);
	p->function = m.rap_opcode;
	dump_record_say(r, "%s", row != NULL ? row->name : "RAP call without a name");
}

static void rap_response(struct dump_record *r, const struct wire *parent, const struct dump_pending *p, struct slice parameters)
{
	const struct rap_row *row = rap_row(p->function);
	struct rap_rsp m = { .converter = 0 };
	struct wire w;

	if (row == NULL || parameters.len == 0)
		return;
	dump_record_add(r, "rap_rsp", NULL);
	wire_init_decode(&w, parameters, parent->arena);
	w.oem = parent->oem;
	w.trace = parent->trace;
	rap_rsp(&w, row->param_desc, &m);
	dump_record_say(r, "%s error %u", row->name, m.win32_error_code);
}

/* ---- all three ---- */

static void say_function(struct dump_record *r, const struct dump_pending *p)
{
	const char *name = smb1_trans_name(p->kind, p->function);

	if (name != NULL)
		dump_record_say(r, "%s", name);
	else
		dump_record_say(r, "subcommand 0x%x", p->function);
}

static bool starts_with(const char *name, const char *start)
{
	return name != NULL && strncasecmp(name, start, strlen(start)) == 0;
}

static void say_part(struct dump_record *r, const char *what, const struct dump_piece *p)
{
	bool is_piece = p->at > 0 ? p->bytes.len > 0 : p->bytes.len < p->total;

	if (is_piece)
		dump_record_say(r, "%s %zu to %zu of %zu", what, p->at, p->at + p->bytes.len, p->total);
}

/* Says which pieces these are, and keeps them. True: whole[] is all of them. */
static bool join(struct dump_talk *t, struct dump_record *r, struct dump_join *j, const struct dump_piece pieces[DUMP_JOIN_PARTS],
		 struct slice whole[DUMP_JOIN_PARTS])
{
	size_t before = dump_join_size(j);

	say_part(r, "parameters", &pieces[DUMP_JOIN_PARAMETERS]);
	say_part(r, "data", &pieces[DUMP_JOIN_DATA]);
	bool complete = dump_join_add(j, pieces, DUMP_JOIN_MAX - t->join_len, whole);
	t->join_len += dump_join_size(j) - before;
	return complete;
}

/* What is shown was copied by the record. */
static void drop(struct dump_talk *t, struct dump_join *j)
{
	t->join_len -= dump_join_size(j);
	dump_join_drop(j);
}

static void open_request(struct dump_record *r, const struct wire *w, struct dump_pending *p, const struct slice whole[DUMP_JOIN_PARTS])
{
	size_t from = r->n_fields;

	if (p->is_mailslot)
		return;
	if (p->is_rap) {
		rap_request(r, w, p, whole[DUMP_JOIN_PARAMETERS]);
		return;
	}
	block_by_name(r, w, p, "req", whole[DUMP_JOIN_PARAMETERS]);
	if (p->kind != SMB1_TRANS2)
		return;
	read_level(r, p, from);
	trans2_request_data(r, w, p, whole[DUMP_JOIN_DATA]);
}

static void primary(struct dump_talk *talk, struct dump_record *r, const struct wire *w, const struct smb1_trans_req *t, struct dump_pending *p)
{
	struct dump_piece pieces[DUMP_JOIN_PARTS] = { { t->total_parameter_count, 0, t->parameters }, { t->total_data_count, 0, t->data } };
	struct slice whole[DUMP_JOIN_PARTS];

	p->is_trans = true;
	p->is_mailslot = p->kind == SMB1_TRANS && starts_with(t->name, "\\MAILSLOT\\");
	p->is_rap = p->kind == SMB1_TRANS && starts_with(t->name, "\\PIPE\\LANMAN");
	p->function = p->is_rap ? NO_RAP_CALL : p->kind == SMB1_NT_TRANS ? t->function : t->setup_count > 0 ? t->setup[0] : 0;
	bool complete = join(talk, r, &p->asked, pieces, whole);
	if (!p->is_rap && !p->is_mailslot)
		say_function(r, p);
	if (complete)
		open_request(r, w, p, whole);
}

/* The request that this one goes on with: of the same MID and PID. NULL: it was not seen. */
static struct dump_pending *before(struct dump_talk *t, const struct dump_pending *p)
{
	for (unsigned i = 2; i <= DUMP_PENDING_MAX; i++) {
		struct dump_pending *old = &t->pending[(t->next_pending - i) % DUMP_PENDING_MAX];
		if (old->is_trans && old->direction == p->direction && old->mid == p->mid && old->pid == p->pid && old->kind == p->kind)
			return old;
	}
	return NULL;
}

/* It becomes the request that the response is to. */
static void secondary(struct dump_talk *talk, struct dump_record *r, const struct wire *w, const struct smb1_trans_secondary *t,
		      struct dump_pending *p)
{
	struct dump_piece pieces[DUMP_JOIN_PARTS] = { { t->total_parameter_count, t->parameter_displacement, t->parameters },
						      { t->total_data_count, t->data_displacement, t->data } };
	struct slice whole[DUMP_JOIN_PARTS];
	struct dump_pending *old = before(talk, p);

	if (old == NULL || old->asked.bytes == NULL) {
		say_part(r, "parameters", &pieces[DUMP_JOIN_PARAMETERS]);
		say_part(r, "data", &pieces[DUMP_JOIN_DATA]);
		return;
	}
	p->is_trans = true;
	p->is_mailslot = old->is_mailslot;
	p->is_rap = old->is_rap;
	p->function = old->function;
	p->asked = old->asked;
	old->asked = (struct dump_join){ .bytes = NULL };
	bool complete = join(talk, r, &p->asked, pieces, whole);
	if (!p->is_rap && !p->is_mailslot)
		say_function(r, p);
	if (!complete)
		return;
	open_request(r, w, p, whole);
	drop(talk, &p->asked);
}

void dump_trans_request(struct dump_talk *t, struct dump_record *r, const struct wire *w, uint8_t command, const void *m, struct dump_pending *p)
{
	if (!kind_of(command, &p->kind))
		return;
	if (is_secondary(command))
		secondary(t, r, w, m, p);
	else
		primary(t, r, w, m, p);
}

static void nt_response(struct dump_record *r, const struct wire *w, const struct dump_pending *p, struct slice parameters)
{
	if (p->function == NT_TRANSACT_NOTIFY_CHANGE && parameters.len > 0)
		dump_block(r, w, "file_notify_list", parameters);
	else
		block_by_name(r, w, p, "rsp", parameters);
}

static void open_reply(struct dump_record *r, const struct wire *w, const struct dump_pending *p, const struct slice whole[DUMP_JOIN_PARTS])
{
	struct slice parameters = whole[DUMP_JOIN_PARAMETERS], data = whole[DUMP_JOIN_DATA];

	if (p->is_rap)
		rap_response(r, w, p, parameters);
	else if (p->kind == SMB1_TRANS2)
		trans2_response(r, w, p, parameters, data);
	else if (p->kind == SMB1_NT_TRANS)
		nt_response(r, w, p, parameters);
	else
		block_by_name(r, w, p, "rsp", p->function == TRANS_QUERY_NMPIPE_INFO ? data : parameters);
}

static void response(struct dump_talk *talk, struct dump_record *r, const struct wire *w, const struct smb1_trans_rsp *t, struct dump_pending *p)
{
	struct dump_piece pieces[DUMP_JOIN_PARTS] = { { t->total_parameter_count, t->parameter_displacement, t->parameters },
						      { t->total_data_count, t->data_displacement, t->data } };
	struct slice whole[DUMP_JOIN_PARTS];

	if (t->interim) {
		dump_record_say(r, "go on");
		return;
	}
	bool complete = join(talk, r, &p->answered, pieces, whole);
	if (!p->is_rap)
		say_function(r, p);
	if (!complete)
		return;
	open_reply(r, w, p, whole);
	drop(talk, &p->answered);
}

void dump_trans_reply(struct dump_talk *t, struct dump_record *r, const struct wire *w, uint8_t command, const void *m, struct dump_pending *p)
{
	enum smb1_trans_kind kind;

	if (kind_of(command, &kind) && p->is_trans && p->kind == kind)
		response(t, r, w, m, p);
}
