#include "server/gateways.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/log.h"
#include "client/url.h"
#include "fs/breaking.h"
#include "fs/notify.h"
#include "gateway/gateway.h"
#include "server/credentials.h"
#include "server/remote.h"

enum {
	CONNECT_MS = 5000, /* a client waits meanwhile */
	ANSWER_MS = 20000, /* while it is made; later gateway/turn.c watches */
	ARENA_MAX = 4 << 20,
	EVENTS = 16,
};

/* One share's. */
struct upstream {
	struct upstream *next;
	struct gateways *owner;
	struct arena arena; /* of the strings */
	const char *path, *credentials_file;
	struct url url;
	struct credentials credentials;
	struct vfs *vfs;
};

/* One connection's. */
struct line {
	struct remote remote; /* does not move */
	struct remote_options options;
	int epoll;
	bool watched;
};

struct gateways {
	struct fs_core *core;
	int epoll, event;
	struct lock lock; /* for the list, which only grows */
	struct upstream *list;
	bool closed;      /* the sandbox allows no connections */
};

bool gateways_is_url(const char *path)
{
	return path != NULL && (strncasecmp(path, "smb://", 6) == 0 || strncasecmp(path, "cifs://", 7) == 0);
}

bool gateways_is_meant(const char *path)
{
	return strncasecmp(path, "smb:", 4) == 0 || strncasecmp(path, "cifs:", 5) == 0 || strncmp(path, "//", 2) == 0 || strncmp(path, "\\\\", 2) == 0;
}

struct gateways *gateways_new(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	struct gateways *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	lock_init(&g->lock, LOCK_RANK_LEAF);
	g->epoll = epoll_create1(EPOLL_CLOEXEC);
	g->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (g->epoll >= 0 && g->event >= 0 && epoll_ctl(g->epoll, EPOLL_CTL_ADD, g->event, &event) == 0)
		return g;
	gateways_free(g);
	return NULL;
}

static void free_upstream(struct upstream *u)
{
	gateway_free(u->vfs);
	arena_fini(&u->arena);
	free(u);
}

void gateways_free(struct gateways *g)
{
	if (g == NULL)
		return;
	while (g->list != NULL) {
		struct upstream *u = g->list;
		g->list = u->next;
		free_upstream(u);
	}
	if (g->epoll >= 0)
		close(g->epoll);
	if (g->event >= 0)
		close(g->event);
	lock_fini(&g->lock);
	free(g);
}

void gateways_set_core(struct gateways *g, struct fs_core *core)
{
	g->core = core;
}

bool gateways_close(struct gateways *g)
{
	g->closed = g->list == NULL;
	return !g->closed;
}

int gateways_fd(const struct gateways *g)
{
	return g->epoll;
}

/* ---- connections ---- */

static struct cli *on_open(void *user, const struct gateway_account *as, void **handle, nt_status *status)
{
	struct upstream *u = user;
	struct line *line = calloc(1, sizeof(*line));

	*status = STATUS_NO_MEMORY;
	*handle = line;
	if (line == NULL)
		return NULL;
	line->epoll = u->owner->epoll;
	line->options = (struct remote_options){
		.cli = { .user = as->user, .domain = as->domain, .password = as->password, .host = u->url.host, .auth = u->credentials.auth,
			 .signing = SMB1_SIGNING_OFFERED, .min_dialect = u->credentials.min_dialect, .max_dialect = u->credentials.max_dialect,
			 .oem = u->credentials.charset, .level_ii = true },
		.port = u->url.port, .connect_ms = CONNECT_MS, .timeout_ms = ANSWER_MS,
	};
	*status = remote_open(&line->remote, &line->options);
	return &line->remote.cli;
}

static void on_hang_up(void *handle)
{
	struct line *line = handle;

	if (line == NULL)
		return;
	remote_close(&line->remote, false);
	free(line);
}

static void on_step(void *handle, bool receives)
{
	struct line *line = handle;
	if (receives)
		(void)cli_socket_step(&line->remote.socket, line->remote.cli.session, 0);
	else
		(void)cli_socket_send(&line->remote.socket, line->remote.cli.session);
}

static void on_wait(void *handle, bool to_receive, bool to_send, int wait_ms)
{
	const struct line *line = handle;
	cli_socket_wait(&line->remote.socket, to_receive, to_send, wait_ms);
}

static void on_watch(void *handle, struct gateway_link *link)
{
	struct line *line = handle;
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.ptr = link };

	if (epoll_ctl(line->epoll, line->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, line->remote.socket.fd, &event) == 0)
		line->watched = true;
}

static void on_wake(void *user)
{
	const struct upstream *u = user;
	(void)eventfd_write(u->owner->event, 1);
}

static bool on_broken(void *user, uint64_t dev, uint64_t ino, uint64_t open_id, enum vfs_oplock to)
{
	const struct upstream *u = user;
	return fs_oplock_break_for_others(u->owner->core, (struct fs_node_key){ dev, ino }, open_id,
					  to == VFS_OPLOCK_LEVEL_II ? FS_OPLOCK_LEVEL_II : FS_OPLOCK_NONE, nttime_now());
}

static const char *with_backslashes(struct arena *a, const char *path)
{
	char *out = arena_strdup(a, path);

	for (char *p = out; p != NULL && *p != '\0'; p++)
		*p = *p == '/' ? '\\' : *p;
	return out;
}

static void on_changed(void *user, uint64_t id, const struct cli_change *changes, uint32_t n, bool goes_on)
{
	const struct upstream *u = user;
	struct arena a;

	arena_init(&a, ARENA_MAX);
	struct fs_change *told = arena_array(&a, MAX(n, 1u), sizeof(*told));
	bool ok = told != NULL;
	for (uint32_t i = 0; ok && i < n; i++) {
		told[i] = (struct fs_change){ (enum nt_file_action)changes[i].action, with_backslashes(&a, changes[i].name) };
		ok = told[i].name != NULL;
	}
	fs_notify_told(u->owner->core, id, told, ok ? n : 0, goes_on);
	arena_fini(&a);
}

static void tell_all(struct gateways *g)
{
	eventfd_t ignored;

	(void)eventfd_read(g->event, &ignored);
	lock_take(&g->lock);
	struct upstream *u = g->list;
	lock_release(&g->lock);
	for (; u != NULL; u = u->next)
		gateway_tell(u->vfs);
}

void gateways_on_ready(void *user)
{
	struct gateways *g = user;
	struct epoll_event events[EVENTS];
	int n = epoll_wait(g->epoll, events, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == NULL)
			tell_all(g);
		else
			gateway_ready(events[i].data.ptr);
	}
}

/* ---- making ---- */

static struct upstream *find(struct gateways *g, const struct config_share *share)
{
	struct upstream *u = g->list;
	const char *file = share->credentials_file != NULL ? share->credentials_file : "";

	while (u != NULL && (strcmp(u->path, share->fs.path) != 0 || strcmp(u->credentials_file, file) != 0))
		u = u->next;
	return u;
}

static bool parse(struct upstream *u, const struct config_share *share)
{
	const char *why;

	u->path = arena_strdup(&u->arena, share->fs.path);
	u->credentials_file = arena_strdup(&u->arena, share->credentials_file != NULL ? share->credentials_file : "");
	if (u->path == NULL || u->credentials_file == NULL)
		return false;
	bool is_place = url_parse(&u->arena, u->path, &u->url, &why);
	if (!is_place || u->url.share[0] == '\0') {
		log_error("share %s: %s: %s", share->fs.name, u->path, is_place ? "it names no share: write smb://SERVER/SHARE" : why);
		return false;
	}
	if (u->url.user[0] != '\0' || u->url.domain[0] != '\0') {
		log_error("share %s: %s: who this server is there stands in a file that others cannot read: leave %s@ out, write credentials file = FILE "
			  "(--credentials FILE), and in it username = %s and password = ...", share->fs.name, u->path, u->url.user, u->url.user);
		return false;
	}
	return credentials_read(&u->arena, share->fs.name, share->credentials_file, &u->credentials);
}

static struct vfs *make(struct upstream *u, const char *name)
{
	const struct gateway_options options = {
		.share = arena_strdup(&u->arena, name), .host = u->url.host, .remote_share = u->url.share, .path = u->url.path,
		.accounts = u->credentials.accounts, .n_accounts = u->credentials.n_accounts,
		.dial = { .user = u, .now = nttime_now, .open = on_open, .hang_up = on_hang_up, .step = on_step, .wait = on_wait, .watch = on_watch,
			  .wake = on_wake, .broken = on_broken, .changed = on_changed },
	};
	return options.share != NULL ? gateway_new(&options) : NULL;
}

/* Whoever everybody is there can be tried now; a server that is away may come later. */
static void try_it(const struct upstream *u)
{
	struct vfs_stat st;
	size_t n = u->credentials.n_accounts;

	if (n == 0 || u->credentials.accounts[n - 1].client == NULL)
		(void)u->vfs->ops->stat(u->vfs, "", true, &st); /* what is wrong is logged there */
}

struct vfs *gateways_open(struct gateways *g, const struct config_share *share)
{
	struct upstream *u = find(g, share);

	if (u != NULL)
		return u->vfs;
	if (g->closed) {
		log_error("share %s: %s: no share was on another server when this one started, and the sandbox allows no connections; start it anew",
			  share->fs.name, share->fs.path);
		return NULL;
	}
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		return NULL;
	u->owner = g;
	arena_init(&u->arena, ARENA_MAX);
	u->vfs = parse(u, share) ? make(u, share->fs.name) : NULL;
	if (u->vfs == NULL) {
		free_upstream(u);
		return NULL;
	}
	lock_take(&g->lock);
	u->next = g->list;
	g->list = u;
	lock_release(&g->lock);
	try_it(u);
	return u->vfs;
}
