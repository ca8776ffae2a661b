/* TREE_CONNECT, TREE_CONNECT_ANDX, TREE_DISCONNECT. [MS-CIFS] 3.3.5.45, 3.3.5.46, 3.3.5.51 */
#include <strings.h>

#include "base/log.h"
#include "smb1/handlers.h"
#include "smb1/treeauth.h"

/* "\\server\share", "\share" or "share" (some appliances): the last component. */
static const char *share_name_of(const char *path)
{
	const char *name = path;
	for (const char *p = path; *p != '\0'; p++)
		if (*p == '\\' || *p == '/')
			name = p + 1;
	return name;
}

static const struct smb1_share_policy no_policy;

static struct fs_share *find_share(const struct smb1_settings_ref *settings, const char *name, const struct smb1_share_policy **policy)
{
	*policy = &no_policy;
	for (size_t i = 0; i < settings->s.n_shares; i++)
		if (utf8_casecmp(fs_share_config(settings->s.shares[i])->name, name) == 0) {
			*policy = &settings->s.policies[i];
			return settings->s.shares[i];
		}
	return strcasecmp(name, "IPC$") == 0 ? settings->ipc : NULL;
}

static bool dialect_fits(const struct smb1_conn *c, const struct smb1_share_policy *p, const char *share)
{
	bool fits = (p->min == SMB1_DIALECT_NONE || c->dialect >= p->min) && (p->max == SMB1_DIALECT_NONE || c->dialect <= p->max);
	if (!fits)
		log_notice("%s: share %s is not for dialect %s: see its `server min protocol` and `server max protocol`", c->net->peer_text,
			   share, smb1_dialect_label(c->dialect));
	return fits;
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

/* In whose name the tree is connected, and whether he may. */
static nt_status admit(struct smb1_req *r, struct smb1_tree *t, const struct smb1_share_policy *policy, struct slice password)
{
	struct smb1_conn *c = r->conn;
	const char *share = fs_share_config(t->share)->name;
	if (t->type == FS_SHARE_IPC)
		return STATUS_SUCCESS;
	if (!dialect_fits(c, policy, share))
		return STATUS_ACCESS_DENIED;
	if (c->default_session != NULL) {
		nt_status status = treeauth_prove(r, t, policy, password);
		if (status != STATUS_SUCCESS)
			return status;
	} else if (!treeauth_session_may(c, r->session, share)) {
		return STATUS_ACCESS_DENIED;
	}
	return conn_view(c, t, r->session, &r->view);
}

/* What there is, for who mistyped it: as much as a line can take. */
static const char *names_of_shares(struct smb1_req *r)
{
	enum { ROOM = 200 };
	const struct smb1_settings *s = &r->conn->settings->s;
	char *text = arena_strdup(&r->arena, "");
	for (size_t i = 0; text != NULL && i < s->n_shares; i++) {
		if (strlen(text) > ROOM)
			return arena_printf(&r->arena, "%s, ...", text);
		text = arena_printf(&r->arena, "%s%s%s", text, i > 0 ? ", " : "", fs_share_config(s->shares[i])->name);
	}
	return text != NULL ? text : "";
}

static nt_status connect_share(struct smb1_req *r, const char *path, const char *service, struct slice password, struct smb1_tree **out)
{
	struct smb1_conn *c = r->conn;
	const struct smb1_share_policy *policy;
	conn_take_current_settings(c);
	struct fs_share *share = find_share(c->settings, share_name_of(path), &policy);
	if (share == NULL) {
		log_notice("%s: '%s' asked for the share '%s', which is not there; there are %s", c->net->peer_text,
			   r->session->identity.account, path, names_of_shares(r));
		return STATUS_BAD_NETWORK_NAME;
	}
	if (!service_fits(service, fs_share_config(share)->type))
		return STATUS_BAD_DEVICE_TYPE;
	struct smb1_tree *t = conn_add_tree(c, share);
	if (t == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	t->port = policy->port;
	t->port_wait_ms = policy->port_wait_ms;
	nt_status status = admit(r, t, policy, password);
	if (status == STATUS_SUCCESS)
		status = fs_share_enter(share, r->session != NULL ? r->session->identity.account : c->net->peer_text);
	t->entered = status == STATUS_SUCCESS;
	if (status != STATUS_SUCCESS) {
		r->view = NULL;
		conn_free_tree(c, t);
		return status;
	}
	live_tree_began(c, t, r->session, r->now);
	if (t->has_identity)
		conn_is_no_stranger(c);
	r->header.tid = t->tid;
	*out = t;
	return STATUS_SUCCESS;
}

/* The bytes as they were typed. */
static struct slice oem_bytes(struct smb1_req *r, const char *text)
{
	const struct oem_page *oem = r->conn->oem;
	size_t len = oem_len(oem, text, strlen(text));
	uint8_t *bytes = arena_alloc(&r->arena, len);
	return slice_of(bytes, bytes != NULL ? oem_put(oem, bytes, len, text, strlen(text)) : 0);
}

nt_status h_tree_connect(struct smb1_req *r, const struct smb1_tree_connect_req *in, struct smb1_tree_connect_rsp *out)
{
	struct smb1_tree *t;
	nt_status status = connect_share(r, in->path, in->service, oem_bytes(r, in->password), &t);
	if (status != STATUS_SUCCESS)
		return status;
	out->max_buffer_size = (uint16_t)r->conn->max_buffer;
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
	nt_status status = connect_share(r, in->path, in->service, in->password, &t);
	if (status != STATUS_SUCCESS)
		return status;
	bool extended = (in->flags & TREE_CONNECT_ANDX_EXTENDED_RESPONSE) != 0;
	out->words = c->dialect < SMB1_DIALECT_LANMAN2_1 ? 2 : extended ? 7 : 3;
	out->optional_support = t->type == FS_SHARE_DISK ? SMB_SUPPORT_SEARCH_BITS : 0;
	if (conn_is_dfs_root(c, t->share))
		out->optional_support |= SMB_SHARE_IS_IN_DFS;
	out->maximal_share_access_rights = t->type != FS_SHARE_IPC ? r->view->fs->maximal_access : FILE_ALL_ACCESS;
	out->service = service_of(t->type);
	out->native_file_system = out->words == 2 ? NULL : t->type != FS_SHARE_DISK ? "" :
				  c->dialect < SMB1_DIALECT_NT_LM_0_12 ? "FAT" : "NTFS";
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
