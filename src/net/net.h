/*
 * Connections: one epoll, a pool of threads with run permits, framed TCP with back-pressure, a mailbox per connection.
 *
 * One owner at a time: every callback of a connection runs under its token, on some thread, never two at once; state that
 * hangs on conn->user needs no lock. Other threads reach a connection only by id: net_post() leaves mail, which is
 * delivered under the token; mail for a connection that is gone is dropped.
 *
 * Frames: the 4-byte NetBIOS session header ([RFC1002] 4.3.1, [MS-SMB] 2.1). The length field has 17 bits on a
 * NetBIOS listener and 24 bits on a direct one.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/smbtime.h"

struct net;

/* Below, a copy costs less than the system calls that spare it. */
#define NET_PAYLOAD_MIN ((size_t)32 << 10)
/* What a frame may have before the protocol raises conn->max_frame. */
#define NET_FRAME_BEFORE_AUTH ((size_t)128 << 10)
/* Above this many unsent bytes a connection is not read; below a quarter of it, it is again. */
#define NET_OUT_HIGH ((size_t)256 << 10)
/* A connection that has this much unsent is dropped: the protocol goes on sending to a peer that does not read. */
#define NET_OUT_MAX ((size_t)32 << 20)
/* A half-received frame has to be complete after this long: a peer that stalls holds a buffer. */
#define NET_FRAME_MS_BEFORE_AUTH 30000u
#define NET_FRAME_MS 120000u
/* A connection has to log on (net_authenticated) within this time. */
#define NET_AUTH_MS 120000u
/* A peer that takes not one byte of what waits for it is gone after this long. */
#define NET_STALL_MS 120000u

/* CONNECTIONLESS: frames may be lost, repeated and out of order. No listener is of that kind, the net of the tests is. */
enum net_transport { NET_DIRECT, NET_NETBIOS, NET_CONNECTIONLESS };

struct net_conn {
	uint64_t id;                  /* never reused */
	enum net_transport transport;
	struct sockaddr_storage peer, local;
	char peer_text[64];           /* "192.0.2.7:1025", for the log */
	void *user;                   /* the protocol's state */
	size_t tail;                  /* inside frame(): as many bytes at the body's end are not in memory but in net_tail() */
	size_t max_frame;             /* bytes a frame may have; raised after authentication; longer ones drop the connection */
};

struct net_mail {
	uint32_t kind;   /* the protocol's */
	uint64_t a, b;
	void *payload;   /* malloc'd; owned by the receiver; freed with free() if the connection is gone */
};

/* The protocol on top. Every callback runs under the connection's token. */
struct net_protocol {
	/* A new connection; false refuses it (closed at once, without closed()). */
	bool (*open)(void *ctx, struct net_conn *c);
	/* A whole frame: type byte of the session header and its body. The body is writable and valid until the callback returns
	 * unless net_keep_frame() was called. false drops the connection. */
	bool (*frame)(void *ctx, struct net_conn *c, uint8_t type, uint8_t *body, size_t len);
	/* Of a frame of len bytes (NET_PAYLOAD_MIN at least) the first `have` are there: where its last part begins, which frame() does not look
	 * at; it may then come as conn->tail. 0: frame() looks at all of it. NULL: always. The next frame is received as if it began alike. */
	size_t (*payload)(void *ctx, struct net_conn *c, uint8_t type, const uint8_t *body, size_t have, size_t len);
	bool (*mail)(void *ctx, struct net_conn *c, const struct net_mail *mail);
	/* The time set with net_set_deadline has come (then it is unset). */
	bool (*deadline)(void *ctx, struct net_conn *c);
	/* The connection is gone, for any reason; free conn->user. The last callback. */
	void (*closed)(void *ctx, struct net_conn *c);
};

struct net_options {
	unsigned n_threads;       /* 0: chosen by the number of processors */
	unsigned n_permits;       /* 0: number of processors */
	unsigned max_connections; /* 0: bounded by RLIMIT_NOFILE only */
	unsigned max_per_address; /* unauthenticated connections per peer address; 0: no limit */
};

/* NULL with errno. protocol and ctx live as long as the net. */
struct net *net_new(const struct net_options *options, const struct net_protocol *protocol, void *ctx);
/* Takes a bound, listening socket. 0 or -errno. */
int net_add_listener(struct net *n, int fd, enum net_transport transport);
/* A descriptor of somebody else's: when it is readable, ready is called on a thread of the pool, one at a time; it may sleep
 * inside blocking brackets. Borrowed; before net_run, at most NET_SOURCES_MAX. 0 or -errno. */
enum { NET_SOURCES_MAX = 4 };
int net_add_source(struct net *n, int fd, void (*ready)(void *user), void *user);
/* Bind and listen: addr "0.0.0.0", "::" (IPv6 only), "127.0.0.1"; the fd or -errno. */
int net_listen(const char *addr, uint16_t port);
/* Runs until net_stop (async-signal-safe); once per net. Makes the threads, so what a sandbox does to the caller before
 * holds for all of them. Signals: handler is called on the main thread for each SIGHUP, SIGTERM, SIGINT, SIGUSR1
 * (through signalfd); it may call net_stop. After the stop no new connections; what is in flight is finished and flushed
 * for at most grace_ms, then every connection is closed. */
int net_run(struct net *n, void (*on_signal)(void *user, int signo), void *user, unsigned grace_ms);
void net_stop(struct net *n);
/* Closes the listeners too. NULL is allowed. */
void net_free(struct net *n);

/* From any thread. False: no such connection (the payload was freed). */
bool net_post(struct net *n, uint64_t conn_id, const struct net_mail *mail);

/* Under the token only: */
/* Sends a frame whose body is the pieces in order (the 4-byte header is made here). What the socket does not take at once
 * is copied to the out-queue; while that is longer than NET_OUT_HIGH the connection stops reading. */
void net_send(struct net_conn *c, uint8_t type, const struct slice *pieces, size_t n_pieces);
/* A file's pages, to be sent without a copy: spliced into this thread's pipe, which is empty (its descriptor; -1: there is none), then
 * sent as the last len bytes of a frame's body. Nothing was put into it: net_pages_unused. Both before the thread does anything else. */
enum { NET_PAGES_MAX = 128 << 10 };
int net_pages(void);
void net_pages_unused(void);
void net_send_pages(struct net_conn *c, uint8_t type, const struct slice *pieces, size_t n_pieces, size_t len);
/* A frame of raw bytes without look at it, for tests and NetBIOS negative responses: as net_send then close when flushed. */
void net_close_after_flush(struct net_conn *c);
/* Monotonic milliseconds; 0 unsets. One deadline per connection. */
void net_set_deadline(struct net_conn *c, uint64_t at_ms);
uint64_t net_monotonic_ms(void);
/* Only inside frame(): keeps the frame's body beyond the callback (a parked request owns it). Returns body itself, which
 * stays where it is; free() it later. A tail is read into it; NULL: that is not possible any more. */
uint8_t *net_keep_frame(struct net_conn *c);
/* Only inside frame() of a body with a tail: the end of a pipe that has conn->tail bytes, and who takes them all says so. What he leaves
 * there nobody gets. */
int net_tail(struct net_conn *c);
void net_tail_taken(struct net_conn *c);
/* Tells the limits of strangers that this peer has logged on (or connected a share, where the dialect knows no logon);
 * without it the connection ends after NET_AUTH_MS. */
void net_authenticated(struct net_conn *c);
/* Bytes waiting in the out-queue. */
size_t net_out_pending(const struct net_conn *c);
unsigned net_count(const struct net *n);

#endif
