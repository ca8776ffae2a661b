/* Coders of the Security Account Manager: making and removing users, changing one's password. [MS-SAMR] 3.1.5.4, .7, .10 */
#include "wire/dce/samr.h"

enum { OWF_LEN = 16 };

void samr_create_user_req(struct ndr *n, struct samr_create_user *m)
{
	ndr_handle(n, "domain_handle", &m->domain_handle);
	ndr_unicode_string_value(n, "name", &m->name);
	N(32, desired_access);
}

void samr_create_user_rsp(struct ndr *n, struct samr_create_user *m)
{
	ndr_handle(n, "user_handle", &m->user_handle);
	N(32, relative_id);
	N(32, status);
}

void samr_create_user2_req(struct ndr *n, struct samr_create_user *m)
{
	ndr_handle(n, "domain_handle", &m->domain_handle);
	ndr_unicode_string_value(n, "name", &m->name);
	N(32, account_type);
	N(32, desired_access);
}

void samr_create_user2_rsp(struct ndr *n, struct samr_create_user *m)
{
	ndr_handle(n, "user_handle", &m->user_handle);
	N(32, granted_access);
	N(32, relative_id);
	N(32, status);
}

void samr_delete_user_req(struct ndr *n, struct samr_delete_user *m)
{
	ndr_handle(n, "user_handle", &m->user_handle);
}

void samr_delete_user_rsp(struct ndr *n, struct samr_delete_user *m)
{
	ndr_handle(n, "user_handle", &m->user_handle);
	N(32, status);
}

void samr_remove_member_from_foreign_domain_req(struct ndr *n, struct samr_remove_member *m)
{
	ndr_handle(n, "domain_handle", &m->domain_handle);
	ndr_sid(n, "member_sid", &m->member_sid);
}

void samr_remove_member_from_foreign_domain_rsp(struct ndr *n, struct samr_remove_member *m)
{
	N(32, status);
}

/* [unique] pointer to a structure of bytes, as a parameter of a call. */
static void bytes_parameter(struct ndr *n, const char *name, struct slice *bytes, size_t len)
{
	bool present = bytes->ptr != NULL;
	if (ndr_pointer(n, name, &present))
		wire_view(&n->w, name, bytes, len);
}

void samr_unicode_change_password_user2_req(struct ndr *n, struct samr_change_password *m)
{
	ndr_unicode_string_parameter(n, "server_name", &m->server_name);
	ndr_unicode_string_value(n, "user_name", &m->user_name);
	bytes_parameter(n, "new_password_encrypted_with_old_nt", &m->new_password_encrypted_with_old_nt, SAMR_ENCRYPTED_PASSWORD_LEN);
	bytes_parameter(n, "old_nt_owf_password_encrypted_with_new_nt", &m->old_nt_owf_password_encrypted_with_new_nt, OWF_LEN);
	N(8, lm_present);
	bytes_parameter(n, "new_password_encrypted_with_old_lm", &m->new_password_encrypted_with_old_lm, SAMR_ENCRYPTED_PASSWORD_LEN);
	bytes_parameter(n, "old_lm_owf_password_encrypted_with_new", &m->old_lm_owf_password_encrypted_with_new, OWF_LEN);
}

void samr_unicode_change_password_user2_rsp(struct ndr *n, struct samr_change_password *m)
{
	N(32, status);
}

void samr_unicode_change_password_user3_req(struct ndr *n, struct samr_change_password *m)
{
	samr_unicode_change_password_user2_req(n, m);
	bytes_parameter(n, "additional_data", &m->additional_data, SAMR_ENCRYPTED_PASSWORD_LEN);
}

void samr_unicode_change_password_user3_rsp(struct ndr *n, struct samr_change_password *m)
{
	bool has_policy = false, has_reject = false;
	if (ndr_pointer(n, "policy", &has_policy) || ndr_pointer(n, "reject", &has_reject))
		wire_fail(&n->w);
	N(32, status);
}
