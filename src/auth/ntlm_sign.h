/*
 * The keys and signatures of NTLMSSP with extended session security, as far as SPNEGO and the MIC need them: always the
 * first message of a direction. Pure. [MS-NLMP] 3.4.4.2, 3.4.5.2, 3.4.5.3
 */
#ifndef AUTH_NTLM_SIGN_H
#define AUTH_NTLM_SIGN_H

#include "crypto/crypto.h"

/* What a direction signs and seals with; the sealing key in its full length. */
bool auth_ntlm_keys(uint32_t flags, const uint8_t exported_session_key[16], bool from_server, uint8_t sign_key[16],
		    uint8_t seal_key[16]) CRYPTO_WARN_UNUSED;
/* The signature of message number 0; flags as negotiated, with NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY. */
bool auth_ntlm_signature(uint32_t flags, const uint8_t exported_session_key[16], bool from_server, struct slice message,
			 uint8_t out[16]) CRYPTO_WARN_UNUSED;

/* The MIC over the three messages. Where authenticate's own MIC is, zeros are taken; it must be long enough to have one. */
bool auth_ntlm_mic(const uint8_t exported_session_key[16], struct slice negotiate, struct slice challenge,
		   struct slice authenticate, uint8_t out[16]) CRYPTO_WARN_UNUSED;

#endif
