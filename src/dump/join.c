/* See join.h. */
#include "dump/join.h"

#include <stdlib.h>
#include <string.h>

static bool is_whole(const struct dump_piece *p)
{
	return p->at == 0 && p->bytes.len >= p->total;
}

static bool begin(struct dump_join *j, const struct dump_piece pieces[DUMP_JOIN_PARTS], size_t room)
{
	size_t parameters = pieces[DUMP_JOIN_PARAMETERS].total, data = pieces[DUMP_JOIN_DATA].total;

	if (parameters > room || data > room - parameters)
		return false;
	j->bytes = calloc(1, parameters + data);
	if (j->bytes == NULL)
		return false;
	j->size[DUMP_JOIN_PARAMETERS] = j->total[DUMP_JOIN_PARAMETERS] = parameters;
	j->size[DUMP_JOIN_DATA] = j->total[DUMP_JOIN_DATA] = data;
	return true;
}

static uint8_t *place(const struct dump_join *j, int part)
{
	return part == DUMP_JOIN_PARAMETERS ? j->bytes : j->bytes + j->size[DUMP_JOIN_PARAMETERS];
}

static bool take(struct dump_join *j, int part, const struct dump_piece *p)
{
	if (p->total < j->total[part])
		j->total[part] = p->total;
	if (p->bytes.len == 0)
		return true;
	if (p->at > j->size[part] || p->bytes.len > j->size[part] - p->at)
		return false;
	memcpy(place(j, part) + p->at, p->bytes.ptr, p->bytes.len);
	j->got[part] += p->bytes.len;
	return true;
}

bool dump_join_add(struct dump_join *j, const struct dump_piece pieces[DUMP_JOIN_PARTS], size_t room, struct slice whole[DUMP_JOIN_PARTS])
{
	bool complete = true;

	if (j->bytes == NULL && is_whole(&pieces[0]) && is_whole(&pieces[1])) {
		whole[0] = pieces[0].bytes;
		whole[1] = pieces[1].bytes;
		return true;
	}
	if (j->bytes == NULL && !begin(j, pieces, room))
		return false;
	for (int i = 0; i < DUMP_JOIN_PARTS; i++) {
		if (!take(j, i, &pieces[i])) {
			dump_join_drop(j);
			return false;
		}
		complete = complete && j->got[i] >= j->total[i];
		whole[i] = slice_of(place(j, i), j->total[i]);
	}
	return complete;
}

size_t dump_join_size(const struct dump_join *j)
{
	return j->bytes != NULL ? j->size[0] + j->size[1] : 0;
}

void dump_join_drop(struct dump_join *j)
{
	free(j->bytes);
	*j = (struct dump_join){ .bytes = NULL };
}
