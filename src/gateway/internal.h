/*
 * What the gateway's files share. A link belongs to who has entered it (link.c); the list of open files and the one listing that
 * is kept belong to the gateway's lock, under which nothing waits.
 */
#ifndef GATEWAY_INTERNAL_H
#define GATEWAY_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/lock.h"
#include "gateway/gateway.h"

struct gateway_lock { /* held at the server */
	uint64_t offset, length;
	bool exclusive;
};

/* What was read of a file before it was asked for (ahead.c). */
struct gateway_ahead {
	uint8_t *bytes;
	size_t len, cap;
	uint64_t offset;     /* of the bytes */
	uint64_t next;       /* where the last read ended */
	unsigned streak;     /* reads that followed each other */
	unsigned generation; /* of the connection */
	nttime at;
	bool ends;           /* the file ends with them */
	bool spoiled;        /* since the last read began */
};

struct gateway_file {
	struct vfs_file file; /* first; its vfs is the link's */
	struct gateway_file *next; /* of the gateway's open files */
	char *path;           /* in the share of ours; the gateway's lock, and changed by renames */
	uint64_t ino;
	bool folder;
	/* Its opener's, who writes them with the gateway's lock: */
	bool is_open;         /* there is a handle at the server */
	bool is_made;         /* by gateway_create, and not admitted yet */
	bool lost;            /* it could not be opened again */
	unsigned generation;  /* of the connection that cli_file is of */
	struct cli_create as;
	struct cli_file cli_file;
	struct gateway_lock *locks;
	size_t n_locks;
	struct gateway_ahead ahead; /* the link's owner's */
	/* The gateway's lock: */
	uint64_t open_id;     /* of vfs_admission */
	enum vfs_oplock kept; /* what who opened the file here still has; the server has granted no less, or wants it back */
	bool is_asked;        /* it is to come down to asked_to: NONE or LEVEL_II */
	bool is_told;         /* so has the open here been told */
	enum vfs_oplock asked_to;
};

/* The folder listed last: a listing is followed by questions about each entry. */
struct gateway_listing {
	char *folder;         /* NULL: none */
	struct gateway_entry *entries; /* by name */
	size_t n;
	nttime at;
	uint64_t changes;     /* the gateway's, when it was read */
};
struct gateway_entry {
	char *name;
	struct cli_info info;
};

enum { GATEWAY_EARLY_MAX = 16 /* more than turns */ };

struct gateway_link {
	struct vfs vfs; /* first */
	struct gateway *gateway;
	struct gateway_link *next;
	char *client;   /* whose; "": guests */
	struct lock lock; /* for the next ones */
	pthread_cond_t changed;
	bool busy;             /* somebody is in it and does not wait for an answer: the link's owner */
	bool dialing;          /* or makes the connection; all others stay outside */
	bool reading;          /* one of those who wait for answers looks after the socket */
	unsigned n_turns, n_again; /* turns; those that wait for the others to find out that the connection is lost */
	unsigned moves;        /* grows when bytes have moved */
	/* The owner's: */
	struct cli *cli; /* NULL: not connected. For what waits for nothing; who waits for answers has one of his own */
	void *handle;
	unsigned generation;
	size_t progress;
	nttime moved_at;       /* when bytes moved last */
	uint16_t oldest_mid;   /* of the call that has waited longest; 0: none */
	nttime oldest_at;
	unsigned n_opening;    /* handles that the server may have and we do not know yet; */
	uint16_t early[GATEWAY_EARLY_MAX]; /* the oplocks of these were taken back already */
	unsigned n_early;
	nttime failed_at;      /* when it last could not be connected; 0: it could */
	int failed_with;
	bool complained;
	struct gateway_watch *watches; /* see watch.c */
	unsigned n_watches;    /* with those that end */
	_Atomic bool has_news;         /* some of them have something to tell */
};

/* One caller on a link's connection. */
struct gateway_turn {
	struct gateway_link *l;
	struct cli cli;
	bool live;           /* cli is of a connection */
	bool beside;         /* others were there before */
	unsigned generation; /* of that connection */
};

struct gateway {
	struct gateway_link guest; /* first: also the vfs that gateway_new gives */
	struct gateway_options options;
	uint64_t dev;
	_Atomic uint64_t changes;  /* grows with all that we change in folders */
	struct lock lock;
	struct gateway_link *links;
	unsigned n_links;
	struct gateway_file *files;
	struct gateway_listing listing;
};

static inline struct gateway_link *gateway_link_of(struct vfs *v) { return (struct gateway_link *)v; }
static inline struct gateway_file *gateway_file_of(struct vfs_file *f) { return (struct gateway_file *)f; }

static inline struct cli_session *gateway_session(const struct gateway_link *l) { return l->cli->session; }
static inline bool gateway_is_live(const struct gateway_link *l) { return l->cli != NULL && !gateway_session(l)->broken; }

/* ---- link.c ---- */

void gateway_link_init(struct gateway_link *l, struct gateway *g, const char *client);
void gateway_link_fini(struct gateway_link *l);
/* A new connection in place of the last one, on which no call is under way. Waits. */
int gateway_dial(struct gateway_link *l);

/* ---- turn.c ---- */

/* Waits for the link and for its connection. 0: t->cli makes calls on it until gateway_leave, and is the link's owner but while they wait. Else
 * it is not entered: -ETIMEDOUT (too many wait for a slow server), -EHOSTDOWN and others (no connection). */
int gateway_enter(struct gateway_turn *t, struct gateway_link *l);
/* The same where there is a connection; none is made. */
bool gateway_enter_live(struct gateway_turn *t, struct gateway_link *l);
void gateway_leave(struct gateway_turn *t);
/* For what waits for no answer: the caller is the link's owner until gateway_untouch, whether there is a connection or not. False: one is
 * being made. */
bool gateway_touch(struct gateway_link *l);
void gateway_untouch(struct gateway_link *l);
/* After a call that may be made again without harm: whether there is another connection to make it on. What is in the arena is gone. */
bool gateway_again(struct gateway_turn *t, nt_status status);
/* cli_pump_fn */
bool gateway_pump(void *link, struct cli_session *s);

/* ---- status.c ---- */

/* The errno of a call's status. */
int gateway_errno(struct gateway_turn *t, nt_status status);

/* ---- names.c ---- */

/* As the server has it: below the folder that the gateway stands for. In the arena of the link's client. */
const char *gateway_path(struct gateway_turn *t, const char *path);
/* A number for what has this name: that of the open file which has the name, or made of the name. */
uint64_t gateway_ino(struct gateway *g, const char *path);
/* Makes an open file of it. */
void gateway_names_add(struct gateway *g, struct gateway_file *f);
void gateway_names_remove(struct gateway *g, struct gateway_file *f);
void gateway_names_moved(struct gateway *g, const char *from, const char *to);
/* The name of f, or path if f is NULL, as the server has it; NULL: no memory. Of the entered link. */
const char *gateway_path_of(struct gateway_turn *t, const struct gateway_file *f, const char *path);

/* ---- open.c ---- */

int gateway_open(struct vfs *v, const char *path, int flags, mode_t mode, struct vfs_file **out);
void gateway_close(struct vfs_file *f);
int gateway_create(struct vfs *v, const char *path, struct vfs_admission *a, struct vfs_file **out);
int gateway_admit(struct vfs_file *f, struct vfs_admission *a);
void gateway_retire(struct vfs_file *f);
/* In the entered link: the file's handle is of this connection. -ESTALE, -EBADF: it has none. */
int gateway_revive(struct gateway_turn *t, struct gateway_file *f);

/* ---- oplock.c ---- */

/* In the entered link, around an open there until the file is known to have that handle: what the server takes back meanwhile is given
 * back then. f NULL: it has none. */
void gateway_oplock_opening(struct gateway_link *l);
void gateway_oplock_opened(struct gateway_link *l, struct gateway_file *f);
/* Under the gateway's lock: what the open may have of the oplock that the server granted with its handle. */
enum vfs_oplock gateway_oplock_granted(struct gateway_file *f, const struct vfs_admission *a);
/* Another open of the file was let in here: whoever had it open has come down to level II by now, or to nothing. */
void gateway_oplocks_came_down(struct gateway *g, const struct gateway_file *but);
void gateway_let_go(struct vfs_file *f, enum vfs_oplock keeps);
/* cli_break_fn */
void gateway_on_break(void *link, uint16_t tid, uint16_t fid, bool to_level_ii);
/* The server waits for oplocks of this link, and so does our own call: they are given back before their holders know it. */
void gateway_answer_breaks(struct gateway_link *l);
/* The connection is lost, and with it the oplocks. */
void gateway_oplocks_lost(struct gateway_link *l);

/* ---- watch.c ---- */

int gateway_follow(struct vfs_file *folder, uint32_t filter, bool tree, uint64_t id);
void gateway_unfollow(struct vfs_file *folder);
/* There is another connection. */
void gateway_watches_again(struct gateway_turn *t);
void gateway_watches_fini(struct gateway_link *l);
void gateway_tell_changes(struct gateway *g);

/* ---- stat.c ---- */

int gateway_fstat(struct vfs_file *f, struct vfs_stat *st);
int gateway_stat(struct vfs *v, const char *path, bool follow, struct vfs_stat *st);
int gateway_stat_xattr(struct vfs *v, const char *path, struct vfs_stat *st, const char *xattr, void *buf, size_t cap, ssize_t *len);
int gateway_stat_at(struct vfs_file *dir, const char *name, struct vfs_stat *st);
int gateway_set_times(struct vfs *v, struct vfs_file *f, const char *path, const struct vfs_times *t);
int gateway_set_dos(struct vfs *v, struct vfs_file *f, const char *path, uint32_t attributes, nttime creation_time);
int gateway_access(struct vfs *v, const char *path, int rwx);
int gateway_chmod(struct vfs *v, struct vfs_file *f, const char *path, mode_t mode);
int gateway_chown(struct vfs *v, struct vfs_file *f, const char *path, uid_t uid, gid_t gid);
int gateway_space(struct vfs *v, const char *path, struct vfs_space *out);

/* ---- io.c ---- */

ssize_t gateway_pread(struct vfs_file *f, void *buf, size_t len, uint64_t offset);
ssize_t gateway_pwrite(struct vfs_file *f, const void *buf, size_t len, uint64_t offset);
int gateway_truncate(struct vfs_file *f, uint64_t size);
int gateway_allocate(struct vfs_file *f, uint64_t size);
int gateway_punch(struct vfs_file *f, uint64_t offset, uint64_t len);
int gateway_seek(struct vfs_file *f, uint64_t offset, bool hole, uint64_t *out);
int gateway_sync(struct vfs_file *f);
int gateway_lock_range(struct vfs_file *f, int type, uint64_t offset, uint64_t len);
/* Takes the file's locks anew, in the entered link. */
int gateway_lock_again(struct gateway_turn *t, struct gateway_file *f);

/* In the entered link. */
nt_status gateway_read_all(struct gateway_turn *t, const struct gateway_file *f, uint64_t offset, uint8_t *to, size_t len, size_t *done);

/* ---- ahead.c ---- */

/* In the entered link: out of memory; false: it is not there. */
bool gateway_ahead_take(struct gateway_turn *t, struct gateway_file *f, uint64_t offset, uint8_t *to, size_t len, size_t *done);
/* From the server, perhaps with more. */
nt_status gateway_ahead_read(struct gateway_turn *t, struct gateway_file *f, uint64_t offset, uint8_t *to, size_t len, size_t *done);
/* By the link's owner: the file may have changed. */
void gateway_ahead_drop(struct gateway_file *f);
void gateway_ahead_fini(struct gateway_file *f);

/* ---- dir.c ---- */

int gateway_mkdir(struct vfs *v, const char *path, mode_t mode);
int gateway_rmdir(struct vfs *v, const char *path);
int gateway_unlink(struct vfs *v, const char *path);
int gateway_rename(struct vfs *v, const char *from, const char *to, unsigned flags);
int gateway_hard_link(struct vfs *v, const char *from, const char *to);
int gateway_symlink(struct vfs *v, const char *target, const char *path);
ssize_t gateway_readlink(struct vfs *v, const char *path, char *buf, size_t cap);
int gateway_list(struct vfs *v, const char *path, vfs_list_fn each, void *user);
/* What the last listing says of a name in this folder. False: it is too old, or of another folder, or not in it. */
bool gateway_listed(struct gateway_link *l, const char *folder, const char *name, struct cli_info *out);
void gateway_listing_fini(struct gateway_listing *l);

/* ---- security.c ---- */

ssize_t gateway_get_security(struct vfs *v, struct vfs_file *f, const char *path, uint32_t parts, void *buf, size_t cap);
int gateway_set_security(struct vfs *v, struct vfs_file *f, const char *path, uint32_t parts, const void *sd, size_t len);
/* In the entered link: whether the server would open the folder with that access; if any will do, what is left of it. */
nt_status gateway_try_folder(struct gateway_turn *t, const char *path, bool any_will_do, uint32_t *access);

/* ---- xattr.c ---- */

ssize_t gateway_getxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, void *buf, size_t cap);
ssize_t gateway_getxattr_at(struct vfs_file *dir, const char *name, const char *xattr, void *buf, size_t cap);
int gateway_setxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, const void *value, size_t len);
int gateway_removexattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name);
/* Whether the server would open the stream a->stream of the file so; one that is not there yet may be made. */
int gateway_try_stream(struct vfs_file *f, const struct vfs_admission *a);
ssize_t gateway_listxattr(struct vfs *v, struct vfs_file *f, const char *path, char *buf, size_t cap);

#endif
