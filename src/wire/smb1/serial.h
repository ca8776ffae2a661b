/*
 * Serial ports: the blocks of OS/2's IOCTLs of category 1 ([MS-CIFS] 2.2.4.35 <49>, "OS/2 Physical Device Driver Reference":
 * ASYNC IOCtls), and those of NT's (ntddser.h, "Serial Device Control Requests"), which NT_TRANSACT_IOCTL carries.
 */
#ifndef WIRE_SMB1_SERIAL_H
#define WIRE_SMB1_SERIAL_H

#include "wire/wire.h"

/* Functions of IOCTL's category IOCTL_CATEGORY_SERIAL */
enum {
	ASYNC_SETBAUDRATE = 0x41,
	ASYNC_SETLINECTRL = 0x42,
	ASYNC_EXTSETBAUDRATE = 0x43,
	ASYNC_TRANSMITIMM = 0x44,
	ASYNC_SETBREAKOFF = 0x45,
	ASYNC_SETMODEMCTRL = 0x46,
	ASYNC_STOPTRANSMIT = 0x47,
	ASYNC_STARTTRANSMIT = 0x48,
	ASYNC_SETBREAKON = 0x4B,
	ASYNC_SETDCBINFO = 0x53,
	ASYNC_GETBAUDRATE = 0x61,
	ASYNC_GETLINECTRL = 0x62,
	ASYNC_EXTGETBAUDRATE = 0x63,
	ASYNC_GETCOMMSTATUS = 0x64,
	ASYNC_GETLINESTATUS = 0x65,
	ASYNC_GETMODEMOUTPUT = 0x66,
	ASYNC_GETMODEMINPUT = 0x67,
	ASYNC_GETINQUECOUNT = 0x68,
	ASYNC_GETOUTQUECOUNT = 0x69,
	ASYNC_GETCOMMERROR = 0x6D,
	ASYNC_GETCOMMEVENT = 0x72,
	ASYNC_GETDCBINFO = 0x73,
};

/* Functions of IOCTL_CATEGORY_GENERAL that a serial port knows */
enum { DEV_FLUSHINPUT = 0x01, DEV_FLUSHOUTPUT = 0x02 };

/* CTL_CODE(FILE_DEVICE_SERIAL_PORT, n, METHOD_BUFFERED, FILE_ANY_ACCESS) */
#define IOCTL_SERIAL(n) (0x001B0000u | (n) << 2)
#define IOCTL_SERIAL_SET_BAUD_RATE IOCTL_SERIAL(1u)
#define IOCTL_SERIAL_SET_QUEUE_SIZE IOCTL_SERIAL(2u)
#define IOCTL_SERIAL_SET_LINE_CONTROL IOCTL_SERIAL(3u)
#define IOCTL_SERIAL_SET_BREAK_ON IOCTL_SERIAL(4u)
#define IOCTL_SERIAL_SET_BREAK_OFF IOCTL_SERIAL(5u)
#define IOCTL_SERIAL_IMMEDIATE_CHAR IOCTL_SERIAL(6u)
#define IOCTL_SERIAL_SET_TIMEOUTS IOCTL_SERIAL(7u)
#define IOCTL_SERIAL_GET_TIMEOUTS IOCTL_SERIAL(8u)
#define IOCTL_SERIAL_SET_DTR IOCTL_SERIAL(9u)
#define IOCTL_SERIAL_CLR_DTR IOCTL_SERIAL(10u)
#define IOCTL_SERIAL_RESET_DEVICE IOCTL_SERIAL(11u)
#define IOCTL_SERIAL_SET_RTS IOCTL_SERIAL(12u)
#define IOCTL_SERIAL_CLR_RTS IOCTL_SERIAL(13u)
#define IOCTL_SERIAL_SET_XOFF IOCTL_SERIAL(14u)
#define IOCTL_SERIAL_SET_XON IOCTL_SERIAL(15u)
#define IOCTL_SERIAL_GET_WAIT_MASK IOCTL_SERIAL(16u)
#define IOCTL_SERIAL_SET_WAIT_MASK IOCTL_SERIAL(17u)
#define IOCTL_SERIAL_WAIT_ON_MASK IOCTL_SERIAL(18u)
#define IOCTL_SERIAL_PURGE IOCTL_SERIAL(19u)
#define IOCTL_SERIAL_GET_BAUD_RATE IOCTL_SERIAL(20u)
#define IOCTL_SERIAL_GET_LINE_CONTROL IOCTL_SERIAL(21u)
#define IOCTL_SERIAL_GET_CHARS IOCTL_SERIAL(22u)
#define IOCTL_SERIAL_SET_CHARS IOCTL_SERIAL(23u)
#define IOCTL_SERIAL_GET_HANDFLOW IOCTL_SERIAL(24u)
#define IOCTL_SERIAL_SET_HANDFLOW IOCTL_SERIAL(25u)
#define IOCTL_SERIAL_GET_MODEMSTATUS IOCTL_SERIAL(26u)
#define IOCTL_SERIAL_GET_COMMSTATUS IOCTL_SERIAL(27u)
#define IOCTL_SERIAL_GET_PROPERTIES IOCTL_SERIAL(29u)
#define IOCTL_SERIAL_GET_DTRRTS IOCTL_SERIAL(30u)
#define IOCTL_SERIAL_GET_STATS IOCTL_SERIAL(35u)
#define IOCTL_SERIAL_CLEAR_STATS IOCTL_SERIAL(36u)

/* SERIAL_LINE_CONTROL */
enum { STOP_BIT_1, STOP_BITS_1_5, STOP_BITS_2 };
enum { NO_PARITY, ODD_PARITY, EVEN_PARITY, MARK_PARITY, SPACE_PARITY };

struct smb1_serial_line_control {
	uint8_t stop_bits, parity, word_length;
};
void smb1_serial_line_control(struct wire *w, struct smb1_serial_line_control *m);

/* SERIAL_TIMEOUTS: ms; MAXULONG has meanings of its own. */
struct smb1_serial_timeouts {
	uint32_t read_interval_timeout, read_total_timeout_multiplier, read_total_timeout_constant;
	uint32_t write_total_timeout_multiplier, write_total_timeout_constant;
};
void smb1_serial_timeouts(struct wire *w, struct smb1_serial_timeouts *m);

struct smb1_serial_chars {
	uint8_t eof_char, error_char, break_char, event_char, xon_char, xoff_char;
};
void smb1_serial_chars(struct wire *w, struct smb1_serial_chars *m);

/* ControlHandShake; OS/2's fbCtlHndShake has the low byte. */
enum {
	SERIAL_DTR_CONTROL = 0x01,
	SERIAL_DTR_HANDSHAKE = 0x02,
	SERIAL_CTS_HANDSHAKE = 0x08,
	SERIAL_DSR_HANDSHAKE = 0x10,
	SERIAL_DCD_HANDSHAKE = 0x20,
	SERIAL_DSR_SENSITIVITY = 0x40,
};
#define SERIAL_ERROR_ABORT 0x80000000u
/* FlowReplace; OS/2's fbFlowReplace has the low byte. */
enum {
	SERIAL_AUTO_TRANSMIT = 0x01,
	SERIAL_AUTO_RECEIVE = 0x02,
	SERIAL_ERROR_CHAR = 0x04,
	SERIAL_NULL_STRIPPING = 0x08,
	SERIAL_BREAK_CHAR = 0x10,
	SERIAL_RTS_CONTROL = 0x40,
	SERIAL_RTS_HANDSHAKE = 0x80,
};
#define SERIAL_XOFF_CONTINUE 0x80000000u

struct smb1_serial_handflow {
	uint32_t control_hand_shake, flow_replace, xon_limit, xoff_limit;
};
void smb1_serial_handflow(struct wire *w, struct smb1_serial_handflow *m);

/* SERIAL_STATUS. Errors: */
enum {
	SERIAL_ERROR_BREAK = 0x01,
	SERIAL_ERROR_FRAMING = 0x02,
	SERIAL_ERROR_OVERRUN = 0x04,
	SERIAL_ERROR_QUEUEOVERRUN = 0x08,
	SERIAL_ERROR_PARITY = 0x10,
};
struct smb1_serial_status {
	uint32_t errors, hold_reasons, amount_in_in_queue, amount_in_out_queue;
	uint8_t eof_received, wait_for_immediate;
};
void smb1_serial_status(struct wire *w, struct smb1_serial_status *m);

/* SERIAL_COMMPROP, without a provider's own characters. */
struct smb1_serial_commprop {
	uint16_t packet_length, packet_version;
	uint32_t service_mask, max_tx_queue, max_rx_queue, max_baud, prov_sub_type, prov_capabilities, settable_params, settable_baud;
	uint16_t settable_data, settable_stop_parity;
	uint32_t current_tx_queue, current_rx_queue;
};
enum { SERIAL_COMMPROP_LEN = 64 };
void smb1_serial_commprop(struct wire *w, struct smb1_serial_commprop *m);

struct smb1_serialperf_stats {
	uint32_t received_count, transmitted_count, frame_error_count, serial_overrun_error_count, buffer_overrun_error_count,
		parity_error_count;
};
void smb1_serialperf_stats(struct wire *w, struct smb1_serialperf_stats *m);

/* A ULONG: baud rate, mask, modem lines. */
struct smb1_serial_ulong {
	uint32_t value;
};
void smb1_serial_ulong(struct wire *w, struct smb1_serial_ulong *m);

/* SERIAL_QUEUE_SIZE */
struct smb1_serial_queue_size {
	uint32_t in_size, out_size;
};
void smb1_serial_queue_size(struct wire *w, struct smb1_serial_queue_size *m);

enum {
	SERIAL_EV_RXCHAR = 0x0001,
	SERIAL_EV_RXFLAG = 0x0002,
	SERIAL_EV_TXEMPTY = 0x0004,
	SERIAL_EV_CTS = 0x0008,
	SERIAL_EV_DSR = 0x0010,
	SERIAL_EV_RLSD = 0x0020,
	SERIAL_EV_BREAK = 0x0040,
	SERIAL_EV_ERR = 0x0080,
	SERIAL_EV_RING = 0x0100,
	SERIAL_EV_ALL = 0x01FF,
};
enum { SERIAL_PURGE_TXABORT = 1, SERIAL_PURGE_RXABORT = 2, SERIAL_PURGE_TXCLEAR = 4, SERIAL_PURGE_RXCLEAR = 8 };
/* Of the modem register: GET_MODEMSTATUS, and OS/2's GETMODEMINPUT. */
enum { SERIAL_CTS_STATE = 0x10, SERIAL_DSR_STATE = 0x20, SERIAL_RI_STATE = 0x40, SERIAL_DCD_STATE = 0x80 };
/* GET_DTRRTS, and OS/2's GETMODEMOUTPUT. */
enum { SERIAL_DTR_STATE = 0x01, SERIAL_RTS_STATE = 0x02 };

/* OS/2's DCBINFO: timeouts in hundredths of a second, less one. */
struct smb1_dcb_information {
	uint16_t write_timeout, read_timeout;
	uint8_t control_hand_shake, flow_replace, timeout, error_replacement_char, break_replacement_char, xon_char, xoff_char;
};
enum { SMB1_DCB_INFORMATION_LEN = 11 };
/* Timeout */
enum {
	DCB_WRITE_INFINITE = 0x01,
	DCB_READ_MODE_MASK = 0x06,
	DCB_READ_NORMAL = 0x02,
	DCB_READ_WAIT_FOR_SOMETHING = 0x04,
	DCB_READ_NO_WAIT = 0x06,
};
void smb1_dcb_information(struct wire *w, struct smb1_dcb_information *m);

/* OS/2's line: the fourth byte is told, and may be absent when it is set. */
struct smb1_async_line_control {
	uint8_t data_bits, parity, stop_bits, trans_break;
};
void smb1_async_line_control(struct wire *w, struct smb1_async_line_control *m);

#endif
