/* NT_TRANSACT_NOTIFY_CHANGE. [MS-CIFS] 2.2.7.4, 3.3.5.59.4 */
#include "fs/notify.h"
#include "smb1/trans.h"
#include "wire/smb1/nttrans.h"

static nt_status put_changes(struct smb1_req *r, struct trans_call *call, const struct fs_change *changes, size_t n)
{
	struct smb1_file_notify_list list = { .count = (uint32_t)n, .entries = arena_array(&r->arena, n, sizeof(*list.entries)) };
	size_t room = 0;
	for (size_t i = 0; list.entries != NULL && i < n; i++) {
		list.entries[i] = (struct smb1_file_notify_information){ .action = changes[i].action, .file_name = changes[i].name };
		room += 16 + 2 * strlen(changes[i].name);
	}
	struct wire w = trans_writer(r, room);
	if (list.entries == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	smb1_file_notify_list(&w, &list);
	return trans_put_parameters(call, &w);
}

/* SMB1 clients take an answer without changes for "look yourself", and for the end of a closed handle's request; the
 * statuses that say so in words are success codes, which smbtorture wants as plain success. */
static nt_status empty_answer(nt_status status)
{
	return status == STATUS_NOTIFY_ENUM_DIR || status == STATUS_NOTIFY_CLEANUP ? STATUS_SUCCESS : status;
}

nt_status nt_notify_change(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_nt_transact_notify_change_setup m;
	if (!smb1_nt_transact_notify_change_setup_get(&m, call->setup, call->setup_count))
		return STATUS_INVALID_PARAMETER;
	const struct smb1_fid *f = req_fid(r, m.fid);
	if (f == NULL)
		return r->watches ? empty_answer(STATUS_NOTIFY_CLEANUP) : STATUS_INVALID_HANDLE;
	if (f->file == NULL)
		return STATUS_INVALID_PARAMETER;
	const struct fs_notify_params p = {
		.completion_filter = m.completion_filter, .watch_tree = m.watch_tree != 0, .max_bytes = call->max_parameter_count,
	};
	struct fs_change *changes;
	size_t n;
	struct fs_ctx *ctx = req_fs(r);
	if (!r->waited && r->conn->n_watching >= MAX_WATCHING)
		ctx->wait = FS_WAIT_NEVER;
	nt_status status = fs_notify(ctx, f->file, &p, &changes, &n);
	r->watches = status == STATUS_PENDING;
	r->waits_on_fid = r->watches ? f->fid : 0;
	return status == STATUS_SUCCESS ? put_changes(r, call, changes, n) : empty_answer(status);
}
