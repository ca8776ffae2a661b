#include "server/rules.h"

#include <string.h>
#include <strings.h>

static const char NO_MEMORY[] = "there is not enough memory";

/* One rule's words: METHODS [for NETS] [on SHARES]. */
struct clause {
	const char **words;
	size_t n_words;
	struct net_cidr *nets;
	size_t n_nets;
	const char **shares; /* NULL: all */
};

static bool fail(const char **why, const char *text)
{
	*why = text != NULL ? text : NO_MEMORY;
	return false;
}

static bool add_net(struct arena *a, struct clause *c, const char *word, const char **why)
{
	if (net_cidr_parse(word, &c->nets[c->n_nets++]))
		return true;
	return fail(why, arena_printf(a, "%s is no address or network; write one as 192.168.7.9 or 192.168.7.0/24", word));
}

/* Cuts text (a copy) into words and sorts them. */
static bool parse_clause(struct arena *a, char *text, struct clause *c, const char **why)
{
	enum { METHODS, NETS, SHARES } part = METHODS;
	size_t max = strlen(text) / 2 + 2, n_shares = 0;
	char *save = NULL;
	*c = (struct clause){ .words = arena_array(a, max, sizeof(char *)), .nets = arena_array(a, max, sizeof(struct net_cidr)) };
	const char **shares = arena_array(a, max, sizeof(char *));
	if (c->words == NULL || c->nets == NULL || shares == NULL)
		return fail(why, NULL);
	for (char *word = strtok_r(text, " \t,", &save); word != NULL; word = strtok_r(NULL, " \t,", &save)) {
		if (part == METHODS && strcasecmp(word, "for") == 0) {
			part = NETS;
		} else if (part != SHARES && strcasecmp(word, "on") == 0) {
			part = SHARES;
			c->shares = shares;
		} else if (part == METHODS) {
			c->words[c->n_words++] = word;
		} else if (part == SHARES) {
			shares[n_shares++] = word;
		} else if (!add_net(a, c, word, why)) {
			return false;
		}
	}
	if (part == SHARES && n_shares == 0)
		return fail(why, "no share behind `on`");
	if (part != METHODS && c->n_nets == 0)
		return fail(why, "no address behind `for`");
	return true;
}

static bool add_methods(struct arena *a, struct smb1_legacy_rule *rule, const char *word, const char **why)
{
	static const struct {
		const char *word;
		unsigned methods;
		bool share_level;
	} words[] = {
		{ "plaintext", AUTH_BIT(AUTH_PLAINTEXT), false },
		{ "lm", AUTH_BIT(AUTH_LM), false },
		{ "ntlm", AUTH_BIT(AUTH_NTLM) | AUTH_BIT(AUTH_NTLM2_SESSION), false },
		{ "share-level", 0, true },
		{ "all", AUTH_BIT(AUTH_PLAINTEXT) | AUTH_BIT(AUTH_LM) | AUTH_BIT(AUTH_NTLM) | AUTH_BIT(AUTH_NTLM2_SESSION), true },
	};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(words[i].word, word) == 0) {
			rule->methods |= words[i].methods;
			rule->share_level = rule->share_level || words[i].share_level;
			return true;
		}
	return fail(why, arena_printf(a, "%s is no method; write plaintext, lm, ntlm, share-level or all", word));
}

static bool append_legacy(struct arena *a, const struct smb1_legacy_rule *rule, struct smb1_legacy *out, const char **why)
{
	struct smb1_legacy_rule *rules = arena_array(a, out->n_rules + 1, sizeof(*rules));
	if (rules == NULL)
		return fail(why, NULL);
	if (out->n_rules > 0)
		memcpy(rules, out->rules, out->n_rules * sizeof(*rules));
	rules[out->n_rules++] = *rule;
	out->rules = rules;
	return true;
}

static bool parse_legacy_clause(struct arena *a, char *text, struct smb1_legacy *out, const char **why)
{
	struct clause c;
	if (!parse_clause(a, text, &c, why))
		return false;
	struct smb1_legacy_rule rule = { .nets = c.nets, .n_nets = c.n_nets, .shares = c.shares };
	for (size_t i = 0; i < c.n_words; i++)
		if (!add_methods(a, &rule, c.words[i], why))
			return false;
	if (c.n_words == 0)
		return fail(why, "no method; write plaintext, lm, ntlm, share-level or all");
	if (c.n_nets == 0)
		return fail(why, "nobody is named: write `for` and the addresses that may do so, as in `lm for 192.168.7.0/24`");
	return append_legacy(a, &rule, out, why);
}

static bool append_window(struct arena *a, const struct smb1_window_rule *rule, struct smb1_legacy *out, const char **why)
{
	struct smb1_window_rule *windows = arena_array(a, out->n_windows + 1, sizeof(*windows));
	if (windows == NULL)
		return fail(why, NULL);
	if (out->n_windows > 0)
		memcpy(windows, out->windows, out->n_windows * sizeof(*windows));
	windows[out->n_windows++] = *rule;
	out->windows = windows;
	return true;
}

static bool parse_dialect(struct arena *a, const char *word, bool is_max, enum smb1_dialect *out, const char **why)
{
	*out = strcasecmp(word, "default") == 0 ? SMB1_DIALECT_NT_LM_0_12 : smb1_dialect_from_word(word);
	if (*out != SMB1_DIALECT_NONE)
		return true;
	/* Newer ones as the highest are what files for Samba say. */
	if (is_max && strncasecmp(word, "smb", 3) == 0) {
		*out = SMB1_DIALECT_NT_LM_0_12;
		return true;
	}
	return fail(why, arena_printf(a, "%s is not spoken here; write CORE, COREPLUS, LANMAN1, LANMAN2 or NT1 (for newer ones use Samba)",
				      word));
}

static bool parse_window_clause(struct arena *a, char *text, bool is_max, struct smb1_legacy *out, const char **why)
{
	struct clause c;
	struct smb1_window_rule rule = { .is_max = is_max };
	if (!parse_clause(a, text, &c, why))
		return false;
	if (c.n_words != 1 || c.shares != NULL)
		return fail(why, "write one protocol, perhaps with `for` and addresses behind it; for one share, write it in its section");
	rule.nets = c.nets;
	rule.n_nets = c.n_nets;
	return parse_dialect(a, c.words[0], is_max, &rule.dialect, why) && append_window(a, &rule, out, why);
}

static void drop_windows(struct arena *a, bool is_max, struct smb1_legacy *out)
{
	struct smb1_window_rule *kept = arena_array(a, out->n_windows + 1, sizeof(*kept));
	size_t n = 0;
	for (size_t i = 0; kept != NULL && i < out->n_windows; i++)
		if (out->windows[i].is_max != is_max)
			kept[n++] = out->windows[i];
	out->windows = kept;
	out->n_windows = n;
}

bool rules_parse_legacy(struct arena *a, const char *text, struct smb1_legacy *out, const char **why)
{
	char *save = NULL, *copy = arena_strdup(a, text);
	if (copy == NULL)
		return fail(why, NULL);
	for (char *clause = strtok_r(copy, ";", &save); clause != NULL; clause = strtok_r(NULL, ";", &save))
		if (clause[strspn(clause, " \t")] != '\0' && !parse_legacy_clause(a, clause, out, why))
			return false;
	return true;
}

bool rules_parse_window(struct arena *a, const char *text, bool is_max, struct smb1_legacy *out, const char **why)
{
	char *save = NULL, *copy = arena_strdup(a, text);
	if (copy == NULL)
		return fail(why, NULL);
	drop_windows(a, is_max, out);
	for (char *clause = strtok_r(copy, ";", &save); clause != NULL; clause = strtok_r(NULL, ";", &save))
		if (!parse_window_clause(a, clause, is_max, out, why))
			return false;
	return true;
}

static bool append_page(struct arena *a, const struct smb1_page_rule *rule, struct smb1_legacy *out, const char **why)
{
	struct smb1_page_rule *pages = arena_array(a, out->n_pages + 1, sizeof(*pages));
	if (pages == NULL)
		return fail(why, NULL);
	if (out->n_pages > 0)
		memcpy(pages, out->pages, out->n_pages * sizeof(*pages));
	pages[out->n_pages++] = *rule;
	out->pages = pages;
	return true;
}

static bool parse_charset_clause(struct arena *a, char *text, const char **page, struct smb1_legacy *out, const char **why)
{
	struct clause c;
	if (!parse_clause(a, text, &c, why))
		return false;
	if (c.n_words != 1 || c.shares != NULL)
		return fail(why, "write one code page, perhaps with `for` and addresses behind it");
	struct smb1_page_rule rule = { .page = oem_page_get(c.words[0]), .nets = c.nets, .n_nets = c.n_nets };
	if (rule.page == NULL)
		return fail(why, arena_printf(a, "iconv has no code page %s for DOS; write one as CP437, CP850 or CP936", c.words[0]));
	if (c.n_nets > 0)
		return append_page(a, &rule, out, why);
	*page = c.words[0];
	return true;
}

bool rules_parse_charset(struct arena *a, const char *text, const char **page, struct smb1_legacy *out, const char **why)
{
	char *save = NULL, *copy = arena_strdup(a, text);
	if (copy == NULL)
		return fail(why, NULL);
	out->n_pages = 0;
	for (char *clause = strtok_r(copy, ";", &save); clause != NULL; clause = strtok_r(NULL, ";", &save))
		if (!parse_charset_clause(a, clause, page, out, why))
			return false;
	return true;
}

bool rules_add_everything(struct arena *a, const char *net, struct smb1_legacy *out, const char **why)
{
	const char *all = arena_printf(a, "all for %s", net);
	return all != NULL ? rules_parse_legacy(a, all, out, why) : fail(why, NULL);
}
