/* FIND_FIRST2, FIND_NEXT2. [MS-CIFS] 3.3.5.58.2, .3 */
#include "fs/attr.h"
#include "smb1/map.h"
#include "smb1/search.h"
#include "smb1/trans2.h"
#include "smb1/unix.h"

/* What one listing needs from its request. */
struct listing {
	uint16_t level, count, flags;
	const char **ea_names; /* level 3: the EAs asked for */
	uint32_t n_ea_names;
};

static bool level_is_known(const struct smb1_req *r, uint16_t level)
{
	if (level >= 0x200 && !t2_is_unix_level(r, level))
		return false;
	return smb1_level_name(SMB1_LEVEL_FIND, level) != NULL;
}

/* Clients that know no long names get the short ones, and so do those whose code page lacks the characters: they could not
 * send the name back. */
static const char *entry_name(const struct smb1_req *r, const struct fs_entry *e)
{
	bool readable = req_unicode(r) || oem_can_express(r->conn->oem, e->name, strlen(e->name));
	return req_long_names(r) && readable ? e->name : search_short_name(r, e);
}

static bool level_has_ea_size(uint16_t level)
{
	switch (level) {
	case FIND_SMB_INFO_QUERY_EA_SIZE:
	case FIND_SMB_FIND_FILE_FULL_DIRECTORY_INFO:
	case FIND_SMB_FIND_FILE_BOTH_DIRECTORY_INFO:
	case FIND_SMB_FIND_FILE_ID_FULL_DIRECTORY_INFO:
	case FIND_SMB_FIND_FILE_ID_BOTH_DIRECTORY_INFO: return true;
	default: return false;
	}
}

static const char *entry_path(struct smb1_req *r, struct fs_search *s, const struct fs_entry *e)
{
	const char *folder = fs_search_folder(s), *slash = strrchr(folder, '/');
	if (strcmp(e->disk_name, ".") == 0)
		return folder;
	if (strcmp(e->disk_name, "..") == 0)
		return slash != NULL ? arena_strndup(&r->arena, folder, (size_t)(slash - folder)) : "";
	return folder[0] == '\0' ? e->disk_name : arena_printf(&r->arena, "%s/%s", folder, e->disk_name);
}

static nt_status load_eas(struct smb1_req *r, const struct listing *l, struct fs_search *s, const struct fs_entry *e,
			  struct smb1_find_entry *out)
{
	const char *path = entry_path(r, s, e);
	struct fs_ea *eas = NULL;
	size_t n = 0;
	if (path == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (fs_query_eas(&r->fs, NULL, path, &eas, &n) != STATUS_SUCCESS)
		n = 0; /* gone or unreadable: listed without EAs */
	out->ea_size = e->info.ea_size;
	return t2_eas_asked_for(r, l->ea_names, l->n_ea_names, eas, n, &out->extended_attribute_list);
}

static nt_status load_unix(struct smb1_req *r, struct fs_search *s, const struct fs_entry *e, struct smb1_find_entry *out)
{
	const char *path = entry_path(r, s, e);
	if (path == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	t2_unix_fill_entry(r, path, &e->info, out);
	return STATUS_SUCCESS;
}

static void fill_entry(const struct smb1_req *r, const struct fs_entry *e, struct smb1_find_entry *out)
{
	const struct fs_info *i = &e->info;
	int tz = r->conn->tz_min;
	*out = (struct smb1_find_entry){
		.resume_key = e->position,
		.file_data_size = map_file_size(r, i->end_of_file),
		.dos_allocation_size = map_file_size(r, i->allocation_size),
		.attributes = map_attributes16(i->attributes),
		.creation_filetime = i->creation_time,
		.last_access_filetime = i->last_access_time,
		.last_write_filetime = i->last_write_time,
		.last_change_filetime = i->change_time,
		.end_of_file = i->end_of_file,
		.allocation_size = i->allocation_size,
		.ext_file_attributes = i->attributes,
		.short_name = e->short_name,
		.file_id = i->file_id,
		.ea_size = i->ea_size,
		.file_name = entry_name(r, e),
	};
	nttime_to_dos(i->creation_time, tz, &out->creation_date, &out->creation_time);
	nttime_to_dos(i->last_access_time, tz, &out->last_access_date, &out->last_access_time);
	nttime_to_dos(i->last_write_time, tz, &out->last_write_date, &out->last_write_time);
}

/* As many entries as are asked for, exist and fit one message: replies in one piece suit every client. */
static nt_status fill_list(struct smb1_req *r, struct trans_call *call, const struct listing *l, struct fs_search *s,
			   struct smb1_find_list *list)
{
	size_t room = smb1_room(req_max_reply(r), smb1_trans_rsp_overhead(SMB1_TRANS2, 0) + sizeof(struct smb1_trans2_find_first2_rsp));
	struct wire w = trans_writer(r, MIN(room, call->max_data_count));
	struct fs_ctx *ctx = req_fs(r);
	struct fs_entry e;
	nt_status status = STATUS_SUCCESS;
	smb1_find_list_init(list, l->level, (l->flags & SMB_FIND_RETURN_RESUME_KEYS) != 0);
	uint16_t max = MAX(l->count, (uint16_t)1);
	while (list->count < max) {
		struct arena_mark mark = arena_mark(&r->arena);
		struct smb1_find_entry entry;
		status = fs_search_next(ctx, s, true, &e);
		if (status != STATUS_SUCCESS)
			break;
		fill_entry(r, &e, &entry);
		if (l->level == FIND_SMB_INFO_QUERY_EAS_FROM_LIST)
			status = load_eas(r, l, s, &e, &entry);
		else if (l->level >= FIND_SMB_FIND_FILE_UNIX)
			status = load_unix(r, s, &e, &entry);
		else if (level_has_ea_size(l->level))
			entry.ea_size = fs_ea_size(ctx, entry_path(r, s, &e));
		if (status != STATUS_SUCCESS || !smb1_find_list_add(&w, list, &entry))
			break;
		fs_search_seek(s, e.position);
		arena_rewind(&r->arena, mark);
	}
	if (status != STATUS_SUCCESS && status != STATUS_NO_MORE_FILES)
		return status;
	return trans_put_data(call, &w);
}

static nt_status read_gea_list(struct smb1_req *r, const struct trans_call *call, struct listing *l)
{
	if (l->level != FIND_SMB_INFO_QUERY_EAS_FROM_LIST)
		return STATUS_SUCCESS;
	struct smb1_gea_list list = { 0 };
	struct wire w = trans_reader(r, call->data);
	smb1_gea_list(&w, &list);
	l->ea_names = list.attribute_names;
	l->n_ea_names = list.count;
	return wire_ok(&w) ? STATUS_SUCCESS : STATUS_EA_LIST_INCONSISTENT;
}

/* Unix clients are told of the end only by a reply that reaches it: to them every name is a pattern, with more to come perhaps. */
static bool is_at_end(struct smb1_req *r, const struct listing *l, const struct smb1_find_list *list, struct fs_search *s)
{
	if (r->fs.case_sensitive && list->count >= l->count)
		return false;
	return fs_search_at_end(&r->fs, s);
}

static bool close_now(uint16_t flags, bool at_end)
{
	return (flags & SMB_FIND_CLOSE_AFTER_REQUEST) != 0 || ((flags & SMB_FIND_CLOSE_AT_EOS) != 0 && at_end);
}

nt_status t2_find_first2(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_find_first2_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_find_first2_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	if (!level_is_known(r, m.information_level))
		return STATUS_INVALID_LEVEL;
	struct listing l = { .level = m.information_level, .count = m.search_count, .flags = m.flags };
	nt_status status = read_gea_list(r, call, &l);
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_search *search;
	status = fs_search_open(req_fs(r), m.file_name, m.search_attributes, &search);
	/* OS/2 takes ERRbadfile for a failure of the folder ([FIELD] B3). */
	if (status == STATUS_NO_SUCH_FILE && r->conn->dialect < SMB1_DIALECT_NT_LM_0_12)
		return STATUS_NO_MORE_FILES;
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_search *s = search_add(r, search, false);
	if (s == NULL) {
		fs_search_close(search);
		return STATUS_OS2_NO_MORE_SIDS;
	}
	struct smb1_find_list list;
	status = fill_list(r, call, &l, search, &list);
	if (status != STATUS_SUCCESS || list.count == 0) {
		conn_close_search(r->conn, s);
		return status != STATUS_SUCCESS ? status : call->max_data_count < 64 ? STATUS_BUFFER_OVERFLOW : STATUS_NO_SUCH_FILE;
	}
	bool at_end = is_at_end(r, &l, &list, search);
	struct smb1_trans2_find_first2_rsp rsp = {
		.sid = s->sid,
		.search_count = (uint16_t)list.count,
		.end_of_search = at_end,
		.last_name_offset = smb1_find_list_last_name_offset(&list),
	};
	if (close_now(m.flags, at_end))
		conn_close_search(r->conn, s);
	struct wire out = trans_writer(r, 16);
	smb1_trans2_find_first2_rsp(&out, &rsp);
	return trans_put_parameters(call, &out);
}

/* Where to go on: after what was sent, unless the client names an entry. */
static void position(struct fs_search *search, const struct smb1_trans2_find_next2_req *m)
{
	if ((m->flags & SMB_FIND_CONTINUE_FROM_LAST) != 0)
		return;
	if (m->file_name[0] != '\0' && fs_search_seek_name(search, m->file_name))
		return;
	if (m->resume_key != 0)
		fs_search_seek(search, m->resume_key);
}

nt_status t2_find_next2(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_find_next2_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_find_next2_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	if (!level_is_known(r, m.information_level))
		return STATUS_INVALID_LEVEL;
	struct smb1_search *s = search_find(r, m.sid);
	if (s == NULL)
		return STATUS_INVALID_HANDLE;
	struct listing l = { .level = m.information_level, .count = m.search_count, .flags = m.flags };
	nt_status status = read_gea_list(r, call, &l);
	if (status != STATUS_SUCCESS)
		return status;
	position(s->search, &m);
	struct smb1_find_list list;
	status = fill_list(r, call, &l, s->search, &list);
	if (status != STATUS_SUCCESS)
		return status;
	bool at_end = is_at_end(r, &l, &list, s->search);
	struct smb1_trans2_find_next2_rsp rsp = {
		.search_count = (uint16_t)list.count,
		.end_of_search = at_end,
		.last_name_offset = list.count > 0 ? smb1_find_list_last_name_offset(&list) : 0,
	};
	if (close_now(m.flags, at_end))
		conn_close_search(r->conn, s);
	struct wire out = trans_writer(r, 16);
	smb1_trans2_find_next2_rsp(&out, &rsp);
	return trans_put_parameters(call, &out);
}
