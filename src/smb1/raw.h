/* Raw transfers: between the interim answer to WRITE_RAW and its bytes, the connection waits for a frame that is no message. */
#ifndef SMB1_RAW_H
#define SMB1_RAW_H

#include "smb1/conn.h"

static inline bool raw_is_awaited(const struct smb1_conn *c)
{
	return c->raw_writer != 0;
}

/* The frame came: the request that waits for it goes on. False: the connection ends. */
bool raw_take_frame(struct smb1_conn *c, const uint8_t *body, size_t len);

#endif
