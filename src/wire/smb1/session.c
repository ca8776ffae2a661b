/* SESSION_SETUP_ANDX and LOGOFF_ANDX. [MS-CIFS] 2.2.4.53, 2.2.4.54, [MS-SMB] 2.2.4.6 */
#include "wire/smb1/session.h"

struct lengths {
	uint16_t oem_password, unicode_password, security_blob;
};

static void setup_words(struct wire *w, struct smb1_session_setup_andx_req *m, uint8_t shape, struct lengths *len)
{
	smb1_andx(w, &m->andx);
	F(16, max_buffer_size);
	F(16, max_mpx_count);
	F(16, vc_number);
	F(32, session_key);
	if (shape == 12) {
		wire_u16(w, "security_blob_length", &len->security_blob);
		wire_reserved(w, 4);
		F(32, capabilities);
	} else if (shape == 13) {
		wire_u16(w, "oem_password_len", &len->oem_password);
		wire_u16(w, "unicode_password_len", &len->unicode_password);
		wire_reserved(w, 4);
		F(32, capabilities);
	} else if (shape == 10) {
		wire_u16(w, "password_length", &len->oem_password);
		wire_reserved(w, 4);
	} else {
		wire_fail(w);
	}
}

static void passwords(struct wire *w, struct smb1_session_setup_andx_req *m, uint8_t shape, struct lengths *len)
{
	/* QUIRK(win95, nt4): with a plaintext server the second length may be stale; the bytes then hold only the first. */
	if (wire_decoding(w) && (size_t)len->oem_password + len->unicode_password > wire_left(w))
		len->unicode_password = 0;
	wire_view(w, "oem_password", &m->oem_password, len->oem_password);
	if (shape == 13)
		wire_view(w, "unicode_password", &m->unicode_password, len->unicode_password);
	wire_str_z(w, "account_name", &m->account_name);
	wire_str_z(w, "primary_domain", &m->primary_domain);
	wire_str_z(w, "native_os", &m->native_os);
	/* QUIRK(nt4): two more zero bytes follow the OS; they would make NativeLanMan look empty. */
	if (wire_decoding(w) && w->unicode && wire_left(w) > 2) {
		wire_align(w, 2);
		if (wire_left(w) > 2 && load_le16(w->base + w->pos) == 0)
			wire_reserved(w, 2);
	}
	wire_str_z(w, "native_lan_man", &m->native_lan_man);
}

void smb1_session_setup_andx_req(struct wire *w, struct smb1_session_setup_andx_req *m)
{
	if (m->oem_password.len > UINT16_MAX || m->unicode_password.len > UINT16_MAX || m->security_blob.len > UINT16_MAX)
		wire_fail(w);
	struct lengths len = { (uint16_t)m->oem_password.len, (uint16_t)m->unicode_password.len,
			       (uint16_t)m->security_blob.len };
	struct smb1_block b = smb1_words(w, &m->words);
	uint8_t shape = m->words;
	setup_words(w, m, shape, &len);
	smb1_bytes(w, &b);
	if (shape != 12) {
		passwords(w, m, shape, &len);
	} else {
		wire_view(w, "security_blob", &m->security_blob, len.security_blob);
		wire_str_z(w, "native_os", &m->native_os);
		wire_str_z(w, "native_lan_man", &m->native_lan_man);
		if (wire_decoding(w) || m->primary_domain != NULL)
			wire_str_z(w, "primary_domain", &m->primary_domain);
	}
	smb1_end(w, &b);
}

void smb1_session_setup_andx_rsp(struct wire *w, struct smb1_session_setup_andx_rsp *m)
{
	if (m->security_blob.len > UINT16_MAX)
		wire_fail(w);
	uint16_t blob_length = (uint16_t)m->security_blob.len;
	if (!wire_decoding(w) && m->words == 0)
		m->words = blob_length > 0 ? 4 : 3;
	struct smb1_block b = smb1_words(w, &m->words);
	uint8_t shape = m->words;
	smb1_andx(w, &m->andx);
	F(16, action);
	if (shape == 4)
		wire_u16(w, "security_blob_length", &blob_length);
	else if (shape != 3)
		wire_fail(w);
	smb1_bytes(w, &b);
	if (shape == 4)
		wire_view(w, "security_blob", &m->security_blob, blob_length);
	if (wire_decoding(w) || m->native_os != NULL) {
		wire_str_z(w, "native_os", &m->native_os);
		wire_str_z(w, "native_lan_man", &m->native_lan_man);
	}
	if (wire_decoding(w) || m->primary_domain != NULL)
		wire_str_z(w, "primary_domain", &m->primary_domain);
	smb1_end(w, &b);
}

void smb1_logoff_andx_req(struct wire *w, struct smb1_logoff_andx_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	smb1_no_bytes(w, &b);
}

void smb1_logoff_andx_rsp(struct wire *w, struct smb1_logoff_andx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	smb1_no_bytes(w, &b);
}
