/* The command line over the configuration file. */
#include "server/options.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "server/gateways.h"
#include "server/listen.h"
#include "server/rules.h"

/* Cuts `word` and the comma before it off the end. */
static bool cut_flag(char *text, const char *word)
{
	size_t len = strlen(text), word_len = strlen(word);

	if (len <= word_len || text[len - word_len - 1] != ',' || strcmp(text + len - word_len, word) != 0)
		return false;
	text[len - word_len - 1] = '\0';
	return true;
}

bool options_split_share(char *text, struct server_share *out, const char **why)
{
	char *equals = strchr(text, '=');
	bool again = true;

	*out = (struct server_share){ 0 };
	if (equals == NULL || equals == text || equals[1] == '\0') {
		*why = "write NAME=PATH, perhaps with ,ro or ,guest behind it";
		return false;
	}
	*equals = '\0';
	out->name = text;
	out->path = equals + 1;
	/* From the end, so that a folder's name may have commas. */
	while (again) {
		again = false;
		if (cut_flag(equals + 1, "ro"))
			again = out->read_only = true;
		if (cut_flag(equals + 1, "rw"))
			again = true;
		if (cut_flag(equals + 1, "guest"))
			again = out->guest = true;
	}
	return true;
}

static void say(void *user, enum log_level level, const char *text)
{
	(void)user;
	log_message(level, "%s", text);
}

/* The last component; the root folder has none. */
static const char *own_name(const char *real_path)
{
	const char *slash = strrchr(real_path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : "root";
}

/* Who typed sudo, if the folder is his: what clients write there must be his too, not root's. NULL: nobody, or not his. */
static const char *sudo_owner(struct config *c, const char *path)
{
	const char *uid = getenv("SUDO_UID");
	struct stat st;

	if (uid == NULL || geteuid() != 0 || stat(path, &st) != 0 || st.st_uid == 0 || strtoul(uid, NULL, 10) != st.st_uid)
		return NULL;
	const struct passwd *owner = getpwuid(st.st_uid);
	return owner != NULL ? arena_strdup(&c->arena, owner->pw_name) : NULL;
}

static bool add_comm(const struct server_options *options, const struct server_share *from, struct config *c)
{
	const char *why;
	struct config_share *share = config_add_share(c, from->name, &why);

	if (share != NULL)
		why = config_set_comm(share, from->path);
	if (why != NULL) {
		log_error("--comm %s=%s: %s", from->name, from->path, why);
		return false;
	}
	share->fs.read_only = from->read_only;
	share->fs.guest_ok = from->guest || options->guest;
	if (share->fs.guest_ok)
		c->guest = AUTH_GUEST_BAD_USER;
	return true;
}

/* A share of the command line belongs to whoever types it: it acts as the process, behind sudo as the folder's owner. */
static bool add_gateway(const struct server_options *options, const struct server_share *from, struct config *c)
{
	const char *why, *path = arena_strdup(&c->arena, from->path);
	const char *name = from->name != NULL ? from->name : strrchr(from->path, '/') + 1;
	struct config_share *share = path != NULL ? config_add_share(c, name, &why) : NULL;

	if (share == NULL) {
		log_error("\"%s\" cannot be the name of a share: %s; choose one with --share NAME=%s", name, path != NULL ? why : "no memory", from->path);
		return false;
	}
	share->fs.path = path;
	share->fs.read_only = from->read_only;
	share->fs.guest_ok = from->guest || options->guest;
	share->fs.as_process = true;
	share->credentials_file = options->credentials_file;
	if (share->fs.guest_ok)
		c->guest = AUTH_GUEST_BAD_USER;
	return true;
}

static bool add_share(const struct server_options *options, const struct server_share *from, struct config *c)
{
	if (gateways_is_url(from->path))
		return add_gateway(options, from, c);
	char *real = realpath(from->path, NULL);
	const char *why;

	if (real == NULL) {
		log_error("%s: %s; create the folder or correct the path", from->path, strerror(errno));
		return false;
	}
	const char *path = arena_strdup(&c->arena, real), *name = from->name != NULL ? from->name : own_name(real);
	struct config_share *share = config_add_share(c, name, &why);
	if (share == NULL)
		log_error("\"%s\" cannot be the name of a share: %s; choose one with --share NAME=%s", name, why, from->path);
	free(real);
	if (share == NULL || path == NULL)
		return false;
	share->fs.path = path;
	share->fs.read_only = from->read_only;
	share->fs.guest_ok = from->guest || options->guest;
	share->fs.force_user = sudo_owner(c, path);
	share->fs.as_process = share->fs.force_user == NULL;
	if (share->fs.guest_ok)
		c->guest = AUTH_GUEST_BAD_USER;
	return true;
}

static bool set_name(struct config *c, const char *option, const char *value, const char **target)
{
	const char *why;

	if (value == NULL)
		return true;
	*target = config_netbios_name(c, value, &why);
	if (*target == NULL)
		log_error("%s %s: %s; choose another name", option, value, why);
	return *target != NULL;
}

static bool set_dos_charset(struct config *c, const char *value)
{
	const char *why;

	if (value == NULL || rules_parse_charset(&c->arena, value, &c->dos_charset, &c->legacy, &why))
		return true;
	log_error("--dos-charset %s: %s", value, why);
	return false;
}

static bool add_legacy(struct config *c, const char *const *nets)
{
	const char *why;

	for (; nets != NULL && *nets != NULL; nets++)
		if (!rules_add_everything(&c->arena, *nets, &c->legacy, &why)) {
			log_error("--legacy %s: %s", *nets, why);
			return false;
		}
	return true;
}

static bool take_words(const struct server_options *options, struct config *c)
{
	return set_name(c, "--workgroup", options->workgroup, &c->workgroup) && set_name(c, "--name", options->name, &c->netbios_name) &&
	       set_dos_charset(c, options->dos_charset) && add_legacy(c, options->legacy);
}

bool options_check(const struct server_options *options)
{
	struct config c;

	if (options->n_shares == 0 && options->config_file == NULL) {
		log_error("nothing to share; name a folder (longhouse serve DIR), or a configuration file with shares (--config FILE)");
		return false;
	}
	bool good = config_init(&c, "localhost") && take_words(options, &c) && listen_check("--listen", options->listen) &&
		    listen_check("--netbios-listen", options->netbios_listen);
	config_fini(&c);
	return good;
}

bool options_to_config(const struct server_options *options, struct config *c)
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || !config_init(c, host)) {
		log_error("cannot begin: %s", strerror(errno));
		return false;
	}
	if (options->config_file != NULL && !config_read(c, options->config_file, say, NULL))
		return false;
	if (options->guest)
		c->guest = AUTH_GUEST_BAD_USER;
	if (options->ntlmv1)
		c->ntlmv1 = true;
	if (options->keytab != NULL)
		c->keytab = options->keytab;
	if (options->has_signing)
		c->signing = options->signing;
	if (options->has_log_level) {
		c->log_level = options->log_level;
		c->has_log_level = true;
	}
	if (!take_words(options, c))
		return false;
	for (size_t i = 0; i < options->n_shares; i++)
		if (!(options->shares[i].is_comm ? add_comm : add_share)(options, &options->shares[i], c))
			return false;
	return true;
}
