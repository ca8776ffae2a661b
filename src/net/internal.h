/*
 * Inside net/: the connection and the parts that serve it. Each field says who may touch it: the token's owner, or
 * whoever holds the named lock.
 */
#ifndef NET_INTERNAL_H
#define NET_INTERNAL_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

/* uthash's default has fall-throughs that clang warns of. */
#define HASH_FUNCTION(key, len, hash) HASH_SAX(key, len, hash)
#include <uthash.h>

#include "base/lock.h"
#include "net/net.h"

/* What one read may take from the socket before frames are told apart. Larger frames are read into their own buffer. */
#define NET_SCRATCH ((size_t)16 << 10)
/* Frames a connection may have in one turn while others wait. */
#define NET_TURN_FRAMES 16u

/* ---- actor.c: tokens, mailboxes, registry, run queue ---- */

enum actor_state { ACTOR_IDLE, ACTOR_QUEUED, ACTOR_RUNNING };

enum { /* reasons to run, besides mail */
	PENDING_EVENT = 1, /* its socket became ready while somebody else had the token */
	PENDING_DUE = 2,   /* its timer ran out */
	PENDING_STOP = 4,  /* the server ends: finish, flush, close */
	PENDING_KILL = 8,  /* close now */
	PENDING_AGAIN = 16, /* the last turn left frames behind */
};

struct mail_item {
	struct mail_item *next;
	struct net_mail mail;
};

struct actor {
	enum actor_state state;       /* shard lock */
	unsigned pending;             /* shard lock */
	struct mail_item *mail, **mail_end; /* shard lock */
	struct conn *next_queued;     /* run queue's lock */
};

/* What a new owner finds to do. */
struct actor_work {
	unsigned pending;
	struct mail_item *mail; /* owned */
};

#define REGISTRY_SHARDS 64u

struct registry_shard {
	_Alignas(64) struct lock lock;
	struct conn *conns; /* by id */
};

struct run_queue {
	struct lock lock;
	struct conn *head, **end;
};

struct registry {
	struct registry_shard shards[REGISTRY_SHARDS];
	struct run_queue queue;
	atomic_uint_fast64_t last_id;
	atomic_uint count;
};

void registry_init(struct registry *r);
void registry_fini(struct registry *r);
/* Gives the connection its id; the caller holds its token. */
void registry_add(struct registry *r, struct conn *c);
/* From now on nobody finds it; undelivered mail is freed. The caller holds the token. */
void registry_remove(struct registry *r, struct conn *c);
/* Adds to every connection's pending set. */
void registry_each_pending(struct net *n, unsigned pending);

/* The token of an idle connection; NULL: gone, or its owner was told. */
struct conn *actor_take(struct net *n, uint64_t id, struct actor_work *work);
/* The token of the next queued connection; NULL: none. */
struct conn *actor_take_queued(struct net *n, struct actor_work *work);
/* Gives the token back. False: there is new work, the caller goes on. */
bool actor_release(struct conn *c, struct actor_work *work);
/* Gives the token back to the run queue, so that others have their turn first. */
void actor_requeue(struct conn *c, unsigned pending);
/* As net_post, but only reasons. */
bool actor_pend(struct net *n, uint64_t id, unsigned pending);

/* ---- timer.c: one deadline per connection ---- */

struct timer_heap {
	struct lock lock;
	int fd; /* timerfd of the first */
	struct conn **entries;
	size_t len, cap;
};

struct timer_node {
	uint64_t at_ms; /* heap's lock */
	size_t index;   /* heap's lock; 1-based, 0: not in the heap */
};

/* 0 or -errno. */
int timer_init(struct timer_heap *h);
void timer_fini(struct timer_heap *h);
/* False: no memory. */
bool timer_set(struct timer_heap *h, struct conn *c, uint64_t at_ms);
void timer_remove(struct timer_heap *h, struct conn *c);
/* Takes what is due out of the heap: the ids of at most cap connections; fewer than cap: nothing more is due. */
size_t timer_due(struct timer_heap *h, uint64_t now_ms, uint64_t *ids, size_t cap);

/* ---- poller.c: the epoll that the pool waits in ---- */

struct poller {
	int epoll;
	int queue_fd; /* eventfd, edge-triggered: the run queue has something */
	int stop_fd;  /* eventfd, level-triggered: every thread leaves */
};

enum poller_event { POLLER_CONN, POLLER_QUEUE, POLLER_STOP, POLLER_SOURCE, POLLER_NOTHING };

int poller_init(struct poller *p);
void poller_fini(struct poller *p);
enum poller_event poller_wait(struct poller *p, uint64_t *conn_id, uint32_t *events);
void poller_signal_queue(struct poller *p);
void poller_signal_stop(struct poller *p);
/* The same for a descriptor of net_add_source; poller_wait gives its number as the connection's. */
int poller_arm_source(struct poller *p, unsigned number, int fd, bool first);
/* One-shot; 0 or -errno. */
int poller_arm(struct poller *p, int fd, uint64_t conn_id, uint32_t events, bool first);

/* ---- pool.c: threads and run permits ---- */

struct pool {
	struct lock lock;
	pthread_cond_t spares; /* threads without a permit wait here */
	bool standing_by;      /* one of them watches whether it is needed; lock */
	int limit;             /* permits */
	atomic_int active;     /* threads that run or wait for events */
	atomic_int waiting;    /* of these: wait for events */
	atomic_bool alert;     /* a spare was asked to stand by */
	atomic_bool stopping;
	pthread_t *threads;
	unsigned n_threads;
};

void pool_init(struct pool *p, unsigned n_threads, unsigned n_permits);
void pool_fini(struct pool *p);
/* 0 or -errno (no thread is left behind). body runs once in every thread. */
int pool_start(struct pool *p, void *(*body)(void *), void *arg);
/* Wakes the spares; threads in the poller need poller_signal_stop. Joins all. */
void pool_stop(struct pool *p);
/* In each thread, first. */
void pool_join(struct pool *p);
/* Before a thread waits for events: returns when it may; false: the pool ends. */
bool pool_before_wait(struct pool *p);
void pool_after_wait(struct pool *p);

/* ---- limits.c: strangers per address ---- */

struct stranger;

struct limits {
	struct lock lock;
	struct stranger *strangers;
	unsigned max_per_address;
};

void limits_init(struct limits *l, unsigned max_per_address);
void limits_fini(struct limits *l);
/* False: this address has as many unauthenticated connections as it may. */
bool limits_add(struct limits *l, const struct sockaddr_storage *peer);
void limits_remove(struct limits *l, const struct sockaddr_storage *peer);

/* ---- accept.c: listeners ---- */

#define NET_MAX_LISTENERS 64u

struct listener {
	int fd;
	enum net_transport transport;
};

struct acceptor {
	struct listener listeners[NET_MAX_LISTENERS];
	unsigned n_listeners;
	int reserve_fd;          /* given up to accept and refuse one connection when descriptors run out; -1: none */
	uint64_t paused_until;   /* ms: the kernel had no memory; 0: not paused */
	uint64_t complain_after; /* ms: the same trouble is logged once a minute */
};

void acceptor_init(struct acceptor *a);
void acceptor_close(struct acceptor *a);
/* Accepts what waits at one listener. */
void acceptor_ready(struct net *n, const struct listener *l);

/* ---- tcp.c, receive.c, send.c, out.c: the connection ---- */

struct out_queue {
	uint8_t *bytes;
	size_t start, len, cap; /* the unsent: bytes[start .. start + len) */
};

struct conn {
	struct net_conn pub; /* first: net_conn and conn are the same address */
	struct net *net;
	int fd;
	struct actor actor;
	struct timer_node timer;
	UT_hash_handle hh; /* shard lock */

	/* The rest belongs to the token. */
	uint8_t header[4];
	uint8_t header_len; /* bytes of header received */
	bool kept;          /* the protocol keeps the body of the running frame() */
	uint8_t frames_to_copy; /* before a payload is spliced again */
	bool dead;          /* close without flush */
	bool closing;       /* close when flushed, read nothing more */
	bool stopping;      /* as closing, after one last look at the socket */
	bool draining;      /* all sent, FIN sent: waits for the peer's, so that no RST destroys what is on its way */
	bool throttled;     /* not read, since too much is unsent */
	bool authenticated;
	uint32_t armed;     /* events that epoll watches now */
	unsigned frames;    /* in this turn */
	uint8_t *body;      /* the frame being received or delivered; NULL: none */
	size_t body_len, body_have;
	size_t payload_at;  /* where in body nobody looks any more; 0: nowhere. Of the frame before, until the next one begins */
	uint8_t *stash;     /* received but not looked at, since the turn was over; NULL: none */
	size_t stash_len;
	struct out_queue out;
	uint64_t deadline;  /* the protocol's; 0: none. All in monotonic ms */
	uint64_t frame_deadline, auth_deadline, stall_deadline, drain_deadline;
	uint64_t timer_at;  /* what the timer is set to */
};

/* Takes fd. Runs the protocol's open(). Counts as a stranger already. */
void conn_accept(struct net *n, int fd, enum net_transport transport, const struct sockaddr_storage *peer);
/* One turn or more under the token, which is given back, or the connection is gone. */
void conn_run(struct conn *c, struct actor_work *work, uint32_t events, uint8_t *scratch);

static inline struct conn *conn_of(struct net_conn *pub)
{
	return (struct conn *)pub;
}

/* The longest body that the length field of the transport can say. [RFC1002] 4.3.1, [MS-SMB] 2.1 */
size_t conn_length_max(enum net_transport transport);

/* Frames that an earlier turn left behind. */
void conn_feed_stash(struct conn *c);
/* Reads until the socket has no more or the turn is over. */
void conn_receive_frames(struct conn *c, uint8_t *scratch);
/* Some bytes of the socket, how many; -1: nothing there, or the connection is dead. */
ssize_t conn_receive(struct conn *c, uint8_t *into, size_t cap);
/* Copied behind what waits; the connection is dead if that is too much. */
void conn_queue(struct conn *c, const uint8_t *bytes, size_t len);
/* pages.c: the end of a frame, out of this thread's pipe. */
void conn_send_pages(struct conn *c, size_t len);
/* pages.c: the end of a frame, into this thread's pipe: it is conn->tail. False: it has not come whole, or goes the way of copies. */
bool conn_receive_pages(struct conn *c);
/* The tail into memory after all. False: somebody has begun to take it. */
bool conn_fetch_tail(struct conn *c);
/* Whatever is left of it is thrown away. */
void conn_end_tail(struct conn *c);
/* The thread ends. */
void pages_end(void);
/* Sends what waits and the socket takes. */
void conn_flush(struct conn *c);

/* Appends to the out-queue. False: no memory, or over NET_OUT_MAX. */
bool out_append(struct out_queue *q, const uint8_t *bytes, size_t len);
/* Sends what the socket takes. 0 or -errno; *progress: something went out. */
int out_flush(struct out_queue *q, int fd, bool *progress);
void out_fini(struct out_queue *q);

/* address.c. "192.0.2.7:1025" or "[2001:db8::7]:1025"; an IPv4 address in IPv6 clothes is written as IPv4. */
void net_address_text(const struct sockaddr_storage *address, char *out, size_t cap);

/* The constants of net.h; tests do not wait that long. */
struct net_times {
	unsigned frame_before_auth_ms, frame_ms, auth_ms, stall_ms;
};

struct net {
	struct net_options options;
	struct net_times times;
	const struct net_protocol *protocol;
	void *ctx;
	struct poller poller;
	struct pool pool;
	struct registry registry;
	struct timer_heap timers;
	struct limits limits;
	struct acceptor acceptor;
	struct {
		int fd;
		void (*ready)(void *user);
		void *user;
	} sources[NET_SOURCES_MAX];
	unsigned n_sources;
	int wake_fd; /* eventfd: the main thread looks at the two below */
	atomic_bool stop_requested;
};

#endif
