/* Copying and moving sets of files on the server, as COPY and MOVE of LAN Manager do it. SMB-LM1X 9.2.3, 9.2.12 */
#ifndef FS_COPY_H
#define FS_COPY_H

#include "fs/open.h"

struct fs_copy_rules {
	bool move;
	bool target_is_file, target_is_folder; /* demanded */
	bool tree;               /* folders with all that is in them */
	enum { FS_COPY_FAIL, FS_COPY_APPEND, FS_COPY_TRUNCATE } if_exists;
	bool create;             /* targets that do not exist */
};

struct fs_copy_result {
	uint16_t count;
	const char *failed; /* the source that could not be copied or moved; NULL: none */
};

/*
 * source may have wildcards in its last component; target is a file or a folder. Several sources into one file: they are
 * appended. from and to may be of two trees; neither waits. What was done before a failure stays.
 */
NT_WARN_UNUSED nt_status fs_copy_files(struct fs_ctx *from, struct fs_ctx *to, const char *source, const char *target,
				       const struct fs_copy_rules *rules, struct fs_copy_result *out);

/* All bytes of one open file to another, from an offset on. */
NT_WARN_UNUSED nt_status fs_copy_data(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target, uint64_t at);

/* The named streams too, where both shares keep any; those that are there are overwritten. */
NT_WARN_UNUSED nt_status fs_copy_streams(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target);

/* The EAs too, under the names that they have on disk; from and to have the same arena. A disk that keeps none loses them,
 * unless programs need them: STATUS_EAS_NOT_SUPPORTED. */
NT_WARN_UNUSED nt_status fs_copy_eas(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target);

#endif
