/*
 * What one connection owns: sessions (UID), trees (TID), opens (FID), searches (SID), partial transactions, parked
 * requests. All of it is touched only under the connection's token, so nothing here has a lock or a count.
 *
 * Lifetimes: a session ends by logoff and takes its opens; a tree ends by disconnect and takes its opens and searches; the
 * end of the connection takes everything, opens first.
 */
#ifndef SMB1_CONN_H
#define SMB1_CONN_H

#include "auth/auth.h"
#include "auth/signing.h"
#include "comm/comm.h"
#include "fs/dir.h"
#include "fs/open.h"
#include "fs/share.h"
#include "net/net.h"
#include "rpc/pipe.h"
#include "smb1/idtable.h"
#include "smb1/server_internal.h"
#include "wire/smb1/smb1.h"

/* Limits per connection, each with its reason. */
enum {
	MAX_SESSIONS = 256,      /* terminal servers put every user on one connection */
	MAX_TREES = 1024,        /* a client uses a handful; bounds a hostile one */
	MAX_FIDS = 16384,        /* what NT offered; memory is bounded by it */
	MAX_SIDS = 4096,         /* NT's own limit; DOS clients never close searches ([FIELD] B3) */
	MAX_SEARCH_BYTES = 64 << 20, /* of their snapshots, beyond the first few: DOS clients leave 300 listings of small folders */
	FEW_SEARCHES = 16,       /* a client that walks a tree of folders holds one for each level, however large */
	MAX_PARKED = 256,        /* above what we announce as MaxMpxCount, for clients that overshoot */
	MAX_PARKED_BYTES = 4 << 20, /* of their messages; most have a few hundred bytes */
	MAX_WATCHING = 2048,     /* change notifications that wait, beside the former: Explorer keeps some ten, a few KiB each */
	MAX_TRANSACTIONS = 8,    /* partial transactions; clients send one or two */
	SERVER_MAX_MPX = 50,     /* DOS and WfW cannot cope with more ([FIELD] A7) */
	SERVER_MAX_BUFFER = 16644, /* NT's figure, a multiple of 4 */
	SERVER_MAX_BUFFER_DOS = 4356, /* what stacks of DOS are known to take ([FIELD] A7) */
	SERVER_MAX_RAW = 65536,  /* pysmb sizes its reads by it ([FIELD] C6 70) */
	FRAME_MAX = 0x1FFFF,     /* either way, after the logon: the largest that port 139 can carry */
	MIN_CLIENT_BUFFER = 500, /* NT refuses less; every fixed reply fits */
	MIN_OLD_CLIENT_BUFFER = 200, /* a basic redirector computed 207 ([FIELD] C2 23) */
};

struct smb1_session {
	uint16_t uid;
	bool established;                /* false while the exchange is in progress */
	struct auth_exchange *exchange;  /* extended security, between its legs */
	struct auth_identity identity;
	struct live_record *live;        /* NULL: not shown */
};

/*
 * A TID is valid for every UID of its connection ([MS-CIFS] 3.3.5.2), but what a session may do with the share is its own:
 * each has its view, made when it first uses the tree, with its identity and its rights. Counted: by the tree's list and by
 * each FID, which is closed as the one who opened it even after its session became somebody else.
 */
struct smb1_view {
	struct smb1_view *next; /* in the tree's list */
	unsigned refs;
	uint16_t uid;
	nt_status refused;      /* not 0: this session may not use the share; fs is NULL */
	struct fs_tree *fs;
};

struct smb1_tree {
	uint16_t tid;
	enum fs_share_type type;
	struct fs_share *share;  /* counted */
	bool entered;            /* counted among the share's uses */
	struct smb1_view *views; /* none for IPC$ */
	struct live_record *live;
	/* Where users are not told apart (core, share-level), the tree is connected in somebody's name: by his password. */
	bool has_identity;
	struct auth_identity identity;
	bool by_share_password, read_only;
	struct comm_port *port;  /* of a COMM share; NULL: none that was there at the start */
	uint32_t port_wait_ms;   /* for another client to let go of it */
	bool posix_names;        /* agreed on by a Unix client */
	bool posix_locks;        /* so are these */
};

/* What FilePositionInformation tells: of one handle, even where two FIDs share it (DENY_DOS, FCB). */
struct smb1_position {
	unsigned refs; /* FIDs of this connection */
	uint64_t current_byte_offset;
};

/* The WRITE_MPX exchange of a FID: requests of one PID and MID, all but the last without a SequenceNumber. */
struct smb1_mpx_write {
	uint32_t pid;
	uint16_t mid;
	uint16_t number;   /* the newest that was answered; 0: none */
	uint32_t answered; /* with this mask */
	uint32_t arrived;  /* RequestMasks since then */
};

/* A FID: a file of fs/, a named pipe or a serial port. */
struct smb1_fid {
	uint16_t fid, tid, uid;
	uint32_t pid;
	struct smb1_position *position; /* files only */
	struct fs_open *file;    /* with view, or */
	struct smb1_view *view;  /* counted */
	struct rpc_pipe *pipe;   /* with settings */
	struct smb1_settings_ref *settings; /* counted: what the pipe tells about the server */
	struct comm_open *port;
	uint16_t print_job;      /* not 0: the file is a job in a spool folder, */
	uint64_t printed;        /* of which this much is there: writes append */
	bool print_lost;         /* the write before had no room, and what it brought was not sent again */
	bool break_unanswered;   /* the client was told to give up its oplock, and has not answered */
	bool pipe_byte_mode;     /* reads do not stop at message ends */
	nt_status owed;          /* what became of bytes that the client did not wait for (WRITE_RAW, WRITE_MPX): see io_take_owed */
	struct smb1_mpx_write mpx_write;
};

struct smb1_search {
	uint16_t sid, tid, uid;
	struct fs_search *search;
	uint16_t level;
	bool old_style;          /* SEARCH, FIND: keyed by what the client sends back */
	uint64_t last_used;      /* for recycling old-style searches */
	size_t bytes;            /* of its snapshot when it began */
	uint8_t pattern[11];     /* returned in resume keys */
};

struct smb1_conn {
	struct net_conn *net;
	struct smb1_server *server;
	struct smb1_settings_ref *settings; /* counted snapshot */
	const struct oem_page *oem;         /* what a client at this address writes without Unicode */
	enum smb1_dialect dialect;
	bool dos;                /* its DOS flavour */
	bool negotiated;
	bool authenticated;      /* somebody with a name has logged on: the deadline for strangers is over */
	bool extended_security;
	bool share_level;        /* passwords of shares, no users */
	bool plaintext;          /* passwords come as they are, no challenge was sent */
	uint16_t gathering_uid;  /* whose token came in pieces last */
	/* Core and share-level connections: stands for whatever UID the client sends. Established, nobody in particular. */
	struct smb1_session *default_session;
	char calling_name[16];   /* of the NetBIOS session; "" on 445 */
	bool session_open;       /* the NetBIOS session is established (port 139), always true on 445 */
	uint8_t challenge[8];
	uint32_t client_capabilities;
	uint32_t max_buffer;     /* what we announced */
	uint32_t client_max_buffer;
	uint16_t client_max_mpx;
	int tz_min;
	char client_os[64];      /* native OS string, for the log */
	struct idtable sessions, trees, fids, sids;
	size_t search_bytes;     /* of all sids */
	struct signing signing;
	struct smb1_connectionless *connectionless; /* NULL: the transport keeps messages whole, once and in order */
	struct smb1_req *parked;   /* list of those that wait for another client */
	struct smb1_req *watching; /* list of those that wait until something happens in a folder: perhaps for ever */
	uint16_t n_parked, n_watching;
	size_t parked_bytes;
	bool broken;               /* some request has asked to drop the connection; others may be running around it */
	struct smb1_transaction *transactions; /* list of partial ones */
	uint16_t n_transactions;
	uint64_t next_req_id;
	size_t n_breaks_unanswered; /* FIDs */
	uint64_t raw_writer;     /* the parked WRITE_RAW whose bytes come next, in a frame that is no message; 0: none */
	struct smb1_message *messages; /* begun by SEND_START_MULTI */
	uint16_t last_message_group;
	bool closing;            /* the peer is gone */
};

struct smb1_session *conn_session(const struct smb1_conn *c, uint16_t uid); /* established ones only */
struct smb1_tree *conn_tree(const struct smb1_conn *c, uint16_t tid);
/* STATUS_TOO_MANY_SESSIONS: no memory. */
NT_WARN_UNUSED nt_status conn_make_default_session(struct smb1_conn *c);
/* A new session, not established. NULL: no memory, or too many. */
struct smb1_session *conn_add_session(struct smb1_conn *c);

/* Closes every FID that the filter accepts; a late write error has nobody to go to. */
struct fid_filter {
	bool by_uid, by_tid, by_pid;
	uint16_t uid, tid;
	uint32_t pid;
};
void conn_close_fids(struct smb1_conn *c, const struct fid_filter *filter);
void conn_close_search(struct smb1_conn *c, struct smb1_search *s);
void conn_close_searches(struct smb1_conn *c, uint16_t tid, uint16_t uid);
/* Searches at or below a folder that is being removed ([MS-CIFS] <243>). */
void conn_close_searches_below(struct smb1_conn *c, uint16_t tid, const char *folder);
void conn_free_session(struct smb1_conn *c, struct smb1_session *s);
void conn_free_tree(struct smb1_conn *c, struct smb1_tree *t);
nt_status conn_close_fid(struct smb1_conn *c, struct smb1_fid *f, nttime write_time);

/* A new tree with a TID. NULL: no memory, or too many. */
struct smb1_tree *conn_add_tree(struct smb1_conn *c, struct fs_share *share);
/* The session's view of the tree; borrowed. STATUS_ACCESS_DENIED and others: it may not use the share. */
nt_status conn_view(struct smb1_conn *c, struct smb1_tree *t, const struct smb1_session *s, struct smb1_view **out);
/* The session is somebody else from now on, or gone: what it saw so far is not shown again. */
void conn_forget_views(struct smb1_conn *c, uint16_t uid);
/* A share of the settings in force; NULL: none of this name. IPC$ is not among them. */
struct fs_share *conn_find_share(const struct smb1_conn *c, const char *name);
bool conn_is_dfs_root(const struct smb1_conn *c, const struct fs_share *share);
/* A tree of a share as this session sees it, outside of its tree connects; ended by fs_tree_disconnect. */
nt_status conn_look_into(struct smb1_conn *c, const struct smb1_session *s, struct fs_share *share, struct fs_tree **out);
struct smb1_view *smb1_view_get(struct smb1_view *v);
void smb1_view_put(struct smb1_view *v); /* NULL is allowed */

/* Somebody has proved who he is, or a share's password: the limits of strangers end. */
void conn_is_no_stranger(struct smb1_conn *c);

/* The newest settings, for what begins now: a session or a tree. */
void conn_take_current_settings(struct smb1_conn *c);

#endif
