/*
 * What the commands on other servers' files have in common: their options, a connection that is kept from one place to the next,
 * and how they fail: one line that names the cause. Exit status: 0 all done, 1 something failed, 2 wrong use.
 */
#ifndef CMD_REMOTE_ARGS_H
#define CMD_REMOTE_ARGS_H

#include "cmd/args.h"
#include "cmd/url.h"
#include "server/remote_branches.h"

enum { REMOTE_OK = 0, REMOTE_FAILED = 1, REMOTE_WRONG_USE = ARGS_WRONG_USE, REMOTE_PASSWORD_MAX = 1024 };

struct remote_args {
	struct remote_options options; /* as they were said; those of the connection are in remote */
	const char *user, *domain, *password_file;
	bool json, remember;
	const char *service;         /* what kind of share it must be, as cli_tree_connect has it; NULL: any */
	const char *command;         /* "longhouse ls" */
	bool takes_folders;          /* with -r */
	bool makes_names;            /* where it is given one */
	bool is_shell;
	const char *no_json;         /* why --json means nothing; NULL: it does */
	const char *port_cure;       /* to whom -p, which is the port, means something else; NULL: nothing */
	bool goes_on;                /* when it is repeated after a loss of the connection */
	/* the rest is the connection's */
	bool is_open;
	struct remote remote;
	struct url at;               /* where it leads */
	struct remote_place place;   /* the same, if a DFS has led it there */
	struct remote_branches branches; /* of its share, for those that walk down a tree */
	char password[REMOTE_PASSWORD_MAX];
	bool has_password;           /* for all places; */
	bool is_remembered;          /* for this server alone (keyring.h) */
	struct arena arena;          /* strings of URLs, to the end */
};
/* As a child parser: input is a struct remote_args, zeroed but for service, no_json and port_cure. */
extern const struct argp remote_argp;

/* Ends the program, as args_error() does, where text names no place on a server (no share, unless no_share): what is mistyped is
 * told before anything is done. What remote_go() begins with. */
void remote_check(struct remote_args *a, const char *text, bool no_share, struct url *out);
/* The same for a device, which has no files: its share is all there is to name. */
void remote_check_device(struct remote_args *a, const char *text, const char *device);
/* The place that text names, and a connection to its share. False: said. */
bool remote_go(struct remote_args *a, const char *text, bool no_share, struct url *out);
/* The connection, if there is one, ends in order. */
void remote_done(struct remote_args *a);
/* One line; path: what it is about. _of: another connection's failure. */
void remote_complain_of(const struct remote_args *a, struct cli *c, const struct url *u, const char *path, nt_status status);
void remote_complain(struct remote_args *a, const struct url *u, const char *path, nt_status status);
static inline struct cli *remote_cli(struct remote_args *a) { return &a->remote.cli; }
/* path_join, which here aborts without memory. */
char *remote_join(const char *folder, const char *name);
/* "b" of "a/b" and of "a\\b". */
const char *remote_base(const char *path);

#endif
