/*
 * One user's connection to the other server: who may use it, making it, losing it.
 *
 * Calls on it are made one after another. Who has to wait holds a thread of the pool meanwhile, and there are not many: while more
 * than WAITING_MAX wait, the patience of those that come is short. A server that did not answer is left alone for a while, and all
 * that is asked of it meanwhile fails at once; so a dead server costs other shares nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/blocking.h"
#include "base/check.h"
#include "base/log.h"
#include "gateway/internal.h"

enum {
	WAITING_MAX = 8,        /* of all the pool's 34 threads and more */
	PATIENCE_MS = 30000,    /* longer than the client waits for an answer: who is next then finds out */
	CROWDED_MS = 500,
	SLICE_MS = 250,
	OWN_BREAK_MS = 1000,    /* a call that waits so long while an oplock of ours is asked for waits for that oplock */
	ANSWER_MS = 20000,      /* long enough for the server to wait for another client's oplock */
	REST_MS = 3000,         /* after a connection that could not be made */
};

static _Atomic unsigned all_waiting; /* of the process: its threads are what it is about */

void gateway_link_init(struct gateway_link *l, struct gateway *g, const char *client)
{
	l->gateway = g;
	l->client = strdup(client);
	lock_init(&l->lock, LOCK_RANK_LEAF);
	CHECK(pthread_cond_init(&l->left, NULL) == 0);
}

static void hang_up(struct gateway_link *l)
{
	if (l->cli == NULL)
		return;
	gateway_oplocks_lost(l);
	l->gateway->options.dial.hang_up(l->handle);
	l->cli = NULL;
	l->handle = NULL;
}

void gateway_link_fini(struct gateway_link *l)
{
	gateway_watches_fini(l);
	hang_up(l);
	pthread_cond_destroy(&l->left);
	lock_fini(&l->lock);
	free(l->client);
}

/* ---- one at a time ---- */

static bool wait_turn(struct gateway_link *l)
{
	bool crowded = atomic_fetch_add(&all_waiting, 1) >= WAITING_MAX;
	const struct timespec until = nttime_to_timespec(l->gateway->options.dial.now() + (crowded ? CROWDED_MS : PATIENCE_MS) * NTTIME_PER_MS);
	int err = 0;

	l->waiting++;
	while (l->busy && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&l->left, &l->lock.mutex, &until);
	l->waiting--;
	atomic_fetch_sub(&all_waiting, 1);
	return !l->busy;
}

static bool take(struct gateway_link *l, bool may_wait)
{
	lock_take(&l->lock);
	bool mine = !l->busy || (may_wait && wait_turn(l));
	if (mine)
		l->busy = true;
	lock_release(&l->lock);
	return mine;
}

bool gateway_take(struct gateway_link *l)
{
	return take(l, false);
}

static void give(struct gateway_link *l)
{
	lock_take(&l->lock);
	l->busy = false;
	pthread_cond_signal(&l->left);
	lock_release(&l->lock);
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

static int complain(struct gateway_link *l, nt_status status)
{
	const struct gateway_options *o = &l->gateway->options;
	int err = errno_of_failure(status);

	if (!l->complained)
		log_error("share %s: //%s/%s as %s%s: %s; %s", o->share, o->host, o->remote_share, account_of(l)->user,
			  l->client[0] != '\0' ? "" : " (a guest here)", l->cli != NULL ? cli_why(l->cli, status) : "not enough memory",
			  err == -EACCES ? "the credentials file says who this server's users are there" : "the share works again as soon as that server does");
	l->complained = true;
	return err;
}

static size_t progress(const struct cli_session *s)
{
	return s->in_len + s->out_at + ((size_t)s->n_in_flight << 32) + ((size_t)s->mid << 44);
}

/* cli_pump_fn: until something moves. */
static bool pump(void *user, struct cli_session *s)
{
	struct gateway_link *l = user;
	const nttime start = l->gateway->options.dial.now();
	const size_t before = progress(s);

	for (;;) {
		const struct cli_call *call = s->in_flight;
		l->gateway->options.dial.step(l->handle, SLICE_MS);
		if (s->broken || progress(s) != before || s->in_flight != call)
			return !s->broken;
		nttime waited = l->gateway->options.dial.now() - start;
		if (waited >= OWN_BREAK_MS * NTTIME_PER_MS)
			gateway_answer_breaks(l);
		if (waited < ANSWER_MS * NTTIME_PER_MS)
			continue;
		cli_session_break(s, "the server has not answered for %d s", ANSWER_MS / 1000);
		return false;
	}
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
	l->cli->pump = pump;
	l->cli->pump_user = l;
	gateway_session(l)->on_break = gateway_on_break;
	gateway_session(l)->break_user = l;
	if (l->complained || l->generation == 1)
		log_notice("share %s: connected to //%s/%s as %s (%s)", o->share, o->host, o->remote_share, account_of(l)->user,
			   smb1_dialect_label(l->cli->server.dialect));
	l->complained = false;
	l->failed_at = 0;
	gateway_watches_again(l);
	return 0;
}

static int connected(struct gateway_link *l)
{
	if (l->cli != NULL && !gateway_session(l)->broken)
		return 0;
	if (l->cli != NULL) {
		log_notice("share %s: the connection to //%s/%s is lost: %s", l->gateway->options.share, l->gateway->options.host,
			   l->gateway->options.remote_share, gateway_session(l)->why);
		l->complained = true; /* and the next success is worth a line */
		hang_up(l);
	}
	nttime now = l->gateway->options.dial.now();
	if (l->failed_at != 0 && now >= l->failed_at && now - l->failed_at < REST_MS * NTTIME_PER_MS)
		return l->failed_with;
	return dial(l);
}

int gateway_enter(struct gateway_link *l)
{
	blocking_begin();
	if (!take(l, true)) {
		blocking_end();
		return -ETIMEDOUT;
	}
	int err = connected(l);
	if (err != 0)
		gateway_leave(l);
	return err;
}

bool gateway_hold(struct gateway_link *l)
{
	blocking_begin();
	if (take(l, true))
		return true;
	blocking_end();
	return false;
}

bool gateway_enter_live(struct gateway_link *l)
{
	if (!gateway_hold(l))
		return false;
	if (l->cli != NULL && !gateway_session(l)->broken)
		return true;
	gateway_leave(l);
	return false;
}

void gateway_leave(struct gateway_link *l)
{
	const struct gateway_dial *dial = &l->gateway->options.dial;

	if (l->cli != NULL && !gateway_session(l)->broken) {
		dial->step(l->handle, 0); /* what needs no answer goes too */
		dial->watch(l->handle, l);
	}
	give(l);
	if (l->has_news)
		dial->wake(dial->user);
	blocking_end();
}

void gateway_ready(struct gateway_link *l)
{
	blocking_begin();
	if (!take(l, false)) { /* who is in there reads what has come, and has it watched again */
		blocking_end();
		return;
	}
	if (l->cli != NULL && !gateway_session(l)->broken)
		l->gateway->options.dial.step(l->handle, 0);
	if (l->cli != NULL && gateway_session(l)->broken)
		gateway_oplocks_lost(l);
	gateway_leave(l);
}

/* ---- what became of a call ---- */

static const struct {
	nt_status status;
	int err;
} errors[] = {
	{ STATUS_SUCCESS, 0 },
	{ STATUS_OBJECT_NAME_NOT_FOUND, ENOENT }, { STATUS_NO_SUCH_FILE, ENOENT }, { STATUS_NOT_FOUND, ENOENT }, { STATUS_NO_MORE_FILES, ENOENT },
	{ STATUS_OBJECT_PATH_NOT_FOUND, ENOTDIR }, { STATUS_NOT_A_DIRECTORY, ENOTDIR }, { STATUS_OBJECT_PATH_SYNTAX_BAD, ENOTDIR },
	{ STATUS_OBJECT_NAME_INVALID, EILSEQ }, { STATUS_OBJECT_NAME_COLLISION, EEXIST }, { STATUS_FILE_IS_A_DIRECTORY, EISDIR },
	{ STATUS_DIRECTORY_NOT_EMPTY, ENOTEMPTY }, { STATUS_ACCESS_DENIED, EACCES }, { STATUS_CANNOT_DELETE, EACCES },
	{ STATUS_PRIVILEGE_NOT_HELD, EACCES }, { STATUS_SHARING_VIOLATION, EBUSY }, { STATUS_DELETE_PENDING, EBUSY },
	{ STATUS_FILE_LOCK_CONFLICT, EDEADLK }, { STATUS_LOCK_NOT_GRANTED, EDEADLK }, { STATUS_DISK_FULL, ENOSPC },
	{ STATUS_MEDIA_WRITE_PROTECTED, EROFS }, { STATUS_TOO_MANY_OPENED_FILES, EMFILE }, { STATUS_NOT_SAME_DEVICE, EXDEV },
	{ STATUS_NOT_SUPPORTED, EOPNOTSUPP }, { STATUS_NOT_IMPLEMENTED, EOPNOTSUPP }, { STATUS_EAS_NOT_SUPPORTED, EOPNOTSUPP },
	{ STATUS_INVALID_INFO_CLASS, EOPNOTSUPP }, { STATUS_INVALID_LEVEL, EOPNOTSUPP }, { STATUS_SMB_BAD_FID, ESTALE },
	{ STATUS_INVALID_HANDLE, ESTALE }, { STATUS_FILE_CLOSED, ESTALE }, { STATUS_FILE_INVALID, ESTALE }, { STATUS_INVALID_PARAMETER, EINVAL },
	{ STATUS_INVALID_OWNER, EPERM }, { STATUS_INVALID_PRIMARY_GROUP, EPERM }, { STATUS_INVALID_SECURITY_DESCR, EINVAL }, { STATUS_INVALID_ACL, EINVAL },
	{ STATUS_BUFFER_TOO_SMALL, E2BIG },
	{ STATUS_NO_MEMORY, ENOMEM }, { STATUS_INSUFF_SERVER_RESOURCES, ENOMEM }, { STATUS_INSUFFICIENT_RESOURCES, ENOMEM },
	{ STATUS_CONNECTION_DISCONNECTED, EHOSTDOWN }, { STATUS_IO_TIMEOUT, ETIMEDOUT }, { STATUS_END_OF_FILE, 0 },
};

int gateway_errno(struct gateway_link *l, nt_status status)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].status == status)
			return -errors[i].err;
	if (l->cli != NULL)
		log_info("share %s: //%s/%s: %s", l->gateway->options.share, l->gateway->options.host, l->gateway->options.remote_share,
			 cli_why(l->cli, status));
	return -EIO;
}

bool gateway_again(struct gateway_link *l, nt_status status)
{
	return status == STATUS_CONNECTION_DISCONNECTED && l->cli != NULL && gateway_session(l)->broken && connected(l) == 0;
}
