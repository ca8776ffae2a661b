/* Servers and workgroups that were heard of: bounded, forgotten when they are silent for three of their periods. */
#include <stdlib.h>
#include <strings.h>

#include "nbt/internal.h"

enum { SERVERS_MAX = 2048 };

static bool same(const struct server_entry *e, const char *group, const char *name)
{
	return utf8_casecmp(e->entry.name, name) == 0 && utf8_casecmp(e->entry.group, group) == 0;
}

static struct server_entry **find(struct server_list *list, const char *group, const char *name)
{
	struct server_entry **link = &list->servers;

	while (*link != NULL && !same(*link, group, name))
		link = &(*link)->next;
	return link;
}

struct server_entry *servers_find(const struct server_list *list, const char *group, const char *name)
{
	struct server_entry *e = list->servers;

	while (e != NULL && !same(e, group, name))
		e = e->next;
	return e;
}

static void drop(struct server_list *list, struct server_entry **link)
{
	struct server_entry *e = *link;

	*link = e->next;
	list->n--;
	free(e);
}

static void make_room(struct server_list *list)
{
	struct server_entry **first = &list->servers;

	if (list->n < SERVERS_MAX)
		return;
	for (struct server_entry **link = &list->servers; *link != NULL; link = &(*link)->next)
		if ((*link)->expires < (*first)->expires)
			first = link;
	drop(list, first);
}

bool servers_put(struct server_list *list, const struct nbt_browse_entry *entry, uint32_t ip, uint64_t expires)
{
	struct server_entry *e = *find(list, entry->group, entry->name);
	bool changed = e == NULL;

	if (e == NULL) {
		make_room(list);
		e = calloc(1, sizeof(*e));
		if (e == NULL)
			return false;
		e->next = list->servers;
		list->servers = e;
		list->n++;
	}
	changed = changed || e->entry.server_type != entry->server_type || strcmp(e->entry.comment, entry->comment) != 0 ||
	          e->entry.is_local != entry->is_local;
	e->entry = *entry;
	e->ip = ip;
	e->expires = expires;
	return changed;
}

bool servers_drop(struct server_list *list, const char *group, const char *name)
{
	struct server_entry **link = find(list, group, name);

	if (*link == NULL)
		return false;
	drop(list, link);
	return true;
}

bool servers_expire(struct server_list *list, uint64_t now)
{
	bool changed = false;

	for (struct server_entry **link = &list->servers; *link != NULL;) {
		if ((*link)->expires <= now) {
			drop(list, link);
			changed = true;
		} else {
			link = &(*link)->next;
		}
	}
	return changed;
}

uint64_t servers_deadline(const struct server_list *list)
{
	uint64_t at = UINT64_MAX;

	for (const struct server_entry *e = list->servers; e != NULL; e = e->next)
		at = MIN(at, e->expires);
	return at;
}

void servers_clear(struct server_list *list)
{
	while (list->servers != NULL)
		drop(list, &list->servers);
}
