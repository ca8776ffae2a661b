/* Names in memory: folders, links, renames, listings. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "vfs/mem_node.h"

/* Enters and finds the place of a name that is to change. */
static int begin(struct vfs *v, enum vfs_mem_op op, const char *path, struct mem_spot *at)
{
	int rc = mem_enter(mem_of(v), op, path);
	return rc == 0 ? mem_place(mem_of(v), path, at) : rc;
}

static int can_change(struct mem *m, const struct mem_node *dir)
{
	return mem_allowed(m, dir, W_OK | X_OK);
}

/* A new node under a name that must be free. */
static int add_new(struct mem *m, const struct mem_spot *at, uint32_t mode, const char *target)
{
	if (at->node != NULL)
		return -EEXIST;
	int rc = can_change(m, at->dir);
	if (rc != 0)
		return rc;
	if (m->nodes >= m->max_nodes)
		return -ENOSPC;
	struct mem_node *node = mem_node_new(m, mode);
	if (node == NULL)
		return -ENOMEM;
	if (target != NULL) {
		node->target = strdup(target);
		node->st.size = strlen(target);
	}
	rc = target != NULL && node->target == NULL ? -ENOMEM : mem_entry_add(m, at->dir, at->name, node);
	if (rc != 0)
		mem_node_release(m, node);
	return rc;
}

int mem_mkdir(struct vfs *v, const char *path, mode_t mode)
{
	struct mem_spot at;
	int rc = begin(v, VFS_MEM_MKDIR, path, &at);
	if (rc == -EINVAL && path[0] == '\0')
		rc = -EEXIST;
	if (rc == 0)
		rc = add_new(mem_of(v), &at, S_IFDIR | (mode & 01777), NULL);
	lock_release(&mem_of(v)->lock);
	return rc;
}

int mem_symlink(struct vfs *v, const char *target, const char *path)
{
	struct mem_spot at;
	int rc = begin(v, VFS_MEM_SYMLINK, path, &at);
	if (rc == 0 && target[0] == '\0')
		rc = -ENOENT;
	if (rc == 0)
		rc = strlen(target) < MEM_PATH_MAX ? add_new(mem_of(v), &at, S_IFLNK | 0777, target) : -ENAMETOOLONG;
	lock_release(&mem_of(v)->lock);
	return rc;
}

static int remove_entry(struct mem *m, const struct mem_spot *at, bool folder)
{
	if (at->node == NULL)
		return -ENOENT;
	int rc = can_change(m, at->dir);
	if (rc != 0)
		return rc;
	if (folder != S_ISDIR(at->node->st.mode))
		return folder ? -ENOTDIR : -EISDIR;
	if (at->node->entries != NULL)
		return -ENOTEMPTY;
	mem_entry_remove(m, at->dir, at->entry);
	return 0;
}

int mem_rmdir(struct vfs *v, const char *path)
{
	struct mem_spot at;
	int rc = begin(v, VFS_MEM_RMDIR, path, &at);
	if (rc == 0)
		rc = remove_entry(mem_of(v), &at, true);
	lock_release(&mem_of(v)->lock);
	return rc;
}

int mem_unlink(struct vfs *v, const char *path)
{
	struct mem_spot at;
	int rc = begin(v, VFS_MEM_UNLINK, path, &at);
	if (rc == 0)
		rc = remove_entry(mem_of(v), &at, false);
	lock_release(&mem_of(v)->lock);
	return rc;
}

static bool is_below(const struct mem_node *node, const struct mem_node *folder)
{
	while (node != NULL && node != folder)
		node = node->parent;
	return node == folder;
}

/* Whether the target of a rename may be replaced. */
static int check_replaced(const struct mem_spot *from, const struct mem_spot *to)
{
	bool folder = S_ISDIR(from->node->st.mode);
	if (to->node == NULL)
		return 0;
	if (folder != S_ISDIR(to->node->st.mode))
		return folder ? -ENOTDIR : -EISDIR;
	return to->node->entries != NULL ? -ENOTEMPTY : 0;
}

static int rename_locked(struct mem *m, const struct mem_spot *from, const struct mem_spot *to, unsigned flags)
{
	if (from->node == NULL)
		return -ENOENT;
	if (to->node != NULL && (flags & VFS_RENAME_NOREPLACE) != 0)
		return -EEXIST;
	if (S_ISDIR(from->node->st.mode) && is_below(to->dir, from->node))
		return -EINVAL;
	if (to->node != NULL && is_below(from->dir, to->node))
		return -ENOTEMPTY;
	if (from->node == to->node)
		return 0;
	int rc = can_change(m, from->dir);
	if (rc == 0)
		rc = can_change(m, to->dir);
	if (rc == 0)
		rc = check_replaced(from, to);
	if (rc != 0)
		return rc;
	if (to->entry != NULL)
		mem_entry_remove(m, to->dir, to->entry);
	rc = mem_entry_add(m, to->dir, to->name, from->node);
	if (rc == 0)
		mem_entry_remove(m, from->dir, from->entry);
	return rc;
}

int mem_rename(struct vfs *v, const char *from, const char *to, unsigned flags)
{
	struct mem_spot a, b;
	int rc = begin(v, VFS_MEM_RENAME, from, &a);
	if (rc == 0)
		rc = mem_place(mem_of(v), to, &b);
	if (rc == 0)
		rc = rename_locked(mem_of(v), &a, &b, flags);
	lock_release(&mem_of(v)->lock);
	return rc;
}

static int link_locked(struct mem *m, const struct mem_spot *from, const struct mem_spot *to)
{
	if (from->node == NULL)
		return -ENOENT;
	if (to->node != NULL)
		return -EEXIST;
	int rc = can_change(m, to->dir);
	if (rc != 0)
		return rc;
	return S_ISDIR(from->node->st.mode) ? -EPERM : mem_entry_add(m, to->dir, to->name, from->node);
}

int mem_link(struct vfs *v, const char *from, const char *to)
{
	struct mem_spot a, b;
	int rc = begin(v, VFS_MEM_LINK, from, &a);
	if (rc == 0)
		rc = mem_place(mem_of(v), to, &b);
	if (rc == 0)
		rc = link_locked(mem_of(v), &a, &b);
	lock_release(&mem_of(v)->lock);
	return rc;
}

ssize_t mem_readlink(struct vfs *v, const char *path, char *buf, size_t cap)
{
	struct mem_spot at;
	ssize_t rc = begin(v, VFS_MEM_READLINK, path, &at);
	if (rc == 0 && at.node == NULL)
		rc = -ENOENT;
	else if (rc == 0 && !S_ISLNK(at.node->st.mode))
		rc = -EINVAL;
	if (rc == 0) {
		size_t n = MIN(cap, strlen(at.node->target));
		memcpy(buf, at.node->target, n);
		rc = (ssize_t)n;
	}
	lock_release(&mem_of(v)->lock);
	return rc;
}

struct listed {
	char *name;
	uint64_t ino;
	uint8_t d_type;
};

static uint8_t d_type_of(uint32_t mode)
{
	return S_ISDIR(mode) ? DT_DIR : S_ISLNK(mode) ? DT_LNK : DT_REG;
}

/* A copy of the names, so that the visitor runs without the lock and may itself change the folder. */
static int snapshot(struct mem *m, const char *path, struct listed **out, size_t *n)
{
	struct mem_node *dir;
	int rc = mem_find(m, path, true, &dir);
	if (rc == 0 && !S_ISDIR(dir->st.mode))
		rc = -ENOTDIR;
	if (rc == 0)
		rc = mem_allowed(m, dir, R_OK);
	if (rc != 0)
		return rc;
	struct listed *list = calloc((size_t)HASH_COUNT(dir->entries) + 1, sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	size_t i = 0;
	for (const struct mem_entry *e = dir->entries; e != NULL; e = e->hh.next, i++) {
		list[i] = (struct listed){ strdup(e->name), e->node->st.ino, d_type_of(e->node->st.mode) };
		if (list[i].name == NULL)
			rc = -ENOMEM;
	}
	*out = list;
	*n = i;
	return rc;
}

int mem_list(struct vfs *v, const char *path, vfs_list_fn each, void *user)
{
	struct listed *list = NULL;
	size_t n = 0;
	int rc = mem_enter(mem_of(v), VFS_MEM_LIST, path);
	if (rc == 0)
		rc = snapshot(mem_of(v), path, &list, &n);
	lock_release(&mem_of(v)->lock);
	bool more = rc == 0;
	for (size_t i = 0; i < n; i++) {
		more = more && each(user, list[i].name, list[i].ino, list[i].d_type);
		free(list[i].name);
	}
	free(list);
	return rc;
}
