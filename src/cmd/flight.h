/*
 * Errands: what a member has under way on his connection, many at once, for with small files the time is spent waiting for answers.
 * An errand is a request, and the step that follows its answer. Steps run in the member's thread, one after another and outside of
 * any call, so a step may wait for calls of its own; the errand's memory is whose job it is part of.
 */
#ifndef CMD_FLIGHT_H
#define CMD_FLIGHT_H

#include "client/cli.h"

struct member;
struct errand;
typedef void (*errand_fn)(struct member *m, struct errand *e);

struct flight {
	unsigned n;                   /* errands */
	struct errand *first, **last; /* answered, their steps are still to run */
};
struct errand {
	union {
		struct cli_call call;
		struct cli_io io;
		struct cli_transaction transaction;
	} u;              /* the request under way; the step ends it (cli_call_fini, ...) */
	errand_fn step;
	struct errand *next;
	struct flight *flight;
};

void flight_init(struct flight *f);
/* The server lets enough be asked at once, and knows what errands ask. */
bool flight_pays(const struct member *m);
/* Waits until there is room for one errand more. */
void flight_enter(struct member *m, struct errand *e);
void flight_leave(struct errand *e);
/* Before a request is started in e->u, whose call is zeroed but for what brings us the answer; */
void errand_begin(struct errand *e, errand_fn step);
/* and after it: what the start gave. */
void errand_started(struct errand *e, bool started);
/* Runs the next step, or waits for something to happen. */
void flight_turn(struct member *m);
/* Until nothing is under way. */
void flight_end(struct member *m);

#endif
