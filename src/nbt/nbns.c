/* The name server's requests. [RFC1002] 5.1.4; what Windows does beyond it: [MS-WINSRA] 3.3, FIELD A8 */
#include "nbt/nbns.h"

#include <stdlib.h>

#include "base/log.h"
#include "nbt/nbns_internal.h"

enum {
	MIN_TTL_S = 6 * 3600, MAX_TTL_S = 6 * 86400, EXTINCTION_INTERVAL_S = 4 * 86400, EXTINCTION_TIMEOUT_S = 6 * 86400,
	MAX_NAMES = 262144, MAX_NAMES_PER_HOST = 32768, /* a host has a dozen; a flood must not fill the memory */
	SCOPE_MAX = 237,           /* Windows' limit: 255 without what the name itself takes */
	EXPIRE_EVERY_MS = 10000,
	POLL_EVERY_MS = 2000,      /* for what `longhouse names` has changed */
};
#define GROUP_ADDRESS 0xFFFFFFFFu /* what a group's query gives: the broadcast of whoever asks */

static void set_default(uint32_t *option, uint32_t value)
{
	if (*option == 0)
		*option = value;
}

struct nbns *nbns_open(const struct nbns_options *options)
{
	struct nbns *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->options = *options;
	set_default(&s->options.min_ttl_s, MIN_TTL_S);
	set_default(&s->options.max_ttl_s, MAX_TTL_S);
	set_default(&s->options.extinction_interval_s, EXTINCTION_INTERVAL_S);
	set_default(&s->options.extinction_timeout_s, EXTINCTION_TIMEOUT_S);
	set_default(&s->options.max_names, MAX_NAMES);
	set_default(&s->options.max_names_per_host, MAX_NAMES_PER_HOST);
	s->db = nbns_db_open(options->path, true);
	if (s->db == NULL || !records_load(s)) {
		nbns_close(s);
		return NULL;
	}
	return s;
}

void nbns_close(struct nbns *s)
{
	if (s == NULL)
		return;
	if (s->db != NULL)
		nbns_commit(s);
	challenges_free(s);
	records_unload(s);
	nbns_db_close(s->db);
	free(s);
}

size_t nbns_count(const struct nbns *s)
{
	return HASH_COUNT(s->records);
}

uint64_t nbns_wall(const struct nbns *s, uint64_t now)
{
	return s->options.wall_at_zero_s + now / 1000;
}

static bool may_ask(const struct nbns *s, uint32_t ip)
{
	for (unsigned i = 0; i < s->options.n_allow; i++)
		if (((ip ^ s->options.allow[i].ip) & s->options.allow[i].mask) == 0)
			return true;
	return s->options.n_allow == 0;
}

static uint8_t suffix_of(const struct nbt_name *name)
{
	return name->bytes[NBT_NAME_LEN - 1];
}

/* ---- answers ---- */

static uint32_t source_ip(const struct nbt *n, uint32_t to_ip, struct nbt_peer from)
{
	return nbt_is_own_address(n, to_ip) ? to_ip : n->interfaces[nbt_interface_for(n, to_ip, from.ip)].ip;
}

void nbns_answer(struct nbt *n, const struct nbns_claim *claim, unsigned rcode, uint32_t ttl)
{
	struct nbt_nb_address address = { claim->nb_flags, claim->ip };
	unsigned opcode = claim->opcode == NBT_OPCODE_RELEASE ? NBT_OPCODE_RELEASE : NBT_OPCODE_REGISTRATION;
	unsigned flags = opcode == NBT_OPCODE_RELEASE ? NBT_AA : NBT_AA | NBT_RD | NBT_RA;
	struct nbt_ns_packet reply = {
		.name_trn_id = claim->trn_id,
		.flags = (uint16_t)(NBT_R | nbt_ns_flags(opcode, flags | rcode)),
		.has_answer = true,
		.answer = nbt_nb_record(&claim->name, ttl, &address, 1),
	};

	nbt_hold_ns(n, source_ip(n, claim->to_ip, claim->from), claim->from, &reply);
}

/* ---- queries ---- */

static unsigned addresses_of(const struct record *r, uint32_t first, struct nbt_nb_address out[NBT_ADDRESSES_MAX])
{
	unsigned count = 0;

	if (r->kind == NBNS_GROUP) {
		out[0] = (struct nbt_nb_address){ r->nb_flags, GROUP_ADDRESS };
		return 1;
	}
	if (first != 0)
		out[count++] = (struct nbt_nb_address){ r->nb_flags, first };
	for (unsigned i = 0; i < r->n_members && count < NBT_ADDRESSES_MAX; i++)
		if (r->members[i].ip != first)
			out[count++] = (struct nbt_nb_address){ r->nb_flags, r->members[i].ip };
	return count;
}

/* Of the domain controllers the one that is master browser comes first: clients take the first for the PDC. */
static uint32_t primary_of(const struct nbns *s, const struct record *r)
{
	struct nbt_name name = record_name(r);

	if (suffix_of(&name) != 0x1C)
		return 0;
	name.bytes[NBT_NAME_LEN - 1] = 0x1B;
	const struct record *master = record_find(s, &name);
	return master != NULL && master->state == NBNS_ACTIVE && master->n_members > 0 ? master->members[0].ip : 0;
}

void nbns_query(struct nbns *s, struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip)
{
	const struct nbt_name *name = &q->question.question_name;
	const struct record *r = record_find(s, name);
	uint64_t wall = nbns_wall(s, now);
	struct nbt_nb_address addresses[NBT_ADDRESSES_MAX];
	unsigned count = r != NULL && r->state == NBNS_ACTIVE ? addresses_of(r, primary_of(s, r), addresses) : 0;

	if (!may_ask(s, from.ip))
		return;
	struct nbt_ns_packet reply = nbt_reply_to(q, NBT_OPCODE_QUERY, NBT_AA | NBT_RD | NBT_RA | (count == 0 ? NBT_NAM_ERR : 0));
	if (count > 0)
		reply.answer = nbt_nb_record(name, r->is_static || r->expires_s <= wall ? 0 : (uint32_t)(r->expires_s - wall), addresses, count);
	else
		reply.answer = (struct nbt_ns_record){ .rr_name = *name, .rr_type = NBT_RR_NULL, .rr_class = NBT_CLASS_IN };
	nbt_hold_ns(n, source_ip(n, to_ip, from), from, &reply);
}

unsigned nbns_members(const struct nbns *s, const struct nbt_name *name, uint32_t out[NBT_ADDRESSES_MAX])
{
	const struct record *r = record_find(s, name);
	unsigned count = 0;

	for (unsigned i = 0; r != NULL && r->state == NBNS_ACTIVE && i < r->n_members; i++)
		out[count++] = r->members[i].ip;
	return count;
}

/* ---- registration ---- */

static uint32_t granted_ttl(const struct nbns *s, uint32_t wanted)
{
	return wanted == 0 ? s->options.max_ttl_s : MIN(MAX(wanted, s->options.min_ttl_s), s->options.max_ttl_s);
}

static enum nbns_kind kind_of(const struct nbns_claim *claim)
{
	if ((claim->nb_flags & NBT_NB_G) == 0)
		return NBNS_UNIQUE;
	return suffix_of(&claim->name) == 0x1C ? NBNS_INTERNET_GROUP : NBNS_GROUP;
}

void nbns_enter(struct nbns *s, struct nbt *n, uint64_t now, const struct nbns_claim *claim, bool add)
{
	struct record *r = record_find(s, &claim->name);
	uint32_t ttl = granted_ttl(s, claim->ttl);
	enum nbns_kind kind = kind_of(claim);

	if (r == NULL && nbns_count(s) < s->options.max_names)
		r = record_new(s, &claim->name);
	if (r == NULL) {
		log_warning("the name server's table is full: a name was refused");
		nbns_answer(n, claim, NBT_SRV_ERR, 0);
		return;
	}
	if (!add || r->state != NBNS_ACTIVE)
		record_clear(s, r);
	if (!record_add(s, r, claim->ip, nbns_wall(s, now) + ttl)) {
		if (r->n_members == 0)
			record_free(s, r, true);
		nbns_answer(n, claim, NBT_RFS_ERR, 0);
		return;
	}
	r->kind = kind == NBNS_UNIQUE && r->n_members > 1 ? NBNS_MULTIHOMED : kind;
	r->state = NBNS_ACTIVE;
	r->nb_flags = claim->nb_flags;
	r->expires_s = nbns_wall(s, now) + ttl;
	record_changed(s, r);
	nbns_answer(n, claim, NBT_RCODE_OK, ttl);
}

/* A claim on a name that is in use. */
static void claim_in_use(struct nbns *s, struct nbt *n, uint64_t now, const struct record *r, const struct nbns_claim *claim)
{
	bool group = (claim->nb_flags & NBT_NB_G) != 0, is_group = r->kind == NBNS_GROUP || r->kind == NBNS_INTERNET_GROUP;
	bool same_host = record_has(r, claim->ip);

	if (r->is_static) {
		bool agrees = group == is_group && (is_group || same_host);
		nbns_answer(n, claim, agrees ? NBT_RCODE_OK : NBT_ACT_ERR, agrees ? granted_ttl(s, claim->ttl) : 0);
	} else if (group && is_group) {
		nbns_enter(s, n, now, claim, true);
	} else if (!group && !is_group && same_host) {
		nbns_enter(s, n, now, claim, true);
	} else if (is_group) {
		nbns_answer(n, claim, NBT_ACT_ERR, 0);
	} else {
		challenge_start(s, n, now, r, claim);
	}
}

static struct nbns_claim claim_from(const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip)
{
	return (struct nbns_claim){
		.name = q->question.question_name,
		.opcode = nbt_ns_opcode(q),
		.trn_id = q->name_trn_id,
		.nb_flags = q->additional.addresses[0].nb_flags & (NBT_NB_G | NBT_NB_ONT),
		.ip = q->additional.addresses[0].nb_address,
		.ttl = q->additional.ttl,
		.from = from,
		.to_ip = to_ip,
	};
}

/* Addresses that no station can have. */
static bool is_no_address(uint32_t ip)
{
	return ip == 0 || ip >> 28 >= 0xE;
}

void nbns_register(struct nbns *s, struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip)
{
	struct nbns_claim claim = claim_from(q, from, to_ip);
	const struct record *r = record_find(s, &claim.name);

	if (!may_ask(s, from.ip) || challenge_is_under_way(s, &claim))
		return;
	if (strlen(claim.name.scope) > SCOPE_MAX)
		nbns_answer(n, &claim, NBT_SRV_ERR, 0);
	else if (is_no_address(claim.ip) || (claim.name.bytes[0] == '*' && claim.name.bytes[1] == 0))
		nbns_answer(n, &claim, NBT_RFS_ERR, 0);
	else if (suffix_of(&claim.name) == 0x1D) /* a master browser of each subnet: all may have it, so nobody is told */
		nbns_answer(n, &claim, NBT_RCODE_OK, granted_ttl(s, claim.ttl));
	else if (r == NULL || (r->state != NBNS_ACTIVE && !r->is_static))
		nbns_enter(s, n, now, &claim, false);
	else
		claim_in_use(s, n, now, r, &claim);
}

/* ---- release ---- */

static void release(struct nbns *s, uint64_t now, struct record *r, uint32_t ip)
{
	/* A group is for ever, so far as those who asked in between know: only its last refresh ends it. */
	if (r->kind == NBNS_GROUP) {
		record_remove(s, r, ip);
		record_changed(s, r);
		return;
	}
	if (r->n_members > 1) {
		record_remove(s, r, ip);
	} else {
		r->state = NBNS_RELEASED;
		r->expires_s = nbns_wall(s, now) + s->options.extinction_interval_s;
	}
	record_changed(s, r);
}

void nbns_release(struct nbns *s, struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip)
{
	struct nbns_claim claim = claim_from(q, from, to_ip);
	struct record *r = record_find(s, &claim.name);

	if (!may_ask(s, from.ip))
		return;
	bool in_use = r != NULL && r->state == NBNS_ACTIVE;
	if (in_use && (r->is_static || (r->kind != NBNS_GROUP && !record_has(r, claim.ip)))) {
		nbns_answer(n, &claim, NBT_ACT_ERR, 0);
		return;
	}
	if (in_use)
		release(s, now, r, claim.ip);
	nbns_answer(n, &claim, NBT_RCODE_OK, 0);
}

/* ---- time ---- */

static void reload(struct nbns *s)
{
	nbns_commit(s);
	records_unload(s);
	records_load(s);
	log_info("the name server's database was changed by another program: %zu names", nbns_count(s));
}

bool nbns_commit(struct nbns *s)
{
	bool ok = nbns_db_commit(s->db) && !s->failed;

	s->failed = false;
	return ok;
}

void nbns_tick(struct nbns *s, uint64_t now)
{
	if (now >= s->expire_at) {
		s->expire_at = now + EXPIRE_EVERY_MS;
		records_expire(s, nbns_wall(s, now));
	}
	if (now >= s->poll_at) {
		s->poll_at = now + POLL_EVERY_MS;
		if (nbns_db_was_changed(s->db))
			reload(s);
	}
}

uint64_t nbns_deadline(const struct nbns *s)
{
	return MIN(s->expire_at, s->poll_at);
}
