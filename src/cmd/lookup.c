/* `longhouse lookup`: the addresses of NetBIOS names. */
#include "cmd/cmd.h"
#include "cmd/nbt_client.h"

enum { NAMES_MAX = 64, KEY_TRACE = 0x300 };

struct arguments {
	struct nbt_client_options client;
	const char *names[NAMES_MAX];
	unsigned n_names;
};

static const struct argp_option options[] = {
	{ "trace", KEY_TRACE, NULL, 0, "which methods were tried, who answered, and how long it took", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->client; break;
	case KEY_TRACE: a->client.trace = true; break;
	case ARGP_KEY_ARG:
		if (a->n_names == NAMES_MAX)
			args_error(state, "at most %d names at once", NAMES_MAX);
		a->names[a->n_names++] = text;
		break;
	case ARGP_KEY_NO_ARGS: args_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_columns(const char *name, const struct nbt_answer *a, bool trace)
{
	char ip[NBT_IP_TEXT];

	for (unsigned i = 0; i < a->n_addresses; i++)
		printf("%-15s  %-20s  %-7s  %s\n", nbt_ip_text(a->addresses[i], ip), name, a->is_group ? "group" : "unique",
		       nbt_method_name(a->method));
	if (!a->found)
		printf("%-15s  %-20s\n", "not found", name);
	for (unsigned i = 0; trace && i < a->n_trace; i++) {
		const struct nbt_trace_step *s = &a->trace[i];
		printf("  %-8s %-12s %6u ms", nbt_method_name(s->method), !s->tried ? "nothing to ask" : s->answered ? "found" : "not found", s->took_ms);
		if (s->answered_by.ip != 0)
			printf("  by %s", nbt_ip_text(s->answered_by.ip, ip));
		putchar('\n');
	}
}

static void print_json(const struct nbt_name *name, const struct nbt_answer *a)
{
	char text[NBT_NAME_LEN], ip[NBT_IP_TEXT];

	nbt_name_text(name, text);
	printf("{\"name\": ");
	json_string(stdout, text);
	printf(", \"suffix\": \"%02x\", \"found\": %s, \"group\": %s, \"addresses\": [", name->bytes[NBT_NAME_LEN - 1],
	       a->found ? "true" : "false", a->is_group ? "true" : "false");
	for (unsigned i = 0; i < a->n_addresses; i++)
		printf("%s\"%s\"", i > 0 ? ", " : "", nbt_ip_text(a->addresses[i], ip));
	printf("], \"method\": %s%s%s, \"trace\": [", a->found ? "\"" : "", a->found ? nbt_method_name(a->method) : "null", a->found ? "\"" : "");
	for (unsigned i = 0; i < a->n_trace; i++) {
		const struct nbt_trace_step *s = &a->trace[i];
		printf("%s{\"method\": \"%s\", \"tried\": %s, \"found\": %s, \"ms\": %u, \"by\": ", i > 0 ? ", " : "", nbt_method_name(s->method),
		       s->tried ? "true" : "false", s->answered ? "true" : "false", s->took_ms);
		if (s->answered_by.ip != 0)
			printf("\"%s\"}", nbt_ip_text(s->answered_by.ip, ip));
		else
			printf("null}");
	}
	printf("]}");
}

/* Without a suffix: the file server of that name, or else the machine, which may serve no files. */
static struct nbt_answer find(struct nbt_client *c, struct nbt_name *name, bool has_suffix)
{
	struct nbt_answer answer = nbt_client_lookup(c, name);

	if (answer.found || has_suffix)
		return answer;
	name->bytes[NBT_NAME_LEN - 1] = 0x00;
	struct nbt_answer machine = nbt_client_lookup(c, name);
	if (!machine.found)
		name->bytes[NBT_NAME_LEN - 1] = 0x20;
	return machine.found ? machine : answer;
}

static int look_up_all(struct nbt_client *c, const struct arguments *a)
{
	int status = NBT_CLIENT_OK;

	if (a->client.json)
		putchar('[');
	for (unsigned i = 0; i < a->n_names; i++) {
		char shown[NBT_NAME_LEN + 8];
		struct nbt_name name;
		bool has_suffix;
		if (!nbt_client_parse_name(c, a->names[i], 0x20, &name, &has_suffix)) {
			fprintf(stderr, "longhouse lookup: %s: write NAME or NAME#SUFFIX, the suffix in hexadecimal as 1d\n", a->names[i]);
			return NBT_CLIENT_WRONG_USE;
		}
		struct nbt_answer answer = find(c, &name, has_suffix);
		if (!answer.found)
			status = NBT_CLIENT_NOTHING;
		if (a->client.json && i > 0)
			printf(",\n");
		if (a->client.json)
			print_json(&name, &answer);
		else
			print_columns(nbt_client_show(&name, shown), &answer, a->client.trace);
	}
	if (a->client.json)
		printf("]\n");
	return status;
}

int cmd_lookup(int argc, char **argv)
{
	const struct argp_child children[] = { { &nbt_client_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, "NAME[#SUFFIX]...",
		                   "Looks NetBIOS names up. Exit status: 0 all found, 1 not, 2 wrong use."
		                   "\vExamples:\n  longhouse lookup FILESERVER\n  longhouse lookup 'WORKGROUP#1d' --trace\n"
		                   "  longhouse lookup FILESERVER --node p --server 192.0.2.9\n",
		                   children, NULL, NULL };
	struct arguments a = { 0 };
	struct nbt_client c;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return NBT_CLIENT_WRONG_USE;
	if (!nbt_client_open(&c, &a.client))
		return NBT_CLIENT_WRONG_USE;
	int status = look_up_all(&c, &a);
	nbt_client_close(&c);
	return status;
}
