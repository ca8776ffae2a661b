/* The only place that applies the rules of commands.def: word counts, dialect, UID, TID, kind of tree, followers. */
#ifndef SMB1_DISPATCH_H
#define SMB1_DISPATCH_H

#include "smb1/req.h"

/* A whole SMB message (from 0xFF 'SMB' on). False drops the connection. */
bool dispatch_message(struct smb1_conn *c, uint8_t *message, size_t len);
/* Runs the request's chain from the element it stands at; parks it, or answers and frees it. False: drop. */
bool dispatch_run(struct smb1_req *r);

#endif
