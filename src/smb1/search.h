/* Searches of this connection, old and new. */
#ifndef SMB1_SEARCH_H
#define SMB1_SEARCH_H

#include "smb1/req.h"

/* Registers a search under a new SID; recycles the old-style search unused for longest when the table is full. NULL: none free
 * (the caller closes what it opened). */
struct smb1_search *search_add(struct smb1_req *r, struct fs_search *search, bool old_style);

#endif
