/* Lists linked by NextEntryOffset, and counted strings. [MS-FSCC] 2.4, 2.7 */
#include "wire/smb1/entries.h"

struct smb1_entries smb1_entries_begin(const struct wire *w, size_t alignment, size_t min_len)
{
	return (struct smb1_entries){ .alignment = alignment, .min_len = min_len, .outer_end = w->end };
}

void *smb1_entries_array(struct wire *w, const struct smb1_entries *e, size_t size)
{
	void *array = arena_array(w->arena, wire_left(w) / e->min_len, size);
	if (array == NULL)
		wire_fail(w);
	return array;
}

static bool open_decode(struct wire *w, struct smb1_entries *e)
{
	if (w->failed || (e->any ? e->next == 0 : wire_left(w) == 0))
		return false;
	uint32_t next = 0;
	e->at = w->pos;
	e->any = true;
	size_t left = wire_left(w);
	wire_u32(w, "next_entry_offset", &next);
	/* QUIRK(samba): the last entry's offset may be its length instead of 0. */
	e->next = next == left ? 0 : next;
	if (left < e->min_len || (e->next != 0 && (next < e->min_len || next > left - e->min_len)))
		wire_fail(w);
	if (w->failed)
		return false;
	if (next != 0)
		w->end = e->at + next;
	return true;
}

bool smb1_entries_more(struct wire *w, struct smb1_entries *e, bool have)
{
	if (wire_decoding(w))
		return open_decode(w, e);
	if (!have || w->failed)
		return false;
	if (e->any) {
		wire_align(w, e->alignment);
		wire_patch_u32(w, e->at, (uint32_t)(w->pos - e->at));
	}
	e->any = true;
	e->at = wire_reserve(w, 4);
	return wire_ok(w);
}

void smb1_entries_close(struct wire *w, struct smb1_entries *e)
{
	if (!wire_decoding(w))
		return;
	w->end = e->outer_end;
	if (wire_ok(w) && e->next != 0)
		w->pos = e->at + e->next;
}

void smb1_str16_counted(struct wire *w, const char *name, const char **s)
{
	uint32_t len = 0;
	if (!wire_decoding(w) && *s != NULL)
		len = (uint32_t)utf16_len(*s, strlen(*s));
	wire_u32(w, "length", &len);
	wire_str16_n(w, name, s, len);
}
