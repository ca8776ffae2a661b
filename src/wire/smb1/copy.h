/* COPY and MOVE, as LAN Manager and OS/2 send them; IOCTL. SMB-LM1X 9.2.3, 9.2.12; [MS-CIFS] 2.2.4.35 */
#ifndef WIRE_SMB1_COPY_H
#define WIRE_SMB1_COPY_H

#include "wire/smb1/frame.h"

/* Flags of COPY and MOVE */
enum {
	SMB_COPY_TARGET_FILE = 0x0001,
	SMB_COPY_TARGET_DIRECTORY = 0x0002,
	SMB_COPY_TARGET_ASCII = 0x0004,
	SMB_COPY_SOURCE_ASCII = 0x0008,
	SMB_COPY_VERIFY = 0x0010,
	SMB_COPY_TREE = 0x0020,
};

struct smb1_copy_req {
	uint8_t words;
	uint16_t tid2;      /* where the new file goes; 0xFFFF: the request's own */
	uint16_t open_function; /* as of OPEN_ANDX */
	uint16_t flags;
	const char *source_file_name;
	const char *target_file_name;
};
void smb1_copy_req(struct wire *w, struct smb1_copy_req *m);

struct smb1_copy_rsp {
	uint8_t words;
	uint16_t count;         /* files */
	const char *error_file_name; /* NULL on encode: left out */
};
void smb1_copy_rsp(struct wire *w, struct smb1_copy_rsp *m);

struct smb1_move_req {
	struct smb1_copy_req copy;
};
void smb1_move_req(struct wire *w, struct smb1_move_req *m);

struct smb1_move_rsp {
	struct smb1_copy_rsp copy;
};
void smb1_move_rsp(struct wire *w, struct smb1_move_rsp *m);

/* Categories and functions of IOCTL */
enum {
	IOCTL_CATEGORY_SERIAL = 0x0001,
	IOCTL_CATEGORY_PRINTER = 0x0005,
	IOCTL_CATEGORY_GENERAL = 0x000B,
	IOCTL_CATEGORY_SPOOLER = 0x0053,
	IOCTL_PRINTER_STATUS = 0x0066,
	IOCTL_GET_PRINTER_ID = 0x0060,
};

struct smb1_ioctl_req {
	uint8_t words;
	uint16_t fid, category, function;
	uint16_t total_parameter_count, total_data_count;
	uint16_t max_parameter_count, max_data_count;
	uint32_t timeout;
	struct slice parameters, data;
};
void smb1_ioctl_req(struct wire *w, struct smb1_ioctl_req *m);

struct smb1_ioctl_rsp {
	uint8_t words;
	struct slice parameters, data; /* all of it: one message */
};
void smb1_ioctl_rsp(struct wire *w, struct smb1_ioctl_rsp *m);

#endif
