/* TRANS2_GET_DFS_REFERRAL. [MS-DFSC] 3.2.5.5. Answered by whoever asks, whatever he negotiated: Windows asks anyway. */
#include "fs/dfs.h"
#include "smb1/trans2.h"
#include "wire/smb1/dfs.h"

enum {
	REFERRAL_ROOM = 60000,
	TIME_TO_LIVE = 600, /* seconds, as Samba says */
	VERSION_MAX = 4,
};

/* "\server\share\rest": the share's name and where the rest begins. False: there is no share in it. */
static bool split_path(struct smb1_req *r, const char *path, const char **share, const char **rest)
{
	path += strspn(path, "\\/");
	path += strcspn(path, "\\/");
	path += strspn(path, "\\/");
	size_t len = strcspn(path, "\\/");
	*share = arena_strndup(&r->arena, path, len);
	*rest = path + len;
	return len > 0 && *share != NULL;
}

static struct smb1_dfs_referral referral(uint16_t version, bool root, const char *path, const char *target)
{
	return (struct smb1_dfs_referral){
		.version_number = version,
		.server_type = root ? DFS_SERVER_ROOT : DFS_SERVER_LINK,
		.time_to_live = TIME_TO_LIVE,
		.dfs_path = path,
		.dfs_alternate_path = path,
		.network_address = target,
	};
}

/* targets: of a link; of the root it is the path itself, for a client that is here already. */
static nt_status put_referrals(struct smb1_req *r, struct trans_call *call, uint16_t version, const char *path, const char *const *targets,
			       size_t n, bool root)
{
	struct smb1_dfs_referrals m = {
		.path_consumed = (uint16_t)utf16_len(path, strlen(path)),
		.number_of_referrals = (uint16_t)n,
		.referral_header_flags = root ? DFS_REFERRAL_SERVERS | DFS_STORAGE_SERVERS : DFS_STORAGE_SERVERS,
		.referrals = arena_array(&r->arena, n, sizeof(*m.referrals)),
	};
	if (m.referrals == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (size_t i = 0; i < n; i++)
		m.referrals[i] = referral(version, root, path, targets[i]);
	if (version == VERSION_MAX && n > 0)
		m.referrals[0].referral_entry_flags = DFS_TARGET_SET_BOUNDARY;
	struct wire w = trans_writer(r, REFERRAL_ROOM);
	smb1_dfs_referrals(&w, &m);
	return trans_put_data(call, &w);
}

/* The link is looked for as the one who asks, in a tree of its own: the request comes on IPC$. */
static nt_status find_link(struct smb1_req *r, struct fs_share *share, const char *rest, struct fs_dfs_referral *out)
{
	struct fs_tree *tree;
	nt_status status = conn_look_into(r->conn, r->session, share, &tree);
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_ctx *ctx = req_fs(r);
	ctx->tree = tree;
	ctx->dfs_paths = false;
	status = vfs_cred_assume(&tree->cred) == 0 ? fs_dfs_find(ctx, rest, out) : STATUS_ACCESS_DENIED;
	vfs_cred_drop();
	fs_tree_disconnect(tree);
	(void)req_fs(r);
	return status;
}

nt_status t2_get_dfs_referral(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_get_dfs_referral_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	const char *name, *rest;
	smb1_trans2_get_dfs_referral_req(&w, &m);
	if (!wire_ok(&w) || m.max_referral_level == 0)
		return STATUS_INVALID_PARAMETER;
	/* Without DFS clients take this for "no referral" and go on. [MS-DFSC] 3.3.5.4 */
	if (!r->conn->settings->s.host_msdfs || !split_path(r, m.request_file_name, &name, &rest))
		return STATUS_NOT_FOUND;
	struct fs_share *share = conn_find_share(r->conn, name);
	if (share == NULL || !fs_share_config(share)->msdfs_root)
		return STATUS_NOT_FOUND;
	uint16_t version = MIN(m.max_referral_level, (uint16_t)VERSION_MAX);
	const char *path = m.request_file_name;
	if (rest[strspn(rest, "\\/")] == '\0')
		return put_referrals(r, call, version, path, &path, 1, true);
	struct fs_dfs_referral found;
	nt_status status = find_link(r, share, rest, &found);
	if (status != STATUS_SUCCESS)
		return status;
	path = arena_strndup(&r->arena, path, (size_t)(rest - path) + found.consumed);
	return path != NULL ? put_referrals(r, call, version, path, found.targets, found.n, false) : STATUS_INSUFF_SERVER_RESOURCES;
}
