/*
 * Identity of the calling thread. The kernel keeps fsuid, fsgid and the supplementary groups per thread; libc's setgroups
 * would change every thread, so the raw call is used. When fsuid becomes non-zero the kernel takes the file system
 * capabilities (CAP_DAC_OVERRIDE and its like) out of the effective set by itself, and gives them back with fsuid 0.
 *
 * State: what the process started with, read once before any thread switched; and per thread what it is now.
 */
#include "vfs/cred.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"

/* Groups of a cached identity. Who is in more pays setgroups at each switch; Unix users seldom are. */
enum { CACHED_GROUPS = 32 };

struct identity {
	uid_t uid;
	gid_t gid;
	size_t n_groups;
	gid_t groups[CACHED_GROUPS];
	bool groups_known; /* false: more than the cache holds, or a switch that failed half-way */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool privileged;
static struct vfs_cred at_start;

static _Thread_local struct identity current;
static _Thread_local bool current_known;

static bool has_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	if (syscall(SYS_capget, &header, data) != 0)
		return false;
	uint32_t needed = 1u << CAP_SETUID | 1u << CAP_SETGID;
	return (data[0].effective & needed) == needed;
}

static int set_groups(const gid_t *groups, size_t n)
{
#ifdef SYS_setgroups32
	long rc = syscall(SYS_setgroups32, n, groups);
#else
	long rc = syscall(SYS_setgroups, n, groups);
#endif
	return rc == 0 ? 0 : -errno;
}

static void read_start(void)
{
	int n = getgroups(0, NULL);
	gid_t *groups = n > 0 ? calloc((size_t)n, sizeof(*groups)) : NULL;
	if (groups != NULL)
		n = getgroups(n, groups);
	at_start = (struct vfs_cred){
		.uid = geteuid(),
		.gid = getegid(),
		.groups = groups,
		.n_groups = groups != NULL && n > 0 ? (size_t)n : 0,
	};
	/* A user namespace may give the capabilities and forbid setgroups all the same (unshare --map-root-user). */
	privileged = has_capabilities() && set_groups(at_start.groups, at_start.n_groups) == 0;
}

static bool same_groups(const struct vfs_cred *cred)
{
	return current.groups_known && current.n_groups == cred->n_groups &&
	       (cred->n_groups == 0 || memcmp(current.groups, cred->groups, cred->n_groups * sizeof(gid_t)) == 0);
}

static void remember_groups(const struct vfs_cred *cred)
{
	current.groups_known = cred->n_groups <= CACHED_GROUPS;
	current.n_groups = cred->n_groups;
	if (current.groups_known && cred->n_groups > 0)
		memcpy(current.groups, cred->groups, cred->n_groups * sizeof(gid_t));
}

/* setfsuid and setfsgid report no error; asking with an impossible id tells what came of it. */
static bool set_gid(gid_t gid)
{
	setfsgid(gid);
	return (gid_t)setfsgid((gid_t)-1) == gid;
}

static bool set_uid(uid_t uid)
{
	setfsuid(uid);
	return (uid_t)setfsuid((uid_t)-1) == uid;
}

/* Groups first and user last: in between the thread has never more rights than both ends. */
static int become(const struct vfs_cred *cred)
{
	if (!current_known) {
		/* Not at_start: a thread inherits what its creator was at that moment. */
		current = (struct identity){ .uid = (uid_t)setfsuid((uid_t)-1), .gid = (gid_t)setfsgid((gid_t)-1) };
		current_known = true;
	}
	if (!same_groups(cred)) {
		current.groups_known = false;
		int rc = set_groups(cred->groups, cred->n_groups);
		if (rc != 0)
			return rc;
		remember_groups(cred);
	}
	if (current.gid != cred->gid) {
		if (!set_gid(cred->gid))
			return -EPERM;
		current.gid = cred->gid;
	}
	if (current.uid != cred->uid) {
		if (!set_uid(cred->uid))
			return -EPERM;
		current.uid = cred->uid;
	}
	return 0;
}

int vfs_cred_assume(const struct vfs_cred *cred)
{
	pthread_once(&once, read_start);
	if (!privileged)
		return 0;
	return become(cred->switched ? cred : &at_start);
}

void vfs_cred_drop(void)
{
	pthread_once(&once, read_start);
	/* Cannot fail while the process keeps its capabilities; to go on as somebody else would be worse than to stop. */
	if (privileged)
		CHECK(become(&at_start) == 0);
}

bool vfs_cred_can_switch(void)
{
	pthread_once(&once, read_start);
	return privileged;
}
