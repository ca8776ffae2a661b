/* The inside of struct auth_exchange, for exchange.c and exchange_kerberos.c. */
#ifndef AUTH_EXCHANGE_H
#define AUTH_EXCHANGE_H

#include "auth/kerberos.h"
#include "auth/ntlm_acceptor.h"
#include "wire/spnego.h"

enum {
	MECH_TYPE_LIST_MAX = 512,
	PEER_CAP = 64,
};

enum framing { FRAMING_UNKNOWN, FRAMING_RAW, FRAMING_SPNEGO };

struct auth_exchange {
	struct auth *auth;
	enum framing framing;
	enum spnego_mech mech; /* what was chosen */
	bool takes_kerberos;
	bool done;
	unsigned legs;
	bool told_mechanism; /* supportedMech was sent: it is sent once */
	bool wants_mic;      /* what was chosen is not what the client liked best */
	bool mics_exchanged; /* each side has signed a message already */
	size_t mech_type_list_len;
	uint8_t mech_type_list[MECH_TYPE_LIST_MAX];
	char peer[PEER_CAP];
	struct auth_ntlm_acceptor ntlm;
	struct auth_kerberos *kerberos;
	uint8_t *pieces; /* malloc'd: what has come of a token that is longer than a message; NULL: none */
	size_t pieces_len, whole_len;
	struct auth_identity held; /* proven by a ticket; only the client's mechListMIC is missing */
};

/* Sends m, with the mechanism if that was not told yet; gives status back. */
nt_status auth_exchange_reply(struct auth_exchange *x, struct arena *arena, struct spnego_neg_token_resp *m, nt_status status, struct slice *out);
/* A leg of Kerberos; as auth_exchange_step. */
nt_status auth_exchange_step_kerberos(struct auth_exchange *x, struct slice token, struct slice mech_list_mic, nttime now, struct arena *arena,
				      struct slice *out, struct auth_identity *id);

#endif
