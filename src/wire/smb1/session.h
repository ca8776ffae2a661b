/* SESSION_SETUP_ANDX and LOGOFF_ANDX. [MS-CIFS] 2.2.4.53, 2.2.4.54, [MS-SMB] 2.2.4.6 */
#ifndef WIRE_SMB1_SESSION_H
#define WIRE_SMB1_SESSION_H

#include "wire/smb1/frame.h"

/* words: 10 LANMAN, 13 NT, 12 extended security. Strings that the client left out are "", never NULL. */
struct smb1_session_setup_andx_req {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t max_buffer_size;
	uint16_t max_mpx_count;
	uint16_t vc_number;
	uint32_t session_key;
	uint32_t capabilities;         /* 12, 13 */
	struct slice oem_password;     /* 13: OEMPassword; 10: the only password. Plaintext or LM response, by its length */
	struct slice unicode_password; /* 13: UnicodePassword */
	struct slice security_blob;    /* 12 */
	const char *account_name;      /* 10, 13 */
	const char *primary_domain;    /* 10, 13; some clients send it last with 12 */
	const char *native_os;
	const char *native_lan_man;
};
void smb1_session_setup_andx_req(struct wire *w, struct smb1_session_setup_andx_req *m);

/* Action */
enum { SMB_SETUP_GUEST = 0x0001, SMB_SETUP_USE_LANMAN_KEY = 0x0002 };

/* words: 3, or 4 with a security blob. */
struct smb1_session_setup_andx_rsp {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t action;
	struct slice security_blob; /* 4 */
	const char *native_os; /* NULL on encode: left out, with the next; so before LANMAN2.1 */
	const char *native_lan_man;
	const char *primary_domain; /* NULL on encode: left out */
};
void smb1_session_setup_andx_rsp(struct wire *w, struct smb1_session_setup_andx_rsp *m);

struct smb1_logoff_andx_req {
	uint8_t words;
	struct smb1_andx andx;
};
void smb1_logoff_andx_req(struct wire *w, struct smb1_logoff_andx_req *m);

struct smb1_logoff_andx_rsp {
	uint8_t words;
	struct smb1_andx andx;
};
void smb1_logoff_andx_rsp(struct wire *w, struct smb1_logoff_andx_rsp *m);

#endif
