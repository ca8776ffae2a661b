/* HTTP as far as the metadata exchange needs it: one POST of a SOAP message to our endpoint, one answer. [RFC9112], [DPWS] 2.2 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "discovery/internal.h"

enum { HEAD_MAX = 8192, BODY_MAX = 16384 };

struct head {
	struct slice path;
	bool is_post;
	bool has_length, chunked;
	size_t length;
};

static enum discovery_stream say(uint8_t *out, size_t *len, const char *status)
{
	*len = (size_t)snprintf((char *)out, DISCOVERY_STREAM_MAX, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
	return DISCOVERY_ANSWERED;
}

/* Where the head ends, behind its empty line; 0: not yet. */
static size_t head_end(struct slice in)
{
	for (size_t i = 3; i < MIN(in.len, (size_t)HEAD_MAX); i++)
		if (memcmp(in.ptr + i - 3, "\r\n\r\n", 4) == 0)
			return i + 1;
	return 0;
}

/* "METHOD PATH HTTP/1.x" */
static bool read_request_line(struct slice line, struct head *h)
{
	const uint8_t *space = memchr(line.ptr, ' ', line.len);

	if (space == NULL)
		return false;
	size_t method_len = (size_t)(space - line.ptr), rest = line.len - method_len - 1;
	const uint8_t *second = memchr(space + 1, ' ', rest);
	if (second == NULL || line.len - (size_t)(second - line.ptr) < sizeof(" HTTP/1.0") - 1 || memcmp(second, " HTTP/1.", 8) != 0)
		return false;
	h->is_post = method_len == 4 && memcmp(line.ptr, "POST", 4) == 0;
	h->path = slice_of(space + 1, (size_t)(second - space) - 1);
	return true;
}

static bool is_field(struct slice line, const char *name, struct slice *value)
{
	size_t len = strlen(name);

	if (line.len <= len || line.ptr[len] != ':' || strncasecmp((const char *)line.ptr, name, len) != 0)
		return false;
	*value = slice_of(line.ptr + len + 1, line.len - len - 1);
	while (value->len > 0 && (value->ptr[0] == ' ' || value->ptr[0] == '\t'))
		*value = slice_of(value->ptr + 1, value->len - 1);
	while (value->len > 0 && (value->ptr[value->len - 1] == ' ' || value->ptr[value->len - 1] == '\t'))
		value->len--;
	return true;
}

/* False: no number, or two that differ. Whatever is too large stays too large. */
static bool read_length(struct slice value, struct head *h)
{
	size_t length = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return false;
		length = MIN(length * 10 + (size_t)(value.ptr[i] - '0'), (size_t)BODY_MAX + 1);
	}
	if (value.len == 0 || (h->has_length && h->length != length))
		return false;
	h->has_length = true;
	h->length = length;
	return true;
}

static bool read_head(struct slice in, struct head *h)
{
	bool first = true;

	for (size_t at = 0; at < in.len;) {
		const uint8_t *end = memchr(in.ptr + at, '\n', in.len - at);
		if (end == NULL || end == in.ptr + at || end[-1] != '\r')
			return false;
		struct slice line = slice_of(in.ptr + at, (size_t)(end - 1 - (in.ptr + at))), value;
		if (first && !read_request_line(line, h))
			return false;
		if (!first && is_field(line, "Content-Length", &value) && !read_length(value, h))
			return false;
		h->chunked = h->chunked || (!first && is_field(line, "Transfer-Encoding", &value));
		first = false;
		at += line.len + 2;
	}
	return true;
}

static bool is_our_path(const struct discovery *d, struct slice path)
{
	size_t len = strlen(d->options.uuid);

	return path.len == len + 1 && path.ptr[0] == '/' && strncasecmp((const char *)path.ptr + 1, d->options.uuid, len) == 0;
}

static enum discovery_stream answer(struct discovery *d, struct slice body, uint8_t *out, size_t *len)
{
	char *soap = malloc(DISCOVERY_PACKET_MAX);
	size_t soap_len = soap != NULL ? wsd_answer(d, body, soap, DISCOVERY_PACKET_MAX) : 0;

	if (soap_len == 0) {
		free(soap);
		return say(out, len, "400 Bad Request");
	}
	size_t head = (size_t)snprintf((char *)out, DISCOVERY_STREAM_MAX,
	                               "HTTP/1.1 200 OK\r\nServer: Longhouse\r\nContent-Type: application/soap+xml\r\n"
	                               "Content-Length: %zu\r\nConnection: close\r\n\r\n", soap_len);
	memcpy(out + head, soap, soap_len);
	*len = head + soap_len;
	free(soap);
	return DISCOVERY_ANSWERED;
}

enum discovery_stream http_stream(struct discovery *d, struct slice in, uint8_t out[DISCOVERY_STREAM_MAX], size_t *len)
{
	size_t head_len = head_end(in);
	struct head h = { 0 };

	if (head_len == 0)
		return in.len < HEAD_MAX ? DISCOVERY_MORE : say(out, len, "431 Request Header Fields Too Large");
	if (!read_head(slice_of(in.ptr, head_len), &h))
		return say(out, len, "400 Bad Request");
	if (!is_our_path(d, h.path))
		return say(out, len, "404 Not Found");
	if (!h.is_post)
		return say(out, len, "405 Method Not Allowed");
	if (h.chunked || !h.has_length)
		return say(out, len, "411 Length Required");
	if (h.length > BODY_MAX)
		return say(out, len, "413 Content Too Large");
	if (in.len - head_len < h.length)
		return DISCOVERY_MORE;
	return answer(d, slice_of(in.ptr + head_len, h.length), out, len);
}
