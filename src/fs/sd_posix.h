/* Between security descriptors and what the kernel keeps: owner, mode, POSIX ACLs. Both ways lose something. Pure. */
#ifndef FS_SD_POSIX_H
#define FS_SD_POSIX_H

#include "fs/ntacl.h"
#include "fs/token.h"

/* The rights that rwx (4, 2, 1) stands for, as Samba has it; an owner who may write may do all that is not rwx, too. */
uint32_t fs_sd_mask_of_perm(uint32_t perm, bool owner, bool directory);

/* The descriptor of a file that has none. */
NT_WARN_UNUSED nt_status fs_sd_of_posix(struct arena *arena, const struct fs_idmap *map, nttime now, const struct fs_posix_rights *rights,
					struct fs_sd *out);

/*
 * The access ACL and mode that come nearest to a DACL, for a file that has these rights now: named users and groups get entries
 * of their own. The x bits of files are taken away, never given. The owner keeps reading; all_as_owner: he keeps everything,
 * because it is the server itself that the kernel sees, for every user. Of a folder the default ACL too, so that what local programs make
 * there gets what the DACL hands down to files and folders alike; it has no entries where that is nothing.
 */
NT_WARN_UNUSED nt_status fs_posix_of_sd(struct arena *arena, const struct fs_idmap *map, nttime now, const struct fs_sd *sd,
					const struct fs_posix_rights *have, bool all_as_owner, struct fs_posix_rights *want);

#endif
