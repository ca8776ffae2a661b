/* Entries of FIND_FIRST2 and FIND_NEXT2. [MS-CIFS] 2.2.8.1, [MS-SMB] 2.2.8.1 */
#include "wire/smb1/levels.h"

enum {
	SHORT_NAME_LEN = 24,    /* bytes of the fixed field */
	DOS_NAME_MAX = 254,     /* FileNameLength is one byte there, and UTF-16 is even */
	NT_ENTRY_ALIGNMENT = 4,
	NT_NAMES_HEAD = 12,     /* the shortest NT entry, without its name */
};

static bool is_dos_level(uint16_t level)
{
	return level <= FIND_SMB_INFO_QUERY_EAS_FROM_LIST;
}

static void dos_name(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *m)
{
	uint8_t file_name_length = 0;
	if (!wire_decoding(w))
		file_name_length = (uint8_t)MIN(wire_str_len(w, m->file_name), (size_t)DOS_NAME_MAX);
	wire_u8(w, "file_name_length", &file_name_length);
	/* Only level 1 aligns its name and ends it with a whole NUL; the others add one byte. */
	bool standard = l->level == FIND_SMB_INFO_STANDARD;
	if (standard && w->unicode)
		wire_align(w, 2);
	l->last_name = w->pos;
	wire_str_n(w, "file_name", &m->file_name, file_name_length);
	size_t nul = standard && w->unicode ? 2 : 1;
	wire_reserved(w, wire_decoding(w) ? MIN(nul, wire_left(w)) : nul);
}

static void dos_entry(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *m)
{
	if (l->resume_keys)
		F(32, resume_key);
	F(16, creation_date);
	F(16, creation_time);
	F(16, last_access_date);
	F(16, last_access_time);
	F(16, last_write_date);
	F(16, last_write_time);
	F(32, file_data_size);
	F(32, dos_allocation_size);
	F(16, attributes);
	if (l->level == FIND_SMB_INFO_QUERY_EA_SIZE)
		F(32, ea_size);
	else if (l->level == FIND_SMB_INFO_QUERY_EAS_FROM_LIST)
		smb1_fea_list(w, &m->extended_attribute_list);
	dos_name(w, l, m);
}

static void short_name(struct wire *w, struct smb1_find_entry *m)
{
	uint8_t len = 0;
	if (!wire_decoding(w) && m->short_name != NULL)
		len = (uint8_t)MIN(utf16_len(m->short_name, strlen(m->short_name)), (size_t)SHORT_NAME_LEN);
	wire_u8(w, "short_name_length", &len);
	wire_reserved(w, 1);
	if (len > SHORT_NAME_LEN) {
		wire_fail(w);
		return;
	}
	wire_str16_n(w, "short_name", &m->short_name, len);
	wire_reserved(w, (size_t)SHORT_NAME_LEN - len);
}

static void nt_times_and_sizes(struct wire *w, struct smb1_find_entry *m)
{
	F(64, creation_filetime);
	F(64, last_access_filetime);
	F(64, last_write_filetime);
	F(64, last_change_filetime);
	F(64, end_of_file);
	F(64, allocation_size);
	F(32, ext_file_attributes);
}

/* What follows NextEntryOffset. */
static void nt_entry(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *m)
{
	uint16_t level = l->level;
	uint32_t file_name_length = wire_decoding(w) ? 0 : (uint32_t)wire_str_len(w, m->file_name);
	F(32, file_index);
	if (level != FIND_SMB_FIND_FILE_NAMES_INFO)
		nt_times_and_sizes(w, m);
	wire_u32(w, "file_name_length", &file_name_length);
	if (level != FIND_SMB_FIND_FILE_NAMES_INFO && level != FIND_SMB_FIND_FILE_DIRECTORY_INFO)
		F(32, ea_size);
	if (level == FIND_SMB_FIND_FILE_BOTH_DIRECTORY_INFO || level == FIND_SMB_FIND_FILE_ID_BOTH_DIRECTORY_INFO)
		short_name(w, m);
	if (level == FIND_SMB_FIND_FILE_ID_FULL_DIRECTORY_INFO)
		wire_reserved(w, 4);
	else if (level == FIND_SMB_FIND_FILE_ID_BOTH_DIRECTORY_INFO)
		wire_reserved(w, 2);
	if (level == FIND_SMB_FIND_FILE_ID_FULL_DIRECTORY_INFO || level == FIND_SMB_FIND_FILE_ID_BOTH_DIRECTORY_INFO)
		F(64, file_id);
	l->last_name = w->pos;
	wire_str_n(w, "file_name", &m->file_name, file_name_length);
}

/* The entry of the UNIX levels; the older one ends its name with a NUL, which also ends the entry. */
static void unix_entry(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *m)
{
	F(32, file_index);
	if (l->level == FIND_SMB_FIND_FILE_UNIX) {
		smb1_unix_basic(w, &m->unix_info.basic);
		l->last_name = w->pos;
		wire_str_z(w, "file_name", &m->file_name);
		return;
	}
	uint32_t file_name_length = wire_decoding(w) ? 0 : (uint32_t)wire_str_len(w, m->file_name);
	smb1_unix_info2(w, &m->unix_info);
	wire_u32(w, "file_name_length", &file_name_length);
	l->last_name = w->pos;
	wire_str_n(w, "file_name", &m->file_name, file_name_length);
}

static void chained_entry(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *e)
{
	if (l->level == FIND_SMB_FIND_FILE_UNIX || l->level == FIND_SMB_FIND_FILE_UNIX_INFO2)
		unix_entry(w, l, e);
	else
		nt_entry(w, l, e);
}

void smb1_find_list_init(struct smb1_find_list *l, uint16_t level, bool resume_keys)
{
	*l = (struct smb1_find_list){ .level = level, .resume_keys = resume_keys };
}

static void add_nt_entry(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *e)
{
	if (l->count > 0) {
		wire_align(w, NT_ENTRY_ALIGNMENT);
		wire_patch_u32(w, l->last_entry, (uint32_t)(w->pos - l->last_entry));
	}
	l->last_entry = wire_reserve(w, 4);
	chained_entry(w, l, e);
}

bool smb1_find_list_add(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *e)
{
	if (w->failed)
		return false;
	struct wire before = *w;
	struct smb1_find_list list_before = *l;
	if (is_dos_level(l->level)) {
		l->last_entry = w->pos;
		dos_entry(w, l, e);
	} else {
		add_nt_entry(w, l, e);
	}
	if (wire_ok(w)) {
		l->count++;
		return true;
	}
	*w = before;
	*l = list_before;
	if (l->count > 0 && !is_dos_level(l->level))
		wire_patch_u32(w, l->last_entry, 0); /* the link was made before the entry turned out too long */
	return false;
}

static void next_nt_entry(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *e)
{
	size_t end = w->end;
	uint32_t next_entry_offset = 0;
	if (l->count > 0)
		w->pos = l->next;
	l->last_entry = w->pos;
	size_t left = wire_left(w);
	wire_u32(w, "next_entry_offset", &next_entry_offset);
	/* QUIRK(samba): the last entry's offset is not 0 but its length. */
	if (next_entry_offset != 0 && (next_entry_offset < NT_NAMES_HEAD || next_entry_offset > left)) {
		wire_fail(w);
		return;
	}
	l->next = next_entry_offset != 0 ? l->last_entry + next_entry_offset : end;
	w->end = l->next;
	chained_entry(w, l, e);
	w->end = end;
	w->pos = l->next;
}

bool smb1_find_list_next(struct wire *w, struct smb1_find_list *l, struct smb1_find_entry *e)
{
	if (wire_left(w) == 0)
		return false;
	*e = (struct smb1_find_entry){ .short_name = "", .file_name = "" };
	if (is_dos_level(l->level)) {
		l->last_entry = w->pos;
		dos_entry(w, l, e);
	} else {
		next_nt_entry(w, l, e);
	}
	l->count++;
	return wire_ok(w);
}

uint16_t smb1_find_list_last_name_offset(const struct smb1_find_list *l)
{
	if (l->count == 0)
		return 0;
	return (uint16_t)(is_dos_level(l->level) ? l->last_name : l->last_entry);
}
