#include "smb1/legacy.h"

#include <string.h>

static bool is_among(const struct net_cidr *nets, size_t n, const struct sockaddr_storage *peer)
{
	for (size_t i = 0; i < n; i++)
		if (net_cidr_contains(&nets[i], peer))
			return true;
	return false;
}

static bool covers(const struct smb1_legacy_rule *rule, const struct sockaddr_storage *peer, const char *share)
{
	if (!is_among(rule->nets, rule->n_nets, peer))
		return false;
	if (share == NULL || rule->shares == NULL)
		return true;
	for (const char *const *name = rule->shares; *name != NULL; name++)
		if (utf8_casecmp(*name, share) == 0)
			return true;
	return false;
}

unsigned legacy_methods(const struct smb1_legacy *l, const struct sockaddr_storage *peer, const char *share)
{
	unsigned methods = 0;
	for (size_t i = 0; i < l->n_rules; i++)
		if (covers(&l->rules[i], peer, share))
			methods |= l->rules[i].methods;
	return methods;
}

bool legacy_share_level(const struct smb1_legacy *l, const struct sockaddr_storage *peer, const char *share)
{
	for (size_t i = 0; i < l->n_rules; i++)
		if (l->rules[i].share_level && covers(&l->rules[i], peer, share))
			return true;
	return false;
}

/* The last rule of the kind that names the peer, or else everybody; SMB1_DIALECT_NONE: none. */
static enum smb1_dialect border(const struct smb1_legacy *l, const struct sockaddr_storage *peer, bool is_max, bool named)
{
	enum smb1_dialect found = SMB1_DIALECT_NONE;
	for (size_t i = 0; i < l->n_windows; i++) {
		const struct smb1_window_rule *rule = &l->windows[i];
		if (rule->is_max == is_max && (rule->n_nets > 0) == named && (!named || is_among(rule->nets, rule->n_nets, peer)))
			found = rule->dialect;
	}
	return found;
}

static bool is_old(const struct smb1_legacy *l, const struct sockaddr_storage *peer)
{
	const unsigned old_methods = AUTH_BIT(AUTH_LM) | AUTH_BIT(AUTH_PLAINTEXT);
	return (legacy_methods(l, peer, NULL) & old_methods) != 0 || legacy_share_level(l, peer, NULL);
}

struct legacy_window legacy_window(const struct smb1_legacy *l, const struct sockaddr_storage *peer)
{
	struct legacy_window w = { border(l, peer, false, true), border(l, peer, true, true) };
	if (w.min == SMB1_DIALECT_NONE && is_old(l, peer))
		w.min = SMB1_DIALECT_CORE;
	if (w.min == SMB1_DIALECT_NONE)
		w.min = border(l, peer, false, false);
	if (w.min == SMB1_DIALECT_NONE)
		w.min = SMB1_DIALECT_NT_LM_0_12;
	if (w.max == SMB1_DIALECT_NONE)
		w.max = border(l, peer, true, false);
	if (w.max == SMB1_DIALECT_NONE)
		w.max = SMB1_DIALECT_NT_LM_0_12;
	return w;
}

const struct oem_page *legacy_page(const struct smb1_legacy *l, const struct sockaddr_storage *peer, const struct oem_page *otherwise)
{
	const struct oem_page *found = otherwise;
	for (size_t i = 0; i < l->n_pages; i++)
		if (is_among(l->pages[i].nets, l->pages[i].n_nets, peer))
			found = l->pages[i].page;
	return found;
}

static bool copy_nets(struct arena *a, const struct net_cidr **nets, size_t n)
{
	const struct net_cidr *copy = n > 0 ? arena_dup(a, *nets, n * sizeof(**nets)) : NULL;
	*nets = copy;
	return n == 0 || copy != NULL;
}

static bool copy_names(struct arena *a, const char *const **names)
{
	size_t n = 0;
	if (*names == NULL)
		return true;
	while ((*names)[n] != NULL)
		n++;
	const char **copy = arena_array(a, n + 1, sizeof(*copy));
	if (copy == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((copy[i] = arena_strdup(a, (*names)[i])) == NULL)
			return false;
	*names = copy;
	return true;
}

bool legacy_copy(struct arena *a, const struct smb1_legacy *from, struct smb1_legacy *to)
{
	struct smb1_legacy_rule *rules = arena_array(a, from->n_rules + 1, sizeof(*rules));
	struct smb1_window_rule *windows = arena_array(a, from->n_windows + 1, sizeof(*windows));
	struct smb1_page_rule *pages = arena_array(a, from->n_pages + 1, sizeof(*pages));
	if (rules == NULL || windows == NULL || pages == NULL)
		return false;
	for (size_t i = 0; i < from->n_rules; i++) {
		rules[i] = from->rules[i];
		if (!copy_nets(a, &rules[i].nets, rules[i].n_nets) || !copy_names(a, &rules[i].shares))
			return false;
	}
	for (size_t i = 0; i < from->n_windows; i++) {
		windows[i] = from->windows[i];
		if (!copy_nets(a, &windows[i].nets, windows[i].n_nets))
			return false;
	}
	for (size_t i = 0; i < from->n_pages; i++) {
		pages[i] = from->pages[i];
		if (!copy_nets(a, &pages[i].nets, pages[i].n_nets))
			return false;
	}
	*to = (struct smb1_legacy){ rules, from->n_rules, windows, from->n_windows, pages, from->n_pages };
	return true;
}
