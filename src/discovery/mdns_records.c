/* What multicast DNS says about this server: its addresses, its _smb._tcp service, its picture in the Finder. [RFC6763] */
#include <stdio.h>

#include "discovery/answers.h"

enum { LABEL_ROOM = 8 /* for "-" and a number */ };

/* No text at all is one empty string. [RFC6763] 6.1 */
static const uint8_t empty_text[] = { 0 }, model_text[] = { 13, 'm', 'o', 'd', 'e', 'l', '=', 'R', 'a', 'c', 'k', 'M', 'a', 'c' };

static void label_of(const struct discovery *d, char out[DNS_LABEL_MAX + 1])
{
	snprintf(out, DNS_LABEL_MAX + 1 - LABEL_ROOM, "%s", d->options.name);
	if (d->mdns.renamed > 0)
		snprintf(out + strlen(out), LABEL_ROOM, "-%u", (d->mdns.renamed + 1) % 10000);
}

static void add(struct mdns_set *s, const struct dns_record *r, bool unique)
{
	if (s->n == MDNS_RECORDS_MAX || r->name.len == 0)
		return;
	s->unique[s->n] = unique;
	s->records[s->n++] = *r;
}

static void add_pointer(struct mdns_set *s, const struct dns_name *name, const struct dns_name *target, uint32_t ttl, bool unique)
{
	add(s, &(struct dns_record){ .name = *name, .type = DNS_TYPE_PTR, .class = DNS_CLASS_IN, .ttl = ttl, .target = *target }, unique);
}

static void add_text(struct mdns_set *s, const struct dns_name *name, struct slice text)
{
	add(s, &(struct dns_record){ .name = *name, .type = DNS_TYPE_TXT, .class = DNS_CLASS_IN, .ttl = MDNS_TTL_S, .rdata = text }, true);
}

/* One window holds all types that we have. [RFC4034] 4.1.2, [RFC6762] 6.1 */
static void add_nsec(struct mdns_set *s, const struct dns_name *name, unsigned n_records)
{
	struct dns_record r = { .name = *name, .type = DNS_TYPE_NSEC, .class = DNS_CLASS_IN, .ttl = MDNS_TTL_S };
	uint8_t *data = s->nsec[s->n_nsec], *window = data + name->len, *types = window + 2;
	size_t len = 0;

	memset(data, 0, MDNS_NSEC_MAX);
	memcpy(data, name->bytes, name->len);
	for (unsigned i = 0; i < n_records; i++) {
		if (!dns_name_equal(&s->records[i].name, name))
			continue;
		unsigned type = s->records[i].type;
		types[type / 8] = (uint8_t)(types[type / 8] | 0x80 >> type % 8);
		len = MAX(len, type / 8 + 1);
		r.ttl = MIN(r.ttl, s->records[i].ttl);
	}
	window[1] = (uint8_t)len;
	r.rdata = slice_of(data, name->len + 2u + len);
	s->n_nsec++;
	add(s, &r, true);
}

static void add_nsecs(struct mdns_set *s)
{
	unsigned n = s->n;

	for (unsigned i = 0; i < n && s->n_nsec < MDNS_NAMES_MAX; i++) {
		bool first = s->unique[i];
		for (unsigned k = 0; k < i && first; k++)
			first = !dns_name_equal(&s->records[k].name, &s->records[i].name);
		if (first)
			add_nsec(s, &s->records[i].name, n);
	}
}

void mdns_records(const struct discovery *d, const struct discovery_link *link, struct mdns_set *out)
{
	struct dns_name local = dns_name_make("local"), services = dns_name_make("_services._dns-sd._udp.local");
	struct dns_name device = dns_name_make("_device-info._tcp.local");
	char label[DNS_LABEL_MAX + 1];

	label_of(d, label);
	out->n = out->n_nsec = 0;
	out->service = dns_name_make("_smb._tcp.local");
	out->host = dns_name_below(label, &local);
	out->instance = dns_name_below(label, &out->service);
	device = dns_name_below(label, &device);
	add_pointer(out, &services, &out->service, MDNS_TTL_S, false);
	add_pointer(out, &out->service, &out->instance, MDNS_TTL_S, false);
	add(out, &(struct dns_record){ .name = out->instance, .type = DNS_TYPE_SRV, .class = DNS_CLASS_IN, .ttl = MDNS_HOST_TTL_S,
	                               .port = d->options.smb_port, .target = out->host }, true);
	add_text(out, &out->instance, slice_of(empty_text, sizeof(empty_text)));
	add_text(out, &device, slice_of(model_text, sizeof(model_text)));
	for (unsigned i = 0; i < link->n_addresses; i++) {
		const struct ip_address *a = &link->addresses[i].address;
		struct dns_record r = answers_address(&out->host, a, DNS_CLASS_IN, MDNS_HOST_TTL_S);
		struct dns_name reverse = answers_reverse(a);
		add(out, &r, true);
		add_pointer(out, &reverse, &out->host, MDNS_HOST_TTL_S, true);
	}
	add_nsecs(out);
}

static int compare_bytes(struct slice a, struct slice b)
{
	int order = memcmp(a.ptr != NULL ? a.ptr : empty_text, b.ptr != NULL ? b.ptr : empty_text, MIN(a.len, b.len));

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_numbers(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

int mdns_compare_data(const struct dns_record *a, const struct dns_record *b)
{
	int order = compare_numbers(a->type, b->type);

	if (order != 0)
		return order;
	if (a->type == DNS_TYPE_SRV) {
		order = compare_numbers(a->priority, b->priority);
		order = order != 0 ? order : compare_numbers(a->weight, b->weight);
		order = order != 0 ? order : compare_numbers(a->port, b->port);
	}
	if (order == 0 && (a->type == DNS_TYPE_SRV || a->type == DNS_TYPE_PTR))
		return dns_name_equal(&a->target, &b->target)
			? 0 : compare_bytes(slice_of(a->target.bytes, a->target.len), slice_of(b->target.bytes, b->target.len));
	return order != 0 ? order : compare_bytes(a->rdata, b->rdata);
}

bool mdns_same_record(const struct dns_record *a, const struct dns_record *b)
{
	return a->type == b->type && dns_name_equal(&a->name, &b->name) && mdns_compare_data(a, b) == 0;
}
