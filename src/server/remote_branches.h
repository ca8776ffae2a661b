/*
 * A share with the folders of it that a DFS has elsewhere. Paths are those of the share that the user named; where a call is answered with
 * STATUS_PATH_NOT_COVERED, the link is followed on a connection of its own, which stays for what else lies below. One thread at a time.
 */
#ifndef SERVER_REMOTE_BRANCHES_H
#define SERVER_REMOTE_BRANCHES_H

#include "server/remote.h"

struct remote_branch {
	struct remote_branch *next;
	struct remote_branch *above; /* whose link it is; NULL: home's */
	struct remote remote;
	struct remote_place place;   /* what the link stands for; its names are in use by the connection */
	size_t len;
	char link[];                 /* from the root of home's share */
};

struct remote_branches {
	struct remote *home;
	struct remote_branch *first; /* younger ones first */
	unsigned n;
	bool is_walk;                /* down a tree: links that lead to above themselves are refused, or there would be no end */
};

/* Where a path is, as far as it is known. */
struct remote_spot {
	struct remote *remote;
	struct remote_branch *branch; /* NULL: home */
	const char *path;             /* there */
	unsigned hops;
	char below[REMOTE_PATH_MAX];
};

/* home's options and share may not change before remote_branches_fini, which ends all connections but home's. */
void remote_branches_fini(struct remote_branches *b);

/* STATUS_NAME_TOO_LONG, or success. */
NT_WARN_UNUSED nt_status remote_spot_of(const struct remote_branches *b, const char *path, struct remote_spot *out);
/* No link is known to lead elsewhere there. */
bool remote_is_home(const struct remote_branches *b, const char *path);
/* After STATUS_PATH_NOT_COVERED of a call there: the next spot to make it at. Else why there is none; home's cli_why tells it too. */
NT_WARN_UNUSED nt_status remote_follow(struct remote_branches *b, const char *path, struct remote_spot *spot);

/* One call, made where its path lies. Whatever failed, home's cli_why tells it. */
typedef nt_status (*remote_call)(void *user, struct remote *r, const char *path);
NT_WARN_UNUSED nt_status remote_at(struct remote_branches *b, const char *path, remote_call call, void *user);

/* remote_dfs.c: the first of the places that answers, with its share; *to is that. r is not open before, and is to be closed after. */
NT_WARN_UNUSED nt_status remote_reach_place(struct remote *r, const struct remote_options *from, const struct remote_place *places, unsigned n,
					    struct remote_place *to);
/* Where the server says that a path of its share lies, places for CLI_DFS_TARGETS_MAX; the last `rest` parts of the path are in none of them. */
NT_WARN_UNUSED nt_status remote_ask_places(struct remote *r, const char *path, struct remote_place *places, unsigned *n, unsigned *rest);

#endif
