/* NT's device controls of serial ports, by NT_TRANSACT_IOCTL. ntddser.h; [MS-CIFS] 2.2.7.2 */
#include "comm/comm.h"
#include "smb1/serial.h"

struct call {
	struct comm_open *port;
	struct smb1_req *r;
	struct trans_call *trans;
	uint32_t argument; /* of those that take one ULONG */
};

enum { OUT_MAX = 64 };

#define READER(type)                                                                             \
	static nt_status read_##type(struct call *c, struct smb1_##type *m)                          \
	{                                                                                            \
		*m = (struct smb1_##type){ 0 };                                                          \
		struct wire w = trans_reader(c->r, c->trans->data);                                      \
		smb1_##type(&w, m);                                                                      \
		nt_status status = wire_ok(&w) ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;               \
		return status;                                                                           \
	}
READER(serial_line_control)
READER(serial_timeouts)
READER(serial_chars)
READER(serial_handflow)
READER(serial_queue_size)

static nt_status put(struct call *c, const struct wire *w)
{
	if (w->pos > c->trans->max_data_count)
		return STATUS_BUFFER_TOO_SMALL;
	return trans_put_data(c->trans, w);
}

static nt_status put_ulong(struct call *c, uint32_t value)
{
	struct smb1_serial_ulong m = { value };
	struct wire w = trans_writer(c->r, OUT_MAX);
	smb1_serial_ulong(&w, &m);
	return put(c, &w);
}

/* ---- the line ---- */

static nt_status set_baud_rate(struct call *c)
{
	struct comm_line line = *comm_line_of(c->port);
	line.baud_rate = c->argument;
	return comm_set_line(c->port, &line);
}

static nt_status get_baud_rate(struct call *c)
{
	return put_ulong(c, comm_line_of(c->port)->baud_rate);
}

static nt_status set_line_control(struct call *c)
{
	struct comm_line line = *comm_line_of(c->port);
	nt_status status = read_serial_line_control(c, &line.control);
	return status == STATUS_SUCCESS ? comm_set_line(c->port, &line) : status;
}

static nt_status get_line_control(struct call *c)
{
	struct smb1_serial_line_control m = comm_line_of(c->port)->control;
	struct wire w = trans_writer(c->r, OUT_MAX);
	smb1_serial_line_control(&w, &m);
	return put(c, &w);
}

static nt_status set_chars(struct call *c)
{
	struct comm_line line = *comm_line_of(c->port);
	nt_status status = read_serial_chars(c, &line.chars);
	return status == STATUS_SUCCESS ? comm_set_line(c->port, &line) : status;
}

static nt_status get_chars(struct call *c)
{
	struct smb1_serial_chars m = comm_line_of(c->port)->chars;
	struct wire w = trans_writer(c->r, OUT_MAX);
	smb1_serial_chars(&w, &m);
	return put(c, &w);
}

static nt_status set_handflow(struct call *c)
{
	struct comm_line line = *comm_line_of(c->port);
	nt_status status = read_serial_handflow(c, &line.handflow);
	return status == STATUS_SUCCESS ? comm_set_line(c->port, &line) : status;
}

static nt_status get_handflow(struct call *c)
{
	struct smb1_serial_handflow m = comm_line_of(c->port)->handflow;
	struct wire w = trans_writer(c->r, OUT_MAX);
	smb1_serial_handflow(&w, &m);
	return put(c, &w);
}

/* The driver has queues of its own; a size is a wish. */
static nt_status set_queue_size(struct call *c)
{
	struct smb1_serial_queue_size m;
	return read_serial_queue_size(c, &m);
}

/* ---- time ---- */

static nt_status set_timeouts(struct call *c)
{
	struct smb1_serial_timeouts m;
	nt_status status = read_serial_timeouts(c, &m);
	if (status != STATUS_SUCCESS)
		return status;
	/* "At once" and "for ever" in one: serial.sys refuses it, too. */
	if (m.read_interval_timeout == UINT32_MAX && m.read_total_timeout_multiplier == UINT32_MAX && m.read_total_timeout_constant == UINT32_MAX)
		return STATUS_INVALID_PARAMETER;
	comm_set_timeouts(c->port, &m);
	return STATUS_SUCCESS;
}

static nt_status get_timeouts(struct call *c)
{
	struct smb1_serial_timeouts m = *comm_timeouts_of(c->port);
	struct wire w = trans_writer(c->r, OUT_MAX);
	smb1_serial_timeouts(&w, &m);
	return put(c, &w);
}

/* ---- lines of the modem ---- */

static nt_status set_break_on(struct call *c) { return comm_set_break(c->port, true); }
static nt_status set_break_off(struct call *c) { return comm_set_break(c->port, false); }
static nt_status set_dtr(struct call *c) { return comm_set_outputs(c->port, SERIAL_DTR_STATE, 0); }
static nt_status clr_dtr(struct call *c) { return comm_set_outputs(c->port, 0, SERIAL_DTR_STATE); }
static nt_status set_rts(struct call *c) { return comm_set_outputs(c->port, SERIAL_RTS_STATE, 0); }
static nt_status clr_rts(struct call *c) { return comm_set_outputs(c->port, 0, SERIAL_RTS_STATE); }
static nt_status get_dtrrts(struct call *c) { return put_ulong(c, comm_outputs(c->port)); }
static nt_status get_modemstatus(struct call *c) { return put_ulong(c, comm_inputs(c->port)); }
static nt_status set_xoff(struct call *c) { return comm_hold_output(c->port, true); }
static nt_status set_xon(struct call *c) { return comm_hold_output(c->port, false); }
static nt_status purge(struct call *c) { return comm_purge(c->port, c->argument); }

static nt_status immediate_char(struct call *c)
{
	return c->trans->data.len > 0 ? comm_transmit(c->port, c->trans->data.ptr[0]) : STATUS_BUFFER_TOO_SMALL;
}

static nt_status reset_device(struct call *c)
{
	nt_status status = comm_set_break(c->port, false);
	if (status == STATUS_SUCCESS)
		status = comm_hold_output(c->port, false);
	return status;
}

/* ---- what there is to know ---- */

static nt_status get_commstatus(struct call *c)
{
	enum { TX_WAITING_ON_XON = 0x10 };
	struct smb1_serial_status m = comm_status(c->port, net_monotonic_ms());
	m.hold_reasons = comm_is_held(c->port) ? TX_WAITING_ON_XON : 0;
	struct wire w = trans_writer(c->r, OUT_MAX);
	smb1_serial_status(&w, &m);
	return put(c, &w);
}

static nt_status get_stats(struct call *c)
{
	struct smb1_serialperf_stats m = comm_stats(c->port);
	struct wire w = trans_writer(c->r, OUT_MAX);
	smb1_serialperf_stats(&w, &m);
	return put(c, &w);
}

static nt_status clear_stats(struct call *c)
{
	comm_clear_stats(c->port);
	return STATUS_SUCCESS;
}

enum { /* SERIAL_COMMPROP, from ntddser.h and winbase.h */
	SERIAL_SP_SERIALCOMM = 0x01,
	SERIAL_SP_RS232 = 0x01,
	SERIAL_BAUD_USER = 0x10000000,
	SERIAL_PCF_DTRDSR = 0x01, SERIAL_PCF_RTSCTS = 0x02, SERIAL_PCF_CD = 0x04, SERIAL_PCF_PARITY_CHECK = 0x08, SERIAL_PCF_XONXOFF = 0x10,
	SERIAL_PCF_SETXCHAR = 0x20, SERIAL_PCF_TOTALTIMEOUTS = 0x40, SERIAL_PCF_INTTIMEOUTS = 0x80,
	SERIAL_SP_ALL = 0x7F,
	SERIAL_DATABITS_5_TO_8 = 0x0F,
	SERIAL_STOPBITS_ALL = 0x07, SERIAL_PARITY_ALL = 0x1F00,
};

static nt_status get_properties(struct call *c)
{
	enum { INPUT = 65536, VERSION = 2 };
	struct smb1_serial_commprop m = {
		.packet_length = SERIAL_COMMPROP_LEN, .packet_version = VERSION, .service_mask = SERIAL_SP_SERIALCOMM,
		.max_baud = SERIAL_BAUD_USER, .prov_sub_type = SERIAL_SP_RS232,
		.prov_capabilities = SERIAL_PCF_DTRDSR | SERIAL_PCF_RTSCTS | SERIAL_PCF_CD | SERIAL_PCF_PARITY_CHECK | SERIAL_PCF_XONXOFF |
				     SERIAL_PCF_SETXCHAR | SERIAL_PCF_TOTALTIMEOUTS | SERIAL_PCF_INTTIMEOUTS,
		.settable_params = SERIAL_SP_ALL, .settable_baud = SERIAL_BAUD_USER, .settable_data = SERIAL_DATABITS_5_TO_8,
		.settable_stop_parity = SERIAL_STOPBITS_ALL | SERIAL_PARITY_ALL, .current_rx_queue = INPUT,
	};
	struct wire w = trans_writer(c->r, OUT_MAX);
	smb1_serial_commprop(&w, &m);
	return put(c, &w);
}

/* ---- events ---- */

static nt_status get_wait_mask(struct call *c)
{
	return put_ulong(c, comm_wait_mask(c->port));
}

static nt_status set_wait_mask(struct call *c)
{
	return comm_set_wait_mask(c->port, c->argument, net_monotonic_ms());
}

static nt_status wait_on_mask(struct call *c)
{
	uint32_t events;
	if (c->trans->max_data_count < sizeof(events))
		return STATUS_BUFFER_TOO_SMALL;
	nt_status status = comm_wait_on_mask(c->port, req_fs(c->r), net_monotonic_ms(), &c->r->port_progress, &events);
	return status == STATUS_SUCCESS ? put_ulong(c, events) : status;
}

enum { TAKES_ULONG = 1, CHANGES = 2 };

static const struct control {
	uint32_t code;
	unsigned flags;
	nt_status (*run)(struct call *c);
} controls[] = {
	{ IOCTL_SERIAL_SET_BAUD_RATE, TAKES_ULONG | CHANGES, set_baud_rate },
	{ IOCTL_SERIAL_SET_QUEUE_SIZE, 0, set_queue_size },
	{ IOCTL_SERIAL_SET_LINE_CONTROL, CHANGES, set_line_control },
	{ IOCTL_SERIAL_SET_BREAK_ON, CHANGES, set_break_on },
	{ IOCTL_SERIAL_SET_BREAK_OFF, CHANGES, set_break_off },
	{ IOCTL_SERIAL_IMMEDIATE_CHAR, CHANGES, immediate_char },
	{ IOCTL_SERIAL_SET_TIMEOUTS, 0, set_timeouts },
	{ IOCTL_SERIAL_GET_TIMEOUTS, 0, get_timeouts },
	{ IOCTL_SERIAL_SET_DTR, CHANGES, set_dtr },
	{ IOCTL_SERIAL_CLR_DTR, CHANGES, clr_dtr },
	{ IOCTL_SERIAL_RESET_DEVICE, CHANGES, reset_device },
	{ IOCTL_SERIAL_SET_RTS, CHANGES, set_rts },
	{ IOCTL_SERIAL_CLR_RTS, CHANGES, clr_rts },
	{ IOCTL_SERIAL_SET_XOFF, CHANGES, set_xoff },
	{ IOCTL_SERIAL_SET_XON, CHANGES, set_xon },
	{ IOCTL_SERIAL_GET_WAIT_MASK, 0, get_wait_mask },
	{ IOCTL_SERIAL_SET_WAIT_MASK, TAKES_ULONG, set_wait_mask },
	{ IOCTL_SERIAL_WAIT_ON_MASK, 0, wait_on_mask },
	{ IOCTL_SERIAL_PURGE, TAKES_ULONG | CHANGES, purge },
	{ IOCTL_SERIAL_GET_BAUD_RATE, 0, get_baud_rate },
	{ IOCTL_SERIAL_GET_LINE_CONTROL, 0, get_line_control },
	{ IOCTL_SERIAL_GET_CHARS, 0, get_chars },
	{ IOCTL_SERIAL_SET_CHARS, CHANGES, set_chars },
	{ IOCTL_SERIAL_GET_HANDFLOW, 0, get_handflow },
	{ IOCTL_SERIAL_SET_HANDFLOW, CHANGES, set_handflow },
	{ IOCTL_SERIAL_GET_MODEMSTATUS, 0, get_modemstatus },
	{ IOCTL_SERIAL_GET_COMMSTATUS, 0, get_commstatus },
	{ IOCTL_SERIAL_GET_PROPERTIES, 0, get_properties },
	{ IOCTL_SERIAL_GET_DTRRTS, 0, get_dtrrts },
	{ IOCTL_SERIAL_GET_STATS, 0, get_stats },
	{ IOCTL_SERIAL_CLEAR_STATS, 0, clear_stats },
};

static const struct control *find(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(controls); i++)
		if (controls[i].code == code)
			return &controls[i];
	return NULL;
}

nt_status serial_nt_ioctl(struct smb1_req *r, struct smb1_fid *f, uint32_t code, struct trans_call *call)
{
	const struct control *control = find(code);
	struct call c = { .port = f->port, .r = r, .trans = call };
	if (control == NULL)
		return STATUS_INVALID_DEVICE_REQUEST;
	if ((control->flags & CHANGES) != 0 && (comm_access(f->port) & COMM_WRITE) == 0)
		return STATUS_ACCESS_DENIED;
	if ((control->flags & TAKES_ULONG) != 0) {
		if (call->data.len < sizeof(c.argument))
			return STATUS_BUFFER_TOO_SMALL;
		c.argument = load_le32(call->data.ptr);
	}
	nt_status status = control->run(&c);
	if (status == STATUS_PENDING)
		r->waits_on_fid = f->fid;
	return status;
}
