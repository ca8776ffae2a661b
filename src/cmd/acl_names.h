/* Accounts as people call them: well-known ones, those that the server knows, SIDs. */
#ifndef CMD_ACL_NAMES_H
#define CMD_ACL_NAMES_H

#include "client/lsa.h"

/* Asks the server when it has to, once opened. */
struct acl_names {
	const struct cli *cli;
	struct cli_lsa lsa;
	bool is_open, failed;
};
void acl_names_close(struct acl_names *n);
/* "DOMAIN\NAME", "Everyone", or the SID where nobody knows it. */
const char *acl_names_of(struct acl_names *n, const struct sid *sid, char out[CLI_ACCOUNT_MAX]);
/* The reverse, S-1-... too. False: there is no such account; *why. */
bool acl_names_find(struct acl_names *n, const char *text, struct sid *out, const char **why);

#endif
