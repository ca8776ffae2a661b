/* Commands on names and attributes. [MS-CIFS] 2.2.4.1, .2, .7-.10, .17, .30, .31, .57, .66 */
#ifndef WIRE_SMB1_PATH_H
#define WIRE_SMB1_PATH_H

#include "wire/smb1/frame.h"

struct smb1_create_directory_req {
	uint8_t words;
	const char *directory_name;
};
void smb1_create_directory_req(struct wire *w, struct smb1_create_directory_req *m);
SMB1_EMPTY_MESSAGE(create_directory_rsp);

struct smb1_delete_directory_req {
	uint8_t words;
	const char *directory_name;
};
void smb1_delete_directory_req(struct wire *w, struct smb1_delete_directory_req *m);
SMB1_EMPTY_MESSAGE(delete_directory_rsp);

struct smb1_check_directory_req {
	uint8_t words;
	const char *directory_name;
};
void smb1_check_directory_req(struct wire *w, struct smb1_check_directory_req *m);
SMB1_EMPTY_MESSAGE(check_directory_rsp);

struct smb1_delete_req {
	uint8_t words;
	uint16_t search_attributes;
	const char *file_name;
};
void smb1_delete_req(struct wire *w, struct smb1_delete_req *m);
SMB1_EMPTY_MESSAGE(delete_rsp);

struct smb1_rename_req {
	uint8_t words;
	uint16_t search_attributes;
	const char *old_file_name;
	const char *new_file_name;
};
void smb1_rename_req(struct wire *w, struct smb1_rename_req *m);
SMB1_EMPTY_MESSAGE(rename_rsp);

/* InformationLevel of NT_RENAME */
enum {
	SMB_NT_RENAME_MOVE_CLUSTER_INFO = 0x0102,
	SMB_NT_RENAME_SET_LINK_INFO = 0x0103,
	SMB_NT_RENAME_RENAME_FILE = 0x0104,
	SMB_NT_RENAME_MOVE_FILE = 0x0105,
};

struct smb1_nt_rename_req {
	uint8_t words;
	uint16_t search_attributes;
	uint16_t information_level;
	uint32_t cluster_count; /* "Reserved" in the specification */
	const char *old_file_name;
	const char *new_file_name;
};
void smb1_nt_rename_req(struct wire *w, struct smb1_nt_rename_req *m);
SMB1_EMPTY_MESSAGE(nt_rename_rsp);

struct smb1_query_information_req {
	uint8_t words;
	const char *file_name;
};
void smb1_query_information_req(struct wire *w, struct smb1_query_information_req *m);

struct smb1_query_information_rsp {
	uint8_t words;
	uint16_t file_attributes;
	uint32_t last_write_time; /* UTIME */
	uint32_t file_size;
};
void smb1_query_information_rsp(struct wire *w, struct smb1_query_information_rsp *m);

struct smb1_set_information_req {
	uint8_t words;
	uint16_t file_attributes;
	uint32_t last_write_time; /* UTIME; 0 and SMB1_UTIME_NONE leave it */
	const char *file_name;
};
void smb1_set_information_req(struct wire *w, struct smb1_set_information_req *m);
SMB1_EMPTY_MESSAGE(set_information_rsp);

/* SMB_DATE and SMB_TIME pairs; a pair of zeros leaves that time. */
struct smb1_set_information2_req {
	uint8_t words;
	uint16_t fid;
	uint16_t create_date, creation_time;
	uint16_t last_access_date, last_access_time;
	uint16_t last_write_date, last_write_time;
};
void smb1_set_information2_req(struct wire *w, struct smb1_set_information2_req *m);
SMB1_EMPTY_MESSAGE(set_information2_rsp);

struct smb1_query_information2_req {
	uint8_t words;
	uint16_t fid;
};
void smb1_query_information2_req(struct wire *w, struct smb1_query_information2_req *m);

struct smb1_query_information2_rsp {
	uint8_t words;
	uint16_t create_date, creation_time;
	uint16_t last_access_date, last_access_time;
	uint16_t last_write_date, last_write_time;
	uint32_t file_data_size;
	uint32_t file_allocation_size;
	uint16_t file_attributes;
};
void smb1_query_information2_rsp(struct wire *w, struct smb1_query_information2_rsp *m);

SMB1_EMPTY_MESSAGE(query_information_disk_req);

struct smb1_query_information_disk_rsp {
	uint8_t words;
	uint16_t total_units;
	uint16_t blocks_per_unit;
	uint16_t block_size; /* bytes */
	uint16_t free_units;
};
void smb1_query_information_disk_rsp(struct wire *w, struct smb1_query_information_disk_rsp *m);

#endif
