#include "cmd/lanes.h"

#include <stdlib.h>

#include "base/check.h"

struct lane {
	struct lanes *lanes;
	unsigned number;
	enum { LANE_UNTRIED, LANE_UP, LANE_REFUSED } state;
	struct remote remote; /* of all but the first */
	pthread_t thread;
	bool runs;
	bool has_done; /* some of the file, */
	nt_status closed; /* and what came of it in the end */
};

struct lanes {
	struct member *m;
	bool has_given_up;
	const struct lanes_work *work;
	struct chunks chunks;
	struct lane more[LANES_MAX - 1];
};

static struct lanes *lanes_of(struct member *m)
{
	if (m->lanes != NULL)
		return m->lanes;
	m->lanes = calloc(1, sizeof(*m->lanes));
	CHECK(m->lanes != NULL);
	m->lanes->m = m;
	for (unsigned i = 0; i < ARRAY_LEN(m->lanes->more); i++) {
		m->lanes->more[i].lanes = m->lanes;
		m->lanes->more[i].number = i + 1;
	}
	return m->lanes;
}

bool lanes_pay(const struct member *m, const struct cli *c, uint64_t size)
{
	return size >= LANES_FILE_MIN && m->team->lanes > 1 && c == m->cli && cli_is_nt(c) &&
	       (m->lanes == NULL || !m->lanes->has_given_up);
}

void lanes_give_up(struct member *m)
{
	lanes_of(m)->has_given_up = true;
}

static bool work_on(struct lanes *l, unsigned number, struct cli *c, const struct cli_file *f, bool *has_done)
{
	bool good = true;
	struct chunk k;

	while (good && chunks_take(&l->chunks, number, &k)) {
		good = l->work->move(l->work->user, c, f, &k, number == 0);
		*has_done = *has_done || good;
		if (good)
			chunks_done(&l->chunks, number);
		else
			chunks_leave(&l->chunks, number);
	}
	return good;
}

static void *lane_thread(void *user)
{
	struct lane *l = user;
	const struct lanes_work *work = l->lanes->work;
	struct cli_file f;

	if (l->state == LANE_UNTRIED)
		l->state = team_connect(l->lanes->m->team, &l->remote) ? LANE_UP : LANE_REFUSED;
	if (l->state != LANE_UP || !work->open(work->user, &l->remote.cli, &f))
		return NULL;
	(void)work_on(l->lanes, l->number, &l->remote.cli, &f, &l->has_done);
	bool was_broken = l->remote.cli.session->broken;
	nt_status status = cli_close(&l->remote.cli, &f);
	l->closed = was_broken ? STATUS_SUCCESS : status;
	return NULL;
}

/* False: what it wrote may be lost, for a server may tell a full disk as late as that. */
static bool end_lane(struct lane *l)
{
	const struct lanes_work *work = l->lanes->work;

	pthread_join(l->thread, NULL);
	bool good = work->unsure == NULL || !l->has_done || l->closed == STATUS_SUCCESS;
	if (!good)
		work->unsure(work->user, &l->remote.cli, l->closed);
	if (l->state == LANE_UP && l->remote.cli.session->broken) {
		remote_close(&l->remote, false);
		l->state = LANE_REFUSED;
	}
	return good;
}

bool lanes_run(struct member *m, struct cli *c, const struct cli_file *f, uint64_t begin, uint64_t end, const struct lanes_work *work)
{
	struct lanes *l = lanes_of(m);
	unsigned n = MIN(m->team->lanes, (unsigned)LANES_MAX) - 1;

	l->work = work;
	chunks_init(&l->chunks, begin, end);
	for (unsigned i = 0; i < n; i++) {
		l->more[i].has_done = false;
		l->more[i].closed = STATUS_SUCCESS;
		l->more[i].runs = l->more[i].state != LANE_REFUSED && pthread_create(&l->more[i].thread, NULL, lane_thread, &l->more[i]) == 0;
	}
	bool has_done = false, good = work_on(l, 0, c, f, &has_done);
	if (!good)
		chunks_stop(&l->chunks);
	for (unsigned i = 0; i < n; i++)
		if (l->more[i].runs && !end_lane(&l->more[i]))
			good = false;
	good = good && !l->chunks.stopped;
	chunks_fini(&l->chunks);
	return good;
}

void lanes_free(struct lanes *l)
{
	if (l == NULL)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(l->more); i++)
		if (l->more[i].state == LANE_UP)
			remote_close(&l->more[i].remote, true);
	free(l);
}
