/* Rights; see access.h. */
#include "fs/access.h"

#include <unistd.h>

#include "fs/sd_posix.h"
#include "fs/security.h"
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

uint32_t fs_access_limit(const struct fs_ctx *ctx)
{
	const uint32_t reading = MEANS_READ | MEANS_EXECUTE;
	return ctx->tree->maximal_access & (ctx->in_snapshot ? reading : UINT32_MAX);
}

/* Of these rights some are refused: the log tells the administrator where his `read only` did it. */
static nt_status refuse(const struct fs_ctx *ctx, uint32_t rights)
{
	if (ctx->tree->read_only && (rights & FILE_ALL_ACCESS & ~ctx->tree->maximal_access) != 0)
		fs_tree_tell_read_only(ctx->tree);
	return STATUS_ACCESS_DENIED;
}

nt_status fs_access_share(const struct fs_ctx *ctx, uint32_t rights)
{
	return (rights & ~fs_access_limit(ctx)) != 0 ? refuse(ctx, rights) : STATUS_SUCCESS;
}

/* Audit ACLs are the administrator's. */
static nt_status check_form(const struct fs_ctx *ctx, uint32_t desired)
{
	if ((desired & UNKNOWN_BITS) != 0)
		return STATUS_ACCESS_DENIED;
	return (desired & ACCESS_SYSTEM_SECURITY) != 0 && !ctx->tree->user.admin ? STATUS_PRIVILEGE_NOT_HELD : STATUS_SUCCESS;
}

/* FILE_DELETE_CHILD of the folder does in spite of the file's own descriptor. */
static bool may_delete(struct fs_ctx *ctx, const struct fs_place *place, uint32_t rights)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_stat parent;
	if ((rights & ACCESS_DELETE) != 0)
		return true;
	return place->path[0] != '\0' && v->ops->stat(v, place->parent, true, &parent) == 0 &&
	       (fs_security_rights(ctx, NULL, place->parent, &parent) & FILE_DELETE_CHILD) != 0;
}

/* The folder's mode is the kernel's verdict. */
static bool kernel_may_delete(struct fs_ctx *ctx, const struct fs_place *place)
{
	struct vfs *v = ctx->tree->vfs;
	return v->ops->access(v, place->parent, W_OK | X_OK) == 0;
}

static nt_status grant(const struct fs_ctx *ctx, uint32_t desired, uint32_t possible, uint32_t *granted)
{
	/* An administrator's privileges: to audit, and to take ownership. They count only where they are asked for. */
	if (ctx->tree->user.admin)
		possible |= desired & (ACCESS_SYSTEM_SECURITY | (WRITE_OWNER & fs_access_limit(ctx)));
	uint32_t asked = desired & ~(uint32_t)MAXIMUM_ALLOWED;
	/* Whoever may open a file at all may see what its folder's listing shows, and the reply tells him anyway. */
	*granted = (desired & MAXIMUM_ALLOWED) != 0 ? possible | asked : asked | FILE_READ_ATTRIBUTES;
	return (asked & ~possible) != 0 ? refuse(ctx, asked) : STATUS_SUCCESS;
}

nt_status fs_access_existing(struct fs_ctx *ctx, const struct fs_place *place, uint32_t possible, uint32_t attributes, uint32_t kernel_denies,
			     uint32_t desired, uint32_t *granted, uint32_t *maximal)
{
	nt_status status = check_form(ctx, desired);
	if (status != STATUS_SUCCESS)
		return status;
	possible = (possible | FILE_READ_ATTRIBUTES) & fs_access_limit(ctx) & FILE_ALL_ACCESS & ~kernel_denies;
	if ((attributes & FILE_ATTRIBUTE_READONLY) != 0 && !S_ISDIR(place->st.mode))
		possible &= ~(uint32_t)FS_ACCESS_BY_WRITE;
	*maximal = possible;
	if ((desired & (ACCESS_DELETE | MAXIMUM_ALLOWED)) != 0) {
		bool may = kernel_may_delete(ctx, place) && may_delete(ctx, place, possible);
		possible = may ? possible | ACCESS_DELETE : possible & ~(uint32_t)ACCESS_DELETE;
		*maximal = possible &= fs_access_limit(ctx);
	}
	return grant(ctx, desired, possible, granted);
}

nt_status fs_access_place(struct fs_ctx *ctx, const struct fs_place *place, uint32_t rights)
{
	nt_status status = fs_access_share(ctx, rights);
	if (status != STATUS_SUCCESS)
		return status;
	uint32_t possible = fs_security_rights(ctx, NULL, place->path, &place->st);
	if ((rights & ACCESS_DELETE) != 0 && may_delete(ctx, place, possible))
		rights &= ~(uint32_t)ACCESS_DELETE;
	else if ((rights & ACCESS_DELETE) != 0)
		return STATUS_ACCESS_DENIED;
	return (rights & ~possible) != 0 ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

nt_status fs_access_new(struct fs_ctx *ctx, bool directory, uint32_t desired, uint32_t *granted)
{
	nt_status status = check_form(ctx, desired);
	if (status != STATUS_SUCCESS)
		return status;
	uint32_t possible = fs_access_limit(ctx) & FILE_ALL_ACCESS;
	uint32_t to_add = directory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
	if ((to_add & ~possible) != 0)
		return refuse(ctx, to_add);
	return grant(ctx, desired, possible, granted);
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

/* A POSIX ACL may give more than the mode's class; its mask, which stands in the group's bits, says at most how much. */
static uint32_t by_posix_acl(struct fs_ctx *ctx, const char *path, const struct vfs_stat *st, uint32_t rwx)
{
	struct vfs *v = ctx->tree->vfs;
	for (uint32_t bit = 1; bit <= 4; bit <<= 1)
		if ((rwx & bit) == 0 && (st->mode >> 3 & bit) != 0 && v->ops->access(v, path, (int)bit) == 0)
			rwx |= bit;
	return rwx;
}

uint32_t fs_access_by_mode(struct fs_ctx *ctx, const char *path, const struct vfs_stat *st)
{
	enum { ANYBODY = READ_CONTROL | ACCESS_SYNCHRONIZE | FILE_READ_ATTRIBUTES }; /* stat() asks no permission of the file */
	const struct vfs_cred *cred = &ctx->tree->cred;
	uid_t uid = cred->switched ? cred->uid : geteuid();
	bool owner = uid == st->uid || uid == 0;
	uint32_t rwx = mode_class(cred, st);
	if (!owner)
		rwx = by_posix_acl(ctx, path, st, rwx);
	/* Windows knows no x of files: who may read a program may run it. */
	if (!S_ISDIR(st->mode) && (rwx & R_OK) != 0)
		rwx |= X_OK;
	uint32_t rights = fs_sd_mask_of_perm(rwx, owner, S_ISDIR(st->mode)) | ANYBODY;
	/* The owner, and only he, may change the mode, and with it all of this. */
	return owner ? rights | WRITE_DAC | WRITE_OWNER | ACCESS_DELETE | FILE_WRITE_ATTRIBUTES : rights & ~(uint32_t)(WRITE_DAC | WRITE_OWNER);
}
