/* The names that a delete or rename with wildcards means. */
#ifndef FS_MATCHING_H
#define FS_MATCHING_H

#include "fs/path.h"

enum { FS_MATCHES_MAX = 1 << 20 }; /* the request's arena refuses long before */

struct fs_matches {
	size_t n;
	const char **names; /* client names from the share's root, taken before anything is changed; in ctx->arena */
};

/* *wild: whether the pattern's last component has wildcards at all; if not, nothing is looked up. STATUS_NO_SUCH_FILE:
 * nothing matches; and fs_lookup's statuses for the folder. */
NT_WARN_UNUSED nt_status fs_matching_open(struct fs_ctx *ctx, const char *pattern, bool *wild, struct fs_matches *out);

/* Whoever keeps one of them open by a batch oplock gives it up, before any of them is touched: a request that has begun cannot
 * wait. STATUS_PENDING, STATUS_CANCELLED. */
NT_WARN_UNUSED nt_status fs_matching_settle(struct fs_ctx *ctx, const struct fs_matches *m);

#endif
