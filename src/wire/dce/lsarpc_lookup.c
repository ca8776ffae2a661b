/* Coders of the Local Security Authority: names to SIDs and back. [MS-LSAT] 3.1.4 */
#include "wire/dce/lsarpc.h"

/* What the forms of a call differ in. */
enum {
	FORM_HANDLE = 1,  /* there is a policy handle */
	FORM_FLAGS = 2,   /* entries have flags, and the call has options and a revision */
	FORM_WHOLE_SID = 4,
};

static void trust_information(struct ndr *n, uint32_t level, void *item)
{
	struct lsarpc_trust_information *m = item;
	(void)level;
	ndr_unicode_string_z(n, "name", &m->name);
	ndr_sid_pointer(n, "sid", &m->sid);
}

static void referenced_domains(struct ndr *n, uint32_t level, void *domains)
{
	struct lsarpc_referenced_domains *m = domains;
	void *items = m->domains;
	(void)level;
	N(32, entries);
	if (ndr_member(n, "domains", &m->has_domains)) {
		ndr_array(n, "max_count", m->entries, &items, sizeof(*m->domains), trust_information, 0);
		m->domains = items;
	}
	N(32, max_entries);
}

static void translated_sid(struct ndr *n, uint32_t form, void *item)
{
	struct lsarpc_translated_sid *m = item;
	ndr_align(n, 4);
	N(16, use);
	if ((form & FORM_WHOLE_SID) != 0)
		ndr_sid_pointer(n, "sid", &m->sid);
	else
		N(32, relative_id);
	N(32, domain_index);
	if ((form & FORM_FLAGS) != 0)
		N(32, flags);
}

static void translated_sids(struct ndr *n, uint32_t form, struct lsarpc_lookup_names *m)
{
	void *items = m->sids;
	N(32, entries);
	if (!ndr_pointer(n, "sids", &m->has_sids))
		return;
	ndr_array(n, "max_count", m->entries, &items, sizeof(*m->sids), translated_sid, form);
	m->sids = items;
}

/* How both kinds of request end, and both kinds of response begin. */
static void request_end(struct ndr *n, uint32_t form, uint16_t *lookup_level, uint32_t *mapped_count, uint32_t *lookup_options,
			uint32_t *client_revision)
{
	ndr_u16(n, "lookup_level", lookup_level);
	ndr_u32(n, "mapped_count", mapped_count);
	if ((form & FORM_FLAGS) == 0)
		return;
	ndr_u32(n, "lookup_options", lookup_options);
	ndr_u32(n, "client_revision", client_revision);
}

static void response_begin(struct ndr *n, bool *has_domains, struct lsarpc_referenced_domains *domains)
{
	if (ndr_pointer(n, "referenced_domains", has_domains))
		ndr_struct(n, referenced_domains, 0, domains);
}

static void names_req(struct ndr *n, uint32_t form, struct lsarpc_lookup_names *m)
{
	if ((form & FORM_HANDLE) != 0)
		ndr_handle(n, "policy_handle", &m->policy_handle);
	N(32, count);
	ndr_unicode_strings(n, "names", m->count, &m->names);
	translated_sids(n, form, m);
	request_end(n, form, &m->lookup_level, &m->mapped_count, &m->lookup_options, &m->client_revision);
}

static void names_rsp(struct ndr *n, uint32_t form, struct lsarpc_lookup_names *m)
{
	response_begin(n, &m->has_referenced_domains, &m->referenced_domains);
	translated_sids(n, form, m);
	N(32, mapped_count);
	N(32, status);
}

static void translated_name(struct ndr *n, uint32_t form, void *item)
{
	struct lsarpc_translated_name *m = item;
	ndr_align(n, 4);
	N(16, use);
	ndr_unicode_string(n, "name", &m->name);
	N(32, domain_index);
	if ((form & FORM_FLAGS) != 0)
		N(32, flags);
}

static void translated_names(struct ndr *n, uint32_t form, struct lsarpc_lookup_sids *m)
{
	void *items = m->names;
	N(32, entries);
	if (!ndr_pointer(n, "names", &m->has_names))
		return;
	ndr_array(n, "max_count", m->entries, &items, sizeof(*m->names), translated_name, form);
	m->names = items;
}

static void sids_req(struct ndr *n, uint32_t form, struct lsarpc_lookup_sids *m)
{
	if ((form & FORM_HANDLE) != 0)
		ndr_handle(n, "policy_handle", &m->policy_handle);
	ndr_struct(n, dce_sids, 0, &m->sid_enum_buffer);
	translated_names(n, form, m);
	request_end(n, form, &m->lookup_level, &m->mapped_count, &m->lookup_options, &m->client_revision);
}

static void sids_rsp(struct ndr *n, uint32_t form, struct lsarpc_lookup_sids *m)
{
	response_begin(n, &m->has_referenced_domains, &m->referenced_domains);
	translated_names(n, form, m);
	N(32, mapped_count);
	N(32, status);
}

#define FORM(ident, type, kind, form) \
	void lsarpc_##ident##_req(struct ndr *n, struct lsarpc_##type *m) { kind##_req(n, form, m); } \
	void lsarpc_##ident##_rsp(struct ndr *n, struct lsarpc_##type *m) { kind##_rsp(n, form, m); }
FORM(lookup_names, lookup_names, names, FORM_HANDLE)
FORM(lookup_names2, lookup_names, names, FORM_HANDLE | FORM_FLAGS)
FORM(lookup_names3, lookup_names, names, FORM_HANDLE | FORM_FLAGS | FORM_WHOLE_SID)
FORM(lookup_names4, lookup_names, names, FORM_FLAGS | FORM_WHOLE_SID)
FORM(lookup_sids, lookup_sids, sids, FORM_HANDLE)
FORM(lookup_sids2, lookup_sids, sids, FORM_HANDLE | FORM_FLAGS)
FORM(lookup_sids3, lookup_sids, sids, FORM_FLAGS)
