/* Inside mem.c and its helpers only: files, folders and symlinks in memory. All under the file system's lock. */
#ifndef VFS_MEM_NODE_H
#define VFS_MEM_NODE_H

/* uthash's default has fall-throughs that clang warns of. */
#define HASH_FUNCTION(key, len, hash) HASH_SAX(key, len, hash)
#include <uthash.h>

#include "base/lock.h"
#include "vfs/mem.h"

enum {
	MEM_PAGE = 4096,
	MEM_NAME_MAX = 255,
	MEM_PATH_MAX = 4096,
	MEM_SYMLINKS_MAX = 40,      /* as Linux */
	MEM_XATTR_BYTES_MAX = 65536, /* of one value, as Linux; ext4 has less */
	MEM_QUOTAS_MAX = 64,
};
/* As ext4 with 4 KiB blocks: so that absurd sizes give -EFBIG here as there. */
#define MEM_FILE_MAX (16ull << 40)
/* A fuzzer that only creates must not take the machine's memory. */
#define MEM_DEFAULT_NODES (1u << 20)

struct mem_page {
	uint64_t index;
	uint8_t bytes[MEM_PAGE];
	UT_hash_handle hh;
};

struct mem_xattr {
	char *name;
	uint8_t *value;
	size_t len;
	UT_hash_handle hh;
};

struct mem_entry {
	char *name;
	struct mem_node *node;
	UT_hash_handle hh; /* keeps the order of creation: listings are reproducible */
};

struct mem_node {
	struct vfs_stat st;
	struct mem_page *pages;
	struct mem_entry *entries;
	struct mem_node *parent; /* of a folder; the root's is NULL */
	char *target;            /* of a symlink */
	struct mem_xattr *xattrs;
	unsigned opens;
};

struct mem_quota {
	uint32_t uid;
	struct vfs_quota quota;
};

struct mem_fault {
	unsigned countdown; /* 1: the next call */
	unsigned times;
	int err;
	unsigned delay_ms;
	uint64_t calls;
};

struct mem {
	struct vfs vfs;
	struct lock lock;
	struct mem_node *root;
	nttime now;
	uint64_t next_ino;
	uint64_t capacity, used; /* bytes of pages */
	uint64_t nodes, max_nodes;
	size_t open_files;
	enum vfs_advice advice; /* the newest */
	bool read_only;
	bool keeps_quotas, enforces_quotas;
	struct mem_quota quotas[MEM_QUOTAS_MAX]; /* by uid */
	size_t n_quotas;
	struct mem_fault faults[VFS_MEM_OPS];
	vfs_mem_hook_fn hook;
	void *hook_user;
};

struct mem_file {
	struct vfs_file file;
	struct mem_node *node;
	int flags;
};

static inline struct mem *mem_of(struct vfs *v) { return (struct mem *)v; }
static inline struct mem_file *mem_file_of(struct vfs_file *f) { return (struct mem_file *)f; }

/* mem_fault.c: waits and fails as the test asked; takes the lock and keeps it in any case. 0 or -errno. */
int mem_enter(struct mem *m, enum vfs_mem_op op, const char *path);

/* mem_walk.c: where a path leads. */
struct mem_spot {
	struct mem_node *dir;         /* the folder that has, or would have, the name; NULL for the root */
	char name[MEM_NAME_MAX + 1];
	struct mem_entry *entry;      /* NULL: missing, or the root */
	struct mem_node *node;        /* NULL: missing */
};
/* 0 also if only the last component is missing. follow: a symlink in the last component is followed. */
int mem_walk(struct mem *m, const char *path, bool follow, struct mem_spot *out);
/* As mem_walk, -ENOENT if missing. */
int mem_find(struct mem *m, const char *path, bool follow, struct mem_node **out);
/* For a change of the parent: not followed, -EINVAL for the root or a path ending in dots, -EACCES, -EROFS. */
int mem_place(struct mem *m, const char *path, struct mem_spot *out);
/* 0, -EACCES or -EROFS; rwx as access(2). */
int mem_allowed(const struct mem *m, const struct mem_node *node, int rwx);

struct mem_node *mem_node_new(struct mem *m, uint32_t mode);
/* Frees the node if neither a name nor an open holds it. */
void mem_node_release(struct mem *m, struct mem_node *node);
/* Frees everything below and the node itself, held or not. */
void mem_node_free_tree(struct mem *m, struct mem_node *node);
struct mem_entry *mem_entry_find(struct mem_node *dir, const char *name, size_t len);
int mem_entry_add(struct mem *m, struct mem_node *dir, const char *name, struct mem_node *node);
/* Takes the name away and releases the node. */
void mem_entry_remove(struct mem *m, struct mem_node *dir, struct mem_entry *entry);

/* Data and metadata changed, or metadata only. */
void mem_touch_data(struct mem *m, struct mem_node *node);
void mem_touch(struct mem *m, struct mem_node *node);

void mem_data_read(const struct mem_node *node, void *buf, size_t len, uint64_t offset);
/* How much fitted. */
size_t mem_data_write(struct mem *m, struct mem_node *node, const void *buf, size_t len, uint64_t offset);
/* Reserves pages for the first size bytes; false, and nothing done, if they do not fit. */
bool mem_data_allocate(struct mem *m, struct mem_node *node, uint64_t size);
void mem_data_resize(struct mem *m, struct mem_node *node, uint64_t size);

struct mem_xattr *mem_xattr_find(const struct mem_node *node, const char *name);
int mem_xattr_set(struct mem_node *node, const char *name, const void *value, size_t len);
void mem_xattr_remove(struct mem_node *node, struct mem_xattr *x);

/* mem_xattr.c and mem_io.c: operations of struct vfs_ops. */
ssize_t mem_getxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, void *buf, size_t cap);
int mem_stat_xattr(struct vfs *v, const char *path, struct vfs_stat *st, const char *xattr, void *buf, size_t cap, ssize_t *len);
ssize_t mem_getxattr_at(struct vfs_file *dir, const char *name, const char *xattr, void *buf, size_t cap);
int mem_setxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, const void *value, size_t len);
int mem_removexattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name);
ssize_t mem_listxattr(struct vfs *v, struct vfs_file *f, const char *path, char *buf, size_t cap);
ssize_t mem_pread(struct vfs_file *f, void *buf, size_t len, uint64_t offset);
ssize_t mem_pwrite(struct vfs_file *f, const void *buf, size_t len, uint64_t offset);
int mem_truncate(struct vfs_file *f, uint64_t size);
int mem_allocate(struct vfs_file *f, uint64_t size);
int mem_punch(struct vfs_file *f, uint64_t offset, uint64_t len);
int mem_seek(struct vfs_file *f, uint64_t offset, bool hole, uint64_t *out);
int mem_sync(struct vfs_file *f);
int mem_advise(struct vfs_file *f, enum vfs_advice advice);
int mem_lock(struct vfs_file *f, int type, uint64_t offset, uint64_t len);
/* mem_quota.c */
int mem_quota_get(struct vfs *v, uint32_t uid, struct vfs_quota *out);
int mem_quota_next(struct vfs *v, uint32_t *uid, struct vfs_quota *out);
int mem_quota_set(struct vfs *v, uint32_t uid, const struct vfs_quota *quota);
int mem_quota_state(struct vfs *v, bool *enforced);
int mem_quota_enforce(struct vfs *v, bool on);
/* mem_dir.c */
int mem_mkdir(struct vfs *v, const char *path, mode_t mode);
int mem_rmdir(struct vfs *v, const char *path);
int mem_unlink(struct vfs *v, const char *path);
int mem_rename(struct vfs *v, const char *from, const char *to, unsigned flags);
int mem_link(struct vfs *v, const char *from, const char *to);
int mem_symlink(struct vfs *v, const char *target, const char *path);
ssize_t mem_readlink(struct vfs *v, const char *path, char *buf, size_t cap);
int mem_list(struct vfs *v, const char *path, vfs_list_fn each, void *user);

#endif
