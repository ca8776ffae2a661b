/* The server's side of one NTLMSSP conversation: NEGOTIATE in, CHALLENGE out, AUTHENTICATE in, verdict. [MS-NLMP] 3.2.5 */
#ifndef AUTH_NTLM_ACCEPTOR_H
#define AUTH_NTLM_ACCEPTOR_H

#include "auth/auth.h"

enum {
	/* NEGOTIATE holds two OEM names of at most 255 bytes; ours is a bit longer. Both are kept for the MIC. */
	AUTH_NTLM_MESSAGE_KEPT_MAX = 2048,
	/* AUTHENTICATE with the longest names and a generous NTLMv2 response. */
	AUTH_NTLM_MESSAGE_MAX = 16384,
};

struct auth_ntlm_acceptor {
	struct auth *auth; /* borrowed */
	const char *peer;  /* borrowed */
	unsigned legacy;   /* see struct auth_response */
	uint32_t flags;    /* as agreed */
	uint8_t server_challenge[8];
	uint8_t *negotiate, *challenge; /* the messages; NULL before they were */
	size_t negotiate_len, challenge_len;
	bool has_exported_session_key;
	uint8_t exported_session_key[16];
};

void auth_ntlm_acceptor_init(struct auth_ntlm_acceptor *x, struct auth *auth, const char *peer);
void auth_ntlm_acceptor_fini(struct auth_ntlm_acceptor *x);
/* As auth_exchange_step, for NTLMSSP messages alone. */
NT_WARN_UNUSED nt_status auth_ntlm_accept(struct auth_ntlm_acceptor *x, struct slice in, nttime now, struct arena *arena,
					  struct slice *out, struct auth_identity *id);

#endif
