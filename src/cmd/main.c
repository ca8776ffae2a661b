/* The program: finds the subcommand and hands over. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/kerberos.h"
#include "base/bytes.h"
#include "base/nearest.h"
#include "cmd/args.h"
#include "cmd/cmd.h"

static int cmd_version(int argc, char **argv);
static int cmd_help(int argc, char **argv);

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} subcommands[] = {
	{ "serve", cmd_serve, "share folders" },
	{ "user", cmd_user, "add, change, list and remove the accounts that may log on" },
	{ "lookup", cmd_lookup, "find the addresses of NetBIOS names" },
	{ "nbstat", cmd_nbstat, "ask a machine for its NetBIOS names" },
	{ "browse", cmd_browse, "list workgroups, or the servers of one" },
	{ "names", cmd_names, "list and edit the name server's database" },
	{ "send", cmd_send, "send a message to a NetBIOS name" },
	{ "dump", cmd_dump, "show the messages of a captured network traffic" },
	{ "shares", cmd_shares, "list what a server shares" },
	{ "ls", cmd_ls, "list files on a server" },
	{ "tree", cmd_tree, "show a folder on a server with all that is in it" },
	{ "stat", cmd_stat, "show what a server says about a file" },
	{ "cat", cmd_cat, "print files of a server" },
	{ "get", cmd_get, "fetch files from a server" },
	{ "put", cmd_put, "send files to a server" },
	{ "rm", cmd_rm, "remove files on a server" },
	{ "mkdir", cmd_mkdir, "make folders on a server" },
	{ "rmdir", cmd_rmdir, "remove empty folders on a server" },
	{ "mv", cmd_mv, "rename or move files on a server" },
	{ "find", cmd_find, "find files on a server by name and size" },
	{ "du", cmd_du, "add up the sizes of a server's files" },
	{ "touch", cmd_touch, "set the time of files on a server" },
	{ "chmod", cmd_chmod, "change the attributes of files on a server" },
	{ "watch", cmd_watch, "tell what changes in a folder of a server" },
	{ "acl", cmd_acl, "show and change who may do what with a file" },
	{ "sessions", cmd_sessions, "list who uses a server, and what is open there" },
	{ "bench", cmd_bench, "measure a server" },
	{ "shell", cmd_shell, "work on a share in a shell like smbclient's" },
	{ "print", cmd_print, "print a file on a server's printer" },
	{ "queue", cmd_queue, "list the jobs of a server's printer" },
	{ "cancel", cmd_cancel, "delete a job of a server's printer" },
	{ "serial", cmd_serial, "a terminal on a server's serial port" },
	{ "mount", cmd_mount, "show a share as a folder of this machine" },
	{ "unmount", cmd_unmount, "end that" },
	{ "version", cmd_version, "print the version" },
	{ "help", cmd_help, "print this text, or what `longhouse SUBCOMMAND --help` says" },
};

static void usage(FILE *out)
{
	fprintf(out, "usage: longhouse SUBCOMMAND [ARGUMENTS]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
		fprintf(out, "  %-10s %s\n", subcommands[i].name, subcommands[i].what);
	fprintf(out, "\n`longhouse SUBCOMMAND --help` says more. To begin: longhouse serve ~/Music --user me:secret\n");
}

static int too_many(const char *word)
{
	fprintf(stderr, "longhouse: there is one word too many: %s\n", word);
	return ARGS_WRONG_USE;
}

static int cmd_version(int argc, char **argv)
{
	if (argc > 1)
		return too_many(argv[1]);
	printf("longhouse " LONGHOUSE_VERSION "%s\n", auth_kerberos_is_built() ? "" : " (without Kerberos)");
	return 0;
}

static const struct subcommand *find(const char *name)
{
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		name = "version";
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "-?") == 0)
		name = "help";
	if (strcmp(name, "umount") == 0)
		name = "unmount";
	for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
		if (strcmp(name, subcommands[i].name) == 0)
			return &subcommands[i];
	return NULL;
}

static int no_such(const char *name)
{
	const char *names[ARRAY_LEN(subcommands)];

	for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
		names[i] = subcommands[i].name;
	const char *near = nearest_word(name, names, ARRAY_LEN(names));
	fprintf(stderr, "longhouse: there is no subcommand \"%s\"; %s%s%s\n", name, near != NULL ? "did you mean \"" : "`longhouse help` lists them",
		near != NULL ? near : "", near != NULL ? "\"?" : "");
	return ARGS_WRONG_USE;
}

static int run(const struct subcommand *command, int argc, char **argv)
{
	static char full_name[64];

	/* argp takes argv[0] for the program's name in its messages. */
	snprintf(full_name, sizeof(full_name), "longhouse %s", command->name);
	argv[0] = full_name;
	return command->run(argc, argv);
}

/* `longhouse help ls` is `longhouse ls --help`. */
static int cmd_help(int argc, char **argv)
{
	char option[] = "--help", *words[] = { NULL, option, NULL };

	if (argc < 2) {
		usage(stdout);
		return 0;
	}
	if (argc > 2)
		return too_many(argv[2]);
	const struct subcommand *command = find(argv[1]);
	if (command == NULL)
		return no_such(argv[1]);
	return command->run == cmd_help || command->run == cmd_version ? cmd_help(1, argv) : run(command, 2, words);
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc < 2) {
		usage(stderr);
		return ARGS_WRONG_USE;
	}
	const struct subcommand *command = find(argv[1]);
	if (command == NULL)
		return no_such(argv[1]);
	return run(command, argc - 1, argv + 1);
}
