/*
 * WS-Discovery's target service: what Windows' Network folder asks. It hears Hello, or probes for pub:Computer, resolves the
 * address, and fetches the metadata over HTTP (http.c). [WS-Discovery] 4 to 6
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "discovery/wsd_message.h"

enum {
	APP_MAX_DELAY_MS = 500,                 /* [WS-Discovery] 3.1 */
	UDP_MIN_DELAY_MS = 50, UDP_SPREAD_MS = 200, UDP_REPEATS = 1, /* [SOAP-over-UDP] Appendix I */
	HELLO_WITHIN_MS = 500,
	XADDRS_MAX = 128,
};

bool wsd_init(struct discovery *d)
{
	d->wsd.name = xml_escaped(d->options.name);
	d->wsd.workgroup = xml_escaped(d->options.workgroup);
	return d->wsd.name != NULL && d->wsd.workgroup != NULL;
}

void wsd_fini(struct discovery *d)
{
	free((void *)(uintptr_t)d->wsd.name);
	free((void *)(uintptr_t)d->wsd.workgroup);
}

/* The metadata's URL by the address that this peer reaches. */
static void xaddrs_for(const struct discovery *d, const struct discovery_link *link, const struct ip_address *peer, char out[XADDRS_MAX])
{
	const struct ip_address *ours = discovery_address_for(link, peer);
	char ip[IP_TEXT];

	out[0] = '\0';
	if (ours == NULL)
		return;
	ip_text(ours, ip);
	snprintf(out, XADDRS_MAX, ours->v6 ? "http://[%s]:%u/%s" : "http://%s:%u/%s", ip, d->options.metadata_port, d->options.uuid);
}

/* ---- of our own accord ---- */

static size_t make_hello(struct discovery *d, const struct discovery_link *link, bool v6, uint8_t *out, size_t cap)
{
	char xaddrs[XADDRS_MAX];

	xaddrs_for(d, link, &discovery_groups[DISCOVERY_WSD][v6], xaddrs);
	return wsd_message_write(d, &(struct wsd_saying){ WSD_HELLO, NULL, xaddrs }, (char *)out, cap);
}

static size_t make_bye(struct discovery *d, const struct discovery_link *link, bool v6, uint8_t *out, size_t cap)
{
	return wsd_message_write(d, &(struct wsd_saying){ WSD_BYE, NULL, "" }, (char *)out, cap);
}

void wsd_hello(struct discovery *d, uint64_t now, const struct discovery_link *link)
{
	discovery_multicast(d, now + discovery_random(d, HELLO_WITHIN_MS), DISCOVERY_WSD, link, UDP_REPEATS,
	                    UDP_MIN_DELAY_MS + discovery_random(d, UDP_SPREAD_MS), make_hello);
}

void wsd_bye(struct discovery *d, uint64_t now)
{
	for (unsigned i = 0; i < d->n_links; i++)
		discovery_multicast(d, now, DISCOVERY_WSD, &d->links[i], UDP_REPEATS, UDP_MIN_DELAY_MS, make_bye);
}

/* ---- asked ---- */

static bool seen_before(struct discovery *d, const char *id, const struct ip_address *from)
{
	struct wsd *w = &d->wsd;

	for (unsigned i = 0; i < WSD_SEEN_MAX; i++)
		if (strcmp(w->seen[i].id, id) == 0 && ip_equal(&w->seen[i].from, from))
			return true;
	snprintf(w->seen[w->seen_at].id, sizeof(w->seen[0].id), "%s", id);
	w->seen[w->seen_at].from = *from;
	w->seen_at = (w->seen_at + 1) % WSD_SEEN_MAX;
	return false;
}

static bool is_us(const struct discovery *d, const char *address)
{
	static const char scheme[] = "urn:uuid:";

	return strncmp(address, scheme, sizeof(scheme) - 1) == 0 && strcmp(address + sizeof(scheme) - 1, d->options.uuid) == 0;
}

static enum wsd_action answer_to(const struct discovery *d, const struct wsd_message *m)
{
	if (m->message_id[0] == '\0')
		return WSD_UNKNOWN; /* nobody could tell what the answer is to */
	if (m->action == WSD_PROBE && !m->other_types && !m->has_scopes)
		return WSD_PROBE_MATCHES;
	if (m->action == WSD_RESOLVE && is_us(d, m->address))
		return WSD_RESOLVE_MATCHES;
	return m->action == WSD_GET ? WSD_GET_RESPONSE : WSD_UNKNOWN;
}

void wsd_receive(struct discovery *d, uint64_t now, const struct discovery_packet *packet, const struct discovery_link *link, struct slice bytes)
{
	struct wsd_message m;
	char xaddrs[XADDRS_MAX], out[DISCOVERY_PACKET_MAX], ip[IP_TEXT];

	if (!wsd_message_read(bytes, &m))
		return;
	enum wsd_action answer = answer_to(d, &m);
	if (answer == WSD_UNKNOWN || answer == WSD_GET_RESPONSE || seen_before(d, m.message_id, &packet->from))
		return;
	xaddrs_for(d, link, &packet->from, xaddrs);
	size_t len = wsd_message_write(d, &(struct wsd_saying){ answer, m.message_id, xaddrs }, out, sizeof(out));
	log_debug("WS-Discovery: %s asks", ip_text(&packet->from, ip));
	/* All devices of the link hear a Probe; a Resolve is one's own. */
	const struct outgoing how = {
		.service = DISCOVERY_WSD, .link = link->index, .to = packet->from, .port = packet->from_port,
		.at = now + (answer == WSD_PROBE_MATCHES ? discovery_random(d, APP_MAX_DELAY_MS) : 0), .repeats = UDP_REPEATS,
		.interval_ms = UDP_MIN_DELAY_MS + discovery_random(d, UDP_SPREAD_MS),
	};
	outbox_put(d, &how, slice_of(out, len));
}

size_t wsd_answer(struct discovery *d, struct slice request, char *out, size_t cap)
{
	struct wsd_message m;

	if (!wsd_message_read(request, &m))
		return 0;
	enum wsd_action answer = answer_to(d, &m);
	return answer != WSD_UNKNOWN ? wsd_message_write(d, &(struct wsd_saying){ answer, m.message_id, "" }, out, cap) : 0;
}
