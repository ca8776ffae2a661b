/* Unix identities with a small cache for the whole process, under one leaf lock; the name service is asked outside it. */
#include "auth/unixid.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/blocking.h"
#include "base/bytes.h"
#include "base/lock.h"

enum {
	CACHE_SLOTS = 64,
	NAME_CAP = 128,
	PASSWD_BUF_MIN = 1024,
	PASSWD_BUF_MAX = 1 << 20,
	/* The kernel's NGROUPS_MAX. */
	GROUPS_MAX = 65536,
};

struct slot {
	char name[NAME_CAP];
	nttime until;
	struct auth_unixid id;
};

static struct lock cache_lock = LOCK_INITIALIZER(LOCK_RANK_LEAF);
static struct slot cache[CACHE_SLOTS];

void auth_unixid_fini(struct auth_unixid *id)
{
	free(id->groups);
	*id = (struct auth_unixid){ .known = false };
}

static bool copy(const struct auth_unixid *from, struct auth_unixid *to)
{
	*to = *from;
	to->groups = NULL;
	if (from->n_groups == 0)
		return true;
	to->groups = malloc(from->n_groups * sizeof(*to->groups));
	if (to->groups != NULL)
		memcpy(to->groups, from->groups, from->n_groups * sizeof(*to->groups));
	return to->groups != NULL;
}

static struct slot *slot_of(const char *name)
{
	unsigned h = 5381;
	for (const char *p = name; *p != '\0'; p++)
		h = h * 33 + (unsigned char)*p;
	return &cache[h % CACHE_SLOTS];
}

/* 1: remembered, 0: not, -1: no memory. */
static int recall(const char *name, nttime now, struct auth_unixid *out)
{
	int result = 0;
	lock_take(&cache_lock);
	struct slot *s = slot_of(name);
	nttime span = AUTH_UNIXID_REMEMBER_S * NTTIME_PER_SEC;
	if (strcmp(s->name, name) == 0 && now < s->until && s->until - now <= span)
		result = copy(&s->id, out) ? 1 : -1;
	lock_release(&cache_lock);
	return result;
}

static void remember(const char *name, nttime now, const struct auth_unixid *id)
{
	struct auth_unixid mine;
	if (strlen(name) >= NAME_CAP || !copy(id, &mine))
		return;
	lock_take(&cache_lock);
	struct slot *s = slot_of(name);
	struct auth_unixid old = s->id;
	memcpy(s->name, name, strlen(name) + 1);
	s->until = now + AUTH_UNIXID_REMEMBER_S * NTTIME_PER_SEC;
	s->id = mine;
	lock_release(&cache_lock);
	free(old.groups);
}

/* getpwnam_r with a buffer that grows. False: no memory; *known tells the rest. */
static bool ask_passwd(const char *name, bool *known, uint32_t *uid, uint32_t *gid)
{
	*known = false;
	for (size_t cap = PASSWD_BUF_MIN; cap <= PASSWD_BUF_MAX; cap *= 2) {
		struct passwd pw, *found = NULL;
		char *buf = malloc(cap);
		if (buf == NULL)
			return false;
		int err = getpwnam_r(name, &pw, buf, cap, &found);
		if (err == 0 && found != NULL) {
			*known = true;
			*uid = pw.pw_uid;
			*gid = pw.pw_gid;
		}
		free(buf);
		if (err != ERANGE)
			return true;
	}
	return true;
}

static bool ask_groups(const char *name, struct auth_unixid *id)
{
	_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "groups are handed on as they are");
	for (int cap = 32; cap <= GROUPS_MAX; cap *= 2) {
		int n = cap;
		uint32_t *groups = malloc((size_t)cap * sizeof(*groups));
		if (groups == NULL)
			return false;
		if (getgrouplist(name, id->gid, groups, &n) >= 0) {
			id->groups = groups;
			id->n_groups = (size_t)n;
			return true;
		}
		free(groups);
	}
	return false;
}

bool auth_unixid_find(const char *unix_user, nttime now, struct auth_unixid *out)
{
	*out = (struct auth_unixid){ .known = false };
	int recalled = recall(unix_user, now, out);
	if (recalled != 0)
		return recalled > 0;
	blocking_begin();
	bool good = ask_passwd(unix_user, &out->known, &out->uid, &out->gid) &&
		    (!out->known || ask_groups(unix_user, out));
	blocking_end();
	if (good)
		remember(unix_user, now, out);
	return good;
}

/* One reentrant NSS call: ERANGE asks for more room; *found tells whether there was an answer. */
typedef int (*nss_fn)(const void *key, char *buf, size_t cap, void *out, bool *found);

static bool ask_nss(nss_fn fn, const void *key, void *out)
{
	bool found = false;
	int err = ERANGE;
	blocking_begin();
	for (size_t cap = PASSWD_BUF_MIN; err == ERANGE && cap <= PASSWD_BUF_MAX; cap *= 2) {
		char *buf = malloc(cap);
		if (buf == NULL)
			break;
		err = fn(key, buf, cap, out, &found);
		free(buf);
	}
	blocking_end();
	return found;
}

struct name_room {
	char *name;
	size_t cap;
};

static bool put_name(const struct name_room *room, const char *name)
{
	size_t len = strlen(name);
	if (len >= room->cap)
		return false;
	memcpy(room->name, name, len + 1);
	return true;
}

static int user_by_uid(const void *key, char *buf, size_t cap, void *out, bool *found)
{
	struct passwd pw, *result = NULL;
	int err = getpwuid_r(*(const uid_t *)key, &pw, buf, cap, &result);
	*found = result != NULL && put_name(out, pw.pw_name);
	return err;
}

static int group_by_gid(const void *key, char *buf, size_t cap, void *out, bool *found)
{
	struct group gr, *result = NULL;
	int err = getgrgid_r(*(const gid_t *)key, &gr, buf, cap, &result);
	*found = result != NULL && put_name(out, gr.gr_name);
	return err;
}

static int group_by_name(const void *key, char *buf, size_t cap, void *out, bool *found)
{
	struct group gr, *result = NULL;
	int err = getgrnam_r(key, &gr, buf, cap, &result);
	*found = result != NULL;
	if (*found)
		*(uint32_t *)out = gr.gr_gid;
	return err;
}

bool auth_unix_user_name(uint32_t uid, char *name, size_t cap)
{
	return ask_nss(user_by_uid, &uid, &(struct name_room){ name, cap });
}

bool auth_unix_group_name(uint32_t gid, char *name, size_t cap)
{
	return ask_nss(group_by_gid, &gid, &(struct name_room){ name, cap });
}

bool auth_unix_group_find(const char *name, uint32_t *gid)
{
	return ask_nss(group_by_name, name, gid);
}
