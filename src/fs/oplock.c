/* The machine of oplocks. Pure; see oplock.h. */
#include "fs/oplock.h"

#include <stdlib.h>

#include "base/bytes.h"

void fs_oplocks_fini(struct fs_oplocks *t)
{
	while (t->held != NULL) {
		struct fs_oplock *next = t->held->next;
		free(t->held);
		t->held = next;
	}
}

static bool is_exclusive(const struct fs_oplock *o)
{
	return o->level >= FS_OPLOCK_EXCLUSIVE;
}

static struct fs_oplock *exclusive_holder(const struct fs_oplocks *t)
{
	return t->held != NULL && is_exclusive(t->held) ? t->held : NULL;
}

static struct fs_oplock **link_of(struct fs_oplocks *t, uint64_t open_id)
{
	struct fs_oplock **at = &t->held;
	while (*at != NULL && (*at)->open_id != open_id)
		at = &(*at)->next;
	return at;
}

static struct fs_oplock *unlink_at(struct fs_oplock **at)
{
	struct fs_oplock *o = *at;
	*at = o->next;
	o->next = NULL;
	return o;
}

static enum fs_oplock_level grantable(const struct fs_oplocks *t, const struct fs_oplock_wish *wish, bool others, bool locked)
{
	if (wish->level == FS_OPLOCK_NONE || exclusive_holder(t) != NULL)
		return FS_OPLOCK_NONE;
	if (!others && t->held == NULL)
		return wish->level;
	return wish->level_ii && !locked ? FS_OPLOCK_LEVEL_II : FS_OPLOCK_NONE;
}

enum fs_oplock_level fs_oplock_grant(struct fs_oplocks *t, const struct fs_oplock_wish *wish, bool others, bool locked)
{
	enum fs_oplock_level level = grantable(t, wish, others, locked);
	struct fs_oplock *o = level != FS_OPLOCK_NONE ? malloc(sizeof(*o)) : NULL;
	if (o == NULL)
		return FS_OPLOCK_NONE;
	*o = (struct fs_oplock){
		.next = t->held, .conn_id = wish->conn_id, .open_id = wish->open_id, .level = level, .level_ii = wish->level_ii,
	};
	t->held = o;
	return level;
}

static void settle(struct fs_oplock **at, enum fs_oplock_level level)
{
	if (level == FS_OPLOCK_NONE)
		free(unlink_at(at));
	else
		**at = (struct fs_oplock){
			.next = (*at)->next, .conn_id = (*at)->conn_id, .open_id = (*at)->open_id, .level = level, .level_ii = true,
		};
}

bool fs_oplock_break(struct fs_oplocks *t, enum fs_oplock_level from, enum fs_oplock_level to, nttime now, nttime *deadline,
		     bool *revoked, struct fs_oplock_news *news)
{
	struct fs_oplock *o = exclusive_holder(t);
	if (o == NULL || (o->level < from && !o->breaking))
		return false;
	if (o->breaking && now >= o->deadline) {
		settle(&t->held, o->to);
		*revoked = true;
		return false;
	}
	if (!o->breaking) {
		o->breaking = true;
		o->to = o->level_ii ? to : FS_OPLOCK_NONE;
		o->deadline = now + FS_OPLOCK_BREAK_MS * NTTIME_PER_MS;
		news->broken = *o;
	}
	*deadline = o->deadline;
	return true;
}

static void lose(struct fs_oplock **at, struct fs_oplock_news *news)
{
	struct fs_oplock *o = unlink_at(at);
	o->next = news->lost;
	news->lost = o;
}

void fs_oplock_break_level_ii(struct fs_oplocks *t, uint64_t except_open_id, struct fs_oplock_news *news)
{
	for (struct fs_oplock **at = &t->held; *at != NULL;) {
		if (is_exclusive(*at) || (*at)->open_id == except_open_id)
			at = &(*at)->next;
		else
			lose(at, news);
	}
}

void fs_oplock_take_level_ii(struct fs_oplocks *t, uint64_t open_id, struct fs_oplock_news *news)
{
	struct fs_oplock **at = link_of(t, open_id);
	if (*at != NULL && !is_exclusive(*at))
		lose(at, news);
}

bool fs_oplock_lower(struct fs_oplocks *t, uint64_t open_id, enum fs_oplock_level level)
{
	struct fs_oplock **at = link_of(t, open_id);
	if (*at == NULL)
		return false;
	bool ends = (*at)->breaking;
	enum fs_oplock_level most = ends ? (*at)->to : (*at)->level_ii ? FS_OPLOCK_LEVEL_II : FS_OPLOCK_NONE;
	settle(at, MIN(level, most));
	return ends;
}

bool fs_oplock_acknowledge(struct fs_oplocks *t, uint64_t open_id, enum fs_oplock_level level)
{
	struct fs_oplock **at = link_of(t, open_id);
	if (*at == NULL)
		return false;
	bool ends = (*at)->breaking;
	if (ends)
		settle(at, MIN(level, (*at)->to));
	else if (!is_exclusive(*at) && level == FS_OPLOCK_NONE)
		settle(at, FS_OPLOCK_NONE);
	return ends;
}

bool fs_oplock_close(struct fs_oplocks *t, uint64_t open_id)
{
	struct fs_oplock **at = link_of(t, open_id);
	if (*at == NULL)
		return false;
	bool ends = (*at)->breaking;
	settle(at, FS_OPLOCK_NONE);
	return ends;
}

static const struct fs_oplock *oplock_of(const struct fs_oplocks *t, uint64_t open_id)
{
	const struct fs_oplock *o = t->held;
	while (o != NULL && o->open_id != open_id)
		o = o->next;
	return o;
}

enum fs_oplock_level fs_oplock_level_of(const struct fs_oplocks *t, uint64_t open_id)
{
	const struct fs_oplock *o = oplock_of(t, open_id);
	return o != NULL ? o->level : FS_OPLOCK_NONE;
}

bool fs_oplock_is_breaking(const struct fs_oplocks *t, uint64_t open_id)
{
	const struct fs_oplock *o = oplock_of(t, open_id);
	return o != NULL && o->breaking;
}

bool fs_oplock_any_level_ii(const struct fs_oplocks *t)
{
	return t->held != NULL && !is_exclusive(t->held);
}

static const char *fault_of(const struct fs_oplock *o)
{
	if (o->level == FS_OPLOCK_NONE || o->open_id == 0)
		return "an oplock of nothing";
	if (o->breaking && (!is_exclusive(o) || o->to >= FS_OPLOCK_EXCLUSIVE || o->deadline == 0))
		return "a break that cannot end";
	if (o->breaking && o->to == FS_OPLOCK_LEVEL_II && !o->level_ii)
		return "a holder is to have level II and does not know it";
	return NULL;
}

const char *fs_oplocks_fault(const struct fs_oplocks *t)
{
	for (const struct fs_oplock *o = t->held; o != NULL; o = o->next) {
		const char *why = fault_of(o);
		if (why != NULL)
			return why;
		if (is_exclusive(o) && (o != t->held || o->next != NULL))
			return "an exclusive oplock beside another one";
		for (const struct fs_oplock *p = o->next; p != NULL; p = p->next)
			if (p->open_id == o->open_id)
				return "two oplocks of one open";
	}
	return NULL;
}
