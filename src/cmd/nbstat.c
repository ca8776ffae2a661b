/* `longhouse nbstat`: the names that a machine has, and its network adapter's address. */
#include "cmd/cmd.h"
#include "cmd/nbt_client.h"

struct arguments {
	struct nbt_client_options client;
	const char *target;
};

struct status {
	struct nbt_client *client;
	bool done, answered, json;
	uint32_t ip;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->client; break;
	case ARGP_KEY_ARG: args_only(&a->target, text, state); break;
	case ARGP_KEY_NO_ARGS: args_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* What a suffix stands for. FIELD A8 */
static const char *meaning(uint8_t suffix, bool group, const char *name)
{
	static const struct {
		uint8_t suffix;
		bool group;
		const char *text;
	} meanings[] = {
		{ 0x00, false, "machine" }, { 0x00, true, "workgroup" }, { 0x01, true, "master browsers" }, { 0x03, false, "messenger" },
		{ 0x06, false, "dial-in server" }, { 0x1B, false, "domain master browser" }, { 0x1C, true, "domain controllers" },
		{ 0x1D, false, "local master browser" }, { 0x1E, true, "browser elections" }, { 0x1F, false, "NetDDE" },
		{ 0x20, false, "file server" }, { 0x21, false, "dial-in client" }, { 0xBE, false, "network monitor" },
		{ 0xBF, false, "network monitor" },
	};

	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (meanings[i].suffix == suffix && meanings[i].group == group)
			return meanings[i].text;
	return "";
}

static void print_columns(const struct nbt_ns_record *r, uint32_t ip)
{
	static const char nodes[] = "BPMH";
	const uint8_t *mac = r->statistics.unit_id;
	char text[NBT_IP_TEXT];

	printf("%s\n", nbt_ip_text(ip, text));
	for (unsigned i = 0; i < r->num_names; i++) {
		const struct nbt_node_name *n = &r->node_names[i];
		struct nbt_name name = { 0 };
		char shown[NBT_NAME_LEN];
		bool group = (n->name_flags & NBT_NB_G) != 0;
		memcpy(name.bytes, n->netbios_name, NBT_NAME_LEN);
		nbt_name_text(&name, shown);
		printf("  %-15s  %02x  %-6s  %c  %-8s  %s\n", shown, name.bytes[15], group ? "group" : "unique", nodes[n->name_flags >> 13 & 3],
		       (n->name_flags & NBT_NAME_CNF) != 0 ? "conflict" : (n->name_flags & NBT_NAME_DRG) != 0 ? "leaving" : "active",
		       meaning(name.bytes[15], group, shown));
	}
	printf("  MAC %02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void print_json(const struct nbt_ns_record *r, uint32_t ip)
{
	const uint8_t *mac = r->statistics.unit_id;
	char text[NBT_IP_TEXT];

	printf("{\"address\": \"%s\", \"mac\": \"%02x:%02x:%02x:%02x:%02x:%02x\", \"names\": [", nbt_ip_text(ip, text), mac[0], mac[1],
	       mac[2], mac[3], mac[4], mac[5]);
	for (unsigned i = 0; i < r->num_names; i++) {
		const struct nbt_node_name *n = &r->node_names[i];
		struct nbt_name name = { 0 };
		char shown[NBT_NAME_LEN];
		memcpy(name.bytes, n->netbios_name, NBT_NAME_LEN);
		nbt_name_text(&name, shown);
		printf("%s{\"name\": ", i > 0 ? ", " : "");
		json_string(stdout, shown);
		printf(", \"suffix\": \"%02x\", \"group\": %s, \"active\": %s, \"conflict\": %s}", name.bytes[15],
		       (n->name_flags & NBT_NB_G) != 0 ? "true" : "false", (n->name_flags & NBT_NAME_ACT) != 0 ? "true" : "false",
		       (n->name_flags & NBT_NAME_CNF) != 0 ? "true" : "false");
	}
	printf("]}\n");
}

static void on_status(void *user, const struct nbt_ns_record *record, struct nbt_peer from)
{
	struct status *s = user;

	s->done = true;
	s->answered = record != NULL;
	if (record != NULL && s->json)
		print_json(record, from.ip);
	else if (record != NULL)
		print_columns(record, from.ip);
}

static bool ask(struct status *s, const struct nbt_name *name)
{
	s->done = false;
	if (nbt_adapter_status(s->client->nbt, nbt_driver_now(), s->ip, name, on_status, s))
		nbt_client_wait(s->client, &s->done, 10000);
	return s->answered;
}

static int run(struct nbt_client *c, const struct arguments *a)
{
	struct nbt_name any = nbt_name_for(c->nbt, "*", 0), name = any;
	struct status s = { .client = c, .json = a->client.json };
	bool by_name = !nbt_ip_parse(a->target, &s.ip);

	if (by_name) {
		if (!nbt_client_parse_name(c, a->target, 0x00, &name, NULL)) {
			fprintf(stderr, "longhouse nbstat: %s is neither an address nor a name\n", a->target);
			return NBT_CLIENT_WRONG_USE;
		}
		struct nbt_answer answer = nbt_client_lookup(c, &name);
		if (!answer.found) {
			fprintf(stderr, "longhouse nbstat: %s was not found (asked on UDP port %u)\n", a->target, nbt_client_port(&a->client));
			return NBT_CLIENT_NOTHING;
		}
		s.ip = answer.addresses[0];
	}
	/* Some Windows servers do not answer to "*", but to a name that is theirs. */
	if (ask(&s, &any) || (by_name && ask(&s, &name)))
		return NBT_CLIENT_OK;
	fprintf(stderr, "longhouse nbstat: %s does not answer on UDP port %u\n", a->target, nbt_client_port(&a->client));
	return NBT_CLIENT_NOTHING;
}

int cmd_nbstat(int argc, char **argv)
{
	const struct argp_child children[] = { { &nbt_client_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { NULL, parse, "ADDRESS|NAME",
		                   "Asks a machine for its NetBIOS names. Exit status: 0 it answered, 1 not, 2 wrong use.", children, NULL, NULL };
	struct arguments a = { 0 };
	struct nbt_client c;

	if (args_parse(&argp, argc, argv, &a) != 0 || !nbt_client_open(&c, &a.client))
		return NBT_CLIENT_WRONG_USE;
	int status = run(&c, &a);
	nbt_client_close(&c);
	return status;
}
