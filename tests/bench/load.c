/*
 * The load generator: one measurement a run, printed as a JSON object of {"name": number}. What it needs on the share
 * it makes itself. bench.py runs it against longhouse and Samba in turn; `stress` is also the tests' way to press hard.
 */
#include <argp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "smbconn.h"
#include "stress.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/io.h"
#include "wire/smb1/path.h"

enum {
	CHUNK = 61440,
	FILE_READ_WRITE = 0x0012019F,
	SHARE_ALL = 7,
	OPEN_EXISTING = 1,
	OPEN_OR_CREATE = 3,
	NOT_A_FOLDER = 0x40
};

static const struct smbconn_open_as open_any = { FILE_READ_WRITE, SHARE_ALL, OPEN_OR_CREATE, NOT_A_FOLDER, 0 };
static const struct smbconn_open_as open_existing = { FILE_READ_WRITE, SHARE_ALL, OPEN_EXISTING, NOT_A_FOLDER, 0 };

struct options {
	struct smbconn_target target;
	const char *mode;
	unsigned count, depth, files, seconds;
};

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static _Noreturn void die(const struct smbconn *c, const char *what, nt_status status)
{
	const char *why = status == STATUS_CONNECTION_DISCONNECTED && c->why ? c->why : nt_status_name(status);
	fprintf(stderr, "load: %s: %s\n", what, why);
	exit(1);
}

static void check(const struct smbconn *c, const char *what, nt_status status)
{
	if (status != STATUS_SUCCESS)
		die(c, what, status);
}

static void connect_or_die(struct smbconn *c, const struct options *o)
{
	if (!smbconn_open(c, &o->target))
		die(c, "connect", STATUS_CONNECTION_DISCONNECTED);
}

static bool send_read(struct smbconn *c, uint16_t fid, uint64_t offset)
{
	struct smb1_read_andx_req req = { .words = 12,
					  .fid = fid,
					  .offset = (uint32_t)offset,
					  .offset_high = (uint32_t)(offset >> 32),
					  .max_count_of_bytes_to_return = CHUNK };
	return smbconn_send(c, SMB_COM_READ_ANDX, &req);
}

static bool send_write(struct smbconn *c, uint16_t fid, uint64_t offset)
{
	static uint8_t content[CHUNK];
	struct smb1_write_andx_req req = { .words = 14,
					   .fid = fid,
					   .offset = (uint32_t)offset,
					   .offset_high = (uint32_t)(offset >> 32),
					   .data = slice_of(content, CHUNK) };
	return smbconn_send(c, SMB_COM_WRITE_ANDX, &req);
}

static void receive_chunk(struct smbconn *c, bool writing)
{
	nt_status status;
	struct smb1_read_andx_rsp got = { 0 };
	struct smb1_write_andx_rsp put = { 0 };
	arena_reset(&c->arena);
	if (!smbconn_receive(c, writing ? (void *)&put : (void *)&got, &status))
		die(c, "stream", STATUS_CONNECTION_DISCONNECTED);
	check(c, "stream", status);
	if ((writing ? put.count : got.data.len) != CHUNK) {
		fprintf(stderr, "load: a chunk came back short\n");
		exit(1);
	}
}

/* One file of count MiB, depth requests in flight; MiB per second. */
static double stream(struct smbconn *c, const struct options *o, bool writing)
{
	uint16_t fid;
	unsigned n = (unsigned)((uint64_t)o->count * 1048576 / CHUNK), sent = 0;
	bool (*send)(struct smbconn *, uint16_t, uint64_t) = writing ? send_write : send_read;
	check(c, "open", smbconn_create(c, "stream.bin", &open_any, &fid));
	double start = now();
	for (unsigned received = 0; received < n; received++) {
		for (; sent < n && sent < received + o->depth; sent++)
			if (!send(c, fid, (uint64_t)sent * CHUNK))
				die(c, "stream", STATUS_CONNECTION_DISCONNECTED);
		receive_chunk(c, writing);
	}
	double seconds = now() - start;
	check(c, "close", smbconn_close_file(c, fid));
	return (double)n * CHUNK / 1048576 / seconds;
}

static void run_stream(const struct options *o)
{
	struct smbconn c;
	connect_or_die(&c, o);
	double written = stream(&c, o, true);
	double read = stream(&c, o, false);
	printf("{\"write MiB/s\": %.1f, \"read MiB/s\": %.1f}\n", written, read);
	smbconn_close(&c, true);
}

typedef void (*each_file)(struct smbconn *c, const char *name);

static void make_file(struct smbconn *c, const char *name)
{
	static uint8_t content[1024];
	uint16_t fid;
	struct smb1_write_andx_rsp rsp;
	check(c, name, smbconn_create(c, name, &open_any, &fid));
	struct smb1_write_andx_req req = { .words = 14, .fid = fid, .data = slice_of(content, sizeof(content)) };
	check(c, name, smbconn_call(c, SMB_COM_WRITE_ANDX, &req, &rsp, sizeof(rsp)));
	check(c, name, smbconn_close_file(c, fid));
}

static void make_empty(struct smbconn *c, const char *name)
{
	uint16_t fid;
	check(c, name, smbconn_create(c, name, &open_any, &fid));
	check(c, name, smbconn_close_file(c, fid));
}

static void stat_file(struct smbconn *c, const char *name)
{
	struct smb1_query_information_req req = { .file_name = name };
	struct smb1_query_information_rsp rsp;
	check(c, name, smbconn_call(c, SMB_COM_QUERY_INFORMATION, &req, &rsp, sizeof(rsp)));
}

static void stat_other_case(struct smbconn *c, const char *name)
{
	char other[64];
	size_t i = 0;
	for (; name[i] && i < sizeof(other) - 1; i++)
		other[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
	other[i] = 0;
	stat_file(c, other);
}

static void read_file(struct smbconn *c, const char *name)
{
	uint16_t fid;
	struct smb1_read_andx_rsp rsp;
	check(c, name, smbconn_create(c, name, &open_existing, &fid));
	struct smb1_read_andx_req req = { .words = 12, .fid = fid, .max_count_of_bytes_to_return = 4096 };
	check(c, name, smbconn_call(c, SMB_COM_READ_ANDX, &req, &rsp, sizeof(rsp)));
	check(c, name, smbconn_close_file(c, fid));
}

static void delete_file(struct smbconn *c, const char *name)
{
	struct smb1_delete_req req = { .search_attributes = 0x16, .file_name = name };
	check(c, name, smbconn_call(c, SMB_COM_DELETE, &req, NULL, 0));
}

static double per_second(struct smbconn *c, const struct options *o, const char *folder, each_file each)
{
	double start = now();
	for (unsigned i = 0; i < o->count; i++) {
		char name[64];
		snprintf(name, sizeof(name), "%s\\file number %u", folder, i);
		each(c, name);
	}
	return o->count / (now() - start);
}

static void make_folder(struct smbconn *c, const char *name)
{
	struct smb1_create_directory_req req = { .directory_name = name };
	nt_status status = smbconn_call(c, SMB_COM_CREATE_DIRECTORY, &req, NULL, 0);
	if (status != STATUS_OBJECT_NAME_COLLISION)
		check(c, name, status);
}

static void run_files(const struct options *o)
{
	struct smbconn c;
	connect_or_die(&c, o);
	make_folder(&c, "files");
	double made = per_second(&c, o, "files", make_file);
	double stats = per_second(&c, o, "files", stat_file);
	double reads = per_second(&c, o, "files", read_file);
	double deletes = per_second(&c, o, "files", delete_file);
	printf("{\"create+write 1 KiB/s\": %.0f, \"stat/s\": %.0f, \"open+read+close/s\": %.0f, \"delete/s\": %.0f}\n",
	       made, stats, reads, deletes);
	smbconn_close(&c, true);
}

/* A folder of count empty files, each then looked up by its name in capitals. The files stay, for a listing. */
static void run_folder(const struct options *o)
{
	struct smbconn c;
	connect_or_die(&c, o);
	make_folder(&c, "folder");
	double made = per_second(&c, o, "folder", make_empty);
	double found = per_second(&c, o, "folder", stat_other_case);
	printf("{\"create in a large folder/s\": %.0f, \"look up in other case/s\": %.0f}\n", made, found);
	smbconn_close(&c, true);
}

static void miss(struct smbconn *c, const char *name)
{
	char other[128];
	snprintf(other, sizeof(other), "%s that is not there", name);
	struct smb1_query_information_req req = { .file_name = other };
	struct smb1_query_information_rsp rsp;
	nt_status status = smbconn_call(c, SMB_COM_QUERY_INFORMATION, &req, &rsp, sizeof(rsp));
	if (status != STATUS_OBJECT_NAME_NOT_FOUND)
		die(c, other, status);
}

static void open_close(struct smbconn *c, const char *name)
{
	uint16_t fid;
	check(c, name, smbconn_create(c, name, &open_existing, &fid));
	check(c, name, smbconn_close_file(c, fid));
}

static void make_new(struct smbconn *c, const char *name)
{
	char other[128];
	snprintf(other, sizeof(other), "%s, the new one", name);
	make_empty(c, other);
}

static double us_each(struct smbconn *c, const struct options *o, const char *folder, each_file each)
{
	return 1e6 / per_second(c, o, folder, each);
}

/* What a name costs in the folder "large", which already holds more than count files named as per_second() names them.
 */
static void run_large(const struct options *o)
{
	struct smbconn c;
	connect_or_die(&c, o);
	double start = now();
	stat_other_case(&c, "large\\file number 0");
	double first = now() - start;
	printf("{\"first look, ms\": %.2f, ", first * 1e3);
	printf("\"stat, us\": %.1f, ", us_each(&c, o, "large", stat_file));
	printf("\"open+close, us\": %.1f, ", us_each(&c, o, "large", open_close));
	printf("\"stat in other case, us\": %.1f, ", us_each(&c, o, "large", stat_other_case));
	printf("\"stat of no file, us\": %.1f, ", us_each(&c, o, "large", miss));
	printf("\"create, us\": %.1f}\n", us_each(&c, o, "large", make_new));
	smbconn_close(&c, true);
}

static void run_connect(const struct options *o)
{
	double start = now();
	for (unsigned i = 0; i < o->count; i++) {
		struct smbconn c;
		connect_or_die(&c, o);
		smbconn_close(&c, true);
	}
	printf("{\"connect+log on+tree+leave/s\": %.1f}\n", o->count / (now() - start));
}

/* Holds count logged-on connections until stdin ends; prints the line when they all stand. */
static void run_idle(const struct options *o)
{
	struct smbconn *all = calloc(o->count, sizeof(*all));
	char end;
	if (!all)
		exit(1);
	for (unsigned i = 0; i < o->count; i++)
		connect_or_die(&all[i], o);
	printf("{\"idle connections\": %u}\n", o->count);
	fflush(stdout);
	while (read(STDIN_FILENO, &end, 1) > 0)
		;
	for (unsigned i = 0; i < o->count; i++)
		smbconn_close(&all[i], false);
	free(all);
}

static void run_stress(const struct options *o)
{
	struct stress_result r = stress_run(&o->target, o->count, o->files, o->seconds);
	printf("{\"requests\": %llu, \"lost connections\": %llu, \"surprises\": %llu}\n",
	       (unsigned long long)r.requests, (unsigned long long)r.lost, (unsigned long long)r.surprises);
	if (r.lost || r.surprises || !r.requests) {
		fprintf(stderr, "load: %s\n", r.example);
		exit(1);
	}
}

static void run_counter(const struct options *o)
{
	struct counter_result r = counter_run(&o->target, o->count, o->seconds);
	printf("{\"counted\": %llu, \"in file\": %llu, \"in cache\": %llu, \"breaks\": %llu}\n",
	       (unsigned long long)r.counted, (unsigned long long)r.in_file, (unsigned long long)r.in_cache,
	       (unsigned long long)r.breaks);
	if (r.failure[0] || r.counted != r.in_file) {
		fprintf(stderr, "load: %s\n", r.failure[0] ? r.failure : "counts were lost");
		exit(1);
	}
}

static const struct {
	const char *name;
	void (*run)(const struct options *o);
} modes[] = {
	{ "stream", run_stream },   { "files", run_files }, { "folder", run_folder }, { "large", run_large },
	{ "connect", run_connect }, { "idle", run_idle },   { "stress", run_stress }, { "counter", run_counter },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'a': o->target.address = arg; return 0;
	case 'p': o->target.port = (uint16_t)atoi(arg); return 0;
	case 's': o->target.share = arg; return 0;
	case 'u': o->target.user = arg; return 0;
	case 'w': o->target.password = arg; return 0;
	case 'n': o->count = (unsigned)atoi(arg); return 0;
	case 'd': o->depth = (unsigned)atoi(arg); return 0;
	case 'f': o->files = (unsigned)atoi(arg); return 0;
	case 't': o->seconds = (unsigned)atoi(arg); return 0;
	case ARGP_KEY_ARG: o->mode = arg; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
	{ "address", 'a', "IPV4", 0, "the server", 0 },
	{ "port", 'p', "PORT", 0, "445, or 139 with a NetBIOS session", 0 },
	{ "share", 's', "NAME", 0, "a share it may write to", 0 },
	{ "user", 'u', "NAME", 0, "the account", 0 },
	{ "password", 'w', "WORD", 0, "its password", 0 },
	{ "count", 'n', "N", 0, "MiB (stream), files, connections", 0 },
	{ "depth", 'd', "N", 0, "requests in flight (stream)", 0 },
	{ "files", 'f', "N", 0, "names to be all over (stress)", 0 },
	{ "seconds", 't', "N", 0, "how long (stress, counter)", 0 },
	{ 0 },
};

int main(int argc, char **argv)
{
	struct options o = {
		.target = { .address = "127.0.0.1", .port = 445 }, .count = 100, .depth = 8, .files = 12, .seconds = 10
	};
	const struct argp argp = { argp_options, parse, "stream|files|folder|large|connect|idle|stress|counter",
				   NULL,         NULL,  NULL,
				   NULL };
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!o.target.share || !o.target.user || !o.target.password || !o.count || !o.depth || !o.files) {
		fprintf(stderr, "load: --share, --user and --password are needed, and counts above 0\n");
		return 2;
	}
	for (size_t i = 0; o.mode && i < ARRAY_LEN(modes); i++) {
		if (strcmp(o.mode, modes[i].name) == 0) {
			modes[i].run(&o);
			return 0;
		}
	}
	fprintf(stderr, "load: no such mode\n");
	return 2;
}
