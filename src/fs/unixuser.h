/* Unix accounts, as the system's databases have them (files, LDAP ...). The calls may sleep and bracket themselves. */
#ifndef FS_UNIXUSER_H
#define FS_UNIXUSER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct fs_unix_user {
	uid_t uid;
	gid_t gid;
	size_t n_groups;
	gid_t *groups; /* owned: free() */
};

/* False: there is no such user (or no memory). */
bool fs_unix_user_find(const char *name, struct fs_unix_user *out);
/* False: there is no such group. */
bool fs_unix_group_find(const char *name, gid_t *out);

#endif
