/* Locks of our programs as locks at the server. See plock.h. */
#include "mount/node.h"

#include <errno.h>
#include <stdlib.h>

#include "client/unix.h"

static struct cli_lock as_wire(const struct plock *l)
{
	return (struct cli_lock){ .offset = l->from, .length = l->to - l->from + 1, .shared = l->type == PLOCK_READ };
}

static nt_status lock_there(struct turn *t, struct node *n, const struct plock *l)
{
	struct cli_lock lock = as_wire(l);

	if (!t->cli.posix_locks)
		return cli_lock(&t->cli, &n->file, &lock);
	return cli_unix_lock(&t->cli, &n->file, &lock, n->lock_owner);
}

static nt_status unlock_there(struct turn *t, struct node *n, const struct plock *l)
{
	struct cli_lock lock = as_wire(l);

	if (!t->cli.posix_locks)
		return cli_unlock(&t->cli, &n->file, lock.offset, lock.length);
	return cli_unix_unlock(&t->cli, &n->file, lock.offset, lock.length, n->lock_owner);
}

static nt_status show(struct turn *t, struct node *n, const struct plock *l)
{
	nt_status status = lock_there(t, n, l);

	if (status != STATUS_SUCCESS)
		return status;
	if (plock_shown_add(&n->locks, l))
		return STATUS_SUCCESS;
	(void)!unlock_there(t, n, l);
	return STATUS_NO_MEMORY;
}

static void unshow(struct turn *t, struct node *n, const struct plock *l)
{
	(void)!unlock_there(t, n, l);
	plock_shown_remove(&n->locks, l);
}

/* All of it or nothing. What went cannot always come back: somebody else may have been quicker; then the node is lost, for a
 * program believes in a lock that is not there. */
static nt_status apply(struct turn *t, struct node *n, const struct plock_plan *plan)
{
	nt_status status = STATUS_SUCCESS;
	size_t come = 0;

	for (size_t i = 0; i < plan->n_go; i++)
		unshow(t, n, &plan->go[i]);
	while (come < plan->n_come && status == STATUS_SUCCESS)
		if ((status = show(t, n, &plan->come[come])) == STATUS_SUCCESS)
			come++;
	if (status == STATUS_SUCCESS || t->cli.session->broken)
		return status;
	while (come-- > 0)
		unshow(t, n, &plan->come[come]);
	for (size_t i = 0; i < plan->n_go; i++)
		if (show(t, n, &plan->go[i]) != STATUS_SUCCESS)
			n->lost = true;
	return status;
}

static nt_status show_range(struct turn *t, struct node *n, uint64_t from, uint64_t to)
{
	struct plock_plan plan;

	if (!plock_plan(&n->locks, from, to, &plan))
		return STATUS_NO_MEMORY;
	nt_status status = apply(t, n, &plan);
	plock_plan_fini(&plan);
	return status;
}

nt_status node_show_locks(struct turn *t, struct node *n)
{
	nt_status status = show_range(t, n, 0, PLOCK_END);

	n->lost = n->lost || (status != STATUS_SUCCESS && !t->cli.session->broken);
	return status;
}

nt_status node_lock_again(struct turn *t, struct node *n)
{
	plock_shown_forget(&n->locks);
	return n->cached ? STATUS_SUCCESS : node_show_locks(t, n);
}

/* ---- writing under them ---- */

static bool is_in(const struct plock *l, uint64_t offset, size_t len) { return l->from < offset + len && l->to >= offset; }

/* Shared locks of ours in the range, which would go, and exclusive ones that would come. */
static bool plan_writing(const struct plocks *p, uint64_t offset, size_t len, struct plock_plan *out)
{
	*out = (struct plock_plan){ .go = malloc((p->n_shown + 1) * sizeof(*out->go)), .come = malloc((p->n_shown + 1) * sizeof(*out->come)) };
	if (out->go == NULL || out->come == NULL) {
		plock_plan_fini(out);
		return false;
	}
	for (size_t i = 0; i < p->n_shown; i++) {
		if (p->shown[i].type != PLOCK_READ || !is_in(&p->shown[i], offset, len))
			continue;
		out->go[out->n_go++] = p->shown[i];
		out->come[out->n_come] = p->shown[i];
		out->come[out->n_come++].type = PLOCK_WRITE;
	}
	return true;
}

/* On Unix a shared lock forbids nobody to write; in NT it does, its owner too. So ours become exclusive for the moment, unless somebody
 * else shares them. */
nt_status node_write_out(struct turn *t, struct node *n, uint64_t offset, const uint8_t *bytes, size_t len)
{
	nt_status status = cli_write(&t->cli, &n->file, offset, bytes, len);
	struct plock_plan plan;

	if (status != STATUS_FILE_LOCK_CONFLICT || !plan_writing(&n->locks, offset, len, &plan))
		return status;
	const struct plock_plan back = { .go = plan.come, .come = plan.go, .n_go = plan.n_come, .n_come = plan.n_go };
	if (plan.n_go > 0 && apply(t, n, &plan) == STATUS_SUCCESS) {
		status = cli_write(&t->cli, &n->file, offset, bytes, len);
		(void)!apply(t, n, &back);
	}
	plock_plan_fini(&plan);
	return status;
}

/* ---- what programs ask ---- */

/* The server's locks follow what is entered in [from, to]. */
static nt_status follow(struct nodes *all, struct node *n, uint64_t from, uint64_t to)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };

	while (turn_next(&t, &status)) {
		status = node_ready(all, &t, n);
		if (status == STATUS_SUCCESS && !n->cached)
			status = show_range(&t, n, from, to);
	}
	return status;
}

static bool copy_held(const struct plocks *p, struct plocks *out)
{
	*out = (struct plocks){ .n = 0 };
	for (size_t i = 0; i < p->n; i++)
		if (!plock_set(out, &p->held[i])) {
			plock_fini(out);
			return false;
		}
	return true;
}

static nt_status enter(struct nodes *all, struct node *n, const struct plock *l)
{
	struct plocks before;

	if (!copy_held(&n->locks, &before) || !plock_set(&n->locks, l))
		return STATUS_NO_MEMORY;
	nt_status status = follow(all, n, l->from, l->to);
	if (status != STATUS_SUCCESS && l->type != PLOCK_NONE) {
		struct plock *held = n->locks.held;
		n->locks.held = before.held;
		n->locks.n = before.n;
		n->locks.cap = before.cap;
		before.held = held;
	}
	plock_fini(&before);
	return status;
}

static int lock_errno(nt_status status)
{
	bool taken = status == STATUS_FILE_LOCK_CONFLICT || status == STATUS_LOCK_NOT_GRANTED;
	return taken ? -EAGAIN : -mount_errno(status);
}

/* Under a lock a program wants to see what others wrote: with an oplock there is nobody else, without nothing is kept. */
int node_lock(struct nodes *all, struct node *n, const struct plock *l)
{
	int result = -EAGAIN;

	lock_take(&n->lock);
	if (l->type == PLOCK_NONE || plock_conflict(&n->locks, l) == NULL)
		result = lock_errno(enter(all, n, l));
	lock_release(&n->lock);
	return result;
}

/* Who asks the server has to try. Where we have a lock ourselves nobody else can be in the way of more than that. */
static nt_status try_lock(struct nodes *all, struct node *n, const struct plock *want, bool *is_there)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };

	while (turn_next(&t, &status)) {
		status = node_ready(all, &t, n);
		if (status != STATUS_SUCCESS || n->cached)
			continue;
		status = lock_there(&t, n, want);
		if (status == STATUS_SUCCESS)
			status = unlock_there(&t, n, want);
	}
	*is_there = status == STATUS_FILE_LOCK_CONFLICT || status == STATUS_LOCK_NOT_GRANTED;
	return *is_there ? STATUS_SUCCESS : status;
}

int node_test_lock(struct nodes *all, struct node *n, const struct plock *want, bool *is_there, struct plock *found)
{
	nt_status status = STATUS_SUCCESS;

	lock_take(&n->lock);
	const struct plock *l = plock_conflict(&n->locks, want);
	*is_there = l != NULL;
	*found = l != NULL ? *l : *want;
	bool ours = false;
	for (size_t i = 0; i < n->locks.n_shown; i++)
		ours = ours || (n->locks.shown[i].from <= want->to && want->from <= n->locks.shown[i].to);
	if (l == NULL && !ours)
		status = try_lock(all, n, want, is_there);
	lock_release(&n->lock);
	return -mount_errno(status);
}

void node_unlock_owner(struct nodes *all, struct node *n, uint64_t owner, bool is_flock)
{
	lock_take(&n->lock);
	if (plock_forget(&n->locks, owner, is_flock))
		(void)!follow(all, n, 0, PLOCK_END);
	lock_release(&n->lock);
}
