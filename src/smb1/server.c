/* The protocol's callbacks, and the settings that connections share. */
#include "smb1/server.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/random.h"
#include "fs/localwatch.h"
#include "smb1/conn.h"
#include "smb1/connectionless.h"
#include "smb1/dispatch.h"
#include "smb1/message.h"
#include "smb1/nbss.h"
#include "smb1/oplock.h"
#include "smb1/park.h"
#include "smb1/payload.h"
#include "smb1/raw.h"
#include "smb1/trans.h"

enum {
	SETTINGS_ARENA_MAX = 16 << 20,
};

static bool copy_policies(struct arena *a, const struct smb1_settings *from, struct smb1_settings *to)
{
	struct smb1_share_policy *policies = arena_array(a, from->n_shares + 1, sizeof(*policies));
	to->policies = policies;
	for (size_t i = 0; policies != NULL && from->policies != NULL && i < from->n_shares; i++) {
		struct smb1_share_policy *p = &policies[i];
		*p = from->policies[i];
		if ((p->read_password != NULL && (p->read_password = arena_strdup(a, p->read_password)) == NULL) ||
		    (p->write_password != NULL && (p->write_password = arena_strdup(a, p->write_password)) == NULL))
			return false;
	}
	return policies != NULL;
}

static bool copy_settings(struct smb1_settings_ref *ref, const struct smb1_settings *from)
{
	struct arena *a = &ref->arena;
	struct smb1_settings *s = &ref->s;
	*s = *from;
	s->netbios_name = arena_strdup(a, from->netbios_name);
	s->workgroup = arena_strdup(a, from->workgroup);
	s->comment = arena_strdup(a, from->comment != NULL ? from->comment : "");
	size_t n_aliases = 0;
	while (from->aliases != NULL && from->aliases[n_aliases] != NULL)
		n_aliases++;
	const char **aliases = arena_array(a, n_aliases + 1, sizeof(*aliases));
	struct fs_share **shares = arena_array(a, from->n_shares + 1, sizeof(*shares));
	if (s->netbios_name == NULL || s->workgroup == NULL || s->comment == NULL || aliases == NULL || shares == NULL)
		return false;
	for (size_t i = 0; i < n_aliases; i++) {
		aliases[i] = arena_strdup(a, from->aliases[i]);
		if (aliases[i] == NULL)
			return false;
	}
	if (!legacy_copy(a, &from->legacy, &s->legacy) || !copy_policies(a, from, s))
		return false;
	for (size_t i = 0; i < from->n_shares; i++)
		shares[i] = fs_share_get(from->shares[i]);
	s->aliases = aliases;
	s->shares = shares;
	s->auth = auth_get(from->auth);
	return true;
}

static void each_share(void *user, fs_share_each_fn each, void *each_user)
{
	const struct smb1_settings_ref *ref = user;
	for (size_t i = 0; i < ref->s.n_shares; i++)
		if (!each(each_user, fs_share_config(ref->s.shares[i])))
			return;
	(void)each(each_user, fs_share_config(ref->ipc));
}

static void each_browsed(void *user, const char *workgroup, uint32_t server_type, fs_browse_each_fn each, void *each_user)
{
	const struct smb1_settings *s = &((const struct smb1_settings_ref *)user)->s;

	s->each_browsed(s->browsed_user, workgroup, server_type, each, each_user);
}

static struct fs_share *make_ipc(void)
{
	struct fs_share_config config = {
		.name = "IPC$", .comment = "IPC Service", .type = FS_SHARE_IPC, .guest_ok = true, .browseable = true, .as_process = true
	};
	return fs_share_new(&config, NULL);
}

static struct smb1_settings_ref *settings_new(struct smb1_server *server, const struct smb1_settings *settings)
{
	struct smb1_settings_ref *ref = calloc(1, sizeof(*ref));
	if (ref == NULL)
		return NULL;
	atomic_init(&ref->refs, 1);
	ref->server = server;
	arena_init(&ref->arena, SETTINGS_ARENA_MAX);
	ref->ipc = make_ipc();
	if (ref->ipc == NULL || !copy_settings(ref, settings)) {
		smb1_settings_put(ref);
		return NULL;
	}
	ref->facts = (struct fs_server_facts){
		.name = ref->s.netbios_name,
		.workgroup = ref->s.workgroup,
		.comment = ref->s.comment,
		.version_major = SMB1_ANNOUNCED_MAJOR,
		.version_minor = SMB1_ANNOUNCED_MINOR,
		.server_type = SMB1_ANNOUNCED_TYPE,
		.started = ref->s.started,
		.user = ref,
		.each_share = each_share,
		.each_browsed = ref->s.each_browsed != NULL ? each_browsed : NULL,
	};
	live_facts(&ref->facts);
	ref->rpc = (struct rpc_server){ .facts = &ref->facts, .auth = ref->s.auth, .print_settings = ref->s.print_settings };
	return ref;
}

struct smb1_settings_ref *smb1_settings_get(struct smb1_settings_ref *ref)
{
	atomic_fetch_add(&ref->refs, 1);
	return ref;
}

void smb1_settings_put(struct smb1_settings_ref *ref)
{
	if (ref == NULL || atomic_fetch_sub(&ref->refs, 1) != 1)
		return;
	for (size_t i = 0; ref->s.shares != NULL && i < ref->s.n_shares; i++)
		fs_share_put(ref->s.shares[i]);
	fs_share_put(ref->ipc);
	if (ref->s.auth != NULL)
		auth_put(ref->s.auth);
	arena_fini(&ref->arena);
	free(ref);
}

struct smb1_settings_ref *smb1_settings_current(struct smb1_server *server)
{
	lock_take(&server->lock);
	struct smb1_settings_ref *ref = smb1_settings_get(server->settings);
	lock_release(&server->lock);
	return ref;
}

struct smb1_server *smb1_server_new(const struct smb1_settings *settings, struct fs_core *core)
{
	struct smb1_server *server = calloc(1, sizeof(*server));
	if (server == NULL)
		return NULL;
	lock_init(&server->lock, LOCK_RANK_CONFIG);
	live_init(&server->live);
	idtable_init(&server->cids, UINT16_MAX);
	server->core = core;
	random_bytes(server->guid, sizeof(server->guid));
	server->settings = settings_new(server, settings);
	if (server->settings == NULL) {
		smb1_server_free(server);
		return NULL;
	}
	return server;
}

void smb1_server_free(struct smb1_server *server)
{
	if (server == NULL)
		return;
	smb1_settings_put(server->settings);
	lock_fini(&server->lock);
	live_fini(&server->live);
	idtable_fini(&server->cids);
	free(server);
}

bool smb1_server_reload(struct smb1_server *server, const struct smb1_settings *settings)
{
	struct smb1_settings_ref *fresh = settings_new(server, settings);
	if (fresh == NULL)
		return false;
	lock_take(&server->lock);
	struct smb1_settings_ref *old = server->settings;
	server->settings = fresh;
	lock_release(&server->lock);
	smb1_settings_put(old);
	return true;
}

void smb1_server_set_net(struct smb1_server *server, struct net *net)
{
	server->net = net;
}

void smb1_server_wake(void *server, uint64_t conn_id, uint64_t req_id)
{
	struct smb1_server *s = server;
	struct net_mail mail = { .kind = MAIL_WAKE, .a = req_id };
	(void)net_post(s->net, conn_id, &mail);
}

void smb1_server_oplock_break(void *server, uint64_t conn_id, uint64_t open_id, enum fs_oplock_level to)
{
	struct smb1_server *s = server;
	struct net_mail mail = { .kind = MAIL_OPLOCK_BREAK, .a = open_id, .b = to };
	(void)net_post(s->net, conn_id, &mail);
}

static bool on_open(void *ctx, struct net_conn *nc)
{
	struct smb1_conn *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return false;
	c->net = nc;
	c->server = ctx;
	if (nc->transport == NET_CONNECTIONLESS && (c->connectionless = connectionless_new(c->server)) == NULL) {
		free(c);
		return false;
	}
	conn_take_current_settings(c);
	c->session_open = nc->transport != NET_NETBIOS;
	c->dialect = SMB1_DIALECT_NONE;
	c->max_buffer = SERVER_MAX_BUFFER;
	idtable_init(&c->sessions, MAX_SESSIONS);
	idtable_init(&c->trees, MAX_TREES);
	idtable_init(&c->fids, MAX_FIDS);
	idtable_init(&c->sids, MAX_SIDS);
	nc->user = c;
	park_set_timer(c);
	return true;
}

static bool on_frame(void *ctx, struct net_conn *nc, uint8_t type, uint8_t *body, size_t len)
{
	(void)ctx;
	struct smb1_conn *c = nc->user;
	connectionless_heard(c);
	if (type != NBT_SESSION_MESSAGE)
		return nbss_control(c, type, slice_of(body, len));
	if (!c->session_open)
		return nbss_refuse_early_message(c);
	if (raw_is_awaited(c))
		return raw_take_frame(c, body, len);
	return dispatch_message(c, body, len);
}

static size_t on_payload(void *ctx, struct net_conn *nc, uint8_t type, const uint8_t *body, size_t have, size_t len)
{
	(void)ctx;
	return type == NBT_SESSION_MESSAGE ? payload_at(nc->user, body, have, len) : 0;
}

static bool on_mail(void *ctx, struct net_conn *nc, const struct net_mail *mail)
{
	(void)ctx;
	free(mail->payload);
	switch (mail->kind) {
	case MAIL_WAKE: return park_wake(nc->user, mail->a, FS_WAIT_MAY);
	case MAIL_END: return false;
	case MAIL_OPLOCK_BREAK: oplock_send_break(nc->user, mail->a, (enum fs_oplock_level)mail->b); return true;
	default: return true;
	}
}

static bool on_deadline(void *ctx, struct net_conn *nc)
{
	(void)ctx;
	struct smb1_conn *c = nc->user;
	uint64_t idle_at = connectionless_idle_at_ms(c);
	if (idle_at != 0 && idle_at <= net_monotonic_ms()) {
		log_notice("%s: nothing heard for five minutes: connection closed", nc->peer_text);
		return false;
	}
	return park_expire(c);
}

/* Opens first, then what they stand on. */
static void on_closed(void *ctx, struct net_conn *nc)
{
	(void)ctx;
	struct smb1_conn *c = nc->user;
	if (c == NULL)
		return;
	c->closing = true;
	unsigned entered = fs_local_enter(c->server->core);
	park_drop_all(c);
	trans_drop_all(c);
	message_drop_all(c);
	size_t cursor = 0;
	void *object;
	conn_close_fids(c, &(struct fid_filter){ 0 });
	while ((object = idtable_each(&c->trees, &cursor, NULL)) != NULL)
		conn_free_tree(c, object);
	cursor = 0;
	while ((object = idtable_each(&c->sessions, &cursor, NULL)) != NULL)
		conn_free_session(c, object);
	idtable_fini(&c->sessions);
	idtable_fini(&c->trees);
	idtable_fini(&c->fids);
	idtable_fini(&c->sids);
	signing_fini(&c->signing);
	connectionless_free(c->server, c->connectionless);
	vfs_cred_drop();
	fs_local_leave(c->server->core, entered);
	smb1_settings_put(c->settings);
	free(c);
	nc->user = NULL;
}

static const struct net_protocol protocol = {
	.open = on_open,
	.frame = on_frame,
	.payload = on_payload,
	.mail = on_mail,
	.deadline = on_deadline,
	.closed = on_closed,
};

const struct net_protocol *smb1_protocol(void)
{
	return &protocol;
}
