/* The initiator's Kerberos inside SPNEGO, for client.c. */
#ifndef AUTH_KERBEROS_SPNEGO_H
#define AUTH_KERBEROS_SPNEGO_H

#include "auth/kerberos.h"

struct auth_kerberos_talk {
	struct auth_kerberos *side; /* NULL: there is no Kerberos in this logon */
	bool began, proven, signed_list;
	const char *why; /* of a failure, if it is known; static, or the side's */
};

/* As auth_init_step. STATUS_LOGON_FAILURE: *why. */
NT_WARN_UNUSED nt_status auth_kerberos_talk_step(struct auth_kerberos_talk *t, struct slice in, struct arena *arena, struct slice *out);

#endif
