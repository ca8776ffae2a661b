/* Descriptors of files: loading, storing, judging; see security.h. The descriptor counts only while its hash fits what the kernel has. */
#include "fs/security.h"

#include <errno.h>
#include <unistd.h>

#include "fs/access.h"
#include "fs/core_internal.h"
#include "fs/sd_access.h"
#include "fs/sd_posix.h"
#include "fs/share.h"
#include "fs/upstream.h"

/* Whose descriptor: by descriptor if file is not NULL. */
struct subject {
	struct fs_ctx *ctx;
	struct vfs_file *file;
	const char *path;
	struct vfs_stat st;
};

static const struct fs_idmap *map_of(const struct fs_ctx *ctx)
{
	return &ctx->core->idmap;
}

static const char *xattr_of(const struct fs_ctx *ctx)
{
	const char *name = fs_share_config(ctx->tree->share)->security_xattr;
	return name != NULL ? name : FS_SECURITY_XATTR_USER;
}

static const struct fs_token *token_of(struct fs_ctx *ctx)
{
	struct fs_tree *tree = ctx->tree;
	if (tree->token.sids == NULL && !fs_token_make(tree, map_of(ctx), ctx->now))
		tree->token.n = 0; /* nobody, until there is memory */
	return &tree->token;
}

/* Empty: the file has none, or nobody may see it. Most files have none, and cost no memory. */
static struct slice read_xattr(const struct subject *s, const char *name)
{
	struct vfs *v = s->ctx->tree->vfs;
	uint8_t first[1024];
	ssize_t len = v->ops->getxattr(v, s->file, s->path, name, first, sizeof(first));
	if (len == -ERANGE)
		len = v->ops->getxattr(v, s->file, s->path, name, NULL, 0);
	if (len <= 0 || len > FS_NTACL_MAX)
		return slice_of(NULL, 0);
	uint8_t *bytes = arena_alloc(s->ctx->arena, (size_t)len);
	if (bytes == NULL)
		return slice_of(NULL, 0);
	if ((size_t)len <= sizeof(first))
		memcpy(bytes, first, (size_t)len);
	else
		len = v->ops->getxattr(v, s->file, s->path, name, bytes, (size_t)len);
	return slice_of(bytes, len > 0 ? (size_t)len : 0);
}

static nt_status load_posix(const struct subject *s, struct fs_posix_rights *out)
{
	struct arena *arena = s->ctx->arena;
	*out = (struct fs_posix_rights){ .uid = s->st.uid, .gid = s->st.gid, .mode = s->st.mode };
	struct slice bytes = read_xattr(s, FS_POSIX_ACL_ACCESS);
	nt_status status = bytes.len > 0 ? fs_posix_acl_parse(arena, bytes, &out->access) : fs_posix_acl_of_mode(arena, s->st.mode, &out->access);
	if (status != STATUS_SUCCESS || !S_ISDIR(s->st.mode))
		return status;
	struct fs_posix_acl *heirs = arena_alloc(arena, sizeof(*heirs)); /* without entries where the folder has none */
	if (heirs == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	out->folder_default = heirs;
	bytes = read_xattr(s, FS_POSIX_ACL_DEFAULT);
	return bytes.len > 0 ? fs_posix_acl_parse(arena, bytes, heirs) : STATUS_SUCCESS;
}

/* NULL: none that counts. */
static const struct fs_sd *load_stored(const struct subject *s)
{
	uint8_t kept[FS_NTACL_HASH_LEN], now[FS_NTACL_HASH_LEN];
	struct fs_posix_rights rights;
	struct slice bytes = read_xattr(s, xattr_of(s->ctx));
	if (bytes.len == 0)
		return NULL;
	struct fs_sd *sd = arena_alloc(s->ctx->arena, sizeof(*sd));
	if (sd == NULL || fs_ntacl_parse(s->ctx->arena, bytes, sd, kept) != STATUS_SUCCESS || load_posix(s, &rights) != STATUS_SUCCESS ||
	    !fs_ntacl_hash(s->ctx->arena, &rights, now) || memcmp(kept, now, sizeof(now)) != 0)
		return NULL;
	return sd;
}

static nt_status load(const struct subject *s, const struct fs_sd **out)
{
	struct fs_posix_rights rights;
	*out = load_stored(s);
	if (*out != NULL)
		return STATUS_SUCCESS;
	struct fs_sd *sd = arena_alloc(s->ctx->arena, sizeof(*sd));
	if (sd == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = load_posix(s, &rights);
	*out = sd;
	return status == STATUS_SUCCESS ? fs_sd_of_posix(s->ctx->arena, map_of(s->ctx), s->ctx->now, &rights, sd) : status;
}

static struct subject subject_of_open(struct fs_ctx *ctx, struct fs_open *open)
{
	return (struct subject){ .ctx = ctx, .file = open->file, .path = fs_open_path(ctx, open) };
}

static nt_status stat_subject(struct subject *s)
{
	return nt_status_from_errno(-s->ctx->tree->vfs->ops->fstat(s->file, &s->st));
}

uint32_t fs_security_rights(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st)
{
	const struct subject s = { .ctx = ctx, .file = file, .path = path, .st = *st };
	if (fs_upstream_judges(ctx))
		return FILE_ALL_ACCESS;
	const struct fs_sd *sd = load_stored(&s);
	if (sd == NULL)
		return fs_access_by_mode(ctx, path, st);
	return fs_sd_rights(sd, token_of(ctx));
}

/* --- query --- */

nt_status fs_query_security(struct fs_ctx *ctx, struct fs_open *open, uint32_t information, struct slice *out)
{
	struct subject s = subject_of_open(ctx, open);
	const struct fs_sd *whole;
	if ((information & FS_SECURITY_SACL) != 0 && (open->granted_access & ACCESS_SYSTEM_SECURITY) == 0)
		return STATUS_ACCESS_DENIED;
	if ((information & ~(uint32_t)FS_SECURITY_SACL) != 0 && (open->granted_access & READ_CONTROL) == 0)
		return STATUS_ACCESS_DENIED;
	nt_status status = fs_upstream_query_security(ctx, open, information, out);
	if (status != STATUS_NOT_SUPPORTED)
		return status;
	status = stat_subject(&s);
	if (status == STATUS_SUCCESS)
		status = load(&s, &whole);
	if (status != STATUS_SUCCESS)
		return status;
	enum { OF_DACL = SE_DACL_PRESENT | SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED };
	enum { OF_SACL = SE_SACL_PRESENT | SE_SACL_AUTO_INHERITED | SE_SACL_PROTECTED };
	struct fs_sd part = *whole;
	part.has_owner = part.has_owner && (information & FS_SECURITY_OWNER) != 0;
	part.has_group = part.has_group && (information & FS_SECURITY_GROUP) != 0;
	if ((information & FS_SECURITY_DACL) == 0) {
		part.dacl = NULL;
		part.control &= (uint16_t)~OF_DACL;
	}
	if ((information & FS_SECURITY_SACL) == 0) {
		part.sacl = NULL;
		part.control &= (uint16_t)~OF_SACL;
	}
	return fs_sd_format(ctx->arena, &part, 0, out);
}

/* --- store --- */

/* -EOPNOTSUPP: this file system has no POSIX ACLs, and the mode must do. */
static int apply_access_acl(const struct subject *s, const struct fs_posix_rights *have, const struct fs_posix_rights *want)
{
	struct vfs *v = s->ctx->tree->vfs;
	struct slice bytes;
	if (!fs_posix_acl_is_extended(&want->access))
		return fs_posix_acl_is_extended(&have->access) ? v->ops->removexattr(v, s->file, s->path, FS_POSIX_ACL_ACCESS) : 0;
	if (fs_posix_acl_format(s->ctx->arena, &want->access, &bytes) != STATUS_SUCCESS)
		return -ENOMEM;
	return v->ops->setxattr(v, s->file, s->path, FS_POSIX_ACL_ACCESS, bytes.ptr, bytes.len);
}

static bool same_acl(const struct fs_posix_acl *a, const struct fs_posix_acl *b)
{
	bool same = a->n == b->n;
	for (size_t i = 0; same && i < a->n; i++)
		same = a->aces[i].tag == b->aces[i].tag && a->aces[i].perm == b->aces[i].perm && a->aces[i].id == b->aces[i].id;
	return same;
}

/* Of a folder. Where there are no POSIX ACLs it goes without. */
static int apply_default_acl(const struct subject *s, const struct fs_posix_rights *have, struct fs_posix_rights *want)
{
	struct vfs *v = s->ctx->tree->vfs;
	struct slice bytes;
	if (have->folder_default == NULL || same_acl(have->folder_default, want->folder_default))
		return 0;
	if (want->folder_default->n > 0 && fs_posix_acl_format(s->ctx->arena, want->folder_default, &bytes) != STATUS_SUCCESS)
		return -ENOMEM;
	int err = want->folder_default->n > 0 ? v->ops->setxattr(v, s->file, s->path, FS_POSIX_ACL_DEFAULT, bytes.ptr, bytes.len)
					      : v->ops->removexattr(v, s->file, s->path, FS_POSIX_ACL_DEFAULT);
	if (err == -EOPNOTSUPP)
		want->folder_default = have->folder_default;
	return err == -EOPNOTSUPP ? 0 : err;
}

static int apply_posix(const struct subject *s, const struct fs_posix_rights *have, struct fs_posix_rights *want)
{
	struct vfs *v = s->ctx->tree->vfs;
	int err = apply_access_acl(s, have, want);
	if (err == -EOPNOTSUPP) {
		if (fs_posix_acl_of_mode(s->ctx->arena, want->mode, &want->access) != STATUS_SUCCESS)
			return -ENOMEM;
		err = 0;
	}
	struct vfs_stat st;
	if (err == 0)
		err = v->ops->fstat(s->file, &st);
	if (err == 0 && (st.mode & 07777) != (want->mode & 07777))
		err = v->ops->chmod(v, s->file, s->path, want->mode & 07777);
	return err == 0 ? apply_default_acl(s, have, want) : err;
}

/* A user xattr can be set only where one may write: for as long as it takes. */
static int write_xattr(const struct subject *s, const struct fs_posix_rights *now, struct slice bytes)
{
	struct vfs *v = s->ctx->tree->vfs;
	const char *name = xattr_of(s->ctx);
	int err = v->ops->setxattr(v, s->file, s->path, name, bytes.ptr, bytes.len);
	if (err != -EACCES || (now->mode & S_IWUSR) != 0)
		return err;
	err = v->ops->chmod(v, s->file, s->path, (now->mode | S_IWUSR) & 07777);
	if (err != 0)
		return err;
	err = v->ops->setxattr(v, s->file, s->path, name, bytes.ptr, bytes.len);
	int back = v->ops->chmod(v, s->file, s->path, now->mode & 07777);
	return err != 0 ? err : back;
}

/* The mode first: if the kernel forbids that, the old descriptor stays; if the xattr cannot be written, the new mode alone counts. */
static nt_status store(const struct subject *s, const struct fs_sd *sd)
{
	struct arena *arena = s->ctx->arena;
	struct fs_posix_rights have, want;
	uint8_t hash[FS_NTACL_HASH_LEN];
	struct slice bytes;
	nt_status status = load_posix(s, &have);
	if (status == STATUS_SUCCESS)
		status = fs_posix_of_sd(arena, map_of(s->ctx), s->ctx->now, sd, &have, !s->ctx->tree->cred.switched, &want);
	if (status == STATUS_SUCCESS)
		status = nt_status_from_errno(-apply_posix(s, &have, &want));
	if (status == STATUS_SUCCESS && !fs_ntacl_hash(arena, &want, hash))
		status = STATUS_INSUFF_SERVER_RESOURCES;
	if (status == STATUS_SUCCESS)
		status = fs_ntacl_format(arena, sd, hash, &bytes);
	if (status != STATUS_SUCCESS)
		return status;
	int err = write_xattr(s, &want, bytes);
	return err == -EOPNOTSUPP ? STATUS_SUCCESS : nt_status_from_errno(-err);
}

/* --- set --- */

static nt_status check_set(const struct fs_open *open, uint32_t information)
{
	uint32_t needed = 0;
	if ((information & (FS_SECURITY_OWNER | FS_SECURITY_GROUP)) != 0)
		needed |= WRITE_OWNER;
	if ((information & FS_SECURITY_DACL) != 0)
		needed |= WRITE_DAC;
	if ((information & FS_SECURITY_SACL) != 0)
		needed |= ACCESS_SYSTEM_SECURITY;
	return (needed & ~open->granted_access) != 0 ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

/* One gives files only to oneself or a group of one's own; an administrator to anybody. */
static nt_status check_owner(struct fs_ctx *ctx, const struct sid *owner)
{
	const struct fs_token *token = token_of(ctx);
	return token->admin || fs_token_has(token, owner) ? STATUS_SUCCESS : STATUS_INVALID_OWNER;
}

static nt_status check_group(struct fs_ctx *ctx, const struct sid *group)
{
	return check_owner(ctx, group) == STATUS_SUCCESS ? STATUS_SUCCESS : STATUS_INVALID_PRIMARY_GROUP;
}

static nt_status merge_owners(struct fs_ctx *ctx, uint32_t information, const struct fs_sd *asked, struct fs_sd *sd)
{
	nt_status status = STATUS_SUCCESS;
	if ((information & FS_SECURITY_OWNER) != 0) {
		bool same = asked->has_owner && sd->has_owner && sid_equal(&asked->owner, &sd->owner);
		status = !asked->has_owner ? STATUS_INVALID_OWNER : same ? STATUS_SUCCESS : check_owner(ctx, &asked->owner);
		sd->has_owner = true;
		sd->owner = asked->owner;
	}
	if (status == STATUS_SUCCESS && (information & FS_SECURITY_GROUP) != 0) {
		bool same = asked->has_group && sd->has_group && sid_equal(&asked->group, &sd->group);
		status = !asked->has_group ? STATUS_INVALID_PRIMARY_GROUP : same ? STATUS_SUCCESS : check_group(ctx, &asked->group);
		sd->has_group = true;
		sd->group = asked->group;
	}
	return status;
}

/* Only who asked for it gets an ACL that is marked as inherited automatically. [MS-DTYP] 2.5.3.4.1 */
static uint16_t control_of_set(uint16_t asked, uint16_t requested, uint16_t inherited, uint16_t is_protected)
{
	uint16_t both = requested | inherited;
	return (uint16_t)(((asked & both) == both ? inherited : 0) | (asked & is_protected));
}

static void merge_acls(uint32_t information, const struct fs_sd *asked, struct fs_sd *sd)
{
	if ((information & FS_SECURITY_DACL) != 0) {
		sd->control &= (uint16_t)~(SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED);
		sd->control |= SE_DACL_PRESENT | control_of_set(asked->control, SE_DACL_AUTO_INHERIT_REQ, SE_DACL_AUTO_INHERITED, SE_DACL_PROTECTED);
		sd->dacl = asked->dacl;
	}
	if ((information & FS_SECURITY_PROTECTED_DACL) != 0)
		sd->control |= SE_DACL_PROTECTED;
	if ((information & FS_SECURITY_UNPROTECTED_DACL) != 0)
		sd->control &= (uint16_t)~SE_DACL_PROTECTED;
	if ((information & FS_SECURITY_SACL) != 0) {
		sd->control &= (uint16_t)~(SE_SACL_PRESENT | SE_SACL_AUTO_INHERITED | SE_SACL_PROTECTED);
		sd->control |= (asked->control & SE_SACL_PRESENT) |
			       control_of_set(asked->control, SE_SACL_AUTO_INHERIT_REQ, SE_SACL_AUTO_INHERITED, SE_SACL_PROTECTED);
		sd->sacl = asked->sacl;
	}
}

/* Who is no Unix user or group owns the file in the descriptor only. */
static nt_status change_owner(struct subject *s, const struct fs_sd *sd)
{
	struct vfs *v = s->ctx->tree->vfs;
	uint32_t uid, gid;
	if (!sd->has_owner || !fs_idmap_to_uid(map_of(s->ctx), &sd->owner, &uid))
		uid = s->st.uid;
	if (!sd->has_group || !fs_idmap_to_gid(map_of(s->ctx), &sd->group, &gid))
		gid = s->st.gid;
	if (uid == s->st.uid && gid == s->st.gid)
		return STATUS_SUCCESS;
	int err = v->ops->chown(v, s->file, s->path, uid != s->st.uid ? uid : (uid_t)-1, gid != s->st.gid ? gid : (gid_t)-1);
	return err == 0 ? stat_subject(s) : nt_status_from_errno(-err);
}

nt_status fs_set_security(struct fs_ctx *ctx, struct fs_open *open, uint32_t information, struct slice bytes)
{
	struct subject s = subject_of_open(ctx, open);
	struct fs_sd asked, sd;
	const struct fs_sd *have = NULL;
	nt_status status = check_set(open, information);
	if (status == STATUS_SUCCESS)
		status = fs_sd_parse(ctx->arena, bytes, 0, &asked);
	if (status == STATUS_SUCCESS)
		status = fs_sd_map_generic(ctx->arena, &asked);
	if (status == STATUS_SUCCESS && fs_upstream_judges(ctx))
		return fs_upstream_set_security(ctx, open->file, s.path, information, bytes);
	if (status == STATUS_SUCCESS)
		status = stat_subject(&s);
	if (status == STATUS_SUCCESS)
		status = load(&s, &have);
	if (status != STATUS_SUCCESS)
		return status;
	sd = *have;
	status = merge_owners(ctx, information, &asked, &sd);
	merge_acls(information, &asked, &sd);
	if (status == STATUS_SUCCESS && (information & (FS_SECURITY_OWNER | FS_SECURITY_GROUP)) != 0)
		status = change_owner(&s, &sd);
	return status == STATUS_SUCCESS ? store(&s, &sd) : status;
}

/* --- new files --- */

static nt_status parse_asked(struct fs_ctx *ctx, struct slice bytes, const struct fs_sd **out)
{
	struct fs_sd *sd = arena_alloc(ctx->arena, sizeof(*sd));
	*out = NULL;
	if (sd == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = fs_sd_parse(ctx->arena, bytes, 0, sd);
	if (status == STATUS_SUCCESS)
		status = fs_sd_map_generic(ctx->arena, sd);
	if (status == STATUS_SUCCESS && sd->has_owner)
		status = check_owner(ctx, &sd->owner);
	if (status == STATUS_SUCCESS && sd->has_group)
		status = check_group(ctx, &sd->group);
	if (status == STATUS_SUCCESS && (sd->control & SE_SACL_PRESENT) != 0 && !token_of(ctx)->admin)
		status = STATUS_PRIVILEGE_NOT_HELD;
	/* One that says nothing is as good as none. */
	if (sd->has_owner || sd->has_group || (sd->control & (SE_DACL_PRESENT | SE_SACL_PRESENT)) != 0)
		*out = sd;
	return status;
}

nt_status fs_security_new_begin(struct fs_ctx *ctx, const char *folder, bool directory, struct slice asked, struct fs_security_new *n)
{
	struct vfs *v = ctx->tree->vfs;
	struct subject s = { .ctx = ctx, .path = folder };
	*n = (struct fs_security_new){ .directory = directory };
	if (fs_upstream_judges(ctx)) {
		n->upstream = asked;
		return STATUS_SUCCESS;
	}
	nt_status status = asked.len > 0 ? parse_asked(ctx, asked, &n->asked) : STATUS_SUCCESS;
	if (status != STATUS_SUCCESS)
		return status;
	/* Folders without a descriptor are the rule: one look tells. */
	if (n->asked == NULL && v->ops->getxattr(v, NULL, folder, xattr_of(ctx), NULL, 0) <= 0)
		return STATUS_SUCCESS;
	if (v->ops->stat(v, folder, true, &s.st) != 0)
		return STATUS_OBJECT_PATH_NOT_FOUND;
	n->parent = load_stored(&s);
	uint32_t to_add = directory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
	if (n->parent != NULL && (fs_sd_rights(n->parent, token_of(ctx)) & to_add) == 0)
		return STATUS_ACCESS_DENIED;
	n->kept = n->parent != NULL || n->asked != NULL;
	return n->kept && n->parent == NULL ? load(&s, &n->parent) : STATUS_SUCCESS;
}

nt_status fs_security_new_apply(struct fs_ctx *ctx, const struct fs_security_new *n, struct vfs_file *file, const char *path,
				const struct vfs_stat *st)
{
	struct subject s = { .ctx = ctx, .file = file, .path = path, .st = *st };
	struct sid owner, group;
	struct fs_sd sd;
	if (n->upstream.len > 0)
		return fs_upstream_new_security(ctx, file, path, n->upstream);
	if (!n->kept)
		return STATUS_SUCCESS;
	fs_idmap_uid(map_of(ctx), st->uid, ctx->now, &owner);
	fs_idmap_gid(map_of(ctx), st->gid, &group);
	nt_status status = fs_sd_inherit(ctx->arena, n->parent, n->asked, &owner, &group, n->directory, &sd);
	if (status == STATUS_SUCCESS && n->asked != NULL)
		status = change_owner(&s, &sd);
	return status == STATUS_SUCCESS ? store(&s, &sd) : status;
}
