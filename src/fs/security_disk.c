/* The descriptor of a file on the disk, beside its mode and POSIX ACL: it counts only while its hash fits what the kernel has. */
#include "fs/security_disk.h"

#include <errno.h>
#include <unistd.h>

#include "fs/sd_posix.h"
#include "fs/share.h"

const char *fs_security_xattr(const struct fs_ctx *ctx)
{
	const char *name = fs_share_config(ctx->tree->share)->security_xattr;
	return name != NULL ? name : FS_SECURITY_XATTR_USER;
}

bool fs_security_is_unknown(ssize_t len)
{
	return len == -ENOMEM || len == -EMFILE || len == -ENFILE || len == -EIO;
}

/* Empty: the file has none, or nobody may see it. Most files have none, and cost no memory. */
static nt_status read_xattr(const struct fs_subject *s, const char *name, struct slice *out)
{
	struct vfs *v = s->ctx->tree->vfs;
	uint8_t first[1024];
	ssize_t len = v->ops->getxattr(v, s->file, s->path, name, first, sizeof(first));
	*out = slice_of(NULL, 0);
	if (len == -ERANGE)
		len = v->ops->getxattr(v, s->file, s->path, name, NULL, 0);
	if (fs_security_is_unknown(len))
		return nt_status_from_errno((int)-len);
	if (len <= 0 || len > FS_NTACL_MAX)
		return STATUS_SUCCESS;
	uint8_t *bytes = arena_alloc(s->ctx->arena, (size_t)len);
	if (bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if ((size_t)len <= sizeof(first))
		memcpy(bytes, first, (size_t)len);
	else
		len = v->ops->getxattr(v, s->file, s->path, name, bytes, (size_t)len);
	if (len < 0) /* it is being changed just now */
		return nt_status_from_errno((int)-len);
	*out = slice_of(bytes, (size_t)len);
	return STATUS_SUCCESS;
}

static nt_status load_posix(const struct fs_subject *s, struct fs_posix_rights *out)
{
	struct arena *arena = s->ctx->arena;
	*out = (struct fs_posix_rights){ .uid = s->st.uid, .gid = s->st.gid, .mode = s->st.mode };
	struct slice bytes;
	nt_status status = read_xattr(s, FS_POSIX_ACL_ACCESS, &bytes);
	if (status == STATUS_SUCCESS)
		status = bytes.len > 0 ? fs_posix_acl_parse(arena, bytes, &out->access) : fs_posix_acl_of_mode(arena, s->st.mode, &out->access);
	if (status != STATUS_SUCCESS || !S_ISDIR(s->st.mode))
		return status;
	struct fs_posix_acl *heirs = arena_alloc(arena, sizeof(*heirs)); /* without entries where the folder has none */
	if (heirs == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	out->folder_default = heirs;
	status = read_xattr(s, FS_POSIX_ACL_DEFAULT, &bytes);
	return bytes.len > 0 ? fs_posix_acl_parse(arena, bytes, heirs) : status;
}

/* What the xattr says, and whether it fits the file still; nonsense does not. */
static nt_status judge_stored(const struct fs_subject *s, struct slice bytes, struct fs_sd *sd, bool *fits)
{
	uint8_t kept[FS_NTACL_HASH_LEN], now[FS_NTACL_HASH_LEN];
	struct fs_posix_rights rights;
	nt_status status = fs_ntacl_parse(s->ctx->arena, bytes, sd, kept);
	*fits = false;
	if (status != STATUS_SUCCESS)
		return status == STATUS_INSUFF_SERVER_RESOURCES ? status : STATUS_SUCCESS;
	status = load_posix(s, &rights);
	if (status == STATUS_SUCCESS && !fs_ntacl_hash(s->ctx->arena, &rights, now))
		status = STATUS_INSUFF_SERVER_RESOURCES;
	*fits = status == STATUS_SUCCESS && memcmp(kept, now, sizeof(now)) == 0;
	return status;
}

nt_status fs_security_load_stored(const struct fs_subject *s, const struct fs_sd **out)
{
	struct slice bytes;
	bool fits;
	*out = NULL;
	nt_status status = read_xattr(s, fs_security_xattr(s->ctx), &bytes);
	if (status != STATUS_SUCCESS || bytes.len == 0)
		return status;
	struct fs_sd *sd = arena_alloc(s->ctx->arena, sizeof(*sd));
	if (sd == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	status = judge_stored(s, bytes, sd, &fits);
	if (fits)
		*out = sd;
	return status;
}

nt_status fs_security_load(const struct fs_subject *s, const struct fs_sd **out)
{
	struct fs_posix_rights rights;
	nt_status status = fs_security_load_stored(s, out);
	if (status != STATUS_SUCCESS || *out != NULL)
		return status;
	struct fs_sd *sd = arena_alloc(s->ctx->arena, sizeof(*sd));
	if (sd == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	status = load_posix(s, &rights);
	*out = sd;
	return status == STATUS_SUCCESS ? fs_sd_of_posix(s->ctx->arena, fs_security_map(s->ctx), s->ctx->now, &rights, sd) : status;
}

/* -EOPNOTSUPP: this file system has no POSIX ACLs, and the mode must do. */
static int apply_access_acl(const struct fs_subject *s, const struct fs_posix_rights *have, const struct fs_posix_rights *want)
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
static int apply_default_acl(const struct fs_subject *s, const struct fs_posix_rights *have, struct fs_posix_rights *want)
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

static int apply_posix(const struct fs_subject *s, const struct fs_posix_rights *have, struct fs_posix_rights *want)
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
static int write_xattr(const struct fs_subject *s, const struct fs_posix_rights *now, struct slice bytes)
{
	struct vfs *v = s->ctx->tree->vfs;
	const char *name = fs_security_xattr(s->ctx);
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
nt_status fs_security_store(const struct fs_subject *s, const struct fs_sd *sd)
{
	struct arena *arena = s->ctx->arena;
	struct fs_posix_rights have, want;
	uint8_t hash[FS_NTACL_HASH_LEN];
	struct slice bytes;
	nt_status status = load_posix(s, &have);
	if (status == STATUS_SUCCESS)
		status = fs_posix_of_sd(arena, fs_security_map(s->ctx), s->ctx->now, sd, &have, !s->ctx->tree->cred.switched, &want);
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
