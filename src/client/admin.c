#include "client/admin.h"

#include <stdio.h>

#include "client/internal.h"
#include "client/rap.h"
#include "client/rpc.h"
#include "wire/dce/srvsvc.h"

enum {
	SESSIONS_FULL = 1, SESSIONS_SHORT = 10, /* levels of NetrSessionEnum: the first is for administrators */
	SESSIONS_OLD = 2,                       /* of NetSessionEnum */
	SESSION_GUEST = 1,                      /* user_flags */
	FILES = 3,
	SERVER = 101, SERVER_OLD = 1,
	VERSION_MASK = 0x0F,                    /* [MS-SRVS] 2.2.4.41: what is above says more of the kind of system */
};

nt_status cli_enter_ipc(struct cli *c)
{
	if (c->server.dialect < SMB1_DIALECT_LANMAN1_0)
		return cli_fail(c, STATUS_NOT_SUPPORTED, "a server of this age (%s) has no such calls", smb1_dialect_label(c->server.dialect));
	return cli_tree_connect(c, "IPC$", "IPC");
}

/* On IPC$, with srvsvc if the server has it: *rpc NULL where it has to be RAP. */
static nt_status enter(struct cli *c, struct cli_rpc **rpc)
{
	*rpc = NULL;
	nt_status status = cli_enter_ipc(c);
	if (status != STATUS_SUCCESS || !cli_is_nt(c))
		return status;
	status = cli_rpc_open(c, DCE_INTERFACE_srvsvc, rpc);
	return c->session->broken || status == STATUS_INVALID_NETWORK_RESPONSE ? status : STATUS_SUCCESS;
}

static const char *or_empty(const char *text) { return text != NULL ? text : ""; }

/* A list of everything, in one answer. */
static struct dce_list all_of(uint32_t level)
{
	return (struct dce_list){ .level = level, .has_container = true, .prefered_maximum_length = UINT32_MAX };
}

static bool has_entries(const struct dce_list *list, uint32_t level)
{
	return list->level == level && list->has_container && list->has_buffer;
}

/* What there is of a list that goes on, is good too. */
static nt_status good_enough(nt_status status) { return status == STATUS_MORE_ENTRIES ? STATUS_SUCCESS : status; }

/* ---- sessions ---- */

static nt_status sessions_by_rpc(struct cli_rpc *r, uint32_t level, cli_session_fn fn, void *user)
{
	struct srvsvc_session_enum m = { .list = all_of(level) };
	nt_status status = good_enough(cli_rpc_call(r, DCE_srvsvc_NetrSessionEnum, &m));

	if (status != STATUS_SUCCESS)
		return status;
	const struct srvsvc_session_info *infos = m.list.buffer;
	for (uint32_t i = 0; has_entries(&m.list, level) && i < m.list.entries_read; i++) {
		const struct cli_user_session s = {
			.client = or_empty(infos[i].cname), .user = or_empty(infos[i].username), .opens = infos[i].num_opens, .seconds = infos[i].time,
			.idle_seconds = infos[i].idle_time, .guest = (infos[i].user_flags & SESSION_GUEST) != 0,
		};
		if (!fn(user, &s))
			break;
	}
	return STATUS_SUCCESS;
}

static nt_status sessions_by_rap(struct cli *c, cli_session_fn fn, void *user)
{
	struct rap_req req = {
		.rap_opcode = RAP_NetSessionEnum, .data_desc = "zzWWWDDDz", .info_level = SESSIONS_OLD, .receive_buffer_size = CLI_RAP_DATA,
	};
	struct rap_rsp rsp = { .converter = 0 };
	struct rap_data d;
	nt_status status = cli_rap(c, &req, &rsp, &d);

	if (status == STATUS_SUCCESS)
		status = cli_rap_status(c, rsp.win32_error_code);
	for (uint16_t i = 0; status == STATUS_SUCCESS && i < rsp.entries_returned; i++) {
		struct rap_session_info_2 m = { .num_opens = 0 };
		rap_session_info_2(&d, &m);
		if (!wire_ok(&d.w))
			return cli_nonsense(c, "a list of sessions is shorter than it says");
		const struct cli_user_session s = {
			.client = or_empty(m.computer_name), .user = or_empty(m.user_name), .opens = m.num_opens, .seconds = m.time,
			.idle_seconds = m.idle_time, .guest = (m.user_flags & SESSION_GUEST) != 0,
		};
		if (!fn(user, &s))
			break;
	}
	return status;
}

nt_status cli_sessions(struct cli *c, cli_session_fn fn, void *user)
{
	struct cli_rpc *r;
	nt_status status = enter(c, &r);

	if (status != STATUS_SUCCESS)
		return status;
	if (r == NULL)
		return sessions_by_rap(c, fn, user);
	status = sessions_by_rpc(r, SESSIONS_FULL, fn, user);
	if (status == STATUS_ACCESS_DENIED)
		status = sessions_by_rpc(r, SESSIONS_SHORT, fn, user);
	cli_rpc_close(r);
	return status;
}

/* ---- open files ---- */

nt_status cli_used_files(struct cli *c, cli_used_file_fn fn, void *user)
{
	enum { PERM_READ = 1, PERM_WRITE = 2, PERM_CREATE = 4 };
	struct srvsvc_file_enum m = { .list = all_of(FILES) };
	struct cli_rpc *r;
	nt_status status = enter(c, &r);

	if (status != STATUS_SUCCESS)
		return status;
	if (r == NULL)
		return cli_not_here(c, "list of open files");
	status = good_enough(cli_rpc_call(r, DCE_srvsvc_NetrFileEnum, &m));
	const struct srvsvc_file_info *infos = m.list.buffer;
	for (uint32_t i = 0; status == STATUS_SUCCESS && has_entries(&m.list, FILES) && i < m.list.entries_read; i++) {
		const struct cli_used_file f = {
			.id = infos[i].id, .reads = (infos[i].permissions & PERM_READ) != 0, .writes = (infos[i].permissions & PERM_WRITE) != 0,
			.creates = (infos[i].permissions & PERM_CREATE) != 0, .locks = infos[i].num_locks, .path = or_empty(infos[i].pathname),
			.user = or_empty(infos[i].username),
		};
		if (!fn(user, &f))
			break;
	}
	cli_rpc_close(r);
	return status;
}

/* ---- the server ---- */

static void fill_about(struct cli_server_about *out, const char *name, const char *comment, uint32_t major, uint32_t minor, uint32_t type)
{
	*out = (struct cli_server_about){ .version_major = major & VERSION_MASK, .version_minor = minor, .type = type };
	(void)snprintf(out->name, sizeof(out->name), "%s", or_empty(name));
	(void)snprintf(out->comment, sizeof(out->comment), "%s", or_empty(comment));
}

static nt_status about_by_rpc(struct cli *c, struct cli_rpc *r, struct cli_server_about *out)
{
	struct srvsvc_server_get_info m = { .level = SERVER };
	nt_status status = cli_rpc_call(r, DCE_srvsvc_NetrServerGetInfo, &m);

	if (status != STATUS_SUCCESS)
		return status;
	if (!m.has_info)
		return cli_nonsense(c, "the server tells nothing about itself");
	fill_about(out, m.info.name, m.info.comment, m.info.version_major, m.info.version_minor, m.info.type);
	return STATUS_SUCCESS;
}

static nt_status about_by_rap(struct cli *c, struct cli_server_about *out)
{
	struct rap_req req = {
		.rap_opcode = RAP_NetServerGetInfo, .data_desc = "B16BBDz", .info_level = SERVER_OLD, .receive_buffer_size = CLI_RAP_DATA,
	};
	struct rap_server_info_1 m = { .server_name = NULL };
	struct rap_rsp rsp = { .converter = 0 };
	struct rap_data d;
	nt_status status = cli_rap(c, &req, &rsp, &d);

	if (status == STATUS_SUCCESS)
		status = cli_rap_status(c, rsp.win32_error_code);
	if (status != STATUS_SUCCESS)
		return status;
	rap_server_info_1(&d, &m);
	if (!wire_ok(&d.w))
		return cli_nonsense(c, "what the server tells about itself cannot be decoded");
	fill_about(out, m.server_name, m.server_comment, m.major_version, m.minor_version, m.server_type);
	return STATUS_SUCCESS;
}

nt_status cli_server_about(struct cli *c, struct cli_server_about *out)
{
	struct cli_rpc *r;
	nt_status status = enter(c, &r);

	*out = (struct cli_server_about){ .type = 0 };
	if (status != STATUS_SUCCESS)
		return status;
	status = r != NULL ? about_by_rpc(c, r, out) : about_by_rap(c, out);
	cli_rpc_close(r);
	return status;
}
