/* Opening, creating, closing, flushing files. [MS-CIFS] 2.2.4.3-.6, .15, .16, .41, .64, [MS-SMB] 2.2.4.1, 2.2.4.9 */
#ifndef WIRE_SMB1_OPEN_H
#define WIRE_SMB1_OPEN_H

#include "wire/smb1/frame.h"

struct smb1_open_req {
	uint8_t words;
	uint16_t access_mode;
	uint16_t search_attributes;
	const char *file_name;
};
void smb1_open_req(struct wire *w, struct smb1_open_req *m);

struct smb1_open_rsp {
	uint8_t words;
	uint16_t fid;
	uint16_t file_attrs;
	uint32_t last_modified; /* UTIME */
	uint32_t file_size;
	uint16_t access_mode;
};
void smb1_open_rsp(struct wire *w, struct smb1_open_rsp *m);

struct smb1_create_req {
	uint8_t words;
	uint16_t file_attributes;
	uint32_t creation_time; /* UTIME */
	const char *file_name;
};
void smb1_create_req(struct wire *w, struct smb1_create_req *m);

struct smb1_create_rsp {
	uint8_t words;
	uint16_t fid;
};
void smb1_create_rsp(struct wire *w, struct smb1_create_rsp *m);

/* The same messages as CREATE. */
struct smb1_create_new_req {
	struct smb1_create_req create;
};
void smb1_create_new_req(struct wire *w, struct smb1_create_new_req *m);

struct smb1_create_new_rsp {
	struct smb1_create_rsp create;
};
void smb1_create_new_rsp(struct wire *w, struct smb1_create_new_rsp *m);

struct smb1_create_temporary_req {
	uint8_t words;
	uint16_t file_attributes;
	uint32_t creation_time; /* UTIME */
	const char *directory_name;
};
void smb1_create_temporary_req(struct wire *w, struct smb1_create_temporary_req *m);

/* The name without its directory, written without a buffer format byte as Windows does; both are read. */
struct smb1_create_temporary_rsp {
	uint8_t words;
	uint16_t fid;
	const char *temporary_file_name;
};
void smb1_create_temporary_rsp(struct wire *w, struct smb1_create_temporary_rsp *m);

struct smb1_close_req {
	uint8_t words;
	uint16_t fid;
	uint32_t last_time_modified; /* UTIME; 0 and SMB1_UTIME_NONE leave it */
};
void smb1_close_req(struct wire *w, struct smb1_close_req *m);
SMB1_EMPTY_MESSAGE(close_rsp);

/* The same messages as CLOSE. */
struct smb1_close_and_tree_disc_req {
	struct smb1_close_req close;
};
void smb1_close_and_tree_disc_req(struct wire *w, struct smb1_close_and_tree_disc_req *m);
struct smb1_close_and_tree_disc_rsp {
	struct smb1_close_rsp close;
};
void smb1_close_and_tree_disc_rsp(struct wire *w, struct smb1_close_and_tree_disc_rsp *m);

struct smb1_flush_req {
	uint8_t words;
	uint16_t fid; /* SMB1_FID_NONE: all of this PID */
};
void smb1_flush_req(struct wire *w, struct smb1_flush_req *m);
SMB1_EMPTY_MESSAGE(flush_rsp);

/* Flags of OPEN_ANDX and TRANS2_OPEN2 */
enum {
	REQ_ATTRIB = 0x0001,
	REQ_OPLOCK = 0x0002,
	REQ_OPLOCK_BATCH = 0x0004,
	REQ_EASIZE = 0x0008, /* TRANS2_OPEN2 only */
	SMB_OPEN_EXTENDED_RESPONSE = 0x0010,
};

/* OpenMode ("open function") and OpenResults. [MS-CIFS] 2.2.4.41 */
enum {
	SMB_OMODE_FILE_EXISTS_MASK = 0x0003, /* 0 fail, 1 open, 2 truncate */
	SMB_OMODE_CREATE_FILE = 0x0010,
	SMB_ORESULT_OPENED = 0x0001,
	SMB_ORESULT_CREATED = 0x0002,
	SMB_ORESULT_TRUNCATED = 0x0003,
	SMB_ORESULT_OPLOCK = 0x8000,
};

struct smb1_open_andx_req {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t flags;
	uint16_t access_mode;
	uint16_t search_attrs;
	uint16_t file_attrs;
	uint32_t creation_time; /* UTIME */
	uint16_t open_mode;
	uint32_t allocation_size;
	uint32_t timeout;       /* ms */
	const char *file_name;
};
void smb1_open_andx_req(struct wire *w, struct smb1_open_andx_req *m);

/* words: 15, or 19 if SMB_OPEN_EXTENDED_RESPONSE was asked for; 0 on encode means 15. */
struct smb1_open_andx_rsp {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t fid;
	uint16_t file_attrs;
	uint32_t last_write_time; /* UTIME */
	uint32_t file_data_size;
	uint16_t access_rights;
	uint16_t resource_type;
	uint16_t nm_pipe_status;
	uint16_t open_results;
	uint32_t server_fid;
	uint32_t maximal_access_rights;       /* 19 */
	uint32_t guest_maximal_access_rights; /* 19 */
};
void smb1_open_andx_rsp(struct wire *w, struct smb1_open_andx_rsp *m);

/* Flags of NT_CREATE_ANDX and NT_TRANSACT_CREATE */
enum {
	NT_CREATE_REQUEST_OPLOCK = 0x00000002,
	NT_CREATE_REQUEST_OPBATCH = 0x00000004,
	NT_CREATE_OPEN_TARGET_DIR = 0x00000008,
	NT_CREATE_REQUEST_EXTENDED_RESPONSE = 0x00000010,
};

struct smb1_nt_create_andx_req {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t name_length; /* bytes as the client counted; filled on encode */
	uint32_t flags;
	uint32_t root_directory_fid;
	uint32_t desired_access;
	uint64_t allocation_size;
	uint32_t ext_file_attributes;
	uint32_t share_access;
	uint32_t create_disposition;
	uint32_t create_options;
	uint32_t impersonation_level;
	uint8_t security_flags;
	const char *file_name;
};
void smb1_nt_create_andx_req(struct wire *w, struct smb1_nt_create_andx_req *m);

/* FileStatusFlags of extended responses about files. [MS-SMB] 2.2.4.9.2 */
enum { NO_EAS = 0x0001, NO_SUBSTREAMS = 0x0002, NO_REPARSETAG = 0x0004 };

enum { SMB1_OPLOCK_NONE = 0, SMB1_OPLOCK_EXCLUSIVE = 1, SMB1_OPLOCK_BATCH = 2, SMB1_OPLOCK_LEVEL_II = 3 };

/* words: 34, or 42 for the extended response, which really has 50 words; 0 on encode means 34. */
struct smb1_nt_create_andx_rsp {
	uint8_t words;
	struct smb1_andx andx;
	uint8_t op_lock_level;
	uint16_t fid;
	uint32_t create_disposition; /* the action taken: FILE_SUPERSEDED 0 .. FILE_OVERWRITTEN 3 */
	uint64_t create_time;        /* FILETIMEs */
	uint64_t last_access_time;
	uint64_t last_write_time;
	uint64_t last_change_time;
	uint32_t ext_file_attributes;
	uint64_t allocation_size;
	uint64_t end_of_file;
	uint16_t resource_type;
	uint16_t nm_pipe_status; /* on disk with 42 words: FileStatusFlags */
	uint8_t directory;
	uint8_t volume_guid[16];              /* 42 */
	uint64_t file_id;                     /* 42 */
	uint32_t maximal_access_rights;       /* 42 */
	uint32_t guest_maximal_access_rights; /* 42 */
};
void smb1_nt_create_andx_rsp(struct wire *w, struct smb1_nt_create_andx_rsp *m);

#endif
