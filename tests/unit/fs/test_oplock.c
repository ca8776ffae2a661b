/* The machine of oplocks: every transition as a line of a script, the rules of the table checked after each. */
#include "fixture.h"

#include <stdio.h>

#include "fs/oplock.h"

/*
 * A script is lines "step = result". Opens are numbers, levels are letters: N none, 2 level II, X exclusive, B batch.
 *   grant OPEN LEVEL [2]    OPEN wishes for LEVEL (2: level II would do); others and locks as set; result: what it got
 *   others 0|1, locked 0|1  what the next grants are told
 *   break FROM TO           somebody wants FROM and above to come down to TO; result: wait or go, and "rN:L" who was told
 *   write [OPEN]            level II goes, but OPEN's; result: who was told, newest first
 *   ack OPEN LEVEL, close OPEN   result: end if a break ended, else -
 *   time SECONDS            the clock
 *   table                   result: "open:level" of all, newest first; ">to" while it is being broken
 */
struct script {
	struct fs_oplocks table;
	nttime now;
	bool others, locked;
	char result[256];
};

static const char letters[] = "N2XB";

static enum fs_oplock_level level_of(char c)
{
	const char *at = strchr(letters, c);
	assert_non_null(at);
	return (enum fs_oplock_level)(at - letters);
}

static void say(struct script *s, const char *what)
{
	size_t n = strlen(s->result);
	(void)snprintf(s->result + n, sizeof(s->result) - n, "%s%s", n > 0 ? " " : "", what);
}

static void say_news(struct script *s, struct fs_oplock_news *news)
{
	char text[32];
	if (news->broken.open_id != 0) {
		(void)snprintf(text, sizeof(text), "%d:%c", (int)news->broken.open_id, letters[news->broken.to]);
		say(s, text);
	}
	while (news->lost != NULL) {
		struct fs_oplock *o = news->lost;
		news->lost = o->next;
		(void)snprintf(text, sizeof(text), "%d:N", (int)o->open_id);
		say(s, text);
		free(o);
	}
}

static void say_table(struct script *s)
{
	for (const struct fs_oplock *o = s->table.held; o != NULL; o = o->next) {
		char text[32];
		(void)snprintf(text, sizeof(text), o->breaking ? "%d:%c>%c" : "%d:%c", (int)o->open_id, letters[o->level], letters[o->to]);
		say(s, text);
	}
}

static void step(struct script *s, const char *line)
{
	unsigned n = 0;
	char a = 0, b = 0;
	struct fs_oplock_news news = { 0 };
	s->result[0] = '\0';
	if (sscanf(line, "grant %u %c %c", &n, &a, &b) >= 2) {
		const struct fs_oplock_wish wish = { .conn_id = n + 100, .open_id = n, .level = level_of(a), .level_ii = b == '2' };
		say(s, (char[]){ letters[fs_oplock_grant(&s->table, &wish, s->others, s->locked)], '\0' });
	} else if (sscanf(line, "others %u", &n) == 1) {
		s->others = n != 0;
	} else if (sscanf(line, "locked %u", &n) == 1) {
		s->locked = n != 0;
	} else if (sscanf(line, "break %c %c", &a, &b) == 2) {
		bool revoked = false;
		nttime deadline = 0;
		bool wait = fs_oplock_break(&s->table, level_of(a), level_of(b), s->now, &deadline, &revoked, &news);
		assert_int_equal(wait, deadline != 0);
		assert_true(!wait || (deadline > s->now && deadline <= s->now + FS_OPLOCK_BREAK_MS * NTTIME_PER_MS));
		say(s, wait ? "wait" : "go");
		if (revoked)
			say(s, "revoked");
	} else if (strncmp(line, "write", 5) == 0) {
		(void)sscanf(line, "write %u", &n);
		fs_oplock_break_level_ii(&s->table, n, &news);
	} else if (sscanf(line, "ack %u %c", &n, &a) == 2) {
		say(s, fs_oplock_acknowledge(&s->table, n, level_of(a)) ? "end" : "-");
	} else if (sscanf(line, "close %u", &n) == 1) {
		say(s, fs_oplock_close(&s->table, n) ? "end" : "-");
	} else if (sscanf(line, "time %u", &n) == 1) {
		s->now = FX_NOW + n * NTTIME_PER_SEC;
	} else if (strcmp(line, "table") == 0) {
		say_table(s);
	} else {
		fail_msg("no such step: %s", line);
	}
	say_news(s, &news);
}

static void run(const char *const *lines, size_t n)
{
	struct script s = { .now = FX_NOW };
	for (size_t i = 0; i < n; i++) {
		char line[128];
		(void)snprintf(line, sizeof(line), "%s", lines[i]);
		char *equals = strchr(line, '=');
		const char *expected = "";
		if (equals != NULL) {
			expected = equals + 2;
			equals[-1] = '\0';
		}
		step(&s, line);
		if (strcmp(s.result, expected) != 0)
			fail_msg("line %zu: %s: got '%s'", i, lines[i], s.result);
		const char *why = fs_oplocks_fault(&s.table);
		if (why != NULL)
			fail_msg("after line %zu: %s: %s", i, lines[i], why);
	}
	fs_oplocks_fini(&s.table);
}

#define SCRIPT(...) run((const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void test_grants(void **state)
{
	SCRIPT("grant 1 N 2 = N", "grant 1 B 2 = B", "grant 2 B 2 = N", "table = 1:B");
	SCRIPT("grant 1 X = X", "grant 2 X 2 = N", "close 1 = -", "grant 2 X = X", "table = 2:X");
	SCRIPT("others 1", "grant 1 B 2 = 2", "grant 2 X 2 = 2", "grant 3 B = N", "others 0", "grant 4 B 2 = 2", "grant 5 B = N",
	       "table = 4:2 2:2 1:2");
	SCRIPT("others 1", "locked 1", "grant 1 B 2 = N", "others 0", "grant 1 B 2 = B");
}

static void test_breaks_to_level_ii(void **state)
{
	SCRIPT("grant 1 B 2 = B", "break B 2 = wait 1:2", "table = 1:B>2", "break B 2 = wait", "break X N = wait", "ack 1 2 = end",
	       "table = 1:2", "break X 2 = go", "others 1", "grant 2 B 2 = 2", "table = 2:2 1:2");
	SCRIPT("grant 1 X 2 = X", "break B 2 = go", "table = 1:X", "break X 2 = wait 1:2", "break B 2 = wait", "ack 1 2 = end", "table = 1:2");
}

static void test_breaks_to_none(void **state)
{
	SCRIPT("grant 1 B 2 = B", "break B N = wait 1:N", "break B 2 = wait", "ack 1 N = end", "table", "break X N = go");
	SCRIPT("grant 1 B = B", "break B 2 = wait 1:N", "ack 1 2 = end", "table"); /* a holder that does not know level II */
	SCRIPT("grant 1 B 2 = B", "break B N = wait 1:N", "ack 1 2 = end", "table"); /* it cannot keep more than it was left */
	SCRIPT("grant 1 B 2 = B", "break B 2 = wait 1:2", "ack 1 N = end", "table"); /* but less */
}

static void test_the_holder_closes(void **state)
{
	SCRIPT("grant 1 B 2 = B", "break B 2 = wait 1:2", "close 1 = end", "table", "grant 2 B 2 = B", "ack 1 2 = -", "table = 2:B");
	SCRIPT("close 9 = -", "grant 1 X 2 = X", "close 1 = -", "table");
}

static void test_the_holder_is_silent(void **state)
{
	SCRIPT("grant 1 B 2 = B", "break B 2 = wait 1:2", "time 34", "break B 2 = wait", "time 35", "break B 2 = go revoked", "table = 1:2",
	       "ack 1 2 = -", "table = 1:2", "ack 1 N = -", "table");
	SCRIPT("grant 1 B 2 = B", "break B N = wait 1:N", "time 35", "break X 2 = go revoked", "table", "ack 1 N = -");
	/* The clock of a break begins with it, not with the oplock. */
	SCRIPT("grant 1 B 2 = B", "time 100", "break B 2 = wait 1:2", "time 134", "break B 2 = wait", "time 135", "break B 2 = go revoked");
}

static void test_answers_to_nothing(void **state)
{
	SCRIPT("ack 1 N = -", "grant 1 B 2 = B", "ack 1 N = -", "table = 1:B", "ack 1 2 = -", "table = 1:B", "ack 2 N = -", "table = 1:B");
	SCRIPT("others 1", "grant 1 B 2 = 2", "ack 1 2 = -", "table = 1:2", "ack 1 N = -", "table");
}

static void test_writes_end_level_ii(void **state)
{
	SCRIPT("others 1", "grant 1 B 2 = 2", "grant 2 B 2 = 2", "grant 3 B 2 = 2", "write 2 = 1:N 3:N", "table = 2:2", "write = 2:N", "table", "write");
	SCRIPT("grant 1 B 2 = B", "write", "table = 1:B"); /* the holder's own writes */
	SCRIPT("grant 1 X 2 = X", "break X 2 = wait 1:2", "write", "table = 1:X>2", "ack 1 2 = end", "write = 1:N");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grants), cmocka_unit_test(test_breaks_to_level_ii), cmocka_unit_test(test_breaks_to_none),
		cmocka_unit_test(test_the_holder_closes), cmocka_unit_test(test_the_holder_is_silent),
		cmocka_unit_test(test_answers_to_nothing), cmocka_unit_test(test_writes_end_level_ii),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
