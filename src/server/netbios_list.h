/* The list of servers in memory shared by two processes: bulletin.h. */
#ifndef SERVER_NETBIOS_LIST_H
#define SERVER_NETBIOS_LIST_H

#include <stdatomic.h>

#include "nbt/nbt.h"

enum { NETBIOS_LIST_MAX = 2050 /* what the machine keeps, and itself */ };

struct netbios_list {
	atomic_uint sequence;
	uint32_t n;
	struct nbt_browse_entry entries[NETBIOS_LIST_MAX];
};

/* NULL: logged. Shared with children to come. */
struct netbios_list *netbios_list_new(void);
void netbios_list_free(struct netbios_list *list);
/* The one writer. */
void netbios_list_write(struct netbios_list *list, const struct nbt *nbt);
/* A copy whose strings end; freed by the caller. NULL: no memory, or it is being written for too long. */
struct nbt_browse_entry *netbios_list_read(struct netbios_list *list, size_t *n);

#endif
