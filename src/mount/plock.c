#include "mount/plock.h"

#include <stdlib.h>

#include "base/bytes.h"

void plock_fini(struct plocks *p)
{
	free(p->held);
	free(p->shown);
	*p = (struct plocks){ .n = 0 };
}

static bool reserve(struct plock **list, size_t *cap, size_t n)
{
	if (n <= *cap)
		return true;
	size_t more = MAX(n, *cap * 2);
	struct plock *grown = realloc(*list, more * sizeof(*grown));
	if (grown == NULL)
		return false;
	*list = grown;
	*cap = more;
	return true;
}

static bool meet(const struct plock *a, const struct plock *b)
{
	return a->from <= b->to && b->from <= a->to;
}

const struct plock *plock_conflict(const struct plocks *p, const struct plock *want)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plock *l = &p->held[i];
		if (l->is_flock == want->is_flock && l->owner != want->owner && meet(l, want) &&
		    (l->type == PLOCK_WRITE || want->type == PLOCK_WRITE))
			return l;
	}
	return NULL;
}

bool plock_set(struct plocks *p, const struct plock *l)
{
	/* One lock in the middle of another makes two of it; and the new one. */
	if (!reserve(&p->held, &p->cap, p->n + 2))
		return false;
	for (size_t i = p->n; i-- > 0;) {
		struct plock old = p->held[i];
		if (old.owner != l->owner || old.is_flock != l->is_flock || !meet(&old, l))
			continue;
		p->held[i] = p->held[--p->n];
		if (old.from < l->from) {
			p->held[p->n] = old;
			p->held[p->n++].to = l->from - 1;
		}
		if (old.to > l->to) {
			p->held[p->n] = old;
			p->held[p->n++].from = l->to + 1;
		}
	}
	if (l->type != PLOCK_NONE)
		p->held[p->n++] = *l;
	return true;
}

bool plock_forget(struct plocks *p, uint64_t owner, bool is_flock)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->held[i].owner != owner || p->held[i].is_flock != is_flock)
			p->held[kept++] = p->held[i];
	bool any = kept < p->n;
	p->n = kept;
	return any;
}

/* ---- what the server shows ---- */

/* How the byte `at` is to be locked, and *until where that holds. */
static enum plock_type wanted(const struct plocks *p, uint64_t at, uint64_t *until)
{
	enum plock_type type = PLOCK_NONE;

	for (size_t i = 0; i < p->n; i++) {
		const struct plock *l = &p->held[i];
		if (l->from > at) {
			*until = MIN(*until, l->from - 1);
		} else if (l->to >= at) {
			*until = MIN(*until, l->to);
			type = MAX(type, l->type);
		}
	}
	return type;
}

/* Runs of one type in [from, to] are appended to the list. */
static bool add_wanted(const struct plocks *p, uint64_t from, uint64_t to, struct plock **list, size_t *n, size_t *cap)
{
	struct plock run = { .type = PLOCK_NONE };

	for (uint64_t at = from;;) {
		uint64_t until = to;
		enum plock_type type = wanted(p, at, &until);
		if (type != PLOCK_NONE && type == run.type && run.to + 1 == at) {
			(*list)[*n - 1].to = run.to = until;
		} else if (type != PLOCK_NONE) {
			run = (struct plock){ .from = at, .to = until, .type = type };
			if (!reserve(list, cap, *n + 1))
				return false;
			(*list)[(*n)++] = run;
		}
		if (until >= to)
			return true;
		at = until + 1;
	}
}

/* The whole of it is wanted just so. */
static bool stays(const struct plocks *p, const struct plock *shown)
{
	for (uint64_t at = shown->from;;) {
		uint64_t until = shown->to;
		if (wanted(p, at, &until) != shown->type)
			return false;
		if (until >= shown->to)
			return true;
		at = until + 1;
	}
}

/* The entry of shown that has this byte, or the next one behind it; *gap_to: the last byte before that. */
static const struct plock *shown_at(const struct plocks *p, uint64_t at, uint64_t *gap_to)
{
	for (size_t i = 0; i < p->n_shown; i++) {
		const struct plock *s = &p->shown[i];
		if (s->from <= at && s->to >= at)
			return s;
		if (s->from > at)
			*gap_to = MIN(*gap_to, s->from - 1);
	}
	return NULL;
}

bool plock_plan(const struct plocks *p, uint64_t from, uint64_t to, struct plock_plan *out)
{
	size_t cap_go = 0, cap_come = 0;

	*out = (struct plock_plan){ .n_go = 0 };
	for (uint64_t at = from;;) {
		uint64_t end = to;
		const struct plock *s = shown_at(p, at, &end);
		if (s != NULL) {
			end = s->to;
			at = s->from;
		}
		if (s != NULL && stays(p, s)) {
			/* nothing */
		} else if ((s != NULL && !reserve(&out->go, &cap_go, out->n_go + 1)) ||
			   !add_wanted(p, at, end, &out->come, &out->n_come, &cap_come)) {
			plock_plan_fini(out);
			return false;
		} else if (s != NULL) {
			out->go[out->n_go++] = *s;
		}
		if (end >= to)
			return true;
		at = end + 1;
	}
}

void plock_plan_fini(struct plock_plan *plan)
{
	free(plan->go);
	free(plan->come);
	*plan = (struct plock_plan){ .n_go = 0 };
}

bool plock_shown_add(struct plocks *p, const struct plock *l)
{
	if (!reserve(&p->shown, &p->cap_shown, p->n_shown + 1))
		return false;
	p->shown[p->n_shown++] = *l;
	return true;
}

void plock_shown_remove(struct plocks *p, const struct plock *l)
{
	for (size_t i = 0; i < p->n_shown; i++) {
		if (p->shown[i].from != l->from || p->shown[i].to != l->to)
			continue;
		p->shown[i] = p->shown[--p->n_shown];
		return;
	}
}

void plock_shown_forget(struct plocks *p) { p->n_shown = 0; }
