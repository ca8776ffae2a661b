/*
 * The messenger of the core protocol: lines of text from machine to machine. They come on a session to name<03>, without
 * NEGOTIATE. All strings are OEM. SMB-CORE 5.26-5.33
 */
#ifndef WIRE_SMB1_MESSAGE_H
#define WIRE_SMB1_MESSAGE_H

#include "wire/smb1/frame.h"

enum {
	SMB1_MESSAGE_BLOCK_MAX = 128, /* bytes of one block of text */
	SMB1_MESSAGE_MAX = 1600,      /* of all blocks of a message */
};

struct smb1_send_message_req {
	uint8_t words;
	const char *originator;
	const char *destination;
	struct slice text;
};
void smb1_send_message_req(struct wire *w, struct smb1_send_message_req *m);
SMB1_EMPTY_MESSAGE(send_message_rsp);

struct smb1_send_broadcast_req {
	struct smb1_send_message_req message;
};
void smb1_send_broadcast_req(struct wire *w, struct smb1_send_broadcast_req *m);
SMB1_EMPTY_MESSAGE(send_broadcast_rsp); /* never on the wire */

struct smb1_forward_user_name_req {
	uint8_t words;
	const char *name;
};
void smb1_forward_user_name_req(struct wire *w, struct smb1_forward_user_name_req *m);
SMB1_EMPTY_MESSAGE(forward_user_name_rsp);

struct smb1_cancel_forward_req {
	uint8_t words;
	const char *name;
};
void smb1_cancel_forward_req(struct wire *w, struct smb1_cancel_forward_req *m);
SMB1_EMPTY_MESSAGE(cancel_forward_rsp);

SMB1_EMPTY_MESSAGE(get_machine_name_req);
struct smb1_get_machine_name_rsp {
	uint8_t words;
	const char *name;
};
void smb1_get_machine_name_rsp(struct wire *w, struct smb1_get_machine_name_rsp *m);

struct smb1_send_start_multi_req {
	uint8_t words;
	const char *originator;
	const char *destination;
};
void smb1_send_start_multi_req(struct wire *w, struct smb1_send_start_multi_req *m);
struct smb1_send_start_multi_rsp {
	uint8_t words;
	uint16_t message_group_id;
};
void smb1_send_start_multi_rsp(struct wire *w, struct smb1_send_start_multi_rsp *m);

struct smb1_send_end_multi_req {
	uint8_t words;
	uint16_t message_group_id;
};
void smb1_send_end_multi_req(struct wire *w, struct smb1_send_end_multi_req *m);
SMB1_EMPTY_MESSAGE(send_end_multi_rsp);

struct smb1_send_text_multi_req {
	uint8_t words;
	uint16_t message_group_id;
	struct slice text;
};
void smb1_send_text_multi_req(struct wire *w, struct smb1_send_text_multi_req *m);
SMB1_EMPTY_MESSAGE(send_text_multi_rsp);

#endif
