/* Serial ports of a server (shares of service "COMM"), on a connection of cli.h; statuses are as there. */
#ifndef CLIENT_SERIAL_H
#define CLIENT_SERIAL_H

#include "client/cli.h"
#include "wire/smb1/serial.h"

/* The share's port, for nobody else; only_listen: without the right to send. STATUS_SHARING_VIOLATION: another client has it;
 * STATUS_DEVICE_BUSY: a program of the server; STATUS_DEVICE_DOES_NOT_EXIST: it is not plugged in. cli_close ends what is under way. */
NT_WARN_UNUSED nt_status cli_serial_open(struct cli *c, const char *share, bool only_listen, struct cli_file *out);

/* How the line shall be; what is AS_IS stays. */
enum { CLI_SERIAL_AS_IS = -1 };
enum cli_serial_flow { CLI_SERIAL_FLOW_NONE, CLI_SERIAL_FLOW_XON_XOFF, CLI_SERIAL_FLOW_RTS_CTS };
struct cli_serial_line {
	int64_t baud_rate; /* bits a second, 1 to UINT32_MAX */
	int word_length;   /* 5 to 8 */
	int parity;        /* NO_PARITY, ... */
	int stop_bits;     /* STOP_BIT_1, ... */
	int flow;          /* enum cli_serial_flow */
};
/* By NT's controls or OS/2's; STATUS_NOT_SUPPORTED: the dialect is older than both. STATUS_INVALID_PARAMETER: the port cannot. */
NT_WARN_UNUSED nt_status cli_serial_set(struct cli *c, const struct cli_file *f, const struct cli_serial_line *line);
NT_WARN_UNUSED nt_status cli_serial_break(struct cli *c, const struct cli_file *f, bool on);

/* One request, in the halves of cli_read_start and cli_write_start. The answer comes with the first bytes, or when all are sent, however
 * long that takes; servers before LAN Manager answer with none after a while. */
bool cli_serial_read_start(struct cli *c, const struct cli_file *f, struct cli_io *io);
bool cli_serial_write_start(struct cli *c, const struct cli_file *f, struct slice bytes, struct cli_io *io);

#endif
