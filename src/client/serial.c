/* Serial ports: [MS-CIFS] 2.2.4.35, 2.2.4.42, 2.2.7.2; wire/smb1/serial.h has the blocks. */
#include "client/serial.h"

#include "client/internal.h"
#include "wire/smb1/copy.h"
#include "wire/smb1/io.h"
#include "wire/smb1/nttrans.h"
#include "wire/smb1/trans.h"

enum {
	ANSWER_MAX = 64,
	PIECE = 4096, /* of one request: a line is slow, and what is under way cannot be taken back */
};
#define FOR_EVER 0xFFFFFFFFu

nt_status cli_serial_open(struct cli *c, const char *share, bool only_listen, struct cli_file *out)
{
	const struct cli_create as = {
		.desired_access = FILE_READ_DATA | (only_listen ? 0 : FILE_WRITE_DATA), .share_access = FILE_SHARE_NONE,
		.create_disposition = FILE_OPEN, .create_options = FILE_NON_DIRECTORY_FILE,
	};
	nt_status status = cli_create(c, share, &as, out);

	switch (status) {
	case STATUS_SHARING_VIOLATION: return cli_fail(c, status, "another client has the port; try again later");
	case STATUS_DEVICE_BUSY: return cli_fail(c, status, "a program of the server has the port; try again later");
	case STATUS_ACCESS_DENIED:
		return only_listen ? status : cli_fail(c, status, "the server denies access to this user; --listen asks for less");
	default: return status;
	}
}

bool cli_serial_read_start(struct cli *c, const struct cli_file *f, struct cli_io *io)
{
	io->len = MIN((size_t)PIECE, cli_read_size(c));
	io->call.patient = true;
	if (!cli_has_andx(c))
		return cli_read_start(c, f, 0, io->len, io);
	struct smb1_read_andx_req req = {
		.words = cli_is_nt(c) ? 12 : 10, .fid = f->fid, .max_count_of_bytes_to_return = (uint16_t)io->len,
		.min_count_of_bytes_to_return = 1, .timeout_or_max_count_high = FOR_EVER,
	};
	return cli_start(c, &io->call, SMB_COM_READ_ANDX, &req);
}

bool cli_serial_write_start(struct cli *c, const struct cli_file *f, struct slice bytes, struct cli_io *io)
{
	bytes.len = MIN(MIN(bytes.len, (size_t)PIECE), cli_write_size(c));
	io->call.patient = true;
	if (!cli_has_andx(c))
		return cli_write_start(c, f, 0, bytes, io);
	io->len = bytes.len;
	struct smb1_write_andx_req req = { .words = cli_is_nt(c) ? 14 : 12, .fid = f->fid, .timeout = FOR_EVER, .data = bytes };
	return cli_start(c, &io->call, SMB_COM_WRITE_ANDX, &req);
}

/* ---- the line, by NT's controls ---- */

static nt_status nt_call(struct cli *c, const struct cli_file *f, uint32_t code, struct slice data, struct slice *answer)
{
	const struct smb1_nt_transact_ioctl_setup setup = { .function_code = code, .fid = f->fid };
	struct cli_transact t = cli_nt_trans(NT_TRANSACT_IOCTL, 0, ANSWER_MAX);
	struct cli_blocks blocks;

	t.n_setup = ARRAY_LEN(t.setup);
	smb1_nt_transact_ioctl_setup_put(&setup, t.setup);
	t.data = data;
	nt_status status = cli_transact(c, &t, &blocks);
	*answer = blocks.data;
	return status;
}

static nt_status nt_get(struct cli *c, const struct cli_file *f, uint32_t code, smb1_coder coder, void *m)
{
	struct slice answer;
	nt_status status = nt_call(c, f, code, slice_of(NULL, 0), &answer);

	return status == STATUS_SUCCESS ? cli_decode_block(c, answer, coder, m) : status;
}

static nt_status nt_set(struct cli *c, const struct cli_file *f, uint32_t code, smb1_coder coder, void *m)
{
	struct slice answer, data = cli_encode(c, coder, m);

	return data.len > 0 ? nt_call(c, f, code, data, &answer) : STATUS_NO_MEMORY;
}

/* ---- by OS/2's ---- */

static nt_status os2_call(struct cli *c, const struct cli_file *f, uint16_t function, struct slice given, struct slice *answer)
{
	struct smb1_ioctl_req req = {
		.fid = f->fid, .category = IOCTL_CATEGORY_SERIAL, .function = function, .total_parameter_count = (uint16_t)given.len,
		.max_data_count = ANSWER_MAX, .parameters = given,
	};
	struct smb1_ioctl_rsp rsp = { .words = 0 };
	nt_status status = cli_exchange(c, SMB_COM_IOCTL, &req, &rsp);

	*answer = rsp.data.len > 0 ? rsp.data : rsp.parameters;
	return status;
}

static nt_status os2_get(struct cli *c, const struct cli_file *f, uint16_t function, smb1_coder coder, void *m)
{
	struct slice answer;
	nt_status status = os2_call(c, f, function, slice_of(NULL, 0), &answer);

	return status == STATUS_SUCCESS ? cli_decode_block(c, answer, coder, m) : status;
}

static nt_status os2_set(struct cli *c, const struct cli_file *f, uint16_t function, smb1_coder coder, void *m)
{
	struct slice answer, given = cli_encode(c, coder, m);

	return given.len > 0 ? os2_call(c, f, function, given, &answer) : STATUS_NO_MEMORY;
}

/* ---- speed, frame, flow ---- */

static nt_status set_rate(struct cli *c, const struct cli_file *f, uint32_t rate)
{
	struct smb1_serial_ulong m = { rate };
	struct slice answer;
	uint8_t bytes[5] = { 0 }; /* behind the rate its fraction */

	if (cli_is_nt(c))
		return nt_set(c, f, IOCTL_SERIAL_SET_BAUD_RATE, (smb1_coder)(void *)smb1_serial_ulong, &m);
	store_le32(bytes, rate);
	return rate <= UINT16_MAX ? os2_call(c, f, ASYNC_SETBAUDRATE, slice_of(bytes, 2), &answer)
				  : os2_call(c, f, ASYNC_EXTSETBAUDRATE, slice_of(bytes, sizeof(bytes)), &answer);
}

static uint8_t change(int wanted, uint8_t current)
{
	return wanted == CLI_SERIAL_AS_IS ? current : (uint8_t)wanted;
}

static nt_status set_frame(struct cli *c, const struct cli_file *f, const struct cli_serial_line *line)
{
	struct smb1_serial_line_control nt;
	struct smb1_async_line_control os2;
	bool is_nt = cli_is_nt(c);
	nt_status status = is_nt ? nt_get(c, f, IOCTL_SERIAL_GET_LINE_CONTROL, (smb1_coder)(void *)smb1_serial_line_control, &nt)
				 : os2_get(c, f, ASYNC_GETLINECTRL, (smb1_coder)(void *)smb1_async_line_control, &os2);

	if (status != STATUS_SUCCESS)
		return status;
	if (is_nt) {
		nt.word_length = change(line->word_length, nt.word_length);
		nt.parity = change(line->parity, nt.parity);
		nt.stop_bits = change(line->stop_bits, nt.stop_bits);
		return nt_set(c, f, IOCTL_SERIAL_SET_LINE_CONTROL, (smb1_coder)(void *)smb1_serial_line_control, &nt);
	}
	os2.data_bits = change(line->word_length, os2.data_bits);
	os2.parity = change(line->parity, os2.parity);
	os2.stop_bits = change(line->stop_bits, os2.stop_bits);
	os2.trans_break = 0;
	return os2_set(c, f, ASYNC_SETLINECTRL, (smb1_coder)(void *)smb1_async_line_control, &os2);
}

static uint32_t flow_hand_shake(uint32_t hand_shake, enum cli_serial_flow flow)
{
	return flow == CLI_SERIAL_FLOW_RTS_CTS ? hand_shake | SERIAL_CTS_HANDSHAKE : hand_shake & ~(uint32_t)SERIAL_CTS_HANDSHAKE;
}

static uint32_t flow_replace(uint32_t replace, enum cli_serial_flow flow)
{
	const uint32_t all = SERIAL_AUTO_TRANSMIT | SERIAL_AUTO_RECEIVE | SERIAL_RTS_CONTROL | SERIAL_RTS_HANDSHAKE;

	replace &= ~all;
	replace |= flow == CLI_SERIAL_FLOW_XON_XOFF ? SERIAL_AUTO_TRANSMIT | SERIAL_AUTO_RECEIVE : 0u;
	return replace | (flow == CLI_SERIAL_FLOW_RTS_CTS ? SERIAL_RTS_HANDSHAKE : SERIAL_RTS_CONTROL);
}

static nt_status set_flow(struct cli *c, const struct cli_file *f, enum cli_serial_flow flow)
{
	struct smb1_serial_handflow nt;
	struct smb1_dcb_information os2;
	bool is_nt = cli_is_nt(c);
	nt_status status = is_nt ? nt_get(c, f, IOCTL_SERIAL_GET_HANDFLOW, (smb1_coder)(void *)smb1_serial_handflow, &nt)
				 : os2_get(c, f, ASYNC_GETDCBINFO, (smb1_coder)(void *)smb1_dcb_information, &os2);

	if (status != STATUS_SUCCESS)
		return status;
	if (is_nt) {
		nt.control_hand_shake = flow_hand_shake(nt.control_hand_shake, flow);
		nt.flow_replace = flow_replace(nt.flow_replace, flow);
		return nt_set(c, f, IOCTL_SERIAL_SET_HANDFLOW, (smb1_coder)(void *)smb1_serial_handflow, &nt);
	}
	os2.control_hand_shake = (uint8_t)flow_hand_shake(os2.control_hand_shake, flow);
	os2.flow_replace = (uint8_t)flow_replace(os2.flow_replace, flow);
	return os2_set(c, f, ASYNC_SETDCBINFO, (smb1_coder)(void *)smb1_dcb_information, &os2);
}

/* A refusal names what was refused. */
static nt_status judge(struct cli *c, nt_status status, const char *what)
{
	bool refused = status == STATUS_INVALID_PARAMETER || status == STATUS_NOT_SUPPORTED;
	return refused ? cli_fail(c, STATUS_INVALID_PARAMETER, "the port cannot be set to %s", what) : status;
}

nt_status cli_serial_set(struct cli *c, const struct cli_file *f, const struct cli_serial_line *line)
{
	bool rate = line->baud_rate != CLI_SERIAL_AS_IS, flow = line->flow != CLI_SERIAL_AS_IS;
	bool frame = line->word_length != CLI_SERIAL_AS_IS || line->parity != CLI_SERIAL_AS_IS || line->stop_bits != CLI_SERIAL_AS_IS;
	nt_status status = STATUS_SUCCESS;

	cli_begin(c);
	if ((rate || flow || frame) && !cli_has_andx(c))
		return cli_not_here(c, "way to set a serial line");
	if (rate)
		status = judge(c, set_rate(c, f, (uint32_t)line->baud_rate), "this speed");
	if (status == STATUS_SUCCESS && frame)
		status = judge(c, set_frame(c, f, line), "these data bits, parity and stop bits");
	if (status == STATUS_SUCCESS && flow)
		status = judge(c, set_flow(c, f, (enum cli_serial_flow)line->flow), "this flow control");
	return status;
}

nt_status cli_serial_break(struct cli *c, const struct cli_file *f, bool on)
{
	struct slice answer, nothing = slice_of(NULL, 0);

	cli_begin(c);
	if (cli_is_nt(c))
		return nt_call(c, f, on ? IOCTL_SERIAL_SET_BREAK_ON : IOCTL_SERIAL_SET_BREAK_OFF, nothing, &answer);
	if (!cli_has_andx(c))
		return cli_not_here(c, "way to send a break");
	return os2_call(c, f, on ? ASYNC_SETBREAKON : ASYNC_SETBREAKOFF, nothing, &answer);
}
