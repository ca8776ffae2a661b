/*
 * net/ without sockets, threads and real time: it provides the symbols of net/net.h to the code above, which is linked with
 * this file instead of net_lib. A test delivers frames by hand and takes what the server sends from a queue; mail and
 * deadlines come in a known order; the clock moves only by fake_advance(). nttime_now() and random_bytes() are wrapped at
 * link time (-Wl,--wrap): the wall clock runs with the virtual one, and random bytes are the same in every run.
 *
 * One net at a time, one thread.
 */
#ifndef TESTS_FAKE_NET_H
#define TESTS_FAKE_NET_H

#include "net/net.h"

/* The wall clock at the start of each net: 2023-11-14 22:13:20 UTC. */
#define FAKE_EPOCH (NTTIME_UNIX_EPOCH + 1700000000ull * NTTIME_PER_SEC)

struct fake_frame {
	struct fake_frame *next;
	uint8_t type;
	size_t len;
	uint8_t body[];
};

struct fake_conn {
	struct net_conn pub; /* first: net_conn and fake_conn are the same address */
	struct fake_conn *next;
	struct net *net;
	uint64_t deadline_ms; /* 0: unset */
	bool in_callback, gone; /* gone: closed() was called */
	bool kept;              /* the protocol keeps the body in hand */
	uint8_t *body;
	size_t body_len;
	bool tail_lent, copies; /* copies: a test wants no payload in a pipe */
	unsigned n_tails;       /* payloads that came so */
	bool close_when_flushed, authenticated;
	struct fake_frame *out, **out_end; /* what the server sent and the test has not taken */
	size_t out_bytes, n_out;
};

struct net *fake_net_new(const struct net_protocol *protocol, void *ctx);
/* Closes every connection. */
void fake_net_free(struct net *n);

/* A new client; NULL: the protocol refused it. Owned by the net. */
struct fake_conn *fake_connect(struct net *n, enum net_transport transport);
/* The same from 198.51.100.host: where a server tells its clients apart by their address. */
struct fake_conn *fake_connect_from(struct net *n, enum net_transport transport, uint8_t host);
/* One frame from the client, then all mail. The payload of a write, if not tiny, comes in a pipe, as from a socket. The protocol sees a copy of
 * exactly len bytes. False: the connection is gone. */
bool fake_deliver(struct fake_conn *c, uint8_t type, const void *body, size_t len);
/* The client's end of the connection closes, then all mail. */
void fake_hang_up(struct fake_conn *c);
/* The oldest frame that the server sent; free() it. NULL: none. */
struct fake_frame *fake_take(struct fake_conn *c);

/* Moves the clock; deadlines are called when their time comes. */
void fake_advance(struct net *n, uint64_t ms);
/* While held, mail is kept back: what happens between a wake-up and its delivery can be tested. */
void fake_hold_mail(struct net *n, bool hold);
/* Delivers mail until there is none. */
void fake_pump(struct net *n);
/* The server's memory of randomness, for fuzzers: the same seed, the same bytes. */
void fake_seed(uint64_t seed);

#endif
