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
 * the share is for, then whoever is the only one. */
enum { MAX_CANDIDATES = 8 };

static size_t candidates(struct smb1_req *r, const struct fs_share_config *share, char *only, size_t cap, const char *names[MAX_CANDIDATES])
{
	size_t n = 0;
	if (r->conn->calling_name[0] != '\0')
		names[n++] = r->conn->calling_name;
	for (const char *const *u = share->valid_users; u != NULL && *u != NULL && n < MAX_CANDIDATES; u++)
		if ((*u)[0] != '@' && (*u)[0] != '+')
			names[n++] = *u;
	if (share->valid_users == NULL && n < MAX_CANDIDATES && auth_only_account(r->conn->settings->s.auth, only, cap))
		names[n++] = only;
	return n;
}

static nt_status prove_user(struct smb1_req *r, struct smb1_tree *t, struct auth_response *response)
{
	char only[128];
	const char *names[MAX_CANDIDATES] = { NULL };
	size_t n = candidates(r, fs_share_config(t->share), only, sizeof(only), names);
	nt_status status = STATUS_WRONG_PASSWORD;
	for (size_t i = 0; i < n; i++) {
		response->user = names[i];
		auth_identity_fini(&t->identity);
		status = auth_verify(r->conn->settings->s.auth, response, r->now, &t->identity);
		if (status == STATUS_SUCCESS && !t->identity.guest)
			break;
	}
	if (n == 0) /* a guest, or nobody */
		status = auth_verify(r->conn->settings->s.auth, response, r->now, &t->identity);
	t->has_identity = status == STATUS_SUCCESS;
	/* DOS asks for the password at this error, and only at this one. */
	return status == STATUS_LOGON_FAILURE ? STATUS_WRONG_PASSWORD : status;
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
