/*
 * The little of Kerberos that is read here and not by libkrb5: where in a client's first token its authenticator is, which must
 * not come twice. [RFC4121] 4.1, [RFC4120] 5.5.1
 */
#ifndef WIRE_KERBEROS_H
#define WIRE_KERBEROS_H

#include <stdbool.h>

#include "base/bytes.h"

/* The encrypted authenticator of a KRB_AP_REQ in its GSS-API framing; a view into the token. False: it is none. */
bool kerberos_ap_req_authenticator(struct slice token, struct slice *cipher);

#endif
