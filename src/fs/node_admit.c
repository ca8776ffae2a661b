/*
 * Who may open what others have open: share modes, oplocks that are in the way, and the waiting for both. Under the
 * shard's lock. [MS-FSA] 2.1.5.1.2
 */
#include <stdlib.h>

#include "fs/node_internal.h"

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

static void wake_waiters(struct fs_node *node, struct fs_wake_list *wake)
{
	for (uint32_t i = 0; i < node->n_waiters; i++)
		fs_wake_add(wake, node->waiters[i].conn_id, node->waiters[i].req_id);
	node->n_waiters = 0;
}

void fs_node_wake_waiters(struct fs_node *node, struct fs_wake_list *wake)
{
	wake_waiters(node, wake);
	if (node->file != NULL) /* who wants to delete the file waits for its streams */
		wake_waiters(node->file, wake);
}

static void forget_waiter(struct fs_node *node, struct fs_waiter w)
{
	for (uint32_t i = 0; i < node->n_waiters; i++) {
		if (node->waiters[i].conn_id == w.conn_id && node->waiters[i].req_id == w.req_id) {
			node->waiters[i] = node->waiters[--node->n_waiters];
			return;
		}
	}
}

void fs_node_forget_waiter(struct fs_core *core, struct fs_node_key key, struct fs_waiter w)
{
	struct fs_shard *shard = fs_node_shard(core, key);
	lock_take(&shard->lock);
	struct fs_node *node = fs_node_find(shard, key);
	if (node != NULL)
		forget_waiter(node, w);
	for (struct fs_node *s = node != NULL ? node->streams : NULL; s != NULL; s = s->next_stream)
		forget_waiter(s, w);
	lock_release(&shard->lock);
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

/* Who may delete the file, or overwrites it, takes its streams with it, so their opens have a say; his own sharing is about
 * the file alone. */
static bool takes_streams(const struct fs_node_request *req)
{
	return (req->claim.access & ACCESS_DELETE) != 0 || req->overwrites;
}

static enum fs_share_verdict judge_all(const struct fs_admission *a)
{
	struct fs_claim claim = a->req->claim, takes = a->req->claim;
	if (a->req->overwrites) /* whatever rights were asked for */
		claim.access |= FILE_WRITE_DATA;
	takes.access = ACCESS_DELETE;
	takes.share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
	enum fs_share_verdict worst = judge(a->node, &claim);
	if (worst != FS_SHARE_OK || !takes_streams(a->req))
		return worst;
	for (const struct fs_node *s = a->node->streams; s != NULL; s = s->next_stream)
		worst = MAX(worst, judge(s, &takes));
	return worst;
}

static nt_status wait_or_refuse(const struct fs_admission *a)
{
	return a->req->waiter != NULL && add_waiter(a->node, *a->req->waiter) ? STATUS_PENDING : STATUS_SHARING_VIOLATION;
}

/* Opens of attributes only meet everyone and disturb no cache. */
static bool is_for_attributes(const struct fs_claim *claim)
{
	return (claim->access & ~(uint32_t)(FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | ACCESS_SYNCHRONIZE)) == 0;
}

static bool break_at(struct fs_admission *a, struct fs_node *node, enum fs_oplock_level from)
{
	struct fs_node_request *req = a->req;
	bool revoked = false;
	bool wait = fs_oplock_break(&node->oplocks, from, req->overwrites ? FS_OPLOCK_NONE : FS_OPLOCK_LEVEL_II, req->now,
				    &req->break_deadline, &revoked, &a->news);
	if (revoked)
		fs_node_wake_waiters(node, &a->wake);
	fs_node_note_oplocks(a->core, node);
	return wait;
}

/* Whoever holds at least `from` has to come down before the open may go on; one holder after the other. */
static nt_status break_all(struct fs_admission *a, enum fs_oplock_level from)
{
	const struct fs_node_request *req = a->req;
	if (req->spares_oplocks || (is_for_attributes(&req->claim) && !req->overwrites))
		return STATUS_SUCCESS;
	bool wait = break_at(a, a->node, from);
	if (takes_streams(req))
		for (struct fs_node *s = a->node->streams; s != NULL && !wait; s = s->next_stream)
			wait = break_at(a, s, from);
	return wait ? wait_or_refuse(a) : STATUS_SUCCESS;
}

nt_status fs_node_admit(struct fs_admission *a)
{
	const struct fs_node *node = a->node;
	if (node->delete_name != NULL || (node->file != NULL && node->file->delete_name != NULL))
		return STATUS_DELETE_PENDING;
	/* A batch oplock stands for an open that the client perhaps no longer uses, so it is broken before sharing is judged; an
	 * exclusive one only if sharing allows the new open at all. */
	nt_status status = break_all(a, FS_OPLOCK_BATCH);
	if (status != STATUS_SUCCESS)
		return status;
	switch (judge_all(a)) {
	case FS_SHARE_OK: return break_all(a, FS_OPLOCK_EXCLUSIVE);
	case FS_SHARE_CONFLICT: return wait_or_refuse(a);
	case FS_SHARE_CONFLICT_FIRM: return STATUS_SHARING_VIOLATION;
	}
	return STATUS_SHARING_VIOLATION;
}

static bool others_use(const struct fs_node *node, uint64_t id)
{
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next) {
		if (o->id != id && !o->closing && !is_for_attributes(&o->claim))
			return true;
	}
	return false;
}

static void drop_level_ii(struct fs_admission *a, struct fs_node *node)
{
	fs_oplock_break_level_ii(&node->oplocks, 0, &a->news);
	fs_node_note_oplocks(a->core, node);
}

void fs_node_grant_oplock(struct fs_admission *a, uint64_t id)
{
	struct fs_node *node = a->node;
	const struct fs_oplock_wish wish = {
		.conn_id = a->req->claim.conn_id, .open_id = id, .level = a->req->oplock, .level_ii = a->req->level_ii,
	};
	if (a->req->overwrites) {
		drop_level_ii(a, node);
		for (struct fs_node *s = node->streams; s != NULL; s = s->next_stream)
			drop_level_ii(a, s);
	}
	a->req->granted = FS_OPLOCK_NONE;
	if (wish.level != FS_OPLOCK_NONE)
		a->req->granted = fs_oplock_grant(&node->oplocks, &wish, others_use(node, id), node->has_locks);
	fs_node_note_oplocks(a->core, node);
}

void fs_node_note_oplocks(struct fs_core *core, struct fs_node *node)
{
	bool batch = node->oplocks.held != NULL && node->oplocks.held->level == FS_OPLOCK_BATCH;
	if (batch && !node->has_batch)
		core->n_batch++;
	if (!batch && node->has_batch)
		core->n_batch--;
	node->has_batch = batch;
	node->has_level_ii = fs_oplock_any_level_ii(&node->oplocks);
}

nt_status fs_node_break_batch(struct fs_core *core, struct fs_node_request *req)
{
	struct fs_shard *shard = fs_node_shard(core, req->key);
	struct fs_admission a = { .core = core, .req = req };
	nt_status status = STATUS_SUCCESS;
	req->claim.access = ACCESS_DELETE;
	lock_take(&shard->lock);
	a.node = fs_node_find(shard, req->key);
	if (a.node != NULL)
		status = break_all(&a, FS_OPLOCK_BATCH);
	lock_release(&shard->lock);
	fs_oplock_tell(core, &a.news);
	fs_wake_all(core, &a.wake);
	return status;
}

/* One holder at a time is told; true: there was one, so there may be more. */
static bool break_one_below(struct fs_admission *a, struct fs_shard *shard, const char *folder, nt_status *status)
{
	lock_take(&shard->lock);
	for (a->node = shard->nodes; a->node != NULL && a->news.broken.open_id == 0; a->node = a->node->hh.next) {
		nt_status got = fs_node_is_below(a->node, a->req->vfs, folder) ? break_all(a, FS_OPLOCK_BATCH) : STATUS_SUCCESS;
		if (got != STATUS_SUCCESS)
			*status = got;
	}
	lock_release(&shard->lock);
	bool told = a->news.broken.open_id != 0;
	fs_oplock_tell(a->core, &a->news);
	a->news = (struct fs_oplock_news){ 0 };
	return told;
}

nt_status fs_node_break_batch_below(struct fs_core *core, struct fs_node_request *req, const char *folder)
{
	struct fs_admission a = { .core = core, .req = req };
	nt_status status = STATUS_SUCCESS;
	req->claim.access = ACCESS_DELETE;
	for (size_t i = 0; i < FS_SHARDS && core->n_batch != 0; i++)
		while (break_one_below(&a, &core->shards[i], folder, &status))
			continue;
	fs_wake_all(core, &a.wake);
	return status;
}
