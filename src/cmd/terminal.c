#include "cmd/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CTRL = 0x40 };

void terminal_begin(struct terminal *t)
{
	struct termios raw;

	if (t->is_raw || tcgetattr(STDIN_FILENO, &t->before) != 0)
		return;
	raw = t->before;
	cfmakeraw(&raw);
	t->is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void terminal_end(struct terminal *t)
{
	if (t->is_raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
	t->is_raw = false;
}

bool terminal_key(struct terminal *t, uint8_t byte, enum terminal_wish *wish)
{
	*wish = TERMINAL_NONE;
	if (!t->is_raw || t->escape == TERMINAL_NO_ESCAPE)
		return true;
	if (!t->escaped) {
		t->escaped = byte == t->escape;
		return !t->escaped;
	}
	t->escaped = false;
	if (byte == t->escape)
		return true;
	*wish = byte == '.' || byte == 'q' ? TERMINAL_LEAVE : byte == 'b' ? TERMINAL_BREAK : TERMINAL_HELP;
	return false;
}

bool terminal_parse_escape(const char *text, int *escape)
{
	*escape = TERMINAL_NO_ESCAPE;
	if (strcmp(text, "none") == 0)
		return true;
	if (text[0] != '^' || text[1] == '\0' || text[2] != '\0')
		return false;
	char letter = text[1] >= 'a' && text[1] <= 'z' ? (char)(text[1] - 'a' + 'A') : text[1];
	if (letter < '@' || letter > '_')
		return false;
	*escape = letter - CTRL;
	return true;
}

void terminal_escape_name(const struct terminal *t, char out[8])
{
	(void)snprintf(out, 8, "Ctrl-%c", (char)(t->escape + CTRL));
}
