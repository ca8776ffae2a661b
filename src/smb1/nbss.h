/* The NetBIOS session service as the server speaks it on port 139 (and, tolerantly, on 445). [RFC1002] 4.3, 5.2 */
#ifndef SMB1_NBSS_H
#define SMB1_NBSS_H

#include "smb1/conn.h"
#include "wire/nbt/ssn.h"

/* Any frame but a session message: request, keepalive, junk. False: drop the connection. */
bool nbss_control(struct smb1_conn *c, uint8_t type, struct slice body);
/* A message before the session was set up: refused, then closed. */
bool nbss_refuse_early_message(struct smb1_conn *c);

#endif
