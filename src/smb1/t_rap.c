/* RAP over SMB_COM_TRANSACTION: the circumstances of a call, printers and the account database as RAP may use them. [MS-RAP] 3.2 */
#include "auth/password.h"
#include "crypto/crypto.h"
#include "rap/rap.h"
#include "smb1/queues.h"
#include "smb1/trans.h"

enum { MAX_REPLY = 65535 };

static bool find_account(void *user, struct arena *arena, const char *name, struct rap_account *out)
{
	const struct smb1_req *r = user;
	struct auth *auth = r->conn->settings->rpc.auth;
	struct account account;
	if (auth == NULL || auth_accounts(auth) == NULL || !accounts_find(auth_accounts(auth), name, &account))
		return false;
	*out = (struct rap_account){
		.name = arena_strdup(arena, account.name), .full_name = arena_strdup(arena, account.full_name),
		.admin = account.admin, .disabled = account.disabled,
	};
	crypto_wipe(&account, sizeof(account));
	return out->name != NULL && out->full_name != NULL;
}

static nt_status change(const struct smb1_req *r, struct auth_password_change c, nttime now)
{
	struct auth *auth = r->conn->settings->rpc.auth;
	c.peer = r->conn->net->peer_text;
	return auth != NULL ? auth_password_change(auth, &c, now) : STATUS_ACCESS_DENIED;
}

static nt_status change_in_clear(void *user, const char *name, struct slice old_password, struct slice new_password, nttime now)
{
	struct smb1_req *r = user;
	size_t old_len = 0, new_len = 0;
	char *old_text = utf8_from_oem(&r->arena, r->conn->oem, old_password, &old_len);
	char *new_text = utf8_from_oem(&r->arena, r->conn->oem, new_password, &new_len);
	const struct auth_password_change c = { .account = name, .old_password = old_text, .new_password = new_text };
	nt_status status = old_text != NULL && new_text != NULL ? change(r, c, now) : STATUS_NO_MEMORY;
	if (old_text != NULL)
		crypto_wipe(old_text, old_len);
	if (new_text != NULL)
		crypto_wipe(new_text, new_len);
	return status;
}

static nt_status change_oem(void *user, const char *name, struct slice encrypted, struct slice proof, nttime now)
{
	return change(user, (struct auth_password_change){ .account = name, .encrypted = encrypted, .proof = proof, .lm = true }, now);
}

nt_status trans_rap(struct smb1_req *r, struct trans_call *call)
{
	const struct rap_accounts accounts = { r, find_account, change_in_clear, change_oem };
	const struct rap_request request = {
		.printing = queues_of(r),
		.facts = &r->conn->settings->facts,
		.oem = r->conn->oem,
		.parameters = call->parameters,
		.data = call->data,
		.max_parameter_count = MIN(call->max_parameter_count, (size_t)MAX_REPLY),
		.max_data_count = MIN(call->max_data_count, (size_t)MAX_REPLY),
		.now = r->now,
		.tz_min = r->conn->tz_min,
		.before_nt = r->conn->dialect < SMB1_DIALECT_NT_LM_0_12,
		.user_name = r->session->identity.account,
		.guest = r->session->identity.guest,
		.admin = r->session->identity.admin,
		.accounts = &accounts,
	};
	return rap_call(&request, &r->arena, &call->out_parameters, &call->out_data);
}
