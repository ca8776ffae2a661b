/* What all operations share, and the table of them. See ops.h. */
#include "mount/ops.h"

#include <errno.h>
#include <stdlib.h>

struct mount *ops_mount(void) { return fuse_get_context()->private_data; }
int ops_errno(nt_status status) { return -mount_errno(status); }

uint64_t ops_now_ms(void) { return nttime_now() / NTTIME_PER_MS; }

int ops_ask(struct site *x, ops_ask_fn fn, const struct ops_ask *a)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &x->link };

	if (a->name == NULL || a->other == NULL)
		return -ENOMEM;
	while (turn_next(&t, &status))
		status = fn(&t, a);
	shelf_changed(&x->mount->shelf);
	nodes_changed(&x->nodes);
	return ops_errno(status);
}

int ops_ask_about(const char *path, ops_ask_fn fn, struct ops_ask a)
{
	struct site *x;
	char *name = sites_name(ops_mount(), path, &x);

	a.name = name;
	if (a.other == NULL)
		a.other = "";
	int result = ops_ask(x, fn, &a);
	free(name);
	return result;
}

nt_status ops_once(const struct turn *t, nt_status status, nt_status done)
{
	return t->again > 0 && status == done ? STATUS_SUCCESS : status;
}

static void *op_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	const struct mount *m = ops_mount();

	/* The kernel keeps no bytes (open says direct_io): what may be kept is known here alone. Nor does it keep names, unless told. */
	config->use_ino = 1;
	config->nullpath_ok = 1;
	config->hard_remove = 1;
	config->entry_timeout = m->options.attributes_s;
	config->negative_timeout = 0;
	config->attr_timeout = m->options.attributes_s;
	connection->max_write = CACHE_WRITE_MAX;
	/* What comes with names would not be believed. */
	if (m->options.attributes_s <= 0)
		connection->want &= ~(unsigned)FUSE_CAP_READDIRPLUS;
	connection->want |= connection->capable & (FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_POSIX_LOCKS | FUSE_CAP_FLOCK_LOCKS);
	return fuse_get_context()->private_data;
}

const struct fuse_operations ops_table = {
	.init = op_init, .getattr = ops_getattr, .readlink = ops_readlink, .mkdir = ops_mkdir, .unlink = ops_unlink, .rmdir = ops_rmdir,
	.symlink = ops_symlink, .rename = ops_rename, .link = ops_link, .chmod = ops_chmod, .chown = ops_chown, .utimens = ops_utimens,
	.statfs = ops_statfs, .opendir = ops_opendir, .readdir = ops_readdir, .releasedir = ops_releasedir, .open = ops_open,
	.create = ops_create, .read = ops_read, .write = ops_write, .flush = ops_flush, .release = ops_release, .fsync = ops_fsync,
	.truncate = ops_truncate, .lock = ops_lock, .flock = ops_flock, .getxattr = ops_getxattr, .setxattr = ops_setxattr,
	.listxattr = ops_listxattr, .removexattr = ops_removexattr,
};
