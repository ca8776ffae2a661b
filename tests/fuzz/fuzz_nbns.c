/*
 * The whole name server over its SQLite database, which lives in memory, with virtual time. The input is a sequence of steps
 * of six bytes: what (below), which name, who, which address, how (flags, lifetime), from whom; a raw packet's length follows
 * from the last two.
 *
 * What holds after each step: a registration that was answered is in the database; memory and database say the same; the
 * counts of names by host add up. Where the server is killed, what was not answered may be lost, and nothing else.
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "base/check.h"
#include "nbt/nbns_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { STEP_LEN = 6, STEPS_MAX = 96, NAMES_MAX = 48, PER_HOST_MAX = 16 };
#define OUR_IP 0x0A000101u
#define WALL_AT_ZERO 1000000000u
/* With this VFS: one database for all connections of the process, gone with the last of them. */
#define DATABASE "/fuzz.db"

static const uint8_t suffixes[] = { 0x20, 0x00, 0x03, 0x1B, 0x1C, 0x1D, 0x1E, 0x01 };

struct state {
	struct nbt *nbt;
	struct nbns *server;
	struct nbns_db *beside;  /* what `longhouse names` would have open */
	uint64_t now;
	bool edited;             /* from beside, and the server has not looked yet */
	bool ever_edited;        /* limits are for what clients ask */
	struct nbt_ns_packet asked;
	struct nbt_peer asked_of;
};

struct search {
	const struct nbt_name *name;
	struct nbns_row row;
	bool found;
	unsigned n;
};

static bool take_row(void *user, const struct nbns_row *row)
{
	struct search *s = user;

	s->n++;
	if (s->name != NULL && memcmp(row->name.bytes, s->name->bytes, NBT_NAME_LEN) == 0 && strcmp(row->name.scope, s->name->scope) == 0) {
		s->row = *row;
		s->found = true;
	}
	return true;
}

static struct search look_up(const struct state *st, const struct nbt_name *name)
{
	struct search s = { .name = name };

	CHECK(nbns_db_each(st->beside, take_row, &s));
	return s;
}

static void check_promise(const struct state *st, const struct nbt_ns_packet *answer)
{
	const struct nbt_ns_record *r = &answer->answer;

	if (nbt_ns_opcode(answer) != NBT_OPCODE_REGISTRATION || nbt_ns_rcode(answer) != NBT_RCODE_OK || r->rr_name.bytes[NBT_NAME_LEN - 1] == 0x1D ||
	    st->edited)
		return;
	struct search s = look_up(st, &r->rr_name);
	bool member = false;
	for (unsigned i = 0; s.found && i < s.row.n_members; i++)
		member = member || s.row.members[i].ip == r->addresses[0].nb_address;
	CHECK(s.found && s.row.state == NBNS_ACTIVE && (member || s.row.is_static));
}

static void on_send(void *user, enum nbt_service service, uint32_t from_ip, struct nbt_peer to, struct slice bytes)
{
	struct state *st = user;
	struct nbt_ns_packet m = { 0 };
	struct arena arena;
	struct wire w;

	if (service != NBT_NAME_SERVICE)
		return;
	arena_init(&arena, 1 << 20);
	wire_init_decode(&w, bytes, &arena);
	nbt_ns_packet(&w, &m);
	CHECK(wire_ok(&w));
	if ((m.flags & NBT_R) == 0) {
		st->asked = m;
		st->asked_of = to;
	} else {
		check_promise(st, &m);
	}
	arena_fini(&arena);
}

static uint32_t on_random(void *user)
{
	static uint32_t x = 1;

	return x = x * 1664525u + 1013904223u;
}

static void open_server(struct state *st)
{
	const struct nbns_options server = { .path = DATABASE, .wall_at_zero_s = WALL_AT_ZERO, .max_names = NAMES_MAX, .max_names_per_host = PER_HOST_MAX };
	const struct nbt_interface interface = { "eth0", OUR_IP, 0xFFFFFF00, 0x0A0001FF, { 2 } };
	const struct nbt_io io = { .user = st, .send = on_send, .random = on_random };
	struct nbt_options options = {
		.name = "", .workgroup = "", .comment = "", .scope = "", .oem = oem_page_get("CP850"), .bare = true, .is_nbdd = true
	};

	st->server = nbns_open(&server);
	CHECK(st->server != NULL);
	options.nbns_server = st->server;
	st->nbt = nbt_new(&options, &io);
	CHECK(st->nbt != NULL);
	nbt_set_interfaces(st->nbt, st->now, &interface, 1);
	st->edited = false;
}

static void close_server(struct state *st, bool kill)
{
	if (kill) { /* what was not committed is rolled back */
		nbns_db_close(st->server->db);
		st->server->db = NULL;
	}
	nbt_free(st->nbt);
	nbns_close(st->server);
}

/* ---- what must hold ---- */

static void check_hosts(const struct nbns *s, bool limited)
{
	const struct host *h, *next_host;
	const struct record *r, *next;

	HASH_ITER(hh, s->hosts, h, next_host) {
		unsigned n = 0;
		HASH_ITER(hh, s->records, r, next)
			n += record_has(r, h->ip);
		CHECK(n == h->n_names && (n <= PER_HOST_MAX || !limited));
	}
}

static void check_records(const struct state *st)
{
	const struct record *r, *next;

	CHECK(HASH_COUNT(st->server->records) <= NAMES_MAX || st->ever_edited);
	check_hosts(st->server, !st->ever_edited);
	if (st->edited)
		return;
	CHECK(look_up(st, NULL).n == HASH_COUNT(st->server->records));
	HASH_ITER(hh, st->server->records, r, next) {
		struct nbt_name name = record_name(r);
		struct search s = look_up(st, &name);
		CHECK(s.found && s.row.state == r->state && s.row.kind == r->kind && s.row.n_members == r->n_members && s.row.expires_s == r->expires_s);
		CHECK(r->n_members <= NBT_ADDRESSES_MAX);
		for (unsigned i = 0; i < r->n_members; i++)
			CHECK(s.row.members[i].ip == r->members[i].ip && s.row.members[i].expires_s == r->members[i].expires_s);
	}
}

/* ---- steps ---- */

static struct nbt_name name_of(const struct state *st, uint8_t which)
{
	char text[NBT_NAME_LEN];

	snprintf(text, sizeof(text), "NAME%u", which >> 3);
	return nbt_name_for(st->nbt, text, suffixes[which & 7]);
}

static uint32_t address_of(uint8_t which)
{
	static const uint32_t odd[] = { 0, 0xFFFFFFFF, 0x7F000001, OUR_IP };

	return which >= 252 ? odd[which - 252] : 0x0A000100u + 16 + which;
}

static void receive(struct state *st, uint32_t from, struct nbt_ns_packet *m)
{
	uint8_t bytes[1500];
	size_t len = nbt_encode_ns(m, bytes, sizeof(bytes));

	nbt_receive(st->nbt, st->now, NBT_NAME_SERVICE, (struct nbt_peer){ from, 137 }, OUR_IP, slice_of(bytes, len));
}

static void request(struct state *st, unsigned opcode, const uint8_t *step)
{
	struct nbt_name name = name_of(st, step[1]);
	struct nbt_nb_address address = { (uint16_t)((step[4] & 1) != 0 ? NBT_NB_G : 0), address_of(step[3]) };
	struct nbt_ns_packet m = {
		.name_trn_id = load_le16(step + 4), .flags = nbt_ns_flags(opcode, NBT_RD), .has_question = true,
		.question = { name, NBT_RR_NB, NBT_CLASS_IN }, .has_additional = opcode != NBT_OPCODE_QUERY,
	};

	m.additional = nbt_nb_record(&name, (uint32_t)step[4] << 12, &address, 1);
	receive(st, address_of(step[2]), &m);
}

/* To what the server asked an owner. */
static void answer(struct state *st, const uint8_t *step)
{
	struct nbt_nb_address addresses[] = { { 0, address_of(step[2]) }, { 0, address_of(step[3]) } };
	bool yes = (step[4] & 1) != 0;
	struct nbt_ns_packet m = {
		.name_trn_id = st->asked.name_trn_id,
		.flags = (uint16_t)(NBT_R | nbt_ns_flags(NBT_OPCODE_QUERY, yes ? NBT_AA : NBT_AA | NBT_NAM_ERR)),
		.has_answer = true,
		.answer = nbt_nb_record(&st->asked.question.question_name, 0, addresses, yes ? ARRAY_LEN(addresses) : 0),
	};

	if (!yes)
		m.answer.rr_type = NBT_RR_NULL;
	receive(st, st->asked_of.ip, &m);
}

/* As the administrator does it while the server runs. */
static void edit(struct state *st, const uint8_t *step)
{
	struct nbns_row row = {
		.name = name_of(st, step[1]), .kind = (enum nbns_kind)(step[4] & 3), .is_static = true, .n_members = step[4] >> 2 & 3,
		.members = { { address_of(step[2]), 0 }, { address_of(step[2]) + 1000, 0 }, { address_of(step[2]) + 2000, 0 } },
	};
	bool found;

	CHECK(step[4] >= 128 ? nbns_db_drop(st->beside, &row.name, &found) : nbns_db_put(st->beside, &row));
	st->edited = st->ever_edited = true;
}

static void go_on(struct state *st, uint64_t ms)
{
	enum { POLLED_MS = 3000 };

	st->now += ms;
	for (int i = 0; i < 8 && nbt_deadline(st->nbt) <= st->now; i++)
		nbt_tick(st->nbt, st->now);
	nbt_flush(st->nbt);
	st->edited = st->edited && ms < POLLED_MS;
}

/* How many bytes of the input it took. */
static size_t step(struct state *st, const uint8_t *data, size_t len)
{
	static const uint8_t opcodes[] = {
		NBT_OPCODE_REGISTRATION, NBT_OPCODE_MULTIHOMED_REGISTRATION, NBT_OPCODE_REFRESH, NBT_OPCODE_RELEASE, NBT_OPCODE_QUERY,
		NBT_OPCODE_REGISTRATION, NBT_OPCODE_REFRESH_ALT,
	};
	size_t took = STEP_LEN;

	switch (data[0] % 16) {
	default: request(st, opcodes[data[0] % 16 % ARRAY_LEN(opcodes)], data); break;
	case 7: answer(st, data); break;
	case 8: go_on(st, (uint64_t)data[4] * 100); break;
	case 9: go_on(st, (uint64_t)data[4] * data[5] * 60000); break;
	case 10: edit(st, data); break;
	case 11: /* killed before it could answer */
		request(st, NBT_OPCODE_REGISTRATION, data);
		close_server(st, true);
		open_server(st);
		break;
	case 12:
		close_server(st, false);
		open_server(st);
		break;
	case 13: {
		size_t part = MIN((size_t)load_le16(data + 4) % 1500, len - STEP_LEN);
		uint8_t *copy = malloc(part + 1); /* of its own size, so that a read too far is seen */
		CHECK(copy != NULL);
		memcpy(copy, data + STEP_LEN, part);
		nbt_receive(st->nbt, st->now, NBT_NAME_SERVICE, (struct nbt_peer){ address_of(data[2]), 137 }, OUR_IP, slice_of(copy, part));
		free(copy);
		took += part;
		break;
	}
	}
	nbt_flush(st->nbt);
	return took;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	CHECK(sqlite3_vfs_register(sqlite3_vfs_find("memdb"), 1) == SQLITE_OK);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct state st = { .now = 1000, .beside = nbns_db_open(DATABASE, true) };

	CHECK(st.beside != NULL);
	open_server(&st);
	for (unsigned i = 0; i < STEPS_MAX && len >= STEP_LEN; i++) {
		size_t took = step(&st, data, len);
		data += took;
		len -= took;
		if (i % 4 == 3)
			check_records(&st);
	}
	check_records(&st);
	close_server(&st, false);
	nbns_db_close(st.beside);
	return 0;
}
