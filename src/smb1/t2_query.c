/* QUERY_PATH_INFORMATION, QUERY_FILE_INFORMATION. [MS-CIFS] 3.3.5.58.6, .8 */
#include "fs/attr.h"
#include "fs/stream.h"
#include "smb1/map.h"
#include "smb1/trans2.h"
#include "smb1/unix.h"

/* Enough for any level but EA lists: two names of 255 characters and the fixed parts. */
enum { LEVEL_ROOM = 4096, EA_ROOM = 65536 };

/* What is asked about: an open file, or a path. */
struct subject {
	struct fs_open *open;    /* or NULL */
	uint64_t position;
	const char *disk_path;   /* of a path */
	bool stream;             /* a path names a stream, which has no EAs of its own */
	const char *client_path; /* from the root, with leading backslash */
	struct fs_info info;
};

static struct smb1_info_standard standard16(const struct smb1_req *r, const struct fs_info *i)
{
	int tz = r->conn->tz_min;
	struct smb1_info_standard m = {
		.file_data_size = map_file_size(r, i->end_of_file),
		.allocation_size = map_file_size(r, i->allocation_size),
		.attributes = map_attributes16(i->attributes),
	};
	nttime_to_dos(i->creation_time, tz, &m.creation_date, &m.creation_time);
	nttime_to_dos(i->last_access_time, tz, &m.last_access_date, &m.last_access_time);
	nttime_to_dos(i->last_write_time, tz, &m.last_write_date, &m.last_write_time);
	return m;
}

static struct smb1_file_basic_info basic_of(const struct fs_info *i)
{
	return (struct smb1_file_basic_info){
		.creation_time = i->creation_time,
		.last_access_time = i->last_access_time,
		.last_write_time = i->last_write_time,
		.last_change_time = i->change_time,
		.ext_file_attributes = i->attributes,
	};
}

static struct smb1_file_standard_info standard_of(const struct fs_info *i)
{
	return (struct smb1_file_standard_info){
		.allocation_size = i->allocation_size,
		.end_of_file = i->end_of_file,
		.number_of_links = i->number_of_links,
		.delete_pending = i->delete_pending,
		.directory = i->directory,
	};
}

static nt_status read_gea_names(struct smb1_req *r, const struct trans_call *call, struct smb1_gea_list *out)
{
	struct wire w = trans_reader(r, call->data);
	smb1_gea_list(&w, out);
	return wire_ok(&w) ? STATUS_SUCCESS : STATUS_EA_LIST_INCONSISTENT;
}

static nt_status put_eas(struct smb1_req *r, struct trans_call *call, uint16_t level, const struct subject *s)
{
	struct smb1_fea_list list = { 0 };
	struct smb1_gea_list gea = { 0 };
	struct fs_ea *eas;
	size_t n;
	if (s->stream)
		return STATUS_INVALID_PARAMETER;
	nt_status status = fs_query_eas(&r->fs, s->open, s->disk_path, &eas, &n);
	if (status == STATUS_SUCCESS && level == QUERY_SMB_INFO_QUERY_EAS_FROM_LIST) {
		status = read_gea_names(r, call, &gea);
		if (status == STATUS_SUCCESS)
			status = t2_eas_asked_for(r, gea.attribute_names, gea.count, eas, n, &list);
	} else if (status == STATUS_SUCCESS) {
		status = t2_eas_to_wire(r, eas, n, &list);
	}
	if (status != STATUS_SUCCESS)
		return status;
	struct wire w = trans_writer(r, EA_ROOM);
	if (level == QUERY_FILE_FULL_EA_INFORMATION) {
		if (list.count == 0)
			return STATUS_NO_EAS_ON_FILE;
		smb1_file_full_ea_list(&w, &(struct smb1_file_full_ea_list){ .count = list.count, .feas = list.feas });
	} else {
		smb1_fea_list(&w, &list);
	}
	return trans_put_data(call, &w);
}

static nt_status put_streams(struct smb1_req *r, struct trans_call *call, const struct subject *s)
{
	enum { FIXED = 24 + 8, NAME = 2 * (1 + 255 + 6) }; /* an entry with padding; ":name:$DATA" in UTF-16 */
	struct fs_stream *streams;
	size_t n;
	nt_status status = fs_query_streams(&r->fs, s->open, s->disk_path, &streams, &n);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_file_stream_list list = { .count = (uint32_t)n, .streams = arena_array(&r->arena, n + 1, sizeof(*list.streams)) };
	for (size_t i = 0; i < n && list.streams != NULL; i++) {
		list.streams[i] = (struct smb1_file_stream){
			.stream_size = streams[i].size, .stream_allocation_size = streams[i].allocation_size,
			.stream_name = arena_printf(&r->arena, ":%s:$DATA", streams[i].name),
		};
		if (list.streams[i].stream_name == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
	}
	if (list.streams == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	struct wire w = trans_writer(r, MAX((n + 1) * (FIXED + NAME), (size_t)LEVEL_ROOM));
	smb1_file_stream_list(&w, &list);
	return trans_put_data(call, &w);
}

static nt_status put_alt_name(struct smb1_req *r, struct trans_call *call, const struct subject *s)
{
	struct smb1_file_alt_name_info m;
	nt_status status = fs_query_alt_name(&r->fs, s->disk_path, &m.file_name);
	if (status != STATUS_SUCCESS)
		return status;
	struct wire w = trans_writer(r, LEVEL_ROOM);
	smb1_file_alt_name_info(&w, &m);
	return trans_put_data(call, &w);
}

/* Levels that only an open file has an answer to; by path they get what a fresh open would. */
static uint32_t mode_of(const struct subject *s) { return s->open != NULL ? s->open->mode : 0; }
static uint32_t access_of(const struct smb1_req *r, const struct subject *s)
{
	return s->open != NULL ? s->open->granted_access : req_tree(r)->maximal_access;
}

static nt_status put_level(struct smb1_req *r, struct trans_call *call, uint16_t level, const struct subject *s)
{
	const struct fs_info *i = &s->info;
	struct smb1_info_standard std = standard16(r, i);
	struct smb1_file_basic_info basic = basic_of(i);
	struct smb1_file_standard_info standard = standard_of(i);
	struct wire w = trans_writer(r, LEVEL_ROOM);
	switch (level) {
	case QUERY_SMB_INFO_STANDARD: smb1_info_standard(&w, &std); break;
	case QUERY_SMB_INFO_QUERY_EA_SIZE:
		smb1_info_query_ea_size(&w, &(struct smb1_info_query_ea_size){ .standard = std, .ea_size = fs_ea_size(&r->fs, s->disk_path) });
		break;
	case QUERY_SMB_INFO_QUERY_EAS_FROM_LIST:
	case QUERY_SMB_INFO_QUERY_ALL_EAS:
	case QUERY_FILE_FULL_EA_INFORMATION: return put_eas(r, call, level, s);
	case QUERY_SMB_QUERY_FILE_BASIC_INFO: smb1_file_basic_info(&w, &basic); break;
	case QUERY_SMB_QUERY_FILE_STANDARD_INFO: smb1_file_standard_info(&w, &standard); break;
	case QUERY_SMB_QUERY_FILE_EA_INFO: smb1_file_ea_info(&w, &(struct smb1_file_ea_info){ .ea_size = fs_ea_size(&r->fs, s->disk_path) }); break;
	case QUERY_SMB_QUERY_FILE_NAME_INFO:
		smb1_file_name_info(&w, &(struct smb1_file_name_info){ .file_name = s->client_path });
		break;
	case QUERY_SMB_QUERY_FILE_ALLOCATION_INFO:
		smb1_file_allocation_info(&w, &(struct smb1_file_allocation_info){ .allocation_size = i->allocation_size });
		break;
	case QUERY_SMB_QUERY_FILE_END_OF_FILE_INFO:
		smb1_file_end_of_file_info(&w, &(struct smb1_file_end_of_file_info){ .end_of_file = i->end_of_file });
		break;
	case QUERY_SMB_QUERY_FILE_ALL_INFO:
		smb1_file_all_info(&w, &(struct smb1_file_all_info){
					       .basic = basic, .standard = standard, .ea_size = fs_ea_size(&r->fs, s->disk_path), .file_name = s->client_path });
		break;
	case QUERY_SMB_QUERY_FILE_ALT_NAME_INFO: return put_alt_name(r, call, s);
	case QUERY_SMB_QUERY_FILE_STREAM_INFO: return put_streams(r, call, s);
	case QUERY_SMB_QUERY_FILE_COMPRESSION_INFO:
		smb1_file_compression_info(&w, &(struct smb1_file_compression_info){ .compressed_file_size = i->end_of_file });
		break;
	case QUERY_FILE_INTERNAL_INFORMATION:
		smb1_file_internal_information(&w, &(struct smb1_file_internal_information){ .index_number = i->file_id });
		break;
	case QUERY_FILE_ACCESS_INFORMATION:
		smb1_file_access_information(&w, &(struct smb1_file_access_information){ .access_flags = access_of(r, s) });
		break;
	case QUERY_FILE_POSITION_INFORMATION:
		smb1_file_position_information(&w, &(struct smb1_file_position_information){ .current_byte_offset = s->position });
		break;
	case QUERY_FILE_MODE_INFORMATION:
		smb1_file_mode_information(&w, &(struct smb1_file_mode_information){ .mode = mode_of(s) });
		break;
	case QUERY_FILE_ALIGNMENT_INFORMATION:
		smb1_file_alignment_information(&w, &(struct smb1_file_alignment_information){ 0 });
		break;
	case QUERY_FILE_NETWORK_OPEN_INFORMATION:
		smb1_file_network_open_information(&w, &(struct smb1_file_network_open_information){
							       .creation_time = i->creation_time,
							       .last_access_time = i->last_access_time,
							       .last_write_time = i->last_write_time,
							       .change_time = i->change_time,
							       .allocation_size = i->allocation_size,
							       .end_of_file = i->end_of_file,
							       .file_attributes = i->attributes });
		break;
	case QUERY_FILE_ATTRIBUTE_TAG_INFORMATION:
		smb1_file_attribute_tag_information(&w, &(struct smb1_file_attribute_tag_information){ .file_attributes = i->attributes });
		break;
	default: return STATUS_INVALID_LEVEL;
	}
	return trans_put_data(call, &w);
}

static nt_status answer(struct smb1_req *r, struct trans_call *call, uint16_t level, const struct subject *s)
{
	nt_status status = put_level(r, call, level, s);
	return status == STATUS_SUCCESS ? t2_put_ea_error(r, call) : status;
}

/* Only the syntax counts; the status is the whole answer. [MS-CIFS] 2.2.8.3.5 */
static nt_status is_name_valid(struct smb1_req *r, const char *name)
{
	struct fs_place place;
	nt_status status = fs_lookup(req_fs(r), name, 0, &place);
	return status == STATUS_OBJECT_PATH_NOT_FOUND ? STATUS_SUCCESS : status;
}

nt_status t2_query_path_information(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_query_path_information_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_query_path_information_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	uint16_t level = smb1_level_canonical(SMB1_LEVEL_QUERY, m.information_level);
	if (level == QUERY_SMB_INFO_IS_NAME_VALID)
		return is_name_valid(r, m.file_name);
	if (t2_is_unix_level(r, level))
		return t2_unix_query_path(r, call, level, m.file_name);
	struct subject s = { 0 };
	nt_status status = fs_query_path(req_fs(r), m.file_name, &s.info, &s.client_path);
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_place place;
	status = fs_lookup(&r->fs, m.file_name, 0, &place);
	if (status != STATUS_SUCCESS)
		return status;
	s.disk_path = place.path;
	s.stream = place.stream != NULL;
	return answer(r, call, level, &s);
}

static nt_status query_pipe(struct smb1_req *r, struct trans_call *call, uint16_t level)
{
	struct wire w = trans_writer(r, LEVEL_ROOM);
	switch (level) {
	case QUERY_SMB_QUERY_FILE_STANDARD_INFO:
		smb1_file_standard_info(&w, &(struct smb1_file_standard_info){ .allocation_size = 4096, .number_of_links = 1, .delete_pending = 1 });
		break;
	case QUERY_FILE_PIPE_LOCAL_INFORMATION:
		smb1_file_pipe_local_information(&w, &(struct smb1_file_pipe_local_information){
							     .named_pipe_type = 1, .maximum_instances = UINT32_MAX, .current_instances = 1, .named_pipe_state = 3 });
		break;
	default: return STATUS_INVALID_LEVEL;
	}
	nt_status status = trans_put_data(call, &w);
	return status == STATUS_SUCCESS ? t2_put_ea_error(r, call) : status;
}

nt_status t2_query_file_information(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_query_file_information_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_query_file_information_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	uint16_t level = smb1_level_canonical(SMB1_LEVEL_QUERY, m.information_level);
	struct smb1_fid *f = req_fid(r, m.fid);
	if (f == NULL)
		return STATUS_INVALID_HANDLE;
	if (f->file == NULL)
		return query_pipe(r, call, level);
	if (t2_is_unix_level(r, level))
		return t2_unix_query_file(r, call, level, f->file);
	struct subject s = { .open = f->file, .position = f->position->current_byte_offset };
	nt_status status = fs_query_open(req_fs(r), f->file, &s.info);
	/* As they are now, after a rename by any client. */
	s.disk_path = fs_open_path(&r->fs, f->file);
	s.client_path = fs_open_full_name(&r->fs, f->file);
	return status == STATUS_SUCCESS ? answer(r, call, level, &s) : status;
}
