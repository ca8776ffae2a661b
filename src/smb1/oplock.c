#include "smb1/oplock.h"

#include "fs/breaking.h"
#include "smb1/connectionless.h"
#include "wire/nbt/ssn.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/open.h"

enum { BREAK_TO_NONE = 0, BREAK_TO_LEVEL_II = 1, BREAK_LEN = 64 };

/* Who can have only one request under way cannot answer a break while he waits for a reply. [MS-CIFS] 3.3.5.43 */
static void ask(const struct smb1_req *r, bool oplock, bool batch, struct fs_open_params *p)
{
	if (oplock && r->conn->client_max_mpx >= 2)
		p->oplock = batch ? FS_OPLOCK_BATCH : FS_OPLOCK_EXCLUSIVE;
}

void oplock_ask_nt(const struct smb1_req *r, uint32_t flags, struct fs_open_params *p)
{
	ask(r, (flags & (NT_CREATE_REQUEST_OPLOCK | NT_CREATE_REQUEST_OPBATCH)) != 0, (flags & NT_CREATE_REQUEST_OPBATCH) != 0, p);
	p->level_ii = (r->conn->client_capabilities & CAP_LEVEL_II_OPLOCKS) != 0;
}

void oplock_ask_open_andx(const struct smb1_req *r, uint16_t flags, struct fs_open_params *p)
{
	ask(r, (flags & (REQ_OPLOCK | REQ_OPLOCK_BATCH)) != 0, (flags & REQ_OPLOCK_BATCH) != 0, p);
}

void oplock_ask_core(const struct smb1_req *r, struct fs_open_params *p)
{
	ask(r, (r->header.flags & SMB_FLAGS_OPLOCK) != 0, (r->header.flags & SMB_FLAGS_OPBATCH) != 0, p);
}

void oplock_tell_core(struct smb1_req *r, enum fs_oplock_level granted)
{
	if (granted >= FS_OPLOCK_EXCLUSIVE)
		r->reply_flags |= SMB_FLAGS_OPLOCK;
	if (granted == FS_OPLOCK_BATCH)
		r->reply_flags |= SMB_FLAGS_OPBATCH;
}

uint16_t oplock_result_bit(enum fs_oplock_level granted)
{
	return granted >= FS_OPLOCK_EXCLUSIVE ? SMB_ORESULT_OPLOCK : 0;
}

uint8_t oplock_nt_level(enum fs_oplock_level granted)
{
	switch (granted) {
	case FS_OPLOCK_NONE: return SMB1_OPLOCK_NONE;
	case FS_OPLOCK_LEVEL_II: return SMB1_OPLOCK_LEVEL_II;
	case FS_OPLOCK_EXCLUSIVE: return SMB1_OPLOCK_EXCLUSIVE;
	case FS_OPLOCK_BATCH: return SMB1_OPLOCK_BATCH;
	}
	return SMB1_OPLOCK_NONE;
}

static struct smb1_fid *find_open(const struct smb1_conn *c, uint64_t open_id)
{
	size_t cursor = 0;
	struct smb1_fid *f;
	while ((f = idtable_each(&c->fids, &cursor, NULL)) != NULL)
		if (f->file != NULL && f->file->node_open_id == open_id)
			return f;
	return NULL;
}

/* A request, though it comes from the server: it is never signed, and takes no number of the signatures. */
void oplock_send_break(struct smb1_conn *c, uint64_t open_id, enum fs_oplock_level to)
{
	struct smb1_fid *f = find_open(c, open_id);
	if (f == NULL)
		return;
	if (!f->break_unanswered && fs_oplock_answer_is_due(c->server->core, f->file)) {
		f->break_unanswered = true;
		c->n_breaks_unanswered++;
	}
	uint8_t message[BREAK_LEN];
	struct smb1_header h = {
		.command = SMB_COM_LOCKING_ANDX,
		.tid = f->tid,
		.pid_low = SMB1_PID_OPLOCK_BREAK,
		.mid = SMB1_MID_OPLOCK_BREAK,
	};
	connectionless_stamp(c, NULL, h.security_features);
	struct smb1_locking_andx_req m = {
		.andx = { .command = SMB_COM_NO_ANDX_COMMAND },
		.fid = f->fid,
		.type_of_lock = OPLOCK_RELEASE,
		.new_op_lock_level = to == FS_OPLOCK_LEVEL_II ? BREAK_TO_LEVEL_II : BREAK_TO_NONE,
	};
	struct wire w;
	wire_init_encode(&w, message, sizeof(message), NULL);
	smb1_header(&w, &h);
	smb1_locking_andx_req(&w, &m);
	const struct slice piece = slice_of(message, w.pos);
	if (wire_ok(&w))
		net_send(c->net, NBT_SESSION_MESSAGE, &piece, 1);
}

void oplock_acknowledge(struct smb1_req *r, struct smb1_fid *f, uint8_t new_op_lock_level)
{
	r->conn->n_breaks_unanswered -= f->break_unanswered;
	f->break_unanswered = false;
	fs_oplock_acknowledged(req_fs(r), f->file, new_op_lock_level == BREAK_TO_LEVEL_II ? FS_OPLOCK_LEVEL_II : FS_OPLOCK_NONE);
}
