/* The share: TREE_CONNECT_ANDX, or TREE_CONNECT of the core protocol. [MS-CIFS] 3.2.4.2.5, 3.2.5.4 */
#include "client/dfs.h"
#include "client/internal.h"
#include "wire/smb1/tree.h"

/* The password of a share: only where the server has no users. A response, where it gave a challenge. */
static nt_status share_password(struct cli *c, struct slice *out)
{
	struct auth_client_response proof;

	*out = slice_of("", 1);
	if (c->server.dialect >= SMB1_DIALECT_LANMAN1_0 && (c->server.security_mode & NEGOTIATE_USER_SECURITY) != 0)
		return STATUS_SUCCESS;
	nt_status status = cli_prove(c, 0, &proof);
	if (status == STATUS_SUCCESS && proof.lm.len > 0)
		*out = proof.lm;
	return status;
}

static nt_status connect_core(struct cli *c, const char *path, const char *service, struct slice password)
{
	struct smb1_tree_connect_req req = {
		.path = path, .password = password.len > 1 ? c->options.password : "", .service = service != NULL ? service : "A:",
	};
	struct smb1_tree_connect_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_TREE_CONNECT, &req, &rsp);

	if (status != STATUS_SUCCESS)
		return status;
	c->tid = rsp.tid;
	if (rsp.max_buffer_size >= 512)
		c->server.max_buffer_size = rsp.max_buffer_size;
	return status;
}

static nt_status connect_andx(struct cli *c, const char *path, const char *service, struct slice password)
{
	struct smb1_tree_connect_andx_req req = {
		.flags = cli_is_nt(c) ? TREE_CONNECT_ANDX_EXTENDED_RESPONSE : 0,
		.password = password, .path = path, .service = service != NULL ? service : "?????",
	};
	struct smb1_tree_connect_andx_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_TREE_CONNECT_ANDX, &req, &rsp);

	if (status != STATUS_SUCCESS)
		return status;
	c->tid = c->last.header.tid;
	c->share_access = rsp.words == 7 ? rsp.maximal_share_access_rights : 0;
	bool in_dfs = cli_is_nt(c) && (c->server.capabilities & CAP_DFS) != 0 && (rsp.optional_support & SMB_SHARE_IS_IN_DFS) != 0;
	return !in_dfs || cli_dfs_enter(c, strrchr(path, '\\') + 1) ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

nt_status cli_tree_connect(struct cli *c, const char *share, const char *service)
{
	struct slice password;

	cli_begin(c);
	char *path = arena_printf(&c->arena, "\\\\%s\\%s", c->options.host, share);
	if (path == NULL)
		return STATUS_NO_MEMORY;
	if (share[0] == '\0' || strpbrk(share, "/\\") != NULL)
		return cli_fail(c, STATUS_BAD_NETWORK_NAME, "\"%s\" is no name of a share", share);
	/* Old servers compare names as they are. */
	if (c->server.dialect < SMB1_DIALECT_NT_LM_0_12)
		path = utf8_upper(&c->arena, path, strlen(path));
	nt_status status = path != NULL ? share_password(c, &password) : STATUS_NO_MEMORY;
	if (status != STATUS_SUCCESS)
		return status;
	c->tid = SMB1_TID_NONE;
	c->share_access = 0;
	if (c->server.dialect < SMB1_DIALECT_LANMAN1_0)
		return connect_core(c, path, service, password);
	status = connect_andx(c, path, service, password);
	/* and so do programs that know only Windows, which asks for them in upper case (none of which has the UNIX extensions). */
	bool is_missing = (status == STATUS_BAD_NETWORK_NAME || status == STATUS_OBJECT_PATH_NOT_FOUND) && (c->server.capabilities & CAP_UNIX) == 0;
	char *upper = is_missing ? utf8_upper(&c->arena, path, strlen(path)) : NULL;
	return upper != NULL && strcmp(upper, path) != 0 ? connect_andx(c, upper, service, password) : status;
}

nt_status cli_tree_disconnect(struct cli *c)
{
	struct smb1_tree_disconnect_req req = { .words = 0 };

	cli_begin(c);
	if (c->tid == SMB1_TID_NONE)
		return STATUS_SUCCESS;
	nt_status status = cli_exchange(c, SMB_COM_TREE_DISCONNECT, &req, NULL);
	c->tid = SMB1_TID_NONE;
	return status;
}
