/*
 * Whose eyes the kernel sees: per-thread file system identity by raw system calls, cached, so that a thread that already
 * is that user pays nothing. As an ordinary user every call does nothing.
 */
#ifndef VFS_CRED_H
#define VFS_CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct vfs_cred {
	uid_t uid;
	gid_t gid;
	size_t n_groups;
	const gid_t *groups; /* owned by whoever owns the struct */
	/* false: the identity that the process started with */
	bool switched;
};

/* 0 or -errno. The struct must stay valid until the thread assumes another. */
int vfs_cred_assume(const struct vfs_cred *cred);
/* Back to the identity of the process. */
void vfs_cred_drop(void);
/* True if the process may become other users. If not, everything is done as the user who started it. */
bool vfs_cred_can_switch(void);

#endif
