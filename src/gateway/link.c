/*
 * One user's connection to the other server: making it, losing it. A server that did not answer is left alone for a while, and all that is
 * asked of it meanwhile fails at once; so a dead server costs other shares nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "gateway/internal.h"

enum { REST_MS = 3000 /* after a connection that could not be made */ };

void gateway_link_init(struct gateway_link *l, struct gateway *g, const char *client)
{
	l->gateway = g;
	l->client = strdup(client);
	lock_init(&l->lock, LOCK_RANK_LEAF);
	CHECK(pthread_cond_init(&l->changed, NULL) == 0);
}

static void hang_up(struct gateway_link *l)
{
	if (l->cli == NULL)
		return;
	gateway_oplocks_lost(l);
	l->n_early = 0;
	cli_session_break(gateway_session(l), "it was hung up"); /* with it go the watches that end */
	l->gateway->options.dial.hang_up(l->handle);
	l->cli = NULL;
	l->handle = NULL;
}

void gateway_link_fini(struct gateway_link *l)
{
	gateway_watches_fini(l);
	hang_up(l);
	pthread_cond_destroy(&l->changed);
	lock_fini(&l->lock);
	free(l->client);
}

/* ---- the connection ---- */

static const struct gateway_account *account_of(const struct gateway_link *l)
{
	static const struct gateway_account nobody = { .user = "guest", .domain = "", .password = "" };
	const struct gateway_options *o = &l->gateway->options;

	for (size_t i = 0; i < o->n_accounts; i++)
		if (o->accounts[i].client == NULL || utf8_casecmp(o->accounts[i].client, l->client) == 0)
			return &o->accounts[i];
	return &nobody;
}

static int errno_of_failure(nt_status status)
{
	switch (status) {
	case STATUS_LOGON_FAILURE:
	case STATUS_WRONG_PASSWORD:
	case STATUS_ACCESS_DENIED:
	case STATUS_ACCOUNT_DISABLED:
	case STATUS_ACCOUNT_RESTRICTION:
	case STATUS_PASSWORD_EXPIRED: return -EACCES;
	default: return -EHOSTDOWN;
	}
}

static const char *cure_of(const struct gateway_link *l, nt_status status)
{
	if (errno_of_failure(status) == -EACCES)
		return "the credentials file says who this server's users are there";
	if (status == STATUS_BAD_NETWORK_NAME && l->cli != NULL && l->cli->server.dialect != SMB1_DIALECT_NONE)
		return "correct the path of the share here, or share that there";
	return "the share works again as soon as that server does";
}

static int complain(struct gateway_link *l, nt_status status)
{
	const struct gateway_options *o = &l->gateway->options;
	int err = errno_of_failure(status);

	if (!l->complained)
		log_error("share %s: //%s/%s as %s%s: %s; %s", o->share, o->host, o->remote_share, account_of(l)->user,
			  l->client[0] != '\0' ? "" : " (a guest here)", l->cli != NULL ? cli_why(l->cli, status) : "not enough memory",
			  cure_of(l, status));
	l->complained = true;
	return err;
}

static int dial(struct gateway_link *l)
{
	const struct gateway_options *o = &l->gateway->options;
	nt_status status;

	l->cli = o->dial.open(o->dial.user, account_of(l), &l->handle, &status);
	if (status == STATUS_SUCCESS)
		status = cli_tree_connect(l->cli, o->remote_share, NULL);
	if (status != STATUS_SUCCESS) {
		l->failed_at = l->gateway->options.dial.now();
		l->failed_with = complain(l, status);
		hang_up(l);
		return l->failed_with;
	}
	l->generation++;
	l->cli->pump = gateway_pump;
	l->cli->pump_user = l;
	gateway_session(l)->on_break = gateway_on_break;
	gateway_session(l)->break_user = l;
	if (l->complained || l->generation == 1)
		log_notice("share %s: connected to //%s/%s as %s (%s)", o->share, o->host, o->remote_share, account_of(l)->user,
			   smb1_dialect_label(l->cli->server.dialect));
	l->complained = false;
	l->failed_at = 0;
	return 0;
}

int gateway_dial(struct gateway_link *l)
{
	const nttime now = l->gateway->options.dial.now();

	if (l->cli != NULL) {
		log_notice("share %s: the connection to //%s/%s is lost: %s", l->gateway->options.share, l->gateway->options.host,
			   l->gateway->options.remote_share, gateway_session(l)->why);
		l->complained = true; /* and the next success is worth a line */
		hang_up(l);
	}
	if (l->failed_at != 0 && now >= l->failed_at && now - l->failed_at < REST_MS * NTTIME_PER_MS)
		return l->failed_with;
	return dial(l);
}
