/* The nodes of the file system in memory: life, names, pages of data, extended attributes. */
#include "vfs/mem_node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"

static nttime tick(struct mem *m)
{
	return m->now++;
}

void mem_touch(struct mem *m, struct mem_node *node)
{
	node->st.ctime = tick(m);
}

void mem_touch_data(struct mem *m, struct mem_node *node)
{
	node->st.mtime = node->st.ctime = tick(m);
}

struct mem_node *mem_node_new(struct mem *m, uint32_t mode)
{
	struct mem_node *node = calloc(1, sizeof(*node));
	if (node == NULL)
		return NULL;
	nttime now = tick(m);
	node->st = (struct vfs_stat){
		.dev = 1,
		.ino = m->next_ino++,
		.mode = mode,
		.uid = geteuid(),
		.gid = getegid(),
		.nlink = S_ISDIR(mode) ? 1 : 0, /* a folder's own "."; its name in the parent adds the other */
		.size = S_ISDIR(mode) ? MEM_PAGE : 0,
		.btime = now,
		.atime = now,
		.mtime = now,
		.ctime = now,
	};
	m->nodes++;
	return node;
}

static void pages_free(struct mem *m, struct mem_node *node)
{
	struct mem_page *page, *next;
	HASH_ITER(hh, node->pages, page, next) {
		HASH_DEL(node->pages, page);
		free(page);
		m->used -= MEM_PAGE;
	}
	node->st.allocated = 0;
}

static void node_free(struct mem *m, struct mem_node *node)
{
	struct mem_xattr *x, *next;
	pages_free(m, node);
	HASH_ITER(hh, node->xattrs, x, next)
		mem_xattr_remove(node, x);
	free(node->target);
	free(node);
	m->nodes--;
}

void mem_node_release(struct mem *m, struct mem_node *node)
{
	uint64_t own = S_ISDIR(node->st.mode) ? 1 : 0;
	if (node != m->root && node->opens == 0 && node->st.nlink <= own)
		node_free(m, node);
}

void mem_node_free_tree(struct mem *m, struct mem_node *node)
{
	struct mem_entry *e, *next;
	HASH_ITER(hh, node->entries, e, next) {
		struct mem_node *child = e->node;
		HASH_DEL(node->entries, e);
		free(e->name);
		free(e);
		if (S_ISDIR(child->st.mode) || --child->st.nlink == 0)
			mem_node_free_tree(m, child);
	}
	node_free(m, node);
}

struct mem_entry *mem_entry_find(struct mem_node *dir, const char *name, size_t len)
{
	struct mem_entry *e;
	HASH_FIND(hh, dir->entries, name, len, e);
	return e;
}

int mem_entry_add(struct mem *m, struct mem_node *dir, const char *name, struct mem_node *node)
{
	struct mem_entry *e = calloc(1, sizeof(*e));
	if (e == NULL || (e->name = strdup(name)) == NULL) {
		free(e);
		return -ENOMEM;
	}
	e->node = node;
	HASH_ADD_KEYPTR(hh, dir->entries, e->name, strlen(e->name), e);
	node->st.nlink++;
	if (S_ISDIR(node->st.mode)) {
		node->parent = dir;
		dir->st.nlink++;
	}
	mem_touch_data(m, dir);
	node->st.ctime = dir->st.ctime;
	return 0;
}

void mem_entry_remove(struct mem *m, struct mem_node *dir, struct mem_entry *e)
{
	struct mem_node *node = e->node;
	HASH_DEL(dir->entries, e);
	free(e->name);
	free(e);
	node->st.nlink--;
	if (S_ISDIR(node->st.mode))
		dir->st.nlink--;
	mem_touch_data(m, dir);
	node->st.ctime = dir->st.ctime;
	mem_node_release(m, node);
}

static struct mem_page *page_find(const struct mem_node *node, uint64_t index)
{
	struct mem_page *page;
	HASH_FIND(hh, node->pages, &index, sizeof(index), page);
	return page;
}

static struct mem_page *page_make(struct mem *m, struct mem_node *node, uint64_t index)
{
	struct mem_page *page = page_find(node, index);
	if (page != NULL || m->capacity < MEM_PAGE || m->used > m->capacity - MEM_PAGE)
		return page;
	page = calloc(1, sizeof(*page));
	if (page == NULL)
		return NULL;
	page->index = index;
	HASH_ADD(hh, node->pages, index, sizeof(page->index), page);
	m->used += MEM_PAGE;
	node->st.allocated += MEM_PAGE;
	return page;
}

void mem_data_read(const struct mem_node *node, void *buf, size_t len, uint64_t offset)
{
	uint8_t *out = buf;
	while (len > 0) {
		const struct mem_page *page = page_find(node, offset / MEM_PAGE);
		size_t at = (size_t)(offset % MEM_PAGE), n = MIN(len, MEM_PAGE - at);
		if (page != NULL)
			memcpy(out, page->bytes + at, n);
		else
			memset(out, 0, n);
		out += n;
		len -= n;
		offset += n;
	}
}

size_t mem_data_write(struct mem *m, struct mem_node *node, const void *buf, size_t len, uint64_t offset)
{
	size_t done = 0;
	while (done < len) {
		struct mem_page *page = page_make(m, node, (offset + done) / MEM_PAGE);
		size_t at = (size_t)((offset + done) % MEM_PAGE), n = MIN(len - done, MEM_PAGE - at);
		if (page == NULL)
			break;
		memcpy(page->bytes + at, (const uint8_t *)buf + done, n);
		done += n;
	}
	node->st.size = MAX(node->st.size, done > 0 ? offset + done : 0);
	return done;
}

bool mem_data_allocate(struct mem *m, struct mem_node *node, uint64_t size)
{
	uint64_t pages = size / MEM_PAGE + (size % MEM_PAGE != 0), missing = 0;
	uint64_t left = m->capacity > m->used ? (m->capacity - m->used) / MEM_PAGE : 0;
	if (pages > m->capacity / MEM_PAGE)
		return false;
	for (uint64_t i = 0; i < pages; i++)
		missing += page_find(node, i) == NULL;
	if (missing > left)
		return false;
	for (uint64_t i = 0; i < pages; i++)
		if (page_make(m, node, i) == NULL)
			return false;
	return true;
}

void mem_data_resize(struct mem *m, struct mem_node *node, uint64_t size)
{
	struct mem_page *page, *next;
	HASH_ITER(hh, node->pages, page, next) {
		if (page->index * MEM_PAGE >= size) {
			HASH_DEL(node->pages, page);
			free(page);
			m->used -= MEM_PAGE;
			node->st.allocated -= MEM_PAGE;
		}
	}
	page = page_find(node, size / MEM_PAGE);
	if (page != NULL) /* what lies behind the new end must read as zeros when the file grows again */
		memset(page->bytes + size % MEM_PAGE, 0, MEM_PAGE - (size_t)(size % MEM_PAGE));
	node->st.size = size;
}

struct mem_xattr *mem_xattr_find(const struct mem_node *node, const char *name)
{
	struct mem_xattr *x;
	HASH_FIND_STR(node->xattrs, name, x);
	return x;
}

void mem_xattr_remove(struct mem_node *node, struct mem_xattr *x)
{
	HASH_DEL(node->xattrs, x);
	free(x->name);
	free(x->value);
	free(x);
}

int mem_xattr_set(struct mem_node *node, const char *name, const void *value, size_t len)
{
	struct mem_xattr *x = calloc(1, sizeof(*x));
	uint8_t *copy = malloc(len > 0 ? len : 1);
	char *own_name = strdup(name);
	if (x == NULL || copy == NULL || own_name == NULL) {
		free(x);
		free(copy);
		free(own_name);
		return -ENOMEM;
	}
	if (len > 0)
		memcpy(copy, value, len);
	*x = (struct mem_xattr){ .name = own_name, .value = copy, .len = len };
	struct mem_xattr *old = mem_xattr_find(node, name);
	if (old != NULL)
		mem_xattr_remove(node, old);
	HASH_ADD_KEYPTR(hh, node->xattrs, x->name, strlen(x->name), x);
	return 0;
}
