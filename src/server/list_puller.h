/*
 * Fetches lists of servers from other browsers over SMB, in a thread of its own: that takes seconds, and the NetBIOS machine has to
 * go on. One owner; its descriptor tells when a list has come.
 */
#ifndef SERVER_LIST_PULLER_H
#define SERVER_LIST_PULLER_H

#include "nbt/nbt.h"

struct list_puller;

struct list_wish {
	uint32_t token, ip, server_type;
	char called[BRWS_NAME_LEN * 3 + 1], workgroup[BRWS_NAME_LEN * 3 + 1];
};
struct list_pulled {
	uint32_t token;
	bool ok;
	size_t n;
	struct nbt_browse_entry *entries; /* names, comments, types, versions */
};

/* NULL: logged. */
struct list_puller *list_puller_new(void);
/* The thread may end seconds later. NULL is allowed. */
void list_puller_free(struct list_puller *p);
/* Readable when list_puller_take has something. */
int list_puller_fd(const struct list_puller *p);
/* False: too many wait. */
bool list_puller_ask(struct list_puller *p, const struct list_wish *wish);
/* The caller's, with list_pulled_free. NULL: nothing there. */
struct list_pulled *list_puller_take(struct list_puller *p);
void list_pulled_free(struct list_pulled *l);

#endif
