#include "server/printers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/charset.h"
#include "base/log.h"

bool printers_wants_all(const struct config *c)
{
	return c->load_printers == CONFIG_UNSAID ? c->has_printers : c->load_printers == CONFIG_YES;
}

void printers_free(struct printer_list *list)
{
	free(list->items);
	*list = (struct printer_list){ 0 };
}

static bool list_has(const struct printer_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return true;
	return false;
}

void printers_tell(const struct printer_list *before, const struct printer_list *after)
{
	for (size_t i = 0; i < after->n; i++)
		if (!list_has(before, after->items[i].name))
			log_notice("the printer %s of CUPS is new, and shared", after->items[i].name);
	for (size_t i = 0; i < before->n; i++)
		if (!list_has(after, before->items[i].name))
			log_notice("the printer %s of CUPS is gone; jobs that wait for it stay in its folder until it is there again",
				   before->items[i].name);
}

static bool make_folder(const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	log_error("cannot make the folder %s: %s; create it, or write another path = for the printers", path, strerror(errno));
	return false;
}

/* Jobs are written as the server itself: whose they are is in their names, and nobody else looks in here. */
static bool give_folder(struct config *c, struct config_share *share, const char *parent)
{
	const char *path = arena_printf(&c->arena, "%s/%s", parent, share->fs.name);

	if (path == NULL || !make_folder(parent) || !make_folder(path))
		return false;
	share->fs.path = path;
	share->fs.as_process = share->fs.force_user == NULL;
	share->fs.read_only = false;
	return true;
}

static bool has_share(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (utf8_casecmp(c->shares[i].fs.name, name) == 0)
			return true;
	return false;
}

static bool add(struct config *c, const struct cupsd_printer *printer, const char *parent)
{
	const char *why;
	struct config_share *share = has_share(c, printer->name) ? NULL : config_add_share(c, printer->name, &why);

	if (has_share(c, printer->name) && share == NULL)
		return true;
	if (share == NULL) {
		log_warning("the printer %s of CUPS is not shared: %s", printer->name, why);
		return true;
	}
	const char *name = share->fs.name;
	*share = c->printers;
	share->fs.name = share->printer_name = name;
	share->fs.type = FS_SHARE_PRINTER;
	share->fs.comment = arena_strdup(&c->arena, printer->info[0] != '\0' ? printer->info : name);
	share->fs.browseable = true;
	share->is_loaded = true;
	return give_folder(c, share, parent);
}

static bool needs_folder(const struct config_share *share)
{
	return share->fs.type == FS_SHARE_PRINTER && share->printing == PRINTING_CUPS && share->fs.path == NULL;
}

struct printers_mark printers_mark(const struct config *c)
{
	return (struct printers_mark){ arena_mark(&c->arena), c->shares, c->n_shares, c->cap_shares };
}

static bool add_all(struct config *c, const char *spool, const struct printer_list *list)
{
	const char *parent = c->printers.fs.path != NULL ? c->printers.fs.path : spool;

	if (!printers_wants_all(c) || list->n == 0)
		return true;
	if (parent == NULL)
		log_error("printers of CUPS need a folder for their jobs: write path =, or choose a state folder with --state DIR");
	bool ok = parent != NULL;
	for (size_t i = 0; ok && i < list->n; i++)
		ok = add(c, &list->items[i], parent);
	return ok;
}

static const char *spool_folder(struct config *c, const char *state_dir)
{
	return state_dir[0] != '\0' ? arena_printf(&c->arena, "%s/spool", state_dir) : NULL;
}

bool printers_resolve(struct config *c, const char *state_dir, const struct printer_list *list, struct printers_mark *mark)
{
	const char *spool = spool_folder(c, state_dir);
	bool ok = true;

	for (size_t i = 0; ok && i < c->n_shares; i++) {
		if (!needs_folder(&c->shares[i]))
			continue;
		if (spool == NULL)
			log_error("[%s]: a printer of CUPS needs a folder for its jobs: write path =, or choose a state folder with --state DIR",
				  c->shares[i].fs.name);
		ok = spool != NULL && give_folder(c, &c->shares[i], spool);
	}
	*mark = printers_mark(c);
	return ok && add_all(c, spool, list);
}

bool printers_again(struct config *c, const char *state_dir, const struct printer_list *list, const struct printers_mark *mark)
{
	arena_rewind(&c->arena, mark->arena);
	c->shares = mark->shares;
	c->n_shares = mark->n_shares;
	c->cap_shares = mark->cap_shares;
	return add_all(c, spool_folder(c, state_dir), list);
}
