/*
 * Information levels: structs and coders, both directions. A coder runs on a cursor over the data block alone, whose
 * offset 0 is the block's (strings align to it). w->unicode must be set as the request's Flags2 say; names that are
 * UTF-16 always say so. Times: *_date and *_time are SMB_DATE/SMB_TIME in server local time, uint64_t are FILETIMEs.
 */
#ifndef WIRE_SMB1_LEVELS_H
#define WIRE_SMB1_LEVELS_H

#include "base/status.h"
#include "wire/smb1/smb1.h"
#include "wire/smb1/unix_levels.h"

enum smb1_level_kind { SMB1_LEVEL_FIND, SMB1_LEVEL_FS, SMB1_LEVEL_QUERY, SMB1_LEVEL_SET };

enum { SMB_INFO_PASSTHROUGH = 1000 };

/* The level's constants: FIND_SMB_INFO_STANDARD, FS_SMB_QUERY_FS_SIZE_INFO, QUERY_..., SET_..., since names repeat. */
enum {
#define FIND_LEVEL(number, NAME, spec) FIND_##NAME = (number),
#define FS_LEVEL(number, alias, NAME, ident, spec) FS_##NAME = (number),
#define QUERY_LEVEL(number, alias, NAME, ident, spec) QUERY_##NAME = (number),
#define SET_LEVEL(number, alias, NAME, ident, spec) SET_##NAME = (number),
#include "wire/smb1/levels.def"
};

/* The row's number for a pass-through alias; any other number comes back unchanged. */
uint16_t smb1_level_canonical(enum smb1_level_kind kind, uint16_t level);
/* The level's name; NULL: no row. Takes aliases. */
const char *smb1_level_name(enum smb1_level_kind kind, uint16_t level);
/* The name of its block ("file_basic_info"), see wire/blocks.h; NULL: no row, or a listing. Takes aliases. */
const char *smb1_level_ident(enum smb1_level_kind kind, uint16_t level);

/* ---- EA lists ---- */

struct smb1_fea {
	uint8_t flags;
	const char *attribute_name; /* OEM */
	struct slice attribute_value;
};

/* SMB_FEA_LIST. On decode a size of 4 or less is an empty list whatever follows (OS/2 sends junk there).
 * [MS-CIFS] 2.2.1.2.2.1 */
struct smb1_fea_list {
	uint32_t count;
	struct smb1_fea *feas; /* arena on decode */
};
void smb1_fea_list(struct wire *w, struct smb1_fea_list *m);
size_t smb1_fea_list_len(const struct wire *w, const struct smb1_fea_list *m); /* bytes on the wire */

/* SMB_GEA_LIST: names only. [MS-CIFS] 2.2.1.2.1.1 */
struct smb1_gea_list {
	uint32_t count;
	const char **attribute_names;
};
void smb1_gea_list(struct wire *w, struct smb1_gea_list *m);

/* A chain of FILE_FULL_EA_INFORMATION. [MS-FSCC] 2.4.16 */
struct smb1_file_full_ea_list {
	uint32_t count;
	struct smb1_fea *feas;
};
void smb1_file_full_ea_list(struct wire *w, struct smb1_file_full_ea_list *m);

/* ---- FIND ---- */

/* The union of all find entries: fill what you have, each level takes what it carries. */
struct smb1_find_entry {
	/* levels 1..3 */
	uint32_t resume_key; /* with SMB_FIND_RETURN_RESUME_KEYS */
	uint16_t creation_date, creation_time;
	uint16_t last_access_date, last_access_time;
	uint16_t last_write_date, last_write_time;
	uint32_t file_data_size;
	uint32_t dos_allocation_size;
	uint16_t attributes;
	struct smb1_fea_list extended_attribute_list; /* 3 */
	/* levels 0x101.. */
	uint32_t file_index;
	uint64_t creation_filetime; /* CreationTime etc. of the NT levels */
	uint64_t last_access_filetime;
	uint64_t last_write_filetime;
	uint64_t last_change_filetime;
	uint64_t end_of_file;
	uint64_t allocation_size;
	uint32_t ext_file_attributes;
	const char *short_name; /* 0x104, 0x106: UTF-16 always, at most 12 characters */
	uint64_t file_id;       /* 0x105, 0x106 */
	struct smb1_unix_info2 unix_info; /* 0x202 (its first part), 0x20B */
	/* both */
	uint32_t ea_size;
	const char *file_name;
};

/*
 * The data block of FIND_FIRST2 and FIND_NEXT2. Encode: init, then add entries until add returns false: the entry does
 * not fit (or the cursor failed) and nothing of it remains in the buffer. The links between entries are kept right after
 * every add. Decode: init, then next until it returns false; wire_ok tells the end from an error.
 */
struct smb1_find_list {
	uint16_t level;
	bool resume_keys;
	size_t last_entry;       /* where the newest entry begins; valid if count > 0 */
	size_t last_name;        /* where its name begins */
	size_t next;             /* decode: where the next entry begins */
	uint32_t count;
};
void smb1_find_list_init(struct smb1_find_list *l, uint16_t level, bool resume_keys);
bool smb1_find_list_add(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *e);
bool smb1_find_list_next(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *e);
/* LastNameOffset of the response: of the name at levels 1..3 (OS/2 needs that), of the entry else. */
uint16_t smb1_find_list_last_name_offset(const struct smb1_find_list *l);

/* ---- FS ---- */

struct smb1_fs_allocation {
	uint32_t id_file_system;
	uint32_t c_sector_unit;
	uint32_t c_unit;
	uint32_t c_unit_available;
	uint16_t cb_sector;
};
void smb1_fs_allocation(struct wire *w, struct smb1_fs_allocation *m);

struct smb1_fs_volume {
	uint32_t ul_vol_serial_nbr;
	const char *volume_label; /* by w->unicode; CharCount counts its bytes without NUL */
};
void smb1_fs_volume(struct wire *w, struct smb1_fs_volume *m);

struct smb1_fs_label_info {
	const char *volume_label; /* UTF-16 */
};
void smb1_fs_label_info(struct wire *w, struct smb1_fs_label_info *m);

struct smb1_fs_volume_info {
	uint64_t volume_creation_time;
	uint32_t serial_number;
	const char *volume_label; /* UTF-16 */
};
void smb1_fs_volume_info(struct wire *w, struct smb1_fs_volume_info *m);

struct smb1_fs_size_info {
	uint64_t total_allocation_units;
	uint64_t total_free_allocation_units;
	uint32_t sectors_per_allocation_unit;
	uint32_t bytes_per_sector;
};
void smb1_fs_size_info(struct wire *w, struct smb1_fs_size_info *m);

/* DeviceType and DeviceCharacteristics. [MS-CIFS] 2.2.8.2.5 */
enum {
	FILE_DEVICE_CD_ROM = 0x02,
	FILE_DEVICE_DISK = 0x07,
	FILE_DEVICE_NAMED_PIPE = 0x11,
	FILE_DEVICE_PRINTER = 0x18,
	FILE_REMOVABLE_MEDIA = 0x0001,
	FILE_READ_ONLY_DEVICE = 0x0002,
	FILE_REMOTE_DEVICE = 0x0010,
	FILE_DEVICE_IS_MOUNTED = 0x0020,
};

struct smb1_fs_device_info {
	uint32_t device_type;
	uint32_t device_characteristics;
};
void smb1_fs_device_info(struct wire *w, struct smb1_fs_device_info *m);

/* FileSystemAttributes. [MS-CIFS] 2.2.8.2.6, [MS-SMB] 2.2.1.2.2 */
enum {
	FILE_CASE_SENSITIVE_SEARCH = 0x00000001,
	FILE_CASE_PRESERVED_NAMES = 0x00000002,
	FILE_UNICODE_ON_DISK = 0x00000004,
	FILE_PERSISTENT_ACLS = 0x00000008,
	FILE_FILE_COMPRESSION = 0x00000010,
	FILE_VOLUME_QUOTAS = 0x00000020,
	FILE_SUPPORTS_SPARSE_FILES = 0x00000040,
	FILE_SUPPORTS_REPARSE_POINTS = 0x00000080,
	FILE_SUPPORTS_OBJECT_IDS = 0x00010000,
	FILE_NAMED_STREAMS = 0x00040000,
};

struct smb1_fs_attribute_info {
	uint32_t file_system_attributes;
	uint32_t max_file_name_length_in_bytes;
	const char *file_system_name; /* UTF-16, no NUL */
};
void smb1_fs_attribute_info(struct wire *w, struct smb1_fs_attribute_info *m);

struct smb1_fs_control_information {
	uint64_t free_space_start_filtering;
	uint64_t free_space_threshold;
	uint64_t free_space_stop_filtering;
	uint64_t default_quota_threshold;
	uint64_t default_quota_limit;
	uint32_t file_system_control_flags;
};
void smb1_fs_control_information(struct wire *w, struct smb1_fs_control_information *m);

struct smb1_fs_full_size_information {
	uint64_t total_allocation_units;
	uint64_t caller_available_allocation_units;
	uint64_t actual_available_allocation_units;
	uint32_t sectors_per_allocation_unit;
	uint32_t bytes_per_sector;
};
void smb1_fs_full_size_information(struct wire *w, struct smb1_fs_full_size_information *m);

struct smb1_fs_object_id_information {
	uint8_t object_id[16];
	uint8_t extended_info[48];
};
void smb1_fs_object_id_information(struct wire *w, struct smb1_fs_object_id_information *m);

/* ---- QUERY and SET ---- */

struct smb1_info_standard {
	uint16_t creation_date, creation_time;
	uint16_t last_access_date, last_access_time;
	uint16_t last_write_date, last_write_time;
	uint32_t file_data_size;
	uint32_t allocation_size;
	uint16_t attributes;
};
void smb1_info_standard(struct wire *w, struct smb1_info_standard *m);

struct smb1_info_query_ea_size {
	struct smb1_info_standard standard;
	uint32_t ea_size;
};
void smb1_info_query_ea_size(struct wire *w, struct smb1_info_query_ea_size *m);

struct smb1_level_nothing {
	uint8_t unused;
};
void smb1_level_nothing(struct wire *w, struct smb1_level_nothing *m);

/* Query and set; a set of 36 bytes (without the reserved word) is read. */
struct smb1_file_basic_info {
	uint64_t creation_time;
	uint64_t last_access_time;
	uint64_t last_write_time;
	uint64_t last_change_time;
	uint32_t ext_file_attributes;
};
void smb1_file_basic_info(struct wire *w, struct smb1_file_basic_info *m);

/* Written with the two bytes of padding of FileStandardInformation (24 in all), read with or without. */
struct smb1_file_standard_info {
	uint64_t allocation_size;
	uint64_t end_of_file;
	uint32_t number_of_links;
	uint8_t delete_pending;
	uint8_t directory;
};
void smb1_file_standard_info(struct wire *w, struct smb1_file_standard_info *m);

struct smb1_file_ea_info {
	uint32_t ea_size;
};
void smb1_file_ea_info(struct wire *w, struct smb1_file_ea_info *m);

struct smb1_file_name_info {
	const char *file_name; /* UTF-16; from the share's root, with leading backslash */
};
void smb1_file_name_info(struct wire *w, struct smb1_file_name_info *m);

struct smb1_file_allocation_info {
	uint64_t allocation_size;
};
void smb1_file_allocation_info(struct wire *w, struct smb1_file_allocation_info *m);

struct smb1_file_end_of_file_info {
	uint64_t end_of_file;
};
void smb1_file_end_of_file_info(struct wire *w, struct smb1_file_end_of_file_info *m);

/* The form that Windows sends, 72 bytes and the name, not FileAllInformation of [MS-FSCC]. */
struct smb1_file_all_info {
	struct smb1_file_basic_info basic;
	struct smb1_file_standard_info standard;
	uint32_t ea_size;
	const char *file_name; /* UTF-16 */
};
void smb1_file_all_info(struct wire *w, struct smb1_file_all_info *m);

struct smb1_file_alt_name_info {
	const char *file_name; /* UTF-16; the 8.3 name */
};
void smb1_file_alt_name_info(struct wire *w, struct smb1_file_alt_name_info *m);

struct smb1_file_stream {
	uint64_t stream_size;
	uint64_t stream_allocation_size;
	const char *stream_name; /* UTF-16; "::$DATA" */
};
struct smb1_file_stream_list {
	uint32_t count;
	struct smb1_file_stream *streams; /* arena on decode */
};
void smb1_file_stream_list(struct wire *w, struct smb1_file_stream_list *m);

struct smb1_file_compression_info {
	uint64_t compressed_file_size;
	uint16_t compression_format;
	uint8_t compression_unit_shift;
	uint8_t chunk_shift;
	uint8_t cluster_shift;
};
void smb1_file_compression_info(struct wire *w, struct smb1_file_compression_info *m);

struct smb1_file_internal_information {
	uint64_t index_number;
};
void smb1_file_internal_information(struct wire *w, struct smb1_file_internal_information *m);

struct smb1_file_access_information {
	uint32_t access_flags;
};
void smb1_file_access_information(struct wire *w, struct smb1_file_access_information *m);

struct smb1_file_position_information {
	uint64_t current_byte_offset;
};
void smb1_file_position_information(struct wire *w, struct smb1_file_position_information *m);

struct smb1_file_mode_information {
	uint32_t mode;
};
void smb1_file_mode_information(struct wire *w, struct smb1_file_mode_information *m);

struct smb1_file_alignment_information {
	uint32_t alignment_requirement;
};
void smb1_file_alignment_information(struct wire *w, struct smb1_file_alignment_information *m);

struct smb1_file_pipe_information {
	uint32_t read_mode;
	uint32_t completion_mode;
};
void smb1_file_pipe_information(struct wire *w, struct smb1_file_pipe_information *m);

struct smb1_file_pipe_local_information {
	uint32_t named_pipe_type;
	uint32_t named_pipe_configuration;
	uint32_t maximum_instances;
	uint32_t current_instances;
	uint32_t inbound_quota;
	uint32_t read_data_available;
	uint32_t outbound_quota;
	uint32_t write_quota_available;
	uint32_t named_pipe_state;
	uint32_t named_pipe_end;
};
void smb1_file_pipe_local_information(struct wire *w, struct smb1_file_pipe_local_information *m);

struct smb1_file_network_open_information {
	uint64_t creation_time;
	uint64_t last_access_time;
	uint64_t last_write_time;
	uint64_t change_time;
	uint64_t allocation_size;
	uint64_t end_of_file;
	uint32_t file_attributes;
};
void smb1_file_network_open_information(struct wire *w, struct smb1_file_network_open_information *m);

struct smb1_file_attribute_tag_information {
	uint32_t file_attributes;
	uint32_t reparse_tag;
};
void smb1_file_attribute_tag_information(struct wire *w, struct smb1_file_attribute_tag_information *m);

/* Ten reserved bytes are written, and may be missing when read. */
struct smb1_info_set_standard {
	uint16_t creation_date, creation_time;
	uint16_t last_access_date, last_access_time;
	uint16_t last_write_date, last_write_time;
};
void smb1_info_set_standard(struct wire *w, struct smb1_info_set_standard *m);

struct smb1_file_disposition_info {
	uint8_t delete_pending;
};
void smb1_file_disposition_info(struct wire *w, struct smb1_file_disposition_info *m);

/* FileRenameInformation and FileLinkInformation as SMB1 carries them. */
struct smb1_file_rename_information {
	uint8_t replace_if_exists;
	uint32_t root_directory;
	const char *file_name; /* by w->unicode */
};
void smb1_file_rename_information(struct wire *w, struct smb1_file_rename_information *m);

#endif
