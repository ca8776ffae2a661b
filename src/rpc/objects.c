/* What a client has open on a pipe: policy handles, the domains, users and groups behind them. They go with the pipe. */
#include <stdlib.h>

#include "base/random.h"
#include "rpc/internal.h"

enum { OBJECTS_MAX = 256 /* clients have a handful; bounds a hostile one */ };

struct rpc_object *rpc_object_new(struct rpc_call *c, enum rpc_object_kind kind, struct dce_handle *out)
{
	struct rpc_objects *all = &c->pipe->objects;
	struct rpc_object *o = all->n < OBJECTS_MAX ? calloc(1, sizeof(*o)) : NULL;
	if (o == NULL)
		return NULL;
	o->kind = kind;
	random_bytes(&o->handle.uuid, sizeof(o->handle.uuid));
	o->next = all->first;
	all->first = o;
	all->n++;
	*out = o->handle;
	return o;
}

static bool is_handle(const struct rpc_object *o, const struct dce_handle *h)
{
	return h->attributes == o->handle.attributes && dce_uuid_equal(&h->uuid, &o->handle.uuid);
}

struct rpc_object *rpc_object_find(struct rpc_call *c, const struct dce_handle *handle, enum rpc_object_kind kind)
{
	struct rpc_object *o = c->pipe->objects.first;
	while (o != NULL && !is_handle(o, handle))
		o = o->next;
	if (o != NULL && (o->kind == kind || kind == RPC_ANY_OBJECT))
		return o;
	c->fault = NCA_S_FAULT_CONTEXT_MISMATCH;
	return NULL;
}

static void release(struct rpc_object *o, nttime now)
{
	if (o->state_free != NULL)
		o->state_free(o->state, now);
	free(o);
}

void rpc_object_close(struct rpc_call *c, struct dce_handle *handle)
{
	struct rpc_object *o = rpc_object_find(c, handle, RPC_ANY_OBJECT);
	struct rpc_objects *all = &c->pipe->objects;
	if (o == NULL)
		return;
	struct rpc_object **link = &all->first;
	while (*link != o)
		link = &(*link)->next;
	*link = o->next;
	all->n--;
	release(o, c->caller->now);
	*handle = (struct dce_handle){ .attributes = 0 };
}

void rpc_objects_free(struct rpc_objects *all, nttime now)
{
	while (all->first != NULL) {
		struct rpc_object *next = all->first->next;
		release(all->first, now);
		all->first = next;
	}
	all->n = 0;
}
