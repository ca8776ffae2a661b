/* Coders of the Security Account Manager: users, groups, aliases, and who is in which. [MS-SAMR] 3.1.5.1, 3.1.5.5, 3.1.5.8, 3.1.5.9 */
#include "wire/dce/samr.h"

static void open_req(struct ndr *n, struct samr_open *m)
{
	ndr_handle(n, "domain_handle", &m->domain_handle);
	N(32, desired_access);
	N(32, rid);
}

static void open_rsp(struct ndr *n, struct samr_open *m)
{
	ndr_handle(n, "handle", &m->handle);
	N(32, status);
}

#define OPEN(ident) \
	void samr_##ident##_req(struct ndr *n, struct samr_open *m) { open_req(n, m); } \
	void samr_##ident##_rsp(struct ndr *n, struct samr_open *m) { open_rsp(n, m); }
OPEN(open_group)
OPEN(open_alias)
OPEN(open_user)

static void group_information(struct ndr *n, uint32_t level, void *query)
{
	enum { ALL = 1, NAME, ATTRIBUTES, COMMENT, ALL_AGAIN };
	struct samr_query_group *m = query;
	uint16_t discriminant = (uint16_t)level;
	ndr_u16(n, "switch", &discriminant);
	if (discriminant != level || level < ALL || level > ALL_AGAIN)
		wire_fail(&n->w);
	bool all = level == ALL || level == ALL_AGAIN;
	if (all || level == NAME)
		ndr_unicode_string(n, "name", &m->name);
	if (all || level == ATTRIBUTES)
		N(32, attributes);
	if (all)
		N(32, member_count);
	if (all || level == COMMENT)
		ndr_unicode_string(n, "admin_comment", &m->admin_comment);
}

static void alias_information(struct ndr *n, uint32_t level, void *query)
{
	enum { ALL = 1, NAME, COMMENT };
	struct samr_query_group *m = query;
	uint16_t discriminant = (uint16_t)level;
	ndr_u16(n, "switch", &discriminant);
	if (discriminant != level || level < ALL || level > COMMENT)
		wire_fail(&n->w);
	if (level != COMMENT)
		ndr_unicode_string(n, "name", &m->name);
	if (level == ALL)
		N(32, member_count);
	if (level != NAME)
		ndr_unicode_string(n, "admin_comment", &m->admin_comment);
}

static void query_req(struct ndr *n, struct samr_query_group *m)
{
	ndr_handle(n, "handle", &m->handle);
	N(16, information_class);
}

static void query_rsp(struct ndr *n, struct samr_query_group *m, ndr_coder_fn code)
{
	if (ndr_pointer(n, "buffer", &m->has_buffer)) {
		ndr_peek_u16(n, &m->information_class);
		ndr_struct(n, code, m->information_class, m);
	}
	N(32, status);
}

#define QUERY(ident, code) \
	void samr_##ident##_req(struct ndr *n, struct samr_query_group *m) { query_req(n, m); } \
	void samr_##ident##_rsp(struct ndr *n, struct samr_query_group *m) { query_rsp(n, m, code); }
QUERY(query_information_group, group_information)
QUERY(query_information_alias, alias_information)

static void members_buffer(struct ndr *n, uint32_t level, void *members)
{
	struct samr_get_members_in_group *m = members;
	(void)level;
	N(32, member_count);
	if (ndr_member(n, "members", &m->has_arrays[0]))
		ndr_u32s(n, "max_count", m->member_count, &m->members);
	if (ndr_member(n, "attributes", &m->has_arrays[1]))
		ndr_u32s(n, "max_count", m->member_count, &m->attributes);
}

void samr_get_members_in_group_req(struct ndr *n, struct samr_get_members_in_group *m)
{
	ndr_handle(n, "group_handle", &m->group_handle);
}

void samr_get_members_in_group_rsp(struct ndr *n, struct samr_get_members_in_group *m)
{
	if (ndr_pointer(n, "members", &m->has_members))
		ndr_struct(n, members_buffer, 0, m);
	N(32, status);
}

void samr_get_members_in_alias_req(struct ndr *n, struct samr_get_members_in_alias *m)
{
	ndr_handle(n, "alias_handle", &m->alias_handle);
}

void samr_get_members_in_alias_rsp(struct ndr *n, struct samr_get_members_in_alias *m)
{
	ndr_struct(n, dce_sids, 0, &m->members);
	N(32, status);
}

void samr_get_alias_membership_req(struct ndr *n, struct samr_get_alias_membership *m)
{
	ndr_handle(n, "domain_handle", &m->domain_handle);
	ndr_struct(n, dce_sids, 0, &m->sids);
}

void samr_get_alias_membership_rsp(struct ndr *n, struct samr_get_alias_membership *m)
{
	ndr_struct(n, dce_u32s, 0, &m->membership);
	N(32, status);
}

static void group_membership(struct ndr *n, uint32_t level, void *item)
{
	struct samr_group_membership *m = item;
	(void)level;
	N(32, relative_id);
	N(32, attributes);
}

static void groups_buffer(struct ndr *n, uint32_t level, void *groups)
{
	struct samr_get_groups_for_user *m = groups;
	void *items = m->groups;
	(void)level;
	N(32, membership_count);
	if (!ndr_member(n, "groups", &m->has_array))
		return;
	ndr_array(n, "max_count", m->membership_count, &items, sizeof(*m->groups), group_membership, 0);
	m->groups = items;
}

void samr_get_groups_for_user_req(struct ndr *n, struct samr_get_groups_for_user *m)
{
	ndr_handle(n, "user_handle", &m->user_handle);
}

void samr_get_groups_for_user_rsp(struct ndr *n, struct samr_get_groups_for_user *m)
{
	if (ndr_pointer(n, "groups", &m->has_groups))
		ndr_struct(n, groups_buffer, 0, m);
	N(32, status);
}
