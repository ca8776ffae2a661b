/* Quotas between SIDs and Unix ids; see quota.h. */
#include "fs/quota.h"

#include <errno.h>
#include <unistd.h>

#include "base/charset.h"
#include "fs/core_internal.h"
#include "fs/share.h"

#define QUOTA_INDEX "$Extend\\$Quota:$Q:$INDEX_ALLOCATION"

static nt_status status_of(int rc)
{
	if (rc == -EOPNOTSUPP || rc == -ENOSYS)
		return STATUS_NOT_SUPPORTED;
	return nt_status_from_errno(-rc);
}

static nt_status check_shown(const struct fs_ctx *ctx)
{
	bool shown = fs_share_config(ctx->tree->share)->quotas && ctx->tree->vfs != NULL && ctx->tree->vfs->ops->quota_get != NULL;
	return shown ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static nt_status check_admin(const struct fs_ctx *ctx, bool to_change)
{
	nt_status status = check_shown(ctx);
	if (status != STATUS_SUCCESS)
		return status;
	return ctx->tree->user.admin && !(to_change && ctx->tree->read_only) ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

/* As whom the caller's files are counted. */
static uint32_t own_uid(const struct fs_ctx *ctx)
{
	return ctx->tree->cred.switched ? ctx->tree->cred.uid : geteuid();
}

static bool is_own_account(const struct fs_ctx *ctx, const struct sid *sid)
{
	const struct fs_idmap *map = &ctx->core->idmap;
	const struct fs_user *user = &ctx->tree->user;
	struct sid own;
	return !user->guest && !user->anonymous && map->sid_of_account != NULL && map->sid_of_account(map->user, user->name, ctx->now, &own) &&
	       sid_equal(&own, sid);
}

/* The caller's own account has its files as whom the share serves it, whether there is a Unix user of that name or not. */
static bool uid_of(const struct fs_ctx *ctx, const struct sid *sid, uint32_t *uid)
{
	*uid = own_uid(ctx);
	return is_own_account(ctx, sid) || fs_idmap_to_uid(&ctx->core->idmap, sid, uid);
}

/* As the list has it: what an administrator reads there beside a SID is what he sets. */
static bool listed_uid_of(const struct fs_ctx *ctx, const struct sid *sid, uint32_t *uid)
{
	return fs_idmap_to_uid(&ctx->core->idmap, sid, uid) || uid_of(ctx, sid, uid);
}

static uint64_t shown_limit(uint64_t limit)
{
	return limit == 0 ? FS_QUOTA_UNLIMITED : MIN(limit, (uint64_t)INT64_MAX);
}

static void fill(const struct vfs_quota *q, struct fs_quota *out)
{
	out->exists = true;
	out->used = MIN(q->used, (uint64_t)INT64_MAX);
	out->threshold = shown_limit(q->soft);
	out->limit = shown_limit(q->hard);
}

nt_status fs_quota_query(struct fs_ctx *ctx, const struct sid *sid, struct fs_quota *out)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_quota q;
	uint32_t uid;
	*out = (struct fs_quota){ .sid = *sid };
	nt_status status = check_shown(ctx);
	bool somebody = uid_of(ctx, sid, &uid);
	if (status == STATUS_SUCCESS && !(somebody && uid == own_uid(ctx)))
		status = check_admin(ctx, false);
	if (status != STATUS_SUCCESS || !somebody)
		return status;
	int rc = v->ops->quota_get(v, uid, &q);
	if (rc == 0)
		fill(&q, out);
	return status_of(rc);
}

nt_status fs_quota_seek(struct fs_ctx *ctx, const struct sid *sid, uint64_t *at)
{
	uint32_t uid;
	nt_status status = check_admin(ctx, false);
	if (status == STATUS_SUCCESS && !listed_uid_of(ctx, sid, &uid))
		status = STATUS_INVALID_PARAMETER;
	if (status == STATUS_SUCCESS)
		*at = uid;
	return status;
}

nt_status fs_quota_next(struct fs_ctx *ctx, uint64_t *at, struct fs_quota *out)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_quota q;
	nt_status status = check_admin(ctx, false);
	if (status == STATUS_SUCCESS && *at >= UINT32_MAX) /* the last number is nobody's */
		status = STATUS_NO_MORE_ENTRIES;
	if (status != STATUS_SUCCESS)
		return status;
	uint32_t uid = (uint32_t)*at;
	int rc = v->ops->quota_next(v, &uid, &q);
	if (rc != 0)
		return rc == -ENOENT ? STATUS_NO_MORE_ENTRIES : status_of(rc);
	fs_idmap_uid(&ctx->core->idmap, uid, ctx->now, &out->sid);
	fill(&q, out);
	*at = (uint64_t)uid + 1;
	return STATUS_SUCCESS;
}

/* Nothing at all is the least that Linux can keep as a limit: there 0 says that there is none. */
static bool kept_limit(uint64_t asked, uint64_t *limit)
{
	*limit = asked == FS_QUOTA_UNLIMITED ? 0 : MAX(asked, (uint64_t)1);
	return asked == FS_QUOTA_UNLIMITED || asked <= INT64_MAX;
}

nt_status fs_quota_set(struct fs_ctx *ctx, const struct fs_quota *quota)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_quota q = { 0 };
	uint32_t uid;
	nt_status status = check_admin(ctx, true);
	if (status != STATUS_SUCCESS)
		return status;
	if (sid_equal(&quota->sid, sid_known(SID_BUILTIN_ADMINISTRATORS)))
		return quota->limit == FS_QUOTA_UNLIMITED ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
	if (!listed_uid_of(ctx, &quota->sid, &uid))
		return STATUS_QUOTA_LIST_INCONSISTENT;
	if (quota->limit != FS_QUOTA_DELETE && (!kept_limit(quota->threshold, &q.soft) || !kept_limit(quota->limit, &q.hard)))
		return STATUS_INVALID_PARAMETER;
	return status_of(v->ops->quota_set(v, uid, &q));
}

nt_status fs_quota_enforced(struct fs_ctx *ctx, bool *enforced)
{
	nt_status status = check_shown(ctx);
	return status == STATUS_SUCCESS ? status_of(ctx->tree->vfs->ops->quota_state(ctx->tree->vfs, enforced)) : status;
}

nt_status fs_quota_enforce(struct fs_ctx *ctx, bool on)
{
	nt_status status = check_admin(ctx, true);
	return status == STATUS_SUCCESS ? status_of(ctx->tree->vfs->ops->quota_enforce(ctx->tree->vfs, on)) : status;
}

void fs_quota_limit_space(struct fs_ctx *ctx, uint64_t *total, uint64_t *available)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_quota q;
	bool enforced;
	if (fs_quota_enforced(ctx, &enforced) != STATUS_SUCCESS || !enforced || v->ops->quota_get(v, own_uid(ctx), &q) != 0 || q.hard == 0)
		return;
	*total = MIN(*total, q.hard);
	*available = MIN(*available, q.hard > q.used ? q.hard - q.used : 0);
}

/* ---- the index ---- */

bool fs_quota_is_index(struct fs_ctx *ctx, const struct fs_open_params *p)
{
	const char *name = p->name;
	bool enforced;
	while (*name == '\\')
		name++;
	return p->root == NULL && utf8_casecmp(name, QUOTA_INDEX) == 0 && fs_quota_enforced(ctx, &enforced) == STATUS_SUCCESS;
}

nt_status fs_quota_index_params(const struct fs_open_params *asked, struct fs_open_params *out)
{
	if (asked->create_disposition != FILE_OPEN && asked->create_disposition != FILE_OPEN_IF)
		return STATUS_ACCESS_DENIED;
	*out = (struct fs_open_params){
		.name = "", .desired_access = FILE_READ_ATTRIBUTES | READ_CONTROL | ACCESS_SYNCHRONIZE, .create_disposition = FILE_OPEN,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
	};
	return STATUS_SUCCESS;
}
