/* The machine: its links, its packets in and out, and time. */
#include <stdlib.h>

#include "base/log.h"
#include "discovery/internal.h"

enum { REPEAT_MAX_MS = 500 /* [SOAP-over-UDP] Appendix I: UDP_UPPER_DELAY */ };

const uint16_t discovery_ports[DISCOVERY_SERVICES] = { DISCOVERY_WSD_PORT, DISCOVERY_LLMNR_PORT, DISCOVERY_MDNS_PORT };
const struct ip_address discovery_groups[DISCOVERY_SERVICES][2] = {
	[DISCOVERY_WSD] = { { false, { 239, 255, 255, 250 } }, { true, { 0xFF, 0x02, [15] = 0x0C } } },
	[DISCOVERY_LLMNR] = { { false, { 224, 0, 0, 252 } }, { true, { 0xFF, 0x02, [13] = 0x01, [15] = 0x03 } } },
	[DISCOVERY_MDNS] = { { false, { 224, 0, 0, 251 } }, { true, { 0xFF, 0x02, [15] = 0xFB } } },
};

struct discovery *discovery_new(const struct discovery_options *options, const struct discovery_io *io)
{
	struct discovery *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->options = *options;
	d->io = *io;
	d->llmnr.ask_at = d->mdns.at = UINT64_MAX;
	if (options->smb_port == 0)
		d->options.has[DISCOVERY_MDNS] = false;
	if (!wsd_init(d)) {
		discovery_free(d);
		return NULL;
	}
	return d;
}

void discovery_free(struct discovery *d)
{
	if (d == NULL)
		return;
	while (d->outbox != NULL) {
		struct outgoing *next = d->outbox->next;
		free(d->outbox);
		d->outbox = next;
	}
	wsd_fini(d);
	free(d);
}

uint32_t discovery_random(struct discovery *d, uint32_t below)
{
	return d->io.random(d->io.user) % below;
}

/* ---- links ---- */

const struct discovery_link *discovery_find_link(const struct discovery *d, unsigned index)
{
	for (unsigned i = 0; i < d->n_links; i++)
		if (d->links[i].index == index)
			return &d->links[i];
	return NULL;
}

bool discovery_is_own(const struct discovery *d, const struct ip_address *a)
{
	for (unsigned i = 0; i < d->n_links; i++)
		for (unsigned k = 0; k < d->links[i].n_addresses; k++)
			if (ip_equal(&d->links[i].addresses[k].address, a))
				return true;
	return false;
}

const struct ip_address *discovery_address_for(const struct discovery_link *link, const struct ip_address *peer)
{
	const struct ip_address *best = NULL;

	for (unsigned i = 0; i < link->n_addresses; i++) {
		const struct ip_prefix *p = &link->addresses[i];
		if (p->address.v6 != peer->v6)
			continue;
		if (ip_in_prefix(p, peer))
			return &p->address;
		if (best == NULL || ip_is_link_local(best))
			best = &p->address;
	}
	return best;
}

static bool is_on_link(const struct discovery_link *link, const struct ip_address *peer)
{
	for (unsigned i = 0; i < link->n_addresses; i++)
		if (ip_in_prefix(&link->addresses[i], peer))
			return true;
	return ip_is_link_local(peer);
}

static bool same_link(const struct discovery_link *a, const struct discovery_link *b)
{
	if (a == NULL || a->n_addresses != b->n_addresses)
		return false;
	for (unsigned i = 0; i < a->n_addresses; i++)
		if (!ip_equal(&a->addresses[i].address, &b->addresses[i].address) || a->addresses[i].bits != b->addresses[i].bits)
			return false;
	return true;
}

void discovery_set_links(struct discovery *d, uint64_t now, const struct discovery_link *links, unsigned n)
{
	bool is_new[DISCOVERY_LINKS_MAX] = { false }, any = false;

	n = MIN(n, (unsigned)DISCOVERY_LINKS_MAX);
	for (unsigned i = 0; i < n; i++) {
		is_new[i] = !same_link(discovery_find_link(d, links[i].index), &links[i]);
		any = any || is_new[i];
	}
	if (n > 0)
		memcpy(d->links, links, n * sizeof(*links));
	d->n_links = n;
	if (!any || d->stopping)
		return;
	for (unsigned i = 0; i < n && d->options.has[DISCOVERY_WSD]; i++)
		if (is_new[i])
			wsd_hello(d, now, &d->links[i]);
	if (d->options.has[DISCOVERY_LLMNR])
		llmnr_verify(d, now);
	if (d->options.has[DISCOVERY_MDNS])
		mdns_start(d, now);
}

/* ---- packets ---- */

void discovery_receive(struct discovery *d, uint64_t now, enum discovery_service service, const struct discovery_packet *packet,
		       struct slice bytes)
{
	const struct discovery_link *link = discovery_find_link(d, packet->link);

	/* Our own multicasts come back. */
	if (link == NULL || !d->options.has[service] || d->stopping || !is_on_link(link, &packet->from) || packet->from_port == 0 ||
	    (discovery_is_own(d, &packet->from) && packet->from_port == discovery_ports[service]))
		return;
	switch (service) {
	case DISCOVERY_WSD: wsd_receive(d, now, packet, link, bytes); break;
	case DISCOVERY_LLMNR: llmnr_receive(d, now, packet, link, bytes); break;
	case DISCOVERY_MDNS: mdns_receive(d, now, packet, link, bytes); break;
	}
}

enum discovery_stream discovery_stream(struct discovery *d, enum discovery_service service, const struct ip_address *from,
				       struct slice in, uint8_t out[DISCOVERY_STREAM_MAX], size_t *len)
{
	*len = 0;
	if (service == DISCOVERY_WSD)
		return http_stream(d, in, out, len);
	return llmnr_stream(d, from, in, out, DISCOVERY_STREAM_MAX, len);
}

static void put_in_order(struct discovery *d, struct outgoing *o)
{
	struct outgoing **link = &d->outbox;

	while (*link != NULL && (*link)->at <= o->at)
		link = &(*link)->next;
	o->next = *link;
	*link = o;
}

void outbox_put(struct discovery *d, const struct outgoing *how, struct slice bytes)
{
	struct outgoing *o = d->n_outgoing < OUTBOX_MAX && bytes.len > 0 ? malloc(sizeof(*o) + bytes.len) : NULL;

	if (o == NULL)
		return;
	*o = *how;
	if (o->port == 0) {
		o->port = discovery_ports[o->service];
		o->to = discovery_groups[o->service][how->to.v6];
	}
	o->len = bytes.len;
	memcpy(o->bytes, bytes.ptr, bytes.len);
	d->n_outgoing++;
	put_in_order(d, o);
}

void outbox_forget(struct discovery *d, enum discovery_service service)
{
	for (struct outgoing **link = &d->outbox; *link != NULL;) {
		struct outgoing *o = *link;
		if (o->service != service) {
			link = &o->next;
			continue;
		}
		*link = o->next;
		d->n_outgoing--;
		free(o);
	}
}

static void send_due(struct discovery *d, uint64_t now)
{
	while (d->outbox != NULL && d->outbox->at <= now) {
		struct outgoing *o = d->outbox;
		d->outbox = o->next;
		d->io.send(d->io.user, o->service, o->link, &o->to, o->port, slice_of(o->bytes, o->len));
		if (o->repeats > 0) {
			o->repeats--;
			o->at = now + o->interval_ms;
			o->interval_ms = MIN(o->interval_ms * 2, (unsigned)REPEAT_MAX_MS * 2);
			put_in_order(d, o);
		} else {
			d->n_outgoing--;
			free(o);
		}
	}
}

static bool has_family(const struct discovery_link *link, bool v6)
{
	for (unsigned i = 0; i < link->n_addresses; i++)
		if (link->addresses[i].address.v6 == v6)
			return true;
	return false;
}

void discovery_multicast(struct discovery *d, uint64_t at, enum discovery_service service, const struct discovery_link *link,
			 unsigned repeats, unsigned interval_ms, discovery_make_fn make)
{
	uint8_t buf[DISCOVERY_PACKET_MAX];

	for (int v6 = 0; v6 < 2; v6++) {
		const struct outgoing how = { .service = service, .link = link->index, .to.v6 = v6 != 0, .at = at,
			                      .repeats = repeats, .interval_ms = interval_ms };
		size_t len = has_family(link, v6 != 0) ? make(d, link, v6 != 0, buf, sizeof(buf)) : 0;
		outbox_put(d, &how, slice_of(buf, len));
	}
}

/* ---- time ---- */

void discovery_tick(struct discovery *d, uint64_t now)
{
	if (!d->stopping && d->options.has[DISCOVERY_LLMNR])
		llmnr_tick(d, now);
	if (!d->stopping && d->options.has[DISCOVERY_MDNS])
		mdns_tick(d, now);
	send_due(d, now);
}

uint64_t discovery_deadline(const struct discovery *d)
{
	uint64_t at = d->outbox != NULL ? d->outbox->at : UINT64_MAX;

	return d->stopping ? at : MIN(at, MIN(d->llmnr.ask_at, d->mdns.at));
}

void discovery_stop(struct discovery *d, uint64_t now)
{
	if (d->stopping)
		return;
	d->stopping = true;
	for (int i = 0; i < DISCOVERY_SERVICES; i++)
		outbox_forget(d, (enum discovery_service)i);
	if (d->options.has[DISCOVERY_WSD])
		wsd_bye(d, now);
	if (d->options.has[DISCOVERY_MDNS])
		mdns_bye(d, now);
	discovery_tick(d, now);
}

bool discovery_is_stopped(const struct discovery *d)
{
	return d->stopping && d->outbox == NULL;
}

void discovery_yield_mdns(struct discovery *d, uint64_t now, bool yield)
{
	if (d->options.has[DISCOVERY_MDNS])
		mdns_yield(d, now, yield);
}
