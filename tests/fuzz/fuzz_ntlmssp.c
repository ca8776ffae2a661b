/* NTLMSSP messages, AV pairs and client challenges through their coders; AUTHENTICATE also encoded again. */
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "wire/ntlmssp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct wire decoder(struct slice message, struct arena *arena)
{
	struct wire w;
	wire_init_decode(&w, message, arena);
	w.oem = oem_page_get("850");
	return w;
}

static void try_blob(struct slice blob, struct arena *arena)
{
	struct ntlmssp_client_challenge m;
	struct ntlmssp_av_pairs pairs;
	struct wire w = decoder(blob, arena);
	ntlmssp_client_challenge(&w, &m);
	if (!wire_ok(&w))
		return;
	w = decoder(m.av_pairs, arena);
	ntlmssp_av_pairs(&w, &pairs);
	CHECK(pairs.n <= NTLMSSP_AV_PAIRS_MAX);
}

static void try_authenticate(struct slice message, struct arena *arena)
{
	static uint8_t buf[1 << 20];
	struct ntlmssp_authenticate again = { .has_mic = false }, m = { .has_mic = false };
	struct wire w = decoder(message, arena);
	ntlmssp_authenticate(&w, &m);
	if (!wire_ok(&w))
		return;
	if (m.nt_challenge_response.len > 16)
		try_blob(slice_of(m.nt_challenge_response.ptr + 16, m.nt_challenge_response.len - 16), arena);
	wire_init_encode(&w, buf, sizeof(buf), arena);
	w.oem = oem_page_get("850");
	ntlmssp_authenticate(&w, &m);
	if (!wire_ok(&w))
		return; /* a name may have grown past 65535 bytes */
	w = decoder(slice_of(buf, w.pos), arena);
	ntlmssp_authenticate(&w, &again);
	CHECK(wire_ok(&w) && again.nt_challenge_response.len == m.nt_challenge_response.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct ntlmssp_negotiate negotiate = { .negotiate_flags = 0 };
	struct ntlmssp_challenge challenge = { .negotiate_flags = 0 };
	struct slice message = slice_of(data, size);
	struct wire w;
	arena_init(&arena, 4 << 20);
	switch (ntlmssp_type_of(message)) {
	case NTLMSSP_NEGOTIATE_MESSAGE:
		w = decoder(message, &arena);
		ntlmssp_negotiate(&w, &negotiate);
		break;
	case NTLMSSP_CHALLENGE_MESSAGE:
		w = decoder(message, &arena);
		ntlmssp_challenge(&w, &challenge);
		break;
	case NTLMSSP_AUTHENTICATE_MESSAGE: try_authenticate(message, &arena); break;
	default: try_blob(message, &arena); break;
	}
	arena_fini(&arena);
	return 0;
}
