/* A directory search, inside dir.c and dirread.c. */
#ifndef FS_DIR_INTERNAL_H
#define FS_DIR_INTERNAL_H

#include <string.h>

#include "fs/dir.h"

/* Entries read ahead; the first of a request reads one, then 2, 4, 8 ... */
#define FS_DIR_AHEAD_MAX 32u

struct found {
	uint32_t name;       /* on disk; offset in the blob */
	uint32_t short_name; /* offset in the blob, or NO_SHORT */
};

/* Attributes read ahead: entries first .. first + n - 1, for one request. */
struct ahead {
	uint64_t conn_id, req_id;
	nttime now;
	uint32_t first, n;
	struct fs_info infos[FS_DIR_AHEAD_MAX];
	bool gone[FS_DIR_AHEAD_MAX];
};

struct fs_search {
	char *folder;
	uint32_t attributes;
	bool raw_names;       /* a client of POSIX paths: names as they are on the disk */
	char *pattern;        /* translated; NULL: the search was for one name */
	nttime mtime;         /* of the folder when it was read */
	uint64_t req_id;      /* whose request read it */
	unsigned refreshes;
	char *blob;
	size_t blob_len, blob_cap;
	struct found *found;
	uint32_t n, cap;
	uint32_t next;
	struct ahead *ahead;  /* NULL until the first entry is read */
};

static inline const char *fs_dir_disk_name(const struct fs_search *s, uint32_t i)
{
	return s->blob + s->found[i].name;
}

static inline bool fs_dir_is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The attributes of entry i; s->ahead is there. NULL: the entry is gone, or the share does not show it to this user. */
const struct fs_info *fs_dir_info(struct fs_ctx *ctx, struct fs_search *s, uint32_t i);

#endif
