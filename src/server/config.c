/* Reading smb.conf(5): its sections, and each line given to the parameter that it names. Pure but for reading the file. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/charset.h"
#include "server/config_internal.h"

/* Strings of a configuration of a thousand shares, several times over. */
#define CONFIG_ARENA_MAX ((size_t)64 << 20)

bool config_say(const struct config_reading *r, enum log_level level, unsigned line, const char *fmt, ...)
{
	char text[512];
	size_t n = 0;
	va_list args;

	if (line != 0)
		n = (size_t)snprintf(text, sizeof(text), "%s:%u: ", r->file, line);
	else
		n = (size_t)snprintf(text, sizeof(text), "%s: ", r->file);
	va_start(args, fmt);
	if (n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - n, fmt, args);
	va_end(args);
	r->say(r->user, level, text);
	return false;
}

bool config_no_memory(const struct config_reading *r)
{
	return config_say(r, LOG_LEVEL_ERROR, 0, "not enough memory");
}

/* "%%" is "%". What stands for something else in smb.conf is named and left as it is. NULL: no memory. */
static const char *expand(const struct config_reading *r, const char *value)
{
	char *out = arena_strdup(&r->config->arena, value), *to = out;
	bool told = false;

	for (const char *p = value; out != NULL && *p != '\0'; p++) {
		*to++ = *p;
		if (*p != '%')
			continue;
		if (p[1] == '%') {
			p++;
		} else if (!told) {
			told = true;
			say_warning(r, "%s = %s: %%%.1s is not replaced by anything; write what it stands for",
			            r->entry->written, value, p + 1);
		}
	}
	if (out != NULL)
		*to = '\0';
	return out;
}

static bool apply(struct config_reading *r, const struct config_parameter *parameter, void *object)
{
	const char *value = parameter->literal ? r->entry->value : expand(r, r->entry->value);

	if (value == NULL)
		return config_no_memory(r);
	return parameter->set(r, (char *)object + parameter->offset, value);
}

static bool is_global(const char *section)
{
	return strcasecmp(section, "global") == 0 || strcasecmp(section, "globals") == 0;
}

/* Sections with a meaning of their own in Samba that is not built here. */
static bool is_special(const char *section)
{
	return strcasecmp(section, "homes") == 0 || strcasecmp(section, "print$") == 0;
}

/* [global], wherever it stands in the file; its share parameters are defaults of all shares. */
static bool apply_globals(struct config_reading *r, const struct smbconf *conf, struct config_share *defaults)
{
	for (size_t i = 0; i < conf->n_entries; i++) {
		const struct smbconf_entry *e = r->entry = &conf->entries[i];
		if (e->name == NULL || !is_global(e->section))
			continue;
		const struct config_parameter *p = config_find_global(e->name);
		if (p != NULL) {
			if (!apply(r, p, r->config))
				return false;
			continue;
		}
		p = config_find_of_share(e->name);
		if (p == NULL)
			(void)config_say_unknown(r);
		else if (!apply(r, p, defaults))
			return false;
	}
	return true;
}

/* A section that comes twice goes on with the same share, as in smb.conf. */
static struct config_share *open_section(struct config_reading *r, const struct config_share *defaults)
{
	const char *why, *name = r->entry->section;
	struct config_share *share = config_find_share(r->config, name);

	if (strcasecmp(name, "printers") == 0) {
		r->config->has_printers = true;
		return &r->config->printers;
	}
	if (share != NULL && share->line != 0)
		say_warning(r, "[%s] stands in line %u already; the two are taken for one share", name, share->line);
	if (share != NULL)
		return share;
	share = config_add_share(r->config, name, &why);
	if (share == NULL) {
		say_error(r, "[%s] cannot be the name of a share: %s; choose another name", name, why);
		return NULL;
	}
	name = share->fs.name;
	*share = *defaults;
	share->fs.name = name;
	share->line = r->entry->line;
	return share;
}

static bool apply_share(struct config_reading *r, struct config_share *share)
{
	const struct smbconf_entry *e = r->entry;
	const struct config_parameter *p = config_find_of_share(e->name);

	if (p != NULL)
		return apply(r, p, share);
	if (config_find_global(e->name) != NULL)
		say_warning(r, "%s: belongs into [global], ignored in [%s]", e->written, e->section);
	else
		(void)config_say_unknown(r);
	return true;
}

static bool apply_shares(struct config_reading *r, const struct smbconf *conf, const struct config_share *defaults)
{
	struct config_share *share = NULL;

	r->config->printers = *defaults;
	for (size_t i = 0; i < conf->n_entries; i++) {
		const struct smbconf_entry *e = r->entry = &conf->entries[i];
		if (is_global(e->section))
			continue;
		if (is_special(e->section)) {
			if (e->name == NULL)
				say_warning(r, "[%s]: not supported, ignored", e->section);
			continue;
		}
		if (e->name == NULL)
			share = open_section(r, defaults);
		if (share == NULL || (e->name != NULL && !apply_share(r, share)))
			return false;
	}
	return true;
}

static bool interpret(struct config_reading *r, const struct smbconf *conf)
{
	struct config_share defaults = { .fs = config_share_defaults(), .available = true };

	if (!apply_globals(r, conf, &defaults) || !apply_shares(r, conf, &defaults) || !config_check_shares(r))
		return false;
	config_finish_shares(r->config);
	return true;
}

static bool finish(struct config *c, bool parsed, const struct smbconf *conf, const struct smbconf_error *error,
                   struct config_reading *r)
{
	c->file = arena_strdup(&c->arena, r->file);
	if (!parsed && error->line == 0)
		return config_say(r, LOG_LEVEL_ERROR, 0, "cannot be read: %s; correct the name or the rights of the file", error->text);
	if (!parsed)
		return config_say(r, LOG_LEVEL_ERROR, error->line, "%s", error->text);
	return c->file != NULL ? interpret(r, conf) : config_no_memory(r);
}

/* Passwords of shares stand in the file as they are: whoever can read it can use them. */
static void check_mode(struct config_reading *r)
{
	struct stat st;
	bool secret = false;

	for (size_t i = 0; i < r->config->n_shares; i++)
		secret = secret || r->config->shares[i].policy.read_password != NULL || r->config->shares[i].policy.write_password != NULL;
	if (secret && stat(r->file, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		config_say(r, LOG_LEVEL_WARNING, 0, "everybody on this machine can read it, and it has passwords of shares: chmod o-r %s", r->file);
}

bool config_read(struct config *c, const char *path, config_say_fn say_fn, void *user)
{
	struct config_reading r = { .config = c, .file = path, .say = say_fn, .user = user };
	struct smbconf_error error;
	struct smbconf conf;
	bool parsed = smbconf_read(&c->arena, path, &conf, &error);

	if (!finish(c, parsed, &conf, &error, &r))
		return false;
	check_mode(&r);
	return true;
}

bool config_parse(struct config *c, const char *name, const char *text, config_say_fn say_fn, void *user)
{
	struct config_reading r = { .config = c, .file = name, .say = say_fn, .user = user };
	struct smbconf_error error;
	struct smbconf conf;
	bool parsed = smbconf_parse(&c->arena, text, strlen(text), &conf, &error);

	return finish(c, parsed, &conf, &error, &r);
}

/* The first label of the host's name, cut to what NetBIOS allows. */
static const char *default_name(struct config *c, const char *host_name)
{
	size_t len = strcspn(host_name, ".");
	const char *why, *label = arena_strndup(&c->arena, host_name, MIN(len, (size_t)CONFIG_NETBIOS_NAME_MAX));
	const char *name = label != NULL ? config_netbios_name(c, label, &why) : NULL;

	return name != NULL ? name : "LONGHOUSE";
}

bool config_init(struct config *c, const char *host_name)
{
	*c = (struct config){ .workgroup = "WORKGROUP",
		              .server_string = "Longhouse",
		              .netbios_names = true,
		              .wsd = true,
		              .llmnr = true,
		              .mdns = true,
		              .os_level = 20,
		              .lmhosts_file = "/etc/longhouse/lmhosts",
		              .signing = SMB1_SIGNING_OFFERED,
		              .unix_extensions = true,
		              .host_msdfs = true,
		              .guest = AUTH_GUEST_NEVER,
		              .guest_account = "nobody",
		              .dos_charset = "CP850",
		              .log_level = LOG_LEVEL_NOTICE };
	arena_init(&c->arena, CONFIG_ARENA_MAX);
	c->netbios_name = default_name(c, host_name);
	c->dns_name = arena_strdup(&c->arena, host_name);
	return c->dns_name != NULL;
}

void config_fini(struct config *c)
{
	arena_fini(&c->arena);
}
