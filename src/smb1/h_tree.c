/* TREE_CONNECT, TREE_CONNECT_ANDX, TREE_DISCONNECT. [MS-CIFS] 3.3.5.45, 3.3.5.46, 3.3.5.51 */
#include <strings.h>

#include "base/log.h"
#include "smb1/handlers.h"

/* "\\server\share", "\share" or "share" (some appliances): the last component. */
static const char *share_name_of(const char *path)
{
	const char *name = path;
	for (const char *p = path; *p != '\0'; p++)
		if (*p == '\\' || *p == '/')
			name = p + 1;
	return name;
}

static struct fs_share *find_share(const struct smb1_settings_ref *settings, const char *name)
{
	for (size_t i = 0; i < settings->s.n_shares; i++)
		if (utf8_casecmp(fs_share_config(settings->s.shares[i])->name, name) == 0)
			return settings->s.shares[i];
	return strcasecmp(name, "IPC$") == 0 ? settings->ipc : NULL;
}

static const char *service_of(enum fs_share_type type)
{
	switch (type) {
	case FS_SHARE_DISK: return "A:";
	case FS_SHARE_PRINTER: return "LPT1:";
	case FS_SHARE_COMM: return "COMM";
	case FS_SHARE_IPC: return "IPC";
	}
	return "?????";
}

static bool service_fits(const char *service, enum fs_share_type type)
{
	return strcmp(service, "?????") == 0 || strcasecmp(service, service_of(type)) == 0;
}

static nt_status connect_share(struct smb1_req *r, const char *path, const char *service, struct smb1_tree **out)
{
	struct smb1_conn *c = r->conn;
	conn_take_current_settings(c);
	struct fs_share *share = find_share(c->settings, share_name_of(path));
	if (share == NULL) {
		log_notice("%s: '%s' asked for the share '%s', which is not there; the server names its shares when it starts",
			   c->net->peer_text, r->session->identity.account, path);
		return STATUS_BAD_NETWORK_NAME;
	}
	if (!service_fits(service, fs_share_config(share)->type))
		return STATUS_BAD_DEVICE_TYPE;
	struct smb1_tree *t = conn_add_tree(c, share);
	if (t == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = t->type != FS_SHARE_IPC ? conn_view(c, t, r->session, &r->view) : STATUS_SUCCESS;
	if (status != STATUS_SUCCESS) {
		r->view = NULL;
		conn_free_tree(c, t);
		return status;
	}
	live_tree_began(c, t, r->session, r->now);
	r->header.tid = t->tid;
	*out = t;
	return STATUS_SUCCESS;
}

nt_status h_tree_connect(struct smb1_req *r, const struct smb1_tree_connect_req *in, struct smb1_tree_connect_rsp *out)
{
	struct smb1_tree *t;
	nt_status status = connect_share(r, in->path, in->service, &t);
	if (status != STATUS_SUCCESS)
		return status;
	out->max_buffer_size = SERVER_MAX_BUFFER;
	out->tid = t->tid;
	return STATUS_SUCCESS;
}

nt_status h_tree_connect_andx(struct smb1_req *r, const struct smb1_tree_connect_andx_req *in,
			      struct smb1_tree_connect_andx_rsp *out)
{
	struct smb1_conn *c = r->conn;
	if ((in->flags & TREE_CONNECT_ANDX_DISCONNECT_TID) != 0 && r->tree != NULL) {
		conn_free_tree(c, r->tree);
		r->tree = NULL;
	}
	struct smb1_tree *t;
	nt_status status = connect_share(r, in->path, in->service, &t);
	if (status != STATUS_SUCCESS)
		return status;
	bool extended = (in->flags & TREE_CONNECT_ANDX_EXTENDED_RESPONSE) != 0;
	out->words = c->dialect < SMB1_DIALECT_LANMAN2_1 ? 2 : extended ? 7 : 3;
	out->optional_support = t->type == FS_SHARE_DISK ? SMB_SUPPORT_SEARCH_BITS : 0;
	out->maximal_share_access_rights = t->type != FS_SHARE_IPC ? r->view->fs->maximal_access : FILE_ALL_ACCESS;
	out->service = service_of(t->type);
	out->native_file_system = out->words == 2 ? NULL : t->type == FS_SHARE_DISK ? "NTFS" : "";
	return STATUS_SUCCESS;
}

nt_status h_tree_disconnect(struct smb1_req *r, const struct smb1_tree_disconnect_req *in, struct smb1_tree_disconnect_rsp *out)
{
	(void)in;
	(void)out;
	conn_free_tree(r->conn, r->tree);
	r->tree = NULL;
	r->view = NULL;
	return STATUS_SUCCESS;
}
