/*
 * The client against a hostile server. The input is what the server says: pieces of two bytes of length and one of kind, then the
 * bytes. A piece becomes a frame; unless its kind says "raw", the header is repaired to answer the request under way, or no fuzzer would
 * ever get past it. The client does all it can do, whatever comes.
 */
#include <stdlib.h>

#include "base/check.h"
#include "client/admin.h"
#include "client/cli.h"
#include "client/dfs.h"
#include "client/lsa.h"
#include "client/serial.h"
#include "wire/smb1/nttrans.h"
#include "wire/smb1/open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PIECE_HEAD = 3, KIND_RAW = 1, KIND_DOS = 2, KIND_STATUS = 4, LOOPS_MAX = 4096 };

struct server {
	const uint8_t *data;
	size_t len;
	struct smb1_header asked;
	unsigned loops;
};

static void repair(struct server *v, uint8_t *message, uint8_t kind)
{
	memcpy(message, "\xFFSMB", 4);
	message[4] = v->asked.command;
	if ((kind & KIND_STATUS) == 0)
		memset(message + 5, 0, 4);
	message[9] |= SMB_FLAGS_REPLY;
	store_le16(message + 10, (uint16_t)((v->asked.flags2 & ~SMB_FLAGS2_NT_STATUS) | (kind & KIND_DOS ? 0 : SMB_FLAGS2_NT_STATUS)));
	store_le16(message + 30, v->asked.mid);
}

static void hear(struct server *v, struct cli_session *s)
{
	struct slice out = cli_session_output(s);
	struct wire w;
	/* What WRITE_RAW announced has no header. */
	if (out.len >= NBT_SSN_HEADER_LEN + SMB1_HEADER_LEN && memcmp(out.ptr + NBT_SSN_HEADER_LEN, "\xFFSMB", 4) == 0) {
		wire_init_decode(&w, slice_of(out.ptr + NBT_SSN_HEADER_LEN, SMB1_HEADER_LEN), NULL);
		smb1_header(&w, &v->asked);
		CHECK(wire_ok(&w));
	}
	cli_session_sent(s, out.len);
}

static bool pump(void *user, struct cli_session *s)
{
	struct server *v = user;
	hear(v, s);
	if (v->len < PIECE_HEAD || ++v->loops > LOOPS_MAX)
		return false;
	uint8_t kind = v->data[2];
	size_t len = MIN((size_t)load_le16(v->data), v->len - PIECE_HEAD);
	uint8_t *frame = malloc(NBT_SSN_HEADER_LEN + len);
	CHECK(frame != NULL);
	memcpy(frame + NBT_SSN_HEADER_LEN, v->data + PIECE_HEAD, len);
	nbt_ssn_header_put(frame, true, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)len });
	if ((kind & KIND_RAW) == 0 && len >= SMB1_HEADER_LEN)
		repair(v, frame + NBT_SSN_HEADER_LEN, kind);
	if ((kind & KIND_RAW) != 0)
		cli_session_give(s, slice_of(frame + NBT_SSN_HEADER_LEN, len));
	else
		cli_session_give(s, slice_of(frame, NBT_SSN_HEADER_LEN + len));
	free(frame);
	v->data += PIECE_HEAD + len;
	v->len -= PIECE_HEAD + len;
	return true;
}

static bool see_entry(void *user, const struct cli_entry *e)
{
	CHECK(cli_name_is_safe(e->name, false));
	return ++*(unsigned *)user < 1000;
}

static bool see_share(void *user, const struct cli_share *s)
{
	CHECK(s->name != NULL && s->comment != NULL);
	return true;
}

static void use(struct cli *c)
{
	const struct cli_open as = { .read = true, .write = true, .disposition = FILE_OPEN_IF };
	static uint8_t bytes[70000];
	struct cli_file f;
	struct cli_info info;
	size_t got;
	unsigned seen = 0;

	(void)!cli_list(c, "a", see_entry, &seen);
	(void)!cli_stat(c, "a/b", &info);
	if (cli_open(c, "a/b", &as, &f) == STATUS_SUCCESS) {
		if (cli_read(c, &f, 0, bytes, sizeof(bytes), &got) == STATUS_SUCCESS)
			CHECK(got <= sizeof(bytes));
		(void)!cli_write(c, &f, 0, bytes, sizeof(bytes));
		(void)!cli_set_open(c, &f, &info);
		cli_close(c, &f);
	}
	(void)!cli_rename(c, "a", "b");
	(void)!cli_set(c, "a", &(struct cli_info){ .attributes = ATTR_NORMAL });
	(void)!cli_shares(c, see_share, NULL);
	cli_tree_disconnect(c);
	cli_bye(c);
}

static void on_break(void *user, uint16_t tid, uint16_t fid, bool to_level_ii)
{
	const struct cli_file f = { .fid = fid };
	(void)cli_ack_break(user, &f, to_level_ii ? SMB1_OPLOCK_LEVEL_II : SMB1_OPLOCK_NONE);
}

/* As if it were a serial port. */
static void use_port(struct cli *c, const struct cli_file *f)
{
	const struct cli_serial_line line = { 9600, 7, EVEN_PARITY, STOP_BIT_1, CLI_SERIAL_FLOW_XON_XOFF };
	struct cli_io io = { .len = 0 };
	struct slice bytes;

	(void)!cli_serial_set(c, f, &line);
	(void)!cli_serial_break(c, f, true);
	if (cli_serial_read_start(c, f, &io))
		cli_wait(c, &io.call);
	(void)!cli_read_finish(c, &io, &bytes);
	cli_io_fini(&io);
}

/* Through an open file. */
static void use_open(struct cli *c, const struct cli_file *f)
{
	struct cli_io io = { .len = 0 };
	struct cli_info info;
	struct slice bytes;

	(void)!cli_lock(c, f, &(struct cli_lock){ .length = 1, .shared = true, .wait_ms = 1000 });
	(void)!cli_unlock(c, f, 0, 1);
	(void)!cli_flush(c, f);
	(void)!cli_set_size(c, f, 100);
	(void)!cli_stat_open(c, f, &info);
	(void)!cli_set_delete_on_close(c, f, true);
	if (cli_security(c, f, DACL_SECURITY_INFORMATION, &bytes) == STATUS_SUCCESS)
		(void)!cli_set_security(c, f, DACL_SECURITY_INFORMATION, bytes);
	if (cli_read_start(c, f, 0, 100, &io))
		cli_wait(c, &io.call);
	if (cli_read_finish(c, &io, &bytes) == STATUS_SUCCESS)
		CHECK(bytes.len <= 100);
	cli_io_fini(&io);
	use_port(c, f);
}

/* As at a server that takes little at once: raw mode, and requests in several messages. */
static void use_raw(struct cli *c)
{
	static uint8_t bytes[70000];
	const struct cli_file f = { .fid = 1 };
	const struct cli_server was = c->server;
	size_t got;

	c->session->on_break = NULL;
	c->server.max_mpx = 1;
	c->server.max_buffer_size = 1024;
	c->server.capabilities &= ~(uint32_t)(CAP_LARGE_READX | CAP_LARGE_WRITEX);
	if (cli_read(c, &f, 0, bytes, sizeof(bytes), &got) == STATUS_SUCCESS)
		CHECK(got <= sizeof(bytes));
	(void)!cli_write(c, &f, 0, bytes, sizeof(bytes));
	(void)!cli_set_security(c, &f, DACL_SECURITY_INFORMATION, slice_of(bytes, 5000));
	c->server = was;
}

static bool see_user(void *user, const struct cli_user_session *s) { return s->user != NULL && s->client != NULL; }
static bool see_used(void *user, const struct cli_used_file *f) { return f->path != NULL && f->user != NULL; }

static void use_names(struct cli *c)
{
	char name[CLI_ACCOUNT_MAX];
	struct cli_lsa lsa;
	struct sid sid = *sid_known(SID_BUILTIN_USERS);

	if (cli_lsa_open(c, &lsa) == STATUS_SUCCESS) {
		if (cli_lsa_name(&lsa, &sid, name) == STATUS_SUCCESS)
			CHECK(strlen(name) < sizeof(name));
		(void)!cli_lsa_sid(&lsa, "me", &sid);
	}
	cli_lsa_close(&lsa);
}

static void use_administration(struct cli *c)
{
	struct cli_dfs_referral referral;
	struct cli_server_about about;

	if (cli_dfs_enter(c, "data") && cli_dfs_find(c, "a/b", &referral) == STATUS_SUCCESS)
		CHECK(referral.n > 0 && strlen(referral.link) + strlen(referral.rest) <= strlen("a/b") && referral.targets[0].host != NULL);
	(void)!cli_sessions(c, see_user, NULL);
	(void)!cli_used_files(c, see_used, NULL);
	(void)!cli_server_about(c, &about);
	use_names(c);
}

/* What came with the mount and the gateway. */
static void use_more(struct cli *c)
{
	const struct cli_create as = { .desired_access = FILE_ALL_ACCESS, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN_IF,
				       .oplock = SMB1_OPLOCK_BATCH };
	const struct cli_change *changes;
	const struct cli_stream *streams;
	const struct cli_ea *eas;
	struct cli_volume volume;
	struct cli_file f;
	uint32_t n;

	c->session->on_break = on_break;
	c->session->break_user = c;
	if (cli_create(c, "a/b", &as, &f) == STATUS_SUCCESS) {
		use_open(c, &f);
		for (int i = 0; i < 3 && cli_watch(c, &f, FILE_NOTIFY_CHANGE_FILE_NAME, true, &changes, &n) == STATUS_SUCCESS; i++)
			CHECK(n == 0 || changes[n - 1].name != NULL);
		(void)!cli_reopen(c, "a/b", &as, &f);
		cli_close(c, &f);
	}
	if (cli_volume(c, &volume) == STATUS_SUCCESS)
		CHECK(volume.label != NULL && volume.file_system != NULL && volume.free <= volume.size);
	if (cli_eas(c, "a", &eas, &n) == STATUS_SUCCESS)
		CHECK(n == 0 || eas[n - 1].name != NULL);
	if (cli_streams(c, "a", &streams, &n) == STATUS_SUCCESS)
		for (uint32_t i = 0; i < n; i++)
			CHECK(strpbrk(streams[i].name, "/\\:") == NULL);
	(void)!cli_set_ea(c, "a", "X", slice_of("y", 1));
	(void)!cli_rename_over(c, "a", "b");
	(void)!cli_link(c, "a", "b");
	use_raw(c);
	use_administration(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1)
		return 0;
	const struct cli_options options = {
		.user = "anna", .domain = "D", .password = "secret", .host = "HOST", .auth = data[0] & 3,
		.signing = data[0] & 4 ? SMB1_SIGNING_OFF : SMB1_SIGNING_OFFERED, .no_extended_security = (data[0] & 8) != 0,
		.raw_ntlmssp = (data[0] & 16) != 0,
	};
	struct server v = { .data = data + 1, .len = len - 1 };
	struct cli c;
	cli_init(&c, &options, true, pump, &v);
	if (cli_negotiate(&c) == STATUS_SUCCESS && cli_logon(&c, NTTIME_UNIX_EPOCH) == STATUS_SUCCESS &&
	    cli_tree_connect(&c, "data", NULL) == STATUS_SUCCESS)
		(data[0] & 32 ? use_more : use)(&c);
	CHECK(cli_why(&c, STATUS_CONNECTION_DISCONNECTED) != NULL);
	cli_fini(&c);
	return 0;
}
