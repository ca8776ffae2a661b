/* The shared list of servers. */
#include "server/netbios_list.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/log.h"
#include "server/bulletin.h"

enum { TRIES = 1000 };

struct netbios_list *netbios_list_new(void)
{
	void *p = mmap(NULL, sizeof(struct netbios_list), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		log_error("NetBIOS: %s", strerror(errno));
		return NULL;
	}
	return p;
}

void netbios_list_free(struct netbios_list *list)
{
	if (list != NULL)
		munmap(list, sizeof(*list));
}

static bool put(void *user, const struct nbt_browse_entry *e)
{
	struct netbios_list *list = user;

	list->entries[list->n++] = *e;
	return list->n < NETBIOS_LIST_MAX;
}

void netbios_list_write(struct netbios_list *list, const struct nbt *nbt)
{
	unsigned writing = bulletin_begin(&list->sequence);

	list->n = 0;
	nbt_browse_list(nbt, put, list);
	bulletin_end(&list->sequence, writing);
}

static void end_strings(struct nbt_browse_entry *e)
{
	e->name[sizeof(e->name) - 1] = '\0';
	e->group[sizeof(e->group) - 1] = '\0';
	e->comment[sizeof(e->comment) - 1] = '\0';
}

struct nbt_browse_entry *netbios_list_read(struct netbios_list *list, size_t *n)
{
	struct nbt_browse_entry *copy = NULL;

	for (int i = 0; i < TRIES; i++) {
		unsigned before = atomic_load(&list->sequence);
		size_t count = MIN(*(volatile uint32_t *)&list->n, (uint32_t)NETBIOS_LIST_MAX);
		free(copy);
		copy = calloc(count + 1, sizeof(*copy));
		if (copy == NULL)
			return NULL;
		memcpy(copy, list->entries, count * sizeof(*copy));
		if (bulletin_is_whole(&list->sequence, before)) {
			for (size_t k = 0; k < count; k++)
				end_strings(&copy[k]);
			*n = count;
			return copy;
		}
		sched_yield();
	}
	free(copy);
	return NULL;
}
