/*
 * Wildcards: a pattern is a row of states of which several may be alive at once, so a name costs at most its length times
 * the pattern's, whatever a client sends. Pure. [MS-FSA] 2.1.4.4, [MS-CIFS] 2.2.1.1.3
 */
#include "fs/wild.h"

#include <string.h>

#include "base/bytes.h"
#include "base/charset.h"

enum {
	DOS_STAR = '<',
	DOS_QM = '>',
	DOS_DOT = '"',
	PATTERN_MAX = 512,         /* code points; names have at most 255, so longer patterns only repeat stars */
	STRAY_BYTE = 0x110000,     /* bytes that are no UTF-8 lie beyond all of Unicode and match only themselves */
};

bool fs_has_wildcard(const char *name)
{
	return strpbrk(name, "*?<>\"") != NULL;
}

static char translate(char c, char next)
{
	if (c == '?')
		return DOS_QM;
	/* A final dot asks for "no extension": as a literal it would match nothing that DOS can make. */
	if (c == '.' && (next == '?' || next == '*' || next == '\0'))
		return DOS_DOT;
	if (c == '*' && next == '.')
		return DOS_STAR;
	return c;
}

char *fs_wild_translate(struct arena *a, const char *pattern)
{
	char *out = arena_strdup(a, pattern);
	if (out == NULL)
		return NULL;
	bool wild = fs_has_wildcard(pattern);
	for (size_t i = 0; wild && pattern[i] != '\0'; i++)
		out[i] = translate(pattern[i], pattern[i + 1]);
	return out;
}

static uint32_t next_folded(const char *s, size_t len, size_t *pos)
{
	uint8_t byte = (uint8_t)s[*pos];
	uint32_t cp;
	if (byte < 0x80) {
		++*pos;
		return unicode_upper(byte);
	}
	return utf8_decode(s, len, pos, &cp) ? unicode_upper(cp) : (uint32_t)STRAY_BYTE + byte;
}

struct pattern {
	uint32_t at[PATTERN_MAX];
	size_t n;
};

static bool pattern_parse(struct pattern *p, const char *s)
{
	size_t len = strlen(s);
	p->n = 0;
	for (size_t pos = 0; pos < len;) {
		if (p->n == PATTERN_MAX)
			return false;
		p->at[p->n++] = next_folded(s, len, &pos);
	}
	return true;
}

/* One character of the name: from the living states to those alive after it. alive also gains the states that are reached
 * without a character; they lie to the right, so one pass finds all. */
static bool step(const struct pattern *p, uint8_t *alive, uint8_t *after, uint32_t c, bool final_dot)
{
	bool any = false;
	memset(after, 0, p->n + 1);
	for (size_t i = 0; i < p->n; i++) {
		if (!alive[i])
			continue;
		bool stay = false, move = false;
		switch (p->at[i]) {
		case '*':
			alive[i + 1] = 1;
			stay = true;
			break;
		case DOS_STAR:
			alive[i + 1] = 1;
			stay = !final_dot;
			move = final_dot; /* which it may match as the last one */
			break;
		case DOS_QM:
			if (c == '.')
				alive[i + 1] = 1;
			else
				move = true;
			break;
		case DOS_DOT:
			move = c == '.';
			break;
		case '?':
			move = true;
			break;
		default:
			move = c == p->at[i];
			break;
		}
		after[i] |= stay;
		after[i + 1] |= move;
		any |= stay || move;
	}
	return any;
}

/* At the end of the name: may the rest of the pattern, from some living state, match nothing? */
static bool accepts(const struct pattern *p, const uint8_t *alive)
{
	for (size_t i = p->n + 1; i-- > 0;) {
		if (alive[i])
			return true;
		if (i > 0 && strchr("*<>\"", (int)MIN(p->at[i - 1], 0x7Fu)) == NULL)
			return false;
	}
	return false;
}

static bool matches_everything(const char *pattern)
{
	return strcmp(pattern, "*") == 0 || strcmp(pattern, "*.*") == 0 || strcmp(pattern, "<\"*") == 0;
}

bool fs_wild_match(const char *pattern, const char *name)
{
	if (name[0] == '\0')
		return pattern[0] == '\0';
	if (matches_everything(pattern))
		return true;
	if (!fs_has_wildcard(pattern))
		return utf8_casecmp(pattern, name) == 0;
	struct pattern p;
	if (!pattern_parse(&p, pattern))
		return false;
	uint8_t states[2][PATTERN_MAX + 1];
	uint8_t *alive = states[0], *after = states[1];
	memset(alive, 0, p.n + 1);
	alive[0] = 1;
	size_t len = strlen(name);
	const char *dot = strrchr(name, '.');
	for (size_t pos = 0; pos < len;) {
		bool final_dot = name + pos == dot;
		uint32_t c = next_folded(name, len, &pos);
		if (!step(&p, alive, after, c, final_dot))
			return false;
		uint8_t *swap = alive;
		alive = after;
		after = swap;
	}
	return accepts(&p, alive);
}

/* Appends the characters of part, as the pattern's part directs, to out (room for both lengths). */
static char *fill(char *out, const char *part, size_t part_len, const char *pattern, size_t pattern_len)
{
	size_t pos = 0; /* a literal stands for the old character at its place, as in a DOS file control block */
	for (size_t i = 0; i < pattern_len;) {
		size_t from = pos, pattern_from = i;
		uint32_t c = utf8_next(pattern, pattern_len, &i);
		if (pos < part_len)
			utf8_next(part, part_len, &pos);
		if (c == '*' || c == DOS_STAR) {
			memcpy(out, part + from, part_len - from);
			out += part_len - from;
			pos = part_len;
		} else if (c == '?' || c == DOS_QM) {
			memcpy(out, part + from, pos - from);
			out += pos - from;
		} else {
			memcpy(out, pattern + pattern_from, i - pattern_from);
			out += i - pattern_from;
		}
	}
	return out;
}

static const char *last_dot(const char *s)
{
	const char *dot = NULL;
	for (; *s != '\0'; s++) {
		if (*s == '.' || *s == DOS_DOT)
			dot = s;
	}
	return dot;
}

char *fs_wild_substitute(struct arena *a, const char *name, const char *new_pattern)
{
	size_t len = strlen(name), pattern_len = strlen(new_pattern);
	/* Each star copies at most the whole name once: pos moves to its end. */
	char *out = arena_alloc(a, 2 * len + pattern_len + 2);
	if (out == NULL)
		return NULL;
	const char *pattern_dot = last_dot(new_pattern), *dot = strrchr(name, '.');
	if (pattern_dot == NULL) {
		*fill(out, name, len, new_pattern, pattern_len) = '\0';
		return out;
	}
	size_t base_len = dot == NULL ? len : (size_t)(dot - name);
	const char *ext = dot == NULL ? "" : dot + 1;
	char *end = fill(out, name, base_len, new_pattern, (size_t)(pattern_dot - new_pattern));
	char *with_dot = end;
	*end++ = '.';
	end = fill(end, ext, strlen(ext), pattern_dot + 1, strlen(pattern_dot + 1));
	*(end == with_dot + 1 ? with_dot : end) = '\0';
	return out;
}
