/* Requests that wait for an answer: sent again until it comes or the tries are used up. [RFC1002] 5.1.2.4 */
#include <stdlib.h>

#define HASH_FUNCTION(key, len, hashv) HASH_FNV(key, len, hashv)
#include <uthash.h>

#include "nbt/internal.h"

/* Windows gives up a name server that asks for longer; ours asks for seconds. */
enum { WACK_MAX_S = 60 };
enum { ASKS_MAX = 8192 };

struct ask {
	uint16_t id;
	uint32_t from_ip;
	struct nbt_peer to;
	bool broadcast, owns_user;
	unsigned interval_ms, tries_left;
	uint64_t deadline;
	ask_fn fn;
	void *user;
	size_t len;
	UT_hash_handle hh;
	uint8_t bytes[];
};

static struct ask *find(const struct nbt *n, uint16_t id)
{
	struct ask *a;

	HASH_FIND(hh, n->asks.by_id, &id, sizeof(id), a);
	return a;
}

static uint16_t free_id(struct nbt *n)
{
	do
		n->asks.next_id++;
	while (n->asks.next_id == 0 || find(n, n->asks.next_id) != NULL);
	return n->asks.next_id;
}

static void send_it(struct nbt *n, uint64_t now, struct ask *a)
{
	a->tries_left--;
	a->deadline = now + a->interval_ms;
	n->io.send(n->io.user, NBT_NAME_SERVICE, a->from_ip, a->to, slice_of(a->bytes, a->len));
}

uint16_t ask_start(struct nbt *n, uint64_t now, const struct ask_request *request)
{
	uint8_t buf[PACKET_MAX];

	if (n->asks.n >= ASKS_MAX)
		return 0;
	request->packet->name_trn_id = free_id(n);
	size_t len = nbt_encode_ns(request->packet, buf, sizeof(buf));
	struct ask *a = len > 0 ? malloc(sizeof(*a) + len) : NULL;
	if (a == NULL)
		return 0;
	*a = (struct ask){
		.id = request->packet->name_trn_id,
		.from_ip = request->from_ip,
		.to = request->to,
		.broadcast = request->broadcast,
		.owns_user = request->owns_user,
		.interval_ms = request->interval_ms,
		.tries_left = request->tries,
		.fn = request->fn,
		.user = request->user,
		.len = len,
	};
	memcpy(a->bytes, buf, len);
	HASH_ADD(hh, n->asks.by_id, id, sizeof(a->id), a);
	n->asks.n++;
	uint16_t id = a->id;
	send_it(n, now, a);
	return id;
}

static void end(struct nbt *n, struct ask *a)
{
	HASH_DEL(n->asks.by_id, a);
	n->asks.n--;
	if (a->owns_user)
		free(a->user);
	free(a);
}

void ask_cancel(struct nbt *n, uint16_t id)
{
	struct ask *a = id != 0 ? find(n, id) : NULL;

	if (a != NULL)
		end(n, a);
}

void ask_cancel_all(struct nbt *n)
{
	struct ask *a, *next;

	HASH_ITER(hh, n->asks.by_id, a, next)
		end(n, a);
}

void ask_on_reply(struct nbt *n, uint64_t now, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	struct ask *a = find(n, reply->name_trn_id);

	/* A conflict demand has an id of its own choice; it is told apart before. Anything else that nobody asked for, or that
	 * comes from somebody else than was asked, is dropped: it would poison our cache. */
	if (a == NULL || (!a->broadcast && a->to.ip != from.ip))
		return;
	if (nbt_ns_opcode(reply) == NBT_OPCODE_WACK) {
		uint32_t wait = reply->has_answer ? reply->answer.ttl : 0;
		a->deadline = now + (uint64_t)MIN(MAX(wait, 1u), (uint32_t)WACK_MAX_S) * 1000;
		return;
	}
	uint16_t id = a->id;
	enum ask_verdict verdict = a->fn(n, now, a->user, reply, from);
	a = find(n, id);
	if (verdict == ASK_DONE && a != NULL)
		end(n, a);
}

static void silence(struct nbt *n, uint64_t now, struct ask *a)
{
	ask_fn fn = a->fn;
	void *user = a->user, *owned = a->owns_user ? user : NULL;

	a->owns_user = false;
	end(n, a);
	fn(n, now, user, NULL, (struct nbt_peer){ 0 });
	free(owned);
}

/* One that is due, or NULL. Callbacks start and end asks, so the search begins anew after each. */
static struct ask *due(const struct nbt *n, uint64_t now)
{
	for (struct ask *a = n->asks.by_id; a != NULL; a = a->hh.next)
		if (a->deadline <= now)
			return a;
	return NULL;
}

void ask_tick(struct nbt *n, uint64_t now)
{
	if (ask_deadline(n) > now)
		return;
	for (struct ask *a = due(n, now); a != NULL; a = due(n, now)) {
		if (a->tries_left > 0)
			send_it(n, now, a);
		else
			silence(n, now, a);
	}
}

uint64_t ask_deadline(const struct nbt *n)
{
	uint64_t at = UINT64_MAX;

	for (const struct ask *a = n->asks.by_id; a != NULL; a = a->hh.next)
		at = MIN(at, a->deadline);
	return at;
}
