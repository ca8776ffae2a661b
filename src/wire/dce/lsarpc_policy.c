/* Coders of the Local Security Authority: the policy object. [MS-LSAD] 3.1.4.4 */
#include "wire/dce/lsarpc.h"

void lsarpc_close_req(struct ndr *n, struct lsarpc_close *m)
{
	ndr_handle(n, "object_handle", &m->object_handle);
}

void lsarpc_close_rsp(struct ndr *n, struct lsarpc_close *m)
{
	ndr_handle(n, "object_handle", &m->object_handle);
	N(32, status);
}

/* LSAPR_OBJECT_ATTRIBUTES: all its pointers are null, but for the quality of service, which means nothing to us. */
static void object_attributes(struct ndr *n, uint32_t level, void *open_policy)
{
	struct lsarpc_open_policy *m = open_policy;
	uint32_t length = 24, attributes = 0;
	bool none = false, has_qos = false;
	(void)level;
	if (n->phase == NDR_DEFERRED)
		return;
	ndr_u32(n, "length", &length);
	ndr_pointer(n, "root_directory", &m->has_root_directory);
	ndr_pointer(n, "object_name", &none);
	ndr_u32(n, "attributes", &attributes);
	if (!none)
		ndr_pointer(n, "security_descriptor", &none);
	if (none || m->has_root_directory)
		wire_fail(&n->w);
	if (!ndr_pointer(n, "security_quality_of_service", &has_qos))
		return;
	uint16_t impersonation_level = 0;
	uint8_t context_tracking_mode = 0, effective_only = 0;
	ndr_u32(n, "length", &length);
	ndr_u16(n, "impersonation_level", &impersonation_level);
	ndr_u8(n, "context_tracking_mode", &context_tracking_mode);
	ndr_u8(n, "effective_only", &effective_only);
}

void lsarpc_open_policy_req(struct ndr *n, struct lsarpc_open_policy *m)
{
	if (ndr_pointer(n, "system_name", &m->has_system_name))
		ndr_u16(n, "system_name", &m->system_name_letter);
	ndr_struct(n, object_attributes, 0, m);
	N(32, desired_access);
}

void lsarpc_open_policy_rsp(struct ndr *n, struct lsarpc_open_policy *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	N(32, status);
}

void lsarpc_open_policy2_req(struct ndr *n, struct lsarpc_open_policy *m)
{
	ndr_string_parameter(n, "system_name", &m->system_name);
	ndr_struct(n, object_attributes, 0, m);
	N(32, desired_access);
}

void lsarpc_open_policy2_rsp(struct ndr *n, struct lsarpc_open_policy *m)
{
	lsarpc_open_policy_rsp(n, m);
}

bool lsarpc_policy_class_is_known(uint16_t information_class)
{
	switch (information_class) {
	case PolicyAuditEventsInformation:
	case PolicyPrimaryDomainInformation:
	case PolicyPdAccountInformation:
	case PolicyAccountDomainInformation:
	case PolicyLsaServerRoleInformation:
	case PolicyModificationInformation:
	case PolicyDnsDomainInformation:
	case PolicyLocalAccountDomainInformation: return true;
	default: return false;
	}
}

static void audit_events(struct ndr *n, struct lsarpc_policy_information *m)
{
	N(32, auditing_mode);
	if (ndr_member(n, "event_auditing_options", &m->has_event_auditing_options))
		ndr_u32s(n, "max_count", m->maximum_audit_event_count, &m->event_auditing_options);
	N(32, maximum_audit_event_count);
}

static void domain(struct ndr *n, struct lsarpc_policy_information *m)
{
	ndr_unicode_string_z(n, "name", &m->name);
	ndr_sid_pointer(n, "sid", &m->sid);
}

static void dns_domain(struct ndr *n, struct lsarpc_policy_information *m)
{
	ndr_unicode_string_z(n, "name", &m->name);
	ndr_unicode_string_z(n, "dns_domain_name", &m->dns_domain_name);
	ndr_unicode_string_z(n, "dns_forest_name", &m->dns_forest_name);
	ndr_uuid(n, "domain_guid", &m->domain_guid);
	ndr_sid_pointer(n, "sid", &m->sid);
}

static void policy_information(struct ndr *n, uint32_t level, void *information)
{
	struct lsarpc_policy_information *m = information;
	uint16_t information_class = (uint16_t)level;
	ndr_u16(n, "switch", &information_class);
	if (information_class != level)
		wire_fail(&n->w);
	switch (level) {
	case PolicyAuditEventsInformation: audit_events(n, m); break;
	case PolicyPrimaryDomainInformation:
	case PolicyAccountDomainInformation:
	case PolicyLocalAccountDomainInformation: domain(n, m); break;
	case PolicyPdAccountInformation: ndr_unicode_string(n, "name", &m->name); break;
	case PolicyLsaServerRoleInformation: N(32, role); break;
	case PolicyModificationInformation:
		N(64, modified_id);
		N(64, database_creation_time);
		break;
	case PolicyDnsDomainInformation: dns_domain(n, m); break;
	default: wire_fail(&n->w);
	}
}

void lsarpc_query_information_policy_req(struct ndr *n, struct lsarpc_query_information_policy *m)
{
	ndr_handle(n, "policy_handle", &m->policy_handle);
	N(16, information_class);
}

void lsarpc_query_information_policy_rsp(struct ndr *n, struct lsarpc_query_information_policy *m)
{
	if (ndr_pointer(n, "policy_information", &m->has_information)) {
		ndr_peek_u16(n, &m->information_class);
		ndr_struct(n, policy_information, m->information_class, &m->information);
	}
	N(32, status);
}

/* [in, out] pointers to pointers to strings; that of the domain may be missing altogether. */
static void user_and_domain(struct ndr *n, struct lsarpc_get_user_name *m)
{
	ndr_unicode_string_parameter(n, "user_name", &m->user_name);
	if (ndr_pointer(n, "domain_name_pointer", &m->wants_domain))
		ndr_unicode_string_parameter(n, "domain_name", &m->domain_name);
}

void lsarpc_get_user_name_req(struct ndr *n, struct lsarpc_get_user_name *m)
{
	ndr_string_parameter(n, "system_name", &m->system_name);
	user_and_domain(n, m);
}

void lsarpc_get_user_name_rsp(struct ndr *n, struct lsarpc_get_user_name *m)
{
	user_and_domain(n, m);
	N(32, status);
}

/* ---- [MS-DSSP] 3.2.5.1 ---- */

static void primary_domain(struct ndr *n, uint32_t level, void *information)
{
	struct dssetup_get_primary_domain_information *m = information;
	uint16_t info_level = (uint16_t)level;
	ndr_u16(n, "switch", &info_level);
	if (info_level != 1)
		wire_fail(&n->w);
	ndr_align(n, 4);
	N(16, machine_role);
	N(32, flags);
	ndr_string_pointer(n, "domain_name_flat", &m->domain_name_flat);
	ndr_string_pointer(n, "domain_name_dns", &m->domain_name_dns);
	ndr_string_pointer(n, "domain_forest_name", &m->domain_forest_name);
	ndr_uuid(n, "domain_guid", &m->domain_guid);
}

void dssetup_get_primary_domain_information_req(struct ndr *n, struct dssetup_get_primary_domain_information *m)
{
	N(16, info_level);
}

void dssetup_get_primary_domain_information_rsp(struct ndr *n, struct dssetup_get_primary_domain_information *m)
{
	if (ndr_pointer(n, "domain_info", &m->has_information))
		ndr_struct(n, primary_domain, 1, m);
	N(32, status);
}
