/*
 * A file system in memory: the table of operations, opens and metadata. The names are in mem_dir.c, the data in mem_io.c,
 * the nodes in mem_node.c. Everything is under one lock.
 */
#include "vfs/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfs/mem_node.h"
#include "vfs/name.h"

#define MEM_DEFAULT_CAPACITY (64ull << 20)

static bool wants_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
}

static int check_existing(struct mem *m, const struct mem_node *node, int flags)
{
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((flags & O_DIRECTORY) != 0 && !S_ISDIR(node->st.mode))
		return -ENOTDIR;
	if ((flags & O_PATH) != 0)
		return 0;
	if (S_ISLNK(node->st.mode))
		return -ELOOP;
	if (S_ISDIR(node->st.mode) && (wants_write(flags) || (flags & O_CREAT) != 0))
		return -EISDIR;
	int rwx = (flags & O_ACCMODE) != O_WRONLY ? R_OK : 0;
	return mem_allowed(m, node, rwx | (wants_write(flags) ? W_OK : 0));
}

static int create_file(struct mem *m, struct mem_spot *at, int flags, mode_t mode)
{
	if ((flags & O_CREAT) == 0)
		return -ENOENT;
	if ((flags & O_DIRECTORY) != 0)
		return -EINVAL;
	int rc = mem_allowed(m, at->dir, W_OK | X_OK);
	if (rc != 0)
		return rc;
	if (m->nodes >= m->max_nodes)
		return -ENOSPC;
	at->node = mem_node_new(m, S_IFREG | (mode & 07777));
	if (at->node == NULL)
		return -ENOMEM;
	rc = mem_entry_add(m, at->dir, at->name, at->node);
	if (rc != 0)
		mem_node_release(m, at->node);
	return rc;
}

static int open_node(struct mem *m, const char *path, int flags, mode_t mode, struct mem_node **out)
{
	struct mem_spot at;
	bool excl = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
	int rc = mem_walk(m, path, (flags & O_NOFOLLOW) == 0 && !excl, &at);
	if (rc != 0)
		return rc;
	if (at.node == NULL) {
		rc = create_file(m, &at, flags, mode);
	} else {
		rc = check_existing(m, at.node, flags);
		if (rc == 0 && (flags & O_TRUNC) != 0) {
			mem_data_resize(m, at.node, 0);
			mem_touch_data(m, at.node);
		}
	}
	*out = at.node;
	return rc;
}

static int mem_open(struct vfs *v, const char *path, int flags, mode_t mode, struct vfs_file **out)
{
	struct mem *m = mem_of(v);
	struct mem_node *node = NULL;
	struct mem_file *f = calloc(1, sizeof(*f));
	*out = NULL;
	if (f == NULL)
		return -ENOMEM;
	if ((flags & O_PATH) != 0)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW;
	int rc = mem_enter(m, VFS_MEM_OPEN, path);
	if (rc == 0)
		rc = open_node(m, path, flags, mode, &node);
	if (rc == 0) {
		*f = (struct mem_file){ .file.vfs = v, .node = node, .flags = flags };
		node->opens++;
		m->open_files++;
		*out = &f->file;
	}
	lock_release(&m->lock);
	if (rc != 0)
		free(f);
	return rc;
}

static void mem_close(struct vfs_file *file)
{
	struct mem *m = mem_of(file->vfs);
	struct mem_file *f = mem_file_of(file);
	lock_take(&m->lock);
	f->node->opens--;
	m->open_files--;
	mem_node_release(m, f->node);
	lock_release(&m->lock);
	free(f);
}

static int mem_fstat(struct vfs_file *f, struct vfs_stat *st)
{
	struct mem *m = mem_of(f->vfs);
	int rc = mem_enter(m, VFS_MEM_FSTAT, NULL);
	if (rc == 0)
		*st = mem_file_of(f)->node->st;
	lock_release(&m->lock);
	return rc;
}

static int mem_stat(struct vfs *v, const char *path, bool follow, struct vfs_stat *st)
{
	struct mem_node *node;
	int rc = mem_enter(mem_of(v), VFS_MEM_STAT, path);
	if (rc == 0)
		rc = mem_find(mem_of(v), path, follow, &node);
	if (rc == 0)
		*st = node->st;
	lock_release(&mem_of(v)->lock);
	return rc;
}

static int stat_entry(struct mem *m, struct mem_node *dir, const char *name, struct vfs_stat *st)
{
	if (!vfs_is_entry_name(name))
		return -EINVAL;
	if (!S_ISDIR(dir->st.mode))
		return -ENOTDIR;
	int rc = mem_allowed(m, dir, X_OK);
	if (rc != 0)
		return rc;
	const struct mem_entry *e = mem_entry_find(dir, name, strlen(name));
	if (e == NULL)
		return strlen(name) <= MEM_NAME_MAX ? -ENOENT : -ENAMETOOLONG;
	*st = e->node->st;
	return 0;
}

static int mem_stat_at(struct vfs_file *dir, const char *name, struct vfs_stat *st)
{
	struct mem *m = mem_of(dir->vfs);
	int rc = mem_enter(m, VFS_MEM_STAT_AT, name);
	if (rc == 0)
		rc = stat_entry(m, mem_file_of(dir)->node, name, st);
	lock_release(&m->lock);
	return rc;
}

/* Enters, and finds the node whose metadata is to change. */
static int begin_change(struct vfs *v, enum vfs_mem_op op, struct vfs_file *f, const char *path, struct mem_node **node)
{
	struct mem *m = mem_of(v);
	int rc = mem_enter(m, op, f != NULL ? NULL : path);
	if (rc == 0 && m->read_only)
		rc = -EROFS;
	if (rc != 0)
		return rc;
	if (f == NULL)
		return mem_find(m, path, true, node);
	*node = mem_file_of(f)->node;
	return 0;
}

static int mem_set_times(struct vfs *v, struct vfs_file *f, const char *path, const struct vfs_times *t)
{
	struct mem_node *node;
	int rc = begin_change(v, VFS_MEM_SET_TIMES, f, path, &node);
	if (rc == 0) {
		node->st.atime = t->atime != 0 ? t->atime : node->st.atime;
		node->st.mtime = t->mtime != 0 ? t->mtime : node->st.mtime;
		mem_touch(mem_of(v), node);
	}
	lock_release(&mem_of(v)->lock);
	return rc;
}

static int mem_chmod(struct vfs *v, struct vfs_file *f, const char *path, mode_t mode)
{
	struct mem_node *node;
	int rc = begin_change(v, VFS_MEM_CHMOD, f, path, &node);
	if (rc == 0) {
		node->st.mode = (node->st.mode & S_IFMT) | (mode & 07777);
		mem_touch(mem_of(v), node);
	}
	lock_release(&mem_of(v)->lock);
	return rc;
}

static int mem_chown(struct vfs *v, struct vfs_file *f, const char *path, uid_t uid, gid_t gid)
{
	struct mem_node *node;
	int rc = begin_change(v, VFS_MEM_CHOWN, f, path, &node);
	if (rc == 0) {
		node->st.uid = uid != (uid_t)-1 ? uid : node->st.uid;
		node->st.gid = gid != (gid_t)-1 ? gid : node->st.gid;
		mem_touch(mem_of(v), node);
	}
	lock_release(&mem_of(v)->lock);
	return rc;
}

static int mem_access(struct vfs *v, const char *path, int rwx)
{
	struct mem_node *node;
	int rc = mem_enter(mem_of(v), VFS_MEM_ACCESS, path);
	if (rc == 0)
		rc = mem_find(mem_of(v), path, true, &node);
	if (rc == 0)
		rc = mem_allowed(mem_of(v), node, rwx);
	lock_release(&mem_of(v)->lock);
	return rc;
}

static int mem_space(struct vfs *v, const char *path, struct vfs_space *out)
{
	struct mem *m = mem_of(v);
	struct mem_node *node;
	int rc = mem_enter(m, VFS_MEM_SPACE, path);
	if (rc == 0)
		rc = mem_find(m, path, true, &node);
	if (rc == 0) {
		uint64_t left = m->capacity > m->used ? m->capacity - m->used : 0;
		*out = (struct vfs_space){
			.total = m->capacity,
			.free = left,
			.available = left,
			.block_size = MEM_PAGE,
			.name_max = MEM_NAME_MAX,
			.files = m->max_nodes,
			.files_free = m->max_nodes > m->nodes ? m->max_nodes - m->nodes : 0,
		};
	}
	lock_release(&m->lock);
	return rc;
}

/* Whoever destroys it has closed its files; nodes still open would dangle. */
static void mem_destroy(struct vfs *v)
{
	struct mem *m = mem_of(v);
	mem_node_free_tree(m, m->root);
	lock_fini(&m->lock);
	free(m);
}

static const struct vfs_ops mem_ops = {
	.destroy = mem_destroy,
	.open = mem_open,
	.close = mem_close,
	.fstat = mem_fstat,
	.stat = mem_stat,
	.stat_at = mem_stat_at,
	.stat_xattr = mem_stat_xattr,
	.getxattr_at = mem_getxattr_at,
	.mkdir = mem_mkdir,
	.rmdir = mem_rmdir,
	.unlink = mem_unlink,
	.rename = mem_rename,
	.link = mem_link,
	.symlink = mem_symlink,
	.readlink = mem_readlink,
	.pread = mem_pread,
	.pwrite = mem_pwrite,
	.pwrite_pipe = vfs_pwrite_pipe_copied,
	.truncate = mem_truncate,
	.allocate = mem_allocate,
	.punch = mem_punch,
	.seek = mem_seek,
	.sync = mem_sync,
	.advise = mem_advise,
	.lock = mem_lock,
	.list = mem_list,
	.set_times = mem_set_times,
	.chmod = mem_chmod,
	.chown = mem_chown,
	.getxattr = mem_getxattr,
	.setxattr = mem_setxattr,
	.removexattr = mem_removexattr,
	.listxattr = mem_listxattr,
	.access = mem_access,
	.space = mem_space,
	.quota_get = mem_quota_get,
	.quota_next = mem_quota_next,
	.quota_set = mem_quota_set,
	.quota_state = mem_quota_state,
	.quota_enforce = mem_quota_enforce,
};

struct vfs *vfs_mem_new(nttime now)
{
	struct mem *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->vfs.ops = &mem_ops;
	m->now = now;
	m->next_ino = 2; /* as ext4's root */
	m->capacity = MEM_DEFAULT_CAPACITY;
	m->max_nodes = MEM_DEFAULT_NODES;
	m->root = mem_node_new(m, S_IFDIR | 0755);
	if (m->root == NULL) {
		free(m);
		return NULL;
	}
	m->root->st.nlink = 2;
	lock_init(&m->lock, LOCK_RANK_LEAF);
	return &m->vfs;
}
