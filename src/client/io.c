/*
 * Reading and writing: split into what one message carries, as many under way as the server allows, taken in order. Where a
 * server gives or takes less than asked, what lies behind it is thrown away, and the caller goes on from there. [MS-CIFS] 3.2.4.14
 */
#include "client/internal.h"
#include "wire/smb1/io.h"

enum {
	LARGE = 60 << 10,  /* of CAP_LARGE_READX and _WRITEX: what Windows asks for */
	OVERHEAD = 72,     /* of a message around its payload, at most */
	CORE_OVERHEAD = 48,
	WINDOW_MAX = 32,
};

struct piece {
	struct cli_call call;
	size_t at, len;
};

unsigned cli_window(const struct cli *c)
{
	return MAX(1u, MIN((unsigned)c->server.max_mpx, (unsigned)WINDOW_MAX));
}

static size_t plain_size(const struct cli *c)
{
	size_t buffer = MIN(c->server.max_buffer_size, (uint32_t)UINT16_MAX);
	return MAX((size_t)128, buffer - MIN(buffer, (size_t)(cli_has_andx(c) ? OVERHEAD : CORE_OVERHEAD)));
}

/* Signed messages keep to the plain size. [MS-SMB] 3.2.4.4.2 */
static size_t size_of(const struct cli *c, uint32_t capability)
{
	bool large = (c->server.capabilities & capability) != 0 && !c->session->signing.active;
	return large ? MAX((size_t)LARGE, plain_size(c)) : plain_size(c);
}

size_t cli_read_size(const struct cli *c) { return size_of(c, CAP_LARGE_READX); }
size_t cli_write_size(const struct cli *c) { return size_of(c, CAP_LARGE_WRITEX); }

static bool fits_32(const struct cli *c, uint64_t end)
{
	return cli_is_nt(c) || end <= UINT32_MAX;
}

static void start_read(struct cli *c, const struct cli_file *f, uint64_t offset, struct piece *p)
{
	if (!cli_has_andx(c)) {
		struct smb1_read_req req = { .fid = f->fid, .count_of_bytes_to_read = (uint16_t)p->len, .read_offset_in_bytes = (uint32_t)offset };
		cli_session_start(c->session, &p->call, SMB_COM_READ, c->tid, &req);
		return;
	}
	struct smb1_read_andx_req req = {
		.words = cli_is_nt(c) ? 12 : 10, .fid = f->fid, .offset = (uint32_t)offset, .offset_high = (uint32_t)(offset >> 32),
		.max_count_of_bytes_to_return = (uint16_t)p->len, .timeout_or_max_count_high = (uint32_t)(p->len >> 16),
	};
	cli_session_start(c->session, &p->call, SMB_COM_READ_ANDX, c->tid, &req);
}

/* What came, into its place. */
static nt_status finish_read(struct cli *c, struct piece *p, uint8_t *out, size_t *got)
{
	union {
		struct smb1_read_rsp core;
		struct smb1_read_andx_rsp andx;
	} rsp;

	*got = 0;
	if (p->call.status == STATUS_END_OF_FILE)
		return STATUS_SUCCESS;
	/* A message of a pipe that goes on is a warning with bytes. */
	nt_status status = nt_is_error(p->call.status) ? p->call.status : cli_decode(c, &p->call, &rsp);
	if (status != STATUS_SUCCESS && status != STATUS_BUFFER_OVERFLOW)
		return status;
	struct slice data = cli_has_andx(c) ? rsp.andx.data : rsp.core.bytes;
	if (data.len > p->len)
		return cli_nonsense(c, "more bytes of a file than we asked for");
	if (data.len > 0)
		memcpy(out + p->at, data.ptr, data.len);
	*got = data.len;
	return STATUS_SUCCESS;
}

static void start_write(struct cli *c, const struct cli_file *f, uint64_t offset, const uint8_t *bytes, struct piece *p)
{
	if (!cli_has_andx(c)) {
		struct smb1_write_req req = {
			.fid = f->fid, .count_of_bytes_to_write = (uint16_t)p->len, .write_offset_in_bytes = (uint32_t)offset,
			.data = slice_of(bytes, p->len),
		};
		cli_session_start(c->session, &p->call, SMB_COM_WRITE, c->tid, &req);
		return;
	}
	struct smb1_write_andx_req req = {
		.words = cli_is_nt(c) ? 14 : 12, .fid = f->fid, .offset = (uint32_t)offset, .offset_high = (uint32_t)(offset >> 32),
		.data = slice_of(bytes, p->len),
	};
	cli_session_start(c->session, &p->call, SMB_COM_WRITE_ANDX, c->tid, &req);
}

static nt_status finish_write(struct cli *c, struct piece *p, size_t *got)
{
	union {
		struct smb1_write_rsp core;
		struct smb1_write_andx_rsp andx;
	} rsp;

	*got = 0;
	nt_status status = nt_is_error(p->call.status) ? p->call.status : cli_decode(c, &p->call, &rsp);
	if (status != STATUS_SUCCESS)
		return status;
	*got = cli_has_andx(c) ? smb1_u32(rsp.andx.count, rsp.andx.count_high) : rsp.core.count_of_bytes_written;
	return *got <= p->len ? STATUS_SUCCESS : cli_nonsense(c, "more bytes written than we sent");
}

/* One direction or the other: bytes NULL reads into out. *done: how much came or went without a gap. */
static nt_status transfer(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, const uint8_t *bytes, size_t len, size_t *done)
{
	struct piece pieces[WINDOW_MAX];
	size_t at = 0, first = 0, next = 0, size = bytes != NULL ? cli_write_size(c) : cli_read_size(c);
	unsigned window = cli_window(c);
	nt_status status = STATUS_SUCCESS;
	bool ended = false;

	*done = 0;
	while (first < next || (at < len && !ended)) {
		while (at < len && !ended && next - first < window) {
			struct piece *p = &pieces[next++ % window];
			*p = (struct piece){ .at = at, .len = MIN(size, len - at) };
			if (bytes != NULL)
				start_write(c, f, offset + at, bytes + at, p);
			else
				start_read(c, f, offset + at, p);
			at += p->len;
		}
		struct piece *p = &pieces[first++ % window];
		size_t got = 0;
		cli_wait(c, &p->call);
		if (!ended)
			status = bytes != NULL ? finish_write(c, p, &got) : finish_read(c, p, out, &got);
		cli_call_fini(&p->call);
		*done += got;
		ended = ended || status != STATUS_SUCCESS || got < p->len;
	}
	return status;
}

nt_status cli_read(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, size_t len, size_t *got)
{
	cli_begin(c);
	*got = 0;
	if (!fits_32(c, offset))
		return STATUS_SUCCESS; /* no file of this dialect is so long */
	return transfer(c, f, offset, out, NULL, len, got);
}

nt_status cli_write(struct cli *c, const struct cli_file *f, uint64_t offset, const uint8_t *bytes, size_t len)
{
	cli_begin(c);
	if (offset + len < offset || !fits_32(c, offset + len))
		return cli_fail(c, STATUS_NOT_SUPPORTED, "the server's dialect (%s) has no files of 4 GiB", smb1_dialect_label(c->server.dialect));
	while (len > 0) {
		size_t done;
		nt_status status = transfer(c, f, offset, NULL, bytes, len, &done);
		if (status != STATUS_SUCCESS)
			return status;
		if (done == 0)
			return STATUS_DISK_FULL;
		offset += done;
		bytes += done;
		len -= done;
	}
	return STATUS_SUCCESS;
}
