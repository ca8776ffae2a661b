/* POSIX ACLs as bytes and as modes; see posixacl.h. */
#include "fs/posixacl.h"

enum { XATTR_VERSION = 2, HEAD_LEN = 4, ENTRY_LEN = 8 };

#define NO_ID UINT32_MAX

nt_status fs_posix_acl_parse(struct arena *arena, struct slice bytes, struct fs_posix_acl *out)
{
	if (bytes.len < HEAD_LEN || (bytes.len - HEAD_LEN) % ENTRY_LEN != 0 || load_le32(bytes.ptr) != XATTR_VERSION)
		return STATUS_NOT_SUPPORTED;
	size_t n = (bytes.len - HEAD_LEN) / ENTRY_LEN;
	*out = (struct fs_posix_acl){ .aces = arena_array(arena, n, sizeof(*out->aces)), .n = n };
	if (out->aces == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = bytes.ptr + HEAD_LEN + i * ENTRY_LEN;
		out->aces[i] = (struct fs_posix_ace){ .tag = load_le16(p), .perm = load_le16(p + 2), .id = load_le32(p + 4) };
	}
	return STATUS_SUCCESS;
}

nt_status fs_posix_acl_format(struct arena *arena, const struct fs_posix_acl *acl, struct slice *out)
{
	size_t len = HEAD_LEN + acl->n * ENTRY_LEN;
	uint8_t *bytes = len <= FS_POSIX_ACL_MAX ? arena_alloc(arena, len) : NULL;
	if (bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	store_le32(bytes, XATTR_VERSION);
	for (size_t i = 0; i < acl->n; i++) {
		uint8_t *p = bytes + HEAD_LEN + i * ENTRY_LEN;
		store_le16(p, acl->aces[i].tag);
		store_le16(p + 2, acl->aces[i].perm);
		store_le32(p + 4, acl->aces[i].id);
	}
	*out = slice_of(bytes, len);
	return STATUS_SUCCESS;
}

nt_status fs_posix_acl_of_mode(struct arena *arena, uint32_t mode, struct fs_posix_acl *out)
{
	const struct fs_posix_ace aces[] = {
		{ FS_ACL_USER_OBJ, mode >> 6 & 7, NO_ID }, { FS_ACL_GROUP_OBJ, mode >> 3 & 7, NO_ID }, { FS_ACL_OTHER, mode & 7, NO_ID },
	};
	*out = (struct fs_posix_acl){ .aces = arena_dup(arena, aces, sizeof(aces)), .n = ARRAY_LEN(aces) };
	return out->aces != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

uint32_t fs_posix_acl_mode(const struct fs_posix_acl *acl)
{
	uint32_t user = 0, group = 0, mask = 0, other = 0;
	for (size_t i = 0; i < acl->n; i++) {
		uint32_t perm = acl->aces[i].perm & 7;
		switch (acl->aces[i].tag) {
		case FS_ACL_USER_OBJ: user = perm; break;
		case FS_ACL_GROUP_OBJ: group = perm; break;
		case FS_ACL_MASK: mask = perm; break;
		case FS_ACL_OTHER: other = perm; break;
		default: break;
		}
	}
	return user << 6 | (fs_posix_acl_is_extended(acl) ? mask : group) << 3 | other;
}

bool fs_posix_acl_is_extended(const struct fs_posix_acl *acl)
{
	return acl->n > 3;
}
