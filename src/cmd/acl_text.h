/*
 * Security descriptors as people write them: rights as words, and SDDL. Pure. [MS-DTYP] 2.5.1
 * The bytes are fs/sd.h's.
 */
#ifndef CMD_ACL_TEXT_H
#define CMD_ACL_TEXT_H

#include <stdio.h>

#include "fs/sd.h"

enum { ACL_RIGHTS_MAX = 32 };

/* full, change, read, letters of RWXDPO (as smbcacls has them), or 0x hexadecimal. False: none of these. */
bool acl_rights_parse(const char *text, uint32_t *out);
const char *acl_rights_text(uint32_t mask, char out[ACL_RIGHTS_MAX]);

/* SIDs as S-1-..., or two letters for well-known ones. */
void acl_sddl_write(FILE *out, const struct fs_sd *sd);
/* Only the parts that the text has. False: *at is where it cannot be read. */
bool acl_sddl_parse(struct arena *arena, const char *text, struct fs_sd *out, const char **at);

/* Which ACEs of an ACL come first: explicit ones that deny, those that allow, then inherited ones. [MS-DTYP] 2.4.4.1 */
unsigned acl_order(const struct fs_ace *ace);

#endif
