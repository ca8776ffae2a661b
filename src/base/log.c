/*
 * The log. A line is composed on the caller's stack and leaves in one write, so lines of several threads never mix. The
 * level is atomic; the prefix belongs to the thread.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/charset.h"
#include "base/smbtime.h"

enum {
	LOG_MESSAGE_LEN = 1024, /* a full path of 255 characters and a reason fit; a flood of bytes is cut */
	LOG_PREFIX_LEN = 80,    /* an IPv6 address, a port and a share name */
	LOG_HEAD_LEN = 64,
};

static atomic_int current_level = LOG_LEVEL_NOTICE;
static _Thread_local char prefix[LOG_PREFIX_LEN];

static const struct {
	const char *word;
	int priority; /* syslog's, which systemd reads from a leading <n> */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", 3 }, [LOG_LEVEL_WARNING] = { "warning", 4 }, [LOG_LEVEL_NOTICE] = { "notice", 5 },
	[LOG_LEVEL_INFO] = { "info", 6 },   [LOG_LEVEL_DEBUG] = { "debug", 7 },
};

static bool parse_number(const char *word, enum log_level *out)
{
	static const enum log_level by_number[] = {
		[0] = LOG_LEVEL_ERROR, [1 ... 2] = LOG_LEVEL_WARNING, [3 ... 4] = LOG_LEVEL_NOTICE,
		[5 ... 9] = LOG_LEVEL_INFO, [10] = LOG_LEVEL_DEBUG,
	};
	if (strspn(word, "0123456789") != strlen(word) || word[0] == '\0' || strlen(word) > 2)
		return false;
	unsigned long n = strtoul(word, NULL, 10);
	if (n >= ARRAY_LEN(by_number))
		return false;
	*out = by_number[n];
	return true;
}

bool log_level_parse(const char *word, enum log_level *out)
{
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		if (strcasecmp(word, levels[i].word) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return parse_number(word, out);
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&current_level, (int)level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&current_level, memory_order_relaxed);
}

void log_set_prefix(const char *text)
{
	snprintf(prefix, sizeof(prefix), "%s", text != NULL ? text : "");
}

/* Controls end lines and drive terminals; the Unicode ones below break or reverse them for the reader. */
static bool is_unsafe(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp <= 0x9F) || (cp >= 0x2028 && cp <= 0x202E) ||
	       (cp >= 0x2066 && cp <= 0x2069) || (cp >= 0xD800 && cp <= 0xDFFF);
}

/* Appends text to the line, every byte of an unsafe or ill-formed character as \xNN, as far as cap allows. */
static size_t escape(char *line, size_t at, size_t cap, const char *text)
{
	size_t len = strlen(text), pos = 0;
	while (pos < len) {
		uint32_t cp;
		size_t start = pos;
		bool plain = utf8_decode(text, len, &pos, &cp) && !is_unsafe(cp);
		if (cap - at < (pos - start) * (plain ? 1 : 4))
			break;
		for (size_t i = start; i < pos; i++) {
			static const char hex[] = "0123456789abcdef";
			uint8_t byte = (uint8_t)text[i];
			if (plain) {
				line[at++] = text[i];
				continue;
			}
			memcpy(line + at, (char[]){ '\\', 'x', hex[byte >> 4], hex[byte & 15] }, 4);
			at += 4;
		}
	}
	return at;
}

/* What stands before the message: systemd's priority, or the time, since nobody else will add it. */
static size_t put_head(char *line, size_t cap, enum log_level level)
{
	int n;
	if (getenv("JOURNAL_STREAM") != NULL) {
		n = snprintf(line, cap, "<%d>", levels[level].priority);
	} else {
		struct timespec ts = nttime_to_timespec(nttime_now());
		struct tm tm;
		localtime_r(&ts.tv_sec, &tm);
		n = snprintf(line, cap, "%04d-%02d-%02d %02d:%02d:%02d.%03ld %s: ", tm.tm_year + 1900, tm.tm_mon + 1,
			     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ts.tv_nsec / 1000000, levels[level].word);
	}
	return n < 0 ? 0 : MIN((size_t)n, cap - 1);
}

static void write_all(const char *line, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, line, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody to tell that the log is gone */
		line += n;
		len -= (size_t)n;
	}
}

static void log_text(enum log_level level, const char *text)
{
	/* Escaping may quadruple the text; a line stays bounded all the same. */
	char line[LOG_HEAD_LEN + LOG_PREFIX_LEN + 2 * LOG_MESSAGE_LEN];
	const size_t cap = sizeof(line) - 1; /* the newline always fits */
	size_t n = put_head(line, LOG_HEAD_LEN, level);
	if (prefix[0] != '\0') {
		n = escape(line, n, cap, prefix);
		n = escape(line, n, cap, ": ");
	}
	n = escape(line, n, cap, text);
	line[n++] = '\n';
	write_all(line, n);
}

void log_message(enum log_level level, const char *fmt, ...)
{
	if (!log_enabled(level))
		return;
	int saved = errno;
	char text[LOG_MESSAGE_LEN];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_text(level, text);
	errno = saved;
}

bool log_limit_pass(struct log_limit *limit, long long seconds, unsigned *left_out)
{
	long long window = seconds / LOG_LIMIT_SECONDS + 1, before = atomic_load(&limit->window);
	*left_out = 0;
	/* Whoever wins the exchange begins the new window; a line of the loser that slips in between is not worth a lock. */
	if (window != before && atomic_compare_exchange_strong(&limit->window, &before, window)) {
		unsigned lines = atomic_exchange(&limit->lines, 1);
		*left_out = lines > LOG_LIMIT_LINES ? lines - LOG_LIMIT_LINES : 0;
		return true;
	}
	return atomic_fetch_add(&limit->lines, 1) < LOG_LIMIT_LINES;
}

void log_limited(struct log_limit *limit, enum log_level level, const char *fmt, ...)
{
	unsigned left_out;
	if (!log_enabled(level))
		return;
	int saved = errno;
	if (log_limit_pass(limit, (long long)(nttime_now() / NTTIME_PER_SEC), &left_out)) {
		char text[LOG_MESSAGE_LEN];
		va_list args;
		va_start(args, fmt);
		vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		if (left_out > 0)
			log_message(level, "%u lines like the next were left out", left_out);
		log_text(level, text);
	}
	errno = saved;
}
