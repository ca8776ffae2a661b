#include "world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "fs/notify.h"
#include "smb1/connectionless.h"
#include "smb1/park.h"

static const char *const share_names[WORLD_SHARES] = { "data", "more", "ro", "lp", "dfs" };

struct accounts *world_accounts_new(void)
{
	struct account account = { .name = WORLD_USER };
	struct accounts *accounts = accounts_open(":memory:");
	CHECK(accounts != NULL);
	CHECK(account_set_password(&account, WORLD_PASSWORD, true));
	CHECK(accounts_put(accounts, &account));
	return accounts;
}

struct auth *world_auth_new(struct accounts *accounts, bool guests)
{
	const struct auth_policy policy = {
		.allow_anonymous = true,
		.guest = guests ? AUTH_GUEST_BAD_USER : AUTH_GUEST_NEVER,
		.guest_account = "nobody",
		.netbios_name = "LONGHOUSE",
		.workgroup = "WORKGROUP",
		.dns_name = "longhouse",
	};
	return auth_new(&policy, accounts);
}

static struct fs_share *make_share(const char *name, enum fs_share_type type, bool read_only, bool dfs, struct vfs *vfs)
{
	const struct fs_share_config config = {
		.name = name, .path = "/srv", .comment = "", .type = type, .read_only = read_only, .guest_ok = true,
		.browseable = true, .hide_dot_files = true, .store_dos_attributes = true, .streams = true,
		.quotas = true, .snapshots = ".snapshots", .oplocks = true, .level2_oplocks = true, .msdfs_root = dfs, .create_mask = 0777,
		.directory_mask = 0777, .as_process = true,
	};
	return fs_share_new(&config, vfs);
}

/* fs_core is made before the server that it wakes. */
static void wake(void *user, uint64_t conn_id, uint64_t req_id)
{
	struct world *w = user;
	smb1_server_wake(w->server, conn_id, req_id);
}

static void oplock_break(void *user, uint64_t conn_id, uint64_t open_id, enum fs_oplock_level to)
{
	struct world *w = user;
	smb1_server_oplock_break(w->server, conn_id, open_id, to);
}

/* What everybody is allowed, or each zone. Static: the server takes a copy. */
static struct smb1_legacy old_rules(const struct world_options *options)
{
	static const struct net_cidr everybody = { .prefix = 0 };
	static const struct net_cidr zones = { .prefix = 24, .bytes = { 198, 51, 100, 0 } };
	static const struct net_cidr nets[WORLD_ZONES + 1] = {
#define ZONE(zone) [zone] = { .prefix = 32, .bytes = { 198, 51, 100, zone } }
		ZONE(WORLD_ZONE_ANY_PROOF), ZONE(WORLD_ZONE_LM), ZONE(WORLD_ZONE_PLAINTEXT), ZONE(WORLD_ZONE_SHARE_LEVEL),
		ZONE(WORLD_ZONE_SHARE_PLAINTEXT), ZONE(WORLD_ZONE_NOTHING),
#undef ZONE
		[WORLD_ZONES] = { .prefix = 24, .bytes = { 192, 0, 2, 0 } },
	};
	enum { PLAIN = AUTH_BIT(AUTH_PLAINTEXT), LM = AUTH_BIT(AUTH_LM), ALL = PLAIN | LM | AUTH_BIT(AUTH_NTLM) };
	static const struct smb1_legacy_rule one = { .methods = ALL, .share_level = true, .nets = &everybody, .n_nets = 1 };
	static const struct smb1_legacy_rule many[] = {
		{ .methods = ALL, .nets = &nets[WORLD_ZONES], .n_nets = 1 },
		{ .methods = ALL, .nets = &nets[WORLD_ZONE_ANY_PROOF], .n_nets = 1 },
		{ .methods = LM, .nets = &nets[WORLD_ZONE_LM], .n_nets = 1 },
		{ .methods = PLAIN, .nets = &nets[WORLD_ZONE_PLAINTEXT], .n_nets = 1 },
		{ .methods = LM, .share_level = true, .nets = &nets[WORLD_ZONE_SHARE_LEVEL], .n_nets = 1 },
		{ .methods = PLAIN, .share_level = true, .nets = &nets[WORLD_ZONE_SHARE_PLAINTEXT], .n_nets = 1 },
	};
	static const struct smb1_window_rule window = { .dialect = SMB1_DIALECT_CORE, .nets = &zones, .n_nets = 1 };
	if (options->zones)
		return (struct smb1_legacy){ .rules = many, .n_rules = ARRAY_LEN(many), .windows = &window, .n_windows = 1 };
	return (struct smb1_legacy){ .rules = &one, .n_rules = options->legacy ? 1 : 0 };
}

struct world *world_new(const struct world_options *options)
{
	struct world *w = calloc(1, sizeof(*w));
	CHECK(w != NULL);
	log_set_level(LOG_LEVEL_ERROR);
	fake_seed(1);
	if (options->auth != NULL) {
		w->auth = auth_get(options->auth);
	} else {
		w->accounts = world_accounts_new();
		w->auth = world_auth_new(w->accounts, options->guests);
	}
	w->core = fs_core_new(wake, w);
	CHECK(w->auth != NULL && w->core != NULL);
	fs_core_on_oplock_break(w->core, oplock_break);
	for (int i = 0; i < WORLD_SHARES; i++) {
		w->vfs[i] = vfs_mem_new(FAKE_EPOCH);
		w->shares[i] = make_share(share_names[i], i == WORLD_LP ? FS_SHARE_PRINTER : FS_SHARE_DISK, i == WORLD_RO, i == WORLD_DFS, w->vfs[i]);
		CHECK(w->shares[i] != NULL);
	}
	struct smb1_share_policy policies[WORLD_SHARES] = { 0 };
	if (options->share_passwords)
		policies[WORLD_MORE] = (struct smb1_share_policy){ .read_password = "lesen", .write_password = "schreiben" };
	const struct smb1_settings settings = {
		.netbios_name = "LONGHOUSE", .workgroup = "WORKGROUP", .comment = "scenario", .signing = options->signing,
		.unix_extensions = true, .host_msdfs = true,
		.oem = oem_page_get("850"), .auth = w->auth, .shares = w->shares, .n_shares = WORLD_SHARES,
		.policies = policies, .legacy = old_rules(options),
	};
	w->server = smb1_server_new(&settings, w->core);
	CHECK(w->server != NULL);
	w->net = fake_net_new(smb1_protocol(), w->server);
	smb1_server_set_net(w->server, w->net);
	return w;
}

static const char *left_over(struct world *w)
{
	static char text[160];
	struct fs_core_counts c = fs_core_count(w->core);
	size_t files = 0;
	for (int i = 0; i < WORLD_SHARES; i++)
		files += vfs_mem_open_files(w->vfs[i]);
	if (c.nodes + c.opens + c.locks + c.lock_waits + c.open_waiters + c.delete_pending + c.oplocks + files == 0)
		return NULL;
	(void)snprintf(text, sizeof(text), "left: %zu nodes, %zu opens, %zu locks, %zu lock waits, %zu open waiters, %zu files",
		       c.nodes, c.opens, c.locks, c.lock_waits, c.open_waiters, files);
	return text;
}

const char *world_free(struct world *w)
{
	fake_net_free(w->net);
	const char *left = left_over(w);
	smb1_server_free(w->server);
	if (left == NULL)
		fs_core_free(w->core);
	for (int i = 0; i < WORLD_SHARES; i++)
		fs_share_put(w->shares[i]);
	auth_put(w->auth);
	if (w->accounts != NULL)
		accounts_close(w->accounts);
	free(w);
	return left;
}

struct smb1_conn *world_conn(const struct fake_conn *c)
{
	return c->gone ? NULL : c->pub.user;
}

/* ---- the rules that hold between frames ---- */

static const char *broken_fids(const struct smb1_conn *c)
{
	size_t cursor = 0, n = 0;
	uint16_t id;
	const struct smb1_fid *f;
	while ((f = idtable_each(&c->fids, &cursor, &id)) != NULL) {
		n++;
		if (f->fid != id || (f->file != NULL) == (f->pipe != NULL))
			return "a FID is not what its table says";
		if (conn_tree(c, f->tid) == NULL)
			return "a FID outlived its tree";
		if (conn_session(c, f->uid) == NULL)
			return "a FID outlived its session";
	}
	return n != c->fids.count ? "the FID table counts wrongly" : NULL;
}

static const char *broken_searches(const struct smb1_conn *c)
{
	size_t cursor = 0;
	const struct smb1_search *s;
	while ((s = idtable_each(&c->sids, &cursor, NULL)) != NULL)
		if (conn_tree(c, s->tid) == NULL)
			return "a search outlived its tree";
	return NULL;
}

static const char *broken_parked(const struct smb1_conn *c, const struct fake_conn *net)
{
	uint64_t first = 0;
	size_t n = 0;
	for (const struct smb1_req *r = c->parked; r != NULL; r = r->next) {
		n++;
		if (r->kept == NULL || r->message < r->kept)
			return "a parked request does not own its bytes";
		uint64_t next = park_next_ms(r);
		if (next != 0 && next <= net_monotonic_ms())
			return "a parked request is overdue";
		if (next != 0 && (first == 0 || next < first))
			first = next;
		if (r->waits_on_fid != 0 && idtable_find(&c->fids, r->waits_on_fid) == NULL)
			return "a request waits on a FID that is gone";
	}
	if (n != c->n_parked || n > MAX_PARKED)
		return "parked requests are counted wrongly";
	uint64_t idle_at = connectionless_idle_at_ms(c);
	if (idle_at != 0 && net->deadline_ms != 0 && net->deadline_ms <= idle_at && (first == 0 || net->deadline_ms <= first))
		return NULL; /* it is put off only when it comes */
	return first != net->deadline_ms || idle_at != 0 ? "the timer is not set to the first deadline" : NULL;
}

static const char *broken_watching(const struct smb1_conn *c)
{
	size_t n = 0, bytes = 0;
	for (const struct smb1_req *r = c->watching; r != NULL; r = r->next) {
		n++;
		bytes += r->len;
		if (!r->watches || r->deadline_ms != 0 || idtable_find(&c->fids, r->waits_on_fid) == NULL)
			return "a request watches nothing";
	}
	for (const struct smb1_req *r = c->parked; r != NULL; r = r->next)
		bytes += r->len;
	if (n != c->n_watching || n > MAX_WATCHING || bytes != c->parked_bytes)
		return "watching requests are counted wrongly";
	return NULL;
}

static const char *broken_transactions(const struct smb1_conn *c)
{
	if (c->n_transactions > MAX_TRANSACTIONS || (c->n_transactions == 0) != (c->transactions == NULL))
		return "partial transactions are counted wrongly";
	return NULL;
}

const char *world_broken(struct world *w, struct fake_conn *const *conns, size_t n)
{
	size_t files = 0, parked = 0, watching = 0;
	for (size_t i = 0; i < n; i++) {
		const struct smb1_conn *c = conns[i] != NULL ? world_conn(conns[i]) : NULL;
		if (c == NULL)
			continue;
		const char *why = broken_fids(c);
		why = why != NULL ? why : broken_searches(c);
		why = why != NULL ? why : broken_parked(c, conns[i]);
		why = why != NULL ? why : broken_watching(c);
		why = why != NULL ? why : broken_transactions(c);
		if (why != NULL)
			return why;
		size_t cursor = 0;
		const struct smb1_fid *f;
		while ((f = idtable_each(&c->fids, &cursor, NULL)) != NULL)
			files += f->pipe != NULL ? rpc_pipe_print_jobs(f->pipe) : f->file != NULL;
		parked += c->n_parked;
		watching += c->n_watching;
	}
	struct fs_core_counts counts = fs_core_count(w->core);
	if (counts.opens != files)
		return "an open without a FID, or the other way round";
	if (counts.lock_waits > parked)
		return "a lock is waited for by nobody";
	if (fs_notify_count(w->core).waiting != watching)
		return "a change is waited for by nobody, or by somebody who will not hear of it";
	return fs_core_fault(w->core);
}

void world_advance(struct world *w, uint64_t ms)
{
	for (int i = 0; i < WORLD_SHARES; i++)
		vfs_mem_advance(w->vfs[i], ms * NTTIME_PER_MS);
	fake_advance(w->net, ms);
}

/* ---- behind the server's back ---- */

void world_put(struct world *w, int share, const char *path, const void *content, size_t len)
{
	struct vfs *v = w->vfs[share];
	struct vfs_file *f;
	CHECK(v->ops->open(v, path, O_RDWR | O_CREAT | O_TRUNC, 0644, &f) == 0);
	CHECK(v->ops->pwrite(f, content, len, 0) == (ssize_t)len);
	v->ops->close(f);
}

void world_mkdir(struct world *w, int share, const char *path)
{
	CHECK(w->vfs[share]->ops->mkdir(w->vfs[share], path, 0755) == 0);
}

bool world_exists(struct world *w, int share, const char *path)
{
	struct vfs_stat st;
	return w->vfs[share]->ops->stat(w->vfs[share], path, false, &st) == 0;
}

uint64_t world_size(struct world *w, int share, const char *path)
{
	struct vfs_stat st;
	CHECK(w->vfs[share]->ops->stat(w->vfs[share], path, false, &st) == 0);
	return st.size;
}

size_t world_get(struct world *w, int share, const char *path, void *out, size_t cap)
{
	struct vfs *v = w->vfs[share];
	struct vfs_file *f;
	CHECK(v->ops->open(v, path, O_RDONLY, 0, &f) == 0);
	ssize_t n = v->ops->pread(f, out, cap, 0);
	CHECK(n >= 0);
	v->ops->close(f);
	return (size_t)n;
}
