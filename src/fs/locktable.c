/* The machine of byte-range locks. Pure; see locktable.h. */
#include "fs/locktable.h"

#include <stdlib.h>

void fs_locktable_fini(struct fs_lock_table *t)
{
	while (t->waits != NULL) {
		struct fs_lock_wait *next = t->waits->next;
		free(t->waits);
		t->waits = next;
	}
	free(t->locks);
	*t = (struct fs_lock_table){ 0 };
}

bool fs_lock_range_wraps(const struct fs_lock_range *r)
{
	return r->length != 0 && r->length - 1 > UINT64_MAX - r->offset;
}

/* An empty range lies between two bytes: it overlaps only what has bytes on both sides of that place. */
static bool overlaps(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	if (a_len == 0 && b_len == 0)
		return false;
	if (a_len == 0)
		return a > b && a - b < b_len;
	if (b_len == 0)
		return b > a && b - a < a_len;
	return a >= b ? a - b < b_len : b - a < a_len;
}

static bool owned_by(const struct fs_lock *l, uint64_t open_id, uint16_t pid)
{
	return l->open_id == open_id && l->pid == pid;
}

/* Locks never stack on an exclusive lock of others; a shared one may stack on the owner's own exclusive lock. */
static bool can_lock(const struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r, bool exclusive)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct fs_lock *l = &t->locks[i];
		if (!overlaps(l->offset, l->length, r->offset, r->length))
			continue;
		if (exclusive || (l->exclusive && !owned_by(l, open_id, r->pid)))
			return false;
	}
	return true;
}

static bool grow(struct fs_lock_table *t)
{
	if (t->n < t->cap)
		return true;
	size_t cap = t->cap == 0 ? 4 : t->cap * 2;
	if (cap > FS_LOCKS_MAX)
		return false;
	struct fs_lock *locks = realloc(t->locks, cap * sizeof(*locks));
	if (locks == NULL)
		return false;
	t->locks = locks;
	t->cap = cap;
	return true;
}

nt_status fs_locktable_take(struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *ranges, size_t n, bool exclusive,
			    size_t *granted)
{
	for (; *granted < n; ++*granted) {
		const struct fs_lock_range *r = &ranges[*granted];
		if (!can_lock(t, open_id, r, exclusive))
			return STATUS_LOCK_NOT_GRANTED;
		if (!grow(t))
			return STATUS_INSUFFICIENT_RESOURCES;
		t->locks[t->n++] = (struct fs_lock){
			.offset = r->offset, .length = r->length, .open_id = open_id, .pid = r->pid, .exclusive = exclusive,
		};
	}
	return STATUS_SUCCESS;
}

static void shrink_to(struct fs_lock_table *t, size_t n)
{
	t->n = n;
	if (n == 0) {
		free(t->locks);
		t->locks = NULL;
		t->cap = 0;
	}
}

/* Order is kept: of two equal locks the older one, which can only be the exclusive one, is found first. */
static void remove_at(struct fs_lock_table *t, size_t i)
{
	memmove(&t->locks[i], &t->locks[i + 1], (t->n - i - 1) * sizeof(*t->locks));
	shrink_to(t, t->n - 1);
}

nt_status fs_locktable_release(struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct fs_lock *l = &t->locks[i];
		if (owned_by(l, open_id, r->pid) && l->offset == r->offset && l->length == r->length) {
			remove_at(t, i);
			return STATUS_SUCCESS;
		}
	}
	return STATUS_RANGE_NOT_LOCKED;
}

bool fs_locktable_release_open(struct fs_lock_table *t, uint64_t open_id)
{
	size_t before = t->n, kept = 0;
	for (size_t i = 0; i < before; i++) {
		if (t->locks[i].open_id != open_id)
			t->locks[kept++] = t->locks[i];
	}
	shrink_to(t, kept);
	return kept != before;
}

bool fs_locktable_io_allowed(const struct fs_lock_table *t, uint64_t open_id, uint16_t pid, uint64_t offset, uint64_t length, bool write)
{
	if (length == 0)
		return true;
	for (size_t i = 0; i < t->n; i++) {
		const struct fs_lock *l = &t->locks[i];
		if (!overlaps(l->offset, l->length, offset, length))
			continue;
		/* A shared lock keeps everyone from writing, its owner too. */
		if (l->exclusive ? !owned_by(l, open_id, pid) : write)
			return false;
	}
	return true;
}

nt_status fs_locktable_wait(struct fs_lock_table *t, const struct fs_lock_wait *w, const struct fs_lock_range *ranges)
{
	if (t->n_waits >= FS_LOCK_WAITS_MAX || w->n > FS_LOCKS_MAX)
		return STATUS_INSUFFICIENT_RESOURCES;
	struct fs_lock_wait *copy = malloc(sizeof(*copy) + w->n * sizeof(*ranges));
	if (copy == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	*copy = *w;
	copy->next = NULL;
	memcpy(copy->ranges, ranges, w->n * sizeof(*ranges));
	struct fs_lock_wait **end = &t->waits;
	while (*end != NULL)
		end = &(*end)->next;
	*end = copy;
	t->n_waits++;
	return STATUS_SUCCESS;
}

struct fs_lock_wait *fs_locktable_find_wait(struct fs_lock_table *t, uint64_t conn_id, uint64_t req_id)
{
	for (struct fs_lock_wait *w = t->waits; w != NULL; w = w->next) {
		if (w->conn_id == conn_id && w->req_id == req_id)
			return w;
	}
	return NULL;
}

void fs_locktable_end_wait(struct fs_lock_table *t, struct fs_lock_wait *w, bool give_back)
{
	for (size_t i = 0; give_back && i < w->granted; i++)
		(void)!fs_locktable_release(t, w->open_id, &w->ranges[i]);
	struct fs_lock_wait **at = &t->waits;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	t->n_waits--;
	free(w);
}

void fs_locktable_advance(struct fs_lock_table *t, fs_lock_completed_fn completed, void *user)
{
	for (struct fs_lock_wait *w = t->waits; w != NULL; w = w->next) {
		if (w->granted == w->n)
			continue;
		if (fs_locktable_take(t, w->open_id, w->ranges, w->n, w->exclusive, &w->granted) == STATUS_SUCCESS)
			completed(user, w);
	}
}
