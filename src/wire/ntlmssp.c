/* NTLMSSP messages as structs. Pure; decoded slices are views into the message. [MS-NLMP] 2.2 */
#include "wire/ntlmssp.h"

static const uint8_t signature[8] = { 'N', 'T', 'L', 'M', 'S', 'S', 'P', 0 };

enum {
	NEGOTIATE_FIXED_LEN = 32,       /* without the version */
	CHALLENGE_FIXED_LEN = 48,       /* without the version */
	AUTHENTICATE_FIXED_LEN = 64,    /* without the version */
	VERSION_LEN = 8,
};

/* A payload field's descriptor: decoded here, or patched when its bytes are put. */
struct field {
	uint16_t len;
	uint32_t offset;
	size_t at; /* encode: where the descriptor is */
};

enum ntlmssp_message_type ntlmssp_type_of(struct slice message)
{
	if (message.len < sizeof(signature) + 4 || memcmp(message.ptr, signature, sizeof(signature)) != 0)
		return NTLMSSP_NONE;
	uint32_t type = load_le32(message.ptr + sizeof(signature));
	return type <= NTLMSSP_AUTHENTICATE_MESSAGE ? (enum ntlmssp_message_type)type : NTLMSSP_NONE;
}

static void head(struct wire *w, enum ntlmssp_message_type type)
{
	wire_const_u32(w, "signature", load_le32(signature));
	wire_const_u32(w, "signature", load_le32(signature + 4));
	wire_const_u32(w, "message_type", (uint32_t)type);
}

static void field_head(struct wire *w, const char *name, struct field *f)
{
	if (!wire_decoding(w)) {
		f->at = wire_reserve(w, 8);
		return;
	}
	uint16_t max_len = 0;
	wire_u16(w, name, &f->len);
	wire_u16(w, name, &max_len);
	wire_u32(w, name, &f->offset);
}

static void field_patch(struct wire *w, const struct field *f, size_t start)
{
	size_t len = w->pos - start;
	if (len > UINT16_MAX)
		wire_fail(w);
	wire_patch_u16(w, f->at, (uint16_t)len);
	wire_patch_u16(w, f->at + 2, (uint16_t)len);
	wire_patch_u32(w, f->at + 4, (uint32_t)start);
}

/* An empty field's offset may be anything (some stacks leave it zero or past the end), so it is not looked at. */
static void field_bytes(struct wire *w, const char *name, const struct field *f, struct slice *v)
{
	if (!wire_decoding(w)) {
		size_t start = w->pos;
		wire_view(w, name, v, v->len);
		field_patch(w, f, start);
		return;
	}
	*v = slice_of(NULL, 0);
	if (f->len == 0)
		return;
	struct wire payload = wire_window(w, f->offset, f->len);
	wire_view(&payload, name, v, f->len);
}

static void field_text(struct wire *w, const char *name, const struct field *f, const char **s)
{
	if (!wire_decoding(w)) {
		if (w->unicode)
			wire_align(w, 2);
		size_t start = w->pos;
		wire_str_n(w, name, s, wire_str_len(w, *s));
		field_patch(w, f, start);
		return;
	}
	*s = "";
	if (f->len == 0)
		return;
	struct wire payload = wire_window(w, f->offset, f->len);
	wire_str_n(&payload, name, s, f->len);
	if (!wire_ok(&payload))
		wire_fail(w);
}

static void version(struct wire *w, struct ntlmssp_version *m)
{
	F(8, product_major_version);
	F(8, product_minor_version);
	F(16, product_build);
	wire_reserved(w, 3);
	F(8, ntlm_revision_current);
}

static bool has_room(const struct wire *w, size_t fixed_len)
{
	return !wire_decoding(w) || w->end - w->start >= fixed_len;
}

void ntlmssp_negotiate(struct wire *w, struct ntlmssp_negotiate *m)
{
	struct field domain_name = { 0 }, workstation_name = { 0 };
	head(w, NTLMSSP_NEGOTIATE_MESSAGE);
	F(32, negotiate_flags);
	w->unicode = false;
	if (wire_decoding(w))
		m->domain_name = m->workstation_name = "";
	if (!has_room(w, NEGOTIATE_FIXED_LEN))
		return;
	field_head(w, "domain_name", &domain_name);
	field_head(w, "workstation_name", &workstation_name);
	if ((m->negotiate_flags & NTLMSSP_NEGOTIATE_VERSION) && has_room(w, NEGOTIATE_FIXED_LEN + VERSION_LEN))
		version(w, &m->version);
	/* Without the "supplied" flags the descriptors may hold anything. */
	if (!wire_decoding(w) || (m->negotiate_flags & NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED))
		field_text(w, "domain_name", &domain_name, &m->domain_name);
	if (!wire_decoding(w) || (m->negotiate_flags & NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED))
		field_text(w, "workstation_name", &workstation_name, &m->workstation_name);
}

void ntlmssp_challenge(struct wire *w, struct ntlmssp_challenge *m)
{
	struct field target_name = { 0 }, target_info = { 0 };
	head(w, NTLMSSP_CHALLENGE_MESSAGE);
	field_head(w, "target_name", &target_name);
	F(32, negotiate_flags);
	wire_bytes(w, "server_challenge", m->server_challenge, sizeof(m->server_challenge));
	w->unicode = (m->negotiate_flags & NTLMSSP_NEGOTIATE_UNICODE) != 0;
	if (has_room(w, CHALLENGE_FIXED_LEN)) {
		wire_reserved(w, 8);
		field_head(w, "target_info", &target_info);
	}
	/* We always leave room for a version, as Windows does; on decode only the flag says that it is one. */
	if (!wire_decoding(w) || ((m->negotiate_flags & NTLMSSP_NEGOTIATE_VERSION) &&
				  has_room(w, CHALLENGE_FIXED_LEN + VERSION_LEN)))
		version(w, &m->version);
	field_text(w, "target_name", &target_name, &m->target_name);
	if (!wire_decoding(w) || (m->negotiate_flags & NTLMSSP_NEGOTIATE_TARGET_INFO))
		field_bytes(w, "target_info", &target_info, &m->target_info);
}

enum { FIELD_LM, FIELD_NT, FIELD_DOMAIN, FIELD_USER, FIELD_WORKSTATION, FIELD_KEY, FIELD_COUNT };

/* Where the fixed part must end: at the lowest payload that is not empty. */
static size_t fixed_end(const struct wire *w, const struct field *fields, size_t n)
{
	size_t end = w->end - w->start;
	for (size_t i = 0; i < n; i++)
		if (fields[i].len > 0)
			end = MIN(end, fields[i].offset);
	return end;
}

static void authenticate_tail(struct wire *w, struct ntlmssp_authenticate *m, struct field *f)
{
	if (!wire_decoding(w)) {
		field_head(w, "encrypted_random_session_key", &f[FIELD_KEY]);
		F(32, negotiate_flags);
		if (m->has_mic || (m->negotiate_flags & NTLMSSP_NEGOTIATE_VERSION))
			version(w, &m->version);
		if (m->has_mic)
			wire_bytes(w, "mic", m->mic, sizeof(m->mic));
		return;
	}
	m->has_negotiate_flags = m->has_mic = false;
	if (fixed_end(w, f, FIELD_KEY) < AUTHENTICATE_FIXED_LEN)
		return;
	field_head(w, "encrypted_random_session_key", &f[FIELD_KEY]);
	F(32, negotiate_flags);
	m->has_negotiate_flags = true;
	size_t end = fixed_end(w, f, FIELD_COUNT);
	if (end >= AUTHENTICATE_FIXED_LEN + VERSION_LEN && (m->negotiate_flags & NTLMSSP_NEGOTIATE_VERSION))
		version(w, &m->version);
	else if (end >= NTLMSSP_MIC_OFFSET)
		wire_reserved(w, VERSION_LEN);
	m->has_mic = end >= NTLMSSP_MIC_OFFSET + NTLMSSP_MIC_LEN;
	if (m->has_mic)
		wire_bytes(w, "mic", m->mic, sizeof(m->mic));
}

void ntlmssp_authenticate(struct wire *w, struct ntlmssp_authenticate *m)
{
	struct field f[FIELD_COUNT] = { 0 };
	head(w, NTLMSSP_AUTHENTICATE_MESSAGE);
	field_head(w, "lm_challenge_response", &f[FIELD_LM]);
	field_head(w, "nt_challenge_response", &f[FIELD_NT]);
	field_head(w, "domain_name", &f[FIELD_DOMAIN]);
	field_head(w, "user_name", &f[FIELD_USER]);
	field_head(w, "workstation", &f[FIELD_WORKSTATION]);
	authenticate_tail(w, m, f);
	if (!wire_decoding(w) || m->has_negotiate_flags)
		w->unicode = (m->negotiate_flags & NTLMSSP_NEGOTIATE_UNICODE) != 0;
	field_text(w, "domain_name", &f[FIELD_DOMAIN], &m->domain_name);
	field_text(w, "user_name", &f[FIELD_USER], &m->user_name);
	field_text(w, "workstation", &f[FIELD_WORKSTATION], &m->workstation);
	field_bytes(w, "lm_challenge_response", &f[FIELD_LM], &m->lm_challenge_response);
	field_bytes(w, "nt_challenge_response", &f[FIELD_NT], &m->nt_challenge_response);
	field_bytes(w, "encrypted_random_session_key", &f[FIELD_KEY], &m->encrypted_random_session_key);
}

/* False: it was the end of the list. */
static bool av_pair(struct wire *w, struct ntlmssp_av_pair *m)
{
	uint16_t av_len = (uint16_t)m->value.len;
	if (m->value.len > UINT16_MAX)
		wire_fail(w);
	F(16, av_id);
	wire_u16(w, "av_len", &av_len);
	if (m->av_id != MsvAvEOL)
		wire_view(w, "value", &m->value, av_len);
	return m->av_id != MsvAvEOL && wire_ok(w);
}

void ntlmssp_av_pairs(struct wire *w, struct ntlmssp_av_pairs *m)
{
	struct ntlmssp_av_pair end = { .av_id = MsvAvEOL };
	if (!wire_decoding(w)) {
		for (size_t i = 0; i < m->n; i++)
			av_pair(w, &m->pairs[i]);
		av_pair(w, &end);
		return;
	}
	m->n = 0;
	while (m->n < NTLMSSP_AV_PAIRS_MAX) {
		struct ntlmssp_av_pair pair = { 0 };
		if (!av_pair(w, &pair))
			return;
		m->pairs[m->n++] = pair;
	}
	wire_fail(w);
}

const struct ntlmssp_av_pair *ntlmssp_av_find(const struct ntlmssp_av_pairs *m, uint16_t av_id)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->pairs[i].av_id == av_id)
			return &m->pairs[i];
	return NULL;
}

void ntlmssp_client_challenge(struct wire *w, struct ntlmssp_client_challenge *m)
{
	wire_const_u8(w, "resp_type", 1);
	wire_const_u8(w, "hi_resp_type", 1);
	wire_reserved(w, 6);
	F(64, time_stamp);
	wire_bytes(w, "challenge_from_client", m->challenge_from_client, sizeof(m->challenge_from_client));
	wire_reserved(w, 4);
	wire_view(w, "av_pairs", &m->av_pairs, wire_decoding(w) ? wire_left(w) : m->av_pairs.len);
}
