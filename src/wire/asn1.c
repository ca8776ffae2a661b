/* DER elements on bounded slices. Pure; the reader and the writer belong to their caller. */
#include "wire/asn1.h"

enum {
	ASN1_MULTI_BYTE_TAG = 0x1F,
	ASN1_LONG_LENGTH = 0x80,
	/* Four length bytes say more than any message can hold. */
	ASN1_LENGTH_BYTES_MAX = 4,
};

struct asn1_reader asn1_reader_of(struct slice der)
{
	return (struct asn1_reader){ .left = der };
}

static struct slice reader_fail(struct asn1_reader *r)
{
	r->failed = true;
	r->left = slice_of(NULL, 0);
	return r->left;
}

uint8_t asn1_peek(const struct asn1_reader *r)
{
	return r->left.len > 0 ? r->left.ptr[0] : 0;
}

/* Bytes of the header at p, the content's length in *content; 0: no well-formed header in len bytes. */
static size_t header_at(const uint8_t *p, size_t len, size_t *content)
{
	if (len < 2 || (p[0] & ASN1_MULTI_BYTE_TAG) == ASN1_MULTI_BYTE_TAG)
		return 0;
	size_t head = 2;
	*content = p[1];
	if (p[1] & ASN1_LONG_LENGTH) {
		size_t n = p[1] & 0x7Fu;
		if (n == 0 || n > ASN1_LENGTH_BYTES_MAX || len < head + n)
			return 0;
		*content = 0;
		for (size_t i = 0; i < n; i++)
			*content = *content << 8 | p[head++];
	}
	return head;
}

/* The same; 0 too if the element does not fit into len bytes. */
static size_t header_of(const uint8_t *p, size_t len, size_t *content)
{
	size_t head = header_at(p, len, content);
	return head > 0 && *content <= len - head ? head : 0;
}

size_t asn1_announced(struct slice der)
{
	size_t content, head = header_at(der.ptr, der.len, &content);
	return head > 0 ? head + content : 0;
}

/* The next element: the content's place in *head and *content. False: fault. */
static bool next(struct asn1_reader *r, size_t *head, size_t *content)
{
	*head = header_of(r->left.ptr, r->left.len, content);
	if (*head == 0)
		reader_fail(r);
	return *head != 0;
}

static void advance(struct asn1_reader *r, size_t len)
{
	r->left = slice_of(r->left.ptr + len, r->left.len - len);
}

struct slice asn1_get(struct asn1_reader *r, uint8_t tag)
{
	size_t head, content;
	if (asn1_peek(r) != tag)
		return reader_fail(r);
	if (!next(r, &head, &content))
		return r->left;
	struct slice found = slice_of(r->left.ptr + head, content);
	advance(r, head + content);
	return found;
}

struct slice asn1_get_whole(struct asn1_reader *r, uint8_t tag)
{
	const uint8_t *start = r->left.ptr;
	struct slice content = asn1_get(r, tag);
	if (r->failed)
		return content;
	return slice_of(start, (size_t)(content.ptr - start) + content.len);
}

struct asn1_reader asn1_enter(struct asn1_reader *r, uint8_t tag)
{
	struct asn1_reader inner = asn1_reader_of(asn1_get(r, tag));
	inner.failed = r->failed;
	return inner;
}

void asn1_skip(struct asn1_reader *r)
{
	size_t head, content;
	if (next(r, &head, &content))
		advance(r, head + content);
}

void asn1_writer_init(struct asn1_writer *w, uint8_t *buf, size_t cap)
{
	*w = (struct asn1_writer){ .buf = buf, .front = cap, .cap = cap };
}

size_t asn1_mark(const struct asn1_writer *w)
{
	return w->front;
}

void asn1_put(struct asn1_writer *w, struct slice bytes)
{
	if (w->failed || bytes.len > w->front) {
		w->failed = true;
		return;
	}
	w->front -= bytes.len;
	if (bytes.len > 0)
		memcpy(w->buf + w->front, bytes.ptr, bytes.len);
}

void asn1_wrap(struct asn1_writer *w, uint8_t tag, size_t mark)
{
	size_t len = mark - w->front;
	uint8_t head[2 + ASN1_LENGTH_BYTES_MAX];
	size_t n = 0;
	head[n++] = tag;
	if (len < ASN1_LONG_LENGTH) {
		head[n++] = (uint8_t)len;
	} else {
		size_t bytes = len > 0xFFFFFF ? 4 : len > 0xFFFF ? 3 : len > 0xFF ? 2 : 1;
		head[n++] = (uint8_t)(ASN1_LONG_LENGTH | bytes);
		while (bytes-- > 0)
			head[n++] = (uint8_t)(len >> (8 * bytes));
	}
	asn1_put(w, slice_of(head, n));
}

void asn1_put_element(struct asn1_writer *w, uint8_t tag, struct slice content)
{
	size_t mark = asn1_mark(w);
	asn1_put(w, content);
	asn1_wrap(w, tag, mark);
}

struct slice asn1_done(const struct asn1_writer *w)
{
	return w->failed ? slice_of(NULL, 0) : slice_of(w->buf + w->front, w->cap - w->front);
}
