/* The table of open files, and the oplocks that the server takes back. See node.h. */
#include "mount/node.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "client/status.h"
#include "client/unix.h"

enum { LATE_MS = 20, LATE_TRIES = 100, RELEASE_MS = 2, RELEASE_TRIES = 25, TOLD_MS = 100 };

int mount_errno(nt_status status)
{
	return status == STATUS_CONNECTION_DISCONNECTED || status == STATUS_FILE_INVALID ? EIO : cli_status_errno(status);
}

void nodes_init(struct nodes *all, struct link *link, nodes_forget_pages_fn forget_pages, void *user)
{
	*all = (struct nodes){ .link = link, .forget_pages = forget_pages, .forget_user = user };
	lock_init(&all->lock, LOCK_RANK_LEAF);
}

void nodes_fini(struct nodes *all)
{
	while (all->first != NULL) {
		all->first->refs = 1;
		node_put(all, all->first);
	}
	lock_fini(&all->lock);
}

static struct node *find(struct nodes *all, const char *path)
{
	struct node *n = all->first;
	while (n != NULL && strcmp(n->path, path) != 0)
		n = n->next;
	return n;
}

static struct node *new_node(const char *path)
{
	static atomic_uint owners;
	struct node *n = calloc(1, sizeof(*n));

	if (n == NULL || (n->path = strdup(path)) == NULL) {
		free(n);
		return NULL;
	}
	n->lock_owner = atomic_fetch_add(&owners, 1) + 1;
	lock_init(&n->lock, LOCK_RANK_MOUNT_NODE);
	return n;
}

static struct node *get(struct nodes *all, const char *path, bool make)
{
	lock_take(&all->lock);
	struct node *n = find(all, path);
	if (n == NULL && make && (n = new_node(path)) != NULL) {
		n->next = all->first;
		all->first = n;
	}
	if (n != NULL)
		n->refs++;
	lock_release(&all->lock);
	return n;
}

struct node *node_get(struct nodes *all, const char *path) { return get(all, path, true); }
struct node *node_find(struct nodes *all, const char *path) { return get(all, path, false); }

bool nodes_has(struct nodes *all, const char *path)
{
	lock_take(&all->lock);
	bool has = find(all, path) != NULL;
	lock_release(&all->lock);
	return has;
}

static void take_out(struct nodes *all, struct node *n)
{
	struct node **link = &all->first;
	while (*link != n)
		link = &(*link)->next;
	*link = n->next;
}

static void remove_hidden(struct nodes *all, const char *path)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };

	while (turn_next(&t, &status))
		status = t.cli.posix ? cli_unix_unlink(&t.cli, path, false) : cli_delete(&t.cli, path);
}

static void end_node(struct nodes *all, struct node *n)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };

	lock_take(&n->lock);
	if (n->is_open && !n->lost && n->cache.dirty > 0)
		(void)!node_write_back(all, n);
	if (n->is_open)
		while (turn_next(&t, &status))
			status = n->generation == t.link->generation ? cli_close(&t.cli, &n->file) : STATUS_SUCCESS;
	if (n->hidden)
		remove_hidden(all, n->path);
	lock_release(&n->lock);
	mount_cache_fini(&n->cache);
	plock_fini(&n->locks);
	lock_fini(&n->lock);
	free(n->path);
	free(n);
}

void node_put(struct nodes *all, struct node *n)
{
	lock_take(&all->lock);
	bool last = --n->refs == 0;
	if (last) {
		take_out(all, n);
		all->closing++;
	}
	lock_release(&all->lock);
	if (!last)
		return;
	end_node(all, n);
	lock_take(&all->lock);
	all->closing--;
	lock_release(&all->lock);
}

bool nodes_are_closed(struct nodes *all, const char *path)
{
	bool closed = false;

	for (unsigned i = 0; i < RELEASE_TRIES && !closed; i++) {
		if (i > 0)
			poll(NULL, 0, RELEASE_MS);
		lock_take(&all->lock);
		closed = find(all, path) == NULL && all->closing == 0;
		lock_release(&all->lock);
	}
	lock_take(&all->lock);
	closed = find(all, path) == NULL;
	lock_release(&all->lock);
	return closed;
}

/* ---- what an open has told ---- */

enum node_told node_told(struct node *n, bool once, struct smb1_unix_basic *unix_basic, struct cli_info *info)
{
	enum node_told told = NODE_NOT_TOLD;

	lock_take(&n->lock);
	if (n->is_told && n->is_open && n->cached && !n->lost && nttime_now() / NTTIME_PER_MS - n->opened_ms <= TOLD_MS) {
		told = n->unix_id != 0 ? NODE_TOLD_UNIX : NODE_TOLD_INFO;
		*unix_basic = n->told_unix;
		*info = n->file.info;
		n->is_told = !once;
	}
	lock_release(&n->lock);
	return told;
}

void nodes_changed(struct nodes *all)
{
	lock_take(&all->lock);
	for (struct node *n = all->first; n != NULL; n = n->next)
		n->is_told = false;
	lock_release(&all->lock);
}

/* ---- names ---- */

/* What of path lies behind prefix: "", "/...", or NULL: nothing to do with it. */
static const char *below(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);
	return strncmp(path, prefix, len) == 0 && (path[len] == '\0' || path[len] == '/') ? path + len : NULL;
}

void nodes_renamed(struct nodes *all, const char *from, const char *to)
{
	lock_take(&all->lock);
	for (struct node *n = all->first; n != NULL; n = n->next) {
		const char *rest = below(n->path, from);
		size_t len = strlen(to);
		char *path = rest != NULL ? malloc(len + strlen(rest) + 1) : NULL;
		if (path == NULL)
			continue;
		memcpy(path, to, len);
		memcpy(path + len, rest, strlen(rest) + 1);
		free(n->path);
		n->path = path;
	}
	lock_release(&all->lock);
}

void nodes_hidden(struct nodes *all, const char *path, const char *hidden)
{
	lock_take(&all->lock);
	struct node *n = find(all, path);
	if (n != NULL)
		n->hidden = true;
	lock_release(&all->lock);
	nodes_renamed(all, path, hidden);
}

typedef bool (*node_test)(const struct node *n, const void *arg);

/* The next node behind `after` (NULL: the first) that is meant, counted; after is let go. */
static struct node *next_node(struct nodes *all, struct node *after, node_test is_meant, const void *arg)
{
	lock_take(&all->lock);
	struct node *n = after != NULL ? after->next : all->first;
	while (n != NULL && !is_meant(n, arg))
		n = n->next;
	if (n != NULL)
		n->refs++;
	lock_release(&all->lock);
	if (after != NULL)
		node_put(all, after);
	return n;
}

static bool is_below(const struct node *n, const void *path) { return below(n->path, path) != NULL; }

static bool park(struct nodes *all, struct node *n)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };

	lock_take(&n->lock);
	bool may = n->locks.n == 0;
	if (may && n->is_open && n->generation != 0) {
		(void)!node_write_back(all, n);
		node_stop_caching(all, n);
		while (turn_next(&t, &status))
			status = n->generation == t.link->generation ? cli_close(&t.cli, &n->file) : STATUS_SUCCESS;
		n->generation = 0;
	}
	lock_release(&n->lock);
	return may;
}

bool nodes_park(struct nodes *all, const char *path)
{
	bool all_parked = true;

	for (struct node *n = next_node(all, NULL, is_below, path); n != NULL; n = next_node(all, n, is_below, path))
		all_parked = park(all, n) && all_parked;
	return all_parked;
}

/* ---- maps ---- */

static void forget_pages(struct nodes *all, const struct node *n)
{
	lock_take(&all->lock);
	char *path = n->hidden ? NULL : strdup(n->path);
	lock_release(&all->lock);
	if (path != NULL)
		all->forget_pages(all->forget_user, path);
	free(path);
}

void node_share_pages(struct nodes *all, struct node *n)
{
	lock_take(&n->lock);
	bool cached = n->cached;
	lock_release(&n->lock);
	if (!cached)
		forget_pages(all, n);
}

static bool is_any(const struct node *n, const void *arg) { return n->is_open; }

void nodes_forget_all_pages(struct nodes *all)
{
	for (struct node *n = next_node(all, NULL, is_any, NULL); n != NULL; n = next_node(all, n, is_any, NULL))
		forget_pages(all, n);
}

/* ---- oplocks ---- */

static bool has_fid(const struct node *n, const void *arg)
{
	const struct link_break *b = arg;
	return n->is_open && n->generation == b->generation && n->file.fid == b->fid;
}

/* A break may come before the thread that opened the file has seen its answer. */
static struct node *find_for_break(struct nodes *all, const struct link_break *b)
{
	struct node *n = next_node(all, NULL, has_fid, b);
	for (unsigned i = 0; n == NULL && i < LATE_TRIES && b->generation == all->link->generation; i++) {
		poll(NULL, 0, LATE_MS);
		n = next_node(all, NULL, has_fid, b);
	}
	return n;
}

static void answer_break(struct nodes *all, struct node *n, const struct link_break *b)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };

	forget_pages(all, n);
	lock_take(&n->lock);
	if (has_fid(n, b)) {
		(void)!node_write_back(all, n);
		node_stop_caching(all, n);
		while (turn_next(&t, &status))
			if (has_fid(n, b) && t.link->generation == b->generation && (status = node_show_locks(&t, n)) != STATUS_CONNECTION_DISCONNECTED)
				cli_ack_break(&t.cli, &n->file, SMB1_OPLOCK_NONE);
	}
	lock_release(&n->lock);
}

/* The connection was lost: locks are taken again before somebody else does. */
static void open_all_again(struct nodes *all)
{
	for (struct node *n = next_node(all, NULL, is_any, NULL); n != NULL; n = next_node(all, n, is_any, NULL)) {
		nt_status status = STATUS_SUCCESS;
		struct turn t = { .link = all->link };
		lock_take(&n->lock);
		if (n->is_open && !n->lost && n->generation != 0)
			while (turn_next(&t, &status))
				status = node_ready(all, &t, n);
		lock_release(&n->lock);
		forget_pages(all, n);
	}
}

void nodes_serve_breaks(struct nodes *all)
{
	struct link_break b;

	while (link_next_break(all->link, &b)) {
		if (b.generation == 0) {
			open_all_again(all);
			continue;
		}
		struct node *n = find_for_break(all, &b);
		if (n == NULL)
			continue;
		answer_break(all, n, &b);
		node_put(all, n);
	}
}
