/*
 * Reading and writing: split into what one message carries, as many under way as the server allows, taken in order. Where a
 * server gives or takes less than asked, what lies behind it is thrown away, and the caller goes on from there. Where a server's
 * messages are small, raw mode carries more (raw.c). [MS-CIFS] 3.2.4.14
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
	struct cli_io io;
	size_t at;
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

/* Signed messages keep to the plain size ([MS-SMB] 2.2.4.5.2.1), but at servers with the UNIX extensions, none of which is
 * Windows: they sign what is large, too. */
static size_t size_of(const struct cli *c, uint32_t capability)
{
	bool can_sign = !c->session->signing.active || (c->server.capabilities & CAP_UNIX) != 0;
	bool large = (c->server.capabilities & capability) != 0 && can_sign;
	return large ? MAX((size_t)LARGE, plain_size(c)) : plain_size(c);
}

size_t cli_read_size(const struct cli *c) { return size_of(c, CAP_LARGE_READX); }
size_t cli_write_size(const struct cli *c) { return size_of(c, CAP_LARGE_WRITEX); }

static bool fits_32(const struct cli *c, uint64_t end)
{
	return cli_is_nt(c) || end <= UINT32_MAX;
}

bool cli_read_start(struct cli *c, const struct cli_file *f, uint64_t offset, size_t len, struct cli_io *io)
{
	io->len = len;
	if (!cli_has_andx(c)) {
		struct smb1_read_req req = { .fid = f->fid, .count_of_bytes_to_read = (uint16_t)len, .read_offset_in_bytes = (uint32_t)offset };
		return cli_start(c, &io->call, SMB_COM_READ, &req);
	}
	struct smb1_read_andx_req req = {
		.words = cli_is_nt(c) ? 12 : 10, .fid = f->fid, .offset = (uint32_t)offset, .offset_high = (uint32_t)(offset >> 32),
		.max_count_of_bytes_to_return = (uint16_t)len, .timeout_or_max_count_high = (uint32_t)(len >> 16),
	};
	return cli_start(c, &io->call, SMB_COM_READ_ANDX, &req);
}

nt_status cli_read_finish(struct cli *c, struct cli_io *io, struct slice *out)
{
	union {
		struct smb1_read_rsp core;
		struct smb1_read_andx_rsp andx;
	} rsp;

	*out = slice_of(NULL, 0);
	if (io->call.status == STATUS_END_OF_FILE)
		return STATUS_SUCCESS;
	/* A message of a pipe that goes on is a warning with bytes. */
	nt_status status = nt_is_error(io->call.status) ? io->call.status : cli_decode(c, &io->call, &rsp);
	if (status != STATUS_SUCCESS && status != STATUS_BUFFER_OVERFLOW)
		return status;
	*out = cli_has_andx(c) ? rsp.andx.data : rsp.core.bytes;
	return out->len <= io->len ? STATUS_SUCCESS : cli_nonsense(c, "more bytes of a file than we asked for");
}

bool cli_write_start(struct cli *c, const struct cli_file *f, uint64_t offset, struct slice bytes, struct cli_io *io)
{
	io->len = bytes.len;
	if (!cli_has_andx(c)) {
		struct smb1_write_req req = {
			.fid = f->fid, .count_of_bytes_to_write = (uint16_t)bytes.len, .write_offset_in_bytes = (uint32_t)offset, .data = bytes,
		};
		return cli_start(c, &io->call, SMB_COM_WRITE, &req);
	}
	struct smb1_write_andx_req req = {
		.words = cli_is_nt(c) ? 14 : 12, .fid = f->fid, .offset = (uint32_t)offset, .offset_high = (uint32_t)(offset >> 32), .data = bytes,
	};
	return cli_start(c, &io->call, SMB_COM_WRITE_ANDX, &req);
}

nt_status cli_write_finish(struct cli *c, struct cli_io *io, size_t *written)
{
	union {
		struct smb1_write_rsp core;
		struct smb1_write_andx_rsp andx;
	} rsp;

	*written = 0;
	nt_status status = nt_is_error(io->call.status) ? io->call.status : cli_decode(c, &io->call, &rsp);
	if (status != STATUS_SUCCESS)
		return status;
	*written = cli_has_andx(c) ? smb1_u32(rsp.andx.count, rsp.andx.count_high) : rsp.core.count_of_bytes_written;
	return *written <= io->len ? STATUS_SUCCESS : cli_nonsense(c, "more bytes written than we sent");
}

/* What came, into its place. */
static nt_status finish_read(struct cli *c, struct piece *p, uint8_t *out, size_t *got)
{
	struct slice data;
	nt_status status = cli_read_finish(c, &p->io, &data);

	*got = 0;
	if (status != STATUS_SUCCESS || data.len == 0)
		return status;
	memcpy(out + p->at, data.ptr, data.len);
	*got = data.len;
	return STATUS_SUCCESS;
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
			*p = (struct piece){ .at = at };
			size_t n = MIN(size, len - at);
			if (bytes != NULL)
				cli_write_start(c, f, offset + at, slice_of(bytes + at, n), &p->io);
			else
				cli_read_start(c, f, offset + at, n, &p->io);
			at += n;
		}
		struct piece *p = &pieces[first++ % window];
		size_t got = 0;
		cli_wait(c, &p->io.call);
		if (!ended)
			status = bytes != NULL ? cli_write_finish(c, &p->io, &got) : finish_read(c, p, out, &got);
		cli_io_fini(&p->io);
		*done += got;
		ended = ended || status != STATUS_SUCCESS || got < p->io.len;
	}
	return status;
}

nt_status cli_read(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, size_t len, size_t *got)
{
	bool raw = cli_raw_is_best(c, false, offset, len);

	cli_begin(c);
	*got = 0;
	if (!fits_32(c, offset))
		return STATUS_SUCCESS; /* no file of this dialect is so long */
	nt_status status = raw ? cli_read_raw(c, f, offset, out, len, got) : STATUS_SUCCESS;
	if (status != STATUS_SUCCESS || *got > 0)
		return status;
	status = transfer(c, f, offset, out, NULL, len, got);
	if (raw && *got > 0)
		c->server.raw_read = false; /* it can be read, but not so */
	return status;
}

nt_status cli_write(struct cli *c, const struct cli_file *f, uint64_t offset, const uint8_t *bytes, size_t len)
{
	cli_begin(c);
	if (offset + len < offset || !fits_32(c, offset + len))
		return cli_fail(c, STATUS_NOT_SUPPORTED, "the server's dialect (%s) has no files of 4 GiB", smb1_dialect_label(c->server.dialect));
	while (len > 0) {
		size_t done;
		bool raw = cli_raw_is_best(c, true, offset, len);
		nt_status status = raw ? cli_write_raw(c, f, offset, slice_of(bytes, len), &done) : transfer(c, f, offset, NULL, bytes, len, &done);
		if (raw && status == STATUS_SMB_USE_STANDARD) {
			c->server.raw_write = false;
			continue;
		}
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
