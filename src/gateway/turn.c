/*
 * Who may use a link's connection, and when. Whoever makes calls on it has a turn, and several have one at once: between entering and
 * leaving he has the connection for himself, but not while a call of his waits for its answer; then others come in. One of those who wait
 * reads for all of them.
 *
 * A turn holds a thread of the pool, and there are not many: of those who share a connection no more than BESIDE_MAX are let in, and while
 * more than WAITING_MAX wait for a turn, the patience of those that come is short. So a silent server costs other shares nothing.
 */
#include <errno.h>
#include <time.h>

#include "base/blocking.h"
#include "gateway/internal.h"

enum {
	TURNS_MAX = 8,          /* on one connection */
	BESIDE_MAX = 12,        /* of all the pool's 34 threads and more, not counting the first on each connection; */
	WAITING_MAX = 8,        /* and these */
	PATIENCE_MS = 30000,    /* longer than the client waits for an answer: who is next then finds out */
	CROWDED_MS = 500,
	SLICE_MS = 250,
	OWN_BREAK_MS = 1000,    /* a call that waits so long while an oplock of ours is asked for waits for that oplock */
	SILENCE_MS = 20000,
	ANSWER_MS = 60000,      /* of one call while others are answered: the server waits for another client's oplock */
};

/* Of the process: its threads are what it is about. */
static _Atomic unsigned all_waiting, all_beside;

static nttime now_of(const struct gateway_link *l)
{
	return l->gateway->options.dial.now();
}

/* ---- the requests that the server lets us have under way, but for those of watches ---- */

static unsigned room(const struct gateway_link *l)
{
	return MAX((unsigned)l->cli->server.max_mpx, l->n_watches + 1) - l->n_watches;
}

static unsigned turns_max(const struct gateway_link *l)
{
	return MIN(MAX(room(l) / 2, 1u), (unsigned)TURNS_MAX);
}

/* The first takes half of them, the others share the rest. */
static unsigned share_of(const struct gateway_turn *t)
{
	unsigned all = room(t->l), turns = turns_max(t->l);

	if (turns == 1)
		return all;
	return t->beside ? MAX(all / 2 / (turns - 1), 1u) : all / 2;
}

/* ---- coming and going ---- */

/* With the link's lock, as all of these. */
static bool may_enter(struct gateway_link *l)
{
	if (l->busy || l->dialing || l->n_again > 0)
		return false;
	return l->n_turns == 0 || (gateway_is_live(l) && l->n_turns < turns_max(l) && all_beside < BESIDE_MAX);
}

static void give(struct gateway_link *l)
{
	l->busy = false;
	pthread_cond_broadcast(&l->changed);
}

static bool wait_turn(struct gateway_link *l)
{
	bool crowded = atomic_fetch_add(&all_waiting, 1) >= WAITING_MAX;
	const struct timespec until = nttime_to_timespec(now_of(l) + (crowded ? CROWDED_MS : PATIENCE_MS) * NTTIME_PER_MS);
	bool mine;

	for (int err = 0; !(mine = may_enter(l)) && err != ETIMEDOUT;)
		err = pthread_cond_timedwait(&l->changed, &l->lock.mutex, &until);
	atomic_fetch_sub(&all_waiting, 1);
	return mine;
}

static bool begin(struct gateway_turn *t, struct gateway_link *l)
{
	t->l = l;
	t->live = t->beside = false;
	blocking_begin();
	lock_take(&l->lock);
	bool mine = may_enter(l) || wait_turn(l);
	if (mine) {
		t->beside = l->n_turns++ > 0;
		all_beside += t->beside;
		l->busy = true;
	}
	lock_release(&l->lock);
	if (!mine)
		blocking_end();
	return mine;
}

static void attach(struct gateway_turn *t)
{
	cli_share(&t->cli, t->l->cli);
	t->cli.server.max_mpx = (uint16_t)MIN(share_of(t) + t->l->n_watches, (unsigned)UINT16_MAX);
	t->generation = t->l->generation;
	t->live = true;
}

static void detach(struct gateway_turn *t)
{
	if (!t->live)
		return;
	if (t->l->cli != NULL && t->generation == t->l->generation && t->cli.server.reads_no_more)
		t->l->cli->server.reads_no_more = true;
	cli_fini(&t->cli);
	t->live = false;
}

static void set_dialing(struct gateway_link *l, bool dialing)
{
	lock_take(&l->lock);
	l->dialing = dialing;
	pthread_cond_broadcast(&l->changed);
	lock_release(&l->lock);
}

/* Nobody else has a call on the old connection. */
static int dial(struct gateway_turn *t)
{
	set_dialing(t->l, true);
	int err = gateway_dial(t->l);
	t->l->oldest_mid = 0;
	if (err == 0) {
		attach(t);
		gateway_watches_again(t);
	}
	set_dialing(t->l, false);
	return err;
}

static int be_connected(struct gateway_turn *t)
{
	if (!gateway_is_live(t->l))
		return dial(t);
	attach(t);
	return 0;
}

int gateway_enter(struct gateway_turn *t, struct gateway_link *l)
{
	if (!begin(t, l))
		return -ETIMEDOUT;
	int err = be_connected(t);
	if (err != 0)
		gateway_leave(t);
	return err;
}

bool gateway_enter_live(struct gateway_turn *t, struct gateway_link *l)
{
	if (!begin(t, l))
		return false;
	if (gateway_is_live(l)) {
		attach(t);
		return true;
	}
	gateway_leave(t);
	return false;
}

/* Another number, if anything has moved. */
static size_t progress_of(const struct cli_session *s)
{
	return s->in_len + s->out_at + ((size_t)s->n_in_flight << 32) + ((size_t)s->mid << 44);
}

/* Bytes in and out, as far as they go without waiting. Where somebody waits for those that come in they are left for him: what another takes
 * away he would not hear of. */
static void step(struct gateway_link *l)
{
	const struct cli_session *s = gateway_session(l);
	size_t before = progress_of(s);

	l->gateway->options.dial.step(l->handle, !l->reading);
	size_t after = progress_of(s);
	if (!s->broken && after == before && after == l->progress)
		return;
	lock_take(&l->lock);
	l->progress = after;
	l->moves++;
	l->moved_at = now_of(l);
	pthread_cond_broadcast(&l->changed);
	lock_release(&l->lock);
}

/* What needs no answer goes, too; and who comes last has the connection watched. */
static void settle(struct gateway_link *l, bool is_last)
{
	if (gateway_is_live(l))
		step(l);
	if (is_last && gateway_is_live(l))
		l->gateway->options.dial.watch(l->handle, l);
}

void gateway_leave(struct gateway_turn *t)
{
	struct gateway_link *l = t->l;
	const struct gateway_dial *dial = &l->gateway->options.dial;

	detach(t);
	settle(l, l->n_turns == 1);
	lock_take(&l->lock);
	l->n_turns--;
	all_beside -= t->beside;
	give(l);
	lock_release(&l->lock);
	if (l->has_news)
		dial->wake(dial->user);
	blocking_end();
}

bool gateway_touch(struct gateway_link *l)
{
	blocking_begin();
	lock_take(&l->lock);
	while (l->busy && !l->dialing)
		pthread_cond_wait(&l->changed, &l->lock.mutex);
	bool mine = !l->dialing;
	if (mine)
		l->busy = true;
	lock_release(&l->lock);
	if (!mine)
		blocking_end();
	return mine;
}

void gateway_untouch(struct gateway_link *l)
{
	const struct gateway_dial *dial = &l->gateway->options.dial;

	settle(l, l->n_turns == 0);
	lock_take(&l->lock);
	give(l);
	lock_release(&l->lock);
	if (l->has_news)
		dial->wake(dial->user);
	blocking_end();
}

void gateway_ready(struct gateway_link *l)
{
	if (!gateway_touch(l)) /* who dials has it watched when he leaves */
		return;
	if (gateway_is_live(l))
		step(l);
	if (l->cli != NULL && gateway_session(l)->broken)
		gateway_oplocks_lost(l);
	gateway_untouch(l);
}

/* ---- waiting for answers ---- */

/* Others are let in until bytes can move, or somebody else has moved some. */
static void wait_outside(struct gateway_link *l)
{
	const struct gateway_dial *dial = &l->gateway->options.dial;
	const struct timespec until = nttime_to_timespec(now_of(l) + SLICE_MS * NTTIME_PER_MS);
	bool sends = cli_session_has_output(gateway_session(l));
	int err = 0;

	lock_take(&l->lock);
	unsigned moves = l->moves;
	bool reads = !l->reading;
	give(l);
	if (reads || sends) {
		l->reading = true; /* or is already: who only sends comes when somebody else reads */
		lock_release(&l->lock);
		dial->wait(l->handle, reads, sends, SLICE_MS);
		lock_take(&l->lock);
	}
	while (!reads && !sends && l->reading && l->moves == moves && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&l->changed, &l->lock.mutex, &until);
	while (l->busy)
		pthread_cond_wait(&l->changed, &l->lock.mutex);
	l->busy = true;
	if (reads)
		l->reading = false; /* what came is taken next */
	lock_release(&l->lock);
}

static bool is_past(nttime since, unsigned ms, nttime now)
{
	return now > since && now - since >= ms * NTTIME_PER_MS;
}

/* Finds out since when the same call has waited longest of those that a server answers soon. */
static void note_oldest(struct gateway_link *l, const struct cli_session *s, nttime now)
{
	const struct cli_call *oldest = NULL;

	for (const struct cli_call *c = s->in_flight; c != NULL; c = c->next)
		if (!c->patient)
			oldest = c; /* new ones are put in front */
	uint16_t mid = oldest != NULL ? oldest->mid : 0;
	if (oldest == NULL || mid != l->oldest_mid)
		l->oldest_at = now;
	l->oldest_mid = mid;
}

bool gateway_pump(void *user, struct cli_session *s)
{
	struct gateway_link *l = user;
	unsigned moves = l->moves;

	step(l);
	if (s->broken || l->moves != moves)
		return !s->broken;
	wait_outside(l);
	nttime now = now_of(l);
	note_oldest(l, s, now);
	if (is_past(l->oldest_at, OWN_BREAK_MS, now))
		gateway_answer_breaks(l);
	if (is_past(l->moved_at, SILENCE_MS, now))
		cli_session_break(s, "the server has not answered for %d s", SILENCE_MS / 1000);
	else if (is_past(l->oldest_at, ANSWER_MS, now))
		cli_session_break(s, "the server answers others, but one call not for %d s", ANSWER_MS / 1000);
	return !s->broken;
}

/* ---- after a loss ---- */

/* Until there is another connection, or it is ours to make one: all others are here, too. The other connection may be lost again already,
 * with calls of those who had it first. */
static void wait_for_others(struct gateway_turn *t)
{
	struct gateway_link *l = t->l;

	lock_take(&l->lock);
	l->n_again++;
	give(l);
	while (l->busy || l->dialing || ((l->generation == t->generation || !gateway_is_live(l)) && l->n_again < l->n_turns))
		pthread_cond_wait(&l->changed, &l->lock.mutex);
	l->n_again--;
	l->busy = true;
	lock_release(&l->lock);
}

bool gateway_again(struct gateway_turn *t, nt_status status)
{
	if (status != STATUS_CONNECTION_DISCONNECTED || !t->live || !t->cli.session->broken)
		return false;
	wait_for_others(t);
	detach(t);
	return be_connected(t) == 0;
}
