#include "smb1/treeauth.h"

#include <stdlib.h>

#include "base/log.h"

bool treeauth_session_may(const struct smb1_conn *c, const struct smb1_session *s, const char *share)
{
	if (!s->identity.by_legacy)
		return true;
	if ((legacy_methods(&c->settings->s.legacy, &c->net->peer, share) & AUTH_BIT(s->identity.method)) != 0)
		return true;
	log_notice("%s: '%s' logged on by %s, which is not allowed for share %s: add it to the shares of `legacy auth`, or let the "
		   "client use NTLMv2",
		   c->net->peer_text, s->identity.account, auth_method_name(s->identity.method), share);
	return false;
}

static struct auth_response response_of(struct smb1_req *r, const char *share, struct slice password)
{
	struct smb1_conn *c = r->conn;
	/* With 24 bytes it is an answer to the challenge; the second kind of field is for the session setup only. */
	return (struct auth_response){
		.challenge = c->challenge,
		.lm = password,
		.plaintext = c->plaintext,
		.oem = c->oem,
		.legacy = legacy_methods(&c->settings->s.legacy, &c->net->peer, share),
		.user = "",
		.domain = "",
		.workstation = "",
		.peer = c->net->peer_text,
	};
}

static nt_status prove_share(struct smb1_req *r, struct smb1_tree *t, const struct smb1_share_policy *policy,
			     const struct auth_response *response)
{
	const struct auth_share_passwords passwords = {
		.share = fs_share_config(t->share)->name, .read = policy->read_password, .write = policy->write_password
	};
	nt_status status = auth_verify_share(r->conn->settings->s.auth, &passwords, response, r->now, &t->read_only, &t->identity);
	t->has_identity = status == STATUS_SUCCESS;
	t->by_share_password = t->has_identity;
	return status;
}

/* Whose password it may be: the machine's name is what core clients have instead of a user ([MS-LM10] 5.2), then those whom
 * the share is for; a machine that is no user may have any user's, while they are few: one guess is good for all of them. */
enum { CANDIDATES_MAX = 8 };

struct candidates {
	size_t n;
	const char *names[CANDIDATES_MAX];
	char accounts[CANDIDATES_MAX - 1][AUTH_NAME_MAX];
};

static void find_candidates(struct smb1_req *r, const struct fs_share_config *share, struct candidates *c)
{
	c->n = 0;
	if (r->conn->calling_name[0] != '\0')
		c->names[c->n++] = r->conn->calling_name;
	for (const char *const *u = share->valid_users; u != NULL && *u != NULL && c->n < CANDIDATES_MAX; u++)
		if ((*u)[0] != '@' && (*u)[0] != '+')
			c->names[c->n++] = *u;
	if (share->valid_users != NULL)
		return;
	size_t n = auth_few_accounts(r->conn->settings->s.auth, c->accounts, ARRAY_LEN(c->accounts)), before = c->n;
	for (size_t i = 0; i < n; i++) {
		if (utf8_casecmp(c->accounts[i], r->conn->calling_name) == 0) {
			c->n = before;
			return;
		}
		c->names[c->n++] = c->accounts[i];
	}
}

static void tell_cure(const struct smb1_req *r, const char *share, const struct candidates *c)
{
	static struct log_limit limit;
	const char *machine = r->conn->calling_name;
	if (c->n > (machine[0] != '\0' ? 1u : 0u))
		log_limited(&limit, LOG_LEVEL_WARNING, "%s: wrong password for share %s: it is none of the accounts'; to set one: --user NAME:PASSWORD, or, "
			    "for a server without --user, longhouse user passwd NAME with this server's --state", r->conn->net->peer_text, share);
	else
		log_limited(&limit, LOG_LEVEL_WARNING, "%s: share %s: a client of this dialect names no user, and there are more accounts than are tried; "
			    "write `valid users = NAME` for the share, or add an account with the name of the machine (longhouse user add %s)",
			    r->conn->net->peer_text, share, machine[0] != '\0' ? machine : "MACHINE");
}

static nt_status prove_user(struct smb1_req *r, struct smb1_tree *t, const struct auth_response *response)
{
	struct candidates c;
	const struct fs_share_config *share = fs_share_config(t->share);
	find_candidates(r, share, &c);
	auth_identity_fini(&t->identity);
	nt_status status = auth_verify_among(r->conn->settings->s.auth, response, c.names, c.n, r->now, &t->identity);
	t->has_identity = status == STATUS_SUCCESS;
	if (status != STATUS_LOGON_FAILURE)
		return status;
	tell_cure(r, share->name, &c);
	/* DOS asks for the password at this error, and only at this one. */
	return STATUS_WRONG_PASSWORD;
}

nt_status treeauth_prove(struct smb1_req *r, struct smb1_tree *t, const struct smb1_share_policy *policy, struct slice password)
{
	const char *share = fs_share_config(t->share)->name;
	struct smb1_conn *c = r->conn;
	struct auth_response response = response_of(r, share, password);
	bool has_password = policy->read_password != NULL || policy->write_password != NULL;
	if (has_password && legacy_share_level(&c->settings->s.legacy, &c->net->peer, share))
		return prove_share(r, t, policy, &response);
	return prove_user(r, t, &response);
}
