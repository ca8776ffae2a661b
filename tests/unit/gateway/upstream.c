#include "upstream.h"

#include <poll.h>
#include <stdio.h>

#include "wire/nbt/ssn.h"
#include "wire/smb1/io.h"
#include "wire/smb1/trans.h"

enum { FIRST_FID = 7, FID = 9, FILES_SIZE = 3, BENEATH_MS = 100 /* for others to come in, who must not */ };

uint8_t upstream_grants;
uint32_t upstream_has_access;
uint32_t upstream_asked_access;
uint8_t upstream_asked_oplock;
int upstream_heard;

/* ---- connections ---- */

static struct upstream *the; /* dial.now has no user */
static struct cli unmade;    /* what stands for a connection that could not be made */

/* Between finding nothing to take and letting others in the time is looked at. */
static nttime on_now(void)
{
	struct peer *p = the->breaks_beneath;

	if (p != NULL && the->has_come_to_wait) {
		the->breaks_beneath = NULL;
		cli_session_break(p->cli.session, "cable");
	}
	return the->now;
}

static struct cli *on_open(void *user, const struct gateway_account *as, void **handle, nt_status *status)
{
	struct upstream *u = user;

	(void)as;
	assert_true(u->n_dials < u->n_peers);
	struct peer *p = u->peers[u->n_dials++];
	*handle = p;
	*status = p != NULL ? STATUS_SUCCESS : STATUS_CONNECTION_REFUSED;
	if (p != NULL)
		return &p->cli;
	cli_init(&unmade, &(struct cli_options){ .user = "", .domain = "", .password = "", .host = "S" }, true, peer_pump, NULL);
	return &unmade;
}

static void on_hang_up(void *handle)
{
	if (handle == NULL)
		cli_fini(&unmade);
	the->hung_up_beneath = the->hung_up_beneath || (handle != NULL && handle == the->waits_on);
	the->n_hang_ups++;
}

static void on_step(void *handle, bool receives)
{
	struct peer *p = handle;

	(void)receives; /* the script answers what is sent, at once */
	bool asks = cli_session_output(p->cli.session).len > 0;
	if (asks && !peer_pump(p, p->cli.session))
		cli_session_break(p->cli.session, "the script is at its end");
	if (p == the->breaks_beneath)
		the->has_come_to_wait = !asks;
}

/* Nothing comes by itself. */
static void on_wait(void *handle, bool to_receive, bool to_send, int wait_ms)
{
	struct peer *p = handle;

	(void)to_receive, (void)to_send, (void)wait_ms;
	if (!the->has_others) {
		cli_session_break(p->cli.session, "nobody answers any more");
		return;
	}
	the->waits_on = the->has_come_to_wait ? p : NULL;
	poll(NULL, 0, the->has_come_to_wait ? BENEATH_MS : 1);
	the->waits_on = NULL;
}

static void on_watch(void *handle, struct gateway_link *link)
{
	(void)handle;
	the->watched = link;
}

static void on_wake(void *user)
{
	((struct upstream *)user)->n_wakes++;
}

static bool on_broken(void *user, uint64_t dev, uint64_t ino, uint64_t open_id, enum vfs_oplock to)
{
	struct upstream *u = user;

	assert_true(dev != 0 && ino != 0 && u->n_breaks < UPSTREAM_BREAKS_MAX);
	u->breaks[u->n_breaks].open_id = open_id;
	u->breaks[u->n_breaks++].to = to;
	return u->holder_answers;
}

static void on_changed(void *user, uint64_t id, const struct cli_change *changes, uint32_t n, bool goes_on)
{
	struct upstream *u = user;

	u->n_news++;
	u->news.id = id;
	u->news.n = n;
	u->news.goes_on = goes_on;
	(void)snprintf(u->news.name, sizeof(u->news.name), "%s", n > 0 ? changes[0].name : "");
}

void upstream_init(struct upstream *u)
{
	const struct gateway_options options = {
		.share = "cnc", .host = "nas", .remote_share = "parts", .path = "",
		.dial = { .user = u, .now = on_now, .open = on_open, .hang_up = on_hang_up, .step = on_step, .wait = on_wait, .watch = on_watch,
			  .wake = on_wake, .broken = on_broken, .changed = on_changed },
	};

	*u = (struct upstream){ .now = NTTIME_UNIX_EPOCH };
	the = u;
	upstream_grants = SMB1_OPLOCK_NONE;
	upstream_heard = -1;
	u->vfs = gateway_new(&options);
	assert_non_null(u->vfs);
}

void upstream_fini(struct upstream *u)
{
	gateway_free(u->vfs);
	for (unsigned i = 0; i < u->n_peers; i++) {
		if (u->peers[i] != NULL) {
			assert_int_equal(u->peers[i]->at, u->peers[i]->n_steps);
			peer_free(u->peers[i]);
		}
	}
}

struct peer *upstream_connects(struct upstream *u)
{
	struct peer *p = peer_ready();

	peer_add(p, peer_connects);
	assert_true(u->n_peers < UPSTREAM_CONNECTIONS_MAX);
	return u->peers[u->n_peers++] = p;
}

void upstream_refuses(struct upstream *u)
{
	assert_true(u->n_peers < UPSTREAM_CONNECTIONS_MAX);
	u->peers[u->n_peers++] = NULL;
}

/* ---- steps ---- */

static void answer_create(struct peer *p, uint16_t fid, uint8_t oplock)
{
	struct smb1_nt_create_andx_req req;
	struct smb1_nt_create_andx_rsp rsp = { .words = 34, .op_lock_level = oplock, .fid = fid, .create_disposition = 1, .end_of_file = FILES_SIZE };

	peer_decode(p, &req);
	upstream_asked_access = req.desired_access;
	upstream_asked_oplock = (req.flags & 4) != 0 ? SMB1_OPLOCK_BATCH : (req.flags & 2) != 0 ? SMB1_OPLOCK_EXCLUSIVE : SMB1_OPLOCK_NONE;
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

void upstream_sends_break(struct peer *p, bool to_level_ii)
{
	uint8_t frame[64];
	struct smb1_header h = { .command = SMB_COM_LOCKING_ANDX, .tid = 200, .pid_low = 0xFFFF, .mid = 0xFFFF };
	struct smb1_locking_andx_req m = {
		.andx = { .command = SMB_COM_NO_ANDX_COMMAND }, .fid = FID, .type_of_lock = OPLOCK_RELEASE, .new_op_lock_level = to_level_ii,
	};
	struct wire w;

	wire_init_encode(&w, frame + NBT_SSN_HEADER_LEN, sizeof(frame) - NBT_SSN_HEADER_LEN, NULL);
	smb1_header(&w, &h);
	smb1_locking_andx_req(&w, &m);
	assert_true(wire_ok(&w));
	nbt_ssn_header_put(frame, true, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)w.pos });
	peer_bytes(p, frame, NBT_SSN_HEADER_LEN + w.pos);
}

void upstream_creates(struct peer *p)
{
	answer_create(p, FIRST_FID, SMB1_OPLOCK_NONE);
}

void upstream_closes(struct peer *p)
{
	struct smb1_close_rsp rsp = { .words = 0 };
	assert_int_equal(p->asked.command, SMB_COM_CLOSE);
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

void upstream_admits(struct peer *p)
{
	answer_create(p, FID, upstream_grants);
}

void upstream_admits_and_breaks(struct peer *p)
{
	answer_create(p, FID, upstream_grants);
	upstream_sends_break(p, true);
}

void upstream_denies(struct peer *p)
{
	struct smb1_nt_create_andx_req req;

	peer_decode(p, &req);
	upstream_asked_access = req.desired_access;
	peer_reply(p, STATUS_ACCESS_DENIED, NULL);
}

void upstream_tells_access(struct peer *p)
{
	static uint8_t access[4];
	struct smb1_transaction2_rsp rsp = { .t = { .parameters = slice_of("\0", 2), .data = slice_of(access, sizeof(access)) } };

	store_le32(access, upstream_has_access);
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

void upstream_locks(struct peer *p)
{
	struct smb1_locking_andx_req req;
	struct smb1_locking_andx_rsp rsp = { .words = 2 };

	peer_decode(p, &req);
	assert_int_equal(req.fid, FID);
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

void upstream_refuses_lock(struct peer *p)
{
	peer_reply(p, STATUS_LOCK_NOT_GRANTED, NULL);
}

void upstream_hears(struct peer *p)
{
	struct smb1_locking_andx_req req;

	peer_decode(p, &req);
	assert_int_equal(req.fid, FID);
	assert_true((req.type_of_lock & OPLOCK_RELEASE) != 0 && req.number_of_requested_locks == 0);
	upstream_heard = req.new_op_lock_level;
}

void upstream_reads(struct peer *p)
{
	struct smb1_read_andx_req req;
	struct smb1_read_andx_rsp rsp = { .data = slice_of("abc", FILES_SIZE) };

	peer_decode(p, &req);
	assert_int_equal(req.fid, FID);
	if (req.offset >= FILES_SIZE)
		rsp.data.len = 0;
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

void upstream_breaks(struct upstream *u, struct peer *p, bool to_level_ii)
{
	upstream_sends_break(p, to_level_ii);
	assert_non_null(u->watched);
	gateway_ready(u->watched);
}

struct vfs_file *upstream_file(struct upstream *u, struct peer *p, uint32_t access, enum vfs_oplock wish, uint8_t granted)
{
	struct vfs_admission a = { .access = access, .share = FILE_SHARE_READ, .oplock = wish, .level_ii = true, .open_id = 42 };
	struct vfs_file *f;

	peer_add(p, upstream_admits);
	upstream_grants = granted;
	assert_int_equal(u->vfs->ops->create(u->vfs, "f", &a, &f), 0);
	assert_int_equal(u->vfs->ops->admit(f, &a), 0);
	assert_int_equal(a.oplock, granted == SMB1_OPLOCK_LEVEL_II ? VFS_OPLOCK_LEVEL_II : granted == SMB1_OPLOCK_NONE ? VFS_OPLOCK_NONE : wish);
	return f;
}
