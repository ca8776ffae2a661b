/*
 * The Security Account Manager's calls that change the account database: for administrators, but that everybody changes his own
 * password. Accounts that act as root are root's to change, on the server. [MS-SAMR] 3.1.5.4, .6, .7, .10
 */
#include "auth/accounts.h"
#include "auth/password.h"
#include "base/charset.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "rpc/samr.h"

enum { /* [MS-SAMR] 2.2.1.4, .7 */
	DOMAIN_CREATE_USER = 0x0010, USER_WRITE_ACCOUNT = 0x0020, USER_FORCE_PASSWORD_CHANGE = 0x0080,
	USER_ALL_ACCESS = 0x000F07FF,
};

static bool may(const struct rpc_call *c, const struct rpc_object *o, uint32_t right)
{
	return rpc_may_read(c) && rpc_is_admin(c) && (o->desired_access & (right | MAXIMUM_ALLOWED | GENERIC_ALL | GENERIC_WRITE)) != 0;
}

static void tell(const struct rpc_call *c, const char *name, const char *what)
{
	const char *peer = c->caller->peer != NULL ? c->caller->peer : "";
	log_notice("'%s' (%s) %s the account '%s'", c->identity->account, peer, what, name);
}

/* ---- making and removing ---- */

static uint32_t make(struct rpc_call *c, const char *name)
{
	struct accounts *accounts = rpc_account_database(c);
	struct account account = { .disabled = true }, existing;
	size_t len = strlen(name);
	if (len >= sizeof(account.name) || !account_name_is_valid(name))
		return STATUS_INVALID_ACCOUNT_NAME;
	if (accounts_find(accounts, name, &existing)) {
		crypto_wipe(&existing, sizeof(existing));
		return STATUS_USER_EXISTS;
	}
	memcpy(account.name, name, len + 1);
	if (auth_account_is_roots(&account, c->caller->now))
		return STATUS_ACCESS_DENIED;
	if (!accounts_put(accounts, &account))
		return STATUS_UNSUCCESSFUL;
	tell(c, name, "made");
	return STATUS_SUCCESS;
}

/* Without a password it is disabled, as on Windows. */
static uint32_t create(struct rpc_call *c, struct samr_create_user *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	struct account account;
	if (domain == NULL)
		return 0;
	if (!may(c, domain, DOMAIN_CREATE_USER) || !sid_equal(&domain->sid, rpc_machine_sid(c)))
		return STATUS_ACCESS_DENIED;
	if (m->name == NULL || m->account_type != USER_NORMAL_ACCOUNT)
		return STATUS_INVALID_PARAMETER;
	struct sid sid = domain->sid;
	uint32_t status = make(c, m->name);
	if (status != STATUS_SUCCESS)
		return status;
	if (!accounts_find(rpc_account_database(c), m->name, &account))
		return STATUS_NO_SUCH_USER;
	struct rpc_object *user = rpc_object_new(c, RPC_SAM_USER, &m->user_handle);
	if (user == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	m->relative_id = auth_rid_of_account(&account, c->caller->now);
	m->granted_access = USER_ALL_ACCESS;
	user->sid = sid;
	user->rid = m->relative_id;
	user->desired_access = m->desired_access;
	return STATUS_SUCCESS;
}

uint32_t rpc_samr_create_user(struct rpc_call *c, struct samr_create_user *m)
{
	m->account_type = USER_NORMAL_ACCOUNT;
	return create(c, m);
}

uint32_t rpc_samr_create_user2(struct rpc_call *c, struct samr_create_user *m)
{
	return create(c, m);
}

uint32_t rpc_samr_delete_user(struct rpc_call *c, struct samr_delete_user *m)
{
	const struct rpc_object *o = rpc_object_find(c, &m->user_handle, RPC_SAM_USER);
	struct account account;
	if (o == NULL)
		return 0;
	if (!may(c, o, ACCESS_DELETE))
		return STATUS_ACCESS_DENIED;
	if (!rpc_account_row(c, o->rid, &account))
		return STATUS_NO_SUCH_USER;
	crypto_wipe(account.nt_hash, sizeof(account.nt_hash));
	if (auth_account_is_roots(&account, c->caller->now))
		return STATUS_ACCESS_DENIED;
	if (!accounts_remove(rpc_account_database(c), account.name))
		return STATUS_UNSUCCESSFUL;
	tell(c, account.name, "removed");
	rpc_object_close(c, &m->user_handle);
	return STATUS_SUCCESS;
}

/* Before a user is removed he is taken out of the aliases; ours go by what he is, so there is nothing to take him out of. */
uint32_t rpc_samr_remove_member_from_foreign_domain(struct rpc_call *c, struct samr_remove_member *m)
{
	const struct rpc_object *domain = rpc_object_find(c, &m->domain_handle, RPC_SAM_DOMAIN);
	if (domain == NULL)
		return 0;
	return rpc_may_read(c) && rpc_is_admin(c) ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

/* ---- changing ---- */

/* The parts that a class has, as WhichFields says it. */
static uint32_t fields_of(const struct samr_set_information_user *m)
{
	enum { PASSWORDS = USER_ALL_NTPASSWORDPRESENT | USER_ALL_LMPASSWORDPRESENT };
	switch (m->user_information_class) {
	case UserFullNameInformation: return USER_ALL_FULLNAME;
	case UserControlInformation: return USER_ALL_USERACCOUNTCONTROL;
	case UserAllInformation: return m->buffer.which_fields & ~(uint32_t)PASSWORDS;
	case UserInternal4Information:
	case UserInternal4InformationNew: return m->buffer.which_fields;
	default: return PASSWORDS;
	}
}

static bool is_known_class(uint16_t user_information_class)
{
	return user_information_class == UserFullNameInformation || user_information_class == UserControlInformation ||
	       user_information_class == UserAllInformation ||
	       (user_information_class >= UserInternal4Information && user_information_class <= UserInternal5InformationNew);
}

/* What an account has no place for (comments, folders, hours) is taken and forgotten. */
static uint32_t change_account(struct rpc_call *c, struct account *account, const struct samr_user_information *info, uint32_t fields)
{
	const char *full_name = info->full_name != NULL ? info->full_name : "";
	if ((fields & USER_ALL_USERNAME) != 0 && (info->user_name == NULL || utf8_casecmp(info->user_name, account->name) != 0))
		return STATUS_NOT_SUPPORTED; /* a new name would be another SID */
	if ((fields & (USER_ALL_FULLNAME | USER_ALL_USERACCOUNTCONTROL)) == 0)
		return STATUS_SUCCESS;
	if ((fields & USER_ALL_FULLNAME) != 0) {
		size_t len = strlen(full_name);
		if (len >= sizeof(account->full_name))
			return STATUS_INVALID_PARAMETER;
		memcpy(account->full_name, full_name, len + 1);
	}
	if ((fields & USER_ALL_USERACCOUNTCONTROL) != 0)
		account->disabled = (info->user_account_control & USER_ACCOUNT_DISABLED) != 0;
	return accounts_put(rpc_account_database(c), account) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

/* The key is the SMB session's, whatever RPC itself agreed on. [MS-SAMR] 3.1.5.6.4 */
static uint32_t change_password(struct rpc_call *c, const char *name, const struct samr_user_information *info)
{
	const struct auth_identity *opener = &c->pipe->opener;
	char password[AUTH_PASSWORD_CAP];
	if (!opener->has_session_key)
		return STATUS_NO_USER_SESSION_KEY;
	nt_status status = STATUS_WRONG_PASSWORD;
	if (auth_password_decrypt(slice_of(opener->session_key, sizeof(opener->session_key)), info->user_password, NULL, password))
		status = auth_password_set(c->server->auth, name, password, c->caller->now);
	crypto_wipe(password, sizeof(password));
	return status;
}

static uint32_t change(struct rpc_call *c, struct account *account, const struct samr_user_information *info, uint32_t fields)
{
	if (auth_account_is_roots(account, c->caller->now))
		return STATUS_ACCESS_DENIED;
	uint32_t status = change_account(c, account, info, fields);
	if (status == STATUS_SUCCESS && (fields & (USER_ALL_NTPASSWORDPRESENT | USER_ALL_LMPASSWORDPRESENT)) != 0)
		status = change_password(c, account->name, info);
	if (status == STATUS_SUCCESS)
		tell(c, account->name, "changed");
	return status;
}

uint32_t rpc_samr_set_information_user(struct rpc_call *c, struct samr_set_information_user *m)
{
	const struct rpc_object *o = rpc_object_find(c, &m->user_handle, RPC_SAM_USER);
	struct account account;
	if (o == NULL)
		return 0;
	if (!is_known_class(m->user_information_class))
		return STATUS_INVALID_INFO_CLASS;
	uint32_t fields = fields_of(m);
	bool passwords = (fields & (USER_ALL_NTPASSWORDPRESENT | USER_ALL_LMPASSWORDPRESENT)) != 0;
	bool others = (fields & ~(uint32_t)(USER_ALL_NTPASSWORDPRESENT | USER_ALL_LMPASSWORDPRESENT)) != 0;
	if ((passwords && !may(c, o, USER_FORCE_PASSWORD_CHANGE)) || (others && !may(c, o, USER_WRITE_ACCOUNT)) || (!passwords && !others))
		return passwords || others ? STATUS_ACCESS_DENIED : STATUS_INVALID_PARAMETER;
	if (!rpc_account_row(c, o->rid, &account))
		return STATUS_NO_SUCH_USER;
	uint32_t status = change(c, &account, &m->buffer, fields);
	crypto_wipe(&account, sizeof(account));
	return status;
}

/* ---- one's own password ---- */

static uint32_t change_own(struct rpc_call *c, const struct samr_change_password *m)
{
	const struct auth_password_change change = {
		.account = m->user_name, .peer = c->caller->peer, .encrypted = m->new_password_encrypted_with_old_nt,
		.proof = m->old_nt_owf_password_encrypted_with_new_nt,
	};
	if (m->user_name == NULL || c->server->auth == NULL)
		return STATUS_INVALID_PARAMETER;
	return auth_password_change(c->server->auth, &change, c->caller->now);
}

uint32_t rpc_samr_unicode_change_password_user2(struct rpc_call *c, struct samr_change_password *m)
{
	return change_own(c, m);
}

uint32_t rpc_samr_unicode_change_password_user3(struct rpc_call *c, struct samr_change_password *m)
{
	return change_own(c, m);
}
