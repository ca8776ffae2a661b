/* What the commands that open share. */
#ifndef SMB1_CREATE_H
#define SMB1_CREATE_H

#include "smb1/req.h"

/* Judges options and disposition, finds the root FID (0: the share), opens, registers the FID. May park. */
nt_status open_nt(struct smb1_req *r, struct fs_open_params *p, uint32_t root_fid, struct smb1_fid **fid, struct fs_open_result *res);

/* The create option by which an old open tells that its client knows no EAs. [MS-CIFS] 3.3.5.35 */
static inline uint32_t open_ea_knowledge(const struct smb1_req *r)
{
	return (r->header.flags2 & SMB_FLAGS2_EAS) == 0 ? FILE_NO_EA_KNOWLEDGE : 0;
}

/* FileStatusFlags of a file or folder just opened, for extended responses. [MS-SMB] 2.2.4.9.2 */
uint16_t open_status_flags(struct smb1_req *r, const struct smb1_fid *fid);

#endif
