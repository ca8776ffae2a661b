/* Holes in files. [MS-FSA] 2.1.5.9.21, .36, .38; [MS-FSCC] 2.3.51, .55, .77 */
#ifndef FS_SPARSE_H
#define FS_SPARSE_H

#include "fs/open.h"

/* The mark alone: every file may have holes. STATUS_INVALID_PARAMETER: a folder. */
NT_WARN_UNUSED nt_status fs_set_sparse(struct fs_ctx *ctx, struct fs_open *open, bool sparse);

/* Bytes from offset up to (not including) beyond read as zeros afterwards, and take no space where the disk can do that; the
 * size stays. STATUS_INVALID_PARAMETER, STATUS_FILE_LOCK_CONFLICT. */
NT_WARN_UNUSED nt_status fs_set_zero_data(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, uint64_t beyond);

struct fs_extent {
	uint64_t offset, length;
};
/* The parts of a range that hold data, in order, at most max; *more: there are others. A file that is not marked sparse holds
 * data everywhere, as far as clients are concerned. */
NT_WARN_UNUSED nt_status fs_query_allocated_ranges(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, uint64_t length,
						   struct fs_extent *out, size_t max, size_t *n, bool *more);

#endif
