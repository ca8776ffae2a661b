/*
 * Parameter blocks of the TRANS2 subcommands, [MS-CIFS] 2.2.6. A coder runs on a cursor over the parameter block alone
 * (its offset 0 is the block's, for string alignment too). Data blocks are levels.h and EA lists.
 * Names: smb1_trans2_<ident>_req / _rsp, by the rows of trans.def.
 */
#ifndef WIRE_SMB1_TRANS2_H
#define WIRE_SMB1_TRANS2_H

#include "wire/smb1/frame.h"

struct smb1_trans2_open2_req {
	uint16_t flags; /* REQ_ATTRIB etc. */
	uint16_t access_mode;
	uint16_t file_attributes;
	uint32_t creation_time; /* UTIME */
	uint16_t open_mode;
	uint32_t allocation_size;
	const char *file_name;
};
void smb1_trans2_open2_req(struct wire *w, struct smb1_trans2_open2_req *m);

struct smb1_trans2_open2_rsp {
	uint16_t fid;
	uint16_t file_attributes;
	uint32_t creation_time; /* UTIME */
	uint32_t file_data_size;
	uint16_t access_mode;
	uint16_t resource_type;
	uint16_t nm_pipe_status;
	uint16_t action_taken;
	uint32_t reserved; /* inode number of OS/2 */
	uint16_t extended_attribute_error_offset;
	uint32_t extended_attribute_length;
};
void smb1_trans2_open2_rsp(struct wire *w, struct smb1_trans2_open2_rsp *m);

/* Flags of FIND_FIRST2 and FIND_NEXT2 */
enum {
	SMB_FIND_CLOSE_AFTER_REQUEST = 0x0001,
	SMB_FIND_CLOSE_AT_EOS = 0x0002,
	SMB_FIND_RETURN_RESUME_KEYS = 0x0004,
	SMB_FIND_CONTINUE_FROM_LAST = 0x0008,
	SMB_FIND_WITH_BACKUP_INTENT = 0x0010,
};

struct smb1_trans2_find_first2_req {
	uint16_t search_attributes;
	uint16_t search_count;
	uint16_t flags;
	uint16_t information_level;
	uint32_t search_storage_type;
	const char *file_name;
};
void smb1_trans2_find_first2_req(struct wire *w, struct smb1_trans2_find_first2_req *m);

struct smb1_trans2_find_first2_rsp {
	uint16_t sid;
	uint16_t search_count;
	uint16_t end_of_search;
	uint16_t ea_error_offset;
	uint16_t last_name_offset;
};
void smb1_trans2_find_first2_rsp(struct wire *w, struct smb1_trans2_find_first2_rsp *m);

struct smb1_trans2_find_next2_req {
	uint16_t sid;
	uint16_t search_count;
	uint16_t information_level;
	uint32_t resume_key;
	uint16_t flags;
	const char *file_name;
};
void smb1_trans2_find_next2_req(struct wire *w, struct smb1_trans2_find_next2_req *m);

struct smb1_trans2_find_next2_rsp {
	uint16_t search_count;
	uint16_t end_of_search;
	uint16_t ea_error_offset;
	uint16_t last_name_offset;
};
void smb1_trans2_find_next2_rsp(struct wire *w, struct smb1_trans2_find_next2_rsp *m);

struct smb1_trans2_query_fs_information_req {
	uint16_t information_level;
};
void smb1_trans2_query_fs_information_req(struct wire *w, struct smb1_trans2_query_fs_information_req *m);

/* [MS-SMB] 2.2.6.4.1 */
struct smb1_trans2_set_fs_information_req {
	uint16_t fid;
	uint16_t information_level;
};
void smb1_trans2_set_fs_information_req(struct wire *w, struct smb1_trans2_set_fs_information_req *m);

struct smb1_trans2_query_path_information_req {
	uint16_t information_level;
	const char *file_name;
};
void smb1_trans2_query_path_information_req(struct wire *w, struct smb1_trans2_query_path_information_req *m);

struct smb1_trans2_set_path_information_req {
	uint16_t information_level;
	const char *file_name;
};
void smb1_trans2_set_path_information_req(struct wire *w, struct smb1_trans2_set_path_information_req *m);

struct smb1_trans2_query_file_information_req {
	uint16_t fid;
	uint16_t information_level;
};
void smb1_trans2_query_file_information_req(struct wire *w, struct smb1_trans2_query_file_information_req *m);

/* The reserved word may be missing (short requests of old clients). */
struct smb1_trans2_set_file_information_req {
	uint16_t fid;
	uint16_t information_level;
};
void smb1_trans2_set_file_information_req(struct wire *w, struct smb1_trans2_set_file_information_req *m);

struct smb1_trans2_create_directory_req {
	const char *directory_name;
};
void smb1_trans2_create_directory_req(struct wire *w, struct smb1_trans2_create_directory_req *m);

/* The response parameters of QUERY/SET_PATH/FILE_INFORMATION and CREATE_DIRECTORY. */
struct smb1_trans2_ea_error_rsp {
	uint16_t ea_error_offset;
};
void smb1_trans2_ea_error_rsp(struct wire *w, struct smb1_trans2_ea_error_rsp *m);

/* REQ_GET_DFS_REFERRAL, Unicode always. [MS-DFSC] 2.2.2 */
struct smb1_trans2_get_dfs_referral_req {
	uint16_t max_referral_level;
	const char *request_file_name;
};
void smb1_trans2_get_dfs_referral_req(struct wire *w, struct smb1_trans2_get_dfs_referral_req *m);

/* Named pipes, [MS-CIFS] 2.2.5: the blocks that are not plain bytes. setup[1] is the FID (priority of WAIT and CALL). */
struct smb1_trans_set_nmpipe_state_req {
	uint16_t pipe_state;
};
void smb1_trans_set_nmpipe_state_req(struct wire *w, struct smb1_trans_set_nmpipe_state_req *m);

struct smb1_trans_query_nmpipe_state_rsp {
	uint16_t nm_pipe_status;
};
void smb1_trans_query_nmpipe_state_rsp(struct wire *w, struct smb1_trans_query_nmpipe_state_rsp *m);

struct smb1_trans_query_nmpipe_info_req {
	uint16_t level;
};
void smb1_trans_query_nmpipe_info_req(struct wire *w, struct smb1_trans_query_nmpipe_info_req *m);

struct smb1_trans_query_nmpipe_info_rsp { /* data block */
	uint16_t output_buffer_size;
	uint16_t input_buffer_size;
	uint8_t maximum_instances;
	uint8_t current_instances;
	const char *pipe_name; /* by w->unicode; PipeNameLength counts its NUL */
};
void smb1_trans_query_nmpipe_info_rsp(struct wire *w, struct smb1_trans_query_nmpipe_info_rsp *m);

struct smb1_trans_peek_nmpipe_rsp {
	uint16_t read_data_available;
	uint16_t message_bytes_length;
	uint16_t named_pipe_state; /* 1 disconnected, 2 listening, 3 connected, 4 closing */
};
void smb1_trans_peek_nmpipe_rsp(struct wire *w, struct smb1_trans_peek_nmpipe_rsp *m);

/* Of RAW_WRITE_NMPIPE and WRITE_NMPIPE. */
struct smb1_trans_write_nmpipe_rsp {
	uint16_t bytes_written;
};
void smb1_trans_write_nmpipe_rsp(struct wire *w, struct smb1_trans_write_nmpipe_rsp *m);

#endif
