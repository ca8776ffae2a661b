/* Security descriptors as bytes; see sd.h. Every length and offset is hostile. */
#include "fs/sd.h"

enum { SD_HEADER = 20, ACL_HEADER = 8, ACE_HEADER = 4, SD_REVISION = 1, GUID_LEN = 16 };

enum { ACE_OBJECT_TYPE_PRESENT = 1, ACE_INHERITED_OBJECT_TYPE_PRESENT = 2 };

static bool is_object_ace(uint8_t type)
{
	return (type >= ACCESS_ALLOWED_OBJECT_ACE_TYPE && type <= SYSTEM_ALARM_OBJECT_ACE_TYPE) || type == ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE ||
	       type == ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE || type == SYSTEM_AUDIT_CALLBACK_OBJECT_ACE_TYPE ||
	       type == SYSTEM_ALARM_CALLBACK_OBJECT_ACE_TYPE;
}

/* Takes len bytes from the front; false: there are fewer. */
static bool take(struct slice *in, size_t len, struct slice *out)
{
	if (len > in->len)
		return false;
	*out = slice_of(in->ptr, len);
	*in = slice_of(in->ptr + len, in->len - len);
	return true;
}

static bool take_object(struct slice *in, struct slice *out)
{
	if (in->len < 4)
		return false;
	uint32_t flags = load_le32(in->ptr);
	size_t guids = ((flags & ACE_OBJECT_TYPE_PRESENT) != 0) + (size_t)((flags & ACE_INHERITED_OBJECT_TYPE_PRESENT) != 0);
	return take(in, 4 + guids * GUID_LEN, out);
}

/* The ACE at the front of *in, which moves behind it. */
static nt_status parse_ace(struct slice *in, struct fs_ace *ace)
{
	struct slice head, body, mask;
	if (!take(in, ACE_HEADER, &head) || load_le16(head.ptr + 2) < ACE_HEADER || !take(in, load_le16(head.ptr + 2) - ACE_HEADER, &body))
		return STATUS_INVALID_ACL;
	*ace = (struct fs_ace){ .type = head.ptr[0], .flags = head.ptr[1] };
	if (ace->type > SYSTEM_SCOPED_POLICY_ID_ACE_TYPE || ace->type == ACCESS_ALLOWED_COMPOUND_ACE_TYPE || !take(&body, 4, &mask))
		return STATUS_INVALID_ACL;
	ace->mask = load_le32(mask.ptr);
	if (is_object_ace(ace->type) && !take_object(&body, &ace->object))
		return STATUS_INVALID_ACL;
	size_t sid_len = sid_read(body, &ace->sid);
	if (sid_len == 0)
		return STATUS_INVALID_SID;
	ace->rest = slice_of(body.ptr + sid_len, body.len - sid_len);
	return STATUS_SUCCESS;
}

static nt_status parse_acl(struct arena *arena, struct slice bytes, uint32_t offset, const struct fs_acl **out)
{
	if (offset > bytes.len || bytes.len - offset < ACL_HEADER)
		return STATUS_INVALID_ACL;
	const uint8_t *p = bytes.ptr + offset;
	size_t size = load_le16(p + 2);
	if (size < ACL_HEADER || size > bytes.len - offset || p[0] < ACL_REVISION || p[0] > ACL_REVISION_DS)
		return STATUS_INVALID_ACL;
	struct slice body = slice_of(p + ACL_HEADER, size - ACL_HEADER);
	uint16_t n = load_le16(p + 4);
	if (n > body.len / ACE_HEADER) /* or the array would be larger than what made it */
		return STATUS_INVALID_ACL;
	struct fs_acl *acl = arena_alloc(arena, sizeof(*acl));
	struct fs_ace *aces = arena_array(arena, n, sizeof(*aces));
	if (acl == NULL || aces == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	*acl = (struct fs_acl){ .revision = p[0], .n = n, .aces = aces };
	nt_status status = STATUS_SUCCESS;
	for (size_t i = 0; i < n && status == STATUS_SUCCESS; i++)
		status = parse_ace(&body, &aces[i]);
	*out = acl;
	return status;
}

static nt_status parse_sid(struct slice bytes, uint32_t offset, bool *has, struct sid *out)
{
	*has = offset != 0;
	if (!*has)
		return STATUS_SUCCESS;
	if (offset > bytes.len || sid_read(slice_of(bytes.ptr + offset, bytes.len - offset), out) == 0)
		return STATUS_INVALID_SID;
	return STATUS_SUCCESS;
}

nt_status fs_sd_parse(struct arena *arena, struct slice bytes, size_t at, struct fs_sd *out)
{
	*out = (struct fs_sd){ .control = 0 };
	if (bytes.len > 2 * FS_SD_MAX || at > bytes.len || bytes.len - at < SD_HEADER)
		return STATUS_INVALID_SECURITY_DESCR;
	const uint8_t *p = bytes.ptr + at;
	if (p[0] != SD_REVISION)
		return STATUS_UNKNOWN_REVISION;
	out->control = load_le16(p + 2);
	if ((out->control & SE_SELF_RELATIVE) == 0)
		return STATUS_INVALID_SECURITY_DESCR;
	nt_status status = parse_sid(bytes, load_le32(p + 4), &out->has_owner, &out->owner);
	if (status == STATUS_SUCCESS)
		status = parse_sid(bytes, load_le32(p + 8), &out->has_group, &out->group);
	/* An ACL that the control word does not mention does not count. */
	if (status == STATUS_SUCCESS && (out->control & SE_SACL_PRESENT) != 0 && load_le32(p + 12) != 0)
		status = parse_acl(arena, bytes, load_le32(p + 12), &out->sacl);
	if (status == STATUS_SUCCESS && (out->control & SE_DACL_PRESENT) != 0 && load_le32(p + 16) != 0)
		status = parse_acl(arena, bytes, load_le32(p + 16), &out->dacl);
	return status;
}

/* --- bytes --- */

static size_t ace_size(const struct fs_ace *ace)
{
	return ALIGN_UP(ACE_HEADER + 4 + ace->object.len + sid_size(&ace->sid) + ace->rest.len, 4);
}

/* SIZE_MAX: larger than its own length field. */
static size_t acl_size(const struct fs_acl *acl)
{
	size_t size = ACL_HEADER;
	for (size_t i = 0; i < acl->n; i++) {
		size_t one = ace_size(&acl->aces[i]);
		if (one > UINT16_MAX - size)
			return SIZE_MAX;
		size += one;
	}
	return size;
}

static void put_bytes(uint8_t **p, struct slice bytes)
{
	if (bytes.len > 0)
		memcpy(*p, bytes.ptr, bytes.len);
	*p += bytes.len;
}

static void put_ace(uint8_t *p, const struct fs_ace *ace)
{
	size_t size = ace_size(ace);
	p[0] = ace->type;
	p[1] = ace->flags;
	store_le16(p + 2, (uint16_t)size);
	store_le32(p + 4, ace->mask);
	p += ACE_HEADER + 4;
	put_bytes(&p, ace->object);
	p += sid_write(&ace->sid, p);
	put_bytes(&p, ace->rest);
}

static size_t put_acl(uint8_t *p, const struct fs_acl *acl, size_t size)
{
	p[0] = acl->revision;
	store_le16(p + 2, (uint16_t)size);
	store_le16(p + 4, acl->n);
	p += ACL_HEADER;
	for (size_t i = 0; i < acl->n; i++) {
		put_ace(p, &acl->aces[i]);
		p += ace_size(&acl->aces[i]);
	}
	return size;
}

nt_status fs_sd_format(struct arena *arena, const struct fs_sd *sd, uint32_t base, struct slice *out)
{
	size_t sacl = sd->sacl != NULL ? acl_size(sd->sacl) : 0, dacl = sd->dacl != NULL ? acl_size(sd->dacl) : 0;
	if (sacl == SIZE_MAX || dacl == SIZE_MAX)
		return STATUS_INVALID_ACL;
	size_t size = SD_HEADER + (sd->has_owner ? sid_size(&sd->owner) : 0) + (sd->has_group ? sid_size(&sd->group) : 0) + sacl + dacl;
	uint8_t *start = arena_alloc(arena, size), *p = start;
	if (start == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	p[0] = SD_REVISION;
	store_le16(p + 2, sd->control | SE_SELF_RELATIVE);
	p += SD_HEADER;
	if (sd->has_owner) {
		store_le32(start + 4, base + (uint32_t)(p - start));
		p += sid_write(&sd->owner, p);
	}
	if (sd->has_group) {
		store_le32(start + 8, base + (uint32_t)(p - start));
		p += sid_write(&sd->group, p);
	}
	if (sd->sacl != NULL) {
		store_le32(start + 12, base + (uint32_t)(p - start));
		p += put_acl(p, sd->sacl, sacl);
	}
	if (sd->dacl != NULL) {
		store_le32(start + 16, base + (uint32_t)(p - start));
		put_acl(p, sd->dacl, dacl);
	}
	*out = slice_of(start, size);
	return STATUS_SUCCESS;
}
