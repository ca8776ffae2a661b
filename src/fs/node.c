/* The table of open files. Everything below the shard's lock; see node.h. */
#define HASH_NONFATAL_OOM 1
/* The keys are two numbers; uthash's own function hashes bytes. */
#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = (unsigned)key_hash(*(const struct fs_node_key *)(keyptr)))

#include "fs/node.h"

#include <stdlib.h>

#include "base/check.h"

static uint64_t key_hash(struct fs_node_key key)
{
	uint64_t h = (key.ino ^ key.dev * 0x9E3779B97F4A7C15u) * 0xD6E8FEB86659FD93u;
	return h ^ h >> 29;
}

/* By other bits than those that choose the bucket within the shard. */
static struct fs_shard *shard_of(struct fs_core *core, struct fs_node_key key)
{
	return &core->shards[key_hash(key) >> 56];
}

struct lock *fs_node_lock(struct fs_core *core, const struct fs_node *node)
{
	return &shard_of(core, node->key)->lock;
}

static struct fs_node *find(struct fs_shard *shard, struct fs_node_key key)
{
	struct fs_node *node;
	HASH_FIND(hh, shard->nodes, &key, sizeof(key), node);
	return node;
}

static struct fs_node *find_or_add(struct fs_shard *shard, struct fs_node_key key)
{
	struct fs_node *node = find(shard, key);
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

static void name_put(struct fs_name *name)
{
	if (name != NULL && --name->refs == 0)
		free(name);
}

static struct fs_name *name_new(struct vfs *vfs, const char *path)
{
	size_t len = strlen(path) + 1;
	struct fs_name *name = malloc(sizeof(*name) + len);
	if (name == NULL)
		return NULL;
	name->refs = 1;
	name->vfs = vfs;
	memcpy(name->path, path, len);
	return name;
}

/* The name that an open of the node already has, counted, or a new one. */
static struct fs_name *name_for(struct fs_node *node, struct vfs *vfs, const char *path)
{
	for (struct fs_node_open *o = node->opens; o != NULL; o = o->next) {
		if (o->name->vfs == vfs && strcmp(o->name->path, path) == 0) {
			o->name->refs++;
			return o->name;
		}
	}
	return name_new(vfs, path);
}

/* name: NULL unmarks. */
static void set_delete_name(struct fs_core *core, struct fs_node *node, struct fs_name *name)
{
	if (name != NULL)
		name->refs++;
	if (node->delete_name == NULL && name != NULL)
		core->n_delete_pending++;
	if (node->delete_name != NULL && name == NULL)
		core->n_delete_pending--;
	name_put(node->delete_name);
	node->delete_name = name;
}

static void drop_if_unused(struct fs_core *core, struct fs_shard *shard, struct fs_node *node)
{
	if (node->opens != NULL)
		return;
	HASH_DEL(shard->nodes, node);
	set_delete_name(core, node, NULL);
	fs_locktable_fini(&node->locks);
	free(node->waiters);
	free(node);
}

static struct fs_node_open *open_of(struct fs_node *node, uint64_t id)
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
	node->has_locks = node->locks.n != 0;
}

static bool add_waiter(struct fs_node *node, struct fs_waiter w)
{
	for (uint32_t i = 0; i < node->n_waiters; i++) {
		if (node->waiters[i].conn_id == w.conn_id && node->waiters[i].req_id == w.req_id)
			return true;
	}
	if (node->n_waiters == FS_NODE_WAITERS_MAX)
		memmove(node->waiters, node->waiters + 1, --node->n_waiters * sizeof(*node->waiters));
	struct fs_waiter *v = realloc(node->waiters, (node->n_waiters + 1) * sizeof(*v));
	if (v == NULL)
		return false;
	node->waiters = v;
	v[node->n_waiters++] = w;
	return true;
}

/* The verdict over all opens: a fold wins over any conflict, a firm conflict over one that may pass. */
static enum fs_share_verdict judge(const struct fs_node *node, const struct fs_claim *claim)
{
	enum fs_share_verdict worst = FS_SHARE_OK;
	bool folds = false;
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next) {
		if (o->closing)
			continue;
		enum fs_share_verdict v = fs_sharemode_check(&o->claim, claim);
		worst = MAX(worst, v);
		folds = folds || fs_sharemode_folds(&o->claim, claim);
	}
	return folds ? FS_SHARE_OK : worst;
}

static nt_status admit(struct fs_node *node, const struct fs_node_request *req)
{
	if (node->delete_name != NULL)
		return STATUS_DELETE_PENDING;
	struct fs_claim claim = req->claim;
	claim.access |= req->extra_access;
	enum fs_share_verdict v = judge(node, &claim);
	if (v == FS_SHARE_OK)
		return STATUS_SUCCESS;
	if (v == FS_SHARE_CONFLICT && req->waiter != NULL && add_waiter(node, *req->waiter))
		return STATUS_PENDING;
	return STATUS_SHARING_VIOLATION;
}

static nt_status add_open(struct fs_core *core, struct fs_node *node, const struct fs_node_request *req, uint64_t *id)
{
	struct fs_node_open *o = calloc(1, sizeof(*o));
	if (o == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	o->name = name_for(node, req->vfs, req->path);
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

nt_status fs_node_claim(struct fs_core *core, const struct fs_node_request *req, struct fs_node **out, uint64_t *id)
{
	struct fs_shard *shard = shard_of(core, req->key);
	lock_take(&shard->lock);
	nt_status status = STATUS_INSUFFICIENT_RESOURCES;
	struct fs_node *node = find_or_add(shard, req->key);
	if (node != NULL) {
		status = admit(node, req);
		if (status == STATUS_SUCCESS)
			status = add_open(core, node, req, id);
		drop_if_unused(core, shard, node);
	}
	if (status == STATUS_SUCCESS)
		*out = node;
	lock_release(&shard->lock);
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

/* The name under which the deletion was asked for; seen from another share, which has other paths, the closer's own. */
static const struct fs_name *name_to_delete(const struct fs_node *node, const struct fs_node_open *closer)
{
	return node->delete_name->vfs == closer->name->vfs ? node->delete_name : closer->name;
}

void fs_node_begin_close(struct fs_core *core, struct fs_node *node, uint64_t id, bool remove, char **victim)
{
	struct fs_wake_list wake = { 0 };
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	struct fs_node_open *o = open_of(node, id);
	o->closing = true;
	drop_locks(node, id, &wake);
	if (remove)
		set_delete_name(core, node, o->name);
	*victim = node->delete_name != NULL && all_closing(node) ? strdup(name_to_delete(node, o)->path) : NULL;
	lock_release(lock);
	fs_wake_all(core, &wake);
}

void fs_node_end_close(struct fs_core *core, struct fs_node *node, uint64_t id)
{
	struct fs_wake_list wake = { 0 };
	struct fs_shard *shard = shard_of(core, node->key);
	lock_take(&shard->lock);
	struct fs_node_open *o = open_of(node, id), **at = &node->opens;
	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	name_put(o->name);
	free(o);
	for (uint32_t i = 0; i < node->n_waiters; i++)
		fs_wake_add(&wake, node->waiters[i].conn_id, node->waiters[i].req_id);
	node->n_waiters = 0;
	drop_if_unused(core, shard, node);
	lock_release(&shard->lock);
	fs_wake_all(core, &wake);
}

void fs_node_set_delete(struct fs_core *core, struct fs_node *node, uint64_t id, bool on)
{
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	set_delete_name(core, node, on ? open_of(node, id)->name : NULL);
	lock_release(lock);
}

bool fs_node_delete_pending(struct fs_core *core, struct fs_node_key key)
{
	if (core->n_delete_pending == 0)
		return false;
	struct fs_shard *shard = shard_of(core, key);
	lock_take(&shard->lock);
	const struct fs_node *node = find(shard, key);
	bool pending = node != NULL && node->delete_name != NULL;
	lock_release(&shard->lock);
	return pending;
}

bool fs_node_is_open(struct fs_core *core, struct fs_node_key key)
{
	struct fs_shard *shard = shard_of(core, key);
	lock_take(&shard->lock);
	bool open = find(shard, key) != NULL;
	lock_release(&shard->lock);
	return open;
}

void fs_node_forget_waiter(struct fs_core *core, struct fs_node_key key, struct fs_waiter w)
{
	struct fs_shard *shard = shard_of(core, key);
	lock_take(&shard->lock);
	struct fs_node *node = find(shard, key);
	for (uint32_t i = 0; node != NULL && i < node->n_waiters; i++) {
		if (node->waiters[i].conn_id == w.conn_id && node->waiters[i].req_id == w.req_id) {
			node->waiters[i] = node->waiters[--node->n_waiters];
			break;
		}
	}
	lock_release(&shard->lock);
}

char *fs_node_path(struct fs_core *core, struct fs_node *node, uint64_t id, struct arena *a)
{
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	char *path = arena_strdup(a, open_of(node, id)->name->path);
	lock_release(lock);
	return path;
}

static void rename_name(struct fs_name **at, struct fs_name *to, struct vfs *vfs, const char *from)
{
	if (*at == NULL || (*at)->vfs != vfs || strcmp((*at)->path, from) != 0)
		return;
	name_put(*at);
	*at = to;
	to->refs++;
}

void fs_node_renamed(struct fs_core *core, struct fs_node *node, struct vfs *vfs, const char *from, const char *to)
{
	struct fs_name *name = name_new(vfs, to);
	if (name == NULL)
		return; /* the opens keep the old path: fs_close finds that it is no longer theirs and deletes nothing */
	char *old = strdup(from); /* `from` may be the very string that goes away */
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	for (struct fs_node_open *o = node->opens; old != NULL && o != NULL; o = o->next)
		rename_name(&o->name, name, vfs, old);
	if (old != NULL)
		rename_name(&node->delete_name, name, vfs, old);
	name_put(name);
	lock_release(lock);
	free(old);
}

static bool node_below(const struct fs_node *node, struct vfs *vfs, const char *folder, size_t len)
{
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next) {
		const struct fs_name *name = o->name;
		if (name->vfs == vfs && strncmp(name->path, folder, len) == 0 && name->path[len] == '/')
			return true;
	}
	return false;
}

bool fs_node_open_below(struct fs_core *core, struct vfs *vfs, const char *folder)
{
	size_t len = strlen(folder);
	bool found = false;
	for (size_t i = 0; i < FS_SHARDS && !found; i++) {
		struct fs_shard *shard = &core->shards[i];
		lock_take(&shard->lock);
		for (struct fs_node *node = shard->nodes; node != NULL && !found; node = node->hh.next)
			found = node_below(node, vfs, folder, len);
		lock_release(&shard->lock);
	}
	return found;
}
