/* The known parameters of smb.conf(5) and what their values mean. Pure but for reading the file. */
#include "server/gateways.h"
#include "server/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/charset.h"
#include "base/nearest.h"
#include "comm/line.h"
#include "fs/security.h"
#include "server/rules.h"
#include "server/timezone.h"

/* Strings of a configuration of a thousand shares, several times over. */
#define CONFIG_ARENA_MAX ((size_t)64 << 20)

/* Whom to tell, and about what. */
struct reading {
	struct config *config;
	const char *file;
	config_say_fn say;
	void *user;
	const struct smbconf_entry *entry;
};

/* Always false, so that an error can be said and returned in one. */
__attribute__((format(printf, 4, 5))) static bool say(const struct reading *r, enum log_level level, unsigned line,
                                                      const char *fmt, ...)
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

#define say_error(r, ...) say((r), LOG_LEVEL_ERROR, (r)->entry->line, __VA_ARGS__)
#define say_warning(r, ...) say((r), LOG_LEVEL_WARNING, (r)->entry->line, __VA_ARGS__)

static bool no_memory(const struct reading *r)
{
	return say(r, LOG_LEVEL_ERROR, 0, "not enough memory");
}

/* ---- values ---- */

static bool parse_bool(const char *word, bool *out)
{
	static const char *const yes[] = { "yes", "true", "on", "1" }, *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcasecmp(word, yes[i]) == 0 || strcasecmp(word, no[i]) == 0) {
			*out = strcasecmp(word, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

static bool parse_number(const char *word, int base, unsigned long max, uint32_t *out)
{
	char *end;

	if (word[0] < '0' || word[0] > '9')
		return false;
	unsigned long n = strtoul(word, &end, base);
	if (*end != '\0' || n > max)
		return false;
	*out = (uint32_t)n;
	return true;
}

/* Words between any of `separators`; "..." holds one together. NULL: no memory. */
static const char *const *parse_list(struct arena *a, const char *value, const char *separators, bool quotes)
{
	size_t n = 0, max = strlen(value) / 2 + 2;
	const char **list = arena_array(a, max, sizeof(*list));

	while (list != NULL) {
		value += strspn(value, separators);
		if (*value == '\0')
			break;
		bool quoted = quotes && *value == '"';
		value += quoted;
		size_t len = strcspn(value, quoted ? "\"" : separators);
		list[n] = arena_strndup(a, value, len);
		if (list[n++] == NULL)
			return NULL;
		value += len;
		value += quoted && *value == '"';
	}
	return list;
}

bool config_signing(const char *word, enum smb1_signing_policy *out)
{
	static const struct {
		const char *word;
		enum smb1_signing_policy policy;
	} words[] = {
		{ "off", SMB1_SIGNING_OFF }, { "disabled", SMB1_SIGNING_OFF }, { "no", SMB1_SIGNING_OFF },
		{ "false", SMB1_SIGNING_OFF }, { "0", SMB1_SIGNING_OFF },
		{ "offered", SMB1_SIGNING_OFFERED }, { "auto", SMB1_SIGNING_OFFERED }, { "default", SMB1_SIGNING_OFFERED },
		{ "enabled", SMB1_SIGNING_OFFERED }, { "yes", SMB1_SIGNING_OFFERED }, { "true", SMB1_SIGNING_OFFERED },
		{ "on", SMB1_SIGNING_OFFERED }, { "1", SMB1_SIGNING_OFFERED }, { "if_required", SMB1_SIGNING_OFFERED },
		{ "desired", SMB1_SIGNING_OFFERED },
		{ "required", SMB1_SIGNING_REQUIRED }, { "mandatory", SMB1_SIGNING_REQUIRED },
		{ "force", SMB1_SIGNING_REQUIRED }, { "forced", SMB1_SIGNING_REQUIRED }, { "enforced", SMB1_SIGNING_REQUIRED },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcasecmp(word, words[i].word) == 0) {
			*out = words[i].policy;
			return true;
		}
	}
	return false;
}

const char *config_netbios_name(struct config *c, const char *name, const char **why)
{
	/* [MS-NBTE] 2.2.1 and what net.exe refuses: these have a meaning in commands and paths. */
	static const char forbidden[] = "\\/:*?\"<>|";

	*why = NULL;
	if (*name == '\0')
		*why = "it is empty";
	else if (strlen(name) > CONFIG_NETBIOS_NAME_MAX)
		*why = "it has more than 15 characters";
	else if (strpbrk(name, forbidden) != NULL)
		*why = "it has one of the characters \\ / : * ? \" < > |";
	else if (name[0] == '.')
		*why = "it begins with a dot";
	if (*why != NULL)
		return NULL;
	const char *upper = utf8_upper(&c->arena, name, strlen(name));
	if (upper == NULL)
		*why = "there is not enough memory";
	return upper;
}

/* ---- shares ---- */

static const char *share_name_fault(const struct config *c, const char *name)
{
	if (*name == '\0')
		return "it is empty";
	if (strlen(name) > CONFIG_SHARE_NAME_MAX)
		return "it has more than 80 characters";
	if (!utf8_is_valid(name, strlen(name)))
		return "it is not UTF-8";
	/* [MS-SRVS] 2.2.4.22 and what net.exe refuses; '*' and '?' would be wildcards in a path. */
	if (strpbrk(name, "\"\\/[]:|<>+=;,*?") != NULL)
		return "it has one of the characters \" \\ / [ ] : | < > + = ; , * ?";
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			return "it has a control character";
	if (utf8_casecmp(name, "IPC$") == 0)
		return "IPC$ is made by the server itself";
	for (size_t i = 0; i < c->n_shares; i++)
		if (utf8_casecmp(c->shares[i].fs.name, name) == 0)
			return "there is a share of this name already";
	return NULL;
}

static struct fs_share_config share_defaults(void)
{
	return (struct fs_share_config){
		.type = FS_SHARE_DISK,
		.read_only = true,
		.browseable = true,
		.hide_dot_files = true,
		.store_dos_attributes = true,
		.streams = true,
		.oplocks = true,
		.level2_oplocks = true,
		.create_mask = 0744,
		.directory_mask = 0755,
	};
}

struct config_share *config_add_share(struct config *c, const char *name, const char **why)
{
	*why = share_name_fault(c, name);
	if (*why != NULL)
		return NULL;
	*why = "there is not enough memory";
	if (c->n_shares == c->cap_shares) {
		size_t cap = c->cap_shares != 0 ? c->cap_shares * 2 : 8;
		struct config_share *shares = arena_array(&c->arena, cap, sizeof(*shares));
		if (shares == NULL)
			return NULL;
		if (c->n_shares > 0)
			memcpy(shares, c->shares, c->n_shares * sizeof(*shares));
		c->shares = shares;
		c->cap_shares = cap;
	}
	struct config_share *share = &c->shares[c->n_shares];
	*share = (struct config_share){ .fs = share_defaults(), .available = true };
	share->fs.name = arena_strdup(&c->arena, name);
	if (share->fs.name == NULL)
		return NULL;
	c->n_shares++;
	return share;
}

/* ---- parameters: one function per kind of value; target is the field ---- */

static bool set_string(const struct reading *r, void *target, const char *value)
{
	*(const char **)target = value;
	return true;
}

static bool set_optional_string(const struct reading *r, void *target, const char *value)
{
	*(const char **)target = *value != '\0' ? value : NULL;
	return true;
}

static bool set_name(const struct reading *r, void *target, const char *value)
{
	const char *why, *name = config_netbios_name(r->config, value, &why);

	if (name == NULL)
		return say_error(r, "%s = %s: %s; choose another name", r->entry->written, value, why);
	*(const char **)target = name;
	return true;
}

static bool set_names(const struct reading *r, void *target, const char *value)
{
	const char **list = (const char **)(uintptr_t)parse_list(&r->config->arena, value, " \t,;", false);

	if (list == NULL)
		return no_memory(r);
	for (size_t i = 0; list[i] != NULL; i++)
		if (!set_name(r, &list[i], list[i]))
			return false;
	*(const char *const **)target = list[0] != NULL ? list : NULL;
	return true;
}

static bool set_yes(const struct reading *r, void *target, const char *value)
{
	if (parse_bool(value, target))
		return true;
	return say_error(r, "%s = %s: write yes or no", r->entry->written, value);
}

static bool set_no(const struct reading *r, void *target, const char *value)
{
	bool *flag = target;

	if (!set_yes(r, flag, value))
		return false;
	*flag = !*flag;
	return true;
}

/* Samba's modules whose work is done here without one; anything else is named. */
static bool set_vfs_objects(const struct reading *r, void *target, const char *value)
{
	const char *const *list = parse_list(&r->config->arena, value, " \t,;", false);
	struct fs_share_config *share = target;

	if (list == NULL)
		return no_memory(r);
	for (; *list != NULL; list++)
		if (strcmp(*list, "streams_xattr") == 0)
			share->streams = true;
		else if (strcmp(*list, "acl_xattr") == 0)
			share->security_xattr = share->security_xattr != NULL ? share->security_xattr : FS_SECURITY_XATTR_SAMBA;
		else
			say_warning(r, "%s: the module %s is not known here and left out", r->entry->written, *list);
	return true;
}

static bool set_mask(const struct reading *r, void *target, const char *value)
{
	if (parse_number(value, 8, 07777, target))
		return true;
	return say_error(r, "%s = %s: write permission bits in octal, as 0755", r->entry->written, value);
}

static bool set_number(const struct reading *r, void *target, const char *value)
{
	if (parse_number(value, 10, 1000000, target))
		return true;
	return say_error(r, "%s = %s: write a number from 0 to 1000000", r->entry->written, value);
}

static bool set_users(const struct reading *r, void *target, const char *value)
{
	const char *const *list = parse_list(&r->config->arena, value, " \t,;", true);

	if (list == NULL)
		return no_memory(r);
	for (size_t i = 0; list[i] != NULL; i++)
		if (list[i][0] == '&')
			say_warning(r, "%s: NIS netgroups (%s) are not supported; name the users, or a Unix group as @group",
			            r->entry->written, list[i]);
	*(const char *const **)target = list;
	return true;
}

static bool set_words(const struct reading *r, void *target, const char *value)
{
	const char *const *list = parse_list(&r->config->arena, value, " \t,;", false);

	if (list == NULL)
		return no_memory(r);
	*(const char *const **)target = list[0] != NULL ? list : NULL;
	return true;
}

static bool quotes_are_closed(const char *value)
{
	bool open = false;

	for (; *value != '\0'; value++)
		open ^= *value == '"';
	return !open;
}

static bool set_command(const struct reading *r, void *target, const char *value)
{
	if (!quotes_are_closed(value))
		return say_error(r, "%s = %s: a quote is not closed; write \" on both sides of what belongs together", r->entry->written, value);
	const char *const *list = parse_list(&r->config->arena, value, " \t", true);

	if (list == NULL)
		return no_memory(r);
	*(const char *const **)target = list[0] != NULL ? list : NULL;
	return true;
}

static bool set_patterns(const struct reading *r, void *target, const char *value)
{
	const char *const *list = parse_list(&r->config->arena, value, "/", false);

	if (list == NULL)
		return no_memory(r);
	*(const char *const **)target = list[0] != NULL ? list : NULL;
	return true;
}

static bool set_ports(const struct reading *r, void *target, const char *value)
{
	const char *const *list = parse_list(&r->config->arena, value, " \t,", false);
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	uint16_t *ports = list != NULL ? arena_array(&r->config->arena, n + 1, sizeof(*ports)) : NULL;
	if (ports == NULL)
		return no_memory(r);
	for (size_t i = 0; i < n; i++) {
		uint32_t port;
		if (!parse_number(list[i], 10, 65535, &port) || port == 0)
			return say_error(r, "%s: %s is no port; write numbers, as in 445 139", r->entry->written, list[i]);
		ports[i] = (uint16_t)port;
	}
	*(const uint16_t **)target = n > 0 ? ports : NULL;
	return true;
}

static bool set_signing(const struct reading *r, void *target, const char *value)
{
	if (config_signing(value, target))
		return true;
	return say_error(r, "%s = %s: write auto, mandatory or disabled", r->entry->written, value);
}

static bool set_ntlm_auth(const struct reading *r, void *target, const char *value)
{
	static const char *const v1[] = { "ntlmv1-permitted", "yes", "true", "on", "1" };
	static const char *const v2[] = { "ntlmv2-only", "no", "false", "off", "0", "mschapv2-and-ntlmv2-only" };
	bool *ntlmv1 = target;

	for (size_t i = 0; i < ARRAY_LEN(v1); i++)
		if (strcasecmp(value, v1[i]) == 0)
			return *ntlmv1 = true;
	*ntlmv1 = false;
	for (size_t i = 0; i < ARRAY_LEN(v2); i++)
		if (strcasecmp(value, v2[i]) == 0)
			return true;
	return say_error(r, "%s = %s: write ntlmv2-only or ntlmv1-permitted", r->entry->written, value);
}

static bool set_map_to_guest(const struct reading *r, void *target, const char *value)
{
	enum auth_guest_policy *policy = target;

	if (strcasecmp(value, "never") == 0)
		*policy = AUTH_GUEST_NEVER;
	else if (strcasecmp(value, "bad user") == 0 || strcasecmp(value, "baduser") == 0)
		*policy = AUTH_GUEST_BAD_USER;
	else
		return say_error(r, "%s = %s: write never or bad user (a wrong password never makes a guest here)",
		                 r->entry->written, value);
	return true;
}

static bool set_dos_charset(const struct reading *r, void *target, const char *value)
{
	const char *why;

	if (rules_parse_charset(&r->config->arena, value, target, &r->config->legacy, &why))
		return true;
	return say_error(r, "%s = %s: %s", r->entry->written, value, why);
}

static bool set_time_zone(const struct reading *r, void *target, const char *value)
{
	const char *tz = timezone_parse(&r->config->arena, value);

	*(const char **)target = tz;
	return tz != NULL || say_error(r, "%s = %s: write a place as Asia/Shanghai, or the distance from UTC as UTC+8 or UTC-3:30",
	                               r->entry->written, value);
}

static bool set_log_level(const struct reading *r, void *target, const char *value)
{
	/* "1 auth:5": levels by subject; the first word is the level of all. */
	const char *const *words = parse_list(&r->config->arena, value, " \t,", false);

	if (words == NULL)
		return no_memory(r);
	if (words[0] == NULL || !log_level_parse(words[0], target))
		return say_error(r, "%s = %s: write error, warning, notice, info, debug or a number from 0 to 10",
		                 r->entry->written, value);
	if (words[1] != NULL)
		say_warning(r, "%s: only the first word counts, there are no levels by subject", r->entry->written);
	r->config->has_log_level = true;
	return true;
}

static bool set_window(const struct reading *r, bool is_max, const char *value)
{
	const char *why;

	if (!rules_parse_window(&r->config->arena, value, is_max, &r->config->legacy, &why))
		return say_error(r, "%s = %s: %s", r->entry->written, value, why);
	if (is_max && strncasecmp(value, "smb", 3) == 0)
		say_warning(r, "%s = %s: this server speaks SMB1 only, so NT1 is the highest", r->entry->written, value);
	return true;
}

static bool set_min_protocol(const struct reading *r, void *target, const char *value)
{
	return set_window(r, false, value);
}

static bool set_max_protocol(const struct reading *r, void *target, const char *value)
{
	return set_window(r, true, value);
}

static bool set_legacy_auth(const struct reading *r, void *target, const char *value)
{
	struct smb1_legacy *legacy = target;
	const char *why;

	/* The last line of that name counts, as for every parameter. */
	legacy->n_rules = 0;
	if (rules_parse_legacy(&r->config->arena, value, legacy, &why))
		return true;
	return say_error(r, "%s = %s: %s", r->entry->written, value, why);
}

static bool set_dialect(const struct reading *r, void *target, const char *value)
{
	enum smb1_dialect *dialect = target;

	*dialect = smb1_dialect_from_word(value);
	if (*dialect != SMB1_DIALECT_NONE)
		return true;
	return say_error(r, "%s = %s: write CORE, COREPLUS, LANMAN1, LANMAN2 or NT1", r->entry->written, value);
}

static bool set_printable(const struct reading *r, void *target, const char *value)
{
	enum fs_share_type *type = target;
	bool printable = false;

	if (!set_yes(r, &printable, value))
		return false;
	*type = printable ? FS_SHARE_PRINTER : FS_SHARE_DISK;
	return true;
}

static bool set_printing(const struct reading *r, void *target, const char *value)
{
	enum config_printing *printing = target;

	*printing = strcasecmp(value, "cups") == 0 ? PRINTING_CUPS : PRINTING_SPOOL;
	if (*printing == PRINTING_SPOOL && strcasecmp(value, "spool") != 0)
		say_warning(r, "%s = %s: not known to Longhouse; jobs stay in the spool folder, or go to print command =", r->entry->written, value);
	return true;
}

static bool set_said(const struct reading *r, void *target, const char *value)
{
	enum config_said *said = target;
	bool yes = false;

	if (!set_yes(r, &yes, value))
		return false;
	*said = yes ? CONFIG_YES : CONFIG_NO;
	return true;
}

const char *config_set_comm(struct config_share *share, const char *device)
{
	if (device[0] != '/')
		return "a serial port is named by its whole path; write it as /dev/ttyS0 or /dev/serial/by-id/...";
	share->comm_device = device;
	share->fs.type = FS_SHARE_COMM;
	return NULL;
}

static bool set_comm(const struct reading *r, void *target, const char *value)
{
	const char *why = config_set_comm(target, value);

	return why == NULL || say_error(r, "%s = %s: %s", r->entry->written, value, why);
}

static bool set_comm_mode(const struct reading *r, void *target, const char *value)
{
	struct comm_line line;

	if (!comm_line_parse(value, &line))
		return say_error(r, "%s = %s: write speed, parity, data and stop bits as 9600,n,8,1, with ,x (XON/XOFF) or ,h (RTS/CTS) behind it",
		                 r->entry->written, value);
	*(const char **)target = value;
	return true;
}

/* The two places where Samba and we can both look for descriptors; anything else clients would see as an EA. */
static bool set_security_xattr(const struct reading *r, void *target, const char *value)
{
	if (strcmp(value, FS_SECURITY_XATTR_SAMBA) != 0 && strcmp(value, FS_SECURITY_XATTR_USER) != 0)
		return say_error(r, "%s = %s: write " FS_SECURITY_XATTR_SAMBA " or " FS_SECURITY_XATTR_USER, r->entry->written, value);
	*(const char **)target = value;
	return true;
}

struct parameter {
	const char *name; /* canonical, see smbconf.h */
	bool (*set)(const struct reading *r, void *target, const char *value);
	size_t offset;
};

#define GLOBAL(name, set, field) { name, set, offsetof(struct config, field) }
#define SHARE(name, set, field) { name, set, offsetof(struct config_share, field) }

static const struct parameter global_parameters[] = {
	GLOBAL("workgroup", set_name, workgroup),
	GLOBAL("netbiosname", set_name, netbios_name),
	GLOBAL("serverstring", set_string, server_string),
	GLOBAL("interfaces", set_words, interfaces),
	GLOBAL("smbports", set_ports, smb_ports),
	GLOBAL("netbiosnames", set_yes, netbios_names), GLOBAL("disablenetbios", set_no, netbios_names),
	GLOBAL("netbiosaliases", set_names, netbios_aliases), GLOBAL("netbiosscope", set_optional_string, netbios_scope),
	GLOBAL("netbiosnodetype", set_optional_string, node_type),
	GLOBAL("netbiosdatagramserver", set_optional_string, nbdd_server),
	GLOBAL("winsserver", set_words, wins_server), GLOBAL("winssupport", set_yes, wins_support),
	GLOBAL("winshostsallow", set_words, wins_hosts_allow),
	GLOBAL("minwinsttl", set_number, min_wins_ttl), GLOBAL("maxwinsttl", set_number, max_wins_ttl),
	GLOBAL("nameresolveorder", set_words, name_resolve_order), GLOBAL("lmhostsfile", set_optional_string, lmhosts_file),
	GLOBAL("localmaster", set_optional_string, local_master),
	GLOBAL("preferredmaster", set_optional_string, preferred_master), GLOBAL("preferedmaster", set_optional_string, preferred_master),
	GLOBAL("domainmaster", set_optional_string, domain_master), GLOBAL("oslevel", set_number, os_level),
	GLOBAL("lmannounce", set_optional_string, lm_announce), GLOBAL("announceinterval", set_number, announce_seconds),
	GLOBAL("messagecommand", set_optional_string, message_command),
	GLOBAL("webservicediscovery", set_yes, wsd), GLOBAL("llmnr", set_yes, llmnr), GLOBAL("multicastdnsregister", set_yes, mdns),
	{ "serverminprotocol", set_min_protocol, 0 }, { "minprotocol", set_min_protocol, 0 },
	{ "servermaxprotocol", set_max_protocol, 0 }, { "maxprotocol", set_max_protocol, 0 },
	{ "protocol", set_max_protocol, 0 },
	GLOBAL("serversigning", set_signing, signing),
	GLOBAL("ntlmauth", set_ntlm_auth, ntlmv1),
	GLOBAL("legacyauth", set_legacy_auth, legacy),
	GLOBAL("hostmsdfs", set_yes, host_msdfs),
	GLOBAL("resetonzerovc", set_yes, reset_on_zero_vc), GLOBAL("timezone", set_time_zone, time_zone),
	GLOBAL("unixextensions", set_yes, unix_extensions), GLOBAL("smb1unixextensions", set_yes, unix_extensions),
	GLOBAL("guestaccount", set_string, guest_account),
	GLOBAL("maptoguest", set_map_to_guest, guest),
	GLOBAL("doscharset", set_dos_charset, dos_charset),
	GLOBAL("cupsserver", set_optional_string, cups_server), GLOBAL("loadprinters", set_said, load_printers),
	GLOBAL("loglevel", set_log_level, log_level), GLOBAL("debuglevel", set_log_level, log_level),
};

static const struct parameter share_parameters[] = {
	SHARE("path", set_string, fs.path), SHARE("directory", set_string, fs.path),
	SHARE("credentialsfile", set_optional_string, credentials_file),
	SHARE("comment", set_optional_string, fs.comment),
	SHARE("readonly", set_yes, fs.read_only),
	SHARE("writeable", set_no, fs.read_only), SHARE("writable", set_no, fs.read_only),
	SHARE("writeok", set_no, fs.read_only),
	SHARE("guestok", set_yes, fs.guest_ok), SHARE("public", set_yes, fs.guest_ok),
	SHARE("browseable", set_yes, fs.browseable), SHARE("browsable", set_yes, fs.browseable),
	SHARE("validusers", set_users, fs.valid_users),
	SHARE("readlist", set_users, fs.read_list),
	SHARE("writelist", set_users, fs.write_list),
	SHARE("hidedotfiles", set_yes, fs.hide_dot_files),
	SHARE("hideunreadable", set_yes, fs.hide_unreadable), SHARE("hideunwriteablefiles", set_yes, fs.hide_unwriteable),
	SHARE("storedosattributes", set_yes, fs.store_dos_attributes),
	SHARE("streams", set_yes, fs.streams), SHARE("vfsobjects", set_vfs_objects, fs),
	SHARE("changenotify", set_no, fs.no_change_notify),
	SHARE("kernelchangenotify", set_no, fs.no_kernel_change_notify),
	SHARE("posixlocking", set_no, fs.no_posix_locking),
	SHARE("vetofiles", set_patterns, fs.veto_files),
	SHARE("msdfsroot", set_yes, fs.msdfs_root),
	SHARE("kerneloplocks", set_yes, fs.kernel_oplocks),
	SHARE("oplocks", set_yes, fs.oplocks),
	SHARE("level2oplocks", set_yes, fs.level2_oplocks),
	SHARE("vetooplockfiles", set_patterns, fs.veto_oplock_files),
	SHARE("createmask", set_mask, fs.create_mask), SHARE("createmode", set_mask, fs.create_mask),
	SHARE("directorymask", set_mask, fs.directory_mask), SHARE("directorymode", set_mask, fs.directory_mask),
	SHARE("maxconnections", set_number, fs.max_connections),
	SHARE("acl_xattr:security_acl_name", set_security_xattr, fs.security_xattr),
	SHARE("forceuser", set_optional_string, fs.force_user),
	SHARE("available", set_yes, available),
	SHARE("printable", set_printable, fs.type), SHARE("printok", set_printable, fs.type),
	{ "comm", set_comm, 0 }, SHARE("commmode", set_comm_mode, comm_mode), SHARE("commwait", set_number, comm_wait),
	SHARE("printcommand", set_command, print_command), SHARE("printing", set_printing, printing),
	SHARE("printername", set_optional_string, printer_name), SHARE("printer", set_optional_string, printer_name),
	SHARE("cupsoptions", set_optional_string, cups_options),
	SHARE("serverminprotocol", set_dialect, policy.min), SHARE("minprotocol", set_dialect, policy.min),
	SHARE("servermaxprotocol", set_dialect, policy.max), SHARE("maxprotocol", set_dialect, policy.max),
	SHARE("readpassword", set_string, policy.read_password),
	SHARE("writepassword", set_string, policy.write_password),
};

static const struct parameter *find(const struct parameter *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static bool say_unknown(const struct reading *r)
{
	const char *names[ARRAY_LEN(global_parameters) + ARRAY_LEN(share_parameters)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(global_parameters); i++)
		names[n++] = global_parameters[i].name;
	for (size_t i = 0; i < ARRAY_LEN(share_parameters); i++)
		names[n++] = share_parameters[i].name;
	const char *near = nearest_word(r->entry->name, names, n);
	if (near == NULL)
		return say_warning(r, "%s: not known to Longhouse, ignored", r->entry->written);
	return say_warning(r, "%s: not known to Longhouse, ignored; did you mean %s? (blanks in it do not matter)", r->entry->written, near);
}

/* "%%" is "%". What stands for something else in smb.conf is named and left as it is. NULL: no memory. */
static const char *expand(const struct reading *r, const char *value)
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

static bool apply(struct reading *r, const struct parameter *parameter, void *object)
{
	const char *value = expand(r, r->entry->value);

	if (value == NULL)
		return no_memory(r);
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
static bool apply_globals(struct reading *r, const struct smbconf *conf, struct config_share *defaults)
{
	for (size_t i = 0; i < conf->n_entries; i++) {
		const struct smbconf_entry *e = r->entry = &conf->entries[i];
		if (e->name == NULL || !is_global(e->section))
			continue;
		const struct parameter *p = find(global_parameters, ARRAY_LEN(global_parameters), e->name);
		if (p != NULL) {
			if (!apply(r, p, r->config))
				return false;
			continue;
		}
		p = find(share_parameters, ARRAY_LEN(share_parameters), e->name);
		if (p == NULL)
			(void)say_unknown(r);
		else if (!apply(r, p, defaults))
			return false;
	}
	return true;
}

static struct config_share *find_share(struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (utf8_casecmp(c->shares[i].fs.name, name) == 0)
			return &c->shares[i];
	return NULL;
}

/* A section that comes twice goes on with the same share, as in smb.conf. */
static struct config_share *open_section(struct reading *r, const struct config_share *defaults)
{
	const char *why, *name = r->entry->section;
	struct config_share *share = find_share(r->config, name);

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

static bool apply_share(struct reading *r, struct config_share *share)
{
	const struct smbconf_entry *e = r->entry;
	const struct parameter *p = find(share_parameters, ARRAY_LEN(share_parameters), e->name);

	if (p != NULL)
		return apply(r, p, share);
	if (find(global_parameters, ARRAY_LEN(global_parameters), e->name) != NULL)
		say_warning(r, "%s: belongs into [global], ignored in [%s]", e->written, e->section);
	else
		(void)say_unknown(r);
	return true;
}

static bool apply_shares(struct reading *r, const struct smbconf *conf, const struct config_share *defaults)
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

static bool check_shares(const struct reading *r)
{
	for (size_t i = 0; i < r->config->n_shares; i++) {
		const struct config_share *s = &r->config->shares[i];
		const char *path = s->fs.path;
		if (s->comm_device != NULL && path != NULL)
			return say(r, LOG_LEVEL_ERROR, s->line, "[%s] has a path and a serial port; write them as two shares", s->fs.name);
		if (s->comm_device != NULL || (path == NULL && s->fs.type == FS_SHARE_PRINTER && s->printing == PRINTING_CUPS))
			continue;
		if (s->available && s->line != 0 && (path == NULL || (path[0] != '/' && !gateways_is_url(path))))
			return say(r, LOG_LEVEL_ERROR, s->line, "[%s] has %s; write path = /the/folder, or smb://SERVER/SHARE", s->fs.name,
			           path == NULL || *path == '\0' ? "no path" : "a path that does not begin with /");
	}
	return true;
}

/* Jobs are written whatever `read only` says, which is meant for files; so are ports unless the share itself says it. */
static void open_printers(struct config *c)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (c->shares[i].fs.type == FS_SHARE_PRINTER)
			c->shares[i].fs.read_only = false;
}

/* [printers] means those of CUPS, whether or not it says so. */
static void open_all_printers(struct config *c)
{
	c->printers.fs.read_only = false;
	if (c->printers.print_command == NULL)
		c->printers.printing = PRINTING_CUPS;
}

static void drop_unavailable(struct config *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_shares; i++)
		if (c->shares[i].available)
			c->shares[kept++] = c->shares[i];
	c->n_shares = kept;
}

static bool interpret(struct reading *r, const struct smbconf *conf)
{
	struct config_share defaults = { .fs = share_defaults(), .available = true };

	if (!apply_globals(r, conf, &defaults) || !apply_shares(r, conf, &defaults) || !check_shares(r))
		return false;
	open_printers(r->config);
	open_all_printers(r->config);
	drop_unavailable(r->config);
	return true;
}

static bool finish(struct config *c, bool parsed, const struct smbconf *conf, const struct smbconf_error *error,
                   struct reading *r)
{
	c->file = arena_strdup(&c->arena, r->file);
	if (!parsed && error->line == 0)
		return say(r, LOG_LEVEL_ERROR, 0, "cannot be read: %s; correct the name or the rights of the file", error->text);
	if (!parsed)
		return say(r, LOG_LEVEL_ERROR, error->line, "%s", error->text);
	return c->file != NULL ? interpret(r, conf) : no_memory(r);
}

/* Passwords of shares stand in the file as they are: whoever can read it can use them. */
static void check_mode(struct reading *r)
{
	struct stat st;
	bool secret = false;

	for (size_t i = 0; i < r->config->n_shares; i++)
		secret = secret || r->config->shares[i].policy.read_password != NULL || r->config->shares[i].policy.write_password != NULL;
	if (secret && stat(r->file, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		say(r, LOG_LEVEL_WARNING, 0, "everybody on this machine can read it, and it has passwords of shares: chmod o-r %s", r->file);
}

bool config_read(struct config *c, const char *path, config_say_fn say_fn, void *user)
{
	struct reading r = { .config = c, .file = path, .say = say_fn, .user = user };
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
	struct reading r = { .config = c, .file = name, .say = say_fn, .user = user };
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
