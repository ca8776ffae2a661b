/* Searches of this connection, old and new. */
#ifndef SMB1_SEARCH_H
#define SMB1_SEARCH_H

#include "smb1/req.h"

/* Registers a search under a new SID; recycles the old-style search unused for longest when the table is full. NULL: none free
 * (the caller closes what it opened). */
struct smb1_search *search_add(struct smb1_req *r, struct fs_search *search, bool old_style);

/* The search of this SID; NULL: none, or of another user or tree: its names were read with their rights. */
struct smb1_search *search_find(const struct smb1_req *r, uint16_t sid);

/* The entry's name for a client without long names: its own if it is one of 8.3 in the client's code page. */
const char *search_short_name(const struct smb1_req *r, const struct fs_entry *e);

#endif
