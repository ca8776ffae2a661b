/* What is in the security blob of a session setup: SPNEGO, and NTLMSSP in it or bare. [MS-SPNG] 2.2.1, [MS-NLMP] 2.2.1 */
#include "dump/conn.h"
#include "wire/ntlmssp.h"
#include "wire/spnego.h"

static const char *state_name(enum spnego_neg_state state)
{
	static const char *const names[] = { "accept-completed", "accept-incomplete", "reject", "request-mic" };

	return (unsigned)state < ARRAY_LEN(names) ? names[state] : "?";
}

/* The mechanism's token; empty: there is none, or what is there is no SPNEGO. */
static struct slice unwrap(struct dump_record *r, struct slice blob)
{
	struct spnego_neg_token_init init;
	struct spnego_neg_token_resp resp;

	switch (spnego_kind_of(blob)) {
	case SPNEGO_NEG_TOKEN_INIT:
		if (!spnego_decode_init(blob, &init))
			break;
		dump_record_add(r, "NegTokenInit", NULL);
		return init.mech_token;
	case SPNEGO_NEG_TOKEN_RESP:
		if (!spnego_decode_resp(blob, &resp))
			break;
		dump_record_add(r, "NegTokenResp", NULL);
		if (resp.has_neg_state)
			dump_record_add(r, "neg_state", state_name(resp.neg_state));
		return resp.response_token;
	default: return blob;
	}
	if (r->trouble == NULL)
		r->trouble = "malformed SPNEGO token";
	return slice_of(NULL, 0);
}

static void negotiate(struct wire *w)
{
	struct ntlmssp_negotiate m = { .domain_name = "" };
	ntlmssp_negotiate(w, &m);
}

static void challenge(struct wire *w)
{
	struct ntlmssp_challenge m = { .target_name = "" };
	ntlmssp_challenge(w, &m);
}

static void authenticate(struct wire *w)
{
	struct ntlmssp_authenticate m = { .user_name = "" };
	ntlmssp_authenticate(w, &m);
}

void dump_security(struct dump_record *r, const struct wire *parent, struct slice blob)
{
	static const struct {
		const char *name;
		void (*coder)(struct wire *w);
	} messages[] = {
		[NTLMSSP_NEGOTIATE_MESSAGE] = { "NTLMSSP NEGOTIATE_MESSAGE", negotiate },
		[NTLMSSP_CHALLENGE_MESSAGE] = { "NTLMSSP CHALLENGE_MESSAGE", challenge },
		[NTLMSSP_AUTHENTICATE_MESSAGE] = { "NTLMSSP AUTHENTICATE_MESSAGE", authenticate },
	};
	struct wire w;

	if (blob.len == 0)
		return;
	struct slice token = unwrap(r, blob);
	enum ntlmssp_message_type type = ntlmssp_type_of(token);
	if (type == NTLMSSP_NONE || type >= ARRAY_LEN(messages))
		return;
	dump_record_say(r, "%s", messages[type].name);
	dump_record_add(r, messages[type].name, NULL);
	wire_init_decode(&w, token, parent->arena);
	w.oem = parent->oem;
	w.unicode = true;
	w.trace = parent->trace;
	messages[type].coder(&w);
	if (!wire_ok(&w) && r->trouble == NULL)
		r->trouble = "malformed NTLMSSP message";
}
