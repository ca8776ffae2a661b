/* Who may do what the age did: rules, windows, and that nobody may unless he is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "smb1/legacy.h"

static struct sockaddr_storage peer(const char *text)
{
	struct sockaddr_storage ss = { .ss_family = AF_INET };
	assert_int_equal(inet_pton(AF_INET, text, &((struct sockaddr_in *)&ss)->sin_addr), 1);
	return ss;
}

static void nobody_may_anything_by_default(void **state)
{
	const struct smb1_legacy none = { 0 };
	struct sockaddr_storage p = peer("10.0.0.1");
	struct legacy_window w = legacy_window(&none, &p);
	assert_int_equal(legacy_methods(&none, &p, NULL), 0);
	assert_false(legacy_share_level(&none, &p, NULL));
	assert_int_equal(w.min, SMB1_DIALECT_NT_LM_0_12);
	assert_int_equal(w.max, SMB1_DIALECT_NT_LM_0_12);
}

static void rules_hold_for_their_addresses_and_shares(void **state)
{
	const struct net_cidr factory = { .prefix = 24, .bytes = { 192, 168, 7 } }, office = { .prefix = 16, .bytes = { 10, 1 } };
	const char *const cnc[] = { "cnc", NULL };
	const struct smb1_legacy_rule rules[] = {
		{ .methods = AUTH_BIT(AUTH_LM), .share_level = true, .nets = &factory, .n_nets = 1, .shares = cnc },
		{ .methods = AUTH_BIT(AUTH_NTLM), .nets = &office, .n_nets = 1 },
	};
	const struct smb1_legacy l = { .rules = rules, .n_rules = 2 };
	struct sockaddr_storage machine = peer("192.168.7.3"), desk = peer("10.1.2.3"), stranger = peer("192.168.8.3");
	assert_int_equal(legacy_methods(&l, &machine, "CNC"), AUTH_BIT(AUTH_LM));
	assert_int_equal(legacy_methods(&l, &machine, "tools"), 0);
	assert_int_equal(legacy_methods(&l, &machine, NULL), AUTH_BIT(AUTH_LM));
	assert_true(legacy_share_level(&l, &machine, "cnc"));
	assert_false(legacy_share_level(&l, &desk, "cnc"));
	assert_int_equal(legacy_methods(&l, &desk, "tools"), AUTH_BIT(AUTH_NTLM));
	assert_int_equal(legacy_methods(&l, &stranger, NULL), 0);
	/* LM needs old dialects; NTLM does not. */
	assert_int_equal(legacy_window(&l, &machine).min, SMB1_DIALECT_CORE);
	assert_int_equal(legacy_window(&l, &desk).min, SMB1_DIALECT_NT_LM_0_12);
	assert_int_equal(legacy_window(&l, &stranger).min, SMB1_DIALECT_NT_LM_0_12);
}

static void a_window_of_ones_own_counts_first(void **state)
{
	const struct net_cidr factory = { .prefix = 24, .bytes = { 192, 168, 7 } };
	const struct smb1_legacy_rule old = { .methods = AUTH_BIT(AUTH_LM), .nets = &factory, .n_nets = 1 };
	const struct smb1_window_rule windows[] = {
		{ .dialect = SMB1_DIALECT_LANMAN1_0 },
		{ .dialect = SMB1_DIALECT_LM1_2X002, .nets = &factory, .n_nets = 1 },
		{ .dialect = SMB1_DIALECT_LANMAN2_1, .is_max = true, .nets = &factory, .n_nets = 1 },
	};
	const struct smb1_legacy l = { .rules = &old, .n_rules = 1, .windows = windows, .n_windows = 3 };
	struct sockaddr_storage machine = peer("192.168.7.3"), other = peer("10.0.0.1");
	assert_int_equal(legacy_window(&l, &machine).min, SMB1_DIALECT_LM1_2X002);
	assert_int_equal(legacy_window(&l, &machine).max, SMB1_DIALECT_LANMAN2_1);
	assert_int_equal(legacy_window(&l, &other).min, SMB1_DIALECT_LANMAN1_0);
	assert_int_equal(legacy_window(&l, &other).max, SMB1_DIALECT_NT_LM_0_12);
}

static void copies_are_whole(void **state)
{
	struct arena a;
	struct smb1_legacy copy;
	char name[] = "cnc";
	const char *const shares[] = { name, NULL };
	struct net_cidr net = { .prefix = 32, .bytes = { 10, 0, 0, 1 } };
	const struct smb1_legacy_rule rule = { .methods = 1, .nets = &net, .n_nets = 1, .shares = shares };
	const struct smb1_window_rule window = { .dialect = SMB1_DIALECT_CORE, .nets = &net, .n_nets = 1 };
	const struct smb1_page_rule page = { .page = oem_page_get("936"), .nets = &net, .n_nets = 1 };
	const struct smb1_legacy l = { &rule, 1, &window, 1, &page, 1 };
	arena_init(&a, 1 << 16);
	assert_true(legacy_copy(&a, &l, &copy));
	memset(&net, 0, sizeof(net));
	memset(name, 0, sizeof(name));
	struct sockaddr_storage p = peer("10.0.0.1");
	assert_int_equal(legacy_methods(&copy, &p, "cnc"), 1);
	assert_int_equal(legacy_window(&copy, &p).min, SMB1_DIALECT_CORE);
	assert_ptr_equal(legacy_page(&copy, &p, NULL), oem_page_get("936"));
	arena_fini(&a);
}

static void the_last_code_page_that_names_the_peer_counts(void **state)
{
	const struct oem_page *p850 = oem_page_get("850"), *p936 = oem_page_get("936"), *p950 = oem_page_get("950");
	const struct net_cidr factory = { .prefix = 24, .bytes = { 192, 168, 7 } }, one = { .prefix = 32, .bytes = { 192, 168, 7, 9 } };
	const struct smb1_page_rule pages[] = { { p936, &factory, 1 }, { p950, &one, 1 } };
	const struct smb1_legacy l = { .pages = pages, .n_pages = 2 };
	struct sockaddr_storage machine = peer("192.168.7.3"), nine = peer("192.168.7.9"), stranger = peer("192.168.8.3");
	assert_ptr_equal(legacy_page(&l, &machine, p850), p936);
	assert_ptr_equal(legacy_page(&l, &nine, p850), p950);
	assert_ptr_equal(legacy_page(&l, &stranger, p850), p850);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_may_anything_by_default),
		cmocka_unit_test(rules_hold_for_their_addresses_and_shares),
		cmocka_unit_test(a_window_of_ones_own_counts_first),
		cmocka_unit_test(copies_are_whole),
		cmocka_unit_test(the_last_code_page_that_names_the_peer_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
