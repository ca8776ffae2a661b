/* The inside of struct auth, for the files of this folder. Everything but the counters is immutable. */
#ifndef AUTH_STATE_H
#define AUTH_STATE_H

#include <stdatomic.h>

#include "auth/auth.h"
#include "auth/limit.h"
#include "auth/replay.h"

/* Shared with the objects that inherit it. */
struct auth_statistics {
	atomic_uint users;
	atomic_ullong accepted[AUTH_METHOD_COUNT], refused[AUTH_METHOD_COUNT], failed;
};

struct auth {
	atomic_uint users;
	struct auth_policy policy; /* strings are ours, never NULL but those of Kerberos */
	struct accounts *accounts; /* borrowed; NULL: nobody is known */
	atomic_size_t gathered; /* bytes that tokens in pieces take */
	struct auth_limit *limit;
	struct auth_replay *replay; /* NULL: no Kerberos */
	struct auth_statistics *statistics;
};

#endif
