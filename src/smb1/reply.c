/* Building and sending replies, and what handlers ask of their request. */
#include <stdlib.h>

#include "base/check.h"
#include "smb1/connectionless.h"
#include "smb1/error.h"
#include "wire/nbt/ssn.h"
#include "smb1/queues.h"
#include "smb1/req.h"

enum { FLAGS2_AT = 10 }; /* in the header */

bool req_unicode(const struct smb1_req *r)
{
	return r->conn->dialect >= SMB1_DIALECT_NT_LM_0_12 && (r->header.flags2 & SMB_FLAGS2_UNICODE) != 0;
}

uint32_t req_pid(const struct smb1_req *r)
{
	return (uint32_t)r->header.pid_high << 16 | r->header.pid_low;
}

static size_t max_message(const struct smb1_conn *c)
{
	return c->client_max_buffer != 0 ? MIN(c->client_max_buffer, 0xFFFFu) : c->max_buffer;
}

static size_t behind_other_elements(const struct smb1_req *r, size_t max)
{
	/* The next element is aligned. */
	size_t before = r->reply_len > SMB1_HEADER_LEN ? r->reply_len + 3 - SMB1_HEADER_LEN : 0;
	return max - MIN(before, max);
}

size_t req_max_reply(const struct smb1_req *r)
{
	return behind_other_elements(r, max_message(r->conn));
}

size_t req_max_kept_reply(const struct smb1_req *r)
{
	return behind_other_elements(r, MIN(max_message(r->conn), connectionless_max_message(r)));
}

bool req_long_names(const struct smb1_req *r)
{
	if (r->conn->dialect < SMB1_DIALECT_LM1_2X002)
		return false;
	return req_unicode(r) || (r->header.flags2 & SMB_FLAGS2_LONG_NAMES) != 0;
}

struct fs_tree *req_tree(const struct smb1_req *r)
{
	return r->view != NULL ? r->view->fs : NULL;
}

struct fs_ctx *req_fs(struct smb1_req *r)
{
	r->fs = (struct fs_ctx){
		.core = r->conn->server->core,
		.tree = req_tree(r),
		.arena = &r->arena,
		.now = r->now,
		.conn_id = r->conn->net->id,
		.req_id = r->id,
		.pid = req_pid(r),
		.session = r->header.uid,
		.wait = r->wait,
		.waited = r->waited,
		.case_sensitive = r->tree != NULL && r->tree->posix_names,
		.advisory_locks = r->tree != NULL && r->tree->posix_locks,
		.lossy_names = !req_unicode(r),
		.dfs_paths = (r->header.flags2 & SMB_FLAGS2_DFS) != 0 && r->tree != NULL && conn_is_dfs_root(r->conn, r->tree->share),
	};
	/* Dispatch refused the request if this could not be had; a FID closed in between may have switched it. To go on as
	 * whoever the thread was before would be worse than to stop. */
	if (r->fs.tree != NULL)
		CHECK(vfs_cred_assume(&r->fs.tree->cred) == 0);
	return &r->fs;
}

/* A reply's header: the request's identifiers come back exactly, on errors too. */
void req_begin_reply(struct smb1_req *r, uint8_t *header_at, nt_status status, uint8_t command)
{
	bool is_nt;
	struct smb1_header h = r->header;
	h.command = command;
	if (r->uid_is_default)
		h.uid = r->client_uid;
	h.status = error_wire_status(r->conn, r->header.flags2, command, status, &is_nt);
	h.flags = (uint8_t)((r->header.flags & SMB_FLAGS_CASE_INSENSITIVE) | SMB_FLAGS_REPLY | r->reply_flags);
	h.flags2 = (uint16_t)(r->header.flags2 & ~(SMB_FLAGS2_SMB_SECURITY_SIGNATURE | SMB_FLAGS2_NT_STATUS));
	if (is_nt)
		h.flags2 |= SMB_FLAGS2_NT_STATUS;
	memset(h.security_features, 0, sizeof(h.security_features));
	connectionless_stamp(r->conn, r, h.security_features);
	struct wire w;
	wire_init_encode(&w, header_at, SMB1_HEADER_LEN, &r->arena);
	smb1_header(&w, &h);
}

void req_send(struct smb1_req *r, const struct slice *pieces, size_t n_pieces)
{
	struct smb1_conn *c = r->conn;
	if (c->signing.active) {
		uint8_t *header = (uint8_t *)(uintptr_t)pieces[0].ptr;
		uint16_t flags2 = load_le16(header + FLAGS2_AT);
		store_le16(header + FLAGS2_AT, (uint16_t)(flags2 | SMB_FLAGS2_SMB_SECURITY_SIGNATURE));
		signing_sign(&c->signing, header, pieces, n_pieces, r->signing_number + 1);
	}
	const struct slice *last = &pieces[n_pieces - 1];
	if (last->ptr == NULL && last->len > 0)
		net_send_pages(c->net, NBT_SESSION_MESSAGE, pieces, n_pieces - 1, last->len);
	else if (connectionless_keep(r, pieces, n_pieces))
		net_send(c->net, NBT_SESSION_MESSAGE, pieces, n_pieces);
}

/* An earlier element of the chain that opened a file decides, whatever the client wrote. [MS-CIFS] 2.2.3.4 */
struct smb1_fid *req_fid(struct smb1_req *r, uint16_t fid)
{
	struct smb1_fid *f = idtable_find(&r->conn->fids, r->chain_fid != 0 ? r->chain_fid : fid);
	if (f == NULL || f->uid != r->header.uid || f->tid != r->header.tid)
		return NULL;
	return f;
}

struct fs_open *req_file(struct smb1_req *r, uint16_t fid)
{
	struct smb1_fid *f = req_fid(r, fid);
	return f != NULL ? f->file : NULL;
}

static struct smb1_fid *add_fid(struct smb1_req *r)
{
	struct smb1_fid *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return NULL;
	f->fid = idtable_add(&r->conn->fids, f);
	if (f->fid == 0) {
		free(f);
		return NULL;
	}
	f->uid = r->header.uid;
	f->tid = r->header.tid;
	f->pid = req_pid(r);
	r->chain_fid = f->fid;
	live_count_fid(r->conn, f, true);
	return f;
}

/* Opens of one process in the compatibility modes are one handle to it. [MS-CIFS] 3.3.5.35 */
static bool shares_handle(const struct smb1_fid *a, const struct smb1_fid *b)
{
	return a != b && b->file != NULL && a->uid == b->uid && a->pid == b->pid && a->file->node == b->file->node &&
	       a->file->deny != FS_DENY_NT && b->file->deny != FS_DENY_NT;
}

static struct smb1_position *position_for(struct smb1_conn *c, const struct smb1_fid *f)
{
	size_t cursor = 0;
	struct smb1_fid *other;
	while (f->file->deny != FS_DENY_NT && (other = idtable_each(&c->fids, &cursor, NULL)) != NULL)
		if (shares_handle(f, other))
			return other->position;
	return calloc(1, sizeof(struct smb1_position));
}

struct smb1_fid *req_add_file(struct smb1_req *r, struct fs_open *file)
{
	struct smb1_fid *f = add_fid(r);
	if (f == NULL)
		return NULL;
	f->file = file;
	f->view = smb1_view_get(r->view);
	f->position = position_for(r->conn, f);
	if (f->position != NULL) {
		f->position->refs++;
		return f;
	}
	idtable_remove(&r->conn->fids, f->fid);
	live_count_fid(r->conn, f, false);
	smb1_view_put(f->view);
	free(f);
	r->chain_fid = 0;
	return NULL;
}

struct smb1_fid *req_add_pipe(struct smb1_req *r, struct rpc_pipe *pipe)
{
	struct smb1_fid *f = add_fid(r);
	if (f != NULL) {
		f->pipe = pipe;
		f->settings = smb1_settings_get(r->conn->settings);
	}
	return f;
}

struct smb1_fid *req_add_port(struct smb1_req *r, struct comm_open *port)
{
	struct smb1_fid *f = add_fid(r);
	if (f != NULL)
		f->port = port;
	return f;
}

void req_call_pipe(struct smb1_req *r, struct rpc_pipe *pipe)
{
	const struct rpc_caller caller = {
		.now = r->now, .tz_min = r->conn->tz_min, .peer = r->conn->net->peer_text, .printing = queues_of(r),
	};
	rpc_pipe_set_caller(pipe, &caller);
}

nt_status req_need_file(struct smb1_req *r, uint16_t fid, struct fs_open **out)
{
	struct smb1_fid *f = req_fid(r, fid);
	if (f == NULL)
		return STATUS_INVALID_HANDLE;
	*out = f->file;
	return f->file != NULL ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_REQUEST;
}
