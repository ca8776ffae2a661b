/* Tokens, and SIDs of Unix ids; see token.h. */
#include "fs/token.h"

#include <stdlib.h>
#include <unistd.h>

#include "fs/share.h"

void fs_idmap_uid(const struct fs_idmap *map, uint32_t uid, nttime now, struct sid *out)
{
	if (map->sid_of_uid != NULL)
		map->sid_of_uid(map->user, uid, now, out);
	else
		*out = sid_of_rid(sid_known(SID_UNIX_USERS), uid);
}

void fs_idmap_gid(const struct fs_idmap *map, uint32_t gid, struct sid *out)
{
	if (map->sid_of_gid != NULL)
		map->sid_of_gid(map->user, gid, out);
	else
		*out = sid_of_rid(sid_known(SID_UNIX_GROUPS), gid);
}

bool fs_idmap_to_uid(const struct fs_idmap *map, const struct sid *sid, uint32_t *uid)
{
	if (map->uid_of_sid != NULL)
		return map->uid_of_sid(map->user, sid, uid);
	return sid_rid_of(sid, sid_known(SID_UNIX_USERS), uid);
}

bool fs_idmap_to_gid(const struct fs_idmap *map, const struct sid *sid, uint32_t *gid)
{
	if (map->gid_of_sid != NULL)
		return map->gid_of_sid(map->user, sid, gid);
	return sid_rid_of(sid, sid_known(SID_UNIX_GROUPS), gid);
}

bool fs_token_has(const struct fs_token *token, const struct sid *sid)
{
	for (size_t i = 0; i < token->n; i++)
		if (sid_equal(&token->sids[i], sid))
			return true;
	return false;
}

static void add(struct fs_token *t, const struct sid *sid)
{
	if (!fs_token_has(t, sid))
		t->sids[t->n++] = *sid;
}

static void add_gid(struct fs_token *t, const struct fs_idmap *map, gid_t gid)
{
	struct sid sid;
	fs_idmap_gid(map, gid, &sid);
	add(t, &sid);
}

/* What the kind of logon makes him a member of. */
static void add_known(struct fs_token *t, const struct fs_idmap *map, const struct fs_user *user)
{
	struct sid all;
	add(t, sid_known(SID_EVERYONE));
	add(t, sid_known(SID_NETWORK));
	if (user->anonymous) {
		add(t, sid_known(SID_ANONYMOUS));
		return;
	}
	if (user->guest) {
		add(t, sid_known(SID_BUILTIN_GUESTS));
		return;
	}
	add(t, sid_known(SID_AUTHENTICATED_USERS));
	add(t, sid_known(SID_BUILTIN_USERS));
	if (map->sid_of_all_accounts != NULL && map->sid_of_all_accounts(map->user, &all))
		add(t, &all);
	if (user->admin)
		add(t, sid_known(SID_BUILTIN_ADMINISTRATORS));
}

bool fs_token_make(struct fs_tree *tree, const struct fs_idmap *map, nttime now)
{
	enum { OTHERS = 16 }; /* more than the SIDs that are not groups of the kernel's identity */
	const struct vfs_cred *cred = &tree->cred;
	const struct fs_user *user = &tree->user;
	struct fs_token *t = &tree->token;
	struct sid sid;
	t->sids = calloc(cred->n_groups + OTHERS, sizeof(*t->sids));
	if (t->sids == NULL)
		return false;
	t->admin = user->admin;
	fs_idmap_uid(map, cred->switched ? cred->uid : geteuid(), now, &sid);
	add(t, &sid);
	if (!user->guest && !user->anonymous && map->sid_of_account != NULL && map->sid_of_account(map->user, user->name, now, &sid))
		add(t, &sid);
	add_gid(t, map, cred->switched ? cred->gid : getegid());
	for (size_t i = 0; cred->switched && i < cred->n_groups; i++)
		add_gid(t, map, cred->groups[i]);
	add_known(t, map, user);
	return true;
}
