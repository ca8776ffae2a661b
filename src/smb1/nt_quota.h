/* NT_TRANSACT_QUERY_QUOTA, NT_TRANSACT_SET_QUOTA, and what of the volume's information is of quotas. [MS-SMB] 3.3.5.11.2, 3.3.5.11.3 */
#ifndef SMB1_NT_QUOTA_H
#define SMB1_NT_QUOTA_H

#include "smb1/trans.h"
#include "wire/smb1/levels.h"

nt_status nt_query_quota(struct smb1_req *r, struct trans_call *call);
nt_status nt_set_quota(struct smb1_req *r, struct trans_call *call);

/* FileFsControlInformation. Where there are no quotas it says so: none kept, no limit. */
struct smb1_fs_control_information nt_quota_control(struct smb1_req *r);
/* SET_FS_INFORMATION of it. STATUS_NOT_SUPPORTED also: limits for who has none of his own, or that nothing be counted. */
nt_status nt_quota_set_control(struct smb1_req *r, const struct smb1_fs_control_information *m);

#endif
