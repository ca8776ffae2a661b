/* Printers' queues for who asks about them on IPC$: RAP and the RPC services (print/access.h). */
#ifndef SMB1_QUEUES_H
#define SMB1_QUEUES_H

#include "print/access.h"
#include "smb1/req.h"

/* Valid as long as the request. NULL: no memory. */
const struct print_access *queues_of(struct smb1_req *r);

#endif
