/* POSIX locks of Unix clients; see unix.h. */
#include "fs/unixlock.h"
#include "smb1/unix.h"

static nt_status read_lock(struct smb1_req *r, struct slice data, struct smb1_posix_lock *m, struct fs_unix_lock *lock)
{
	struct wire w = trans_reader(r, data);
	*m = (struct smb1_posix_lock){ 0 };
	smb1_posix_lock(&w, m);
	if (!wire_ok(&w) || m->lock_type > POSIX_LOCK_TYPE_UNLOCK)
		return STATUS_INVALID_PARAMETER;
	*lock = (struct fs_unix_lock){
		.type = m->lock_type == POSIX_LOCK_TYPE_READ ? FS_UNIX_LOCK_READ : m->lock_type == POSIX_LOCK_TYPE_WRITE ? FS_UNIX_LOCK_WRITE : FS_UNIX_LOCK_NONE,
		.pid = m->pid, .start = m->start, .length = m->length,
	};
	return STATUS_SUCCESS;
}

nt_status t2_unix_set_lock(struct smb1_req *r, struct slice data, struct fs_open *open)
{
	struct smb1_posix_lock m;
	struct fs_unix_lock lock;
	nt_status status = read_lock(r, data, &m, &lock);
	return status == STATUS_SUCCESS ? fs_unix_lock_set(&r->fs, open, &lock, (m.lock_flags & POSIX_LOCK_FLAG_WAIT) != 0) : status;
}

nt_status t2_unix_query_lock(struct smb1_req *r, struct trans_call *call, struct fs_open *open)
{
	struct smb1_posix_lock m;
	struct fs_unix_lock lock, found;
	nt_status status = read_lock(r, call->data, &m, &lock);
	if (status == STATUS_SUCCESS)
		status = fs_unix_lock_test(&r->fs, open, &lock, &found);
	if (status != STATUS_SUCCESS)
		return status;
	m.lock_type = found.type == FS_UNIX_LOCK_READ    ? POSIX_LOCK_TYPE_READ
		      : found.type == FS_UNIX_LOCK_WRITE ? POSIX_LOCK_TYPE_WRITE
							 : POSIX_LOCK_TYPE_UNLOCK;
	m.pid = found.pid;
	m.start = found.start;
	m.length = found.length;
	struct wire w = trans_writer(r, 64);
	smb1_posix_lock(&w, &m);
	return trans_put_data(call, &w);
}
