/* Names of a node: registered, defended, in conflict, refreshed, released, in each node type; what others may ask of them. */
#include "suite.h"

static void test_b_node_registers_by_broadcast(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1");
	host_start(a, NULL);
	world_run(&world, 700);
	assert_int_equal(host_name_state(a, "ALPHA", 0x20), NBT_NAME_CLAIMING);
	world_run(&world, 100); /* three times 250 ms */
	assert_int_equal(host_name_state(a, "ALPHA", 0x20), NBT_NAME_ACTIVE);
	assert_int_equal(host_name_state(a, "GROUP", 0x00), NBT_NAME_ACTIVE);
	/* four names, three demands and an overwrite each */
	assert_int_equal(world.n_sent, 16);
}

static void test_owner_defends(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1"), *b = world_host(&world, "ALPHA", "10.0.1.2");
	host_start(a, NULL);
	world_run(&world, 2000);
	host_start(b, NULL);
	world_run(&world, 2000);
	assert_int_equal(host_name_state(a, "ALPHA", 0x20), NBT_NAME_ACTIVE);
	assert_int_equal(host_name_state(b, "ALPHA", 0x20), NBT_NAME_CONFLICT);
	assert_int_equal(host_name_state(b, "GROUP", 0x00), NBT_NAME_ACTIVE); /* groups are shared */
}

static void test_group_and_unique_of_one_name(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1"), *b = world_host(&world, "GROUP", "10.0.1.2");
	host_start(a, NULL);
	world_run(&world, 2000);
	host_start(b, NULL); /* its machine name is the others' group */
	world_run(&world, 2000);
	struct nbt_name name = name_of("GROUP", 0x00);
	assert_int_equal(nbt_name_state(b->nbt, &name), NBT_NAME_CONFLICT);
	assert_int_equal(host_name_state(a, "GROUP", 0x00), NBT_NAME_ACTIVE);
}

static struct host *wins(const char *ip)
{
	struct host *h = world_host(&world, "WINS", ip);
	h->options.node_type = NBT_H_NODE;
	h->options.nbns[0] = ip_of(ip);
	h->options.n_nbns = 1;
	host_start(h, ":memory:");
	world_run(&world, 3000);
	return h;
}

static struct host *client(const char *name, const char *ip, enum nbt_node_type type, const char *server)
{
	struct host *h = world_host(&world, name, ip);
	h->options.node_type = type;
	h->options.nbns[0] = ip_of(server);
	h->options.n_nbns = 1;
	return h;
}

static void test_p_node_registers_with_the_server(void **state)
{
	struct host *s = wins("10.0.2.9"), *p = client("PIPPA", "10.0.1.1", NBT_P_NODE, "10.0.2.9");
	assert_int_equal(host_name_state(s, "WINS", 0x20), NBT_NAME_ACTIVE); /* with itself */
	host_start(p, NULL);
	world_run(&world, 10);
	assert_int_equal(host_name_state(p, "PIPPA", 0x20), NBT_NAME_ACTIVE);
	struct nbt_answer a = host_lookup(s, "PIPPA", 0x20);
	assert_true(a.found);
	assert_int_equal(a.method, NBT_BY_WINS);
	assert_int_equal(a.addresses[0], ip_of("10.0.1.1"));
}

static void test_h_node_broadcasts_without_the_server(void **state)
{
	struct host *h = client("HELGA", "10.0.1.1", NBT_H_NODE, "10.0.2.9");
	host_start(h, NULL);
	world_run(&world, 4400);
	assert_int_equal(host_name_state(h, "HELGA", 0x20), NBT_NAME_CLAIMING);
	world_run(&world, 1000);
	assert_int_equal(host_name_state(h, "HELGA", 0x20), NBT_NAME_ACTIVE);
	/* The server comes up: the next try finds it. */
	struct host *s = wins("10.0.2.9");
	world_run(&world, 310000);
	assert_true(host_lookup(s, "HELGA", 0x20).found);
}

static void test_m_node_does_both(void **state)
{
	struct host *s = wins("10.0.2.9"), *m = client("MINNA", "10.0.1.1", NBT_M_NODE, "10.0.2.9");
	struct host *b = world_host(&world, "BERTA", "10.0.1.2");
	host_start(m, NULL);
	host_start(b, NULL);
	world_run(&world, 3000);
	assert_int_equal(host_name_state(m, "MINNA", 0x20), NBT_NAME_ACTIVE);
	assert_int_equal(host_lookup(b, "MINNA", 0x20).method, NBT_BY_BROADCAST);
	assert_int_equal(host_lookup(s, "MINNA", 0x20).method, NBT_BY_WINS);
}

static void test_second_server_when_the_first_is_silent(void **state)
{
	struct host *s = wins("10.0.2.9"), *p = client("PIPPA", "10.0.1.1", NBT_P_NODE, "10.0.2.200");
	p->options.nbns[p->options.n_nbns++] = ip_of("10.0.2.9");
	host_start(p, NULL);
	world_run(&world, 6000);
	assert_int_equal(host_name_state(p, "PIPPA", 0x20), NBT_NAME_ACTIVE);
	assert_true(host_lookup(s, "PIPPA", 0x20).found);
}

static void test_refresh_keeps_and_silence_loses(void **state)
{
	struct host *s = wins("10.0.2.9"), *p = client("PIPPA", "10.0.1.1", NBT_P_NODE, "10.0.2.9");
	host_start(p, NULL);
	world_run(&world, 1000);
	world_run(&world, UINT64_C(8) * 86400 * 1000); /* TTL: three days and a half at our wish */
	assert_true(host_lookup(s, "PIPPA", 0x20).found);
	host_kill(p);
	world_run(&world, UINT64_C(4) * 86400 * 1000);
	assert_false(host_lookup(s, "PIPPA", 0x20).found);
}

static void test_release(void **state)
{
	struct host *s = wins("10.0.2.9"), *p = client("PIPPA", "10.0.1.1", NBT_P_NODE, "10.0.2.9");
	host_start(p, NULL);
	world_run(&world, 1000);
	host_stop(p);
	assert_false(host_lookup(s, "PIPPA", 0x20).found);
}

static void test_conflict_at_the_server(void **state)
{
	wins("10.0.2.9");
	struct host *a = client("PIPPA", "10.0.1.1", NBT_P_NODE, "10.0.2.9"), *b = client("PIPPA", "10.0.3.1", NBT_P_NODE, "10.0.2.9");
	host_start(a, NULL);
	world_run(&world, 1000);
	host_start(b, NULL);
	world_run(&world, 5000);
	assert_int_equal(host_name_state(a, "PIPPA", 0x20), NBT_NAME_ACTIVE);
	assert_int_equal(host_name_state(b, "PIPPA", 0x20), NBT_NAME_CONFLICT);
}

static void test_new_and_gone_interfaces(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1"), *b = world_host(&world, "BRAVO", "10.0.4.2");
	host_start(a, NULL);
	host_start(b, NULL);
	world_run(&world, 2000);
	assert_false(host_lookup(b, "ALPHA", 0x20).found);
	host_second(a, "10.0.4.1");
	nbt_set_interfaces(a->nbt, world.now, a->interfaces, 2);
	world_run(&world, 2000);
	struct nbt_answer answer = host_lookup(b, "ALPHA", 0x20);
	assert_true(answer.found);
	assert_int_equal(answer.n_addresses, 2);
	assert_int_equal(answer.addresses[0], ip_of("10.0.4.1")); /* the one on its own subnet */
	/* The first goes; what was the second has the name still. */
	a->interfaces[0] = a->interfaces[1];
	a->n_interfaces = 1;
	nbt_set_interfaces(a->nbt, world.now, a->interfaces, 1);
	world_run(&world, 700000); /* the cache forgets */
	answer = host_lookup(b, "ALPHA", 0x20);
	assert_true(answer.found);
	assert_int_equal(answer.n_addresses, 1);
}

static void on_status(void *user, const struct nbt_ns_record *record, struct nbt_peer from)
{
	unsigned *n = user;
	assert_non_null(record);
	*n = record->num_names;
	assert_memory_equal(record->node_names[0].netbios_name, "ALPHA          \0", 16);
	assert_int_equal(record->node_names[0].name_flags, NBT_NAME_ACT);
	assert_int_equal(record->statistics.unit_id[0], 2);
}

static void test_adapter_status(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1"), *b = world_host(&world, "BRAVO", "10.0.1.2");
	struct nbt_name any = name_of("*", 0), known = name_of("ALPHA", 0x20);
	unsigned n = 0;
	host_start(a, NULL);
	host_start(b, NULL);
	world_run(&world, 2000);
	assert_true(nbt_adapter_status(b->nbt, world.now, ip_of("10.0.1.1"), &any, on_status, &n));
	world_run(&world, 100);
	assert_int_equal(n, 4);
	n = 0;
	assert_true(nbt_adapter_status(b->nbt, world.now, ip_of("10.0.1.1"), &known, on_status, &n));
	world_run(&world, 100);
	assert_int_equal(n, 4);
	/* one that is still waiting when the machine ends leaks nothing */
	nbt_adapter_status(b->nbt, world.now, ip_of("10.0.1.77"), &any, on_status, &n);
}

static void demand_conflict(const char *name)
{
	struct nbt_nb_address address = { 0, 0 };
	struct nbt_ns_packet p = { .name_trn_id = 99, .flags = 0xAD87, .has_answer = true };
	uint8_t buf[128];
	struct wire w;
	p.answer = (struct nbt_ns_record){ .rr_name = name_of(name, 0x20), .rr_type = NBT_RR_NB, .rr_class = 1, .addresses = &address,
		                           .n_addresses = 1 };
	wire_init_encode(&w, buf, sizeof(buf), NULL);
	nbt_ns_packet(&w, &p);
	world_inject(&world, NBT_NAME_SERVICE, "10.0.1.66", 137, "10.0.1.1", buf, w.pos);
}

static void test_conflict_demand_is_checked(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1");
	host_start(a, NULL);
	world_run(&world, 2000);
	demand_conflict("ALPHA");
	world_run(&world, 5);
	assert_int_equal(host_name_state(a, "ALPHA", 0x20), NBT_NAME_CLAIMING);
	world_run(&world, 2000);
	assert_int_equal(host_name_state(a, "ALPHA", 0x20), NBT_NAME_ACTIVE); /* a lie */
}

static void test_foreign_replies_are_not_believed(void **state)
{
	struct host *s = wins("10.0.2.9"), *p = client("PIPPA", "10.0.1.1", NBT_P_NODE, "10.0.2.9");
	s->cut = true;
	host_start(p, NULL);
	/* Every id, a refusal, from somebody who is not the name server. */
	for (unsigned id = 0; id < 65536; id++) {
		uint8_t refusal[12] = { (uint8_t)(id >> 8), (uint8_t)id, 0xAD, 0x86 };
		world_inject(&world, NBT_NAME_SERVICE, "10.0.1.66", 137, "10.0.1.1", refusal, sizeof(refusal));
	}
	world_run(&world, 1);
	assert_int_equal(host_name_state(p, "PIPPA", 0x20), NBT_NAME_CLAIMING);
}

static void test_never_a_negative_answer_to_a_broadcast(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1"), *b = world_host(&world, "BRAVO", "10.0.1.2");
	host_start(a, NULL);
	host_start(b, NULL);
	world_run(&world, 2000);
	unsigned before = world.n_sent;
	assert_false(host_lookup(b, "NOBODY", 0x20).found);
	assert_int_equal(world.n_sent - before, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_b_node_registers_by_broadcast), TEST(test_owner_defends), TEST(test_group_and_unique_of_one_name),
		TEST(test_p_node_registers_with_the_server), TEST(test_h_node_broadcasts_without_the_server), TEST(test_m_node_does_both),
		TEST(test_second_server_when_the_first_is_silent), TEST(test_refresh_keeps_and_silence_loses), TEST(test_release),
		TEST(test_conflict_at_the_server), TEST(test_new_and_gone_interfaces), TEST(test_adapter_status),
		TEST(test_conflict_demand_is_checked), TEST(test_foreign_replies_are_not_believed),
		TEST(test_never_a_negative_answer_to_a_broadcast),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
