/*
 * Passwords that are changed from afar: by their owner, who proves the old one, or by an administrator. What comes is never clear
 * but where RAP has nothing better. Guesses of the old one count as wrong logons do. Thread-safe.
 */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include "auth/accounts.h"
#include "auth/auth.h"

enum {
	AUTH_PASSWORD_BUFFER_LEN = 516, /* SAMPR_USER_PASSWORD: 512 bytes, filled from the end, and a length. [MS-SAMR] 2.2.6.21 */
	AUTH_PASSWORD_SALTED_LEN = 532, /* and a salt. [MS-SAMR] 2.2.6.22 */
	AUTH_PASSWORD_PROOF_LEN = 16,
	AUTH_PASSWORD_CAP = 1024,       /* of UTF-8, with its NUL */
};

/* The password in an encrypted buffer of either length. oem NULL: it is UTF-16LE. False: no memory, or no password under this
 * key. The caller wipes out. */
bool auth_password_decrypt(struct slice key, struct slice buffer, const struct oem_page *oem, char out[AUTH_PASSWORD_CAP]);

/* True if only the server's own administrator may touch it: it acts as root. */
bool auth_account_is_roots(const struct account *account, nttime now);
/* An administrator's word. The account goes on having an LM hash if it had one and the password can. STATUS_NO_SUCH_USER,
 * STATUS_ACCESS_DENIED, STATUS_PASSWORD_RESTRICTION: it cannot be a password. */
NT_WARN_UNUSED nt_status auth_password_set(struct auth *a, const char *account, const char *password, nttime now);

/* By its owner. */
struct auth_password_change {
	const char *account, *peer;
	const char *old_password, *new_password; /* in clear; or: */
	struct slice encrypted;                  /* the new one, AUTH_PASSWORD_BUFFER_LEN bytes under the old one's hash */
	struct slice proof;                      /* the old one's hash under the new one's: AUTH_PASSWORD_PROOF_LEN bytes */
	bool lm;                                 /* the hashes are LM's, the password OEM; else NT's and UTF-16LE */
};
/* STATUS_WRONG_PASSWORD, also for whom there is not; STATUS_ACCOUNT_LOCKED_OUT, STATUS_ACCOUNT_DISABLED, and as above. */
NT_WARN_UNUSED nt_status auth_password_change(struct auth *a, const struct auth_password_change *c, nttime now);

#endif
