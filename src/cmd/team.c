#include "cmd/team.h"

#include <stdlib.h>

#include "base/check.h"
#include "cmd/lanes.h"

enum {
	BLOCK_MAX = 4 << 20,
	CONNECT_MS = 1000, LOGON_MS = 3000, /* of a connection that is a plus: somebody waits for it */
};

uint8_t *member_block(struct member *m)
{
	if (m->block == NULL) {
		size_t size = MAX(cli_read_size(m->cli), cli_write_size(m->cli));
		m->block_len = MIN((size_t)BLOCK_MAX, size * cli_window(m->cli) * 2);
		m->block = malloc(m->block_len);
	}
	return m->block;
}

/* The next job; NULL: there is none, and if `wait` there will be none any more. */
static void *take(struct team *t, bool wait)
{
	void *job = NULL;

	lock_take(&t->lock);
	while (wait && t->waiting == 0 && !t->over)
		pthread_cond_wait(&t->changed, &t->lock.mutex);
	if (t->waiting > 0) {
		job = t->queue[t->first];
		t->first = (t->first + 1) % TEAM_QUEUE;
		t->waiting--;
	}
	lock_release(&t->lock);
	return job;
}

static void *member_thread(void *user)
{
	struct member *m = user;

	/* Without a connection he leaves the rest to the others. */
	while (!m->cli->session->broken || m->flight.n > 0) {
		void *job = m->cli->session->broken ? NULL : take(m->team, m->flight.n == 0);
		if (job != NULL)
			m->team->run(m, job);
		else if (m->flight.n > 0)
			flight_turn(m);
		else
			break;
	}
	return NULL;
}

static bool connect_by(struct remote *r, const struct remote_options *options, const char *share)
{
	nt_status status = remote_open_share(r, options, share);

	if (status != STATUS_SUCCESS)
		remote_close(r, false);
	return status == STATUS_SUCCESS;
}

bool team_connect(const struct team *t, struct remote *r)
{
	struct remote_options o = t->home->options;

	o.connect_ms = CONNECT_MS;
	o.timeout_ms = LOGON_MS;
	if (!connect_by(r, &o, t->share))
		return false;
	if (cli_is_nt(&r->cli) && r->cli.is_guest == t->home->cli.is_guest) {
		r->socket.timeout_ms = t->home->socket.timeout_ms;
		return true;
	}
	remote_close(r, true);
	return false;
}

static bool hire(struct team *t, bool is_plus)
{
	struct member *m = &t->members[t->n];

	*m = (struct member){ .team = t, .cli = &m->remote.cli, .is_plus = is_plus, .branches = { .home = &m->remote, .is_walk = true } };
	flight_init(&m->flight);
	if (is_plus ? !team_connect(t, &m->remote) : !connect_by(&m->remote, &t->home->options, t->share))
		return false;
	if (pthread_create(&m->thread, NULL, member_thread, m) == 0) {
		t->n++;
		return true;
	}
	remote_close(&m->remote, true);
	return false;
}

void team_begin(struct team *t, unsigned wanted, struct remote *first, const char *share, job_fn run, void *user)
{
	*t = (struct team){ .run = run, .user = user, .n = 1, .home = first, .share = share };
	t->members[0] = (struct member){ .team = t, .cli = &first->cli, .branches = { .home = first, .is_walk = true } };
	flight_init(&t->members[0].flight);
	lock_init(&t->lock, LOCK_RANK_LEAF);
	CHECK(pthread_cond_init(&t->changed, NULL) == 0);
	while (t->n < MIN(wanted, (unsigned)TEAM_MAX) && hire(t, false))
		;
	/* Where a share has a password of its own, or the dialect is old, servers are small. */
	t->may_grow = wanted == 0 && cli_is_nt(&first->cli) && (first->cli.server.security_mode & NEGOTIATE_USER_SECURITY) != 0;
}

void team_give(struct team *t, void *job)
{
	bool given = false;

	if (t->may_grow && ++t->given == TEAM_GROWS)
		(void)hire(t, true);
	lock_take(&t->lock);
	if (t->n > 1 && t->waiting < TEAM_QUEUE) {
		t->queue[(t->first + t->waiting++) % TEAM_QUEUE] = job;
		given = true;
		pthread_cond_signal(&t->changed);
	}
	lock_release(&t->lock);
	if (!given)
		t->run(&t->members[0], job);
}

void team_return(struct member *m, struct errand *job)
{
	lock_take(&m->team->lock);
	job->next = m->team->returned;
	m->team->returned = job;
	lock_release(&m->team->lock);
}

void team_end(struct team *t)
{
	void *job;

	lock_take(&t->lock);
	t->over = true;
	pthread_cond_broadcast(&t->changed);
	lock_release(&t->lock);
	while ((job = take(t, false)) != NULL)
		t->run(&t->members[0], job);
	flight_end(&t->members[0]);
	for (unsigned i = 1; i < t->n; i++)
		pthread_join(t->members[i].thread, NULL);
	/* A server that has not missed a connection yet still has open what lay on it: we let go before we ask for the same files. */
	for (unsigned i = 1; i < t->n; i++) {
		remote_branches_fini(&t->members[i].branches);
		remote_close(&t->members[i].remote, true);
	}
	for (struct errand *e = t->returned, *next; e != NULL; e = next) {
		next = e->next;
		t->run(&t->members[0], e);
	}
	flight_end(&t->members[0]);
	remote_branches_fini(&t->members[0].branches);
	for (unsigned i = 0; i < t->n; i++) {
		lanes_free(t->members[i].lanes);
		free(t->members[i].block);
	}
	pthread_cond_destroy(&t->changed);
	lock_fini(&t->lock);
}
