/* The table of open files. Everything below the shard's lock; see node.h. */
#define HASH_NONFATAL_OOM 1
/* The keys are two numbers; uthash's own function hashes bytes. */
#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = (unsigned)key_hash(*(const struct fs_node_key *)(keyptr)))

#include "fs/node.h"

#include <stdlib.h>

#include "base/check.h"
#include "fs/node_internal.h"

static uint64_t key_hash(struct fs_node_key key)
{
	uint64_t h = (key.ino ^ key.dev * 0x9E3779B97F4A7C15u) * 0xD6E8FEB86659FD93u;
	return h ^ h >> 29;
}

/* By other bits than those that choose the bucket within the shard. */
struct fs_shard *fs_node_shard(struct fs_core *core, struct fs_node_key key)
{
	return &core->shards[key_hash(key) >> 56];
}

struct lock *fs_node_lock(struct fs_core *core, const struct fs_node *node)
{
	return &fs_node_shard(core, node->key)->lock;
}

struct fs_node *fs_node_find(struct fs_shard *shard, struct fs_node_key key)
{
	struct fs_node *node;
	HASH_FIND(hh, shard->nodes, &key, sizeof(key), node);
	return node;
}

static struct fs_node *find_or_add(struct fs_shard *shard, struct fs_node_key key)
{
	struct fs_node *node = fs_node_find(shard, key);
	if (node != NULL)
		return node;
	node = calloc(1, sizeof(*node));
	if (node == NULL)
		return NULL;
	node->key = key;
	HASH_ADD(hh, shard->nodes, key, sizeof(node->key), node);
	if (node->hh.tbl == NULL) { /* the table could not grow */
		free(node);
		return NULL;
	}
	return node;
}

static struct fs_node *find_or_add_stream(struct fs_node *file, const char *stream)
{
	struct fs_node **at = fs_node_stream_at(file, stream);
	if (*at != NULL)
		return *at;
	struct fs_node *node = calloc(1, sizeof(*node));
	if (node == NULL)
		return NULL;
	node->key = file->key;
	node->file = file;
	node->stream = strdup(stream);
	if (node->stream == NULL) {
		free(node);
		return NULL;
	}
	*at = node;
	return node;
}

/* name: NULL unmarks. */
void fs_node_set_delete_name(struct fs_core *core, struct fs_node *node, struct fs_name *name)
{
	if (name != NULL)
		name->refs++;
	if (node->delete_name == NULL && name != NULL)
		core->n_delete_pending++;
	if (node->delete_name != NULL && name == NULL)
		core->n_delete_pending--;
	fs_name_put(node->delete_name);
	node->delete_name = name;
}

static void unlink_stream(struct fs_node *node)
{
	struct fs_node **at = &node->file->streams;
	while (*at != node)
		at = &(*at)->next_stream;
	*at = node->next_stream;
}

static void drop_if_unused(struct fs_core *core, struct fs_shard *shard, struct fs_node *node)
{
	struct fs_node *file = node->file;
	if (node->opens != NULL || node->streams != NULL)
		return;
	if (file != NULL)
		unlink_stream(node);
	else
		HASH_DEL(shard->nodes, node);
	fs_node_set_delete_name(core, node, NULL);
	fs_write_time_forget(core, node);
	fs_locktable_fini(&node->locks);
	fs_oplocks_fini(&node->oplocks);
	free(node->waiters);
	free(node->stream);
	free(node);
	if (file != NULL)
		drop_if_unused(core, shard, file);
}

struct fs_node_open *fs_node_open_of(struct fs_node *node, uint64_t id)
{
	struct fs_node_open *o = node->opens;
	while (o != NULL && o->id != id)
		o = o->next;
	CHECK(o != NULL);
	return o;
}

void fs_wake_add(struct fs_wake_list *list, uint64_t conn_id, uint64_t req_id)
{
	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 8 : list->cap * 2;
		struct fs_waiter *v = realloc(list->v, cap * sizeof(*v));
		if (v == NULL)
			return;
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = (struct fs_waiter){ conn_id, req_id };
}

void fs_wake_all(struct fs_core *core, struct fs_wake_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (core->wake != NULL)
			core->wake(core->user, list->v[i].conn_id, list->v[i].req_id);
	}
	free(list->v);
	*list = (struct fs_wake_list){ 0 };
}

static void lock_completed(void *user, const struct fs_lock_wait *w)
{
	fs_wake_add(user, w->conn_id, w->req_id);
}

void fs_node_advance_locks(struct fs_node *node, struct fs_wake_list *wake)
{
	fs_locktable_advance(&node->locks, lock_completed, wake);
	node->has_locks = node->locks.n != 0 || node->locks.advisory.n != 0;
}

static nt_status add_open(struct fs_core *core, struct fs_node *node, const struct fs_node_request *req, uint64_t *id)
{
	struct fs_node_open *o = calloc(1, sizeof(*o));
	if (o == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	o->name = fs_name_for(node, req->vfs, req->path);
	if (o->name == NULL) {
		free(o);
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	o->id = *id = ++core->last_open_id;
	o->claim = req->claim;
	o->next = node->opens;
	node->opens = o;
	return STATUS_SUCCESS;
}

nt_status fs_node_claim(struct fs_core *core, struct fs_node_request *req, struct fs_node **out, uint64_t *id)
{
	struct fs_shard *shard = fs_node_shard(core, req->key);
	lock_take(&shard->lock);
	nt_status status = STATUS_INSUFFICIENT_RESOURCES;
	struct fs_node *file = find_or_add(shard, req->key);
	struct fs_admission a = { .core = core, .req = req, .node = file != NULL && req->stream != NULL ? find_or_add_stream(file, req->stream) : file };
	if (a.node != NULL) {
		status = fs_node_admit(&a);
		if (status == STATUS_SUCCESS)
			status = add_open(core, a.node, req, id);
		if (status == STATUS_SUCCESS)
			fs_node_grant_oplock(&a, *id);
		fs_node_verify(a.node);
		drop_if_unused(core, shard, a.node);
	} else if (file != NULL) {
		drop_if_unused(core, shard, file);
	}
	if (status == STATUS_SUCCESS)
		*out = a.node;
	lock_release(&shard->lock);
	fs_oplock_tell(core, &a.news);
	fs_wake_all(core, &a.wake);
	return status;
}

/* Locks held and asked for through this open. Who waits on it is woken and finds the open gone. */
static void drop_locks(struct fs_node *node, uint64_t id, struct fs_wake_list *wake)
{
	for (struct fs_lock_wait *w = node->locks.waits, *next; w != NULL; w = next) {
		next = w->next;
		if (w->open_id != id)
			continue;
		fs_wake_add(wake, w->conn_id, w->req_id);
		fs_locktable_end_wait(&node->locks, w, false);
	}
	fs_locktable_release_open(&node->locks, id);
	fs_node_advance_locks(node, wake);
}

static bool all_closing(const struct fs_node *node)
{
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next) {
		if (!o->closing)
			return false;
	}
	return true;
}

static bool all_streams_closing(const struct fs_node *file)
{
	for (const struct fs_node *s = file->streams; s != NULL; s = s->next_stream) {
		if (!all_closing(s))
			return false;
	}
	return true;
}

/* The name under which the deletion was asked for; seen from another share, which has other paths, the closer's own. */
static const struct fs_name *name_to_delete(const struct fs_node *node, const struct fs_node_open *closer)
{
	return node->delete_name->vfs == closer->name->vfs ? node->delete_name : closer->name;
}

/* A file that is to go takes a stream with it that is to go too. */
static struct fs_victim victim_of(const struct fs_node *node, const struct fs_node_open *closer)
{
	const struct fs_node *file = node->file != NULL ? node->file : node;
	struct fs_victim victim = { 0 };
	if (file->delete_name != NULL && all_closing(file) && all_streams_closing(file)) {
		victim.path = strdup(name_to_delete(file, closer)->path);
	} else if (node->file != NULL && node->stream != NULL && node->delete_name != NULL && all_closing(node)) {
		victim.path = strdup(name_to_delete(node, closer)->path);
		victim.stream = victim.path != NULL ? strdup(node->stream) : NULL;
		if (victim.stream == NULL) { /* without memory nothing goes, least of all the file */
			free(victim.path);
			victim.path = NULL;
		}
	}
	return victim;
}

void fs_node_begin_close(struct fs_core *core, struct fs_node *node, uint64_t id, bool remove, struct fs_victim *victim)
{
	struct fs_wake_list wake = { 0 };
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	struct fs_node_open *o = fs_node_open_of(node, id);
	o->closing = true;
	drop_locks(node, id, &wake);
	(void)fs_oplock_close(&node->oplocks, id); /* who waits for it waits for end_close */
	fs_node_note_oplocks(core, node);
	if (remove)
		fs_node_set_delete_name(core, node, o->name);
	*victim = victim_of(node, o);
	fs_node_verify(node);
	lock_release(lock);
	fs_wake_all(core, &wake);
}

void fs_node_end_close(struct fs_core *core, struct fs_node *node, uint64_t id)
{
	struct fs_wake_list wake = { 0 };
	struct fs_shard *shard = fs_node_shard(core, node->key);
	lock_take(&shard->lock);
	struct fs_node_open *o = fs_node_open_of(node, id), **at = &node->opens;
	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	fs_name_put(o->name);
	free(o);
	fs_node_wake_waiters(node, &wake);
	drop_if_unused(core, shard, node);
	lock_release(&shard->lock);
	fs_wake_all(core, &wake);
}

void fs_node_set_delete(struct fs_core *core, struct fs_node *node, uint64_t id, bool on)
{
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	fs_node_set_delete_name(core, node, on ? fs_node_open_of(node, id)->name : NULL);
	lock_release(lock);
}

bool fs_node_delete_pending(struct fs_core *core, struct fs_node_key key)
{
	if (core->n_delete_pending == 0)
		return false;
	struct fs_shard *shard = fs_node_shard(core, key);
	lock_take(&shard->lock);
	const struct fs_node *node = fs_node_find(shard, key);
	bool pending = node != NULL && node->delete_name != NULL;
	lock_release(&shard->lock);
	return pending;
}

bool fs_node_is_open(struct fs_core *core, struct fs_node_key key)
{
	struct fs_shard *shard = fs_node_shard(core, key);
	lock_take(&shard->lock);
	bool open = fs_node_find(shard, key) != NULL;
	lock_release(&shard->lock);
	return open;
}

