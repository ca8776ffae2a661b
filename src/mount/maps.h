/*
 * Memory that programs map for writing together, beside direct I/O. A kernel allows that (Linux 6.6) to a file system that says so in its
 * answer to the kernel's first question, with a flag that the libfuse of Debian 12 does not have: it is added on the way out.
 */
#ifndef MOUNT_MAPS_H
#define MOUNT_MAPS_H

#include <stdbool.h>

struct fuse_session;

/* Between fuse_mount and the loop. False: no memory; there will be no such maps. */
bool maps_allow(struct fuse_session *session);

#endif
