/*
 * The mathematics of the proofs: hashes, responses, session keys. Pure; no policy beyond what is asked for.
 * Names and passwords are UTF-8. False always means: could not be computed, do not trust. [MS-NLMP] 3.3, 3.4
 */
#ifndef AUTH_PROOF_H
#define AUTH_PROOF_H

#include "auth/accounts.h"
#include "auth/auth.h"
#include "crypto/crypto.h"

enum {
	AUTH_HASH_LEN = 16,
	AUTH_CHALLENGE_LEN = 8,
	/* Of UTF-8. Windows allows 256 characters in a password and 104 in a logon name; user@domain may be longer. */
	AUTH_TEXT_MAX = 1024,
};

/* NTOWFv1: MD4 of the UTF-16LE password. */
bool auth_nt_hash(const char *password, uint8_t out[AUTH_HASH_LEN]) CRYPTO_WARN_UNUSED;
/* LMOWFv1. False also if the password has more than 14 OEM bytes or characters the page lacks. */
bool auth_lm_hash(const struct oem_page *oem, const char *password, uint8_t out[AUTH_HASH_LEN]) CRYPTO_WARN_UNUSED;
/* NTOWFv2: the user is upper-cased here, the domain is taken as it is. */
bool auth_ntlmv2_hash(const uint8_t nt_hash[AUTH_HASH_LEN], const char *user, const char *domain,
		      uint8_t out[AUTH_HASH_LEN]) CRYPTO_WARN_UNUSED;
/* NTProofStr, and with an 8-byte client challenge as blob the first 16 bytes of LMv2. */
bool auth_ntlmv2_proof(const uint8_t v2_hash[AUTH_HASH_LEN], const uint8_t challenge[AUTH_CHALLENGE_LEN],
		       struct slice blob, uint8_t out[16]) CRYPTO_WARN_UNUSED;
/* SessionBaseKey of NTLMv2 and LMv2. */
bool auth_ntlmv2_key(const uint8_t v2_hash[AUTH_HASH_LEN], const uint8_t proof[16], uint8_t out[16]) CRYPTO_WARN_UNUSED;
/* SessionBaseKey of NTLM: MD4 of the hash. */
bool auth_ntlm_key(const uint8_t nt_hash[AUTH_HASH_LEN], uint8_t out[16]) CRYPTO_WARN_UNUSED;
/* What an NTLM2 session response encrypts instead of the server's challenge. */
bool auth_ntlm2_session_challenge(const uint8_t server[AUTH_CHALLENGE_LEN], const uint8_t client[AUTH_CHALLENGE_LEN],
				  uint8_t out[AUTH_CHALLENGE_LEN]) CRYPTO_WARN_UNUSED;
/* KXKEY with extended session security over an NTLM key. [MS-NLMP] 3.4.5.1 */
bool auth_ntlm2_session_key(const uint8_t nt_hash[AUTH_HASH_LEN], const uint8_t server[AUTH_CHALLENGE_LEN],
			    const uint8_t client[AUTH_CHALLENGE_LEN], uint8_t out[16]) CRYPTO_WARN_UNUSED;

/* What a response proved. */
struct auth_proof {
	enum auth_method method; /* AUTH_NONE: nothing */
	unsigned refused;        /* bit per auth_method that was there but is not allowed */
	bool has_key;
	uint8_t key[16];         /* user session key */
	struct slice response;   /* the field that proved it: a view into the response */
};

/*
 * Holds a response against an account, strongest form first: NTLMv2, NTLM (or NTLM2 session), LMv2, LM, password.
 * Only what the policy allows is computed. login: the user name without domain, tried beside r->user.
 */
struct auth_proof auth_prove(const struct auth_policy *policy, const struct account *account,
			     const struct auth_response *r, const char *login);
/* What the policy allows to everybody. */
bool auth_policy_allows(const struct auth_policy *policy, enum auth_method method);
/* True if nothing that could be a password or a response was sent: the first knock of DOS and Windows clients. */
bool auth_response_is_empty(const struct auth_response *r);

#endif
