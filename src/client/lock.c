/* Byte-range locks, and the word that an oplock is given up. [MS-CIFS] 3.2.4.16, 3.2.4.17, 3.2.5.42 */
#include "client/internal.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/open.h"

static bool is_large(const struct cli *c)
{
	return cli_is_nt(c) && (c->server.capabilities & CAP_LARGE_FILES) != 0;
}

/* What 32 bits can say of it: a range to the end of everything ends with them. False: nothing. */
static bool narrow(const struct cli *c, uint64_t offset, uint64_t *length)
{
	if (is_large(c))
		return true;
	if (offset > UINT32_MAX)
		return false;
	*length = MIN(*length, UINT32_MAX - offset);
	return true;
}

static bool refuse(struct cli *c, struct cli_call *call)
{
	call->status = cli_not_here(c, "files of 4 GiB");
	call->done = true;
	return false;
}

static bool start_core(struct cli *c, const struct cli_file *f, uint64_t offset, uint64_t length, bool lock, struct cli_call *call)
{
	struct smb1_lock_byte_range_req req = {
		.fid = f->fid, .count_of_bytes_to_lock = (uint32_t)length, .lock_offset_in_bytes = (uint32_t)offset,
	};
	struct smb1_unlock_byte_range_req undo = {
		.fid = f->fid, .count_of_bytes_to_unlock = (uint32_t)length, .unlock_offset_in_bytes = (uint32_t)offset,
	};
	return lock ? cli_start(c, call, SMB_COM_LOCK_BYTE_RANGE, &req) : cli_start(c, call, SMB_COM_UNLOCK_BYTE_RANGE, &undo);
}

bool cli_lock_start(struct cli *c, const struct cli_file *f, const struct cli_lock *l, struct cli_call *call)
{
	struct smb1_locking_andx_range range = { .pid = c->session->pid, .byte_offset = l->offset, .length_in_bytes = l->length };
	struct smb1_locking_andx_req req = {
		.fid = f->fid, .timeout = l->wait_ms, .number_of_requested_locks = 1, .locks = &range,
		.type_of_lock = (uint8_t)((is_large(c) ? LARGE_FILES : 0) | (l->shared && cli_is_nt(c) ? SHARED_LOCK : 0)),
	};

	if (!narrow(c, l->offset, &range.length_in_bytes))
		return refuse(c, call);
	if (!cli_has_andx(c))
		return start_core(c, f, l->offset, range.length_in_bytes, true, call);
	call->patient = l->wait_ms != 0;
	return cli_start(c, call, SMB_COM_LOCKING_ANDX, &req);
}

nt_status cli_lock(struct cli *c, const struct cli_file *f, const struct cli_lock *l)
{
	struct cli_call call = { .done = false };

	cli_begin(c);
	if (cli_lock_start(c, f, l, &call))
		cli_wait(c, &call);
	cli_call_fini(&call);
	return call.status;
}

nt_status cli_unlock(struct cli *c, const struct cli_file *f, uint64_t offset, uint64_t length)
{
	struct smb1_locking_andx_range range = { .pid = c->session->pid, .byte_offset = offset, .length_in_bytes = length };
	struct smb1_locking_andx_req req = {
		.fid = f->fid, .number_of_requested_unlocks = 1, .unlocks = &range, .type_of_lock = (uint8_t)(is_large(c) ? LARGE_FILES : 0),
	};
	struct cli_call call = { .done = false };

	cli_begin(c);
	bool started = !narrow(c, offset, &range.length_in_bytes) ? refuse(c, &call)
		       : cli_has_andx(c) ? cli_start(c, &call, SMB_COM_LOCKING_ANDX, &req)
					 : start_core(c, f, offset, range.length_in_bytes, false, &call);
	if (started)
		cli_wait(c, &call);
	cli_call_fini(&call);
	return call.status;
}

bool cli_ack_break(struct cli *c, const struct cli_file *f, uint8_t level)
{
	struct smb1_locking_andx_req req = {
		.fid = f->fid, .type_of_lock = (uint8_t)(OPLOCK_RELEASE | (is_large(c) ? LARGE_FILES : 0)),
		.new_op_lock_level = level == SMB1_OPLOCK_LEVEL_II,
	};
	return cli_session_send(c->session, SMB_COM_LOCKING_ANDX, c->tid, &req);
}
