/* Security descriptors of open files. */
#ifndef SMB1_NT_SECURITY_H
#define SMB1_NT_SECURITY_H

#include "smb1/trans.h"

nt_status nt_query_security_desc(struct smb1_req *r, struct trans_call *call);
nt_status nt_set_security_desc(struct smb1_req *r, struct trans_call *call);

#endif
