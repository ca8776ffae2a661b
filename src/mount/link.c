#include "mount/link.h"

#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { TICK_MS = 1000, RETRY_MS = 300, TRIES = 5 };

/* ---- bytes ---- */

static void wake_receiver(struct link *k)
{
	const uint64_t one = 1;
	(void)!write(k->wake, &one, sizeof(one));
}

static void step(struct link *k, struct cli_session *s)
{
	if (!cli_socket_step(k->socket, s, 0))
		cli_session_break(s, "the connection is gone");
	if (!s->broken)
		return;
	k->lost = true;
	pthread_cond_broadcast(&k->wanted);
}

/* Of struct cli: sends, takes what is there, else lets others in until something came. */
static bool pump(void *user, struct cli_session *s)
{
	struct link *k = user;
	unsigned before = s->n_in_flight;

	step(k, s);
	if (s->broken || s->n_in_flight != before) {
		pthread_cond_broadcast(&k->moved);
		return !s->broken;
	}
	if (cli_session_has_output(s))
		wake_receiver(k);
	pthread_cond_wait(&k->moved, &k->lock.mutex);
	return !s->broken;
}

/* Waits without the lock. The number of things that could move; 0: silence. */
static int wait_for_bytes(struct link *k)
{
	struct pollfd p[2] = { { .fd = k->socket->fd, .events = POLLIN }, { .fd = k->wake, .events = POLLIN } };
	uint64_t count;

	if (cli_session_has_output(k->cli->session))
		p[0].events |= POLLOUT;
	lock_release(&k->lock);
	int n = poll(p, ARRAY_LEN(p), TICK_MS);
	if (n > 0 && p[1].revents != 0)
		(void)!read(k->wake, &count, sizeof(count));
	lock_take(&k->lock);
	return n;
}

static void receive(struct link *k, unsigned *silent_s)
{
	uint32_t generation = k->generation;
	int n = wait_for_bytes(k);

	if (k->state != LINK_UP || generation != k->generation || k->cli->session->broken)
		return;
	struct cli_session *s = k->cli->session;
	*silent_s = n == 0 && s->n_in_flight > 0 && !cli_session_is_patient(s) ? *silent_s + 1 : 0;
	if (*silent_s >= k->timeout_s)
		cli_session_break(s, "the server has not answered for %u s", k->timeout_s);
	step(k, s);
	pthread_cond_broadcast(&k->moved);
}

static void *receiver(void *user)
{
	struct link *k = user;
	unsigned silent_s = 0;

	lock_take(&k->lock);
	while (!k->stopping) {
		if (k->state == LINK_UP && !k->cli->session->broken)
			receive(k, &silent_s);
		else
			pthread_cond_wait(&k->moved, &k->lock.mutex);
	}
	lock_release(&k->lock);
	return NULL;
}

/* ---- oplocks ---- */

static bool is_quiet(const struct link *k, uint16_t fid)
{
	for (unsigned i = 0; i < k->n_quiet; i++)
		if (k->quiet[i] == fid)
			return true;
	return false;
}

static void on_break(void *user, uint16_t tid, uint16_t fid, bool to_level_ii)
{
	struct link *k = user;
	const struct cli_file f = { .fid = fid };

	if (is_quiet(k, fid)) {
		cli_ack_break(k->cli, &f, SMB1_OPLOCK_NONE);
		return;
	}
	if (k->n_breaks == LINK_BREAKS_MAX) {
		cli_session_break(k->cli->session, "the server takes back more oplocks than it gave");
		return;
	}
	k->breaks[k->n_breaks++] = (struct link_break){ k->generation, fid, to_level_ii };
	pthread_cond_broadcast(&k->wanted);
}

void link_quiet(struct link *k, uint16_t fid, bool on)
{
	if (on && k->n_quiet < LINK_QUIET_MAX) {
		k->quiet[k->n_quiet++] = fid;
		return;
	}
	for (unsigned i = 0; i < k->n_quiet && !on; i++)
		if (k->quiet[i] == fid)
			k->quiet[i] = k->quiet[--k->n_quiet];
}

bool link_next_break(struct link *k, struct link_break *out)
{
	lock_take(&k->lock);
	while (!k->no_breaks && k->n_breaks == 0 && !k->lost)
		pthread_cond_wait(&k->wanted, &k->lock.mutex);
	*out = (struct link_break){ 0 };
	if (k->lost) {
		k->lost = false;
	} else if (k->n_breaks > 0) {
		*out = k->breaks[0];
		memmove(k->breaks, k->breaks + 1, --k->n_breaks * sizeof(k->breaks[0]));
	}
	bool more = !k->no_breaks;
	lock_release(&k->lock);
	return more;
}

void link_end_breaks(struct link *k)
{
	lock_take(&k->lock);
	k->no_breaks = true;
	pthread_cond_broadcast(&k->wanted);
	lock_release(&k->lock);
}

/* ---- the connection ---- */

static void take_over(struct link *k, struct cli *cli, struct cli_socket *socket)
{
	k->cli = cli;
	k->socket = socket;
	cli->pump = pump;
	cli->pump_user = k;
	cli->session->on_break = on_break;
	cli->session->break_user = k;
	k->n_breaks = k->n_quiet = 0;
	k->generation++;
	k->state = LINK_UP;
}

/* Until when a server that is away from now on is waited for. */
static nttime end_of_retry(const struct link *k)
{
	return nttime_now() + k->retry_s * (nttime)NTTIME_PER_SEC;
}

void link_last_calls(struct link *k)
{
	lock_take(&k->lock);
	k->last_call = end_of_retry(k);
	lock_release(&k->lock);
}

static bool is_too_late(const struct link *k) { return k->last_call != 0 && nttime_now() >= k->last_call; }

static bool dial(struct link *k)
{
	nt_status status = STATUS_CONNECTION_DISCONNECTED;
	struct cli *cli = k->cli;
	struct cli_socket *socket = k->socket;
	const nttime end = end_of_retry(k);

	k->state = LINK_DIALING;
	lock_release(&k->lock);
	for (;;) {
		status = k->dial(k->dial_user, &cli, &socket);
		if (status == STATUS_SUCCESS || nttime_now() >= end || k->stopping || is_too_late(k))
			break;
		poll(NULL, 0, RETRY_MS);
	}
	lock_take(&k->lock);
	if (status == STATUS_SUCCESS) {
		take_over(k, cli, socket);
	} else {
		k->state = LINK_DOWN;
		k->failures++;
	}
	pthread_cond_broadcast(&k->moved);
	return status == STATUS_SUCCESS;
}

/* One dials, the others wait for what becomes of it. */
static bool get_up(struct link *k)
{
	unsigned failures = k->failures;

	while (failures == k->failures) {
		if (k->state == LINK_UP && !k->cli->session->broken)
			return true;
		if (is_too_late(k))
			return false;
		if (k->state != LINK_DIALING && k->turns == 0)
			return dial(k);
		pthread_cond_wait(&k->moved, &k->lock.mutex);
	}
	return false;
}

static bool begin_turn(struct turn *t, nt_status *status)
{
	struct link *k = t->link;

	if (!get_up(k)) {
		*status = STATUS_CONNECTION_DISCONNECTED;
		lock_release(&k->lock);
		return false;
	}
	cli_share(&t->cli, k->cli);
	k->turns++;
	t->begun = true;
	return true;
}

bool turn_next(struct turn *t, nt_status *status)
{
	struct link *k = t->link;

	if (!t->begun) {
		lock_take(&k->lock);
		return begin_turn(t, status);
	}
	bool broken = k->cli->session->broken && nt_is_error(*status);
	cli_fini(&t->cli);
	if (--k->turns == 0)
		pthread_cond_broadcast(&k->moved);
	if (broken && t->again++ < TRIES)
		return begin_turn(t, status);
	lock_release(&k->lock);
	return false;
}

bool link_start(struct link *k, link_dial_fn dial_fn, void *dial_user, struct cli *cli, struct cli_socket *socket)
{
	lock_init(&k->lock, LOCK_RANK_MOUNT_LINK);
	pthread_cond_init(&k->moved, NULL);
	pthread_cond_init(&k->wanted, NULL);
	k->dial = dial_fn;
	k->dial_user = dial_user;
	k->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	take_over(k, cli, socket);
	if (k->wake >= 0 && pthread_create(&k->receiver, NULL, receiver, k) == 0)
		return true;
	if (k->wake >= 0)
		close(k->wake);
	return false;
}

void link_stop(struct link *k)
{
	lock_take(&k->lock);
	k->stopping = true;
	pthread_cond_broadcast(&k->moved);
	lock_release(&k->lock);
	wake_receiver(k);
	pthread_join(k->receiver, NULL);
	close(k->wake);
	pthread_cond_destroy(&k->moved);
	pthread_cond_destroy(&k->wanted);
	lock_fini(&k->lock);
}
