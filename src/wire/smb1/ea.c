/* Lists of extended attributes. [MS-CIFS] 2.2.1.2.1, 2.2.1.2.2, [MS-FSCC] 2.4.16 */
#include "wire/smb1/entries.h"
#include "wire/smb1/levels.h"

enum {
	LIST_HEAD = 4,          /* SizeOfListInBytes */
	FEA_HEAD = 4,           /* flags, name length, value length */
	FEA_MIN = FEA_HEAD + 1, /* and the name's NUL */
	GEA_MIN = 2,            /* name length, NUL */
	FULL_EA_MIN = 4 + FEA_MIN,
};

static size_t name_len(const struct wire *w, const char *name)
{
	return name == NULL ? 0 : oem_len(w->oem, name, strlen(name));
}

/* Flags, lengths, name, NUL, value: the same in both kinds of list. */
static void fea(struct wire *w, struct smb1_fea *m)
{
	size_t len = wire_decoding(w) ? 0 : name_len(w, m->attribute_name);
	if (len > UINT8_MAX || m->attribute_value.len > UINT16_MAX) {
		wire_fail(w);
		return;
	}
	uint8_t attribute_name_length = (uint8_t)len;
	uint16_t attribute_value_length = (uint16_t)m->attribute_value.len;
	F(8, flags);
	wire_u8(w, "attribute_name_length", &attribute_name_length);
	wire_u16(w, "attribute_value_length", &attribute_value_length);
	wire_str_oem_n(w, "attribute_name", &m->attribute_name, attribute_name_length);
	wire_reserved(w, 1);
	wire_view(w, "attribute_value", &m->attribute_value, attribute_value_length);
}

/* Reads the list's size and narrows the window to it; false if the list is empty. */
static bool list_open(struct wire *w)
{
	uint32_t size_of_list_in_bytes = 0;
	wire_u32(w, "size_of_list_in_bytes", &size_of_list_in_bytes);
	if (w->failed || size_of_list_in_bytes <= LIST_HEAD)
		return false;
	size_t len = size_of_list_in_bytes - LIST_HEAD;
	if (len > wire_left(w)) {
		wire_fail(w);
		return false;
	}
	w->end = w->pos + len;
	return true;
}

/* Skips what is too short for an entry: the list's size counts. */
static void list_close(struct wire *w)
{
	if (wire_ok(w))
		w->pos = w->end;
}

static void decode_feas(struct wire *w, struct smb1_fea_list *m)
{
	size_t end = w->end;
	m->count = 0;
	m->feas = NULL;
	if (list_open(w)) {
		m->feas = arena_array(w->arena, wire_left(w) / FEA_MIN, sizeof *m->feas);
		if (m->feas == NULL)
			wire_fail(w);
		while (wire_left(w) >= FEA_MIN)
			fea(w, &m->feas[m->count++]);
		list_close(w);
	}
	w->end = end;
}

void smb1_fea_list(struct wire *w, struct smb1_fea_list *m)
{
	if (wire_decoding(w)) {
		decode_feas(w, m);
		return;
	}
	size_t at = wire_reserve(w, LIST_HEAD);
	for (uint32_t i = 0; i < m->count; i++)
		fea(w, &m->feas[i]);
	wire_patch_u32(w, at, (uint32_t)(w->pos - at));
}

size_t smb1_fea_list_len(const struct wire *w, const struct smb1_fea_list *m)
{
	size_t len = LIST_HEAD;
	for (uint32_t i = 0; i < m->count; i++)
		len += FEA_MIN + name_len(w, m->feas[i].attribute_name) + m->feas[i].attribute_value.len;
	return len;
}

static void gea(struct wire *w, const char **name)
{
	size_t len = wire_decoding(w) ? 0 : name_len(w, *name);
	if (len > UINT8_MAX) {
		wire_fail(w);
		return;
	}
	uint8_t attribute_name_length = (uint8_t)len;
	wire_u8(w, "attribute_name_length", &attribute_name_length);
	wire_str_oem_n(w, "attribute_name", name, attribute_name_length);
	wire_reserved(w, 1);
}

static void decode_geas(struct wire *w, struct smb1_gea_list *m)
{
	size_t end = w->end;
	m->count = 0;
	m->attribute_names = NULL;
	if (list_open(w)) {
		m->attribute_names = arena_array(w->arena, wire_left(w) / GEA_MIN, sizeof *m->attribute_names);
		if (m->attribute_names == NULL)
			wire_fail(w);
		while (wire_left(w) >= GEA_MIN)
			gea(w, &m->attribute_names[m->count++]);
		list_close(w);
	}
	w->end = end;
}

void smb1_gea_list(struct wire *w, struct smb1_gea_list *m)
{
	if (wire_decoding(w)) {
		decode_geas(w, m);
		return;
	}
	size_t at = wire_reserve(w, LIST_HEAD);
	for (uint32_t i = 0; i < m->count; i++)
		gea(w, &m->attribute_names[i]);
	wire_patch_u32(w, at, (uint32_t)(w->pos - at));
}

void smb1_file_full_ea_list(struct wire *w, struct smb1_file_full_ea_list *m)
{
	struct smb1_entries e = smb1_entries_begin(w, 4, FULL_EA_MIN);
	uint32_t count = m->count;
	if (wire_decoding(w))
		m->feas = smb1_entries_array(w, &e, sizeof *m->feas);
	m->count = 0;
	while (smb1_entries_more(w, &e, m->count < count)) {
		fea(w, &m->feas[m->count++]);
		smb1_entries_close(w, &e);
	}
}
