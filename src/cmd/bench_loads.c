#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bench.h"

enum {
	SMALL_SIZE = 4096, SMALL_FILES = 50,
	LISTED_FILES = 50,
	MIX_FILES = 20, MIX_FILE_SIZE = 1 << 20, MIX_IO_MAX = 60 << 10,
};

static struct cli *cli_of(struct bench_client *c) { return &c->remote.cli; }

static const char *path_of(const struct bench_client *c, char out[BENCH_PATH_MAX + 32], const char *what, uint64_t n)
{
	(void)snprintf(out, BENCH_PATH_MAX + 32, "%s/%s%llu", c->folder, what, (unsigned long long)n);
	return out;
}

/* xorshift64: the same load each time. */
static uint64_t draw(struct bench_client *c, uint64_t below)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return c->random % below;
}

static nt_status make_file(struct bench_client *c, const char *path, size_t size)
{
	const struct cli_open as = { .write = true, .disposition = FILE_OVERWRITE_IF };
	struct cli_file f;
	nt_status status = cli_open(cli_of(c), path, &as, &f);

	if (status != STATUS_SUCCESS)
		return status;
	for (size_t at = 0; at < size && status == STATUS_SUCCESS; at += c->block_len)
		status = cli_write(cli_of(c), &f, at, c->block, MIN(size - at, c->block_len));
	nt_status closed = cli_close(cli_of(c), &f);
	return status != STATUS_SUCCESS ? status : closed;
}

static nt_status fetch_file(struct bench_client *c, const char *path, uint64_t *bytes)
{
	const struct cli_open as = { .read = true, .disposition = FILE_OPEN };
	struct cli_file f;
	size_t got = 0;
	nt_status status = cli_open(cli_of(c), path, &as, &f);

	*bytes = 0;
	if (status != STATUS_SUCCESS)
		return status;
	status = cli_read(cli_of(c), &f, 0, c->block, SMALL_SIZE, &got);
	*bytes = got;
	nt_status closed = cli_close(cli_of(c), &f);
	return status != STATUS_SUCCESS ? status : closed;
}

static bool make_files(struct bench_client *c, const char *what, unsigned n, size_t size)
{
	char path[BENCH_PATH_MAX + 32];
	nt_status status = STATUS_SUCCESS;

	for (unsigned i = 0; i < n && status == STATUS_SUCCESS; i++)
		status = make_file(c, path_of(c, path, what, i), size);
	return bench_judge(c, cli_of(c), status) == STATUS_SUCCESS;
}

static void remove_files(struct bench_client *c, const char *what, unsigned n)
{
	char path[BENCH_PATH_MAX + 32];

	for (unsigned i = 0; i < n && !cli_of(c)->session->broken; i++)
		(void)!cli_delete(cli_of(c), path_of(c, path, what, i));
}

/* ---- stream: one large file written from end to end, then read, and so on ---- */

enum { STREAM_WRITE, STREAM_READ };

static bool stream_prepare(struct bench_client *c)
{
	const struct cli_create as = {
		.desired_access = FILE_READ_DATA | FILE_WRITE_DATA | FILE_READ_ATTRIBUTES, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OVERWRITE_IF,
	};
	char path[BENCH_PATH_MAX + 32];

	c->at = 0;
	return bench_judge(c, cli_of(c), cli_create(cli_of(c), path_of(c, path, "stream", 0), &as, &c->file)) == STATUS_SUCCESS;
}

static void stream_step(struct bench_client *c)
{
	uint64_t at = c->at % c->bench->size;
	size_t len = (size_t)MIN((uint64_t)c->block_len, c->bench->size - at), got = len;
	bool writes = c->at / c->bench->size % 2 == 0;
	nttime begin = nttime_now();
	nt_status status = writes ? cli_write(cli_of(c), &c->file, at, c->block, len) : cli_read(cli_of(c), &c->file, at, c->block, len, &got);

	if (status == STATUS_SUCCESS && got < len)
		status = STATUS_END_OF_FILE;
	bench_done(c, writes ? STREAM_WRITE : STREAM_READ, begin, got, status);
	c->at += len;
}

static void stream_tidy(struct bench_client *c)
{
	cli_close(cli_of(c), &c->file);
	remove_files(c, "stream", 1);
}

/* ---- small: files of 4 KiB made, read, removed ---- */

enum { SMALL_MAKE, SMALL_READ, SMALL_REMOVE };

static void small_step(struct bench_client *c)
{
	uint64_t n = c->step++ / 3 % SMALL_FILES, bytes = SMALL_SIZE;
	unsigned kind = (unsigned)((c->step - 1) % 3);
	char path[BENCH_PATH_MAX + 32];
	nttime begin = nttime_now();
	nt_status status;

	path_of(c, path, "small", n);
	if (kind == SMALL_MAKE)
		status = make_file(c, path, SMALL_SIZE);
	else if (kind == SMALL_READ)
		status = fetch_file(c, path, &bytes);
	else
		status = cli_delete(cli_of(c), path);
	bench_done(c, kind, begin, kind == SMALL_REMOVE ? 0 : bytes, status);
}

static void small_tidy(struct bench_client *c) { remove_files(c, "small", SMALL_FILES); }

/* ---- metadata: names and attributes, no content ---- */

enum { META_STAT, META_LIST, META_MKDIR, META_RENAME, META_RMDIR, META_SET };

static bool metadata_prepare(struct bench_client *c) { return make_files(c, "meta", LISTED_FILES, 0); }
static void metadata_tidy(struct bench_client *c) { remove_files(c, "meta", LISTED_FILES); }
static bool see(void *user, const struct cli_entry *e) { return true; }

static void metadata_step(struct bench_client *c)
{
	static const unsigned turn[] = { META_STAT, META_STAT, META_STAT, META_STAT, META_LIST, META_SET, META_MKDIR, META_RENAME, META_RMDIR };
	const struct cli_info info = { .last_write_time = nttime_now() };
	unsigned kind = turn[c->step % ARRAY_LEN(turn)];
	char path[BENCH_PATH_MAX + 32], other[BENCH_PATH_MAX + 32];
	struct cli *cli = cli_of(c);
	struct cli_info found;
	nt_status status = STATUS_SUCCESS;

	path_of(c, path, kind == META_STAT || kind == META_SET ? "meta" : kind == META_RMDIR ? "moved" : "folder", kind >= META_MKDIR && kind != META_SET ? 0 : draw(c, LISTED_FILES));
	path_of(c, other, "moved", 0);
	nttime begin = nttime_now();
	switch (kind) {
	case META_STAT: status = cli_stat(cli, path, &found); break;
	case META_LIST: status = cli_list(cli, c->folder, see, NULL); break;
	case META_SET: status = cli_set(cli, path, &info); break;
	case META_MKDIR: status = cli_mkdir(cli, path); break;
	case META_RENAME: status = cli_rename(cli, path, other); break;
	default: status = cli_rmdir(cli, path); break;
	}
	bench_done(c, kind, begin, 0, status);
	c->step++;
}

/* What the time ended between a folder's making and its end. */
static void metadata_finish(struct bench_client *c)
{
	char path[BENCH_PATH_MAX + 32];

	(void)!cli_rmdir(cli_of(c), path_of(c, path, "folder", 0));
	(void)!cli_rmdir(cli_of(c), path_of(c, path, "moved", 0));
	metadata_tidy(c);
}

/* ---- connects: from nothing to a share, and away ---- */

static void connects_step(struct bench_client *c)
{
	struct remote r;
	nttime begin = nttime_now();
	nt_status status = bench_connect(c->bench, &r);

	bench_judge(c, &r.cli, status);
	remote_close(&r, status == STATUS_SUCCESS);
	bench_done(c, 0, begin, 0, status);
}

/* ---- mix: what people's programs do all day, as NetBench had it ---- */

enum { MIX_READ, MIX_WRITE, MIX_STAT, MIX_OPEN, MIX_LIST, MIX_MAKE };

static bool mix_prepare(struct bench_client *c) { return make_files(c, "mix", MIX_FILES, MIX_FILE_SIZE) && stream_prepare(c); }

static void mix_tidy(struct bench_client *c)
{
	stream_tidy(c);
	remove_files(c, "mix", MIX_FILES);
	remove_files(c, "new", 1);
}

static nt_status open_and_close(struct bench_client *c, const char *path)
{
	const struct cli_open as = { .read = true, .disposition = FILE_OPEN };
	struct cli_file f;
	nt_status status = cli_open(cli_of(c), path, &as, &f);

	return status == STATUS_SUCCESS ? cli_close(cli_of(c), &f) : status;
}

static nt_status make_and_remove(struct bench_client *c)
{
	char path[BENCH_PATH_MAX + 32];
	nt_status status = make_file(c, path_of(c, path, "new", 0), SMALL_SIZE);

	return status == STATUS_SUCCESS ? cli_delete(cli_of(c), path) : status;
}

static void mix_step(struct bench_client *c)
{
	static const unsigned shares[] = { 45, 20, 15, 10, 5, 5 }; /* of 100, in the order of the kinds */
	uint64_t dice = draw(c, 100), at = draw(c, MIX_FILE_SIZE - MIX_IO_MAX);
	size_t len = (size_t)draw(c, MIN((size_t)MIX_IO_MAX, c->block_len)) + 1, got = 0;
	unsigned kind = 0;
	char path[BENCH_PATH_MAX + 32];
	struct cli *cli = cli_of(c);
	struct cli_info info;
	nt_status status;

	for (unsigned sum = shares[0]; dice >= sum; sum += shares[++kind])
		;
	path_of(c, path, "mix", draw(c, MIX_FILES));
	nttime begin = nttime_now();
	switch (kind) {
	case MIX_READ: status = cli_read(cli, &c->file, at, c->block, len, &got); break;
	case MIX_WRITE: status = cli_write(cli, &c->file, at, c->block, got = len); break;
	case MIX_STAT: status = cli_stat(cli, path, &info); break;
	case MIX_OPEN: status = open_and_close(c, path); break;
	case MIX_LIST: status = cli_list(cli, c->folder, see, NULL); break;
	default: status = make_and_remove(c); break;
	}
	bench_done(c, kind, begin, got, status);
}

static const struct bench_load loads[] = {
	{ "stream", "a large file written and read from end to end", { "write", "read" }, stream_prepare, stream_step, stream_tidy, false },
	{ "small", "files of 4 KiB", { "make", "read", "remove" }, NULL, small_step, small_tidy, false },
	{ "metadata", "names and attributes", { "stat", "list", "mkdir", "rename", "rmdir", "set" }, metadata_prepare, metadata_step, metadata_finish, false },
	{ "connects", "logons", { "connect" }, NULL, connects_step, NULL, true },
	{ "mix", "all of it, as programs do", { "read", "write", "stat", "open", "list", "make" }, mix_prepare, mix_step, mix_tidy, false },
};

const struct bench_load *bench_loads(size_t *n)
{
	*n = ARRAY_LEN(loads);
	return loads;
}
