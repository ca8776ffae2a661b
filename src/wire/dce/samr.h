/*
 * The Security Account Manager's calls: domains, users, groups, aliases. [MS-SAMR]. Results are NT statuses.
 *
 * Calls of one shape share a struct: opening (a handle for a handle), enumerating, asking for information by level.
 */
#ifndef WIRE_DCE_SAMR_H
#define WIRE_DCE_SAMR_H

#include "wire/dce/sid.h"

/* ---- the server, handles: samr_domain.c ---- */

/* Connect, 2, 4, 5: each has more words than the one before. */
struct samr_connect {
	bool has_server_name; /* request; Connect: one letter */
	uint16_t server_name_letter;
	const char *server_name;
	uint32_t client_revision; /* 4 */
	uint32_t desired_access;
	uint32_t in_version, in_revision, in_supported_features; /* 5 */
	uint32_t out_version, revision, supported_features;      /* response of 5 */
	struct dce_handle server_handle;
	uint32_t status;
};
void samr_connect_req(struct ndr *n, struct samr_connect *m);
void samr_connect_rsp(struct ndr *n, struct samr_connect *m);
void samr_connect2_req(struct ndr *n, struct samr_connect *m);
void samr_connect2_rsp(struct ndr *n, struct samr_connect *m);
void samr_connect4_req(struct ndr *n, struct samr_connect *m);
void samr_connect4_rsp(struct ndr *n, struct samr_connect *m);
void samr_connect5_req(struct ndr *n, struct samr_connect *m);
void samr_connect5_rsp(struct ndr *n, struct samr_connect *m);

struct samr_close {
	struct dce_handle handle; /* response: none */
	uint32_t status;
};
void samr_close_req(struct ndr *n, struct samr_close *m);
void samr_close_rsp(struct ndr *n, struct samr_close *m);

struct samr_lookup_domain {
	struct dce_handle server_handle; /* request */
	const char *name;
	const struct sid *domain_id;     /* response */
	uint32_t status;
};
void samr_lookup_domain_req(struct ndr *n, struct samr_lookup_domain *m);
void samr_lookup_domain_rsp(struct ndr *n, struct samr_lookup_domain *m);

struct samr_open_domain {
	struct dce_handle server_handle; /* request */
	uint32_t desired_access;
	struct sid domain_id;
	struct dce_handle domain_handle; /* response */
	uint32_t status;
};
void samr_open_domain_req(struct ndr *n, struct samr_open_domain *m);
void samr_open_domain_rsp(struct ndr *n, struct samr_open_domain *m);

struct samr_rid_to_sid {
	struct dce_handle object_handle; /* request */
	uint32_t rid;
	const struct sid *sid;           /* response */
	uint32_t status;
};
void samr_rid_to_sid_req(struct ndr *n, struct samr_rid_to_sid *m);
void samr_rid_to_sid_rsp(struct ndr *n, struct samr_rid_to_sid *m);

enum { /* DOMAIN_INFORMATION_CLASS. [MS-SAMR] 2.2.4.16 */
	DomainPasswordInformation = 1, DomainGeneralInformation = 2, DomainLogoffInformation = 3, DomainOemInformation = 4,
	DomainNameInformation = 5, DomainReplicationInformation = 6, DomainServerRoleInformation = 7, DomainModifiedInformation = 8,
	DomainStateInformation = 9, DomainGeneralInformation2 = 11, DomainLockoutInformation = 12, DomainModifiedInformation2 = 13,
};
enum { DomainServerEnabled = 1, DomainServerRolePrimary = 3 };
/* The classes in one. Times are negative spans of 100 ns. */
struct samr_domain_information {
	uint16_t min_password_length, password_history_length;
	uint32_t password_properties;
	uint64_t max_password_age, min_password_age, force_logoff;
	const char *oem_information, *domain_name, *replica_source_node_name;
	uint64_t domain_modified_count, creation_time, modified_count_at_last_promotion;
	uint32_t domain_server_state, domain_server_role, uas_compatibility_required;
	uint32_t user_count, group_count, alias_count;
	uint64_t lockout_duration, lockout_observation_window;
	uint16_t lockout_threshold;
};
struct samr_query_information_domain {
	struct dce_handle domain_handle; /* request */
	uint16_t domain_information_class;
	bool has_buffer;                 /* response */
	struct samr_domain_information buffer;
	uint32_t status;
};
bool samr_domain_class_is_known(uint16_t domain_information_class);
void samr_query_information_domain_req(struct ndr *n, struct samr_query_information_domain *m);
void samr_query_information_domain_rsp(struct ndr *n, struct samr_query_information_domain *m);

/* GetDomainPasswordInformation asks by name and GetUserDomainPasswordInformation by handle. */
struct samr_password_information {
	struct dce_handle user_handle; /* request */
	const char *name;
	uint16_t min_password_length;  /* response */
	uint32_t password_properties;
	uint32_t status;
};
void samr_get_domain_password_information_req(struct ndr *n, struct samr_password_information *m);
void samr_get_domain_password_information_rsp(struct ndr *n, struct samr_password_information *m);
void samr_get_user_password_information_req(struct ndr *n, struct samr_password_information *m);
void samr_get_user_password_information_rsp(struct ndr *n, struct samr_password_information *m);

/* ---- lists and names: samr_list.c ---- */

struct samr_rid_enumeration {
	uint32_t relative_id; /* of domains: 0 */
	const char *name;
};
/* Domains, groups, users, aliases; only users have the mask. */
struct samr_enumerate {
	struct dce_handle handle;      /* request */
	uint32_t enumeration_context;  /* both */
	uint32_t user_account_control; /* users: request */
	uint32_t prefered_maximum_length;
	bool has_buffer, has_entries;  /* response */
	uint32_t entries_read;
	struct samr_rid_enumeration *entries;
	uint32_t count_returned;
	uint32_t status;
};
void samr_enumerate_domains_req(struct ndr *n, struct samr_enumerate *m);
void samr_enumerate_domains_rsp(struct ndr *n, struct samr_enumerate *m);
void samr_enumerate_groups_req(struct ndr *n, struct samr_enumerate *m);
void samr_enumerate_groups_rsp(struct ndr *n, struct samr_enumerate *m);
void samr_enumerate_users_req(struct ndr *n, struct samr_enumerate *m);
void samr_enumerate_users_rsp(struct ndr *n, struct samr_enumerate *m);
void samr_enumerate_aliases_req(struct ndr *n, struct samr_enumerate *m);
void samr_enumerate_aliases_rsp(struct ndr *n, struct samr_enumerate *m);

struct samr_lookup_names {
	struct dce_handle domain_handle; /* request */
	uint32_t count;
	const char **names;
	struct dce_u32s relative_ids, use; /* response */
	uint32_t status;
};
void samr_lookup_names_req(struct ndr *n, struct samr_lookup_names *m);
void samr_lookup_names_rsp(struct ndr *n, struct samr_lookup_names *m);

struct samr_lookup_ids {
	struct dce_handle domain_handle; /* request */
	uint32_t count;
	uint32_t *relative_ids;
	uint32_t n_names;                /* response */
	bool has_names;
	const char **names;
	struct dce_u32s use;
	uint32_t status;
};
void samr_lookup_ids_req(struct ndr *n, struct samr_lookup_ids *m);
void samr_lookup_ids_rsp(struct ndr *n, struct samr_lookup_ids *m);

enum { /* DOMAIN_DISPLAY_INFORMATION */
	DomainDisplayUser = 1, DomainDisplayMachine, DomainDisplayGroup, DomainDisplayOemUser, DomainDisplayOemGroup,
};
struct samr_display_entry {
	uint32_t index, rid, account_control; /* groups: attributes */
	const char *account_name, *admin_comment, *full_name;
};
struct samr_query_display_information {
	struct dce_handle domain_handle; /* request */
	uint16_t display_information_class;
	uint32_t index, entry_count, prefered_maximum_length;
	uint32_t total_available, total_returned; /* response */
	uint32_t entries_read;
	bool has_buffer;
	struct samr_display_entry *buffer;
	uint32_t status;
};
void samr_query_display_information_req(struct ndr *n, struct samr_query_display_information *m);
void samr_query_display_information_rsp(struct ndr *n, struct samr_query_display_information *m);

/* ---- users, groups, aliases: samr_member.c ---- */

struct samr_open {
	struct dce_handle domain_handle; /* request */
	uint32_t desired_access, rid;
	struct dce_handle handle;        /* response */
	uint32_t status;
};
void samr_open_group_req(struct ndr *n, struct samr_open *m);
void samr_open_group_rsp(struct ndr *n, struct samr_open *m);
void samr_open_alias_req(struct ndr *n, struct samr_open *m);
void samr_open_alias_rsp(struct ndr *n, struct samr_open *m);
void samr_open_user_req(struct ndr *n, struct samr_open *m);
void samr_open_user_rsp(struct ndr *n, struct samr_open *m);

/* Groups: 1 all, 2 name, 3 attributes, 4 comment, 5 all again. Aliases: 1 all, 2 name, 3 comment. */
struct samr_query_group {
	struct dce_handle handle; /* request */
	uint16_t information_class;
	bool has_buffer;          /* response */
	const char *name, *admin_comment;
	uint32_t attributes, member_count;
	uint32_t status;
};
void samr_query_information_group_req(struct ndr *n, struct samr_query_group *m);
void samr_query_information_group_rsp(struct ndr *n, struct samr_query_group *m);
void samr_query_information_alias_req(struct ndr *n, struct samr_query_group *m);
void samr_query_information_alias_rsp(struct ndr *n, struct samr_query_group *m);

struct samr_get_members_in_group {
	struct dce_handle group_handle; /* request */
	bool has_members;               /* response */
	uint32_t member_count;
	bool has_arrays[2];
	uint32_t *members, *attributes;
	uint32_t status;
};
void samr_get_members_in_group_req(struct ndr *n, struct samr_get_members_in_group *m);
void samr_get_members_in_group_rsp(struct ndr *n, struct samr_get_members_in_group *m);

struct samr_get_members_in_alias {
	struct dce_handle alias_handle; /* request */
	struct dce_sids members;        /* response */
	uint32_t status;
};
void samr_get_members_in_alias_req(struct ndr *n, struct samr_get_members_in_alias *m);
void samr_get_members_in_alias_rsp(struct ndr *n, struct samr_get_members_in_alias *m);

struct samr_get_alias_membership {
	struct dce_handle domain_handle; /* request */
	struct dce_sids sids;
	struct dce_u32s membership;      /* response */
	uint32_t status;
};
void samr_get_alias_membership_req(struct ndr *n, struct samr_get_alias_membership *m);
void samr_get_alias_membership_rsp(struct ndr *n, struct samr_get_alias_membership *m);

struct samr_group_membership {
	uint32_t relative_id, attributes;
};
struct samr_get_groups_for_user {
	struct dce_handle user_handle; /* request */
	bool has_groups;               /* response */
	uint32_t membership_count;
	bool has_array;
	struct samr_group_membership *groups;
	uint32_t status;
};
void samr_get_groups_for_user_req(struct ndr *n, struct samr_get_groups_for_user *m);
void samr_get_groups_for_user_rsp(struct ndr *n, struct samr_get_groups_for_user *m);

enum { /* [MS-SAMR] 2.2.1.12 */
	USER_ACCOUNT_DISABLED = 0x0001, USER_PASSWORD_NOT_REQUIRED = 0x0004, USER_NORMAL_ACCOUNT = 0x0010,
	USER_DONT_EXPIRE_PASSWORD = 0x0200,
};
/* The classes of USER_INFORMATION_CLASS in one. Strings that are NULL are told as empty. [MS-SAMR] 2.2.6 */
struct samr_user_information {
	const char *user_name, *full_name, *home_directory, *home_directory_drive, *script_path, *profile_path, *admin_comment;
	const char *work_stations, *user_comment;
	const char *reserved[4];  /* what nobody is given: parameters, hashes, private data */
	uint32_t user_id, primary_group_id, user_account_control;
	uint64_t last_logon, last_logoff, password_last_set, account_expires, password_can_change, password_must_change;
	uint16_t units_per_week;
	struct slice logon_hours; /* units_per_week bits; ptr NULL: always */
	uint16_t bad_password_count, logon_count, country_code, code_page;
	uint32_t which_fields;    /* 21, 23, 25: USER_ALL_* */
	struct slice user_password; /* 23 .. 26: encrypted, SAMR_ENCRYPTED_*_LEN bytes; request only */
	uint8_t password_expired;   /* 24, 26 */
};
struct samr_query_information_user {
	struct dce_handle user_handle; /* request */
	uint16_t user_information_class;
	bool has_buffer;               /* response */
	struct samr_user_information buffer;
	uint32_t status;
};
bool samr_user_class_is_known(uint16_t user_information_class);
void samr_query_information_user_req(struct ndr *n, struct samr_query_information_user *m);
void samr_query_information_user_rsp(struct ndr *n, struct samr_query_information_user *m);

enum { /* USER_INFORMATION_CLASS: what may be set */
	UserFullNameInformation = 8, UserControlInformation = 16, UserAllInformation = 21, UserInternal4Information = 23,
	UserInternal5Information = 24, UserInternal4InformationNew = 25, UserInternal5InformationNew = 26,
};
enum { SAMR_ENCRYPTED_PASSWORD_LEN = 516, SAMR_ENCRYPTED_PASSWORD_NEW_LEN = 532 }; /* [MS-SAMR] 2.2.6.21, .22 */
enum { /* WhichFields. [MS-SAMR] 2.2.1.8 */
	USER_ALL_USERNAME = 0x00000001, USER_ALL_FULLNAME = 0x00000002, USER_ALL_USERACCOUNTCONTROL = 0x00100000, USER_ALL_NTPASSWORDPRESENT = 0x01000000,
	USER_ALL_LMPASSWORDPRESENT = 0x02000000,
};
struct samr_set_information_user {
	struct dce_handle user_handle; /* request */
	uint16_t user_information_class;
	struct samr_user_information buffer;
	uint32_t status;               /* response */
};
void samr_set_information_user_req(struct ndr *n, struct samr_set_information_user *m);
void samr_set_information_user_rsp(struct ndr *n, struct samr_set_information_user *m);

/* ---- accounts made and removed, passwords changed: samr_change.c ---- */

struct samr_create_user {
	struct dce_handle domain_handle; /* request */
	const char *name;
	uint32_t account_type;           /* CreateUser2InDomain */
	uint32_t desired_access;
	struct dce_handle user_handle;   /* response */
	uint32_t granted_access;         /* CreateUser2InDomain */
	uint32_t relative_id;
	uint32_t status;
};
void samr_create_user_req(struct ndr *n, struct samr_create_user *m);
void samr_create_user_rsp(struct ndr *n, struct samr_create_user *m);
void samr_create_user2_req(struct ndr *n, struct samr_create_user *m);
void samr_create_user2_rsp(struct ndr *n, struct samr_create_user *m);

struct samr_delete_user {
	struct dce_handle user_handle; /* both; response: none */
	uint32_t status;
};
void samr_delete_user_req(struct ndr *n, struct samr_delete_user *m);
void samr_delete_user_rsp(struct ndr *n, struct samr_delete_user *m);

struct samr_remove_member {
	struct dce_handle domain_handle; /* request */
	struct sid member_sid;
	uint32_t status;                 /* response */
};
void samr_remove_member_from_foreign_domain_req(struct ndr *n, struct samr_remove_member *m);
void samr_remove_member_from_foreign_domain_rsp(struct ndr *n, struct samr_remove_member *m);

/* By the owner, who needs no handle. NULL slices: not given. */
struct samr_change_password {
	const char *server_name, *user_name;               /* request */
	struct slice new_password_encrypted_with_old_nt;   /* SAMR_ENCRYPTED_PASSWORD_LEN bytes */
	struct slice old_nt_owf_password_encrypted_with_new_nt; /* 16 bytes */
	uint8_t lm_present;
	struct slice new_password_encrypted_with_old_lm;
	struct slice old_lm_owf_password_encrypted_with_new; /* NT's key in UnicodeChangePasswordUser2, LM's in OemChangePasswordUser2 */
	struct slice additional_data;                      /* UnicodeChangePasswordUser3 */
	uint32_t status;                                   /* response */
};
void samr_unicode_change_password_user2_req(struct ndr *n, struct samr_change_password *m);
void samr_unicode_change_password_user2_rsp(struct ndr *n, struct samr_change_password *m);
/* One more buffer, which is not used; the answer may tell the policy and why a password was too weak. Opnum 63, which [MS-SAMR]
 * leaves out and clients prefer. */
void samr_unicode_change_password_user3_req(struct ndr *n, struct samr_change_password *m);
void samr_unicode_change_password_user3_rsp(struct ndr *n, struct samr_change_password *m);

#endif
