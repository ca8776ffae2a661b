/*
 * Kerberos 5 by GSSAPI (MIT's libgssapi_krb5): one side of one logon. The only files that know the library are kerberos.c and, where it was
 * not there at the build, kerberos_absent.c. Tokens are those inside SPNEGO. [RFC4121], [MS-KILE]
 *
 * libkrb5 reads its configuration, the keytab or the user's tickets, and the clock by itself; a server never asks the network.
 */
#ifndef AUTH_KERBEROS_H
#define AUTH_KERBEROS_H

#include "auth/auth.h"

/* False: this build has no Kerberos. */
bool auth_kerberos_is_built(void);

/* aes256 has 32 bytes. */
enum { AUTH_KERBEROS_KEY_MIN = 16, AUTH_KERBEROS_KEY_MAX = 64 };
enum { AUTH_KERBEROS_WHY_MAX = 384, AUTH_KERBEROS_NAME_MAX = 512 };

/* True: the keytab (a file, or as libkrb5 names keytabs) can be read and has keys. Else *why: what is wrong and what cures it. */
bool auth_kerberos_check_keytab(const char *keytab, char why[AUTH_KERBEROS_WHY_MAX]);

/* How far from ours the time of an authenticator may be that libkrb5 takes now, in seconds: `clockskew` of krb5.conf, or five minutes. */
uint32_t auth_kerberos_clock_skew(void);

/* Not thread-safe: belongs to its logon. */
struct auth_kerberos;
/* NULL: no memory. The strings are borrowed. */
struct auth_kerberos *auth_kerberos_accept_new(const char *keytab);
/* The user's own tickets for cifs/host. */
struct auth_kerberos *auth_kerberos_initiate_new(const char *host);
void auth_kerberos_free(struct auth_kerberos *k);

/* One token. STATUS_MORE_PROCESSING_REQUIRED: the other side has to say more. STATUS_SUCCESS: both sides are proven; *out (in the arena) may
 * still have to be sent. Else auth_kerberos_why says what it was. */
NT_WARN_UNUSED nt_status auth_kerberos_step(struct auth_kerberos *k, struct slice in, struct arena *arena, struct slice *out);
const char *auth_kerberos_why(const struct auth_kerberos *k);

/* What follows is for after STATUS_SUCCESS. */
/* The key that both sides have: messages are signed with the whole of it. Its length, at least 16; 0: there is none of a kind that we can use. */
size_t auth_kerberos_session_key(const struct auth_kerberos *k, uint8_t out[AUTH_KERBEROS_KEY_MAX]);
/* For mechListMIC. Empty: no memory. */
struct slice auth_kerberos_sign(struct auth_kerberos *k, struct slice message, struct arena *arena);
bool auth_kerberos_verify(struct auth_kerberos *k, struct slice message, struct slice mic);
/* Principals: the client's, and the service's that the ticket was for. False: one is too long, or hides a NUL. */
bool auth_kerberos_names(const struct auth_kerberos *k, char client[AUTH_KERBEROS_NAME_MAX], char service[AUTH_KERBEROS_NAME_MAX]);

#endif
