/*
 * The client's side: responses for a session setup without extended security, and an initiator for NTLMSSP, raw or in
 * SPNEGO, or for Kerberos. Protocol-neutral like the rest; one owner at a time. [MS-NLMP] 3.1.5, [MS-SPNG] 3.1
 */
#ifndef AUTH_CLIENT_H
#define AUTH_CLIENT_H

#include "auth/auth.h"

/* Borrowed by everything here until it returns or is freed. */
struct auth_credentials {
	const char *user, *domain, *workstation; /* user "": anonymous */
	uint8_t nt_hash[16];                     /* auth_nt_hash of the password */
};

/* In the arena. */
struct auth_client_response {
	struct slice lm, nt;
	uint8_t session_key[16];
};

/* NTLMv2 and LMv2. target_info: AV pairs of the server, or empty (a session setup without extended security has none;
 * then the blob holds the domain only). client_challenge: 8 random bytes. False: no memory, or malformed pairs. */
bool auth_client_ntlmv2(const struct auth_credentials *c, const uint8_t challenge[8], struct slice target_info,
			const uint8_t client_challenge[8], nttime now, struct arena *arena,
			struct auth_client_response *out);
/* NTLM (v1); the LM field repeats the NTLM response, so that nothing weaker is sent. */
bool auth_client_ntlm(const struct auth_credentials *c, const uint8_t challenge[8], struct arena *arena,
		      struct auth_client_response *out);
/* NTLM2 session. */
bool auth_client_ntlm2_session(const struct auth_credentials *c, const uint8_t challenge[8],
			       const uint8_t client_challenge[8], struct arena *arena, struct auth_client_response *out);

struct auth_init_options {
	const char *kerberos_host;     /* Kerberos by the user's tickets for cifs/HOST, and nothing else; NULL: NTLMSSP */
	bool raw;                      /* NTLMSSP without SPNEGO */
	bool oem;                      /* no Unicode */
	bool without_session_security; /* no NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY: plain NTLM if method says NTLM */
	enum auth_method method;       /* AUTH_NTLMV2, or AUTH_NTLM: NTLM2 session where the server agrees */
};

struct auth_init;
struct auth_init *auth_init_new(const struct auth_credentials *c, const struct auth_init_options *options);
void auth_init_free(struct auth_init *x);
/* in: the server's last token, empty on the first call (or its NegTokenInit2). STATUS_MORE_PROCESSING_REQUIRED: send *out
 * (in the arena). STATUS_SUCCESS: the server's last word is verified; send *out if it is not empty. */
NT_WARN_UNUSED nt_status auth_init_step(struct auth_init *x, struct slice in, nttime now, struct arena *arena,
					struct slice *out);
/* Why a step said STATUS_LOGON_FAILURE or STATUS_NOT_SUPPORTED; NULL: nothing is known. Valid until auth_init_free. */
const char *auth_init_why(const struct auth_init *x);
/* False until AUTHENTICATE was made or the ticket was answered, and for anonymous. */
bool auth_init_session_key(const struct auth_init *x, uint8_t out[16]);
enum { AUTH_KEY_REST_MAX = 48 };
/* What a Kerberos key has beyond that, which signing needs too. How many bytes. */
size_t auth_init_session_key_rest(const struct auth_init *x, uint8_t out[AUTH_KEY_REST_MAX]);

#endif
