/* The data of open files, and byte ranges locked at the server. */
#include <errno.h>
#include <stdlib.h>

#include "gateway/internal.h"

/* Enters with the file's handle good for the connection. */
static int enter_file(struct vfs_file *file, struct gateway_file **f, struct gateway_turn *t)
{
	*f = gateway_file_of(file);
	int err = gateway_enter(t, gateway_link_of(file->vfs));
	if (err != 0)
		return err;
	err = gateway_revive(t, *f);
	if (err != 0)
		gateway_leave(t);
	return err;
}

/* Whether a call that changed nothing by being made twice is to be made once more, on a new connection. */
static bool try_again(struct gateway_turn *t, struct gateway_file *f, nt_status status)
{
	return gateway_again(t, status) && gateway_revive(t, f) == 0;
}

nt_status gateway_read_all(struct gateway_turn *t, const struct gateway_file *f, uint64_t offset, uint8_t *to, size_t len, size_t *done)
{
	nt_status status = STATUS_SUCCESS;
	size_t got = 1;

	for (*done = 0; *done < len && got > 0 && status == STATUS_SUCCESS; *done += got)
		status = cli_read(&t->cli, &f->cli_file, offset + *done, to + *done, len - *done, &got);
	return status;
}

static int read_anew(struct gateway_turn *t, struct gateway_file *f, void *buf, size_t len, uint64_t offset, size_t *done)
{
	nt_status status = gateway_ahead_read(t, f, offset, buf, len, done);

	if (try_again(t, f, status))
		status = gateway_ahead_read(t, f, offset, buf, len, done);
	return gateway_errno(t, status);
}

ssize_t gateway_pread(struct vfs_file *file, void *buf, size_t len, uint64_t offset)
{
	struct gateway_file *f;
	struct gateway_turn t;
	size_t done;
	int err = enter_file(file, &f, &t);

	if (err != 0)
		return err;
	if (!gateway_ahead_take(&t, f, offset, buf, len, &done))
		err = read_anew(&t, f, buf, len, offset, &done);
	gateway_leave(&t);
	return err == 0 ? (ssize_t)done : err;
}

ssize_t gateway_pwrite(struct vfs_file *file, const void *buf, size_t len, uint64_t offset)
{
	struct gateway_turn t;
	struct gateway_file *f;
	int err = enter_file(file, &f, &t);

	if (err != 0)
		return err;
	gateway_ahead_drop(f);
	nt_status status = cli_write(&t.cli, &f->cli_file, offset, buf, len);
	if (try_again(&t, f, status))
		status = cli_write(&t.cli, &f->cli_file, offset, buf, len);
	err = gateway_errno(&t, status);
	gateway_leave(&t);
	return err == 0 ? (ssize_t)len : err;
}

int gateway_truncate(struct vfs_file *file, uint64_t size)
{
	struct gateway_turn t;
	struct gateway_file *f;
	int err = enter_file(file, &f, &t);

	if (err != 0)
		return err;
	gateway_ahead_drop(f);
	nt_status status = cli_set_size(&t.cli, &f->cli_file, size);
	if (try_again(&t, f, status))
		status = cli_set_size(&t.cli, &f->cli_file, size);
	err = gateway_errno(&t, status);
	gateway_leave(&t);
	return err;
}

/* The server reserves as it likes. */
int gateway_allocate(struct vfs_file *f, uint64_t size)
{
	(void)f;
	(void)size;
	return -EOPNOTSUPP;
}

int gateway_punch(struct vfs_file *f, uint64_t offset, uint64_t len)
{
	(void)f;
	(void)offset;
	(void)len;
	return -EOPNOTSUPP;
}

/* All of it is data. */
int gateway_seek(struct vfs_file *file, uint64_t offset, bool hole, uint64_t *out)
{
	struct vfs_stat st;
	int err = gateway_fstat(file, &st);

	if (err != 0)
		return err;
	if (offset >= st.size)
		return -ENXIO;
	*out = hole ? st.size : offset;
	return 0;
}

int gateway_sync(struct vfs_file *file)
{
	struct gateway_turn t;
	struct gateway_file *f;
	int err = enter_file(file, &f, &t);

	if (err != 0)
		return err == -EBADF ? 0 : err; /* nothing was written by it */
	nt_status status = cli_flush(&t.cli, &f->cli_file);
	if (try_again(&t, f, status))
		status = cli_flush(&t.cli, &f->cli_file);
	err = gateway_errno(&t, status);
	gateway_leave(&t);
	return err;
}

/* ---- locks ---- */

static nt_status take(struct gateway_turn *t, const struct gateway_file *f, const struct gateway_lock *lock)
{
	const struct cli_lock range = { .offset = lock->offset, .length = lock->length, .shared = !lock->exclusive };
	return cli_lock(&t->cli, &f->cli_file, &range);
}

static int lock(struct gateway_turn *t, struct gateway_file *f, const struct gateway_lock *wanted)
{
	for (size_t i = 0; i < f->n_locks; i++)
		if (f->locks[i].offset == wanted->offset && f->locks[i].length == wanted->length && f->locks[i].exclusive == wanted->exclusive)
			return 0;
	struct gateway_lock *grown = realloc(f->locks, (f->n_locks + 1) * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	f->locks = grown;
	int err = gateway_errno(t, take(t, f, wanted));
	if (err == 0)
		f->locks[f->n_locks++] = *wanted;
	/* A dialect that cannot say it: the lock holds among our clients. */
	return err == -EDEADLK ? -EAGAIN : err == -EOPNOTSUPP || err == -EINVAL ? 0 : err;
}

static bool overlaps(const struct gateway_lock *a, uint64_t offset, uint64_t length)
{
	return a->offset < offset + length && offset < a->offset + a->length;
}

/* The very range if it was locked so; else all that it touches: what stays locked of that is set again by who asks. */
static void unlock(struct gateway_turn *t, struct gateway_file *f, uint64_t offset, uint64_t length)
{
	bool exact = false;

	for (size_t i = 0; i < f->n_locks; i++)
		exact = exact || (f->locks[i].offset == offset && f->locks[i].length == length);
	for (size_t i = f->n_locks; i-- > 0;) {
		const struct gateway_lock held = f->locks[i];
		if (exact ? held.offset != offset || held.length != length : !overlaps(&held, offset, length))
			continue;
		(void)!cli_unlock(&t->cli, &f->cli_file, held.offset, held.length);
		f->locks[i] = f->locks[--f->n_locks];
	}
}

int gateway_lock_range(struct vfs_file *file, int type, uint64_t offset, uint64_t len)
{
	struct gateway_turn t;
	const struct gateway_lock wanted = { offset, len != 0 ? len : (uint64_t)INT64_MAX - offset, type == F_WRLCK };
	struct gateway_file *f;
	int err = enter_file(file, &f, &t);

	if (err == -EBADF)
		return -EOPNOTSUPP; /* an open for attributes only: nothing can be locked by it at the server */
	if (err != 0)
		return err;
	if (type == F_UNLCK)
		unlock(&t, f, wanted.offset, wanted.length);
	else
		err = lock(&t, f, &wanted);
	gateway_leave(&t);
	return err;
}

int gateway_lock_again(struct gateway_turn *t, struct gateway_file *f)
{
	int err = 0;

	for (size_t i = 0; i < f->n_locks && err == 0; i++)
		err = gateway_errno(t, take(t, f, &f->locks[i]));
	return err;
}
