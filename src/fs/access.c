/* Rights; see access.h. */
#include "fs/access.h"

#include <unistd.h>

#include "fs/share.h"

enum {
	MEANS_READ = READ_CONTROL | ACCESS_SYNCHRONIZE | FILE_READ_DATA | FILE_READ_ATTRIBUTES | FILE_READ_EA,
	MEANS_WRITE = READ_CONTROL | ACCESS_SYNCHRONIZE | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA,
	MEANS_EXECUTE = READ_CONTROL | ACCESS_SYNCHRONIZE | FILE_EXECUTE | FILE_READ_ATTRIBUTES,

	UNKNOWN_BITS = 0x0CE0FE00, /* no right has these */
};

uint32_t fs_access_map(uint32_t desired)
{
	static const struct {
		uint32_t generic, means;
	} map[] = {
		{ GENERIC_READ, MEANS_READ }, { GENERIC_WRITE, MEANS_WRITE }, { GENERIC_EXECUTE, MEANS_EXECUTE }, { GENERIC_ALL, FILE_ALL_ACCESS },
	};
	for (size_t i = 0; i < ARRAY_LEN(map); i++) {
		if ((desired & map[i].generic) != 0)
			desired = (desired & ~map[i].generic) | map[i].means;
	}
	return desired;
}

nt_status fs_access_share(const struct fs_ctx *ctx, uint32_t rights)
{
	return (rights & ~ctx->tree->maximal_access) != 0 ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

static nt_status check_form(uint32_t desired)
{
	if (desired == 0 || (desired & UNKNOWN_BITS) != 0)
		return STATUS_ACCESS_DENIED;
	return (desired & ACCESS_SYSTEM_SECURITY) != 0 ? STATUS_PRIVILEGE_NOT_HELD : STATUS_SUCCESS;
}

/* The folder that holds it decides whether it may go. */
static bool may_delete(struct fs_ctx *ctx, const struct fs_place *place)
{
	struct vfs *v = ctx->tree->vfs;
	return v->ops->access(v, place->parent, W_OK | X_OK) == 0;
}

nt_status fs_access_existing(struct fs_ctx *ctx, const struct fs_place *place, uint32_t attributes, uint32_t kernel_denies, uint32_t desired,
			     uint32_t *granted)
{
	nt_status status = check_form(desired);
	if (status != STATUS_SUCCESS)
		return status;
	uint32_t possible = ctx->tree->maximal_access & FILE_ALL_ACCESS & ~kernel_denies;
	if ((attributes & FILE_ATTRIBUTE_READONLY) != 0 && !S_ISDIR(place->st.mode))
		possible &= ~(uint32_t)FS_ACCESS_BY_WRITE;
	uint32_t asked = desired & ~(uint32_t)MAXIMUM_ALLOWED;
	if ((asked & ~possible) != 0)
		return STATUS_ACCESS_DENIED;
	*granted = (desired & MAXIMUM_ALLOWED) != 0 ? possible : asked;
	if ((*granted & ACCESS_DELETE) == 0 || may_delete(ctx, place))
		return STATUS_SUCCESS;
	*granted &= ~(uint32_t)ACCESS_DELETE;
	return (asked & ACCESS_DELETE) != 0 ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

nt_status fs_access_new(struct fs_ctx *ctx, bool directory, uint32_t desired, uint32_t *granted)
{
	nt_status status = check_form(desired);
	if (status != STATUS_SUCCESS)
		return status;
	uint32_t possible = ctx->tree->maximal_access & FILE_ALL_ACCESS;
	uint32_t asked = desired & ~(uint32_t)MAXIMUM_ALLOWED;
	uint32_t to_add = directory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
	if (((asked | to_add) & ~possible) != 0)
		return STATUS_ACCESS_DENIED;
	*granted = (desired & MAXIMUM_ALLOWED) != 0 ? possible : asked;
	return STATUS_SUCCESS;
}

/* The r, w and x that the mode gives this identity. */
static uint32_t mode_class(const struct vfs_cred *cred, const struct vfs_stat *st)
{
	uid_t uid = cred->switched ? cred->uid : geteuid();
	gid_t gid = cred->switched ? cred->gid : getegid();
	if (uid == 0)
		return 7;
	if (uid == st->uid)
		return st->mode >> 6 & 7;
	bool member = gid == st->gid;
	for (size_t i = 0; cred->switched && i < cred->n_groups; i++)
		member = member || cred->groups[i] == st->gid;
	return (member ? st->mode >> 3 : st->mode) & 7;
}

uint32_t fs_access_estimate(const struct fs_ctx *ctx, const struct vfs_stat *st, uint32_t attributes)
{
	uint32_t rwx = mode_class(&ctx->tree->cred, st);
	uint32_t rights = ctx->tree->maximal_access & FILE_ALL_ACCESS;
	if ((rwx & R_OK) == 0)
		rights &= ~(uint32_t)FS_ACCESS_BY_READ;
	if ((rwx & W_OK) == 0)
		rights &= ~(uint32_t)FS_ACCESS_BY_WRITE;
	if ((attributes & FILE_ATTRIBUTE_READONLY) != 0 && !S_ISDIR(st->mode))
		rights &= ~(uint32_t)FS_ACCESS_BY_WRITE;
	return rights;
}
