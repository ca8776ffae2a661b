/* The syntax of clients' names, which knows nothing of the disk. [MS-CIFS] 2.2.1.1, [MS-FSA] 2.1.5.1 */
#ifndef FS_PATHSYNTAX_H
#define FS_PATHSYNTAX_H

#include "fs/fs.h"

/* A name after the syntax check: its components, '..' resolved. */
struct fs_parts {
	const char *base; /* on disk, where the first one is: "", or a snapshot */
	char **at;
	size_t n;
	const char *stream;
	bool data_stream;
};

static inline bool fs_is_separator(const struct fs_ctx *ctx, char c)
{
	return c == '/' || (c == '\\' && !ctx->case_sensitive);
}

/* flags: FS_LOOKUP_*. Strings in the request's arena; base is "". Statuses as fs_lookup has them. */
NT_WARN_UNUSED nt_status fs_path_parse(struct fs_ctx *ctx, const char *client_name, unsigned flags, struct fs_parts *p);

#endif
