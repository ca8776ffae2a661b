/* Reading passwords. One thread, one terminal. */
#include "cmd/password.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "crypto/crypto.h"

enum { CTRL_C = 3 };

/* One line; false: the end came first, or it is too long. Unbuffered, so that nothing of it stays in memory. */
static bool read_line(int fd, char *out, size_t cap)
{
	size_t len = 0;
	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (n == 0 && len == 0) || (n == 1 && c == CTRL_C && isatty(fd)))
			return false;
		if (n == 0 || c == '\n')
			break;
		if (len + 1 >= cap)
			return false;
		out[len++] = c;
	}
	/* Files that were written on Windows. */
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	return true;
}

/* Signals from the keyboard are off too: an interrupt would leave the terminal without echo. */
static bool ask(const char *prompt, char *out, size_t cap)
{
	struct termios before, silent;
	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return false;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	silent.c_cc[VEOL] = CTRL_C; /* so that it is handed over at once */
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0)
		return false;
	fputs(prompt, stderr);
	bool good = read_line(STDIN_FILENO, out, cap);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return good;
}

static bool ask_twice(const char *command, const char *user, char *out, size_t cap)
{
	char prompt[256], again[1024];
	snprintf(prompt, sizeof(prompt), "New password for %s: ", user);
	bool is_typed = ask(prompt, out, cap) && ask("The same again: ", again, sizeof(again));
	bool same = is_typed && strcmp(out, again) == 0;
	crypto_wipe(again, sizeof(again));
	if (!same)
		fprintf(stderr, "%s: %s\n", command, is_typed ? "the passwords differ" : "no password was given");
	return same;
}

static bool read_from(const char *command, int fd, const char *name, char *out, size_t cap)
{
	out[0] = '\0';
	if (read_line(fd, out, cap))
		return true;
	bool empty = out[0] == '\0';
	fprintf(stderr, empty ? "%s: %s is empty: its first line must be the password (or run this at a terminal, to be asked for it)\n" :
				"%s: the first line of %s is too long for a password\n", command, name);
	return false;
}

static bool read_file(const char *command, const char *file, char *out, size_t cap)
{
	if (strcmp(file, "-") == 0)
		return read_from(command, STDIN_FILENO, "standard input", out, cap);
	FILE *f = fopen(file, "re");
	if (f == NULL) {
		fprintf(stderr, "%s: --password-file %s: %s\n", command, file, strerror(errno));
		return false;
	}
	bool good = read_from(command, fileno(f), file, out, cap);
	fclose(f);
	return good;
}

bool cmd_read_password(const char *command, const char *file, const char *user, char *out, size_t cap)
{
	if (file == NULL && isatty(STDIN_FILENO))
		return ask_twice(command, user, out, cap);
	return read_file(command, file != NULL ? file : "-", out, cap);
}

bool cmd_ask_password(const char *command, const char *file, const char *user, const char *host, char *out, size_t cap)
{
	char prompt[256];

	if (file != NULL)
		return read_file(command, file, out, cap);
	if (!isatty(STDIN_FILENO)) {
		fprintf(stderr, "%s: there is no password for %s, and no terminal to ask for it: set LONGHOUSE_PASSWORD, or --password-file FILE, "
				"or keep one at a terminal with --remember\n", command, user);
		return false;
	}
	snprintf(prompt, sizeof(prompt), "Password of %s at %s: ", user, host);
	if (ask(prompt, out, cap))
		return true;
	fprintf(stderr, "%s: no password was given\n", command);
	return false;
}
