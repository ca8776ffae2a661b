/* NetBIOS names on the wire and as text. [RFC1001] 14, [RFC1002] 4.1 */
#include "wire/nbt/name.h"

#include <stdio.h>

enum {
	ENCODED_LEN = 2 * NBT_NAME_LEN,
	LABEL_MAX = 63,
	POINTER_BITS = 0xC0,
	POINTER_MASK = 0x3FFF,
};

/* A walk over the labels of one name: follows pointers, counts what the whole name would take uncompressed. */
struct walk {
	size_t at;     /* where the next label begins */
	size_t lowest; /* pointers must go below this, so no walk is endless */
	size_t resume; /* behind the first pointer; 0: none yet */
	size_t len;
	unsigned jumps;
};

static void decode_first_level(struct wire *w, const uint8_t *p, uint8_t out[NBT_NAME_LEN])
{
	for (int i = 0; i < NBT_NAME_LEN; i++) {
		uint8_t high = (uint8_t)(p[2 * i] - 'A'), low = (uint8_t)(p[2 * i + 1] - 'A');
		if (high > 15 || low > 15) {
			wire_fail(w);
			return;
		}
		out[i] = (uint8_t)(high << 4 | low);
	}
}

static bool follow(struct wire *w, struct walk *k)
{
	if (k->at + 2 > w->end || ++k->jumps > NBT_NAME_MAX_JUMPS)
		return false;
	size_t target = (size_t)(w->base[k->at] << 8 | w->base[k->at + 1]) & POINTER_MASK;
	if (target < w->start || target >= k->lowest)
		return false;
	if (k->resume == 0)
		k->resume = k->at + 2;
	k->at = k->lowest = target;
	return true;
}

/* The next label's bytes, its length in *len (0 at the end of the name); NULL and failed if malformed. */
static const uint8_t *next_label(struct wire *w, struct walk *k, uint8_t *len)
{
	while (k->at < w->end && (w->base[k->at] & POINTER_BITS) == POINTER_BITS) {
		if (!follow(w, k)) {
			wire_fail(w);
			return NULL;
		}
	}
	if (k->at >= w->end || w->base[k->at] > LABEL_MAX || w->base[k->at] > w->end - k->at - 1) {
		wire_fail(w);
		return NULL;
	}
	*len = w->base[k->at];
	const uint8_t *label = w->base + k->at + 1;
	k->at += 1 + (size_t)*len;
	k->len += 1 + (size_t)*len;
	if (k->len > NBT_NAME_MAX_WIRE) {
		wire_fail(w);
		return NULL;
	}
	return label;
}

static void decode_scope(struct wire *w, struct walk *k, char scope[NBT_SCOPE_MAX + 1])
{
	size_t at = 0;
	for (;;) {
		uint8_t len = 0;
		const uint8_t *label = next_label(w, k, &len);
		if (label == NULL || len == 0)
			break;
		/* A dot inside a label would read as two labels. */
		if (at + (at > 0) + len > NBT_SCOPE_MAX || memchr(label, 0, len) != NULL || memchr(label, '.', len) != NULL) {
			wire_fail(w);
			break;
		}
		if (at > 0)
			scope[at++] = '.';
		memcpy(scope + at, label, len);
		at += len;
	}
	scope[at] = '\0';
}

static void trace_name(struct wire *w, const char *field, const struct nbt_name *m)
{
	char text[NBT_NAME_LEN], shown[NBT_NAME_LEN + NBT_SCOPE_MAX + 8];
	if (w->trace == NULL)
		return;
	nbt_name_text(m, text);
	snprintf(shown, sizeof shown, "%s<%02x>%s%s", text, m->bytes[NBT_NAME_LEN - 1], m->scope[0] ? "." : "", m->scope);
	wire_trace_note(w, field, shown);
}

static void decode_name(struct wire *w, struct nbt_name *m)
{
	*m = (struct nbt_name){ 0 };
	if (w->failed)
		return;
	struct walk k = { .at = w->pos, .lowest = w->pos };
	uint8_t len = 0;
	const uint8_t *label = next_label(w, &k, &len);
	if (label == NULL || len != ENCODED_LEN) {
		wire_fail(w);
		return;
	}
	decode_first_level(w, label, m->bytes);
	decode_scope(w, &k, m->scope);
	if (wire_ok(w))
		w->pos = k.resume != 0 ? k.resume : k.at;
}

static void put_label(struct wire *w, const uint8_t *bytes, size_t len)
{
	if (len == 0 || len > LABEL_MAX) {
		wire_fail(w);
		return;
	}
	uint8_t length = (uint8_t)len;
	struct slice v = slice_of(bytes, len);
	wire_u8(w, "label_length", &length);
	wire_view(w, "label", &v, len);
}

static void encode_name(struct wire *w, const struct nbt_name *m)
{
	uint8_t encoded[ENCODED_LEN];
	for (int i = 0; i < NBT_NAME_LEN; i++) {
		encoded[2 * i] = (uint8_t)('A' + (m->bytes[i] >> 4));
		encoded[2 * i + 1] = (uint8_t)('A' + (m->bytes[i] & 15));
	}
	if (nbt_name_wire_len(m) > NBT_NAME_MAX_WIRE)
		wire_fail(w);
	put_label(w, encoded, sizeof encoded);
	for (const char *s = m->scope; *s != '\0';) {
		size_t len = strcspn(s, ".");
		put_label(w, (const uint8_t *)s, len);
		s += len;
		if (*s == '.' && *++s == '\0')
			wire_fail(w);
	}
	wire_reserved(w, 1);
}

void nbt_name(struct wire *w, const char *field, struct nbt_name *m)
{
	const struct wire_trace *trace = w->trace;
	w->trace = NULL; /* one line a name, not its labels */
	if (wire_decoding(w))
		decode_name(w, m);
	else
		encode_name(w, m);
	w->trace = trace;
	trace_name(w, field, m);
}

void nbt_name_pointer(struct wire *w, uint16_t at)
{
	bool big_endian = w->big_endian;
	uint16_t pointer = (uint16_t)(POINTER_BITS << 8 | at);
	if (at > POINTER_MASK)
		wire_fail(w);
	w->big_endian = true;
	wire_u16(w, "name_pointer", &pointer);
	w->big_endian = big_endian;
}

size_t nbt_name_wire_len(const struct nbt_name *m)
{
	size_t scope = strlen(m->scope);
	return 1 + ENCODED_LEN + (scope > 0 ? scope + 1 : 0) + 1;
}

static uint8_t ascii_upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

struct nbt_name nbt_name_make(const char *text, uint8_t suffix)
{
	struct nbt_name m = { 0 };
	size_t len = strlen(text);
	bool any = strcmp(text, "*") == 0;
	for (size_t i = 0; i < NBT_NAME_LEN - 1; i++)
		m.bytes[i] = i < len ? ascii_upper((uint8_t)text[i]) : any ? 0 : ' ';
	m.bytes[NBT_NAME_LEN - 1] = suffix;
	return m;
}

void nbt_name_text(const struct nbt_name *m, char out[NBT_NAME_LEN])
{
	size_t len = NBT_NAME_LEN - 1;
	while (len > 0 && (m->bytes[len - 1] == ' ' || m->bytes[len - 1] == 0))
		len--;
	for (size_t i = 0; i < len; i++)
		out[i] = m->bytes[i] < 0x20 || m->bytes[i] >= 0x7F ? '.' : (char)m->bytes[i];
	out[len] = '\0';
}

bool nbt_name_equal(const struct nbt_name *a, const struct nbt_name *b)
{
	for (size_t i = 0; i < NBT_NAME_LEN; i++)
		if (i == NBT_NAME_LEN - 1 ? a->bytes[i] != b->bytes[i]
		                          : ascii_upper(a->bytes[i]) != ascii_upper(b->bytes[i]))
			return false;
	const char *s = a->scope, *t = b->scope;
	while (*s != '\0' && ascii_upper((uint8_t)*s) == ascii_upper((uint8_t)*t))
		s++, t++;
	return *s == *t;
}
