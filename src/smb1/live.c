/* The list of who is connected, and the facts told from it. */
#include "smb1/live.h"

#include <stdlib.h>

#include "base/log.h"
#include "fs/openlist.h"
#include "smb1/conn.h"

enum { PATH_CAP = 4096 };

void live_init(struct live *live)
{
	*live = (struct live){ .records = NULL };
	lock_init(&live->lock, LOCK_RANK_LEAF);
}

void live_fini(struct live *live)
{
	lock_fini(&live->lock);
}

static void free_record(struct live_record *r)
{
	free(r->client);
	free(r->client_type);
	free(r->user);
	free(r->domain);
	free(r->share);
	free(r);
}

/* "192.0.2.7:1025", "[2001:db8::1]:1025": without the port. */
static char *address_of(const char *peer)
{
	const char *start = peer[0] == '[' ? peer + 1 : peer;
	const char *end = peer[0] == '[' ? strchr(peer, ']') : strrchr(peer, ':');
	return strndup(start, end != NULL ? (size_t)(end - start) : strlen(start));
}

static struct live_record *new_record(const struct smb1_conn *c, const struct auth_identity *id, nttime now)
{
	struct live_record *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->conn_id = c->net->id;
	r->since = now;
	atomic_init(&r->last_used, now);
	r->guest = id->guest;
	r->client = address_of(c->net->peer_text);
	r->client_type = strdup(c->client_os);
	r->user = strdup(id->account);
	r->domain = strdup(id->domain != NULL ? id->domain : "");
	if (r->client != NULL && r->client_type != NULL && r->user != NULL && r->domain != NULL)
		return r;
	free_record(r);
	return NULL;
}

static void add(struct live *live, struct live_record *r)
{
	lock_take(&live->lock);
	if (r->is_tree)
		r->id = ++live->last_tree;
	r->next = live->records;
	r->link = &live->records;
	if (r->next != NULL)
		r->next->link = &r->next;
	live->records = r;
	lock_release(&live->lock);
}

void live_ended(struct smb1_conn *c, struct live_record **record)
{
	struct live_record *r = *record;
	if (r == NULL)
		return;
	lock_take(&c->server->live.lock);
	*r->link = r->next;
	if (r->next != NULL)
		r->next->link = r->link;
	lock_release(&c->server->live.lock);
	free_record(r);
	*record = NULL;
}

void live_session_began(struct smb1_conn *c, struct smb1_session *s, nttime now)
{
	unsigned opens = s->live != NULL ? atomic_load(&s->live->opens) : 0;
	live_ended(c, &s->live);
	s->live = new_record(c, &s->identity, now);
	if (s->live == NULL)
		return;
	s->live->id = s->uid;
	atomic_store(&s->live->opens, opens);
	add(&c->server->live, s->live);
}

void live_tree_began(struct smb1_conn *c, struct smb1_tree *t, const struct smb1_session *s, nttime now)
{
	t->live = new_record(c, &s->identity, now);
	if (t->live == NULL)
		return;
	t->live->is_tree = true;
	t->live->type = t->type;
	t->live->share = strdup(fs_share_config(t->share)->name);
	if (t->live->share != NULL) {
		add(&c->server->live, t->live);
		return;
	}
	free_record(t->live);
	t->live = NULL;
}

void live_used(struct live_record *record, nttime now)
{
	if (record != NULL)
		atomic_store_explicit(&record->last_used, now, memory_order_relaxed);
}

static void count(struct live_record *r, bool opened)
{
	if (r != NULL && opened)
		atomic_fetch_add_explicit(&r->opens, 1, memory_order_relaxed);
	else if (r != NULL)
		atomic_fetch_sub_explicit(&r->opens, 1, memory_order_relaxed);
}

void live_count_fid(struct smb1_conn *c, const struct smb1_fid *f, bool opened)
{
	struct smb1_session *s = conn_session(c, f->uid);
	struct smb1_tree *t = conn_tree(c, f->tid);
	count(s != NULL ? s->live : NULL, opened);
	count(t != NULL ? t->live : NULL, opened);
}

/* ---- the facts; user is a settings snapshot ---- */

static uint32_t seconds_since(nttime then, nttime now)
{
	return now > then ? (uint32_t)((now - then) / NTTIME_PER_SEC) : 0;
}

static struct live *live_of(void *user)
{
	return &((struct smb1_settings_ref *)user)->server->live;
}

static void each_session(void *user, nttime now, fs_session_each_fn each, void *each_user)
{
	struct live *live = live_of(user);
	bool go_on = true;
	lock_take(&live->lock);
	for (const struct live_record *r = live->records; r != NULL && go_on; r = r->next) {
		const struct fs_session_fact fact = {
			.conn_id = r->conn_id, .uid = r->id, .client = r->client, .client_type = r->client_type, .user = r->user,
			.domain = r->domain, .guest = r->guest, .opens = atomic_load(&r->opens),
			.connected = seconds_since(r->since, now), .idle = seconds_since(atomic_load(&r->last_used), now),
		};
		go_on = r->is_tree || each(each_user, &fact);
	}
	lock_release(&live->lock);
}

static void each_connection(void *user, nttime now, fs_connection_each_fn each, void *each_user)
{
	struct live *live = live_of(user);
	bool go_on = true;
	lock_take(&live->lock);
	for (const struct live_record *r = live->records; r != NULL && go_on; r = r->next) {
		const struct fs_connection_fact fact = {
			.conn_id = r->conn_id, .id = r->id, .type = r->type, .share = r->share, .client = r->client, .user = r->user,
			.opens = atomic_load(&r->opens), .connected = seconds_since(r->since, now),
		};
		go_on = !r->is_tree || each(each_user, &fact);
	}
	lock_release(&live->lock);
}

struct file_walk {
	struct smb1_settings_ref *settings;
	fs_file_each_fn each;
	void *each_user;
};

static const char *share_of(const struct smb1_settings_ref *settings, const struct vfs *vfs)
{
	for (size_t i = 0; i < settings->s.n_shares; i++)
		if (fs_share_vfs(settings->s.shares[i]) == vfs || (vfs->whole != NULL && fs_share_vfs(settings->s.shares[i]) == vfs->whole))
			return fs_share_config(settings->s.shares[i])->name;
	return ""; /* a reload took the share away; the trees on it are still there */
}

static const struct live_record *find_session(const struct live *live, uint64_t conn_id, uint32_t uid)
{
	for (const struct live_record *r = live->records; r != NULL; r = r->next)
		if (!r->is_tree && r->conn_id == conn_id && r->id == uid)
			return r;
	return NULL;
}

static bool tell_file(void *user, const struct fs_open_entry *o)
{
	struct file_walk *walk = user;
	struct live *live = &walk->settings->server->live;
	char path[PATH_CAP];
	size_t len = MIN(strlen(o->path), sizeof(path) - 2);
	path[0] = '\\';
	for (size_t i = 0; i < len; i++)
		path[i + 1] = o->path[i] == '/' ? '\\' : o->path[i];
	path[len + 1] = '\0';
	lock_take(&live->lock);
	const struct live_record *r = find_session(live, o->conn_id, o->session);
	const struct fs_file_fact fact = {
		.id = (uint32_t)o->id, .share = share_of(walk->settings, o->vfs), .path = path,
		.client = r != NULL ? r->client : "", .user = r != NULL ? r->user : "", .access = o->access, .locks = o->locks,
	};
	bool go_on = walk->each(walk->each_user, &fact);
	lock_release(&live->lock);
	return go_on;
}

static void each_file(void *user, fs_file_each_fn each, void *each_user)
{
	struct file_walk walk = { user, each, each_user };
	fs_each_open(walk.settings->server->core, tell_file, &walk);
}

void live_end_others(const struct smb1_conn *c)
{
	enum { AT_MOST = 128 }; /* a machine that was reset left a few; a whole house behind one address must not take long */
	struct live *live = &c->server->live;
	uint64_t ids[AT_MOST];
	size_t n = 0;
	char *address = address_of(c->net->peer_text);
	if (address == NULL)
		return;
	lock_take(&live->lock);
	for (const struct live_record *r = live->records; r != NULL && n < AT_MOST; r = r->next)
		if (!r->is_tree && r->conn_id != c->net->id && strcmp(r->client, address) == 0)
			ids[n++] = r->conn_id;
	lock_release(&live->lock);
	for (size_t i = 0; i < n; i++)
		(void)net_post(c->server->net, ids[i], &(struct net_mail){ .kind = MAIL_END });
	if (n > 0)
		log_notice("%s: began anew (VcNumber 0): %zu older session%s of this address ended", c->net->peer_text, n, n == 1 ? "" : "s");
	free(address);
}

void live_facts(struct fs_server_facts *facts)
{
	facts->each_session = each_session;
	facts->each_connection = each_connection;
	facts->each_file = each_file;
}
