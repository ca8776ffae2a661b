/* What a connection owns, and how it goes. */
#include "smb1/conn.h"

#include <stdlib.h>

#include "smb1/park.h"
#include "smb1/trans.h"

struct smb1_session *conn_session(const struct smb1_conn *c, uint16_t uid)
{
	struct smb1_session *s = idtable_find(&c->sessions, uid);
	return s != NULL && s->established ? s : NULL;
}

struct smb1_tree *conn_tree(const struct smb1_conn *c, uint16_t tid)
{
	return idtable_find(&c->trees, tid);
}

struct fs_ctx conn_fs_ctx(struct smb1_conn *c, struct fs_tree *tree, struct arena *arena)
{
	if (tree != NULL)
		(void)vfs_cred_assume(&tree->cred);
	return (struct fs_ctx){ .core = c->server->core,
				.tree = tree,
				.arena = arena,
				.now = nttime_now(),
				.conn_id = c->net->id,
				.wait = FS_WAIT_NEVER };
}

nt_status conn_close_fid(struct smb1_conn *c, struct smb1_fid *f, nttime write_time)
{
	nt_status status = STATUS_SUCCESS;
	idtable_remove(&c->fids, f->fid);
	if (f->file != NULL) {
		struct arena arena;
		arena_init(&arena, 1 << 20);
		struct smb1_tree *t = conn_tree(c, f->tid);
		struct fs_ctx ctx = conn_fs_ctx(c, t != NULL ? t->fs : NULL, &arena);
		status = fs_close(&ctx, f->file, write_time);
		arena_fini(&arena);
	}
	if (f->pipe != NULL)
		rpc_pipe_close(f->pipe);
	uint16_t fid = f->fid;
	if (f->position != NULL && --f->position->refs == 0)
		free(f->position);
	free(f);
	park_end_waits_on_fid(c, fid);
	return status;
}

static bool filter_accepts(const struct fid_filter *filter, const struct smb1_fid *f)
{
	return (!filter->by_uid || f->uid == filter->uid) && (!filter->by_tid || f->tid == filter->tid) &&
	       (!filter->by_pid || f->pid == filter->pid);
}

void conn_close_fids(struct smb1_conn *c, const struct fid_filter *filter)
{
	size_t cursor = 0;
	struct smb1_fid *f;
	while ((f = idtable_each(&c->fids, &cursor, NULL)) != NULL)
		if (filter_accepts(filter, f))
			(void)conn_close_fid(c, f, 0);
}

static void free_search(struct smb1_conn *c, struct smb1_search *s)
{
	idtable_remove(&c->sids, s->sid);
	fs_search_close(s->search);
	free(s);
}

void conn_close_search(struct smb1_conn *c, struct smb1_search *s)
{
	free_search(c, s);
}

void conn_close_searches(struct smb1_conn *c, uint16_t tid)
{
	size_t cursor = 0;
	struct smb1_search *s;
	while ((s = idtable_each(&c->sids, &cursor, NULL)) != NULL)
		if (s->tid == tid)
			free_search(c, s);
}

static bool is_at_or_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

void conn_close_searches_below(struct smb1_conn *c, uint16_t tid, const char *folder)
{
	size_t cursor = 0;
	struct smb1_search *s;
	while ((s = idtable_each(&c->sids, &cursor, NULL)) != NULL)
		if (s->tid == tid && is_at_or_below(fs_search_folder(s->search), folder))
			free_search(c, s);
}

void conn_free_session(struct smb1_conn *c, struct smb1_session *s)
{
	conn_close_fids(c, &(struct fid_filter){ .by_uid = true, .uid = s->uid });
	trans_drop_of_session(c, s->uid);
	idtable_remove(&c->sessions, s->uid);
	auth_exchange_free(s->exchange);
	auth_identity_fini(&s->identity);
	free(s);
}

void conn_free_tree(struct smb1_conn *c, struct smb1_tree *t)
{
	conn_close_fids(c, &(struct fid_filter){ .by_tid = true, .tid = t->tid });
	conn_close_searches(c, t->tid);
	trans_drop_of_tree(c, t->tid);
	idtable_remove(&c->trees, t->tid);
	if (t->fs != NULL)
		fs_tree_disconnect(t->fs);
	free(t->share_name);
	free(t);
}
