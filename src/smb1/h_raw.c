/*
 * READ_RAW, WRITE_RAW. [MS-CIFS] 3.3.5.23, 3.3.5.26; [FIELD] B5
 *
 * The request of a WRITE_RAW is parked until its bytes have come in a frame of their own; whatever that frame holds, it is
 * never taken for a message, even where the transfer has failed already.
 */
#include <stdlib.h>

#include "smb1/handlers.h"
#include "smb1/io.h"
#include "smb1/park.h"
#include "smb1/raw.h"
#include "smb1/serial.h"
#include "wire/nbt/ssn.h"

/* Bytes without a header carry no signature, and are nobody's where messages do not come in order. [MS-CIFS] 2.1.2.1 */
static nt_status refusal(const struct smb1_conn *c)
{
	if (c->connectionless != NULL)
		return c->dialect >= smb1_command(SMB_COM_READ_MPX)->since ? STATUS_SMB_USE_MPX : STATUS_SMB_USE_STANDARD;
	return c->signing.active ? STATUS_SMB_USE_STANDARD : STATUS_SUCCESS;
}

/* The answer is a frame of the bytes; whatever goes wrong, one without any, and the client asks again by READ. */
nt_status h_read_raw(struct smb1_req *r, const struct smb1_read_raw_req *in, struct smb1_read_raw_rsp *out)
{
	(void)out;
	struct slice bytes = { 0 };
	uint64_t offset = smb1_u64(in->offset, in->words == 10 ? in->offset_high : 0);
	nt_status status = refusal(r->conn);
	/* A client that still has to answer a break could take it for the bytes, or has taken it for them: it must learn that they
	 * did not come. [MS-CIFS] 3.3.5.23 */
	struct smb1_fid *f = req_fid(r, in->fid);
	if (status == STATUS_SUCCESS && r->conn->n_breaks_unanswered > 0)
		status = STATUS_SMB_USE_STANDARD;
	if (status == STATUS_SUCCESS)
		status = f != NULL && f->port != NULL
				 ? serial_read(r, f, in->timeout, in->min_count_of_bytes_to_return, in->max_count_of_bytes_to_return, &bytes)
				 : io_read_fid(r, in->fid, offset, in->max_count_of_bytes_to_return, &bytes);
	r->status_with_body = false;
	if (status == STATUS_SUCCESS || status == STATUS_IO_TIMEOUT || status == STATUS_BUFFER_OVERFLOW) {
		net_send(r->conn->net, NBT_SESSION_MESSAGE, &bytes, bytes.len > 0 ? 1 : 0);
		return STATUS_SUCCESS;
	}
	return status;
}

static uint64_t write_offset(const struct smb1_write_raw_req *in)
{
	return smb1_u64(in->offset, in->words == 14 ? in->offset_high : 0);
}

/* WRITE_COMPLETE has the shape of the interim answer. */
static nt_status complete(struct smb1_req *r, size_t written, struct smb1_write_raw_rsp *out)
{
	r->header.command = SMB_COM_WRITE_COMPLETE;
	out->available = (uint16_t)written;
	return STATUS_SUCCESS;
}

static nt_status ask_for_the_rest(struct smb1_req *r)
{
	struct smb1_write_raw_rsp interim = { .available = UINT16_MAX };
	if (!req_send_message(r, SMB_COM_WRITE_RAW, STATUS_SUCCESS, smb1_command(SMB_COM_WRITE_RAW)->rsp, &interim, 0))
		return STATUS_INSUFF_SERVER_RESOURCES;
	r->conn->raw_writer = r->id;
	r->raw_begun = true;
	r->fs.wait_ms = UINT32_MAX;
	return STATUS_PENDING;
}

static nt_status begin(struct smb1_req *r, const struct smb1_write_raw_req *in, struct smb1_write_raw_rsp *out)
{
	size_t written;
	nt_status status = refusal(r->conn);
	if (status == STATUS_SUCCESS && r->conn->n_parked >= MAX_PARKED)
		status = STATUS_SMB_USE_STANDARD;
	if (status != STATUS_SUCCESS)
		return status;
	if (in->data.len > in->count_of_bytes)
		return STATUS_INVALID_SMB;
	status = io_write_fid(r, in->fid, write_offset(in), in->write_mode & WRITE_MODE_WRITE_THROUGH, in->data, &written);
	if (status != STATUS_SUCCESS)
		return status;
	return in->data.len == in->count_of_bytes ? complete(r, written, out) : ask_for_the_rest(r);
}

static nt_status go_on(struct smb1_req *r, const struct smb1_write_raw_req *in, struct smb1_write_raw_rsp *out)
{
	size_t written = 0, wanted = in->count_of_bytes - in->data.len;
	bool through = (in->write_mode & WRITE_MODE_WRITE_THROUGH) != 0;
	struct slice rest = slice_of(r->raw_frame, MIN(r->raw_len, wanted));
	nt_status status = io_write_fid(r, in->fid, write_offset(in) + in->data.len, in->write_mode & WRITE_MODE_WRITE_THROUGH, rest, &written);
	if (status == STATUS_PENDING)
		return status;
	/* Windows for Workgroups does not expect the final answer unless it asked for it; what went wrong it hears later. */
	r->no_reply = !through;
	struct smb1_fid *f = req_fid(r, in->fid);
	if (!through && f != NULL)
		f->owed = status != STATUS_SUCCESS ? status : written < rest.len ? STATUS_DISK_FULL : STATUS_SUCCESS;
	return status == STATUS_SUCCESS ? complete(r, in->data.len + written, out) : status;
}

nt_status h_write_raw(struct smb1_req *r, const struct smb1_write_raw_req *in, struct smb1_write_raw_rsp *out)
{
	return r->raw_begun ? go_on(r, in, out) : begin(r, in, out);
}

bool raw_take_frame(struct smb1_conn *c, const uint8_t *body, size_t len)
{
	struct smb1_req *r = park_find(c, c->raw_writer);
	c->raw_writer = 0;
	if (r == NULL)
		return true;
	r->raw_frame = malloc(MAX(len, (size_t)1));
	if (r->raw_frame == NULL)
		return false;
	if (len > 0)
		memcpy(r->raw_frame, body, len);
	r->raw_len = len;
	return park_wake(c, r->id, FS_WAIT_MAY);
}
