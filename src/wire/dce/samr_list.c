/* Coders of the Security Account Manager: lists, and names to numbers and back. [MS-SAMR] 3.1.5.2, 3.1.5.3, 3.1.5.11 */
#include "wire/dce/samr.h"

enum { LOOKUP_MAX = 1000 }; /* what clients announce as the size of their array */

static void enumeration_entry(struct ndr *n, uint32_t level, void *item)
{
	struct samr_rid_enumeration *m = item;
	(void)level;
	N(32, relative_id);
	ndr_unicode_string(n, "name", &m->name);
}

static void enumeration_buffer(struct ndr *n, uint32_t level, void *enumerate)
{
	struct samr_enumerate *m = enumerate;
	void *items = m->entries;
	(void)level;
	N(32, entries_read);
	if (!ndr_member(n, "entries", &m->has_entries))
		return;
	ndr_array(n, "max_count", m->entries_read, &items, sizeof(*m->entries), enumeration_entry, 0);
	m->entries = items;
}

static void enumerate_req(struct ndr *n, struct samr_enumerate *m, bool users)
{
	ndr_handle(n, "handle", &m->handle);
	N(32, enumeration_context);
	if (users)
		N(32, user_account_control);
	N(32, prefered_maximum_length);
}

static void enumerate_rsp(struct ndr *n, struct samr_enumerate *m)
{
	N(32, enumeration_context);
	if (ndr_pointer(n, "buffer", &m->has_buffer))
		ndr_struct(n, enumeration_buffer, 0, m);
	N(32, count_returned);
	N(32, status);
}

#define ENUMERATE(ident, users) \
	void samr_##ident##_req(struct ndr *n, struct samr_enumerate *m) { enumerate_req(n, m, users); } \
	void samr_##ident##_rsp(struct ndr *n, struct samr_enumerate *m) { enumerate_rsp(n, m); }
ENUMERATE(enumerate_domains, false)
ENUMERATE(enumerate_groups, false)
ENUMERATE(enumerate_users, true)
ENUMERATE(enumerate_aliases, false)

static void name_item(struct ndr *n, uint32_t level, void *item)
{
	(void)level;
	ndr_unicode_string(n, "name", item);
}

void samr_lookup_names_req(struct ndr *n, struct samr_lookup_names *m)
{
	void *items = m->names;
	ndr_handle(n, "domain_handle", &m->domain_handle);
	N(32, count);
	ndr_varying_array(n, m->count, LOOKUP_MAX, &items, sizeof(*m->names), name_item, 0);
	m->names = items;
}

void samr_lookup_names_rsp(struct ndr *n, struct samr_lookup_names *m)
{
	ndr_struct(n, dce_u32s, 0, &m->relative_ids);
	ndr_struct(n, dce_u32s, 0, &m->use);
	N(32, status);
}

static void rid_item(struct ndr *n, uint32_t level, void *item)
{
	(void)level;
	ndr_u32(n, "rid", item);
}

void samr_lookup_ids_req(struct ndr *n, struct samr_lookup_ids *m)
{
	void *items = m->relative_ids;
	ndr_handle(n, "domain_handle", &m->domain_handle);
	N(32, count);
	ndr_varying_array(n, m->count, LOOKUP_MAX, &items, sizeof(*m->relative_ids), rid_item, 0);
	m->relative_ids = items;
}

static void returned_names(struct ndr *n, uint32_t level, void *lookup)
{
	struct samr_lookup_ids *m = lookup;
	(void)level;
	N(32, n_names);
	if (ndr_member(n, "names", &m->has_names))
		ndr_unicode_strings(n, "max_count", m->n_names, &m->names);
}

void samr_lookup_ids_rsp(struct ndr *n, struct samr_lookup_ids *m)
{
	ndr_struct(n, returned_names, 0, m);
	ndr_struct(n, dce_u32s, 0, &m->use);
	N(32, status);
}

static void display_entry(struct ndr *n, uint32_t level, void *item)
{
	struct samr_display_entry *m = item;
	N(32, index);
	if (level >= DomainDisplayOemUser) {
		ndr_oem_string(n, "account_name", &m->account_name);
		return;
	}
	N(32, rid);
	N(32, account_control);
	ndr_unicode_string(n, "account_name", &m->account_name);
	ndr_unicode_string(n, "admin_comment", &m->admin_comment);
	if (level == DomainDisplayUser)
		ndr_unicode_string(n, "full_name", &m->full_name);
}

static void display_buffer(struct ndr *n, uint32_t level, void *query)
{
	struct samr_query_display_information *m = query;
	void *items = m->buffer;
	uint16_t discriminant = (uint16_t)level;
	ndr_u16(n, "switch", &discriminant);
	if (discriminant != level || level < DomainDisplayUser || level > DomainDisplayOemGroup)
		wire_fail(&n->w);
	N(32, entries_read);
	if (!ndr_member(n, "buffer", &m->has_buffer))
		return;
	ndr_array(n, "max_count", m->entries_read, &items, sizeof(*m->buffer), display_entry, level);
	m->buffer = items;
}

void samr_query_display_information_req(struct ndr *n, struct samr_query_display_information *m)
{
	ndr_handle(n, "domain_handle", &m->domain_handle);
	N(16, display_information_class);
	N(32, index);
	N(32, entry_count);
	N(32, prefered_maximum_length);
}

void samr_query_display_information_rsp(struct ndr *n, struct samr_query_display_information *m)
{
	N(32, total_available);
	N(32, total_returned);
	ndr_peek_u16(n, &m->display_information_class);
	ndr_struct(n, display_buffer, m->display_information_class, m);
	N(32, status);
}
