/* In place of cups_queue.c, cups_list.c and what is below them, where libcups was not there at the build. */
#include "base/log.h"
#include "server/cups_list.h"
#include "server/cups_queue.h"

void cups_queue_serve(struct spool_folder *folder, const char *server, const char *printer, const char *options)
{
	(void)server, (void)options;
	log_error("%s: this Longhouse was built without CUPS; jobs for %s wait in %s until you build it with libcups, or write print command =",
		  folder->name, printer, folder->path);
}

bool cups_list(const char *server, struct cupsd_printer **out, size_t *n)
{
	(void)server;
	*out = NULL;
	*n = 0;
	log_warning("this Longhouse was built without CUPS: load printers has no effect");
	return true;
}

void cups_list_free(struct cupsd_printer *printers)
{
	(void)printers;
}
