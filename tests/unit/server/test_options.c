/* The command line over the file. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "server/options.h"

static void split_share(void **state)
{
	static const struct {
		const char *text, *name, *path;
		bool ro, guest;
	} good[] = {
		{ "a=/x", "a", "/x", false, false },         { "a=/x,ro", "a", "/x", true, false },
		{ "a=/x,guest", "a", "/x", false, true },    { "a=/x,ro,guest", "a", "/x", true, true },
		{ "a=/x,guest,ro", "a", "/x", true, true },  { "a=/x,y", "a", "/x,y", false, false },
		{ "a=/x=y,ro", "a", "/x=y", true, false },   { "My Music=ro", "My Music", "ro", false, false },
		{ "a=/x,rw", "a", "/x", false, false },
	};
	static const char *const bad[] = { "", "a", "a=", "=/x" };
	struct server_share share;
	const char *why;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char *text = strdup(good[i].text);
		assert_true(options_split_share(text, &share, &why));
		assert_string_equal(share.name, good[i].name);
		assert_string_equal(share.path, good[i].path);
		assert_int_equal(share.read_only, good[i].ro);
		assert_int_equal(share.guest, good[i].guest);
		free(text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char *text = strdup(bad[i]);
		assert_false(options_split_share(text, &share, &why));
		free(text);
	}
}

static void own_name_and_overrides(void **state)
{
	char folder[] = "/tmp/longhouse-test-XXXXXX", music[64];
	struct config c;

	assert_non_null(mkdtemp(folder));
	snprintf(music, sizeof(music), "%s/My Music", folder);
	assert_int_equal(mkdir(music, 0700), 0);
	char with_slash[80];
	snprintf(with_slash, sizeof(with_slash), "%s/", music);
	const struct server_share shares[] = { { .path = with_slash }, { .name = "all", .path = folder, .read_only = true } };
	struct server_options o = { .shares = shares, .n_shares = 2, .name = "attic", .ntlmv1 = true };
	unsetenv("SUDO_UID"); /* the tests may run behind sudo themselves */
	assert_true(options_to_config(&o, &c));
	assert_int_equal(c.n_shares, 2);
	assert_string_equal(c.shares[0].fs.name, "My Music");
	assert_string_equal(c.shares[0].fs.path, music);
	assert_true(c.shares[0].fs.as_process);
	assert_false(c.shares[0].fs.read_only || c.shares[0].fs.guest_ok);
	assert_true(c.shares[1].fs.read_only);
	assert_string_equal(c.netbios_name, "ATTIC");
	assert_true(c.ntlmv1);
	assert_int_equal(c.guest, AUTH_GUEST_NEVER);
	config_fini(&c);

	o.guest = true;
	assert_true(options_to_config(&o, &c));
	assert_true(c.shares[0].fs.guest_ok && c.shares[1].fs.guest_ok);
	assert_int_equal(c.guest, AUTH_GUEST_BAD_USER);
	config_fini(&c);
	rmdir(music);
	rmdir(folder);
}

/* What clients write into the folder of the one behind sudo is his, not root's; other folders stay with the process. */
static void behind_sudo_the_owner_serves(void **state)
{
	char folder[] = "/tmp/longhouse-test-XXXXXX";
	const struct passwd *nobody = getpwnam("nobody");
	char uid[16];
	struct config c;

	if (geteuid() != 0 || nobody == NULL)
		skip(); /* only root can give folders away */
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chown(folder, nobody->pw_uid, nobody->pw_gid), 0);
	snprintf(uid, sizeof(uid), "%u", (unsigned)nobody->pw_uid);
	setenv("SUDO_UID", uid, 1);
	const struct server_share shares[] = { { .name = "own", .path = folder }, { .name = "root", .path = "/" } };
	struct server_options o = { .shares = shares, .n_shares = 2 };
	assert_true(options_to_config(&o, &c));
	assert_string_equal(c.shares[0].fs.force_user, "nobody");
	assert_false(c.shares[0].fs.as_process);
	assert_null(c.shares[1].fs.force_user);
	assert_true(c.shares[1].fs.as_process);
	config_fini(&c);

	unsetenv("SUDO_UID");
	assert_true(options_to_config(&o, &c));
	assert_true(c.shares[0].fs.as_process);
	config_fini(&c);
	rmdir(folder);
}

static void mistakes(void **state)
{
	const struct server_share missing = { .path = "/no/such/folder" }, twice[] = { { .name = "a", .path = "/" }, { .name = "A", .path = "/" } };
	const struct server_share comm = { .name = "com1", .path = "ttyS0", .is_comm = true };
	const struct server_options cases[] = {
		{ .shares = &comm, .n_shares = 1 },
		{ .shares = &missing, .n_shares = 1 }, { .shares = twice, .n_shares = 2 },      { .name = "a/b" },
		{ .workgroup = "" },                   { .dos_charset = "CP4711" },             { .config_file = "/no/such/file" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct config c;
		assert_false(options_to_config(&cases[i], &c));
		config_fini(&c);
	}
}

static void words_that_are_wrong_anywhere(void **state)
{
	const struct server_share missing = { .path = "/no/such/folder" };
	const char *const no_port[] = { "127.0.0.1:99999", NULL }, *const no_net[] = { "there", NULL };
	const struct server_options wrong[] = {
		{ .shares = NULL }, { .shares = &missing, .n_shares = 1, .name = "a/b" }, { .shares = &missing, .n_shares = 1, .dos_charset = "CP4711" },
		{ .shares = &missing, .n_shares = 1, .listen = no_port }, { .shares = &missing, .n_shares = 1, .netbios_listen = no_port },
		{ .config_file = "/x", .legacy = no_net },
	};
	const struct server_options fine = { .shares = &missing, .n_shares = 1, .workgroup = "HOME" }, by_file = { .config_file = "/no/such/file" };

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(options_check(&wrong[i]));
	assert_true(options_check(&fine)); /* the folder may be there tomorrow */
	assert_true(options_check(&by_file));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_share),
		cmocka_unit_test(own_name_and_overrides),
		cmocka_unit_test(behind_sudo_the_owner_serves),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(words_that_are_wrong_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
