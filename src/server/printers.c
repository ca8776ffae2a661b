#include "server/printers.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/charset.h"
#include "base/log.h"
#include "server/cups_list.h"

static bool wants_all(const struct config *c)
{
	return c->load_printers == CONFIG_UNSAID ? c->has_printers : c->load_printers == CONFIG_YES;
}

bool printers_load(const struct config *c, struct printer_list *out)
{
	*out = (struct printer_list){ 0 };
	return !wants_all(c) || cups_list(c->cups_server, &out->items, &out->n);
}

void printers_free(struct printer_list *list)
{
	cups_list_free(list->items);
	*list = (struct printer_list){ 0 };
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
	return give_folder(c, share, parent);
}

static bool needs_folder(const struct config_share *share)
{
	return share->fs.type == FS_SHARE_PRINTER && share->printing == PRINTING_CUPS && share->fs.path == NULL;
}

bool printers_resolve(struct config *c, const char *state_dir, const struct printer_list *list)
{
	const char *spool = state_dir[0] != '\0' ? arena_printf(&c->arena, "%s/spool", state_dir) : NULL;
	const char *all = c->printers.fs.path != NULL ? c->printers.fs.path : spool;
	bool ok = true, placeless = wants_all(c) && list->n > 0 && all == NULL;

	for (size_t i = 0; ok && i < c->n_shares; i++) {
		if (!needs_folder(&c->shares[i]))
			continue;
		placeless = placeless || spool == NULL;
		ok = spool == NULL || give_folder(c, &c->shares[i], spool);
	}
	for (size_t i = 0; ok && !placeless && wants_all(c) && i < list->n; i++)
		ok = add(c, &list->items[i], all);
	if (placeless)
		log_error("printers of CUPS need a folder for their jobs: write path =, or choose a state folder with --state DIR");
	return ok && !placeless;
}
