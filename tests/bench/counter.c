/* See counter.h. Between the threads only the deadline is shared, set before they start. */
#include "counter.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/smb1/commands.h"
#include "wire/smb1/io.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/open.h"

enum { LOCK_PATIENCE_MS = 20000, IN_CACHE_MAX = 50 };

struct counter {
	pthread_t thread;
	const struct smbconn_target *target;
	struct timespec deadline;
	unsigned number, random;
	struct smbconn conn;
	uint16_t fid;
	bool cached;      /* value is ours alone */
	bool broken;      /* the open has had an oplock */
	uint64_t value;   /* what the file should have */
	struct counter_result result;
};

static bool time_is_up(const struct counter *c)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > c->deadline.tv_sec || (now.tv_sec == c->deadline.tv_sec && now.tv_nsec >= c->deadline.tv_nsec);
}

static unsigned pick(struct counter *c, unsigned n)
{
	c->random = c->random * 1103515245u + 12345u;
	return c->random / 65536 % n;
}

static bool failed(struct counter *c, const char *what, nt_status status)
{
	if (c->result.failure[0] == '\0')
		snprintf(c->result.failure, sizeof(c->result.failure), "client %u, %s: %s", c->number, what,
			 status == STATUS_CONNECTION_DISCONNECTED && c->conn.why ? c->conn.why : nt_status_name(status));
	return false;
}

static struct smb1_write_andx_req write_req(const struct counter *c, uint8_t bytes[8])
{
	store_le64(bytes, c->value);
	return (struct smb1_write_andx_req){ .words = 14, .fid = c->fid, .data = slice_of(bytes, 8) };
}

/* While another call waits for its reply, so nobody takes this one's: smbconn does, and keeps its status. */
static bool on_break(struct smbconn *conn, void *user, uint16_t fid)
{
	struct counter *c = user;
	uint8_t bytes[8];
	c->result.breaks++;
	if (fid != c->fid)
		return true;
	c->broken = true;
	if (!c->cached)
		return true;
	struct smb1_write_andx_req req = write_req(c, bytes);
	c->cached = false;
	return smbconn_send_aside(conn, SMB_COM_WRITE_ANDX, &req);
}

static bool write_value(struct counter *c)
{
	uint8_t bytes[8];
	struct smb1_write_andx_req req = write_req(c, bytes);
	struct smb1_write_andx_rsp rsp;
	nt_status status = smbconn_call(&c->conn, SMB_COM_WRITE_ANDX, &req, &rsp, sizeof(rsp));
	return status == STATUS_SUCCESS || failed(c, "write", status);
}

static bool read_value(struct counter *c)
{
	struct smb1_read_andx_req req = { .words = 12, .fid = c->fid, .max_count_of_bytes_to_return = 8 };
	struct smb1_read_andx_rsp rsp;
	nt_status status = smbconn_call(&c->conn, SMB_COM_READ_ANDX, &req, &rsp, sizeof(rsp));
	if (status != STATUS_SUCCESS)
		return failed(c, "read", status);
	c->value = rsp.data.len == 8 ? load_le64(rsp.data.ptr) : 0;
	return true;
}

static nt_status lock(struct counter *c, bool on)
{
	struct smb1_locking_andx_range range = { .pid = SMBCONN_PID, .length_in_bytes = 8 };
	struct smb1_locking_andx_req req = { .fid = c->fid, .type_of_lock = LARGE_FILES, .timeout = LOCK_PATIENCE_MS };
	if (on) {
		req.number_of_requested_locks = 1;
		req.locks = &range;
	} else {
		req.number_of_requested_unlocks = 1;
		req.unlocks = &range;
	}
	return smbconn_call(&c->conn, SMB_COM_LOCKING_ANDX, &req, NULL, 0);
}

static bool count_under_a_lock(struct counter *c)
{
	nt_status status = lock(c, true);
	if (status != STATUS_SUCCESS)
		return failed(c, "lock", status);
	if (!read_value(c))
		return false;
	c->value++;
	if (!write_value(c))
		return false;
	c->result.counted++;
	status = lock(c, false);
	return status == STATUS_SUCCESS || failed(c, "unlock", status);
}

/* Requests in between give breaks the chance to arrive. */
static bool count_in_the_cache(struct counter *c)
{
	for (unsigned i = 1 + pick(c, IN_CACHE_MAX); c->cached && i > 0; i--) {
		c->value++;
		c->result.counted++;
		c->result.in_cache++;
		if (pick(c, 8) == 0 && !smbconn_echo(&c->conn))
			return failed(c, "echo", STATUS_CONNECTION_DISCONNECTED);
	}
	if (!c->cached)
		return true;
	return write_value(c); /* still ours, and a break that comes now finds nothing to write back but the same */
}

static bool use(struct counter *c)
{
	static const uint32_t wishes[] = { 0, NT_CREATE_REQUEST_OPLOCK, NT_CREATE_REQUEST_OPLOCK | NT_CREATE_REQUEST_OPBATCH };
	const struct smbconn_open_as as = { .access = 0x0012019F, .share = 7, .disposition = 3, .options = 0x40, .oplock = wishes[pick(c, 3)] };
	uint8_t level;
	c->fid = 0;
	c->broken = false;
	nt_status status = smbconn_create_oplock(&c->conn, "counter.dat", &as, &c->fid, &level);
	if (status != STATUS_SUCCESS)
		return failed(c, "open", status);
	bool ok;
	if (level == SMB1_OPLOCK_EXCLUSIVE || level == SMB1_OPLOCK_BATCH) {
		ok = read_value(c);
		c->cached = ok && !c->broken; /* else it was taken back while we read */
		ok = ok && (c->cached ? count_in_the_cache(c) : count_under_a_lock(c));
		c->cached = false;
	} else {
		ok = count_under_a_lock(c);
	}
	status = ok ? smbconn_close_file(&c->conn, c->fid) : STATUS_SUCCESS;
	return ok && (status == STATUS_SUCCESS || failed(c, "close", status));
}

/* So that one of them is alone with the file now and then. */
static void rest(struct counter *c)
{
	const struct timespec t = { .tv_nsec = (long)pick(c, 6) * 1000000 };
	nanosleep(&t, NULL);
}

static void *client_main(void *arg)
{
	struct counter *c = arg;
	if (!smbconn_open(&c->conn, c->target)) {
		failed(c, "log on", STATUS_CONNECTION_DISCONNECTED);
	} else {
		c->conn.on_break = on_break;
		c->conn.on_break_user = c;
		while (!time_is_up(c) && use(c))
			rest(c);
		if (c->conn.aside_status != STATUS_SUCCESS)
			failed(c, "write back", c->conn.aside_status);
	}
	smbconn_close(&c->conn, true);
	return NULL;
}

enum { AS_IT_IS = 1, EMPTIED = 5 };

/* Alone with the file, before and after. */
static uint64_t look(const struct smbconn_target *target, uint32_t disposition, struct counter_result *sum)
{
	struct counter c = { .target = target };
	const struct smbconn_open_as as = { .access = 0x0012019F, .share = 0, .disposition = disposition, .options = 0x40 };
	if (!smbconn_open(&c.conn, target) || smbconn_create(&c.conn, "counter.dat", &as, &c.fid) != STATUS_SUCCESS || !read_value(&c))
		snprintf(sum->failure, sizeof(sum->failure), "nobody else is there, and the counter cannot be read");
	smbconn_close(&c.conn, true);
	return c.value;
}

struct counter_result counter_run(const struct smbconn_target *target, unsigned n_clients, unsigned seconds)
{
	struct counter_result sum = { 0 };
	struct counter *clients = calloc(n_clients, sizeof(*clients));
	unsigned started = 0;
	(void)look(target, EMPTIED, &sum);
	for (; clients && started < n_clients; started++) {
		struct counter *c = &clients[started];
		c->target = target;
		clock_gettime(CLOCK_MONOTONIC, &c->deadline);
		c->deadline.tv_sec += seconds;
		c->number = c->random = started + 1;
		if (pthread_create(&c->thread, NULL, client_main, c) != 0)
			break;
	}
	for (unsigned i = 0; i < started; i++) {
		const struct counter_result *r = &clients[i].result;
		pthread_join(clients[i].thread, NULL);
		sum.counted += r->counted;
		sum.in_cache += r->in_cache;
		sum.breaks += r->breaks;
		if (!sum.failure[0])
			memcpy(sum.failure, r->failure, sizeof(sum.failure));
	}
	free(clients);
	sum.in_file = look(target, AS_IT_IS, &sum);
	return sum;
}
