/* The shared list of servers. */
#include "server/netbios_list.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/log.h"

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
	/* A writer that died within leaves an odd number; the next one makes it whole again. */
	unsigned writing = atomic_load_explicit(&list->sequence, memory_order_relaxed) | 1;

	atomic_store_explicit(&list->sequence, writing, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	list->n = 0;
	nbt_browse_list(nbt, put, list);
	atomic_store_explicit(&list->sequence, writing + 1, memory_order_release);
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
		unsigned before = atomic_load_explicit(&list->sequence, memory_order_acquire);
		size_t count = MIN(*(volatile uint32_t *)&list->n, (uint32_t)NETBIOS_LIST_MAX);
		free(copy);
		copy = calloc(count + 1, sizeof(*copy));
		if (copy == NULL)
			return NULL;
		memcpy(copy, list->entries, count * sizeof(*copy));
		atomic_thread_fence(memory_order_acquire);
		if ((before & 1) == 0 && atomic_load_explicit(&list->sequence, memory_order_relaxed) == before) {
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
