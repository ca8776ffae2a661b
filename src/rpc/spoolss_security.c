/*
 * The print system: who may do what with the print server itself (its forms, its list of printers), by the descriptor that somebody
 * gave it, else by the one that it always has. Printers go by their shares' rules. [MS-RPRN] 2.2.3.1, 3.1.4.2.5
 */
#include "fs/sd_access.h"
#include "rpc/spoolss.h"

/* ---- the descriptor ---- */

/* As the rules come out for most: who may connect prints, and rules his own jobs; administrators rule all. */
static struct slice usual_descriptor(struct rpc_call *c, bool server)
{
	const struct sid_known_entry *known = sid_known_table();
	const struct sid *everyone = &known[SID_EVERYONE].sid, *admins = &known[SID_BUILTIN_ADMINISTRATORS].sid;
	struct fs_ace aces[] = {
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, server ? SERVER_EXECUTE : PRINTER_EXECUTE, everyone),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, server ? SERVER_ALL_ACCESS : PRINTER_ALL_ACCESS, admins),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE, JOB_ALL_ACCESS, admins),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE, JOB_ALL_ACCESS, &known[SID_CREATOR_OWNER].sid),
	};
	const struct fs_acl dacl = { .revision = ACL_REVISION, .n = ARRAY_LEN(aces), .aces = aces };
	const struct fs_sd sd = {
		.control = SE_DACL_PRESENT | SE_SELF_RELATIVE, .has_owner = true, .has_group = true, .owner = *admins, .group = *admins,
		.dacl = &dacl,
	};
	struct slice out;
	return fs_sd_format(c->arena, &sd, 0, &out) == STATUS_SUCCESS ? out : slice_of(NULL, 0);
}

struct slice rpc_print_descriptor(struct rpc_call *c, const char *share)
{
	struct slice set = slice_of(NULL, 0);
	if (share == NULL && c->server->print_settings != NULL)
		set = print_descriptor(c->server->print_settings, c->arena, "");
	return set.ptr != NULL ? set : usual_descriptor(c, share == NULL);
}

/* ---- who ---- */

/* A member of what every account is a member of. Unix groups do not count: this is no file. */
static struct fs_token token_of(struct rpc_call *c, struct sid sids[8])
{
	const struct auth_identity *who = c->identity;
	struct fs_token token = { .sids = sids, .admin = who->admin };
	struct auth_sid_name self;
	if (!who->anonymous && !who->guest && c->server->auth != NULL && auth_sid_of_name(c->server->auth, who->account, c->caller->now, &self))
		sids[token.n++] = self.sid;
	sids[token.n++] = *sid_known(SID_EVERYONE);
	sids[token.n++] = *sid_known(SID_NETWORK);
	if (who->anonymous) {
		sids[token.n++] = *sid_known(SID_ANONYMOUS);
		return token;
	}
	sids[token.n++] = *sid_known(who->guest ? SID_BUILTIN_GUESTS : SID_AUTHENTICATED_USERS);
	if (!who->guest)
		sids[token.n++] = *sid_known(SID_BUILTIN_USERS);
	return token;
}

/* What GENERIC_* mean for a print server. [MS-RPRN] 2.2.3.1 */
static uint32_t map_generic(uint32_t mask)
{
	const uint32_t generic_read = 0x80000000, generic_write = 0x40000000, generic_execute = 0x20000000, generic_all = 0x10000000;
	uint32_t out = mask & ~(generic_read | generic_write | generic_execute | generic_all);
	if ((mask & (generic_read | generic_execute)) != 0)
		out |= SERVER_EXECUTE;
	if ((mask & generic_write) != 0)
		out |= SERVER_EXECUTE | SERVER_ACCESS_ADMINISTER;
	return out | ((mask & generic_all) != 0 ? (uint32_t)SERVER_ALL_ACCESS : 0);
}

/* Administrators keep all rights: nobody could give them back. */
static uint32_t rights(struct rpc_call *c)
{
	struct sid sids[8];
	struct fs_sd sd;
	struct slice bytes = rpc_print_descriptor(c, NULL);
	if (rpc_is_admin(c))
		return SERVER_ALL_ACCESS;
	if (bytes.ptr == NULL || fs_sd_parse(c->arena, bytes, 0, &sd) != STATUS_SUCCESS)
		return 0;
	const struct fs_token token = token_of(c, sids);
	return fs_sd_rights_of(&sd, &token, map_generic, SERVER_ALL_ACCESS);
}

bool rpc_print_server_allows(struct rpc_call *c, uint32_t access)
{
	return (map_generic(access) & SERVER_ALL_ACCESS & ~rights(c)) == 0;
}

/* ---- SetPrinter, level 3 ---- */

/* The parts that the new one has take the place of the old one's. */
static void merge(struct fs_sd *sd, const struct fs_sd *from)
{
	const uint16_t of_dacl = SE_DACL_PRESENT | SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED;
	if (from->has_owner) {
		sd->has_owner = true;
		sd->owner = from->owner;
	}
	if (from->has_group) {
		sd->has_group = true;
		sd->group = from->group;
	}
	if ((from->control & SE_DACL_PRESENT) == 0)
		return;
	sd->dacl = from->dacl;
	sd->control = (uint16_t)((sd->control & ~of_dacl) | (from->control & of_dacl));
}

uint32_t rpc_print_set_descriptor(struct rpc_call *c, struct slice bytes)
{
	const uint32_t write_dac = 0x00040000, write_owner = 0x00080000;
	struct fs_sd asked, sd;
	struct slice kept;
	if (c->server->print_settings == NULL)
		return WERR_ACCESS_DENIED;
	if (fs_sd_parse(c->arena, bytes, 0, &asked) != STATUS_SUCCESS)
		return WERR_INVALID_SECURITY_DESCR;
	uint32_t need = (asked.has_owner || asked.has_group ? write_owner : 0) | ((asked.control & SE_DACL_PRESENT) != 0 ? write_dac : 0);
	if (!rpc_print_server_allows(c, need != 0 ? need : SERVER_ACCESS_ADMINISTER))
		return WERR_ACCESS_DENIED;
	if (need == 0)
		return WERR_SUCCESS; /* there is nothing in it */
	if (fs_sd_parse(c->arena, rpc_print_descriptor(c, NULL), 0, &sd) != STATUS_SUCCESS)
		return WERR_NOT_ENOUGH_MEMORY;
	merge(&sd, &asked);
	nt_status status = fs_sd_format(c->arena, &sd, 0, &kept);
	if (status == STATUS_SUCCESS && kept.len > FS_SD_MAX)
		return WERR_INVALID_SECURITY_DESCR;
	if (status == STATUS_SUCCESS)
		status = print_descriptor_set(c->server->print_settings, "", kept);
	return status == STATUS_SUCCESS ? WERR_SUCCESS : WERR_NOT_ENOUGH_MEMORY;
}
