#include "server/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { CREDENTIALS_MAX = 1 << 16 /* bytes */, ACCOUNTS_MAX = 1024 };

/* What stands before the first section belongs to one that no user has the name of. */
static const char everybody[] = "[*]\n";

/* -errno, or the descriptor of a file that is nobody else's to read. */
static int open_private(const char *share, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) != 0) {
		log_error("share %s: credentials file %s: %s; create it, readable by the user alone that starts this server (chmod 600)", share, path,
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0 && (st.st_uid == 0 || st.st_uid == geteuid()))
		return fd;
	log_error("share %s: credentials file %s: others than root could read the passwords in it or change it; chmod 600 %s, and chown it to the "
		  "user that starts this server", share, path, path);
	close(fd);
	return -1;
}

/* Its bytes; NULL: logged. */
static char *read_file(struct arena *arena, const char *share, const char *path, size_t *len)
{
	int fd = open_private(share, path);
	char *text = fd >= 0 ? arena_alloc(arena, CREDENTIALS_MAX) : NULL;

	*len = 0;
	for (ssize_t n = 1; text != NULL && n > 0 && *len < CREDENTIALS_MAX; *len += n > 0 ? (size_t)n : 0)
		n = read(fd, text + *len, CREDENTIALS_MAX - *len);
	if (fd >= 0)
		close(fd);
	return text;
}

static struct gateway_account *account_for(struct credentials *c, const char *section)
{
	const char *client = strcmp(section, "*") == 0 ? NULL : section;

	for (size_t i = 0; i < c->n_accounts; i++) {
		const char *have = c->accounts[i].client;
		if (have == client || (have != NULL && client != NULL && strcasecmp(have, client) == 0))
			return &c->accounts[i];
	}
	if (c->n_accounts == ACCOUNTS_MAX)
		return NULL;
	c->accounts[c->n_accounts] = (struct gateway_account){ .client = client, .user = "", .domain = "", .password = "" };
	return &c->accounts[c->n_accounts++];
}

static bool set_auth(struct credentials *c, const char *value)
{
	static const char *const words[] = { "ntlmv2", "ntlm", "lm", "plaintext" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(value, words[i]) == 0) {
			c->auth = (enum cli_auth)i;
			return true;
		}
	return false;
}

static bool set_dialect(enum smb1_dialect *d, const char *value)
{
	*d = smb1_dialect_from_word(value);
	return *d != SMB1_DIALECT_NONE;
}

static bool take(struct credentials *c, const struct smbconf_entry *e)
{
	if (strcmp(e->name, "auth") == 0)
		return set_auth(c, e->value);
	if (strcmp(e->name, "maxprotocol") == 0)
		return set_dialect(&c->max_dialect, e->value);
	if (strcmp(e->name, "minprotocol") == 0)
		return set_dialect(&c->min_dialect, e->value);
	if (strcmp(e->name, "charset") == 0) {
		c->charset = e->value;
		return oem_page_get(e->value) != NULL;
	}
	struct gateway_account *a = account_for(c, e->section);
	const char **target = a == NULL ? NULL : strcmp(e->name, "username") == 0 || strcmp(e->name, "user") == 0 ? &a->user :
			      strcmp(e->name, "password") == 0 ? &a->password : strcmp(e->name, "domain") == 0 ? &a->domain : NULL;
	if (target != NULL)
		*target = e->value;
	return target != NULL;
}

/* That for everybody last. */
static int by_client(const void *a, const void *b)
{
	const struct gateway_account *x = a, *y = b;
	return (x->client == NULL) - (y->client == NULL);
}

/* The file with everybody's section before it. */
static bool parse_sections(struct arena *arena, const char *text, size_t len, struct smbconf *out, struct smbconf_error *error)
{
	size_t before = sizeof(everybody) - 1;
	char *whole = len <= CREDENTIALS_MAX ? arena_alloc(arena, before + len) : NULL;

	if (whole == NULL) {
		*error = (struct smbconf_error){ .text = "it is too large" };
		return false;
	}
	memcpy(whole, everybody, before);
	if (len > 0)
		memcpy(whole + before, text, len);
	return smbconf_parse(arena, whole, before + len, out, error);
}

static void fill_names(struct credentials *c)
{
	qsort(c->accounts, c->n_accounts, sizeof(*c->accounts), by_client);
	for (size_t i = 0; i < c->n_accounts; i++)
		if (c->accounts[i].user[0] == '\0')
			c->accounts[i].user = c->accounts[i].client != NULL ? c->accounts[i].client : "guest";
}

bool credentials_parse(struct arena *arena, const char *text, size_t len, struct credentials *out, struct smbconf_error *error)
{
	struct smbconf conf;

	*error = (struct smbconf_error){ .text = "there is not enough memory" };
	*out = (struct credentials){ .accounts = arena_array(arena, ACCOUNTS_MAX, sizeof(*out->accounts)) };
	if (out->accounts == NULL)
		return false;
	bool is_good = parse_sections(arena, text, len, &conf, error);
	for (size_t i = 0; is_good && i < conf.n_entries; i++) {
		const struct smbconf_entry *e = &conf.entries[i];
		if (e->name == NULL || take(out, e))
			continue;
		is_good = false;
		error->line = e->line;
		/* The value may be a password: it is not told. */
		snprintf(error->text, sizeof(error->text), "%.40s: write username, password, domain (in [alice] for our user alice alone), auth "
			 "(ntlmv2, ntlm, lm or plaintext), charset, min protocol or max protocol, each with a value that there is", e->written);
	}
	error->line -= error->line > 0; /* that of everybody's section */
	fill_names(out);
	return is_good;
}

bool credentials_read(struct arena *arena, const char *share, const char *path, struct credentials *out)
{
	struct smbconf_error error;
	size_t len;

	*out = (struct credentials){ .accounts = NULL };
	if (path == NULL)
		return true;
	const char *text = read_file(arena, share, path, &len);
	if (text == NULL)
		return false;
	bool is_good = credentials_parse(arena, text, len, out, &error);
	if (!is_good)
		log_error("share %s: %s:%u: %s", share, path, error.line, error.text);
	return is_good;
}
