#include "cmd/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "cmd/cmd.h"
#include "cmd/places.h"

enum { KEY_PROFILE = 0x700, KEY_SECONDS, KEY_CLIENTS, KEY_SIZE, CLIENTS_MAX = 64, SECONDS_MAX = 3600, BLOCK = 1 << 20, SIZE_MAX_MIB = 4096, US = 10 };

struct arguments {
	struct places places;
	const struct bench_load *only; /* NULL: all */
	unsigned seconds, clients;
	unsigned shown;
	struct bench bench;
	struct url url;
	char folder[BENCH_PATH_MAX - 64];
};

static const struct argp_option options[] = {
	{ "profile", KEY_PROFILE, "NAME", 0, "only this load: stream, small, metadata, connects or mix (default: all, one after another)", 0 },
	{ "seconds", KEY_SECONDS, "N", 0, "for so long each (default: 5)", 0 },
	{ "clients", KEY_CLIENTS, "N", 0, "so many connections at once (default: 4)", 0 },
	{ "size", KEY_SIZE, "MIB", 0, "MiB of the large file of each connection (default: 64)", 0 },
	{ 0 },
};

static void choose(struct arguments *a, const char *name, struct argp_state *state)
{
	size_t n;
	const struct bench_load *loads = bench_loads(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(loads[i].name, name) == 0)
			a->only = &loads[i];
	if (a->only == NULL)
		args_error(state, "--profile %s: write stream, small, metadata, connects or mix", name);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case KEY_PROFILE: choose(a, text, state); break;
	case KEY_SECONDS: a->seconds = (unsigned)args_number(text, SECONDS_MAX, "--seconds", state); break;
	case KEY_CLIENTS: a->clients = (unsigned)args_number(text, CLIENTS_MAX, "--clients", state); break;
	case KEY_SIZE: a->bench.size = (uint64_t)args_number(text, SIZE_MAX_MIB, "--size", state) << 20; break;
	case ARGP_KEY_END:
		if (a->places.n > 1)
			args_error(state, "one share at a time");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- clients ---- */

nt_status bench_connect(const struct bench *b, struct remote *r)
{
	return remote_open_share(r, b->options, b->share);
}

nt_status bench_judge(struct bench_client *c, struct cli *cli, nt_status status)
{
	if (status != STATUS_SUCCESS && c->status == STATUS_SUCCESS) {
		c->status = status;
		(void)snprintf(c->why, sizeof(c->why), "%s", cli_why(cli, status));
	}
	return status;
}

void bench_done(struct bench_client *c, unsigned kind, nttime begin, uint64_t bytes, nt_status status)
{
	nttime now = nttime_now();

	if (status != STATUS_SUCCESS) {
		c->counts[kind].errors++;
		bench_judge(c, &c->remote.cli, status);
		return;
	}
	c->counts[kind].bytes += bytes;
	bench_count_add(&c->counts[kind], now > begin ? (now - begin) / US : 0);
}

static bool begin_client(struct bench_client *c)
{
	c->block_len = BLOCK;
	c->block = malloc(BLOCK);
	CHECK(c->block != NULL);
	for (size_t i = 0; i < BLOCK; i++)
		c->block[i] = (uint8_t)(i * 31 + i / 251);
	if (c->load->own_connections)
		return true;
	c->is_open = true;
	nt_status status = bench_connect(c->bench, &c->remote);
	if (status == STATUS_SUCCESS)
		status = cli_mkdir(&c->remote.cli, c->folder);
	return bench_judge(c, &c->remote.cli, status) == STATUS_SUCCESS && (c->load->prepare == NULL || c->load->prepare(c));
}

static void end_client(struct bench_client *c, bool begun)
{
	if (begun && c->load->tidy != NULL && !c->remote.cli.session->broken)
		c->load->tidy(c);
	if (c->is_open && !c->remote.cli.session->broken)
		(void)!cli_rmdir(&c->remote.cli, c->folder);
	if (c->is_open)
		remote_close(&c->remote, !c->remote.cli.session->broken);
	free(c->block);
}

/* A server that fails every time is not asked for ever. */
static bool goes_on(const struct bench_client *c)
{
	return nttime_now() < c->bench->end && c->status == STATUS_SUCCESS;
}

static void *client_thread(void *user)
{
	struct bench_client *c = user;
	while (goes_on(c))
		c->load->step(c);
	return NULL;
}

/* ---- a load ---- */

static void show_count(struct arguments *a, const struct bench_load *load, const char *kind, const struct bench_count *c, double seconds)
{
	double rate = (double)c->ops / seconds, mib = (double)c->bytes / seconds / (1 << 20);
	double p[4];
	static const unsigned permille[] = { 500, 900, 990, 999 };

	for (size_t i = 0; i < ARRAY_LEN(permille); i++)
		p[i] = (double)bench_count_permille(c, permille[i]) / 1000;
	if (a->places.remote.json) {
		printf("%s{\"profile\": \"%s\", \"operation\": \"%s\", \"clients\": %u, \"seconds\": %.2f, \"operations\": %" PRIu64 ", \"errors\": %" PRIu64
		       ", \"bytes\": %" PRIu64 ", \"per_second\": %.1f, \"mib_per_second\": %.2f, \"ms\": {\"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, "
		       "\"p99.9\": %.3f, \"max\": %.3f}}", a->shown++ > 0 ? ",\n" : "", load->name, kind, a->clients, seconds, c->ops, c->errors, c->bytes, rate, mib,
		       p[0], p[1], p[2], p[3], (double)c->max_us / 1000);
		return;
	}
	printf("%-9s %-8s %10.1f %9.2f %9.3f %9.3f %9.3f %9.3f %9.3f %7" PRIu64 "\n", load->name, kind, rate, mib, p[0], p[1], p[2], p[3],
	       (double)c->max_us / 1000, c->errors);
}

static void show_load(struct arguments *a, const struct bench_load *load, const struct bench_client *clients, double seconds)
{
	for (unsigned k = 0; k < BENCH_KINDS_MAX && load->kinds[k] != NULL; k++) {
		struct bench_count sum = { .ops = 0 };
		for (unsigned i = 0; i < a->clients; i++)
			bench_count_merge(&sum, &clients[i].counts[k]);
		show_count(a, load, load->kinds[k], &sum, seconds);
	}
	fflush(stdout);
}

static void run_load(struct arguments *a, const struct bench_load *load)
{
	struct bench_client *clients = calloc(a->clients, sizeof(*clients));
	bool begun[CLIENTS_MAX] = { false };
	unsigned started = 0;

	CHECK(clients != NULL);
	for (unsigned i = 0; i < a->clients; i++) {
		struct bench_client *c = &clients[i];
		*c = (struct bench_client){ .bench = &a->bench, .load = load, .random = i * 7919 + 1 };
		(void)snprintf(c->folder, sizeof(c->folder), "%s/c%u", a->folder, i);
		begun[i] = begin_client(c);
	}
	nttime begin = nttime_now();
	a->bench.end = begin + (nttime)a->seconds * NTTIME_PER_SEC;
	for (; started < a->clients && begun[started]; started++)
		if (pthread_create(&clients[started].thread, NULL, client_thread, &clients[started]) != 0)
			break;
	for (unsigned i = 0; i < started; i++)
		pthread_join(clients[i].thread, NULL);
	show_load(a, load, clients, (double)(nttime_now() - begin) / NTTIME_PER_SEC);
	const struct bench_client *failed = NULL;
	for (unsigned i = 0; i < a->clients; i++) {
		end_client(&clients[i], begun[i]);
		if (clients[i].status != STATUS_SUCCESS && failed == NULL)
			failed = &clients[i];
	}
	if (failed != NULL || started < a->clients) {
		fprintf(stderr, "%s: //%s/%s: %s: %s\n", a->places.remote.command, a->url.host, a->url.share, load->name,
			failed != NULL ? failed->why : "no more threads; take fewer --clients");
		a->places.result = REMOTE_FAILED;
	}
	free(clients);
}

static bool begin_folder(struct arguments *a)
{
	const char *below = a->url.path[0] != '\0' ? "/" : "";
	int n = snprintf(a->folder, sizeof(a->folder), "%s%slhb%05u", a->url.path, below, (unsigned)getpid() % 100000);
	nt_status status = n < (int)sizeof(a->folder) ? cli_mkdir(remote_cli(&a->places.remote), a->folder) : STATUS_OBJECT_PATH_SYNTAX_BAD;

	return places_judge(&a->places, &a->url, a->folder, status);
}

static void run_all(struct arguments *a)
{
	size_t n;
	const struct bench_load *loads = bench_loads(&n);

	if (a->places.remote.json)
		putchar('[');
	else
		printf("%-9s %-8s %10s %9s %9s %9s %9s %9s %9s %7s\n", "profile", "what", "per s", "MiB/s", "p50 ms", "p90", "p99", "p99.9", "max", "errors");
	for (size_t i = 0; i < n; i++)
		if (a->only == NULL || a->only == &loads[i])
			run_load(a, &loads[i]);
	if (a->places.remote.json)
		puts("]");
	(void)places_judge(&a->places, &a->url, a->folder, cli_rmdir(remote_cli(&a->places.remote), a->folder));
}

int cmd_bench(int argc, char **argv)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { options, parse, "URL",
		                   "Measures a server by loads of several kinds, in a folder of its own that is removed afterwards: how many operations a second, "
		                   "how many MiB, and how long they took."
		                   "\vExamples:\n  longhouse bench smb://me@nas/scratch\n  longhouse bench --profile small --clients 16 --json smb://me@nas/scratch\n",
		                   children, NULL, NULL };
	struct arguments a = { .seconds = 5, .clients = 4, .bench.size = 64 << 20 };
	struct remote_args *r = &a.places.remote;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	a.places.result = REMOTE_FAILED;
	if (remote_go(r, a.places.at[0], false, &a.url)) {
		a.bench.options = &r->remote.options;
		a.bench.share = a.url.share;
		a.places.result = REMOTE_OK;
		if (begin_folder(&a))
			run_all(&a);
	}
	return places_end(&a.places);
}
