/* Reading, writing, seeking. [MS-CIFS] 3.3.5.12-.14, .20-.22, .34, .36, .37 */
#include "fs/attr.h"
#include "smb1/handlers.h"
#include "smb1/io.h"
#include "smb1/map.h"
#include "smb1/pipe.h"
#include "smb1/print.h"
#include "smb1/serial.h"

/* Bytes before the payload in the replies of READ and LOCK_AND_READ: header, 5 words, format byte and length. */
enum { READ_OVERHEAD = SMB1_HEADER_LEN + 1 + 10 + 2 + 3 };

static nt_status read_pipe(struct smb1_req *r, struct smb1_fid *f, size_t max, struct slice *out)
{
	nt_status status = pipe_read(r, f, max, out);
	/* More of the message is left: a warning that travels with the data. */
	r->status_with_body = status == STATUS_BUFFER_OVERFLOW;
	return status;
}

enum {
	PAGES_MIN = 32 << 10, /* below, a copy costs less than the two system calls more */
	/* What begins within a page is 17 pieces where it could be 15: too many for one buffer of the socket, which costs a client on
	 * the same machine (smbclient reads 64504 bytes each) more than it spares us. */
	PAGES_ALIGN = 4096,
};

/* The payload is to be the end of a frame that nobody looks at before it is sent. */
static bool may_be_pages(const struct smb1_req *r, const struct fs_open *open, uint64_t offset, size_t max)
{
	const struct smb1_conn *c = r->conn;
	return offset % PAGES_ALIGN == 0 && r->command == SMB_COM_READ_ANDX && !r->has_follower && !c->signing.active && c->connectionless == NULL &&
	       max >= PAGES_MIN && max <= NET_PAGES_MAX && fs_reads_pages(open);
}

static nt_status read_pages(struct smb1_req *r, struct fs_open *open, uint64_t offset, size_t max, struct slice *out)
{
	int pipe = net_pages();
	bool none;
	if (pipe < 0)
		return STATUS_NOT_SUPPORTED;
	nt_status status = fs_read_pages(req_fs(r), open, offset, pipe, max, &out->len, &none);
	if (none)
		net_pages_unused();
	return status;
}

static nt_status read_copy(struct smb1_req *r, struct fs_open *open, uint64_t offset, size_t max, struct slice *out)
{
	uint8_t *buf = arena_alloc_raw(&r->arena, max);
	if (buf == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	out->ptr = buf;
	return fs_read(req_fs(r), open, offset, buf, max, &out->len);
}

static nt_status read_file(struct smb1_req *r, struct smb1_fid *f, uint64_t offset, size_t max, struct slice *out)
{
	struct fs_open *open = f->file;
	*out = slice_of(NULL, 0);
	/* Who may only execute may read only to execute, and says so. [MS-CIFS] 2.2.3.1 SMB_FLAGS2_PAGING_IO */
	if ((open->granted_access & FILE_READ_DATA) == 0 && (r->header.flags2 & SMB_FLAGS2_PAGING_IO) == 0)
		return STATUS_ACCESS_DENIED;
	nt_status status = may_be_pages(r, open, offset, max) ? read_pages(r, open, offset, max, out) : STATUS_NOT_SUPPORTED;
	if (status == STATUS_NOT_SUPPORTED)
		status = read_copy(r, open, offset, max, out);
	f->position->current_byte_offset = open->position;
	return status;
}

nt_status io_no_fid(const struct smb1_req *r)
{
	return r->waits_on_fid != 0 ? STATUS_CANCELLED : STATUS_INVALID_HANDLE;
}

nt_status io_take_owed(struct smb1_fid *f)
{
	nt_status owed = f->owed;

	f->owed = STATUS_SUCCESS;
	return owed;
}

nt_status io_read_fid(struct smb1_req *r, uint16_t fid, uint64_t offset, size_t max, struct slice *out)
{
	struct smb1_fid *f = req_fid(r, fid);
	if (f == NULL)
		return io_no_fid(r);
	if (f->owed != STATUS_SUCCESS)
		return io_take_owed(f);
	if (f->print_job != 0)
		return STATUS_BAD_DEVICE_TYPE;
	if (f->port != NULL)
		return serial_read(r, f, SERIAL_TIMEOUT_DEFAULT, 0, max, out);
	return f->file != NULL ? read_file(r, f, offset, max, out) : read_pipe(r, f, max, out);
}

static nt_status read_core(struct smb1_req *r, const struct smb1_read_req *in, struct smb1_read_rsp *out)
{
	size_t max = MIN((size_t)in->count_of_bytes_to_read, smb1_room(req_max_reply(r), READ_OVERHEAD));
	r->reply_room = max;
	return io_read_fid(r, in->fid, in->read_offset_in_bytes, max, &out->bytes);
}

nt_status h_read(struct smb1_req *r, const struct smb1_read_req *in, struct smb1_read_rsp *out)
{
	return read_core(r, in, out);
}

static nt_status lock_range(struct smb1_req *r, uint16_t fid, uint32_t offset, uint32_t length, bool unlock)
{
	struct fs_open *open;
	nt_status status = req_need_file(r, fid, &open);
	if (status == STATUS_INVALID_HANDLE && r->waits_on_fid != 0) /* closed while this waited */
		return STATUS_RANGE_NOT_LOCKED;
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_lock_range range = { .pid = r->header.pid_low, .offset = offset, .length = length };
	status = unlock ? fs_locking(req_fs(r), open, &range, 1, NULL, 0, false, 0)
			: fs_locking(req_fs(r), open, NULL, 0, &range, 1, false, 0);
	if (status == STATUS_PENDING) /* an old lock that failed before gets a little grace */
		r->waits_on_fid = req_fid(r, fid)->fid;
	return status;
}

/* The lock covers what was asked for, even if the answer is shorter. */
nt_status h_lock_and_read(struct smb1_req *r, const struct smb1_lock_and_read_req *in, struct smb1_lock_and_read_rsp *out)
{
	const struct smb1_read_req *m = &in->read;
	nt_status status = lock_range(r, m->fid, m->read_offset_in_bytes, m->count_of_bytes_to_read, false);
	return status == STATUS_SUCCESS ? read_core(r, m, &out->read) : status;
}

/* How much READ_ANDX may return: the request's count, its high half only where both sides know large reads. */
static size_t read_andx_max(const struct smb1_req *r, const struct smb1_read_andx_req *in, bool no_file)
{
	uint16_t high = (uint16_t)in->timeout_or_max_count_high;
	size_t max = in->max_count_of_bytes_to_return, overhead = smb1_read_andx_overhead(ALIGN_UP(r->reply_len, 4));
	bool large = (r->conn->client_capabilities & CAP_LARGE_READX) != 0 && !no_file && !r->has_follower;
	if (!large)
		return MIN(max, smb1_room(req_max_reply(r), overhead));
	/* 0xFFFF is the low half of "wait for ever", which some clients send for files too. [MS-SMB] <26> */
	if (high != UINT16_MAX)
		max |= (size_t)high << 16;
	return MIN(max, smb1_room(FRAME_MAX, overhead));
}

nt_status h_read_andx(struct smb1_req *r, const struct smb1_read_andx_req *in, struct smb1_read_andx_rsp *out)
{
	struct smb1_fid *f = req_fid(r, in->fid);
	if (f == NULL)
		return io_no_fid(r);
	if (f->owed != STATUS_SUCCESS)
		return io_take_owed(f);
	uint64_t offset = smb1_u64(in->offset, in->words == 12 ? in->offset_high : 0);
	if (f->print_job != 0)
		return STATUS_BAD_DEVICE_TYPE;
	size_t max = read_andx_max(r, in, f->file == NULL);
	out->available = 0xFFFF;
	if (r->has_follower)
		r->reply_room = max;
	if (f->pipe != NULL)
		return read_pipe(r, f, max, &out->data);
	if (f->port != NULL)
		return serial_read(r, f, in->timeout_or_max_count_high, in->min_count_of_bytes_to_return, max, &out->data);
	return read_file(r, f, offset, max, &out->data);
}

/* A message that begins in the middle of several writes carries its length in two extra bytes. [MS-CIFS] <206> */
static nt_status write_pipe(struct smb1_req *r, struct smb1_fid *f, uint16_t mode, struct slice data, size_t *written)
{
	const uint16_t message_start = WRITE_MODE_MSG_START | WRITE_MODE_RAW;
	struct slice message = data;
	if ((mode & message_start) == message_start && data.len >= 2)
		message = slice_of(data.ptr + 2, data.len - 2);
	*written = data.len;
	req_call_pipe(r, f->pipe);
	return rpc_pipe_write(f->pipe, message);
}

/* What came with this very frame may be in a pipe still; what was parked never is. */
static nt_status write_file(struct smb1_req *r, struct fs_open *open, uint64_t offset, struct slice data, bool through, size_t *written)
{
	struct net_conn *nc = r->conn->net;
	if (nc->tail == 0 || r->kept != NULL)
		return fs_write(req_fs(r), open, offset, data, through, written);
	if (data.len != nc->tail)
		return STATUS_INVALID_PARAMETER;
	nt_status status = fs_write_pages(req_fs(r), open, offset, net_tail(nc), data.len, through, written);
	if (*written == data.len)
		net_tail_taken(nc);
	return status;
}

nt_status io_write_fid(struct smb1_req *r, uint16_t fid, uint64_t offset, uint16_t mode, struct slice data, size_t *written)
{
	struct smb1_fid *f = req_fid(r, fid);
	*written = 0;
	if (f == NULL)
		return io_no_fid(r);
	if (f->owed != STATUS_SUCCESS)
		return io_take_owed(f);
	if (f->port != NULL)
		return serial_write(r, f, SERIAL_TIMEOUT_DEFAULT, data, written);
	if (f->pipe != NULL)
		return write_pipe(r, f, mode, data, written);
	bool through = (mode & WRITE_MODE_WRITE_THROUGH) != 0;
	return f->print_job != 0 ? print_write(r, f, data, through, written) : write_file(r, f->file, offset, data, through, written);
}

/* WRITE with no bytes sets the size; the newer forms do not. [MS-CIFS] 2.2.4.12.1 */
nt_status h_write(struct smb1_req *r, const struct smb1_write_req *in, struct smb1_write_rsp *out)
{
	const struct smb1_fid *f = req_fid(r, in->fid);
	if (in->count_of_bytes_to_write == 0 && f != NULL && f->port != NULL)
		return STATUS_SUCCESS;
	if (in->count_of_bytes_to_write == 0) {
		struct fs_open *open;
		nt_status status = req_need_file(r, in->fid, &open);
		if (status == STATUS_SUCCESS && req_fid(r, in->fid)->print_job != 0)
			return STATUS_SUCCESS;
		return status == STATUS_SUCCESS ? fs_truncate_by_write(req_fs(r), open, in->write_offset_in_bytes) : status;
	}
	size_t written;
	if (in->data.len < in->count_of_bytes_to_write)
		return STATUS_INVALID_PARAMETER;
	nt_status status = io_write_fid(r, in->fid, in->write_offset_in_bytes, 0, in->data, &written);
	out->count_of_bytes_written = (uint16_t)written;
	return status;
}

nt_status h_write_andx(struct smb1_req *r, const struct smb1_write_andx_req *in, struct smb1_write_andx_rsp *out)
{
	uint64_t offset = smb1_u64(in->offset, in->words == 14 ? in->offset_high : 0);
	size_t written;
	if (in->data_outside)
		return STATUS_INVALID_PARAMETER;
	struct smb1_fid *f = req_fid(r, in->fid);
	bool is_port = f != NULL && f->port != NULL;
	nt_status status = is_port ? serial_write(r, f, in->timeout, in->data, &written)
				   : io_write_fid(r, in->fid, offset, in->write_mode, in->data, &written);
	out->count = (uint16_t)written;
	out->count_high = (uint16_t)(written >> 16);
	out->available = is_port && (in->write_mode & WRITE_MODE_READ_BYTES_AVAILABLE) != 0 ? serial_available(f) : 0xFFFF;
	return status;
}

nt_status h_write_and_unlock(struct smb1_req *r, const struct smb1_write_and_unlock_req *in, struct smb1_write_and_unlock_rsp *out)
{
	const struct smb1_write_req *m = &in->write;
	size_t written;
	nt_status status = io_write_fid(r, m->fid, m->write_offset_in_bytes, 0, m->data, &written);
	out->write.count_of_bytes_written = (uint16_t)written;
	if (status != STATUS_SUCCESS || m->count_of_bytes_to_write == 0)
		return status;
	return lock_range(r, m->fid, m->write_offset_in_bytes, m->count_of_bytes_to_write, true);
}

/* Closes only if something was written, as Windows 2000 does ([FIELD] 2C). */
nt_status h_write_and_close(struct smb1_req *r, const struct smb1_write_and_close_req *in, struct smb1_write_and_close_rsp *out)
{
	size_t written;
	nt_status status = io_write_fid(r, in->fid, in->write_offset_in_bytes, 0, in->data, &written);
	out->count_of_bytes_written = (uint16_t)written;
	if (status != STATUS_SUCCESS || in->count_of_bytes_to_write == 0)
		return status;
	struct smb1_fid *f = req_fid(r, in->fid);
	return conn_close_fid(r->conn, f, map_from_utime(r, in->last_write_time));
}

nt_status h_lock_byte_range(struct smb1_req *r, const struct smb1_lock_byte_range_req *in, struct smb1_lock_byte_range_rsp *out)
{
	(void)out;
	return lock_range(r, in->fid, in->lock_offset_in_bytes, in->count_of_bytes_to_lock, false);
}

nt_status h_unlock_byte_range(struct smb1_req *r, const struct smb1_unlock_byte_range_req *in, struct smb1_unlock_byte_range_rsp *out)
{
	(void)out;
	return lock_range(r, in->fid, in->unlock_offset_in_bytes, in->count_of_bytes_to_unlock, true);
}

static nt_status end_of_file(struct smb1_req *r, struct fs_open *open, uint64_t *out)
{
	struct fs_info info;
	nt_status status = fs_query_open(req_fs(r), open, &info);
	*out = info.end_of_file;
	return status;
}

/* Positions before the start become the start; the reply has the low 32 bits. [MS-CIFS] 2.2.4.19 */
nt_status h_seek(struct smb1_req *r, const struct smb1_seek_req *in, struct smb1_seek_rsp *out)
{
	enum { FROM_START, FROM_CURRENT, FROM_END };
	struct fs_open *open;
	nt_status status = req_need_file(r, in->fid, &open);
	if (status != STATUS_SUCCESS)
		return status;
	if (open->directory)
		return STATUS_INVALID_DEVICE_REQUEST;
	if (in->mode > FROM_END)
		return STATUS_INVALID_PARAMETER;
	uint64_t base = 0, position;
	if (in->mode == FROM_CURRENT)
		base = open->position;
	else if (in->mode == FROM_END && (status = end_of_file(r, open, &base)) != STATUS_SUCCESS)
		return status;
	if (in->mode == FROM_START)
		position = (uint32_t)in->offset;
	else if (in->offset < 0 && base < (uint64_t)-(int64_t)in->offset)
		position = 0;
	else
		position = base + (uint64_t)(int64_t)in->offset;
	open->position = position;
	out->offset = (uint32_t)position;
	return STATUS_SUCCESS;
}
