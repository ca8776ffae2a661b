/* Which names a machine has: it is asked itself. [RFC1002] 4.2.17 */
#include <stdlib.h>

#include "nbt/internal.h"

struct status_ask {
	nbt_status_fn fn;
	void *user;
};

static enum ask_verdict status_answered(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	struct status_ask *s = user;

	if (reply != NULL && (!reply->has_answer || reply->answer.rr_type != NBT_RR_NBSTAT))
		return ASK_GO_ON;
	s->fn(s->user, reply != NULL ? &reply->answer : NULL, from);
	return ASK_DONE;
}

bool nbt_adapter_status(struct nbt *n, uint64_t now, uint32_t ip, const struct nbt_name *name, nbt_status_fn fn, void *user)
{
	struct status_ask *s = malloc(sizeof(*s));
	struct nbt_ns_packet query = { .has_question = true, .question = { *name, NBT_RR_NBSTAT, NBT_CLASS_IN } };

	if (s == NULL || n->n_interfaces == 0) {
		free(s);
		return false;
	}
	*s = (struct status_ask){ fn, user };
	const struct ask_request request = {
		.packet = &query, .from_ip = n->interfaces[nbt_interface_for(n, 0, ip)].ip, .to = { ip, n->options.name_port },
		.interval_ms = UCAST_REQ_RETRY_TIMEOUT_MS / 2, .tries = UCAST_REQ_RETRY_COUNT, .fn = status_answered, .user = s,
		.owns_user = true,
	};
	if (ask_start(n, now, &request) != 0)
		return true;
	free(s);
	return false;
}
