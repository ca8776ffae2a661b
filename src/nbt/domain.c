/*
 * The list of servers across subnets. Announcements end at a router, so the local masters of a workgroup give their lists to its
 * domain master, which they find by <1B> at the name server, and take its list of everybody. Backup browsers take their local
 * master's. Lists travel over SMB; whoever drives us fetches them (nbt_io.pull_list). [MS-BRWS] 3.3.6, 3.4.5.1
 */
#include "base/log.h"
#include "nbt/internal.h"

#define PERIOD_MS (UINT64_C(12) * 60000) /* [MS-BRWS] 3.3.2: MasterAnnouncement and NetServerEnum2 timers */

enum {
	FIRST_MS = 5000,              /* a new master is heard by the others, and registered, before it asks */
	KEPT_PERIODS = 3,
	PULL_AGAIN_MS = 5000,         /* MasterAnnouncements of one master: anybody can send them in its name */
	LOCAL_LIST_ONLY = 0x40000000, /* [MS-BRWS] 2.2.1 */
};
#define EVERY_SERVER 0xFFFFFFFFu

static uint64_t period(const struct nbt *n)
{
	return n->options.announce_ms != 0 ? MIN(PERIOD_MS, (uint64_t)n->options.announce_ms) : PERIOD_MS;
}

void domain_soon(struct nbt *n, uint64_t now)
{
	struct domain *d = &n->browsing.domain;

	if (n->io.pull_list != NULL)
		d->at = MIN(d->at, now + MIN(period(n), (uint64_t)FIRST_MS));
}

uint64_t domain_deadline(const struct nbt *n)
{
	return n->browsing.domain.ask_name ? 0 : n->browsing.domain.at;
}

/* ---- fetching ---- */

static struct domain_pull *find_pull(struct domain *d, uint32_t token)
{
	for (unsigned i = 0; i < DOMAIN_PULLS_MAX; i++)
		if (d->pulls[i].token == token)
			return &d->pulls[i];
	return NULL;
}

static void pull(struct nbt *n, uint32_t ip, const char *called, uint32_t server_type)
{
	struct domain *d = &n->browsing.domain;
	struct domain_pull *p = find_pull(d, 0);

	for (unsigned i = 0; i < DOMAIN_PULLS_MAX; i++)
		if (d->pulls[i].token != 0 && d->pulls[i].ip == ip && d->pulls[i].server_type == server_type)
			return; /* it hangs */
	if (p == NULL)
		return;
	d->last_token = MAX(d->last_token + 1, 1u);
	*p = (struct domain_pull){ d->last_token, ip, server_type };
	if (!n->io.pull_list(n->io.user, p->token, ip, called, n->options.workgroup, server_type))
		p->token = 0;
}

static void pull_both(struct nbt *n, uint32_t ip, const char *called, bool local_only)
{
	pull(n, ip, called, local_only ? LOCAL_LIST_ONLY : EVERY_SERVER);
	pull(n, ip, called, BRWS_SV_TYPE_DOMAIN_ENUM | (local_only ? LOCAL_LIST_ONLY : 0));
}

static bool is_heard_here(const struct nbt *n, const struct nbt_browse_entry *e)
{
	const struct server_entry *known = servers_find(&n->browsing.list, e->group, e->name);

	return known != NULL && known->entry.is_local;
}

static bool is_group(const struct nbt_browse_entry *e)
{
	return (e->server_type & BRWS_SV_TYPE_DOMAIN_ENUM) != 0;
}

/* What this source had before and has no more. */
static bool drop_what_is_gone(struct nbt *n, const struct domain_pull *p, bool groups, uint64_t expires)
{
	struct server_list *list = &n->browsing.list;
	bool changed = false;

	for (struct server_entry *e = list->servers, *next; e != NULL; e = next) {
		next = e->next;
		if (!e->entry.is_local && e->ip == p->ip && is_group(&e->entry) == groups && e->expires != expires)
			changed = servers_drop(list, e->entry.group, e->entry.name) || changed;
	}
	return changed;
}

void nbt_list_pulled(struct nbt *n, uint64_t now, uint32_t token, const struct nbt_browse_entry *entries, size_t count)
{
	struct domain_pull *p = token != 0 ? find_pull(&n->browsing.domain, token) : NULL;
	uint64_t expires = now + KEPT_PERIODS * period(n);
	bool changed = false;

	if (p == NULL)
		return;
	bool groups = (p->server_type & BRWS_SV_TYPE_DOMAIN_ENUM) != 0 && p->server_type != EVERY_SERVER;
	for (size_t i = 0; entries != NULL && i < count; i++) {
		struct nbt_browse_entry e = entries[i];
		e.is_local = false;
		e.server_type = groups ? e.server_type | BRWS_SV_TYPE_DOMAIN_ENUM : e.server_type & ~BRWS_SV_TYPE_DOMAIN_ENUM;
		snprintf(e.group, sizeof(e.group), "%s", groups ? "" : n->options.workgroup);
		if (e.name[0] != '\0' && !is_heard_here(n, &e))
			changed = servers_put(&n->browsing.list, &e, p->ip, expires) || changed;
	}
	if (entries != NULL)
		changed = drop_what_is_gone(n, p, groups, expires) || changed;
	p->token = 0;
	if (changed)
		browse_changed(n);
}

/* ---- a local master, to its domain master ---- */

static int interface_of_role(const struct nbt *n, enum nbt_browser_role role)
{
	for (unsigned i = 0; i < n->n_interfaces; i++)
		if (n->browsing.subnets[i].role == role)
			return (int)i;
	return -1;
}

static void announce_to(struct nbt *n, uint32_t ip, const char *name)
{
	struct nbt_name to = nbt_name_for(n, name, 0x00);
	struct nbt_browse_frame frame = { .opcode = BRWS_MASTER_ANNOUNCEMENT, .name = n->options.name };

	browse_send_to(n, ip, &to, &frame);
}

/* Its computer's name: what announcements to it and sessions call. */
static bool machine_name(const struct nbt *n, const struct nbt_ns_record *record, char out[BRWS_NAME_LEN * 3 + 1])
{
	for (unsigned i = 0; record != NULL && i < record->num_names; i++) {
		struct nbt_name name = { 0 };
		memcpy(name.bytes, record->node_names[i].netbios_name, NBT_NAME_LEN);
		if (name.bytes[NBT_NAME_LEN - 1] != 0x00 || (record->node_names[i].name_flags & NBT_NB_G) != 0)
			continue;
		nbt_name_utf8(n, &name, out);
		return out[0] != '\0';
	}
	return false;
}

static void on_status(void *user, const struct nbt_ns_record *record, struct nbt_peer from)
{
	struct nbt *n = user;
	struct domain *d = &n->browsing.domain;
	char name[BRWS_NAME_LEN * 3 + 1], ip[NBT_IP_TEXT];

	d->busy = false;
	if (n->stopping || interface_of_role(n, NBT_MASTER_BROWSER) < 0 || !machine_name(n, record, name))
		return;
	log_debug("the domain master browser of %s is %s (%s)", n->options.workgroup, name, nbt_ip_text(d->master, ip));
	announce_to(n, d->master, name);
	pull_both(n, d->master, name, false);
}

static void on_address(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	struct nbt *n = user;
	struct domain *d = &n->browsing.domain;

	d->busy = false;
	if (n->stopping || !answer->found || answer->n_addresses == 0 || nbt_is_own_address(n, answer->addresses[0]))
		return;
	d->master = answer->addresses[0];
	d->ask_name = true; /* at the next tick, which knows the time */
}

static void meet_domain_master(struct nbt *n, uint64_t now)
{
	struct domain *d = &n->browsing.domain;
	struct nbt_name name = nbt_name_for(n, n->options.workgroup, 0x1B);

	if (d->busy || n->options.n_nbns == 0)
		return;
	d->busy = true; /* the answer may come at once */
	if (!nbt_lookup(n, now, &name, on_address, n))
		d->busy = false;
}

/* ---- a backup, to its local master ---- */

static void copy_from_master(struct nbt *n, const struct browser *b)
{
	const struct server_entry *master = b->master[0] != '\0' ? servers_find(&n->browsing.list, n->options.workgroup, b->master) : NULL;

	if (master != NULL && master->entry.is_local && !nbt_is_own_address(n, master->ip))
		pull_both(n, master->ip, b->master, false);
}

void domain_tick(struct nbt *n, uint64_t now)
{
	struct domain *d = &n->browsing.domain;
	struct nbt_name any = nbt_name_for(n, "*", 0x00);

	if (d->ask_name && !d->busy)
		d->busy = nbt_adapter_status(n, now, d->master, &any, on_status, n);
	d->ask_name = false;
	if (d->at > now)
		return;
	d->at = now + period(n);
	if (interface_of_role(n, NBT_MASTER_BROWSER) >= 0)
		meet_domain_master(n, now);
	for (unsigned i = 0; i < n->n_interfaces; i++)
		if (n->browsing.subnets[i].role == NBT_BACKUP_BROWSER)
			copy_from_master(n, &n->browsing.subnets[i]);
	if (interface_of_role(n, NBT_MASTER_BROWSER) < 0 && interface_of_role(n, NBT_BACKUP_BROWSER) < 0)
		d->at = UINT64_MAX;
}

/* ---- the domain master, to local masters that announce themselves ---- */

/* Where this master's last announcement is noted; the one that is longest ago makes room. */
static struct domain_local *local_of(struct domain *d, uint32_t ip)
{
	struct domain_local *oldest = &d->locals[0];

	for (unsigned i = 0; i < DOMAIN_LOCALS_MAX; i++) {
		if (d->locals[i].ip == ip)
			return &d->locals[i];
		if (d->locals[i].pulled_at < oldest->pulled_at)
			oldest = &d->locals[i];
	}
	*oldest = (struct domain_local){ .ip = ip };
	return oldest;
}

void domain_heard_master(struct nbt *n, uint64_t now, struct nbt_peer from, const char *name)
{
	struct nbt_name ours = nbt_name_for(n, n->options.workgroup, 0x1B);

	if (n->io.pull_list == NULL || !n->options.domain_master || nbt_name_state(n, &ours) != NBT_NAME_ACTIVE || nbt_is_own_address(n, from.ip))
		return;
	struct domain_local *l = local_of(&n->browsing.domain, from.ip);
	if (l->pulled_at != 0 && now < l->pulled_at + MIN(period(n), (uint64_t)PULL_AGAIN_MS))
		return;
	l->pulled_at = MAX(now, UINT64_C(1));
	pull_both(n, from.ip, name, true);
}
