/* See wsd_message.h. */
#include "discovery/wsd_message.h"

#include <stdio.h>
#include <stdlib.h>

#define SOAP "http://www.w3.org/2003/05/soap-envelope"
#define WSA "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WSD "http://schemas.xmlsoap.org/ws/2005/04/discovery"
#define WSX "http://schemas.xmlsoap.org/ws/2004/09/mex"
#define WST "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define WSDP "http://schemas.xmlsoap.org/ws/2006/02/devprof"
#define PNPX "http://schemas.microsoft.com/windows/pnpx/2005/10"
#define PUB "http://schemas.microsoft.com/windows/pub/2005/07"
#define TO_ALL "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
#define TO_ASKER WSA "/role/anonymous"

static const char *const actions[] = {
	[WSD_UNKNOWN] = "", [WSD_HELLO] = WSD "/Hello", [WSD_BYE] = WSD "/Bye", [WSD_PROBE] = WSD "/Probe",
	[WSD_PROBE_MATCHES] = WSD "/ProbeMatches", [WSD_RESOLVE] = WSD "/Resolve", [WSD_RESOLVE_MATCHES] = WSD "/ResolveMatches",
	[WSD_GET] = WST "/Get", [WSD_GET_RESPONSE] = WST "/GetResponse",
};

/* ---- reading ---- */

/* The elements that count, and which of them is around. */
enum place_id { DOCUMENT, ENVELOPE, HEADER, BODY, ACTION, MESSAGE_ID, PROBE, TYPES, SCOPES, RESOLVE, REFERENCE, ADDRESS };
static const struct place {
	const char *namespace, *name;
	enum place_id in;
} places[] = {
	[DOCUMENT] = { "", "", DOCUMENT },
	[ENVELOPE] = { SOAP, "Envelope", DOCUMENT },
	[HEADER] = { SOAP, "Header", ENVELOPE },
	[BODY] = { SOAP, "Body", ENVELOPE },
	[ACTION] = { WSA, "Action", HEADER },
	[MESSAGE_ID] = { WSA, "MessageID", HEADER },
	[PROBE] = { WSD, "Probe", BODY },
	[TYPES] = { WSD, "Types", PROBE },
	[SCOPES] = { WSD, "Scopes", PROBE },
	[RESOLVE] = { WSD, "Resolve", BODY },
	[REFERENCE] = { WSA, "EndpointReference", RESOLVE },
	[ADDRESS] = { WSA, "Address", REFERENCE },
};
enum { NOWHERE = 255, NESTING_MAX = 32 /* more than xml.c lets pass */ };

struct reading {
	struct wsd_message *m;
	const struct xml_scope *scope;
	uint8_t at[NESTING_MAX];
	unsigned depth;
	bool too_long;
};

static uint8_t place_of(uint8_t around, const char *namespace, const char *name)
{
	for (uint8_t i = 1; around != NOWHERE && i < ARRAY_LEN(places); i++)
		if (places[i].in == around && strcmp(places[i].name, name) == 0 && strcmp(places[i].namespace, namespace) == 0)
			return i;
	return NOWHERE;
}

static void on_start(void *user, const char *namespace, const char *name)
{
	struct reading *r = user;
	uint8_t around = r->depth > 0 ? r->at[r->depth - 1] : 0;

	r->at[r->depth++] = place_of(around, namespace, name);
}

static struct slice trimmed(const char *text)
{
	static const char space[] = " \t\r\n";
	size_t skip = strspn(text, space), len = strlen(text + skip);

	while (len > 0 && strchr(space, text[skip + len - 1]) != NULL)
		len--;
	return slice_of(text + skip, len);
}

static void keep(struct reading *r, const char *text, char out[WSD_ID_MAX + 1])
{
	struct slice t = trimmed(text);

	if (t.len > WSD_ID_MAX) {
		r->too_long = true;
		return;
	}
	memcpy(out, t.ptr, t.len);
	out[t.len] = '\0';
}

static void take_action(struct reading *r, const char *text)
{
	struct slice t = trimmed(text);

	for (size_t i = 1; i < ARRAY_LEN(actions); i++)
		if (strlen(actions[i]) == t.len && memcmp(actions[i], t.ptr, t.len) == 0)
			r->m->action = (enum wsd_action)i;
}

static bool is_our_type(const struct reading *r, const char *qname, size_t len)
{
	static const char *const ours[][2] = { { WSDP, "Device" }, { PUB, "Computer" } };
	const char *colon = memchr(qname, ':', len), *local = colon != NULL ? colon + 1 : qname;
	size_t local_len = len - (size_t)(local - qname);
	const char *namespace = xml_namespace_of(r->scope, qname, colon != NULL ? (size_t)(colon - qname) : 0);

	for (size_t i = 0; namespace != NULL && i < ARRAY_LEN(ours); i++)
		if (strcmp(namespace, ours[i][0]) == 0 && strlen(ours[i][1]) == local_len && memcmp(ours[i][1], local, local_len) == 0)
			return true;
	return false;
}

/* All types that are named have to be ours. [WS-Discovery] 5.1 */
static void take_types(struct reading *r, const char *text)
{
	static const char space[] = " \t\r\n";

	for (text += strspn(text, space); *text != '\0'; text += strspn(text, space)) {
		size_t len = strcspn(text, space);
		if (!is_our_type(r, text, len))
			r->m->other_types = true;
		text += len;
	}
}

static void on_end(void *user, const char *namespace, const char *name, const char *text)
{
	struct reading *r = user;
	uint8_t at = r->at[--r->depth];

	if (at == NOWHERE)
		return;
	if (text == NULL) {
		r->too_long = true;
		return;
	}
	switch (at) {
	case ACTION: take_action(r, text); break;
	case MESSAGE_ID: keep(r, text, r->m->message_id); break;
	case TYPES: take_types(r, text); break;
	case SCOPES: r->m->has_scopes = trimmed(text).len > 0; break;
	case ADDRESS: keep(r, text, r->m->address); break;
	default: break;
	}
}

bool wsd_message_read(struct slice document, struct wsd_message *out)
{
	struct reading r = { .m = out };
	const struct xml_reader reader = { &r, on_start, on_end };

	*out = (struct wsd_message){ 0 };
	return xml_read(document, &reader, &r.scope) && !r.too_long && out->action != WSD_UNKNOWN;
}

/* ---- writing ---- */

static void put_uuid(struct discovery *d, struct xml_out *o)
{
	uint32_t r[4];

	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		r[i] = d->io.random(d->io.user);
	/* [RFC4122] 4.4 */
	xml_put(o, "%08x-%04x-4%03x-%04x-%04x%08x", r[0], r[1] >> 16, r[1] & 0xFFF, (r[2] >> 16 & 0x3FFF) | 0x8000, r[2] & 0xFFFF, r[3]);
}

static void put_header(struct discovery *d, struct xml_out *o, const struct wsd_saying *s)
{
	xml_put(o, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	        "<soap:Envelope xmlns:soap=\"" SOAP "\" xmlns:wsa=\"" WSA "\" xmlns:wsd=\"" WSD "\" xmlns:wsx=\"" WSX "\" xmlns:wsdp=\"" WSDP "\""
	        " xmlns:pnpx=\"" PNPX "\" xmlns:pub=\"" PUB "\"><soap:Header><wsa:To>%s</wsa:To><wsa:Action>%s</wsa:Action><wsa:MessageID>urn:uuid:",
	        s->relates_to != NULL ? TO_ASKER : TO_ALL, actions[s->action]);
	put_uuid(d, o);
	xml_put(o, "</wsa:MessageID>");
	if (s->relates_to != NULL) {
		char *escaped = xml_escaped(s->relates_to);
		o->failed = o->failed || escaped == NULL;
		xml_put(o, "<wsa:RelatesTo>%s</wsa:RelatesTo>", escaped != NULL ? escaped : "");
		free(escaped);
	}
	if (s->action != WSD_GET_RESPONSE)
		xml_put(o, "<wsd:AppSequence InstanceId=\"%u\" MessageNumber=\"%u\"></wsd:AppSequence>", d->options.instance_id, ++d->wsd.message_number);
	xml_put(o, "</soap:Header><soap:Body>");
}

static void put_reference(const struct discovery *d, struct xml_out *o)
{
	xml_put(o, "<wsa:EndpointReference><wsa:Address>urn:uuid:%s</wsa:Address></wsa:EndpointReference>", d->options.uuid);
}

static void put_endpoint(const struct discovery *d, struct xml_out *o, const char *xaddrs)
{
	put_reference(d, o);
	xml_put(o, "<wsd:Types>wsdp:Device pub:Computer</wsd:Types>");
	if (xaddrs[0] != '\0')
		xml_put(o, "<wsd:XAddrs>%s</wsd:XAddrs>", xaddrs);
	xml_put(o, "<wsd:MetadataVersion>1</wsd:MetadataVersion>");
}

/* Windows shows the name, and goes to \\NAME when it is opened. [DPWS] 5.1; the pub: namespace is Windows' own */
static void put_metadata(const struct discovery *d, struct xml_out *o)
{
	xml_put(o, "<wsx:Metadata>"
	        "<wsx:MetadataSection Dialect=\"" WSDP "/ThisDevice\"><wsdp:ThisDevice><wsdp:FriendlyName>%s</wsdp:FriendlyName>"
	        "<wsdp:FirmwareVersion>1.0</wsdp:FirmwareVersion><wsdp:SerialNumber>1</wsdp:SerialNumber></wsdp:ThisDevice></wsx:MetadataSection>"
	        "<wsx:MetadataSection Dialect=\"" WSDP "/ThisModel\"><wsdp:ThisModel><wsdp:Manufacturer>Longhouse</wsdp:Manufacturer>"
	        "<wsdp:ModelName>Longhouse</wsdp:ModelName><pnpx:DeviceCategory>Computers</pnpx:DeviceCategory></wsdp:ThisModel></wsx:MetadataSection>"
	        "<wsx:MetadataSection Dialect=\"" WSDP "/Relationship\"><wsdp:Relationship Type=\"" WSDP "/host\"><wsdp:Host>", d->wsd.name);
	put_reference(d, o);
	xml_put(o, "<wsdp:Types>pub:Computer</wsdp:Types><wsdp:ServiceId>urn:uuid:%s</wsdp:ServiceId><pub:Computer>%s/Workgroup:%s</pub:Computer>"
	        "</wsdp:Host></wsdp:Relationship></wsx:MetadataSection></wsx:Metadata>", d->options.uuid, d->wsd.name, d->wsd.workgroup);
}

static void put_body(const struct discovery *d, struct xml_out *o, const struct wsd_saying *s)
{
	switch (s->action) {
	case WSD_HELLO:
		xml_put(o, "<wsd:Hello>");
		put_endpoint(d, o, s->xaddrs);
		xml_put(o, "</wsd:Hello>");
		break;
	case WSD_BYE:
		xml_put(o, "<wsd:Bye>");
		put_reference(d, o);
		xml_put(o, "</wsd:Bye>");
		break;
	case WSD_PROBE_MATCHES:
		xml_put(o, "<wsd:ProbeMatches><wsd:ProbeMatch>");
		put_endpoint(d, o, s->xaddrs);
		xml_put(o, "</wsd:ProbeMatch></wsd:ProbeMatches>");
		break;
	case WSD_RESOLVE_MATCHES:
		xml_put(o, "<wsd:ResolveMatches><wsd:ResolveMatch>");
		put_endpoint(d, o, s->xaddrs);
		xml_put(o, "</wsd:ResolveMatch></wsd:ResolveMatches>");
		break;
	case WSD_GET_RESPONSE: put_metadata(d, o); break;
	default: o->failed = true; break; /* we never ask */
	}
}

size_t wsd_message_write(struct discovery *d, const struct wsd_saying *saying, char *out, size_t cap)
{
	struct xml_out o = { .buf = out, .cap = cap };

	put_header(d, &o, saying);
	put_body(d, &o, saying);
	xml_put(&o, "</soap:Body></soap:Envelope>");
	return o.failed ? 0 : o.len;
}
