/* KRB_AP_REQ, as far as its authenticator. Pure. */
#include "wire/kerberos.h"

#include <string.h>

#include "wire/asn1.h"

enum {
	ASN1_APPLICATION_14 = 0x6E, /* AP-REQ */
	TOK_ID_LEN = 2,
};

static const uint8_t oid_krb5[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02 };
static const uint8_t tok_id_ap_req[TOK_ID_LEN] = { 0x01, 0x00 };

/* The element with this context tag; what stands before it is passed. */
static struct asn1_reader field(struct asn1_reader *sequence, uint8_t context_tag)
{
	while (asn1_peek(sequence) != 0 && asn1_peek(sequence) != context_tag)
		asn1_skip(sequence);
	return asn1_enter(sequence, context_tag);
}

bool kerberos_ap_req_authenticator(struct slice token, struct slice *cipher)
{
	struct asn1_reader whole = asn1_reader_of(token);
	struct asn1_reader gss = asn1_enter(&whole, ASN1_APPLICATION_0);
	struct slice oid = asn1_get(&gss, ASN1_OID);
	if (gss.failed || oid.len != sizeof(oid_krb5) || memcmp(oid.ptr, oid_krb5, sizeof(oid_krb5)) != 0 || gss.left.len < TOK_ID_LEN ||
	    memcmp(gss.left.ptr, tok_id_ap_req, TOK_ID_LEN) != 0)
		return false;
	struct asn1_reader message = asn1_reader_of(slice_of(gss.left.ptr + TOK_ID_LEN, gss.left.len - TOK_ID_LEN));
	struct asn1_reader ap_req = asn1_enter(&message, ASN1_APPLICATION_14);
	struct asn1_reader fields = asn1_enter(&ap_req, ASN1_SEQUENCE);
	struct asn1_reader authenticator = field(&fields, ASN1_CONTEXT(4));
	struct asn1_reader encrypted = asn1_enter(&authenticator, ASN1_SEQUENCE);
	struct asn1_reader content = field(&encrypted, ASN1_CONTEXT(2));
	*cipher = asn1_get(&content, ASN1_OCTET_STRING);
	return !content.failed && cipher->len > 0;
}
