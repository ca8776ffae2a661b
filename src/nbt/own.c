/* Our names: which there are, on which interfaces (claim.c), when they are refreshed. They are defended in answer.c. */
#include <stdlib.h>

#include "nbt/internal.h"

uint16_t own_node_flags(const struct nbt *n)
{
	static const uint16_t flags[] = { NBT_NB_B_NODE, NBT_NB_P_NODE, NBT_NB_M_NODE, NBT_NB_H_NODE };

	return flags[n->options.node_type];
}

struct own_name *own_find(const struct nbt *n, const struct nbt_name *name)
{
	for (unsigned i = 0; i < n->n_names; i++)
		if (nbt_name_equal(&n->names[i]->name, name))
			return n->names[i];
	return NULL;
}

bool own_is_active(const struct own_name *name)
{
	for (unsigned i = 0; i < NBT_INTERFACES_MAX; i++)
		if (name->claims[i].state == CLAIM_ACTIVE)
			return true;
	return false;
}

void own_claim_everything(struct nbt *n, uint64_t now, unsigned interface)
{
	for (unsigned i = 0; i < n->n_names; i++)
		if (!n->names[i]->local)
			claim_begin(n->names[i], now, n, interface);
}

/* Claims are found by their address while an ask is under way, so those that move ask again. */
void own_forget_interface(struct nbt *n, unsigned interface, unsigned n_before)
{
	for (unsigned i = 0; i < n->n_names; i++) {
		struct claim *claims = n->names[i]->claims;
		for (unsigned k = interface; k < n_before; k++) {
			ask_cancel(n, claims[k].ask);
			claims[k].ask = 0;
			claims[k].renewing = false;
		}
		for (unsigned k = interface; k + 1 < n_before; k++) {
			claims[k] = claims[k + 1];
			claims[k].interface = k;
			if (claims[k].state != CLAIM_ACTIVE && claims[k].state != CLAIM_CONFLICT)
				claims[k].refresh_at = 0;
		}
		claims[n_before - 1] = (struct claim){ 0 };
	}
}

void own_challenged(struct nbt *n, uint64_t now, struct own_name *name)
{
	for (unsigned i = 0; i < n->n_interfaces; i++) {
		struct claim *c = &name->claims[i];
		if (c->state == CLAIM_ACTIVE && c->ask == 0)
			claim_begin(name, now, n, i);
	}
}

/* ---- giving names back ---- */

void own_release_everything(struct nbt *n, uint64_t now)
{
	for (unsigned i = 0; i < n->n_names; i++)
		for (unsigned k = 0; k < n->n_interfaces; k++)
			claim_release(&n->names[i]->claims[k], now);
}

static void delete_at(struct nbt *n, unsigned at)
{
	free(n->names[at]);
	memmove(n->names + at, n->names + at + 1, (n->n_names - at - 1) * sizeof(n->names[0]));
	n->n_names--;
}

bool nbt_name_delete(struct nbt *n, uint64_t now, const struct nbt_name *name)
{
	for (unsigned i = 0; i < n->n_names; i++) {
		if (!nbt_name_equal(&n->names[i]->name, name))
			continue;
		for (unsigned k = 0; k < n->n_interfaces; k++)
			claim_release(&n->names[i]->claims[k], now);
		delete_at(n, i);
		return true;
	}
	return false;
}

static struct own_name *add(struct nbt *n, const struct nbt_name *name, bool group)
{
	struct own_name *own = n->n_names < NBT_OWN_NAMES_MAX ? calloc(1, sizeof(*own)) : NULL;

	if (own == NULL)
		return NULL;
	own->name = *name;
	own->group = group;
	n->names[n->n_names++] = own;
	return own;
}

bool nbt_name_add(struct nbt *n, uint64_t now, const struct nbt_name *name, bool group)
{
	struct own_name *own = own_find(n, name);

	if (own != NULL)
		return own->group == group;
	own = add(n, name, group);
	for (unsigned i = 0; own != NULL && i < n->n_interfaces; i++)
		claim_begin(own, now, n, i);
	return own != NULL;
}

void own_claim_local(struct nbt *n, uint64_t now, const struct nbt_name *name, bool group, unsigned interface)
{
	struct own_name *own = own_find(n, name);

	if (own == NULL)
		own = add(n, name, group);
	if (own == NULL)
		return;
	own->local = true;
	if (own->claims[interface].nbt == NULL || own->claims[interface].state == CLAIM_CONFLICT)
		claim_begin(own, now, n, interface);
}

void own_release_local(struct nbt *n, uint64_t now, const struct nbt_name *name, unsigned interface)
{
	bool used = false;

	for (unsigned i = 0; i < n->n_names; i++) {
		struct own_name *own = n->names[i];
		if (!own->local || !nbt_name_equal(&own->name, name))
			continue;
		claim_release(&own->claims[interface], now);
		own->claims[interface] = (struct claim){ 0 };
		for (unsigned k = 0; k < n->n_interfaces; k++)
			used = used || own->claims[k].nbt != NULL;
		if (!used)
			delete_at(n, i);
		return;
	}
}

enum claim_state own_state_on(const struct nbt *n, const struct nbt_name *name, unsigned interface)
{
	const struct own_name *own = own_find(n, name);

	return own != NULL ? own->claims[interface].state : CLAIM_NONE;
}

/* ---- state and time ---- */

enum nbt_name_state nbt_name_state(const struct nbt *n, const struct nbt_name *name)
{
	const struct own_name *own = own_find(n, name);
	bool conflict = false;

	if (own == NULL)
		return NBT_NAME_NONE;
	if (own_is_active(own))
		return NBT_NAME_ACTIVE;
	for (unsigned i = 0; i < n->n_interfaces; i++)
		conflict = conflict || own->claims[i].state == CLAIM_CONFLICT;
	return conflict ? NBT_NAME_CONFLICT : NBT_NAME_CLAIMING;
}

unsigned nbt_names(const struct nbt *n, struct nbt_node_name *out, unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n->n_names && count < max; i++) {
		const struct own_name *own = n->names[i];
		enum nbt_name_state state = nbt_name_state(n, &own->name);
		if (state == NBT_NAME_CLAIMING)
			continue;
		struct nbt_node_name *to = &out[count++];
		memcpy(to->netbios_name, own->name.bytes, NBT_NAME_LEN);
		to->name_flags = (uint16_t)(own_node_flags(n) | (own->group ? NBT_NB_G : 0) |
		                            (state == NBT_NAME_ACTIVE ? NBT_NAME_ACT : NBT_NAME_CNF));
	}
	return count;
}

void own_tick(struct nbt *n, uint64_t now)
{
	for (unsigned i = 0; i < n->n_names && !n->stopping; i++) {
		for (unsigned k = 0; k < n->n_interfaces; k++) {
			struct claim *c = &n->names[i]->claims[k];
			if (c->nbt == NULL || c->ask != 0 || c->refresh_at > now)
				continue;
			c->refresh_at = UINT64_MAX;
			if (c->state == CLAIM_ACTIVE)
				claim_renew(c, now);
			else
				claim_begin(c->name, now, n, k);
		}
	}
}

uint64_t own_deadline(const struct nbt *n)
{
	uint64_t at = UINT64_MAX;

	for (unsigned i = 0; i < n->n_names && !n->stopping; i++)
		for (unsigned k = 0; k < n->n_interfaces; k++)
			if (n->names[i]->claims[k].nbt != NULL && n->names[i]->claims[k].ask == 0)
				at = MIN(at, n->names[i]->claims[k].refresh_at);
	return at;
}
