/*
 * Longhouse's public interface: NetBIOS for programs, in the words of RFC 1001. MIT licence.
 *
 * One lh_nb is one station on the network with names of its own. It is not thread-safe: use it from one thread at a time. It
 * defends its names only while one of these calls runs; a program that waits for something else calls lh_nb_wait with
 * a poll of lh_nb_fd, or just lh_nb_wait now and then (once a second is enough).
 *
 * Functions return 0 or a positive count, or a negative errno: -ETIMEDOUT, -EADDRINUSE (the name is another's), -ENOENT
 * (nobody has the name), -ECONNREFUSED, -EMSGSIZE, -EACCES (ports below 1024 are root's), -EINVAL (no NetBIOS name).
 * Names are UTF-8, at most 15 characters; the sixteenth byte is the suffix. Addresses are IPv4 in host order.
 */
#ifndef LONGHOUSE_H
#define LONGHOUSE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lh_nb;
struct lh_nb_session;

struct lh_nb_options {
	const char *scope;              /* NULL: none */
	const char *name_servers;       /* "192.0.2.9 192.0.2.10"; NULL: none, names go by broadcast */
	char node_type;                 /* 'b', 'p', 'm', 'h'; 0: h with name servers, else b */
	const char *interface;          /* name or address; NULL: all but loopback */
	uint16_t name_port, datagram_port, session_port; /* 0: 137, 138, 139 */
};

struct lh_nb_name {
	char name[64];
	uint8_t suffix;
	int group;
	int active; /* 0: in conflict */
};

enum { LH_NB_DATAGRAM_MAX = 8192, LH_NB_MESSAGE_MAX = 131071 };

/* ---- the station ---- */

int lh_nb_open(const struct lh_nb_options *options, struct lh_nb **out);
/* Gives all names back. Sessions have to be hung up before. */
void lh_nb_close(struct lh_nb *nb);
/* Readable when lh_nb_wait has something to do. */
int lh_nb_fd(const struct lh_nb *nb);
/* Does what is due, for at most that long. */
void lh_nb_wait(struct lh_nb *nb, unsigned timeout_ms);

/* ---- names: ADD NAME, ADD GROUP NAME, DELETE NAME, FIND NAME, ADAPTER STATUS ---- */

/* Return once the network has agreed. */
int lh_nb_add_name(struct lh_nb *nb, const char *name, uint8_t suffix);
int lh_nb_add_group_name(struct lh_nb *nb, const char *name, uint8_t suffix);
int lh_nb_delete_name(struct lh_nb *nb, const char *name, uint8_t suffix);
/* How many addresses were written. */
int lh_nb_find_name(struct lh_nb *nb, const char *name, uint8_t suffix, uint32_t *addresses, size_t max);
/* The names of a station; mac may be NULL. How many were written. */
int lh_nb_adapter_status(struct lh_nb *nb, uint32_t address, struct lh_nb_name *names, size_t max, uint8_t mac[6]);

/* ---- sessions: LISTEN, CALL, HANG UP, SEND, RECEIVE, SESSION STATUS ---- */

/* Waits for a call to a name of ours. caller (may be NULL): who it was. timeout_ms 0: for ever. */
int lh_nb_listen(struct lh_nb *nb, const char *name, uint8_t suffix, unsigned timeout_ms, struct lh_nb_session **out,
		 struct lh_nb_name *caller);
int lh_nb_call(struct lh_nb *nb, const char *from, uint8_t from_suffix, const char *to, uint8_t to_suffix, struct lh_nb_session **out);
/* NULL is allowed. */
void lh_nb_hang_up(struct lh_nb_session *s);
int lh_nb_send(struct lh_nb_session *s, const void *message, size_t len);
/* One whole message; its length. -EMSGSIZE: it is longer than max and was dropped. -EPIPE: the other side has hung up.
 * timeout_ms 0: for ever. */
int lh_nb_receive(struct lh_nb_session *s, void *message, size_t max, unsigned timeout_ms);

struct lh_nb_session_status {
	struct lh_nb_name local, remote;
	uint32_t address;
	unsigned long sent, received; /* messages */
	int is_open;
};
void lh_nb_session_status(const struct lh_nb_session *s, struct lh_nb_session_status *out);
int lh_nb_session_fd(const struct lh_nb_session *s);

/* ---- datagrams: SEND and RECEIVE DATAGRAM, and their broadcast ---- */

/* group: to all members of the name on our subnets; the name "*" is everybody. */
int lh_nb_send_datagram(struct lh_nb *nb, const char *from, uint8_t from_suffix, const char *to, uint8_t to_suffix, int group,
			const void *data, size_t len);
/* One to any of our names; its length. from and to may be NULL. At most 64 wait; older ones are lost. */
int lh_nb_receive_datagram(struct lh_nb *nb, void *data, size_t max, unsigned timeout_ms, struct lh_nb_name *from, struct lh_nb_name *to);

#ifdef __cplusplus
}
#endif

#endif
