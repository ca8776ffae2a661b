/* `longhouse print`, `queue` and `cancel`: the printers of a server. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "client/print.h"
#include "cmd/cmd.h"
#include "cmd/remote_args.h"
#include "cmd/show.h"
#include "wire/rap.h"

enum { OPT_TITLE = 't', BUFFER_LEN = 1 << 20 };

struct arguments {
	struct remote_args remote;
	const char *words[2], *title;
	unsigned n_words, wanted, shown;
	bool changes; /* something on the server */
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->remote; break;
	case OPT_TITLE: a->title = text; break;
	case ARGP_KEY_ARG:
		if (a->n_words == a->wanted)
			args_error(state, "there is one word too many: %s", text);
		a->words[a->n_words++] = text;
		break;
	case ARGP_KEY_END:
		if (a->n_words < a->wanted)
			args_usage(state);
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };

/* The part of a command that differs, on an open connection to the printer. */
typedef bool (*work_fn)(struct arguments *a, const struct url *u);

static int run(const struct argp *argp, struct arguments *a, int argc, char **argv, unsigned url_at, work_fn work)
{
	struct url u;

	if (args_parse(argp, argc, argv, a) != 0)
		return REMOTE_WRONG_USE;
	remote_check_device(&a->remote, a->words[url_at], "printer");
	bool good = remote_go(&a->remote, a->words[url_at], false, &u) && work(a, &u);
	if (a->remote.json && a->changes)
		show_done(good, !good);
	remote_done(&a->remote);
	arena_fini(&a->remote.arena);
	return good && fflush(stdout) == 0 ? REMOTE_OK : REMOTE_FAILED;
}

/* --- print --- */

static const char *title_of(const struct arguments *a)
{
	const char *file = a->words[0], *slash = strrchr(file, '/');

	if (a->title != NULL)
		return a->title;
	return strcmp(file, "-") == 0 ? "standard input" : slash != NULL ? slash + 1 : file;
}

/* *local: what failed was reading the file. */
static nt_status copy(struct cli *c, int fd, const struct cli_file *job, bool *local)
{
	static uint8_t buf[BUFFER_LEN];
	nt_status status = STATUS_SUCCESS;
	uint64_t offset = 0;
	ssize_t got;

	while (status == STATUS_SUCCESS && (got = read(fd, buf, sizeof(buf))) != 0) {
		*local = got < 0;
		if (got < 0)
			return STATUS_UNSUCCESSFUL;
		status = cli_write(c, job, offset, buf, (size_t)got);
		offset += (uint64_t)got;
	}
	return status;
}

static bool print(struct arguments *a, const struct url *u)
{
	bool local = false, is_stdin = strcmp(a->words[0], "-") == 0;
	struct cli *c = remote_cli(&a->remote);
	struct cli_file job;
	int fd = is_stdin ? STDIN_FILENO : open(a->words[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "%s: %s: %s\n", a->remote.command, a->words[0], strerror(errno));
		return false;
	}
	nt_status status = cli_print_open(c, title_of(a), &job);
	if (status == STATUS_SUCCESS) {
		status = copy(c, fd, &job, &local);
		if (local)
			fprintf(stderr, "%s: %s: %s\n", a->remote.command, a->words[0], strerror(errno));
		/* Half a job is printed by nobody if the connection breaks before it is closed. */
		if (status == STATUS_SUCCESS)
			status = cli_close(c, &job);
	}
	if (!is_stdin)
		close(fd);
	if (status != STATUS_SUCCESS && !local)
		remote_complain(&a->remote, u, "", status);
	return status == STATUS_SUCCESS;
}

int cmd_print(int argc, char **argv)
{
	static const struct argp_option options[] = { { "title", OPT_TITLE, "TEXT", 0, "what the queue calls the job; else the file's name", 0 }, { 0 } };
	const struct argp argp = { options, parse, "FILE URL", "Prints a file as it is, or standard input (-), on a server's printer.\v"
				   "Example:\n  longhouse print letter.ps smb://me@nas/laser\n", children, NULL, NULL };
	struct arguments a = { .remote.service = "LPT1:", .wanted = 2, .changes = true };

	return run(&argp, &a, argc, argv, 1, print);
}

/* --- queue --- */

static bool show(void *user, const struct cli_print_job *job)
{
	static const char *const states[] = { "waiting", "paused", "spooling", "printing" };
	struct arguments *a = user;
	const char *state = states[job->status];

	if (a->remote.json) {
		printf("%s{\"job\": %u, \"state\": \"%s\", \"size\": %u, \"submitted\": %u, \"user\": ", a->shown++ > 0 ? ",\n" : "", job->id, state,
		       job->size, job->submitted);
		json_string(stdout, job->user);
		fputs(", \"title\": ", stdout);
		json_string(stdout, job->title);
		putchar('}');
		return true;
	}
	printf("%5u  %-8s  %10u  ", job->id, state, job->size);
	show_name(stdout, job->user);
	fputs("  ", stdout);
	show_name(stdout, job->title);
	putchar('\n');
	return true;
}

static bool list(struct arguments *a, const struct url *u)
{
	if (a->remote.json)
		putchar('[');
	nt_status status = cli_print_jobs(remote_cli(&a->remote), u->share, show, a);
	if (a->remote.json)
		puts("]");
	if (status != STATUS_SUCCESS)
		remote_complain(&a->remote, u, "", status);
	return status == STATUS_SUCCESS;
}

int cmd_queue(int argc, char **argv)
{
	const struct argp argp = { NULL, parse, "URL", "Lists the jobs of a server's printer: number, state, bytes, owner, title.\v"
				   "Example:\n  longhouse queue smb://me@nas/laser\n", children, NULL, NULL };
	struct arguments a = { .wanted = 1 };

	return run(&argp, &a, argc, argv, 0, list);
}

/* --- cancel --- */

static bool cancel(struct arguments *a, const struct url *u)
{
	char *end;
	unsigned long job = strtoul(a->words[1], &end, 10);

	if (end == a->words[1] || *end != '\0' || job == 0 || job > UINT16_MAX) {
		fprintf(stderr, "%s: %s: no number of a job; `longhouse queue` lists them\n", a->remote.command, a->words[1]);
		return false;
	}
	nt_status status = cli_print_cancel(remote_cli(&a->remote), u->share, (uint16_t)job);
	if (status != STATUS_SUCCESS)
		remote_complain(&a->remote, u, "", status);
	return status == STATUS_SUCCESS;
}

int cmd_cancel(int argc, char **argv)
{
	const struct argp argp = { NULL, parse, "URL JOB", "Deletes a job of a server's printer: yours, or anybody's if you are its administrator.\v"
				   "Example:\n  longhouse cancel smb://me@nas/laser 17\n", children, NULL, NULL };
	struct arguments a = { .wanted = 2, .changes = true };

	return run(&argp, &a, argc, argv, 0, cancel);
}
