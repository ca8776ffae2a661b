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

/* A name server, a domain master and a member on one subnet, a master and a member on the other. */
static struct {
	struct host *domain, *near, *master, *member;
} two;

static struct host *wins_browser(const char *name, const char *ip, uint8_t os_level, bool domain_master)
{
	struct host *h = world_host(&world, name, ip);
	h->options.node_type = NBT_H_NODE;
	h->options.nbns[h->options.n_nbns++] = ip_of("10.0.1.9");
	h->options.browser = h->options.local_master = true;
	h->options.os_level = os_level;
	h->options.domain_master = domain_master;
	host_start(h, NULL);
	return h;
}

static void two_subnets(void)
{
	host_start(world_host(&world, "WINS", "10.0.1.9"), ":memory:");
	two.domain = wins_browser("DOMMASTER", "10.0.1.1", 65, true);
	two.near = wins_browser("NEAR", "10.0.1.2", 10, false);
	two.master = wins_browser("MASTER", "10.0.2.1", 65, false);
	two.member = wins_browser("MEMBER", "10.0.2.2", 10, false);
	world_run(&world, 30 * MINUTE_MS);
	assert_int_equal(nbt_browser_role(two.domain->nbt), NBT_MASTER_BROWSER);
	assert_int_equal(nbt_browser_role(two.master->nbt), NBT_MASTER_BROWSER);
}

static void test_lists_meet_at_the_domain_master(void **state)
{
	struct nbt_browse_entry e;
	two_subnets();
	assert_true(host_sees(two.domain, "MEMBER", &e));
	assert_false(e.is_local);
	assert_true(host_sees(two.domain, "MASTER", &e));
	assert_false(e.is_local);
	assert_true(host_sees(two.domain, "NEAR", &e));
	assert_true(e.is_local);
	assert_true(host_sees(two.master, "NEAR", &e));
	assert_false(e.is_local);
	assert_true(host_sees(two.master, "DOMMASTER", &e) && (e.server_type & BRWS_SV_TYPE_DOMAIN_MASTER) != 0);
	assert_true(host_sees(two.master, "MEMBER", &e));
	assert_true(e.is_local); /* what comes back from the domain master does not make it a stranger */
	assert_false(host_sees(two.member, "NEAR", NULL));
	/* One leaves: each list forgets it within its next round. */
	host_stop(two.member);
	world_run(&world, 26 * MINUTE_MS);
	assert_false(host_sees(two.master, "MEMBER", NULL));
	assert_false(host_sees(two.domain, "MEMBER", NULL));
	/* The domain master dies: what it told is kept for a while, then forgotten. */
	host_kill(two.domain);
	world_run(&world, 15 * MINUTE_MS);
	assert_true(host_sees(two.master, "NEAR", NULL));
	world_run(&world, 40 * MINUTE_MS);
	assert_false(host_sees(two.master, "NEAR", NULL));
}

static void test_a_backup_has_its_masters_list(void **state)
{
	struct nbt_browse_frame frame = { .opcode = BRWS_BECOME_BACKUP, .name = "MEMBER" };
	struct nbt_name source, group = name_of("GROUP", 0x1E);
	uint8_t bytes[64];
	struct wire w;
	two_subnets();
	source = name_of("MASTER", 0);
	wire_init_encode(&w, bytes, sizeof(bytes), NULL);
	w.oem = two.master->options.oem;
	nbt_browse_frame(&w, &frame);
	assert_true(wire_ok(&w));
	nbt_send_mailslot(two.master->nbt, world.now, &source, &group, true, "\\MAILSLOT\\BROWSE", slice_of(bytes, w.pos));
	world_run(&world, MINUTE_MS);
	assert_int_equal(nbt_browser_role(two.member->nbt), NBT_BACKUP_BROWSER);
	assert_true(host_sees(two.member, "NEAR", NULL));
}

static void test_false_masters_make_no_flood(void **state)
{
	struct nbt_browse_frame frame = { .opcode = BRWS_MASTER_ANNOUNCEMENT, .name = "NEAR" };
	struct nbt_name source = name_of("NEAR", 0), to = name_of("DOMMASTER", 0);
	uint8_t bytes[64];
	struct wire w;
	two_subnets();
	unsigned before = two.domain->n_pulls;
	wire_init_encode(&w, bytes, sizeof(bytes), NULL);
	w.oem = two.near->options.oem;
	nbt_browse_frame(&w, &frame);
	for (int i = 0; i < 100; i++)
		nbt_send_mailslot(two.near->nbt, world.now, &source, &to, false, "\\MAILSLOT\\BROWSE", slice_of(bytes, w.pos));
	world_run(&world, 4000);
	assert_int_equal(two.domain->n_pulls, before + 2);
	/* Who is no domain master fetches nothing because of it. */
	before = two.master->n_pulls;
	to = name_of("MASTER", 0);
	nbt_send_mailslot(two.near->nbt, world.now, &source, &to, false, "\\MAILSLOT\\BROWSE", slice_of(bytes, w.pos));
	world_run(&world, 2000);
	assert_int_equal(two.master->n_pulls, before);
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
		TEST(test_flood_of_servers_is_bounded), TEST(test_lists_meet_at_the_domain_master), TEST(test_a_backup_has_its_masters_list),
		TEST(test_false_masters_make_no_flood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
