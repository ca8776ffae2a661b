/* `longhouse browse`: the Network Neighborhood; workgroups, or the servers of one. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/nbt_client.h"
#include "server/server_enum.h"

struct arguments {
	struct nbt_client_options client;
	const char *workgroup;
};

struct listing {
	bool json;
	unsigned n;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->client; break;
	case ARGP_KEY_ARG: args_only(&a->workgroup, text, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_entry(void *user, const struct server_enum_entry *e)
{
	struct listing *l = user;

	if (!l->json) {
		printf("%-15s  %s\n", e->name, e->comment);
	} else {
		printf("%s{\"name\": ", l->n > 0 ? ",\n" : "");
		json_string(stdout, e->name);
		printf(", \"comment\": ");
		json_string(stdout, e->comment);
		printf(", \"type\": \"%08x\"}", e->server_type);
	}
	l->n++;
}

/* The name that a session must call: the server's own. Old ones refuse "*SMBSERVER". */
struct server_name {
	bool done;
	char text[NBT_NAME_LEN];
};

static void on_status(void *user, const struct nbt_ns_record *r, struct nbt_peer from)
{
	struct server_name *s = user;

	s->done = true;
	for (unsigned i = 0; r != NULL && i < r->num_names; i++) {
		struct nbt_name name = { 0 };
		memcpy(name.bytes, r->node_names[i].netbios_name, NBT_NAME_LEN);
		if (name.bytes[NBT_NAME_LEN - 1] == 0x20 && (r->node_names[i].name_flags & NBT_NB_G) == 0 && s->text[0] == '\0')
			nbt_name_text(&name, s->text);
	}
}

static const char *called_name(struct nbt_client *c, uint32_t ip, struct server_name *s)
{
	struct nbt_name any = nbt_name_for(c->nbt, "*", 0);

	*s = (struct server_name){ .done = false };
	if (nbt_adapter_status(c->nbt, nbt_driver_now(), ip, &any, on_status, s))
		nbt_client_wait(c, &s->done, 5000);
	return s->text[0] != '\0' ? s->text : "*SMBSERVER";
}

/* The master of the workgroup; for all workgroups any master. */
static bool find_master(struct nbt_client *c, const char *workgroup, struct nbt_answer *out)
{
	struct nbt_name name = nbt_name_for(c->nbt, "\x01\x02__MSBROWSE__\x02", 0x01);

	if (workgroup != NULL && !nbt_client_parse_name(c, workgroup, 0x1D, &name, NULL))
		return false;
	*out = nbt_client_lookup(c, &name);
	/* Across subnets only the domain master is known to name servers. */
	if (!out->found && workgroup != NULL) {
		name.bytes[NBT_NAME_LEN - 1] = 0x1B;
		*out = nbt_client_lookup(c, &name);
	}
	return out->found;
}

static int run(struct nbt_client *c, const struct arguments *a)
{
	struct listing l = { .json = a->client.json };
	struct server_name name;
	struct nbt_answer master;
	char ip[NBT_IP_TEXT], upper[NBT_NAME_LEN * 4] = "";

	if (a->workgroup != NULL)
		upper[MIN(utf8_upper_into(upper, sizeof(upper) - 1, a->workgroup, strlen(a->workgroup)), sizeof(upper) - 1)] = '\0';
	if (!find_master(c, a->workgroup != NULL ? upper : NULL, &master)) {
		fprintf(stderr, "longhouse browse: no master browser%s%s answers on UDP port %u\n", a->workgroup != NULL ? " of " : "",
		        a->workgroup != NULL ? a->workgroup : "", nbt_client_port(&a->client));
		return NBT_CLIENT_NOTHING;
	}
	nbt_ip_text(master.addresses[0], ip);
	const char *called = called_name(c, master.addresses[0], &name);
	if (l.json)
		putchar('[');
	const char *why = server_enum(ip, called, a->workgroup != NULL ? upper : NULL, a->workgroup != NULL ? 0xFFFFFFFF : 0x80000000, print_entry, &l);
	if (l.json)
		printf("]\n");
	if (why != NULL)
		fprintf(stderr, "longhouse browse: %s (%s): %s\n", called, ip, why);
	return why == NULL && l.n > 0 ? NBT_CLIENT_OK : NBT_CLIENT_NOTHING;
}

int cmd_browse(int argc, char **argv)
{
	const struct argp_child children[] = { { &nbt_client_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { NULL, parse, "[WORKGROUP]",
		                   "Lists the workgroups of this subnet with their master browsers, or the servers of one with their comments. "
		                   "Exit status: 0 listed, 1 nothing found, 2 wrong use.", children, NULL, NULL };
	struct arguments a = { 0 };
	struct nbt_client c;

	if (args_parse(&argp, argc, argv, &a) != 0 || !nbt_client_open(&c, &a.client))
		return NBT_CLIENT_WRONG_USE;
	int status = run(&c, &a);
	nbt_client_close(&c);
	return status;
}
