/*
 * Every call of include/longhouse/client.h against a real server, at one dialect: library HOST PORT SHARE FOLDER DIALECT. The user is
 * "tester", the password LONGHOUSE_PASSWORD; FOLDER is empty and stays so. One line a call: "ok NAME", "none NAME" (this server or dialect
 * has no such thing), or "FAIL NAME: why". Status 0: nothing failed.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "longhouse/client.h"

enum { NAME = 600, LARGE = 300000 };

struct test {
	struct lh_client *one, *two; /* two connections of the same user */
	struct lh_client_options options;
	const char *folder;
	bool failed;
};

static const char *at(const struct test *t, const char *name)
{
	static char out[4][NAME];
	static unsigned next;
	char *to = out[next++ % 4];
	(void)snprintf(to, NAME, "%s/%s", t->folder, name);
	return to;
}

/* A test's result: 0, or the first error; 1: what came out is wrong. */
enum { WRONG = 1 };
static int right(bool is_right) { return is_right ? 0 : WRONG; }

static int make(struct test *t, const char *name, const char *text)
{
	struct lh_file *f;
	int err = lh_open(t->one, at(t, name), LH_WRITE | LH_CREATE | LH_TRUNCATE, &f);

	if (err != 0)
		return err;
	long long n = lh_write(f, text, strlen(text), 0);
	err = lh_close(f);
	return n < 0 ? (int)n : err;
}

static int holds(struct test *t, const char *name, const char *text)
{
	char got[64] = "";
	struct lh_file *f;
	int err = lh_open(t->two, at(t, name), LH_READ, &f);

	if (err != 0)
		return err;
	long long n = lh_read(f, got, sizeof(got) - 1, 0);
	err = lh_close(f);
	return n < 0 ? (int)n : err != 0 ? err : right(strcmp(got, text) == 0);
}

/* The first failure of two things that were both tried. */
static int then(int err, int next) { return err != 0 ? err : next; }

static int lh_open_read_write_close(struct test *t)
{
	int err = make(t, "A.TXT", "hello");
	return then(err, err == 0 ? holds(t, "A.TXT", "hello") : 0);
}

static int open_flags(struct test *t)
{
	struct lh_file *f = NULL, *g = NULL;
	int err = right(lh_open(t->one, at(t, "ABSENT"), LH_READ, &f) == -ENOENT && f == NULL);

	if (err == 0)
		err = right(lh_open(t->one, at(t, "A.TXT"), LH_WRITE | LH_CREATE | LH_EXCLUSIVE, &f) == -EEXIST);
	if (err == 0)
		err = lh_open(t->one, at(t, "A.TXT"), LH_READ | LH_WRITE | LH_DENY_READ | LH_DENY_WRITE, &f);
	if (err == 0)
		err = right(lh_open(t->two, at(t, "A.TXT"), LH_READ, &g) == -EBUSY);
	(void)lh_close(g);
	return then(err, lh_close(f));
}

static int large(struct test *t)
{
	uint8_t *out = malloc(LARGE), *back = calloc(1, LARGE);
	struct lh_file *f = NULL;
	long long n = 0;

	for (int i = 0; i < LARGE; i++)
		out[i] = (uint8_t)(i * 7 + i / 1000);
	int err = lh_open(t->one, at(t, "LARGE"), LH_READ | LH_WRITE | LH_CREATE, &f);
	if (err == 0 && (n = lh_write(f, out, LARGE, 0)) != LARGE)
		err = n < 0 ? (int)n : WRONG;
	if (err == 0 && (n = lh_read(f, back, LARGE, 0)) != LARGE)
		err = n < 0 ? (int)n : WRONG;
	if (err == 0)
		err = right(memcmp(out, back, LARGE) == 0 && lh_read(f, back, 100, LARGE - 10) == 10 && lh_read(f, back, 1, LARGE) == 0);
	err = then(err, lh_close(f));
	free(out);
	free(back);
	return then(err, lh_delete(t->one, at(t, "LARGE")));
}

static int call_lh_sync(struct test *t)
{
	struct lh_file *f = NULL;
	int err = lh_open(t->one, at(t, "A.TXT"), LH_WRITE, &f);

	err = then(err, err == 0 ? lh_sync(f) : 0);
	return then(err, lh_close(f));
}

static int call_lh_truncate(struct test *t)
{
	struct lh_file *f = NULL;
	struct lh_info info = { 0 };
	int err = lh_open(t->one, at(t, "A.TXT"), LH_READ | LH_WRITE, &f);

	if (err == 0)
		err = lh_truncate(f, 3);
	(void)lh_close(f);
	err = then(err, lh_stat(t->two, at(t, "A.TXT"), &info));
	return then(err, right(info.size == 3));
}

static int call_lh_fstat(struct test *t)
{
	struct lh_info info = { 0 };
	struct lh_file *f = NULL;
	int err = make(t, "A.TXT", "hello");

	err = then(err, err == 0 ? lh_open(t->one, at(t, "A.TXT"), LH_READ, &f) : 0);
	if (err == 0)
		err = lh_fstat(f, &info);
	(void)lh_close(f);
	return then(err, right(info.size == 5 && (info.attributes & LH_FOLDER) == 0));
}

static int call_lh_stat(struct test *t)
{
	struct lh_info info;
	int err = lh_stat(t->one, at(t, "A.TXT"), &info);

	err = then(err, right(info.size == 5 && info.written > 0));
	err = then(err, lh_stat(t->one, t->folder, &info));
	err = then(err, right((info.attributes & LH_FOLDER) != 0));
	return then(err, right(lh_stat(t->one, at(t, "ABSENT"), &info) == -ENOENT && lh_client_status(t->one) != 0 && *lh_client_error(t->one) != '\0'));
}

static int call_lh_set_info(struct test *t)
{
	const int64_t when = INT64_C(1000000000) * 1000000000;
	struct lh_info info = { .written = when }, read_only = { .attributes = LH_READONLY }, normal = { .attributes = LH_NORMAL };
	int err = lh_set_info(t->one, at(t, "A.TXT"), &info);

	err = then(err, lh_stat(t->two, at(t, "A.TXT"), &info));
	err = then(err, right(info.written == when));
	err = then(err, lh_set_info(t->one, at(t, "A.TXT"), &read_only));
	err = then(err, lh_stat(t->two, at(t, "A.TXT"), &info));
	err = then(err, right((info.attributes & LH_READONLY) != 0));
	int back = lh_set_info(t->one, at(t, "A.TXT"), &normal);
	return then(err, back);
}

static int lh_mkdir_rmdir(struct test *t)
{
	struct lh_info info;
	int err = lh_mkdir(t->one, at(t, "SUB"));

	err = then(err, lh_stat(t->two, at(t, "SUB"), &info));
	int twice = lh_mkdir(t->one, at(t, "SUB"));
	err = then(err, right(twice == -EEXIST || twice == -EACCES)); /* which is how DOS says it */
	err = then(err, lh_rmdir(t->one, at(t, "SUB")));
	return then(err, right(lh_stat(t->two, at(t, "SUB"), &info) == -ENOENT));
}

struct seen {
	unsigned n;
	uint64_t size;
};

static int see_entry(void *user, const char *name, const struct lh_info *info)
{
	struct seen *s = user;
	s->n++;
	s->size += strcmp(name, "A.TXT") == 0 ? info->size : 1000;
	return 0;
}

static int call_lh_list(struct test *t)
{
	struct seen s = { 0 };
	int err = lh_list(t->two, t->folder, see_entry, &s);
	return then(err, right(s.n == 1 && s.size == 5));
}

static int call_lh_rename(struct test *t)
{
	int err = lh_rename(t->one, at(t, "A.TXT"), at(t, "B.TXT"), 0);

	err = then(err, make(t, "A.TXT", "other"));
	err = then(err, right(lh_rename(t->one, at(t, "A.TXT"), at(t, "B.TXT"), 0) == -EEXIST));
	return then(err, holds(t, "B.TXT", "hello"));
}

static int lh_rename_over(struct test *t)
{
	int err = make(t, "B.TXT", "hello");

	err = then(err, make(t, "A.TXT", "other"));
	err = then(err, lh_rename(t->one, at(t, "B.TXT"), at(t, "A.TXT"), 1));
	return then(err, holds(t, "A.TXT", "hello"));
}

static int call_lh_link(struct test *t)
{
	int err = lh_link(t->one, at(t, "A.TXT"), at(t, "LINK.TXT"));

	err = then(err, err == 0 ? holds(t, "LINK.TXT", "hello") : 0);
	return then(err, err == 0 ? lh_delete(t->one, at(t, "LINK.TXT")) : 0);
}

static int call_lh_volume(struct test *t)
{
	struct lh_volume v;
	int err = lh_volume(t->one, &v);
	return then(err, right(v.size > 0 && v.free <= v.size && v.unit > 0));
}

static int lh_lock_unlock(struct test *t)
{
	struct lh_file *f = NULL, *g = NULL;
	int err = lh_open(t->one, at(t, "A.TXT"), LH_READ | LH_WRITE, &f);

	err = then(err, lh_open(t->two, at(t, "A.TXT"), LH_READ | LH_WRITE, &g));
	if (err == 0)
		err = lh_lock(f, 0, 2, 0, 0);
	if (err == 0)
		err = right(lh_lock(g, 1, 2, 0, 0) == -EAGAIN && lh_write(g, "x", 1, 0) < 0);
	if (err == 0)
		err = lh_unlock(f, 0, 2);
	if (err == 0)
		err = lh_lock(g, 1, 2, 0, 0);
	if (err == 0)
		err = lh_unlock(g, 1, 2);
	(void)lh_close(g);
	return then(err, lh_close(f));
}

static int see_share(void *user, const char *name, const char *comment, uint32_t type)
{
	(void)comment;
	*(bool *)user |= strcasecmp(name, "data") == 0 && type == 0;
	return 0;
}

static int call_lh_client_shares(struct test *t)
{
	bool any = false;
	int err = lh_client_shares(t->one, see_share, &any);
	return then(err, right(any || strcasecmp(t->options.share, "data") != 0));
}

struct changer {
	struct test *t;
	atomic_bool enough;
};

static void *make_files(void *user)
{
	const struct timespec pause = { .tv_nsec = 250000000 };
	struct changer *c = user;
	struct lh_file *f;

	for (unsigned i = 0; i < 40 && !c->enough; i++) {
		nanosleep(&pause, NULL);
		if (lh_open(c->t->two, at(c->t, "NEW"), LH_WRITE | LH_CREATE, &f) == 0)
			(void)lh_close(f);
		(void)lh_delete(c->t->two, at(c->t, "NEW"));
	}
	return NULL;
}

static int see_change(void *user, int action, const char *name)
{
	*(bool *)user = action == LH_LOOK_AGAIN || strncmp(name, "NEW", 3) == 0;
	return 1;
}

static int call_lh_watch(struct test *t)
{
	struct changer other = { .t = t };
	bool told = false;
	pthread_t thread;

	if (pthread_create(&thread, NULL, make_files, &other) != 0)
		return WRONG;
	int err = lh_watch(t->one, t->folder, 0, see_change, &told);
	other.enough = true;
	pthread_join(thread, NULL);
	return then(err, right(told));
}

static int lh_client_reconnect_reopens(struct test *t)
{
	struct lh_file *f = NULL;
	char got[8] = "";
	int err = lh_open(t->one, at(t, "A.TXT"), LH_READ, &f);

	if (err == 0)
		err = lh_client_reconnect(t->one);
	long long n = err == 0 ? lh_read(f, got, 5, 0) : 5;
	err = then(err, n < 0 ? (int)n : right(n == 5 && (strcmp(got, "hello") == 0)));
	return then(err, lh_close(f));
}

static int call_lh_client_dialect(struct test *t)
{
	return right(lh_client_dialect(t->one)[0] != '\0' && strcmp(lh_client_dialect(t->one), lh_client_dialect(t->two)) == 0);
}

static int call_lh_delete(struct test *t)
{
	struct lh_info info;
	int err = lh_delete(t->one, at(t, "A.TXT"));
	return then(err, right(lh_stat(t->two, at(t, "A.TXT"), &info) == -ENOENT));
}

static const struct {
	const char *name;
	int (*fn)(struct test *t);
} tests[] = {
	{ "lh_open,lh_read,lh_write,lh_close", lh_open_read_write_close }, { "lh_open:flags", open_flags }, { "lh_write:large", large },
	{ "lh_sync", call_lh_sync }, { "lh_truncate", call_lh_truncate }, { "lh_fstat", call_lh_fstat },
	{ "lh_stat,lh_client_status,lh_client_error", call_lh_stat }, { "lh_set_info", call_lh_set_info }, { "lh_mkdir,lh_rmdir", lh_mkdir_rmdir },
	{ "lh_list", call_lh_list }, { "lh_rename", call_lh_rename }, { "lh_rename:replace", lh_rename_over }, { "lh_link", call_lh_link },
	{ "lh_volume", call_lh_volume }, { "lh_lock,lh_unlock", lh_lock_unlock }, { "lh_client_shares", call_lh_client_shares },
	{ "lh_watch", call_lh_watch }, { "lh_client_reconnect", lh_client_reconnect_reopens }, { "lh_client_dialect", call_lh_client_dialect },
	{ "lh_delete", call_lh_delete },
};

/* What a failed test has left must not stand in the way of the next; nor that the server hung up. */
static void tidy(struct test *t, int err)
{
	static const char *const names[] = { "B.TXT", "LINK.TXT", "LARGE", "SUB" };
	const struct lh_info normal = { .attributes = LH_NORMAL };

	if (err == -ENOTCONN || err == -EPROTO || err == WRONG)
		(void)!(lh_client_reconnect(t->one) + lh_client_reconnect(t->two));
	(void)lh_set_info(t->one, at(t, "A.TXT"), &normal);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) - 1; i++)
		(void)lh_delete(t->one, at(t, names[i]));
	(void)lh_rmdir(t->one, at(t, "SUB"));
	(void)make(t, "A.TXT", "hello");
}

static void run(struct test *t, const char *name, int (*fn)(struct test *t))
{
	int err = fn(t);

	if (err == 0) {
		printf("ok %s\n", name);
		return;
	}
	if (err == -EOPNOTSUPP) {
		printf("none %s\n", name);
	} else {
		printf("FAIL %s: %s %08x; %s | %s\n", name, err < 0 ? strerror(-err) : "what came out is wrong", lh_client_status(t->one),
		       lh_client_error(t->one), lh_client_error(t->two));
		t->failed = true;
	}
	tidy(t, err);
}

int main(int argc, char **argv)
{
	struct test t = { .failed = false };

	if (argc != 6)
		return 2;
	t.folder = argv[4];
	t.options = (struct lh_client_options){
		.host = argv[1], .port = (uint16_t)atoi(argv[2]), .share = argv[3], .user = "tester", .password = getenv("LONGHOUSE_PASSWORD"),
		.auth = strcmp(argv[5], "NT1") == 0 ? LH_AUTH_NTLMV2 : LH_AUTH_PLAINTEXT, .max_dialect = argv[5], .timeout_ms = 30000,
	};
	setvbuf(stdout, NULL, _IOLBF, 0);
	int err = lh_client_open(&t.options, &t.one);
	err = err != 0 ? err : lh_client_open(&t.options, &t.two);
	if (err != 0)
		printf("FAIL lh_client_open: %s\n", lh_client_error(t.two != NULL ? t.two : t.one));
	else
		puts("ok lh_client_open");
	for (size_t i = 0; err == 0 && i < sizeof(tests) / sizeof(tests[0]); i++)
		run(&t, tests[i].name, tests[i].fn);
	if (err == 0 && t.failed)
		(void)lh_delete(t.one, at(&t, "A.TXT"));
	lh_client_close(t.two);
	lh_client_close(t.one);
	puts("ok lh_client_close");
	return err != 0 || t.failed;
}
