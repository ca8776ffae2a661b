/* The name server: challenges, groups, multihomed hosts, the life of a record, what survives. */
#include <stdio.h>
#include <unistd.h>

#include "nbt/internal.h"
#include "suite.h"

#define DAY_MS (UINT64_C(86400) * 1000)

static struct host *server;

/* A raw client: its requests by hand, the answers caught. */
static struct {
	unsigned rcode, n_answers, n_wacks;
	struct nbt_nb_address addresses[NBT_ADDRESSES_MAX];
	size_t n_addresses;
	uint32_t ttl;
	unsigned n_asked; /* of 10.0.1.2: whether it has the name yet */
} got;

static void (*real_send)(void *user, enum nbt_service service, uint32_t from_ip, struct nbt_peer to, struct slice bytes);

static void catch(void *user, enum nbt_service service, uint32_t from_ip, struct nbt_peer to, struct slice bytes)
{
	struct nbt_ns_packet p = { 0 };
	struct arena arena;
	struct wire w;
	if (to.port != 5000) {
		got.n_asked += to.ip == ip_of("10.0.1.2");
		real_send(user, service, from_ip, to, bytes);
		return;
	}
	arena_init(&arena, 65536);
	wire_init_decode(&w, bytes, &arena);
	nbt_ns_packet(&w, &p);
	assert_true(wire_ok(&w));
	if (nbt_ns_opcode(&p) == NBT_OPCODE_WACK) {
		got.n_wacks++;
	} else {
		got.n_answers++;
		got.rcode = nbt_ns_rcode(&p);
		got.ttl = p.answer.ttl;
		got.n_addresses = p.answer.n_addresses;
		if (got.n_addresses > 0)
			memcpy(got.addresses, p.answer.addresses, p.answer.n_addresses * sizeof(got.addresses[0]));
	}
	arena_fini(&arena);
}

static int start(void **state)
{
	world_init(&world);
	server = world_host(&world, "WINS", "10.0.2.9");
	host_start(server, ":memory:");
	world_run(&world, 2000);
	return 0;
}

static uint16_t next_id = 1;

static void request(const char *from, unsigned opcode, unsigned flags, struct nbt_name name, uint16_t nb_flags, const char *ip, uint32_t ttl)
{
	struct nbt_nb_address address = { nb_flags, ip_of(ip) };
	struct nbt_ns_packet p = { .name_trn_id = next_id++, .flags = nbt_ns_flags(opcode, flags), .has_question = true,
		                   .question = { name, NBT_RR_NB, NBT_CLASS_IN }, .has_additional = opcode != NBT_OPCODE_QUERY };
	uint8_t buf[600];
	struct wire w;
	p.additional = (struct nbt_ns_record){ .rr_name = name, .rr_type = NBT_RR_NB, .rr_class = NBT_CLASS_IN, .ttl = ttl,
		                               .addresses = &address, .n_addresses = 1 };
	wire_init_encode(&w, buf, sizeof(buf), NULL);
	nbt_ns_packet(&w, &p);
	assert_true(wire_ok(&w));
	memset(&got, 0, sizeof(got));
	got.rcode = 99;
	world_inject(&world, NBT_NAME_SERVICE, from, 5000, "10.0.2.9", buf, w.pos);
	world_run(&world, 0);
}

static unsigned reg(const char *name, uint8_t suffix, bool group, const char *ip)
{
	request(ip, NBT_OPCODE_REGISTRATION, NBT_RD, name_of(name, suffix), NBT_NB_H_NODE | (group ? NBT_NB_G : 0), ip, 300000);
	return got.rcode;
}

static unsigned query(const char *name, uint8_t suffix)
{
	request("10.0.9.9", NBT_OPCODE_QUERY, NBT_RD, name_of(name, suffix), 0, "0.0.0.0", 0);
	return got.rcode;
}

static unsigned release(const char *name, uint8_t suffix, const char *ip)
{
	request(ip, NBT_OPCODE_RELEASE, 0, name_of(name, suffix), NBT_NB_H_NODE, ip, 0);
	return got.rcode;
}

static struct nbns *open_db(const char *path)
{
	const struct nbns_options o = { .path = path, .wall_at_zero_s = 1000000000 };
	struct nbns *s = nbns_open(&o);
	assert_non_null(s);
	return s;
}

/* The machine has its own copy of the callbacks and options. */
static void intercept(const char *path)
{
	if (path != NULL) {
		nbns_close(server->nbns);
		server->nbns = server->options.nbns_server = open_db(path);
		server->nbt->options.nbns_server = server->nbns;
	}
	real_send = server->nbt->io.send;
	server->nbt->io.send = catch;
}

static void test_register_query_release(void **state)
{
	intercept(NULL);
	assert_int_equal(query("PIPPA", 0x20), NBT_NAM_ERR);
	assert_int_equal(reg("PIPPA", 0x20, false, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(got.ttl, 300000);
	assert_int_equal(got.addresses[0].nb_address, ip_of("10.0.1.1"));
	assert_int_equal(query("PIPPA", 0x20), NBT_RCODE_OK);
	assert_int_equal(got.n_addresses, 1);
	assert_int_equal(query("pippa", 0x20), NBT_RCODE_OK); /* name_of makes capitals */
	struct nbt_name lower = name_of("PIPPA", 0x20);
	lower.bytes[0] = 'p';
	request("10.0.9.9", NBT_OPCODE_QUERY, NBT_RD, lower, 0, "0.0.0.0", 0);
	assert_int_equal(got.rcode, NBT_NAM_ERR); /* another name */
	assert_int_equal(release("PIPPA", 0x20, "10.0.7.7"), NBT_ACT_ERR); /* not his */
	assert_int_equal(release("PIPPA", 0x20, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(release("PIPPA", 0x20, "10.0.1.1"), NBT_RCODE_OK); /* again is no error */
	assert_int_equal(query("PIPPA", 0x20), NBT_NAM_ERR);
}

static void test_refresh_opcodes_register_too(void **state)
{
	static const unsigned opcodes[] = { NBT_OPCODE_REFRESH, NBT_OPCODE_REFRESH_ALT, NBT_OPCODE_MULTIHOMED_REGISTRATION };
	intercept(NULL);
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		char name[16];
		snprintf(name, sizeof(name), "NAME%zu", i);
		request("10.0.1.1", opcodes[i], 0, name_of(name, 0), NBT_NB_H_NODE, "10.0.1.1", 3600 * 24);
		assert_int_equal(got.rcode, NBT_RCODE_OK);
		assert_int_equal(query(name, 0), NBT_RCODE_OK);
	}
}

static void test_challenge_of_a_silent_owner(void **state)
{
	intercept(NULL);
	reg("PIPPA", 0x20, false, "10.0.1.1");
	assert_int_equal(reg("PIPPA", 0x20, false, "10.0.1.2"), 99); /* told to wait */
	assert_int_equal(got.n_wacks, 1);
	/* The same request again, while it waits, is no new one. */
	next_id--;
	request("10.0.1.2", NBT_OPCODE_REGISTRATION, NBT_RD, name_of("PIPPA", 0x20), NBT_NB_H_NODE, "10.0.1.2", 300000);
	assert_int_equal(got.n_wacks, 0);
	world_run(&world, 2000);
	assert_int_equal(got.n_answers, 1);
	assert_int_equal(got.rcode, NBT_RCODE_OK);
	query("PIPPA", 0x20);
	assert_int_equal(got.addresses[0].nb_address, ip_of("10.0.1.2"));
}

static void test_two_claim_what_a_silent_owner_had(void **state)
{
	intercept(NULL);
	reg("PIPPA", 0x20, false, "10.0.1.1");
	reg("PIPPA", 0x20, false, "10.0.1.2");
	reg("PIPPA", 0x20, false, "10.0.1.3");
	world_run(&world, 1700);
	assert_int_equal(got.n_answers, 1);
	assert_int_equal(query("PIPPA", 0x20), NBT_RCODE_OK);
	assert_int_equal(got.addresses[0].nb_address, ip_of("10.0.1.2")); /* told so: it is not taken from it without a question */
	world_run(&world, 4000);
	assert_true(got.n_asked > 0);
	query("PIPPA", 0x20);
	assert_int_equal(got.addresses[0].nb_address, ip_of("10.0.1.3"));
}

static void test_challenge_of_an_owner_who_is_there(void **state)
{
	struct host *owner = world_host(&world, "PIPPA", "10.0.1.1");
	owner->options.node_type = NBT_P_NODE;
	owner->options.nbns[owner->options.n_nbns++] = ip_of("10.0.2.9");
	host_start(owner, NULL);
	world_run(&world, 100);
	intercept(NULL);
	reg("PIPPA", 0x20, false, "10.0.1.2");
	world_run(&world, 2000);
	assert_int_equal(got.rcode, NBT_ACT_ERR);
	/* He has gone without a word: the next who asks gets it. */
	host_kill(owner);
	reg("PIPPA", 0x20, false, "10.0.1.2");
	world_run(&world, 2000);
	assert_int_equal(got.rcode, NBT_RCODE_OK);
}

static void test_multihomed(void **state)
{
	struct host *owner = world_host(&world, "MULTI", "10.0.1.1");
	host_second(owner, "10.0.5.1");
	owner->options.node_type = NBT_H_NODE;
	owner->options.nbns[owner->options.n_nbns++] = ip_of("10.0.2.9");
	host_start(owner, NULL);
	world_run(&world, 9000);
	assert_int_equal(host_name_state(owner, "MULTI", 0x20), NBT_NAME_ACTIVE);
	intercept(NULL);
	assert_int_equal(query("MULTI", 0x20), NBT_RCODE_OK);
	assert_int_equal(got.n_addresses, 2);
	/* One leaves, one stays. */
	assert_int_equal(release("MULTI", 0x20, "10.0.5.1"), NBT_RCODE_OK);
	query("MULTI", 0x20);
	assert_int_equal(got.n_addresses, 1);
	assert_int_equal(got.addresses[0].nb_address, ip_of("10.0.1.1"));
}

static void test_groups(void **state)
{
	intercept(NULL);
	assert_int_equal(reg("GRP", 0x00, true, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(reg("GRP", 0x00, true, "10.0.1.2"), NBT_RCODE_OK);
	query("GRP", 0x00);
	assert_int_equal(got.n_addresses, 1);
	assert_int_equal(got.addresses[0].nb_address, 0xFFFFFFFF);
	assert_true((got.addresses[0].nb_flags & NBT_NB_G) != 0);
	assert_int_equal(reg("GRP", 0x00, false, "10.0.1.3"), NBT_ACT_ERR); /* no host may have a group's name */
	uint32_t members[NBT_ADDRESSES_MAX];
	struct nbt_name name = name_of("GRP", 0);
	assert_int_equal(nbns_members(server->nbns, &name, members), 2); /* the distributor knows them all */
	assert_int_equal(release("GRP", 0x00, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(query("GRP", 0x00), NBT_RCODE_OK);
}

static void test_internet_group_keeps_the_newest_25(void **state)
{
	intercept(NULL);
	for (unsigned i = 1; i <= 30; i++) {
		char ip[16];
		snprintf(ip, sizeof(ip), "10.0.1.%u", i);
		assert_int_equal(reg("DOM", 0x1C, true, ip), NBT_RCODE_OK);
		world_run(&world, 2000);
	}
	assert_int_equal(reg("DOM", 0x1B, false, "10.0.1.20"), NBT_RCODE_OK);
	assert_int_equal(query("DOM", 0x1C), NBT_RCODE_OK);
	assert_int_equal(got.n_addresses, 25);
	assert_int_equal(got.addresses[0].nb_address, ip_of("10.0.1.20")); /* the primary first */
	for (size_t i = 0; i < got.n_addresses; i++)
		assert_true(got.addresses[i].nb_address > ip_of("10.0.1.5"));
	assert_int_equal(release("DOM", 0x1C, "10.0.1.20"), NBT_RCODE_OK);
}

static void test_1d_is_everybodys(void **state)
{
	intercept(NULL);
	assert_int_equal(reg("GRP", 0x1D, false, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(reg("GRP", 0x1D, false, "10.0.1.2"), NBT_RCODE_OK);
	assert_int_equal(query("GRP", 0x1D), NBT_NAM_ERR);
}

static void test_life_of_a_record(void **state)
{
	intercept(NULL);
	size_t before = nbns_count(server->nbns);
	reg("PIPPA", 0x20, false, "10.0.1.1"); /* 300000 s */
	world_run(&world, DAY_MS * 4);
	assert_int_equal(query("PIPPA", 0x20), NBT_NAM_ERR); /* released */
	assert_int_equal(nbns_count(server->nbns), before + 1);
	world_run(&world, DAY_MS * 4);  /* tombstone */
	assert_int_equal(nbns_count(server->nbns), before + 1);
	/* It can be had again in each state, without a challenge. */
	assert_int_equal(reg("PIPPA", 0x20, false, "10.0.1.2"), NBT_RCODE_OK);
	release("PIPPA", 0x20, "10.0.1.2");
	world_run(&world, DAY_MS * 11);
	assert_int_equal(nbns_count(server->nbns), before);
}

static void test_static_entries(void **state)
{
	char path[] = "/tmp/nbns-XXXXXX";
	close(mkstemp(path));
	struct nbns_db *db = nbns_db_open(path, true);
	struct nbns_row row = { .name = name_of("STONE", 0x20), .is_static = true, .n_members = 1, .members = { { 0x0A000105, 0 } } };
	assert_non_null(db);
	assert_true(nbns_db_put(db, &row));
	intercept(path);
	assert_int_equal(query("STONE", 0x20), NBT_RCODE_OK);
	assert_int_equal(reg("STONE", 0x20, false, "10.0.1.9"), NBT_ACT_ERR);
	assert_int_equal(reg("STONE", 0x20, false, "10.0.1.5"), NBT_RCODE_OK);
	assert_int_equal(release("STONE", 0x20, "10.0.1.5"), NBT_ACT_ERR);
	world_run(&world, DAY_MS);
	assert_int_equal(query("STONE", 0x20), NBT_RCODE_OK);
	/* Another program adds one: it is known without a restart. */
	row.name = name_of("LATER", 0x20);
	assert_true(nbns_db_put(db, &row));
	world_run(&world, 3000);
	assert_int_equal(query("LATER", 0x20), NBT_RCODE_OK);
	bool found;
	assert_true(nbns_db_drop(db, &row.name, &found) && found);
	world_run(&world, 3000);
	assert_int_equal(query("LATER", 0x20), NBT_NAM_ERR);
	nbns_db_close(db);
	unlink(path);
}

static void test_what_was_answered_is_in_the_file(void **state)
{
	char path[] = "/tmp/nbns-XXXXXX", copy[] = "/tmp/nbns-copy-XXXXXX";
	close(mkstemp(path));
	close(mkstemp(copy));
	intercept(path);
	for (unsigned i = 0; i < 500; i++) {
		char name[16];
		snprintf(name, sizeof(name), "N%u", i);
		assert_int_equal(reg(name, 0, false, "10.0.1.1"), NBT_RCODE_OK);
	}
	/* A second reader of the same file, as after a kill: nothing was closed. */
	struct nbns *second = open_db(path);
	assert_int_equal(nbns_count(second), 500);
	nbns_close(second);
	struct nbns_db *db = nbns_db_open(path, false);
	assert_true(nbns_db_backup(db, copy));
	nbns_db_close(db);
	second = open_db(copy);
	assert_int_equal(nbns_count(second), 500);
	nbns_close(second);
	unlink(path);
	unlink(copy);
}

static void test_limits(void **state)
{
	intercept(NULL);
	struct nbns_subnet lan = { ip_of("10.0.1.0"), 0xFFFFFF00 };
	nbns_close(server->nbns);
	const struct nbns_options o = { .path = ":memory:", .max_names_per_host = 3, .max_names = 5, .allow = &lan, .n_allow = 1 };
	server->nbns = server->nbt->options.nbns_server = nbns_open(&o);
	assert_int_equal(reg("A", 0, false, "10.0.2.1"), 99); /* not from there: no answer */
	assert_int_equal(reg("A", 0, false, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(reg("B", 0, false, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(reg("C", 0, false, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(reg("D", 0, false, "10.0.1.1"), NBT_RFS_ERR);
	assert_int_equal(release("C", 0, "10.0.1.1"), NBT_RCODE_OK);
	assert_int_equal(reg("E", 0, false, "10.0.1.2"), NBT_RCODE_OK);
	assert_int_equal(reg("F", 0, false, "10.0.1.2"), NBT_RCODE_OK);
	assert_int_equal(reg("G", 0, false, "10.0.1.2"), NBT_SRV_ERR); /* the table is full */
	assert_int_equal(reg("C", 0, false, "10.0.1.2"), NBT_RCODE_OK); /* but not for what is in it */
}

static void test_limits_are_not_the_administrators(void **state)
{
	char path[] = "/tmp/nbns-XXXXXX";
	close(mkstemp(path));
	struct nbns_db *db = nbns_db_open(path, true);
	for (unsigned i = 0; i < 8; i++) {
		char name[16];
		snprintf(name, sizeof(name), "S%u", i);
		struct nbns_row row = { .name = name_of(name, 0x20), .is_static = true, .n_members = 1, .members = { { 0x0A000105, 0 } } };
		assert_true(nbns_db_put(db, &row));
	}
	nbns_db_close(db);
	const struct nbns_options o = { .path = path, .max_names_per_host = 3, .max_names = 5 };
	intercept(NULL);
	nbns_close(server->nbns);
	server->nbns = server->nbt->options.nbns_server = nbns_open(&o);
	assert_int_equal(query("S7", 0x20), NBT_RCODE_OK);
	assert_int_equal(got.addresses[0].nb_address, ip_of("10.0.1.5"));
	assert_int_equal(reg("X", 0, false, "10.0.1.1"), NBT_SRV_ERR);
	unlink(path);
}

static void test_names_that_cannot_be(void **state)
{
	struct nbt_name name = name_of("X", 0);
	intercept(NULL);
	assert_int_equal(reg("*", 0, false, "10.0.1.1"), NBT_RFS_ERR);
	request("10.0.1.1", NBT_OPCODE_REGISTRATION, NBT_RD, name_of("Y", 0), 0, "0.0.0.0", 0);
	assert_int_equal(got.rcode, NBT_RFS_ERR);
	for (unsigned len = 237; len <= 238; len++) {
		for (unsigned i = 0; i < len; i++)
			name.scope[i] = i % 64 == 63 ? '.' : 'a';
		name.scope[len] = '\0';
		request("10.0.1.1", NBT_OPCODE_REGISTRATION, NBT_RD, name, NBT_NB_H_NODE, "10.0.1.1", 0);
		assert_int_equal(got.rcode, len == 237 ? NBT_RCODE_OK : NBT_SRV_ERR);
	}
}

#define RUN(fn) cmocka_unit_test_setup_teardown(fn, start, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_register_query_release), RUN(test_refresh_opcodes_register_too), RUN(test_challenge_of_a_silent_owner),
		RUN(test_two_claim_what_a_silent_owner_had), RUN(test_challenge_of_an_owner_who_is_there), RUN(test_multihomed), RUN(test_groups),
		RUN(test_internet_group_keeps_the_newest_25), RUN(test_1d_is_everybodys), RUN(test_life_of_a_record),
		RUN(test_static_entries), RUN(test_what_was_answered_is_in_the_file), RUN(test_limits), RUN(test_limits_are_not_the_administrators),
		RUN(test_names_that_cannot_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
