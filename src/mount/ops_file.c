/* What the kernel asks about open files. See ops.h. */
#include "mount/end.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>

/* Who waits for a lock keeps a thread of THREADS_MAX (run.c); most of them are for those who do not. */
enum { LOCK_WAIT_MS = 5, LOCK_WAIT_MAX_MS = 100, LOCK_WAITERS_MAX = 512 };

/* One open(2). The kernel may end without a release for each: what is left goes with the mount. */
struct handle {
	struct handle *next, **link; /* mount.handles, mount.lock */
	struct site *site;
	struct node *node;
	bool writes, append, has_flock;
};

static void enter_handle(struct mount *m, struct handle *h)
{
	lock_take(&m->lock);
	h->next = m->handles;
	h->link = &m->handles;
	if (h->next != NULL)
		h->next->link = &h->next;
	m->handles = h;
	lock_release(&m->lock);
}

static void free_handle(struct mount *m, struct handle *h)
{
	lock_take(&m->lock);
	*h->link = h->next;
	if (h->next != NULL)
		h->next->link = h->link;
	lock_release(&m->lock);
	free(h);
}

void ops_forget_handles(struct mount *m)
{
	while (m->handles != NULL)
		free_handle(m, m->handles);
}

static struct handle *handle_of(const struct fuse_file_info *fi) { return (struct handle *)(uintptr_t)fi->fh; }
struct node *ops_node(const struct fuse_file_info *fi) { return handle_of(fi)->node; }
struct site *ops_site(const struct fuse_file_info *fi) { return handle_of(fi)->site; }

/* ---- open and close ---- */

static int open_node(struct site *x, struct node *n, mode_t mode, enum nt_disposition disposition, bool *created, struct fuse_file_info *fi)
{
	struct handle *h = calloc(1, sizeof(*h));
	int flags = fi->flags;
	const struct node_open as = {
		.read = (flags & O_ACCMODE) != O_WRONLY, .write = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0, .disposition = disposition,
		.permissions = mode & 07777,
	};
	int result = h != NULL ? node_open(&x->nodes, n, &as, created) : -ENOMEM;

	if (result == 0 && (flags & O_TRUNC) != 0 && !*created)
		result = node_truncate(&x->nodes, n, 0);
	if (result != 0) {
		free(h);
		return result;
	}
	*h = (struct handle){ .site = x, .node = n, .writes = as.write, .append = (flags & O_APPEND) != 0 };
	enter_handle(x->mount, h);
	if (as.write)
		shelf_changed(&x->mount->shelf);
	fi->fh = (uint64_t)(uintptr_t)h;
	fi->direct_io = 1;
	return 0;
}

int ops_open(const char *path, struct fuse_file_info *fi)
{
	struct site *x;
	char *name = sites_name(ops_mount(), path, &x);
	struct node *n = name != NULL ? node_get(&x->nodes, name) : NULL;
	bool created;
	int result = n != NULL ? open_node(x, n, 0, FILE_OPEN, &created, fi) : -ENOMEM;

	if (result != 0 && n != NULL)
		node_put(&x->nodes, n);
	free(name);
	/* The kernel believed in the name: told so, it looks again, and makes the file if that was asked for. */
	return result == -ENOENT ? -ESTALE : result;
}

static void set_mode(struct site *x, const char *name, mode_t mode)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &x->link };
	struct smb1_unix_basic change = cli_unix_no_change();

	change.permissions = mode & 07777;
	while (turn_next(&t, &status))
		status = t.cli.posix ? cli_unix_set(&t.cli, name, &change) : STATUS_SUCCESS;
	nodes_changed(&x->nodes);
}

/* The open has made it so, or the server has no modes. */
static bool has_mode(struct node *n, mode_t mode)
{
	struct smb1_unix_basic basic;
	struct cli_info info;
	enum node_told told = node_told(n, false, &basic, &info);

	return told == NODE_TOLD_INFO || (told == NODE_TOLD_UNIX && (basic.permissions & 07777) == (mode & 07777));
}

int ops_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	struct site *x;
	char *name = sites_name(ops_mount(), path, &x);
	struct node *n = name != NULL ? node_get(&x->nodes, name) : NULL;
	bool created = false;
	int result = n != NULL ? open_node(x, n, mode, (fi->flags & O_EXCL) != 0 ? FILE_CREATE : FILE_OPEN_IF, &created, fi) : -ENOMEM;

	if (result == 0 && created && !has_mode(n, mode))
		set_mode(x, name, mode);
	if (result != 0 && n != NULL)
		node_put(&x->nodes, n);
	free(name);
	return result;
}

int ops_read(const char *path, char *out, size_t len, off_t offset, struct fuse_file_info *fi)
{
	return (int)node_read(&ops_site(fi)->nodes, ops_node(fi), (uint8_t *)out, len, (uint64_t)offset);
}

int ops_write(const char *path, const char *bytes, size_t len, off_t offset, struct fuse_file_info *fi)
{
	const struct handle *h = handle_of(fi);
	return (int)node_write(&h->site->nodes, h->node, (const uint8_t *)bytes, len, (uint64_t)offset, h->append && !fi->writepage);
}

/* close(2): a program's fcntl locks go with any of its descriptors. */
int ops_flush(const char *path, struct fuse_file_info *fi)
{
	struct nodes *all = &ops_site(fi)->nodes;
	int result = node_flush(all, ops_node(fi), false);

	node_unlock_owner(all, ops_node(fi), fi->lock_owner, false);
	return result;
}

int ops_release(const char *path, struct fuse_file_info *fi)
{
	struct mount *m = ops_mount();
	struct handle *h = handle_of(fi);

	if (h->has_flock)
		node_unlock_owner(&h->site->nodes, h->node, fi->lock_owner, true);
	/* Twice: on its way out the file is no node any more, and listings from before or from meanwhile have its old size. */
	if (h->writes)
		shelf_changed(&m->shelf);
	node_put(&h->site->nodes, h->node);
	if (h->writes)
		shelf_changed(&m->shelf);
	free_handle(m, h);
	return 0;
}

int ops_fsync(const char *path, int data_only, struct fuse_file_info *fi)
{
	return node_flush(&ops_site(fi)->nodes, ops_node(fi), true);
}

int ops_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	struct site *x;

	if (fi != NULL)
		return node_truncate(&ops_site(fi)->nodes, ops_node(fi), (uint64_t)size);
	char *name = sites_name(ops_mount(), path, &x);
	struct node *n = name != NULL ? node_get(&x->nodes, name) : NULL;
	const struct node_open as = { .write = true, .disposition = FILE_OPEN };
	bool created;
	int result = n != NULL ? node_open(&x->nodes, n, &as, &created) : -ENOMEM;
	if (result == 0)
		result = node_truncate(&x->nodes, n, (uint64_t)size);
	if (n != NULL)
		node_put(&x->nodes, n);
	shelf_changed(&x->mount->shelf);
	free(name);
	return result;
}

/* ---- locks ---- */

/* The server tells nobody when a lock is free, nor do we: who waits asks again, a little later each time, and the later the more wait. */
static int wait_for_lock(struct site *x, struct node *n, const struct plock *l)
{
	struct mount *m = x->mount;
	int result = -EAGAIN, waiting = (int)atomic_fetch_add(&m->lock_waiters, 1), pause = LOCK_WAIT_MS;

	if (waiting >= LOCK_WAITERS_MAX)
		result = -ENOLCK;
	while (result == -EAGAIN) {
		poll(NULL, 0, pause);
		pause = MIN(pause * 2, LOCK_WAIT_MAX_MS + waiting);
		result = mount_is_ending(m) ? -ENOTCONN : fuse_interrupted() ? -EINTR : node_lock(&x->nodes, n, l);
	}
	atomic_fetch_sub(&m->lock_waiters, 1);
	return result;
}

static int lock_waiting(struct site *x, struct node *n, const struct plock *l, bool waits)
{
	int result = node_lock(&x->nodes, n, l);

	return result == -EAGAIN && waits ? wait_for_lock(x, n, l) : result;
}

/* Who has a lock sees in his maps what others wrote under theirs. Who gives one up, or shares it from now on, shows them what he wrote. */
static int change_lock(const struct fuse_file_info *fi, const struct plock *l, bool waits)
{
	struct nodes *all = &ops_site(fi)->nodes;
	struct node *n = ops_node(fi);

	if (l->type != PLOCK_WRITE)
		node_share_pages(all, n);
	int result = lock_waiting(ops_site(fi), n, l, waits);
	if (result == 0 && l->type != PLOCK_NONE)
		node_share_pages(all, n);
	return result;
}

static enum plock_type type_of(short type)
{
	return type == F_WRLCK ? PLOCK_WRITE : type == F_RDLCK ? PLOCK_READ : PLOCK_NONE;
}

static int test_lock(const struct fuse_file_info *fi, const struct plock *want, struct flock *l)
{
	bool is_there;
	struct plock found;
	int result = node_test_lock(&ops_site(fi)->nodes, ops_node(fi), want, &is_there, &found);

	if (result != 0 || !is_there) {
		l->l_type = F_UNLCK;
		return result;
	}
	*l = (struct flock){
		.l_type = found.type == PLOCK_WRITE ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET, .l_start = (off_t)found.from,
		.l_len = found.to >= PLOCK_END ? 0 : (off_t)(found.to - found.from + 1),
	};
	return 0;
}

int ops_lock(const char *path, struct fuse_file_info *fi, int command, struct flock *l)
{
	const struct plock want = {
		.from = (uint64_t)l->l_start, .to = l->l_len == 0 ? PLOCK_END : (uint64_t)(l->l_start + l->l_len - 1), .owner = fi->lock_owner,
		.type = type_of(l->l_type),
	};

	if (l->l_start < 0 || l->l_len < 0)
		return -EINVAL;
	if (command == F_GETLK)
		return test_lock(fi, &want, l);
	return change_lock(fi, &want, command == F_SETLKW);
}

int ops_flock(const char *path, struct fuse_file_info *fi, int op)
{
	int what = op & ~LOCK_NB;
	const struct plock want = {
		.from = 0, .to = PLOCK_END, .owner = fi->lock_owner, .is_flock = true,
		.type = what == LOCK_EX ? PLOCK_WRITE : what == LOCK_SH ? PLOCK_READ : PLOCK_NONE,
	};

	handle_of(fi)->has_flock = true;
	int result = change_lock(fi, &want, (op & LOCK_NB) == 0);
	return result == -EAGAIN ? -EWOULDBLOCK : result;
}
