/* A remote folder's entries, sorted by name, in memory; and walking down a tree of them. */
#ifndef CMD_FOLDER_H
#define CMD_FOLDER_H

#include "server/remote_branches.h"

/* A real tree is not so deep: SMB1 paths have 260 characters on most servers, and 1024 at most. */
enum { FOLDER_DEPTH_MAX = 256 };

struct folder_entry {
	char *name;
	struct cli_info info;
};
struct folder {
	struct folder_entry *entries;
	size_t n, cap;
};
NT_WARN_UNUSED nt_status folder_read(struct cli *c, const char *path, struct folder *out);
/* Also where a DFS has it elsewhere. */
NT_WARN_UNUSED nt_status folder_read_far(struct remote_branches *b, const char *path, struct folder *out);
void folder_fini(struct folder *f);
/* What is at the path, also where a DFS has it elsewhere. The root of a share is a folder, of which not all servers tell more. */
NT_WARN_UNUSED nt_status folder_stat_far(struct remote_branches *b, const char *path, struct cli_info *out);
static inline bool folder_is_folder(const struct cli_info *i) { return (i->attributes & ATTR_DIRECTORY) != 0; }

#endif
