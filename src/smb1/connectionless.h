/*
 * Connections over a transport that loses, repeats and reorders messages. [MS-CIFS] 2.1.2.1 (Direct IPX), 2.2.3.1
 *
 * There the header's SecurityFeatures hold no signature but a Key (0), the connection's CID and a SequenceNumber. A request
 * with SequenceNumber 0 may be run as often as it comes. The others count 1, 2, ... 65535, 1: each is run once, and its
 * answer is kept until the next one comes, for a client that did not get it. What else comes is ignored. No transport tells
 * that such a client is gone: who is silent for five minutes is.
 */
#ifndef SMB1_CONNECTIONLESS_H
#define SMB1_CONNECTIONLESS_H

#include "smb1/req.h"

struct smb1_connectionless;

/* NULL: no memory, or no CID is left. */
struct smb1_connectionless *connectionless_new(struct smb1_server *server);
void connectionless_free(struct smb1_server *server, struct smb1_connectionless *s); /* NULL is allowed */

/* Below, on a connection of the other kind nothing is done, and nothing held back. */

/* A message came, whatever it is. */
void connectionless_heard(const struct smb1_conn *c);
/* When a client that stays silent is taken for dead, in net_monotonic_ms(); 0: never, its transport tells of its end. */
uint64_t connectionless_idle_at_ms(const struct smb1_conn *c);
/* Bytes of a message that still can be kept as the answer to this request; SIZE_MAX: it will not be. */
size_t connectionless_max_message(const struct smb1_req *r);

uint16_t connectionless_sequence_number(const struct smb1_req *r); /* 0: unsequenced */
/* Whether a new request is to be run; false: it is answered already, or nobody's. */
bool connectionless_admit(struct smb1_req *r);
/* The newest sequenced request, which is this one, is run anew if it comes again, instead of being answered from memory. */
void connectionless_run_again(struct smb1_req *r);
/* A message in the answer, about to be sent: kept if it has to be. False: it is too large for that, and the client was told. */
bool connectionless_keep(struct smb1_req *r, const struct slice *pieces, size_t n_pieces);
/* Requests of an exchange before its last are never answered, errors included. [MS-CIFS] 3.3.5.27 */
bool connectionless_is_silent(const struct smb1_req *r);
/* The SecurityFeatures of a message from the server. r NULL: it answers none. */
void connectionless_stamp(const struct smb1_conn *c, const struct smb1_req *r, uint8_t security_features[8]);

#endif
