/* Extended attributes in memory. Only "user." can be set, as by an ordinary user on a disk. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfs/mem_node.h"
#include "vfs/name.h"

static int check_name(const char *name)
{
	size_t len = strlen(name);
	if (len == 0 || len > MEM_NAME_MAX)
		return -ERANGE;
	if (strncmp(name, "user.", 5) == 0)
		return len > 5 ? 0 : -EINVAL;
	return strncmp(name, "trusted.", 8) == 0 || strncmp(name, "security.", 9) == 0 ? -EPERM : -EOPNOTSUPP;
}

static bool can_have(const struct mem_node *node)
{
	return S_ISREG(node->st.mode) || S_ISDIR(node->st.mode);
}

static ssize_t get_value(const struct mem *m, const struct mem_node *node, const char *name, void *buf, size_t cap)
{
	int rc = check_name(name);
	if (rc != 0)
		return rc == -EPERM ? -ENODATA : rc;
	if (!can_have(node))
		return -ENODATA;
	rc = mem_allowed(m, node, R_OK);
	if (rc != 0)
		return rc;
	const struct mem_xattr *x = mem_xattr_find(node, name);
	if (x == NULL)
		return -ENODATA;
	if (cap > 0 && x->len > cap)
		return -ERANGE;
	if (cap > 0 && x->len > 0)
		memcpy(buf, x->value, x->len);
	return (ssize_t)x->len;
}

static int check_change(const struct mem *m, const struct mem_node *node, const char *name)
{
	int rc = check_name(name);
	if (rc == 0 && !can_have(node))
		rc = -EPERM;
	return rc == 0 ? mem_allowed(m, node, W_OK) : rc;
}

/* Enters, and finds the node by open file or path. */
static int begin(struct vfs *v, enum vfs_mem_op op, struct vfs_file *f, const char *path, struct mem_node **node)
{
	int rc = mem_enter(mem_of(v), op, f != NULL ? NULL : path);
	if (rc != 0)
		return rc;
	if (f == NULL)
		return mem_find(mem_of(v), path, true, node);
	*node = mem_file_of(f)->node;
	return 0;
}

ssize_t mem_getxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, void *buf, size_t cap)
{
	struct mem_node *node;
	ssize_t rc = begin(v, VFS_MEM_GETXATTR, f, path, &node);
	if (rc == 0)
		rc = get_value(mem_of(v), node, name, buf, cap);
	lock_release(&mem_of(v)->lock);
	return rc;
}

int mem_stat_xattr(struct vfs *v, const char *path, struct vfs_stat *st, const char *xattr, void *buf, size_t cap, ssize_t *len)
{
	int rc = v->ops->stat(v, path, true, st);
	if (rc == 0)
		*len = mem_getxattr(v, NULL, path, xattr, buf, cap);
	return rc;
}

static ssize_t get_at(struct mem *m, struct mem_node *dir, const char *name, const char *xattr, void *buf, size_t cap)
{
	if (!vfs_is_entry_name(name))
		return -EINVAL;
	if (!S_ISDIR(dir->st.mode))
		return -ENOTDIR;
	int rc = mem_allowed(m, dir, X_OK);
	if (rc != 0)
		return rc;
	const struct mem_entry *e = mem_entry_find(dir, name, strlen(name));
	return e != NULL ? get_value(m, e->node, xattr, buf, cap) : -ENOENT;
}

ssize_t mem_getxattr_at(struct vfs_file *dir, const char *name, const char *xattr, void *buf, size_t cap)
{
	struct mem *m = mem_of(dir->vfs);
	ssize_t rc = mem_enter(m, VFS_MEM_GETXATTR_AT, name);
	if (rc == 0)
		rc = get_at(m, mem_file_of(dir)->node, name, xattr, buf, cap);
	lock_release(&m->lock);
	return rc;
}

int mem_setxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, const void *value, size_t len)
{
	struct mem_node *node;
	int rc = begin(v, VFS_MEM_SETXATTR, f, path, &node);
	if (rc == 0)
		rc = check_change(mem_of(v), node, name);
	if (rc == 0)
		rc = len <= MEM_XATTR_BYTES_MAX ? mem_xattr_set(node, name, value, len) : -E2BIG;
	if (rc == 0)
		mem_touch(mem_of(v), node);
	lock_release(&mem_of(v)->lock);
	return rc;
}

int mem_removexattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name)
{
	struct mem_node *node;
	int rc = begin(v, VFS_MEM_REMOVEXATTR, f, path, &node);
	if (rc == 0)
		rc = check_change(mem_of(v), node, name);
	struct mem_xattr *x = rc == 0 ? mem_xattr_find(node, name) : NULL;
	if (rc == 0 && x == NULL)
		rc = -ENODATA;
	if (rc == 0) {
		mem_xattr_remove(node, x);
		mem_touch(mem_of(v), node);
	}
	lock_release(&mem_of(v)->lock);
	return rc;
}

static ssize_t list_names(const struct mem_node *node, char *buf, size_t cap)
{
	size_t used = 0;
	for (const struct mem_xattr *x = node->xattrs; x != NULL; x = x->hh.next) {
		size_t len = strlen(x->name) + 1;
		if (cap > 0 && len > cap - used)
			return -ERANGE;
		if (cap > 0)
			memcpy(buf + used, x->name, len);
		used += len;
	}
	return (ssize_t)used;
}

ssize_t mem_listxattr(struct vfs *v, struct vfs_file *f, const char *path, char *buf, size_t cap)
{
	struct mem_node *node;
	ssize_t rc = begin(v, VFS_MEM_LISTXATTR, f, path, &node);
	if (rc == 0)
		rc = list_names(node, buf, cap);
	lock_release(&mem_of(v)->lock);
	return rc;
}
