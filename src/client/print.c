/* Printers: jobs as files of a printer share, their queues by RAP. [MS-CIFS] 2.2.4.67, [XWSC] 11 */
#include "client/print.h"

#include <stdio.h>

#include "client/admin.h"
#include "client/internal.h"
#include "client/rap.h"
#include "wire/smb1/print.h"

enum { NAME_MAX_LETTERS = 200, LEVEL = 2 };

/* A job's title is where other files have a name, so it must be one. */
static const char *as_name(struct cli *c, const char *title)
{
	char *name = arena_strndup(&c->arena, title, MIN(strlen(title), (size_t)NAME_MAX_LETTERS));

	for (char *p = name; p != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || strchr("\\/:*?\"<>|", *p) != NULL)
			*p = '_';
	return name;
}

nt_status cli_print_open(struct cli *c, const char *title, struct cli_file *out)
{
	struct smb1_open_print_file_req req = { .mode = 1 };
	struct smb1_open_print_file_rsp rsp = { .fid = 0 };

	cli_begin(c);
	*out = (struct cli_file){ .fid = 0 };
	const char *name = as_name(c, title[0] != '\0' ? title : "job");
	if (name == NULL)
		return STATUS_NO_MEMORY;
	if (cli_is_nt(c)) {
		const struct cli_open as = { .write = true, .disposition = FILE_OVERWRITE_IF };
		char copy[NAME_MAX_LETTERS + 1];
		snprintf(copy, sizeof(copy), "%s", name);
		return cli_open(c, copy, &as, out);
	}
	req.identifier = name;
	nt_status status = cli_exchange(c, SMB_COM_OPEN_PRINT_FILE, &req, &rsp);
	out->fid = rsp.fid;
	return status;
}

static nt_status status_of(struct cli *c, uint16_t error)
{
	switch (error) {
	case RAP_NERR_Q_NOT_FOUND: return cli_fail(c, STATUS_OBJECT_NAME_NOT_FOUND, "the server has no print queue of this name");
	case RAP_NERR_JOB_NOT_FOUND: return cli_fail(c, STATUS_OBJECT_NAME_NOT_FOUND, "there is no such print job");
	case RAP_NERR_JOB_INVALID_STATE: return cli_fail(c, STATUS_SHARING_VIOLATION, "the print job is in no state for that");
	default: return cli_rap_status(c, error);
	}
}

/* The server's IPC$, for which what was the share has to go: printers are shares, too. */
static nt_status enter(struct cli *c)
{
	(void)cli_tree_disconnect(c);
	return cli_enter_ipc(c);
}

static nt_status list(struct cli *c, const char *queue, cli_print_job_fn fn, void *user)
{
	struct rap_req req = {
		.rap_opcode = RAP_DosPrintJobEnum, .data_desc = "WWzWWDDzz", .info_level = LEVEL, .receive_buffer_size = CLI_RAP_DATA,
		.names[0] = queue,
	};
	struct rap_rsp rsp = { .converter = 0 };
	struct rap_data d;
	nt_status status = cli_rap(c, &req, &rsp, &d);

	if (status == STATUS_SUCCESS)
		status = status_of(c, rsp.win32_error_code);
	if (status != STATUS_SUCCESS)
		return status;
	for (uint16_t i = 0; i < rsp.entries_returned; i++) {
		struct rap_print_job_2 m = { .job_id = 0 };
		rap_print_job_2(&d, &m);
		if (!wire_ok(&d.w))
			return cli_nonsense(c, "a list of print jobs is shorter than it says");
		const struct cli_print_job job = {
			.id = m.job_id, .status = m.status & CLI_PRINT_STATUS_MASK, .size = m.size, .submitted = m.submitted,
			.user = m.user_name != NULL ? m.user_name : "",
			.title = m.document != NULL && m.document[0] != '\0' ? m.document : m.comment != NULL ? m.comment : "",
		};
		if (!fn(user, &job))
			break;
	}
	return STATUS_SUCCESS;
}

nt_status cli_print_jobs(struct cli *c, const char *queue, cli_print_job_fn fn, void *user)
{
	nt_status status = enter(c);

	return status == STATUS_SUCCESS ? list(c, queue, fn, user) : status;
}

struct search {
	uint16_t job;
	bool found;
};

static bool is_wanted(void *user, const struct cli_print_job *job)
{
	struct search *s = user;

	s->found = job->id == s->job;
	return !s->found;
}

/* Samba gives jobs their numbers when it lists them, to each connection its own: before, it takes none of them for a job's. */
nt_status cli_print_cancel(struct cli *c, const char *queue, uint16_t job)
{
	struct rap_req req = { .rap_opcode = RAP_DosPrintJobDel, .data_desc = "", .print_job = job };
	struct rap_rsp rsp = { .converter = 0 };
	struct rap_data d;
	struct search s = { .job = job };
	nt_status status = enter(c);

	if (status == STATUS_SUCCESS)
		status = list(c, queue, is_wanted, &s);
	if (status == STATUS_SUCCESS)
		status = cli_rap(c, &req, &rsp, &d);
	if (status != STATUS_SUCCESS)
		return status;
	/* A long list may not have told of all. */
	bool is_none = !s.found && rsp.win32_error_code != RAP_SUCCESS;
	return status_of(c, is_none ? RAP_NERR_JOB_NOT_FOUND : rsp.win32_error_code);
}
