/* Descriptors and POSIX permissions; see sd_posix.h. */
#include "fs/sd_posix.h"

#include "fs/fs.h"
#include "fs/sd_access.h"

enum {
	PERM_READ = 4, PERM_WRITE = 2, PERM_EXECUTE = 1,
	MASK_OF_READ = READ_CONTROL | ACCESS_SYNCHRONIZE | FILE_READ_DATA | FILE_READ_ATTRIBUTES | FILE_READ_EA,
	MASK_OF_WRITE = READ_CONTROL | ACCESS_SYNCHRONIZE | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA,
	MASK_OF_EXECUTE = READ_CONTROL | ACCESS_SYNCHRONIZE | FILE_EXECUTE | FILE_READ_ATTRIBUTES,
	MASK_OF_OWNER = ACCESS_DELETE | READ_CONTROL | WRITE_DAC | WRITE_OWNER | ACCESS_SYNCHRONIZE,
};

/* Entries for named users and groups: what ext4 keeps in any case. */
enum { NAMED_MAX = 32 };

uint32_t fs_sd_mask_of_perm(uint32_t perm, bool owner, bool directory)
{
	if ((perm & 7) == 7)
		return FILE_ALL_ACCESS;
	uint32_t mask = 0;
	if ((perm & PERM_READ) != 0)
		mask |= MASK_OF_READ;
	if ((perm & PERM_WRITE) != 0)
		mask |= MASK_OF_WRITE | (directory ? FILE_DELETE_CHILD : 0u) | (owner ? MASK_OF_OWNER : 0u);
	if ((perm & PERM_EXECUTE) != 0)
		mask |= MASK_OF_EXECUTE;
	return mask;
}

/* --- from the kernel's --- */

static void add_ace(struct fs_acl *acl, uint8_t flags, uint32_t mask, const struct sid *sid)
{
	acl->aces[acl->n++] = fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, flags, mask, sid);
}

/* creators: the entries are for what will be made in a folder, whose owner is not known yet. */
static void add_posix(struct fs_acl *acl, const struct fs_idmap *map, nttime now, const struct fs_posix_acl *posix, const struct fs_sd *sd,
		      bool directory, bool creators)
{
	uint32_t limit = 7;
	uint8_t flags = creators ? OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | INHERIT_ONLY_ACE : 0;
	for (size_t i = 0; i < posix->n; i++)
		limit = posix->aces[i].tag == FS_ACL_MASK ? posix->aces[i].perm : limit;
	for (size_t i = 0; i < posix->n; i++) {
		const struct fs_posix_ace *ace = &posix->aces[i];
		struct sid sid;
		uint32_t perm = ace->perm & limit;
		switch (ace->tag) {
		case FS_ACL_USER_OBJ:
			add_ace(acl, flags, fs_sd_mask_of_perm(ace->perm, true, directory), creators ? sid_known(SID_CREATOR_OWNER) : &sd->owner);
			break;
		case FS_ACL_USER:
			fs_idmap_uid(map, ace->id, now, &sid);
			add_ace(acl, flags, fs_sd_mask_of_perm(perm, false, directory), &sid);
			break;
		case FS_ACL_GROUP_OBJ:
			add_ace(acl, flags, fs_sd_mask_of_perm(perm, false, directory), creators ? sid_known(SID_CREATOR_GROUP) : &sd->group);
			break;
		case FS_ACL_GROUP:
			fs_idmap_gid(map, ace->id, &sid);
			add_ace(acl, flags, fs_sd_mask_of_perm(perm, false, directory), &sid);
			break;
		case FS_ACL_OTHER: add_ace(acl, flags, fs_sd_mask_of_perm(ace->perm, false, directory), sid_known(SID_EVERYONE)); break;
		default: break;
		}
	}
}

nt_status fs_sd_of_posix(struct arena *arena, const struct fs_idmap *map, nttime now, const struct fs_posix_rights *rights, struct fs_sd *out)
{
	bool directory = S_ISDIR(rights->mode);
	const struct fs_posix_acl *heirs = rights->folder_default != NULL && rights->folder_default->n > 0 ? rights->folder_default : &rights->access;
	struct fs_acl *acl = arena_alloc(arena, sizeof(*acl));
	struct fs_ace *aces = arena_array(arena, rights->access.n + heirs->n, sizeof(*aces));
	if (acl == NULL || aces == NULL || rights->access.n + heirs->n > UINT16_MAX)
		return STATUS_INSUFF_SERVER_RESOURCES;
	*acl = (struct fs_acl){ .revision = ACL_REVISION, .aces = aces };
	*out = (struct fs_sd){ .control = SE_DACL_PRESENT | SE_SELF_RELATIVE, .has_owner = true, .has_group = true, .dacl = acl };
	fs_idmap_uid(map, rights->uid, now, &out->owner);
	fs_idmap_gid(map, rights->gid, &out->group);
	add_posix(acl, map, now, &rights->access, out, directory, false);
	if (directory)
		add_posix(acl, map, now, heirs, out, directory, true);
	return STATUS_SUCCESS;
}

/* --- to the kernel's --- */

struct mapping {
	const struct fs_idmap *map;
	const struct fs_sd *sd;
	bool directory;
	uint32_t x_allowed; /* PERM_EXECUTE, or 0: a file that has none gets none */
};

static uint16_t perm_of_rights(const struct mapping *m, uint32_t rights)
{
	bool r = (rights & FILE_READ_DATA) != 0;
	bool w = (rights & (FILE_WRITE_DATA | FILE_APPEND_DATA | (m->directory ? FILE_DELETE_CHILD : 0u))) != 0;
	/* Windows lets everyone pass through folders on the way to what he may use. */
	bool x = (rights & FILE_EXECUTE) != 0 || (m->directory && (r || w));
	return (uint16_t)((r ? PERM_READ : 0) | (w ? PERM_WRITE : 0) | (x ? m->x_allowed : 0));
}

/* What somebody gets of whom only this SID is known (NULL: not even that). */
static uint16_t perm_of_sid(const struct mapping *m, const struct sid *sid)
{
	struct sid sids[5] = { *sid_known(SID_EVERYONE), *sid_known(SID_NETWORK), *sid_known(SID_AUTHENTICATED_USERS), *sid_known(SID_BUILTIN_USERS) };
	struct fs_token token = { .sids = sids, .n = 4 };
	if (sid != NULL)
		sids[token.n++] = *sid;
	return perm_of_rights(m, fs_sd_rights(m->sd, &token));
}

static bool has_entry(const struct fs_posix_acl *acl, uint16_t tag, uint32_t id)
{
	for (size_t i = 0; i < acl->n; i++)
		if (acl->aces[i].tag == tag && acl->aces[i].id == id)
			return true;
	return false;
}

/* The users (or groups) that the DACL names, but for the one in the mode. */
static void add_named(const struct mapping *m, uint16_t tag, uint32_t but_for, struct fs_posix_acl *acl)
{
	for (size_t i = 0, n = 0; m->sd->dacl != NULL && i < m->sd->dacl->n && n < NAMED_MAX; i++) {
		const struct fs_ace *ace = &m->sd->dacl->aces[i];
		uint32_t id;
		bool mapped = tag == FS_ACL_USER ? fs_idmap_to_uid(m->map, &ace->sid, &id) : fs_idmap_to_gid(m->map, &ace->sid, &id);
		if (!mapped || (ace->flags & INHERIT_ONLY_ACE) != 0 || id == but_for || id == UINT32_MAX || has_entry(acl, tag, id))
			continue;
		acl->aces[acl->n++] = (struct fs_posix_ace){ .tag = tag, .perm = perm_of_sid(m, &ace->sid), .id = id };
		n++;
	}
}

static void add_entry(struct fs_posix_acl *acl, uint16_t tag, uint32_t perm)
{
	acl->aces[acl->n++] = (struct fs_posix_ace){ .tag = tag, .perm = (uint16_t)perm, .id = UINT32_MAX };
}

static nt_status acl_alloc(struct arena *arena, struct fs_posix_acl *acl)
{
	*acl = (struct fs_posix_acl){ .aces = arena_array(arena, 2 * NAMED_MAX + 4, sizeof(struct fs_posix_ace)) };
	return acl->aces != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

/* of_owner: his permissions; group: whose the file is. uid and gid get no entries of their own. */
static void fill_acl(const struct mapping *m, uint32_t of_owner, const struct sid *group, uint32_t uid, uint32_t gid, struct fs_posix_acl *acl)
{
	add_entry(acl, FS_ACL_USER_OBJ, of_owner);
	add_named(m, FS_ACL_USER, uid, acl);
	add_entry(acl, FS_ACL_GROUP_OBJ, perm_of_sid(m, group));
	add_named(m, FS_ACL_GROUP, gid, acl);
	uint32_t of_class = 0;
	for (size_t i = 1; i < acl->n; i++)
		of_class |= acl->aces[i].perm;
	if (acl->n > 2)
		add_entry(acl, FS_ACL_MASK, of_class);
	add_entry(acl, FS_ACL_OTHER, perm_of_sid(m, NULL));
}

/* --- what a folder hands down --- */

/* The kernel knows one ACL for files and folders: what both get, as it will hold for them. */
static nt_status heirs_of(struct arena *arena, const struct fs_acl *dacl, struct fs_acl *out)
{
	enum { BOTH = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE };
	*out = (struct fs_acl){ .revision = ACL_REVISION, .aces = arena_array(arena, dacl->n, sizeof(*out->aces)) };
	if (out->aces == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (size_t i = 0; i < dacl->n; i++) {
		if ((dacl->aces[i].flags & BOTH) != BOTH)
			continue;
		out->aces[out->n] = dacl->aces[i];
		out->aces[out->n++].flags = 0;
	}
	return STATUS_SUCCESS;
}

static bool names(const struct fs_acl *acl, const struct sid *sid)
{
	for (size_t i = 0; i < acl->n; i++)
		if (sid_equal(&acl->aces[i].sid, sid))
			return true;
	return false;
}

/* Without entries where the DACL hands nothing down. Whoever makes something there may use it, unless the DACL says what he may. */
static nt_status default_of_sd(struct arena *arena, const struct mapping *of_folder, uint32_t keeps, struct fs_posix_acl *out)
{
	const struct sid *creator = sid_known(SID_CREATOR_OWNER);
	struct fs_acl heirs = { 0 };
	struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = &heirs };
	struct mapping m = *of_folder;
	nt_status status = m.sd->dacl != NULL ? heirs_of(arena, m.sd->dacl, &heirs) : STATUS_SUCCESS;
	*out = (struct fs_posix_acl){ 0 };
	if (status != STATUS_SUCCESS || heirs.n == 0)
		return status;
	m.sd = &sd;
	status = acl_alloc(arena, out);
	uint32_t of_owner = names(&heirs, creator) ? perm_of_sid(&m, creator) | keeps : PERM_READ | PERM_WRITE | PERM_EXECUTE;
	if (status == STATUS_SUCCESS)
		fill_acl(&m, of_owner, sid_known(SID_CREATOR_GROUP), UINT32_MAX, UINT32_MAX, out);
	return status;
}

nt_status fs_posix_of_sd(struct arena *arena, const struct fs_idmap *map, nttime now, const struct fs_sd *sd, const struct fs_posix_rights *have,
			 bool all_as_owner, struct fs_posix_rights *want)
{
	struct mapping m = { .map = map, .sd = sd, .directory = S_ISDIR(have->mode) };
	struct sid owner, group;
	m.x_allowed = m.directory || (have->mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0 ? PERM_EXECUTE : 0;
	*want = *have;
	nt_status status = acl_alloc(arena, &want->access);
	if (status != STATUS_SUCCESS)
		return status;
	fs_idmap_uid(map, have->uid, now, &owner);
	fs_idmap_gid(map, have->gid, &group);
	uint32_t keeps = (all_as_owner ? PERM_READ | PERM_WRITE : PERM_READ) | (m.directory ? PERM_EXECUTE : 0u);
	fill_acl(&m, perm_of_sid(&m, &owner) | keeps, &group, have->uid, have->gid, &want->access);
	want->mode = (have->mode & ~(uint32_t)0777) | fs_posix_acl_mode(&want->access);
	if (!m.directory)
		return STATUS_SUCCESS;
	struct fs_posix_acl *heirs = arena_alloc(arena, sizeof(*heirs));
	want->folder_default = heirs;
	return heirs != NULL ? default_of_sd(arena, &m, keeps, heirs) : STATUS_INSUFF_SERVER_RESOURCES;
}
