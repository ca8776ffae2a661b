/*
 * Browsing: which role we have, and when something is to be said. A browser for each subnet, since broadcasts end there.
 * [MS-BRWS] 3.2, 3.3; what is said is in browse_announce.c and browse_heard.c, elections in elect.c.
 */
#include "base/log.h"
#include "nbt/internal.h"

enum {
	FIRST_ANNOUNCEMENT_MS = 3000,     /* the names are ours by then */
	FIND_MASTER_MS = 12000,           /* a start-up's grace for a master that runs to be heard */
};

void browse_changed(struct nbt *n)
{
	if (n->io.browse_list_changed != NULL)
		n->io.browse_list_changed(n->io.user);
}

uint32_t browse_server_type(const struct nbt *n, const struct browser *b)
{
	static const uint32_t bits[] = {
		[NBT_NO_BROWSER] = 0, [NBT_POTENTIAL_BROWSER] = BRWS_SV_TYPE_POTENTIAL_BROWSER,
		[NBT_BACKUP_BROWSER] = BRWS_SV_TYPE_POTENTIAL_BROWSER | BRWS_SV_TYPE_BACKUP_BROWSER,
		[NBT_MASTER_BROWSER] = BRWS_SV_TYPE_POTENTIAL_BROWSER | BRWS_SV_TYPE_BACKUP_BROWSER | BRWS_SV_TYPE_MASTER_BROWSER,
	};
	bool domain = n->options.domain_master && b->role == NBT_MASTER_BROWSER && n->options.n_nbns > 0;

	return n->options.server_type | bits[b->role] | (domain ? BRWS_SV_TYPE_DOMAIN_MASTER : 0);
}

/* ---- master and not ---- */

void browse_become_master(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	struct nbt_name master = browse_group_name(n, 0x1D), msbrowse = browse_msbrowse_name(n), group = browse_group_name(n, 0x00);
	struct nbt_browse_frame request = { .opcode = BRWS_ANNOUNCEMENT_REQUEST, .name = n->options.name };

	log_info("local master browser of %s on %s", n->options.workgroup, n->interfaces[interface].name);
	b->role = NBT_MASTER_BROWSER;
	b->announce_count = b->domain_count = 0;
	own_claim_local(n, now, &master, false, interface);
	own_claim_local(n, now, &msbrowse, true, interface);
	browse_send(n, interface, &group, &request);
	b->announce_at = now + FIRST_ANNOUNCEMENT_MS;
	b->domain_at = now + FIRST_ANNOUNCEMENT_MS;
	b->find_master_at = UINT64_MAX;
	domain_soon(n, now);
	browse_changed(n);
}

void browse_lose_master(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	struct nbt_name master = browse_group_name(n, 0x1D), msbrowse = browse_msbrowse_name(n);

	own_release_local(n, now, &master, interface);
	own_release_local(n, now, &msbrowse, interface);
	b->role = NBT_POTENTIAL_BROWSER;
	b->domain_at = UINT64_MAX;
	b->announce_count = 0;
	b->announce_at = now + FIRST_ANNOUNCEMENT_MS;
	b->find_master_at = now + BROWSE_MINUTE_MS;
	browse_changed(n);
}

static enum ask_verdict master_found(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	const struct browser *asked = user;
	unsigned interface = (unsigned)(asked - n->browsing.subnets);

	if (reply == NULL && interface < n->n_interfaces && n->browsing.subnets[interface].role != NBT_NO_BROWSER)
		elect_start(n, now, interface);
	return ASK_DONE;
}

/* Is there one who has <1D>? If nobody says so, there is an election. */
static void find_master(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	struct nbt_ns_packet query = {
		.flags = nbt_ns_flags(NBT_OPCODE_QUERY, NBT_RD | NBT_B),
		.has_question = true,
		.question = { browse_group_name(n, 0x1D), NBT_RR_NB, NBT_CLASS_IN },
	};
	const struct ask_request request = {
		.packet = &query, .from_ip = n->interfaces[interface].ip,
		.to = { n->interfaces[interface].broadcast, n->options.name_port }, .broadcast = true,
		.interval_ms = BCAST_REQ_RETRY_TIMEOUT_MS, .tries = BCAST_REQ_RETRY_COUNT, .fn = master_found, .user = b,
	};

	b->find_master_at = now + BROWSE_FIND_MASTER_AGAIN_MIN * BROWSE_MINUTE_MS;
	if (n->options.preferred_master && b->master[0] == '\0')
		elect_start(n, now, interface);
	else
		ask_start(n, now, &request);
}

void browse_start(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	bool potential = n->options.local_master || n->options.preferred_master;

	*b = (struct browser){ .announce_at = UINT64_MAX, .domain_at = UINT64_MAX, .election_at = UINT64_MAX,
		               .find_master_at = UINT64_MAX, .answer_at = UINT64_MAX };
	if (!n->options.browser)
		return;
	if (n->browsing.started == 0)
		n->browsing.started = now;
	b->role = potential ? NBT_POTENTIAL_BROWSER : NBT_NO_BROWSER;
	b->announce_at = now + FIRST_ANNOUNCEMENT_MS;
	if (potential)
		b->find_master_at = now + (n->options.preferred_master ? FIRST_ANNOUNCEMENT_MS : FIND_MASTER_MS);
}

/* The last word: type 0 takes us off all lists; version and criteria 0 let the others elect at once. */
void browse_stop(struct nbt *n, uint64_t now)
{
	for (unsigned i = 0; i < n->n_interfaces && n->options.browser; i++) {
		struct nbt_browse_frame election = { .opcode = BRWS_REQUEST_ELECTION, .election = { .server_name = n->options.name } };
		struct nbt_name to = browse_group_name(n, 0x1E);
		browse_announce_host(n, i, 0, 0);
		if (n->browsing.subnets[i].role == NBT_MASTER_BROWSER)
			browse_send(n, i, &to, &election);
	}
	n->options.browser = false;
}

/* ---- time ---- */

static void tick_subnet(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	struct nbt_name master = browse_group_name(n, 0x1D);

	/* Somebody defends <1D> against us: he is the master, whatever the election said. */
	if (b->role == NBT_MASTER_BROWSER && own_state_on(n, &master, interface) == CLAIM_CONFLICT)
		browse_lose_master(n, now, interface);
	if (b->election_at <= now)
		elect_tick(n, now, interface);
	if (b->find_master_at <= now)
		find_master(n, now, interface);
	if (b->announce_at <= now || b->answer_at <= now)
		browse_announce(n, now, interface);
	if (b->domain_at <= now)
		browse_announce_domain(n, now, interface);
}

void browse_tick(struct nbt *n, uint64_t now)
{
	if (!n->options.browser)
		return;
	for (unsigned i = 0; i < n->n_interfaces; i++)
		tick_subnet(n, now, i);
	if (servers_expire(&n->browsing.list, now))
		browse_changed(n);
}

uint64_t browse_deadline(const struct nbt *n)
{
	uint64_t at = n->options.browser ? servers_deadline(&n->browsing.list) : UINT64_MAX;

	for (unsigned i = 0; i < n->n_interfaces && n->options.browser; i++) {
		const struct browser *b = &n->browsing.subnets[i];
		at = MIN(at, MIN(MIN(b->announce_at, b->answer_at), MIN(b->domain_at, MIN(b->election_at, b->find_master_at))));
	}
	return at;
}
