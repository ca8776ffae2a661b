/*
 * The log: one line a message on stderr (systemd adds the time when it runs us; otherwise we do). Any thread may log.
 * Bytes from the network are escaped by the log itself, so a peer cannot forge a line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>

/* SILENT is for log_set_level alone: a library writes nothing to its program's stderr. */
enum log_level { LOG_LEVEL_SILENT = -1, LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* "error", "warning", "notice", "info", "debug", or "0".."10" as smb.conf has them. False: unknown word. */
bool log_level_parse(const char *word, enum log_level *out);
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* A prefix for this thread's lines (for example the peer's address); copied; NULL clears it. */
void log_set_prefix(const char *prefix);

/*
 * For what strangers can cause as often as they like: of each call site LOG_LIMIT_LINES lines in LOG_LIMIT_SECONDS seconds are
 * written, then one that says how many were left out. Zeroed storage is a good start.
 */
struct log_limit {
	atomic_llong window; /* seconds / LOG_LIMIT_SECONDS, + 1 */
	atomic_uint lines;   /* in this window, the left-out ones too */
};
enum { LOG_LIMIT_LINES = 20, LOG_LIMIT_SECONDS = 10 };
/* False: leave it out. *left_out: how many were, in the last window, if this is the first line of a new one. */
bool log_limit_pass(struct log_limit *limit, long long seconds, unsigned *left_out);
void log_limited(struct log_limit *limit, enum log_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

void log_message(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_message(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) (log_enabled(LOG_LEVEL_DEBUG) ? log_message(LOG_LEVEL_DEBUG, __VA_ARGS__) : (void)0)

#endif
