/*
 * The write time that clients are told while a file is open. An NT server lets writes change it late: two seconds after the
 * first write through an open, then not again until that open is closed. Clients' caches and backup programs are made for
 * that. A change of size shows at once; a time that a client has set stays until an open that wrote is closed.
 *
 * The disk always has the true time: only what is told differs, so local programs and a crash see nothing of this. Kept in
 * the node, under its shard's lock. [MS-FSA] 2.1.4.17
 */
#ifndef FS_WRITETIME_H
#define FS_WRITETIME_H

#include "fs/open.h"

struct fs_node_key;

#define FS_WRITE_TIME_SUSPEND UINT64_MAX       /* [MS-FSCC] 2.4.7: this open's writes do not count from now on */
#define FS_WRITE_TIME_RESUME (UINT64_MAX - 1) /* they count again */

struct fs_write_time {
	nttime shown;        /* 0: the disk's */
	nttime shown_change; /* change time, as long as `due` is to come */
	nttime due, value;   /* when shown becomes value; 0: never */
	bool set;            /* by a client: no write moves it */
};

/* Around every write of data through this open. */
void fs_write_time_before(struct fs_ctx *ctx, struct fs_open *open);
void fs_write_time_after(struct fs_ctx *ctx, struct fs_open *open);
/* The size was set: the write time is now, also on the disk. */
void fs_write_time_now(struct fs_ctx *ctx, struct fs_open *open);
/* A client has set it, on the disk too. */
void fs_write_time_set(struct fs_ctx *ctx, struct fs_node_key key, nttime t);
/* Writes through this open leave the write time alone, or do so no longer. */
void fs_write_time_suspend(struct fs_ctx *ctx, struct fs_open *open, bool on);
/* The open is about to be closed; what it wrote shows now. */
void fs_write_time_close(struct fs_ctx *ctx, struct fs_open *open);

/* Corrects what was read from the disk. */
void fs_write_time_show(const struct fs_ctx *ctx, const struct vfs_stat *st, struct fs_info *info);

#endif
