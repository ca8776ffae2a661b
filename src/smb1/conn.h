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
#include "fs/dir.h"
#include "fs/open.h"
#include "fs/share.h"
#include "net/net.h"
#include "rpc/pipe.h"
#include "smb1/idtable.h"
#include "smb1/server_internal.h"
#include "smb1/signing.h"
#include "wire/smb1/smb1.h"

/* Limits per connection, each with its reason. */
enum {
	MAX_SESSIONS = 256,      /* terminal servers put every user on one connection */
	MAX_TREES = 1024,        /* a client uses a handful; bounds a hostile one */
	MAX_FIDS = 16384,        /* what NT offered; memory is bounded by it */
	MAX_SIDS = 4096,         /* NT's own limit; DOS clients never close searches ([FIELD] B3) */
	MAX_PARKED = 256,        /* above what we announce as MaxMpxCount, for clients that overshoot */
	MAX_TRANSACTIONS = 8,    /* partial transactions; clients send one or two */
	SERVER_MAX_MPX = 50,     /* DOS and WfW cannot cope with more ([FIELD] A7) */
	SERVER_MAX_BUFFER = 16644, /* NT's figure, a multiple of 4 */
	SERVER_MAX_RAW = 65536,  /* pysmb sizes its reads by it ([FIELD] C6 70) */
	FRAME_MAX = 0x1FFFF,      /* after the logon: the largest that port 139 can carry */
	MIN_CLIENT_BUFFER = 500, /* NT refuses less; every fixed reply fits */
	LARGE_IO_MAX = 0x1FFFF - 256, /* a reply stays inside the 17-bit session length with its header */
};

struct smb1_session {
	uint16_t uid;
	bool established;                /* false while the exchange is in progress */
	struct auth_exchange *exchange;  /* extended security, between its legs */
	struct auth_identity identity;
};

struct smb1_tree {
	uint16_t tid;
	uint16_t uid;            /* who connected it */
	enum fs_share_type type;
	struct fs_tree *fs;      /* NULL for IPC$ */
	char *share_name;        /* as the share has it; owned */
};

/* What FilePositionInformation tells: of one handle, even where two FIDs share it (DENY_DOS, FCB). */
struct smb1_position {
	unsigned refs; /* FIDs of this connection */
	uint64_t current_byte_offset;
};

/* A FID: a file of fs/ or a named pipe. */
struct smb1_fid {
	uint16_t fid, tid, uid;
	uint32_t pid;
	struct smb1_position *position; /* files only */
	struct fs_open *file;    /* or */
	struct rpc_pipe *pipe;
	bool pipe_byte_mode;     /* reads do not stop at message ends */
};

struct smb1_search {
	uint16_t sid, tid;
	struct fs_search *search;
	uint16_t level;
	bool old_style;          /* SEARCH, FIND: keyed by what the client sends back */
	uint64_t last_used;      /* for recycling old-style searches */
	uint8_t pattern[11];     /* returned in resume keys */
};

struct smb1_conn {
	struct net_conn *net;
	struct smb1_server *server;
	struct smb1_settings_ref *settings; /* counted snapshot */
	enum smb1_dialect dialect;
	bool negotiated;
	bool authenticated;      /* somebody has logged on: the deadline for strangers is over */
	bool extended_security;
	bool session_open;       /* the NetBIOS session is established (port 139), always true on 445 */
	uint8_t challenge[8];
	uint32_t client_capabilities;
	uint32_t client_max_buffer;
	uint16_t client_max_mpx;
	int tz_min;
	char client_os[64];      /* native OS string, for the log */
	struct idtable sessions, trees, fids, sids;
	struct signing signing;
	struct smb1_req *parked; /* list */
	uint16_t n_parked;
	struct smb1_transaction *transactions; /* list of partial ones */
	uint16_t n_transactions;
	uint64_t next_req_id;
};

struct smb1_session *conn_session(const struct smb1_conn *c, uint16_t uid); /* established ones only */
struct smb1_tree *conn_tree(const struct smb1_conn *c, uint16_t tid);

/* Closes every FID that the filter accepts; a late write error has nobody to go to. */
struct fid_filter {
	bool by_uid, by_tid, by_pid;
	uint16_t uid, tid;
	uint32_t pid;
};
void conn_close_fids(struct smb1_conn *c, const struct fid_filter *filter);
void conn_close_search(struct smb1_conn *c, struct smb1_search *s);
void conn_close_searches(struct smb1_conn *c, uint16_t tid);
/* Searches at or below a folder that is being removed ([MS-CIFS] <243>). */
void conn_close_searches_below(struct smb1_conn *c, uint16_t tid, const char *folder);
void conn_free_session(struct smb1_conn *c, struct smb1_session *s);
void conn_free_tree(struct smb1_conn *c, struct smb1_tree *t);
nt_status conn_close_fid(struct smb1_conn *c, struct smb1_fid *f, nttime write_time);

/* A context for fs calls that no request stands behind (tear-down). */
struct fs_ctx conn_fs_ctx(struct smb1_conn *c, struct fs_tree *tree, struct arena *arena);

#endif
