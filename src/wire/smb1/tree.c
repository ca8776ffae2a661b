/* TREE_CONNECT, TREE_CONNECT_ANDX, TREE_DISCONNECT. [MS-CIFS] 2.2.4.50, .51, .55, [MS-SMB] 2.2.4.7 */
#include "wire/smb1/tree.h"

static void oem_fmt04(struct wire *w, const char *name, const char **s)
{
	wire_const_u8(w, "buffer_format", SMB_FORMAT_ASCII);
	wire_str_oem_z(w, name, s);
}

void smb1_tree_connect_req(struct wire *w, struct smb1_tree_connect_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_bytes(w, &b);
	oem_fmt04(w, "path", &m->path);
	oem_fmt04(w, "password", &m->password);
	oem_fmt04(w, "service", &m->service);
	smb1_end(w, &b);
}

void smb1_tree_connect_rsp(struct wire *w, struct smb1_tree_connect_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, max_buffer_size);
	F(16, tid);
	smb1_no_bytes(w, &b);
}

void smb1_tree_connect_andx_req(struct wire *w, struct smb1_tree_connect_andx_req *m)
{
	if (m->password.len > UINT16_MAX)
		wire_fail(w);
	uint16_t password_length = (uint16_t)m->password.len;
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	F(16, flags);
	wire_u16(w, "password_length", &password_length);
	smb1_bytes(w, &b);
	wire_view(w, "password", &m->password, password_length);
	wire_str_z(w, "path", &m->path);
	wire_str_oem_z(w, "service", &m->service);
	smb1_end(w, &b);
}

void smb1_tree_connect_andx_rsp(struct wire *w, struct smb1_tree_connect_andx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	uint8_t shape = m->words;
	smb1_andx(w, &m->andx);
	if (shape != 2 && shape != 3 && shape != 7)
		wire_fail(w);
	if (shape >= 3)
		F(16, optional_support);
	if (shape >= 7) {
		F(32, maximal_share_access_rights);
		F(32, guest_maximal_share_access_rights);
	}
	smb1_bytes(w, &b);
	wire_str_oem_z(w, "service", &m->service);
	if (wire_decoding(w) ? wire_left(w) > 0 : m->native_file_system != NULL)
		wire_str_z(w, "native_file_system", &m->native_file_system);
	else if (wire_decoding(w))
		m->native_file_system = "";
	smb1_end(w, &b);
}

SMB1_EMPTY_CODER(tree_disconnect_req)
SMB1_EMPTY_CODER(tree_disconnect_rsp)
