/* TREE_CONNECT, TREE_CONNECT_ANDX, TREE_DISCONNECT. [MS-CIFS] 3.3.5.45, 3.3.5.46, 3.3.5.51 */
#include <stdlib.h>
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

/* A reload takes effect with the next tree connect, unless pipes still speak from the old settings. */
static void take_current_settings(struct smb1_conn *c)
{
	if (c->fids.count > 0)
		return;
	struct smb1_settings_ref *current = smb1_settings_current(c->server);
	smb1_settings_put(c->settings);
	c->settings = current;
}

static nt_status connect_fs(struct smb1_req *r, struct fs_share *share, struct fs_tree **out)
{
	const struct auth_identity *id = &r->session->identity;
	struct fs_user user = {
		.name = id->account,
		.guest = id->guest,
		.anonymous = id->anonymous,
		.admin = id->admin,
		.unix_known = id->unix_known,
		.uid = id->uid,
		.gid = id->gid,
		.n_groups = id->n_groups,
		.groups = id->groups,
	};
	return fs_tree_connect(r->conn->server->core, share, &user, out);
}

static nt_status add_tree(struct smb1_req *r, struct fs_share *share, struct fs_tree *fs, struct smb1_tree **out)
{
	const struct fs_share_config *config = fs_share_config(share);
	struct smb1_tree *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return STATUS_NO_MEMORY;
	t->share_name = strdup(config->name);
	t->tid = t->share_name != NULL ? idtable_add(&r->conn->trees, t) : 0;
	if (t->tid == 0) {
		free(t->share_name);
		free(t);
		return STATUS_INSUFF_SERVER_RESOURCES;
	}
	t->type = config->type;
	t->uid = r->header.uid;
	t->fs = fs;
	r->header.tid = t->tid;
	*out = t;
	return STATUS_SUCCESS;
}

static nt_status connect_share(struct smb1_req *r, const char *path, const char *service, struct smb1_tree **out)
{
	struct smb1_conn *c = r->conn;
	take_current_settings(c);
	struct fs_share *share = find_share(c->settings, share_name_of(path));
	if (share == NULL) {
		log_notice("%s: '%s' asked for the share '%s', which is not there; the server names its shares when it starts",
			   c->net->peer_text, r->session->identity.account, path);
		return STATUS_BAD_NETWORK_NAME;
	}
	enum fs_share_type type = fs_share_config(share)->type;
	if (!service_fits(service, type))
		return STATUS_BAD_DEVICE_TYPE;
	struct fs_tree *fs = NULL;
	if (type != FS_SHARE_IPC) {
		nt_status status = connect_fs(r, share, &fs);
		if (status != STATUS_SUCCESS)
			return status;
	}
	nt_status status = add_tree(r, share, fs, out);
	if (status != STATUS_SUCCESS && fs != NULL)
		fs_tree_disconnect(fs);
	return status;
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
	if ((in->flags & TREE_CONNECT_ANDX_DISCONNECT_TID) != 0 && conn_tree(c, r->header.tid) != NULL)
		conn_free_tree(c, conn_tree(c, r->header.tid));
	struct smb1_tree *t;
	nt_status status = connect_share(r, in->path, in->service, &t);
	if (status != STATUS_SUCCESS)
		return status;
	bool extended = (in->flags & TREE_CONNECT_ANDX_EXTENDED_RESPONSE) != 0;
	out->words = c->dialect < SMB1_DIALECT_LANMAN2_1 ? 2 : extended ? 7 : 3;
	out->optional_support = t->type == FS_SHARE_DISK ? SMB_SUPPORT_SEARCH_BITS : 0;
	out->maximal_share_access_rights = t->fs != NULL ? t->fs->maximal_access : FILE_ALL_ACCESS;
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
	return STATUS_SUCCESS;
}
