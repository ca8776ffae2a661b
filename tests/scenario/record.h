/*
 * Turns what a scenario sends into an input for tests/fuzz/fuzz_session.c, whose format this writes: with
 * LONGHOUSE_RECORD=DIR in the environment every test leaves one file there (tests/fuzz/seeds.py makes the corpus of them).
 */
#ifndef TESTS_RECORD_H
#define TESTS_RECORD_H

#include "fake_net.h"

void record_begin(void);
/* A message that a client is about to send; identifiers in use are written as their places in the tables. */
void record_request(const struct fake_conn *c, const uint8_t *message, size_t len);
void record_time(uint64_t ms);
void record_end(void);

#endif
