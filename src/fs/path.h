/*
 * From a client's name to a place on the disk: syntax, case-insensitive lookup through the directory indexes, 8.3 names,
 * veto files, the root's border. Exact hits cost one stat; only a miss consults (and maybe builds) the folder's index.
 */
#ifndef FS_PATH_H
#define FS_PATH_H

#include "fs/fs.h"
#include "fs/mangle.h"

struct fs_place {
	bool exists;
	const char *path;   /* on disk, relative to the root, '/' between components; "" is the root */
	const char *parent; /* on-disk path of the folder that holds it; "" for the root and its children */
	const char *name;   /* last component on disk (its true case), or as the client wrote it if it does not exist */
	char short_name[FS_SHORT_NAME_MAX]; /* by which it was found; "": by its own name */
	const char *stream; /* NULL, or the stream's name ("file:stream" without ":$DATA"), not NULL for named streams only */
	const char *stream_xattr; /* where it is kept; only after fs_stream_find */
	bool data_stream;   /* "file::$DATA": its data, so no folder is meant */
	struct vfs_stat st; /* only if it exists; symlinks are followed, unless FS_LOOKUP_LINK */
	struct slice dosattr; /* FS_LOOKUP_DOSATTR: what getxattr found, if that was asked on the way */
	bool dosattr_known;
	bool dangling;      /* exists only as a symlink that leads nowhere or outside the share */
};

enum {
	FS_LOOKUP_WILDCARD = 1, /* wildcard characters are legal in the last component (it is then not looked up: exists = false) */
	FS_LOOKUP_DOSATTR = 2,  /* the attributes will be needed: where one walk gives them too, it does */
	FS_LOOKUP_LINK = 4,     /* a symlink in the last component is what is meant, not what it leads to */
};

/*
 * STATUS_SUCCESS also if only the last component is missing (exists = false). Else:
 * STATUS_OBJECT_PATH_NOT_FOUND (a prefix is missing or no folder), STATUS_OBJECT_PATH_SYNTAX_BAD ('..' above the root),
 * STATUS_OBJECT_NAME_INVALID (characters or form), STATUS_ACCESS_DENIED. [MS-CIFS] 2.2.1.1, FIELD: chkpath statuses.
 * Sets ctx->in_snapshot.
 */
NT_WARN_UNUSED nt_status fs_lookup(struct fs_ctx *ctx, const char *client_name, unsigned flags, struct fs_place *out);

/* The name's two halves without touching the disk: the folder part and the last component (wildcards kept). */
NT_WARN_UNUSED nt_status fs_path_split(struct fs_ctx *ctx, const char *client_name, const char **folder, const char **last);

/* What stands between a name's components: a client of POSIX path names has '\\' for an ordinary character. */
static inline char fs_separator(const struct fs_ctx *ctx) { return ctx->case_sensitive ? '/' : '\\'; }
/* Lookups of names that are to be moved, linked or removed: for POSIX clients a symlink is a thing of its own. */
static inline unsigned fs_lookup_itself(const struct fs_ctx *ctx) { return ctx->case_sensitive ? FS_LOOKUP_LINK : 0; }

/* The client's view of an on-disk path: "\\a\\b"; "\\" for the root; with '/' for clients of POSIX path names. */
const char *fs_path_client_name(struct fs_ctx *ctx, const char *disk_path);

/* True if a wildcard pattern of the list (NULL-terminated, or NULL) matches. */
bool fs_name_in(const char *const *patterns, const char *name);
/* True if the share hides this name from everyone (veto files). */
bool fs_is_veto(const struct fs_tree *tree, const char *name);

#endif
