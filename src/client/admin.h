/* What a server tells administrators, and whom it likes, about its use: by srvsvc where it speaks NT, else by RAP. [MS-SRVS] 3.1.4, [MS-RAP] */
#ifndef CLIENT_ADMIN_H
#define CLIENT_ADMIN_H

#include "client/cli.h"

/* The connection's share is IPC$ afterwards; a share that it had stays connected (struct cli's tid says which). Strings are valid
 * within fn only; no other calls on the connection there. Returns of false end the list. STATUS_ACCESS_DENIED: administrators only. */

struct cli_user_session {
	const char *client, *user; /* user "": a guest, or nobody yet */
	uint32_t opens;            /* files; 0 where we may not know */
	uint32_t seconds, idle_seconds;
	bool guest;
};
typedef bool (*cli_session_fn)(void *user, const struct cli_user_session *s);
NT_WARN_UNUSED nt_status cli_sessions(struct cli *c, cli_session_fn fn, void *user);

struct cli_used_file {
	uint32_t id;
	bool reads, writes, creates;
	uint32_t locks;
	const char *path, *user;
};
typedef bool (*cli_used_file_fn)(void *user, const struct cli_used_file *f);
/* NT only. */
NT_WARN_UNUSED nt_status cli_used_files(struct cli *c, cli_used_file_fn fn, void *user);

enum { CLI_SERVER_TEXT = 256 };
struct cli_server_about {
	char name[CLI_SERVER_TEXT], comment[CLI_SERVER_TEXT];
	uint32_t version_major, version_minor;
	uint32_t type; /* SV_TYPE_*, [MS-RAP] 2.5.5.4 */
};
NT_WARN_UNUSED nt_status cli_server_about(struct cli *c, struct cli_server_about *out);

/* Takes IPC$ as the connection's share. STATUS_NOT_SUPPORTED: a core server has none. */
NT_WARN_UNUSED nt_status cli_enter_ipc(struct cli *c);

#endif
