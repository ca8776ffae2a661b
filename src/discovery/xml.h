/*
 * XML from anybody, read by expat and bounded: no document type (so no entities of its own), no foreign encodings, few and
 * shallow elements, little memory. And XML written: text escaped.
 */
#ifndef DISCOVERY_XML_H
#define DISCOVERY_XML_H

#include "base/bytes.h"

enum { XML_NAMESPACE_MAX = 128, XML_TEXT_MAX = 512 };

struct xml_reader {
	void *user;
	/* Namespace "" for none. Attributes tell these messages nothing. */
	void (*start)(void *user, const char *namespace, const char *name);
	/* The element's own text, NUL-terminated; NULL if it was longer than XML_TEXT_MAX. */
	void (*end)(void *user, const char *namespace, const char *name, const char *text);
};
struct xml_scope;

/* False: malformed, hostile or too large; then nothing that the callbacks said counts. scope is for xml_qname in callbacks. */
bool xml_read(struct slice document, const struct xml_reader *reader, const struct xml_scope **scope);
/* The namespace of a prefix ("" for the default) where the reader is now; NULL: it is bound to none. */
const char *xml_namespace_of(const struct xml_scope *scope, const char *prefix, size_t prefix_len);

/* Text that grows in a buffer; sticky failure. */
struct xml_out {
	char *buf;
	size_t cap, len;
	bool failed;
};
void xml_put(struct xml_out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A copy with markup escaped and control characters dropped. NULL: no memory. The caller frees it. */
char *xml_escaped(const char *text);

#endif
