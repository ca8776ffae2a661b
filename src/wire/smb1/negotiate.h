/* NEGOTIATE: the dialects offered and the three shapes of the answer. [MS-CIFS] 2.2.4.52, [MS-SMB] 2.2.4.5 */
#ifndef WIRE_SMB1_NEGOTIATE_H
#define WIRE_SMB1_NEGOTIATE_H

#include "wire/smb1/frame.h"

/* More than any client offers (Vista: 9, LanMan98: 10); bounds what one message can make us allocate. */
enum { SMB1_MAX_DIALECTS = 256 };

struct smb1_negotiate_req {
	uint8_t words;
	uint16_t dialect_count;
	const char **dialects; /* arena */
};
void smb1_negotiate_req(struct wire *w, struct smb1_negotiate_req *m);

enum { SMB1_DIALECT_INDEX_NONE = 0xFFFF };

/* words chooses the shape on encode: 1 (core, or no dialect accepted), 13 (LANMAN), 17 (NT LM 0.12). */
struct smb1_negotiate_rsp {
	uint8_t words;
	uint16_t dialect_index;
	uint16_t security_mode; /* 16 bits with 13 words, 8 with 17 */
	uint16_t max_mpx_count;
	uint16_t max_number_vcs;
	uint32_t max_buffer_size; /* 16 bits with 13 words */
	uint16_t raw_mode;        /* 13 words: 1 read, 2 write */
	uint32_t max_raw_size;    /* 17 words */
	uint32_t session_key;
	uint32_t capabilities;    /* 17 words */
	uint16_t server_time, server_date; /* 13 words: SMB_TIME before SMB_DATE, server local time */
	uint64_t system_time;     /* 17 words: FILETIME */
	int16_t server_time_zone; /* minutes to add to local time to get UTC */
	struct slice challenge;   /* its length goes into ChallengeLength (EncryptionKeyLength) */
	const char *domain_name;  /* 13 words: OEM, only written if not NULL (LANMAN2.1). 17 words: by w->unicode, unaligned */
	const char *server_name;  /* 17 words */
	/* 17 words with CAP_EXTENDED_SECURITY in capabilities: these instead of challenge and names. [MS-SMB] 2.2.4.5.2.1 */
	uint8_t server_guid[16];
	struct slice security_blob;
};
void smb1_negotiate_rsp(struct wire *w, struct smb1_negotiate_rsp *m);

#endif
