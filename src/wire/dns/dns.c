/* See dns.h. */
#include "wire/dns/dns.h"

#include <stdio.h>

enum { POINTER_BITS = 0xC0, POINTER_MASK = 0x3FFF, MAX_JUMPS = 32, QUESTION_MIN = 5, RECORD_MIN = 11 };

/* A walk over the labels of one name; pointers go below all that was read, so no walk is endless. */
struct walk {
	size_t at, lowest, resume; /* resume: behind the first pointer; 0: none yet */
	unsigned jumps;
};

static bool follow(const struct wire *w, struct walk *k)
{
	if (k->at + 2 > w->end || ++k->jumps > MAX_JUMPS)
		return false;
	size_t target = (size_t)(w->base[k->at] << 8 | w->base[k->at + 1]) & POINTER_MASK;
	if (target >= k->lowest)
		return false;
	if (k->resume == 0)
		k->resume = k->at + 2;
	k->at = k->lowest = target;
	return true;
}

/* The next label goes to the name; its length, 0 at the end; -1: malformed. */
static int next_label(const struct wire *w, struct walk *k, struct dns_name *m)
{
	while (k->at < w->end && (w->base[k->at] & POINTER_BITS) == POINTER_BITS)
		if (!follow(w, k))
			return -1;
	if (k->at >= w->end)
		return -1;
	uint8_t len = w->base[k->at];
	if (len > DNS_LABEL_MAX || len > w->end - k->at - 1 || m->len + 1u + len > DNS_NAME_MAX)
		return -1;
	memcpy(m->bytes + m->len, w->base + k->at, 1u + len);
	m->len = (uint8_t)(m->len + 1 + len);
	k->at += 1u + len;
	return len;
}

static void decode_name(struct wire *w, struct dns_name *m)
{
	struct walk k = { .at = w->pos, .lowest = w->pos };
	int len = w->failed ? -1 : 1;

	m->len = 0;
	while (len > 0)
		len = next_label(w, &k, m);
	if (len < 0) {
		m->len = 0;
		wire_fail(w);
		return;
	}
	w->pos = k.resume != 0 ? k.resume : k.at;
}

static void encode_name(struct wire *w, const struct dns_name *m)
{
	struct slice bytes = slice_of(m->bytes, m->len);

	if (m->len == 0)
		wire_fail(w);
	wire_view(w, "labels", &bytes, bytes.len);
}

static void trace_name(struct wire *w, const char *field, const struct dns_name *m)
{
	char text[DNS_NAME_MAX * 4 + 1];
	size_t len = 0;

	for (size_t at = 0; at < m->len && m->bytes[at] != 0; at += 1u + m->bytes[at]) {
		if (at > 0)
			text[len++] = '.';
		for (size_t i = 1; i <= m->bytes[at]; i++) {
			uint8_t c = m->bytes[at + i];
			len += (size_t)snprintf(text + len, sizeof(text) - len, c > ' ' && c < 0x7F && c != '.' ? "%c" : "\\%03o", c);
		}
	}
	text[len] = '\0';
	wire_trace_note(w, field, text);
}

static void name(struct wire *w, const char *field, struct dns_name *m)
{
	const struct wire_trace *trace = w->trace;

	w->trace = NULL; /* one line a name, not its labels */
	if (wire_decoding(w))
		decode_name(w, m);
	else
		encode_name(w, m);
	w->trace = trace;
	if (trace != NULL)
		trace_name(w, field, m);
}

static void rdata(struct wire *w, struct dns_record *m)
{
	switch (m->type) {
	case DNS_TYPE_SRV:
		F(16, priority);
		F(16, weight);
		F(16, port);
		name(w, "target", &m->target);
		break;
	case DNS_TYPE_PTR: name(w, "target", &m->target); break;
	default: wire_view(w, "rdata", &m->rdata, wire_decoding(w) ? wire_left(w) : m->rdata.len); break;
	}
}

static void record(struct wire *w, struct dns_record *m)
{
	name(w, "name", &m->name);
	F(16, type);
	F(16, class);
	F(32, ttl);
	if (!wire_decoding(w)) {
		size_t at = wire_reserve(w, 2), start = w->pos;
		rdata(w, m);
		wire_patch_u16(w, at, (uint16_t)(w->pos - start));
		return;
	}
	uint16_t rdlength = 0;
	wire_u16(w, "rdlength", &rdlength);
	if (rdlength > wire_left(w))
		wire_fail(w);
	if (!wire_ok(w))
		return;
	struct wire window = *w;
	window.end = w->pos + rdlength;
	rdata(&window, m);
	if (!wire_ok(&window) || window.pos != window.end)
		wire_fail(w);
	w->pos += rdlength;
}

/* Memory for n elements that have to be in the message still. */
static void *array_of(struct wire *w, uint16_t *n, size_t wire_min, size_t size)
{
	void *array = NULL;

	if (wire_ok(w) && (size_t)*n * wire_min <= wire_left(w))
		array = arena_array(w->arena, *n, size);
	if (array == NULL) {
		*n = 0;
		wire_fail(w);
	}
	return array;
}

static void records(struct wire *w, struct dns_record **list, uint16_t *n)
{
	if (wire_decoding(w))
		*list = array_of(w, n, RECORD_MIN, sizeof(**list));
	for (uint16_t i = 0; i < *n && wire_ok(w); i++)
		record(w, &(*list)[i]);
}

void dns_message(struct wire *w, struct dns_message *m)
{
	bool big_endian = w->big_endian;

	w->big_endian = true;
	F(16, id);
	F(16, flags);
	F(16, qdcount);
	F(16, ancount);
	F(16, nscount);
	F(16, arcount);
	if (wire_decoding(w))
		m->questions = array_of(w, &m->qdcount, QUESTION_MIN, sizeof(*m->questions));
	for (uint16_t i = 0; i < m->qdcount && wire_ok(w); i++) {
		name(w, "question", &m->questions[i].name);
		wire_u16(w, "type", &m->questions[i].type);
		wire_u16(w, "class", &m->questions[i].class);
	}
	records(w, &m->answers, &m->ancount);
	records(w, &m->authorities, &m->nscount);
	records(w, &m->additionals, &m->arcount);
	w->big_endian = big_endian;
}

/* ---- names as text ---- */

struct dns_name dns_name_below(const char *label, const struct dns_name *parent)
{
	struct dns_name m = { 0 };
	size_t len = strlen(label);

	if (len == 0 || len > DNS_LABEL_MAX || parent->len == 0 || 1 + len + parent->len > DNS_NAME_MAX)
		return m;
	m.bytes[0] = (uint8_t)len;
	memcpy(m.bytes + 1, label, len);
	memcpy(m.bytes + 1 + len, parent->bytes, parent->len);
	m.len = (uint8_t)(1 + len + parent->len);
	return m;
}

struct dns_name dns_name_make(const char *text)
{
	struct dns_name m = { 0 };
	size_t at = 0;

	for (const char *s = text; *s != '\0';) {
		size_t len = strcspn(s, ".");
		if (len == 0 || len > DNS_LABEL_MAX || at + 1 + len + 1 > DNS_NAME_MAX)
			return m;
		m.bytes[at] = (uint8_t)len;
		memcpy(m.bytes + at + 1, s, len);
		at += 1 + len;
		s += len;
		s += *s == '.';
	}
	m.bytes[at] = 0;
	m.len = (uint8_t)(at + 1);
	return m;
}

static uint8_t ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	/* Lengths of labels are below 'A', so they are compared as they are. */
	for (size_t i = 0; i < a->len && a->len == b->len; i++)
		if (ascii_lower(a->bytes[i]) != ascii_lower(b->bytes[i]))
			return false;
	return a->len == b->len;
}
