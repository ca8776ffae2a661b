/*
 * A server found and reached: the client of client/ with its socket, by name (hosts, DNS, NetBIOS) or address, on port 445 or else
 * 139, negotiated and logged on. The commands and the public interface use it.
 */
#ifndef SERVER_REMOTE_H
#define SERVER_REMOTE_H

#include <stdatomic.h>

#include "client/cli.h"
#include "client/drive.h"

struct remote_options {
	struct cli_options cli;   /* host: name or address */
	uint16_t port;            /* 0: 445, then 139 */
	bool netbios;             /* the port wants a NetBIOS session first, as 139 does */
	unsigned connect_ms, timeout_ms; /* 0: 10 s, 60 s */
	const atomic_bool *given_up; /* as of struct cli_socket; no further server of a DFS is tried then, either */
};

struct remote {
	struct cli cli;
	struct cli_socket socket;
	char address[CLI_ADDRESS_TEXT];
	struct remote_options options; /* strings borrowed for its life */
	unsigned generation;           /* of the connection: files of another one are gone */
};

/* On success, and on failure too, the caller calls remote_close; cli_why tells the cause. */
NT_WARN_UNUSED nt_status remote_open(struct remote *r, const struct remote_options *options);
/* The same, and a share of it. NULL: none. */
NT_WARN_UNUSED nt_status remote_open_share(struct remote *r, const struct remote_options *options, const char *share);
/* After STATUS_CONNECTION_DISCONNECTED: a connection anew, with the logon, and the share (NULL: none). Who sees breaks of oplocks, and
 * in whose name, stays as it was. Calls in flight must be done: they ended when the connection did. Files are opened again by
 * cli_reopen, or forgotten. On failure it may be tried again; how often and how long is the caller's to say. */
NT_WARN_UNUSED nt_status remote_again(struct remote *r, const char *share);
/* Where a path of the connection's share lies, if a DFS has it elsewhere: another connection then stands in this one's place, with the
 * share there, and *to has its names, which stay in use for the connection's life. Nothing is open yet. (remote_dfs.c) */
enum { REMOTE_NAME_MAX = 256, REMOTE_PATH_MAX = 4096 };
struct remote_place {
	char host[REMOTE_NAME_MAX], share[REMOTE_NAME_MAX], path[REMOTE_PATH_MAX];
};
NT_WARN_UNUSED nt_status remote_settle(struct remote *r, const char *path, struct remote_place *to, bool *moved);
/* tidy: TREE_DISCONNECT and LOGOFF first. */
void remote_close(struct remote *r, bool tidy);

#endif
