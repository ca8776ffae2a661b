/*
 * Every kind of NetBIOS packet through its coder and back: name service, datagrams, mailslots, the browser's frames, LAN
 * Manager's, session packets; and DNS messages. The input's first byte says which (odd: Unicode where the coder knows it).
 */
#include "canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const kinds[] = {
	"ns_packet-block-x", "dgm-block-x", "mailslot-block-x", "browse_frame-block-x", "lanman_frame-block-x", "ssn_request-block-x",
	"ssn_negative-block-x", "ssn_retarget-block-x", "message-block-x",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len > 0)
		canonical_check(kinds[data[0] / 2 % ARRAY_LEN(kinds)], slice_of(data + 1, len - 1), data[0] % 2 != 0, false);
	return 0;
}
