/* Kerberos by GSSAPI's krb5 mechanism. Each logon has a context of its own; the library's objects are not shared between threads. */
#include "auth/kerberos.h"

#include <errno.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

enum { CLOCK_SKEW_S = 300 /* where krb5.conf names none */ };

struct auth_kerberos {
	gss_ctx_id_t context;
	const char *keytab; /* the server's side */
	const char *host;   /* the client's */
	bool done;
	char why[AUTH_KERBEROS_WHY_MAX];
};

bool auth_kerberos_is_built(void)
{
	return true;
}

static struct auth_kerberos *new_side(const char *keytab, const char *host)
{
	struct auth_kerberos *k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->context = GSS_C_NO_CONTEXT;
	k->keytab = keytab;
	k->host = host;
	return k;
}

struct auth_kerberos *auth_kerberos_accept_new(const char *keytab)
{
	return new_side(keytab, NULL);
}

struct auth_kerberos *auth_kerberos_initiate_new(const char *host)
{
	return new_side(NULL, host);
}

void auth_kerberos_free(struct auth_kerberos *k)
{
	OM_uint32 minor;
	if (k == NULL)
		return;
	if (k->context != GSS_C_NO_CONTEXT)
		gss_delete_sec_context(&minor, &k->context, GSS_C_NO_BUFFER);
	free(k);
}

const char *auth_kerberos_why(const struct auth_kerberos *k)
{
	return k->why;
}

/* ---- what went wrong ---- */

static const char *server_cure(OM_uint32 minor)
{
	switch ((krb5_error_code)minor) {
	case KRB5KRB_AP_ERR_TKT_EXPIRED:
		return "the client's ticket is too old; let the user get another one (kinit, or log on to the domain again)";
	case KRB5KRB_AP_ERR_TKT_NYV:
	case KRB5KRB_AP_ERR_SKEW: return "the clocks of the client and this machine differ by more than five minutes; set both by NTP";
	case KRB5KRB_AP_ERR_BAD_INTEGRITY:
	case KRB5KRB_AP_ERR_MODIFIED:
		return "the key in the keytab is not the KDC's; export the service's key again (kadmin: ktadd -k FILE cifs/HOST)";
	case KRB5_KT_NOTFOUND:
	case KRB5_KT_KVNONOTFOUND:
	case KRB5KRB_AP_ERR_NOKEY:
	case KRB5KRB_AP_ERR_NOT_US:
	case KRB5KRB_AP_ERR_BADKEYVER:
	case KRB5KRB_AP_WRONG_PRINC:
		return "the keytab has no key for that ticket; put the service's key in it (kadmin: ktadd -k FILE cifs/HOST), and let clients with "
		       "an older ticket get another one";
	case EACCES:
	case ENOENT: return "the keytab of `keytab =` (or --keytab) cannot be read any more; see to its rights and its place";
	default: return "look at the keytab (klist -k) and at the client's ticket (klist)";
	}
}

static const char *client_cure(OM_uint32 minor)
{
	switch ((krb5_error_code)minor) {
	case KRB5_FCC_NOFILE:
	case KRB5_CC_NOTFOUND:
	case KRB5KRB_AP_ERR_TKT_EXPIRED: return "get a ticket with kinit";
	case KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN:
		return "the KDC knows no service of that name; name the server as it does (its full DNS name), not by its address";
	case KRB5KRB_AP_ERR_SKEW: return "set the clocks of both machines by NTP";
	case KRB5_KDC_UNREACH:
	case KRB5_REALM_UNKNOWN: return "the KDC of the realm cannot be reached; see to /etc/krb5.conf";
	default: return "get a ticket with kinit, and see whether `kvno cifs/HOST` gets one for this server";
	}
}

/* The library's words, the mechanism's if it has any. */
static void explain(struct auth_kerberos *k, OM_uint32 major, OM_uint32 minor)
{
	OM_uint32 ignored, more = 0;
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	if (minor != 0)
		(void)gss_display_status(&ignored, minor, GSS_C_MECH_CODE, (gss_OID)gss_mech_krb5, &more, &text);
	else
		(void)gss_display_status(&ignored, major, GSS_C_GSS_CODE, GSS_C_NO_OID, &more, &text);
	snprintf(k->why, sizeof(k->why), "%.*s: %s", (int)MIN(text.length, (size_t)AUTH_KERBEROS_WHY_MAX), text.length > 0 ? (const char *)text.value : "",
		 k->keytab != NULL ? server_cure(minor) : client_cure(minor));
	(void)gss_release_buffer(&ignored, &text);
}

static void keytab_why(krb5_context context, krb5_error_code err, const char *keytab, char why[AUTH_KERBEROS_WHY_MAX])
{
	const char *text = context != NULL ? krb5_get_error_message(context, err) : "libkrb5 does not start; see to /etc/krb5.conf";
	snprintf(why, AUTH_KERBEROS_WHY_MAX,
		 "keytab %s: %s; make it on the KDC (kadmin: ktadd -k FILE cifs/HOST) and let the user who starts this server read it", keytab, text);
	if (context != NULL)
		krb5_free_error_message(context, text);
}

static krb5_error_code find_a_key(krb5_context context, krb5_keytab keytab)
{
	krb5_kt_cursor cursor;
	krb5_keytab_entry entry;
	krb5_error_code err = krb5_kt_start_seq_get(context, keytab, &cursor);
	if (err != 0)
		return err;
	err = krb5_kt_next_entry(context, keytab, &entry, &cursor);
	if (err == 0)
		krb5_free_keytab_entry_contents(context, &entry);
	(void)krb5_kt_end_seq_get(context, keytab, &cursor);
	return err == KRB5_KT_END ? KRB5_KT_NOTFOUND : err;
}

bool auth_kerberos_check_keytab(const char *name, char why[AUTH_KERBEROS_WHY_MAX])
{
	krb5_context context = NULL;
	krb5_keytab keytab = NULL;
	krb5_error_code err = krb5_init_context(&context);
	if (err == 0)
		err = krb5_kt_resolve(context, name, &keytab);
	if (err == 0)
		err = find_a_key(context, keytab);
	if (err != 0)
		keytab_why(context, err, name, why);
	if (keytab != NULL)
		krb5_kt_close(context, keytab);
	if (context != NULL)
		krb5_free_context(context);
	return err == 0;
}

static int read_clock_skew(krb5_context context)
{
	profile_t profile = NULL;
	int seconds = CLOCK_SKEW_S;
	if (krb5_get_profile(context, &profile) != 0)
		return seconds;
	(void)profile_get_integer(profile, "libdefaults", "clockskew", NULL, CLOCK_SKEW_S, &seconds);
	profile_release(profile);
	return seconds;
}

uint32_t auth_kerberos_clock_skew(void)
{
	krb5_context context;
	int seconds = CLOCK_SKEW_S;
	if (krb5_init_context(&context) == 0) {
		seconds = read_clock_skew(context);
		krb5_free_context(context);
	}
	return (uint32_t)MAX(seconds, CLOCK_SKEW_S); /* a shorter one only remembers too much */
}

/* ---- legs ---- */

/* auth/replay.h sees to replays. */
static OM_uint32 server_credentials(const struct auth_kerberos *k, OM_uint32 *minor, gss_cred_id_t *out)
{
	gss_key_value_element_desc elements[] = { { "keytab", k->keytab }, { "rcache", "none:" } };
	const gss_key_value_set_desc store = { ARRAY_LEN(elements), elements };
	gss_OID_set_desc mechs = { 1, (gss_OID)gss_mech_krb5 };
	return gss_acquire_cred_from(minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs, GSS_C_ACCEPT, &store, out, NULL, NULL);
}

static OM_uint32 accept_leg(struct auth_kerberos *k, gss_buffer_t in, gss_buffer_t out, OM_uint32 *minor)
{
	gss_cred_id_t credentials = GSS_C_NO_CREDENTIAL;
	OM_uint32 ignored, flags = 0, major = server_credentials(k, minor, &credentials);
	if (GSS_ERROR(major))
		return major;
	major = gss_accept_sec_context(minor, &k->context, credentials, in, GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, out, &flags, NULL, NULL);
	(void)gss_release_cred(&ignored, &credentials);
	return major;
}

static OM_uint32 initiate_leg(struct auth_kerberos *k, gss_buffer_t in, gss_buffer_t out, OM_uint32 *minor)
{
	char service[AUTH_KERBEROS_NAME_MAX];
	gss_name_t target = GSS_C_NO_NAME;
	OM_uint32 ignored, got = 0;
	int len = snprintf(service, sizeof(service), "cifs@%s", k->host);
	gss_buffer_desc text = { MIN((size_t)len, sizeof(service) - 1), service };
	OM_uint32 major = gss_import_name(minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &target);
	if (GSS_ERROR(major))
		return major;
	major = gss_init_sec_context(minor, GSS_C_NO_CREDENTIAL, &k->context, target, (gss_OID)gss_mech_krb5, GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG, 0,
				     GSS_C_NO_CHANNEL_BINDINGS, in, NULL, out, &got, NULL);
	(void)gss_release_name(&ignored, &target);
	/* A server that does not prove itself could be anybody. */
	return major == GSS_S_COMPLETE && !(got & GSS_C_MUTUAL_FLAG) ? GSS_S_BAD_MECH : major;
}

static bool take(struct arena *arena, gss_buffer_t token, struct slice *out)
{
	OM_uint32 ignored;
	uint8_t *copy = token->length > 0 ? arena_alloc(arena, token->length) : NULL;
	bool good = copy != NULL || token->length == 0;
	if (copy != NULL)
		memcpy(copy, token->value, token->length);
	*out = slice_of(copy, copy != NULL ? token->length : 0);
	(void)gss_release_buffer(&ignored, token);
	return good;
}

nt_status auth_kerberos_step(struct auth_kerberos *k, struct slice in, struct arena *arena, struct slice *out)
{
	OM_uint32 minor = 0;
	gss_buffer_desc from = { in.len, (void *)(uintptr_t)in.ptr }, to = GSS_C_EMPTY_BUFFER;
	*out = slice_of(NULL, 0);
	if (k->done)
		return STATUS_INVALID_PARAMETER;
	OM_uint32 major = (k->keytab != NULL ? accept_leg : initiate_leg)(k, &from, &to, &minor);
	if (!take(arena, &to, out))
		return STATUS_NO_MEMORY;
	if (GSS_ERROR(major)) {
		explain(k, major, minor);
		*out = slice_of(NULL, 0);
		return STATUS_LOGON_FAILURE;
	}
	k->done = !(major & GSS_S_CONTINUE_NEEDED);
	return k->done ? STATUS_SUCCESS : STATUS_MORE_PROCESSING_REQUIRED;
}

/* ---- what both have then ---- */

size_t auth_kerberos_session_key(const struct auth_kerberos *k, uint8_t out[AUTH_KERBEROS_KEY_MAX])
{
	OM_uint32 minor;
	gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
	size_t len = 0;
	/* The key, and the OID of its kind. */
	if (k->done && !GSS_ERROR(gss_inquire_sec_context_by_oid(&minor, k->context, GSS_C_INQ_SSPI_SESSION_KEY, &set)) && set->count > 0 &&
	    set->elements[0].length >= AUTH_KERBEROS_KEY_MIN && set->elements[0].length <= AUTH_KERBEROS_KEY_MAX) {
		len = set->elements[0].length;
		memcpy(out, set->elements[0].value, len);
		crypto_wipe(set->elements[0].value, len);
	}
	(void)gss_release_buffer_set(&minor, &set);
	return len;
}

struct slice auth_kerberos_sign(struct auth_kerberos *k, struct slice message, struct arena *arena)
{
	OM_uint32 minor;
	struct slice mic = slice_of(NULL, 0);
	gss_buffer_desc from = { message.len, (void *)(uintptr_t)message.ptr }, to = GSS_C_EMPTY_BUFFER;
	if (!k->done || GSS_ERROR(gss_get_mic(&minor, k->context, GSS_C_QOP_DEFAULT, &from, &to)))
		return mic;
	(void)take(arena, &to, &mic);
	return mic;
}

bool auth_kerberos_verify(struct auth_kerberos *k, struct slice message, struct slice mic)
{
	OM_uint32 minor;
	gss_buffer_desc text = { message.len, (void *)(uintptr_t)message.ptr }, token = { mic.len, (void *)(uintptr_t)mic.ptr };
	return k->done && gss_verify_mic(&minor, k->context, &text, &token, NULL) == GSS_S_COMPLETE;
}

static bool name_text(gss_name_t name, char out[AUTH_KERBEROS_NAME_MAX])
{
	OM_uint32 minor;
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	bool good = name != GSS_C_NO_NAME && !GSS_ERROR(gss_display_name(&minor, name, &text, NULL)) && text.length > 0 &&
		    text.length < AUTH_KERBEROS_NAME_MAX && memchr(text.value, '\0', text.length) == NULL;
	if (good) {
		memcpy(out, text.value, text.length);
		out[text.length] = '\0';
	}
	(void)gss_release_buffer(&minor, &text);
	return good;
}

bool auth_kerberos_names(const struct auth_kerberos *k, char client[AUTH_KERBEROS_NAME_MAX], char service[AUTH_KERBEROS_NAME_MAX])
{
	OM_uint32 minor;
	gss_name_t from = GSS_C_NO_NAME, to = GSS_C_NO_NAME;
	bool good = k->done && !GSS_ERROR(gss_inquire_context(&minor, k->context, &from, &to, NULL, NULL, NULL, NULL, NULL)) && name_text(from, client) &&
		    name_text(to, service);
	(void)gss_release_name(&minor, &from);
	(void)gss_release_name(&minor, &to);
	return good;
}
