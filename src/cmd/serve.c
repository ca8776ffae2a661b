/* `longhouse serve`: the command line of the server. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cmd/args.h"
#include "cmd/cmd.h"
#include "server/gateways.h"
#include "server/server.h"

enum {
	KEY_SHARE = 0x100, KEY_COMM, KEY_LISTEN, KEY_PORT, KEY_NETBIOS_LISTEN, KEY_NO_NETBIOS, KEY_NO_DISCOVERY, KEY_USER, KEY_GUEST, KEY_WORKGROUP, KEY_NAME, KEY_SIGNING,
	KEY_CONFIG, KEY_STATE, KEY_LOG_LEVEL, KEY_NTLMV1, KEY_DOS_CHARSET, KEY_NO_SANDBOX, KEY_LEGACY,
	KEY_CREDENTIALS, KEY_KEYTAB, KEY_NETBIOS_NAME_PORT, KEY_NETBIOS_DATAGRAM_PORT,
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What is shared:", 1 },
	{ "share", KEY_SHARE, "NAME=DIR[,ro|,rw][,guest]", 0, "share DIR as NAME, for writing too unless ,ro; for guests too with ,guest. DIR may be smb://SERVER/SHARE, on another server", 0 },
	{ "credentials", KEY_CREDENTIALS, "FILE", 0, "who the users are on the other server: username = and password = in a file that nobody else can read", 0 },
	{ "comm", KEY_COMM, "NAME=DEVICE[,ro][,guest]", 0, "share the serial port DEVICE (as /dev/ttyS0) as NAME", 0 },
	{ "config", KEY_CONFIG, "FILE", 0, "shares and settings from a file like smb.conf; SIGHUP reads it again (all but ports)", 0 },
	{ NULL, 0, NULL, 0, "For whom:", 2 },
	{ "user", KEY_USER, "NAME:PASSWORD", 0,
	  "an account; kept with --state, else until the end. Others on this machine can see it in the list of processes: "
	  "for lasting accounts use `longhouse user add NAME`", 0 },
	{ "guest", KEY_GUEST, NULL, 0, "let unknown users in as guests, to all folders named here", 0 },
	{ "ntlmv1", KEY_NTLMV1, NULL, 0,
	  "allow NTLMv1 logons too (weak): PlayStation 2, old copiers and Windows up to XP as delivered need it", 0 },
	{ "legacy", KEY_LEGACY, "NET", 0,
	  "let old machines at these addresses (as 192.168.7.0/24) speak every dialect since 1984 and prove themselves as they can: "
	  "with LM, NTLMv1, passwords in clear, passwords of shares. Who listens there learns the passwords", 0 },
	{ "keytab", KEY_KEYTAB, "FILE", 0, "let users with Kerberos tickets in: FILE has the key of cifs/HOST@REALM, and each user an account of his name", 0 },
	{ "signing", KEY_SIGNING, "off|offered|required", 0, "sign messages (default: offered, the client decides)", 0 },
	{ "state", KEY_STATE, "DIR", 0,
	  "where accounts are kept (default: /var/lib/longhouse as root, else ~/.local/state/longhouse)", 0 },
	{ NULL, 0, NULL, 0, "Where:", 3 },
	{ "port", KEY_PORT, "PORT", OPTION_HIDDEN, "what people try", 0 },
	{ "listen", KEY_LISTEN, "ADDR[:PORT]", 0,
	  "listen at this address or network interface only (default: all; port 445, as ordinary user 4450); without :PORT also "
	  "for NetBIOS. IPv6: [::1]:445", 0 },
	{ "netbios-listen", KEY_NETBIOS_LISTEN, "ADDR[:PORT]", 0,
	  "the same for NetBIOS sessions (port 139, as ordinary user 1390), which clients before Windows 2000 use", 0 },
	{ "no-netbios", KEY_NO_NETBIOS, NULL, 0, "no NetBIOS at all: no sessions, no names, no browsing", 0 },
	{ "no-discovery", KEY_NO_DISCOVERY, NULL, 0, "no WS-Discovery, LLMNR and mDNS: today's systems do not find the server", 0 },
	{ "netbios-name-port", KEY_NETBIOS_NAME_PORT, "PORT", 0, "the name service at another port than 137, for tests", 0 },
	{ "netbios-datagram-port", KEY_NETBIOS_DATAGRAM_PORT, "PORT", 0, "the datagram service at another port than 138", 0 },
	{ NULL, 0, NULL, 0, "As whom:", 4 },
	{ "workgroup", KEY_WORKGROUP, "NAME", 0, "the workgroup (default: WORKGROUP)", 0 },
	{ "name", KEY_NAME, "NAME", 0, "the server's NetBIOS name (default: the host's)", 0 },
	{ "dos-charset", KEY_DOS_CHARSET, "CP", 0, "the code page of clients without Unicode (default: CP850); 'CP850; CP936 for 192.168.7.0/24' chooses by address", 0 },
	{ NULL, 0, NULL, 0, "For finding faults:", 5 },
	{ "log-level", KEY_LOG_LEVEL, "LEVEL", 0, "error, warning, notice (default), info, debug", 0 },
	{ "no-sandbox", KEY_NO_SANDBOX, NULL, 0, "keep all rights of the process, for a debugger", 0 },
	{ 0 },
};

static const char doc[] =
	"Shares folders with every machine that speaks SMB1: DIR under its own name, and what --share and --config name."
	"\vExamples:\n"
	"  longhouse serve ~/Music --user me:secret\n"
	"  longhouse serve --share music=/srv/music,ro --share scans=/srv/scans\n"
	"  longhouse serve --share public=/srv/public,guest\n"
	"  longhouse serve --config /etc/longhouse.conf\n";

/* A NULL-terminated list that grows. */
struct words {
	const char **items;
	size_t n;
};

struct arguments {
	struct server_options options;
	struct server_share *shares;
	size_t n_shares;
	struct words listen, netbios_listen, users, legacy;
};

static void *grow(void *items, size_t n, size_t size, struct argp_state *state)
{
	void *more = reallocarray(items, n, size);

	if (more == NULL)
		argp_failure(state, 1, 0, "not enough memory");
	return more;
}

static void add_word(struct words *words, const char *word, struct argp_state *state)
{
	words->items = grow(words->items, words->n + 2, sizeof(*words->items), state);
	words->items[words->n++] = word;
	words->items[words->n] = NULL;
}

static void add_share(struct arguments *a, struct server_share share, struct argp_state *state)
{
	a->shares = grow(a->shares, a->n_shares + 1, sizeof(*a->shares), state);
	a->shares[a->n_shares++] = share;
}

/* A place on another server, mistyped, is no folder here. */
static void check_place(const char *path, struct argp_state *state)
{
	if (gateways_is_meant(path) && !gateways_is_url(path) && access(path, F_OK) != 0)
		args_error(state, "%s: there is no such folder; " GATEWAYS_CURE, path);
}

static void parse_share(struct arguments *a, char *text, bool is_comm, struct argp_state *state)
{
	struct server_share share;
	const char *why;

	if (!options_split_share(text, &share, &why))
		args_error(state, "--%s %s: %s", is_comm ? "comm" : "share", text, why);
	share.is_comm = is_comm;
	if (!is_comm)
		check_place(share.path, state);
	add_share(a, share, state);
}

/* An account whose --user was forgotten looks like a folder. */
static void parse_folder(struct arguments *a, const char *text, struct argp_state *state)
{
	size_t name = strcspn(text, ":/");

	check_place(text, state);
	if (name > 0 && text[name] == ':' && text[name + 1] != '/' && access(text, F_OK) != 0)
		args_error(state, "%s: there is no such folder; an account is written --user NAME:PASSWORD", text);
	add_share(a, (struct server_share){ .path = text }, state);
}

/* The password must not be readable in the list of processes for longer than needed. */
static void parse_user(struct arguments *a, char *text, struct argp_state *state)
{
	char *copy = strdup(text), *colon = strchr(text, ':');

	if (copy == NULL)
		argp_failure(state, 1, 0, "not enough memory");
	if (colon == NULL || colon == text)
		args_error(state, "--user %s: write NAME:PASSWORD", text);
	memset(colon + 1, '*', strlen(colon + 1));
	add_word(&a->users, copy, state);
}

static void parse_words_with_meaning(struct server_options *o, int key, const char *text, struct argp_state *state)
{
	if (key == KEY_SIGNING) {
		o->has_signing = true;
		if (!config_signing(text, &o->signing))
			args_error(state, "--signing %s: write off, offered or required", text);
	} else {
		o->has_log_level = true;
		if (!log_level_parse(text, &o->log_level))
			args_error(state, "--log-level %s: write error, warning, notice, info or debug", text);
	}
}

static uint16_t parse_port(const char *text, struct argp_state *state)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || port == 0 || port > 65535)
		args_error(state, "%s is no port; write a number from 1 to 65535", text);
	return (uint16_t)port;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct server_options *o = &a->options;

	switch (key) {
	case KEY_SHARE: parse_share(a, text, false, state); break;
	case KEY_CREDENTIALS: o->credentials_file = text; break;
	case KEY_COMM: parse_share(a, text, true, state); break;
	case KEY_CONFIG: o->config_file = text; break;
	case KEY_USER: parse_user(a, text, state); break;
	case KEY_LEGACY: add_word(&a->legacy, text, state); break;
	case KEY_GUEST: o->guest = true; break;
	case KEY_KEYTAB: o->keytab = text; break;
	case KEY_NTLMV1: o->ntlmv1 = true; break;
	case KEY_STATE: o->state_dir = text; break;
	case KEY_PORT: args_error(state, "the port is written behind an address: --listen 0.0.0.0:%s, or --listen [::]:%s", text, text);
	case KEY_LISTEN: add_word(&a->listen, text, state); break;
	case KEY_NETBIOS_LISTEN: add_word(&a->netbios_listen, text, state); break;
	case KEY_NO_NETBIOS: o->no_netbios = true; break;
	case KEY_WORKGROUP: o->workgroup = text; break;
	case KEY_NAME: o->name = text; break;
	case KEY_DOS_CHARSET: o->dos_charset = text; break;
	case KEY_NO_SANDBOX: o->no_sandbox = true; break;
	case KEY_NO_DISCOVERY: o->no_discovery = true; break;
	case KEY_NETBIOS_NAME_PORT: o->netbios_name_port = parse_port(text, state); break;
	case KEY_NETBIOS_DATAGRAM_PORT: o->netbios_datagram_port = parse_port(text, state); break;
	case KEY_SIGNING:
	case KEY_LOG_LEVEL: parse_words_with_meaning(o, key, text, state); break;
	case ARGP_KEY_ARG: parse_folder(a, text, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void forget(struct words *words, bool with_strings)
{
	for (size_t i = 0; with_strings && i < words->n; i++)
		free((void *)(uintptr_t)words->items[i]);
	free(words->items);
}

int cmd_serve(int argc, char **argv)
{
	const struct argp argp = { options, parse, "[DIR...]", doc, NULL, NULL, NULL };
	struct arguments a = { 0 };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return 2;
	a.options.shares = a.shares;
	a.options.n_shares = a.n_shares;
	a.options.listen = a.listen.items;
	a.options.netbios_listen = a.netbios_listen.items;
	a.options.users = a.users.items;
	a.options.legacy = a.legacy.items;
	int status = server_run(&a.options);
	free(a.shares);
	forget(&a.listen, false);
	forget(&a.netbios_listen, false);
	forget(&a.legacy, false);
	forget(&a.users, true);
	return status;
}
