/*
 * The client's calls on one connection: connect, log on, take a share, use files. Names are UTF-8 from the share's root with '/' or
 * '\' between the parts; times are nttime (0: unknown). Every call waits for its answer by the pump that the connection was
 * given; nothing here knows sockets. One thread at a time, or several by cli_share.
 *
 * Calls in two halves (cli_read_start and cli_read_finish, ...) do not wait: between them the caller moves bytes (drive.h) until the
 * call is done, or has its on_done called. Many may be under way, up to cli_window, and the waiting calls may be used meanwhile. Who
 * uses nothing else calls cli_begin now and then: it gives back the memory of what was decoded.
 *
 * Results are nt_status. STATUS_CONNECTION_DISCONNECTED: the connection is gone, STATUS_INVALID_NETWORK_RESPONSE: the answer cannot
 * be (a server that lies, or a fault); cli_why says what it was. What a call returns in the arena is valid until the next call.
 */
#ifndef CLIENT_CLI_H
#define CLIENT_CLI_H

#include "auth/client.h"
#include "base/ntfile.h"
#include "client/session.h"
#include "client/target.h"

/* The weakest proof that may be sent. Each allows those before it. */
enum cli_auth { CLI_AUTH_NTLMV2, CLI_AUTH_NTLM, CLI_AUTH_LM, CLI_AUTH_PLAINTEXT };

/* Strings are borrowed for the connection's life. */
struct cli_options {
	const char *user, *domain, *password; /* user "": anonymous */
	const char *host;                     /* as shares are asked for: \\HOST\SHARE */
	enum smb1_dialect min_dialect, max_dialect; /* NONE: all */
	enum cli_auth auth;
	enum smb1_signing_policy signing;     /* OFFERED: if the server requires it */
	bool no_extended_security;            /* NTLMv2 in the session setup itself, without NTLMSSP */
	bool kerberos;                        /* by the user's tickets for cifs/host, and nothing else */
	bool raw_ntlmssp;                     /* NTLMSSP without SPNEGO */
	bool level_ii;                        /* the server may grant level II where another oplock was asked for, and break to it */
	const char *oem;                      /* the server's code page where it knows no Unicode; NULL: CP850 */
};

/* What NEGOTIATE told. */
struct cli_server {
	enum smb1_dialect dialect;
	uint32_t capabilities, max_buffer_size, session_key;
	uint16_t security_mode, max_mpx;
	int tz_min; /* minutes to add to its local time to get UTC */
	uint8_t challenge[8];
	bool has_challenge, is_extended;
	bool raw_read, raw_write; /* it takes READ_RAW, WRITE_RAW; false, too, after it refused one */
	uint32_t max_raw_size;
	bool reads_no_more; /* than is usual in one request: it was asked for, and gave less */
	bool writes_more; /* than is usual: by its name, and it has not taken less since */
};

/* Moves some bytes one way or the other, or waits for that. False: it cannot go on; the session is broken then. */
typedef bool (*cli_pump_fn)(void *user, struct cli_session *s);

/* A transaction under way: what is still to be sent of it, and its answer as it is put together. */
struct cli_transaction {
	struct cli_call call; /* first */
	struct cli *c;
	struct slice out_parameters, out_data; /* the request's, */
	uint8_t *kept;                         /* which we keep, malloc'd, if it takes more than one message */
	uint32_t sent_parameters, sent_data;
	uint8_t *parameters, *data;            /* one piece of malloc'd memory */
	uint32_t total_parameters, total_data; /* as told last; at first what we take at most */
	uint32_t got_parameters, got_data;
	bool any;
	const char *wrong; /* NULL: all right so far */
};

struct cli {
	struct cli_session *session; /* own, or that of the connection shared with (cli_share) */
	struct cli_session own;
	struct cli_options options;
	struct cli_server server;
	cli_pump_fn pump;
	void *pump_user;
	uint16_t tid;
	bool is_guest;
	uint32_t share_access; /* what the user may do at most on the share; 0: the server did not say */
	bool posix; /* the UNIX extensions are agreed on, names are those of POSIX (unix.h) */
	bool posix_locks; /* and locks (cli_unix_lock) */
	struct arena arena; /* what the last call decoded */
	struct cli_call last;
	struct cli_transaction last_transaction;
	char why[CLI_WHY_MAX];
};

/* The options' strings stay the caller's. */
void cli_init(struct cli *c, const struct cli_options *options, bool direct, cli_pump_fn pump, void *pump_user);
void cli_fini(struct cli *c);
/* Another caller on the connection of `of`, logged on and with its share: calls of both may be under way at once. One thread uses
 * the connection at a time; a pump may let another in while it waits, on a struct cli of its own. Ended by cli_fini before `of`,
 * which may not move. */
void cli_share(struct cli *c, const struct cli *of);
/* A sentence for the last failure: what it was, and where known the cure. Never NULL. */
const char *cli_why(struct cli *c, nt_status status);
/* The first thing in each of the calls below: forgets what the call before left. */
void cli_begin(struct cli *c);
/* Records the sentence; gives status back. */
nt_status cli_fail(struct cli *c, nt_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The server's answer makes no sense: STATUS_INVALID_NETWORK_RESPONSE. */
nt_status cli_nonsense(struct cli *c, const char *what);

/* ---- requests (exchange.c) ---- */

void cli_wait(struct cli *c, struct cli_call *call);
/* Decodes the reply's first element into the struct of the command's row. */
NT_WARN_UNUSED nt_status cli_decode(struct cli *c, struct cli_call *call, void *rsp);
/* Request and reply. rsp may be NULL; it is filled unless the status is an error. */
NT_WARN_UNUSED nt_status cli_exchange(struct cli *c, uint8_t command, void *req, void *rsp);
/* Its two halves. False: the call is done, with the cause; cli_finish tells it too. The call is zeroed, but for on_done, done_user
 * and patient; cli_call_fini at the end. */
bool cli_start(struct cli *c, struct cli_call *call, uint8_t command, void *req);
NT_WARN_UNUSED nt_status cli_finish(struct cli *c, struct cli_call *call, void *rsp);

struct cli_blocks {
	struct slice parameters, data; /* of the answer, in the transaction */
};
/* A transaction; what fits no message of the server goes in many, and so may the answer. */
struct cli_transact {
	uint8_t command; /* SMB_COM_TRANSACTION, SMB_COM_TRANSACTION2, SMB_COM_NT_TRANSACT */
	uint16_t function; /* NT_TRANSACT */
	uint16_t setup[4], n_setup;
	const char *name; /* TRANSACTION */
	struct slice parameters, data;
	uint32_t max_parameter_count, max_data_count;
};
/* The answer is valid until the next transaction. (transact.c) */
NT_WARN_UNUSED nt_status cli_transact(struct cli *c, const struct cli_transact *t, struct cli_blocks *out);
/* Its two halves, as of cli_start: x is zeroed, but for on_done, done_user and patient of its call; cli_transaction_fini at the end. */
bool cli_transact_start(struct cli *c, const struct cli_transact *t, struct cli_transaction *x);
NT_WARN_UNUSED nt_status cli_transact_finish(struct cli *c, struct cli_transaction *x, struct cli_blocks *out);
void cli_transaction_fini(struct cli_transaction *x);
/* Bytes of a coder's struct, in the arena; empty: it does not fit. */
struct slice cli_encode(struct cli *c, smb1_coder coder, void *m);
NT_WARN_UNUSED nt_status cli_decode_block(struct cli *c, struct slice block, smb1_coder coder, void *m);

/* ---- the way in ---- */

/* NEGOTIATE and the logon; now: the wall clock, for NTLMv2. (negotiate.c, logon.c) */
NT_WARN_UNUSED nt_status cli_negotiate(struct cli *c);
NT_WARN_UNUSED nt_status cli_logon(struct cli *c, nttime now);
/* Port 139: asks for the server by this name first. (netbios.c) */
NT_WARN_UNUSED nt_status cli_call_netbios(struct cli *c, const char *called);
/* service: NULL for any kind, "IPC" for pipes. The connection's share from now on. (tree.c) */
NT_WARN_UNUSED nt_status cli_tree_connect(struct cli *c, const char *share, const char *service);
nt_status cli_tree_disconnect(struct cli *c);
/* LOGOFF where the dialect has it. */
void cli_bye(struct cli *c);

/* ---- names (name.c) ---- */

/* As the wire wants it: "\a\b", "\server\share\a\b" in a DFS, or "/a/b" (c->posix). NULL: a part is no name ("..", a wildcard, ':' or a control
 * character), or no memory. */
char *cli_path(struct cli *c, const char *path);
/* A name out of a listing: one part of a path, and no more. posix: a backslash is part of a name. */
enum { CLI_NAME_MAX = 255 * 4 /* bytes of UTF-8: no file system has longer ones */ };
bool cli_name_is_safe(const char *name, bool posix);

/* ---- files (file.c, io.c) ---- */

struct cli_info {
	uint64_t size, allocation_size;
	uint32_t attributes; /* ATTR_* */
	nttime creation_time, last_access_time, last_write_time, change_time;
	/* cli_stat and cli_stat_open only */
	uint32_t links, ea_size;
	bool delete_pending;
};

struct cli_open {
	bool read, write;
	enum nt_disposition disposition;
	bool delete_too; /* right to delete */
};
struct cli_file {
	uint16_t fid;
	struct cli_info info; /* when it was opened; where the dialect tells no more: size, attributes, last_write_time */
	uint8_t oplock;       /* SMB1_OPLOCK_*, as granted */
	enum nt_create_action action; /* FILE_OPENED where the dialect does not tell */
	bool is_folder;
};
NT_WARN_UNUSED nt_status cli_open(struct cli *c, const char *path, const struct cli_open *as, struct cli_file *out);
nt_status cli_close(struct cli *c, const struct cli_file *f);
/* Which face of the server to use. */
static inline bool cli_is_nt(const struct cli *c)
{
	return c->server.dialect == SMB1_DIALECT_NT_LM_0_12 && (c->server.capabilities & CAP_NT_SMBS) != 0;
}
/* Their halves, the first at servers that are cli_is_nt alone (elsewhere STATUS_NOT_SUPPORTED); cli_finish without a struct ends a close. */
bool cli_open_start(struct cli *c, const char *path, const struct cli_open *as, struct cli_call *call);
NT_WARN_UNUSED nt_status cli_open_finish(struct cli *c, struct cli_call *call, struct cli_file *out);
bool cli_close_start(struct cli *c, const struct cli_file *f, struct cli_call *call);

enum { CLI_SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };
/* An open with all that NT can say. Older dialects get what they have of it: reading or writing, a deny mode, the disposition, an
 * oplock (LAN Manager's); folders, streams, FILE_DELETE_ON_CLOSE are STATUS_NOT_SUPPORTED there. */
struct cli_create {
	uint32_t desired_access, share_access;
	enum nt_disposition create_disposition;
	uint32_t create_options, ext_file_attributes; /* 0: ATTR_NORMAL */
	uint8_t oplock;        /* SMB1_OPLOCK_NONE, _EXCLUSIVE, _BATCH: asked for. session.on_break must be there */
	const char *stream;    /* a named stream of the file; NULL: the file itself */
};
NT_WARN_UNUSED nt_status cli_create(struct cli *c, const char *path, const struct cli_create *as, struct cli_file *out);
/* What two opens of one name told: it is a file of its own, by the time of creation, as far as the server keeps one. */
bool cli_is_another_file(const struct cli_info *was, const struct cli_info *is);
/* After the connection was lost and there is another: opens what f was, without creating, emptying or deleting it, and asks for the
 * oplock again. Locks are gone. STATUS_FILE_INVALID: another file has its name now (NT: by the creation time). */
NT_WARN_UNUSED nt_status cli_reopen(struct cli *c, const char *path, const struct cli_create *as, struct cli_file *f);

/* Up to len bytes; *got 0: the end. Large reads are split, several under way at once; it may give fewer than asked, and leave what
 * came behind them in the rest of `out`. */
NT_WARN_UNUSED nt_status cli_read(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, size_t len, size_t *got);
/* All of it, or an error. */
NT_WARN_UNUSED nt_status cli_write(struct cli *c, const struct cli_file *f, uint64_t offset, const uint8_t *bytes, size_t len);
/* The same for whole files: what comes goes to a local one, in order, and more is asked for meanwhile; what goes is what the source
 * has, and more of it is sent before the server has taken it. No other calls within these two. */
typedef void (*cli_moved_fn)(void *user, size_t len); /* so much more is there */
/* What is there from offset on, room bytes of it (cli_write_size at most); fewer: it ends there. Valid until the next call. */
typedef struct slice (*cli_source_fn)(void *user, uint64_t offset, size_t room);
/* From to->next on. *got: less than len at the end of the file, or where to->err says why it could not be written: without what went wrong. */
NT_WARN_UNUSED nt_status cli_read_to(struct cli *c, const struct cli_file *f, uint64_t len, struct cli_target *to, cli_moved_fn come, void *user,
				     uint64_t *got);
/* All of it, or an error; *written in any case. */
NT_WARN_UNUSED nt_status cli_write_from(struct cli *c, const struct cli_file *f, uint64_t offset, cli_source_fn source, void *user,
					uint64_t *written);
/* The same from a local file, where it is possible: len bytes, which lie at the same offset there and here. They go from the file to the
 * connection without a copy; where they cannot be read, from->err says why and nothing more is sent: zeros went for
 * what was under way, as they do where the file has become shorter. */
bool cli_can_write_local(const struct cli *c);
NT_WARN_UNUSED nt_status cli_write_local(struct cli *c, const struct cli_file *f, uint64_t offset, uint64_t len, struct cli_local *from,
					 cli_moved_fn sent, void *user, uint64_t *written);
/* One request, in two halves: len is at most cli_read_size or cli_write_size. bytes may go as soon as cli_write_start returns. Finish
 * gives the bytes that came (views into the call's frame, until cli_io_fini) or how many were written, which may be fewer. */
struct cli_io {
	struct cli_call call; /* first */
	size_t len;
};
bool cli_read_start(struct cli *c, const struct cli_file *f, uint64_t offset, size_t len, struct cli_io *io);
NT_WARN_UNUSED nt_status cli_read_finish(struct cli *c, struct cli_io *io, struct slice *out);
bool cli_write_start(struct cli *c, const struct cli_file *f, uint64_t offset, struct slice bytes, struct cli_io *io);
NT_WARN_UNUSED nt_status cli_write_finish(struct cli *c, struct cli_io *io, size_t *written);
static inline void cli_io_fini(struct cli_io *io) { cli_call_fini(&io->call); }
/* Bytes that one request carries, and how many requests may be under way. */
enum {
	/* At servers that carry more at once than is usual: pages of 4 KiB that fit a NetBIOS session's frame.
	 * Who looks at a count's low half alone gives or takes what is usual. */
	CLI_IO_MAX = 124 << 10,
};
size_t cli_read_size(const struct cli *c);
size_t cli_write_size(const struct cli *c);
unsigned cli_window(const struct cli *c);

/* ---- what an open file can do besides (handle.c, lock.c) ---- */

/* What was written is on the server's disk. */
NT_WARN_UNUSED nt_status cli_flush(struct cli *c, const struct cli_file *f);
NT_WARN_UNUSED nt_status cli_stat_open(struct cli *c, const struct cli_file *f, struct cli_info *out);
/* What the server's disk calls the file, whatever its name: it is another file where this is another number. NT; STATUS_NOT_SUPPORTED. */
NT_WARN_UNUSED nt_status cli_index_number(struct cli *c, const struct cli_file *f, uint64_t *out);
/* Cuts the file or lengthens it by zeros. */
NT_WARN_UNUSED nt_status cli_set_size(struct cli *c, const struct cli_file *f, uint64_t size);
/* The file goes with its last close, or stays after all. Opened with ACCESS_DELETE; NT only. */
NT_WARN_UNUSED nt_status cli_set_delete_on_close(struct cli *c, const struct cli_file *f, bool on);

enum { CLI_WAIT_FOR_EVER = 0xFFFFFFFF };
/* In the name of session.pid. Dialects before NT have exclusive locks only, shared ones are asked for as those; core servers do not
 * wait. STATUS_FILE_LOCK_CONFLICT, STATUS_LOCK_NOT_GRANTED: somebody else's lock stands there. */
struct cli_lock {
	uint64_t offset, length; /* length 0 is a lock of nothing, as NT has it */
	bool shared;
	uint32_t wait_ms;        /* how long the server may wait for it */
};
NT_WARN_UNUSED nt_status cli_lock(struct cli *c, const struct cli_file *f, const struct cli_lock *l);
bool cli_lock_start(struct cli *c, const struct cli_file *f, const struct cli_lock *l, struct cli_call *call);
/* The very range that was locked; STATUS_RANGE_NOT_LOCKED. */
NT_WARN_UNUSED nt_status cli_unlock(struct cli *c, const struct cli_file *f, uint64_t offset, uint64_t length);
/* The word that session.on_break waits for: nothing is cached any more that the new level (SMB1_OPLOCK_NONE, _LEVEL_II) does not allow.
 * Does not wait; may be called in on_break. A close does as well. */
bool cli_ack_break(struct cli *c, const struct cli_file *f, uint8_t level);

/* ---- names and attributes (path.c, attr.c) ---- */

/* from takes the place of a file to, also one that is open where the server allows that. Without NT's way the old file is deleted
 * first: for a moment neither is there. */
NT_WARN_UNUSED nt_status cli_rename_over(struct cli *c, const char *from, const char *to);
/* Within one folder, by a request that opens nothing at the server: an exclusive oplock of the file, be it our own, stays.
 * STATUS_NOT_SUPPORTED: this server does not, or not these two names. */
NT_WARN_UNUSED nt_status cli_rename_unopened(struct cli *c, const char *from, const char *to);
/* A second name of a file; NT only. */
NT_WARN_UNUSED nt_status cli_link(struct cli *c, const char *from, const char *to);

NT_WARN_UNUSED nt_status cli_delete(struct cli *c, const char *path);
NT_WARN_UNUSED nt_status cli_rename(struct cli *c, const char *from, const char *to);
NT_WARN_UNUSED nt_status cli_mkdir(struct cli *c, const char *path);
NT_WARN_UNUSED nt_status cli_rmdir(struct cli *c, const char *path);
NT_WARN_UNUSED nt_status cli_stat(struct cli *c, const char *path, struct cli_info *out);
/* Times of 0 stay as they are; so do the attributes if attributes is 0 (ATTR_NORMAL clears all). The file must be open for
 * writing in cli_set_open. Dialects before NT know the time of the last write only. */
NT_WARN_UNUSED nt_status cli_set(struct cli *c, const char *path, const struct cli_info *info);
NT_WARN_UNUSED nt_status cli_set_open(struct cli *c, const struct cli_file *f, const struct cli_info *info);
/* Its first half, where the server is cli_is_nt; cli_transact_finish is the other. */
bool cli_set_open_start(struct cli *c, const struct cli_file *f, const struct cli_info *info, struct cli_transaction *x);

/* ---- folders (dir.c) ---- */

struct cli_entry {
	const char *name; /* safe: cli_name_is_safe */
	struct cli_info info;
	const struct smb1_unix_basic *basic; /* NULL unless c->posix; info is then made of it */
};
/* False ends the listing. */
typedef bool (*cli_entry_fn)(void *user, const struct cli_entry *e);
/* Every entry but "." and ".."; other calls on the connection are not allowed within fn. */
NT_WARN_UNUSED nt_status cli_list(struct cli *c, const char *path, cli_entry_fn fn, void *user);

/* ---- volumes (volume.c) ---- */

struct cli_volume {
	uint64_t size, free;     /* bytes */
	uint32_t unit;           /* bytes that space is given out by */
	uint32_t serial_number;
	uint32_t attributes;     /* FILE_CASE_PRESERVED_NAMES, ...; 0 before NT */
	uint32_t name_max;       /* characters of a name */
	const char *label, *file_system; /* "" where the dialect does not tell; in the arena */
};
NT_WARN_UNUSED nt_status cli_volume(struct cli *c, struct cli_volume *out);

/* ---- extended attributes, streams, security, changes: NT (ea.c, stream.c, security.c, watch.c) ---- */

struct cli_ea {
	const char *name;
	struct slice value;
};
/* All of them, in the arena. LAN Manager 2.0 has them too. STATUS_EAS_NOT_SUPPORTED: the server's disk has none. */
NT_WARN_UNUSED nt_status cli_eas(struct cli *c, const char *path, const struct cli_ea **out, uint32_t *n);
/* An empty value takes it away. */
NT_WARN_UNUSED nt_status cli_set_ea(struct cli *c, const char *path, const char *name, struct slice value);

struct cli_stream {
	const char *name; /* without ':' and "$DATA"; "": the file's own content */
	uint64_t size, allocation_size;
};
NT_WARN_UNUSED nt_status cli_streams(struct cli *c, const char *path, const struct cli_stream **out, uint32_t *n);

/* The rights that the file is open with, which tells what MAXIMUM_ALLOWED has come to. Of NT's dialect only. */
NT_WARN_UNUSED nt_status cli_access(struct cli *c, const struct cli_file *f, uint32_t *out);
/* Self-relative security descriptors, [MS-DTYP] 2.4.6, as they are. parts: OWNER_SECURITY_INFORMATION, ... The file is open with
 * READ_CONTROL to get, with WRITE_DAC and WRITE_OWNER to set. *out is valid until the next transaction. */
NT_WARN_UNUSED nt_status cli_security(struct cli *c, const struct cli_file *f, uint32_t parts, struct slice *out);
NT_WARN_UNUSED nt_status cli_set_security(struct cli *c, const struct cli_file *f, uint32_t parts, struct slice sd);

struct cli_change {
	uint32_t action;  /* FILE_ACTION_*, [MS-FSCC] 2.7.1 */
	const char *name; /* from the folder, with '/' between parts */
};
/* The next changes of an open folder; those between two calls are told by the next. STATUS_NOTIFY_ENUM_DIR: too many, list it anew.
 * filter: FILE_NOTIFY_CHANGE_*. The halves may be far apart; cli_session_cancel ends the wait. */
NT_WARN_UNUSED nt_status cli_watch(struct cli *c, const struct cli_file *folder, uint32_t filter, bool tree, const struct cli_change **out,
				   uint32_t *n);
bool cli_watch_start(struct cli *c, const struct cli_file *folder, uint32_t filter, bool tree, struct cli_transaction *x);
NT_WARN_UNUSED nt_status cli_watch_finish(struct cli *c, struct cli_transaction *x, const struct cli_change **out, uint32_t *n);

/* ---- shares (shares.c) ---- */

struct cli_share {
	const char *name, *comment;
	uint32_t type; /* STYPE_* */
};
typedef bool (*cli_share_fn)(void *user, const struct cli_share *s);
/* By srvsvc where the server has it, else by RAP, which shows names of up to 12 characters. */
NT_WARN_UNUSED nt_status cli_shares(struct cli *c, cli_share_fn fn, void *user);

#endif
