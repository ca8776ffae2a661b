/* Coders of the Local Security Authority: privileges and accounts. [MS-LSAD] 3.1.4.5 .. 3.1.4.8 */
#include "wire/dce/lsarpc.h"

static void privilege(struct ndr *n, uint32_t level, void *item)
{
	struct lsarpc_privilege *m = item;
	(void)level;
	ndr_unicode_string_z(n, "name", &m->name);
	N(32, low);
	N(32, high);
}

void lsarpc_enumerate_privileges_req(struct ndr *n, struct lsarpc_enumerate_privileges *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	N(32, enumeration_context);
	N(32, prefered_maximum_length);
}

void lsarpc_enumerate_privileges_rsp(struct ndr *n, struct lsarpc_enumerate_privileges *m)
{
	void *items = m->privileges;
	N(32, enumeration_context);
	N(32, entries);
	if (ndr_pointer(n, "privileges", &m->has_privileges)) {
		ndr_array(n, "max_count", m->entries, &items, sizeof(*m->privileges), privilege, 0);
		m->privileges = items;
	}
	N(32, status);
}

void lsarpc_enumerate_accounts_req(struct ndr *n, struct lsarpc_enumerate_accounts *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	N(32, enumeration_context);
	N(32, prefered_maximum_length);
}

void lsarpc_enumerate_accounts_rsp(struct ndr *n, struct lsarpc_enumerate_accounts *m)
{
	N(32, enumeration_context);
	ndr_struct(n, dce_sids, 0, &m->accounts);
	N(32, status);
}

/* { 0, null pointer } */
static void empty_list(struct ndr *n)
{
	uint32_t entries = 0;
	bool has_items = false;
	ndr_u32(n, "entries", &entries);
	if (ndr_pointer(n, "items", &has_items) || entries != 0)
		wire_fail(&n->w);
}

void lsarpc_enumerate_trusted_domains_req(struct ndr *n, struct lsarpc_enumerate_trusted_domains *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	N(32, enumeration_context);
	N(32, prefered_maximum_length);
}

void lsarpc_enumerate_trusted_domains_rsp(struct ndr *n, struct lsarpc_enumerate_trusted_domains *m)
{
	N(32, enumeration_context);
	empty_list(n);
	N(32, status);
}

void lsarpc_lookup_privilege_value_req(struct ndr *n, struct lsarpc_lookup_privilege_value *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	ndr_unicode_string_value(n, "name", &m->name);
}

void lsarpc_lookup_privilege_value_rsp(struct ndr *n, struct lsarpc_lookup_privilege_value *m)
{
	N(32, low);
	N(32, high);
	N(32, status);
}

void lsarpc_lookup_privilege_name_req(struct ndr *n, struct lsarpc_lookup_privilege_name *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	N(32, low);
	N(32, high);
}

void lsarpc_lookup_privilege_name_rsp(struct ndr *n, struct lsarpc_lookup_privilege_name *m)
{
	ndr_unicode_string_parameter(n, "name", &m->name);
	N(32, status);
}

void lsarpc_lookup_privilege_display_name_req(struct ndr *n, struct lsarpc_lookup_privilege_display_name *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	ndr_unicode_string_value(n, "name", &m->name);
	N(16, client_language);
	N(16, client_system_default_language);
}

void lsarpc_lookup_privilege_display_name_rsp(struct ndr *n, struct lsarpc_lookup_privilege_display_name *m)
{
	ndr_unicode_string_parameter(n, "display_name", &m->display_name);
	N(16, language_returned);
	N(32, status);
}

void lsarpc_enumerate_account_rights_req(struct ndr *n, struct lsarpc_enumerate_account_rights *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	ndr_sid(n, "account_sid", &m->account_sid);
}

void lsarpc_enumerate_account_rights_rsp(struct ndr *n, struct lsarpc_enumerate_account_rights *m)
{
	empty_list(n);
	N(32, status);
}
