/* In place of cups_queue.c, cups_watch.c and what is below them, where libcups was not there at the build. */
#include "base/log.h"
#include "server/cups_queue.h"
#include "server/cups_watch.h"

void cups_queue_serve(struct spool_folder *folder, const char *server, const char *printer, const char *options)
{
	(void)server, (void)options;
	log_error("%s: this Longhouse was built without CUPS; jobs for %s wait in %s until you build it with libcups, or write print command =",
		  folder->name, printer, folder->path);
}

bool cups_watch_start(const struct config *c, const char *state_dir, struct cups_watch **out)
{
	(void)state_dir;
	*out = NULL;
	if (printers_wants_all(c))
		log_warning("this Longhouse was built without CUPS: load printers has no effect");
	return true;
}

bool cups_watch_take(struct cups_watch *w, struct printer_list *list)
{
	(void)w, (void)list;
	return false;
}

void cups_watch_stop(struct cups_watch *w)
{
	(void)w;
}
