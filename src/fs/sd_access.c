/* Access checks and inheritance on descriptors; see sd_access.h. */
#include "fs/sd_access.h"

#include "fs/access.h"

static bool allows(const struct fs_ace *ace)
{
	return ace->type == ACCESS_ALLOWED_ACE_TYPE;
}

static bool denies(const struct fs_ace *ace)
{
	return ace->type == ACCESS_DENIED_ACE_TYPE;
}

/* Object ACEs speak of properties, which files have none of, and callback ACEs of conditions that nothing here knows. */
static bool counts(const struct fs_ace *ace)
{
	return (allows(ace) || denies(ace)) && (ace->flags & INHERIT_ONLY_ACE) == 0;
}

uint32_t fs_sd_rights_of(const struct fs_sd *sd, const struct fs_token *token, uint32_t (*map)(uint32_t mask), uint32_t all)
{
	uint32_t granted = 0, denied = 0;
	bool owner = sd->has_owner && fs_token_has(token, &sd->owner), owner_rights = false;
	if ((sd->control & SE_DACL_PRESENT) == 0 || sd->dacl == NULL)
		return all;
	for (size_t i = 0; i < sd->dacl->n; i++) {
		const struct fs_ace *ace = &sd->dacl->aces[i];
		if (!counts(ace))
			continue;
		bool of_owner = owner && sid_equal(&ace->sid, sid_known(SID_OWNER_RIGHTS));
		owner_rights = owner_rights || of_owner;
		if (!of_owner && !fs_token_has(token, &ace->sid))
			continue;
		uint32_t mask = map(ace->mask);
		if (allows(ace))
			granted |= mask & ~denied;
		else
			denied |= mask & ~granted;
	}
	if (owner && !owner_rights)
		granted |= READ_CONTROL | WRITE_DAC;
	return granted & all;
}

uint32_t fs_sd_rights(const struct fs_sd *sd, const struct fs_token *token)
{
	return fs_sd_rights_of(sd, token, fs_access_map, FILE_ALL_ACCESS);
}

static nt_status map_acl(struct arena *arena, const struct fs_acl **acl)
{
	if (*acl == NULL)
		return STATUS_SUCCESS;
	struct fs_acl *mapped = arena_dup(arena, *acl, sizeof(**acl));
	struct fs_ace *aces = arena_dup(arena, (*acl)->aces, (*acl)->n * sizeof(*aces));
	if (mapped == NULL || aces == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (size_t i = 0; i < mapped->n; i++)
		aces[i].mask = fs_access_map(aces[i].mask);
	mapped->aces = aces;
	*acl = mapped;
	return STATUS_SUCCESS;
}

nt_status fs_sd_map_generic(struct arena *arena, struct fs_sd *sd)
{
	nt_status status = map_acl(arena, &sd->dacl);
	return status == STATUS_SUCCESS ? map_acl(arena, &sd->sacl) : status;
}

/* --- inheritance --- */

struct heir {
	const struct sid *owner, *group;
	bool directory;
	uint8_t mark; /* INHERITED_ACE where the folder's ACL is of the kind that marks its heirs */
	struct fs_acl *acl;
};

static void bequeath(struct heir *h, const struct fs_ace *ace, uint8_t flags)
{
	struct fs_ace *to = &h->acl->aces[h->acl->n++];
	*to = *ace;
	to->flags = (uint8_t)((ace->flags & ~(OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | NO_PROPAGATE_INHERIT_ACE | INHERIT_ONLY_ACE | INHERITED_ACE)) |
			      flags | h->mark);
}

/* The heir's own rights: nobody is CREATOR OWNER any more. */
static struct fs_ace made_effective(const struct heir *h, const struct fs_ace *ace)
{
	struct fs_ace effective = *ace;
	if (sid_equal(&ace->sid, sid_known(SID_CREATOR_OWNER)))
		effective.sid = *h->owner;
	else if (sid_equal(&ace->sid, sid_known(SID_CREATOR_GROUP)))
		effective.sid = *h->group;
	effective.mask = fs_access_map(ace->mask);
	return effective;
}

static void inherit_ace(struct heir *h, const struct fs_ace *ace)
{
	uint8_t onward = (ace->flags & NO_PROPAGATE_INHERIT_ACE) != 0 ? 0 : ace->flags & (OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE);
	bool takes = (ace->flags & (h->directory ? CONTAINER_INHERIT_ACE : OBJECT_INHERIT_ACE)) != 0;
	struct fs_ace effective = made_effective(h, ace);
	if (!h->directory && takes) {
		bequeath(h, &effective, 0);
	} else if (h->directory && takes) {
		bool same = sid_equal(&effective.sid, &ace->sid);
		bequeath(h, &effective, same ? onward : 0);
		if (!same && onward != 0) /* its children have owners of their own */
			bequeath(h, ace, onward | INHERIT_ONLY_ACE);
	} else if (h->directory && onward != 0) {
		bequeath(h, ace, onward | INHERIT_ONLY_ACE);
	}
}

/* NULL in *out: nothing to inherit. */
static nt_status inherit_acl(struct arena *arena, const struct fs_acl *parent, struct heir h, const struct fs_acl **out)
{
	*out = NULL;
	if (parent == NULL)
		return STATUS_SUCCESS;
	struct fs_acl *acl = arena_alloc(arena, sizeof(*acl));
	struct fs_ace *aces = arena_array(arena, 2 * (size_t)parent->n, sizeof(*aces));
	if (acl == NULL || aces == NULL || parent->n > UINT16_MAX / 2)
		return STATUS_INSUFF_SERVER_RESOURCES;
	*acl = (struct fs_acl){ .revision = parent->revision, .aces = aces };
	h.acl = acl;
	for (size_t i = 0; i < parent->n; i++)
		inherit_ace(&h, &parent->aces[i]);
	if (acl->n > 0)
		*out = acl;
	return STATUS_SUCCESS;
}

static nt_status default_dacl(struct arena *arena, const struct sid *owner, const struct fs_acl **out)
{
	const struct fs_ace aces[] = {
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, owner),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, sid_known(SID_SYSTEM)),
	};
	struct fs_acl *acl = arena_alloc(arena, sizeof(*acl));
	if (acl == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	*acl = (struct fs_acl){ .revision = ACL_REVISION, .n = ARRAY_LEN(aces), .aces = arena_dup(arena, aces, sizeof(aces)) };
	*out = acl;
	return acl->aces != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

static nt_status inherit_dacl(struct arena *arena, const struct fs_sd *parent, const struct heir *h, struct fs_sd *out)
{
	struct heir mine = *h;
	bool marks = (parent->control & SE_DACL_AUTO_INHERITED) != 0;
	mine.mark = marks ? INHERITED_ACE : 0;
	out->control |= SE_DACL_PRESENT | (marks ? SE_DACL_AUTO_INHERITED : 0);
	nt_status status = inherit_acl(arena, parent->dacl, mine, &out->dacl);
	if (status == STATUS_SUCCESS && out->dacl == NULL)
		status = default_dacl(arena, h->owner, &out->dacl);
	return status;
}

static nt_status inherit_sacl(struct arena *arena, const struct fs_sd *parent, const struct heir *h, struct fs_sd *out)
{
	struct heir mine = *h;
	bool marks = (parent->control & SE_SACL_AUTO_INHERITED) != 0;
	mine.mark = marks ? INHERITED_ACE : 0;
	nt_status status = inherit_acl(arena, parent->sacl, mine, &out->sacl);
	if (out->sacl != NULL)
		out->control |= SE_SACL_PRESENT | (marks ? SE_SACL_AUTO_INHERITED : 0);
	return status;
}

nt_status fs_sd_inherit(struct arena *arena, const struct fs_sd *parent, const struct fs_sd *asked, const struct sid *owner,
			const struct sid *group, bool directory, struct fs_sd *out)
{
	static const struct fs_sd nothing;
	enum { OF_DACL = SE_DACL_PRESENT | SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED };
	enum { OF_SACL = SE_SACL_PRESENT | SE_SACL_AUTO_INHERITED | SE_SACL_PROTECTED };
	if (asked == NULL)
		asked = &nothing;
	*out = (struct fs_sd){ .has_owner = true, .has_group = true, .owner = *owner, .group = *group };
	if (asked->has_owner)
		out->owner = asked->owner;
	if (asked->has_group)
		out->group = asked->group;
	const struct heir h = { .owner = &out->owner, .group = &out->group, .directory = directory };
	nt_status status = STATUS_SUCCESS;
	if ((asked->control & SE_DACL_PRESENT) != 0) {
		out->control |= asked->control & OF_DACL;
		out->dacl = asked->dacl;
	} else {
		status = inherit_dacl(arena, parent, &h, out);
	}
	if (status == STATUS_SUCCESS && (asked->control & SE_SACL_PRESENT) != 0) {
		out->control |= asked->control & OF_SACL;
		out->sacl = asked->sacl;
	} else if (status == STATUS_SUCCESS) {
		status = inherit_sacl(arena, parent, &h, out);
	}
	return status;
}
