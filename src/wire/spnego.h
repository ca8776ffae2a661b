/*
 * SPNEGO tokens, both ways: NegTokenInit, NegTokenInit2 (the server's, with hints) and NegTokenResp.
 * [RFC4178] 4.2, [MS-SPNG] 2.2.1
 */
#ifndef WIRE_SPNEGO_H
#define WIRE_SPNEGO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"

enum spnego_mech {
	SPNEGO_MECH_OTHER, /* an OID that we do not know; never encoded */
	SPNEGO_MECH_NTLMSSP,
	SPNEGO_MECH_KRB5,
	SPNEGO_MECH_MS_KRB5, /* the OID that Windows 2000 got wrong by one bit and everybody accepts since */
};

/* negState. [RFC4178] 4.2.2 */
enum spnego_neg_state {
	SPNEGO_ACCEPT_COMPLETED = 0,
	SPNEGO_ACCEPT_INCOMPLETE = 1,
	SPNEGO_REJECT = 2,
	SPNEGO_REQUEST_MIC = 3,
};

/* What Windows Vista and later put into their hint; clients ignore it, but some insist that there is one. */
#define SPNEGO_HINT_NAME "not_defined_in_RFC4178@please_ignore"

enum {
	/* Windows offers at most five; more than this are not looked at. */
	SPNEGO_MECHS_MAX = 16,
};

/* Slices point into the decoded message, or to whatever the caller wants encoded. ptr NULL: the field is absent. */
struct spnego_neg_token_init {
	enum spnego_mech mech_types[SPNEGO_MECHS_MAX];
	size_t n_mech_types;
	struct slice mech_type_list; /* decode only: the DER of MechTypeList, which mechListMIC signs */
	struct slice mech_token;
	struct slice mech_list_mic;
	struct slice hint_name;
};

struct spnego_neg_token_resp {
	bool has_neg_state, has_supported_mech;
	enum spnego_neg_state neg_state;
	enum spnego_mech supported_mech;
	struct slice response_token;
	struct slice mech_list_mic;
};

enum spnego_kind { SPNEGO_NONE, SPNEGO_NEG_TOKEN_INIT, SPNEGO_NEG_TOKEN_RESP };
/* By the first byte only. */
enum spnego_kind spnego_kind_of(struct slice token);

/* False: malformed. A NegTokenInit without its GSS-API header is forgiven. */
bool spnego_decode_init(struct slice token, struct spnego_neg_token_init *out);
bool spnego_decode_resp(struct slice token, struct spnego_neg_token_resp *out);

/* Into the arena; empty: no memory, or more than 64 KiB. A hint name makes it a NegTokenInit2. */
struct slice spnego_encode_init(struct arena *arena, const struct spnego_neg_token_init *m);
struct slice spnego_encode_resp(struct arena *arena, const struct spnego_neg_token_resp *m);
/* The MechTypeList alone, as encode_init writes it: the initiator needs it for its mechListMIC. */
struct slice spnego_encode_mech_type_list(struct arena *arena, const enum spnego_mech *mechs, size_t n);

#endif
