/* `longhouse serial`: a terminal on a serial port of a server. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/serial.h"
#include "cmd/cmd.h"
#include "cmd/remote_args.h"
#include "cmd/terminal.h"

enum {
	KEY_BITS = 0x800, KEY_PARITY, KEY_STOP, KEY_FLOW, KEY_ESCAPE, KEY_LINGER,
	KEYS_MAX = 4096,   /* bytes read from standard input at once */
	BREAK_MS = 300,    /* longer than a character at 50 bits a second */
	LINGER_MS = 1000,
	SPEED_MAX = 100000000,
};

struct arguments {
	struct remote_args remote;
	const char *url;
	struct cli_serial_line line;
	bool only_listen;
	int linger_ms;
	struct terminal terminal;
};

static const struct argp_option options[] = {
	{ "speed", 's', "BAUD", 0, "bits a second", 0 },
	{ "bits", KEY_BITS, "5|6|7|8", 0, "data bits", 0 },
	{ "parity", KEY_PARITY, "none|odd|even|mark|space", 0, "the parity bit", 0 },
	{ "stop", KEY_STOP, "1|1.5|2", 0, "stop bits", 0 },
	{ "flow", KEY_FLOW, "none|xonxoff|rtscts", 0, "who is full says so: by characters, by lines, or not at all", 0 },
	{ "listen", 'l', NULL, 0, "only show what comes, until interrupted; takes no right to send", 0 },
	{ "escape", KEY_ESCAPE, "^KEY|none", 0, "the key before those for this program (default: ^])", 0 },
	{ "linger", KEY_LINGER, "SECONDS", 0, "after the end of standard input wait until the port was silent for so long (default: 1)", 0 },
	{ 0 },
};

static int word(const char *text, const char *const *words, const char *what, struct argp_state *state)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	args_error(state, "%s is no %s", text, what);
}

static long number(const char *text, long min, long max, const char *what, struct argp_state *state)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || n < min || n > max)
		args_error(state, "%s is no %s", text, what);
	return n;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	static const char *const parities[] = { "none", "odd", "even", "mark", "space", NULL };
	static const char *const stops[] = { "1", "1.5", "2", NULL };
	static const char *const flows[] = { "none", "xonxoff", "rtscts", NULL };
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->remote; break;
	case 's': a->line.baud_rate = number(text, 1, SPEED_MAX, "speed", state); break;
	case KEY_BITS: a->line.word_length = (int)number(text, 5, 8, "number of data bits: write 5, 6, 7 or 8", state); break;
	case KEY_PARITY: a->line.parity = word(text, parities, "parity: write none, odd, even, mark or space", state); break;
	case KEY_STOP: a->line.stop_bits = word(text, stops, "number of stop bits: write 1, 1.5 or 2", state); break;
	case KEY_FLOW: a->line.flow = word(text, flows, "flow control: write none, xonxoff or rtscts", state); break;
	case 'l': a->only_listen = true; break;
	case KEY_ESCAPE:
		if (!terminal_parse_escape(text, &a->terminal.escape))
			args_error(state, "%s is no key with Ctrl: write ^] or ^A, or none", text);
		break;
	case KEY_LINGER: a->linger_ms = 1000 * (int)number(text, 0, 86400, "number of seconds", state); break;
	case ARGP_KEY_ARG:
		if (a->url != NULL)
			args_error(state, "one port at a time");
		a->url = text;
		break;
	case ARGP_KEY_END:
		if (a->url == NULL)
			args_usage(state);
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- the two directions at once ---- */

struct line {
	struct arguments *a;
	struct cli *c;
	struct cli_file port;
	struct cli_io in, out; /* the requests under way, if any */
	bool reading, writing;
	uint8_t keys[KEYS_MAX];
	size_t n_keys, sent;
	bool input_ended, wants_break, leave;
	nt_status status;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = 1;
}

static void fail(struct line *l, nt_status status)
{
	if (l->status == STATUS_SUCCESS)
		l->status = status;
	l->leave = true;
}

static void show(struct line *l, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR && !interrupted)
			continue;
		if (n < 0) {
			l->leave = true; /* nobody looks any more */
			return;
		}
		bytes = slice_of(bytes.ptr + n, bytes.len - (size_t)n);
	}
}

static void take_answers(struct line *l)
{
	struct slice bytes;
	size_t written;

	if (l->reading && l->in.call.done) {
		l->reading = false;
		nt_status status = cli_read_finish(l->c, &l->in, &bytes);
		if (status == STATUS_SUCCESS)
			show(l, bytes);
		else
			fail(l, status);
		cli_io_fini(&l->in);
	}
	if (l->writing && l->out.call.done) {
		l->writing = false;
		nt_status status = cli_write_finish(l->c, &l->out, &written);
		l->sent += written;
		if (status != STATUS_SUCCESS)
			fail(l, status);
		cli_io_fini(&l->out);
	}
}

static bool all_sent(const struct line *l)
{
	return !l->writing && l->sent == l->n_keys;
}

/* Breaks stand between the bytes before and behind them: none is under way meanwhile. */
static void send_break(struct line *l)
{
	const struct timespec while_it_lasts = { .tv_nsec = BREAK_MS * 1000000L };

	l->wants_break = false;
	nt_status status = cli_serial_break(l->c, &l->port, true);
	if (status == STATUS_SUCCESS) {
		nanosleep(&while_it_lasts, NULL);
		status = cli_serial_break(l->c, &l->port, false);
	}
	if (status != STATUS_SUCCESS)
		fprintf(stderr, "%s: no break: %s\r\n", l->a->remote.command, cli_why(l->c, status));
}

static void ask(struct line *l)
{
	cli_begin(l->c);
	if (!l->reading) {
		l->in = (struct cli_io){ .len = 0 };
		l->reading = true;
		(void)cli_serial_read_start(l->c, &l->port, &l->in);
	}
	if (!l->writing && l->sent < l->n_keys) {
		l->out = (struct cli_io){ .len = 0 };
		l->writing = true;
		(void)cli_serial_write_start(l->c, &l->port, slice_of(l->keys + l->sent, l->n_keys - l->sent), &l->out);
	}
	if (l->wants_break && all_sent(l))
		send_break(l);
}

static void do_wish(struct line *l, enum terminal_wish wish)
{
	char escape[8];

	switch (wish) {
	case TERMINAL_NONE: break;
	case TERMINAL_LEAVE: l->leave = true; break;
	case TERMINAL_BREAK: l->wants_break = true; break;
	case TERMINAL_HELP:
		terminal_escape_name(&l->a->terminal, escape);
		fprintf(stderr, "\r\nBehind %s: . leaves, b sends a break, %s goes out itself.\r\n", escape, escape);
		break;
	}
}

static void take_keys(struct line *l)
{
	enum terminal_wish wish;
	uint8_t typed[KEYS_MAX];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	l->n_keys = l->sent = 0;
	l->input_ended = n <= 0;
	for (ssize_t i = 0; i < n && !l->leave; i++) {
		if (terminal_key(&l->a->terminal, typed[i], &wish))
			l->keys[l->n_keys++] = typed[i];
		do_wish(l, wish);
	}
}

/* False: silence for as long as it lingers. */
static bool wait_for_something(struct line *l)
{
	struct cli_socket *socket = &l->a->remote.remote.socket;
	bool is_last = l->input_ended && all_sent(l), more_to_do = (l->reading && l->in.call.done) || (l->writing && l->out.call.done);
	struct pollfd p[] = {
		{ .fd = socket->fd, .events = (short)(POLLIN | (cli_session_has_output(l->c->session) ? POLLOUT : 0)) },
		{ .fd = !l->a->only_listen && !l->input_ended && all_sent(l) ? STDIN_FILENO : -1, .events = POLLIN },
	};
	int n = poll(p, 2, more_to_do ? 0 : is_last ? l->a->linger_ms : -1);

	if (n > 0 && p[1].revents != 0)
		take_keys(l);
	(void)cli_socket_step(socket, l->c->session, 0);
	return n != 0 || more_to_do;
}

static void catch_signals(void)
{
	const struct sigaction end = { .sa_handler = on_signal }, none = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGPIPE, &none, NULL);
}

static void greet(const struct line *l)
{
	char escape[8];

	if (!l->a->terminal.is_raw || l->a->only_listen || l->a->terminal.escape == TERMINAL_NO_ESCAPE)
		return;
	terminal_escape_name(&l->a->terminal, escape);
	fprintf(stderr, "The port is open. %s and . leave, %s and ? tell more.\r\n", escape, escape);
}

static void talk(struct line *l)
{
	bool lasts = true;

	catch_signals();
	if (!l->a->only_listen)
		terminal_begin(&l->a->terminal);
	greet(l);
	while (lasts && !l->leave && !interrupted) {
		ask(l);
		lasts = wait_for_something(l);
		take_answers(l);
	}
	terminal_end(&l->a->terminal);
}

/* The close ends what is under way, and both answers are awaited. */
static void hang_up(struct line *l)
{
	nt_status status = cli_close(l->c, &l->port);

	l->in.call.patient = l->out.call.patient = false;
	if (l->reading)
		cli_wait(l->c, &l->in.call);
	if (l->writing)
		cli_wait(l->c, &l->out.call);
	cli_io_fini(&l->in);
	cli_io_fini(&l->out);
	if (l->status == STATUS_SUCCESS)
		l->status = status;
}

static bool serve_port(struct arguments *a, const struct url *u)
{
	struct line l = { .a = a, .c = remote_cli(&a->remote) };

	l.status = cli_serial_open(l.c, u->share, a->only_listen, &l.port);
	if (l.status == STATUS_SUCCESS) {
		l.status = cli_serial_set(l.c, &l.port, &a->line);
		if (l.status == STATUS_SUCCESS)
			talk(&l);
		hang_up(&l);
	}
	if (l.status != STATUS_SUCCESS)
		remote_complain(&a->remote, u, "", l.status);
	return l.status == STATUS_SUCCESS;
}

int cmd_serial(int argc, char **argv)
{
	static const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		options, parse, "URL", "Connects this terminal, or standard input and output, to a serial port that a server shares. What is not said about "
		"the line stays as it is.\vExamples:\n  longhouse serial --speed 9600 --flow xonxoff smb://me@shop/lathe\n"
		"  longhouse serial smb://me@shop/lathe < program.nc\n  longhouse serial --listen smb://me@shop/scale >> weights\n", children, NULL, NULL,
	};
	struct arguments a = {
		.remote = { .service = "COMM", .no_json = "what comes is the bytes of the line" },
		.line = { CLI_SERIAL_AS_IS, CLI_SERIAL_AS_IS, CLI_SERIAL_AS_IS, CLI_SERIAL_AS_IS, CLI_SERIAL_AS_IS },
		.linger_ms = LINGER_MS, .terminal = { .escape = TERMINAL_CTRL_BRACKET },
	};
	struct url u;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	remote_check_device(&a.remote, a.url, "port");
	bool good = remote_go(&a.remote, a.url, false, &u) && serve_port(&a, &u);
	remote_done(&a.remote);
	arena_fini(&a.remote.arena);
	return good ? REMOTE_OK : REMOTE_FAILED;
}
