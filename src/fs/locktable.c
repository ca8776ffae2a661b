/* The machine of byte-range locks. Pure; see locktable.h. The granted ones lie in a tree (locktree.h). */
#include "fs/locktable.h"

#include <stdlib.h>

#include "fs/locktree.h"

void fs_locktable_fini(struct fs_lock_table *t)
{
	while (t->waits != NULL) {
		struct fs_lock_wait *next = t->waits->next;
		free(t->waits);
		t->waits = next;
	}
	fs_locktree_free(t->root);
	fs_advisory_fini(&t->advisory);
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

/* Who wants what; hindered by every lock there, or only by exclusive ones of others, or both. */
struct wish {
	uint64_t offset, length;
	uint64_t open_id;
	uint16_t pid;
	bool shared_hinder;        /* whoever has them */
	bool own_exclusive_hinder;
};

static bool hinders(const struct fs_lock *l, const struct wish *w)
{
	if (!overlaps(l->offset, l->length, w->offset, w->length))
		return false;
	if (!l->exclusive)
		return w->shared_hinder;
	return w->own_exclusive_hinder || !owned_by(l, w->open_id, w->pid);
}

static bool any_hinders(const struct fs_lock *tree, const struct wish *w)
{
	while (tree != NULL) {
		bool in_reach = w->shared_hinder ? tree->reach >= w->offset : tree->exclusive_reach > w->offset || tree->exclusive_reach == UINT64_MAX;
		if (!in_reach)
			return false;
		if (any_hinders(tree->left, w))
			return true;
		if (tree->offset > fs_lock_last_byte(w->offset, w->length))
			return false; /* so do all to the right */
		if (hinders(tree, w))
			return true;
		tree = tree->right;
	}
	return false;
}

/* Locks never stack on an exclusive lock of others; a shared one may stack on the owner's own exclusive lock. */
static bool can_lock(const struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r, bool exclusive)
{
	const struct wish w = { r->offset, r->length, open_id, r->pid, .shared_hinder = exclusive, .own_exclusive_hinder = exclusive };
	return !any_hinders(t->root, &w) &&
	       (r->length == 0 || !fs_advisory_hinders(&t->advisory, r->offset, fs_lock_last_byte(r->offset, r->length), exclusive));
}

bool fs_locktable_hinders_advisory(const struct fs_lock_table *t, uint64_t offset, uint64_t length, bool exclusive)
{
	const struct wish w = { .offset = offset, .length = length, .shared_hinder = exclusive, .own_exclusive_hinder = true };
	return any_hinders(t->root, &w);
}

static uint64_t weight_of(const struct fs_lock *l)
{
	uint64_t h = ((uint64_t)(uintptr_t)l ^ l->number << 48 ^ l->number) * 0x9E3779B97F4A7C15u;
	h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
	return h ^ h >> 32;
}

static bool add(struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r, bool exclusive)
{
	struct fs_lock *l = t->n < FS_LOCKS_MAX ? calloc(1, sizeof(*l)) : NULL;
	if (l == NULL)
		return false;
	l->number = ++t->last_number;
	l->weight = weight_of(l);
	l->offset = r->offset;
	l->length = r->length;
	l->open_id = open_id;
	l->pid = r->pid;
	l->exclusive = exclusive;
	t->root = fs_locktree_insert(t->root, l);
	t->n++;
	return true;
}

nt_status fs_locktable_take(struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *ranges, size_t n, bool exclusive,
			    size_t *granted)
{
	for (; *granted < n; ++*granted) {
		if (!can_lock(t, open_id, &ranges[*granted], exclusive))
			return STATUS_LOCK_NOT_GRANTED;
		if (!add(t, open_id, &ranges[*granted], exclusive))
			return STATUS_INSUFFICIENT_RESOURCES;
	}
	return STATUS_SUCCESS;
}

/* The oldest of its like: of an exclusive and a shared lock of one owner at one place that is the exclusive one, unless
 * they are empty. */
static struct fs_lock *find_lock(struct fs_lock *tree, uint64_t open_id, const struct fs_lock_range *r)
{
	while (tree != NULL) {
		struct fs_lock *found = r->offset <= tree->offset ? find_lock(tree->left, open_id, r) : NULL;
		if (found != NULL)
			return found;
		if (r->offset < tree->offset)
			return NULL;
		if (owned_by(tree, open_id, r->pid) && tree->offset == r->offset && tree->length == r->length)
			return tree;
		tree = tree->right;
	}
	return NULL;
}

nt_status fs_locktable_release(struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r)
{
	struct fs_lock *l = find_lock(t->root, open_id, r);
	if (l == NULL)
		return STATUS_RANGE_NOT_LOCKED;
	t->root = fs_locktree_remove(t->root, l);
	t->n--;
	free(l);
	return STATUS_SUCCESS;
}

bool fs_locktable_release_open(struct fs_lock_table *t, uint64_t open_id)
{
	size_t before = t->n;
	t->root = fs_locktree_remove_open(t->root, open_id, &t->n);
	return fs_advisory_release_open(&t->advisory, open_id) || t->n != before;
}

bool fs_locktable_has(const struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r)
{
	return find_lock(t->root, open_id, r) != NULL;
}

struct held {
	const struct fs_lock *but;
	const struct fs_lock_range *r;
	uint64_t open_id;
	struct fs_held *out;
	size_t n, cap;
};

static void find_held(const struct fs_lock *tree, struct held *s)
{
	while (tree != NULL && s->n < s->cap && tree->reach >= s->r->offset) {
		find_held(tree->left, s);
		if (tree->offset > fs_lock_last_byte(s->r->offset, s->r->length))
			return;
		if (tree != s->but && tree->open_id == s->open_id && s->n < s->cap && overlaps(tree->offset, tree->length, s->r->offset, s->r->length))
			s->out[s->n++] = (struct fs_held){ tree->offset, tree->length, tree->exclusive };
		tree = tree->right;
	}
}

size_t fs_locktable_held(const struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r, bool but_one, struct fs_held *out,
			 size_t cap)
{
	struct held s = { .but = but_one ? find_lock(t->root, open_id, r) : NULL, .r = r, .open_id = open_id, .out = out, .cap = cap };
	find_held(t->root, &s);
	return s.n;
}

size_t fs_locktable_count(const struct fs_lock_table *t, uint64_t open_id)
{
	return fs_locktree_count(t->root, open_id);
}

bool fs_locktable_io_allowed(const struct fs_lock_table *t, uint64_t open_id, uint16_t pid, uint64_t offset, uint64_t length, bool write)
{
	/* A shared lock keeps everyone from writing, its owner too. */
	const struct wish w = { offset, length, open_id, pid, .shared_hinder = write };
	return length == 0 || !any_hinders(t->root, &w);
}

nt_status fs_locktable_wait(struct fs_lock_table *t, const struct fs_lock_wait *w, const struct fs_lock_range *ranges)
{
	if (t->n_waits >= FS_LOCK_WAITS_MAX || w->n > FS_LOCK_WAIT_RANGES_MAX - t->n_wait_ranges)
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
	t->n_wait_ranges += w->n;
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
	t->n_wait_ranges -= w->n;
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

/* A shared lock may stand on its owner's own exclusive one; else an exclusive one stands alone. */
static bool exclude(const struct fs_lock *a, const struct fs_lock *b)
{
	if (!overlaps(a->offset, a->length, b->offset, b->length) || (!a->exclusive && !b->exclusive))
		return false;
	return (a->exclusive && b->exclusive) || a->open_id != b->open_id || a->pid != b->pid;
}

enum { LOOKED_AT = 64 };

static size_t list_some(const struct fs_lock *tree, const struct fs_lock *out[LOOKED_AT], size_t n)
{
	if (tree == NULL || n == LOOKED_AT)
		return n;
	n = list_some(tree->left, out, n);
	if (n < LOOKED_AT)
		out[n++] = tree;
	return list_some(tree->right, out, n);
}

const char *fs_locktable_fault(const struct fs_lock_table *t)
{
	const struct fs_lock *some[LOOKED_AT];
	size_t n = list_some(t->root, some, 0), n_waits = 0;
	if (n != MIN(t->n, (size_t)LOOKED_AT))
		return "locks are counted wrongly";
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (exclude(some[i], some[j]))
				return "two locks that exclude each other";
	for (const struct fs_lock_wait *w = t->waits; w != NULL; w = w->next, n_waits++)
		if (w->granted > w->n)
			return "a lock wait with more than it asked for";
	return n_waits != t->n_waits ? "lock waits are counted wrongly" : NULL;
}
