/*
 * Every call of client/cli.h against a real server, at one dialect: calls HOST PORT SHARE FOLDER DIALECT [SIGNING]. The user is "tester",
 * the password LONGHOUSE_PASSWORD; FOLDER is empty and stays so. One line a call: "ok NAME", "none NAME" (this server or dialect
 * has no such thing), or "FAIL NAME: why". Status 0: nothing failed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/admin.h"
#include "client/internal.h"
#include "client/status.h"
#include "server/remote.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/nttrans.h"
#include "wire/smb1/open.h"

enum { NAME = 600, MANY = 200000 };

struct broken {
	unsigned count;
	uint16_t fid;
	bool to_level_ii;
};

struct test {
	struct remote one, two; /* two connections of the same user */
	struct remote_options options;
	const char *share, *folder;
	struct broken seen;
	bool failed;
};

typedef nt_status (*test_fn)(struct test *t);

static jmp_buf failed;

static void must(nt_status status, const char *what)
{
	if (status == STATUS_SUCCESS)
		return;
	printf("  %s: %s\n", what, nt_status_name(status));
	longjmp(failed, 1);
}
#define TRY(call) must(call, #call)
#define EXPECT(ok) must((ok) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL, #ok)

static const char *at(const struct test *t, const char *name)
{
	static char out[4][NAME];
	static unsigned next;
	char *to = out[next++ % 4];
	(void)snprintf(to, NAME, "%s/%s", t->folder, name);
	return to;
}

static const struct cli_create all_of_it = {
	.desired_access = FILE_READ_DATA | FILE_WRITE_DATA | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | ACCESS_DELETE,
	.share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN_IF,
};

static nt_status make(struct test *t, const char *name, const char *text)
{
	struct cli *c = &t->one.cli;
	struct cli_file f;

	TRY(cli_create(c, at(t, name), &all_of_it, &f));
	TRY(cli_write(c, &f, 0, (const uint8_t *)text, strlen(text)));
	return cli_close(c, &f);
}

static nt_status read_back(struct test *t, const char *name, const char *text)
{
	const struct cli_open as = { .read = true, .disposition = FILE_OPEN };
	struct cli *c = &t->one.cli;
	struct cli_file f;
	uint8_t out[256];
	size_t got;

	TRY(cli_open(c, at(t, name), &as, &f));
	TRY(cli_read(c, &f, 0, out, sizeof(out), &got));
	EXPECT(got == strlen(text) && memcmp(out, text, got) == 0);
	return cli_close(c, &f);
}

/* ---- the calls ---- */

static nt_status size_and_flush(struct test *t)
{
	struct cli *c = &t->one.cli;
	struct cli_file f;
	struct cli_info info;

	TRY(cli_create(c, at(t, "SIZE"), &all_of_it, &f));
	TRY(cli_write(c, &f, 0, (const uint8_t *)"0123456789", 10));
	TRY(cli_flush(c, &f));
	TRY(cli_set_size(c, &f, 4));
	TRY(cli_stat_open(c, &f, &info));
	EXPECT(info.size == 4);
	TRY(cli_set_size(c, &f, 100000));
	TRY(cli_stat_open(c, &f, &info));
	EXPECT(info.size == 100000);
	TRY(cli_close(c, &f));
	TRY(cli_stat(c, at(t, "SIZE"), &info));
	EXPECT(info.size == 100000);
	return cli_delete(c, at(t, "SIZE"));
}

static nt_status times(struct test *t)
{
	const struct cli_info want = { .last_write_time = NTTIME_UNIX_EPOCH + 10000000ULL * 1000000000ULL };
	struct cli *c = &t->one.cli;
	struct cli_file f;
	struct cli_info info;
	nt_status status;

	TRY(make(t, "TIMES", "x"));
	TRY(cli_create(c, at(t, "TIMES"), &all_of_it, &f));
	status = cli_set_open(c, &f, &want);
	if (status == STATUS_NOT_SUPPORTED && !cli_has_andx(c))
		status = STATUS_SUCCESS;
	TRY(cli_close(c, &f));
	if (!cli_has_andx(c))
		TRY(cli_set(c, at(t, "TIMES"), &want));
	TRY(cli_stat(c, at(t, "TIMES"), &info));
	EXPECT(info.last_write_time == want.last_write_time);
	TRY(cli_set(c, at(t, "TIMES"), &(struct cli_info){ .attributes = ATTR_READONLY }));
	TRY(cli_stat(c, at(t, "TIMES"), &info));
	EXPECT((info.attributes & ATTR_READONLY) != 0);
	TRY(cli_set(c, at(t, "TIMES"), &(struct cli_info){ .attributes = ATTR_NORMAL }));
	return cli_delete(c, at(t, "TIMES"));
}

static nt_status locks(struct test *t)
{
	struct cli *c = &t->one.cli, *d = &t->two.cli;
	struct cli_file f, g;
	nt_status status;

	TRY(make(t, "LOCKS", "0123456789"));
	TRY(cli_create(c, at(t, "LOCKS"), &all_of_it, &f));
	TRY(cli_create(d, at(t, "LOCKS"), &all_of_it, &g));
	TRY(cli_lock(c, &f, &(struct cli_lock){ .offset = 2, .length = 3 }));
	status = cli_lock(d, &g, &(struct cli_lock){ .offset = 4, .length = 3 });
	EXPECT(cli_status_errno(status) == EAGAIN);
	TRY(cli_lock(d, &g, &(struct cli_lock){ .offset = 5, .length = 3 }));
	TRY(cli_unlock(d, &g, 5, 3));
	EXPECT(cli_unlock(d, &g, 5, 3) != STATUS_SUCCESS);
	TRY(cli_unlock(c, &f, 2, 3));
	TRY(cli_lock(d, &g, &(struct cli_lock){ .offset = 4, .length = 3 }));
	TRY(cli_close(d, &g));
	TRY(cli_close(c, &f));
	return cli_delete(c, at(t, "LOCKS"));
}

/* The lock is got when the other one goes, while the connection works on. */
static nt_status lock_waits(struct test *t)
{
	struct cli *c = &t->one.cli, *d = &t->two.cli;
	struct cli_call call = { .done = false };
	struct cli_file f, g;
	struct cli_info info;

	if (!cli_has_andx(c))
		return STATUS_NOT_SUPPORTED;
	TRY(make(t, "WAITS", "0123456789"));
	TRY(cli_create(c, at(t, "WAITS"), &all_of_it, &f));
	TRY(cli_create(d, at(t, "WAITS"), &all_of_it, &g));
	TRY(cli_lock(c, &f, &(struct cli_lock){ .offset = 0, .length = 1 }));
	EXPECT(cli_lock_start(d, &g, &(struct cli_lock){ .offset = 0, .length = 1, .wait_ms = 20000 }, &call));
	TRY(cli_stat(d, at(t, "WAITS"), &info));
	EXPECT(!call.done);
	TRY(cli_unlock(c, &f, 0, 1));
	cli_wait(d, &call);
	cli_call_fini(&call);
	TRY(call.status);
	/* and one that is given up */
	if (cli_is_nt(c)) {
		call = (struct cli_call){ .done = false };
		EXPECT(cli_lock_start(c, &f, &(struct cli_lock){ .offset = 0, .length = 1, .wait_ms = CLI_WAIT_FOR_EVER }, &call));
		TRY(cli_stat(c, at(t, "WAITS"), &info));
		EXPECT(cli_session_cancel(c->session, &call));
		cli_wait(c, &call);
		cli_call_fini(&call);
		EXPECT(call.status != STATUS_SUCCESS && !c->session->broken);
	}
	TRY(cli_close(d, &g));
	TRY(cli_close(c, &f));
	return cli_delete(c, at(t, "WAITS"));
}

static void on_break(void *user, uint16_t tid, uint16_t fid, bool to_level_ii)
{
	struct broken *b = user;
	b->count++;
	b->fid = fid;
	b->to_level_ii = to_level_ii;
}

static nt_status oplocks(struct test *t)
{
	struct cli_create as = all_of_it;
	struct cli *c = &t->one.cli, *d = &t->two.cli;
	struct cli_call call = { .done = false };
	struct cli_file f, g;

	TRY(make(t, "OPLOCK", "x"));
	c->session->on_break = on_break;
	c->session->break_user = &t->seen;
	as.oplock = SMB1_OPLOCK_BATCH;
	as.desired_access &= ~(uint32_t)ACCESS_DELETE;
	TRY(cli_create(c, at(t, "OPLOCK"), &as, &f));
	if (f.oplock == SMB1_OPLOCK_NONE) {
		TRY(cli_close(c, &f));
		TRY(cli_delete(c, at(t, "OPLOCK")));
		return STATUS_NOT_SUPPORTED;
	}
	t->seen = (struct broken){ .count = 0 };
	/* Both of us are one program here: the other's open goes out, the break comes in, our word lets the open through. */
	struct smb1_open_andx_req req = { .access_mode = SMB_DA_SHARE_DENY_NONE, .open_mode = 1 };
	cli_begin(d);
	req.file_name = cli_path(d, at(t, "OPLOCK"));
	struct smb1_open_andx_rsp rsp;
	EXPECT(cli_start(d, &call, SMB_COM_OPEN_ANDX, &req));
	for (int i = 0; i < 200 && t->seen.count == 0; i++)
		EXPECT(cli_socket_step(&t->two.socket, d->session, 10) && cli_socket_step(&t->one.socket, c->session, 10));
	EXPECT(t->seen.count == 1 && t->seen.fid == f.fid && !call.done);
	EXPECT(cli_ack_break(c, &f, t->seen.to_level_ii ? SMB1_OPLOCK_LEVEL_II : SMB1_OPLOCK_NONE));
	EXPECT(cli_socket_step(&t->one.socket, c->session, 0));
	cli_wait(d, &call);
	TRY(cli_finish(d, &call, &rsp));
	cli_call_fini(&call);
	g.fid = rsp.fid;
	TRY(cli_close(d, &g));
	TRY(cli_close(c, &f));
	return cli_delete(c, at(t, "OPLOCK"));
}

static nt_status volume(struct test *t)
{
	struct cli_volume v;

	TRY(cli_volume(&t->one.cli, &v));
	EXPECT(v.size > 0 && v.free <= v.size && v.unit >= 512 && v.name_max >= 12);
	return STATUS_SUCCESS;
}

static nt_status delete_on_close(struct test *t)
{
	struct cli *c = &t->one.cli;
	struct cli_file f;
	struct cli_info info;
	nt_status status;

	TRY(make(t, "DOOMED", "x"));
	TRY(cli_create(c, at(t, "DOOMED"), &all_of_it, &f));
	status = cli_set_delete_on_close(c, &f, true);
	if (status == STATUS_NOT_SUPPORTED) {
		TRY(cli_close(c, &f));
		TRY(cli_delete(c, at(t, "DOOMED")));
		return STATUS_NOT_SUPPORTED;
	}
	TRY(status);
	TRY(cli_stat_open(c, &f, &info));
	EXPECT(info.delete_pending);
	TRY(cli_set_delete_on_close(c, &f, false));
	TRY(cli_set_delete_on_close(c, &f, true));
	TRY(cli_close(c, &f));
	EXPECT(cli_status_errno(cli_stat(c, at(t, "DOOMED"), &info)) == ENOENT);
	return STATUS_SUCCESS;
}

static nt_status rename_over(struct test *t)
{
	struct cli *c = &t->one.cli;
	struct cli_info info;

	TRY(make(t, "A", "first"));
	TRY(make(t, "B", "second"));
	EXPECT(cli_rename(c, at(t, "A"), at(t, "B")) == STATUS_OBJECT_NAME_COLLISION);
	TRY(cli_rename_over(c, at(t, "A"), at(t, "B")));
	TRY(read_back(t, "B", "first"));
	EXPECT(cli_status_errno(cli_stat(c, at(t, "A"), &info)) == ENOENT);
	TRY(cli_mkdir(c, at(t, "SUB")));
	TRY(make(t, "SUB/B", "third"));
	TRY(cli_rename_over(c, at(t, "B"), at(t, "SUB/B")));
	TRY(read_back(t, "SUB/B", "first"));
	TRY(cli_delete(c, at(t, "SUB/B")));
	return cli_rmdir(c, at(t, "SUB"));
}

static nt_status links(struct test *t)
{
	struct cli *c = &t->one.cli;
	struct cli_info info;
	nt_status status;

	TRY(make(t, "L1", "one"));
	status = cli_link(c, at(t, "L1"), at(t, "L2"));
	if (status == STATUS_SUCCESS) {
		TRY(read_back(t, "L2", "one"));
		TRY(cli_stat(c, at(t, "L2"), &info));
		EXPECT(info.links == 2);
		TRY(cli_delete(c, at(t, "L2")));
	}
	nt_status linked = status;
	TRY(cli_delete(c, at(t, "L1")));
	return linked;
}

static nt_status eas(struct test *t)
{
	struct cli *c = &t->one.cli;
	const struct cli_ea *list;
	uint32_t n;
	nt_status status;

	TRY(make(t, "EAS", "x"));
	status = cli_set_ea(c, at(t, "EAS"), "Colour", slice_of("blue", 4));
	if (status == STATUS_SUCCESS) {
		TRY(cli_eas(c, at(t, "EAS"), &list, &n));
		EXPECT(n == 1 && strcasecmp(list[0].name, "Colour") == 0 && list[0].value.len == 4 && memcmp(list[0].value.ptr, "blue", 4) == 0);
		TRY(cli_set_ea(c, at(t, "EAS"), "Colour", slice_of(NULL, 0)));
		status = cli_eas(c, at(t, "EAS"), &list, &n);
		EXPECT(status != STATUS_SUCCESS || n == 0);
		status = STATUS_SUCCESS;
	}
	nt_status set = status;
	TRY(cli_delete(c, at(t, "EAS")));
	return set;
}

static nt_status streams(struct test *t)
{
	struct cli_create as = all_of_it;
	struct cli *c = &t->one.cli;
	const struct cli_stream *list;
	struct cli_file f;
	uint32_t n;
	nt_status status;

	TRY(make(t, "STREAM", "main"));
	as.stream = "side";
	status = cli_create(c, at(t, "STREAM"), &as, &f);
	if (status == STATUS_SUCCESS) {
		TRY(cli_write(c, &f, 0, (const uint8_t *)"beside", 6));
		TRY(cli_close(c, &f));
		TRY(cli_streams(c, at(t, "STREAM"), &list, &n));
		EXPECT(n == 2);
		unsigned main = list[0].name[0] == '\0' ? 0 : 1;
		EXPECT(list[main].size == 4 && strcmp(list[1 - main].name, "side") == 0 && list[1 - main].size == 6);
	}
	nt_status made = status;
	TRY(cli_delete(c, at(t, "STREAM")));
	/* A server whose disk has no streams refuses the name. */
	return made == STATUS_OBJECT_NAME_INVALID || made == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_NOT_SUPPORTED : made;
}

static nt_status security(struct test *t)
{
	const uint32_t parts = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
	struct cli_create as = all_of_it;
	struct cli *c = &t->one.cli;
	struct cli_file f;
	struct slice sd;
	uint8_t copy[4096];

	if (!cli_is_nt(c))
		return STATUS_NOT_SUPPORTED;
	TRY(make(t, "SD", "x"));
	as.desired_access |= READ_CONTROL | WRITE_DAC;
	TRY(cli_create(c, at(t, "SD"), &as, &f));
	TRY(cli_security(c, &f, parts, &sd));
	EXPECT(sd.len > 20 && sd.len <= sizeof(copy) && sd.ptr[0] == 1);
	memcpy(copy, sd.ptr, sd.len);
	TRY(cli_set_security(c, &f, DACL_SECURITY_INFORMATION, slice_of(copy, sd.len)));
	TRY(cli_close(c, &f));
	return cli_delete(c, at(t, "SD"));
}

static nt_status watch(struct test *t)
{
	const struct cli_create as = { .desired_access = FILE_LIST_DIRECTORY, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN,
				       .create_options = FILE_DIRECTORY_FILE };
	struct cli *c = &t->one.cli, *d = &t->two.cli;
	struct cli_transaction x = { .c = d };
	const struct cli_change *changes;
	struct cli_file f;
	uint32_t n;

	if (!cli_is_nt(c))
		return STATUS_NOT_SUPPORTED;
	TRY(cli_create(d, t->folder, &as, &f));
	EXPECT(f.is_folder);
	EXPECT(cli_watch_start(d, &f, FILE_NOTIFY_CHANGE_FILE_NAME, false, &x));
	EXPECT(cli_socket_step(&t->two.socket, d->session, 50) && !x.call.done);
	TRY(make(t, "NEWS", "x"));
	cli_wait(d, &x.call);
	TRY(cli_watch_finish(d, &x, &changes, &n));
	EXPECT(n >= 1 && changes[0].action == FILE_ACTION_ADDED && strcmp(changes[0].name, "NEWS") == 0);
	cli_transaction_fini(&x);
	TRY(cli_delete(c, at(t, "NEWS")));
	TRY(cli_watch(d, &f, FILE_NOTIFY_CHANGE_FILE_NAME, false, &changes, &n));
	x = (struct cli_transaction){ .c = d };
	EXPECT(cli_watch_start(d, &f, FILE_NOTIFY_CHANGE_FILE_NAME, false, &x));
	EXPECT(cli_session_cancel(d->session, &x.call));
	cli_wait(d, &x.call);
	EXPECT(x.call.status == STATUS_CANCELLED);
	cli_transaction_fini(&x);
	return cli_close(d, &f);
}

static void count_done(struct cli_call *call, struct cli_session *s)
{
	++*(unsigned *)call->done_user;
}

/* Reads in two halves, as many as may be under way. */
static nt_status many_at_once(struct test *t)
{
	enum { MAX = 64 };
	static uint8_t bytes[MANY];
	static struct cli_io io[MAX];
	struct cli *c = &t->one.cli;
	struct cli_file f;
	unsigned done = 0, started = 0, n = MIN(cli_window(c), (unsigned)MAX);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 + i / 251);
	TRY(cli_create(c, at(t, "MANY"), &all_of_it, &f));
	TRY(cli_write(c, &f, 0, bytes, sizeof(bytes)));
	memset(io, 0, sizeof(io));
	for (; started < n; started++) {
		io[started].call.on_done = count_done;
		io[started].call.done_user = &done;
		EXPECT(cli_read_start(c, &f, started * 100, 100, &io[started]));
	}
	while (done < n)
		EXPECT(cli_socket_step(&t->one.socket, c->session, 5000));
	for (unsigned i = 0; i < n; i++) {
		struct slice got;
		TRY(cli_read_finish(c, &io[i], &got));
		EXPECT(got.len == 100 && memcmp(got.ptr, bytes + i * 100, 100) == 0);
		cli_io_fini(&io[i]);
	}
	static uint8_t back[MANY];
	size_t got;
	TRY(cli_read(c, &f, 0, back, sizeof(back), &got));
	EXPECT(got == sizeof(back) && memcmp(back, bytes, got) == 0);
	TRY(cli_close(c, &f));
	return cli_delete(c, at(t, "MANY"));
}

/* A server that takes little at once gets the most from raw mode; the two ways mix. */
static nt_status raw(struct test *t)
{
	static uint8_t bytes[MANY], back[MANY];
	struct cli *d = &t->two.cli;
	const struct cli_server was = d->server;
	struct cli_file f;
	size_t got;

	if (!was.raw_read || !was.raw_write || d->session->signing.active)
		return STATUS_NOT_SUPPORTED;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 29 + i / 253);
	d->server.max_mpx = 1;
	d->server.max_buffer_size = MIN(was.max_buffer_size, 4096u);
	d->server.capabilities &= ~(uint32_t)(CAP_LARGE_READX | CAP_LARGE_WRITEX);
	TRY(cli_create(d, at(t, "RAW"), &all_of_it, &f));
	uint16_t messages = d->session->mid;
	TRY(cli_write(d, &f, 0, bytes, sizeof(bytes)));
	TRY(cli_read(d, &f, 0, back, sizeof(back), &got));
	EXPECT(got == sizeof(back) && memcmp(back, bytes, got) == 0);
	EXPECT((uint16_t)(d->session->mid - messages) <= 12 && d->server.raw_read && d->server.raw_write);
	TRY(cli_read(d, &f, sizeof(bytes), back, sizeof(back), &got));
	EXPECT(got == 0);
	d->server = was;
	TRY(cli_read(d, &f, 1000, back, sizeof(back), &got));
	EXPECT(got == sizeof(back) - 1000 && memcmp(back, bytes + 1000, got) == 0);
	TRY(cli_close(d, &f));
	return cli_delete(d, at(t, "RAW"));
}

/* Requests that take several messages, because the server takes little at once. */
static nt_status secondaries(struct test *t)
{
	struct cli *c = &t->one.cli;
	const struct cli_server was = c->server;
	const struct cli_ea *list;
	char name[NAME], value[1500];
	uint32_t n;

	if (!cli_has_trans2(c))
		return STATUS_NOT_SUPPORTED;
	memset(value, 'v', sizeof(value));
	TRY(make(t, "PARTS", "x"));
	c->server.max_buffer_size = 400;
	(void)snprintf(name, sizeof(name), "%s", at(t, "PARTS"));
	nt_status status = cli_set_ea(c, name, "Long", slice_of(value, sizeof(value)));
	if (status == STATUS_SUCCESS)
		TRY(cli_eas(c, name, &list, &n));
	if (status == STATUS_SUCCESS)
		EXPECT(n == 1 && list[0].value.len == sizeof(value) && memcmp(list[0].value.ptr, value, sizeof(value)) == 0);
	c->server = was;
	TRY(cli_delete(c, name));
	return status;
}

static bool see_user(void *user, const struct cli_user_session *s)
{
	*(bool *)user |= strcasecmp(s->user, "tester") == 0 && s->client[0] != '\0';
	return true;
}

static bool see_file(void *user, const struct cli_used_file *f)
{
	*(bool *)user |= strstr(f->path, "USED") != NULL && f->reads && f->writes;
	return true;
}

static bool see_share(void *user, const struct cli_share *s)
{
	*(bool *)user |= strcasecmp(s->name, "data") == 0 && s->type == 0;
	return true;
}

/* On IPC$; the share is as before. */
static nt_status on_ipc(struct test *t, nt_status (*ask)(struct test *t))
{
	struct cli *d = &t->two.cli;
	uint16_t tid = d->tid;
	nt_status status = ask(t);

	if (d->tid != tid)
		TRY(cli_tree_disconnect(d));
	d->tid = tid;
	return status;
}

static nt_status ask_shares(struct test *t)
{
	bool seen = false;
	nt_status status = cli_shares(&t->two.cli, see_share, &seen);
	EXPECT(seen == (status == STATUS_SUCCESS));
	return status;
}

static nt_status ask_sessions(struct test *t)
{
	bool seen = false;
	nt_status status = cli_sessions(&t->two.cli, see_user, &seen);
	EXPECT(!seen || status == STATUS_SUCCESS);
	return seen ? status : status == STATUS_SUCCESS ? STATUS_NOT_SUPPORTED /* Samba's RAP: nobody is there */ : status;
}

static nt_status ask_files(struct test *t)
{
	bool seen = false;
	struct cli_file f;

	TRY(cli_create(&t->one.cli, at(t, "USED"), &all_of_it, &f));
	nt_status status = cli_used_files(&t->two.cli, see_file, &seen);
	TRY(cli_close(&t->one.cli, &f));
	TRY(cli_delete(&t->one.cli, at(t, "USED")));
	EXPECT(seen == (status == STATUS_SUCCESS));
	return status;
}

static nt_status ask_about(struct test *t)
{
	struct cli_server_about about;
	nt_status status = cli_server_about(&t->two.cli, &about);
	EXPECT((strcmp(about.name, "LONGHOUSE") == 0 && about.version_major > 0) == (status == STATUS_SUCCESS));
	return status;
}

static nt_status shares(struct test *t) { return on_ipc(t, ask_shares); }
static nt_status sessions(struct test *t) { return on_ipc(t, ask_sessions); }
static nt_status used_files(struct test *t) { return on_ipc(t, ask_files); }
static nt_status server_about(struct test *t) { return on_ipc(t, ask_about); }

static nt_status again(struct test *t)
{
	struct cli *c = &t->one.cli;
	struct cli_file f;
	uint8_t out[8];
	size_t got;

	TRY(make(t, "AGAIN", "still"));
	TRY(cli_create(c, at(t, "AGAIN"), &all_of_it, &f));
	cli_socket_close(&t->one.socket);
	EXPECT(cli_read(c, &f, 0, out, 5, &got) == STATUS_CONNECTION_DISCONNECTED);
	TRY(remote_again(&t->one, t->share));
	EXPECT(t->one.generation == 1);
	TRY(cli_reopen(c, at(t, "AGAIN"), &all_of_it, &f));
	TRY(cli_read(c, &f, 0, out, 5, &got));
	EXPECT(got == 5 && memcmp(out, "still", 5) == 0);
	TRY(cli_close(c, &f));
	return cli_delete(c, at(t, "AGAIN"));
}

static const struct {
	const char *name;
	test_fn fn;
} tests[] = {
	{ "size_and_flush", size_and_flush }, { "times", times }, { "locks", locks }, { "lock_waits", lock_waits }, { "oplocks", oplocks },
	{ "volume", volume }, { "delete_on_close", delete_on_close }, { "rename_over", rename_over }, { "links", links }, { "eas", eas },
	{ "streams", streams }, { "security", security }, { "watch", watch }, { "many_at_once", many_at_once }, { "raw", raw },
	{ "secondaries", secondaries }, { "shares", shares }, { "sessions", sessions }, { "used_files", used_files },
	{ "server_about", server_about }, { "again", again },
};

static bool is_none(nt_status status)
{
	return status == STATUS_NOT_SUPPORTED || status == STATUS_EAS_NOT_SUPPORTED || status == STATUS_NOT_IMPLEMENTED ||
	       status == STATUS_SMB_BAD_COMMAND || status == STATUS_ACCESS_DENIED /* for administrators */;
}

static bool go_in(struct test *t, struct remote *r)
{
	nt_status status = remote_open(r, &t->options);
	if (status == STATUS_SUCCESS)
		status = cli_tree_connect(&r->cli, t->share, NULL);
	if (status != STATUS_SUCCESS)
		printf("FAIL connect: %s\n", cli_why(&r->cli, status));
	return status == STATUS_SUCCESS;
}

static void run(struct test *t, const char *name, test_fn fn)
{
	if (setjmp(failed) != 0) {
		printf("FAIL %s: %s / %s\n", name, cli_why(&t->one.cli, STATUS_CONNECTION_DISCONNECTED), cli_why(&t->two.cli, STATUS_CONNECTION_DISCONNECTED));
		t->failed = true;
		return;
	}
	nt_status status = fn(t);
	if (!is_none(status))
		TRY(status);
	printf("%s %s\n", status == STATUS_SUCCESS ? "ok" : "none", name);
}

int main(int argc, char **argv)
{
	static struct test t;
	const char *password = getenv("LONGHOUSE_PASSWORD");

	if (argc < 6)
		return 2;
	t.share = argv[3];
	t.folder = argv[4];
	t.options = (struct remote_options){
		.cli = { .user = "tester", .domain = "", .password = password != NULL ? password : "", .host = argv[1], .auth = CLI_AUTH_PLAINTEXT,
			 .max_dialect = smb1_dialect_from_word(argv[5]),
			 .signing = argc > 6 && strcmp(argv[6], "signed") == 0 ? SMB1_SIGNING_REQUIRED : SMB1_SIGNING_OFFERED },
		.port = (uint16_t)atoi(argv[2]), .timeout_ms = 20000,
	};
	if (t.options.cli.max_dialect == SMB1_DIALECT_NT_LM_0_12)
		t.options.cli.auth = CLI_AUTH_NTLMV2;
	t.failed = !go_in(&t, &t.one);
	t.failed |= !go_in(&t, &t.two);
	printf("# %s\n", smb1_dialect_label(t.one.cli.server.dialect));
	for (size_t i = 0; i < ARRAY_LEN(tests) && !t.failed; i++)
		run(&t, tests[i].name, tests[i].fn);
	remote_close(&t.one, true);
	remote_close(&t.two, true);
	return t.failed;
}
