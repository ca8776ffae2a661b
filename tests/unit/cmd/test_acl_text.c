/* Rights as words, and SDDL there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ntfile.h"
#include "cmd/acl_text.h"

static void rights(void **state)
{
	static const struct {
		const char *text;
		uint32_t mask;
		const char *back;
	} good[] = {
		{ "full", 0x001F01FF, "full" }, { "Change", 0x001301BF, "change" }, { "READ", 0x001200A9, "read" }, { "r", 0x00120089, "R" }, { "rwx", 0x001201BF, "RWX" },
		{ "RXD", 0x001300A9, "RXD" }, { "0x2", 2, "0x00000002" }, { "0x001f01ff", 0x001F01FF, "full" }, { "PO", 0x000C0000, "PO" },
	};
	static const char *const bad[] = { "", "0x", "0x0", "0x123456789", "fulll", "Q", "0xzz" };
	char out[ACL_RIGHTS_MAX];
	uint32_t mask;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(acl_rights_parse(good[i].text, &mask));
		assert_int_equal(mask, good[i].mask);
		assert_string_equal(acl_rights_text(mask, out), good[i].back);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(acl_rights_parse(bad[i], &mask));
}

static char *written(const struct fs_sd *sd)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	acl_sddl_write(out, sd);
	fclose(out);
	return text;
}

static void sddl(void **state)
{
	static const char *const same[] = {
		"O:BAG:SYD:", "D:P(A;OICI;FA;;;WD)", "D:AI(D;;0x2;;;BG)(A;OICIID;FR;;;S-1-5-21-1-2-3-1000)", "O:S-1-5-21-1-2-3-500D:PAI(A;NPIO;0x1301bf;;;CO)", "G:BU",
	};
	static const struct {
		const char *text;
		size_t at;
	} wrong[] = {
		{ "", 0 }, { "X", 0 }, { "O:", 2 }, { "O:BAO:BA", 4 }, { "D:(A;;FA;;;WD", 13 }, { "D:(X;;FA;;;WD)", 3 }, { "D:(A;QQ;FA;;;WD)", 5 }, { "D:(A;;;;;WD)", 6 },
		{ "D:(A;;FA;;;)", 11 }, { "D:(A;;FA;x;;WD)", 8 }, { "D:(A;;F;;;WD)", 6 }, { "O:S-1-99999999999999999999", 2 },
	};
	struct fs_sd sd;
	const char *at;

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		struct arena arena;
		arena_init(&arena, 1 << 20);
		assert_true(acl_sddl_parse(&arena, same[i], &sd, &at));
		char *text = written(&sd);
		assert_string_equal(text, same[i]);
		free(text);
		arena_fini(&arena);
	}
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct arena arena;
		arena_init(&arena, 1 << 20);
		assert_false(acl_sddl_parse(&arena, wrong[i].text, &sd, &at));
		assert_int_equal(at - wrong[i].text, wrong[i].at);
		arena_fini(&arena);
	}
}

static void combined_rights(void **state)
{
	struct arena arena;
	struct fs_sd sd;
	const char *at;

	arena_init(&arena, 1 << 20);
	assert_true(acl_sddl_parse(&arena, "D:(A;;FRFX;;;AU)", &sd, &at));
	assert_int_equal(sd.dacl->n, 1);
	assert_int_equal(sd.dacl->aces[0].mask, 0x001200A9);
	assert_int_equal(acl_order(&sd.dacl->aces[0]), 1);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rights), cmocka_unit_test(sddl), cmocka_unit_test(combined_rights) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
