/* LsarLookupSids and LsarLookupNames in their first form, which NT 4 has too. [MS-LSAT] 3.1.4.8, 3.1.4.11 */
#include "client/lsa.h"

#include <stdio.h>

#include "client/internal.h"
#include "wire/dce/lsarpc.h"

enum { POLICY_LOOKUP_NAMES = 0x800, LSAP_LOOKUP_WKSTA = 1 };

nt_status cli_lsa_open(const struct cli *c, struct cli_lsa *l)
{
	struct lsarpc_open_policy m = { .has_system_name = true, .system_name_letter = '\\', .desired_access = POLICY_LOOKUP_NAMES };

	l->rpc = NULL;
	cli_share(&l->ipc, c);
	l->ipc.tid = SMB1_TID_NONE;
	nt_status status = cli_is_nt(c) ? cli_tree_connect(&l->ipc, "IPC$", "IPC") : cli_not_here(&l->ipc, "names and SIDs");
	if (status == STATUS_SUCCESS)
		status = cli_rpc_open(&l->ipc, DCE_INTERFACE_lsarpc, &l->rpc);
	if (status == STATUS_SUCCESS)
		status = cli_rpc_call(l->rpc, DCE_lsarpc_LsarOpenPolicy, &m);
	l->policy = m.policy_handle;
	return status;
}

void cli_lsa_close(struct cli_lsa *l)
{
	struct lsarpc_close m = { .object_handle = l->policy };

	if (l->rpc != NULL)
		(void)!cli_rpc_call(l->rpc, DCE_lsarpc_LsarClose, &m);
	cli_rpc_close(l->rpc);
	(void)cli_tree_disconnect(&l->ipc);
	cli_fini(&l->ipc);
}

/* The index is the server's. */
static const struct lsarpc_trust_information *domain_at(bool has, const struct lsarpc_referenced_domains *d, uint32_t index)
{
	return has && d->has_domains && index < d->entries ? &d->domains[index] : NULL;
}

nt_status cli_lsa_name(struct cli_lsa *l, const struct sid *sid, char out[CLI_ACCOUNT_MAX])
{
	struct lsarpc_lookup_sids m = {
		.policy_handle = l->policy, .sid_enum_buffer = { .entries = 1, .has_sids = true, .sids = &sid }, .lookup_level = LSAP_LOOKUP_WKSTA,
	};
	nt_status status = cli_rpc_call(l->rpc, DCE_lsarpc_LsarLookupSids, &m);

	if (nt_is_error(status))
		return status;
	if (m.entries != 1 || !m.has_names || m.names[0].name == NULL || m.names[0].use == SidTypeUnknown)
		return STATUS_NONE_MAPPED;
	const struct lsarpc_trust_information *d = domain_at(m.has_referenced_domains, &m.referenced_domains, m.names[0].domain_index);
	bool qualified = d != NULL && d->name != NULL && d->name[0] != '\0' && m.names[0].use != SidTypeDomain;
	int n = snprintf(out, CLI_ACCOUNT_MAX, "%s%s%s", qualified ? d->name : "", qualified ? "\\" : "", m.names[0].name);
	return n > 0 && n < CLI_ACCOUNT_MAX ? STATUS_SUCCESS : STATUS_NONE_MAPPED;
}

nt_status cli_lsa_sid(struct cli_lsa *l, const char *name, struct sid *out)
{
	struct lsarpc_lookup_names m = { .policy_handle = l->policy, .count = 1, .names = &name, .lookup_level = LSAP_LOOKUP_WKSTA };
	nt_status status = cli_rpc_call(l->rpc, DCE_lsarpc_LsarLookupNames, &m);

	if (nt_is_error(status))
		return status;
	if (m.entries != 1 || !m.has_sids || m.sids[0].use == SidTypeUnknown)
		return STATUS_NONE_MAPPED;
	const struct lsarpc_trust_information *d = domain_at(m.has_referenced_domains, &m.referenced_domains, m.sids[0].domain_index);
	if (d == NULL || d->sid == NULL)
		return STATUS_NONE_MAPPED;
	/* A domain itself, and what is alone in its authority, as Everyone. */
	*out = m.sids[0].relative_id == UINT32_MAX || m.sids[0].use == SidTypeDomain ? *d->sid : sid_of_rid(d->sid, m.sids[0].relative_id);
	return STATUS_SUCCESS;
}
