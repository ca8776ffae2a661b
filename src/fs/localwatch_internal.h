/* Between notify.c, note.c and localwatch.c, localevents.c. Paths: fs_notify_path, and the same below the share. */
#ifndef FS_LOCALWATCH_INTERNAL_H
#define FS_LOCALWATCH_INTERNAL_H

#include "fs/notify_internal.h"

struct fs_share;

/* A watch began or ended. They may sleep; not under a lock. */
void fs_local_watch(struct fs_core *core, struct arena *a, struct fs_share *share, const char *path, const char *disk_path, bool tree);
void fs_local_unwatch(struct fs_core *core, const char *path, bool tree);
/* A client did this: the kernel's report of it says nothing new. */
void fs_local_mark(struct fs_core *core, const char *path, enum nt_file_action action);
void fs_local_end(struct fs_core *core);

/* notify.c: whether anybody watches this folder or a tree that it is in. */
bool fs_notify_wants(struct fs_core *core, const char *path);
/* Something happened somewhere: every watch overflows. */
void fs_notify_overflow_all(struct fs_core *core);

#endif
