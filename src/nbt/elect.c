/* Elections of the local master browser. [MS-BRWS] 3.3.5.8, 3.3.6 */
#include "base/log.h"
#include "nbt/internal.h"

enum {
	MASTER_DELAY_MS = 100, BACKUP_DELAY_FROM_MS = 200, BACKUP_DELAY_TO_MS = 600, POTENTIAL_DELAY_FROM_MS = 800,
	POTENTIAL_DELAY_TO_MS = 3000,
	NEXT_SEND_MS = 1000, SENDS_TO_WIN = 4,
};

static uint32_t criteria(const struct nbt *n, const struct browser *b)
{
	return (uint32_t)n->options.os_level << 24 | BRWS_CRITERIA_VERSION |
	       (n->options.n_nbns > 0 ? BRWS_CRITERIA_WINS_CLIENT : 0) | (n->options.preferred_master ? BRWS_CRITERIA_PREFERRED : 0) |
	       (b->role == NBT_MASTER_BROWSER ? BRWS_CRITERIA_MASTER : 0) | (b->role == NBT_BACKUP_BROWSER ? BRWS_CRITERIA_BACKUP : 0);
}

static uint32_t uptime(const struct nbt *n, uint64_t now)
{
	return (uint32_t)MIN(now - n->browsing.started, (uint64_t)UINT32_MAX);
}

static bool we_win(const struct nbt *n, const struct browser *b, uint64_t now, const struct brws_election *theirs)
{
	uint32_t ours = criteria(n, b), up = uptime(n, now);

	if (theirs->version != BRWS_ELECTION_VERSION)
		return theirs->version < BRWS_ELECTION_VERSION;
	if (ours != theirs->criteria)
		return ours > theirs->criteria;
	if (up != theirs->uptime)
		return up > theirs->uptime;
	return utf8_casecmp(n->options.name, theirs->server_name) < 0;
}

static uint64_t delay(const struct nbt *n, const struct browser *b)
{
	uint32_t random = n->io.random(n->io.user);

	if (b->role == NBT_MASTER_BROWSER)
		return MASTER_DELAY_MS;
	if (b->role == NBT_BACKUP_BROWSER)
		return BACKUP_DELAY_FROM_MS + random % (BACKUP_DELAY_TO_MS - BACKUP_DELAY_FROM_MS + 1);
	return POTENTIAL_DELAY_FROM_MS + random % (POTENTIAL_DELAY_TO_MS - POTENTIAL_DELAY_FROM_MS + 1);
}

static void begin(struct nbt *n, struct browser *b, uint64_t at)
{
	b->in_election = true;
	b->election_sends = 0;
	b->election_at = at;
}

void elect_start(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];

	if (!b->in_election && b->role != NBT_NO_BROWSER)
		begin(n, b, now);
}

void elect_frame(struct nbt *n, uint64_t now, unsigned interface, const struct brws_election *theirs)
{
	struct browser *b = &n->browsing.subnets[interface];

	if (b->role == NBT_NO_BROWSER)
		return;
	if (we_win(n, b, now, theirs)) {
		if (!b->in_election)
			begin(n, b, now + delay(n, b));
		return;
	}
	b->in_election = false;
	b->election_at = UINT64_MAX;
	if (b->role == NBT_MASTER_BROWSER)
		browse_lose_master(n, now, interface);
}

void elect_tick(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	struct nbt_name to = nbt_name_for(n, n->options.workgroup, 0x1E);
	struct nbt_browse_frame frame = {
		.opcode = BRWS_REQUEST_ELECTION,
		.election = { BRWS_ELECTION_VERSION, criteria(n, b), uptime(n, now), n->options.name },
	};

	if (b->election_sends >= SENDS_TO_WIN) {
		b->in_election = false;
		b->election_at = UINT64_MAX;
		browse_become_master(n, now, interface);
		return;
	}
	browse_send(n, interface, &to, &frame);
	b->election_sends++;
	b->election_at = now + NEXT_SEND_MS;
}
