/*
 * SMB1 message signing. [MS-CIFS] 3.1.4.1, 3.3.5.2.3; [MS-SMB] 3.1.4.1. One state per connection, used under its token.
 * The sequence advances in wire order: request n is checked with its number, its reply carries number + 1.
 */
#ifndef AUTH_SIGNING_H
#define AUTH_SIGNING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum smb1_signing_policy { SMB1_SIGNING_OFF, SMB1_SIGNING_OFFERED, SMB1_SIGNING_REQUIRED };

enum { SIGNING_KEY_MAX = 16 + 4096 /* session key and the longest NTLMv2 response that auth/ accepts */ };

struct signing {
	bool active;
	uint8_t *key; /* malloc'd */
	size_t key_len;
	uint32_t next; /* number of the next request */
};

/* Starts with the first real logon of the connection; response is empty under extended security. The session setup request
 * itself had number 0, its reply has 1, the next request 2. False: no memory. */
bool signing_start(struct signing *s, const uint8_t session_key[16], struct slice response);
void signing_fini(struct signing *s);

/* The number of the request that just arrived; a cancel uses up one number, everything else two. */
uint32_t signing_take_number(struct signing *s, bool is_cancel);
/* True if the message (from 0xFF 'SMB' on) carries the right MAC for this number. The message is restored afterwards. */
bool signing_check(const struct signing *s, uint8_t *message, size_t len, uint32_t number);
/* Writes the MAC into the header at the start of the first piece. */
void signing_sign(const struct signing *s, uint8_t *header, const struct slice *pieces, size_t n_pieces, uint32_t number);

#endif
