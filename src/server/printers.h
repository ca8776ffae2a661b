/* From what the configuration says about printers of CUPS to shares with spool folders. On the main thread. */
#ifndef SERVER_PRINTERS_H
#define SERVER_PRINTERS_H

#include "server/config.h"
#include "server/cupsd.h"

/* The queues that CUPS has; zeroed: none. */
struct printer_list {
	struct cupsd_printer *items;
	size_t n;
};

void printers_free(struct printer_list *list);

/* The configuration wants all queues: `load printers`, or a section [printers]. */
bool printers_wants_all(const struct config *c);

/* Logs which came and which went. */
void printers_tell(const struct printer_list *before, const struct printer_list *after);

/* Where the shares of a configuration end that are not from a list. */
struct printers_mark {
	struct arena_mark arena;
	struct config_share *shares;
	size_t n_shares, cap_shares;
};
struct printers_mark printers_mark(const struct config *c);

/* Folders for printers of CUPS that sections name without a path, below state_dir ("": there is none; then it is an error), the mark,
 * and shares for those of the list that have none. False: logged. */
bool printers_resolve(struct config *c, const char *state_dir, const struct printer_list *list, struct printers_mark *mark);
/* Other shares in the place of those of the list before. False: logged, and there are none of a list, or some. */
bool printers_again(struct config *c, const char *state_dir, const struct printer_list *list, const struct printers_mark *mark);

#endif
