/* NEGOTIATE. [MS-CIFS] 2.2.4.52, [MS-SMB] 2.2.4.5 */
#include "wire/smb1/negotiate.h"

static void decode_dialects(struct wire *w, struct smb1_negotiate_req *m)
{
	m->dialects = arena_array(w->arena, SMB1_MAX_DIALECTS, sizeof *m->dialects);
	if (m->dialects == NULL)
		wire_fail(w);
	m->dialect_count = 0;
	while (wire_left(w) > 0) {
		if (m->dialect_count == SMB1_MAX_DIALECTS) {
			wire_fail(w);
			return;
		}
		wire_const_u8(w, "buffer_format", SMB_FORMAT_DIALECT);
		wire_str_oem_z(w, "dialect_string", &m->dialects[m->dialect_count]);
		m->dialect_count++;
	}
}

void smb1_negotiate_req(struct wire *w, struct smb1_negotiate_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_bytes(w, &b);
	if (wire_decoding(w)) {
		decode_dialects(w, m);
	} else {
		for (uint16_t i = 0; i < m->dialect_count; i++) {
			wire_const_u8(w, "buffer_format", SMB_FORMAT_DIALECT);
			wire_str_oem_z(w, "dialect_string", &m->dialects[i]);
		}
	}
	smb1_end(w, &b);
}

/* The names of the NT response are not aligned, unlike every other string. */
static void unaligned_str_z(struct wire *w, const char *name, const char **s)
{
	if (!w->unicode) {
		wire_str_oem_z(w, name, s);
		return;
	}
	if (wire_decoding(w)) {
		size_t len = 0;
		const uint8_t *p = w->base + w->pos;
		size_t left = wire_left(w) & ~(size_t)1;
		while (len < left && load_le16(p + len) != 0)
			len += 2;
		wire_str16_n(w, name, s, len);
		if (wire_left(w) > 0)
			wire_reserved(w, MIN(wire_left(w), (size_t)2));
		return;
	}
	wire_str16_n(w, name, s, wire_str_len(w, *s));
	wire_reserved(w, 2);
}

static void lanman_words(struct wire *w, struct smb1_negotiate_rsp *m, uint16_t *challenge_length)
{
	uint16_t max_buffer_size = (uint16_t)MIN(m->max_buffer_size, (uint32_t)UINT16_MAX);
	F(16, security_mode);
	wire_u16(w, "max_buffer_size", &max_buffer_size);
	F(16, max_mpx_count);
	F(16, max_number_vcs);
	F(16, raw_mode);
	F(32, session_key);
	F(16, server_time);
	F(16, server_date);
	wire_u16(w, "server_time_zone", (uint16_t *)&m->server_time_zone);
	wire_u16(w, "challenge_length", challenge_length);
	wire_reserved(w, 2);
	m->max_buffer_size = max_buffer_size;
}

static void nt_words(struct wire *w, struct smb1_negotiate_rsp *m, uint16_t *challenge_length)
{
	uint8_t security_mode = (uint8_t)m->security_mode;
	uint8_t length = (uint8_t)*challenge_length;
	wire_u8(w, "security_mode", &security_mode);
	F(16, max_mpx_count);
	F(16, max_number_vcs);
	F(32, max_buffer_size);
	F(32, max_raw_size);
	F(32, session_key);
	F(32, capabilities);
	F(64, system_time);
	wire_u16(w, "server_time_zone", (uint16_t *)&m->server_time_zone);
	wire_u8(w, "challenge_length", &length);
	m->security_mode = security_mode;
	*challenge_length = length;
}

static void nt_bytes(struct wire *w, struct smb1_negotiate_rsp *m, uint16_t challenge_length)
{
	if (m->capabilities & CAP_EXTENDED_SECURITY) {
		wire_bytes(w, "server_guid", m->server_guid, sizeof m->server_guid);
		wire_view(w, "security_blob", &m->security_blob, wire_decoding(w) ? wire_left(w) : m->security_blob.len);
		return;
	}
	wire_view(w, "challenge", &m->challenge, challenge_length);
	unaligned_str_z(w, "domain_name", &m->domain_name);
	unaligned_str_z(w, "server_name", &m->server_name);
}

void smb1_negotiate_rsp(struct wire *w, struct smb1_negotiate_rsp *m)
{
	bool extended = m->words == 17 && (m->capabilities & CAP_EXTENDED_SECURITY) && !wire_decoding(w);
	uint16_t challenge_length = extended ? 0 : (uint16_t)m->challenge.len;
	struct smb1_block b = smb1_words(w, &m->words);
	uint8_t shape = m->words;
	F(16, dialect_index);
	if (shape == 13)
		lanman_words(w, m, &challenge_length);
	else if (shape == 17)
		nt_words(w, m, &challenge_length);
	else if (shape != 1)
		wire_fail(w);
	smb1_bytes(w, &b);
	if (shape == 13) {
		wire_view(w, "challenge", &m->challenge, challenge_length);
		if (wire_decoding(w) ? wire_left(w) > 0 : m->domain_name != NULL)
			wire_str_oem_z(w, "domain_name", &m->domain_name);
	} else if (shape == 17) {
		nt_bytes(w, m, challenge_length);
	}
	smb1_end(w, &b);
}
