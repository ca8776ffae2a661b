/*
 * The client's calls, one after another on one connection: connect, log on, take a share, use files. Names are UTF-8 from the
 * share's root with '/' or '\' between the parts; times are nttime (0: unknown). Every call waits for its answer by the pump that
 * the connection was given; nothing here knows sockets. One thread at a time, or several by cli_share.
 *
 * Results are nt_status. STATUS_CONNECTION_DISCONNECTED: the connection is gone, STATUS_INVALID_NETWORK_RESPONSE: the answer cannot
 * be (a server that lies, or a fault); cli_why says what it was. What a call returns in the arena is valid until the next call.
 */
#ifndef CLIENT_CLI_H
#define CLIENT_CLI_H

#include "auth/client.h"
#include "base/ntfile.h"
#include "client/session.h"

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
	bool raw_ntlmssp;                     /* NTLMSSP without SPNEGO */
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
};

/* Moves some bytes one way or the other, or waits for that. False: it cannot go on; the session is broken then. */
typedef bool (*cli_pump_fn)(void *user, struct cli_session *s);

struct cli {
	struct cli_session *session; /* own, or that of the connection shared with (cli_share) */
	struct cli_session own;
	struct cli_options options;
	struct cli_server server;
	cli_pump_fn pump;
	void *pump_user;
	uint16_t tid;
	bool is_guest;
	struct arena arena; /* what the last call decoded */
	struct cli_call last;
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

struct cli_blocks {
	struct slice parameters, data; /* of the answer, in the arena */
};
/* A transaction whose request fits one message; the answer may come in many. */
struct cli_transact {
	uint8_t command; /* SMB_COM_TRANSACTION, SMB_COM_TRANSACTION2, SMB_COM_NT_TRANSACT */
	uint16_t setup[2], n_setup;
	const char *name; /* TRANSACTION */
	struct slice parameters, data;
	uint32_t max_parameter_count, max_data_count;
};
NT_WARN_UNUSED nt_status cli_transact(struct cli *c, const struct cli_transact *t, struct cli_blocks *out);
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

/* As the wire wants it: "\a\b". NULL: a part is no name ("..", a wildcard, ':' or a control character), or no memory. */
char *cli_path(struct cli *c, const char *path);
/* A name out of a listing: one part of a path, and no more. */
enum { CLI_NAME_MAX = 255 * 4 /* bytes of UTF-8: no file system has longer ones */ };
bool cli_name_is_safe(const char *name);

/* ---- files (file.c, io.c) ---- */

struct cli_info {
	uint64_t size, allocation_size;
	uint32_t attributes; /* ATTR_* */
	nttime creation_time, last_access_time, last_write_time, change_time;
};

struct cli_open {
	bool read, write;
	enum nt_disposition disposition;
	bool delete_too; /* right to delete */
};
struct cli_file {
	uint16_t fid;
	struct cli_info info; /* when it was opened; where the dialect tells no more: size, attributes, last_write_time */
};
NT_WARN_UNUSED nt_status cli_open(struct cli *c, const char *path, const struct cli_open *as, struct cli_file *out);
nt_status cli_close(struct cli *c, const struct cli_file *f);
/* Up to len bytes; *got 0: the end. Large reads are split, several under way at once; it may give fewer than asked. */
NT_WARN_UNUSED nt_status cli_read(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, size_t len, size_t *got);
/* All of it, or an error. */
NT_WARN_UNUSED nt_status cli_write(struct cli *c, const struct cli_file *f, uint64_t offset, const uint8_t *bytes, size_t len);
/* Bytes that one request carries, and how many requests may be under way. */
size_t cli_read_size(const struct cli *c);
size_t cli_write_size(const struct cli *c);
unsigned cli_window(const struct cli *c);

/* ---- names and attributes (path.c, attr.c) ---- */

NT_WARN_UNUSED nt_status cli_delete(struct cli *c, const char *path);
NT_WARN_UNUSED nt_status cli_rename(struct cli *c, const char *from, const char *to);
NT_WARN_UNUSED nt_status cli_mkdir(struct cli *c, const char *path);
NT_WARN_UNUSED nt_status cli_rmdir(struct cli *c, const char *path);
NT_WARN_UNUSED nt_status cli_stat(struct cli *c, const char *path, struct cli_info *out);
/* Times of 0 stay as they are; so do the attributes if attributes is 0 (ATTR_NORMAL clears all). The file must be open for
 * writing in cli_set_open. Dialects before NT know the time of the last write only. */
NT_WARN_UNUSED nt_status cli_set(struct cli *c, const char *path, const struct cli_info *info);
NT_WARN_UNUSED nt_status cli_set_open(struct cli *c, const struct cli_file *f, const struct cli_info *info);

/* ---- folders (dir.c) ---- */

struct cli_entry {
	const char *name; /* safe: cli_name_is_safe */
	struct cli_info info;
};
/* False ends the listing. */
typedef bool (*cli_entry_fn)(void *user, const struct cli_entry *e);
/* Every entry but "." and ".."; other calls on the connection are not allowed within fn. */
NT_WARN_UNUSED nt_status cli_list(struct cli *c, const char *path, cli_entry_fn fn, void *user);

/* ---- shares (shares.c) ---- */

struct cli_share {
	const char *name, *comment;
	uint32_t type; /* STYPE_* */
};
typedef bool (*cli_share_fn)(void *user, const struct cli_share *s);
/* By srvsvc where the server has it, else by RAP, which shows names of up to 12 characters. */
NT_WARN_UNUSED nt_status cli_shares(struct cli *c, cli_share_fn fn, void *user);

#endif
