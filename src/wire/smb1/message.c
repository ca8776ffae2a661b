#include "wire/smb1/message.h"

static void name_fmt04(struct wire *w, const char *field, const char **s)
{
	wire_const_u8(w, "buffer_format", SMB_FORMAT_ASCII);
	wire_str_oem_z(w, field, s);
}

void smb1_send_message_req(struct wire *w, struct smb1_send_message_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_bytes(w, &b);
	name_fmt04(w, "originator", &m->originator);
	name_fmt04(w, "destination", &m->destination);
	smb1_data_block(w, SMB_FORMAT_DATA, "text", &m->text);
	smb1_end(w, &b);
}

SMB1_EMPTY_CODER(send_message_rsp)

void smb1_send_broadcast_req(struct wire *w, struct smb1_send_broadcast_req *m)
{
	smb1_send_message_req(w, &m->message);
}

SMB1_EMPTY_CODER(send_broadcast_rsp)

static void name_only(struct wire *w, uint8_t *words, const char **name)
{
	struct smb1_block b = smb1_words(w, words);
	smb1_bytes(w, &b);
	name_fmt04(w, "name", name);
	smb1_end(w, &b);
}

void smb1_forward_user_name_req(struct wire *w, struct smb1_forward_user_name_req *m)
{
	name_only(w, &m->words, &m->name);
}

SMB1_EMPTY_CODER(forward_user_name_rsp)

void smb1_cancel_forward_req(struct wire *w, struct smb1_cancel_forward_req *m)
{
	name_only(w, &m->words, &m->name);
}

SMB1_EMPTY_CODER(cancel_forward_rsp)
SMB1_EMPTY_CODER(get_machine_name_req)

void smb1_get_machine_name_rsp(struct wire *w, struct smb1_get_machine_name_rsp *m)
{
	name_only(w, &m->words, &m->name);
}

void smb1_send_start_multi_req(struct wire *w, struct smb1_send_start_multi_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_bytes(w, &b);
	name_fmt04(w, "originator", &m->originator);
	name_fmt04(w, "destination", &m->destination);
	smb1_end(w, &b);
}

void smb1_send_start_multi_rsp(struct wire *w, struct smb1_send_start_multi_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, message_group_id);
	smb1_no_bytes(w, &b);
}

void smb1_send_end_multi_req(struct wire *w, struct smb1_send_end_multi_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, message_group_id);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(send_end_multi_rsp)

void smb1_send_text_multi_req(struct wire *w, struct smb1_send_text_multi_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, message_group_id);
	smb1_bytes(w, &b);
	smb1_data_block(w, SMB_FORMAT_DATA, "text", &m->text);
	smb1_end(w, &b);
}

SMB1_EMPTY_CODER(send_text_multi_rsp)
