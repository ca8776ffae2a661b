/* WAIT_ON_MASK: what happened on a port since it was asked last. Bytes wake us; lines and the end of the output are looked at. */
#include <string.h>

#include "comm/internal.h"

enum { LINES = SERIAL_EV_CTS | SERIAL_EV_DSR | SERIAL_EV_RLSD | SERIAL_EV_RING };

void comm_note_input(struct comm_open *o, const uint8_t *bytes, size_t n)
{
	o->events |= SERIAL_EV_RXCHAR;
	if (memchr(bytes, o->port->line.chars.event_char, n) != NULL)
		o->events |= SERIAL_EV_RXFLAG;
}

static uint32_t line_events(uint32_t changed)
{
	return ((changed & SERIAL_CTS_STATE) != 0 ? SERIAL_EV_CTS : 0u) | ((changed & SERIAL_DSR_STATE) != 0 ? SERIAL_EV_DSR : 0u) |
	       ((changed & SERIAL_DCD_STATE) != 0 ? SERIAL_EV_RLSD : 0u) | ((changed & SERIAL_RI_STATE) != 0 ? SERIAL_EV_RING : 0u);
}

static void look(struct comm_open *o, uint64_t now_ms)
{
	uint32_t inputs = comm_inputs(o);
	struct comm_counters now = comm_counters(o), *told = &o->told;
	(void)comm_fill(o, now_ms);
	o->events |= line_events(inputs ^ o->inputs_before);
	o->inputs_before = inputs;
	if (now.brk != told->brk)
		o->events |= SERIAL_EV_BREAK;
	if (now.frame != told->frame || now.overrun != told->overrun || now.parity != told->parity)
		o->events |= SERIAL_EV_ERR;
	*told = now;
	if (o->output_was_busy && comm_unsent(o) == 0) {
		o->output_was_busy = false;
		o->events |= SERIAL_EV_TXEMPTY;
	}
}

uint32_t comm_wait_mask(const struct comm_open *o)
{
	return o->wait_mask;
}

nt_status comm_set_wait_mask(struct comm_open *o, uint32_t mask, uint64_t now_ms)
{
	if ((mask & ~(uint32_t)SERIAL_EV_ALL) != 0)
		return STATUS_INVALID_PARAMETER;
	look(o, now_ms);
	/* What came under the old mask and is not in the new one is forgotten; what nobody has read still counts. */
	o->events &= mask & o->wait_mask;
	if (o->input_len > 0)
		o->events |= SERIAL_EV_RXCHAR & mask;
	o->wait_mask = mask;
	if (o->watch_id != 0) {
		o->mask_changed = true;
		comm_wake(o, o->watch_id);
	}
	return STATUS_SUCCESS;
}

static nt_status end_wait(struct comm_open *o, struct comm_progress *p, nt_status status)
{
	o->watch_id = 0;
	o->mask_changed = false;
	*p = (struct comm_progress){ 0 };
	return status;
}

nt_status comm_wait_on_mask(struct comm_open *o, struct fs_ctx *ctx, uint64_t now_ms, struct comm_progress *p, uint32_t *events)
{
	*events = 0;
	if (o->watch_id != 0 && o->watch_id != ctx->req_id)
		return STATUS_INVALID_PARAMETER;
	if (ctx->wait == FS_WAIT_CANCELLED)
		return end_wait(o, p, STATUS_CANCELLED);
	if (o->mask_changed)
		return end_wait(o, p, STATUS_SUCCESS);
	if (o->wait_mask == 0)
		return STATUS_INVALID_PARAMETER;
	look(o, now_ms);
	*events = o->events & o->wait_mask;
	o->events &= ~*events;
	if (*events != 0)
		return end_wait(o, p, STATUS_SUCCESS);
	if (o->gone)
		return end_wait(o, p, STATUS_DEVICE_NOT_CONNECTED);
	if (ctx->wait == FS_WAIT_NEVER)
		return STATUS_INSUFF_SERVER_RESOURCES;
	p->begun = true;
	o->watch_id = ctx->req_id;
	/* A full input buffer would be told as ready for ever. */
	if (o->input_len < COMM_INPUT_CAP)
		comm_await_watch(o, ctx->req_id);
	ctx->wait_ms = UINT32_MAX;
	bool sample = (o->wait_mask & SERIAL_EV_TXEMPTY) != 0 ||
		      ((o->wait_mask & (LINES | SERIAL_EV_BREAK | SERIAL_EV_ERR)) != 0 && comm_has_modem_lines(o));
	ctx->retry_ms = sample ? COMM_SAMPLE_MS : 0;
	return STATUS_PENDING;
}

uint32_t comm_take_events(struct comm_open *o, uint64_t now_ms)
{
	look(o, now_ms);
	uint32_t events = o->events;
	o->events = 0;
	return events;
}
