/*
 * Serial ports of COMM shares (comm/comm.h) behind their FIDs: a share has one port, whatever name is opened on it.
 * [MS-CIFS] 3.3.5.35-.37, 3.3.5.32
 */
#ifndef SMB1_SERIAL_H
#define SMB1_SERIAL_H

#include "smb1/trans.h"
#include "wire/smb1/copy.h"
#include "wire/smb1/nttrans.h"

/* May park, until the client before lets go. STATUS_SHARING_VIOLATION, STATUS_ACCESS_DENIED, STATUS_DEVICE_DOES_NOT_EXIST, ... */
NT_WARN_UNUSED nt_status serial_open(struct smb1_req *r, const struct fs_open_params *p, struct smb1_fid **fid, struct fs_open_result *res);
/* FILE_* rights of the open. */
uint32_t serial_granted_access(const struct smb1_fid *f);

/* timeout and min as READ_ANDX and READ_RAW have them; commands without: SERIAL_TIMEOUT_DEFAULT, 0. May park. */
#define SERIAL_TIMEOUT_DEFAULT 0xFFFFFFFEu
NT_WARN_UNUSED nt_status serial_read(struct smb1_req *r, struct smb1_fid *f, uint32_t timeout, uint16_t min, size_t max, struct slice *out);
NT_WARN_UNUSED nt_status serial_write(struct smb1_req *r, struct smb1_fid *f, uint32_t timeout, struct slice data, size_t *written);
NT_WARN_UNUSED nt_status serial_flush(struct smb1_req *r, struct smb1_fid *f);
/* Bytes there to be read, as Available tells them. */
uint16_t serial_available(struct smb1_fid *f);

/* Categories IOCTL_CATEGORY_SERIAL and _GENERAL. STATUS_NOT_IMPLEMENTED, STATUS_INVALID_PARAMETER. */
NT_WARN_UNUSED nt_status serial_ioctl(struct smb1_req *r, struct smb1_fid *f, const struct smb1_ioctl_req *in, struct smb1_ioctl_rsp *out);
/* IOCTL_SERIAL_*. May park. */
NT_WARN_UNUSED nt_status serial_nt_ioctl(struct smb1_req *r, struct smb1_fid *f, uint32_t code, struct trans_call *call);

#endif
