/*
 * The pieces of one side of a transaction, primary and secondaries or several responses, put together. Owned by the request they
 * belong to (conn.h). What is in the pieces is trans.c's.
 */
#ifndef DUMP_JOIN_H
#define DUMP_JOIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

enum { DUMP_JOIN_PARAMETERS, DUMP_JOIN_DATA, DUMP_JOIN_PARTS };

/* What one message carries of the parameters, or of the data. */
struct dump_piece {
	size_t total; /* bytes of the whole, as this message says */
	size_t at;
	struct slice bytes;
};

struct dump_join {
	uint8_t *bytes; /* the parameters and behind them the data; NULL: no piece yet */
	size_t size[DUMP_JOIN_PARTS];  /* of the places of both */
	size_t total[DUMP_JOIN_PARTS]; /* what will come of them: it may shrink */
	size_t got[DUMP_JOIN_PARTS];
};

/* Takes the pieces of one message. True: this was the last, and whole[] is everything: views of the message, or of the join until
 * it is dropped. False: more must come, the pieces are wrong, or the whole has more than room bytes. */
bool dump_join_add(struct dump_join *j, const struct dump_piece pieces[DUMP_JOIN_PARTS], size_t room, struct slice whole[DUMP_JOIN_PARTS]);
/* Bytes that are kept. */
size_t dump_join_size(const struct dump_join *j);
void dump_join_drop(struct dump_join *j);

#endif
