/* The pipes of IPC$, by name. */
#include "smb1/pipe.h"

#include <strings.h>

static const char *skip_backslashes(const char *name)
{
	while (*name == '\\')
		name++;
	return name;
}

/* NULL: an old name that does not begin as it must. */
static const char *own_name(const char *name, enum pipe_naming naming)
{
	name = skip_backslashes(name);
	if (naming == PIPE_NAMED_NT)
		return name;
	return strncasecmp(name, "PIPE\\", 5) == 0 ? skip_backslashes(name + 5) : NULL;
}

nt_status pipe_open(struct smb1_req *r, const char *name, enum pipe_naming naming, struct smb1_fid **fid)
{
	struct rpc_pipe *pipe;
	const char *own = own_name(name, naming);
	if (own == NULL)
		return STATUS_OBJECT_PATH_SYNTAX_BAD;
	nt_status status = rpc_pipe_open(own, &r->conn->settings->rpc, &r->session->identity, &pipe);
	if (status != STATUS_SUCCESS)
		return status;
	*fid = req_add_pipe(r, pipe);
	if (*fid != NULL)
		return STATUS_SUCCESS;
	rpc_pipe_close(pipe);
	return STATUS_OS2_TOO_MANY_OPEN_FILES;
}

nt_status pipe_read(struct smb1_req *r, struct smb1_fid *f, size_t max, struct slice *out)
{
	uint8_t *buf = arena_alloc(&r->arena, max);
	size_t got = 0;
	if (buf == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = f->pipe_byte_mode ? rpc_pipe_read_bytes(f->pipe, buf, max, &got) : rpc_pipe_read(f->pipe, buf, max, &got);
	*out = slice_of(buf, got);
	return status;
}
