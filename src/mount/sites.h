/*
 * Where the files of a mount are: on the share that was named, and, where a DFS has folders of it elsewhere, on the shares that those links
 * lead to. Each such site has a connection, open files and a thread for oplocks of its own, from the first look at the link to the end of the mount.
 * The kernel looks at each part of a path before what is below, so links are followed where names are looked at and folders opened,
 * nowhere else.
 */
#ifndef MOUNT_SITES_H
#define MOUNT_SITES_H

#include "mount/mount.h"
#include "mount/node.h"

enum { SITES_MAX = 64, SITE_HOPS_MAX = 8, SITE_FAILURES = 16, SITE_FAILURE_MS = 5000 };

struct mount;

struct site {
	struct mount *mount;
	struct site *above;   /* whose link leads here; NULL: that of the mount itself */
	char *at;             /* sites.lock: the link, as the kernel has it without the first '/' */
	struct mount_place place;
	uint64_t salt;        /* for numbers of files, which sites do not share */
	struct link link;
	struct nodes nodes;
	pthread_t breaker;
};

struct site_failure {
	char *path;
	uint64_t until_ms;
	int error;
};

/* A link that a thread is on its way along; the thread's own. */
struct site_following {
	struct site_following *next;
	const char *path;
	uint64_t began_ms;
};

struct sites {
	struct lock lock;
	struct site *all[SITES_MAX]; /* the first is the mount's own */
	unsigned n;
	struct site_following *following; /* each link by one thread at a time; others wait for that one's result */
	unsigned n_following;
	pthread_cond_t followed;     /* with lock: one of them less */
	struct site_failure failures[SITE_FAILURES]; /* of the latest ones, so that a listing does not wait for each question about a dead link */
	unsigned next_failure;
	struct mount_ways ways;
};

void sites_init(struct mount *m, const struct mount_ways *ways);
/* After mount_end. */
void sites_fini(struct mount *m);
/* The place's connection serves what is at and below the path. False: no memory, no thread, too many. */
bool sites_add(struct mount *m, struct site *above, const char *at, const struct mount_place *place);
/* Nobody uses them any more: all is written, connections are left. */
void sites_stop(struct mount *m);
/* fn on each. */
void sites_each(struct mount *m, void (*fn)(struct site *x));

/* Where the path is. */
struct site *sites_at(struct mount *m, const char *path);
/* What the kernel calls path: its site, and its name at the server there. Malloc'd; NULL: no memory. */
char *sites_name(struct mount *m, const char *path, struct site **out);
/* The path is a link that was followed. */
bool sites_is_link(struct mount *m, const char *path);
/* The server of the site says that the path lies elsewhere: from now on it has another one. -errno. */
int sites_follow(struct mount *m, struct site *x, const char *path);
/* A folder has another name now, and what is below. */
void sites_renamed(struct mount *m, const char *from, const char *to);

#endif
