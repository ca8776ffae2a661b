/*
 * A gateway whose server is a script. Connections are made one after another as the test has laid them out; the clock stands still until the
 * test moves it; what the gateway tells this server's oplocks is written down.
 */
#ifndef TESTS_GATEWAY_UPSTREAM_H
#define TESTS_GATEWAY_UPSTREAM_H

#include "../client/peer.h"
#include "gateway/gateway.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/open.h"

enum { UPSTREAM_CONNECTIONS_MAX = 4, UPSTREAM_BREAKS_MAX = 8 };

struct upstream {
	struct vfs *vfs;
	struct peer *peers[UPSTREAM_CONNECTIONS_MAX]; /* NULL: the connection cannot be made */
	unsigned n_peers, n_dials, n_hang_ups, n_wakes;
	struct gateway_link *watched;
	nttime now;
	_Atomic bool has_others; /* other threads make calls, too: who waits for an answer may get it by those */
	/* A connection that breaks at the moment when who waits for an answer on it is about to let others in. */
	struct peer *_Atomic breaks_beneath;
	bool has_come_to_wait;
	void *_Atomic waits_on;  /* somebody does, */
	bool hung_up_beneath;    /* and it was ended meanwhile */
	/* What `broken` was asked, and says. */
	struct {
		uint64_t open_id;
		enum vfs_oplock to;
	} breaks[UPSTREAM_BREAKS_MAX];
	unsigned n_breaks;
	bool holder_answers;
	/* What `changed` was told last. */
	struct {
		uint64_t id;
		uint32_t n;
		bool goes_on;
		char name[32];
	} news;
	unsigned n_news;
};

/* What most tests are about: a file, or a folder, on a server. */
struct held {
	struct upstream u;
	struct peer *p; /* NULL: it hears no more of it */
	struct vfs_file *f;
};

void upstream_init(struct upstream *u);
void upstream_fini(struct upstream *u);
/* The next connection; its logon and its tree are behind it. NULL if it fails. */
struct peer *upstream_connects(struct upstream *u);
void upstream_refuses(struct upstream *u);

/* A new file "f", made and admitted with these rights and this wish; the steps for that are added to p. */
struct vfs_file *upstream_file(struct upstream *u, struct peer *p, uint32_t access, enum vfs_oplock wish, uint8_t granted);

/* Steps. */
void upstream_creates(struct peer *p); /* fid 7, without an oplock, closed next */
void upstream_closes(struct peer *p);
void upstream_admits(struct peer *p);  /* fid 9, with upstream_grants */
void upstream_admits_and_breaks(struct peer *p); /* both in one go */
void upstream_denies(struct peer *p);
void upstream_tells_access(struct peer *p); /* upstream_has_access */
void upstream_locks(struct peer *p);
void upstream_refuses_lock(struct peer *p);
void upstream_hears(struct peer *p);   /* an acknowledged break, which has no answer: upstream_heard */
void upstream_reads(struct peer *p);   /* "abc" */
extern uint8_t upstream_grants;
extern uint32_t upstream_has_access;
extern uint32_t upstream_asked_access;
extern uint8_t upstream_asked_oplock;
extern int upstream_heard; /* the level of the last acknowledgement; -1: none */

void upstream_sends_break(struct peer *p, bool to_level_ii); /* of fid 9 */
/* The server takes back the oplock of fid 9. */
void upstream_breaks(struct upstream *u, struct peer *p, bool to_level_ii);

#endif
