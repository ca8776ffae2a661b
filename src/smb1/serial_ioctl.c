/* IOCTL on serial ports, as OS/2 and LAN Manager send it. [MS-CIFS] 2.2.4.35 <49>; "ASYNC IOCtls" of OS/2's drivers */
#include "comm/comm.h"
#include "smb1/serial.h"

enum { REPLY_MAX = 16 };

/* One function at work: what came, and what goes back. */
struct call {
	struct comm_open *port;
	struct smb1_req *r;
	struct slice in;
	uint8_t out[REPLY_MAX];
	size_t out_len;
};

static void put8(struct call *c, uint8_t v)
{
	c->out[c->out_len++] = v;
}

static void put16(struct call *c, size_t v)
{
	store_le16(c->out + c->out_len, (uint16_t)MIN(v, (size_t)UINT16_MAX));
	c->out_len += 2;
}

static void put32(struct call *c, uint32_t v)
{
	store_le32(c->out + c->out_len, v);
	c->out_len += 4;
}

/* OS/2 has its own order of bits for the same errors. */
static uint16_t errors_of_os2(uint32_t errors)
{
	return (uint16_t)(((errors & SERIAL_ERROR_QUEUEOVERRUN) != 0 ? 1 : 0) | ((errors & SERIAL_ERROR_OVERRUN) != 0 ? 2 : 0) |
			  ((errors & SERIAL_ERROR_PARITY) != 0 ? 4 : 0) | ((errors & SERIAL_ERROR_FRAMING) != 0 ? 8 : 0));
}

static void put_errors(struct call *c)
{
	put16(c, errors_of_os2(comm_status(c->port, net_monotonic_ms()).errors));
}

static nt_status set_rate(struct call *c, uint32_t rate)
{
	struct comm_line line = *comm_line_of(c->port);
	line.baud_rate = rate;
	return comm_set_line(c->port, &line);
}

static nt_status set_baud_rate(struct call *c)
{
	return set_rate(c, load_le16(c->in.ptr));
}

static nt_status ext_set_baud_rate(struct call *c)
{
	return set_rate(c, load_le32(c->in.ptr)); /* the fraction behind it is below what a line can tell */
}

/* What does not fit into 16 bits is asked for by the other function. */
static nt_status get_baud_rate(struct call *c)
{
	put16(c, comm_line_of(c->port)->baud_rate);
	return STATUS_SUCCESS;
}

static nt_status ext_get_baud_rate(struct call *c)
{
	enum { SLOWEST = 50, FASTEST = 4000000 };
	const uint32_t rates[] = { comm_line_of(c->port)->baud_rate, SLOWEST, FASTEST };
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		put32(c, rates[i]);
		put8(c, 0);
	}
	return STATUS_SUCCESS;
}

static nt_status set_line_control(struct call *c)
{
	struct smb1_async_line_control m = { 0 };
	struct comm_line line = *comm_line_of(c->port);
	struct wire w = trans_reader(c->r, c->in);
	smb1_async_line_control(&w, &m);
	line.control = (struct smb1_serial_line_control){ m.stop_bits, m.parity, m.data_bits };
	return comm_set_line(c->port, &line);
}

static nt_status get_line_control(struct call *c)
{
	const struct smb1_serial_line_control *line = &comm_line_of(c->port)->control;
	put8(c, line->word_length);
	put8(c, line->parity);
	put8(c, line->stop_bits);
	put8(c, comm_is_breaking(c->port));
	return STATUS_SUCCESS;
}

static nt_status transmit_now(struct call *c)
{
	return comm_transmit(c->port, c->in.ptr[0]);
}

static nt_status set_break(struct call *c, bool on)
{
	nt_status status = comm_set_break(c->port, on);
	put_errors(c);
	return status;
}

static nt_status set_break_on(struct call *c)
{
	return set_break(c, true);
}

static nt_status set_break_off(struct call *c)
{
	return set_break(c, false);
}

/* A mask to be or-ed, and one to be and-ed. */
static nt_status set_modem_control(struct call *c)
{
	nt_status status = comm_set_outputs(c->port, c->in.ptr[0], (uint8_t)~c->in.ptr[1]);
	put_errors(c);
	return status;
}

static nt_status stop_transmit(struct call *c)
{
	return comm_hold_output(c->port, true);
}

static nt_status start_transmit(struct call *c)
{
	return comm_hold_output(c->port, false);
}

static nt_status set_dcb(struct call *c)
{
	struct smb1_dcb_information m = { 0 };
	struct wire w = trans_reader(c->r, c->in);
	smb1_dcb_information(&w, &m);
	return comm_set_dcb(c->port, &m);
}

static nt_status get_dcb(struct call *c)
{
	struct smb1_dcb_information m = comm_dcb(c->port);
	struct wire w;
	wire_init_encode(&w, c->out, sizeof(c->out), &c->r->arena);
	smb1_dcb_information(&w, &m);
	c->out_len = w.pos;
	return STATUS_SUCCESS;
}

static nt_status get_comm_status(struct call *c)
{
	enum { TX_WAITS_FOR_XON = 0x04 };
	put8(c, comm_is_held(c->port) ? TX_WAITS_FOR_XON : 0);
	return STATUS_SUCCESS;
}

static nt_status get_line_status(struct call *c)
{
	enum { WRITE_WAITS = 0x01, QUEUE_HAS_DATA = 0x02, HARDWARE_SENDS = 0x04 };
	bool sends = comm_unsent(c->port) > 0;
	put8(c, (uint8_t)((comm_is_writing(c->port) ? WRITE_WAITS : 0) | (sends ? QUEUE_HAS_DATA | HARDWARE_SENDS : 0)));
	return STATUS_SUCCESS;
}

static nt_status get_modem_output(struct call *c)
{
	put8(c, (uint8_t)comm_outputs(c->port));
	return STATUS_SUCCESS;
}

static nt_status get_modem_input(struct call *c)
{
	put8(c, (uint8_t)comm_inputs(c->port));
	return STATUS_SUCCESS;
}

static nt_status get_in_queue_count(struct call *c)
{
	put16(c, comm_available(c->port, net_monotonic_ms()));
	put16(c, UINT16_MAX);
	return STATUS_SUCCESS;
}

static nt_status get_out_queue_count(struct call *c)
{
	enum { KERNEL_BUFFER = 4096 };
	put16(c, comm_unsent(c->port));
	put16(c, KERNEL_BUFFER);
	return STATUS_SUCCESS;
}

static nt_status get_comm_error(struct call *c)
{
	put_errors(c);
	return STATUS_SUCCESS;
}

/* The bits are those of NT's SERIAL_EV_*. */
static nt_status get_comm_event(struct call *c)
{
	put16(c, comm_take_events(c->port, net_monotonic_ms()));
	return STATUS_SUCCESS;
}

static nt_status flush_input(struct call *c)
{
	return comm_purge(c->port, SERIAL_PURGE_RXCLEAR);
}

static nt_status flush_output(struct call *c)
{
	return comm_purge(c->port, SERIAL_PURGE_TXCLEAR);
}

struct function {
	uint16_t category, function;
	bool changes;
	uint8_t min_in;
	nt_status (*run)(struct call *c);
};

static const struct function functions[] = {
	{ IOCTL_CATEGORY_SERIAL, ASYNC_SETBAUDRATE, true, 2, set_baud_rate },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_SETLINECTRL, true, 3, set_line_control },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_EXTSETBAUDRATE, true, 4, ext_set_baud_rate },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_TRANSMITIMM, true, 1, transmit_now },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_SETBREAKOFF, true, 0, set_break_off },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_SETMODEMCTRL, true, 2, set_modem_control },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_STOPTRANSMIT, true, 0, stop_transmit },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_STARTTRANSMIT, true, 0, start_transmit },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_SETBREAKON, true, 0, set_break_on },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_SETDCBINFO, true, SMB1_DCB_INFORMATION_LEN, set_dcb },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETBAUDRATE, false, 0, get_baud_rate },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETLINECTRL, false, 0, get_line_control },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_EXTGETBAUDRATE, false, 0, ext_get_baud_rate },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETCOMMSTATUS, false, 0, get_comm_status },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETLINESTATUS, false, 0, get_line_status },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETMODEMOUTPUT, false, 0, get_modem_output },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETMODEMINPUT, false, 0, get_modem_input },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETINQUECOUNT, false, 0, get_in_queue_count },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETOUTQUECOUNT, false, 0, get_out_queue_count },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETCOMMERROR, false, 0, get_comm_error },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETCOMMEVENT, false, 0, get_comm_event },
	{ IOCTL_CATEGORY_SERIAL, ASYNC_GETDCBINFO, false, 0, get_dcb },
	{ IOCTL_CATEGORY_GENERAL, DEV_FLUSHINPUT, true, 0, flush_input },
	{ IOCTL_CATEGORY_GENERAL, DEV_FLUSHOUTPUT, true, 0, flush_output },
};

static const struct function *find(uint16_t category, uint16_t number)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (functions[i].category == category && functions[i].function == number)
			return &functions[i];
	return NULL;
}

/* OS/2 has what it gives among the parameters and what it gets in the data; the specification tells some of them the other way
 * round. What the client has room for decides. */
static nt_status put_reply(const struct call *c, const struct smb1_ioctl_req *in, struct smb1_ioctl_rsp *out)
{
	uint8_t *bytes = arena_alloc(&c->r->arena, c->out_len);
	if (bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	memcpy(bytes, c->out, c->out_len);
	struct slice reply = slice_of(bytes, c->out_len);
	if (in->max_data_count >= reply.len)
		out->data = reply;
	else if (in->max_parameter_count >= reply.len)
		out->parameters = reply;
	else if (in->function >= ASYNC_GETBAUDRATE) /* the errors that setting tells nobody has to take */
		return STATUS_BUFFER_TOO_SMALL;
	return STATUS_SUCCESS;
}

nt_status serial_ioctl(struct smb1_req *r, struct smb1_fid *f, const struct smb1_ioctl_req *in, struct smb1_ioctl_rsp *out)
{
	const struct function *fn = find(in->category, in->function);
	if (in->category != IOCTL_CATEGORY_SERIAL && in->category != IOCTL_CATEGORY_GENERAL)
		return STATUS_NOT_IMPLEMENTED;
	struct call c = { .port = f->port, .r = r, .in = in->parameters.len > 0 ? in->parameters : in->data };
	if (fn == NULL || c.in.len < fn->min_in)
		return STATUS_INVALID_PARAMETER;
	if (fn->changes && (comm_access(f->port) & COMM_WRITE) == 0)
		return STATUS_ACCESS_DENIED;
	nt_status status = fn->run(&c);
	if (status != STATUS_SUCCESS)
		return status;
	r->reply_room = c.out_len;
	return put_reply(&c, in, out);
}
