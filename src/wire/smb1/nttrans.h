/*
 * Setup words, parameter and data blocks of the NT_TRANSACT subcommands, [MS-CIFS] 2.2.7, [MS-SMB] 2.2.7. A coder runs on
 * a cursor over its block alone. Names: smb1_nt_transact_<ident>_<what>. Security descriptors are wire/secdesc.h.
 */
#ifndef WIRE_SMB1_NTTRANS_H
#define WIRE_SMB1_NTTRANS_H

#include "wire/smb1/frame.h"

/* Parameters. The data block holds security_descriptor_length bytes, then (aligned to 4) ea_length bytes of
 * FILE_FULL_EA_INFORMATION (levels.h). */
struct smb1_nt_transact_create_req {
	uint32_t flags;
	uint32_t root_directory_fid;
	uint32_t desired_access;
	uint64_t allocation_size;
	uint32_t ext_file_attributes;
	uint32_t share_access;
	uint32_t create_disposition;
	uint32_t create_options;
	uint32_t security_descriptor_length;
	uint32_t ea_length;
	uint32_t name_length; /* bytes as the client counted; filled on encode */
	uint32_t impersonation_level;
	uint8_t security_flags;
	const char *name;
};
void smb1_nt_transact_create_req(struct wire *w, struct smb1_nt_transact_create_req *m);

/* Parameters; the extended form (response_type 1) adds what NT_CREATE_ANDX's extended response adds. */
struct smb1_nt_transact_create_rsp {
	uint8_t op_lock_level;
	uint8_t response_type;
	uint16_t fid;
	uint32_t create_action;
	uint32_t ea_error_offset;
	uint64_t creation_time; /* FILETIMEs */
	uint64_t last_access_time;
	uint64_t last_write_time;
	uint64_t last_change_time;
	uint32_t ext_file_attributes;
	uint64_t allocation_size;
	uint64_t end_of_file;
	uint16_t resource_type;
	uint16_t nm_pipe_status;
	uint8_t directory;
	uint8_t volume_guid[16];
	uint64_t file_id;
	uint32_t maximal_access_rights;
	uint32_t guest_maximal_access_rights;
};
void smb1_nt_transact_create_rsp(struct wire *w, struct smb1_nt_transact_create_rsp *m);

/* The four setup words. False from the decoder: fewer words. Bytes in and out are the data block as it is; the response
 * has one setup word, the number of bytes. */
struct smb1_nt_transact_ioctl_setup {
	uint32_t function_code;
	uint16_t fid;
	uint8_t is_fsctl;
	uint8_t is_flags;
};
bool smb1_nt_transact_ioctl_setup_get(struct smb1_nt_transact_ioctl_setup *m, const uint16_t *setup, uint8_t count);
void smb1_nt_transact_ioctl_setup_put(const struct smb1_nt_transact_ioctl_setup *m, uint16_t setup[4]);

/* Two numbers of 64 bits: FILE_ZERO_DATA_INFORMATION (offset, first byte beyond), FILE_ALLOCATED_RANGE_BUFFER (offset,
 * length). [MS-FSCC] 2.3.71, 2.3.52.1 */
struct smb1_fsctl_range {
	uint64_t offset;
	uint64_t second;
};
void smb1_fsctl_range(struct wire *w, struct smb1_fsctl_range *m);

/* FILE_OBJECTID_BUFFER type 1. [MS-FSCC] 2.1.3.1 */
struct smb1_object_id {
	uint8_t object_id[16];
	uint8_t birth_volume_id[16];
	uint8_t birth_object_id[16];
	uint8_t domain_id[16];
};
void smb1_object_id(struct wire *w, struct smb1_object_id *m);

/* FSCTL_SRV_ENUMERATE_SNAPSHOTS; the names follow, "@GMT-..." in UTF-16, each with NUL, and one NUL more.
 * [MS-SMB] 2.2.7.2.2.1 */
struct smb1_snapshot_list {
	uint32_t number_of_snapshots;
	uint32_t number_of_snapshots_returned;
	uint32_t snapshot_array_size;
	struct slice snapshots; /* empty: none are returned, and zeros make the block 16 bytes, below which Samba's client does not look at it */
};
void smb1_snapshot_list(struct wire *w, struct smb1_snapshot_list *m);

/* SecurityInformation */
enum {
	OWNER_SECURITY_INFORMATION = 0x01,
	GROUP_SECURITY_INFORMATION = 0x02,
	DACL_SECURITY_INFORMATION = 0x04,
	SACL_SECURITY_INFORMATION = 0x08,
};

struct smb1_nt_transact_set_security_desc_req {
	uint16_t fid;
	uint32_t security_information;
};
void smb1_nt_transact_set_security_desc_req(struct wire *w, struct smb1_nt_transact_set_security_desc_req *m);

struct smb1_nt_transact_query_security_desc_req {
	uint16_t fid;
	uint32_t security_info_fields;
};
void smb1_nt_transact_query_security_desc_req(struct wire *w, struct smb1_nt_transact_query_security_desc_req *m);

struct smb1_nt_transact_query_security_desc_rsp {
	uint32_t length_needed;
};
void smb1_nt_transact_query_security_desc_rsp(struct wire *w, struct smb1_nt_transact_query_security_desc_rsp *m);

/* NT_TRANSACT_QUERY_QUOTA parameters; the data block is a smb1_file_get_quota_list. [MS-SMB] 2.2.7.5.1 */
struct smb1_nt_transact_query_quota_req {
	uint16_t fid;
	uint8_t return_single_entry;
	uint8_t restart_scan;
	uint32_t sid_list_length;  /* bytes of the data block; not 0: these SIDs are asked for */
	uint32_t start_sid_length; /* not 0: a scan begins at the SID at this offset there */
	uint32_t start_sid_offset;
};
void smb1_nt_transact_query_quota_req(struct wire *w, struct smb1_nt_transact_query_quota_req *m);

/* Its answer's; the data block is a smb1_file_quota_list. [MS-SMB] 2.2.7.5.2 */
struct smb1_nt_transact_query_quota_rsp {
	uint32_t data_length;
};
void smb1_nt_transact_query_quota_rsp(struct wire *w, struct smb1_nt_transact_query_quota_rsp *m);

/* NT_TRANSACT_SET_QUOTA parameters; the data block is a smb1_file_quota_list. [MS-SMB] 2.2.7.6.1 */
struct smb1_nt_transact_set_quota_req {
	uint16_t fid;
};
void smb1_nt_transact_set_quota_req(struct wire *w, struct smb1_nt_transact_set_quota_req *m);

/* FILE_GET_QUOTA_INFORMATION. [MS-FSCC] 2.4.41.1 */
struct smb1_file_get_quota_information {
	struct slice sid; /* its packet form */
};
struct smb1_file_get_quota_list {
	uint32_t count;
	struct smb1_file_get_quota_information *sids; /* arena on decode */
};
void smb1_file_get_quota_list(struct wire *w, struct smb1_file_get_quota_list *m);

/* FILE_QUOTA_INFORMATION. [MS-FSCC] 2.4.41 */
enum { SMB1_FILE_QUOTA_HEAD = 40 }; /* bytes before the SID */
struct smb1_file_quota_information {
	uint64_t change_time; /* FILETIME */
	uint64_t quota_used;  /* bytes */
	uint64_t quota_threshold; /* bytes; all ones: none */
	uint64_t quota_limit;     /* bytes; all ones: none, one less: the entry is to go */
	struct slice sid;         /* its packet form */
};
struct smb1_file_quota_list {
	uint32_t count;
	struct smb1_file_quota_information *quotas; /* arena on decode */
};
void smb1_file_quota_list(struct wire *w, struct smb1_file_quota_list *m);

/* The four setup words of NOTIFY_CHANGE. */
struct smb1_nt_transact_notify_change_setup {
	uint32_t completion_filter; /* FILE_NOTIFY_CHANGE_* */
	uint16_t fid;
	uint8_t watch_tree;
};
bool smb1_nt_transact_notify_change_setup_get(struct smb1_nt_transact_notify_change_setup *m, const uint16_t *setup,
                                              uint8_t count);
void smb1_nt_transact_notify_change_setup_put(const struct smb1_nt_transact_notify_change_setup *m, uint16_t setup[4]);

/* FILE_NOTIFY_INFORMATION in the response's parameters, names in UTF-16 always. [MS-FSCC] 2.7.1 */
struct smb1_file_notify_information {
	uint32_t action; /* FILE_ACTION_* */
	const char *file_name;
};
struct smb1_file_notify_list {
	uint32_t count;
	struct smb1_file_notify_information *entries; /* arena on decode */
};
void smb1_file_notify_list(struct wire *w, struct smb1_file_notify_list *m);

/* NT_TRANSACT_RENAME parameters. [MS-CIFS] 2.2.7.5 */
struct smb1_nt_transact_rename_req {
	uint16_t fid;
	uint16_t rename_flags;
	const char *new_name;
};
void smb1_nt_transact_rename_req(struct wire *w, struct smb1_nt_transact_rename_req *m);

#endif
