/* The kinds of values that parameters of smb.conf(5) have. Pure. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/charset.h"
#include "server/config_internal.h"

/* ---- words ---- */

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

const char *const *config_parse_list(struct arena *a, const char *value, const char *separators, bool quotes)
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

/* ---- fields ---- */

bool config_take_string(const struct config_reading *r, void *target, const char *value)
{
	*(const char **)target = value;
	return true;
}

bool config_take_optional_string(const struct config_reading *r, void *target, const char *value)
{
	*(const char **)target = *value != '\0' ? value : NULL;
	return true;
}

bool config_take_name(const struct config_reading *r, void *target, const char *value)
{
	const char *why, *name = config_netbios_name(r->config, value, &why);

	if (name == NULL)
		return say_error(r, "%s = %s: %s; choose another name", r->entry->written, value, why);
	*(const char **)target = name;
	return true;
}

bool config_take_names(const struct config_reading *r, void *target, const char *value)
{
	const char **list = (const char **)(uintptr_t)config_parse_list(&r->config->arena, value, " \t,;", false);

	if (list == NULL)
		return config_no_memory(r);
	for (size_t i = 0; list[i] != NULL; i++)
		if (!config_take_name(r, &list[i], list[i]))
			return false;
	*(const char *const **)target = list[0] != NULL ? list : NULL;
	return true;
}

bool config_take_yes(const struct config_reading *r, void *target, const char *value)
{
	if (parse_bool(value, target))
		return true;
	return say_error(r, "%s = %s: write yes or no", r->entry->written, value);
}

bool config_take_no(const struct config_reading *r, void *target, const char *value)
{
	bool *flag = target;

	if (!config_take_yes(r, flag, value))
		return false;
	*flag = !*flag;
	return true;
}

bool config_take_mask(const struct config_reading *r, void *target, const char *value)
{
	if (parse_number(value, 8, 07777, target))
		return true;
	return say_error(r, "%s = %s: write permission bits in octal, as 0755", r->entry->written, value);
}

bool config_take_number(const struct config_reading *r, void *target, const char *value)
{
	if (parse_number(value, 10, 1000000, target))
		return true;
	return say_error(r, "%s = %s: write a number from 0 to 1000000", r->entry->written, value);
}

bool config_take_users(const struct config_reading *r, void *target, const char *value)
{
	const char *const *list = config_parse_list(&r->config->arena, value, " \t,;", true);

	if (list == NULL)
		return config_no_memory(r);
	for (size_t i = 0; list[i] != NULL; i++)
		if (list[i][0] == '&')
			say_warning(r, "%s: NIS netgroups (%s) are not supported; name the users, or a Unix group as @group",
			            r->entry->written, list[i]);
	*(const char *const **)target = list;
	return true;
}

bool config_take_words(const struct config_reading *r, void *target, const char *value)
{
	const char *const *list = config_parse_list(&r->config->arena, value, " \t,;", false);

	if (list == NULL)
		return config_no_memory(r);
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

bool config_take_command(const struct config_reading *r, void *target, const char *value)
{
	if (!quotes_are_closed(value))
		return say_error(r, "%s = %s: a quote is not closed; write \" on both sides of what belongs together", r->entry->written, value);
	const char *const *list = config_parse_list(&r->config->arena, value, " \t", true);

	if (list == NULL)
		return config_no_memory(r);
	*(const char *const **)target = list[0] != NULL ? list : NULL;
	return true;
}

bool config_take_patterns(const struct config_reading *r, void *target, const char *value)
{
	const char *const *list = config_parse_list(&r->config->arena, value, "/", false);

	if (list == NULL)
		return config_no_memory(r);
	*(const char *const **)target = list[0] != NULL ? list : NULL;
	return true;
}

bool config_take_ports(const struct config_reading *r, void *target, const char *value)
{
	const char *const *list = config_parse_list(&r->config->arena, value, " \t,", false);
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	uint16_t *ports = list != NULL ? arena_array(&r->config->arena, n + 1, sizeof(*ports)) : NULL;
	if (ports == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < n; i++) {
		uint32_t port;
		if (!parse_number(list[i], 10, 65535, &port) || port == 0)
			return say_error(r, "%s: %s is no port; write numbers, as in 445 139", r->entry->written, list[i]);
		ports[i] = (uint16_t)port;
	}
	*(const uint16_t **)target = n > 0 ? ports : NULL;
	return true;
}
