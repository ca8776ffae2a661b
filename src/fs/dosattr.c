/* DOS attributes and creation time: user.DOSATTRIB, else the mode bits. See dosattr.h for the bytes. */
#include "fs/dosattr.h"

#include <errno.h>
#include <stdlib.h>

#include "fs/archive.h"
#include "fs/share.h"
#include "fs/writetime.h"

enum { /* valid_flags of versions 3 to 5 */
	XATTR_DOSINFO_ATTRIB = 0x01,
	XATTR_DOSINFO_CREATE_TIME = 0x10,
};

enum { /* without xattrs the x bits, which Windows has no use for, carry three attributes */
	MODE_ARCHIVE = S_IXUSR,
	MODE_SYSTEM = S_IXGRP,
	MODE_HIDDEN = S_IXOTH,
	MODE_WRITE = S_IWUSR | S_IWGRP | S_IWOTH,
};

enum { ALLOCATION_UNIT = 4096 }; /* sizes on disk are told in whole units, as NTFS does */

/* NDR reading: aligned from the start of the blob, zeros past its end, where `bad` is set. */
struct ndr {
	struct slice in;
	size_t pos;
	bool bad;
};

static const uint8_t *ndr_take(struct ndr *n, size_t align, size_t len)
{
	static const uint8_t zeros[8];
	size_t pos = ALIGN_UP(n->pos, align);
	if (n->bad || pos > n->in.len || len > n->in.len - pos) {
		n->bad = true;
		return zeros;
	}
	n->pos = pos + len;
	return n->in.ptr + pos;
}

static uint16_t ndr_u16(struct ndr *n) { return load_le16(ndr_take(n, 2, 2)); }
static uint32_t ndr_u32(struct ndr *n) { return load_le32(ndr_take(n, 4, 4)); }
static uint64_t ndr_u64(struct ndr *n) { return load_le64(ndr_take(n, 4, 8)); } /* udlong: aligned as two halves */

/* "0x20": all there is in the oldest files, empty in the newest. */
static void parse_hex(struct ndr *n, struct fs_dosattr *out)
{
	char text[16] = { 0 };
	size_t len = 0;
	while (n->pos < n->in.len && n->in.ptr[n->pos] != 0) {
		if (len < sizeof(text) - 1)
			text[len++] = (char)n->in.ptr[n->pos];
		n->pos++;
	}
	if (n->pos < n->in.len)
		n->pos++;
	char *end;
	unsigned long value = strtoul(text, &end, 16);
	if (len > 0 && *end == '\0' && value <= UINT32_MAX) {
		out->has_attributes = true;
		out->attributes = (uint32_t)value;
	}
}

static void parse_old(struct ndr *n, struct fs_dosattr *out)
{
	out->attributes = ndr_u32(n);
	out->has_attributes = true;
	ndr_u32(n); /* ea_size */
	ndr_u64(n); /* size */
	ndr_u64(n); /* alloc_size */
	out->creation_time = ndr_u64(n);
}

static void parse_flagged(struct ndr *n, uint16_t version, struct fs_dosattr *out)
{
	uint32_t valid = ndr_u32(n);
	uint32_t attributes = ndr_u32(n);
	if (version == 3) {
		ndr_u32(n);
		ndr_u64(n);
		ndr_u64(n);
	}
	if (version == 4)
		ndr_u64(n); /* itime: Samba derives file ids from it */
	nttime creation_time = ndr_u64(n);
	if ((valid & XATTR_DOSINFO_ATTRIB) != 0) {
		out->has_attributes = true;
		out->attributes = attributes;
	}
	if ((valid & XATTR_DOSINFO_CREATE_TIME) != 0)
		out->creation_time = creation_time;
}

bool fs_dosattr_parse(struct slice bytes, struct fs_dosattr *out)
{
	struct ndr n = { .in = bytes };
	struct fs_dosattr found = { 0 };
	parse_hex(&n, &found);
	*out = found;
	if (n.pos >= bytes.len)
		return found.has_attributes;
	uint16_t version = ndr_u16(&n);
	if (ndr_u16(&n) != version)
		return false;
	switch (version) {
	case 0xFFFF:
		found.attributes = ndr_u32(&n);
		found.has_attributes = true;
		break;
	case 1: parse_old(&n, &found); break;
	case 2:
		ndr_u32(&n); /* flags */
		parse_old(&n, &found);
		break;
	case 3:
	case 4:
	case 5: parse_flagged(&n, version, &found); break;
	default: return false;
	}
	if (n.bad)
		return false;
	*out = found;
	return true;
}

void fs_dosattr_format(uint32_t attributes, nttime creation_time, uint8_t out[FS_DOSATTR_FORMAT_LEN])
{
	memset(out, 0, FS_DOSATTR_FORMAT_LEN); /* an empty string and padding come first */
	store_le16(out + 2, 5);
	store_le16(out + 4, 5);
	store_le32(out + 8, XATTR_DOSINFO_ATTRIB | XATTR_DOSINFO_CREATE_TIME);
	store_le32(out + 12, attributes);
	store_le64(out + 16, creation_time);
}

static uint32_t attributes_of_mode(const struct fs_ctx *ctx, uint32_t mode)
{
	uint32_t attributes = (mode & S_IWUSR) == 0 ? FILE_ATTRIBUTE_READONLY : 0;
	if (fs_share_config(ctx->tree->share)->store_dos_attributes || S_ISDIR(mode))
		return attributes;
	if ((mode & MODE_ARCHIVE) != 0)
		attributes |= FILE_ATTRIBUTE_ARCHIVE;
	if ((mode & MODE_SYSTEM) != 0)
		attributes |= FILE_ATTRIBUTE_SYSTEM;
	if ((mode & MODE_HIDDEN) != 0)
		attributes |= FILE_ATTRIBUTE_HIDDEN;
	return attributes;
}

static mode_t x_bits(const struct fs_share_config *config, uint32_t attributes)
{
	if (config->store_dos_attributes)
		return 0;
	return ((attributes & FILE_ATTRIBUTE_ARCHIVE) != 0 ? MODE_ARCHIVE : 0u) | ((attributes & FILE_ATTRIBUTE_SYSTEM) != 0 ? MODE_SYSTEM : 0u) |
	       ((attributes & FILE_ATTRIBUTE_HIDDEN) != 0 ? MODE_HIDDEN : 0u);
}

mode_t fs_dosattr_mode(const struct fs_ctx *ctx, uint32_t attributes, bool directory)
{
	const struct fs_share_config *config = fs_share_config(ctx->tree->share);
	if (directory)
		return 0777 & config->directory_mask;
	mode_t mode = 0666 | x_bits(config, attributes);
	if (!config->store_dos_attributes && (attributes & FILE_ATTRIBUTE_READONLY) != 0)
		mode &= ~(mode_t)MODE_WRITE;
	return mode & config->create_mask;
}

static nttime fallback_creation_time(const struct vfs_stat *st)
{
	return st->btime != 0 ? st->btime : MIN(st->mtime, st->ctime);
}

static bool is_hidden_dot_file(const struct fs_ctx *ctx, const char *name)
{
	return name[0] == '.' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && fs_share_config(ctx->tree->share)->hide_dot_files;
}

uint64_t fs_dosattr_allocation_size(const struct vfs_stat *st)
{
	uint64_t rounded = st->size > UINT64_MAX - ALLOCATION_UNIT ? st->size : ALIGN_UP(st->size, ALLOCATION_UNIT);
	return MAX(rounded, st->allocated);
}

static void fill_from_stat(const struct vfs_stat *st, struct fs_info *out)
{
	bool directory = S_ISDIR(st->mode);
	*out = (struct fs_info){
		.last_access_time = st->atime, .last_write_time = st->mtime, .change_time = st->ctime,
		.number_of_links = (uint32_t)MIN(st->nlink, UINT32_MAX), .file_id = st->ino, .dev = st->dev,
		.directory = directory, .mode = st->mode, .uid = st->uid, .gid = st->gid,
	};
	if (directory) {
		out->number_of_links = 1; /* a folder's link count tells of its children, which nobody asked */
		return;
	}
	out->end_of_file = st->size;
	out->allocation_size = fs_dosattr_allocation_size(st);
}

void fs_dosattr_apply(const struct fs_ctx *ctx, struct slice xattr, const char *name, const struct vfs_stat *st, struct fs_info *out)
{
	struct fs_dosattr stored = { .has_attributes = st->has_dos, .attributes = st->dos_attributes, .creation_time = st->has_dos ? st->btime : 0 };
	if (!st->has_dos && xattr.len > 0 && fs_share_config(ctx->tree->share)->store_dos_attributes && !fs_dosattr_parse(xattr, &stored))
		stored = (struct fs_dosattr){ 0 };
	fill_from_stat(st, out);
	uint32_t attributes = stored.has_attributes ? stored.attributes & FS_DOSATTR_KEPT : attributes_of_mode(ctx, st->mode);
	if (is_hidden_dot_file(ctx, name))
		attributes |= FILE_ATTRIBUTE_HIDDEN;
	if (out->directory)
		attributes = (attributes & ~(uint32_t)FILE_ATTRIBUTE_TEMPORARY) | FILE_ATTRIBUTE_DIRECTORY;
	out->attributes = attributes != 0 ? attributes : FILE_ATTRIBUTE_NORMAL;
	fs_write_time_show(ctx, st, out);
	out->creation_time = stored.creation_time != 0 ? stored.creation_time : fallback_creation_time(st);
}

void fs_dosattr_load(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *name, const struct vfs_stat *st, struct fs_info *out)
{
	uint8_t blob[FS_DOSATTR_MAX];
	ssize_t len = 0;
	if (!st->has_dos && fs_share_config(ctx->tree->share)->store_dos_attributes) {
		struct vfs *v = ctx->tree->vfs;
		len = v->ops->getxattr(v, file, path, FS_DOSATTR_XATTR, blob, sizeof(blob));
	}
	fs_dosattr_apply(ctx, slice_of(blob, len > 0 ? (size_t)len : 0), name, st, out);
}

/* The mode bits keep what they can: READONLY always, three more where the share says so. Folders are not touched: without
 * their w bits nobody could work in them, which READONLY never means for a folder. */
static nt_status store_in_mode(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st, uint32_t attributes)
{
	const struct fs_share_config *config = fs_share_config(ctx->tree->share);
	if (S_ISDIR(st->mode))
		return STATUS_SUCCESS;
	mode_t mode = st->mode & 07777;
	if (!config->store_dos_attributes)
		mode = (mode & ~(mode_t)(MODE_ARCHIVE | MODE_SYSTEM | MODE_HIDDEN)) | (x_bits(config, attributes) & config->create_mask);
	if ((attributes & FILE_ATTRIBUTE_READONLY) != 0)
		mode &= ~(mode_t)MODE_WRITE;
	else if ((mode & S_IWUSR) == 0)
		mode |= S_IWUSR | (MODE_WRITE & config->create_mask);
	if (mode == (st->mode & 07777))
		return STATUS_SUCCESS;
	struct vfs *v = ctx->tree->vfs;
	return nt_status_from_errno(-v->ops->chmod(v, file, path, mode));
}

static int set_xattr(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st, uint32_t attributes,
		     nttime creation_time)
{
	struct vfs *v = ctx->tree->vfs;
	uint8_t blob[FS_DOSATTR_FORMAT_LEN];
	fs_dosattr_format(attributes | (S_ISDIR(st->mode) ? FILE_ATTRIBUTE_DIRECTORY : 0u), creation_time, blob);
	return v->ops->setxattr(v, file, path, FS_DOSATTR_XATTR, blob, sizeof(blob));
}

/* The kernel takes user xattrs only on a file that one may write. Its owner may: for as long as it takes, or for good if
 * READONLY is what is being cleared. */
static int set_xattr_unlocked(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st, uint32_t attributes,
			      nttime creation_time)
{
	struct vfs *v = ctx->tree->vfs;
	mode_t mode = st->mode & 07777;
	int err = v->ops->chmod(v, file, path, mode | S_IWUSR);
	if (err == 0)
		err = set_xattr(ctx, file, path, st, attributes, creation_time);
	if (err != 0 || (attributes & FILE_ATTRIBUTE_READONLY) != 0)
		(void)v->ops->chmod(v, file, path, mode);
	return err;
}

static nt_status store(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st, uint32_t attributes,
		       nttime creation_time)
{
	struct vfs *v = ctx->tree->vfs;
	attributes &= FS_DOSATTR_KEPT;
	if (st->has_dos)
		return nt_status_from_errno(-v->ops->set_dos(v, file, path, attributes, creation_time));
	if (!fs_share_config(ctx->tree->share)->store_dos_attributes)
		return store_in_mode(ctx, file, path, st, attributes);
	bool locked = (st->mode & S_IWUSR) == 0 && !S_ISDIR(st->mode);
	int err = locked ? set_xattr_unlocked(ctx, file, path, st, attributes, creation_time)
			 : set_xattr(ctx, file, path, st, attributes, creation_time);
	if (err == -EOPNOTSUPP || err == -ENOSPC || err == -EDQUOT) /* no room for xattrs is no reason to lose READONLY */
		return store_in_mode(ctx, file, path, st, attributes);
	return nt_status_from_errno(-err);
}

nt_status fs_dosattr_store(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st, uint32_t attributes,
			   nttime creation_time)
{
	nt_status status = store(ctx, file, path, st, attributes, creation_time);
	if (status == STATUS_SUCCESS)
		fs_archive_stored(ctx, st, attributes);
	return status;
}
