/* ECHO, PROCESS_EXIT, NT_CANCEL. [MS-CIFS] 2.2.4.18, .39, .65 */
#ifndef WIRE_SMB1_MISC_H
#define WIRE_SMB1_MISC_H

#include "wire/smb1/frame.h"

struct smb1_echo_req {
	uint8_t words;
	uint16_t echo_count;
	struct slice data;
};
void smb1_echo_req(struct wire *w, struct smb1_echo_req *m);

struct smb1_echo_rsp {
	uint8_t words;
	uint16_t sequence_number; /* from 1 */
	struct slice data;
};
void smb1_echo_rsp(struct wire *w, struct smb1_echo_rsp *m);

SMB1_EMPTY_MESSAGE(process_exit_req);
SMB1_EMPTY_MESSAGE(process_exit_rsp);
SMB1_EMPTY_MESSAGE(nt_cancel_req);
SMB1_EMPTY_MESSAGE(nt_cancel_rsp); /* never on the wire; the row's shape needs it */

#endif
