/* Reading, writing, seeking. [MS-CIFS] 2.2.4.11, .12, .19-.21, .40, .42, .43, [MS-SMB] 2.2.4.2, 2.2.4.3 */
#ifndef WIRE_SMB1_IO_H
#define WIRE_SMB1_IO_H

#include "wire/smb1/frame.h"

struct smb1_read_req {
	uint8_t words;
	uint16_t fid;
	uint16_t count_of_bytes_to_read;
	uint32_t read_offset_in_bytes;
	uint16_t estimate_of_remaining_bytes_to_be_read;
};
void smb1_read_req(struct wire *w, struct smb1_read_req *m);

struct smb1_read_rsp {
	uint8_t words;
	uint16_t count_of_bytes_returned; /* filled on encode */
	struct slice bytes;
};
void smb1_read_rsp(struct wire *w, struct smb1_read_rsp *m);

/* The same messages as READ. */
struct smb1_lock_and_read_req {
	struct smb1_read_req read;
};
void smb1_lock_and_read_req(struct wire *w, struct smb1_lock_and_read_req *m);

struct smb1_lock_and_read_rsp {
	struct smb1_read_rsp read;
};
void smb1_lock_and_read_rsp(struct wire *w, struct smb1_lock_and_read_rsp *m);

/* data may be shorter than count_of_bytes_to_write says (a lying client) and count 0 means "set the file's size". */
struct smb1_write_req {
	uint8_t words;
	uint16_t fid;
	uint16_t count_of_bytes_to_write;
	uint32_t write_offset_in_bytes;
	uint16_t estimate_of_remaining_bytes_to_be_written;
	struct slice data;
};
void smb1_write_req(struct wire *w, struct smb1_write_req *m);

struct smb1_write_rsp {
	uint8_t words;
	uint16_t count_of_bytes_written;
};
void smb1_write_rsp(struct wire *w, struct smb1_write_rsp *m);

/* The same messages as WRITE. */
struct smb1_write_and_unlock_req {
	struct smb1_write_req write;
};
void smb1_write_and_unlock_req(struct wire *w, struct smb1_write_and_unlock_req *m);

struct smb1_write_and_unlock_rsp {
	struct smb1_write_rsp write;
};
void smb1_write_and_unlock_rsp(struct wire *w, struct smb1_write_and_unlock_rsp *m);

/* words: 6 or 12 (three reserved ULONGs); 0 on encode means 6. */
struct smb1_write_and_close_req {
	uint8_t words;
	uint16_t fid;
	uint16_t count_of_bytes_to_write;
	uint32_t write_offset_in_bytes;
	uint32_t last_write_time; /* UTIME */
	struct slice data;
};
void smb1_write_and_close_req(struct wire *w, struct smb1_write_and_close_req *m);

struct smb1_write_and_close_rsp {
	uint8_t words;
	uint16_t count_of_bytes_written;
};
void smb1_write_and_close_rsp(struct wire *w, struct smb1_write_and_close_rsp *m);

/* words: 10, or 12 with offset_high; 0 on encode means 12. */
struct smb1_read_andx_req {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t fid;
	uint32_t offset;
	uint16_t max_count_of_bytes_to_return;
	uint16_t min_count_of_bytes_to_return; /* pipes and devices */
	uint32_t timeout_or_max_count_high;    /* ms on pipes and devices; low half = MaxCountHigh on files */
	uint16_t remaining;
	uint32_t offset_high;
};
void smb1_read_andx_req(struct wire *w, struct smb1_read_andx_req *m);

/* The lengths and DataOffset come from data on encode; data becomes the tail if that is allowed. */
struct smb1_read_andx_rsp {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t available; /* 0xFFFF on disk */
	uint16_t data_compaction_mode;
	struct slice data;
};
void smb1_read_andx_rsp(struct wire *w, struct smb1_read_andx_rsp *m);

/* Bytes that READ_ANDX puts before its payload in a reply whose next element begins at `at` (the first: 32). */
size_t smb1_read_andx_overhead(size_t at);

/* WriteMode of WRITE_ANDX */
enum {
	WRITE_MODE_WRITE_THROUGH = 0x0001,
	WRITE_MODE_READ_BYTES_AVAILABLE = 0x0002,
	WRITE_MODE_RAW = 0x0004,
	WRITE_MODE_MSG_START = 0x0008,
};

/* words: 12, or 14 with offset_high; 0 on encode means 14. */
struct smb1_write_andx_req {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t fid;
	uint32_t offset;
	uint32_t timeout; /* ms */
	uint16_t write_mode;
	uint16_t remaining;
	uint32_t offset_high;
	struct slice data; /* DataLength, DataLengthHigh, DataOffset; may lie outside the byte block */
	/* Decode: the data would lie outside the message; data is empty then. The answer is STATUS_INVALID_PARAMETER. */
	bool data_outside;
};
void smb1_write_andx_req(struct wire *w, struct smb1_write_andx_req *m);

struct smb1_write_andx_rsp {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t count;
	uint16_t available; /* 0xFFFF on disk */
	uint16_t count_high;
};
void smb1_write_andx_rsp(struct wire *w, struct smb1_write_andx_rsp *m);

struct smb1_seek_req {
	uint8_t words;
	uint16_t fid;
	uint16_t mode; /* 0 start, 1 current, 2 end */
	int32_t offset;
};
void smb1_seek_req(struct wire *w, struct smb1_seek_req *m);

struct smb1_seek_rsp {
	uint8_t words;
	uint32_t offset;
};
void smb1_seek_rsp(struct wire *w, struct smb1_seek_rsp *m);

#endif
