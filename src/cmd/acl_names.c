#include "cmd/acl_names.h"

#include <stdio.h>
#include <strings.h>

static bool ask(struct acl_names *n)
{
	if (!n->is_open) {
		n->is_open = true;
		n->failed = cli_lsa_open(n->cli, &n->lsa) != STATUS_SUCCESS;
	}
	return !n->failed;
}

void acl_names_close(struct acl_names *n)
{
	if (n->is_open)
		cli_lsa_close(&n->lsa);
	n->is_open = false;
}

static void known_name(const struct sid_known_entry *k, char out[CLI_ACCOUNT_MAX])
{
	bool qualified = k->domain[0] != '\0' && strcasecmp(k->domain, "NT AUTHORITY") != 0;
	(void)snprintf(out, CLI_ACCOUNT_MAX, "%s%s%s", qualified ? k->domain : "", qualified ? "\\" : "", k->name);
}

const char *acl_names_of(struct acl_names *n, const struct sid *sid, char out[CLI_ACCOUNT_MAX])
{
	const struct sid_known_entry *table = sid_known_table();
	char text[SID_TEXT_MAX];

	for (size_t i = 0; i < SID_KNOWN_COUNT; i++)
		if (table[i].name[0] != '\0' && sid_equal(&table[i].sid, sid)) {
			known_name(&table[i], out);
			return out;
		}
	if (!ask(n) || cli_lsa_name(&n->lsa, sid, out) != STATUS_SUCCESS)
		(void)snprintf(out, CLI_ACCOUNT_MAX, "%s", sid_to_text(sid, text));
	/* A terminal would obey them. */
	for (char *p = out; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			*p = '?';
	return out;
}

static bool find_known(const char *text, struct sid *out)
{
	const struct sid_known_entry *table = sid_known_table();
	char name[CLI_ACCOUNT_MAX];

	for (size_t i = 0; i < SID_KNOWN_COUNT; i++) {
		known_name(&table[i], name);
		if (table[i].name[0] == '\0' || (strcasecmp(table[i].name, text) != 0 && strcasecmp(name, text) != 0))
			continue;
		*out = table[i].sid;
		return true;
	}
	return false;
}

bool acl_names_find(struct acl_names *n, const char *text, struct sid *out, const char **why)
{
	if (sid_from_text(text, out) || find_known(text, out))
		return true;
	if (!ask(n)) {
		*why = "the server cannot be asked for names; write the SID, S-1-...";
		return false;
	}
	*why = "the server knows no user and no group of this name";
	return cli_lsa_sid(&n->lsa, text, out) == STATUS_SUCCESS;
}
