/* ECHO, PROCESS_EXIT, NT_CANCEL. [MS-CIFS] 2.2.4.18, .39, .65 */
#include "wire/smb1/misc.h"

void smb1_echo_req(struct wire *w, struct smb1_echo_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, echo_count);
	smb1_bytes(w, &b);
	wire_payload(w, "data", &m->data);
	smb1_end(w, &b);
}

void smb1_echo_rsp(struct wire *w, struct smb1_echo_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, sequence_number);
	smb1_bytes(w, &b);
	wire_payload(w, "data", &m->data);
	smb1_end(w, &b);
}

SMB1_EMPTY_CODER(process_exit_req)
SMB1_EMPTY_CODER(process_exit_rsp)
SMB1_EMPTY_CODER(nt_cancel_req)
SMB1_EMPTY_CODER(nt_cancel_rsp)
