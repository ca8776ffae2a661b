/*
 * How a mount ends by a signal. To forget the pages of a file the kernel has those of maps written, which our own threads take: so the threads
 * stay until nobody waits for that any more, and nobody begins to. What maps have is written before; who waits for a lock is sent away,
 * and a server that is away is waited for once, not once for each file.
 */
#ifndef MOUNT_END_H
#define MOUNT_END_H

#include "mount/ops.h"

/* Before any thread is made: the signals come to mount_end_watch's thread alone. */
void mount_end_init(struct mount *m);
/* The calling thread is the one that will loop. False: no thread. */
bool mount_end_watch(struct mount *m);
/* The loop is over, however it came to that. */
void mount_end_looped(struct mount *m);
void mount_end_fini(struct mount *m);
/* The pages of what the kernel calls path; nothing once the threads are about to go. */
void mount_end_forget(struct mount *m, const char *path);
/* A signal came: nobody begins to wait. */
bool mount_is_ending(struct mount *m);

#endif
