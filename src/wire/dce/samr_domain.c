/* Coders of the Security Account Manager: server and domains. [MS-SAMR] 3.1.5.1, 3.1.5.5, 3.1.5.11 */
#include "wire/dce/samr.h"

static void server_handle(struct ndr *n, struct samr_connect *m)
{
	ndr_handle(n, "server_handle", &m->server_handle);
	N(32, status);
}

void samr_connect_req(struct ndr *n, struct samr_connect *m)
{
	if (ndr_pointer(n, "server_name", &m->has_server_name))
		ndr_u16(n, "server_name", &m->server_name_letter);
	N(32, desired_access);
}

void samr_connect_rsp(struct ndr *n, struct samr_connect *m)
{
	server_handle(n, m);
}

void samr_connect2_req(struct ndr *n, struct samr_connect *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	N(32, desired_access);
}

void samr_connect2_rsp(struct ndr *n, struct samr_connect *m)
{
	server_handle(n, m);
}

void samr_connect4_req(struct ndr *n, struct samr_connect *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	N(32, client_revision);
	N(32, desired_access);
}

void samr_connect4_rsp(struct ndr *n, struct samr_connect *m)
{
	server_handle(n, m);
}

/* SAMPR_REVISION_INFO: a union with one arm. */
static void revision_info(struct ndr *n, uint32_t version, uint32_t *revision, uint32_t *supported_features)
{
	uint32_t discriminant = version;
	ndr_u32(n, "switch", &discriminant);
	if (discriminant != version || version != 1)
		wire_fail(&n->w);
	ndr_u32(n, "revision", revision);
	ndr_u32(n, "supported_features", supported_features);
}

void samr_connect5_req(struct ndr *n, struct samr_connect *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	N(32, desired_access);
	N(32, in_version);
	revision_info(n, m->in_version, &m->in_revision, &m->in_supported_features);
}

void samr_connect5_rsp(struct ndr *n, struct samr_connect *m)
{
	N(32, out_version);
	revision_info(n, m->out_version, &m->revision, &m->supported_features);
	server_handle(n, m);
}

void samr_close_req(struct ndr *n, struct samr_close *m)
{
	ndr_handle(n, "handle", &m->handle);
}

void samr_close_rsp(struct ndr *n, struct samr_close *m)
{
	ndr_handle(n, "handle", &m->handle);
	N(32, status);
}

void samr_lookup_domain_req(struct ndr *n, struct samr_lookup_domain *m)
{
	ndr_handle(n, "server_handle", &m->server_handle);
	ndr_unicode_string_value(n, "name", &m->name);
}

void samr_lookup_domain_rsp(struct ndr *n, struct samr_lookup_domain *m)
{
	ndr_sid_parameter(n, "domain_id", &m->domain_id);
	N(32, status);
}

void samr_open_domain_req(struct ndr *n, struct samr_open_domain *m)
{
	ndr_handle(n, "server_handle", &m->server_handle);
	N(32, desired_access);
	ndr_sid(n, "domain_id", &m->domain_id);
}

void samr_open_domain_rsp(struct ndr *n, struct samr_open_domain *m)
{
	ndr_handle(n, "domain_handle", &m->domain_handle);
	N(32, status);
}

void samr_rid_to_sid_req(struct ndr *n, struct samr_rid_to_sid *m)
{
	ndr_handle(n, "object_handle", &m->object_handle);
	N(32, rid);
}

void samr_rid_to_sid_rsp(struct ndr *n, struct samr_rid_to_sid *m)
{
	ndr_sid_parameter(n, "sid", &m->sid);
	N(32, status);
}

bool samr_domain_class_is_known(uint16_t domain_information_class)
{
	return domain_information_class >= DomainPasswordInformation && domain_information_class <= DomainModifiedInformation2 &&
	       domain_information_class != 10;
}

static void password_information(struct ndr *n, struct samr_domain_information *m)
{
	ndr_align(n, 4);
	N(16, min_password_length);
	N(16, password_history_length);
	N(32, password_properties);
	ndr_u64_as_two(n, "max_password_age", &m->max_password_age);
	ndr_u64_as_two(n, "min_password_age", &m->min_password_age);
}

static void general_information(struct ndr *n, struct samr_domain_information *m)
{
	ndr_u64_as_two(n, "force_logoff", &m->force_logoff);
	ndr_unicode_string(n, "oem_information", &m->oem_information);
	ndr_unicode_string(n, "domain_name", &m->domain_name);
	ndr_unicode_string(n, "replica_source_node_name", &m->replica_source_node_name);
	ndr_u64_as_two(n, "domain_modified_count", &m->domain_modified_count);
	N(32, domain_server_state);
	N(32, domain_server_role);
	N(32, uas_compatibility_required);
	N(32, user_count);
	N(32, group_count);
	N(32, alias_count);
}

static void lockout_information(struct ndr *n, struct samr_domain_information *m)
{
	N(64, lockout_duration);
	N(64, lockout_observation_window);
	N(16, lockout_threshold);
}

static void modified_information(struct ndr *n, struct samr_domain_information *m)
{
	N(64, domain_modified_count);
	ndr_u64_as_two(n, "creation_time", &m->creation_time);
}

static void domain_information(struct ndr *n, uint32_t level, void *buffer)
{
	struct samr_domain_information *m = buffer;
	uint16_t discriminant = (uint16_t)level;
	ndr_u16(n, "switch", &discriminant);
	if (discriminant != level)
		wire_fail(&n->w);
	switch (level) {
	case DomainPasswordInformation: password_information(n, m); break;
	case DomainGeneralInformation: general_information(n, m); break;
	case DomainLogoffInformation: ndr_u64_as_two(n, "force_logoff", &m->force_logoff); break;
	case DomainOemInformation: ndr_unicode_string(n, "oem_information", &m->oem_information); break;
	case DomainNameInformation: ndr_unicode_string(n, "domain_name", &m->domain_name); break;
	case DomainReplicationInformation: ndr_unicode_string(n, "replica_source_node_name", &m->replica_source_node_name); break;
	case DomainServerRoleInformation: N(32, domain_server_role); break;
	case DomainModifiedInformation: modified_information(n, m); break;
	case DomainStateInformation: N(32, domain_server_state); break;
	case DomainGeneralInformation2:
		ndr_align(n, 8);
		general_information(n, m);
		lockout_information(n, m);
		break;
	case DomainLockoutInformation: lockout_information(n, m); break;
	case DomainModifiedInformation2:
		modified_information(n, m);
		N(64, modified_count_at_last_promotion);
		break;
	default: wire_fail(&n->w);
	}
}

void samr_query_information_domain_req(struct ndr *n, struct samr_query_information_domain *m)
{
	ndr_handle(n, "domain_handle", &m->domain_handle);
	N(16, domain_information_class);
}

void samr_query_information_domain_rsp(struct ndr *n, struct samr_query_information_domain *m)
{
	if (ndr_pointer(n, "buffer", &m->has_buffer)) {
		ndr_peek_u16(n, &m->domain_information_class);
		ndr_struct(n, domain_information, m->domain_information_class, &m->buffer);
	}
	N(32, status);
}

static void password_properties(struct ndr *n, struct samr_password_information *m)
{
	ndr_align(n, 4);
	N(16, min_password_length);
	N(32, password_properties);
	N(32, status);
}

void samr_get_domain_password_information_req(struct ndr *n, struct samr_password_information *m)
{
	ndr_unicode_string_parameter(n, "name", &m->name);
}

void samr_get_domain_password_information_rsp(struct ndr *n, struct samr_password_information *m)
{
	password_properties(n, m);
}

void samr_get_user_password_information_req(struct ndr *n, struct samr_password_information *m)
{
	ndr_handle(n, "user_handle", &m->user_handle);
}

void samr_get_user_password_information_rsp(struct ndr *n, struct samr_password_information *m)
{
	password_properties(n, m);
}
