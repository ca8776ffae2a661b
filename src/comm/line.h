/*
 * How a serial line is set: the words of NT's drivers on one side, the kernel's termios on the other. Pure.
 *
 * What Linux cannot do is refused, never pretended: hand-shakes by DTR, DSR and DCD, characters put in the place of faulty ones.
 */
#ifndef COMM_LINE_H
#define COMM_LINE_H

#include "base/status.h"
#include "wire/smb1/serial.h"

struct termios2;

struct comm_line {
	uint32_t baud_rate; /* bits a second */
	struct smb1_serial_line_control control;
	struct smb1_serial_handflow handflow;
	struct smb1_serial_chars chars;
};

/* STATUS_INVALID_PARAMETER: there is no such line. STATUS_NOT_SUPPORTED: there is, but not here. */
NT_WARN_UNUSED nt_status comm_line_check(const struct comm_line *line);
/* Everything of t that a line has a word for; raw otherwise. line was checked. */
void comm_line_to_termios(const struct comm_line *line, struct termios2 *t);
/* What t says: speed, frame, flow. Characters and RTS, DTR modes are ours, and stay. */
void comm_line_from_termios(const struct termios2 *t, struct comm_line *line);
/* Whether the driver took what it was told; it says so of nothing. */
bool comm_line_was_taken(const struct termios2 *wanted, const struct termios2 *got);

/* "9600", "9600,n,8,1", "9600,e,7,2", as DOS' MODE has them; x behind it: XON/XOFF, h: RTS/CTS. False: none of that. */
bool comm_line_parse(const char *text, struct comm_line *line);
/* 9600,n,8,1 with the usual characters, DTR and RTS on. */
struct comm_line comm_line_default(void);

#endif
