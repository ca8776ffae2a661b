/* The terminal on standard input as one end of a line: every key is a byte that goes out, but those behind the escape key. One owner. */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

enum terminal_wish { TERMINAL_NONE, TERMINAL_LEAVE, TERMINAL_BREAK, TERMINAL_HELP };

enum { TERMINAL_NO_ESCAPE = -1, TERMINAL_CTRL_BRACKET = 0x1D };

struct terminal {
	int escape;   /* the key's byte; TERMINAL_NO_ESCAPE: all keys are for the other side */
	bool is_raw;
	bool escaped; /* the next key is for us */
	struct termios before;
};

/* Raw from now on, if standard input is a terminal (else is_raw stays false). */
void terminal_begin(struct terminal *t);
/* As it was. */
void terminal_end(struct terminal *t);
/* True: byte goes out; false: it was for us, and *wish is what it says. Only while is_raw are there keys for us. */
bool terminal_key(struct terminal *t, uint8_t byte, enum terminal_wish *wish);
/* "^]" for 0x1D, "none"; the other way round false: none of these. */
bool terminal_parse_escape(const char *text, int *escape);
/* "Ctrl-]" */
void terminal_escape_name(const struct terminal *t, char out[8]);

#endif
