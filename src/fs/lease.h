/*
 * Exclusive and batch oplocks against local programs (`kernel oplocks`): who holds one has a lease on the file, and a program that opens
 * it waits until the holder has written back and let go. Without a lease (somebody else's file, a file system that has none) the
 * oplock is granted all the same; where a program has the file open already, it is not.
 *
 * Our own opens would break our own leases, so these pause for as long as such an open lasts: whether the oplock is broken is then a
 * matter of the rules among clients. If it stands in the end, so does the lease again.
 */
#ifndef FS_LEASE_H
#define FS_LEASE_H

#include "fs/node.h"
#include "fs/open.h"

struct fs_leases;

/* Before the process has threads, once: a descriptor to poll, or -errno (then there are none). */
int fs_lease_start(struct fs_core *core);
void fs_lease_end(struct fs_core *core);
/* The descriptor is readable. */
void fs_lease_ready(struct fs_core *core, nttime now);

/* The open has just been granted `level`: what it may keep of it. */
enum fs_oplock_level fs_lease_guard(struct fs_ctx *ctx, struct fs_open *open, enum fs_oplock_level level);
/* The open's oplock is no longer exclusive, or it closes. */
void fs_lease_drop(struct fs_core *core, const struct fs_open *open, enum fs_oplock_level keeps);
bool fs_lease_held(struct fs_core *core, struct fs_node_key key);
/* Before this file is opened once more. True: a lease pauses now, and fs_lease_resume is owed once that open is no more. */
bool fs_lease_yield(struct fs_core *core, struct fs_node_key key);
/* If a program came in meanwhile, the oplock is broken. */
void fs_lease_resume(struct fs_ctx *ctx, struct fs_node_key key);

#endif
