/* The descriptor's xattr; see ntacl.h. Offsets inside it count from its first byte, the descriptor's own too. */
#include "fs/ntacl.h"

#include "crypto/crypto.h"

enum {
	VERSION = 4,
	HASH_TYPE_SHA256 = 1,
	HASH_ROOM = 64,
	POINTER = 0x00020000, /* NDR referents: any value but 0 */
};

/* Where things are: version 0, switch 2, referent 4, the descriptor's referent 8, hash type 12, hash 14, description 78. */
enum { OFFSET_REFERENT = 4, OFFSET_SD_REFERENT = 8, OFFSET_HASH_TYPE = 12, OFFSET_HASH = 14, OFFSET_DESCRIPTION = OFFSET_HASH + HASH_ROOM };

static const char description[] = "posix_acl";

nt_status fs_ntacl_format(struct arena *arena, const struct fs_sd *sd, const uint8_t hash[FS_NTACL_HASH_LEN], struct slice *out)
{
	size_t at_time = ALIGN_UP(OFFSET_DESCRIPTION + sizeof(description), 8);
	size_t at_sys_hash = at_time + 8, at_sd = at_sys_hash + HASH_ROOM;
	struct slice body;
	nt_status status = fs_sd_format(arena, sd, (uint32_t)at_sd, &body);
	if (status != STATUS_SUCCESS)
		return status;
	if (body.len > FS_NTACL_MAX - at_sd)
		return STATUS_INVALID_ACL;
	uint8_t *p = arena_alloc(arena, at_sd + body.len);
	if (p == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	store_le16(p, VERSION);
	store_le16(p + 2, VERSION);
	store_le32(p + OFFSET_REFERENT, POINTER);
	store_le32(p + OFFSET_SD_REFERENT, POINTER + 4);
	store_le16(p + OFFSET_HASH_TYPE, HASH_TYPE_SHA256);
	memcpy(p + OFFSET_HASH, hash, FS_NTACL_HASH_LEN);
	memcpy(p + OFFSET_DESCRIPTION, description, sizeof(description));
	memcpy(p + at_sys_hash, hash, FS_NTACL_HASH_LEN);
	memcpy(p + at_sd, body.ptr, body.len);
	*out = slice_of(p, at_sd + body.len);
	return STATUS_SUCCESS;
}

nt_status fs_ntacl_parse(struct arena *arena, struct slice bytes, struct fs_sd *sd, uint8_t hash[FS_NTACL_HASH_LEN])
{
	if (bytes.len < OFFSET_DESCRIPTION || load_le16(bytes.ptr) != VERSION || load_le16(bytes.ptr + 2) != VERSION)
		return STATUS_NOT_SUPPORTED;
	if (load_le32(bytes.ptr + OFFSET_REFERENT) == 0 || load_le32(bytes.ptr + OFFSET_SD_REFERENT) == 0 ||
	    load_le16(bytes.ptr + OFFSET_HASH_TYPE) != HASH_TYPE_SHA256)
		return STATUS_NOT_SUPPORTED;
	const uint8_t *end = memchr(bytes.ptr + OFFSET_DESCRIPTION, 0, bytes.len - OFFSET_DESCRIPTION);
	if (end == NULL)
		return STATUS_NOT_SUPPORTED;
	size_t at_sys_hash = ALIGN_UP((size_t)(end - bytes.ptr) + 1, 8) + 8;
	if (at_sys_hash > bytes.len || bytes.len - at_sys_hash < HASH_ROOM)
		return STATUS_NOT_SUPPORTED;
	memcpy(hash, bytes.ptr + at_sys_hash, FS_NTACL_HASH_LEN);
	return fs_sd_parse(arena, bytes, at_sys_hash + HASH_ROOM, sd);
}

/* --- the hash --- */

struct blob {
	uint8_t *bytes;
	size_t len;
};

static void put_u16(struct blob *b, uint16_t v)
{
	store_le16(b->bytes + b->len, v);
	b->len += 2;
}

static void put_u32(struct blob *b, uint32_t v)
{
	store_le32(b->bytes + b->len, v);
	b->len += 4;
}

/* Ids are 64 bits wide there. */
static void put_id(struct blob *b, uint32_t id)
{
	b->len = ALIGN_UP(b->len, 8);
	put_u32(b, id);
	put_u32(b, 0);
}

/* SMB_ACL_*, by which Samba numbers what the kernel numbers by bits. */
static uint16_t samba_tag(uint16_t tag)
{
	enum { SMB_ACL_USER = 1, SMB_ACL_USER_OBJ, SMB_ACL_GROUP, SMB_ACL_GROUP_OBJ, SMB_ACL_OTHER, SMB_ACL_MASK };
	switch (tag) {
	case FS_ACL_USER_OBJ: return SMB_ACL_USER_OBJ;
	case FS_ACL_USER: return SMB_ACL_USER;
	case FS_ACL_GROUP_OBJ: return SMB_ACL_GROUP_OBJ;
	case FS_ACL_GROUP: return SMB_ACL_GROUP;
	case FS_ACL_MASK: return SMB_ACL_MASK;
	case FS_ACL_OTHER: return SMB_ACL_OTHER;
	default: return 0;
	}
}

/* A conformant structure: its size first, then count, next, and the entries, each aligned to 8. */
static void put_acl(struct blob *b, const struct fs_posix_acl *acl)
{
	put_u32(b, (uint32_t)acl->n);
	b->len = ALIGN_UP(b->len, 8);
	put_u32(b, (uint32_t)acl->n);
	put_u32(b, 0);
	for (size_t i = 0; i < acl->n; i++) {
		const struct fs_posix_ace *ace = &acl->aces[i];
		b->len = ALIGN_UP(b->len, 8);
		put_u16(b, samba_tag(ace->tag));
		put_u16(b, samba_tag(ace->tag));
		if (ace->tag == FS_ACL_USER || ace->tag == FS_ACL_GROUP)
			put_id(b, ace->id);
		put_u32(b, ace->perm);
	}
	b->len = ALIGN_UP(b->len, 8);
}

bool fs_ntacl_hash(struct arena *arena, const struct fs_posix_rights *rights, uint8_t out[FS_NTACL_HASH_LEN])
{
	enum { ENTRY = 24, FIXED = 64 };
	size_t n = rights->access.n + (rights->folder_default != NULL ? rights->folder_default->n : 0);
	struct blob b = { .bytes = arena_alloc(arena, n * ENTRY + 2 * FIXED) }; /* zeroed: what is between is */
	if (b.bytes == NULL)
		return false;
	put_u32(&b, POINTER);
	put_u32(&b, rights->folder_default != NULL ? POINTER + 4 : 0);
	put_id(&b, rights->uid);
	put_id(&b, rights->gid);
	put_u32(&b, rights->mode);
	put_acl(&b, &rights->access);
	if (rights->folder_default != NULL)
		put_acl(&b, rights->folder_default);
	return crypto_sha256(slice_of(b.bytes, b.len), out);
}
