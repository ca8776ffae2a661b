/*
 * Slows down guessing of passwords. Wrong passwords are counted per (address, account) and per address; past a
 * threshold every further one closes the door for a while: 1, 2, 4 ... seconds up to a maximum. While it is closed,
 * attempts are refused at once, unchecked, and do not count; no thread ever waits. A right password forgets the pair.
 *
 * Bounded: a table of fixed size, where a newer offender displaces the one that has been quiet longest. Thread-safe.
 */
#ifndef AUTH_LIMIT_H
#define AUTH_LIMIT_H

#include <stdbool.h>

#include "base/smbtime.h"

enum {
	/* Explorer and Windows 98 repeat a stored wrong password up to six times on their own before they ask. */
	AUTH_LIMIT_PAIR_FREE = 10,
	AUTH_LIMIT_PAIR_MAX_S = 30,
	/* Many users may share one address (NAT, terminal servers): later, and shorter. */
	AUTH_LIMIT_ADDRESS_FREE = 50,
	AUTH_LIMIT_ADDRESS_MAX_S = 4,
	/* Counts are forgotten after this long without a wrong password. */
	AUTH_LIMIT_FORGET_S = 900,
};

struct auth_limit;
struct auth_limit *auth_limit_new(void);
struct auth_limit *auth_limit_get(struct auth_limit *l);
void auth_limit_put(struct auth_limit *l);

/* peer may carry a port, which does not matter; account is compared without case. */
bool auth_limit_allows(struct auth_limit *l, const char *peer, const char *account, nttime now);
void auth_limit_wrong(struct auth_limit *l, const char *peer, const char *account, nttime now);
void auth_limit_right(struct auth_limit *l, const char *peer, const char *account);

#endif
