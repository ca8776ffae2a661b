/* Looking names up: the methods, their order, what is traced; the cache; lmhosts. */
#include <stdio.h>
#include <unistd.h>

#include "nbt/lmhosts.h"
#include "suite.h"

static char *file_with(const char *text)
{
	static char paths[4][32];
	static unsigned n;
	char *path = paths[n++ % 4];
	snprintf(path, sizeof(paths[0]), "/tmp/lmhosts-XXXXXX");
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static struct host *pair(void)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1"), *b = world_host(&world, "BRAVO", "10.0.1.2");
	host_start(a, NULL);
	host_start(b, NULL);
	world_run(&world, 2000);
	return b;
}

static void test_broadcast_then_cache(void **state)
{
	struct host *b = pair();
	struct nbt_answer answer = host_lookup(b, "ALPHA", 0x20);
	assert_int_equal(answer.method, NBT_BY_BROADCAST);
	assert_int_equal(answer.trace[1].answered_by.ip, ip_of("10.0.1.1"));
	assert_int_equal(answer.n_trace, 2);
	unsigned before = world.n_sent;
	answer = host_lookup(b, "ALPHA", 0x20);
	assert_int_equal(answer.method, NBT_BY_CACHE);
	assert_int_equal(world.n_sent, before);
	world_run(&world, 600000);
	assert_int_equal(host_lookup(b, "ALPHA", 0x20).method, NBT_BY_BROADCAST);
}

static void test_own_names(void **state)
{
	struct nbt_answer answer = host_lookup(pair(), "BRAVO", 0x20);
	assert_int_equal(answer.method, NBT_BY_CACHE);
	assert_int_equal(answer.addresses[0], ip_of("10.0.1.2"));
}

static void test_order_and_trace(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1");
	char *path = file_with("10.9.9.9 FAR\n");
	a->options.lmhosts_file = path;
	a->options.nbns[a->options.n_nbns++] = ip_of("10.0.2.9"); /* nobody is there */
	a->options.order = (struct nbt_order){ { NBT_BY_WINS, NBT_BY_BROADCAST, NBT_BY_LMHOSTS, NBT_BY_HOSTS }, 4 };
	host_start(a, NULL);
	world_run(&world, 2000);
	struct nbt_answer answer = host_lookup(a, "FAR", 0x20);
	assert_true(answer.found);
	assert_int_equal(answer.method, NBT_BY_LMHOSTS);
	assert_int_equal(answer.n_trace, 3);
	assert_int_equal(answer.trace[0].took_ms, 4500);
	assert_int_equal(answer.trace[1].took_ms, 750);
	assert_int_equal(answer.trace[2].took_ms, 0);
	answer = host_lookup(a, "NOBODY", 0x20);
	assert_false(answer.found);
	assert_int_equal(answer.n_trace, 4);
	assert_string_equal(a->host_asked, "NOBODY");
	answer = host_lookup(a, "NOBODY", 0x1D); /* DNS knows no such thing */
	assert_false(answer.trace[3].tried);
	unlink(path);
}

static void test_hosts(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1");
	a->options.order = (struct nbt_order){ { NBT_BY_HOSTS }, 1 };
	host_start(a, NULL);
	struct nbt_name name = name_of("WWW", 0x20);
	struct nbt_answer answer = host_lookup(a, "WWW", 0x20);
	assert_false(answer.found);
	/* an answer that nobody waits for */
	nbt_host_found(a->nbt, world.now, 4711, &(uint32_t){ 1 }, 1);
	assert_int_equal(nbt_name_state(a->nbt, &name), NBT_NAME_NONE);
}

static void on_answer(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	*(struct nbt_answer *)user = *answer;
}

/* From the name server that was asked, to whatever id the question had: another one knows. */
static void inject_redirects(const char *from, const char *to, const char *server)
{
	struct nbt_ns_packet p = { .flags = 0x8100, .has_authority = true, .has_additional = true };
	uint8_t buf[256];
	p.authority = (struct nbt_ns_record){ .rr_name = name_of("WINS", 0x20), .rr_type = NBT_RR_NS, .rr_class = 1, .nsd_name = name_of("NS", 0) };
	p.additional = (struct nbt_ns_record){ .rr_name = name_of("NS", 0), .rr_type = NBT_RR_A, .rr_class = 1, .nsd_ip_addr = ip_of(server) };
	for (unsigned id = 0; id < 65536; id++) {
		struct wire w;
		p.name_trn_id = (uint16_t)id;
		wire_init_encode(&w, buf, sizeof(buf), NULL);
		nbt_ns_packet(&w, &p);
		world_inject(&world, NBT_NAME_SERVICE, from, 137, to, buf, w.pos);
	}
}

static void test_redirect(void **state)
{
	struct host *s = world_host(&world, "WINS", "10.0.2.9"), *a = world_host(&world, "ALPHA", "10.0.1.1");
	struct nbt_answer answer = { 0 };
	struct nbt_name name = name_of("WINS", 0x20);
	s->options.node_type = NBT_P_NODE;
	s->options.nbns[s->options.n_nbns++] = ip_of("10.0.2.9");
	host_start(s, ":memory:");
	a->options.order = (struct nbt_order){ { NBT_BY_WINS }, 1 };
	a->options.nbns[a->options.n_nbns++] = ip_of("10.0.2.1"); /* B node: it asks, but does not register there */
	host_start(a, NULL);
	world_run(&world, 3000);
	assert_true(nbt_lookup(a->nbt, world.now, &name, on_answer, &answer));
	inject_redirects("10.0.2.66", "10.0.1.1", "10.0.2.9"); /* anybody could say that */
	world_run(&world, 10);
	assert_false(answer.found);
	inject_redirects("10.0.2.1", "10.0.1.1", "10.0.2.9");
	world_run(&world, 10);
	assert_true(answer.found);
	assert_int_equal(answer.addresses[0], ip_of("10.0.2.9"));
}

static void test_lmhosts_file(void **state)
{
	char more[256], *included = file_with("10.0.0.7 INNER\n");
	snprintf(more, sizeof(more),
	         "# a comment\n10.0.0.1 server #PRE #DOM:corp the rest\n\t10.0.0.2 \"SPECIAL        \\0x14\"\n"
	         "not.an.address X\n10.0.0.3\n#BEGIN_ALTERNATE\n#INCLUDE /nonexistent/file\n#INCLUDE %s\n#INCLUDE %s\n#END_ALTERNATE\n"
	         "10.0.0.4 SERVER\n", included, included);
	char *path = file_with(more);
	uint32_t out[NBT_ADDRESSES_MAX];
	assert_int_equal(lmhosts_find(path, "SERVER", 0x20, out), 2);
	assert_int_equal(out[0], 0x0A000001);
	assert_int_equal(out[1], 0x0A000004);
	assert_int_equal(lmhosts_find(path, "SERVER", 0x1D, out), 0);
	assert_int_equal(lmhosts_find(path, "SPECIAL", 0x14, out), 1);
	assert_int_equal(lmhosts_find(path, "SPECIAL", 0x20, out), 0);
	assert_int_equal(lmhosts_find(path, "CORP", 0x1C, out), 1);
	assert_int_equal(lmhosts_find(path, "INNER", 0x00, out), 1); /* once: the second of the alternates is not read */
	unlink(path);
	unlink(included);
	assert_int_equal(lmhosts_find(path, "SERVER", 0x20, out), 0);
	char self[64];
	path = file_with("");
	FILE *f = fopen(path, "w");
	snprintf(self, sizeof(self), "10.0.0.9 ME\n#INCLUDE %s\n", path);
	fputs(self, f);
	fclose(f);
	assert_int_equal(lmhosts_find(path, "ME", 0x20, out), 4); /* a file that includes itself ends */
	unlink(path);
}

static void test_preloaded_names_are_in_the_cache(void **state)
{
	struct host *a = world_host(&world, "ALPHA", "10.0.1.1");
	char *path = file_with("10.9.9.9 FAR #PRE\n10.9.9.8 LAZY\n");
	a->options.lmhosts_file = path;
	a->options.order = (struct nbt_order){ { NBT_BY_CACHE }, 1 };
	host_start(a, NULL);
	assert_true(host_lookup(a, "FAR", 0x20).found);
	assert_false(host_lookup(a, "LAZY", 0x20).found);
	world_run(&world, 3600000);
	assert_true(host_lookup(a, "FAR", 0x20).found);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_broadcast_then_cache), TEST(test_own_names), TEST(test_order_and_trace), TEST(test_hosts), TEST(test_redirect),
		TEST(test_lmhosts_file), TEST(test_preloaded_names_are_in_the_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
