/*
 * The Local Security Authority of a machine that is a domain of its own and trusts nobody. [MS-LSAD] 3.1.4, [MS-LSAT] 3.1.4.2,
 * [MS-DSSP] 3.2.5.1. Strangers may open it, as NT lets them, but are told no account.
 */
#include "base/charset.h"
#include "rpc/directory.h"
#include "wire/dce/lsarpc.h"

enum { AUDIT_CATEGORIES = 9 }; /* [MS-LSAD] 2.2.4.20 */

static uint32_t open_policy(struct rpc_call *c, struct lsarpc_open_policy *m)
{
	if (rpc_machine_sid(c) == NULL)
		return STATUS_ACCESS_DENIED;
	return rpc_object_new(c, RPC_POLICY, &m->policy_handle) != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

uint32_t rpc_lsarpc_open_policy(struct rpc_call *c, struct lsarpc_open_policy *m)
{
	return open_policy(c, m);
}

uint32_t rpc_lsarpc_open_policy2(struct rpc_call *c, struct lsarpc_open_policy *m)
{
	return open_policy(c, m);
}

uint32_t rpc_lsarpc_close(struct rpc_call *c, struct lsarpc_close *m)
{
	rpc_object_close(c, &m->object_handle);
	return STATUS_SUCCESS;
}

uint32_t rpc_lsarpc_query_information_policy(struct rpc_call *c, struct lsarpc_query_information_policy *m)
{
	struct lsarpc_policy_information *info = &m->information;
	if (rpc_object_find(c, &m->policy_handle, RPC_POLICY) == NULL)
		return 0;
	if (!lsarpc_policy_class_is_known(m->information_class))
		return STATUS_INVALID_PARAMETER;
	m->has_information = true;
	switch (m->information_class) {
	case PolicyPrimaryDomainInformation: info->name = c->facts->workgroup; break; /* without a SID: a workgroup */
	case PolicyDnsDomainInformation:
		info->name = c->facts->workgroup;
		info->dns_domain_name = info->dns_forest_name = "";
		break;
	case PolicyPdAccountInformation: info->name = ""; break;
	case PolicyLsaServerRoleInformation: info->role = PolicyServerRolePrimary; break;
	case PolicyAuditEventsInformation:
		info->maximum_audit_event_count = AUDIT_CATEGORIES; /* none of which is audited */
		info->event_auditing_options = arena_array(c->arena, AUDIT_CATEGORIES, sizeof(*info->event_auditing_options));
		info->has_event_auditing_options = info->event_auditing_options != NULL;
		break;
	case PolicyAccountDomainInformation:
	case PolicyLocalAccountDomainInformation:
		info->name = c->facts->name;
		info->sid = rpc_machine_sid(c);
		break;
	default: break;
	}
	return STATUS_SUCCESS;
}

uint32_t rpc_lsarpc_get_user_name(struct rpc_call *c, struct lsarpc_get_user_name *m)
{
	const struct auth_identity *id = c->identity;
	struct auth_sid_name who = { .use = SidTypeUnknown };
	/* The strings are the server's to give. [MS-LSAT] 3.1.4.4 */
	if ((m->user_name != NULL && m->user_name[0] != '\0') || (m->domain_name != NULL && m->domain_name[0] != '\0'))
		return STATUS_INVALID_PARAMETER;
	if (id->anonymous) {
		const struct sid_known_entry *anonymous = &sid_known_table()[SID_ANONYMOUS];
		m->user_name = anonymous->name;
		m->domain_name = anonymous->domain;
		return STATUS_SUCCESS;
	}
	m->user_name = id->guest ? "Guest" : id->account;
	m->domain_name = c->facts->name;
	/* The name as the account database writes it. */
	if (c->server->auth != NULL && auth_sid_of_name(c->server->auth, arena_printf(c->arena, "%s\\%s", c->facts->name, m->user_name),
							c->caller->now, &who))
		m->user_name = arena_strdup(c->arena, who.name);
	return m->user_name != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* ---- privileges: that they exist; nobody has them from us ---- */

static const struct {
	uint32_t low;
	const char *name, *display_name;
} privileges[] = { /* [MS-LSAD] 3.1.1.2.1 */
	{ 2, "SeCreateTokenPrivilege", "Create a token object" },
	{ 3, "SeAssignPrimaryTokenPrivilege", "Replace a process-level token" },
	{ 4, "SeLockMemoryPrivilege", "Lock pages in memory" },
	{ 5, "SeIncreaseQuotaPrivilege", "Increase quotas" },
	{ 6, "SeMachineAccountPrivilege", "Add workstations to domain" },
	{ 7, "SeTcbPrivilege", "Act as part of the operating system" },
	{ 8, "SeSecurityPrivilege", "Manage auditing and security log" },
	{ 9, "SeTakeOwnershipPrivilege", "Take ownership of files or other objects" },
	{ 10, "SeLoadDriverPrivilege", "Load and unload device drivers" },
	{ 11, "SeSystemProfilePrivilege", "Profile system performance" },
	{ 12, "SeSystemtimePrivilege", "Change the system time" },
	{ 13, "SeProfileSingleProcessPrivilege", "Profile single process" },
	{ 14, "SeIncreaseBasePriorityPrivilege", "Increase scheduling priority" },
	{ 15, "SeCreatePagefilePrivilege", "Create a pagefile" },
	{ 16, "SeCreatePermanentPrivilege", "Create permanent shared objects" },
	{ 17, "SeBackupPrivilege", "Back up files and directories" },
	{ 18, "SeRestorePrivilege", "Restore files and directories" },
	{ 19, "SeShutdownPrivilege", "Shut down the system" },
	{ 20, "SeDebugPrivilege", "Debug programs" },
	{ 21, "SeAuditPrivilege", "Generate security audits" },
	{ 22, "SeSystemEnvironmentPrivilege", "Modify firmware environment values" },
	{ 23, "SeChangeNotifyPrivilege", "Bypass traverse checking" },
	{ 24, "SeRemoteShutdownPrivilege", "Force shutdown from a remote system" },
};

uint32_t rpc_lsarpc_enumerate_privileges(struct rpc_call *c, struct lsarpc_enumerate_privileges *m)
{
	size_t from = MIN((size_t)m->enumeration_context, ARRAY_LEN(privileges)), n = ARRAY_LEN(privileges) - from;
	if (rpc_object_find(c, &m->policy_handle, RPC_POLICY) == NULL)
		return 0;
	if (n == 0)
		return STATUS_NO_MORE_ENTRIES;
	m->privileges = arena_array(c->arena, n, sizeof(*m->privileges));
	if (m->privileges == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		m->privileges[i] = (struct lsarpc_privilege){ privileges[from + i].name, privileges[from + i].low, 0 };
	m->has_privileges = true;
	m->entries = (uint32_t)n;
	m->enumeration_context = ARRAY_LEN(privileges);
	return STATUS_SUCCESS;
}

static int privilege_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(privileges); i++)
		if (name != NULL && utf8_casecmp(privileges[i].name, name) == 0)
			return (int)i;
	return -1;
}

uint32_t rpc_lsarpc_lookup_privilege_value(struct rpc_call *c, struct lsarpc_lookup_privilege_value *m)
{
	int i = privilege_of(m->name);
	if (rpc_object_find(c, &m->policy_handle, RPC_POLICY) == NULL)
		return 0;
	m->low = i >= 0 ? privileges[i].low : 0;
	return i >= 0 ? STATUS_SUCCESS : STATUS_NO_SUCH_PRIVILEGE;
}

uint32_t rpc_lsarpc_lookup_privilege_name(struct rpc_call *c, struct lsarpc_lookup_privilege_name *m)
{
	if (rpc_object_find(c, &m->policy_handle, RPC_POLICY) == NULL)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(privileges); i++)
		if (m->high == 0 && privileges[i].low == m->low)
			m->name = privileges[i].name;
	return m->name != NULL ? STATUS_SUCCESS : STATUS_NO_SUCH_PRIVILEGE;
}

uint32_t rpc_lsarpc_lookup_privilege_display_name(struct rpc_call *c, struct lsarpc_lookup_privilege_display_name *m)
{
	enum { US_ENGLISH = 0x0409 };
	int i = privilege_of(m->name);
	if (rpc_object_find(c, &m->policy_handle, RPC_POLICY) == NULL)
		return 0;
	if (i < 0)
		return STATUS_NO_SUCH_PRIVILEGE;
	m->display_name = privileges[i].display_name;
	m->language_returned = US_ENGLISH;
	return STATUS_SUCCESS;
}

/* Accounts that have privileges: there are none. */
uint32_t rpc_lsarpc_enumerate_accounts(struct rpc_call *c, struct lsarpc_enumerate_accounts *m)
{
	if (rpc_object_find(c, &m->policy_handle, RPC_POLICY) == NULL)
		return 0;
	return m->enumeration_context == 0 ? STATUS_SUCCESS : STATUS_NO_MORE_ENTRIES;
}

uint32_t rpc_lsarpc_enumerate_account_rights(struct rpc_call *c, struct lsarpc_enumerate_account_rights *m)
{
	(void)rpc_object_find(c, &m->policy_handle, RPC_POLICY);
	return STATUS_OBJECT_NAME_NOT_FOUND;
}

uint32_t rpc_lsarpc_enumerate_trusted_domains(struct rpc_call *c, struct lsarpc_enumerate_trusted_domains *m)
{
	(void)rpc_object_find(c, &m->policy_handle, RPC_POLICY);
	return STATUS_NO_MORE_ENTRIES;
}

uint32_t rpc_dssetup_get_primary_domain_information(struct rpc_call *c, struct dssetup_get_primary_domain_information *m)
{
	if (m->info_level != 1)
		return WERR_INVALID_PARAMETER;
	m->has_information = true;
	m->machine_role = DsRoleStandaloneServer;
	m->domain_name_flat = c->facts->workgroup;
	return WERR_SUCCESS;
}
