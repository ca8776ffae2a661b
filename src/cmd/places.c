#include "cmd/places.h"

#include "base/bytes.h"
#include "cmd/show.h"

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct places *p = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &p->remote; break;
	case ARGP_KEY_ARG:
		if (p->n == PLACES_MAX)
			args_error(state, "at most %d places at once", PLACES_MAX);
		p->at[p->n++] = text;
		break;
	case ARGP_KEY_NO_ARGS: args_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
const struct argp places_argp = { NULL, parse, NULL, NULL, children, NULL, NULL };

int places_each(struct places *p, places_fn fn, void *user)
{
	struct url u;

	for (unsigned i = 0; i < p->n; i++)
		remote_check(&p->remote, p->at[i], false, &u);
	for (unsigned i = 0; i < p->n; i++) {
		int before = p->result;
		p->result = REMOTE_OK;
		if (remote_go(&p->remote, p->at[i], false, &u))
			fn(user, &u);
		else
			p->result = REMOTE_FAILED;
		p->failed += p->result != REMOTE_OK;
		p->result = MAX(before, p->result);
	}
	return places_end(p);
}

int places_change(struct places *p, places_fn fn, void *user)
{
	int result = places_each(p, fn, user);

	if (p->remote.json)
		show_done(p->n - p->failed, p->failed);
	return fflush(stdout) == 0 ? result : REMOTE_FAILED;
}

int places_end(struct places *p)
{
	remote_done(&p->remote);
	arena_fini(&p->remote.arena);
	return fflush(stdout) == 0 ? p->result : REMOTE_FAILED;
}

bool places_judge(struct places *p, const struct url *u, const char *path, nt_status status)
{
	if (status == STATUS_SUCCESS)
		return true;
	remote_complain(&p->remote, u, path, status);
	p->result = REMOTE_FAILED;
	return false;
}
