/* ECHO, PROCESS_EXIT, NT_CANCEL. [MS-CIFS] 3.3.5.18, 3.3.5.33, 3.3.5.52 */
#include "smb1/handlers.h"
#include "smb1/park.h"

/* A peer may ask for 65535 echoes of a message; nobody honest asks for more than a few. */
enum { MAX_ECHOES = 64 };

nt_status h_echo(struct smb1_req *r, const struct smb1_echo_req *in, struct smb1_echo_rsp *out)
{
	uint16_t count = MIN(in->echo_count, (uint16_t)MAX_ECHOES);
	if (count == 0) {
		r->no_reply = true;
		return STATUS_SUCCESS;
	}
	for (uint16_t i = 1; i < count; i++) {
		struct smb1_echo_rsp echo = { .sequence_number = i, .data = in->data };
		if (!req_send_message(r, SMB_COM_ECHO, STATUS_SUCCESS, smb1_command(SMB_COM_ECHO)->rsp, &echo, in->data.len))
			return STATUS_INSUFF_SERVER_RESOURCES;
	}
	out->sequence_number = count;
	out->data = in->data;
	r->reply_room = in->data.len;
	return STATUS_SUCCESS;
}

nt_status h_process_exit(struct smb1_req *r, const struct smb1_process_exit_req *in, struct smb1_process_exit_rsp *out)
{
	(void)in;
	(void)out;
	conn_close_fids(r->conn, &(struct fid_filter){ .by_uid = true, .uid = r->header.uid, .by_pid = true, .pid = req_pid(r) });
	return STATUS_SUCCESS;
}

nt_status h_nt_cancel(struct smb1_req *r, const struct smb1_nt_cancel_req *in, struct smb1_nt_cancel_rsp *out)
{
	(void)in;
	(void)out;
	struct smb1_req *victim = park_find_mid(r->conn, &r->header);
	if (victim != NULL && !park_wake(r->conn, victim->id, FS_WAIT_CANCELLED))
		r->drop_connection = true;
	return STATUS_SUCCESS;
}
