/* Names to SIDs and back, for rights dialogs and whoami. [MS-LSAT] 3.1.4.5 .. 3.1.4.11 */
#include "rpc/directory.h"
#include "wire/dce/lsarpc.h"

enum {
	LOOKUP_MAX = 1000, /* [MS-LSAT] 3.1.4.8 */
	REFERENCED_MULTIPLIER = 32,
	NOWHERE = -1,
};

/* Strangers are told only what is the same on every machine. */
static bool may_know(const struct rpc_call *c, const struct auth_sid_name *found)
{
	if (rpc_may_read(c))
		return true;
	for (size_t i = 0; i < SID_KNOWN_COUNT; i++)
		if (sid_equal(&found->sid, &sid_known_table()[i].sid))
			return true;
	return false;
}

/* Whose name or SID: the domain is everything but the last part. */
static struct sid domain_of(const struct auth_sid_name *found)
{
	struct sid domain = found->sid;
	if (found->use != SidTypeDomain && domain.sub_authority_count > 0)
		domain.sub_authority_count--;
	return domain;
}

/* The index of the domain in the list, which grows by it if it is new; -1: no memory. */
static int reference(struct rpc_call *c, struct lsarpc_referenced_domains *list, uint32_t cap, const struct auth_sid_name *found)
{
	struct sid domain = domain_of(found);
	for (uint32_t i = 0; i < list->entries; i++)
		if (sid_equal(list->domains[i].sid, &domain))
			return (int)i;
	if (list->domains == NULL)
		list->domains = arena_array(c->arena, cap, sizeof(*list->domains));
	struct sid *sid = arena_dup(c->arena, &domain, sizeof(domain));
	char *name = arena_strdup(c->arena, found->domain);
	if (list->domains == NULL || sid == NULL || name == NULL || list->entries == cap)
		return NOWHERE;
	list->has_domains = true;
	list->domains[list->entries] = (struct lsarpc_trust_information){ name, sid };
	list->max_entries = REFERENCED_MULTIPLIER;
	return (int)list->entries++;
}

static uint32_t verdict(uint32_t mapped, uint32_t count)
{
	if (mapped == count)
		return STATUS_SUCCESS;
	return mapped > 0 ? STATUS_SOME_NOT_MAPPED : STATUS_NONE_MAPPED;
}

/* No name at all is that of BUILTIN, as NT has it. */
static bool find(const struct rpc_call *c, const char *name, struct auth_sid_name *out)
{
	if (name == NULL || name[0] == '\0')
		return auth_name_of_sid(c->server->auth, sid_known(SID_BUILTIN), c->caller->now, out);
	return auth_sid_of_name(c->server->auth, name, c->caller->now, out) && may_know(c, out);
}

static bool translate_name(struct rpc_call *c, struct lsarpc_lookup_names *m, uint32_t i)
{
	struct lsarpc_translated_sid *out = &m->sids[i];
	struct auth_sid_name found;
	*out = (struct lsarpc_translated_sid){ .use = SidTypeUnknown, .domain_index = (uint32_t)NOWHERE };
	if (!find(c, m->names[i], &found))
		return true;
	int domain = reference(c, &m->referenced_domains, m->count, &found);
	struct sid *sid = arena_dup(c->arena, &found.sid, sizeof(found.sid));
	if (domain == NOWHERE || sid == NULL)
		return false;
	*out = (struct lsarpc_translated_sid){ .use = (uint16_t)found.use, .sid = sid, .domain_index = (uint32_t)domain };
	out->relative_id = found.use == SidTypeDomain ? UINT32_MAX : sid->sub_authority[sid->sub_authority_count - 1];
	m->mapped_count++;
	return true;
}

static uint32_t lookup_names(struct rpc_call *c, struct lsarpc_lookup_names *m)
{
	m->entries = m->mapped_count = 0;
	m->has_sids = false;
	m->has_referenced_domains = true;
	if (m->count > LOOKUP_MAX)
		return STATUS_INVALID_PARAMETER;
	m->sids = arena_array(c->arena, m->count, sizeof(*m->sids));
	if (m->sids == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < m->count; i++)
		if (!translate_name(c, m, i))
			return STATUS_NO_MEMORY;
	m->entries = m->count;
	m->has_sids = true;
	return verdict(m->mapped_count, m->count);
}

static bool translate_sid(struct rpc_call *c, struct lsarpc_lookup_sids *m, uint32_t i)
{
	const struct sid *sid = m->sid_enum_buffer.sids[i];
	struct lsarpc_translated_name *out = &m->names[i];
	struct auth_sid_name found;
	char text[SID_TEXT_MAX];
	/* A SID without a name is given back as text. [MS-LSAT] 3.1.4.9 */
	if (!auth_name_of_sid(c->server->auth, sid, c->caller->now, &found) || !may_know(c, &found)) {
		*out = (struct lsarpc_translated_name){ .use = SidTypeUnknown, .domain_index = (uint32_t)NOWHERE };
		out->name = arena_strdup(c->arena, sid_to_text(sid, text));
		return out->name != NULL;
	}
	int domain = reference(c, &m->referenced_domains, m->sid_enum_buffer.entries, &found);
	*out = (struct lsarpc_translated_name){ .use = (uint16_t)found.use, .domain_index = (uint32_t)domain };
	out->name = arena_strdup(c->arena, found.name);
	m->mapped_count++;
	return domain != NOWHERE && out->name != NULL;
}

static uint32_t lookup_sids(struct rpc_call *c, struct lsarpc_lookup_sids *m)
{
	struct dce_sids *in = &m->sid_enum_buffer;
	m->entries = m->mapped_count = 0;
	m->has_names = false;
	m->has_referenced_domains = true;
	if (in->entries > LOOKUP_MAX || (in->entries > 0 && !in->has_sids))
		return STATUS_INVALID_PARAMETER;
	for (uint32_t i = 0; i < in->entries; i++)
		if (in->sids[i] == NULL)
			return STATUS_INVALID_PARAMETER;
	m->names = arena_array(c->arena, in->entries, sizeof(*m->names));
	if (m->names == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < in->entries; i++)
		if (!translate_sid(c, m, i))
			return STATUS_NO_MEMORY;
	m->entries = in->entries;
	m->has_names = true;
	return verdict(m->mapped_count, in->entries);
}

static bool handle_is_good(struct rpc_call *c, const struct dce_handle *handle)
{
	return rpc_object_find(c, handle, RPC_POLICY) != NULL;
}

uint32_t rpc_lsarpc_lookup_names(struct rpc_call *c, struct lsarpc_lookup_names *m)
{
	return handle_is_good(c, &m->policy_handle) ? lookup_names(c, m) : 0;
}

uint32_t rpc_lsarpc_lookup_names2(struct rpc_call *c, struct lsarpc_lookup_names *m)
{
	return handle_is_good(c, &m->policy_handle) ? lookup_names(c, m) : 0;
}

uint32_t rpc_lsarpc_lookup_names3(struct rpc_call *c, struct lsarpc_lookup_names *m)
{
	return handle_is_good(c, &m->policy_handle) ? lookup_names(c, m) : 0;
}

/* Without a handle there was nobody yet to send strangers away. */
uint32_t rpc_lsarpc_lookup_names4(struct rpc_call *c, struct lsarpc_lookup_names *m)
{
	return rpc_may_read(c) ? lookup_names(c, m) : STATUS_ACCESS_DENIED;
}

uint32_t rpc_lsarpc_lookup_sids(struct rpc_call *c, struct lsarpc_lookup_sids *m)
{
	return handle_is_good(c, &m->policy_handle) ? lookup_sids(c, m) : 0;
}

uint32_t rpc_lsarpc_lookup_sids2(struct rpc_call *c, struct lsarpc_lookup_sids *m)
{
	return handle_is_good(c, &m->policy_handle) ? lookup_sids(c, m) : 0;
}

uint32_t rpc_lsarpc_lookup_sids3(struct rpc_call *c, struct lsarpc_lookup_sids *m)
{
	return rpc_may_read(c) ? lookup_sids(c, m) : STATUS_ACCESS_DENIED;
}
