/*
 * What local programs do in watched folders, told as if a client had done it. Folders that are watched are registered with
 * inotify, for a tree its subfolders too, up to a number; beyond it, and where the kernel has no more to give (which is
 * logged once), only what clients do is told.
 *
 * What clients do reaches inotify as well, and must not be told twice. Every fs_note_* leaves a mark, "this name, by us".
 * An event is looked at only after all requests that were running when it was read have ended: whoever caused it has left
 * his mark by then, if he was one of ours. Marks go once everything that came before them was read. So nothing of ours is
 * told twice; and of a local program's change only that is dropped which befalls the same name in the same way in the
 * milliseconds of a client's, where the client's is told instead.
 */
#ifndef FS_LOCALWATCH_H
#define FS_LOCALWATCH_H

#include "fs/core.h"

/* Before the first request; once. A descriptor to poll, or -errno (it then goes without). */
int fs_local_start(struct fs_core *core);
/* The descriptor is readable. One thread at a time; may sleep. core is a struct fs_core. */
void fs_local_ready(void *core);
/* Around whatever may change the disk for a client: requests, and the end of a connection. May nest. */
unsigned fs_local_enter(struct fs_core *core);
void fs_local_leave(struct fs_core *core, unsigned entered);

#endif
