/* The print commands of the core protocol. [MS-CIFS] 2.2.4.67-.70 */
#ifndef WIRE_SMB1_PRINT_H
#define WIRE_SMB1_PRINT_H

#include "wire/smb1/frame.h"

struct smb1_open_print_file_req {
	uint8_t words;
	uint16_t setup_length;
	uint16_t mode; /* 0 text, 1 raw */
	const char *identifier;
};
void smb1_open_print_file_req(struct wire *w, struct smb1_open_print_file_req *m);

struct smb1_open_print_file_rsp {
	uint8_t words;
	uint16_t fid;
};
void smb1_open_print_file_rsp(struct wire *w, struct smb1_open_print_file_rsp *m);

struct smb1_write_print_file_req {
	uint8_t words;
	uint16_t fid;
	struct slice data;
};
void smb1_write_print_file_req(struct wire *w, struct smb1_write_print_file_req *m);
SMB1_EMPTY_MESSAGE(write_print_file_rsp);

struct smb1_close_print_file_req {
	uint8_t words;
	uint16_t fid;
};
void smb1_close_print_file_req(struct wire *w, struct smb1_close_print_file_req *m);
SMB1_EMPTY_MESSAGE(close_print_file_rsp);

struct smb1_get_print_queue_req {
	uint8_t words;
	int16_t max_count; /* negative: backwards */
	uint16_t start_index;
};
void smb1_get_print_queue_req(struct wire *w, struct smb1_get_print_queue_req *m);

enum { SMB1_PRINT_QUEUE_ENTRY_LEN = 28, SMB1_PRINT_QUEUE_NAME_LEN = 16 };

struct smb1_print_queue_entry {
	uint16_t date, time;
	uint8_t status; /* 1 held, 2 printing, 3 waiting, 4 intercepted, 5 file error, 6 printer error */
	uint16_t spool_file_number;
	uint32_t spool_file_size;
	const char *originator; /* at most 16 OEM bytes; longer is cut */
};

struct smb1_get_print_queue_rsp {
	uint8_t words;
	uint16_t count; /* entries; on decode what the byte block holds */
	uint16_t restart_index;
	struct smb1_print_queue_entry *entries; /* arena on decode */
};
void smb1_get_print_queue_rsp(struct wire *w, struct smb1_get_print_queue_rsp *m);

#endif
