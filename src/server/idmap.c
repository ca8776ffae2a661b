/* fs_idmap over auth/sidname.h. */
#include "server/idmap.h"

#include "auth/sidname.h"

static void sid_of_uid(void *user, uint32_t uid, nttime now, struct sid *out)
{
	auth_sid_of_uid(user, uid, now, out);
}

static void sid_of_gid(void *user, uint32_t gid, struct sid *out)
{
	(void)user;
	auth_sid_of_gid(gid, out);
}

static bool uid_of_sid(void *user, const struct sid *sid, uint32_t *uid)
{
	return auth_uid_of_sid(user, sid, uid);
}

static bool gid_of_sid(void *user, const struct sid *sid, uint32_t *gid)
{
	return auth_gid_of_sid(user, sid, gid);
}

static bool sid_of_account(void *user, const char *name, nttime now, struct sid *out)
{
	struct account account;
	if (!accounts_find(user, name, &account))
		return false;
	*out = sid_of_rid(accounts_machine_sid(user), auth_rid_of_account(&account, now));
	return true;
}

static bool sid_of_all_accounts(void *user, struct sid *out)
{
	*out = sid_of_rid(accounts_machine_sid(user), DOMAIN_GROUP_RID_USERS);
	return true;
}

void server_set_idmap(struct fs_core *core, struct accounts *accounts)
{
	const struct fs_idmap map = {
		.user = accounts, .sid_of_uid = sid_of_uid, .sid_of_gid = sid_of_gid, .uid_of_sid = uid_of_sid, .gid_of_sid = gid_of_sid,
		.sid_of_account = sid_of_account, .sid_of_all_accounts = sid_of_all_accounts,
	};
	fs_core_set_idmap(core, &map);
}
