/* What the commands that read and write share. */
#ifndef SMB1_IO_H
#define SMB1_IO_H

#include "smb1/req.h"

/* For a FID that is not there: STATUS_INVALID_HANDLE, or STATUS_CANCELLED where it was closed while the request waited on it. */
nt_status io_no_fid(const struct smb1_req *r);
/* The error of a write that had no answer, told once, by the next command about the FID; else STATUS_SUCCESS. [MS-CIFS] 3.3.5.26 */
nt_status io_take_owed(struct smb1_fid *f);
/* Files, pipes, print jobs and serial ports by their FID. *out lives in the arena. */
NT_WARN_UNUSED nt_status io_read_fid(struct smb1_req *r, uint16_t fid, uint64_t offset, size_t max, struct slice *out);
/* mode: WRITE_MODE_* of WRITE_ANDX. */
NT_WARN_UNUSED nt_status io_write_fid(struct smb1_req *r, uint16_t fid, uint64_t offset, uint16_t mode, struct slice data, size_t *written);

#endif
