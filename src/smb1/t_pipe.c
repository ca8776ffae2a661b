/*
 * TRANSACTION: named pipes, and the LANMAN remote administration protocol on \PIPE\LANMAN. [MS-CIFS] 3.3.5.57.2, [MS-RAP]
 * Mailslots are for datagrams; one that comes over a session is dropped as the specification allows.
 */
#include <strings.h>

#include "smb1/pipe.h"
#include "smb1/trans.h"
#include "smb1/treeauth.h"
#include "wire/smb1/trans2.h"

enum { PIPE_BUFFER = 4096, MAX_REPLY = 65535 };

/* Without a leading server name: some clients send "\\server\PIPE\x". */
static const char *skip_server(const char *name)
{
	if (name[0] != '\\' || name[1] != '\\')
		return name;
	const char *end = strchr(name + 2, '\\');
	return end != NULL ? end : name;
}

static bool is_lanman(const char *name)
{
	return strcasecmp(skip_server(name), "\\PIPE\\LANMAN") == 0;
}

static bool is_mailslot(const char *name)
{
	return strncasecmp(skip_server(name), "\\MAILSLOT\\", 10) == 0;
}

/* The pipe that setup[1] names. */
static struct rpc_pipe *pipe_of(struct smb1_req *r, const struct trans_call *call, struct smb1_fid **fid)
{
	*fid = call->setup_count >= 2 ? req_fid(r, call->setup[1]) : NULL;
	return *fid != NULL ? (*fid)->pipe : NULL;
}

static nt_status transact(struct smb1_req *r, struct trans_call *call, struct rpc_pipe *pipe)
{
	size_t cap = MIN(call->max_data_count, (size_t)MAX_REPLY), got = 0;
	uint8_t *buf = arena_alloc(&r->arena, cap);
	if (buf == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	req_call_pipe(r, pipe);
	nt_status status = rpc_pipe_transact(pipe, call->data, buf, cap, &got);
	call->out_data = slice_of(buf, got);
	return status;
}

static nt_status write_pipe(struct smb1_req *r, struct trans_call *call, struct rpc_pipe *pipe)
{
	req_call_pipe(r, pipe);
	nt_status status = rpc_pipe_write(pipe, call->data);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_trans_write_nmpipe_rsp m = { .bytes_written = (uint16_t)call->data.len };
	struct wire w = trans_writer(r, 2);
	smb1_trans_write_nmpipe_rsp(&w, &m);
	return trans_put_parameters(call, &w);
}

static nt_status query_state(struct smb1_req *r, struct trans_call *call, const struct smb1_fid *f)
{
	uint16_t state = f->pipe_byte_mode ? SMB_NMPIPE_RPC & ~SMB_NMPIPE_READ_MODE_MESSAGE : SMB_NMPIPE_RPC;
	struct smb1_trans_query_nmpipe_state_rsp m = { .nm_pipe_status = state };
	struct wire w = trans_writer(r, 2);
	smb1_trans_query_nmpipe_state_rsp(&w, &m);
	return trans_put_parameters(call, &w);
}

/* Every mode is accepted; RPC clients set message reads right after opening. */
static nt_status set_state(struct smb1_req *r, struct trans_call *call, struct smb1_fid *f)
{
	struct smb1_trans_set_nmpipe_state_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans_set_nmpipe_state_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	f->pipe_byte_mode = (m.pipe_state & SMB_NMPIPE_READ_MODE_MESSAGE) == 0;
	return STATUS_SUCCESS;
}

static nt_status query_info(struct smb1_req *r, struct trans_call *call, struct rpc_pipe *pipe)
{
	struct smb1_trans_query_nmpipe_info_req in = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans_query_nmpipe_info_req(&w, &in);
	if (!wire_ok(&w) || in.level != 1)
		return STATUS_INVALID_PARAMETER;
	struct smb1_trans_query_nmpipe_info_rsp m = {
		.output_buffer_size = PIPE_BUFFER,
		.input_buffer_size = PIPE_BUFFER,
		.maximum_instances = 0xFF,
		.current_instances = 1,
		.pipe_name = arena_printf(&r->arena, "\\PIPE\\%s", rpc_pipe_name(pipe)),
	};
	struct wire out = trans_writer(r, 256);
	if (m.pipe_name == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	smb1_trans_query_nmpipe_info_rsp(&out, &m);
	return trans_put_data(call, &out);
}

static nt_status peek(struct smb1_req *r, struct trans_call *call, struct rpc_pipe *pipe)
{
	enum { PIPE_CONNECTED = 3 };
	size_t cap = MIN(call->max_data_count, (size_t)MAX_REPLY), got = 0, left = 0;
	uint8_t *buf = arena_alloc(&r->arena, cap);
	if (buf == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	rpc_pipe_peek(pipe, buf, cap, &got, &left);
	struct smb1_trans_peek_nmpipe_rsp m = {
		.read_data_available = (uint16_t)MIN(left, (size_t)MAX_REPLY),
		.message_bytes_length = (uint16_t)MIN(left, (size_t)MAX_REPLY),
		.named_pipe_state = PIPE_CONNECTED,
	};
	struct wire w = trans_writer(r, 8);
	smb1_trans_peek_nmpipe_rsp(&w, &m);
	call->out_data = slice_of(buf, got);
	nt_status status = trans_put_parameters(call, &w);
	return status == STATUS_SUCCESS && got < left ? STATUS_BUFFER_OVERFLOW : status;
}

/* CALL opens, transacts and closes in one go, by name. */
static nt_status call_pipe(struct smb1_req *r, struct trans_call *call)
{
	struct rpc_pipe *pipe;
	const char *name = skip_server(call->name);
	if (strncasecmp(name, "\\PIPE\\", 6) != 0)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	nt_status status = rpc_pipe_open(name + 6, &r->conn->settings->rpc, &r->session->identity, &pipe);
	if (status != STATUS_SUCCESS)
		return status;
	status = transact(r, call, pipe);
	rpc_pipe_close(pipe);
	return status;
}

static nt_status run_on_pipe(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_fid *f;
	struct rpc_pipe *pipe = pipe_of(r, call, &f);
	if (pipe == NULL)
		return f != NULL ? STATUS_INVALID_DEVICE_REQUEST : STATUS_INVALID_HANDLE;
	switch (call->setup[0]) {
	case TRANS_TRANSACT_NMPIPE: return transact(r, call, pipe);
	case TRANS_READ_NMPIPE: return pipe_read(r, f, MIN(call->max_data_count, (size_t)MAX_REPLY), &call->out_data);
	case TRANS_RAW_WRITE_NMPIPE:
	case TRANS_WRITE_NMPIPE: return write_pipe(r, call, pipe);
	case TRANS_QUERY_NMPIPE_STATE: return query_state(r, call, f);
	case TRANS_SET_NMPIPE_STATE: return set_state(r, call, f);
	case TRANS_QUERY_NMPIPE_INFO: return query_info(r, call, pipe);
	case TRANS_PEEK_NMPIPE: return peek(r, call, pipe);
	default: return STATUS_INVALID_PARAMETER;
	}
}

nt_status trans_pipe(struct smb1_req *r, struct trans_call *call)
{
	/* On any tree: Samba answers so too, and its own client asks on the share at hand. */
	if (is_lanman(call->name))
		return trans_rap(r, call);
	if (r->tree->type != FS_SHARE_IPC)
		return STATUS_INVALID_DEVICE_REQUEST;
	if (is_mailslot(call->name))
		return STATUS_NOT_SUPPORTED;
	if (call->setup_count < 1)
		return STATUS_INVALID_PARAMETER;
	switch (call->setup[0]) {
	case TRANS_WAIT_NMPIPE: return STATUS_SUCCESS; /* an instance is always free */
	case TRANS_CALL_NMPIPE: return call_pipe(r, call);
	default: return run_on_pipe(r, call);
	}
}
