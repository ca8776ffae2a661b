/*
 * Who owns a connection. The token is the actor's state: IDLE (nobody), QUEUED (nobody yet; the next free thread), RUNNING
 * (one thread). Transitions, all under the lock of the connection's registry shard:
 *
 *   IDLE    -> RUNNING   actor_take: its socket is ready
 *   IDLE    -> QUEUED    mail or another reason to run
 *   QUEUED  -> RUNNING   actor_take_queued
 *   RUNNING -> IDLE      actor_release, nothing came meanwhile
 *   RUNNING -> QUEUED    actor_requeue
 *   RUNNING -> gone      registry_remove
 *
 * Only a connection's owner frees it, and only the registry leads to one that is not owned; so a pointer that was found
 * under the shard's lock and turned into RUNNING there is good until the owner gives it back. A queued connection has no
 * other owner, hence the run queue may hold pointers.
 */
#include <stdlib.h>

#include "net/internal.h"

static struct registry_shard *shard_of(struct registry *r, uint64_t id)
{
	return &r->shards[id % REGISTRY_SHARDS];
}

static struct conn *shard_find(struct registry_shard *s, uint64_t id)
{
	struct conn *c;

	HASH_FIND(hh, s->conns, &id, sizeof(id), c);
	return c;
}

void registry_init(struct registry *r)
{
	for (unsigned i = 0; i < REGISTRY_SHARDS; i++)
		lock_init(&r->shards[i].lock, LOCK_RANK_REGISTRY);
	lock_init(&r->queue.lock, LOCK_RANK_ACTOR);
	r->queue.end = &r->queue.head;
}

void registry_fini(struct registry *r)
{
	for (unsigned i = 0; i < REGISTRY_SHARDS; i++)
		lock_fini(&r->shards[i].lock);
	lock_fini(&r->queue.lock);
}

void registry_add(struct registry *r, struct conn *c)
{
	c->pub.id = atomic_fetch_add(&r->last_id, 1) + 1;
	c->actor.state = ACTOR_RUNNING;
	c->actor.mail_end = &c->actor.mail;

	struct registry_shard *s = shard_of(r, c->pub.id);
	lock_take(&s->lock);
	HASH_ADD(hh, s->conns, pub.id, sizeof(c->pub.id), c);
	lock_release(&s->lock);
	atomic_fetch_add(&r->count, 1);
}

static struct actor_work collect(struct actor *a)
{
	struct actor_work work = { a->pending, a->mail };

	a->pending = 0;
	a->mail = NULL;
	a->mail_end = &a->mail;
	return work;
}

void registry_remove(struct registry *r, struct conn *c)
{
	struct registry_shard *s = shard_of(r, c->pub.id);

	lock_take(&s->lock);
	HASH_DEL(s->conns, c);
	struct actor_work work = collect(&c->actor);
	lock_release(&s->lock);

	while (work.mail != NULL) {
		struct mail_item *next = work.mail->next;
		free(work.mail->mail.payload);
		free(work.mail);
		work.mail = next;
	}
}

static void queue_push(struct net *n, struct conn *c)
{
	struct run_queue *q = &n->registry.queue;

	lock_take(&q->lock);
	c->actor.next_queued = NULL;
	*q->end = c;
	q->end = &c->actor.next_queued;
	lock_release(&q->lock);
	poller_signal_queue(&n->poller);
}

/* One thread is woken per signal, and signals that nobody consumed yet melt into one: whoever leaves something in the
 * queue signals again. */
static struct conn *queue_pop(struct net *n)
{
	struct run_queue *q = &n->registry.queue;

	lock_take(&q->lock);
	struct conn *c = q->head;
	if (c != NULL) {
		q->head = c->actor.next_queued;
		if (q->head == NULL)
			q->end = &q->head;
	}
	bool more = q->head != NULL;
	lock_release(&q->lock);
	if (more)
		poller_signal_queue(&n->poller);
	return c;
}

/* Under the shard's lock: sees to it that somebody runs c soon. */
static void awaken(struct conn *c)
{
	if (c->actor.state != ACTOR_IDLE)
		return;
	c->actor.state = ACTOR_QUEUED;
	queue_push(c->net, c);
}

struct conn *actor_take(struct net *n, uint64_t id, struct actor_work *work)
{
	struct registry_shard *s = shard_of(&n->registry, id);

	lock_take(&s->lock);
	struct conn *c = shard_find(s, id);
	if (c != NULL && c->actor.state != ACTOR_IDLE) {
		c->actor.pending |= PENDING_EVENT;
		c = NULL;
	} else if (c != NULL) {
		c->actor.state = ACTOR_RUNNING;
		*work = collect(&c->actor);
	}
	lock_release(&s->lock);
	return c;
}

struct conn *actor_take_queued(struct net *n, struct actor_work *work)
{
	struct conn *c = queue_pop(n);

	if (c == NULL)
		return NULL;
	struct registry_shard *s = shard_of(&n->registry, c->pub.id);
	lock_take(&s->lock);
	c->actor.state = ACTOR_RUNNING;
	*work = collect(&c->actor);
	lock_release(&s->lock);
	return c;
}

bool actor_release(struct conn *c, struct actor_work *work)
{
	struct registry_shard *s = shard_of(&c->net->registry, c->pub.id);

	lock_take(&s->lock);
	*work = collect(&c->actor);
	bool idle = work->pending == 0 && work->mail == NULL;
	if (idle)
		c->actor.state = ACTOR_IDLE;
	lock_release(&s->lock);
	return idle;
}

void actor_requeue(struct conn *c, unsigned pending)
{
	struct registry_shard *s = shard_of(&c->net->registry, c->pub.id);

	lock_take(&s->lock);
	c->actor.pending |= pending;
	c->actor.state = ACTOR_IDLE;
	awaken(c);
	lock_release(&s->lock);
}

bool actor_pend(struct net *n, uint64_t id, unsigned pending)
{
	struct registry_shard *s = shard_of(&n->registry, id);

	lock_take(&s->lock);
	struct conn *c = shard_find(s, id);
	if (c != NULL) {
		c->actor.pending |= pending;
		awaken(c);
	}
	lock_release(&s->lock);
	return c != NULL;
}

void registry_each_pending(struct net *n, unsigned pending)
{
	for (unsigned i = 0; i < REGISTRY_SHARDS; i++) {
		struct registry_shard *s = &n->registry.shards[i];
		lock_take(&s->lock);
		for (struct conn *c = s->conns; c != NULL; c = c->hh.next) {
			c->actor.pending |= pending;
			awaken(c);
		}
		lock_release(&s->lock);
	}
}

bool net_post(struct net *n, uint64_t conn_id, const struct net_mail *mail)
{
	struct registry_shard *s = shard_of(&n->registry, conn_id);
	struct mail_item *item = malloc(sizeof(*item));
	struct conn *c = NULL;

	if (item != NULL) {
		*item = (struct mail_item){ .mail = *mail };
		lock_take(&s->lock);
		c = shard_find(s, conn_id);
		if (c != NULL) {
			*c->actor.mail_end = item;
			c->actor.mail_end = &item->next;
			awaken(c);
		}
		lock_release(&s->lock);
	}
	if (c == NULL) {
		free(item);
		free(mail->payload);
	}
	return c != NULL;
}
