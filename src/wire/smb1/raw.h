/* Raw transfers: the bytes travel as a frame of their own, without any header. [MS-CIFS] 2.2.4.22, .25, .28 */
#ifndef WIRE_SMB1_RAW_H
#define WIRE_SMB1_RAW_H

#include "wire/smb1/frame.h"

/* words: 8, or 10 with offset_high; 0 on encode means 8. */
struct smb1_read_raw_req {
	uint8_t words;
	uint16_t fid;
	uint32_t offset;
	uint16_t max_count_of_bytes_to_return;
	uint16_t min_count_of_bytes_to_return;
	uint32_t timeout; /* ms; pipes and devices */
	uint32_t offset_high;
};
void smb1_read_raw_req(struct wire *w, struct smb1_read_raw_req *m);
SMB1_EMPTY_MESSAGE(read_raw_rsp); /* never on the wire: the answer is the bytes */

/* words: 10 (MICROSOFT NETWORKS 1.03: the byte block is the data), 12, or 14 with offset_high; 0 on encode means 12. */
struct smb1_write_raw_req {
	uint8_t words;
	uint16_t fid;
	uint16_t count_of_bytes; /* in all: here and in the frame that follows */
	uint32_t offset;
	uint32_t timeout;
	uint16_t write_mode;     /* WRITE_MODE_WRITE_THROUGH: the client waits for WRITE_COMPLETE */
	uint32_t offset_high;
	struct slice data;
};
void smb1_write_raw_req(struct wire *w, struct smb1_write_raw_req *m);

/* The interim answer (send the rest); and under the code of WRITE_COMPLETE the final one, whose word is the count. */
struct smb1_write_raw_rsp {
	uint8_t words;
	uint16_t available;
};
void smb1_write_raw_rsp(struct wire *w, struct smb1_write_raw_rsp *m);

#endif
