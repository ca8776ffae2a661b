/*
 * Signing and sealing of messages with the keys of an NTLMSSP logon, both directions, one message after the other: what DCE/RPC
 * needs. Only with extended session security. One owner at a time. [MS-NLMP] 3.4.2, 3.4.3, 3.4.4.2
 */
#ifndef AUTH_NTLM_SEAL_H
#define AUTH_NTLM_SEAL_H

#include "crypto/crypto.h"

enum { AUTH_NTLM_SIGNATURE_LEN = 16 };

struct auth_ntlm_way {
	uint8_t sign_key[16];
	struct crypto_rc4 sealing;
	uint32_t sequence;
};

struct auth_ntlm_seal {
	bool key_exchange; /* signatures are sealed too */
	struct auth_ntlm_way in, out;
};

/* flags as the logon agreed on them. False: no extended session security, or libcrypto refused; nothing to give back then. */
bool auth_ntlm_seal_init(struct auth_ntlm_seal *s, uint32_t flags, const uint8_t exported_session_key[16], bool server)
	CRYPTO_WARN_UNUSED;
void auth_ntlm_seal_fini(struct auth_ntlm_seal *s);

/* The signature of the next message that we send. text: a part of message that is sealed in place, after it was signed;
 * len 0: none. */
bool auth_ntlm_protect(struct auth_ntlm_seal *s, struct slice message, uint8_t *text, size_t len,
		       uint8_t signature[AUTH_NTLM_SIGNATURE_LEN]) CRYPTO_WARN_UNUSED;
/* The next message of the peer: text is unsealed in place, then the signature is checked. False: it is not his. */
bool auth_ntlm_verify(struct auth_ntlm_seal *s, struct slice message, uint8_t *text, size_t len,
		      const uint8_t signature[AUTH_NTLM_SIGNATURE_LEN]) CRYPTO_WARN_UNUSED;

#endif
