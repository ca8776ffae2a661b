/*
 * What other browsers say. Announcements of others are kept whatever our role: they are broadcast, and whoever asks us for the list of
 * servers shall have a good one. [MS-BRWS] 3.2.5, 3.3.5
 */
#include "nbt/internal.h"
#include "wire/nbt/mailslot.h"

enum {
	ANSWER_WITHIN_MS = 30000,         /* [MS-BRWS] 3.2.5.1 */
	EXPIRES_AFTER_PERIODS = 3,
	PERIOD_MAX_MS = 60 * 60000,       /* who announces more rarely cannot make us keep it for days */
	ARENA_CAP = 16384,                /* what the strings of one frame may take */
};

static uint64_t random_ms(const struct nbt *n, uint32_t from, uint32_t to)
{
	return from + n->io.random(n->io.user) % (to - from + 1);
}

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
		b->find_master_at = now + BROWSE_FIND_MASTER_AGAIN_MIN * BROWSE_MINUTE_MS;
}

static void answer_backup_list(struct nbt *n, uint64_t now, unsigned interface, const struct nbt_dgm *m, struct nbt_peer from,
			       const struct nbt_browse_frame *request)
{
	struct nbt_browse_frame reply = { .opcode = BRWS_GET_BACKUP_LIST_RESPONSE, .token = request->token };
	struct nbt_name source = nbt_name_for(n, n->options.name, 0x00);
	uint8_t buf[BROWSE_FRAME_MAX];

	if (n->browsing.subnets[interface].role != NBT_MASTER_BROWSER || !is_our_group(n, &m->destination_name))
		return;
	reply.backup_server_list[reply.backup_server_count++] = n->options.name;
	for (const struct server_entry *e = n->browsing.list.servers; e != NULL; e = e->next)
		if ((e->entry.server_type & BRWS_SV_TYPE_BACKUP_BROWSER) != 0 && utf8_casecmp(e->entry.group, n->options.workgroup) == 0 &&
		    reply.backup_server_count < MIN(MAX(request->requested_count, 1), BRWS_BACKUPS_MAX))
			reply.backup_server_list[reply.backup_server_count++] = e->entry.name;
	size_t len = browse_encode(n, &reply, buf);
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
