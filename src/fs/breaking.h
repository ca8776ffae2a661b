/*
 * Oplocks as the calls of fs/ need them: the machine of oplock.h under the node's lock, and the telling of holders once it
 * is released. The admission of opens (node.c) breaks what is exclusive and waits; everything here waits for nobody.
 */
#ifndef FS_BREAKING_H
#define FS_BREAKING_H

#include "fs/node.h"
#include "fs/open.h"

/* What the share's configuration and the kind of file leave of an open's wish: fills oplock and level_ii of req. */
void fs_oplock_wish(const struct fs_ctx *ctx, const struct fs_open_params *p, const char *name, bool directory, struct fs_node_request *req);

/* The data of the file has changed, or is about to be locked against others: level II ends, except for that open (0: for all).
 * To be called when the change is on the disk and before it is answered, so that whoever reads on being told reads the new. */
void fs_break_level_ii(struct fs_core *core, struct fs_node *node, uint64_t except_open_id);

/* The holder's answer to a break: it keeps that level (NONE, LEVEL_II). Ignored if nothing was asked. */
void fs_oplock_acknowledged(struct fs_ctx *ctx, struct fs_open *open, enum fs_oplock_level level);

/* The holder was told to come down, and is expected to answer. */
bool fs_oplock_answer_is_due(struct fs_core *core, struct fs_open *open);

/* An oplock just granted that its holder was not told of yet comes down to `level` (NONE, LEVEL_II). What is left of it. */
enum fs_oplock_level fs_oplock_withdraw(struct fs_core *core, struct fs_node *node, uint64_t open_id, enum fs_oplock_level level);
/* Somebody who is no client of this server (a local program, others on a server behind it) uses the file: the holder is told to come down to
 * that. False: nobody waits for his answer, and he holds no more than that. */
bool fs_oplock_break_for_others(struct fs_core *core, struct fs_node_key key, uint64_t open_id, enum fs_oplock_level to, nttime now);

#endif
