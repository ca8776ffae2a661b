/*
 * Browsing: announcements sent and heard, the master's duties. A browser for each subnet, since broadcasts end there.
 * [MS-BRWS] 3.2, 3.3; elections are in elect.c.
 *
 * Announcements of others are kept whatever our role: they are broadcast, and whoever asks us for the list of servers shall
 * have a good one.
 */
#include "base/log.h"
#include "nbt/internal.h"
#include "wire/nbt/mailslot.h"

#define MINUTE_MS UINT64_C(60000)

enum {
	FIRST_ANNOUNCEMENT_MS = 3000,     /* the names are ours by then */
	FIND_MASTER_MS = 12000,           /* a start-up's grace for a master that runs to be heard */
	FIND_MASTER_AGAIN_MIN = 15,       /* its announcements come every 12 minutes at most */
	ANSWER_WITHIN_MS = 30000,         /* [MS-BRWS] 3.2.5.1 */
	FRAME_MAX = 480,
	EXPIRES_AFTER_PERIODS = 3,
	PERIOD_MAX_MS = 60 * 60000,       /* who announces more rarely cannot make us keep it for days */
	ARENA_CAP = 16384,                /* what the strings of one frame may take */
};

/* Minutes after the n-th announcement. [MS-BRWS] 3.2.6, 3.3.6 */
static const unsigned announce_minutes[] = { 1, 1, 2, 4, 8, 12 }, domain_minutes[] = { 1, 1, 5, 5, 10, 10, 15 };

static uint64_t period(const struct nbt *n, const unsigned *minutes, size_t len, unsigned count)
{
	uint64_t ms = minutes[MIN(count, len - 1)] * MINUTE_MS;

	return n->options.announce_ms != 0 ? MIN(ms, (uint64_t)n->options.announce_ms) : ms;
}

static uint64_t random_ms(const struct nbt *n, uint32_t from, uint32_t to)
{
	return from + n->io.random(n->io.user) % (to - from + 1);
}

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

/* ---- sending ---- */

static size_t encode_frame(const struct nbt *n, struct nbt_browse_frame *frame, uint8_t buf[FRAME_MAX])
{
	struct wire w;

	wire_init_encode(&w, buf, FRAME_MAX, NULL);
	w.oem = n->options.oem;
	nbt_browse_frame(&w, frame);
	return wire_ok(&w) ? w.pos : 0;
}

static void send_slot(struct nbt *n, unsigned interface, const struct nbt_name *destination, const char *slot, struct slice data)
{
	struct nbt_name source = nbt_name_for(n, n->options.name, 0x00);
	uint8_t buf[FRAME_MAX + 128];
	size_t len = dgram_make_mailslot(n, slot, data, buf, sizeof(buf));

	if (len > 0)
		dgram_send_on(n, interface, &source, destination, slice_of(buf, len));
}

void browse_send(struct nbt *n, unsigned interface, const struct nbt_name *destination, struct nbt_browse_frame *frame)
{
	uint8_t buf[FRAME_MAX];
	size_t len = encode_frame(n, frame, buf);

	if (len > 0)
		send_slot(n, interface, destination, NBT_MAILSLOT_BROWSE, slice_of(buf, len));
}

void browse_send_to(struct nbt *n, uint32_t ip, const struct nbt_name *destination, struct nbt_browse_frame *frame)
{
	struct nbt_name source = nbt_name_for(n, n->options.name, 0x00);
	uint8_t buf[FRAME_MAX], whole[FRAME_MAX + 128];
	size_t len = encode_frame(n, frame, buf);

	if (len > 0)
		len = dgram_make_mailslot(n, NBT_MAILSLOT_BROWSE, slice_of(buf, len), whole, sizeof(whole));
	if (len > 0)
		dgram_send_to(n, ip, &source, destination, slice_of(whole, len));
}

static struct nbt_name group_name(const struct nbt *n, uint8_t suffix)
{
	return nbt_name_for(n, n->options.workgroup, suffix);
}

static struct nbt_name msbrowse_name(const struct nbt *n)
{
	return nbt_name_for(n, "\x01\x02__MSBROWSE__\x02", 0x01);
}

/* As much of it as an announcement takes, in whole characters. */
static void short_comment(const struct nbt *n, char out[BRWS_COMMENT_MAX * 3 + 1])
{
	size_t len = MIN(strlen(n->options.comment), (size_t)BRWS_COMMENT_MAX * 3);

	while (len > 0 && (oem_len(n->options.oem, n->options.comment, len) > BRWS_COMMENT_MAX ||
	                   ((uint8_t)n->options.comment[len] & 0xC0) == 0x80))
		len--;
	memcpy(out, n->options.comment, len);
	out[len] = '\0';
}

static void announce_host(struct nbt *n, unsigned interface, uint64_t period_ms, uint32_t server_type)
{
	bool master = n->browsing.subnets[interface].role == NBT_MASTER_BROWSER;
	char comment[BRWS_COMMENT_MAX * 3 + 1];
	struct nbt_browse_frame frame = {
		.opcode = master ? BRWS_LOCAL_MASTER_ANNOUNCEMENT : BRWS_HOST_ANNOUNCEMENT,
		.announcement = {
			.periodicity = (uint32_t)period_ms,
			.server_name = n->options.name,
			.os_version_major = n->options.version_major, .os_version_minor = n->options.version_minor,
			.server_type = server_type,
			.browser_version_major = BRWS_VERSION_MAJOR, .browser_version_minor = BRWS_VERSION_MINOR,
			.signature = BRWS_SIGNATURE,
			.comment = comment,
		},
	};
	struct nbt_name to = group_name(n, master ? 0x1E : 0x1D);

	short_comment(n, comment);
	browse_send(n, interface, &to, &frame);
}

static void announce_lanman(struct nbt *n, unsigned interface, uint64_t period_ms, uint32_t server_type)
{
	struct nbt_lanman_frame frame = {
		.opcode = LANMAN_ANNOUNCE, .server_type = server_type,
		.version_major = n->options.version_major, .version_minor = n->options.version_minor,
		.periodicity = (uint16_t)(period_ms / 1000), .server_name = n->options.name, .comment = n->options.comment,
	};
	struct nbt_name to = group_name(n, 0x00);
	uint8_t buf[FRAME_MAX];
	struct wire w;

	wire_init_encode(&w, buf, sizeof(buf), NULL);
	w.oem = n->options.oem;
	nbt_lanman_frame(&w, &frame);
	if (wire_ok(&w))
		send_slot(n, interface, &to, NBT_MAILSLOT_LANMAN, slice_of(buf, w.pos));
}

static void announce(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	uint64_t next = period(n, announce_minutes, ARRAY_LEN(announce_minutes), b->announce_count++);
	bool lanman = n->options.lm_announce == NBT_LM_ALWAYS || (n->options.lm_announce == NBT_LM_AUTO && n->browsing.lm_heard);

	announce_host(n, interface, next, browse_server_type(n, b));
	if (lanman)
		announce_lanman(n, interface, next, browse_server_type(n, b));
	b->announce_at = now + next;
	b->answer_at = UINT64_MAX;
}

static void announce_domain(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	uint64_t next = period(n, domain_minutes, ARRAY_LEN(domain_minutes), b->domain_count++);
	struct nbt_browse_frame frame = {
		.opcode = BRWS_DOMAIN_ANNOUNCEMENT,
		.announcement = {
			.periodicity = (uint32_t)next,
			.server_name = n->options.workgroup,
			.os_version_major = 3, .os_version_minor = 10, /* what Windows for Workgroups wants to see */
			.server_type = BRWS_SV_TYPE_DOMAIN_ENUM | BRWS_SV_TYPE_NT,
			.browser_version_major = BRWS_VERSION_MAJOR, .browser_version_minor = BRWS_VERSION_MINOR,
			.signature = BRWS_SIGNATURE,
			.comment = n->options.name,
		},
	};
	struct nbt_name to = msbrowse_name(n);

	browse_send(n, interface, &to, &frame);
	b->domain_at = now + next;
}

/* ---- master and not ---- */

void browse_become_master(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	struct nbt_name master = group_name(n, 0x1D), msbrowse = msbrowse_name(n), group = group_name(n, 0x00);
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
	struct nbt_name master = group_name(n, 0x1D), msbrowse = msbrowse_name(n);

	own_release_local(n, now, &master, interface);
	own_release_local(n, now, &msbrowse, interface);
	b->role = NBT_POTENTIAL_BROWSER;
	b->domain_at = UINT64_MAX;
	b->announce_count = 0;
	b->announce_at = now + FIRST_ANNOUNCEMENT_MS;
	b->find_master_at = now + MINUTE_MS;
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
		.question = { group_name(n, 0x1D), NBT_RR_NB, NBT_CLASS_IN },
	};
	const struct ask_request request = {
		.packet = &query, .from_ip = n->interfaces[interface].ip,
		.to = { n->interfaces[interface].broadcast, n->options.name_port }, .broadcast = true,
		.interval_ms = BCAST_REQ_RETRY_TIMEOUT_MS, .tries = BCAST_REQ_RETRY_COUNT, .fn = master_found, .user = b,
	};

	b->find_master_at = now + FIND_MASTER_AGAIN_MIN * MINUTE_MS;
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
		struct nbt_name to = group_name(n, 0x1E);
		announce_host(n, i, 0, 0);
		if (n->browsing.subnets[i].role == NBT_MASTER_BROWSER)
			browse_send(n, i, &to, &election);
	}
	n->options.browser = false;
}

/* ---- what others say ---- */

/* The group of an announcement is that of the name it was sent to. */
static void heard_server(struct nbt *n, uint64_t now, const struct nbt_dgm *m, struct nbt_peer from, const struct brws_announcement *a)
{
	struct nbt_browse_entry e = {
		.server_type = a->server_type & ~BRWS_SV_TYPE_DOMAIN_ENUM, .version_major = a->os_version_major,
		.version_minor = a->os_version_minor, .is_local = true,
	};

	nbt_name_utf8(n, &m->destination_name, e.group);
	snprintf(e.name, sizeof(e.name), "%s", a->server_name);
	snprintf(e.comment, sizeof(e.comment), "%s", a->comment);
	if (e.name[0] == '\0')
		return;
	bool changed = a->server_type == 0 || a->periodicity == 0
		? servers_drop(&n->browsing.list, e.group, e.name)
		: servers_put(&n->browsing.list, &e, from.ip, now + EXPIRES_AFTER_PERIODS * (uint64_t)MIN(a->periodicity, (uint32_t)PERIOD_MAX_MS));
	if (changed)
		browse_changed(n);
}

static void heard_group(struct nbt *n, uint64_t now, struct nbt_peer from, const struct brws_announcement *a)
{
	struct nbt_browse_entry e = { .server_type = a->server_type | BRWS_SV_TYPE_DOMAIN_ENUM, .is_local = true };

	snprintf(e.name, sizeof(e.name), "%s", a->server_name);
	snprintf(e.comment, sizeof(e.comment), "%s", a->comment);
	if (e.name[0] != '\0' && servers_put(&n->browsing.list, &e, from.ip,
	                                     now + EXPIRES_AFTER_PERIODS * (uint64_t)MIN(a->periodicity, (uint32_t)PERIOD_MAX_MS)))
		browse_changed(n);
}

static bool is_our_group(const struct nbt *n, const struct nbt_name *name)
{
	char text[BRWS_NAME_LEN * 3 + 1];

	nbt_name_utf8(n, name, text);
	return utf8_casecmp(text, n->options.workgroup) == 0;
}

static void heard_master(struct nbt *n, uint64_t now, unsigned interface, const struct nbt_dgm *m, const struct brws_announcement *a)
{
	struct browser *b = &n->browsing.subnets[interface];

	if (!is_our_group(n, &m->destination_name) || utf8_casecmp(a->server_name, n->options.name) == 0)
		return;
	if (b->role == NBT_MASTER_BROWSER) { /* two of them: let the better one win */
		elect_start(n, now, interface);
		return;
	}
	snprintf(b->master, sizeof(b->master), "%s", a->server_name);
	if (b->find_master_at != UINT64_MAX)
		b->find_master_at = now + FIND_MASTER_AGAIN_MIN * MINUTE_MS;
}

static void answer_backup_list(struct nbt *n, uint64_t now, unsigned interface, const struct nbt_dgm *m, struct nbt_peer from,
			       const struct nbt_browse_frame *request)
{
	struct nbt_browse_frame reply = { .opcode = BRWS_GET_BACKUP_LIST_RESPONSE, .token = request->token };
	struct nbt_name source = nbt_name_for(n, n->options.name, 0x00);
	uint8_t buf[FRAME_MAX];

	if (n->browsing.subnets[interface].role != NBT_MASTER_BROWSER || !is_our_group(n, &m->destination_name))
		return;
	reply.backup_server_list[reply.backup_server_count++] = n->options.name;
	for (const struct server_entry *e = n->browsing.list.servers; e != NULL; e = e->next)
		if ((e->entry.server_type & BRWS_SV_TYPE_BACKUP_BROWSER) != 0 && utf8_casecmp(e->entry.group, n->options.workgroup) == 0 &&
		    reply.backup_server_count < MIN(MAX(request->requested_count, 1), BRWS_BACKUPS_MAX))
			reply.backup_server_list[reply.backup_server_count++] = e->entry.name;
	size_t len = encode_frame(n, &reply, buf);
	if (len > 0)
		nbt_send_mailslot(n, now, &source, &m->source_name, false, NBT_MAILSLOT_BROWSE, slice_of(buf, len));
}

static void become_backup(struct nbt *n, uint64_t now, unsigned interface, const char *name)
{
	struct browser *b = &n->browsing.subnets[interface];

	if (b->role != NBT_POTENTIAL_BROWSER || utf8_casecmp(name, n->options.name) != 0)
		return;
	b->role = NBT_BACKUP_BROWSER;
	b->announce_at = now;
	domain_soon(n, now);
	browse_changed(n);
}

static void reset_state(struct nbt *n, uint64_t now, unsigned interface, uint8_t command)
{
	struct browser *b = &n->browsing.subnets[interface];

	/* "Stop" is ignored, as by Windows: one datagram must not end our browsing. */
	if (b->role == NBT_MASTER_BROWSER && (command & (BRWS_RESET_STATE_STOP_MASTER | BRWS_RESET_STATE_CLEAR_ALL)) != 0)
		browse_lose_master(n, now, interface);
	else if (b->role == NBT_BACKUP_BROWSER && (command & BRWS_RESET_STATE_CLEAR_ALL) != 0)
		b->role = NBT_POTENTIAL_BROWSER;
	browse_changed(n);
}

/* A cursor over a frame that came; the caller ends the arena. */
static struct wire frame_begin(const struct nbt *n, struct slice data, struct arena *arena)
{
	struct wire w;

	arena_init(arena, ARENA_CAP);
	wire_init_decode(&w, data, arena);
	w.oem = n->options.oem;
	return w;
}

void browse_frame(struct nbt *n, uint64_t now, unsigned interface, const struct nbt_dgm *m, struct nbt_peer from, struct slice data)
{
	struct browser *b = &n->browsing.subnets[interface];
	struct nbt_browse_frame f = { 0 };
	struct arena arena;
	struct wire w;

	if (!n->options.browser)
		return;
	w = frame_begin(n, data, &arena);
	nbt_browse_frame(&w, &f);
	switch (wire_ok(&w) ? f.opcode : 0) {
	case BRWS_HOST_ANNOUNCEMENT: heard_server(n, now, m, from, &f.announcement); break;
	case BRWS_LOCAL_MASTER_ANNOUNCEMENT:
		heard_server(n, now, m, from, &f.announcement);
		heard_master(n, now, interface, m, &f.announcement);
		break;
	case BRWS_DOMAIN_ANNOUNCEMENT: heard_group(n, now, from, &f.announcement); break;
	case BRWS_ANNOUNCEMENT_REQUEST: b->answer_at = MIN(b->answer_at, now + random_ms(n, 0, ANSWER_WITHIN_MS)); break;
	case BRWS_REQUEST_ELECTION:
		if (is_our_group(n, &m->destination_name))
			elect_frame(n, now, interface, &f.election);
		break;
	case BRWS_GET_BACKUP_LIST_REQUEST: answer_backup_list(n, now, interface, m, from, &f); break;
	case BRWS_MASTER_ANNOUNCEMENT: domain_heard_master(n, now, from, f.name); break;
	case BRWS_BECOME_BACKUP: become_backup(n, now, interface, f.name); break;
	case BRWS_RESET_STATE_REQUEST: reset_state(n, now, interface, f.reset_state_command); break;
	default: break;
	}
	arena_fini(&arena);
}

void browse_lanman(struct nbt *n, uint64_t now, unsigned interface, const struct nbt_dgm *m, struct nbt_peer from, struct slice data)
{
	struct nbt_lanman_frame f = { 0 };
	struct arena arena;
	struct wire w;

	if (!n->options.browser)
		return;
	w = frame_begin(n, data, &arena);
	nbt_lanman_frame(&w, &f);
	if (wire_ok(&w)) {
		n->browsing.lm_heard = true;
		if (f.opcode == LANMAN_REQUEST_ANNOUNCE)
			n->browsing.subnets[interface].answer_at = now + random_ms(n, 0, ANSWER_WITHIN_MS);
		else
			heard_server(n, now, m, from, &(struct brws_announcement){
				.periodicity = (uint32_t)f.periodicity * 1000, .server_name = f.server_name, .server_type = f.server_type,
				.os_version_major = f.version_major, .os_version_minor = f.version_minor, .comment = f.comment });
	}
	arena_fini(&arena);
}

/* ---- time ---- */

static void tick_subnet(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	struct nbt_name master = group_name(n, 0x1D);

	/* Somebody defends <1D> against us: he is the master, whatever the election said. */
	if (b->role == NBT_MASTER_BROWSER && own_state_on(n, &master, interface) == CLAIM_CONFLICT)
		browse_lose_master(n, now, interface);
	if (b->election_at <= now)
		elect_tick(n, now, interface);
	if (b->find_master_at <= now)
		find_master(n, now, interface);
	if (b->announce_at <= now || b->answer_at <= now)
		announce(n, now, interface);
	if (b->domain_at <= now)
		announce_domain(n, now, interface);
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
