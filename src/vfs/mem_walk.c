/* From a path to a node in memory, with the kernel's rules for symlinks, "..", permissions and the root's border. */
#include "vfs/mem_node.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfs/name.h"

/* What is still to be walked; symlinks put their target in front of it. */
struct walk {
	struct mem *m;
	bool follow;
	unsigned links;
	size_t at;
	char rest[MEM_PATH_MAX];
};

int mem_allowed(const struct mem *m, const struct mem_node *node, int rwx)
{
	uint32_t needed = (uint32_t)rwx << 6; /* R_OK, W_OK, X_OK are the bits that the owner's permissions have */
	if ((rwx & W_OK) != 0 && m->read_only)
		return -EROFS;
	return (node->st.mode & needed) == needed ? 0 : -EACCES;
}

/* Length of the next component (0: none is left), its start in w->rest + w->at. */
static size_t next_component(struct walk *w)
{
	while (w->rest[w->at] == '/')
		w->at++;
	return strcspn(w->rest + w->at, "/");
}

static int expand_link(struct walk *w, const struct mem_node *link)
{
	char joined[MEM_PATH_MAX];
	size_t target = strlen(link->target), rest = strlen(w->rest + w->at);
	if (++w->links > MEM_SYMLINKS_MAX)
		return -ELOOP;
	if (link->target[0] == '/')
		return -EXDEV;
	if (target + 1 + rest >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(joined, link->target, target);
	joined[target] = '/';
	memcpy(joined + target + 1, w->rest + w->at, rest + 1);
	if (rest == 0)
		joined[target] = '\0';
	memcpy(w->rest, joined, strlen(joined) + 1);
	w->at = 0;
	return 0;
}

/* Up one folder: out is the folder itself, known by no name. */
static int step_up(struct mem_spot *out, struct mem_node *dir)
{
	if (dir->parent == NULL)
		return -EXDEV;
	*out = (struct mem_spot){ .dir = dir->parent->parent, .node = dir->parent };
	return 0;
}

/* One component of n bytes inside the folder that out stands on. */
static int step(struct walk *w, struct mem_spot *out, size_t n)
{
	struct mem_node *dir = out->node;
	const char *name = w->rest + w->at;
	if (dir == NULL)
		return -ENOENT;
	if (!S_ISDIR(dir->st.mode))
		return -ENOTDIR;
	int rc = mem_allowed(w->m, dir, X_OK);
	if (rc != 0)
		return rc;
	if (n > MEM_NAME_MAX)
		return -ENAMETOOLONG;
	w->at += n;
	if (n == 1 && name[0] == '.')
		return 0;
	if (n == 2 && name[0] == '.' && name[1] == '.')
		return step_up(out, dir);
	out->dir = dir;
	memcpy(out->name, name, n);
	out->name[n] = '\0';
	out->entry = mem_entry_find(dir, name, n);
	out->node = out->entry != NULL ? out->entry->node : NULL;
	if (out->node == NULL || !S_ISLNK(out->node->st.mode) || (w->rest[w->at] == '\0' && !w->follow))
		return 0;
	rc = expand_link(w, out->node);
	*out = (struct mem_spot){ .dir = dir->parent, .node = dir };
	return rc;
}

int mem_walk(struct mem *m, const char *path, bool follow, struct mem_spot *out)
{
	struct walk w = { .m = m, .follow = follow };
	size_t len = strlen(path);
	*out = (struct mem_spot){ .node = m->root };
	if (len >= sizeof(w.rest))
		return -ENAMETOOLONG;
	if (path[0] == '/')
		return -EXDEV;
	memcpy(w.rest, path, len + 1);
	for (size_t n = next_component(&w); n > 0; n = next_component(&w)) {
		int rc = step(&w, out, n);
		if (rc != 0)
			return rc;
	}
	if (w.at > 0 && w.rest[w.at - 1] == '/' && (out->node == NULL || !S_ISDIR(out->node->st.mode)))
		return out->node == NULL ? -ENOENT : -ENOTDIR;
	return 0;
}

int mem_find(struct mem *m, const char *path, bool follow, struct mem_node **out)
{
	struct mem_spot spot;
	int rc = mem_walk(m, path, follow, &spot);
	*out = spot.node;
	return rc == 0 && spot.node == NULL ? -ENOENT : rc;
}

int mem_place(struct mem *m, const char *path, struct mem_spot *out)
{
	const char *slash = strrchr(path, '/');
	if (!vfs_is_entry_name(slash != NULL ? slash + 1 : path))
		return -EINVAL;
	return mem_walk(m, path, false, out);
}
