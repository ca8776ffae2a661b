/*
 * Who is connected, for those who ask from another connection: a record for each established session and each tree, kept in
 * one list of the server under one lock (LOCK_RANK_LEAF) that is held for nothing but copying. A record is made and removed
 * by the owner of its connection, who alone has a pointer to it; counters in it are atomic.
 *
 * Without memory for a record its session is simply not shown.
 */
#ifndef SMB1_LIVE_H
#define SMB1_LIVE_H

#include <stdatomic.h>

#include "base/lock.h"
#include "fs/facts.h"

struct smb1_conn;
struct smb1_session;
struct smb1_tree;
struct smb1_fid;

struct live_record {
	struct live_record *next, **link;
	bool is_tree;
	uint64_t conn_id;
	uint32_t id; /* session: UID; tree: a number of its own */
	nttime since;
	_Atomic nttime last_used;
	atomic_uint opens;
	bool guest;
	enum fs_share_type type;
	char *client, *client_type, *user, *domain, *share;
};

struct live {
	struct lock lock;
	struct live_record *records;
	uint32_t last_tree;
};
void live_init(struct live *live);
void live_fini(struct live *live);

/* The session got this identity; replaces what was told before. */
void live_session_began(struct smb1_conn *c, struct smb1_session *s, nttime now);
/* s made the tree. */
void live_tree_began(struct smb1_conn *c, struct smb1_tree *t, const struct smb1_session *s, nttime now);
void live_ended(struct smb1_conn *c, struct live_record **record);
void live_used(struct live_record *record, nttime now); /* NULL is allowed */
/* A FID of the connection came, or goes. */
void live_count_fid(struct smb1_conn *c, const struct smb1_fid *f, bool opened);

/* Ends the connections of the same address that are not c, as far as somebody has logged on there. */
void live_end_others(const struct smb1_conn *c);

/* For the facts of a settings snapshot. */
void live_facts(struct fs_server_facts *facts);

#endif
