/*
 * `longhouse user`: the account database from the command line. Works on the file directly; a running server notices at
 * the next logon.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/accounts.h"
#include "auth/unixid.h"
#include "base/bytes.h"
#include "base/nearest.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/password.h"
#include "crypto/crypto.h"
#include "server/paths.h"

enum {
	KEY_STATE = 0x100,
	KEY_DB,
	KEY_PASSWORD_FILE,
	KEY_NO_PASSWORD,
	KEY_LM,
	KEY_UNIX,
	KEY_FULL_NAME,
	KEY_ADMIN,
	NAMES_MAX = 64,
	PASSWORD_CAP = 1024,
	LINE_CAP = 2048,
};

struct arguments {
	const char *state, *db, *password_file, *unix_user, *full_name;
	bool no_password, lm, admin;
	const char *command;
	const char *names[NAMES_MAX];
	size_t n_names;
};

static const struct argp_option options[] = {
	{ "state", KEY_STATE, "DIR", 0, "the state folder (default: where `longhouse serve` keeps it)", 0 },
	{ "db", KEY_DB, "FILE", 0, "the database itself instead of accounts.db in the state folder", 0 },
	{ "password-file", KEY_PASSWORD_FILE, "FILE", 0, "read the password from FILE's first line; - is standard input", 1 },
	{ "no-password", KEY_NO_PASSWORD, NULL, 0, "the empty password: anybody may log on as this user", 1 },
	{ "lm", KEY_LM, NULL, 0,
	  "also keep the weak LM hash, for DOS and Windows 3.11 clients (14 characters, case ignored)", 1 },
	{ "unix", KEY_UNIX, "USER", 0, "the Unix user whose rights the account has (default: of the same name)", 2 },
	{ "full-name", KEY_FULL_NAME, "TEXT", 0, "the user's full name", 2 },
	{ "admin", KEY_ADMIN, NULL, 0, "the user may see shares and sessions, and change accounts, remotely", 2 },
	{ 0 },
};

static const char doc[] =
	"Keeps the accounts that may log on.\v"
	"  add NAME           a new account\n"
	"  passwd NAME        a new password\n"
	"  enable NAME...     let them log on (again)\n"
	"  disable NAME...    keep them, but let them not log on\n"
	"  remove NAME...     forget them\n"
	"  list               show all accounts\n"
	"  import FILE        take over accounts from an smbpasswd file\n"
	"                     (Samba's pdbedit -e smbpasswd:FILE writes one)\n"
	"\n"
	"The password is asked for on the terminal; without one, the first line of standard input is the password. "
	"It is never taken from the command line, where every user of this machine could read it.";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_STATE: a->state = arg; break;
	case KEY_DB: a->db = arg; break;
	case KEY_PASSWORD_FILE: a->password_file = arg; break;
	case KEY_NO_PASSWORD: a->no_password = true; break;
	case KEY_LM: a->lm = true; break;
	case KEY_UNIX: a->unix_user = arg; break;
	case KEY_FULL_NAME: a->full_name = arg; break;
	case KEY_ADMIN: a->admin = true; break;
	case ARGP_KEY_ARG:
		if (a->command == NULL)
			a->command = arg;
		else if (a->n_names == NAMES_MAX)
			args_error(state, "more than %d names", NAMES_MAX);
		else
			a->names[a->n_names++] = arg;
		break;
	case ARGP_KEY_NO_ARGS: args_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool fail(const char *name, const char *reason)
{
	fprintf(stderr, "longhouse user: %s: %s\n", name, reason);
	return false;
}

static bool copy_text(char *out, size_t cap, const char *text, const char *what)
{
	size_t len = strlen(text);
	if (len >= cap)
		return fail(text, what);
	memcpy(out, text, len + 1);
	return true;
}

static bool set_password(const struct arguments *a, struct account *account)
{
	char password[PASSWORD_CAP] = "";
	if (!a->no_password && !cmd_read_password("longhouse user", a->password_file, account->name, password, sizeof(password)))
		return false;
	bool good = true;
	if (!a->no_password && password[0] == '\0')
		good = fail(account->name, "the password is empty; if that is meant, say --no-password");
	else if (!account_set_password(account, password, a->lm))
		good = fail(account->name, a->lm && account->has_nt ?
				   "this password has no LM hash: no code page of DOS can write it in 14 bytes" :
				   "this password cannot be used: is it UTF-8, and not longer than 256 characters?");
	crypto_wipe(password, sizeof(password));
	return good;
}

/* Tells, but does not forbid: the Unix user may come later, and a server for one user needs none. */
static void check_unix_user(const struct account *account)
{
	struct auth_unixid id;
	const char *unix_user = account->unix_user[0] != '\0' ? account->unix_user : account->name;
	if (auth_unixid_find(unix_user, 0, &id) && !id.known)
		fprintf(stderr,
			"note: there is no Unix user '%s'; a server that root started refuses '%s' the shares of its "
			"configuration file: create that user, or name another with --unix USER\n",
			unix_user, account->name);
	auth_unixid_fini(&id);
}

static bool add(struct accounts *db, const struct arguments *a)
{
	const char *name = a->names[0];
	struct account account = { .admin = a->admin }, existing;
	if (!account_name_is_valid(name))
		return fail(name, "cannot be a user's name: it is empty, too long or has one of \" / \\ [ ] : ; | = , + * ? < >");
	if (accounts_find(db, name, &existing))
		return fail(name, "exists already; for a new password: longhouse user passwd NAME");
	snprintf(account.name, sizeof(account.name), "%s", name);
	bool good = copy_text(account.unix_user, sizeof(account.unix_user), a->unix_user != NULL ? a->unix_user : "",
			      "is too long for a Unix user") &&
		    copy_text(account.full_name, sizeof(account.full_name), a->full_name != NULL ? a->full_name : "",
			      "is too long for a name") &&
		    set_password(a, &account) && accounts_put(db, &account);
	if (good)
		check_unix_user(&account);
	crypto_wipe(&account, sizeof(account));
	return good;
}

static bool find(struct accounts *db, const char *name, struct account *out)
{
	return accounts_find(db, name, out) || fail(name, "no such account; `longhouse user list` shows all");
}

static bool passwd(struct accounts *db, const struct arguments *a)
{
	struct account account;
	bool good = find(db, a->names[0], &account) && set_password(a, &account) && accounts_put(db, &account);
	crypto_wipe(&account, sizeof(account));
	return good;
}

static bool set_disabled(struct accounts *db, const char *name, bool disabled)
{
	struct account account;
	if (!find(db, name, &account))
		return false;
	account.disabled = disabled;
	bool good = accounts_put(db, &account);
	crypto_wipe(&account, sizeof(account));
	return good;
}

static bool enable(struct accounts *db, const struct arguments *a)
{
	bool good = true;
	for (size_t i = 0; i < a->n_names; i++)
		good &= set_disabled(db, a->names[i], false);
	return good;
}

static bool disable(struct accounts *db, const struct arguments *a)
{
	bool good = true;
	for (size_t i = 0; i < a->n_names; i++)
		good &= set_disabled(db, a->names[i], true);
	return good;
}

static bool remove_all(struct accounts *db, const struct arguments *a)
{
	bool good = true;
	for (size_t i = 0; i < a->n_names; i++)
		good &= accounts_remove(db, a->names[i]) || fail(a->names[i], "no such account");
	return good;
}

static bool print_account(void *user, const struct account *account)
{
	printf("%-20s %-16s %-24s%s%s%s%s\n", account->name,
	       account->unix_user[0] != '\0' ? account->unix_user : account->name,
	       account->full_name[0] != '\0' ? account->full_name : "-", account->disabled ? " disabled" : "",
	       account->admin ? " admin" : "", auth_lm_hashes_any(&account->lm) ? " lm" : "",
	       account_has_empty_password(account) ? " no-password" : "");
	return true;
}

static bool list(struct accounts *db, const struct arguments *a)
{
	printf("%-20s %-16s %-24s%s\n", "NAME", "UNIX USER", "FULL NAME", " FLAGS");
	return accounts_each(db, print_account, NULL);
}

/* What smbpasswd does not know (Unix user, full name, admin) stays as it is in an existing account. */
static bool import_account(struct accounts *db, struct account *account)
{
	struct account existing;
	if (accounts_find(db, account->name, &existing)) {
		memcpy(account->unix_user, existing.unix_user, sizeof(account->unix_user));
		memcpy(account->full_name, existing.full_name, sizeof(account->full_name));
		account->admin = existing.admin;
	}
	crypto_wipe(&existing, sizeof(existing));
	return accounts_put(db, account);
}

static bool import_lines(struct accounts *db, FILE *f, const char *file)
{
	char line[LINE_CAP];
	unsigned number = 0, imported = 0, skipped = 0;
	bool good = true;
	while (good && fgets(line, sizeof(line), f) != NULL) {
		struct account account;
		const char *error;
		number++;
		if (line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0')
			continue;
		if (account_from_smbpasswd(line, &account, &error)) {
			good = import_account(db, &account);
			imported++;
		} else {
			fprintf(stderr, "%s:%u: skipped: %s\n", file, number, error);
			skipped++;
		}
		crypto_wipe(&account, sizeof(account));
	}
	crypto_wipe(line, sizeof(line));
	printf("%u accounts imported, %u lines skipped\n", good ? imported : imported - 1, skipped);
	return good && (imported > 0 || skipped == 0);
}

static bool import(struct accounts *db, const struct arguments *a)
{
	FILE *f = fopen(a->names[0], "re");
	if (f == NULL)
		return fail(a->names[0], strerror(errno));
	bool good = import_lines(db, f, a->names[0]);
	fclose(f);
	return good;
}

static const struct command {
	const char *name;
	bool (*run)(struct accounts *db, const struct arguments *a);
	size_t names_min, names_max;
} commands[] = {
	{ "add", add, 1, 1 },
	{ "passwd", passwd, 1, 1 },
	{ "enable", enable, 1, NAMES_MAX },
	{ "disable", disable, 1, NAMES_MAX },
	{ "remove", remove_all, 1, NAMES_MAX },
	{ "list", list, 0, 0 },
	{ "import", import, 1, 1 },
};

static void no_such_command(const char *word)
{
	const char *names[ARRAY_LEN(commands)];

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		names[i] = commands[i].name;
	const char *near = nearest_word(word, names, ARRAY_LEN(names));
	for (size_t i = 0; near == NULL && word[0] != '\0' && i < ARRAY_LEN(names); i++)
		near = strncmp(names[i], word, strlen(word)) == 0 ? names[i] : NULL; /* too short to be near anything */
	if (near != NULL)
		fprintf(stderr, "longhouse user: %s: there is no such command; did you mean \"%s\"?\n", word, near);
	else
		fail(word, "there is no such command; see longhouse user --help");
}

static const struct command *command_of(const struct arguments *a)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *c = &commands[i];
		if (strcmp(a->command, c->name) != 0)
			continue;
		if (a->n_names >= c->names_min && a->n_names <= c->names_max)
			return c;
		bool takes_password = strcmp(c->name, "add") == 0 || strcmp(c->name, "passwd") == 0;
		fail(c->name, c->names_max == 0 ? "takes no name" :
		              takes_password && a->n_names == 2 ?
		              "takes one name; the password is asked for, or comes in the first line of standard input: on the command "
		              "line every user of this machine could read it" :
		              c->names_max == 1 ? "takes one name; see longhouse user --help" :
						  "which accounts? Name one or more; `longhouse user list` shows them");
		return NULL;
	}
	no_such_command(a->command);
	return NULL;
}

static struct accounts *open_database(const struct arguments *a)
{
	char dir[SERVER_PATH_CAP], path[SERVER_PATH_CAP];
	if (a->db != NULL)
		return accounts_open(a->db);
	if (a->state != NULL ? !copy_text(dir, sizeof(dir), a->state, "is too long for a folder") :
			       !server_default_state_dir(dir, sizeof(dir)))
		return NULL;
	if (!server_make_state_dir(dir) || !server_accounts_path(dir, path, sizeof(path)))
		return NULL;
	return accounts_open(path);
}

int cmd_user(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "COMMAND [NAME...]", doc, NULL, NULL, NULL };
	struct arguments a = { .state = NULL };
	if (args_parse(&argp, argc, argv, &a) != 0)
		return ARGS_WRONG_USE;
	const struct command *command = command_of(&a);
	if (command == NULL)
		return ARGS_WRONG_USE;
	struct accounts *db = open_database(&a);
	if (db == NULL)
		return EXIT_FAILURE;
	bool good = command->run(db, &a);
	accounts_close(db);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
