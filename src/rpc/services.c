/* From the number of an operation to its handler, and its stub in and out. */
#include "rpc/internal.h"

enum {
	ANSWER_START = 2048,
	ANSWER_MAX = RPC_OUT_MAX / 2,
};

typedef uint32_t (*handler_fn)(struct rpc_call *c, void *m);

#define RPC_OP(interface, opnum, name, ident, args, section) \
	static uint32_t handle_##interface##_##ident(struct rpc_call *c, void *m) { return rpc_##interface##_##ident(c, m); }
#include "wire/dce/operations.def"

/* Row for row as dce_operations(). */
static const handler_fn handlers[] = {
#define RPC_OP(interface, opnum, name, ident, args, section) handle_##interface##_##ident,
#define RPC_SAME(interface, opnum, name, ident, args, section) handle_##interface##_##ident,
#define RPC_REFUSED(interface, opnum, name, words, section) NULL,
#include "wire/dce/operations.def"
};

bool rpc_is_admin(const struct rpc_call *c)
{
	return c->identity->admin;
}

void rpc_list_clear(struct dce_list *list)
{
	list->has_container = list->has_buffer = false;
	list->entries_read = list->total_entries = 0;
	list->buffer = NULL;
}

/* How long a part the client would like is no more than a wish: it gets as much as an answer can surely hold. */
uint32_t rpc_list_fill(struct dce_list *list, void *items, uint32_t n, size_t item_size)
{
	enum { PART = 2000 };
	uint32_t from = list->has_resume_handle ? MIN(list->resume_handle, n) : 0;
	list->has_container = list->has_buffer = true;
	list->buffer = n > from ? (uint8_t *)items + from * item_size : items;
	list->entries_read = MIN(n - from, (uint32_t)PART);
	list->total_entries = n - from;
	list->resume_handle = from + list->entries_read < n ? from + list->entries_read : 0;
	return list->resume_handle != 0 ? WERR_MORE_DATA : WERR_SUCCESS;
}

/* Encodes an answer of unknown size: the coder is run until it fits. */
static uint32_t answer(struct rpc_call *c, dce_coder_fn code, void *m)
{
	for (size_t cap = ANSWER_START; cap <= ANSWER_MAX; cap *= 2) {
		struct arena_mark mark = arena_mark(c->arena);
		uint8_t *buf = arena_alloc(c->arena, cap);
		struct ndr n;
		if (buf == NULL)
			break;
		ndr_init_encode(&n, buf, cap, c->arena);
		code(&n, m);
		if (ndr_ok(&n)) {
			c->out = slice_of(buf, n.w.pos);
			return 0;
		}
		arena_rewind(c->arena, mark);
	}
	return NCA_S_FAULT_REMOTE_NO_MEMORY;
}

static uint32_t refuse(struct rpc_call *c, const struct dce_operation *op)
{
	size_t len = (size_t)op->words * 4;
	uint8_t *buf = arena_alloc(c->arena, len + 4);
	if (buf == NULL)
		return NCA_S_FAULT_REMOTE_NO_MEMORY;
	store_le32(buf + len, op->interface->denied);
	c->out = slice_of(buf, len + 4);
	return 0;
}

static uint32_t run(struct rpc_call *c, const struct dce_operation *op, handler_fn handler)
{
	struct ndr n;
	uint8_t *m = arena_alloc(c->arena, op->size);
	if (m == NULL)
		return NCA_S_FAULT_REMOTE_NO_MEMORY;
	ndr_init_decode(&n, c->in, c->arena);
	n.w.big_endian = c->big_endian;
	op->req(&n, m);
	if (!ndr_ok(&n))
		return RPC_X_BAD_STUB_DATA;
	uint32_t result = handler(c, m);
	memcpy(m + op->status_at, &result, sizeof(result));
	return c->fault != 0 ? c->fault : answer(c, op->rsp, m);
}

uint32_t rpc_execute(struct rpc_call *c, uint8_t interface, uint16_t opnum)
{
	size_t n;
	const struct dce_operation *ops = dce_operations(&n);
	for (size_t i = 0; i < n; i++)
		if (ops[i].interface == &dce_interfaces[interface] && ops[i].opnum == opnum)
			return handlers[i] != NULL ? run(c, &ops[i], handlers[i]) : refuse(c, &ops[i]);
	return NCA_S_OP_RNG_ERROR;
}
