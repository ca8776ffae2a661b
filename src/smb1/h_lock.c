/* LOCKING_ANDX. [MS-CIFS] 3.3.5.30 */
#include "smb1/handlers.h"
#include "smb1/oplock.h"
#include "smb1/park.h"

static struct fs_lock_range *to_ranges(struct smb1_req *r, const struct smb1_locking_andx_range *from, uint16_t n)
{
	struct fs_lock_range *to = arena_array(&r->arena, n, sizeof(*to));
	for (uint16_t i = 0; to != NULL && i < n; i++)
		to[i] = (struct fs_lock_range){ .pid = from[i].pid, .offset = from[i].byte_offset, .length = from[i].length_in_bytes };
	return to;
}

/* The waiting request fails, this one succeeds. */
static nt_status cancel_lock(struct smb1_req *r, const struct smb1_fid *f, const struct smb1_locking_andx_req *in, const struct fs_lock_range *locks)
{
	bool large = (in->type_of_lock & LARGE_FILES) != 0;
	/* Of several ranges only the first counts, as on Windows. */
	struct smb1_req *victim = in->number_of_requested_locks > 0 ? park_find_lock(r->conn, f, &locks[0], large) : NULL;
	if (victim == NULL)
		return STATUS_OS2_CANCEL_VIOLATION;
	if (!park_wake(r->conn, victim->id, FS_WAIT_CANCELLED))
		r->drop_connection = true;
	return STATUS_SUCCESS;
}

nt_status h_locking_andx(struct smb1_req *r, const struct smb1_locking_andx_req *in, struct smb1_locking_andx_rsp *out)
{
	(void)out;
	struct smb1_fid *f = req_fid(r, in->fid);
	uint16_t n_unlocks = in->number_of_requested_unlocks, n_locks = in->number_of_requested_locks;
	bool only_acknowledges = (in->type_of_lock & OPLOCK_RELEASE) != 0 && n_unlocks == 0 && n_locks == 0;
	/* The acknowledgement of an oplock break alone is never answered, not even if it comes too late. What is chained to it
	 * is answered, as a chain. */
	if (only_acknowledges) {
		if (f != NULL && f->file != NULL)
			oplock_acknowledge(r, f, in->new_op_lock_level);
		r->no_reply = !r->has_follower;
		return STATUS_SUCCESS;
	}
	if (f == NULL) /* a waiting lock whose FID was closed meanwhile has its own status */
		return r->waits_on_fid != 0 ? STATUS_RANGE_NOT_LOCKED : STATUS_INVALID_HANDLE;
	if (f->file == NULL)
		return STATUS_INVALID_DEVICE_REQUEST;
	if (in->ranges_missing)
		return STATUS_INVALID_SMB;
	struct fs_lock_range *unlocks = to_ranges(r, in->unlocks, n_unlocks), *locks = to_ranges(r, in->locks, n_locks);
	if (unlocks == NULL || locks == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if ((in->type_of_lock & CHANGE_LOCKTYPE) != 0)
		return STATUS_OS2_ATOMIC_LOCKS_NOT_SUPPORTED;
	if ((in->type_of_lock & CANCEL_LOCK) != 0)
		return cancel_lock(r, f, in, locks);
	nt_status status = fs_locking(req_fs(r), f->file, unlocks, n_unlocks, locks, n_locks, (in->type_of_lock & SHARED_LOCK) != 0,
				      in->timeout);
	/* The locks stand for what the oplock promised, so they come first. */
	if ((in->type_of_lock & OPLOCK_RELEASE) != 0)
		oplock_acknowledge(r, f, in->new_op_lock_level);
	if (status == STATUS_PENDING && n_locks > 0) {
		r->waits_on_fid = f->fid;
		r->waits_for_large = (in->type_of_lock & LARGE_FILES) != 0;
	}
	return status;
}
