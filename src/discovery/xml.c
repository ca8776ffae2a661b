/* See xml.h; docs/decisions/0008-expat.md says why expat. */
#include "discovery/xml.h"

#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"

enum {
	DEPTH_MAX = 24, ELEMENTS_MAX = 512, BINDINGS_MAX = 64, PREFIX_MAX = 32,
	MEMORY_MAX = 512 << 10, /* expat keeps what it has not yet read, names, namespaces */
	SEPARATOR = ' ',        /* no namespace has one in it */
};

struct binding {
	char prefix[PREFIX_MAX + 1], namespace[XML_NAMESPACE_MAX + 1];
};

struct xml_scope {
	const struct xml_reader *reader;
	XML_Parser parser;
	unsigned depth, n_elements, n_bindings;
	struct binding bindings[BINDINGS_MAX]; /* the innermost last */
	char text[XML_TEXT_MAX + 1];           /* of the innermost element, if it has no children */
	size_t text_len;
	bool hostile;
};

/* ---- memory: counted, since expat takes what a document wants ---- */

static _Thread_local size_t memory_used;

struct block {
	_Alignas(max_align_t) size_t len;
};

static void *counted_realloc(void *old, size_t len)
{
	struct block *block = old != NULL ? (struct block *)old - 1 : NULL;
	size_t before = block != NULL ? block->len : 0;

	if (len > MEMORY_MAX || memory_used - before + len > MEMORY_MAX)
		return NULL;
	block = realloc(block, sizeof(*block) + len);
	if (block == NULL)
		return NULL;
	memory_used += len - before;
	block->len = len;
	return block + 1;
}

static void *counted_malloc(size_t len)
{
	return counted_realloc(NULL, len);
}

static void counted_free(void *old)
{
	if (old == NULL)
		return;
	struct block *block = (struct block *)old - 1;
	memory_used -= block->len;
	free(block);
}

/* ---- what expat calls ---- */

static void refuse(struct xml_scope *s)
{
	s->hostile = true;
	XML_StopParser(s->parser, XML_FALSE);
}

/* "NAMESPACE NAME", or the name alone. */
static const char *split(const char *full, char namespace[XML_NAMESPACE_MAX + 1])
{
	const char *space = strchr(full, SEPARATOR);
	size_t len = space != NULL ? (size_t)(space - full) : 0;

	if (len > XML_NAMESPACE_MAX)
		len = 0; /* none that we know */
	memcpy(namespace, full, len);
	namespace[len] = '\0';
	return space != NULL ? space + 1 : full;
}

static void XMLCALL on_start(void *user, const XML_Char *full, const XML_Char **attributes)
{
	struct xml_scope *s = user;
	char namespace[XML_NAMESPACE_MAX + 1];

	if (s->hostile)
		return;
	if (++s->depth > DEPTH_MAX || ++s->n_elements > ELEMENTS_MAX) {
		refuse(s);
		return;
	}
	s->text_len = 0;
	const char *name = split(full, namespace);
	s->reader->start(s->reader->user, namespace, name);
}

static void XMLCALL on_end(void *user, const XML_Char *full)
{
	struct xml_scope *s = user;
	char namespace[XML_NAMESPACE_MAX + 1];

	if (s->hostile)
		return;
	s->depth--;
	const char *name = split(full, namespace);
	s->text[MIN(s->text_len, (size_t)XML_TEXT_MAX)] = '\0';
	s->reader->end(s->reader->user, namespace, name, s->text_len <= XML_TEXT_MAX ? s->text : NULL);
	s->text_len = 0;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int len)
{
	struct xml_scope *s = user;
	size_t room = s->text_len < XML_TEXT_MAX ? XML_TEXT_MAX - s->text_len : 0;

	if (s->hostile || len <= 0)
		return;
	memcpy(s->text + MIN(s->text_len, (size_t)XML_TEXT_MAX), text, MIN(room, (size_t)len));
	s->text_len += (size_t)len;
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id, int internal)
{
	refuse(user);
}

static void XMLCALL on_bind(void *user, const XML_Char *prefix, const XML_Char *uri)
{
	struct xml_scope *s = user;

	if (s->hostile)
		return;
	if (s->n_bindings == BINDINGS_MAX) {
		refuse(s);
		return;
	}
	struct binding *b = &s->bindings[s->n_bindings++];
	*b = (struct binding){ "", "" };
	/* What is too long is bound to nothing that we know. */
	if (prefix != NULL && strlen(prefix) > PREFIX_MAX)
		b->prefix[0] = SEPARATOR;
	else if (prefix != NULL)
		snprintf(b->prefix, sizeof(b->prefix), "%s", prefix);
	if (uri != NULL && strlen(uri) <= XML_NAMESPACE_MAX)
		snprintf(b->namespace, sizeof(b->namespace), "%s", uri);
}

static void XMLCALL on_unbind(void *user, const XML_Char *prefix)
{
	struct xml_scope *s = user;

	if (!s->hostile && s->n_bindings > 0)
		s->n_bindings--;
}

bool xml_read(struct slice document, const struct xml_reader *reader, const struct xml_scope **scope)
{
	const XML_Memory_Handling_Suite memory = { counted_malloc, counted_realloc, counted_free };
	const XML_Char separator[] = { SEPARATOR, '\0' };
	struct xml_scope *s = calloc(1, sizeof(*s));
	XML_Parser parser = s != NULL && document.len <= INT32_MAX ? XML_ParserCreate_MM(NULL, &memory, separator) : NULL;

	if (parser == NULL) {
		free(s);
		return false;
	}
	s->reader = reader;
	s->parser = parser;
	*scope = s;
	XML_SetHashSalt(parser, random_u32() | 1u);
	XML_SetUserData(parser, s);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetNamespaceDeclHandler(parser, on_bind, on_unbind);
	bool ok = XML_Parse(parser, (const char *)document.ptr, (int)document.len, XML_TRUE) == XML_STATUS_OK && !s->hostile;
	XML_ParserFree(parser);
	free(s);
	*scope = NULL;
	return ok;
}

const char *xml_namespace_of(const struct xml_scope *s, const char *prefix, size_t prefix_len)
{
	for (unsigned i = s->n_bindings; i-- > 0;)
		if (strlen(s->bindings[i].prefix) == prefix_len && memcmp(s->bindings[i].prefix, prefix, prefix_len) == 0)
			return s->bindings[i].namespace;
	return NULL;
}

/* ---- writing ---- */

void xml_put(struct xml_out *o, const char *format, ...)
{
	va_list args;

	if (o->failed)
		return;
	va_start(args, format);
	int len = vsnprintf(o->buf + o->len, o->cap - o->len, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= o->cap - o->len)
		o->failed = true;
	else
		o->len += (size_t)len;
}

static const char *entity_of(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&apos;";
	default: return NULL;
	}
}

char *xml_escaped(const char *text)
{
	enum { LONGEST_ENTITY = 6 };
	size_t len = strlen(text), at = 0;
	char *out = len < SIZE_MAX / LONGEST_ENTITY - 1 ? malloc(len * LONGEST_ENTITY + 1) : NULL;

	if (out == NULL)
		return NULL;
	for (; *text != '\0'; text++) {
		const char *entity = entity_of(*text);
		size_t n = entity != NULL ? strlen(entity) : 1;
		if ((uint8_t)*text < 0x20 || (uint8_t)*text == 0x7F)
			continue; /* XML has no way to say them */
		memcpy(out + at, entity != NULL ? entity : text, n);
		at += n;
	}
	out[at] = '\0';
	return out;
}
