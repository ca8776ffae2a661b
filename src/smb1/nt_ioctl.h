/* NT_TRANSACT_IOCTL. [MS-CIFS] 3.3.5.59.2, [MS-SMB] 3.3.5.11.1 */
#ifndef SMB1_NT_IOCTL_H
#define SMB1_NT_IOCTL_H

#include "smb1/trans.h"

nt_status nt_ioctl(struct smb1_req *r, struct trans_call *call);

#endif
