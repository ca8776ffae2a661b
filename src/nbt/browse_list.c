/* The list as others see it: ourselves, our workgroup, and whom we have heard, sorted. */
#include <stdlib.h>

#include "nbt/internal.h"

static int by_name(const void *a, const void *b)
{
	return utf8_casecmp((*(const struct nbt_browse_entry *const *)a)->name, (*(const struct nbt_browse_entry *const *)b)->name);
}

/* Of the browsers on our subnets the one that has got furthest. */
static const struct browser *best_browser(const struct nbt *n)
{
	const struct browser *best = &n->browsing.subnets[0];

	for (unsigned i = 1; i < n->n_interfaces; i++)
		if (n->browsing.subnets[i].role > best->role)
			best = &n->browsing.subnets[i];
	return best;
}

enum nbt_browser_role nbt_browser_role(const struct nbt *n)
{
	return best_browser(n)->role;
}

static struct nbt_browse_entry ourselves(const struct nbt *n)
{
	struct nbt_browse_entry e = {
		.server_type = browse_server_type(n, best_browser(n)),
		.version_major = n->options.version_major,
		.version_minor = n->options.version_minor,
		.is_local = true,
	};

	snprintf(e.name, sizeof(e.name), "%s", n->options.name);
	snprintf(e.group, sizeof(e.group), "%s", n->options.workgroup);
	snprintf(e.comment, sizeof(e.comment), "%s", n->options.comment);
	return e;
}

static struct nbt_browse_entry our_group(const struct nbt *n)
{
	const struct browser *b = best_browser(n);
	struct nbt_browse_entry e = { .server_type = BRWS_SV_TYPE_DOMAIN_ENUM, .is_local = true };

	snprintf(e.name, sizeof(e.name), "%s", n->options.workgroup);
	snprintf(e.comment, sizeof(e.comment), "%s",
	         b->role == NBT_MASTER_BROWSER || b->master[0] == '\0' ? n->options.name : b->master);
	return e;
}

void nbt_browse_list(const struct nbt *n, nbt_browse_fn fn, void *user)
{
	struct nbt_browse_entry we = ourselves(n), group = our_group(n);
	const struct nbt_browse_entry **all = calloc(n->browsing.list.n + 2, sizeof(const struct nbt_browse_entry *));
	size_t count = 0;

	if (all == NULL)
		return;
	all[count++] = &we;
	all[count++] = &group;
	for (const struct server_entry *e = n->browsing.list.servers; e != NULL; e = e->next) {
		bool is_group = (e->entry.server_type & BRWS_SV_TYPE_DOMAIN_ENUM) != 0;
		if (utf8_casecmp(e->entry.name, is_group ? group.name : we.name) != 0)
			all[count++] = &e->entry;
	}
	qsort(all, count, sizeof(const struct nbt_browse_entry *), by_name);
	for (size_t i = 0; i < count && fn(user, all[i]); i++)
		;
	free(all);
}
