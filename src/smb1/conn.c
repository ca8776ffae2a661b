/* What a connection owns, and how it goes. */
#include "smb1/conn.h"

#include <stdlib.h>

#include "smb1/park.h"
#include "smb1/print.h"
#include "smb1/trans.h"

enum { CLOSE_ARENA_MAX = 1 << 20 /* a few paths */ };

struct smb1_session *conn_session(const struct smb1_conn *c, uint16_t uid)
{
	struct smb1_session *s = idtable_find(&c->sessions, uid);
	return s != NULL && s->established ? s : NULL;
}

struct smb1_session *conn_add_session(struct smb1_conn *c)
{
	struct smb1_session *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->uid = idtable_add(&c->sessions, s);
	if (s->uid == 0) {
		free(s);
		return NULL;
	}
	return s;
}

nt_status conn_make_default_session(struct smb1_conn *c)
{
	struct smb1_session *s = conn_add_session(c);
	if (s == NULL)
		return STATUS_TOO_MANY_SESSIONS;
	s->identity = (struct auth_identity){ .account = strdup(""), .domain = strdup(""), .anonymous = true, .method = AUTH_ANONYMOUS };
	if (s->identity.account == NULL || s->identity.domain == NULL) {
		conn_free_session(c, s);
		return STATUS_TOO_MANY_SESSIONS;
	}
	s->established = true;
	c->default_session = s;
	return STATUS_SUCCESS;
}

struct smb1_tree *conn_tree(const struct smb1_conn *c, uint16_t tid)
{
	return idtable_find(&c->trees, tid);
}

void conn_take_current_settings(struct smb1_conn *c)
{
	struct smb1_settings_ref *current = smb1_settings_current(c->server);
	smb1_settings_put(c->settings);
	c->settings = current;
	c->oem = legacy_page(&current->s.legacy, &c->net->peer, current->s.oem);
}

void conn_is_no_stranger(struct smb1_conn *c)
{
	if (c->authenticated)
		return;
	c->authenticated = true;
	c->net->max_frame = FRAME_MAX;
	net_authenticated(c->net);
}

/* ---- views ---- */

struct smb1_view *smb1_view_get(struct smb1_view *v)
{
	v->refs++;
	return v;
}

void smb1_view_put(struct smb1_view *v)
{
	if (v == NULL || --v->refs != 0)
		return;
	fs_tree_disconnect(v->fs);
	free(v);
}

static struct fs_user user_of(const struct auth_identity *id)
{
	return (struct fs_user){
		.name = id->account,
		.guest = id->guest,
		.anonymous = id->anonymous,
		.admin = id->admin,
		.unix_known = id->unix_known,
		.uid = id->uid,
		.gid = id->gid,
		.n_groups = id->n_groups,
		.groups = id->groups,
	};
}

static nt_status connect_view(struct smb1_conn *c, struct smb1_tree *t, const struct smb1_session *s, struct smb1_view **out)
{
	struct fs_user user = user_of(t->has_identity ? &t->identity : &s->identity);
	user.by_share_password = t->by_share_password;
	user.read_only = t->read_only;
	struct smb1_view *v = calloc(1, sizeof(*v));
	if (v == NULL)
		return STATUS_NO_MEMORY;
	v->refs = 1;
	v->uid = s->uid;
	v->refused = fs_tree_connect(c->server->core, t->share, &user, &v->fs);
	v->next = t->views;
	t->views = v;
	*out = v;
	return v->refused;
}

nt_status conn_look_into(struct smb1_conn *c, const struct smb1_session *s, struct fs_share *share, struct fs_tree **out)
{
	const struct fs_user user = user_of(&s->identity);
	return fs_tree_connect(c->server->core, share, &user, out);
}

struct fs_share *conn_find_share(const struct smb1_conn *c, const char *name)
{
	const struct smb1_settings *s = &c->settings->s;
	for (size_t i = 0; i < s->n_shares; i++)
		if (utf8_casecmp(fs_share_config(s->shares[i])->name, name) == 0)
			return s->shares[i];
	return NULL;
}

bool conn_is_dfs_root(const struct smb1_conn *c, const struct fs_share *share)
{
	return c->settings->s.host_msdfs && fs_share_config(share)->msdfs_root;
}

nt_status conn_view(struct smb1_conn *c, struct smb1_tree *t, const struct smb1_session *s, struct smb1_view **out)
{
	for (struct smb1_view *v = t->views; v != NULL; v = v->next)
		if (v->uid == s->uid) {
			*out = v;
			return v->refused;
		}
	return connect_view(c, t, s, out);
}

static void forget_view(struct smb1_tree *t, uint16_t uid)
{
	for (struct smb1_view **link = &t->views; *link != NULL; link = &(*link)->next)
		if ((*link)->uid == uid) {
			struct smb1_view *v = *link;
			*link = v->next;
			smb1_view_put(v);
			return;
		}
}

void conn_forget_views(struct smb1_conn *c, uint16_t uid)
{
	size_t cursor = 0;
	struct smb1_tree *t;
	while ((t = idtable_each(&c->trees, &cursor, NULL)) != NULL)
		forget_view(t, uid);
}

/* ---- FIDs ---- */

static nt_status close_file(struct smb1_conn *c, struct smb1_fid *f, nttime write_time)
{
	struct arena arena;
	arena_init(&arena, CLOSE_ARENA_MAX);
	/* Where the kernel lets nobody be this user any more (no memory for his groups), the server ends what he began. */
	if (vfs_cred_assume(&f->view->fs->cred) != 0)
		vfs_cred_drop();
	struct fs_ctx ctx = { .core = c->server->core, .tree = f->view->fs, .arena = &arena, .now = nttime_now(),
			      .conn_id = c->net->id, .wait = FS_WAIT_NEVER };
	if (f->print_job != 0)
		print_finish(&ctx, f, c->closing);
	nt_status status = fs_close(&ctx, f->file, write_time);
	arena_fini(&arena);
	return status;
}

nt_status conn_close_fid(struct smb1_conn *c, struct smb1_fid *f, nttime write_time)
{
	nt_status status = STATUS_SUCCESS;
	idtable_remove(&c->fids, f->fid);
	live_count_fid(c, f, false);
	c->n_breaks_unanswered -= f->break_unanswered;
	if (f->file != NULL)
		status = close_file(c, f, write_time);
	rpc_pipe_close(f->pipe);
	comm_close(f->port);
	smb1_view_put(f->view);
	smb1_settings_put(f->settings);
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

/* ---- searches ---- */

static void free_search(struct smb1_conn *c, struct smb1_search *s)
{
	idtable_remove(&c->sids, s->sid);
	c->search_bytes -= s->bytes;
	fs_search_close(s->search);
	free(s);
}

void conn_close_search(struct smb1_conn *c, struct smb1_search *s)
{
	free_search(c, s);
}

static void close_searches_of(struct smb1_conn *c, uint16_t uid)
{
	size_t cursor = 0;
	struct smb1_search *s;
	while ((s = idtable_each(&c->sids, &cursor, NULL)) != NULL)
		if (s->uid == uid)
			free_search(c, s);
}

static void close_searches_in(struct smb1_conn *c, uint16_t tid)
{
	size_t cursor = 0;
	struct smb1_search *s;
	while ((s = idtable_each(&c->sids, &cursor, NULL)) != NULL)
		if (s->tid == tid)
			free_search(c, s);
}

void conn_close_searches(struct smb1_conn *c, uint16_t tid, uint16_t uid)
{
	size_t cursor = 0;
	struct smb1_search *s;
	while ((s = idtable_each(&c->sids, &cursor, NULL)) != NULL)
		if (s->tid == tid && s->uid == uid)
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

/* ---- sessions and trees ---- */

void conn_free_session(struct smb1_conn *c, struct smb1_session *s)
{
	conn_close_fids(c, &(struct fid_filter){ .by_uid = true, .uid = s->uid });
	close_searches_of(c, s->uid);
	trans_drop_of_session(c, s->uid);
	conn_forget_views(c, s->uid);
	live_ended(c, &s->live);
	idtable_remove(&c->sessions, s->uid);
	auth_exchange_free(s->exchange);
	auth_identity_fini(&s->identity);
	free(s);
}

struct smb1_tree *conn_add_tree(struct smb1_conn *c, struct fs_share *share)
{
	struct smb1_tree *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->tid = idtable_add(&c->trees, t);
	if (t->tid == 0) {
		free(t);
		return NULL;
	}
	t->type = fs_share_config(share)->type;
	t->share = fs_share_get(share);
	return t;
}

void conn_free_tree(struct smb1_conn *c, struct smb1_tree *t)
{
	conn_close_fids(c, &(struct fid_filter){ .by_tid = true, .tid = t->tid });
	close_searches_in(c, t->tid);
	trans_drop_of_tree(c, t->tid);
	idtable_remove(&c->trees, t->tid);
	while (t->views != NULL)
		forget_view(t, t->views->uid);
	live_ended(c, &t->live);
	if (t->entered)
		fs_share_leave(t->share);
	fs_share_put(t->share);
	auth_identity_fini(&t->identity);
	free(t);
}
