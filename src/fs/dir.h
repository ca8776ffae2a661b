/*
 * Directory searches. A search holds a snapshot of the matching names of one folder, so it never repeats or skips a name
 * that stays; attributes are read when an entry is given out, and a name deleted meanwhile is left out. Names that are new
 * by the time a later request comes to the end are added. A search belongs to one connection (no lock).
 */
#ifndef FS_DIR_H
#define FS_DIR_H

#include "fs/index.h"

struct fs_search;

struct fs_entry {
	const char *name;                   /* as clients see it; UTF-8; in ctx->arena */
	const char *disk_name;              /* in fs_search_folder(); until the search is closed */
	char short_name[FS_SHORT_NAME_MAX]; /* 8.3 alternative, "" if the name is a valid 8.3 name */
	struct fs_info info;
	uint32_t position;                  /* of this entry: resume key, file index */
};

/*
 * client_pattern: folder and last component, e.g. "\\dir\\*.txt"; wildcards are translated as old clients mean them, those of
 * NT ('<', '>', '"') stay. A last component without wildcards finds at most itself; "" and "\\" mean all of the root.
 * search_attributes, [MS-CIFS] 2.2.1.2.4: HIDDEN, SYSTEM, DIRECTORY (low byte) admit such entries; SMB_SEARCH_ATTRIBUTE_*
 * (high byte) demand the attribute. "." and ".." come first, for patterns that match either.
 * STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_NAME_INVALID, STATUS_ACCESS_DENIED, STATUS_NO_SUCH_FILE (nothing matches).
 */
NT_WARN_UNUSED nt_status fs_search_open(struct fs_ctx *ctx, const char *client_pattern, uint32_t search_attributes, struct fs_search **out);
void fs_search_close(struct fs_search *search);

/* The next entry; STATUS_NO_MORE_FILES at the end. Does not advance when peek is true. */
NT_WARN_UNUSED nt_status fs_search_next(struct fs_ctx *ctx, struct fs_search *search, bool peek, struct fs_entry *out);
/* True if no further entry will come. */
bool fs_search_at_end(struct fs_ctx *ctx, struct fs_search *search);
/* Continues after this name (long or short, case-insensitive); false: no such name in the snapshot, position unchanged. */
bool fs_search_seek_name(struct fs_search *search, const char *name);
/* Continues with the entry after this position. */
void fs_search_seek(struct fs_search *search, uint32_t position);
uint32_t fs_search_position(const struct fs_search *search);
/* Memory that it holds, for limits: the snapshot of a large folder is megabytes. */
size_t fs_search_size(const struct fs_search *search);
uint32_t fs_search_attributes(const struct fs_search *search);
/* On-disk path of the folder, for closing searches below a removed folder. */
const char *fs_search_folder(const struct fs_search *search);

#endif
