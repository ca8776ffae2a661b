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
	size_t len;
};

/* What may take for ever takes its place among those that the server allows. */
unsigned cli_window(const struct cli *c)
{
	unsigned patient = 0;

	for (const struct cli_call *call = c->session->in_flight; call != NULL; call = call->next)
		patient += call->patient;
	return MIN(MAX((unsigned)c->server.max_mpx, patient + 1) - patient, (unsigned)WINDOW_MAX);
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

size_t cli_read_size(const struct cli *c)
{
	size_t size = size_of(c, CAP_LARGE_READX);
	bool larger = size == LARGE && (c->server.capabilities & CAP_UNIX) != 0 && !c->server.reads_no_more;
	return larger ? (size_t)CLI_IO_MAX : size;
}

size_t cli_write_size(const struct cli *c)
{
	size_t size = size_of(c, CAP_LARGE_WRITEX);
	return size == LARGE && c->server.writes_more && !c->session->signing.active ? (size_t)CLI_IO_MAX : size;
}

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
	if (io->call.is_placed)
		out->ptr = io->call.into;
	return out->len <= io->len ? STATUS_SUCCESS : cli_nonsense(c, "more bytes of a file than we asked for");
}

/* from: NULL, or the file that has the bytes. */
static bool write_andx_start(struct cli *c, const struct cli_file *f, uint64_t offset, struct slice bytes, struct cli_local *from, struct cli_io *io)
{
	struct smb1_write_andx_req req = {
		.words = cli_is_nt(c) ? 14 : 12, .fid = f->fid, .offset = (uint32_t)offset, .offset_high = (uint32_t)(offset >> 32), .data = bytes,
	};

	io->len = bytes.len;
	return cli_session_start_local(c->session, &io->call, SMB_COM_WRITE_ANDX, c->tid, &req, from, offset);
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
	return write_andx_start(c, f, offset, bytes, NULL, io);
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

/* ---- many of them: what comes goes to memory or to a file, what goes comes from a source or a file ---- */

struct flow {
	uint8_t *into;          /* a read: where what is at `begin` goes; */
	uint64_t begin;
	struct cli_target *to;  /* or the file that gets it */
	cli_source_fn source;   /* a write; */
	struct cli_local *from; /* or the file that has it */
	cli_moved_fn moved;     /* of the files: who is told of it. NULL: nobody */
	void *user;
	bool over;              /* the file takes no more, or the source has no more */
	uint64_t end;           /* of the source, once it is over */
};

static bool is_read(const struct flow *w)
{
	return w->into != NULL || w->to != NULL;
}

static bool start_piece(struct cli *c, const struct cli_file *f, struct flow *w, uint64_t offset, size_t len, struct piece *p)
{
	*p = (struct piece){ .len = len };
	if (is_read(w)) {
		p->io.call.into = w->into != NULL ? w->into + (offset - w->begin) : NULL;
		p->io.call.into_len = len;
		cli_read_start(c, f, offset, len, &p->io);
		return true;
	}
	if (w->from != NULL) {
		/* Zeros went in the place of what could not be read: the less follows, the less a part that is left behind promises. */
		w->over = w->from->err != 0;
		if (w->over)
			return false;
		write_andx_start(c, f, offset, slice_of(NULL, len), w->from, &p->io);
		return true;
	}
	struct slice bytes = w->source(w->user, offset, len);
	p->len = bytes.len;
	w->over = bytes.len < len;
	w->end = offset + bytes.len;
	if (bytes.len > 0)
		cli_write_start(c, f, offset, bytes, &p->io);
	return bytes.len > 0;
}

static nt_status finish_read(struct cli *c, struct flow *w, struct piece *p, uint64_t offset, size_t *got)
{
	struct slice data;
	nt_status status = cli_read_finish(c, &p->io, &data);

	if (status != STATUS_SUCCESS || data.len == 0)
		return status;
	if (w->to != NULL)
		cli_target_put(w->to, data);
	else if (!p->io.call.is_placed)
		memcpy(w->into + (offset - w->begin), data.ptr, data.len);
	w->over = w->to != NULL && w->to->err != 0;
	if (!w->over)
		*got = data.len;
	return status;
}

static nt_status finish_piece(struct cli *c, struct flow *w, struct piece *p, uint64_t offset, size_t *got)
{
	*got = 0;
	nt_status status = is_read(w) ? finish_read(c, w, p, offset, got) : cli_write_finish(c, &p->io, got);

	if (w->moved != NULL)
		w->moved(w->user, *got);
	return status;
}

/* One direction or the other, until a server gives or takes less than asked. *done: how much came or went without a gap. */
static nt_status transfer(struct cli *c, const struct cli_file *f, struct flow *w, uint64_t offset, uint64_t len, uint64_t *done)
{
	struct piece pieces[WINDOW_MAX];
	bool reads = is_read(w);
	size_t first = 0, next = 0, size = reads ? cli_read_size(c) : cli_write_size(c);
	unsigned window = cli_window(c);
	nt_status status = STATUS_SUCCESS;
	bool ended = false;
	uint64_t at = 0;

	*done = 0;
	for (;;) {
		/* Some at once: each message on its own would cost both sides a turn. */
		bool few = next - first <= window - MAX(window / 4, 1u);
		while (few && at < len && !ended && !w->over && next - first < window) {
			struct piece *p = &pieces[next % window];
			next += start_piece(c, f, w, offset + at, (size_t)MIN((uint64_t)size, len - at), p);
			at += p->len;
		}
		if (first == next)
			return status;
		struct piece *p = &pieces[first++ % window];
		size_t got = 0;
		cli_wait(c, &p->io.call);
		if (!ended)
			status = finish_piece(c, w, p, offset + *done, &got);
		if (reads && got >= LARGE && got < p->len)
			c->server.reads_no_more = true;
		if (!reads && got >= LARGE && got < p->len)
			c->server.writes_more = false;
		cli_session_recycle(c->session, &p->io.call);
		*done += got;
		ended = ended || status != STATUS_SUCCESS || got < p->len;
	}
}

static nt_status no_large_files(struct cli *c)
{
	return cli_fail(c, STATUS_NOT_SUPPORTED, "the server's dialect (%s) has no files of 4 GiB", smb1_dialect_label(c->server.dialect));
}

/* ---- from and to memory ---- */

struct memory {
	const uint8_t *from;
	uint64_t offset;
};

static struct slice from_memory(void *user, uint64_t offset, size_t room)
{
	const struct memory *m = user;
	return slice_of(m->from + (offset - m->offset), room);
}

nt_status cli_read(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, size_t len, size_t *got)
{
	struct flow w = { .into = out, .begin = offset };
	bool raw = cli_raw_is_best(c, false, offset, len);
	uint64_t done;

	cli_begin(c);
	*got = 0;
	if (!fits_32(c, offset))
		return STATUS_SUCCESS; /* no file of this dialect is so long */
	nt_status status = raw ? cli_read_raw(c, f, offset, out, len, got) : STATUS_SUCCESS;
	if (status != STATUS_SUCCESS || *got > 0)
		return status;
	bool in_doubt = !c->server.reads_no_more;
	status = transfer(c, f, &w, offset, len, &done);
	*got = (size_t)done;
	if (status == STATUS_SUCCESS && done < len && in_doubt && c->server.reads_no_more) {
		status = transfer(c, f, &w, offset + done, len - done, &done); /* we had asked for too much at once: it is no end */
		*got += (size_t)done;
	}
	if (raw && *got > 0)
		c->server.raw_read = false; /* it can be read, but not so */
	return status;
}

/* At least one byte, or an error. */
static nt_status write_some(struct cli *c, const struct cli_file *f, struct flow *w, uint64_t offset, const uint8_t *bytes, size_t len,
			    uint64_t *done)
{
	size_t written = 0;
	bool raw = cli_raw_is_best(c, true, offset, len);
	nt_status status = raw ? cli_write_raw(c, f, offset, slice_of(bytes, len), &written) : STATUS_SUCCESS;

	*done = written;
	if (raw && status == STATUS_SMB_USE_STANDARD)
		c->server.raw_write = raw = false;
	if (!raw)
		status = transfer(c, f, w, offset, len, done);
	return status == STATUS_SUCCESS && *done == 0 ? STATUS_DISK_FULL : status;
}

nt_status cli_write(struct cli *c, const struct cli_file *f, uint64_t offset, const uint8_t *bytes, size_t len)
{
	struct memory m = { .from = bytes, .offset = offset };
	struct flow w = { .source = from_memory, .user = &m };
	nt_status status = STATUS_SUCCESS;

	cli_begin(c);
	if (offset + len < offset || !fits_32(c, offset + len))
		return no_large_files(c);
	for (uint64_t done; status == STATUS_SUCCESS && len > 0; len -= (size_t)done) {
		status = write_some(c, f, &w, offset, bytes, len, &done);
		offset += done;
		bytes += done;
	}
	return status;
}

/* ---- whole files ---- */

/* How far the dialect's files go, from there. */
static uint64_t room_from(const struct cli *c, uint64_t offset)
{
	uint64_t end = cli_is_nt(c) ? (uint64_t)INT64_MAX : UINT32_MAX;
	return end - MIN(offset, end);
}

nt_status cli_read_to(struct cli *c, const struct cli_file *f, uint64_t len, struct cli_target *to, cli_moved_fn come, void *user, uint64_t *got)
{
	struct flow w = { .to = to, .moved = come, .user = user };
	uint64_t offset = to->next;
	nt_status status = STATUS_SUCCESS;
	uint64_t done = 1;

	*got = 0;
	len = MIN(len, room_from(c, offset));
	if (cli_raw_is_best(c, false, offset, (size_t)MIN(len, (uint64_t)c->server.max_raw_size)))
		return cli_read_blocks(c, f, len, to, come, user, got);
	cli_begin(c);
	while (status == STATUS_SUCCESS && done > 0 && *got < len && !w.over) {
		status = transfer(c, f, &w, offset + *got, len - *got, &done);
		*got += done;
	}
	return status;
}

nt_status cli_write_from(struct cli *c, const struct cli_file *f, uint64_t offset, cli_source_fn source, void *user, uint64_t *written)
{
	struct flow w = { .source = source, .user = user, .end = UINT64_MAX };
	uint64_t room = room_from(c, offset), done;
	nt_status status;

	*written = 0;
	if (cli_raw_is_best(c, true, offset, c->server.max_raw_size))
		return cli_write_blocks(c, f, offset, source, user, written);
	cli_begin(c);
	do {
		w.over = false;
		status = transfer(c, f, &w, offset + *written, room - *written, &done);
		*written += done;
	} while (status == STATUS_SUCCESS && done > 0 && offset + *written < w.end);
	if (status == STATUS_SUCCESS && offset + *written < w.end)
		return *written == room ? no_large_files(c) : STATUS_DISK_FULL;
	return status;
}

bool cli_can_write_local(const struct cli *c)
{
	return cli_is_nt(c) && !c->session->signing.active;
}

nt_status cli_write_local(struct cli *c, const struct cli_file *f, uint64_t offset, uint64_t len, struct cli_local *from, cli_moved_fn sent,
			  void *user, uint64_t *written)
{
	struct flow w = { .from = from, .moved = sent, .user = user };
	nt_status status = STATUS_SUCCESS;
	uint64_t done = 1;

	cli_begin(c);
	*written = 0;
	while (status == STATUS_SUCCESS && done > 0 && *written < len && !w.over) {
		status = transfer(c, f, &w, offset + *written, len - *written, &done);
		*written += done;
	}
	while (cli_session_holds_local(c->session))
		if (!c->pump(c->pump_user, c->session))
			cli_session_break(c->session, "the connection is gone");
	return status == STATUS_SUCCESS && *written < len ? STATUS_DISK_FULL : status;
}
