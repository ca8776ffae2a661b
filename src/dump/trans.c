/* What is in transactions: subcommands by trans.def, information levels by levels.def, RAP calls by rap.def. */
#include "dump/conn.h"
#include "wire/blocks.h"
#include "wire/rap.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/trans2.h"

enum { BLOCK_NAME = 64 };

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
	p->is_rap = true;
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

static void say_part(struct dump_record *r, const char *what, size_t from, size_t len, size_t total)
{
	dump_record_say(r, "%s %zu to %zu of %zu", what, from, from + len, total);
}

static void primary(struct dump_record *r, const struct wire *w, const struct smb1_trans_req *t, struct dump_pending *p)
{
	bool is_mailslot = p->kind == SMB1_TRANS && starts_with(t->name, "\\MAILSLOT\\");
	size_t from = r->n_fields;

	p->function = p->kind == SMB1_NT_TRANS ? t->function : t->setup_count > 0 ? t->setup[0] : 0;
	bool whole_parameters = t->parameters.len >= t->total_parameter_count, whole_data = t->data.len >= t->total_data_count;
	if (!whole_parameters)
		say_part(r, "parameters", 0, t->parameters.len, t->total_parameter_count);
	if (!whole_data)
		say_part(r, "data", 0, t->data.len, t->total_data_count);
	if (is_mailslot)
		return;
	if (p->kind == SMB1_TRANS && starts_with(t->name, "\\PIPE\\LANMAN")) {
		rap_request(r, w, p, t->parameters);
		return;
	}
	say_function(r, p);
	if (whole_parameters)
		block_by_name(r, w, p, "req", t->parameters);
	if (p->kind != SMB1_TRANS2)
		return;
	read_level(r, p, from);
	if (whole_data)
		trans2_request_data(r, w, p, t->data);
}

void dump_trans_request(struct dump_record *r, const struct wire *w, uint8_t command, const void *m, struct dump_pending *p)
{
	if (!kind_of(command, &p->kind))
		return;
	if (is_secondary(command)) {
		const struct smb1_trans_secondary *t = m;
		say_part(r, "parameters", t->parameter_displacement, t->parameters.len, t->total_parameter_count);
		say_part(r, "data", t->data_displacement, t->data.len, t->total_data_count);
		return;
	}
	p->is_trans = true;
	primary(r, w, m, p);
}

static void nt_response(struct dump_record *r, const struct wire *w, const struct dump_pending *p, struct slice parameters)
{
	if (p->function == NT_TRANSACT_NOTIFY_CHANGE && parameters.len > 0)
		dump_block(r, w, "file_notify_list", parameters);
	else
		block_by_name(r, w, p, "rsp", parameters);
}

void dump_trans_reply(struct dump_record *r, const struct wire *w, uint8_t command, const void *m, const struct dump_pending *p)
{
	const struct smb1_trans_rsp *t = m;
	enum smb1_trans_kind kind;

	if (!kind_of(command, &kind) || !p->is_trans || p->kind != kind)
		return;
	if (t->interim) {
		dump_record_say(r, "go on");
		return;
	}
	if (t->parameters.len < t->total_parameter_count)
		say_part(r, "parameters", t->parameter_displacement, t->parameters.len, t->total_parameter_count);
	if (t->data.len < t->total_data_count)
		say_part(r, "data", t->data_displacement, t->data.len, t->total_data_count);
	bool whole = t->parameters.len >= t->total_parameter_count && t->data.len >= t->total_data_count;
	if (p->is_rap) {
		rap_response(r, w, p, t->parameters);
		return;
	}
	say_function(r, p);
	if (!whole)
		return;
	if (kind == SMB1_TRANS2)
		trans2_response(r, w, p, t->parameters, t->data);
	else if (kind == SMB1_NT_TRANS)
		nt_response(r, w, p, t->parameters);
	else
		block_by_name(r, w, p, "rsp", p->function == TRANS_QUERY_NMPIPE_INFO ? t->data : t->parameters);
}
