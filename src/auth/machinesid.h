/* The first SID of a machine. */
#ifndef AUTH_MACHINESID_H
#define AUTH_MACHINESID_H

#include "base/sid.h"

/* S-1-5-21-x-y-z made of /etc/machine-id, so that servers without a state folder have the same one each time they start (the rights
 * stored with files name it); of random numbers where there is no such file. */
struct sid auth_machine_sid_new(void);
/* The same, of these bytes. */
struct sid auth_machine_sid_of(struct slice machine_id);

#endif
