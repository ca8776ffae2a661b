/* See stream.h. */
#include "dump/stream.h"

#include <stdlib.h>

struct dump_segment {
	struct dump_segment *next;
	uint32_t seq;
	size_t len, missing;
	struct dump_when when;
	uint8_t bytes[];
};

/* Sequence numbers go round. [RFC9293] 3.4 */
static int32_t distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

/* Bytes whose turn it is, at least in part. */
static void give_out(struct dump_stream *s, uint32_t seq, struct slice bytes, size_t missing, const struct dump_when *when,
                     const struct dump_stream_out *out)
{
	size_t seen = (size_t)distance(seq, s->next);

	if (seen < bytes.len) {
		s->next = seq + (uint32_t)bytes.len;
		out->bytes(out->user, when, slice_of(bytes.ptr + seen, bytes.len - seen));
		seen = bytes.len;
	}
	size_t whole = bytes.len + missing;
	if (seen < whole) {
		s->next = seq + (uint32_t)whole;
		out->lost(out->user, when, whole - seen);
	}
}

static struct dump_segment *take_first(struct dump_stream *s)
{
	struct dump_segment *first = s->waiting;

	s->waiting = first->next;
	s->waiting_len -= first->len;
	s->n_waiting--;
	return first;
}

static void drain(struct dump_stream *s, const struct dump_stream_out *out)
{
	while (s->waiting != NULL && distance(s->next, s->waiting->seq) <= 0) {
		struct dump_segment *first = take_first(s);
		give_out(s, first->seq, slice_of(first->bytes, first->len), first->missing, &first->when, out);
		free(first);
	}
}

/* What is missing before the first segment that waits will not come. */
static void give_up(struct dump_stream *s, const struct dump_stream_out *out)
{
	uint32_t len = s->waiting->seq - s->next;

	s->next = s->waiting->seq;
	out->lost(out->user, &s->waiting->when, len);
	drain(s, out);
}

static void put_aside(struct dump_stream *s, const struct dump_packet *p, const struct dump_when *when)
{
	struct dump_segment **at = &s->waiting, *copy = malloc(sizeof(*copy) + p->payload.len);

	if (copy == NULL)
		return;
	while (*at != NULL && distance((*at)->seq, p->seq) >= 0)
		at = &(*at)->next;
	*copy = (struct dump_segment){ .next = *at, .seq = p->seq, .len = p->payload.len, .missing = p->missing, .when = *when };
	memcpy(copy->bytes, p->payload.ptr, p->payload.len);
	*at = copy;
	s->waiting_len += copy->len;
	s->n_waiting++;
}

void dump_stream_add(struct dump_stream *s, const struct dump_packet *p, const struct dump_when *when, const struct dump_stream_out *out)
{
	struct dump_packet data = *p;

	if ((p->flags & DUMP_SYN) != 0)
		data.seq++;
	if (!s->started && ((p->flags & DUMP_SYN) != 0 || p->payload.len + p->missing > 0)) {
		s->started = true;
		s->next = data.seq;
	}
	if (p->payload.len + p->missing == 0)
		return;
	if (distance(s->next, data.seq) > 0)
		put_aside(s, &data, when);
	else
		give_out(s, data.seq, data.payload, data.missing, when, out);
	drain(s, out);
	while (s->waiting_len > DUMP_STREAM_WAITING || s->n_waiting > DUMP_STREAM_SEGMENTS)
		give_up(s, out);
}

void dump_stream_end(struct dump_stream *s, const struct dump_stream_out *out)
{
	while (s->waiting != NULL)
		give_up(s, out);
}

void dump_stream_fini(struct dump_stream *s)
{
	while (s->waiting != NULL)
		free(take_first(s));
	s->n_waiting = 0;
}
