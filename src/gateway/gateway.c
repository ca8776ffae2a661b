/* Making and ending a gateway, and one connection for each user. */
#include "gateway/gateway.h"

#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "base/log.h"
#include "gateway/internal.h"

enum { LINKS_MAX = 256 /* users at a time: each costs a connection here and a process or so there */ };

static void keep(struct vfs *v)
{
	(void)v; /* see gateway_free */
}

static struct vfs *as_user(struct vfs *v, const char *user);

static const struct vfs_ops gateway_ops = {
	.destroy = keep,
	.as_user = as_user,
	.open = gateway_open,
	.close = gateway_close,
	.create = gateway_create,
	.admit = gateway_admit,
	.let_go = gateway_let_go,
	.retire = gateway_retire,
	.fstat = gateway_fstat,
	.stat = gateway_stat,
	.stat_xattr = gateway_stat_xattr,
	.stat_at = gateway_stat_at,
	.getxattr_at = gateway_getxattr_at,
	.mkdir = gateway_mkdir,
	.rmdir = gateway_rmdir,
	.unlink = gateway_unlink,
	.rename = gateway_rename,
	.link = gateway_hard_link,
	.symlink = gateway_symlink,
	.readlink = gateway_readlink,
	.pread = gateway_pread,
	.pwrite = gateway_pwrite,
	.truncate = gateway_truncate,
	.allocate = gateway_allocate,
	.punch = gateway_punch,
	.seek = gateway_seek,
	.follow = gateway_follow,
	.unfollow = gateway_unfollow,
	.sync = gateway_sync,
	.lock = gateway_lock_range,
	.list = gateway_list,
	.set_times = gateway_set_times,
	.set_dos = gateway_set_dos,
	.chmod = gateway_chmod,
	.chown = gateway_chown,
	.getxattr = gateway_getxattr,
	.setxattr = gateway_setxattr,
	.removexattr = gateway_removexattr,
	.listxattr = gateway_listxattr,
	.get_security = gateway_get_security,
	.set_security = gateway_set_security,
	.access = gateway_access,
	.space = gateway_space,
};

static bool init_link(struct gateway_link *l, struct gateway *g, const char *client)
{
	gateway_link_init(l, g, client);
	l->vfs = (struct vfs){ .ops = &gateway_ops, .folds_case = true, .whole = &g->guest.vfs };
	return l->client != NULL;
}

struct vfs *gateway_new(const struct gateway_options *options)
{
	static _Atomic uint64_t last_dev = UINT64_C(0x534D42) << 40; /* no disk of this machine has such a number */
	struct gateway *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->options = *options;
	g->dev = ++last_dev;
	lock_init(&g->lock, LOCK_RANK_LEAF);
	if (init_link(&g->guest, g, ""))
		return &g->guest.vfs;
	gateway_free(&g->guest.vfs);
	return NULL;
}

void gateway_free(struct vfs *v)
{
	struct gateway *g = v != NULL ? gateway_link_of(v)->gateway : NULL;

	if (g == NULL)
		return;
	while (g->links != NULL) {
		struct gateway_link *l = g->links;
		g->links = l->next;
		gateway_link_fini(l);
		free(l);
	}
	gateway_link_fini(&g->guest);
	gateway_listing_fini(&g->listing);
	lock_fini(&g->lock);
	free(g);
}

static struct gateway_link *find_link(struct gateway *g, const char *user)
{
	struct gateway_link *l = g->links;

	while (l != NULL && utf8_casecmp(l->client, user) != 0)
		l = l->next;
	return l;
}

/* NULL: no memory, or too many. */
static struct gateway_link *add_link(struct gateway *g, const char *user)
{
	struct gateway_link *l = g->n_links < LINKS_MAX ? calloc(1, sizeof(*l)) : NULL;

	if (l == NULL)
		return NULL;
	if (!init_link(l, g, user)) {
		gateway_link_fini(l);
		free(l);
		return NULL;
	}
	l->next = g->links;
	g->links = l;
	g->n_links++;
	return l;
}

static struct vfs *as_user(struct vfs *v, const char *user)
{
	struct gateway *g = gateway_link_of(v)->gateway;

	if (user[0] == '\0')
		return &g->guest.vfs;
	lock_take(&g->lock);
	struct gateway_link *l = find_link(g, user);
	if (l == NULL)
		l = add_link(g, user);
	lock_release(&g->lock);
	if (l == NULL)
		log_error("share %s: %u users are connected to //%s already, as many as may be", g->options.share, g->n_links, g->options.host);
	return l != NULL ? &l->vfs : NULL;
}
