#include "client/dfs.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/internal.h"
#include "wire/smb1/dfs.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"
#include "wire/smb1/tree.h"

enum { LEVEL = 3, REFERRALS_ROOM = 16384 };

bool cli_dfs_enter(struct cli *c, const char *share)
{
	struct cli_session *s = c->session;
	size_t room = strlen(c->options.host) + strlen(share) + sizeof("\\\\");

	free(s->dfs_root);
	s->dfs_root = malloc(room);
	if (s->dfs_root == NULL)
		return false;
	(void)snprintf(s->dfs_root, room, "\\%s\\%s", c->options.host, share);
	s->dfs_tid = c->tid;
	return true;
}

/* "\server\share\path", with one or two backslashes before it. False: it is none. */
static bool split(struct cli *c, const char *address, struct cli_dfs_target *out)
{
	char *text = arena_strdup(&c->arena, address + strspn(address, "\\"));
	char *share = text != NULL ? strchr(text, '\\') : NULL;

	if (share == NULL || share[1] == '\0' || share == text)
		return false;
	*share++ = '\0';
	char *path = strchr(share, '\\');
	if (path != NULL)
		*path++ = '\0';
	*out = (struct cli_dfs_target){ .host = text, .share = share, .path = path != NULL ? path : "" };
	return cli_name_is_safe(text, false) && cli_name_is_safe(share, false);
}

/* How much of our own path the answer is about: it counts bytes of UTF-16, from the server's name on. */
static nt_status cut(struct cli *c, const char *whole, uint16_t utf16_bytes, struct cli_dfs_referral *out)
{
	size_t at = 0, root = strlen(c->session->dfs_root), len = strlen(whole);

	for (size_t units = 0; at < len && units < utf16_bytes / 2u;)
		units += utf8_next(whole, len, &at) > 0xFFFF ? 2 : 1;
	if (at > 0 && whole[at - 1] == '\\')
		at--;
	if (at < root || (at < len && whole[at] != '\\'))
		return cli_nonsense(c, "a DFS link for a path that was not asked");
	out->link = at > root ? arena_strndup(&c->arena, whole + root + 1, at - root - 1) : "";
	out->rest = arena_strdup(&c->arena, at < len ? whole + at + 1 : "");
	return out->link != NULL && out->rest != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static nt_status ask(struct cli *c, const char *whole, struct smb1_dfs_referrals *out)
{
	struct smb1_trans2_get_dfs_referral_req req = { .max_referral_level = LEVEL, .request_file_name = whole };
	struct cli_transact t = cli_trans2(TRANS2_GET_DFS_REFERRAL, 0, REFERRALS_ROOM);
	struct cli_blocks answer;
	struct cli_session *s = c->session;
	char *root = s->dfs_root;
	uint16_t tid = c->tid, dfs_tid = s->dfs_tid;

	s->dfs_root = NULL; /* a server may say that this share is in the DFS, too */
	nt_status status = cli_tree_connect(c, "IPC$", "IPC");
	if (status == STATUS_SUCCESS) {
		t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_get_dfs_referral_req, &req);
		status = t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_NO_MEMORY;
		if (status == STATUS_SUCCESS)
			status = cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_dfs_referrals, out);
		struct smb1_tree_disconnect_req leave = { .words = 0 };
		nt_status left = cli_exchange(c, SMB_COM_TREE_DISCONNECT, &leave, NULL);
		status = status == STATUS_SUCCESS ? left : status;
	}
	c->tid = tid;
	free(s->dfs_root);
	s->dfs_root = root;
	s->dfs_tid = dfs_tid;
	return status;
}

static nt_status choose(struct cli *c, const struct smb1_dfs_referrals *found, struct cli_dfs_referral *out)
{
	for (uint16_t i = 0; i < found->number_of_referrals && out->n < CLI_DFS_TARGETS_MAX; i++)
		if (found->referrals[i].network_address != NULL && split(c, found->referrals[i].network_address, &out->targets[out->n]))
			out->n++;
	return out->n > 0 ? STATUS_SUCCESS : cli_nonsense(c, "a DFS link leads nowhere");
}

nt_status cli_dfs_find(struct cli *c, const char *path, struct cli_dfs_referral *out)
{
	struct smb1_dfs_referrals found = { .number_of_referrals = 0 };

	*out = (struct cli_dfs_referral){ .n = 0 };
	cli_begin(c);
	if (c->session->dfs_root == NULL || c->session->dfs_tid != c->tid)
		return cli_fail(c, STATUS_PATH_NOT_COVERED, "it lies on another server, and this one does not tell where");
	char *below = cli_path(c, path), *whole;
	if (below == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	/* cli_tree_connect forgets what the arena holds */
	if ((whole = strdup(below)) == NULL)
		return STATUS_NO_MEMORY;
	nt_status status = ask(c, whole, &found);
	if (status == STATUS_SUCCESS)
		status = choose(c, &found, out);
	if (status == STATUS_SUCCESS)
		status = cut(c, whole, found.path_consumed, out);
	free(whole);
	return status;
}
