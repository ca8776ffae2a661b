/*
 * The ARCHIVE attribute: whatever changes a file's data sets it, so that backup programs, which clear it, find the file again.
 * The node knows whether it is set, so that not every write asks the disk. [MS-FSA] 2.1.4.17, 2.1.4.18
 */
#ifndef FS_ARCHIVE_H
#define FS_ARCHIVE_H

#include "fs/open.h"

/* Data were changed through this open, or its size was. Take no lock around it. */
void fs_archive_note(struct fs_ctx *ctx, struct fs_open *open);
/* These attributes are on the disk now. */
void fs_archive_stored(struct fs_ctx *ctx, const struct vfs_stat *st, uint32_t attributes);

#endif
