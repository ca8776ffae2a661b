/* OPEN_PRINT_FILE, WRITE_PRINT_FILE, CLOSE_PRINT_FILE, GET_PRINT_QUEUE. [MS-CIFS] 3.3.5.54-.57; IOCTL, 3.3.5.32 */
#include <stdlib.h>

#include "print/spool.h"
#include "smb1/handlers.h"
#include "smb1/io.h"
#include "smb1/map.h"
#include "smb1/print.h"
#include "smb1/serial.h"

/* What a print command may act on; on a file of a disk it is an error of its own. */
static nt_status need_job(struct smb1_req *r, uint16_t fid, struct smb1_fid **out)
{
	*out = req_fid(r, fid);
	if (*out == NULL)
		return STATUS_INVALID_HANDLE;
	return (*out)->print_job != 0 ? STATUS_SUCCESS : STATUS_INVALID_SMB;
}

/* Setup bytes and mode are the printer's matter: they come through as they are (Windows 95 does not even fill them in). */
nt_status h_open_print_file(struct smb1_req *r, const struct smb1_open_print_file_req *in, struct smb1_open_print_file_rsp *out)
{
	struct smb1_fid *fid;
	struct fs_open_result res;
	nt_status status = print_open(r, in->identifier, &fid, &res);
	if (status == STATUS_SUCCESS)
		out->fid = fid->fid;
	return status;
}

nt_status h_write_print_file(struct smb1_req *r, const struct smb1_write_print_file_req *in, struct smb1_write_print_file_rsp *out)
{
	(void)out;
	struct smb1_fid *f;
	size_t written;
	nt_status status = need_job(r, in->fid, &f);
	return status == STATUS_SUCCESS ? io_write_fid(r, in->fid, 0, 0, in->data, &written) : status;
}

nt_status h_close_print_file(struct smb1_req *r, const struct smb1_close_print_file_req *in, struct smb1_close_print_file_rsp *out)
{
	(void)out;
	struct smb1_fid *f;
	nt_status status = need_job(r, in->fid, &f);
	return status == STATUS_SUCCESS ? conn_close_fid(r->conn, f, 0) : status;
}

/* ---- the queue ---- */

static uint8_t status_of(const struct print_job *job)
{
	enum { HELD = 1, PRINTING = 2, WAITING = 3, IN_INTERCEPT = 4 }; /* [MS-CIFS] 2.2.4.70.2 */
	switch (job->state) {
	case PRINT_SPOOLING: return IN_INTERCEPT;
	case PRINT_WAITING: return WAITING;
	case PRINT_PRINTING: return PRINTING;
	case PRINT_PAUSED:
	case PRINT_STOPPED: break;
	}
	return HELD;
}

static struct smb1_print_queue_entry entry_of(const struct smb1_req *r, const struct print_job *job)
{
	struct smb1_print_queue_entry e = {
		.status = status_of(job),
		.spool_file_number = job->number,
		.spool_file_size = map_file_size(r, job->size),
		.originator = job->user,
	};
	nttime_to_dos(job->submitted, r->conn->tz_min, &e.date, &e.time);
	return e;
}

/* A negative count goes from the start index down. The restart index is the one behind the last entry of the answer. */
nt_status h_get_print_queue(struct smb1_req *r, const struct smb1_get_print_queue_req *in, struct smb1_get_print_queue_rsp *out)
{
	enum { OVERHEAD = SMB1_HEADER_LEN + 1 + 4 + 2 + 3 };
	struct print_job *all;
	size_t n, start = in->start_index;
	nt_status status = print_jobs(req_fs(r), &all, &n);
	if (status != STATUS_SUCCESS)
		return status;
	size_t wanted = (size_t)abs(in->max_count), fits = smb1_room(req_max_reply(r), OVERHEAD) / SMB1_PRINT_QUEUE_ENTRY_LEN;
	size_t there = in->max_count < 0 ? MIN(start + 1, n) : start < n ? n - start : 0;
	size_t count = MIN(MIN(wanted, fits), there);
	out->entries = arena_array(&r->arena, count, sizeof(*out->entries));
	if (out->entries == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	size_t last = MIN(start, n > 0 ? n - 1 : 0);
	for (size_t i = 0; i < count; i++)
		out->entries[i] = entry_of(r, &all[in->max_count < 0 ? last - i : start + i]);
	out->count = (uint16_t)count;
	out->restart_index = (uint16_t)(in->max_count < 0 ? (last + 1 > count ? last - count : 0) : start + count);
	r->reply_room = count * SMB1_PRINT_QUEUE_ENTRY_LEN;
	return STATUS_SUCCESS;
}

/* ---- IOCTL ---- */

static nt_status job_info(struct smb1_req *r, const struct smb1_fid *f, struct smb1_ioctl_rsp *out)
{
	uint8_t *bytes = arena_alloc(&r->arena, PRINT_JOB_ID_LEN);
	if (bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	print_job_id(r, f, bytes);
	out->data = slice_of(bytes, PRINT_JOB_ID_LEN);
	return STATUS_SUCCESS;
}

nt_status h_ioctl(struct smb1_req *r, const struct smb1_ioctl_req *in, struct smb1_ioctl_rsp *out)
{
	static const uint8_t ready[] = { 0x90 };
	struct smb1_fid *f = req_fid(r, in->fid);
	nt_status status = STATUS_SUCCESS;
	if (f == NULL)
		return STATUS_INVALID_HANDLE;
	if (f->port != NULL)
		return serial_ioctl(r, f, in, out);
	if (in->category != IOCTL_CATEGORY_SPOOLER && in->category != IOCTL_CATEGORY_PRINTER)
		return STATUS_NOT_IMPLEMENTED;
	if (f->print_job == 0)
		return STATUS_INVALID_PARAMETER;
	if (in->category == IOCTL_CATEGORY_SPOOLER && in->function == IOCTL_GET_PRINTER_ID)
		status = job_info(r, f, out);
	else if (in->category == IOCTL_CATEGORY_PRINTER && in->function == IOCTL_PRINTER_STATUS)
		out->data = slice_of(ready, sizeof(ready));
	else
		return STATUS_INVALID_PARAMETER;
	out->data.len = MIN(out->data.len, (size_t)in->max_data_count);
	r->reply_room = out->data.len;
	return status;
}
