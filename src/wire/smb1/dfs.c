/* See dfs.h. Fixed parts first, then all strings; their offsets count from the entry they belong to. */
#include "wire/smb1/dfs.h"

enum { ENTRY_MIN = 8, V2_LEN = 22, V3_LEN = 34, GUID_LEN = 16 };

struct where {
	size_t entry, offsets; /* of the entry, and of its three offsets */
};

static void string16(struct wire *w, const char *name, const char **s)
{
	bool unicode = w->unicode;
	w->unicode = true;
	wire_str_z(w, name, s);
	w->unicode = unicode;
}

static void string_at(struct wire *w, const char *name, const char **s, size_t at)
{
	if (at >= w->end) {
		wire_fail(w);
		return;
	}
	struct wire child = wire_window(w, at, w->end - at);
	string16(&child, name, s);
	if (!wire_ok(&child))
		wire_fail(w);
}

static void offsets(struct wire *w, struct smb1_dfs_referral *m, struct where *at)
{
	uint16_t v[3] = { 0 };
	at->offsets = w->pos;
	wire_u16(w, "dfs_path_offset", &v[0]);
	wire_u16(w, "dfs_alternate_path_offset", &v[1]);
	wire_u16(w, "network_address_offset", &v[2]);
	if (!wire_decoding(w))
		return;
	string_at(w, "dfs_path", &m->dfs_path, at->entry + v[0]);
	string_at(w, "dfs_alternate_path", &m->dfs_alternate_path, at->entry + v[1]);
	string_at(w, "network_address", &m->network_address, at->entry + v[2]);
}

static uint16_t size_of(const struct wire *w, const struct smb1_dfs_referral *m)
{
	if (m->version_number == 1)
		return (uint16_t)(ENTRY_MIN + utf16_len(m->network_address, strlen(m->network_address)) + 2);
	return m->version_number == 2 ? V2_LEN : V3_LEN;
}

static void entry(struct wire *w, struct smb1_dfs_referral *m, struct where *at)
{
	uint16_t size = wire_decoding(w) ? 0 : size_of(w, m);
	at->entry = w->pos;
	F(16, version_number);
	wire_u16(w, "size", &size);
	F(16, server_type);
	F(16, referral_entry_flags);
	if (m->version_number == 0 || m->version_number > 4 || size < ENTRY_MIN) {
		wire_fail(w);
		return;
	}
	if (m->version_number == 1) {
		string16(w, "share_name", &m->network_address);
	} else {
		if (m->version_number == 2)
			F(32, proximity);
		F(32, time_to_live);
		offsets(w, m, at);
		if (m->version_number > 2)
			wire_reserved(w, GUID_LEN);
	}
	if (!wire_decoding(w) || wire_left(w) == 0)
		return;
	if (size > w->end - at->entry)
		wire_fail(w);
	else
		w->pos = at->entry + size;
}

static void put_string(struct wire *w, const struct where *at, size_t n, const char *s)
{
	wire_patch_u16(w, at->offsets + 2 * n, (uint16_t)(w->pos - at->entry));
	string16(w, "", &s);
}

void smb1_dfs_referrals(struct wire *w, struct smb1_dfs_referrals *m)
{
	F(16, path_consumed);
	F(16, number_of_referrals);
	F(32, referral_header_flags);
	if (wire_decoding(w)) {
		if (m->number_of_referrals > wire_left(w) / ENTRY_MIN)
			wire_fail(w);
		m->referrals = arena_array(w->arena, wire_ok(w) ? m->number_of_referrals : 0, sizeof(*m->referrals));
	}
	struct where *at = arena_array(w->arena, wire_ok(w) ? m->number_of_referrals : 0, sizeof(*at));
	if (m->referrals == NULL || at == NULL)
		wire_fail(w);
	for (uint16_t i = 0; i < m->number_of_referrals && wire_ok(w); i++)
		entry(w, &m->referrals[i], &at[i]);
	for (uint16_t i = 0; i < m->number_of_referrals && wire_ok(w) && !wire_decoding(w); i++) {
		if (m->referrals[i].version_number == 1)
			continue;
		put_string(w, &at[i], 0, m->referrals[i].dfs_path);
		put_string(w, &at[i], 1, m->referrals[i].dfs_alternate_path);
		put_string(w, &at[i], 2, m->referrals[i].network_address);
	}
}
