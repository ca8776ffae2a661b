/* What a request brings for a file, and nobody looks at on its way there. */
#ifndef SMB1_PAYLOAD_H
#define SMB1_PAYLOAD_H

#include "smb1/conn.h"

/* Of a message of len bytes the first `have` are there: where the bytes of a WRITE_ANDX for a file begin that are its whole rest. 0: it is
 * something else, or its bytes have to be in memory. */
size_t payload_at(const struct smb1_conn *c, const uint8_t *message, size_t have, size_t len);

#endif
