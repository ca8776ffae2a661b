#include "cmd/remote_args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/path.h"
#include "cmd/keyring.h"
#include "cmd/password.h"
#include "crypto/crypto.h"

enum {
	KEY_PASSWORD_FILE = 0x400, KEY_AUTH, KEY_SIGNING, KEY_MIN, KEY_MAX, KEY_NETBIOS, KEY_TIMEOUT, KEY_CHARSET, KEY_PLAIN_SETUP, KEY_RAW_NTLMSSP,
	KEY_JSON, KEY_KERBEROS, KEY_REMEMBER, ARENA_MAX = 1 << 20,
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Who:", 10 },
	{ "user", 'U', "[DOMAIN\\]NAME", 0, "log on as NAME (also smb://NAME@SERVER/...; default: as a guest)", 0 },
	{ "workgroup", 'W', "DOMAIN", 0, "the user's domain or workgroup", 0 },
	{ "password-file", KEY_PASSWORD_FILE, "FILE", 0,
	  "the password is the file's first line; - for standard input (default: LONGHOUSE_PASSWORD, else what --remember kept, else it is asked for)",
	  0 },
	{ "remember", KEY_REMEMBER, NULL, 0,
	  "keep the password for later commands once it was right, in the kernel's keyring, until this machine is started again", 0 },
	{ "kerberos", KEY_KERBEROS, NULL, 0, "log on with the Kerberos tickets that kinit got, and with no password", 0 },
	{ NULL, 0, NULL, 0, "How:", 11 },
	{ "port", 'p', "PORT", 0, "the server's port (default: 445, then 139)", 0 },
	{ "netbios", KEY_NETBIOS, NULL, 0, "begin with a NetBIOS session, as on port 139", 0 },
	{ "auth", KEY_AUTH, "ntlmv2|ntlm|lm|plaintext", 0,
	  "the weakest proof of the password that may be sent (default: ntlmv2); old servers need weaker ones", 0 },
	{ "signing", KEY_SIGNING, "off|offered|required", 0, "sign messages (default: offered, if the server requires it)", 0 },
	{ "min-protocol", KEY_MIN, "DIALECT", 0, "CORE, COREPLUS, LANMAN1, LANMAN2, LANMAN2.1, NT1 (default: CORE)", 0 },
	{ "max-protocol", KEY_MAX, "DIALECT", 0, "CORE, COREPLUS, LANMAN1, LANMAN2, LANMAN2.1, NT1 (default: NT1)", 0 },
	{ "plain-setup", KEY_PLAIN_SETUP, NULL, 0, "log on without NTLMSSP", 0 },
	{ "raw-ntlmssp", KEY_RAW_NTLMSSP, NULL, 0, "log on by NTLMSSP without SPNEGO", 0 },
	{ "dos-charset", KEY_CHARSET, "CP", 0, "the code page of servers without Unicode (default: CP850)", 0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "give up when the server says nothing for so long (default: 60)", 0 },
	{ "json", KEY_JSON, NULL, 0, "JSON instead of text; what was done, where the command changes something", 0 },
	{ 0 },
};

static void parse_auth(struct remote_args *a, const char *text, struct argp_state *state)
{
	static const char *const words[] = { "ntlmv2", "ntlm", "lm", "plaintext" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		a->options.cli.auth = (enum cli_auth)i;
		return;
	}
	args_error(state, "--auth %s: write ntlmv2, ntlm, lm or plaintext", text);
}

static void parse_signing(struct remote_args *a, const char *text, struct argp_state *state)
{
	static const char *const words[] = { "off", "offered", "required" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		a->options.cli.signing = (enum smb1_signing_policy)i;
		return;
	}
	args_error(state, "--signing %s: write off, offered or required", text);
}

static enum smb1_dialect parse_dialect(const char *text, struct argp_state *state)
{
	enum smb1_dialect d = smb1_dialect_from_word(text);
	if (d == SMB1_DIALECT_NONE)
		args_error(state, "%s is no dialect: write CORE, COREPLUS, LANMAN1, LANMAN2, LANMAN2.1 or NT1", text);
	return d;
}

static void parse_user(struct remote_args *a, char *text)
{
	char *backslash = strchr(text, '\\');

	a->user = backslash != NULL ? backslash + 1 : text;
	if (backslash != NULL) {
		*backslash = '\0';
		a->domain = text;
	}
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct remote_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		a->options.cli.signing = SMB1_SIGNING_OFFERED;
		break;
	case ARGP_KEY_END: a->command = state->name; break;
	case 'U': parse_user(a, text); break;
	case 'W': a->domain = text; break;
	case 'p':
		if (a->port_cure != NULL && url_is_remote(text))
			args_error(state, "--port %s: that is no port; %s", text, a->port_cure);
		a->options.port = (uint16_t)args_number(text, UINT16_MAX, "--port", state);
		break;
	case KEY_PASSWORD_FILE: a->password_file = text; break;
	case KEY_REMEMBER: a->remember = true; break;
	case KEY_NETBIOS: a->options.netbios = true; break;
	case KEY_AUTH: parse_auth(a, text, state); break;
	case KEY_SIGNING: parse_signing(a, text, state); break;
	case KEY_MIN: a->options.cli.min_dialect = parse_dialect(text, state); break;
	case KEY_MAX: a->options.cli.max_dialect = parse_dialect(text, state); break;
	case KEY_PLAIN_SETUP: a->options.cli.no_extended_security = true; break;
	case KEY_RAW_NTLMSSP: a->options.cli.raw_ntlmssp = true; break;
	case KEY_CHARSET:
		if (oem_page_get(text) == NULL)
			args_error(state, "--dos-charset %s: no such code page", text);
		a->options.cli.oem = text;
		break;
	case KEY_TIMEOUT: a->options.timeout_ms = 1000 * (unsigned)args_number(text, 86400, "--timeout", state); break;
	case KEY_KERBEROS: a->options.cli.kerberos = true; break;
	case KEY_JSON:
		if (a->no_json != NULL)
			args_error(state, "--json: %s; leave it out", a->no_json);
		a->json = true;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp remote_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };

/* As it is typed: smb://[domain;][user@]host[:port] */
static void say_server(const struct url *u)
{
	bool is_v6 = strchr(u->host, ':') != NULL;

	fputs("smb://", stderr);
	url_write_escaped(stderr, u->domain);
	fputs(u->domain[0] != '\0' ? ";" : "", stderr);
	url_write_escaped(stderr, u->user);
	fprintf(stderr, "%s%s%s%s", u->user[0] != '\0' ? "@" : "", is_v6 ? "[" : "", u->host, is_v6 ? "]" : "");
	if (u->port != 0)
		fprintf(stderr, ":%u", u->port);
}

void remote_complain(struct remote_args *a, const struct url *u, const char *path, nt_status status)
{
	remote_complain_of(a, remote_cli(a), u, path, status);
}

static void say_cure(const struct remote_args *a, const struct cli *c, const struct url *u, const char *path, nt_status status)
{
	/* A name that no machine has is told with this status, too. */
	if (status == STATUS_BAD_NETWORK_NAME && u->share[0] != '\0' && c->server.dialect != SMB1_DIALECT_NONE) {
		fputs("; `longhouse shares ", stderr);
		say_server(u);
		fputs("` lists what it has", stderr);
	} else if (status == STATUS_FILE_IS_A_DIRECTORY && a->takes_folders) {
		fputs("; -r takes folders", stderr);
	} else if (status == STATUS_DIRECTORY_NOT_EMPTY) {
		fprintf(stderr, "; `%s` removes what is in it too", a->is_shell ? "deltree" : "longhouse rm -r");
	} else if (status == STATUS_FILE_IS_A_DIRECTORY && a->is_shell) {
		fputs("; `recurse on` and a pattern take folders", stderr);
	} else if (status == STATUS_OBJECT_NAME_INVALID && a->makes_names) {
		fputs("; choose another name", stderr);
	} else if (status == STATUS_OBJECT_NAME_INVALID && strpbrk(path, "*?") != NULL) {
		fputs("; `longhouse find --name PATTERN URL` looks for names, the commands of `longhouse shell` take patterns", stderr);
	} else if (c->session->broken && a->goes_on) {
		fputs("; the same command, repeated, goes on where this one ended", stderr);
	}
}

void remote_complain_of(const struct remote_args *a, struct cli *c, const struct url *u, const char *path, nt_status status)
{
	fprintf(stderr, "%s: //%s%s%s%s%s: %s", a->command, u->host, u->share[0] != '\0' ? "/" : "", u->share,
		path[0] != '\0' ? "/" : "", path, cli_why(c, status));
	say_cure(a, c, u, path, status);
	fputc('\n', stderr);
}

char *remote_join(const char *folder, const char *name)
{
	char *path = path_join(folder, name);

	CHECK(path != NULL);
	return path;
}

const char *remote_base(const char *path)
{
	size_t at = strlen(path);
	while (at > 0 && path[at - 1] != '/' && path[at - 1] != '\\')
		at--;
	return path + at;
}

/* For this user at this server; guests need none. NULL: said. */
static const char *password_for(struct remote_args *a, const struct cli_options *o)
{
	const char *environment = getenv("LONGHOUSE_PASSWORD");
	bool is_in_environment = a->password_file == NULL && environment != NULL && strlen(environment) < sizeof(a->password);
	bool is_given = a->password_file != NULL || is_in_environment;
	char remembered[sizeof(a->password)];

	a->is_remembered = false;
	if (o->kerberos || (o->user[0] == '\0' && !is_given))
		return "";
	a->is_remembered = !is_given && !a->remember && keyring_get(o->domain, o->user, o->host, remembered, sizeof(remembered));
	if (a->is_remembered) {
		memcpy(a->password, remembered, sizeof(remembered));
		a->has_password = false;
	}
	crypto_wipe(remembered, sizeof(remembered));
	if (a->is_remembered || a->has_password)
		return a->password;
	if (is_in_environment)
		memcpy(a->password, environment, strlen(environment) + 1);
	else if (!cmd_ask_password(a->command, a->password_file, o->user, o->host, a->password, sizeof(a->password)))
		return NULL;
	a->has_password = true;
	return a->password;
}

/* What the server has taken. */
static void remember(const struct remote_args *a)
{
	const struct cli_options *o = &a->remote.options.cli;
	int err = keyring_put(o->domain, o->user, o->host, o->password);

	if (err != 0)
		fprintf(stderr, "%s: --remember: the kernel's keyring does not take the password: %s\n", a->command, strerror(err));
}

static bool is_guest(const struct cli_options *o) { return strcmp(o->user, "guest") == 0; }

static void say_refused(struct remote_args *a, const struct url *u, nt_status status)
{
	const struct cli_options *o = &a->remote.options.cli;
	bool lets_no_guests_in = status == STATUS_LOGON_FAILURE && !o->kerberos && is_guest(o);

	if (!lets_no_guests_in && (status != STATUS_LOGON_FAILURE || !a->is_remembered)) {
		remote_complain(a, u, "", status);
		return;
	}
	fprintf(stderr, "%s: ", a->command);
	say_server(u);
	fputs(lets_no_guests_in ? ": the server lets no guests in; name a user: smb://USER@SERVER/...\n" :
				  ": the server does not take the password that was remembered; type the command once more with --remember\n",
	      stderr);
}

/* Each place has its own port and user, or what the options say. */
static bool log_on(struct remote_args *a, const struct url *u)
{
	struct remote_options r = a->options;
	struct cli_options *o = &r.cli;

	remote_done(a);
	o->host = u->host;
	o->user = u->user[0] != '\0' ? u->user : a->user != NULL ? a->user : "";
	o->domain = u->domain[0] != '\0' ? u->domain : a->domain != NULL ? a->domain : "";
	if (u->port != 0)
		r.port = u->port;
	o->password = password_for(a, o);
	if (o->password == NULL)
		return false;
	if (o->user[0] == '\0')
		o->user = "guest";
	a->is_open = true;
	nt_status status = remote_open(&a->remote, &r);
	if (status == STATUS_SUCCESS) {
		if (a->remember && !o->kerberos && !is_guest(o))
			remember(a);
		return true;
	}
	say_refused(a, u, status);
	remote_close(&a->remote, false);
	a->is_open = false;
	return false;
}

static bool same_server(const struct url *a, const struct url *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->user, b->user) == 0 && strcmp(a->domain, b->domain) == 0 && a->port == b->port;
}

/* To where a DFS has the path. False: said. */
static bool settle(struct remote_args *a, struct url *u)
{
	bool moved;
	nt_status status = remote_settle(&a->remote, u->path, &a->place, &moved);

	if (status != STATUS_SUCCESS) {
		remote_complain(a, u, u->path, status);
		remote_done(a);
		return false;
	}
	if (!moved)
		return true;
	u->host = a->place.host;
	u->share = a->place.share;
	u->path = a->place.path;
	return true;
}

void remote_check(struct remote_args *a, const char *text, bool no_share, struct url *out)
{
	const char *why;

	if (a->arena.cap == 0)
		arena_init(&a->arena, ARENA_MAX);
	if (!url_parse(&a->arena, text, out, &why)) {
		fprintf(stderr, "%s: %s: %s\n", a->command, text, why);
	} else if (out->share[0] == '\0' && !no_share) {
		fprintf(stderr, "%s: %s: it names no share; `longhouse shares ", a->command, text);
		say_server(out);
		fputs("` lists what there is\n", stderr);
	} else {
		return;
	}
	exit(REMOTE_WRONG_USE);
}

void remote_check_device(struct remote_args *a, const char *text, const char *device)
{
	struct url u;

	remote_check(a, text, false, &u);
	if (u.path[0] == '\0')
		return;
	fprintf(stderr, "%s: %s: it names more than a %s\n", a->command, text, device);
	exit(REMOTE_WRONG_USE);
}

bool remote_go(struct remote_args *a, const char *text, bool no_share, struct url *out)
{
	remote_check(a, text, no_share, out);
	remote_branches_fini(&a->branches);
	bool same = a->is_open && same_server(&a->at, out) && !remote_cli(a)->session->broken;
	if (!same && !log_on(a, out))
		return false;
	if (out->share[0] != '\0' && (!same || strcmp(a->at.share, out->share) != 0)) {
		cli_tree_disconnect(remote_cli(a));
		nt_status status = cli_tree_connect(remote_cli(a), out->share, a->service);
		if (status != STATUS_SUCCESS) {
			remote_complain(a, out, "", status);
			remote_done(a);
			return false;
		}
	}
	if (out->share[0] != '\0' && !settle(a, out))
		return false;
	a->at = *out;
	a->branches = (struct remote_branches){ .home = &a->remote, .is_walk = true };
	return true;
}

void remote_done(struct remote_args *a)
{
	remote_branches_fini(&a->branches);
	if (a->is_open)
		remote_close(&a->remote, true);
	a->is_open = false;
}
