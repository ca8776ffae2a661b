/* Messages that a connection has begun and not ended. */
#ifndef SMB1_MESSAGE_H
#define SMB1_MESSAGE_H

#include "smb1/conn.h"

void message_drop_all(struct smb1_conn *c);

#endif
