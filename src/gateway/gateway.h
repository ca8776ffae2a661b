/*
 * The gateway between the ages: a share whose files are another server's. A struct vfs (vfs/vfs.h) over our own client; whoever
 * makes it brings the sockets (struct gateway_dial), so nothing here knows how a server is found.
 *
 * One connection to that server for each user, with several of his calls under way at once. It is made when first used, and made anew
 * after it was lost: open files are opened again then, and their locks taken again, when they are next used. Where that fails the file
 * is lost (-ESTALE).
 *
 * What is open here is open there with the same access and deny mode, and locked there with the same byte ranges; an oplock is
 * granted here only where the server grants one, and is broken here when the server breaks it.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "client/cli.h"
#include "vfs/vfs.h"

struct gateway_link; /* one user's connection */

/* Who somebody is on the other server. */
struct gateway_account {
	const char *client;  /* the user of this server; NULL: everybody who has no line of his own */
	const char *user, *domain, *password;
};

/* Connections as the owner of the gateway makes them. Strings and user live as long as the gateway. */
struct gateway_dial {
	void *user;
	nttime (*now)(void); /* the wall clock */
	/* A connection that is negotiated and logged on; *handle is given to the other calls. The result is never NULL: on failure it is
	 * there for cli_why, and is hung up like another. NULL: no memory. */
	struct cli *(*open)(void *user, const struct gateway_account *as, void **handle, nt_status *status);
	void (*hang_up)(void *handle);
	/* Sends, and if it is said receives, what can be, without waiting. */
	void (*step)(void *handle, bool receives);
	/* Waits for at most wait_ms until bytes can be received or sent. Several threads may; another may step meanwhile. */
	void (*wait)(void *handle, bool to_receive, bool to_send, int wait_ms);
	/* Nobody uses the connection now: gateway_ready is to be called, once, when bytes come on it. Any thread. */
	void (*watch)(void *handle, struct gateway_link *link);
	/* gateway_tell is to be called soon, by a thread that holds no lock. Any thread. */
	void (*wake)(void *user);
	/* The server wants the oplock of an open of this server (vfs_admission.open_id) to come down to NONE or LEVEL_II. False: no answer
	 * to that will come, and it has no more than that. */
	bool (*broken)(void *user, uint64_t dev, uint64_t ino, uint64_t open_id, enum vfs_oplock to);
	/* The news of a followed folder (vfs_ops.follow). n 0: more than it can tell, or some may have been lost. goes_on false: there will
	 * be no more. */
	void (*changed)(void *user, uint64_t id, const struct cli_change *changes, uint32_t n, bool goes_on);
};

struct gateway_options {
	const char *share;         /* ours, for the log */
	const char *host, *remote_share, *path; /* path: below the share, "" or "a/b" */
	const struct gateway_account *accounts; /* those with a client before the one without */
	size_t n_accounts;
	struct gateway_dial dial;
};

/* Copies the options but for what the strings point to. Nothing is connected yet. NULL: no memory. vfs_destroy does nothing to it:
 * whoever made it frees it when nothing is open there. */
struct vfs *gateway_new(const struct gateway_options *options);
void gateway_free(struct vfs *v);
/* See gateway_dial. */
void gateway_ready(struct gateway_link *link);
void gateway_tell(struct vfs *v);

#endif
