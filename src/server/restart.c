#include "server/restart.h"

#include <string.h>

#include "base/log.h"

enum { VALUES_MAX = 1 << 20 };

enum kind { TEXT, LIST, YES, NUMBER, PORTS };

#define ROW(name, kind, field) { name, kind, offsetof(struct config, field) }

static const struct {
	const char *name;
	enum kind kind;
	size_t offset;
} rows[] = {
	ROW("interfaces", LIST, interfaces), ROW("smb ports", PORTS, smb_ports), ROW("time zone", TEXT, time_zone),
	ROW("netbios names", YES, netbios_names), ROW("netbios aliases", LIST, netbios_aliases), ROW("netbios scope", TEXT, netbios_scope),
	ROW("netbios node type", TEXT, node_type), ROW("netbios datagram server", TEXT, nbdd_server),
	ROW("wins support", YES, wins_support), ROW("wins server", LIST, wins_server), ROW("wins hosts allow", LIST, wins_hosts_allow),
	ROW("min wins ttl", NUMBER, min_wins_ttl), ROW("max wins ttl", NUMBER, max_wins_ttl),
	ROW("name resolve order", LIST, name_resolve_order), ROW("lmhosts file", TEXT, lmhosts_file), ROW("local master", TEXT, local_master),
	ROW("preferred master", TEXT, preferred_master), ROW("domain master", TEXT, domain_master), ROW("os level", NUMBER, os_level),
	ROW("lm announce", TEXT, lm_announce), ROW("announce interval", NUMBER, announce_seconds), ROW("message command", TEXT, message_command),
	ROW("load printers", NUMBER, load_printers), ROW("cups server", TEXT, cups_server),
	ROW("web service discovery", YES, wsd), ROW("llmnr", YES, llmnr), ROW("multicast dns register", YES, mdns),
	/* Sessions hear the new ones at once, NetBIOS and discovery keep the old. */
	ROW("netbios name", TEXT, netbios_name), ROW("workgroup", TEXT, workgroup),
};

static const char *text_of_list(struct arena *a, const char *const *list)
{
	const char *text = "";
	for (; text != NULL && list != NULL && *list != NULL; list++)
		text = arena_printf(a, "%s%s ", text, *list);
	return text;
}

static const char *text_of_ports(struct arena *a, const uint16_t *ports)
{
	const char *text = "";
	for (; text != NULL && ports != NULL && *ports != 0; ports++)
		text = arena_printf(a, "%s%u ", text, *ports);
	return text;
}

/* NULL: no memory. */
static const char *text_of(struct arena *a, const struct config *c, size_t row)
{
	const void *field = (const char *)c + rows[row].offset;
	switch (rows[row].kind) {
	case TEXT: return *(const char *const *)field != NULL ? arena_strdup(a, *(const char *const *)field) : "";
	case LIST: return text_of_list(a, *(const char *const *const *)field);
	case YES: return *(const bool *)field ? "yes" : "no";
	case NUMBER: return arena_printf(a, "%u", *(const uint32_t *)field);
	case PORTS: return text_of_ports(a, *(const uint16_t *const *)field);
	}
	return NULL;
}

void restart_values_take(struct restart_values *v, const struct config *c)
{
	arena_init(&v->arena, VALUES_MAX);
	const char **texts = arena_array(&v->arena, ARRAY_LEN(rows), sizeof(*texts));
	for (size_t i = 0; texts != NULL && i < ARRAY_LEN(rows); i++)
		texts[i] = text_of(&v->arena, c, i);
	v->texts = texts;
}

void restart_values_free(struct restart_values *v)
{
	if (v->texts != NULL)
		arena_fini(&v->arena);
	v->texts = NULL;
}

unsigned restart_values_tell(const struct restart_values *v, const struct config *c)
{
	struct arena arena;
	unsigned n = 0;
	arena_init(&arena, VALUES_MAX);
	for (size_t i = 0; v->texts != NULL && i < ARRAY_LEN(rows); i++) {
		const char *text = text_of(&arena, c, i);
		if (text == NULL || v->texts[i] == NULL || strcmp(text, v->texts[i]) == 0)
			continue;
		log_warning("%s was changed; that takes effect when the server is started again", rows[i].name);
		n++;
	}
	arena_fini(&arena);
	return n;
}
