#include "smb1/queues.h"

#include "smb1/print.h"
#include "smb1/treeauth.h"

/* A queue is looked into as the one who asks, in a tree of its own: the request comes on IPC$. */
struct look {
	struct print_access access;
	struct smb1_req *r;
	struct fs_tree *tree;
};

static nt_status enter(void *user, const char *share_name, struct fs_ctx **ctx)
{
	struct look *look = user;
	struct smb1_req *r = look->r;
	struct fs_share *share = conn_find_share(r->conn, share_name);
	if (share == NULL)
		return STATUS_BAD_NETWORK_NAME;
	if (!treeauth_session_may(r->conn, r->session, share_name))
		return STATUS_ACCESS_DENIED;
	nt_status status = conn_look_into(r->conn, r->session, share, &look->tree);
	if (status != STATUS_SUCCESS)
		return status;
	*ctx = req_fs(r);
	(*ctx)->tree = look->tree;
	(*ctx)->dfs_paths = false;
	(*ctx)->wait = FS_WAIT_NEVER; /* a call of many steps */
	if (vfs_cred_assume(&look->tree->cred) == 0)
		return STATUS_SUCCESS;
	vfs_cred_drop();
	fs_tree_disconnect(look->tree);
	(void)req_fs(r);
	return STATUS_ACCESS_DENIED;
}

static void leave(void *user)
{
	struct look *look = user;
	vfs_cred_drop();
	fs_tree_disconnect(look->tree);
	(void)req_fs(look->r);
}

static nt_status start(void *user, const char *share, const char *title, struct print_document **out)
{
	struct look *look = user;
	struct fs_ctx *ctx;
	nt_status status = enter(user, share, &ctx);
	if (status != STATUS_SUCCESS)
		return status;
	status = print_document_start(ctx, &look->r->conn->server->next_print_job, print_user_of(look->r, look->tree), title, out);
	if (status == STATUS_SUCCESS)
		look->tree = NULL; /* the document's */
	leave(user);
	return status;
}

const struct print_access *queues_of(struct smb1_req *r)
{
	struct look *look = arena_alloc(&r->arena, sizeof(*look));
	if (look == NULL)
		return NULL;
	*look = (struct look){ .access = { look, enter, leave, start }, .r = r };
	return &look->access;
}
