/* Reading and writing: what is awaited, for how long, and in which order. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "comm/internal.h"

/* ---- the order ---- */

static bool queue_has(const struct comm_queue *q, uint64_t id)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->ids[i] == id)
			return true;
	return false;
}

/* STATUS_SUCCESS: it is its turn. */
static nt_status queue_enter(struct comm_queue *q, struct fs_ctx *ctx)
{
	ctx->wait_ms = UINT32_MAX;
	if (!queue_has(q, ctx->req_id)) {
		if (q->n == COMM_QUEUE_MAX || (q->n > 0 && ctx->wait == FS_WAIT_NEVER))
			return STATUS_INSUFF_SERVER_RESOURCES;
		q->ids[q->n++] = ctx->req_id;
	}
	return q->ids[0] == ctx->req_id ? STATUS_SUCCESS : STATUS_PENDING;
}

static void queue_leave(struct comm_open *o, struct comm_queue *q, uint64_t id)
{
	for (size_t i = 0; i < q->n; i++) {
		if (q->ids[i] != id)
			continue;
		memmove(&q->ids[i], &q->ids[i + 1], (q->n - i - 1) * sizeof(q->ids[0]));
		q->n--;
		if (i == 0 && q->n > 0)
			comm_wake(o, q->ids[0]);
		return;
	}
}

/* ---- the clock of one request ---- */

enum { NEVER = UINT32_MAX };

struct limits {
	size_t need;       /* bytes that end the wait */
	uint32_t total_ms; /* from its beginning; NEVER; 0: at once */
	uint32_t idle_ms;  /* between bytes; 0: does not matter */
	bool idle_from_start;
	bool is_error;     /* to end by time is */
};

static uint32_t times(uint32_t multiplier, size_t n, uint32_t constant)
{
	uint64_t ms = (uint64_t)multiplier * n + constant;
	return ms == 0 ? NEVER : (uint32_t)MIN(ms, (uint64_t)NEVER - 1);
}

/* SERIAL_TIMEOUTS as serial.sys reads them: MAXULONG as interval with nothing else is "at once", with MAXULONG as multiplier "the
 * first byte ends it". */
static struct limits port_limits(const struct comm_open *o, size_t max)
{
	const struct smb1_serial_timeouts *t = &o->timeouts;
	bool at_once = t->read_interval_timeout == UINT32_MAX;
	struct limits l = { .need = max, .idle_from_start = o->idle_from_start };
	if (at_once && t->read_total_timeout_multiplier == UINT32_MAX) {
		l.need = 1;
		l.total_ms = times(0, 0, t->read_total_timeout_constant);
	} else if (at_once && t->read_total_timeout_multiplier == 0 && t->read_total_timeout_constant == 0) {
		l.total_ms = 0;
	} else {
		l.total_ms = times(t->read_total_timeout_multiplier, max, t->read_total_timeout_constant);
		l.idle_ms = at_once ? 0 : t->read_interval_timeout;
	}
	return l;
}

static struct limits read_limits(const struct comm_open *o, const struct comm_patience *p, size_t max)
{
	struct limits l = port_limits(o, max);
	if (p->how == COMM_AS_PORT) {
		l.need = p->min != 0 ? p->min : l.need;
	} else {
		l = (struct limits){ .need = MAX(p->min, (size_t)1), .total_ms = p->how == COMM_NO_WAIT ? 0 : NEVER };
		if (p->how == COMM_FOR_MS) {
			l.total_ms = p->ms;
			l.is_error = true;
		}
	}
	l.need = MIN(MIN(l.need, max), (size_t)COMM_INPUT_CAP);
	return l;
}

static uint64_t left(uint64_t since, uint32_t limit_ms, uint64_t now_ms)
{
	uint64_t end = since + limit_ms;
	return end > now_ms ? end - now_ms : 0;
}

/* Milliseconds until the time is over; NEVER. */
static uint32_t time_left(const struct limits *l, const struct comm_progress *p, size_t have, uint64_t last_ms, uint64_t now_ms)
{
	uint64_t ms = l->total_ms == NEVER ? NEVER : left(p->began_ms, l->total_ms, now_ms);
	if (l->idle_ms != 0 && (have > 0 || l->idle_from_start))
		ms = MIN(ms, left(MAX(last_ms, p->began_ms), l->idle_ms, now_ms));
	return (uint32_t)MIN(ms, (uint64_t)NEVER);
}

static void begin(struct comm_progress *p, uint64_t now_ms)
{
	if (p->begun)
		return;
	*p = (struct comm_progress){ .begun = true, .began_ms = now_ms };
}

static nt_status wait_more(struct fs_ctx *ctx, uint32_t ms)
{
	ctx->wait_ms = UINT32_MAX;
	ctx->retry_ms = ms == NEVER ? 0 : MAX(ms, 1u);
	return STATUS_PENDING;
}

/* ---- reading ---- */

bool comm_fill(struct comm_open *o, uint64_t now_ms)
{
	while (!o->gone && o->input_len < COMM_INPUT_CAP) {
		ssize_t n = read(o->fd, o->input + o->input_len, COMM_INPUT_CAP - o->input_len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0) { /* a terminal has no end but this one: it was hung up */
			comm_device_is_gone(o);
			break;
		}
		comm_note_input(o, o->input + o->input_len, (size_t)n);
		o->input_len += (size_t)n;
		o->received += (uint32_t)n;
		o->input_ms = now_ms;
	}
	return !o->gone;
}

static size_t take_input(struct comm_open *o, uint8_t *buf, size_t max)
{
	bool strip = (o->port->line.handflow.flow_replace & SERIAL_NULL_STRIPPING) != 0;
	size_t from = 0, got = 0;
	while (from < o->input_len && got < max) {
		uint8_t byte = o->input[from++];
		if (byte != 0 || !strip)
			buf[got++] = byte;
	}
	memmove(o->input, o->input + from, o->input_len - from);
	o->input_len -= from;
	return got;
}

static nt_status end_read(struct comm_open *o, struct fs_ctx *ctx, struct comm_progress *p, nt_status status)
{
	queue_leave(o, &o->reads, ctx->req_id);
	*p = (struct comm_progress){ 0 };
	return status;
}

nt_status comm_read(struct comm_open *o, struct fs_ctx *ctx, uint64_t now_ms, struct comm_progress *p, const struct comm_patience *patience,
		    uint8_t *buf, size_t max, size_t *got)
{
	*got = 0;
	if ((o->access & COMM_READ) == 0)
		return STATUS_ACCESS_DENIED;
	if (max == 0)
		return STATUS_SUCCESS;
	nt_status status = queue_enter(&o->reads, ctx);
	if (ctx->wait == FS_WAIT_CANCELLED || ctx->req_id <= o->aborted_reads)
		return end_read(o, ctx, p, STATUS_CANCELLED);
	if (status != STATUS_SUCCESS)
		return status;
	begin(p, now_ms);
	struct limits l = read_limits(o, patience, max);
	bool there = comm_fill(o, now_ms);
	uint32_t ms = time_left(&l, p, o->input_len, o->input_ms, now_ms);
	if (there && o->input_len < l.need && ms > 0 && ctx->wait != FS_WAIT_NEVER) {
		comm_await_input(o, ctx->req_id);
		return wait_more(ctx, ms);
	}
	bool late = o->input_len < l.need;
	*got = take_input(o, buf, max);
	if (!there && *got == 0)
		return end_read(o, ctx, p, STATUS_DEVICE_NOT_CONNECTED);
	return end_read(o, ctx, p, late && l.is_error ? STATUS_IO_TIMEOUT : STATUS_SUCCESS);
}

size_t comm_available(struct comm_open *o, uint64_t now_ms)
{
	(void)comm_fill(o, now_ms);
	return o->input_len;
}

/* ---- writing ---- */

size_t comm_unsent(const struct comm_open *o)
{
	int n = 0;
	return ioctl(o->fd, TIOCOUTQ, &n) == 0 && n > 0 ? (size_t)n : 0;
}

static struct limits write_limits(const struct comm_open *o, const struct comm_patience *p, size_t n)
{
	const struct smb1_serial_timeouts *t = &o->timeouts;
	switch (p->how) {
	case COMM_NO_WAIT: return (struct limits){ .total_ms = 0 };
	case COMM_FOR_EVER: return (struct limits){ .total_ms = NEVER };
	case COMM_FOR_MS: return (struct limits){ .total_ms = p->ms, .is_error = true };
	case COMM_AS_PORT: break;
	}
	return (struct limits){ .total_ms = times(t->write_total_timeout_multiplier, n, t->write_total_timeout_constant) };
}

static void push(struct comm_open *o, struct comm_progress *p, struct slice data)
{
	while (!o->gone && p->done < data.len) {
		ssize_t n = write(o->fd, data.ptr + p->done, data.len - p->done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0) {
			comm_device_is_gone(o);
			break;
		}
		p->done += (size_t)n;
		o->transmitted += (uint32_t)n;
		o->output_was_busy = true;
	}
}

nt_status comm_transmit(struct comm_open *o, uint8_t byte)
{
	struct comm_progress p = { 0 };
	push(o, &p, slice_of(&byte, 1));
	return o->gone ? STATUS_DEVICE_NOT_CONNECTED : p.done == 1 ? STATUS_SUCCESS : STATUS_DEVICE_BUSY;
}

bool comm_is_writing(const struct comm_open *o)
{
	return o->writes.n > 0;
}

static nt_status end_write(struct comm_open *o, struct fs_ctx *ctx, struct comm_progress *p, size_t *written, nt_status status)
{
	*written = p->done;
	queue_leave(o, &o->writes, ctx->req_id);
	*p = (struct comm_progress){ 0 };
	return status;
}

nt_status comm_write(struct comm_open *o, struct fs_ctx *ctx, uint64_t now_ms, struct comm_progress *p, const struct comm_patience *patience,
		     struct slice data, size_t *written)
{
	*written = 0;
	if ((o->access & COMM_WRITE) == 0)
		return STATUS_ACCESS_DENIED;
	nt_status status = queue_enter(&o->writes, ctx);
	if (ctx->wait == FS_WAIT_CANCELLED || ctx->req_id <= o->aborted_writes)
		return end_write(o, ctx, p, written, STATUS_CANCELLED);
	if (status != STATUS_SUCCESS)
		return status;
	begin(p, now_ms);
	push(o, p, data);
	struct limits l = write_limits(o, patience, data.len);
	uint32_t ms = time_left(&l, p, 0, 0, now_ms);
	if (o->gone)
		return end_write(o, ctx, p, written, STATUS_DEVICE_NOT_CONNECTED);
	if (p->done == data.len)
		return end_write(o, ctx, p, written, STATUS_SUCCESS);
	if (ms > 0 && ctx->wait != FS_WAIT_NEVER) {
		comm_await_output(o, ctx->req_id);
		return wait_more(ctx, ms);
	}
	return end_write(o, ctx, p, written, l.is_error ? STATUS_IO_TIMEOUT : STATUS_SUCCESS);
}

nt_status comm_drain(struct comm_open *o, struct fs_ctx *ctx)
{
	if (ctx->wait == FS_WAIT_CANCELLED)
		return STATUS_CANCELLED;
	if (o->gone)
		return STATUS_DEVICE_NOT_CONNECTED;
	if (comm_unsent(o) == 0 || ctx->wait == FS_WAIT_NEVER)
		return STATUS_SUCCESS;
	return wait_more(ctx, COMM_SAMPLE_MS);
}
