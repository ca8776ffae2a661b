/* Between the old commands' words and the parameters of fs/: open modes, open functions, 16-bit attributes, clamped sizes. */
#ifndef SMB1_MAP_H
#define SMB1_MAP_H

#include "fs/open.h"
#include "smb1/req.h"

/*
 * AccessMode of OPEN, OPEN_ANDX, OPEN2 to access, sharing and deny mode. [MS-CIFS] 2.2.4.3.1, 3.2.4.5.1
 * STATUS_OS2_INVALID_ACCESS: reserved values.
 */
NT_WARN_UNUSED nt_status map_access_mode(uint16_t access_mode, struct fs_open_params *p);
/* OpenFunction of OPEN_ANDX, OPEN2 to a disposition. [MS-CIFS] 2.2.4.41.1. STATUS_OS2_INVALID_ACCESS: neither open nor create,
 * and access_mode is not to execute. */
NT_WARN_UNUSED nt_status map_open_function(uint16_t open_mode, uint16_t access_mode, struct fs_open_params *p);
/* The access that an open of the old kind reports back: 0 read, 1 write, 2 both. */
uint16_t map_granted_access(uint32_t granted_access);
/* OpenResults: 1 existed, 2 created, 3 truncated. [MS-CIFS] 2.2.4.41.2 */
uint16_t map_open_action(enum nt_create_action action);

/* 32-bit attributes as a 16-bit reply field shows them. */
uint16_t map_attributes16(uint32_t attributes);
/* A size in a 32-bit field: the largest value stands for everything beyond. */
uint32_t map_size32(uint64_t size);
/* The size of a file in a 32-bit field: programs of DOS read it as a signed number. */
uint32_t map_file_size(const struct smb1_req *r, uint64_t size);

/* The old commands' times: server local, 0 and -1 unknown. */
uint32_t map_utime(const struct smb1_req *r, nttime t);
nttime map_from_utime(const struct smb1_req *r, uint32_t utime);

#endif
