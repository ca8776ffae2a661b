/* Bind: which interfaces and syntaxes a client may use on a pipe, and how long fragments are. [C706] 12.6.4.3, 12.6.4.4 */
#include <stdatomic.h>

#include "rpc/internal.h"

/* Windows gives each association a number of its own; clients only check that it is not 0. */
static uint32_t next_group(void)
{
	static atomic_uint last = 0x5000;
	uint32_t id = atomic_fetch_add(&last, 1) + 1;
	return id != 0 ? id : 1;
}

const struct rpc_context *rpc_association_find(const struct rpc_association *a, uint16_t p_cont_id)
{
	for (size_t i = 0; i < a->n_contexts; i++)
		if (a->contexts[i].p_cont_id == p_cont_id)
			return &a->contexts[i];
	return NULL;
}

static uint16_t fragment_size(uint16_t proposed)
{
	return (uint16_t)MAX(MIN(proposed, DCE_FRAG_MAX), DCE_FRAG_MIN);
}

static bool speaks_ndr(const struct dce_context *c)
{
	for (size_t i = 0; i < c->n_transfer_syn; i++) {
		const struct dce_syntax *s = &c->transfer_syntaxes[i];
		if (dce_uuid_equal(&s->if_uuid, &dce_ndr_syntax.if_uuid) && s->if_version == dce_ndr_syntax.if_version)
			return true;
	}
	return false;
}

/* The index of the interface; -1: the pipe has none of this name and major version. */
static int find_interface(const struct rpc_endpoint *endpoint, const struct dce_syntax *asked)
{
	for (size_t i = 0; i < endpoint->n_interfaces; i++) {
		const struct dce_syntax *ours = &dce_interfaces[endpoint->interfaces[i]].syntax;
		if (dce_uuid_equal(&asked->if_uuid, &ours->if_uuid) && asked->if_version == ours->if_version)
			return endpoint->interfaces[i];
	}
	return -1;
}

static struct dce_result judge(int interface, const struct dce_context *c)
{
	struct dce_result refused = { .result = DCE_PROVIDER_REJECTION };
	if (interface < 0) {
		refused.reason = DCE_ABSTRACT_SYNTAX_NOT_SUPPORTED;
		return refused;
	}
	if (!speaks_ndr(c)) {
		refused.reason = DCE_PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED;
		return refused;
	}
	return (struct dce_result){ .result = DCE_ACCEPTANCE, .transfer_syntax = dce_ndr_syntax };
}

/* An identifier that is proposed again means the new interface from now on. */
static bool remember(struct rpc_association *a, uint16_t p_cont_id, int interface)
{
	size_t i = 0;
	while (i < a->n_contexts && a->contexts[i].p_cont_id != p_cont_id)
		i++;
	if (i == ARRAY_LEN(a->contexts))
		return false;
	a->contexts[i] = (struct rpc_context){ p_cont_id, (uint8_t)interface };
	a->n_contexts = MAX(a->n_contexts, i + 1);
	return true;
}

void rpc_association_bind(struct rpc_association *a, const struct rpc_endpoint *endpoint, const struct dce_bind *in,
			  struct dce_bind_ack *out)
{
	if (a->assoc_group_id == 0) {
		a->assoc_group_id = in->assoc_group_id != 0 ? in->assoc_group_id : next_group();
		a->max_xmit_frag = fragment_size(in->max_recv_frag);
		a->max_recv_frag = fragment_size(in->max_xmit_frag);
	}
	*out = (struct dce_bind_ack){
		.max_xmit_frag = a->max_xmit_frag,
		.max_recv_frag = a->max_recv_frag,
		.assoc_group_id = a->assoc_group_id,
		.n_results = in->n_context_elem,
	};
	for (size_t i = 0; i < in->n_context_elem; i++) {
		const struct dce_context *c = &in->contexts[i];
		int interface = find_interface(endpoint, &c->abstract_syntax);
		out->results[i] = judge(interface, c);
		if (out->results[i].result == DCE_ACCEPTANCE && !remember(a, c->p_cont_id, interface))
			out->results[i] = (struct dce_result){ DCE_PROVIDER_REJECTION, DCE_LOCAL_LIMIT_EXCEEDED, { .if_version = 0 } };
	}
}
