/* COPY and MOVE. SMB-LM1X 9.2.3, 9.2.12; [FIELD] A2. Not in [MS-CIFS], whose servers refuse them. */
#include "fs/copy.h"
#include "smb1/handlers.h"

static nt_status rules_of(const struct smb1_copy_req *in, bool move, struct fs_copy_rules *out)
{
	enum { EXISTS_MASK = 0x03, CREATE = 0x10 };
	uint16_t exists = in->open_function & EXISTS_MASK;
	bool create = (in->open_function & CREATE) != 0;
	if (exists == EXISTS_MASK || (exists == FS_COPY_FAIL && !create && !move))
		return STATUS_OS2_INVALID_ACCESS;
	*out = (struct fs_copy_rules){
		.move = move,
		.target_is_file = (in->flags & SMB_COPY_TARGET_FILE) != 0,
		.target_is_folder = (in->flags & SMB_COPY_TARGET_DIRECTORY) != 0,
		.tree = !move && (in->flags & SMB_COPY_TREE) != 0,
		.if_exists = exists,
		.create = create || move, /* what is moved goes somewhere */
	};
	return STATUS_SUCCESS;
}

/* The tree of the target: another one of the same session. */
static nt_status target_tree(struct smb1_req *r, uint16_t tid2, struct smb1_view **out)
{
	*out = r->view;
	if (tid2 == SMB1_TID_NONE || tid2 == r->header.tid)
		return STATUS_SUCCESS;
	struct smb1_tree *t = conn_tree(r->conn, tid2);
	if (t == NULL)
		return STATUS_SMB_BAD_TID;
	return t->type == FS_SHARE_DISK ? conn_view(r->conn, t, r->session, out) : STATUS_INVALID_DEVICE_REQUEST;
}

static nt_status run(struct smb1_req *r, const struct smb1_copy_req *in, bool move, struct smb1_copy_rsp *out)
{
	struct fs_copy_rules rules;
	struct fs_copy_result result = { 0 };
	struct smb1_view *view;
	nt_status status = rules_of(in, move, &rules);
	if (status == STATUS_SUCCESS)
		status = target_tree(r, in->tid2, &view);
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_ctx *from = req_fs(r), to = *from;
	to.tree = view->fs;
	status = fs_copy_files(from, &to, in->source_file_name, in->target_file_name, &rules, &result);
	out->count = result.count;
	/* How far it came, and with which file it ended. */
	if (status != STATUS_SUCCESS && result.failed != NULL) {
		r->status_with_body = true;
		out->error_file_name = result.failed;
		r->reply_room = 2 * strlen(result.failed) + 2;
	}
	return status;
}

nt_status h_copy(struct smb1_req *r, const struct smb1_copy_req *in, struct smb1_copy_rsp *out)
{
	return run(r, in, false, out);
}

nt_status h_move(struct smb1_req *r, const struct smb1_move_req *in, struct smb1_move_rsp *out)
{
	return run(r, &in->copy, true, &out->copy);
}
