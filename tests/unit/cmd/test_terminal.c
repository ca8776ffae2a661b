/* Which keys go out and which are ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/terminal.h"

/* What of the keys goes out; the last wish. */
static size_t type(struct terminal *t, const char *keys, char *out, enum terminal_wish *last)
{
	enum terminal_wish wish;
	size_t n = 0;

	*last = TERMINAL_NONE;
	for (; *keys != '\0'; keys++) {
		if (terminal_key(t, (uint8_t)*keys, &wish))
			out[n++] = *keys;
		if (wish != TERMINAL_NONE)
			*last = wish;
	}
	out[n] = '\0';
	return n;
}

static void keys_behind_the_escape_are_ours(void **state)
{
	static const struct { const char *keys, *out; enum terminal_wish wish; } cases[] = {
		{ "abc\x03\x1a", "abc\x03\x1a", TERMINAL_NONE }, { "a\x1d.", "a", TERMINAL_LEAVE }, { "\x1dq", "", TERMINAL_LEAVE },
		{ "a\x1d" "bc", "ac", TERMINAL_BREAK }, { "a\x1d\x1d" "b", "a\x1d" "b", TERMINAL_NONE }, { "\x1dx.", ".", TERMINAL_HELP },
	};
	char out[16];
	enum terminal_wish wish;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct terminal t = { .escape = TERMINAL_CTRL_BRACKET, .is_raw = true };
		type(&t, cases[i].keys, out, &wish);
		assert_string_equal(out, cases[i].out);
		assert_int_equal(wish, cases[i].wish);
	}
}

static void bytes_of_a_pipe_are_not_keys(void **state)
{
	struct terminal pipe = { .escape = TERMINAL_CTRL_BRACKET }, none = { .escape = TERMINAL_NO_ESCAPE, .is_raw = true };
	enum terminal_wish wish;
	char out[16];

	type(&pipe, "\x1d.x", out, &wish);
	assert_string_equal(out, "\x1d.x");
	type(&none, "\x1d.x", out, &wish);
	assert_string_equal(out, "\x1d.x");
}

static void escapes_are_keys_with_ctrl(void **state)
{
	static const char *const wrong[] = { "", "^", "]", "^]x", "^1", "Ctrl-A", "x" };
	struct terminal t;
	char name[8];

	assert_true(terminal_parse_escape("^]", &t.escape));
	assert_int_equal(t.escape, TERMINAL_CTRL_BRACKET);
	terminal_escape_name(&t, name);
	assert_string_equal(name, "Ctrl-]");
	assert_true(terminal_parse_escape("^a", &t.escape));
	assert_int_equal(t.escape, 1);
	assert_true(terminal_parse_escape("none", &t.escape));
	assert_int_equal(t.escape, TERMINAL_NO_ESCAPE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(terminal_parse_escape(wrong[i], &t.escape));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_behind_the_escape_are_ours),
		cmocka_unit_test(bytes_of_a_pipe_are_not_keys),
		cmocka_unit_test(escapes_are_keys_with_ctrl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
