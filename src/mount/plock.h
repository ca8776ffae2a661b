/*
 * Who of this machine's programs has which bytes of a file locked, by the rules of fcntl(2) and of flock(2) (two books that know
 * nothing of each other), and which locks the server must show to others for that. Pure; its owner locks it.
 *
 * The server's locks are the union: a byte that anybody here locks for writing is locked exclusively there, else shared. They do not
 * merge, split or convert, so plock_plan says which go and which come; ranges that do not change stay untouched.
 */
#ifndef MOUNT_PLOCK_H
#define MOUNT_PLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum plock_type { PLOCK_NONE, PLOCK_READ, PLOCK_WRITE };

#define PLOCK_END ((uint64_t)INT64_MAX) /* the last byte that a lock may have */

struct plock {
	uint64_t from, to; /* both are in it */
	uint64_t owner;
	enum plock_type type;
	bool is_flock;
};
struct plocks {
	struct plock *held;   /* of our programs */
	size_t n, cap;
	struct plock *shown;  /* at the server; owner means nothing */
	size_t n_shown, cap_shown;
};

void plock_fini(struct plocks *p);
/* Somebody else's lock in the way of this one, or NULL. */
const struct plock *plock_conflict(const struct plocks *p, const struct plock *want);
/* Enters the lock, or takes it out (PLOCK_NONE). False: no memory, nothing changed. */
bool plock_set(struct plocks *p, const struct plock *l);
/* Everything of one owner goes. True: there was something. */
bool plock_forget(struct plocks *p, uint64_t owner, bool is_flock);

/* What the server has to be told after a change of [from, to]: `go` are entries of shown, `come` new ones. Memory is the plan's. */
struct plock_plan {
	struct plock *go, *come;
	size_t n_go, n_come;
};
bool plock_plan(const struct plocks *p, uint64_t from, uint64_t to, struct plock_plan *out);
void plock_plan_fini(struct plock_plan *plan);
/* The server did so. False: no memory. */
bool plock_shown_add(struct plocks *p, const struct plock *l);
/* A new handle, with no locks yet. */
void plock_shown_forget(struct plocks *p);
void plock_shown_remove(struct plocks *p, const struct plock *l);

#endif
