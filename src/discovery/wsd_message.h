/*
 * Messages of WS-Discovery and of the metadata exchange: SOAP 1.2 envelopes. What is read is what a target service has to know
 * of them; what is written is what it says. [WS-Discovery] 4 to 6, [WS-Addressing] 2004/08, [DPWS] 5
 */
#ifndef DISCOVERY_WSD_MESSAGE_H
#define DISCOVERY_WSD_MESSAGE_H

#include "discovery/internal.h"
#include "discovery/xml.h"

enum wsd_action {
	WSD_UNKNOWN, WSD_HELLO, WSD_BYE, WSD_PROBE, WSD_PROBE_MATCHES, WSD_RESOLVE, WSD_RESOLVE_MATCHES, WSD_GET, WSD_GET_RESPONSE,
};

struct wsd_message {
	enum wsd_action action;
	char message_id[WSD_ID_MAX + 1];
	bool other_types; /* a Probe wants something that we are not */
	bool has_scopes;  /* it wants things of some scopes; we are in none */
	char address[WSD_ID_MAX + 1]; /* whom a Resolve looks for */
};
/* False: no such message, or malformed. */
bool wsd_message_read(struct slice document, struct wsd_message *out);

/* What we say. relates_to: the other's MessageID, NULL of our own accord. xaddrs: URLs of our metadata, "" for none. */
struct wsd_saying {
	enum wsd_action action;
	const char *relates_to, *xaddrs;
};
/* Its length; 0: it does not fit. */
size_t wsd_message_write(struct discovery *d, const struct wsd_saying *saying, char *out, size_t cap);

#endif
