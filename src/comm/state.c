/* Parameters, modem lines, errors: everything that is an ioctl. */
#include <asm/termbits.h>
#include <errno.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

#include "comm/internal.h"

enum { CENTISECOND = 10 };

/* ---- the line ---- */

struct comm_line comm_device_line(int fd)
{
	struct comm_line line = comm_line_default();
	struct termios2 t;
	if (ioctl(fd, TCGETS2, &t) == 0)
		comm_line_from_termios(&t, &line);
	return comm_line_check(&line) == STATUS_SUCCESS ? line : comm_line_default();
}

int comm_apply_line(int fd, const struct comm_line *line)
{
	struct termios2 before, wanted, got;
	if (ioctl(fd, TCGETS2, &before) != 0)
		return -errno;
	wanted = before;
	comm_line_to_termios(line, &wanted);
	if (ioctl(fd, TCSETS2, &wanted) != 0 || ioctl(fd, TCGETS2, &got) != 0)
		return -errno;
	if (comm_line_was_taken(&wanted, &got))
		return 0;
	(void)ioctl(fd, TCSETS2, &before);
	return -EINVAL;
}

const struct comm_line *comm_line_of(const struct comm_open *o)
{
	return &o->port->line;
}

static nt_status fault(struct comm_open *o, int err)
{
	if (err != -EIO && err != -ENODEV && err != -ENXIO)
		return nt_status_from_errno(-err);
	comm_device_is_gone(o);
	return STATUS_DEVICE_NOT_CONNECTED;
}

/* Whether the mode gives a modem line to the client, and how it begins then. */
static uint32_t outputs_of(const struct comm_line *line)
{
	bool dtr = (line->handflow.control_hand_shake & SERIAL_DTR_CONTROL) != 0;
	bool rts = (line->handflow.flow_replace & (SERIAL_RTS_CONTROL | SERIAL_RTS_HANDSHAKE)) != 0;
	return (dtr ? SERIAL_DTR_STATE : 0u) | (rts ? SERIAL_RTS_STATE : 0u);
}

nt_status comm_set_line(struct comm_open *o, const struct comm_line *line)
{
	struct comm_line *current = &o->port->line;
	nt_status status = comm_line_check(line);
	if (status != STATUS_SUCCESS)
		return status;
	if (o->gone)
		return STATUS_DEVICE_NOT_CONNECTED;
	int err = comm_apply_line(o->fd, line);
	if (err != 0)
		return fault(o, err);
	uint32_t before = outputs_of(current), after = outputs_of(line);
	*current = *line;
	return before == after ? STATUS_SUCCESS : comm_set_outputs(o, after & ~before, before & ~after);
}

/* ---- time ---- */

const struct smb1_serial_timeouts *comm_timeouts_of(const struct comm_open *o)
{
	return &o->timeouts;
}

bool comm_has_timeouts(const struct comm_open *o)
{
	return o->has_timeouts;
}

void comm_set_timeouts(struct comm_open *o, const struct smb1_serial_timeouts *t)
{
	o->timeouts = *t;
	o->has_timeouts = true;
	o->idle_from_start = false;
	bool at_once = t->read_interval_timeout == UINT32_MAX;
	uint8_t mode = !at_once ? DCB_READ_NORMAL : t->read_total_timeout_multiplier == UINT32_MAX ? DCB_READ_WAIT_FOR_SOMETHING :
		       t->read_total_timeout_constant == 0 ? DCB_READ_NO_WAIT : DCB_READ_NORMAL;
	bool infinite = t->write_total_timeout_multiplier == 0 && t->write_total_timeout_constant == 0;
	o->dcb_timeout = (uint8_t)((o->dcb_timeout & ~(DCB_READ_MODE_MASK | DCB_WRITE_INFINITE)) | mode | (infinite ? DCB_WRITE_INFINITE : 0));
}

static uint16_t to_dcb_time(uint32_t ms)
{
	uint32_t n = ms / CENTISECOND;
	return (uint16_t)(n > UINT16_MAX ? UINT16_MAX : n > 0 ? n - 1 : 0);
}

struct smb1_dcb_information comm_dcb(const struct comm_open *o)
{
	const struct comm_line *line = comm_line_of(o);
	const struct smb1_serial_timeouts *t = &o->timeouts;
	bool normal = (o->dcb_timeout & DCB_READ_MODE_MASK) == DCB_READ_NORMAL && t->read_interval_timeout != UINT32_MAX;
	return (struct smb1_dcb_information){
		.write_timeout = to_dcb_time(t->write_total_timeout_constant),
		.read_timeout = to_dcb_time(normal && t->read_interval_timeout != 0 ? t->read_interval_timeout : t->read_total_timeout_constant),
		.control_hand_shake = (uint8_t)line->handflow.control_hand_shake,
		.flow_replace = (uint8_t)line->handflow.flow_replace,
		.timeout = o->dcb_timeout,
		.error_replacement_char = line->chars.error_char,
		.break_replacement_char = line->chars.break_char,
		.xon_char = line->chars.xon_char,
		.xoff_char = line->chars.xoff_char,
	};
}

static struct smb1_serial_timeouts timeouts_of_dcb(const struct smb1_dcb_information *dcb)
{
	uint32_t read_ms = (dcb->read_timeout + 1u) * CENTISECOND;
	struct smb1_serial_timeouts t = { .read_interval_timeout = UINT32_MAX };
	switch (dcb->timeout & DCB_READ_MODE_MASK) {
	case DCB_READ_NORMAL: t.read_interval_timeout = read_ms; break;
	case DCB_READ_WAIT_FOR_SOMETHING:
		t.read_total_timeout_multiplier = UINT32_MAX;
		t.read_total_timeout_constant = read_ms;
		break;
	default: break;
	}
	t.write_total_timeout_constant = (dcb->timeout & DCB_WRITE_INFINITE) != 0 ? 0 : (dcb->write_timeout + 1u) * CENTISECOND;
	return t;
}

nt_status comm_set_dcb(struct comm_open *o, const struct smb1_dcb_information *dcb)
{
	struct comm_line line = *comm_line_of(o);
	if ((dcb->timeout & DCB_READ_MODE_MASK) == 0)
		return STATUS_INVALID_PARAMETER;
	line.handflow.control_hand_shake = dcb->control_hand_shake;
	line.handflow.flow_replace = dcb->flow_replace;
	line.chars.error_char = dcb->error_replacement_char;
	line.chars.break_char = dcb->break_replacement_char;
	line.chars.xon_char = dcb->xon_char;
	line.chars.xoff_char = dcb->xoff_char;
	nt_status status = comm_set_line(o, &line);
	if (status != STATUS_SUCCESS)
		return status;
	o->timeouts = timeouts_of_dcb(dcb);
	o->has_timeouts = true;
	o->idle_from_start = (dcb->timeout & DCB_READ_MODE_MASK) == DCB_READ_NORMAL;
	o->dcb_timeout = dcb->timeout;
	return STATUS_SUCCESS;
}

/* ---- break, modem lines ---- */

bool comm_is_breaking(const struct comm_open *o)
{
	return o->breaking;
}

nt_status comm_set_break(struct comm_open *o, bool on)
{
	if (ioctl(o->fd, on ? TIOCSBRK : TIOCCBRK) != 0)
		return fault(o, -errno);
	o->breaking = on;
	return STATUS_SUCCESS;
}

bool comm_has_modem_lines(const struct comm_open *o)
{
	int bits;
	return ioctl(o->fd, TIOCMGET, &bits) == 0;
}

uint32_t comm_outputs(const struct comm_open *o)
{
	int bits;
	if (ioctl(o->fd, TIOCMGET, &bits) != 0)
		return o->outputs;
	return ((bits & TIOCM_DTR) != 0 ? SERIAL_DTR_STATE : 0u) | ((bits & TIOCM_RTS) != 0 ? SERIAL_RTS_STATE : 0u);
}

static int to_modem_bits(uint32_t outputs)
{
	return ((outputs & SERIAL_DTR_STATE) != 0 ? TIOCM_DTR : 0) | ((outputs & SERIAL_RTS_STATE) != 0 ? TIOCM_RTS : 0);
}

nt_status comm_set_outputs(struct comm_open *o, uint32_t on, uint32_t off)
{
	int set = to_modem_bits(on), clear = to_modem_bits(off);
	o->outputs = (o->outputs | on) & ~off;
	if (!comm_has_modem_lines(o))
		return o->gone ? STATUS_DEVICE_NOT_CONNECTED : STATUS_SUCCESS;
	if ((set != 0 && ioctl(o->fd, TIOCMBIS, &set) != 0) || (clear != 0 && ioctl(o->fd, TIOCMBIC, &clear) != 0))
		return fault(o, -errno);
	return STATUS_SUCCESS;
}

uint32_t comm_inputs(const struct comm_open *o)
{
	int bits;
	if (ioctl(o->fd, TIOCMGET, &bits) != 0)
		return o->gone ? 0 : SERIAL_CTS_STATE | SERIAL_DSR_STATE | SERIAL_DCD_STATE;
	return ((bits & TIOCM_CTS) != 0 ? SERIAL_CTS_STATE : 0u) | ((bits & TIOCM_DSR) != 0 ? SERIAL_DSR_STATE : 0u) |
	       ((bits & TIOCM_RI) != 0 ? SERIAL_RI_STATE : 0u) | ((bits & TIOCM_CD) != 0 ? SERIAL_DCD_STATE : 0u);
}

nt_status comm_hold_output(struct comm_open *o, bool hold)
{
	if (ioctl(o->fd, TCXONC, hold ? TCOOFF : TCOON) != 0)
		return fault(o, -errno);
	o->held = hold;
	return STATUS_SUCCESS;
}

bool comm_is_held(const struct comm_open *o)
{
	return o->held;
}

/* ---- purge ---- */

static uint64_t abort_all(struct comm_open *o, const struct comm_queue *q)
{
	uint64_t highest = 0;
	for (size_t i = 0; i < q->n; i++) {
		highest = MAX(highest, q->ids[i]);
		comm_wake(o, q->ids[i]);
	}
	return highest;
}

nt_status comm_purge(struct comm_open *o, uint32_t flags)
{
	const uint32_t known = SERIAL_PURGE_TXABORT | SERIAL_PURGE_RXABORT | SERIAL_PURGE_TXCLEAR | SERIAL_PURGE_RXCLEAR;
	if (flags == 0 || (flags & ~known) != 0)
		return STATUS_INVALID_PARAMETER;
	if ((flags & SERIAL_PURGE_RXABORT) != 0)
		o->aborted_reads = MAX(o->aborted_reads, abort_all(o, &o->reads));
	if ((flags & SERIAL_PURGE_TXABORT) != 0)
		o->aborted_writes = MAX(o->aborted_writes, abort_all(o, &o->writes));
	if ((flags & SERIAL_PURGE_RXCLEAR) != 0)
		o->input_len = 0;
	bool in = (flags & SERIAL_PURGE_RXCLEAR) != 0, out = (flags & SERIAL_PURGE_TXCLEAR) != 0;
	if ((in || out) && ioctl(o->fd, TCFLSH, in && out ? TCIOFLUSH : in ? TCIFLUSH : TCOFLUSH) != 0)
		return fault(o, -errno);
	return STATUS_SUCCESS;
}

/* ---- what went wrong ---- */

struct comm_counters comm_counters(const struct comm_open *o)
{
	struct serial_icounter_struct icount;
	if (ioctl(o->fd, TIOCGICOUNT, &icount) != 0) /* pseudo-terminals do not count */
		return (struct comm_counters){ 0 };
	return (struct comm_counters){ (uint32_t)icount.brk, (uint32_t)icount.frame, (uint32_t)icount.overrun, (uint32_t)icount.parity,
				       (uint32_t)icount.buf_overrun };
}

struct smb1_serial_status comm_status(struct comm_open *o, uint64_t now_ms)
{
	struct comm_counters now = comm_counters(o), *before = &o->before;
	struct smb1_serial_status s = {
		.errors = (now.brk != before->brk ? SERIAL_ERROR_BREAK : 0u) | (now.frame != before->frame ? SERIAL_ERROR_FRAMING : 0u) |
			  (now.overrun != before->overrun ? SERIAL_ERROR_OVERRUN : 0u) |
			  (now.buf_overrun != before->buf_overrun ? SERIAL_ERROR_QUEUEOVERRUN : 0u) |
			  (now.parity != before->parity ? SERIAL_ERROR_PARITY : 0u),
		.amount_in_in_queue = (uint32_t)comm_available(o, now_ms),
		.amount_in_out_queue = (uint32_t)comm_unsent(o),
	};
	*before = now;
	return s;
}

struct smb1_serialperf_stats comm_stats(struct comm_open *o)
{
	struct comm_counters now = comm_counters(o), *from = &o->at_clear;
	return (struct smb1_serialperf_stats){
		.received_count = o->received,
		.transmitted_count = o->transmitted,
		.frame_error_count = now.frame - from->frame,
		.serial_overrun_error_count = now.overrun - from->overrun,
		.buffer_overrun_error_count = now.buf_overrun - from->buf_overrun,
		.parity_error_count = now.parity - from->parity,
	};
}

void comm_clear_stats(struct comm_open *o)
{
	o->received = o->transmitted = 0;
	o->at_clear = comm_counters(o);
}
