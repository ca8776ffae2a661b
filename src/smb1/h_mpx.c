/* READ_MPX, WRITE_MPX. [MS-CIFS] 3.3.5.25, 3.3.5.27; the table lets them through on connectionless transports only. */
#include "smb1/connectionless.h"
#include "smb1/handlers.h"
#include "smb1/io.h"

/* Files alone: the bytes of a pipe or port are gone once read, and a print job is appended to, so that a request which comes
 * twice or out of its order would print what it should not. */
static nt_status need_disk_file(struct smb1_req *r, uint16_t fid, struct smb1_fid **out)
{
	struct smb1_fid *f = req_fid(r, fid);
	*out = f;
	if (f == NULL)
		return io_no_fid(r);
	return f->file == NULL || f->print_job != 0 ? STATUS_SMB_USE_STANDARD : STATUS_SUCCESS;
}

/* All is read before anything is sent: an error is the whole answer, and Count is right from the first message on. */
nt_status h_read_mpx(struct smb1_req *r, const struct smb1_read_mpx_req *in, struct smb1_read_mpx_rsp *out)
{
	struct smb1_fid *f;
	struct slice all;
	nt_status status = need_disk_file(r, in->fid, &f);
	if (status == STATUS_SUCCESS)
		status = io_read_fid(r, in->fid, in->offset, in->max_count_of_bytes_to_return, &all);
	if (status != STATUS_SUCCESS)
		return status;
	size_t most = smb1_room(req_max_reply(r), smb1_read_mpx_overhead());
	*out = (struct smb1_read_mpx_rsp){ .offset = in->offset, .count = (uint16_t)all.len, .remaining = UINT16_MAX };
	while (all.len > most) {
		out->data = slice_of(all.ptr, most);
		if (!req_send_message(r, SMB_COM_READ_MPX, STATUS_SUCCESS, smb1_command(SMB_COM_READ_MPX)->rsp, out, 0))
			return STATUS_INSUFF_SERVER_RESOURCES;
		out->offset += (uint32_t)most;
		all = slice_of(all.ptr + most, all.len - most);
	}
	out->data = all;
	return STATUS_SUCCESS;
}

static struct smb1_mpx_write *exchange_of(const struct smb1_req *r, struct smb1_fid *f)
{
	struct smb1_mpx_write *x = &f->mpx_write;
	if (x->pid != req_pid(r) || x->mid != r->header.mid)
		*x = (struct smb1_mpx_write){ .pid = req_pid(r), .mid = r->header.mid };
	return x;
}

/* The requests since the last answer, or, where that was for this same number, all of the exchange. [MS-CIFS] 2.2.4.26.2, 3.2.4.15.3 */
static uint32_t answer(struct smb1_mpx_write *x, uint16_t number)
{
	x->answered = x->number == number ? x->answered | x->arrived : x->arrived;
	x->arrived = 0;
	x->number = number;
	return x->answered;
}

/* After an error the rest of the exchange is thrown away; its last request tells of it, or whatever uses the FID before. */
nt_status h_write_mpx(struct smb1_req *r, const struct smb1_write_mpx_req *in, struct smb1_write_mpx_rsp *out)
{
	struct smb1_fid *f;
	size_t written;
	uint16_t number = connectionless_sequence_number(r);
	nt_status status = need_disk_file(r, in->fid, &f);
	if (status != STATUS_SUCCESS)
		return status;
	if (number == 0 && f->owed != STATUS_SUCCESS)
		return STATUS_SUCCESS;
	status = io_write_fid(r, in->fid, in->byte_offset_to_begin_write, in->write_mode & WRITE_MODE_WRITE_THROUGH, in->data, &written);
	if (status == STATUS_PENDING)
		return status;
	struct smb1_mpx_write *x = exchange_of(r, f);
	if (status == STATUS_SUCCESS)
		x->arrived |= in->request_mask;
	else if (number == 0)
		f->owed = status;
	else
		*x = (struct smb1_mpx_write){ 0 };
	if (status != STATUS_SUCCESS || number == 0)
		return status;
	out->response_mask = answer(x, number);
	connectionless_run_again(r);
	return STATUS_SUCCESS;
}
