/*
 * The Local Security Authority's calls that tell about the machine and turn names into SIDs. [MS-LSAD], [MS-LSAT]; and the one
 * of [MS-DSSP] that lives on the same pipe. Results are NT statuses (dssetup: Win32 errors).
 */
#ifndef WIRE_DCE_LSARPC_H
#define WIRE_DCE_LSARPC_H

#include "wire/dce/sid.h"

/* ---- policy: lsarpc_policy.c ---- */

struct lsarpc_close {
	struct dce_handle object_handle; /* response: none */
	uint32_t status;
};
void lsarpc_close_req(struct ndr *n, struct lsarpc_close *m);
void lsarpc_close_rsp(struct ndr *n, struct lsarpc_close *m);

/* OpenPolicy's SystemName is a single letter, by an old mistake. [MS-LSAD] 3.1.4.4.2 */
struct lsarpc_open_policy {
	bool has_system_name; /* request, as what follows */
	uint16_t system_name_letter;
	const char *system_name; /* OpenPolicy2 */
	bool has_root_directory; /* of the object attributes, which may say nothing */
	uint32_t desired_access;
	struct dce_handle policy_handle; /* response */
	uint32_t status;
};
void lsarpc_open_policy_req(struct ndr *n, struct lsarpc_open_policy *m);
void lsarpc_open_policy_rsp(struct ndr *n, struct lsarpc_open_policy *m);
void lsarpc_open_policy2_req(struct ndr *n, struct lsarpc_open_policy *m);
void lsarpc_open_policy2_rsp(struct ndr *n, struct lsarpc_open_policy *m);

enum { /* POLICY_INFORMATION_CLASS. [MS-LSAD] 2.2.4.1 */
	PolicyAuditEventsInformation = 2, PolicyPrimaryDomainInformation = 3, PolicyPdAccountInformation = 4,
	PolicyAccountDomainInformation = 5, PolicyLsaServerRoleInformation = 6, PolicyModificationInformation = 9,
	PolicyDnsDomainInformation = 12, PolicyLocalAccountDomainInformation = 14,
};
enum { PolicyServerRoleBackup = 2, PolicyServerRolePrimary = 3 };

/* The classes in one: each takes what it has. */
struct lsarpc_policy_information {
	const char *name, *dns_domain_name, *dns_forest_name;
	struct dce_uuid domain_guid;
	const struct sid *sid;
	uint32_t role;
	uint32_t auditing_mode, maximum_audit_event_count;
	bool has_event_auditing_options;
	uint32_t *event_auditing_options; /* maximum_audit_event_count */
	uint64_t modified_id, database_creation_time;
};
struct lsarpc_query_information_policy {
	struct dce_handle policy_handle; /* request */
	uint16_t information_class;
	bool has_information;            /* response */
	struct lsarpc_policy_information information;
	uint32_t status;
};
bool lsarpc_policy_class_is_known(uint16_t information_class);
void lsarpc_query_information_policy_req(struct ndr *n, struct lsarpc_query_information_policy *m);
void lsarpc_query_information_policy_rsp(struct ndr *n, struct lsarpc_query_information_policy *m);

struct lsarpc_get_user_name {
	const char *system_name; /* request */
	const char *user_name;   /* both */
	bool wants_domain;       /* both: the pointer to the pointer */
	const char *domain_name;
	uint32_t status;
};
void lsarpc_get_user_name_req(struct ndr *n, struct lsarpc_get_user_name *m);
void lsarpc_get_user_name_rsp(struct ndr *n, struct lsarpc_get_user_name *m);

/* ---- privileges and accounts: lsarpc_account.c ---- */

struct lsarpc_privilege {
	const char *name;
	uint32_t low, high; /* of the LUID */
};
struct lsarpc_enumerate_privileges {
	struct dce_handle policy_handle; /* request */
	uint32_t enumeration_context;    /* both */
	uint32_t prefered_maximum_length;
	uint32_t entries;                /* response */
	bool has_privileges;
	struct lsarpc_privilege *privileges;
	uint32_t status;
};
void lsarpc_enumerate_privileges_req(struct ndr *n, struct lsarpc_enumerate_privileges *m);
void lsarpc_enumerate_privileges_rsp(struct ndr *n, struct lsarpc_enumerate_privileges *m);

struct lsarpc_enumerate_accounts {
	struct dce_handle policy_handle; /* request */
	uint32_t enumeration_context;    /* both */
	uint32_t prefered_maximum_length;
	struct dce_sids accounts;        /* response */
	uint32_t status;
};
void lsarpc_enumerate_accounts_req(struct ndr *n, struct lsarpc_enumerate_accounts *m);
void lsarpc_enumerate_accounts_rsp(struct ndr *n, struct lsarpc_enumerate_accounts *m);

/* There are none, so the shape of an entry does not matter: both forms of the call have this answer. */
struct lsarpc_enumerate_trusted_domains {
	struct dce_handle policy_handle; /* request */
	uint32_t enumeration_context;    /* both */
	uint32_t prefered_maximum_length;
	uint32_t status;
};
void lsarpc_enumerate_trusted_domains_req(struct ndr *n, struct lsarpc_enumerate_trusted_domains *m);
void lsarpc_enumerate_trusted_domains_rsp(struct ndr *n, struct lsarpc_enumerate_trusted_domains *m);

struct lsarpc_lookup_privilege_value {
	struct dce_handle policy_handle; /* request */
	const char *name;
	uint32_t low, high;              /* response */
	uint32_t status;
};
void lsarpc_lookup_privilege_value_req(struct ndr *n, struct lsarpc_lookup_privilege_value *m);
void lsarpc_lookup_privilege_value_rsp(struct ndr *n, struct lsarpc_lookup_privilege_value *m);

struct lsarpc_lookup_privilege_name {
	struct dce_handle policy_handle; /* request */
	uint32_t low, high;
	const char *name;                /* response */
	uint32_t status;
};
void lsarpc_lookup_privilege_name_req(struct ndr *n, struct lsarpc_lookup_privilege_name *m);
void lsarpc_lookup_privilege_name_rsp(struct ndr *n, struct lsarpc_lookup_privilege_name *m);

struct lsarpc_lookup_privilege_display_name {
	struct dce_handle policy_handle; /* request */
	const char *name;
	uint16_t client_language, client_system_default_language;
	const char *display_name;        /* response */
	uint16_t language_returned;
	uint32_t status;
};
void lsarpc_lookup_privilege_display_name_req(struct ndr *n, struct lsarpc_lookup_privilege_display_name *m);
void lsarpc_lookup_privilege_display_name_rsp(struct ndr *n, struct lsarpc_lookup_privilege_display_name *m);

/* Nobody has rights of his own here, so the list of the answer is empty. */
struct lsarpc_enumerate_account_rights {
	struct dce_handle policy_handle; /* request */
	struct sid account_sid;
	uint32_t status;
};
void lsarpc_enumerate_account_rights_req(struct ndr *n, struct lsarpc_enumerate_account_rights *m);
void lsarpc_enumerate_account_rights_rsp(struct ndr *n, struct lsarpc_enumerate_account_rights *m);

/* ---- names and SIDs: lsarpc_lookup.c ---- */

struct lsarpc_trust_information {
	const char *name;
	const struct sid *sid;
};
struct lsarpc_referenced_domains {
	uint32_t entries;
	bool has_domains;
	struct lsarpc_trust_information *domains;
	uint32_t max_entries;
};

/* Of each form: the later ones have flags, and the whole SID instead of its last part. */
struct lsarpc_translated_sid {
	uint16_t use; /* enum sid_name_use */
	uint32_t relative_id;
	const struct sid *sid;
	uint32_t domain_index; /* signed; -1: none */
	uint32_t flags;
};
struct lsarpc_lookup_names {
	struct dce_handle policy_handle; /* request; LookupNames4 has none */
	uint32_t count;
	const char **names;
	uint16_t lookup_level;
	uint32_t lookup_options, client_revision; /* not in LookupNames */
	bool has_referenced_domains;              /* response */
	struct lsarpc_referenced_domains referenced_domains;
	uint32_t entries;                         /* both */
	bool has_sids;
	struct lsarpc_translated_sid *sids;
	uint32_t mapped_count;                    /* both */
	uint32_t status;
};
struct lsarpc_translated_name {
	uint16_t use;
	const char *name;
	uint32_t domain_index;
	uint32_t flags;
};
struct lsarpc_lookup_sids {
	struct dce_handle policy_handle; /* request; LookupSids3 has none */
	struct dce_sids sid_enum_buffer;
	uint16_t lookup_level;
	uint32_t lookup_options, client_revision; /* not in LookupSids */
	bool has_referenced_domains;              /* response */
	struct lsarpc_referenced_domains referenced_domains;
	uint32_t entries;                         /* both */
	bool has_names;
	struct lsarpc_translated_name *names;
	uint32_t mapped_count;                    /* both */
	uint32_t status;
};
#define LSARPC_LOOKUP(ident, type) \
	void lsarpc_##ident##_req(struct ndr *n, struct lsarpc_##type *m); \
	void lsarpc_##ident##_rsp(struct ndr *n, struct lsarpc_##type *m);
LSARPC_LOOKUP(lookup_names, lookup_names)
LSARPC_LOOKUP(lookup_names2, lookup_names)
LSARPC_LOOKUP(lookup_names3, lookup_names)
LSARPC_LOOKUP(lookup_names4, lookup_names)
LSARPC_LOOKUP(lookup_sids, lookup_sids)
LSARPC_LOOKUP(lookup_sids2, lookup_sids)
LSARPC_LOOKUP(lookup_sids3, lookup_sids)
#undef LSARPC_LOOKUP

/* ---- [MS-DSSP] ---- */

enum { DsRoleStandaloneServer = 2 };
struct dssetup_get_primary_domain_information {
	uint16_t info_level; /* request: 1 is all that a server that is no domain controller has */
	bool has_information; /* response */
	uint16_t machine_role;
	uint32_t flags;
	const char *domain_name_flat, *domain_name_dns, *domain_forest_name;
	struct dce_uuid domain_guid;
	uint32_t status;
};
void dssetup_get_primary_domain_information_req(struct ndr *n, struct dssetup_get_primary_domain_information *m);
void dssetup_get_primary_domain_information_rsp(struct ndr *n, struct dssetup_get_primary_domain_information *m);

#endif
