/* Which folders' names are known, bounded, and who reads a folder just now; see index_internal.h. */
#include "fs/index_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum {
	FOLDERS_MAX = 4096,                     /* an empty index costs some 300 bytes */
	NAMES_MAX = 4 << 20,                    /* some 100 bytes each */
};

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

void fs_index_free(struct fs_index *ix)
{
	lock_fini(&ix->lock);
	fs_names_free(ix->names);
	free(ix);
}

struct fs_index *fs_index_new(const struct fs_index_cache *cache, struct index_key key)
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
		fs_index_free(ix);
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

struct fs_index *fs_index_get(struct fs_index_cache *cache, struct index_key key)
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
			fs_index_free(oldest);
		if (!over)
			return;
	}
}

void fs_index_put(struct fs_index_cache *cache, struct fs_index *ix, size_t n_names)
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
		fs_index_free(unused);
	if (over)
		cache_shrink(cache);
}

/* --- readings in progress --- */

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

void fs_index_cache_begin_build(struct fs_index_cache *cache, struct build *b)
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

void fs_index_cache_end_build(struct fs_index_cache *cache, struct build *b)
{
	lock_take(&cache->lock);
	unlink_build(cache, b);
	lock_release(&cache->lock);
}

void fs_index_cache_enter(struct fs_index_cache *cache, struct build *b, struct fs_index *ix)
{
	struct fs_index *unused = NULL;
	lock_take(&cache->lock);
	unlink_build(cache, b);
	struct fs_index *old = cache_find(cache, &ix->key);
	if (old != NULL)
		unused = cache_drop(cache, old);
	HASH_ADD(hh, cache->folders, key, sizeof(ix->key), ix);
	ix->cached = true;
	count_names(cache, ix, fs_names_count(ix->names));
	lock_release(&cache->lock);
	if (unused != NULL)
		fs_index_free(unused);
}

bool fs_index_cache_log(struct fs_index_cache *cache, struct index_key key, char op, const char *name)
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

bool fs_index_cache_is_idle(struct fs_index_cache *cache)
{
	lock_take(&cache->lock);
	bool idle = cache->folders == NULL && cache->builds == NULL;
	lock_release(&cache->lock);
	return idle;
}

void fs_index_cache_drop(struct fs_index_cache *cache, struct index_key key)
{
	struct fs_index *unused = NULL;
	lock_take(&cache->lock);
	struct fs_index *ix = cache_find(cache, &key);
	if (ix != NULL)
		unused = cache_drop(cache, ix);
	lock_release(&cache->lock);
	if (unused != NULL)
		fs_index_free(unused);
}
