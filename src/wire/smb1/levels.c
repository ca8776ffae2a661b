/* Information levels of files and file systems. [MS-CIFS] 2.2.8.2-.4, [MS-FSCC] 2.4, 2.5 */
#include "wire/smb1/levels.h"

#include "wire/smb1/entries.h"

struct row {
	enum smb1_level_kind kind;
	uint16_t number, alias;
	const char *name, *ident;
};

static const struct row rows[] = {
#define FIND_LEVEL(number, NAME, spec) { SMB1_LEVEL_FIND, number, 0, #NAME, NULL },
#define FS_LEVEL(number, alias, NAME, ident, spec) { SMB1_LEVEL_FS, number, alias, #NAME, #ident },
#define QUERY_LEVEL(number, alias, NAME, ident, spec) { SMB1_LEVEL_QUERY, number, alias, #NAME, #ident },
#define SET_LEVEL(number, alias, NAME, ident, spec) { SMB1_LEVEL_SET, number, alias, #NAME, #ident },
#include "wire/smb1/levels.def"
};

static const struct row *find_row(enum smb1_level_kind kind, uint16_t level)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == kind && (rows[i].number == level || (rows[i].alias != 0 && rows[i].alias == level)))
			return &rows[i];
	return NULL;
}

uint16_t smb1_level_canonical(enum smb1_level_kind kind, uint16_t level)
{
	const struct row *row = find_row(kind, level);
	return row != NULL ? row->number : level;
}

const char *smb1_level_name(enum smb1_level_kind kind, uint16_t level)
{
	const struct row *row = find_row(kind, level);
	return row != NULL ? row->name : NULL;
}

const char *smb1_level_ident(enum smb1_level_kind kind, uint16_t level)
{
	const struct row *row = find_row(kind, level);
	return row != NULL ? row->ident : NULL;
}

void smb1_fs_allocation(struct wire *w, struct smb1_fs_allocation *m)
{
	F(32, id_file_system);
	F(32, c_sector_unit);
	F(32, c_unit);
	F(32, c_unit_available);
	F(16, cb_sector);
}

void smb1_fs_volume(struct wire *w, struct smb1_fs_volume *m)
{
	uint8_t char_count = wire_decoding(w) ? 0 : (uint8_t)MIN(wire_str_len(w, m->volume_label), (size_t)UINT8_MAX - 1);
	F(32, ul_vol_serial_nbr);
	wire_u8(w, "c_char_count", &char_count);
	/* Bytes, as Windows counts them. */
	wire_str_n(w, "volume_label", &m->volume_label, wire_decoding(w) ? MIN((size_t)char_count, wire_left(w)) : char_count);
	if (!wire_decoding(w))
		wire_reserved(w, w->unicode ? 2 : 1);
}

void smb1_fs_label_info(struct wire *w, struct smb1_fs_label_info *m)
{
	smb1_str16_counted(w, "volume_label", &m->volume_label);
}

void smb1_fs_volume_info(struct wire *w, struct smb1_fs_volume_info *m)
{
	uint32_t volume_label_size = 0;
	if (!wire_decoding(w) && m->volume_label != NULL)
		volume_label_size = (uint32_t)utf16_len(m->volume_label, strlen(m->volume_label));
	F(64, volume_creation_time);
	F(32, serial_number);
	wire_u32(w, "volume_label_size", &volume_label_size);
	wire_reserved(w, 2);
	wire_str16_n(w, "volume_label", &m->volume_label, volume_label_size);
}

void smb1_fs_size_info(struct wire *w, struct smb1_fs_size_info *m)
{
	F(64, total_allocation_units);
	F(64, total_free_allocation_units);
	F(32, sectors_per_allocation_unit);
	F(32, bytes_per_sector);
}

void smb1_fs_device_info(struct wire *w, struct smb1_fs_device_info *m)
{
	F(32, device_type);
	F(32, device_characteristics);
}

void smb1_fs_attribute_info(struct wire *w, struct smb1_fs_attribute_info *m)
{
	F(32, file_system_attributes);
	F(32, max_file_name_length_in_bytes);
	smb1_str16_counted(w, "file_system_name", &m->file_system_name);
}

void smb1_fs_control_information(struct wire *w, struct smb1_fs_control_information *m)
{
	F(64, free_space_start_filtering);
	F(64, free_space_threshold);
	F(64, free_space_stop_filtering);
	F(64, default_quota_threshold);
	F(64, default_quota_limit);
	F(32, file_system_control_flags);
	if (!wire_decoding(w) || wire_left(w) >= 4)
		wire_reserved(w, 4);
}

void smb1_fs_full_size_information(struct wire *w, struct smb1_fs_full_size_information *m)
{
	F(64, total_allocation_units);
	F(64, caller_available_allocation_units);
	F(64, actual_available_allocation_units);
	F(32, sectors_per_allocation_unit);
	F(32, bytes_per_sector);
}

void smb1_fs_object_id_information(struct wire *w, struct smb1_fs_object_id_information *m)
{
	wire_bytes(w, "object_id", m->object_id, sizeof m->object_id);
	wire_bytes(w, "extended_info", m->extended_info, sizeof m->extended_info);
}

void smb1_info_standard(struct wire *w, struct smb1_info_standard *m)
{
	F(16, creation_date);
	F(16, creation_time);
	F(16, last_access_date);
	F(16, last_access_time);
	F(16, last_write_date);
	F(16, last_write_time);
	F(32, file_data_size);
	F(32, allocation_size);
	F(16, attributes);
}

void smb1_info_query_ea_size(struct wire *w, struct smb1_info_query_ea_size *m)
{
	smb1_info_standard(w, &m->standard);
	F(32, ea_size);
}

void smb1_level_nothing(struct wire *w, struct smb1_level_nothing *m)
{
}

void smb1_file_basic_info(struct wire *w, struct smb1_file_basic_info *m)
{
	F(64, creation_time);
	F(64, last_access_time);
	F(64, last_write_time);
	F(64, last_change_time);
	F(32, ext_file_attributes);
	if (!wire_decoding(w) || wire_left(w) >= 4)
		wire_reserved(w, 4);
}

void smb1_file_standard_info(struct wire *w, struct smb1_file_standard_info *m)
{
	F(64, allocation_size);
	F(64, end_of_file);
	F(32, number_of_links);
	F(8, delete_pending);
	F(8, directory);
	if (!wire_decoding(w) || wire_left(w) >= 2)
		wire_reserved(w, 2);
}

void smb1_file_ea_info(struct wire *w, struct smb1_file_ea_info *m)
{
	F(32, ea_size);
}

void smb1_file_name_info(struct wire *w, struct smb1_file_name_info *m)
{
	smb1_str16_counted(w, "file_name", &m->file_name);
}

void smb1_file_allocation_info(struct wire *w, struct smb1_file_allocation_info *m)
{
	F(64, allocation_size);
}

void smb1_file_end_of_file_info(struct wire *w, struct smb1_file_end_of_file_info *m)
{
	F(64, end_of_file);
}

void smb1_file_all_info(struct wire *w, struct smb1_file_all_info *m)
{
	smb1_file_basic_info(w, &m->basic);
	smb1_file_standard_info(w, &m->standard);
	F(32, ea_size);
	smb1_str16_counted(w, "file_name", &m->file_name);
}

void smb1_file_alt_name_info(struct wire *w, struct smb1_file_alt_name_info *m)
{
	smb1_str16_counted(w, "file_name", &m->file_name);
}

static void stream(struct wire *w, struct smb1_file_stream *m)
{
	uint32_t stream_name_length = 0;
	if (!wire_decoding(w) && m->stream_name != NULL)
		stream_name_length = (uint32_t)utf16_len(m->stream_name, strlen(m->stream_name));
	wire_u32(w, "stream_name_length", &stream_name_length);
	F(64, stream_size);
	F(64, stream_allocation_size);
	wire_str16_n(w, "stream_name", &m->stream_name, stream_name_length);
}

void smb1_file_stream_list(struct wire *w, struct smb1_file_stream_list *m)
{
	struct smb1_entries e = smb1_entries_begin(w, 8, 24);
	uint32_t count = m->count;
	if (wire_decoding(w))
		m->streams = smb1_entries_array(w, &e, sizeof *m->streams);
	m->count = 0;
	while (smb1_entries_more(w, &e, m->count < count)) {
		stream(w, &m->streams[m->count++]);
		smb1_entries_close(w, &e);
	}
}

void smb1_file_compression_info(struct wire *w, struct smb1_file_compression_info *m)
{
	F(64, compressed_file_size);
	F(16, compression_format);
	F(8, compression_unit_shift);
	F(8, chunk_shift);
	F(8, cluster_shift);
	wire_reserved(w, 3);
}

void smb1_file_internal_information(struct wire *w, struct smb1_file_internal_information *m)
{
	F(64, index_number);
}

void smb1_file_access_information(struct wire *w, struct smb1_file_access_information *m)
{
	F(32, access_flags);
}

void smb1_file_position_information(struct wire *w, struct smb1_file_position_information *m)
{
	F(64, current_byte_offset);
}

void smb1_file_mode_information(struct wire *w, struct smb1_file_mode_information *m)
{
	F(32, mode);
}

void smb1_file_alignment_information(struct wire *w, struct smb1_file_alignment_information *m)
{
	F(32, alignment_requirement);
}

void smb1_file_pipe_information(struct wire *w, struct smb1_file_pipe_information *m)
{
	F(32, read_mode);
	F(32, completion_mode);
}

void smb1_file_pipe_local_information(struct wire *w, struct smb1_file_pipe_local_information *m)
{
	F(32, named_pipe_type);
	F(32, named_pipe_configuration);
	F(32, maximum_instances);
	F(32, current_instances);
	F(32, inbound_quota);
	F(32, read_data_available);
	F(32, outbound_quota);
	F(32, write_quota_available);
	F(32, named_pipe_state);
	F(32, named_pipe_end);
}

void smb1_file_network_open_information(struct wire *w, struct smb1_file_network_open_information *m)
{
	F(64, creation_time);
	F(64, last_access_time);
	F(64, last_write_time);
	F(64, change_time);
	F(64, allocation_size);
	F(64, end_of_file);
	F(32, file_attributes);
	wire_reserved(w, 4);
}

void smb1_file_attribute_tag_information(struct wire *w, struct smb1_file_attribute_tag_information *m)
{
	F(32, file_attributes);
	F(32, reparse_tag);
}

void smb1_info_set_standard(struct wire *w, struct smb1_info_set_standard *m)
{
	F(16, creation_date);
	F(16, creation_time);
	F(16, last_access_date);
	F(16, last_access_time);
	F(16, last_write_date);
	F(16, last_write_time);
	wire_reserved(w, wire_decoding(w) ? MIN(wire_left(w), (size_t)10) : 10);
}

void smb1_file_disposition_info(struct wire *w, struct smb1_file_disposition_info *m)
{
	F(8, delete_pending);
}

void smb1_file_rename_information(struct wire *w, struct smb1_file_rename_information *m)
{
	uint32_t file_name_length = wire_decoding(w) ? 0 : (uint32_t)wire_str_len(w, m->file_name);
	F(8, replace_if_exists);
	wire_reserved(w, 3);
	F(32, root_directory);
	wire_u32(w, "file_name_length", &file_name_length);
	wire_str_n(w, "file_name", &m->file_name, file_name_length);
}
