/* Unix accounts through NSS. Nothing is kept: whoever asks keeps what he needs. */
#include "fs/unixuser.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "base/blocking.h"

/* An entry of a group with ten thousand members fits; a larger one is not believed. */
enum { NSS_BUFFER_START = 1024, NSS_BUFFER_MAX = 1 << 20, GROUPS_MAX = 65536 };

/* One NSS call with this buffer; found: 1 yes, 0 no; ERANGE asks for more room. */
typedef int (*lookup_fn)(const char *name, char *buf, size_t cap, void *out, int *found);

static int lookup_user(const char *name, char *buf, size_t cap, void *out, int *found)
{
	struct passwd pw, *result = NULL;
	struct fs_unix_user *user = out;
	int err = getpwnam_r(name, &pw, buf, cap, &result);
	*found = result != NULL;
	if (result != NULL) {
		user->uid = pw.pw_uid;
		user->gid = pw.pw_gid;
	}
	return err;
}

static int lookup_group(const char *name, char *buf, size_t cap, void *out, int *found)
{
	struct group gr, *result = NULL;
	int err = getgrnam_r(name, &gr, buf, cap, &result);
	*found = result != NULL;
	if (result != NULL)
		*(gid_t *)out = gr.gr_gid;
	return err;
}

static bool look_up(lookup_fn fn, const char *name, void *out)
{
	int found = 0, err = ERANGE;
	for (size_t cap = NSS_BUFFER_START; err == ERANGE && cap <= NSS_BUFFER_MAX; cap *= 2) {
		char *buf = malloc(cap);
		if (buf == NULL)
			return false;
		err = fn(name, buf, cap, out, &found);
		free(buf);
	}
	return found != 0;
}

/* getgrouplist says how many there are when the room is too small. */
static bool read_groups(const char *name, struct fs_unix_user *user)
{
	int n = 32;
	for (int tries = 0; tries < 4 && n <= GROUPS_MAX; tries++) {
		int room = n;
		gid_t *groups = calloc((size_t)room, sizeof(*groups));
		if (groups == NULL)
			return false;
		if (getgrouplist(name, user->gid, groups, &n) >= 0) {
			user->groups = groups;
			user->n_groups = (size_t)n;
			return true;
		}
		free(groups);
		n = n > room ? n : room * 2;
	}
	return false;
}

bool fs_unix_user_find(const char *name, struct fs_unix_user *out)
{
	*out = (struct fs_unix_user){ .groups = NULL };
	blocking_begin();
	bool ok = look_up(lookup_user, name, out) && read_groups(name, out);
	blocking_end();
	return ok;
}

bool fs_unix_group_find(const char *name, gid_t *out)
{
	blocking_begin();
	bool ok = look_up(lookup_group, name, out);
	blocking_end();
	return ok;
}
