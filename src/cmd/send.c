/* `longhouse send`: a message to a machine, a person or a workgroup, as `net send` does it: by a session, where nobody takes
 * sessions or it is for many by mailslot. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/messenger.h"
#include "cmd/nbt_client.h"
#include "wire/nbt/mailslot.h"

enum { KEY_FROM = 0x300, KEY_GROUP, TEXT_MAX = 400 /* of one datagram, and a dialog box */ };

struct arguments {
	struct nbt_client_options client;
	const char *to, *from;
	bool group;
	char text[TEXT_MAX + 1];
};

static const struct argp_option options[] = {
	{ "from", KEY_FROM, "NAME", 0, "the sender (default: this host)", 0 },
	{ "group", KEY_GROUP, NULL, 0, "NAME is a workgroup: to all of its machines on this subnet", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->client; break;
	case KEY_FROM: a->from = text; break;
	case KEY_GROUP: a->group = true; break;
	case ARGP_KEY_ARG:
		if (a->to == NULL) {
			a->to = text;
		} else {
			size_t len = strlen(a->text);
			if (len + 1 + strlen(text) > TEXT_MAX)
				args_error(state, "the text has more than %d bytes", TEXT_MAX);
			snprintf(a->text + len, sizeof(a->text) - len, "%s%s", len > 0 ? " " : "", text);
		}
		break;
	case ARGP_KEY_END:
		if (a->text[0] == '\0')
			args_usage(state);
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* From, to, text: three strings in the old code page. */
static size_t make_message(const struct arguments *a, const char *from, const char *to, uint8_t *out, size_t cap)
{
	const char *parts[] = { from, to, a->text };
	struct wire w;

	wire_init_encode(&w, out, cap, NULL);
	w.oem = a->client.nbt.oem;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		wire_str_oem_z(&w, "part", &parts[i]);
	return wire_ok(&w) ? w.pos : 0;
}

static int run(struct nbt_client *c, const struct arguments *a, const char *from)
{
	struct nbt_name source, destination;
	uint8_t message[600];

	if (!nbt_client_parse_name(c, a->to, a->group ? 0x00 : 0x03, &destination, NULL) || !nbt_client_parse_name(c, from, 0x03, &source, NULL)) {
		fprintf(stderr, "longhouse send: %s is no NetBIOS name\n", a->to);
		return NBT_CLIENT_WRONG_USE;
	}
	if (!a->group) {
		struct nbt_answer answer = nbt_client_lookup(c, &destination);
		if (!answer.found) {
			fprintf(stderr, "longhouse send: %s was not found (asked on UDP port %u)\n", a->to, nbt_client_port(&a->client));
			return NBT_CLIENT_NOTHING;
		}
		const struct messenger_message m = { .ip = answer.addresses[0], .calling = source, .called = destination, .from = from,
			                             .to = a->to, .text = a->text, .oem = a->client.nbt.oem };
		enum messenger_result result = answer.is_group ? MESSENGER_NO_SESSION : messenger_send(&m);
		if (result == MESSENGER_TAKEN)
			return NBT_CLIENT_OK;
		if (result == MESSENGER_REFUSED) {
			fprintf(stderr, "longhouse send: %s does not take the message\n", a->to);
			return NBT_CLIENT_NOTHING;
		}
	}
	size_t len = make_message(a, from, a->to, message, sizeof(message));
	if (len == 0 || !nbt_send_mailslot(c->nbt, nbt_driver_now(), &source, &destination, a->group, NBT_MAILSLOT_MESSENGER, slice_of(message, len))) {
		fprintf(stderr, "longhouse send: the message cannot be sent\n");
		return NBT_CLIENT_NOTHING;
	}
	return NBT_CLIENT_OK;
}

int cmd_send(int argc, char **argv)
{
	const struct argp_child children[] = { { &nbt_client_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, "NAME TEXT...",
		                   "Sends a message to a NetBIOS name, over a session if the machine takes one; it then says that it has it. To a workgroup, "
		                   "and to who takes datagrams only, nobody can know. Exit status: 0 sent, 1 not found or refused, 2 wrong use.", children, NULL, NULL };
	struct arguments a = { 0 };
	struct nbt_client c;
	char host[64] = "LONGHOUSE";

	if (args_parse(&argp, argc, argv, &a) != 0 || !nbt_client_open(&c, &a.client))
		return NBT_CLIENT_WRONG_USE;
	if (a.from == NULL && gethostname(host, sizeof(host) - 1) == 0)
		host[MIN(strcspn(host, "."), (size_t)NBT_NAME_LEN - 1)] = '\0';
	int status = run(&c, &a, a.from != NULL ? a.from : host);
	nbt_client_close(&c);
	return status;
}
