/*
 * Who an account is to the kernel: uid, gid and groups of a Unix user, from the system's name service. Answers (also
 * "no such user") are remembered for a short time, since a name service may be slow and logons are frequent. Thread-safe.
 */
#ifndef AUTH_UNIXID_H
#define AUTH_UNIXID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/smbtime.h"

enum {
	/* A user who was just added to a group should not have to wait long. */
	AUTH_UNIXID_REMEMBER_S = 10,
};

struct auth_unixid {
	bool known;
	uint32_t uid, gid;
	uint32_t *groups; /* with gid among them; malloc'ed */
	size_t n_groups;
};

/* Fills *out (known = false: no such user); false: no memory. */
bool auth_unixid_find(const char *unix_user, nttime now, struct auth_unixid *out);
void auth_unixid_fini(struct auth_unixid *id);

/* Asked anew each time. False: no such user or group, a name of cap bytes or more, or no memory. */
bool auth_unix_user_name(uint32_t uid, char *name, size_t cap);
bool auth_unix_group_name(uint32_t gid, char *name, size_t cap);
bool auth_unix_group_find(const char *name, uint32_t *gid);

#endif
