/* SPNEGO tokens: whatever decodes must be encodable, and decode to the same again. */
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "wire/kerberos.h"
#include "wire/spnego.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static void try_init(struct slice token, struct arena *arena)
{
	struct spnego_neg_token_init m, again;
	if (!spnego_decode_init(token, &m))
		return;
	struct slice encoded = spnego_encode_init(arena, &m);
	CHECK(encoded.len > 0 && spnego_decode_init(encoded, &again));
	CHECK(same(m.mech_token, again.mech_token) && same(m.mech_list_mic, again.mech_list_mic));
	CHECK(same(m.hint_name, again.hint_name));
}

static void try_resp(struct slice token, struct arena *arena)
{
	struct spnego_neg_token_resp m, again;
	if (!spnego_decode_resp(token, &m))
		return;
	struct slice encoded = spnego_encode_resp(arena, &m);
	CHECK(encoded.len > 0 && spnego_decode_resp(encoded, &again));
	CHECK(m.has_neg_state == again.has_neg_state && (!m.has_neg_state || m.neg_state == again.neg_state));
	CHECK(same(m.response_token, again.response_token) && same(m.mech_list_mic, again.mech_list_mic));
}

static void try_ap_req(struct slice token)
{
	struct slice cipher;
	if (kerberos_ap_req_authenticator(token, &cipher))
		CHECK(cipher.ptr >= token.ptr && cipher.ptr + cipher.len <= token.ptr + token.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	if (size > 60000)
		return 0;
	arena_init(&arena, 1 << 20);
	try_init(slice_of(data, size), &arena);
	try_resp(slice_of(data, size), &arena);
	try_ap_req(slice_of(data, size));
	arena_fini(&arena);
	return 0;
}
