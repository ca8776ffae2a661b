/*
 * The files that are open: one node for each name, whatever number of programs has it open; one open file on the server for it. A
 * node's lock is held through everything that is done with it; the order is node, link (a turn), table.
 *
 * With an exclusive or batch oplock (`cached`) nobody else has the file: reads are kept and read ahead, writes are written later, the
 * server is told of locks when it wants the oplock back. Without, everything goes to the server at once. When the connection was lost, the node
 * opens its file again by its name; what
 * was not written is still there and is written then. If another file has the name now (by the creation time; one that was open for a while also
 * by the server's number of it, for copies can have that time, too), if the file cannot be opened any more, or a lock is taken by somebody
 * else meanwhile, the node is `lost`: all that its programs still do with it fails with EIO.
 */
#ifndef MOUNT_NODE_H
#define MOUNT_NODE_H

#include <stdatomic.h>
#include <sys/types.h>

#include "client/unix.h"
#include "mount/cache.h"
#include "mount/link.h"
#include "mount/plock.h"

struct node {
	struct node *next;   /* table */
	char *path;          /* table */
	unsigned refs;       /* table */
	struct lock lock;
	bool is_open, can_read, can_write, cached, lost;
	bool hidden;         /* table: has no name any more but one of ours, and goes with its last program */
	struct cli_file file;
	uint32_t generation; /* of the connection that file is of; 0: to be opened again */
	uint64_t unix_id;    /* by the UNIX extensions; 0: not told */
	/* What the open has told of the file is still so: nothing was done with it since, nobody else has it, and that was just now. */
	atomic_bool is_told;
	struct smb1_unix_basic told_unix;
	bool is_known;       /* whether by index_number or not (0), the server was asked for that */
	uint64_t index_number, opened_ms;
	uint64_t size;       /* while cached */
	uint64_t next_read;  /* where a program goes on that reads from the front to the end */
	int error;           /* of writes that nobody waited for; told once, by fsync or close */
	struct mount_cache cache;
	struct plocks locks;
	uint32_t lock_owner; /* as the server knows this file's locks, all of our programs together */
};

/* The kernel writes what programs changed in their maps of the file, and keeps nothing of it. Called without a node's lock, which those
 * writes take. */
typedef void (*nodes_forget_pages_fn)(void *user, const char *path);

struct nodes {
	struct link *link;
	nodes_forget_pages_fn forget_pages;
	void *forget_user;
	struct lock lock;
	struct node *first;
	unsigned closing; /* nodes on their way out */
};

/* ---- the table (node.c) ---- */

void nodes_init(struct nodes *all, struct link *link, nodes_forget_pages_fn forget_pages, void *user);
void nodes_fini(struct nodes *all);
/* Found or new; counted. NULL: no memory. */
struct node *node_get(struct nodes *all, const char *path);
/* Only if it is open already; counted. */
struct node *node_find(struct nodes *all, const char *path);
/* Some program has it open. */
bool nodes_has(struct nodes *all, const char *path);
/* What the open has told, if it is still so: in *unix_basic (t->cli.posix), or in *info. once: and never again, for a change of attributes
 * by others is told to nobody. */
enum node_told { NODE_NOT_TOLD, NODE_TOLD_UNIX, NODE_TOLD_INFO };
enum node_told node_told(struct node *n, bool once, struct smb1_unix_basic *unix_basic, struct cli_info *info);
/* Something was changed by name, and who knows of which of them. */
void nodes_changed(struct nodes *all);
/* The last one writes what is left and closes the file. */
void node_put(struct nodes *all, struct node *n);
/* A name changed, of a file or of a folder above. */
void nodes_renamed(struct nodes *all, const char *from, const char *to);
/* No program has it open, nor is it being closed: that comes a moment after close(2). False: one has it. */
bool nodes_are_closed(struct nodes *all, const char *path);
/* The file has another name now, which goes with the last program that has it open. */
void nodes_hidden(struct nodes *all, const char *path, const char *hidden);
/* Files at and below the name are closed at the server until they are used again, as some servers want it for a rename.
 * False: one has locks. */
bool nodes_park(struct nodes *all, const char *path);
/* What is in maps of the file goes to the server, and what others wrote shows in them, if they may have written: without an oplock. */
void node_share_pages(struct nodes *all, struct node *n);
/* Of all files. */
void nodes_forget_all_pages(struct nodes *all);
/* Answers link_next_break until the link stops; in a thread of its own. */
void nodes_serve_breaks(struct nodes *all);

/* ---- open files (node_open.c); results are -errno ---- */

struct node_open {
	bool read, write;
	enum nt_disposition disposition;
	uint32_t permissions; /* of a file that is made; only servers with the UNIX extensions ask */
};
/* *created: it was not there. */
int node_open(struct nodes *all, struct node *n, const struct node_open *as, bool *created);
/* Within a turn, with the node's lock: the file is open on this connection. */
NT_WARN_UNUSED nt_status node_ready(struct nodes *all, struct turn *t, struct node *n);
/* The node's lock is held in these two. All that is dirty is with the server, or *error tells why not and it is forgotten. */
nt_status node_write_back(struct nodes *all, struct node *n);
/* Nothing is kept, nor will be. */
void node_stop_caching(struct nodes *all, struct node *n);

/* ---- bytes (node_io.c) ---- */

ssize_t node_read(struct nodes *all, struct node *n, uint8_t *out, size_t len, uint64_t offset);
/* append: wherever the end is then. */
ssize_t node_write(struct nodes *all, struct node *n, const uint8_t *bytes, size_t len, uint64_t offset, bool append);
int node_truncate(struct nodes *all, struct node *n, uint64_t size);
/* close(2) of a program: what it wrote is with the server. sync: on its disk. */
int node_flush(struct nodes *all, struct node *n, bool sync);

/* ---- locks (node_lock.c) ---- */

/* Does not wait: -EAGAIN. */
int node_lock(struct nodes *all, struct node *n, const struct plock *l);
/* A lock in the way, of this machine or (pid unknown: owner 0) of another. True: there is one, *found. */
int node_test_lock(struct nodes *all, struct node *n, const struct plock *want, bool *is_there, struct plock *found);
void node_unlock_owner(struct nodes *all, struct node *n, uint64_t owner, bool is_flock);
/* Within a turn: on a file just opened, or before an oplock is given back. If somebody else was quicker the node is lost. */
NT_WARN_UNUSED nt_status node_lock_again(struct turn *t, struct node *n);
NT_WARN_UNUSED nt_status node_show_locks(struct turn *t, struct node *n);
/* Within a turn: cli_write, also where our own programs have locks that NT would not let us write under. */
NT_WARN_UNUSED nt_status node_write_out(struct turn *t, struct node *n, uint64_t offset, const uint8_t *bytes, size_t len);

int mount_errno(nt_status status);

#endif
