/*
 * Quotas of users on a share's file system, where the share shows them (`quotas = yes`): asked for by whom they are for, and by
 * administrators, who set them too. [MS-FSA] 2.1.5.21, 2.1.5.22; [MS-FSCC] 2.4.41, 2.5.2
 *
 * STATUS_NOT_SUPPORTED from all of them: the share shows none, or its file system keeps none.
 */
#ifndef FS_QUOTA_H
#define FS_QUOTA_H

#include "base/sid.h"
#include "fs/open.h"

#define FS_QUOTA_UNLIMITED UINT64_MAX      /* as a threshold or limit */
#define FS_QUOTA_DELETE (UINT64_MAX - 1)   /* as a limit: the user has no quota any more */

struct fs_quota {
	struct sid sid;
	bool exists;    /* false: nobody of this machine, and the rest is nothing */
	uint64_t used;  /* bytes, all three */
	uint64_t threshold, limit;
};

/* STATUS_ACCESS_DENIED: somebody else's, and no administrator asks. */
NT_WARN_UNUSED nt_status fs_quota_query(struct fs_ctx *ctx, const struct sid *sid, struct fs_quota *out);

/* Where a scan of all quotas stands: a Unix id. 0 is the start; STATUS_INVALID_PARAMETER: nobody has this SID. */
NT_WARN_UNUSED nt_status fs_quota_seek(struct fs_ctx *ctx, const struct sid *sid, uint64_t *at);
/* The next, which moves *at. STATUS_NO_MORE_ENTRIES; STATUS_ACCESS_DENIED: no administrator asks. */
NT_WARN_UNUSED nt_status fs_quota_next(struct fs_ctx *ctx, uint64_t *at, struct fs_quota *out);

/* The limits of sid. STATUS_ACCESS_DENIED: no administrator, a share that is read only, a limit of the administrators' group;
 * STATUS_QUOTA_LIST_INCONSISTENT: nobody has this SID; STATUS_INVALID_PARAMETER: a number below zero. */
NT_WARN_UNUSED nt_status fs_quota_set(struct fs_ctx *ctx, const struct fs_quota *quota);

/* Whether limits bind; else space is only counted. */
NT_WARN_UNUSED nt_status fs_quota_enforced(struct fs_ctx *ctx, bool *enforced);
NT_WARN_UNUSED nt_status fs_quota_enforce(struct fs_ctx *ctx, bool on);

/* The space that the caller's quota leaves him: makes these smaller, in bytes. */
void fs_quota_limit_space(struct fs_ctx *ctx, uint64_t *total, uint64_t *available);

/* The name by which programs open what stands for a volume's quotas, where there are any. [MS-SMB] is content with an open of
 * anything on the volume, and so this one is of the root. */
bool fs_quota_is_index(struct fs_ctx *ctx, const struct fs_open_params *p);
NT_WARN_UNUSED nt_status fs_quota_index_params(const struct fs_open_params *asked, struct fs_open_params *out);

#endif
