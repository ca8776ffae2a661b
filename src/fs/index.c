/*
 * The cache of folder indexes: which folder's names are known, whether they may still be believed, and reading them anew.
 *
 * Two kinds of locks, each taken briefly and never across a system call: the cache's (a leaf) guards the table of folders,
 * their reference counts and the list of builds; an index's own guards its names and its validity. A folder is read
 * without any lock; changes that we make meanwhile are logged with the build and replayed before others see the index.
 */
#include "fs/index.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define HASH_FUNCTION(key, len, hash) HASH_SAX(key, len, hash)
#include <uthash.h>

#include "base/lock.h"
#include "base/random.h"
#include "fs/core_internal.h"
#include "fs/nametable.h"
#include "fs/path.h"
#include "fs/share.h"

enum {
	FOLDERS_MAX = 4096,                     /* an empty index costs some 300 bytes */
	NAMES_MAX = 4 << 20,                    /* some 100 bytes each */
	RACY_MS = 20,                           /* twice the slowest kernel tick */
	LEASE_100NS_PER_NAME = 200,             /* reading costs about 0.5 us a name: 2.5 % at most goes into it */
	LEASE_NAMES_MIN = 16,                   /* opening the folder costs as much as this many names */
	BUILD_TRIES = 3,                        /* a folder that changes while it is read, again and again, is used once */
};

struct index_key {
	uint64_t dev, ino;
	nttime btime; /* a new folder may get the inode of a removed one */
};

struct index_stamp {
	nttime mtime, ctime;
	uint64_t size; /* some file systems count the names in it: a change within one tick shows */
};

struct fs_index {
	struct index_key key;
	UT_hash_handle hh;     /* the cache's lock; in order of use */
	uint32_t refs;         /* the cache's lock */
	bool cached;           /* the cache's lock */
	size_t counted;        /* the cache's lock: how many of the cache's names are ours */
	struct lock lock;      /* for all below */
	struct fs_names *names;
	struct index_stamp stamp;
	bool racy;             /* the stamp was too young when the folder was read */
	bool changed;          /* we changed the folder since it was read: the lease decides */
	nttime lease_from, lease_until;
};

/* Somebody reads a folder just now: what we change meanwhile he may have missed. */
struct build {
	struct index_key key;
	struct build *next;
	char *log; /* each: '+' or '-', name, NUL */
	size_t log_len, log_cap;
	bool log_lost; /* no memory */
};

struct fs_index_cache {
	struct lock lock;
	struct fs_index *folders;
	struct build *builds;
	size_t n_names, max_folders, max_names;
	uint64_t seed;
};

/* --- the cache ----------------------------------------------------------------------------------------------------- */

struct fs_index_cache *fs_index_cache_new_bounded(size_t max_folders, size_t max_names)
{
	struct fs_index_cache *cache = calloc(1, sizeof(*cache));
	if (cache == NULL)
		return NULL;
	lock_init(&cache->lock, LOCK_RANK_LEAF);
	cache->max_folders = max_folders;
	cache->max_names = max_names;
	random_bytes(&cache->seed, sizeof(cache->seed));
	return cache;
}

struct fs_index_cache *fs_index_cache_new(void)
{
	return fs_index_cache_new_bounded(FOLDERS_MAX, NAMES_MAX);
}

static void index_free(struct fs_index *ix)
{
	lock_fini(&ix->lock);
	fs_names_free(ix->names);
	free(ix);
}

static struct fs_index *index_new(const struct fs_index_cache *cache, struct index_key key)
{
	struct fs_index *ix = calloc(1, sizeof(*ix));
	if (ix == NULL)
		return NULL;
	ix->names = fs_names_new(cache->seed);
	if (ix->names == NULL) {
		free(ix);
		return NULL;
	}
	lock_init(&ix->lock, LOCK_RANK_DIRINDEX);
	ix->key = key;
	ix->refs = 1;
	return ix;
}

void fs_index_cache_free(struct fs_index_cache *cache)
{
	if (cache == NULL)
		return;
	struct fs_index *ix, *next;
	HASH_ITER(hh, cache->folders, ix, next) {
		HASH_DEL(cache->folders, ix);
		index_free(ix);
	}
	lock_fini(&cache->lock);
	free(cache);
}

static struct fs_index *cache_find(struct fs_index_cache *cache, const struct index_key *key)
{
	struct fs_index *ix;
	HASH_FIND(hh, cache->folders, key, sizeof(*key), ix);
	return ix;
}

/* Out of the table; whoever still uses it frees it. Returns it if that is nobody. */
static struct fs_index *cache_drop(struct fs_index_cache *cache, struct fs_index *ix)
{
	HASH_DEL(cache->folders, ix);
	ix->cached = false;
	cache->n_names -= ix->counted;
	return ix->refs == 0 ? ix : NULL;
}

static struct fs_index *index_get(struct fs_index_cache *cache, struct index_key key)
{
	lock_take(&cache->lock);
	struct fs_index *ix = cache_find(cache, &key);
	if (ix != NULL) {
		ix->refs++;
		if (ix->hh.next != NULL) { /* to the end: used last */
			HASH_DEL(cache->folders, ix);
			HASH_ADD(hh, cache->folders, key, sizeof(ix->key), ix);
		}
	}
	lock_release(&cache->lock);
	return ix;
}

static void count_names(struct fs_index_cache *cache, struct fs_index *ix, size_t n)
{
	cache->n_names += n - ix->counted;
	ix->counted = n;
}

static bool is_over_bounds(const struct fs_index_cache *cache)
{
	size_t n = HASH_COUNT(cache->folders);
	return n > 1 && (n > cache->max_folders || cache->n_names > cache->max_names);
}

/* One at a time, so that freeing a large one holds nobody up. */
static void cache_shrink(struct fs_index_cache *cache)
{
	for (;;) {
		struct fs_index *oldest = NULL;
		lock_take(&cache->lock);
		bool over = is_over_bounds(cache);
		if (over)
			oldest = cache_drop(cache, cache->folders);
		lock_release(&cache->lock);
		if (oldest != NULL)
			index_free(oldest);
		if (!over)
			return;
	}
}

/* Gives the reference back. n_names: as counted under the index's lock. */
static void index_put(struct fs_index_cache *cache, struct fs_index *ix, size_t n_names)
{
	struct fs_index *unused = NULL;
	lock_take(&cache->lock);
	ix->refs--;
	if (ix->cached)
		count_names(cache, ix, n_names);
	else if (ix->refs == 0)
		unused = ix;
	bool over = is_over_bounds(cache);
	lock_release(&cache->lock);
	if (unused != NULL)
		index_free(unused);
	if (over)
		cache_shrink(cache);
}

/* --- validity ------------------------------------------------------------------------------------------------------ */

static struct index_key key_of(const struct vfs_stat *st)
{
	return (struct index_key){ .dev = st->dev, .ino = st->ino, .btime = st->btime };
}

static struct index_stamp stamp_of(const struct vfs_stat *st)
{
	return (struct index_stamp){ .mtime = st->mtime, .ctime = st->ctime, .size = st->size };
}

static bool stamps_equal(struct index_stamp a, struct index_stamp b)
{
	return a.mtime == b.mtime && a.ctime == b.ctime && a.size == b.size;
}

static bool is_racy(struct index_stamp stamp, nttime now)
{
	nttime newest = MAX(stamp.mtime, stamp.ctime);
	/* Stamps from beyond the next seconds come from another clock (a network file system): waiting would not help. */
	return newest + RACY_MS * NTTIME_PER_MS > now && newest < now + 2 * NTTIME_PER_SEC;
}

static bool is_current(const struct fs_index *ix, const struct vfs_stat *st)
{
	return !ix->changed && !ix->racy && stamps_equal(ix->stamp, stamp_of(st));
}

static bool is_believed(const struct fs_index *ix, const struct vfs_stat *st, nttime now)
{
	if (ix->changed)
		return now >= ix->lease_from && now < ix->lease_until;
	return is_current(ix, st);
}

static void start_lease(struct fs_index *ix, nttime now)
{
	if (ix->changed)
		return; /* no second one without reading in between: what local programs did would stay unseen */
	ix->changed = true;
	ix->lease_from = now;
	ix->lease_until = now + (fs_names_count(ix->names) + LEASE_NAMES_MIN) * LEASE_100NS_PER_NAME;
}

/* --- reading a folder ---------------------------------------------------------------------------------------------- */

static void build_log(struct build *b, char op, const char *name)
{
	size_t need = strlen(name) + 2;
	if (b->log_cap - b->log_len < need) {
		size_t cap = b->log_cap * 2 + need;
		char *log = realloc(b->log, cap);
		if (log == NULL) {
			b->log_lost = true;
			return;
		}
		b->log = log;
		b->log_cap = cap;
	}
	b->log[b->log_len] = op;
	memcpy(b->log + b->log_len + 1, name, need - 1);
	b->log_len += need;
}

static bool apply(struct fs_names *names, char op, const char *name)
{
	if (op == '+')
		return fs_names_add(names, name);
	fs_names_remove(names, name);
	return true;
}

static void replay(struct fs_index *ix, const struct build *b, nttime now)
{
	for (size_t pos = 0; pos < b->log_len; pos += strlen(b->log + pos) + 1) {
		if (!apply(ix->names, b->log[pos], b->log + pos + 1))
			ix->racy = true;
	}
	if (b->log_lost)
		ix->racy = true;
	if (b->log_len > 0)
		start_lease(ix, now);
}

static void cache_begin_build(struct fs_index_cache *cache, struct build *b)
{
	lock_take(&cache->lock);
	b->next = cache->builds;
	cache->builds = b;
	lock_release(&cache->lock);
}

static void unlink_build(struct fs_index_cache *cache, struct build *b)
{
	struct build **link = &cache->builds;
	while (*link != b)
		link = &(*link)->next;
	*link = b->next;
}

/* The new index takes the place of the old; the build's log ends in the moment in which notes begin to reach the index. */
static void cache_publish(struct fs_index_cache *cache, struct build *b, struct fs_index *ix, nttime now)
{
	struct fs_index *unused = NULL;
	lock_take(&ix->lock);
	lock_take(&cache->lock);
	unlink_build(cache, b);
	struct fs_index *old = cache_find(cache, &ix->key);
	if (old != NULL)
		unused = cache_drop(cache, old);
	HASH_ADD(hh, cache->folders, key, sizeof(ix->key), ix);
	ix->cached = true;
	count_names(cache, ix, fs_names_count(ix->names));
	lock_release(&cache->lock);
	replay(ix, b, now);
	lock_release(&ix->lock);
	if (unused != NULL)
		index_free(unused);
}

struct collect {
	struct fs_names *names;
	bool failed;
};

static bool collect_name(void *user, const char *name, uint64_t ino, uint8_t d_type)
{
	struct collect *c = user;
	c->failed = !fs_names_add(c->names, name);
	return !c->failed;
}

/* Reads the folder's names into ix, with the stamp that it had before. st: as it is now, renewed. */
static int read_names(struct fs_ctx *ctx, const char *folder, struct vfs_stat *st, struct fs_index *ix)
{
	struct vfs *v = ctx->tree->vfs;
	for (int tries = 0; tries < BUILD_TRIES; tries++) {
		struct fs_names *names = fs_names_new(ctx->core->index_cache->seed);
		if (names == NULL)
			return -ENOMEM;
		struct collect c = { .names = names };
		ix->stamp = stamp_of(st);
		int rc = v->ops->list(v, folder, collect_name, &c);
		if (rc == 0 && c.failed)
			rc = -ENOMEM;
		if (rc == 0)
			rc = v->ops->stat(v, folder, true, st);
		if (rc != 0) {
			fs_names_free(names);
			return rc;
		}
		fs_names_free(ix->names);
		ix->names = names;
		if (stamps_equal(ix->stamp, stamp_of(st)))
			break;
	}
	ix->racy = is_racy(ix->stamp, ctx->now);
	return 0;
}

/* A fresh index of the folder, referenced; it is in the cache. */
static nt_status index_build(struct fs_ctx *ctx, const char *folder, const struct vfs_stat *folder_st, struct fs_index **out)
{
	struct fs_index_cache *cache = ctx->core->index_cache;
	struct vfs_stat st = *folder_st;
	struct build b = { .key = key_of(&st) };
	struct fs_index *ix = index_new(cache, b.key);
	if (ix == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	cache_begin_build(cache, &b);
	int rc = read_names(ctx, folder, &st, ix);
	if (rc != 0) {
		lock_take(&cache->lock);
		unlink_build(cache, &b);
		lock_release(&cache->lock);
		index_free(ix);
	} else {
		cache_publish(cache, &b, ix, ctx->now);
		*out = ix;
	}
	free(b.log);
	return nt_status_from_errno(-rc);
}

/* --- questions ----------------------------------------------------------------------------------------------------- */

static nt_status stat_folder(struct fs_ctx *ctx, const char *folder, struct vfs_stat *st)
{
	struct vfs *v = ctx->tree->vfs;
	int rc = v->ops->stat(v, folder, true, st);
	if (rc == -ENOENT || (rc == 0 && !S_ISDIR(st->mode)))
		return STATUS_OBJECT_PATH_NOT_FOUND;
	return nt_status_from_errno(-rc);
}

/* Looks in ix; false: not to be believed, the folder has to be read. *found is valid until the lock is released. */
static bool look(struct fs_index *ix, const char *name, bool believed, const char **found)
{
	*found = fs_names_find(ix->names, name);
	if (*found != NULL)
		return true;
	if (believed)
		*found = fs_names_find_short(ix->names, name);
	return believed;
}

/* Looks the name up and takes a copy of what is found. False: the index does not know. */
static bool ask(struct fs_ctx *ctx, struct fs_index *ix, const struct vfs_stat *st, const char *name, nt_status *status, const char **out)
{
	const char *found;
	lock_take(&ix->lock);
	bool known = look(ix, name, st == NULL || is_believed(ix, st, ctx->now), &found);
	if (known && (found == NULL || fs_is_veto(ctx->tree, found))) {
		*status = STATUS_OBJECT_NAME_NOT_FOUND;
	} else if (known) {
		*out = arena_strdup(ctx->arena, found);
		*status = *out == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
	}
	size_t n = fs_names_count(ix->names);
	lock_release(&ix->lock);
	index_put(ctx->core->index_cache, ix, n);
	return known;
}

nt_status fs_index_find(struct fs_ctx *ctx, const char *folder, const struct vfs_stat *st, const char *name, const char **out)
{
	struct vfs_stat own;
	nt_status status = st == NULL ? stat_folder(ctx, folder, &own) : STATUS_SUCCESS;
	if (status != STATUS_SUCCESS)
		return status;
	if (st == NULL)
		st = &own;
	struct fs_index *ix = index_get(ctx->core->index_cache, key_of(st));
	if (ix != NULL && ask(ctx, ix, st, name, &status, out))
		return status;
	status = index_build(ctx, folder, st, &ix);
	/* A folder that may be entered but not read (a drop box) gives only what is asked for exactly. */
	if (status == STATUS_ACCESS_DENIED)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (status != STATUS_SUCCESS)
		return status;
	ask(ctx, ix, NULL, name, &status, out);
	return status;
}

/* False: the name is not in the index. */
static bool copy_short(struct fs_ctx *ctx, struct fs_index *ix, const char *name, char out[FS_SHORT_NAME_MAX])
{
	lock_take(&ix->lock);
	bool known = fs_names_has_exact(ix->names, name);
	if (known)
		memcpy(out, fs_names_short_of(ix->names, name), strlen(fs_names_short_of(ix->names, name)) + 1);
	size_t n = fs_names_count(ix->names);
	lock_release(&ix->lock);
	index_put(ctx->core->index_cache, ix, n);
	return known;
}

nt_status fs_index_short_name(struct fs_ctx *ctx, const char *folder, const char *name, char out[FS_SHORT_NAME_MAX])
{
	struct vfs_stat st;
	out[0] = '\0';
	if (fs_name_is_8dot3(name))
		return STATUS_SUCCESS;
	nt_status status = stat_folder(ctx, folder, &st);
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_index *ix = index_get(ctx->core->index_cache, key_of(&st));
	if (ix != NULL && copy_short(ctx, ix, name, out))
		return STATUS_SUCCESS;
	status = index_build(ctx, folder, &st, &ix);
	if (status == STATUS_SUCCESS)
		copy_short(ctx, ix, name, out);
	return status;
}

struct visible {
	const struct fs_tree *tree;
	fs_index_each_fn each;
	void *user;
};

static bool each_visible(void *user, const char *name, const char *short_name)
{
	const struct visible *v = user;
	return fs_is_veto(v->tree, name) || v->each(v->user, name, short_name);
}

/* A cached index that is surely the folder as it is now and that this user may read; NULL: none. */
static struct fs_index *get_current(struct fs_ctx *ctx, const char *folder, const struct vfs_stat *st)
{
	struct vfs *v = ctx->tree->vfs;
	struct fs_index *ix = index_get(ctx->core->index_cache, key_of(st));
	if (ix == NULL)
		return NULL;
	lock_take(&ix->lock);
	bool current = is_current(ix, st);
	size_t n = fs_names_count(ix->names);
	lock_release(&ix->lock);
	if (current && v->ops->access(v, folder, R_OK) == 0)
		return ix;
	index_put(ctx->core->index_cache, ix, n);
	return NULL;
}

nt_status fs_index_each(struct fs_ctx *ctx, const char *folder, fs_index_each_fn each, void *user)
{
	struct vfs_stat st;
	nt_status status = stat_folder(ctx, folder, &st);
	if (status != STATUS_SUCCESS)
		return status;
	struct fs_index *ix = get_current(ctx, folder, &st);
	if (ix == NULL)
		status = index_build(ctx, folder, &st, &ix);
	if (status != STATUS_SUCCESS)
		return status;
	struct visible v = { .tree = ctx->tree, .each = each, .user = user };
	lock_take(&ix->lock);
	fs_names_each(ix->names, each_visible, &v);
	size_t n = fs_names_count(ix->names);
	lock_release(&ix->lock);
	index_put(ctx->core->index_cache, ix, n);
	return STATUS_SUCCESS;
}

/* --- our own changes ----------------------------------------------------------------------------------------------- */

/* Tells those who read the folder just now. False: nobody does, and nobody has. */
static bool log_change(struct fs_index_cache *cache, struct index_key key, char op, const char *name)
{
	lock_take(&cache->lock);
	for (struct build *b = cache->builds; b != NULL; b = b->next) {
		if (memcmp(&b->key, &key, sizeof(key)) == 0)
			build_log(b, op, name);
	}
	struct fs_index *ix = cache_find(cache, &key);
	lock_release(&cache->lock);
	return ix != NULL;
}

static bool is_idle(struct fs_index_cache *cache)
{
	lock_take(&cache->lock);
	bool idle = cache->folders == NULL && cache->builds == NULL;
	lock_release(&cache->lock);
	return idle;
}

static void forget(struct fs_index_cache *cache, struct index_key key)
{
	struct fs_index *unused = NULL;
	lock_take(&cache->lock);
	struct fs_index *ix = cache_find(cache, &key);
	if (ix != NULL)
		unused = cache_drop(cache, ix);
	lock_release(&cache->lock);
	if (unused != NULL)
		index_free(unused);
}

static void note(struct fs_ctx *ctx, const char *folder, char op, const char *name)
{
	struct fs_index_cache *cache = ctx->core->index_cache;
	struct vfs_stat st;
	if (is_idle(cache) || stat_folder(ctx, folder, &st) != STATUS_SUCCESS)
		return;
	struct index_key key = key_of(&st);
	if (!log_change(cache, key, op, name))
		return;
	struct fs_index *ix = index_get(cache, key);
	if (ix == NULL)
		return;
	lock_take(&ix->lock);
	bool usable = apply(ix->names, op, name) && !fs_names_is_wasteful(ix->names);
	start_lease(ix, ctx->now);
	size_t n = fs_names_count(ix->names);
	lock_release(&ix->lock);
	index_put(cache, ix, n);
	if (!usable)
		forget(cache, key);
}

void fs_index_note_create(struct fs_ctx *ctx, const char *folder, const char *name)
{
	note(ctx, folder, '+', name);
}

void fs_index_note_remove(struct fs_ctx *ctx, const char *folder, const char *name)
{
	note(ctx, folder, '-', name);
}

void fs_index_forget(struct fs_ctx *ctx, const char *folder)
{
	struct vfs_stat st;
	if (stat_folder(ctx, folder, &st) == STATUS_SUCCESS)
		forget(ctx->core->index_cache, key_of(&st));
}

void fs_index_note_folder_gone(struct fs_ctx *ctx, const char *folder)
{
	/* By this path there is nothing any more, or another folder: an index of the old one goes by the LRU bound, and
	 * cannot be taken for a new folder's, which has another birth. */
	fs_index_forget(ctx, folder);
}
