/*
 * A running net with a small protocol, for tests. A frame's first byte is an order:
 *   E...   echo the frame                        S ms2    echo after a bracketed sleep
 *   R n4   reply with n zero bytes                T ms2    echo when the deadline of now + ms comes
 *   G n4   reply with "head" and n bytes of pages, i * 7 + i / 256
 *   A      net_authenticated, echo                C...     echo, then net_close_after_flush
 *   K...   keep the frame; echoed from there by mail to oneself     X   drop
 *   I      reply with the connection's id (u8)    M n4     max_frame = n, echo
 *   P id8  post mail to that connection: it echoes the rest of the frame; the sender gets one byte: found or not
 *   W how at2   the payload begins at `at`: see order_payload
 */
#ifndef TESTS_UNIT_NET_RIG_H
#define TESTS_UNIT_NET_RIG_H

#include "net/internal.h"

struct rig {
	struct net *net;
	uint16_t port;
	pthread_t thread;
	atomic_uint opened, closed, frames, overlaps, deadlines;
	atomic_bool refuse;
};

void rig_init(struct rig *rig, const struct net_options *options, enum net_transport transport);
void rig_start(struct rig *rig);
/* Stops, joins, checks that every opened connection was closed, frees. */
void rig_stop(struct rig *rig);

int rig_connect(const struct rig *rig);
void write_all(int fd, const void *bytes, size_t len);
/* False: the peer closed (or reset) first. */
bool read_all(int fd, void *bytes, size_t len);
void send_frame(int fd, const void *body, size_t len);
/* The body's length; -1: closed. */
ssize_t read_frame(int fd, void *body, size_t cap);
/* Sends and expects the same back. */
void check_echo(int fd, const void *body, size_t len);
/* True when the peer closes within ms. */
bool closes_within(int fd, int ms);
uint64_t ask_id(int fd);

#endif
