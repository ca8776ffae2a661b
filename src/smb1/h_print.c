/* OPEN_PRINT_FILE, WRITE_PRINT_FILE, CLOSE_PRINT_FILE, GET_PRINT_QUEUE. [MS-CIFS] 3.3.5.54-.57; IOCTL, 3.3.5.32 */
#include <stdlib.h>

#include "fs/dir.h"
#include "smb1/handlers.h"
#include "smb1/io.h"
#include "smb1/map.h"
#include "smb1/print.h"

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

enum { QUEUE_MAX = 1024, IN_INTERCEPT = 4, WAITING = 3 };

static bool read_number(const char *name, uint16_t *number)
{
	uint32_t n = 0;
	for (int i = 0; i < 5; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		n = n * 10 + (uint32_t)(name[i] - '0');
	}
	*number = (uint16_t)n;
	return name[5] == '-' && n <= UINT16_MAX;
}

static bool fill_entry(struct smb1_req *r, const struct fs_entry *e, struct smb1_print_queue_entry *out)
{
	size_t len = strlen(e->name);
	if (e->info.directory || !read_number(e->name, &out->spool_file_number) || len < 10)
		return false;
	const char *user = e->name + 6;
	out->originator = arena_strndup(&r->arena, user, strcspn(user, "-"));
	out->status = strcmp(e->name + len - 4, ".tmp") == 0 ? IN_INTERCEPT : WAITING;
	out->spool_file_size = map_file_size(r, e->info.end_of_file);
	nttime_to_dos(e->info.last_write_time, r->conn->tz_min, &out->date, &out->time);
	return out->originator != NULL;
}

static int by_number(const void *a, const void *b)
{
	const struct smb1_print_queue_entry *x = a, *y = b;
	return (int)x->spool_file_number - (int)y->spool_file_number;
}

static nt_status list_queue(struct smb1_req *r, struct smb1_print_queue_entry **entries, size_t *n)
{
	struct fs_search *search;
	struct fs_entry e;
	*n = 0;
	*entries = arena_array(&r->arena, QUEUE_MAX, sizeof(**entries));
	if (*entries == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = fs_search_open(req_fs(r), "\\*", FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM, &search);
	if (status == STATUS_NO_SUCH_FILE)
		return STATUS_SUCCESS;
	if (status != STATUS_SUCCESS)
		return status;
	while (*n < QUEUE_MAX && (status = fs_search_next(&r->fs, search, false, &e)) == STATUS_SUCCESS)
		if (fill_entry(r, &e, &(*entries)[*n]))
			(*n)++;
	fs_search_close(search);
	qsort(*entries, *n, sizeof(**entries), by_number);
	return status == STATUS_NO_MORE_FILES ? STATUS_SUCCESS : status;
}

/* A negative count goes from the start index down. The restart index is the one behind the last entry of the answer. */
nt_status h_get_print_queue(struct smb1_req *r, const struct smb1_get_print_queue_req *in, struct smb1_get_print_queue_rsp *out)
{
	enum { OVERHEAD = SMB1_HEADER_LEN + 1 + 4 + 2 + 3 };
	struct smb1_print_queue_entry *all;
	size_t n, start = in->start_index;
	nt_status status = list_queue(r, &all, &n);
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
		out->entries[i] = all[in->max_count < 0 ? last - i : start + i];
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
