/*
 * Long names that outlive their files for some seconds. A program that knows only 8.3 names saves by deleting (or renaming away) the
 * old file and making a new one of the same short name; the new one then gets back the long name. [MS-FSA] 2.1.1.2, 2.1.5.1.1,
 * 2.1.5.14.11. Creation times are not carried over.
 *
 * Only what is deleted by its short name is remembered, so all of this costs nothing where nobody does that.
 */
#ifndef FS_TUNNEL_H
#define FS_TUNNEL_H

#include "fs/path.h"

struct fs_tunnel;

struct fs_tunnel *fs_tunnel_new(void); /* NULL: no memory */
void fs_tunnel_free(struct fs_tunnel *t); /* NULL is allowed */

/* A file went from here that the client knew by this short name ("": by its long name, and nothing is remembered). path: on disk. */
void fs_tunnel_remember(struct fs_ctx *ctx, const char *path, const char *short_name);
/* place is not there and about to be made: if its name is one remembered, it becomes the long name. */
void fs_tunnel_restore(struct fs_ctx *ctx, struct fs_place *place);

#endif
