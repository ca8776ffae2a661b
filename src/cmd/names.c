/* `longhouse names`: the name server's database, beside a running server or without one. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/nbt_client.h"
#include "nbt/nbns.h"
#include "server/netbios.h"
#include "server/paths.h"

enum { KEY_STATE = 0x300, KEY_JSON, KEY_ALL, WORDS_MAX = 4 + NBT_ADDRESSES_MAX };

struct arguments {
	const char *state_dir;
	bool json, all;
	const char *words[WORDS_MAX];
	unsigned n_words;
};

static const struct argp_option options[] = {
	{ "state", KEY_STATE, "DIR", 0, "the server's state folder (default: as for serve)", 0 },
	{ "all", KEY_ALL, NULL, 0, "list: released names and tombstones too", 0 },
	{ "json", KEY_JSON, NULL, 0, "JSON instead of columns", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_STATE: a->state_dir = text; break;
	case KEY_JSON: a->json = true; break;
	case KEY_ALL: a->all = true; break;
	case ARGP_KEY_ARG:
		if (a->n_words == WORDS_MAX)
			args_usage(state);
		a->words[a->n_words++] = text;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool parse_name(const char *text, struct nbt_name *out)
{
	const char *hash = strrchr(text, '#');
	size_t len = hash != NULL ? (size_t)(hash - text) : strlen(text);
	char plain[NBT_NAME_LEN], *end = NULL;
	unsigned long suffix = hash != NULL ? strtoul(hash + 1, &end, 16) : 0x20;

	if (len == 0 || len >= sizeof(plain) || suffix > 255 || (hash != NULL && (hash[1] == '\0' || *end != '\0')))
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	*out = nbt_name_make(plain, (uint8_t)suffix);
	return true;
}

/* ---- list ---- */

struct listing {
	const struct arguments *a;
	unsigned n;
};

static void print_columns(const struct nbns_row *row)
{
	char shown[NBT_NAME_LEN + 8], ip[NBT_IP_TEXT], until[32] = "for ever";
	time_t expires = (time_t)row->expires_s;
	struct tm tm;

	if (!row->is_static && gmtime_r(&expires, &tm) != NULL)
		strftime(until, sizeof(until), "%Y-%m-%d %H:%M", &tm);
	printf("%-20s  %-14s  %-9s  %-16s ", nbt_client_show(&row->name, shown), nbns_kind_name(row->kind), nbns_state_name(row->state), until);
	for (unsigned i = 0; i < row->n_members; i++)
		printf(" %s", nbt_ip_text(row->members[i].ip, ip));
	putchar('\n');
}

static void print_json(const struct nbns_row *row)
{
	char text[NBT_NAME_LEN], ip[NBT_IP_TEXT];

	nbt_name_text(&row->name, text);
	printf("{\"name\": ");
	json_string(stdout, text);
	printf(", \"suffix\": \"%02x\", \"scope\": ", row->name.bytes[15]);
	json_string(stdout, row->name.scope);
	printf(", \"kind\": \"%s\", \"state\": \"%s\", \"static\": %s, \"expires\": %llu, \"addresses\": [", nbns_kind_name(row->kind),
	       nbns_state_name(row->state), row->is_static ? "true" : "false", (unsigned long long)row->expires_s);
	for (unsigned i = 0; i < row->n_members; i++)
		printf("%s\"%s\"", i > 0 ? ", " : "", nbt_ip_text(row->members[i].ip, ip));
	printf("]}");
}

static bool list_one(void *user, const struct nbns_row *row)
{
	struct listing *l = user;

	if (row->state != NBNS_ACTIVE && !l->a->all)
		return true;
	if (l->a->json)
		printf("%s", l->n > 0 ? ",\n" : "");
	l->n++;
	if (l->a->json)
		print_json(row);
	else
		print_columns(row);
	return true;
}

static int list(struct nbns_db *db, const struct arguments *a)
{
	struct listing l = { .a = a };

	if (a->json)
		putchar('[');
	bool ok = nbns_db_each(db, list_one, &l);
	if (a->json)
		printf("]\n");
	return ok && l.n > 0 ? NBT_CLIENT_OK : NBT_CLIENT_NOTHING;
}

/* ---- change ---- */

static int add(struct nbns_db *db, const struct arguments *a)
{
	struct nbns_row row = { .is_static = true, .state = NBNS_ACTIVE, .nb_flags = NBT_NB_H_NODE };

	if (a->n_words < 3 || !parse_name(a->words[1], &row.name)) {
		fprintf(stderr, "longhouse names add: write NAME[#SUFFIX] and its addresses\n");
		return NBT_CLIENT_WRONG_USE;
	}
	for (unsigned i = 2; i < a->n_words; i++) {
		if (row.n_members == NBT_ADDRESSES_MAX || !nbt_ip_parse(a->words[i], &row.members[row.n_members].ip)) {
			fprintf(stderr, "longhouse names add: %s is no IPv4 address, or there are more than %d\n", a->words[i], NBT_ADDRESSES_MAX);
			return NBT_CLIENT_WRONG_USE;
		}
		row.n_members++;
	}
	row.kind = row.name.bytes[15] == 0x1C ? NBNS_INTERNET_GROUP : row.n_members > 1 ? NBNS_MULTIHOMED : NBNS_UNIQUE;
	if (row.kind == NBNS_INTERNET_GROUP)
		row.nb_flags |= NBT_NB_G;
	return nbns_db_put(db, &row) ? NBT_CLIENT_OK : NBT_CLIENT_NOTHING;
}

static int drop(struct nbns_db *db, const struct arguments *a)
{
	struct nbt_name name;
	bool found;

	if (a->n_words != 2 || !parse_name(a->words[1], &name)) {
		fprintf(stderr, "longhouse names remove: write NAME[#SUFFIX]\n");
		return NBT_CLIENT_WRONG_USE;
	}
	if (!nbns_db_drop(db, &name, &found))
		return NBT_CLIENT_NOTHING;
	if (!found)
		fprintf(stderr, "longhouse names remove: there is no such name\n");
	return found ? NBT_CLIENT_OK : NBT_CLIENT_NOTHING;
}

static int backup(struct nbns_db *db, const struct arguments *a)
{
	if (a->n_words != 2) {
		fprintf(stderr, "longhouse names backup: write the file to copy to\n");
		return NBT_CLIENT_WRONG_USE;
	}
	return nbns_db_backup(db, a->words[1]) ? NBT_CLIENT_OK : NBT_CLIENT_NOTHING;
}

static const struct verb {
	const char *name;
	int (*run)(struct nbns_db *db, const struct arguments *a);
} verbs[] = {
	{ "list", list }, { "add", add }, { "remove", drop }, { "backup", backup },
};

static int run(const struct arguments *a)
{
	const char *word = a->n_words > 0 ? a->words[0] : "list";
	char folder[SERVER_PATH_CAP], path[SERVER_PATH_CAP];

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, word) != 0)
			continue;
		bool known = a->state_dir != NULL || server_default_state_dir(folder, sizeof(folder));
		struct nbns_db *db = NULL;
		if (known && netbios_wins_path(a->state_dir != NULL ? a->state_dir : folder, path, sizeof(path)))
			db = nbns_db_open(path, false);
		if (db == NULL)
			return NBT_CLIENT_NOTHING;
		int status = verbs[i].run(db, a);
		nbns_db_close(db);
		return status;
	}
	fprintf(stderr, "longhouse names: %s is unknown; write list, add, remove or backup\n", word);
	return NBT_CLIENT_WRONG_USE;
}

int cmd_names(int argc, char **argv)
{
	const struct argp argp = { options, parse, "[list]\nadd NAME[#SUFFIX] ADDRESS...\nremove NAME[#SUFFIX]\nbackup FILE",
		                   "The NetBIOS name server's database: lists it, adds and removes static names, copies it. A running server "
		                   "knows of changes within two seconds. Exit status: 0 done, 1 nothing there, 2 wrong use.", NULL, NULL, NULL };
	struct arguments a = { 0 };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return NBT_CLIENT_WRONG_USE;
	return run(&a);
}
