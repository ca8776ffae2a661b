/*
 * Changes in folders at the server, for those who watch them here. Each watch has a handle of its own there, and one request under way; what
 * happens between two requests the server keeps. Who made a change does not matter: those of our own clients come from there, too.
 *
 * A watch belongs to its link's owner. When he leaves after an answer came, gateway_tell is called, which passes it on and asks for the next
 * one. That thread serves all servers, so nothing here waits for one of them, but opening a folder in a client's turn. A watch
 * that ends is closed there by itself: it goes with its last answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/internal.h"

struct gateway_watch {
	struct gateway_watch *next; /* of the link's; the owner's to change, with the gateway's lock */
	struct gateway_link *link;
	struct gateway_file *file;  /* the gateway's lock; NULL: nobody watches any more */
	uint64_t id;
	uint32_t filter;
	bool tree;
	unsigned generation;        /* of the connection that it has a handle on */
	bool is_open;
	bool is_armed;              /* x was started, and its answer not yet taken */
	bool missed;                /* what happened between two connections; those who watch are to hear that */
	bool is_ending;             /* it is in no list, and goes when neither x nor its close is under way */
	bool is_closing;            /* the close is under way */
	struct cli_file folder;
	struct cli_transaction x;
	struct cli_call close;
};

static void end_if_over(struct gateway_watch *w);

/* Whoever is in the link has gateway_tell called when he leaves. */
static void on_done(struct cli_call *call, struct cli_session *s)
{
	struct gateway_watch *w = call->done_user;

	(void)s;
	if (w->is_ending)
		end_if_over(w);
	else
		w->link->has_news = true;
}

static bool arm(struct gateway_watch *w)
{
	w->x = (struct cli_transaction){ .call = { .on_done = on_done, .done_user = w } };
	w->is_armed = cli_watch_start(w->link->cli, &w->folder, w->filter, w->tree, &w->x);
	if (!w->is_armed)
		cli_transaction_fini(&w->x);
	return w->is_armed;
}

static nt_status open_and_arm(struct gateway_turn *t, struct gateway_watch *w, const char *path)
{
	const struct cli_create as = {
		.desired_access = FILE_LIST_DIRECTORY | ACCESS_SYNCHRONIZE, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN,
		.create_options = FILE_DIRECTORY_FILE,
	};
	nt_status status = cli_create(&t->cli, path, &as, &w->folder);

	w->is_open = status == STATUS_SUCCESS;
	w->generation = t->generation;
	return w->is_open && !arm(w) ? STATUS_INSUFFICIENT_RESOURCES : status;
}

/* The name at the server, malloc'd; NULL: nobody watches any more. */
static char *path_of(struct gateway_turn *t, const struct gateway_watch *w)
{
	struct gateway *g = t->l->gateway;

	lock_take(&g->lock);
	char *path = w->file != NULL ? strdup(w->file->path) : NULL;
	lock_release(&g->lock);
	if (path == NULL)
		return NULL;
	char *there = strdup(gateway_path(t, path));
	free(path);
	return there;
}

static void end_if_over(struct gateway_watch *w)
{
	if (w->is_closing || (w->is_armed && !w->x.call.done))
		return;
	if (w->is_armed)
		cli_transaction_fini(&w->x);
	cli_call_fini(&w->close);
	w->link->n_watches--;
	free(w);
}

/* Closing the folder ends the request; a server that does not see it so is told. */
static void on_closed(struct cli_call *call, struct cli_session *s)
{
	struct gateway_watch *w = call->done_user;

	w->is_closing = false;
	if (w->is_armed && !w->x.call.done && !s->broken && !cli_session_cancel(s, &w->x.call))
		cli_session_break(s, "not enough memory"); /* it must not keep what nobody ends */
	else
		end_if_over(w);
}

/* Of a watch that is in no list. */
static void end(struct gateway_watch *w)
{
	struct gateway_link *l = w->link;

	w->is_ending = true;
	w->is_closing = gateway_is_live(l) && w->is_open && w->generation == l->generation;
	w->close = (struct cli_call){ .on_done = on_closed, .done_user = w };
	if (w->is_closing && cli_close_start(l->cli, &w->folder, &w->close))
		return;
	w->is_closing = false;
	if (w->is_armed && !w->x.call.done)
		cli_session_break(gateway_session(l), "not enough memory"); /* which ends it */
	else
		end_if_over(w);
}

static void drop(struct gateway_watch *w)
{
	struct gateway_watch **at = &w->link->watches;

	lock_take(&w->link->gateway->lock);
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	lock_release(&w->link->gateway->lock);
	end(w);
}

/* ---- those who watch ---- */

/* Half of the requests that the server lets us have under way are left for all else. */
static bool has_room(const struct gateway_link *l)
{
	return l->n_watches < l->cli->server.max_mpx / 2u;
}

static nt_status begin(struct gateway_turn *t, struct gateway_watch *w)
{
	cli_begin(&t->cli);
	char *path = path_of(t, w);
	nt_status status = path != NULL ? open_and_arm(t, w, path) : STATUS_NO_MEMORY;
	if (path != NULL && gateway_again(t, status))
		status = open_and_arm(t, w, path);
	free(path);
	return status;
}

static int add(struct gateway_turn *t, struct gateway_watch *w)
{
	struct gateway_link *l = t->l;
	nt_status status = begin(t, w);

	if (status != STATUS_SUCCESS) {
		end(w);
		return gateway_errno(t, status);
	}
	lock_take(&l->gateway->lock);
	w->next = l->watches;
	l->watches = w;
	lock_release(&l->gateway->lock);
	return 0;
}

int gateway_follow(struct vfs_file *folder, uint32_t filter, bool tree, uint64_t id)
{
	struct gateway_link *l = gateway_link_of(folder->vfs);
	struct gateway_watch *w = calloc(1, sizeof(*w));
	struct gateway_turn t;
	int err = w != NULL ? gateway_enter(&t, l) : -ENOMEM;

	if (err != 0) {
		free(w);
		return err;
	}
	*w = (struct gateway_watch){ .link = l, .file = gateway_file_of(folder), .id = id, .filter = filter, .tree = tree };
	err = t.cli.server.dialect < SMB1_DIALECT_NT_LM_0_12 ? -EOPNOTSUPP : !has_room(l) ? -ENOSPC : 0;
	if (err == 0) {
		l->n_watches++; /* it goes with the watch */
		err = add(&t, w);
	} else {
		free(w);
	}
	gateway_leave(&t);
	return err;
}

/* With the gateway's lock. */
static struct gateway_watch *find(struct gateway_link *l, const struct vfs_file *folder)
{
	struct gateway_watch *w = l->watches;

	while (w != NULL && w->file != (const struct gateway_file *)folder)
		w = w->next;
	return w;
}

void gateway_unfollow(struct vfs_file *folder)
{
	struct gateway_link *l = gateway_link_of(folder->vfs);
	bool mine = gateway_touch(l);
	struct gateway_watch *w;

	lock_take(&l->gateway->lock);
	w = find(l, folder);
	if (w != NULL)
		w->file = NULL;
	lock_release(&l->gateway->lock);
	if (mine && w != NULL)
		drop(w);
	if (mine)
		gateway_untouch(l);
	else if (w != NULL)
		l->has_news = true; /* it is dropped when who makes the connection leaves */
}

/* ---- the connection ---- */

void gateway_watches_again(struct gateway_turn *t)
{
	for (struct gateway_watch *w = t->l->watches; w != NULL; w = w->next) {
		if (w->is_armed)
			cli_transaction_fini(&w->x); /* of the connection that is lost */
		w->is_armed = w->is_open = false;
		char *path = path_of(t, w);
		if (path != NULL)
			(void)open_and_arm(t, w, path); /* whether there is more to come is told with what was missed */
		free(path);
		w->missed = true;
		t->l->has_news = true;
	}
}

void gateway_watches_fini(struct gateway_link *l)
{
	while (l->watches != NULL)
		drop(l->watches);
}

/* ---- news ---- */

static void pass_on(const struct gateway_watch *w, const struct cli_change *changes, uint32_t n, bool goes_on)
{
	const struct gateway_dial *dial = &w->link->gateway->options.dial;

	w->link->gateway->changes++; /* what is known of the folder is old now */
	dial->changed(dial->user, w->id, changes, n, goes_on);
}

/* The answer of a watch, good or bad. False: it is of no use any more. */
static bool take_answer(struct gateway_watch *w)
{
	struct gateway_link *l = w->link;
	const struct cli_change *changes = NULL;
	uint32_t n = 0;

	cli_begin(l->cli);
	nt_status status = cli_watch_finish(l->cli, &w->x, &changes, &n);
	bool good = status == STATUS_SUCCESS || status == STATUS_NOTIFY_ENUM_DIR;
	/* The names are not the transaction's. */
	cli_transaction_fini(&w->x);
	w->is_armed = good && arm(w);
	pass_on(w, changes, good ? n : 0, w->is_armed);
	return w->is_armed;
}

static bool is_watched(const struct gateway_watch *w)
{
	lock_take(&w->link->gateway->lock);
	bool is = w->file != NULL;
	lock_release(&w->link->gateway->lock);
	return is;
}

/* By the link's owner. */
static void serve(struct gateway_watch *w)
{
	struct gateway_link *l = w->link;

	if (!is_watched(w)) {
		drop(w);
	} else if (!gateway_is_live(l)) {
		pass_on(w, NULL, 0, true); /* more comes with the next connection */
	} else if (!w->is_armed || w->generation != l->generation) {
		pass_on(w, NULL, 0, false);
		drop(w);
	} else {
		if (w->missed)
			pass_on(w, NULL, 0, true);
		w->missed = false;
		if (w->x.call.done && !take_answer(w))
			drop(w);
	}
}

static void tell_link(struct gateway_link *l)
{
	if (!gateway_touch(l)) /* who makes the connection tells of it */
		return;
	l->has_news = false;
	for (struct gateway_watch *w = l->watches, *next; w != NULL; w = next) {
		next = w->next;
		serve(w);
	}
	gateway_untouch(l);
}

void gateway_tell_changes(struct gateway *g)
{
	lock_take(&g->lock);
	struct gateway_link *l = g->links; /* which grows at its head only */
	lock_release(&g->lock);
	for (; l != NULL; l = l->next)
		if (l->has_news)
			tell_link(l);
	if (g->guest.has_news)
		tell_link(&g->guest);
}
