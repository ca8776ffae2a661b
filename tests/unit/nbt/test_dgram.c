/* Datagrams: to one, to a group, in fragments, through a distributor; messages. */
#include "suite.h"

static void send_text(struct host *h, const char *to, uint8_t suffix, bool group, const char *text, size_t len)
{
	struct nbt_name source = name_of(h->options.name, 0), destination = name_of(to, suffix);
	assert_true(nbt_send_datagram(h->nbt, world.now, &source, &destination, group, slice_of(text, len)));
	world_run(&world, 1500);
}

static void two(struct host **a, struct host **b)
{
	*a = world_host(&world, "ALPHA", "10.0.1.1");
	*b = world_host(&world, "BRAVO", "10.0.1.2");
	host_start(*a, NULL);
	host_start(*b, NULL);
	world_run(&world, 2000);
}

static void test_unique(void **state)
{
	struct host *a, *b;
	two(&a, &b);
	send_text(a, "BRAVO", 0x00, false, "hello", 5);
	assert_string_equal(b->datagram, "hello");
	send_text(a, "NOBODY", 0x00, false, "hello", 5);
	assert_int_equal(b->n_datagrams, 1);
}

static void test_group(void **state)
{
	struct host *a, *b;
	two(&a, &b);
	send_text(a, "GROUP", 0x00, true, "all", 3);
	assert_string_equal(b->datagram, "all");
	assert_int_equal(a->n_datagrams, 0); /* its own broadcast comes back and is dropped */
	send_text(a, "OTHERS", 0x00, true, "none", 4);
	assert_int_equal(b->n_datagrams, 1);
	send_text(a, "*", 0x00, true, "everybody", 9);
	assert_string_equal(b->datagram, "everybody");
}

static void test_fragments(void **state)
{
	static char text[8192];
	struct host *a, *b;
	struct nbt_name source = name_of("ALPHA", 0), destination = name_of("BRAVO", 0);
	two(&a, &b);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	for (size_t len = 1; len <= sizeof(text); len = len * 5 + 1) {
		send_text(a, "BRAVO", 0x00, false, text, len);
		assert_int_equal(b->datagram_len, len);
		assert_memory_equal(b->datagram, text, len);
	}
	assert_false(nbt_send_datagram(a->nbt, world.now, &source, &destination, false, slice_of(text, sizeof(text) + 1)));
}

static size_t fragment(uint8_t buf[600], uint16_t id, uint16_t offset, bool more, const char *text)
{
	struct nbt_dgm m = { .msg_type = NBT_DIRECT_UNIQUE_DATAGRAM, .flags = (uint8_t)((offset == 0 ? 2 : 0) | more), .dgm_id = id,
		             .packet_offset = offset, .source_name = name_of("ZULU", 0), .destination_name = name_of("BRAVO", 0),
		             .user_data = slice_of(text, strlen(text)) };
	struct wire w;
	wire_init_encode(&w, buf, 600, NULL);
	nbt_dgm(&w, &m);
	assert_true(wire_ok(&w));
	return w.pos;
}

static void inject(uint16_t id, uint16_t offset, bool more, const char *text)
{
	uint8_t buf[600];
	size_t len = fragment(buf, id, offset, more, text);
	world_inject(&world, NBT_DATAGRAM_SERVICE, "10.0.1.9", 138, "10.0.1.2", buf, len);
	world_run(&world, 0);
}

static void test_fragments_in_any_order(void **state)
{
	struct host *a, *b;
	two(&a, &b);
	inject(1, 6, false, "world");
	inject(1, 0, true, "hello ");
	assert_string_equal(b->datagram, "hello world");
	/* What never completes is forgotten, and takes no more than its places. */
	for (uint16_t i = 0; i < 200; i++)
		inject((uint16_t)(100 + i), 0, true, "half");
	assert_int_equal(b->n_datagrams, 1);
	inject(100, 4, false, "-late");
	assert_string_equal(b->datagram, "half-late");
	world_run(&world, 2500);
	inject(101, 4, false, "-too late");
	inject(500, 0, true, "new");
	inject(500, 3, false, "er");
	assert_string_equal(b->datagram, "newer");
	/* Overlaps, a second end, offsets beyond all bounds */
	inject(600, 8190, true, "xx");
	inject(600, 8191, true, "xx");
	inject(601, 10, false, "end");
	inject(601, 2, false, "end");
	inject(601, 0, true, "a long text that goes over the end");
	assert_int_equal(b->n_datagrams, 3);
}

static void test_distributor(void **state)
{
	struct host *s = world_host(&world, "WINS", "10.0.2.9");
	struct host *members[3];
	s->options.is_nbdd = true;
	host_start(s, ":memory:");
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = { "PA", "PB", "PC" }, *const ips[] = { "10.0.1.1", "10.0.1.2", "10.0.3.1" };
		members[i] = world_host(&world, names[i], ips[i]);
		members[i]->options.node_type = NBT_P_NODE;
		members[i]->options.nbns[members[i]->options.n_nbns++] = ip_of("10.0.2.9");
		members[i]->options.nbdd = ip_of("10.0.2.9");
		host_start(members[i], NULL);
	}
	world_run(&world, 2000);
	send_text(members[0], "GROUP", 0x00, true, "across subnets", 14);
	assert_int_equal(members[0]->n_datagrams, 0);
	assert_string_equal(members[1]->datagram, "across subnets");
	assert_string_equal(members[2]->datagram, "across subnets");
}

static void test_message(void **state)
{
	struct host *a, *b;
	struct nbt_name source, destination = name_of("BRAVO", 0x03);
	two(&a, &b);
	source = name_of("ALPHA", 0x03);
	assert_true(nbt_send_mailslot(a->nbt, world.now, &source, &destination, false, "\\MAILSLOT\\messngr", slice_of("ALPHA\0BRAVO\0good day", 21)));
	world_run(&world, 1500);
	assert_string_equal(b->message, "ALPHA>BRAVO:good day");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unique), TEST(test_group), TEST(test_fragments), TEST(test_fragments_in_any_order), TEST(test_distributor),
		TEST(test_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
