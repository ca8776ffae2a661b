/* The machine of POSIX locks. Pure; see advisory.h. */
#include "fs/advisory.h"

#include <stdlib.h>

static bool same_owner(const struct fs_advisory_owner *a, const struct fs_advisory_owner *b)
{
	return a->conn_id == b->conn_id && a->pid == b->pid;
}

static bool touches(const struct fs_advisory *a, uint64_t first, uint64_t last)
{
	return a->first <= last && first <= a->last;
}

void fs_advisory_fini(struct fs_advisory_list *l)
{
	while (l->head != NULL) {
		struct fs_advisory *next = l->head->next;
		free(l->head);
		l->head = next;
	}
	l->n = 0;
}

const struct fs_advisory *fs_advisory_conflict(const struct fs_advisory_list *l, const struct fs_advisory *wish)
{
	for (const struct fs_advisory *a = l->head; a != NULL; a = a->next) {
		if ((a->exclusive || wish->exclusive) && !same_owner(&a->owner, &wish->owner) && touches(a, wish->first, wish->last))
			return a;
	}
	return NULL;
}

bool fs_advisory_hinders(const struct fs_advisory_list *l, uint64_t first, uint64_t last, bool exclusive)
{
	for (const struct fs_advisory *a = l->head; a != NULL; a = a->next) {
		if ((a->exclusive || exclusive) && touches(a, first, last))
			return true;
	}
	return false;
}

/* Cuts the range out of one lock. A lock that reaches beyond both ends goes on behind the range in *tail; a client's locks do not
 * overlap, so that happens once. True: nothing is left. */
static bool cut(struct fs_advisory_list *l, struct fs_advisory *a, uint64_t first, uint64_t last, struct fs_advisory **tail)
{
	if (a->first < first && a->last > last) {
		**tail = *a;
		(*tail)->first = last + 1;
		a->next = *tail;
		*tail = NULL;
		l->n++;
	}
	if (a->first < first) {
		a->last = first - 1;
		return false;
	}
	if (a->last <= last)
		return true;
	a->first = last + 1;
	return false;
}

static bool is_split_by(const struct fs_advisory_list *l, const struct fs_advisory_owner *owner, uint64_t first, uint64_t last)
{
	for (const struct fs_advisory *a = l->head; a != NULL; a = a->next) {
		if (same_owner(&a->owner, owner) && a->first < first && a->last > last)
			return true;
	}
	return false;
}

bool fs_advisory_clear(struct fs_advisory_list *l, const struct fs_advisory_owner *owner, uint64_t first, uint64_t last)
{
	struct fs_advisory *tail = NULL;
	if (is_split_by(l, owner, first, last) && (l->n >= FS_ADVISORY_MAX || (tail = malloc(sizeof(*tail))) == NULL))
		return false;
	for (struct fs_advisory **at = &l->head, *a; (a = *at) != NULL;) {
		if (!same_owner(&a->owner, owner) || !touches(a, first, last) || !cut(l, a, first, last, &tail)) {
			at = &a->next;
			continue;
		}
		*at = a->next;
		l->n--;
		free(a);
	}
	return true;
}

bool fs_advisory_set(struct fs_advisory_list *l, const struct fs_advisory *lock)
{
	struct fs_advisory *made = l->n < FS_ADVISORY_MAX ? malloc(sizeof(*made)) : NULL;
	if (made == NULL || !fs_advisory_clear(l, &lock->owner, lock->first, lock->last)) {
		free(made);
		return false;
	}
	*made = *lock;
	made->next = l->head;
	l->head = made;
	l->n++;
	return true;
}

bool fs_advisory_release_open(struct fs_advisory_list *l, uint64_t open_id)
{
	size_t before = l->n;
	for (struct fs_advisory **at = &l->head; *at != NULL;) {
		struct fs_advisory *a = *at;
		if (a->open_id != open_id) {
			at = &a->next;
			continue;
		}
		*at = a->next;
		l->n--;
		free(a);
	}
	return l->n != before;
}

size_t fs_advisory_of_owner(const struct fs_advisory_list *l, const struct fs_advisory *wish, struct fs_advisory *out, size_t cap)
{
	size_t n = 0;
	for (const struct fs_advisory *a = l->head; a != NULL; a = a->next) {
		if (!same_owner(&a->owner, &wish->owner) || !touches(a, wish->first, wish->last))
			continue;
		if (n < cap)
			out[n] = *a;
		n++;
	}
	return n;
}

size_t fs_advisory_of_open(const struct fs_advisory_list *l, uint64_t open_id, uint64_t first, uint64_t last, struct fs_advisory *out, size_t cap)
{
	size_t n = 0;
	for (const struct fs_advisory *a = l->head; a != NULL && n < cap; a = a->next) {
		if (a->open_id == open_id && touches(a, first, last))
			out[n++] = *a;
	}
	return n;
}
