/* Words of the configuration turned into options of the NetBIOS machine. */
#include "server/netbios_settings.h"

#include <stdlib.h>
#include <strings.h>

#include "base/log.h"
#include "smb1/server.h"

enum { OS_LEVEL_MAX = 255, LOOPBACK = 0x7F000001 };

/* "yes", "no", "auto" and their synonyms. */
static bool tristate(const char *what, const char *word, bool if_auto, bool *out)
{
	static const char *const yes[] = { "yes", "true", "on", "1" }, *const no[] = { "no", "false", "off", "0" };

	*out = if_auto;
	if (word == NULL || strcasecmp(word, "auto") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcasecmp(word, yes[i]) == 0 || strcasecmp(word, no[i]) == 0) {
			*out = strcasecmp(word, yes[i]) == 0;
			return true;
		}
	}
	log_error("%s = %s: write yes, no or auto", what, word);
	return false;
}

/* smb.conf allows TAG:ADDRESS for sets of servers; all of them are asked in turn. */
static bool wins_servers(const struct config *c, struct nbt_options *o)
{
	for (const char *const *word = c->wins_server; word != NULL && *word != NULL; word++) {
		const char *colon = strchr(*word, ':'), *address = colon != NULL ? colon + 1 : *word;
		uint32_t ip;
		if (!nbt_ip_parse(address, &ip)) {
			log_error("wins server = %s: write IPv4 addresses, as 192.0.2.1", *word);
			return false;
		}
		if (o->n_nbns == NBT_NBNS_MAX) {
			log_error("wins server: more than %d servers; name fewer", NBT_NBNS_MAX);
			return false;
		}
		o->nbns[o->n_nbns++] = ip;
	}
	return true;
}

static bool resolve_order(const struct config *c, struct nbt_options *o)
{
	for (const char *const *word = c->name_resolve_order; word != NULL && *word != NULL; word++) {
		enum nbt_method method;
		bool known = nbt_method_parse(*word, &method), twice = false;
		for (unsigned i = 0; known && i < o->order.n; i++)
			twice = twice || o->order.methods[i] == method;
		if (!known) {
			log_error("name resolve order: %s is no method; write some of: cache wins bcast lmhosts host", *word);
			return false;
		}
		if (!twice)
			o->order.methods[o->order.n++] = method;
	}
	return true;
}

static bool node_type(const struct config *c, bool has_servers, enum nbt_node_type *out)
{
	*out = has_servers ? NBT_H_NODE : NBT_B_NODE;
	if (c->node_type == NULL || nbt_node_type_parse(c->node_type, out))
		return true;
	log_error("netbios node type = %s: write b, p, m or h (or 1, 2, 4, 8, as DHCP does)", c->node_type);
	return false;
}

static bool aliases(const struct config *c, struct nbt_options *o)
{
	unsigned n = 0;

	for (const char *const *word = c->netbios_aliases; word != NULL && *word != NULL; word++) {
		if (n == NBT_ALIASES_MAX) {
			log_error("netbios aliases: more than %d; name fewer", NBT_ALIASES_MAX);
			return false;
		}
		o->aliases[n++] = *word;
	}
	return true;
}

static bool lm_announce(const struct config *c, struct nbt_options *o)
{
	bool announce = false;

	o->lm_announce = NBT_LM_AUTO;
	if (c->lm_announce == NULL || strcasecmp(c->lm_announce, "auto") == 0)
		return true;
	if (!tristate("lm announce", c->lm_announce, false, &announce))
		return false;
	o->lm_announce = announce ? NBT_LM_ALWAYS : NBT_LM_NEVER;
	return true;
}

static bool browsing(const struct config *c, struct nbt_options *o)
{
	o->browser = true;
	o->os_level = (uint8_t)MIN(c->os_level, (uint32_t)OS_LEVEL_MAX);
	return tristate("local master", c->local_master, true, &o->local_master) &&
	       tristate("preferred master", c->preferred_master, false, &o->preferred_master) &&
	       tristate("domain master", c->domain_master, false, &o->domain_master) && lm_announce(c, o);
}

/* ---- the name server ---- */

/* "192.0.2.0/24", "192.0.2.0/255.255.255.0", "192.0.2.7". */
static bool subnet(const char *word, struct nbns_subnet *out)
{
	char address[NBT_IP_TEXT];
	const char *slash = strchr(word, '/');
	size_t len = slash != NULL ? (size_t)(slash - word) : strlen(word);
	char *end;

	if (len >= sizeof(address))
		return false;
	memcpy(address, word, len);
	address[len] = '\0';
	out->mask = UINT32_MAX;
	if (!nbt_ip_parse(address, &out->ip))
		return false;
	if (slash == NULL || nbt_ip_parse(slash + 1, &out->mask))
		return true;
	unsigned long bits = strtoul(slash + 1, &end, 10);
	out->mask = bits == 0 ? 0 : UINT32_MAX << (32 - MIN(bits, 32ul));
	return end != slash + 1 && *end == '\0' && bits <= 32;
}

static bool allowed_subnets(const struct config *c, struct netbios_settings *out)
{
	for (const char *const *word = c->wins_hosts_allow; word != NULL && *word != NULL; word++) {
		if (out->wins.n_allow == NETBIOS_SUBNETS_MAX || !subnet(*word, &out->allow[out->wins.n_allow])) {
			log_error("wins hosts allow: %s: write at most %d subnets, as 192.0.2.0/24", *word, NETBIOS_SUBNETS_MAX);
			return false;
		}
		out->wins.n_allow++;
	}
	out->wins.allow = out->allow;
	return true;
}

static bool nbdd(const struct config *c, struct nbt_options *o)
{
	if (c->nbdd_server == NULL || nbt_ip_parse(c->nbdd_server, &o->nbdd))
		return true;
	log_error("netbios datagram server = %s: write an IPv4 address", c->nbdd_server);
	return false;
}

bool netbios_settings_make(const struct config *c, struct netbios_settings *out)
{
	*out = (struct netbios_settings){
		.nbt = {
			.name = c->netbios_name, .workgroup = c->workgroup, .comment = c->server_string,
			.scope = c->netbios_scope != NULL ? c->netbios_scope : "", .oem = oem_page_get(c->dos_charset),
			.lmhosts_file = c->lmhosts_file, .is_nbdd = c->wins_support,
			.server_type = SMB1_ANNOUNCED_TYPE, .version_major = SMB1_ANNOUNCED_MAJOR, .version_minor = SMB1_ANNOUNCED_MINOR,
			.announce_ms = c->announce_seconds * 1000,
		},
		.is_wins_server = c->wins_support,
		.wins = { .min_ttl_s = c->min_wins_ttl, .max_ttl_s = c->max_wins_ttl },
	};
	if (c->wins_support && c->wins_server != NULL) {
		log_error("wins support = yes and wins server exclude each other: a name server registers with itself");
		return false;
	}
	if (c->wins_support)
		out->nbt.nbns[out->nbt.n_nbns++] = LOOPBACK;
	return wins_servers(c, &out->nbt) && resolve_order(c, &out->nbt) && aliases(c, &out->nbt) && browsing(c, &out->nbt) &&
	       allowed_subnets(c, out) && nbdd(c, &out->nbt) && node_type(c, out->nbt.n_nbns > 0, &out->nbt.node_type);
}
