/* The known parameters of smb.conf(5), and the values that only one of them has. Pure. */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "comm/line.h"
#include "fs/security.h"
#include "fs/snapshot.h"
#include "server/config_internal.h"
#include "server/rules.h"
#include "server/timezone.h"

/* Samba's modules whose work is done here without one; anything else is named. */
static bool set_vfs_objects(const struct config_reading *r, void *target, const char *value)
{
	const char *const *list = config_parse_list(&r->config->arena, value, " \t,;", false);
	struct fs_share_config *share = target;

	if (list == NULL)
		return config_no_memory(r);
	for (; *list != NULL; list++)
		if (strcmp(*list, "streams_xattr") == 0)
			share->streams = true;
		else if (strcmp(*list, "acl_xattr") == 0)
			share->security_xattr = share->security_xattr != NULL ? share->security_xattr : FS_SECURITY_XATTR_SAMBA;
		else if (strcmp(*list, "shadow_copy2") == 0)
			share->snapshots = share->snapshots != NULL ? share->snapshots : ".snapshots";
		else
			say_warning(r, "%s: the module %s is not known here and left out", r->entry->written, *list);
	return true;
}

static bool set_signing(const struct config_reading *r, void *target, const char *value)
{
	if (config_signing(value, target))
		return true;
	return say_error(r, "%s = %s: write auto, mandatory or disabled", r->entry->written, value);
}

static bool set_ntlm_auth(const struct config_reading *r, void *target, const char *value)
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

static bool set_map_to_guest(const struct config_reading *r, void *target, const char *value)
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

static bool set_dos_charset(const struct config_reading *r, void *target, const char *value)
{
	const char *why;

	if (rules_parse_charset(&r->config->arena, value, target, &r->config->legacy, &why))
		return true;
	return say_error(r, "%s = %s: %s", r->entry->written, value, why);
}

static bool set_time_zone(const struct config_reading *r, void *target, const char *value)
{
	const char *tz = timezone_parse(&r->config->arena, value);

	*(const char **)target = tz;
	return tz != NULL || say_error(r, "%s = %s: write a place as Asia/Shanghai, or the distance from UTC as UTC+8 or UTC-3:30",
	                               r->entry->written, value);
}

static bool set_log_level(const struct config_reading *r, void *target, const char *value)
{
	/* "1 auth:5": levels by subject; the first word is the level of all. */
	const char *const *words = config_parse_list(&r->config->arena, value, " \t,", false);

	if (words == NULL)
		return config_no_memory(r);
	if (words[0] == NULL || !log_level_parse(words[0], target))
		return say_error(r, "%s = %s: write error, warning, notice, info, debug or a number from 0 to 10",
		                 r->entry->written, value);
	if (words[1] != NULL)
		say_warning(r, "%s: only the first word counts, there are no levels by subject", r->entry->written);
	r->config->has_log_level = true;
	return true;
}

static bool set_window(const struct config_reading *r, bool is_max, const char *value)
{
	const char *why;

	if (!rules_parse_window(&r->config->arena, value, is_max, &r->config->legacy, &why))
		return say_error(r, "%s = %s: %s", r->entry->written, value, why);
	if (is_max && strncasecmp(value, "smb", 3) == 0)
		say_warning(r, "%s = %s: this server speaks SMB1 only, so NT1 is the highest", r->entry->written, value);
	return true;
}

static bool set_min_protocol(const struct config_reading *r, void *target, const char *value)
{
	return set_window(r, false, value);
}

static bool set_max_protocol(const struct config_reading *r, void *target, const char *value)
{
	return set_window(r, true, value);
}

static bool set_legacy_auth(const struct config_reading *r, void *target, const char *value)
{
	struct smb1_legacy *legacy = target;
	const char *why;

	/* The last line of that name counts, as for every parameter. */
	legacy->n_rules = 0;
	if (rules_parse_legacy(&r->config->arena, value, legacy, &why))
		return true;
	return say_error(r, "%s = %s: %s", r->entry->written, value, why);
}

static bool set_dialect(const struct config_reading *r, void *target, const char *value)
{
	enum smb1_dialect *dialect = target;

	*dialect = smb1_dialect_from_word(value);
	if (*dialect != SMB1_DIALECT_NONE)
		return true;
	return say_error(r, "%s = %s: write CORE, COREPLUS, LANMAN1, LANMAN2 or NT1", r->entry->written, value);
}

static bool set_printable(const struct config_reading *r, void *target, const char *value)
{
	enum fs_share_type *type = target;
	bool printable = false;

	if (!config_take_yes(r, &printable, value))
		return false;
	*type = printable ? FS_SHARE_PRINTER : FS_SHARE_DISK;
	return true;
}

static bool set_printing(const struct config_reading *r, void *target, const char *value)
{
	enum config_printing *printing = target;

	*printing = strcasecmp(value, "cups") == 0 ? PRINTING_CUPS : PRINTING_SPOOL;
	if (*printing == PRINTING_SPOOL && strcasecmp(value, "spool") != 0)
		say_warning(r, "%s = %s: not known to Longhouse; jobs stay in the spool folder, or go to print command =", r->entry->written, value);
	return true;
}

static bool set_said(const struct config_reading *r, void *target, const char *value)
{
	enum config_said *said = target;
	bool yes = false;

	if (!config_take_yes(r, &yes, value))
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

static bool set_comm(const struct config_reading *r, void *target, const char *value)
{
	const char *why = config_set_comm(target, value);

	return why == NULL || say_error(r, "%s = %s: %s", r->entry->written, value, why);
}

static bool set_comm_mode(const struct config_reading *r, void *target, const char *value)
{
	struct comm_line line;

	if (!comm_line_parse(value, &line))
		return say_error(r, "%s = %s: write speed, parity, data and stop bits as 9600,n,8,1, with ,x (XON/XOFF) or ,h (RTS/CTS) behind it",
		                 r->entry->written, value);
	*(const char **)target = value;
	return true;
}

/* The two places where Samba and we can both look for descriptors; anything else clients would see as an EA. */
static bool set_security_xattr(const struct config_reading *r, void *target, const char *value)
{
	if (strcmp(value, FS_SECURITY_XATTR_SAMBA) != 0 && strcmp(value, FS_SECURITY_XATTR_USER) != 0)
		return say_error(r, "%s = %s: write " FS_SECURITY_XATTR_SAMBA " or " FS_SECURITY_XATTR_USER, r->entry->written, value);
	*(const char **)target = value;
	return true;
}

/* Folders below a folder. False: something else. */
static bool is_path_below(const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, "/");
		if (len == 0 || (len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len + (path[len] == '/' && path[len + 1] != '\0');
	}
	return true;
}

static bool set_subfolder(const struct config_reading *r, void *target, const char *value)
{
	if (*value == '\0')
		return config_take_optional_string(r, target, value);
	if (!is_path_below(value))
		return say_error(r, "%s = %s: write a folder below the share's, without . and .., as .snapshots", r->entry->written, value);
	*(const char **)target = value;
	return true;
}

/* One name a snapshot. */
static bool set_snapshot_format(const struct config_reading *r, void *target, const char *value)
{
	if (*value == '\0' || strchr(value, '/') != NULL || strchr(value, '%') == NULL)
		return say_error(r, "%s = %s: write a name with the places of year to second in it, as %s", r->entry->written, value, FS_SNAPSHOT_FORMAT);
	*(const char **)target = value;
	return true;
}

#define GLOBAL(name, set, field) { name, set, offsetof(struct config, field), .literal = false }
/* What sets several fields. */
#define WHOLE(name, set) { name, set, 0, .literal = false }
#define SHARE(name, set, field) { name, set, offsetof(struct config_share, field), .literal = false }

static const struct config_parameter global_parameters[] = {
	GLOBAL("workgroup", config_take_name, workgroup),
	GLOBAL("netbiosname", config_take_name, netbios_name),
	GLOBAL("serverstring", config_take_string, server_string),
	GLOBAL("interfaces", config_take_words, interfaces),
	GLOBAL("smbports", config_take_ports, smb_ports),
	GLOBAL("netbiosnames", config_take_yes, netbios_names), GLOBAL("disablenetbios", config_take_no, netbios_names),
	GLOBAL("netbiosaliases", config_take_names, netbios_aliases), GLOBAL("netbiosscope", config_take_optional_string, netbios_scope),
	GLOBAL("netbiosnodetype", config_take_optional_string, node_type),
	GLOBAL("netbiosdatagramserver", config_take_optional_string, nbdd_server),
	GLOBAL("winsserver", config_take_words, wins_server), GLOBAL("winssupport", config_take_yes, wins_support),
	GLOBAL("winshostsallow", config_take_words, wins_hosts_allow),
	GLOBAL("minwinsttl", config_take_number, min_wins_ttl), GLOBAL("maxwinsttl", config_take_number, max_wins_ttl),
	GLOBAL("nameresolveorder", config_take_words, name_resolve_order), GLOBAL("lmhostsfile", config_take_optional_string, lmhosts_file),
	GLOBAL("localmaster", config_take_optional_string, local_master),
	GLOBAL("preferredmaster", config_take_optional_string, preferred_master), GLOBAL("preferedmaster", config_take_optional_string, preferred_master),
	GLOBAL("domainmaster", config_take_optional_string, domain_master), GLOBAL("oslevel", config_take_number, os_level),
	GLOBAL("lmannounce", config_take_optional_string, lm_announce), GLOBAL("announceinterval", config_take_number, announce_seconds),
	GLOBAL("messagecommand", config_take_optional_string, message_command),
	GLOBAL("webservicediscovery", config_take_yes, wsd), GLOBAL("llmnr", config_take_yes, llmnr), GLOBAL("multicastdnsregister", config_take_yes, mdns),
	WHOLE("serverminprotocol", set_min_protocol), WHOLE("minprotocol", set_min_protocol),
	WHOLE("servermaxprotocol", set_max_protocol), WHOLE("maxprotocol", set_max_protocol),
	WHOLE("protocol", set_max_protocol),
	GLOBAL("serversigning", set_signing, signing),
	GLOBAL("ntlmauth", set_ntlm_auth, ntlmv1),
	GLOBAL("keytab", config_take_optional_string, keytab), GLOBAL("dedicatedkeytabfile", config_take_optional_string, keytab),
	GLOBAL("realm", config_take_optional_string, realm),
	GLOBAL("legacyauth", set_legacy_auth, legacy),
	GLOBAL("hostmsdfs", config_take_yes, host_msdfs),
	GLOBAL("resetonzerovc", config_take_yes, reset_on_zero_vc), GLOBAL("timezone", set_time_zone, time_zone),
	GLOBAL("unixextensions", config_take_yes, unix_extensions), GLOBAL("smb1unixextensions", config_take_yes, unix_extensions),
	GLOBAL("guestaccount", config_take_string, guest_account),
	GLOBAL("maptoguest", set_map_to_guest, guest),
	GLOBAL("doscharset", set_dos_charset, dos_charset),
	GLOBAL("cupsserver", config_take_optional_string, cups_server), GLOBAL("loadprinters", set_said, load_printers),
	GLOBAL("loglevel", set_log_level, log_level), GLOBAL("debuglevel", set_log_level, log_level),
};

static const struct config_parameter share_parameters[] = {
	SHARE("path", config_take_string, fs.path), SHARE("directory", config_take_string, fs.path),
	SHARE("credentialsfile", config_take_optional_string, credentials_file),
	SHARE("comment", config_take_optional_string, fs.comment),
	SHARE("readonly", config_take_yes, fs.read_only),
	SHARE("writeable", config_take_no, fs.read_only), SHARE("writable", config_take_no, fs.read_only),
	SHARE("writeok", config_take_no, fs.read_only),
	SHARE("guestok", config_take_yes, fs.guest_ok), SHARE("public", config_take_yes, fs.guest_ok),
	SHARE("browseable", config_take_yes, fs.browseable), SHARE("browsable", config_take_yes, fs.browseable),
	SHARE("validusers", config_take_users, fs.valid_users),
	SHARE("readlist", config_take_users, fs.read_list),
	SHARE("writelist", config_take_users, fs.write_list),
	SHARE("hidedotfiles", config_take_yes, fs.hide_dot_files),
	SHARE("hideunreadable", config_take_yes, fs.hide_unreadable), SHARE("hideunwriteablefiles", config_take_yes, fs.hide_unwriteable),
	SHARE("storedosattributes", config_take_yes, fs.store_dos_attributes),
	SHARE("streams", config_take_yes, fs.streams), SHARE("vfsobjects", set_vfs_objects, fs),
	SHARE("changenotify", config_take_no, fs.no_change_notify),
	SHARE("kernelchangenotify", config_take_no, fs.no_kernel_change_notify),
	SHARE("posixlocking", config_take_no, fs.no_posix_locking),
	SHARE("vetofiles", config_take_patterns, fs.veto_files),
	SHARE("msdfsroot", config_take_yes, fs.msdfs_root),
	SHARE("kerneloplocks", config_take_yes, fs.kernel_oplocks),
	SHARE("oplocks", config_take_yes, fs.oplocks),
	SHARE("level2oplocks", config_take_yes, fs.level2_oplocks),
	SHARE("vetooplockfiles", config_take_patterns, fs.veto_oplock_files),
	SHARE("createmask", config_take_mask, fs.create_mask), SHARE("createmode", config_take_mask, fs.create_mask),
	SHARE("directorymask", config_take_mask, fs.directory_mask), SHARE("directorymode", config_take_mask, fs.directory_mask),
	SHARE("maxconnections", config_take_number, fs.max_connections),
	SHARE("acl_xattr:security_acl_name", set_security_xattr, fs.security_xattr),
	SHARE("quotas", config_take_yes, fs.quotas),
	SHARE("shadow:snapdir", set_subfolder, fs.snapshots),
	{ "shadow:format", set_snapshot_format, offsetof(struct config_share, fs.snapshot_format), .literal = true },
	SHARE("shadow:localtime", config_take_yes, fs.snapshot_local_time), SHARE("shadow:snapsharepath", set_subfolder, fs.snapshot_subfolder),
	SHARE("forceuser", config_take_optional_string, fs.force_user),
	SHARE("available", config_take_yes, available),
	SHARE("printable", set_printable, fs.type), SHARE("printok", set_printable, fs.type),
	WHOLE("comm", set_comm), SHARE("commmode", set_comm_mode, comm_mode), SHARE("commwait", config_take_number, comm_wait),
	SHARE("printcommand", config_take_command, print_command), SHARE("printing", set_printing, printing),
	SHARE("printername", config_take_optional_string, printer_name), SHARE("printer", config_take_optional_string, printer_name),
	SHARE("cupsoptions", config_take_optional_string, cups_options),
	SHARE("serverminprotocol", set_dialect, policy.min), SHARE("minprotocol", set_dialect, policy.min),
	SHARE("servermaxprotocol", set_dialect, policy.max), SHARE("maxprotocol", set_dialect, policy.max),
	SHARE("readpassword", config_take_string, policy.read_password),
	SHARE("writepassword", config_take_string, policy.write_password),
};

static const struct config_parameter *find(const struct config_parameter *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

const struct config_parameter *config_find_global(const char *name)
{
	return find(global_parameters, ARRAY_LEN(global_parameters), name);
}

const struct config_parameter *config_find_of_share(const char *name)
{
	return find(share_parameters, ARRAY_LEN(share_parameters), name);
}

bool config_say_unknown(const struct config_reading *r)
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
