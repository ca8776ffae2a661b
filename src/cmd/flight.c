#include "cmd/flight.h"

#include "cmd/team.h"

enum {
	LEFT_FREE = 2, /* of what may be under way: listings go on meanwhile */
	PAYS = 4,
};

void flight_init(struct flight *f)
{
	*f = (struct flight){ .n = 0 };
	f->last = &f->first;
}

bool flight_pays(const struct member *m)
{
	return cli_is_nt(m->cli) && cli_window(m->cli) >= PAYS;
}

static void queue(struct errand *e)
{
	e->next = NULL;
	*e->flight->last = e;
	e->flight->last = &e->next;
}

static void on_done(struct cli_call *call, struct cli_session *s)
{
	(void)s;
	queue(call->done_user);
}

void errand_begin(struct errand *e, errand_fn step)
{
	memset(&e->u, 0, sizeof(e->u));
	e->u.call.on_done = on_done;
	e->u.call.done_user = e;
	e->step = step;
}

void errand_started(struct errand *e, bool started)
{
	if (!started)
		queue(e);
}

void flight_turn(struct member *m)
{
	struct flight *f = &m->flight;
	struct errand *e = f->first;

	if (e == NULL) {
		if (!m->cli->pump(m->cli->pump_user, m->cli->session))
			cli_session_break(m->cli->session, "the connection is gone");
		return;
	}
	f->first = e->next;
	if (f->first == NULL)
		f->last = &f->first;
	e->step(m, e);
}

void flight_enter(struct member *m, struct errand *e)
{
	while (m->flight.n >= cli_window(m->cli) - LEFT_FREE)
		flight_turn(m);
	e->flight = &m->flight;
	m->flight.n++;
}

void flight_leave(struct errand *e)
{
	e->flight->n--;
}

void flight_end(struct member *m)
{
	while (m->flight.n > 0)
		flight_turn(m);
}
