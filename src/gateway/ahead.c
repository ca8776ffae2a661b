/*
 * Read-ahead. Who reads a file from front to back gets the next reads out of memory, which one call has filled; so he waits for the server
 * once in many reads. Only of files that nobody else can change meanwhile: their user has an oplock that the server grants, or has denied
 * others to write. A break of the oplock, a write of his own and a lost connection end what is kept, and so does a second.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/internal.h"
#include "wire/smb1/open.h"

enum {
	STREAK_MIN = 2,            /* reads that followed each other */
	FEW = 4,                   /* reads at once, at first */
	MOST = 1 << 20,            /* bytes at once, later */
	KEPT_MS = 1000,
	ALL_MAX = 64 << 20,        /* bytes, of the process */
};

static _Atomic size_t all_bytes;

/* By the link's owner, as all of these. */
static bool nobody_else_writes(struct gateway_link *l, const struct gateway_file *f)
{
	lock_take(&l->gateway->lock);
	bool has_oplock = f->kept >= VFS_OPLOCK_LEVEL_II && !f->is_asked && f->cli_file.oplock != SMB1_OPLOCK_NONE;
	lock_release(&l->gateway->lock);
	return has_oplock || (f->as.share_access & FILE_SHARE_WRITE) == 0;
}

void gateway_ahead_drop(struct gateway_file *f)
{
	f->ahead.len = 0;
	f->ahead.spoiled = true;
}

void gateway_ahead_fini(struct gateway_file *f)
{
	free(f->ahead.bytes);
	all_bytes -= f->ahead.cap;
	f->ahead = (struct gateway_ahead){ .len = 0 };
}

static bool grow(struct gateway_ahead *a, size_t size)
{
	if (size <= a->cap)
		return true;
	if (atomic_fetch_add(&all_bytes, size - a->cap) + size - a->cap > ALL_MAX) {
		all_bytes -= size - a->cap;
		return false;
	}
	uint8_t *grown = realloc(a->bytes, size);
	if (grown == NULL) {
		all_bytes -= size - a->cap;
		return false;
	}
	a->bytes = grown;
	a->cap = size;
	return true;
}

/* How much to read instead of len; len: no more than that. */
static size_t wish(struct gateway_turn *t, struct gateway_file *f, uint64_t offset, size_t len)
{
	struct gateway_ahead *a = &f->ahead;
	size_t times = len > 0 ? MOST / len : 0;

	a->streak = offset == a->next ? MIN(a->streak + 1, STREAK_MIN + 2u) : 0;
	if (a->streak < STREAK_MIN || times < 2 || !nobody_else_writes(t->l, f))
		return len;
	size_t size = len * (a->streak == STREAK_MIN ? MIN(times, (size_t)FEW) : times);
	return grow(a, size) ? size : len;
}

static bool is_good(struct gateway_turn *t, const struct gateway_file *f)
{
	const struct gateway_ahead *a = &f->ahead;
	nttime now = t->l->gateway->options.dial.now();

	return a->len > 0 && a->generation == t->generation && now >= a->at && now - a->at < KEPT_MS * NTTIME_PER_MS && nobody_else_writes(t->l, f);
}

bool gateway_ahead_take(struct gateway_turn *t, struct gateway_file *f, uint64_t offset, uint8_t *to, size_t len, size_t *done)
{
	struct gateway_ahead *a = &f->ahead;

	if (offset < a->offset || offset - a->offset >= a->len || !is_good(t, f))
		return false;
	size_t at = (size_t)(offset - a->offset), there = a->len - at;
	if (there < len && !a->ends)
		return false;
	*done = MIN(there, len);
	memcpy(to, a->bytes + at, *done);
	a->next = offset + *done;
	return true;
}

nt_status gateway_ahead_read(struct gateway_turn *t, struct gateway_file *f, uint64_t offset, uint8_t *to, size_t len, size_t *done)
{
	struct gateway_ahead *a = &f->ahead;
	size_t size = wish(t, f, offset, len), got;

	a->len = 0;
	a->spoiled = false;
	nt_status status = gateway_read_all(t, f, offset, size > len ? a->bytes : to, size, &got);
	if (nt_is_error(status) && size > len && status != STATUS_CONNECTION_DISCONNECTED) { /* somebody has locked what lies behind, maybe */
		size = len;
		a->streak = 0;
		status = gateway_read_all(t, f, offset, to, size, &got);
	}
	*done = MIN(got, len);
	a->next = offset + *done;
	if (status != STATUS_SUCCESS)
		a->streak = 0;
	if (status != STATUS_SUCCESS || size == len)
		return status;
	memcpy(to, a->bytes, *done);
	a->offset = offset;
	a->ends = got < size;
	a->at = t->l->gateway->options.dial.now();
	a->generation = t->generation;
	a->len = a->spoiled ? 0 : got; /* or the server took the oplock back meanwhile */
	return status;
}
