/* The Security Account Manager: users, the group of all of them, the aliases of BUILTIN. [MS-SAMR] 3.1.5.1, .3, .5, .8, .9 */
#include "rpc/samr.h"

enum { GROUP_ATTRIBUTES = 7 }; /* mandatory, enabled by default, enabled */

static uint32_t open_member(struct rpc_call *c, struct samr_open *m, enum rpc_object_kind kind, const struct sid *domain)
{
	struct rpc_object *o = rpc_object_new(c, kind, &m->handle);
	if (o == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	o->sid = *domain;
	o->rid = m->rid;
	o->desired_access = m->desired_access;
	return STATUS_SUCCESS;
}

static bool is_machine(const struct rpc_call *c, const struct rpc_object *domain)
{
	return sid_equal(&domain->sid, rpc_machine_sid(c));
}

uint32_t rpc_samr_open_user(struct rpc_call *c, struct samr_open *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	struct rpc_account account;
	if (domain == NULL)
		return 0;
	if (!is_machine(c, domain) || !rpc_account_find(c, m->rid, &account))
		return STATUS_NO_SUCH_USER;
	return open_member(c, m, RPC_SAM_USER, &domain->sid);
}

uint32_t rpc_samr_open_group(struct rpc_call *c, struct samr_open *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	if (domain == NULL)
		return 0;
	if (!is_machine(c, domain) || m->rid != DOMAIN_GROUP_RID_USERS)
		return STATUS_NO_SUCH_GROUP;
	return open_member(c, m, RPC_SAM_GROUP, &domain->sid);
}

static const struct sid_known_entry *known_alias(const struct sid *domain, uint32_t rid)
{
	struct sid sid = sid_of_rid(domain, rid);
	const struct sid_known_entry *e = sid_known_table();
	for (size_t i = 0; i < SID_KNOWN_COUNT; i++)
		if (e[i].use == SidTypeAlias && sid_equal(&sid, &e[i].sid))
			return &e[i];
	return NULL;
}

uint32_t rpc_samr_open_alias(struct rpc_call *c, struct samr_open *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	if (domain == NULL)
		return 0;
	return known_alias(&domain->sid, m->rid) != NULL ? open_member(c, m, RPC_SAM_ALIAS, &domain->sid) : STATUS_NO_SUCH_ALIAS;
}

/* ---- who is in what ---- */

static bool is_in_alias(const struct sid *alias, const struct rpc_account *account)
{
	return sid_equal(alias, sid_known(SID_BUILTIN_USERS)) ||
	       (account->admin && sid_equal(alias, sid_known(SID_BUILTIN_ADMINISTRATORS)));
}

/* Account SIDs in the alias; the list is NULL where there is no memory. */
static const struct sid **members_of_alias(struct rpc_call *c, const struct sid *alias, uint32_t *n)
{
	struct rpc_account *accounts;
	uint32_t n_accounts;
	*n = 0;
	if (!rpc_accounts(c, &accounts, &n_accounts))
		return NULL;
	const struct sid **members = arena_array(c->arena, (size_t)n_accounts + 1, sizeof(*members));
	for (uint32_t i = 0; members != NULL && i < n_accounts; i++) {
		struct sid sid = sid_of_rid(rpc_machine_sid(c), accounts[i].rid);
		if (is_in_alias(alias, &accounts[i]))
			members[(*n)++] = arena_dup(c->arena, &sid, sizeof(sid));
		if (*n > 0 && members[*n - 1] == NULL)
			return NULL;
	}
	return members;
}

uint32_t rpc_samr_get_members_in_alias(struct rpc_call *c, struct samr_get_members_in_alias *m)
{
	const struct rpc_object *o = rpc_object_find(c, &m->alias_handle, RPC_SAM_ALIAS);
	if (o == NULL)
		return 0;
	struct sid alias = sid_of_rid(&o->sid, o->rid);
	m->members.sids = members_of_alias(c, &alias, &m->members.entries);
	m->members.has_sids = m->members.sids != NULL;
	return m->members.has_sids ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* Which aliases of the domain these SIDs are in, all together. The array is there even if it is empty. */
uint32_t rpc_samr_get_alias_membership(struct rpc_call *c, struct samr_get_alias_membership *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	const struct sid_known_entry *known = sid_known_table();
	uint32_t rid;
	if (domain == NULL)
		return 0;
	if (m->sids.entries > SAMR_LOOKUP_MAX || (m->sids.entries > 0 && !m->sids.has_sids))
		return STATUS_INVALID_PARAMETER;
	m->membership.element = arena_array(c->arena, SID_KNOWN_COUNT, sizeof(*m->membership.element));
	m->membership.has_element = m->membership.element != NULL;
	for (size_t k = 0; m->membership.has_element && k < SID_KNOWN_COUNT; k++) {
		bool in = false;
		uint32_t alias;
		if (known[k].use != SidTypeAlias || !sid_rid_of(&known[k].sid, &domain->sid, &alias))
			continue;
		for (uint32_t i = 0; i < m->sids.entries && !in; i++) {
			struct rpc_account account;
			in = m->sids.sids[i] != NULL && sid_rid_of(m->sids.sids[i], rpc_machine_sid(c), &rid) &&
			     rpc_account_find(c, rid, &account) && is_in_alias(&known[k].sid, &account);
		}
		if (in)
			m->membership.element[m->membership.count++] = alias;
	}
	return m->membership.has_element ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

uint32_t rpc_samr_get_members_in_group(struct rpc_call *c, struct samr_get_members_in_group *m)
{
	struct rpc_account *accounts;
	uint32_t n;
	if (rpc_object_find(c, &m->group_handle, RPC_SAM_GROUP) == NULL)
		return 0;
	if (!rpc_accounts(c, &accounts, &n))
		return STATUS_NO_MEMORY;
	m->members = arena_array(c->arena, n, sizeof(*m->members));
	m->attributes = arena_array(c->arena, n, sizeof(*m->attributes));
	if (m->members == NULL || m->attributes == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < n; i++) {
		m->members[i] = accounts[i].rid;
		m->attributes[i] = GROUP_ATTRIBUTES;
	}
	m->has_members = m->has_arrays[0] = m->has_arrays[1] = true;
	m->member_count = n;
	return STATUS_SUCCESS;
}

uint32_t rpc_samr_get_groups_for_user(struct rpc_call *c, struct samr_get_groups_for_user *m)
{
	if (rpc_object_find(c, &m->user_handle, RPC_SAM_USER) == NULL)
		return 0;
	m->groups = arena_array(c->arena, 1, sizeof(*m->groups));
	if (m->groups == NULL)
		return STATUS_NO_MEMORY;
	m->groups[0] = (struct samr_group_membership){ DOMAIN_GROUP_RID_USERS, GROUP_ATTRIBUTES };
	m->has_groups = m->has_array = true;
	m->membership_count = 1;
	return STATUS_SUCCESS;
}

/* ---- information ---- */

uint32_t rpc_samr_query_information_group(struct rpc_call *c, struct samr_query_group *m)
{
	const struct rpc_object *o = rpc_object_find(c, &m->handle, RPC_SAM_GROUP);
	struct rpc_account *accounts;
	struct auth_sid_name found;
	if (o == NULL)
		return 0;
	struct sid sid = sid_of_rid(&o->sid, o->rid);
	if (m->information_class < 1 || m->information_class > 5)
		return STATUS_INVALID_INFO_CLASS;
	if (!rpc_accounts(c, &accounts, &m->member_count) || !auth_name_of_sid(c->server->auth, &sid, c->caller->now, &found))
		return STATUS_NO_MEMORY;
	m->name = arena_strdup(c->arena, found.name);
	m->admin_comment = "Ordinary users";
	m->attributes = GROUP_ATTRIBUTES;
	m->has_buffer = true;
	return STATUS_SUCCESS;
}

uint32_t rpc_samr_query_information_alias(struct rpc_call *c, struct samr_query_group *m)
{
	const struct rpc_object *o = rpc_object_find(c, &m->handle, RPC_SAM_ALIAS);
	if (o == NULL)
		return 0;
	if (m->information_class < 1 || m->information_class > 3)
		return STATUS_INVALID_INFO_CLASS;
	struct sid alias = sid_of_rid(&o->sid, o->rid);
	if (members_of_alias(c, &alias, &m->member_count) == NULL)
		return STATUS_NO_MEMORY;
	m->name = known_alias(&o->sid, o->rid)->name;
	m->admin_comment = "";
	m->has_buffer = true;
	return STATUS_SUCCESS;
}

uint32_t rpc_samr_query_information_user(struct rpc_call *c, struct samr_query_information_user *m)
{
	enum { HOURS_PER_WEEK = 168, ALL_FIELDS = 0x00FFFFFF };
	const uint64_t never = 0x7FFFFFFFFFFFFFFFu;
	static const uint8_t always[HOURS_PER_WEEK / 8] = {
		0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF
	};
	const struct rpc_object *o = rpc_object_find(c, &m->user_handle, RPC_SAM_USER);
	struct rpc_account account;
	if (o == NULL)
		return 0;
	if (!samr_user_class_is_known(m->user_information_class))
		return STATUS_INVALID_INFO_CLASS;
	if (!rpc_account_find(c, o->rid, &account))
		return STATUS_NO_SUCH_USER; /* removed since it was opened */
	m->has_buffer = true;
	m->buffer = (struct samr_user_information){
		.user_name = account.name,
		.full_name = account.full_name,
		.user_id = account.rid,
		.primary_group_id = DOMAIN_GROUP_RID_USERS,
		.user_account_control = account.control,
		.account_expires = never,
		.password_must_change = never,
		.units_per_week = HOURS_PER_WEEK,
		.logon_hours = slice_of(always, sizeof(always)),
		.which_fields = ALL_FIELDS,
	};
	return STATUS_SUCCESS;
}

/* ---- lists for display ---- */

static uint32_t display_users(struct rpc_call *c, struct samr_query_display_information *m)
{
	struct rpc_account *accounts;
	uint32_t n;
	if (!rpc_accounts(c, &accounts, &n))
		return STATUS_NO_MEMORY;
	m->buffer = arena_array(c->arena, n, sizeof(*m->buffer));
	for (uint32_t i = 0; m->buffer != NULL && i < n; i++)
		m->buffer[i] = (struct samr_display_entry){
			i + 1, accounts[i].rid, accounts[i].control, accounts[i].name, "", accounts[i].full_name,
		};
	m->entries_read = n;
	return m->buffer != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static uint32_t display_groups(struct rpc_call *c, struct samr_query_display_information *m)
{
	struct sid sid = sid_of_rid(rpc_machine_sid(c), DOMAIN_GROUP_RID_USERS);
	struct auth_sid_name found;
	m->buffer = arena_array(c->arena, 1, sizeof(*m->buffer));
	if (m->buffer == NULL || !auth_name_of_sid(c->server->auth, &sid, c->caller->now, &found))
		return STATUS_NO_MEMORY;
	m->buffer[0] = (struct samr_display_entry){
		1, DOMAIN_GROUP_RID_USERS, GROUP_ATTRIBUTES, arena_strdup(c->arena, found.name), "Ordinary users", NULL,
	};
	m->entries_read = 1;
	return STATUS_SUCCESS;
}

/* Cuts the list to the part that was asked for, from the index on. */
static uint32_t cut(struct samr_query_display_information *m)
{
	enum { PART = 1000, ENTRY_ESTIMATE = 64 };
	uint32_t all = m->entries_read, from = MIN(m->index, all);
	uint32_t n = MIN(MIN(all - from, m->entry_count), (uint32_t)PART);
	m->has_buffer = true;
	if (n > 0)
		m->buffer += from;
	m->entries_read = n;
	m->total_available = all * ENTRY_ESTIMATE;
	m->total_returned = n * ENTRY_ESTIMATE;
	return from + n < all ? STATUS_MORE_ENTRIES : STATUS_SUCCESS;
}

uint32_t rpc_samr_query_display_information(struct rpc_call *c, struct samr_query_display_information *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	uint32_t status = STATUS_SUCCESS;
	if (domain == NULL)
		return 0;
	bool user = m->display_information_class == DomainDisplayUser || m->display_information_class == DomainDisplayOemUser;
	bool machine = m->display_information_class == DomainDisplayMachine; /* no computer has an account here */
	if (m->display_information_class < DomainDisplayUser || m->display_information_class > DomainDisplayOemGroup) {
		m->display_information_class = DomainDisplayUser;
		return STATUS_INVALID_INFO_CLASS;
	}
	if (is_machine(c, domain) && !machine)
		status = user ? display_users(c, m) : display_groups(c, m);
	if (status != STATUS_SUCCESS) {
		m->entries_read = 0;
		return status;
	}
	return cut(m);
}
