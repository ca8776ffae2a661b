/*
 * The memory of authenticators that were accepted: one that comes a second time was copied off the wire. [RFC4120] 3.2.3
 * libkrb5's own replay cache is a file with locks, which a process in a sandbox would have to reach; this one ends with the process, as the
 * connections do. Only what was accepted is kept, so whoever has no ticket cannot fill it.
 *
 * Bounded: a table of fixed size, for some 60 logons a second (fewer where `clockskew` is longer than usual, for they are remembered
 * longer then); past it nothing is new until the oldest is old. Thread-safe.
 */
#ifndef AUTH_REPLAY_H
#define AUTH_REPLAY_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/smbtime.h"

enum { AUTH_REPLAY_MARGIN_S = 60 };

struct auth_replay;
struct auth_replay *auth_replay_new(void);
struct auth_replay *auth_replay_get(struct auth_replay *r);
void auth_replay_put(struct auth_replay *r);

/* True the first time that this authenticator comes; false: it was here before, there is no room, or there is no MD5. clock_skew_s: how far
 * from ours its time may be for libkrb5, either way; for twice that, and the margin, it is known. */
bool auth_replay_is_new(struct auth_replay *r, struct slice authenticator, uint32_t clock_skew_s, nttime now);

#endif
