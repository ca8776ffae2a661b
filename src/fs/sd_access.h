/* What a descriptor grants, and what a new file inherits from its folder's. [MS-DTYP] 2.5.3.2, 2.5.3.4. Pure. */
#ifndef FS_SD_ACCESS_H
#define FS_SD_ACCESS_H

#include "fs/sd.h"
#include "fs/token.h"

/* Every right that the token gets: each is decided by the first ACE that mentions it. The owner's READ_CONTROL and WRITE_DAC are
 * among them, unless an ACE for OWNER RIGHTS says otherwise. */
uint32_t fs_sd_rights(const struct fs_sd *sd, const struct fs_token *token);

/* The same of what is no file: map turns GENERIC_* of a mask into what they mean for it, all is every right that there is. */
uint32_t fs_sd_rights_of(const struct fs_sd *sd, const struct fs_token *token, uint32_t (*map)(uint32_t mask), uint32_t all);

/* GENERIC_* bits in the masks of both ACLs become what they mean for files: as descriptors are kept. */
NT_WARN_UNUSED nt_status fs_sd_map_generic(struct arena *arena, struct fs_sd *sd);

/* The descriptor of what is made in a folder. asked: what the creator sent along, or NULL. With nothing to inherit and nothing asked for,
 * the DACL lets the owner and SYSTEM do all. owner, group: who they are if he did not say. */
NT_WARN_UNUSED nt_status fs_sd_inherit(struct arena *arena, const struct fs_sd *parent, const struct fs_sd *asked, const struct sid *owner,
				       const struct sid *group, bool directory, struct fs_sd *out);

#endif
