/*
 * The memory of authenticators that were accepted: one that comes a second time was copied off the wire. [RFC4120] 3.2.3
 * libkrb5's own replay cache is a file with locks, which a process in a sandbox would have to reach; this one ends with the process, as the
 * connections do. Only what was accepted is kept, so whoever has no ticket cannot fill it.
 *
 * Bounded: a table of fixed size, for some 60 logons a second; past it nothing is new until the oldest is old. Thread-safe.
 */
#ifndef AUTH_REPLAY_H
#define AUTH_REPLAY_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/smbtime.h"

enum {
	/* libkrb5 takes an authenticator whose time is five minutes from ours, either way. */
	AUTH_REPLAY_KEPT_S = 2 * 300 + 60,
};

struct auth_replay;
struct auth_replay *auth_replay_new(void);
struct auth_replay *auth_replay_get(struct auth_replay *r);
void auth_replay_put(struct auth_replay *r);

/* True the first time that this authenticator comes; false: it was here before, there is no room, or there is no MD5. */
bool auth_replay_is_new(struct auth_replay *r, struct slice authenticator, nttime now);

#endif
