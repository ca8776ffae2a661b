/* Browsing: who becomes master, what is announced and kept, what a lie changes. */
#include "suite.h"

#define MINUTE_MS UINT64_C(60000)

static struct host *browser(const char *name, const char *ip, uint8_t os_level)
{
	struct host *h = world_host(&world, name, ip);
	h->options.browser = h->options.local_master = true;
	h->options.os_level = os_level;
	host_start(h, NULL);
	return h;
}

static void test_alone_becomes_master(void **state)
{
	struct host *a = browser("ALPHA", "10.0.1.1", 20);
	struct nbt_browse_entry e;
	assert_int_equal(nbt_browser_role(a->nbt), NBT_POTENTIAL_BROWSER);
	world_run(&world, 30000);
	assert_int_equal(nbt_browser_role(a->nbt), NBT_MASTER_BROWSER);
	assert_int_equal(host_name_state(a, "GROUP", 0x1D), NBT_NAME_ACTIVE);
	assert_int_equal(host_name_state(a, "\x01\x02__MSBROWSE__\x02", 0x01), NBT_NAME_ACTIVE);
	assert_true(host_sees(a, "ALPHA", &e));
	assert_true((e.server_type & BRWS_SV_TYPE_MASTER_BROWSER) != 0);
	assert_true(host_sees(a, "GROUP", &e));
	assert_int_equal(e.server_type & BRWS_SV_TYPE_DOMAIN_ENUM, BRWS_SV_TYPE_DOMAIN_ENUM);
	assert_string_equal(e.comment, "ALPHA");
}

static void test_the_better_wins(void **state)
{
	struct host *a = browser("ALPHA", "10.0.1.1", 20), *b = browser("BRAVO", "10.0.1.2", 40), *c = browser("CHARLIE", "10.0.1.3", 1);
	world_run(&world, MINUTE_MS);
	assert_int_equal(nbt_browser_role(a->nbt), NBT_POTENTIAL_BROWSER);
	assert_int_equal(nbt_browser_role(b->nbt), NBT_MASTER_BROWSER);
	assert_int_equal(nbt_browser_role(c->nbt), NBT_POTENTIAL_BROWSER);
	/* All of them know all of them, and who is master. */
	struct nbt_browse_entry e;
	world_run(&world, 3 * MINUTE_MS);
	assert_true(host_sees(c, "ALPHA", NULL) && host_sees(a, "CHARLIE", NULL) && host_sees(b, "ALPHA", NULL));
	assert_true(host_sees(c, "GROUP", &e));
	assert_string_equal(e.comment, "BRAVO");
}

static void test_preferred_master_takes_over(void **state)
{
	struct host *a = browser("ALPHA", "10.0.1.1", 20);
	world_run(&world, 2 * MINUTE_MS);
	struct host *b = world_host(&world, "BRAVO", "10.0.1.2");
	b->options.browser = b->options.local_master = b->options.preferred_master = true;
	b->options.os_level = 65;
	host_start(b, NULL);
	world_run(&world, MINUTE_MS);
	assert_int_equal(nbt_browser_role(b->nbt), NBT_MASTER_BROWSER);
	assert_int_equal(nbt_browser_role(a->nbt), NBT_POTENTIAL_BROWSER);
	assert_int_equal(host_name_state(b, "GROUP", 0x1D), NBT_NAME_ACTIVE);
	assert_int_equal(host_name_state(a, "GROUP", 0x1D), NBT_NAME_NONE);
}

static void test_master_leaves(void **state)
{
	struct host *a = browser("ALPHA", "10.0.1.1", 20), *b = browser("BRAVO", "10.0.1.2", 40);
	world_run(&world, 3 * MINUTE_MS);
	host_stop(b); /* says so */
	world_run(&world, MINUTE_MS);
	assert_int_equal(nbt_browser_role(a->nbt), NBT_MASTER_BROWSER);
	assert_false(host_sees(a, "BRAVO", NULL));
}

static void test_master_dies(void **state)
{
	struct host *a = browser("ALPHA", "10.0.1.1", 20), *b = browser("BRAVO", "10.0.1.2", 40);
	world_run(&world, 3 * MINUTE_MS);
	host_kill(b);
	world_run(&world, 17 * MINUTE_MS);
	assert_int_equal(nbt_browser_role(a->nbt), NBT_MASTER_BROWSER);
	world_run(&world, 36 * MINUTE_MS);
	assert_false(host_sees(a, "BRAVO", NULL)); /* three of its periods */
}

static void test_other_workgroup(void **state)
{
	struct host *a = browser("ALPHA", "10.0.1.1", 20), *b = world_host(&world, "BRAVO", "10.0.1.2");
	struct nbt_browse_entry e;
	b->options.workgroup = "OTHERS";
	b->options.browser = b->options.local_master = true;
	host_start(b, NULL);
	world_run(&world, 2 * MINUTE_MS);
	assert_int_equal(nbt_browser_role(a->nbt), NBT_MASTER_BROWSER);
	assert_int_equal(nbt_browser_role(b->nbt), NBT_MASTER_BROWSER);
	assert_true(host_sees(a, "OTHERS", &e));
	assert_string_equal(e.comment, "BRAVO");
	assert_true(host_sees(a, "BRAVO", &e));
	assert_string_equal(e.group, "OTHERS");
}

static void test_a_master_on_each_subnet(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1"), *b = browser("BRAVO", "10.0.1.2", 40);
	host_second(a, "10.0.5.1");
	a->options.browser = a->options.local_master = true;
	a->options.os_level = 20;
	host_start(a, NULL);
	world_run(&world, 2 * MINUTE_MS);
	assert_int_equal(nbt_browser_role(b->nbt), NBT_MASTER_BROWSER);
	assert_int_equal(nbt_browser_role(a->nbt), NBT_MASTER_BROWSER); /* of 10.0.5 */
	assert_int_equal(host_name_state(a, "GROUP", 0x1D), NBT_NAME_ACTIVE);
	assert_int_equal(host_lookup(b, "GROUP", 0x1D).addresses[0], ip_of("10.0.1.2"));
}

static void test_no_browser_announces_only(void **state)
{
	struct host *a = browser("ALPHA", "10.0.1.1", 20), *b = world_host(&world, "BRAVO", "10.0.1.2");
	b->options.browser = true;
	host_start(b, NULL);
	world_run(&world, MINUTE_MS);
	assert_true(host_sees(a, "BRAVO", NULL));
	assert_int_equal(nbt_browser_role(b->nbt), NBT_NO_BROWSER);
	assert_int_equal(host_name_state(b, "GROUP", 0x1E), NBT_NAME_NONE);
}

static void test_flood_of_servers_is_bounded(void **state)
{
	struct host *a = browser("ALPHA", "10.0.1.1", 20), *b = world_host(&world, "BRAVO", "10.0.1.2");
	struct nbt_name source = name_of("BRAVO", 0), group = name_of("GROUP", 0x1D);
	host_start(b, NULL);
	world_run(&world, 2000);
	for (unsigned i = 0; i < 5000; i++) {
		uint8_t frame[34] = { BRWS_HOST_ANNOUNCEMENT, 0, 0x80, 0xA9, 3 };
		snprintf((char *)frame + 6, 16, "S%u", i);
		store_le32(frame + 24, 3);
		nbt_send_mailslot(b->nbt, world.now, &source, &group, true, "\\MAILSLOT\\BROWSE", slice_of(frame, sizeof(frame)));
	}
	world_run(&world, 10);
	unsigned n = 0;
	for (unsigned i = 0; i < 5000; i += 100) {
		char name[16];
		snprintf(name, sizeof(name), "S%u", i);
		n += host_sees(a, name, NULL);
	}
	assert_in_range(n, 10, 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_alone_becomes_master), TEST(test_the_better_wins), TEST(test_preferred_master_takes_over), TEST(test_master_leaves),
		TEST(test_master_dies), TEST(test_other_workgroup), TEST(test_a_master_on_each_subnet), TEST(test_no_browser_announces_only),
		TEST(test_flood_of_servers_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
