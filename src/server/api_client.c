/* include/longhouse/client.h over the client: the connection. Statuses become errno values, times nanoseconds since 1970. */
#include "server/api_client.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "client/status.h"

enum { STRINGS_MAX = 16 << 10 };

int api_result(struct lh_client *c, nt_status status)
{
	if (status != STATUS_SUCCESS)
		c->status = status;
	return -cli_status_errno(status);
}

int api_at(struct lh_client *c, const char *path, remote_call call, void *user)
{
	return api_result(c, remote_at(&c->branches, path, call, user));
}

/* ---- times ---- */

static int64_t to_unix(nttime t)
{
	int64_t since = (int64_t)(t - NTTIME_UNIX_EPOCH);
	return t == 0 || since > INT64_MAX / 100 || since < INT64_MIN / 100 ? 0 : since * 100;
}

nttime api_from_unix(int64_t ns)
{
	return ns == 0 ? 0 : NTTIME_UNIX_EPOCH + (nttime)(ns / 100);
}

void api_fill_info(const struct cli_info *from, struct lh_info *to)
{
	*to = (struct lh_info){
		.size = from->size, .attributes = from->attributes, .created = to_unix(from->creation_time), .accessed = to_unix(from->last_access_time),
		.written = to_unix(from->last_write_time), .changed = to_unix(from->change_time),
	};
}

/* ---- the connection ---- */

static const char *copy(struct lh_client *c, const char *text)
{
	return arena_strdup(&c->strings, text != NULL ? text : "");
}

static bool take_dialect(const char *word, enum smb1_dialect *out)
{
	*out = word != NULL ? smb1_dialect_from_word(word) : SMB1_DIALECT_NONE;
	return word == NULL || *out != SMB1_DIALECT_NONE;
}

static bool take_options(struct lh_client *c, const struct lh_client_options *o, struct remote_options *out)
{
	static const enum smb1_signing_policy signing[] = {
		[LH_SIGNING_OFFERED] = SMB1_SIGNING_OFFERED, [LH_SIGNING_REQUIRED] = SMB1_SIGNING_REQUIRED, [LH_SIGNING_OFF] = SMB1_SIGNING_OFF,
	};
	struct cli_options *to = &out->cli;

	if (o->host == NULL || (unsigned)o->auth > LH_AUTH_KERBEROS || (unsigned)o->signing >= ARRAY_LEN(signing) ||
	    !take_dialect(o->min_dialect, &to->min_dialect) || !take_dialect(o->max_dialect, &to->max_dialect) ||
	    (o->dos_charset != NULL && oem_page_get(o->dos_charset) == NULL))
		return false;
	to->host = copy(c, o->host);
	to->user = copy(c, o->user != NULL && o->user[0] != '\0' ? o->user : "guest");
	to->domain = copy(c, o->domain);
	to->password = copy(c, o->password);
	to->oem = o->dos_charset != NULL ? copy(c, o->dos_charset) : NULL;
	to->kerberos = o->auth == LH_AUTH_KERBEROS;
	to->auth = to->kerberos ? CLI_AUTH_NTLMV2 : (enum cli_auth)o->auth;
	to->signing = signing[o->signing];
	out->port = o->port;
	out->timeout_ms = o->timeout_ms;
	c->share = o->share != NULL ? copy(c, o->share) : NULL;
	return to->host != NULL && to->user != NULL && to->domain != NULL && to->password != NULL && (c->share != NULL || o->share == NULL) &&
	       (to->oem != NULL || o->dos_charset == NULL);
}

int lh_client_open(const struct lh_client_options *options, struct lh_client **out)
{
	struct remote_options o = { .port = 0 };
	struct lh_client *c = *out = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	log_set_level(LOG_LEVEL_SILENT);
	arena_init(&c->strings, STRINGS_MAX);
	if (!take_options(c, options, &o)) {
		c->status = STATUS_INVALID_PARAMETER;
		return -EINVAL;
	}
	c->is_open = true;
	c->branches.home = &c->remote;
	return api_result(c, remote_open_share(&c->remote, &o, c->share));
}

void lh_client_close(struct lh_client *c)
{
	if (c == NULL)
		return;
	remote_branches_fini(&c->branches);
	if (c->is_open)
		remote_close(&c->remote, true);
	arena_fini(&c->strings);
	free(c);
}

/* What is broken of all its connections; who asks though nothing is has his reasons. */
static nt_status reconnect(struct lh_client *c)
{
	nt_status status = STATUS_SUCCESS;
	bool any = false;

	for (struct remote_branch *b = c->branches.first; b != NULL && status == STATUS_SUCCESS; b = b->next) {
		if (!b->remote.cli.session->broken)
			continue;
		any = true;
		status = remote_again(&b->remote, b->place.share);
		if (status != STATUS_SUCCESS)
			return cli_fail(api_cli(c), status, "%s", cli_why(&b->remote.cli, status));
	}
	return any && !api_cli(c)->session->broken ? status : remote_again(&c->remote, c->share);
}

int lh_client_reconnect(struct lh_client *c)
{
	return c->is_open ? api_result(c, reconnect(c)) : -EINVAL;
}

const char *lh_client_error(struct lh_client *c)
{
	return c->is_open ? cli_why(api_cli(c), c->status) : "an option is wrong, or the host is missing";
}

uint32_t lh_client_status(const struct lh_client *c) { return c->status; }
const char *lh_client_dialect(const struct lh_client *c) { return smb1_dialect_label(c->remote.cli.server.dialect); }

struct share_call {
	lh_share_fn fn;
	void *user;
};

static bool see_share(void *user, const struct cli_share *s)
{
	const struct share_call *call = user;
	return call->fn(call->user, s->name, s->comment, s->type) == 0;
}

int lh_client_shares(struct lh_client *c, lh_share_fn fn, void *user)
{
	struct share_call call = { fn, user };
	uint16_t tid = api_cli(c)->tid;
	int err = api_result(c, cli_shares(api_cli(c), see_share, &call));

	/* The share of pipes was its place meanwhile. */
	if (c->share != NULL && api_cli(c)->tid != tid) {
		(void)!cli_tree_disconnect(api_cli(c));
		api_cli(c)->tid = tid;
	}
	return err;
}
