/* In place of kerberos.c where libgssapi_krb5 was not there at the build. */
#include "auth/kerberos.h"

#include <stdio.h>
#include <stdlib.h>

struct auth_kerberos {
	char nothing;
};

static const char absent[] = "this Longhouse was built without Kerberos; build it with libkrb5-dev installed";

bool auth_kerberos_is_built(void)
{
	return false;
}

bool auth_kerberos_check_keytab(const char *keytab, char why[AUTH_KERBEROS_WHY_MAX])
{
	(void)keytab;
	snprintf(why, AUTH_KERBEROS_WHY_MAX, "%s", absent);
	return false;
}

uint32_t auth_kerberos_clock_skew(void)
{
	return 0; /* it takes none */
}

struct auth_kerberos *auth_kerberos_accept_new(const char *keytab)
{
	(void)keytab;
	return calloc(1, sizeof(struct auth_kerberos));
}

struct auth_kerberos *auth_kerberos_initiate_new(const char *host)
{
	(void)host;
	return calloc(1, sizeof(struct auth_kerberos));
}

void auth_kerberos_free(struct auth_kerberos *k)
{
	free(k);
}

nt_status auth_kerberos_step(struct auth_kerberos *k, struct slice in, struct arena *arena, struct slice *out)
{
	(void)k, (void)in, (void)arena;
	*out = slice_of(NULL, 0);
	return STATUS_NOT_SUPPORTED;
}

const char *auth_kerberos_why(const struct auth_kerberos *k)
{
	(void)k;
	return absent;
}

size_t auth_kerberos_session_key(const struct auth_kerberos *k, uint8_t out[AUTH_KERBEROS_KEY_MAX])
{
	(void)k, (void)out;
	return 0;
}

struct slice auth_kerberos_sign(struct auth_kerberos *k, struct slice message, struct arena *arena)
{
	(void)k, (void)message, (void)arena;
	return slice_of(NULL, 0);
}

bool auth_kerberos_verify(struct auth_kerberos *k, struct slice message, struct slice mic)
{
	(void)k, (void)message, (void)mic;
	return false;
}

bool auth_kerberos_names(const struct auth_kerberos *k, char client[AUTH_KERBEROS_NAME_MAX], char service[AUTH_KERBEROS_NAME_MAX])
{
	(void)k, (void)client, (void)service;
	return false;
}
