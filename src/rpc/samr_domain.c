/* The Security Account Manager: the server and its two domains, the machine's own and BUILTIN. [MS-SAMR] 3.1.5.1, .2, .5, .11 */
#include "base/charset.h"
#include "rpc/samr.h"

static uint32_t connect_sam(struct rpc_call *c, struct samr_connect *m)
{
	if (!rpc_may_read(c))
		return STATUS_ACCESS_DENIED;
	return rpc_object_new(c, RPC_SAM_SERVER, &m->server_handle) != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

uint32_t rpc_samr_connect(struct rpc_call *c, struct samr_connect *m)
{
	return connect_sam(c, m);
}

uint32_t rpc_samr_connect2(struct rpc_call *c, struct samr_connect *m)
{
	return connect_sam(c, m);
}

uint32_t rpc_samr_connect4(struct rpc_call *c, struct samr_connect *m)
{
	return connect_sam(c, m);
}

uint32_t rpc_samr_connect5(struct rpc_call *c, struct samr_connect *m)
{
	enum { REVISION_OF_XP = 3 };
	m->out_version = 1;
	m->revision = REVISION_OF_XP;
	return connect_sam(c, m);
}

uint32_t rpc_samr_close(struct rpc_call *c, struct samr_close *m)
{
	rpc_object_close(c, &m->handle);
	return STATUS_SUCCESS;
}

static bool is_builtin(const struct rpc_object *domain)
{
	return sid_equal(&domain->sid, sid_known(SID_BUILTIN));
}

uint32_t rpc_samr_lookup_domain(struct rpc_call *c, struct samr_lookup_domain *m)
{
	if (rpc_object_find(c, &m->server_handle, RPC_SAM_SERVER) == NULL)
		return 0;
	if (m->name == NULL)
		return STATUS_INVALID_PARAMETER;
	if (utf8_casecmp(m->name, c->facts->name) == 0)
		m->domain_id = rpc_machine_sid(c);
	else if (utf8_casecmp(m->name, sid_known_table()[SID_BUILTIN].domain) == 0)
		m->domain_id = sid_known(SID_BUILTIN);
	return m->domain_id != NULL ? STATUS_SUCCESS : STATUS_NO_SUCH_DOMAIN;
}

uint32_t rpc_samr_open_domain(struct rpc_call *c, struct samr_open_domain *m)
{
	if (rpc_object_find(c, &m->server_handle, RPC_SAM_SERVER) == NULL)
		return 0;
	if (!sid_equal(&m->domain_id, rpc_machine_sid(c)) && !sid_equal(&m->domain_id, sid_known(SID_BUILTIN)))
		return STATUS_NO_SUCH_DOMAIN;
	struct rpc_object *domain = rpc_object_new(c, RPC_SAM_DOMAIN, &m->domain_handle);
	if (domain == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	domain->sid = m->domain_id;
	domain->desired_access = m->desired_access;
	return STATUS_SUCCESS;
}

/* Of a domain, or of what is open in one. */
uint32_t rpc_samr_rid_to_sid(struct rpc_call *c, struct samr_rid_to_sid *m)
{
	const struct rpc_object *o = rpc_object_find(c, &m->object_handle, RPC_ANY_OBJECT);
	if (o == NULL)
		return 0;
	struct sid sid = sid_of_rid(&o->sid, m->rid);
	m->sid = arena_dup(c->arena, &sid, sizeof(sid));
	return m->sid != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* ---- lists ---- */

static uint32_t give(struct samr_enumerate *m, struct samr_rid_enumeration *entries, uint32_t n)
{
	enum { PART = 1000 };
	uint32_t from = MIN(m->enumeration_context, n);
	m->has_buffer = m->has_entries = true;
	m->entries = n > from ? entries + from : entries;
	m->entries_read = m->count_returned = MIN(n - from, (uint32_t)PART);
	m->enumeration_context = from + m->entries_read;
	return m->enumeration_context < n ? STATUS_MORE_ENTRIES : STATUS_SUCCESS;
}

uint32_t rpc_samr_enumerate_domains(struct rpc_call *c, struct samr_enumerate *m)
{
	struct samr_rid_enumeration *entries = arena_array(c->arena, 2, sizeof(*entries));
	if (rpc_object_find(c, &m->handle, RPC_SAM_SERVER) == NULL)
		return 0;
	if (entries == NULL)
		return STATUS_NO_MEMORY;
	entries[0].name = c->facts->name;
	entries[1].name = "Builtin";
	return give(m, entries, 2);
}

uint32_t rpc_samr_enumerate_users(struct rpc_call *c, struct samr_enumerate *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->handle, RPC_SAM_DOMAIN);
	struct rpc_account *accounts = NULL;
	uint32_t n = 0, kept = 0;
	if (domain == NULL)
		return 0;
	if (!is_builtin(domain) && !rpc_accounts(c, &accounts, &n))
		return STATUS_NO_MEMORY;
	struct samr_rid_enumeration *entries = arena_array(c->arena, n, sizeof(*entries));
	if (entries == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < n; i++)
		if (m->user_account_control == 0 || (accounts[i].control & m->user_account_control) != 0)
			entries[kept++] = (struct samr_rid_enumeration){ accounts[i].rid, accounts[i].name };
	return give(m, entries, kept);
}

uint32_t rpc_samr_enumerate_groups(struct rpc_call *c, struct samr_enumerate *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->handle, RPC_SAM_DOMAIN);
	struct samr_rid_enumeration *entries = arena_array(c->arena, 1, sizeof(*entries));
	struct auth_sid_name users;
	if (domain == NULL)
		return 0;
	if (entries == NULL)
		return STATUS_NO_MEMORY;
	struct sid sid = sid_of_rid(&domain->sid, DOMAIN_GROUP_RID_USERS);
	bool here = !is_builtin(domain) && auth_name_of_sid(c->server->auth, &sid, c->caller->now, &users);
	entries[0] = (struct samr_rid_enumeration){ DOMAIN_GROUP_RID_USERS, here ? arena_strdup(c->arena, users.name) : NULL };
	return give(m, entries, here);
}

uint32_t rpc_samr_enumerate_aliases(struct rpc_call *c, struct samr_enumerate *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->handle, RPC_SAM_DOMAIN);
	const struct sid_known_entry *known = sid_known_table();
	struct samr_rid_enumeration *entries = arena_array(c->arena, SID_KNOWN_COUNT, sizeof(*entries));
	uint32_t n = 0, rid;
	if (domain == NULL)
		return 0;
	if (entries == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < SID_KNOWN_COUNT; i++)
		if (sid_rid_of(&known[i].sid, &domain->sid, &rid))
			entries[n++] = (struct samr_rid_enumeration){ rid, known[i].name };
	return give(m, entries, n);
}

/* ---- information ---- */

static uint32_t aliases_in(const struct rpc_object *domain)
{
	uint32_t n = 0, rid;
	for (size_t i = 0; i < SID_KNOWN_COUNT; i++)
		n += sid_rid_of(&sid_known_table()[i].sid, &domain->sid, &rid);
	return n;
}

/* A span that never ends, as negative 100 ns. */
#define NEVER 0x8000000000000000u

uint32_t rpc_samr_query_information_domain(struct rpc_call *c, struct samr_query_information_domain *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	struct rpc_account *accounts;
	uint32_t n_users = 0;
	if (domain == NULL)
		return 0;
	if (!samr_domain_class_is_known(m->domain_information_class))
		return STATUS_INVALID_INFO_CLASS;
	bool builtin = is_builtin(domain);
	if (!builtin && !rpc_accounts(c, &accounts, &n_users))
		return STATUS_NO_MEMORY;
	m->has_buffer = true;
	m->buffer = (struct samr_domain_information){
		.max_password_age = NEVER,
		.force_logoff = NEVER,
		.oem_information = c->facts->comment != NULL ? c->facts->comment : "",
		.domain_name = builtin ? "Builtin" : c->facts->name,
		.replica_source_node_name = "",
		.domain_modified_count = c->caller->now / NTTIME_PER_SEC,
		.creation_time = c->facts->started,
		.domain_server_state = DomainServerEnabled,
		.domain_server_role = DomainServerRolePrimary,
		.uas_compatibility_required = 1,
		.user_count = n_users,
		.group_count = builtin ? 0 : 1,
		.alias_count = aliases_in(domain),
	};
	return STATUS_SUCCESS;
}

/* Any password will do: all zero. */
uint32_t rpc_samr_get_domain_password_information(struct rpc_call *c, struct samr_password_information *m)
{
	(void)m;
	return rpc_may_read(c) ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

uint32_t rpc_samr_get_user_password_information(struct rpc_call *c, struct samr_password_information *m)
{
	(void)rpc_object_find(c, &m->user_handle, RPC_SAM_USER);
	return STATUS_SUCCESS;
}

/* ---- names and RIDs ---- */

static void *numbers(struct rpc_call *c, struct dce_u32s *out, uint32_t n)
{
	out->element = arena_array(c->arena, n, sizeof(*out->element));
	out->has_element = out->element != NULL;
	out->count = out->has_element ? n : 0;
	return out->element;
}

static uint32_t verdict(uint32_t mapped, uint32_t count)
{
	if (mapped == count)
		return STATUS_SUCCESS;
	return mapped > 0 ? STATUS_SOME_NOT_MAPPED : STATUS_NONE_MAPPED;
}

uint32_t rpc_samr_lookup_names(struct rpc_call *c, struct samr_lookup_names *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	uint32_t mapped = 0;
	if (domain == NULL)
		return 0;
	if (m->count > SAMR_LOOKUP_MAX)
		return STATUS_INVALID_PARAMETER;
	if (numbers(c, &m->relative_ids, m->count) == NULL || numbers(c, &m->use, m->count) == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < m->count; i++) {
		const char *in = is_builtin(domain) ? sid_known_table()[SID_BUILTIN].domain : c->facts->name;
		const char *name = arena_printf(c->arena, "%s\\%s", in, m->names[i] != NULL ? m->names[i] : "");
		struct auth_sid_name found;
		bool known = name != NULL && auth_sid_of_name(c->server->auth, name, c->caller->now, &found) &&
			     sid_rid_of(&found.sid, &domain->sid, &m->relative_ids.element[i]);
		m->use.element[i] = known ? found.use : SidTypeUnknown;
		mapped += known;
	}
	return verdict(mapped, m->count);
}

uint32_t rpc_samr_lookup_ids(struct rpc_call *c, struct samr_lookup_ids *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	uint32_t mapped = 0;
	if (domain == NULL)
		return 0;
	if (m->count > SAMR_LOOKUP_MAX)
		return STATUS_INVALID_PARAMETER;
	m->names = arena_array(c->arena, m->count, sizeof(*m->names));
	if (m->names == NULL || numbers(c, &m->use, m->count) == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < m->count; i++) {
		struct sid sid = sid_of_rid(&domain->sid, m->relative_ids[i]);
		struct auth_sid_name found;
		bool known = auth_name_of_sid(c->server->auth, &sid, c->caller->now, &found);
		m->names[i] = known ? arena_strdup(c->arena, found.name) : NULL;
		m->use.element[i] = known ? found.use : SidTypeUnknown;
		mapped += known;
	}
	m->n_names = m->count;
	m->has_names = true;
	return verdict(mapped, m->count);
}
