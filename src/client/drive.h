/* Sockets for the client: connecting, and the pump of cli.h over poll(). One owner. */
#ifndef CLIENT_DRIVE_H
#define CLIENT_DRIVE_H

#include <stdatomic.h>

#include "client/session.h"

struct cli_socket {
	int fd;
	unsigned timeout_ms; /* without a byte from the server */
	const atomic_bool *given_up; /* NULL, or: once it is set, from any thread, all waiting ends soon, as if the connection had broken */
};

/* To an address in numbers, IPv4 or IPv6. 0 or -errno: -ETIMEDOUT, -ECONNREFUSED, -EHOSTUNREACH, -ECANCELED (given_up), ... */
int cli_socket_open(struct cli_socket *s, const char *address, uint16_t port, unsigned connect_ms);
void cli_socket_close(struct cli_socket *s);
/* A cli_pump_fn; user is the socket. */
bool cli_socket_pump(void *user, struct cli_session *s);
/* The same for a program with a loop of its own: sends and receives what can be, after waiting for that for at most wait_ms (0: not
 * at all, -1: for ever). It waits for fd to be readable, and writable while cli_session_has_output. Silence is no fault here;
 * false: the session is broken. */
bool cli_socket_step(struct cli_socket *k, struct cli_session *s, int wait_ms);
/* Its halves where several threads share a connection. Sends what can be; false: the session is broken. */
bool cli_socket_send(struct cli_socket *k, struct cli_session *s);
/* Waits only, without the session: another thread may step meanwhile. */
void cli_socket_wait(const struct cli_socket *k, bool to_receive, bool to_send, int wait_ms);

enum { CLI_ADDRESS_TEXT = 64, CLI_ADDRESSES_MAX = 8 };
/* By hosts and DNS, in their order; how many. 0: unknown. */
unsigned cli_find_host(const char *host, char out[CLI_ADDRESSES_MAX][CLI_ADDRESS_TEXT]);

#endif
