/* Descriptors of files as clients ask for them and set them, and those of new files; see security.h. On the disk: security_disk.c. */
#include "fs/security.h"

#include "fs/access.h"
#include "fs/sd_access.h"
#include "fs/security_disk.h"
#include "fs/share.h"
#include "fs/upstream.h"

static const struct fs_token *token_of(struct fs_ctx *ctx)
{
	struct fs_tree *tree = ctx->tree;
	if (tree->token.sids == NULL && !fs_token_make(tree, fs_security_map(ctx), ctx->now))
		tree->token.n = 0; /* nobody, until there is memory */
	return &tree->token;
}

static struct fs_subject subject_of_open(struct fs_ctx *ctx, struct fs_open *open)
{
	return (struct fs_subject){ .ctx = ctx, .file = open->file, .path = fs_open_path(ctx, open) };
}

static nt_status stat_subject(struct fs_subject *s)
{
	return nt_status_from_errno(-s->ctx->tree->vfs->ops->fstat(s->file, &s->st));
}

uint32_t fs_security_rights(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st)
{
	const struct fs_subject s = { .ctx = ctx, .file = file, .path = path, .st = *st };
	if (fs_upstream_judges(ctx))
		return FILE_ALL_ACCESS;
	const struct fs_sd *sd;
	if (fs_security_load_stored(&s, &sd) != STATUS_SUCCESS)
		return 0;
	if (sd == NULL)
		return fs_access_by_mode(ctx, path, st);
	return fs_sd_rights(sd, token_of(ctx));
}

/* --- query --- */

nt_status fs_query_security(struct fs_ctx *ctx, struct fs_open *open, uint32_t information, struct slice *out)
{
	struct fs_subject s = subject_of_open(ctx, open);
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
		status = fs_security_load(&s, &whole);
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
static nt_status change_owner(struct fs_subject *s, const struct fs_sd *sd)
{
	struct vfs *v = s->ctx->tree->vfs;
	uint32_t uid, gid;
	if (!sd->has_owner || !fs_idmap_to_uid(fs_security_map(s->ctx), &sd->owner, &uid))
		uid = s->st.uid;
	if (!sd->has_group || !fs_idmap_to_gid(fs_security_map(s->ctx), &sd->group, &gid))
		gid = s->st.gid;
	if (uid == s->st.uid && gid == s->st.gid)
		return STATUS_SUCCESS;
	int err = v->ops->chown(v, s->file, s->path, uid != s->st.uid ? uid : (uid_t)-1, gid != s->st.gid ? gid : (gid_t)-1);
	return err == 0 ? stat_subject(s) : nt_status_from_errno(-err);
}

nt_status fs_set_security(struct fs_ctx *ctx, struct fs_open *open, uint32_t information, struct slice bytes)
{
	struct fs_subject s = subject_of_open(ctx, open);
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
		status = fs_security_load(&s, &have);
	if (status != STATUS_SUCCESS)
		return status;
	sd = *have;
	status = merge_owners(ctx, information, &asked, &sd);
	merge_acls(information, &asked, &sd);
	if (status == STATUS_SUCCESS && (information & (FS_SECURITY_OWNER | FS_SECURITY_GROUP)) != 0)
		status = change_owner(&s, &sd);
	return status == STATUS_SUCCESS ? fs_security_store(&s, &sd) : status;
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
	struct fs_subject s = { .ctx = ctx, .path = folder };
	*n = (struct fs_security_new){ .directory = directory };
	if (fs_upstream_judges(ctx)) {
		n->upstream = asked;
		return STATUS_SUCCESS;
	}
	nt_status status = asked.len > 0 ? parse_asked(ctx, asked, &n->asked) : STATUS_SUCCESS;
	if (status != STATUS_SUCCESS)
		return status;
	/* Folders without a descriptor are the rule: one look tells. */
	ssize_t len = n->asked == NULL ? v->ops->getxattr(v, NULL, folder, fs_security_xattr(ctx), NULL, 0) : 0;
	if (n->asked == NULL && len <= 0 && !fs_security_is_unknown(len))
		return STATUS_SUCCESS;
	if (v->ops->stat(v, folder, true, &s.st) != 0)
		return STATUS_OBJECT_PATH_NOT_FOUND;
	status = fs_security_load_stored(&s, &n->parent);
	if (status != STATUS_SUCCESS)
		return status;
	uint32_t to_add = directory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
	if (n->parent != NULL && (fs_sd_rights(n->parent, token_of(ctx)) & to_add) == 0)
		return STATUS_ACCESS_DENIED;
	n->kept = n->parent != NULL || n->asked != NULL;
	return n->kept && n->parent == NULL ? fs_security_load(&s, &n->parent) : STATUS_SUCCESS;
}

nt_status fs_security_new_apply(struct fs_ctx *ctx, const struct fs_security_new *n, struct vfs_file *file, const char *path,
				const struct vfs_stat *st)
{
	struct fs_subject s = { .ctx = ctx, .file = file, .path = path, .st = *st };
	struct sid owner, group;
	struct fs_sd sd;
	if (n->upstream.len > 0)
		return fs_upstream_new_security(ctx, file, path, n->upstream);
	if (!n->kept)
		return STATUS_SUCCESS;
	fs_idmap_uid(fs_security_map(ctx), st->uid, ctx->now, &owner);
	fs_idmap_gid(fs_security_map(ctx), st->gid, &group);
	nt_status status = fs_sd_inherit(ctx->arena, n->parent, n->asked, &owner, &group, n->directory, &sd);
	if (status == STATUS_SUCCESS && n->asked != NULL)
		status = change_owner(&s, &sd);
	return status == STATUS_SUCCESS ? fs_security_store(&s, &sd) : status;
}
