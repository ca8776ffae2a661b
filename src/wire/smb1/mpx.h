/* Multiplexed transfers: many small messages for one large read or write, over transports that lose some. [MS-CIFS] 2.2.4.23, .26 */
#ifndef WIRE_SMB1_MPX_H
#define WIRE_SMB1_MPX_H

#include "wire/smb1/frame.h"

struct smb1_read_mpx_req {
	uint8_t words;
	uint16_t fid;
	uint32_t offset;
	uint16_t max_count_of_bytes_to_return; /* in all messages of the answer */
	uint16_t min_count_of_bytes_to_return; /* pipes and devices */
	uint32_t timeout;                      /* ms; pipes and devices */
};
void smb1_read_mpx_req(struct wire *w, struct smb1_read_mpx_req *m);

/* One message of the answer. */
struct smb1_read_mpx_rsp {
	uint8_t words;
	uint32_t offset;    /* of this message's bytes in the file */
	uint16_t count;     /* of bytes in all messages; the smallest one counts */
	uint16_t remaining; /* 0xFFFF for files */
	struct slice data;
};
void smb1_read_mpx_rsp(struct wire *w, struct smb1_read_mpx_rsp *m);
/* Bytes of the message before the payload. */
size_t smb1_read_mpx_overhead(void);

/* The last request of an exchange is the one whose header has a SequenceNumber; it alone is answered. */
struct smb1_write_mpx_req {
	uint8_t words;
	uint16_t fid;
	uint16_t total_byte_count; /* of the exchange */
	uint32_t byte_offset_to_begin_write;
	uint32_t timeout;      /* ignored */
	uint16_t write_mode;   /* WRITE_MODE_WRITE_THROUGH; 0x0080: connectionless */
	uint32_t request_mask; /* the client's mark of this request */
	struct slice data;
};
void smb1_write_mpx_req(struct wire *w, struct smb1_write_mpx_req *m);

struct smb1_write_mpx_rsp {
	uint8_t words;
	uint32_t response_mask; /* of all requests that came: the client sends the others again */
};
void smb1_write_mpx_rsp(struct wire *w, struct smb1_write_mpx_rsp *m);

#endif
