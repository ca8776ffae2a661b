#include "client/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"

size_t url_prefix(const char *text)
{
	static const char *const prefixes[] = { "smb://", "cifs://", "//", "\\\\" };

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (strncasecmp(text, prefixes[i], strlen(prefixes[i])) == 0)
			return strlen(prefixes[i]);
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* len bytes, with %41 as 'A' if it is a true URL. NULL: a NUL or half a code. */
static const char *unescape(struct arena *arena, const char *text, size_t len, bool is_url)
{
	char *out = arena_alloc(arena, len + 1), *to = out;

	for (size_t i = 0; out != NULL && i < len; i++) {
		if (!is_url || text[i] != '%') {
			*to++ = text[i];
			continue;
		}
		int high = i + 2 < len ? hex(text[i + 1]) : -1, low = i + 2 < len ? hex(text[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return NULL;
		*to++ = (char)(high * 16 + low);
		i += 2;
	}
	return out;
}

static bool parse_port(const char *text, size_t len, uint16_t *out)
{
	unsigned long port = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || port > 65535)
			return false;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	*out = (uint16_t)port;
	return len > 0 && port > 0 && port <= 65535;
}

/* [domain;]user */
static bool parse_who(struct arena *arena, const char *text, size_t len, bool is_url, struct url *out, const char **why)
{
	const char *semicolon = memchr(text, ';', len);

	if (memchr(text, ':', len) != NULL) {
		*why = "a password has no place on the command line, where everybody can read it; leave it out and it is asked for, "
		       "or set LONGHOUSE_PASSWORD";
		return false;
	}
	if (semicolon != NULL) {
		out->domain = unescape(arena, text, (size_t)(semicolon - text), is_url);
		len -= (size_t)(semicolon + 1 - text);
		text = semicolon + 1;
	}
	out->user = unescape(arena, text, len, is_url);
	*why = "a % in the user's name is followed by two hexadecimal digits";
	return out->user != NULL && out->domain != NULL;
}

/* host[:port] or [v6][:port] */
static bool parse_host(struct arena *arena, const char *text, size_t len, struct url *out, const char **why)
{
	size_t host = strcspn(text, ":/\\");

	if (len > 0 && text[0] == '[') {
		const char *end = memchr(text, ']', len);
		if (end == NULL) {
			*why = "an IPv6 address ends with ]";
			return false;
		}
		out->host = arena_strndup(arena, text + 1, (size_t)(end - text - 1));
		host = (size_t)(end + 1 - text);
	} else {
		host = host < len ? host : len;
		out->host = arena_strndup(arena, text, host);
	}
	*why = "it names no server: write smb://SERVER/SHARE/PATH";
	if (out->host == NULL || out->host[0] == '\0')
		return false;
	if (host == len)
		return true;
	*why = "behind the server's name stands what is no port";
	return text[host] == ':' && parse_port(text + host + 1, len - host - 1, &out->port);
}

/* The path without separators at its ends. */
static const char *trim(struct arena *arena, const char *text, bool is_url, bool *is_folder)
{
	text += strspn(text, "/\\");
	size_t all = strlen(text), len = all;
	while (len > 0 && (text[len - 1] == '/' || text[len - 1] == '\\'))
		len--;
	*is_folder = len < all;
	return unescape(arena, text, len, is_url);
}

bool url_parse(struct arena *arena, const char *text, struct url *out, const char **why)
{
	bool is_url = text[0] != '/' && text[0] != '\\';

	*out = (struct url){ .domain = "", .user = "", .host = "", .share = "", .path = "" };
	*why = "it is no place on a server: write smb://SERVER/SHARE/PATH or //SERVER/SHARE/PATH";
	if (url_prefix(text) == 0)
		return false;
	text += url_prefix(text);
	size_t len = strcspn(text, "/\\");
	const char *at = memrchr(text, '@', len); /* no server's name has one */
	if (at != NULL && !parse_who(arena, text, (size_t)(at - text), is_url, out, why))
		return false;
	const char *host = at != NULL ? at + 1 : text;
	if (!parse_host(arena, host, (size_t)(text + len - host), out, why))
		return false;
	text += len + strspn(text + len, "/\\");
	len = strcspn(text, "/\\");
	out->share = unescape(arena, text, len, is_url);
	out->path = trim(arena, text + len, is_url, &out->is_folder);
	*why = "a % in a URL is followed by two hexadecimal digits (%25 is the sign itself)";
	return out->share != NULL && out->path != NULL;
}
