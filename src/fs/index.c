/* Whether a folder's index may still be believed, reading it anew, and the questions it answers; see index.h. */
#include "fs/index_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs/core_internal.h"
#include "fs/path.h"
#include "fs/share.h"

enum {
	RACY_MS = 20,                           /* twice the slowest kernel tick */
	LEASE_100NS_PER_NAME = 200,             /* reading costs about 0.5 us a name: 2.5 % at most goes into it */
	LEASE_NAMES_MIN = 16,                   /* opening the folder costs as much as this many names */
	BUILD_TRIES = 3,                        /* a folder that changes while it is read, again and again, is used once */
};

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
	struct fs_index *ix = fs_index_new(cache, b.key);
	if (ix == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	fs_index_cache_begin_build(cache, &b);
	int rc = read_names(ctx, folder, &st, ix);
	if (rc != 0) {
		fs_index_cache_end_build(cache, &b);
		fs_index_free(ix);
	} else {
		lock_take(&ix->lock);
		fs_index_cache_enter(cache, &b, ix);
		replay(ix, &b, ctx->now);
		lock_release(&ix->lock);
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
	fs_index_put(ctx->core->index_cache, ix, n);
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
	struct fs_index *ix = fs_index_get(ctx->core->index_cache, key_of(st));
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

/* False: the index does not know. st is NULL: it was read just now. Names that are new may have taken the short name that
 * this one had, so what the index knew once is not good enough. */
static bool copy_short(struct fs_ctx *ctx, struct fs_index *ix, const struct vfs_stat *st, const char *name, char out[FS_SHORT_NAME_MAX])
{
	lock_take(&ix->lock);
	bool known = (st == NULL || is_believed(ix, st, ctx->now)) && fs_names_has_exact(ix->names, name);
	if (known)
		memcpy(out, fs_names_short_of(ix->names, name), strlen(fs_names_short_of(ix->names, name)) + 1);
	size_t n = fs_names_count(ix->names);
	lock_release(&ix->lock);
	fs_index_put(ctx->core->index_cache, ix, n);
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
	struct fs_index *ix = fs_index_get(ctx->core->index_cache, key_of(&st));
	if (ix != NULL && copy_short(ctx, ix, &st, name, out))
		return STATUS_SUCCESS;
	status = index_build(ctx, folder, &st, &ix);
	if (status == STATUS_SUCCESS)
		copy_short(ctx, ix, NULL, name, out);
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
	struct fs_index *ix = fs_index_get(ctx->core->index_cache, key_of(st));
	if (ix == NULL)
		return NULL;
	lock_take(&ix->lock);
	bool current = is_current(ix, st);
	size_t n = fs_names_count(ix->names);
	lock_release(&ix->lock);
	if (current && v->ops->access(v, folder, R_OK) == 0)
		return ix;
	fs_index_put(ctx->core->index_cache, ix, n);
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
	fs_index_put(ctx->core->index_cache, ix, n);
	return STATUS_SUCCESS;
}

/* --- our own changes ----------------------------------------------------------------------------------------------- */

static void note(struct fs_ctx *ctx, const char *folder, char op, const char *name)
{
	struct fs_index_cache *cache = ctx->core->index_cache;
	struct vfs_stat st;
	if (fs_index_cache_is_idle(cache) || stat_folder(ctx, folder, &st) != STATUS_SUCCESS)
		return;
	struct index_key key = key_of(&st);
	if (!fs_index_cache_log(cache, key, op, name))
		return;
	struct fs_index *ix = fs_index_get(cache, key);
	if (ix == NULL)
		return;
	lock_take(&ix->lock);
	bool usable = apply(ix->names, op, name) && !fs_names_is_wasteful(ix->names);
	start_lease(ix, ctx->now);
	size_t n = fs_names_count(ix->names);
	lock_release(&ix->lock);
	fs_index_put(cache, ix, n);
	if (!usable)
		fs_index_cache_drop(cache, key);
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
		fs_index_cache_drop(ctx->core->index_cache, key_of(&st));
}

void fs_index_note_folder_gone(struct fs_ctx *ctx, const char *folder)
{
	/* By this path there is nothing any more, or another folder: an index of the old one goes by the LRU bound, and
	 * cannot be taken for a new folder's, which has another birth. */
	fs_index_forget(ctx, folder);
}
