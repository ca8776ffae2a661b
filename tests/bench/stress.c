/* The stress load. Shared between the threads is only the deadline, set before they start. */
#include "stress.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/smb1/commands.h"
#include "wire/smb1/io.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/misc.h"
#include "wire/smb1/path.h"

enum { ROUNDS_PER_CONNECTION = 60, DATA_LEN = 3000 };

struct client {
	pthread_t thread;
	const struct smbconn_target *target;
	double deadline;
	unsigned number, n_files;
	uint64_t seed;
	struct smbconn conn;
	struct stress_result result;
};

static double monotonic(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* xorshift64*: the same work for the same client number. */
static unsigned pick(struct client *c, unsigned n)
{
	c->seed ^= c->seed >> 12;
	c->seed ^= c->seed << 25;
	c->seed ^= c->seed >> 27;
	return (unsigned)((c->seed * 0x2545F4914F6CDD1Dull) >> 33) % n;
}

static const char *shared_name(struct client *c, char out[64])
{
	snprintf(out, 64, "%s%u.dat", pick(c, 2) ? "Shared" : "SHARED", pick(c, c->n_files));
	return out;
}

/* Statuses that follow from what the other clients do at the same moment. */
static bool explained(nt_status status)
{
	static const nt_status known[] = {
		STATUS_SUCCESS, STATUS_SHARING_VIOLATION, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_NAME_COLLISION,
		STATUS_LOCK_NOT_GRANTED, STATUS_FILE_LOCK_CONFLICT, STATUS_RANGE_NOT_LOCKED, STATUS_DELETE_PENDING,
		STATUS_ACCESS_DENIED, STATUS_NO_SUCH_FILE, STATUS_INVALID_LOCK_RANGE,
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (status == known[i])
			return true;
	return false;
}

/* False: the connection is gone. */
static bool note(struct client *c, const char *what, nt_status status)
{
	bool lost = status == STATUS_CONNECTION_DISCONNECTED;
	c->result.requests += !lost;
	c->result.lost += lost;
	if (!lost && !explained(status))
		c->result.surprises++;
	else if (!lost)
		return true;
	if (!c->result.example[0])
		snprintf(c->result.example, sizeof(c->result.example), "client %u, %s: %s", c->number, what,
			 lost && c->conn.why ? c->conn.why : nt_status_name(status));
	return !lost;
}

static bool write_and_read(struct client *c, uint16_t fid)
{
	uint8_t data[DATA_LEN];
	memset(data, (int)c->number, sizeof(data));
	struct smb1_write_andx_req put = { .words = 14, .fid = fid, .offset = pick(c, 100000),
					   .data = slice_of(data, sizeof(data)) };
	struct smb1_write_andx_rsp written;
	struct smb1_read_andx_req get = { .words = 12, .fid = fid, .offset = put.offset,
					  .max_count_of_bytes_to_return = DATA_LEN };
	struct smb1_read_andx_rsp got;
	if (!note(c, "write", smbconn_call(&c->conn, SMB_COM_WRITE_ANDX, &put, &written, sizeof(written))))
		return false;
	return note(c, "read", smbconn_call(&c->conn, SMB_COM_READ_ANDX, &get, &got, sizeof(got)));
}

static bool lock_and_unlock(struct client *c, uint16_t fid)
{
	struct smb1_locking_andx_range range = { .pid = (uint16_t)c->number, .byte_offset = pick(c, 8) * 10,
						 .length_in_bytes = 10 };
	struct smb1_locking_andx_req lock = { .fid = fid, .type_of_lock = pick(c, 2) ? LARGE_FILES : LARGE_FILES | SHARED_LOCK,
					      .timeout = pick(c, 4) ? 0 : 50, .number_of_requested_locks = 1, .locks = &range };
	nt_status status = smbconn_call(&c->conn, SMB_COM_LOCKING_ANDX, &lock, NULL, 0);
	if (!note(c, "lock", status) || status != STATUS_SUCCESS)
		return status != STATUS_CONNECTION_DISCONNECTED;
	lock.number_of_requested_locks = 0;
	lock.number_of_requested_unlocks = 1;
	lock.locks = NULL;
	lock.unlocks = &range;
	status = smbconn_call(&c->conn, SMB_COM_LOCKING_ANDX, &lock, NULL, 0);
	if (status == STATUS_RANGE_NOT_LOCKED) {
		c->result.surprises++;
		snprintf(c->result.example, sizeof(c->result.example), "client %u lost a lock it held", c->number);
	}
	return note(c, "unlock", status);
}

static bool use_a_file(struct client *c)
{
	static const uint32_t shares[] = { 0, 1, 3, 7, 7, 7 }, oplocks[] = { 0, 2, 6 };
	char name[64];
	uint16_t fid;
	struct smbconn_open_as as = { .access = pick(c, 3) ? 0x0012019F : 0x0013019F, .share = shares[pick(c, 6)],
				      .disposition = pick(c, 4) ? 3 : 5, .options = 0x40,
				      .oplock = oplocks[pick(c, 3)] };
	if (as.access & 0x00010000 && pick(c, 2))
		as.options |= 0x1000;
	nt_status status = smbconn_create(&c->conn, shared_name(c, name), &as, &fid);
	if (!note(c, "open", status) || status != STATUS_SUCCESS)
		return status != STATUS_CONNECTION_DISCONNECTED;
	if (!write_and_read(c, fid) || !lock_and_unlock(c, fid))
		return false;
	return note(c, "close", smbconn_close_file(&c->conn, fid));
}

static bool change_names(struct client *c)
{
	char from[64], to[64];
	struct smb1_rename_req rename = { .search_attributes = 0x16, .old_file_name = shared_name(c, from),
					  .new_file_name = shared_name(c, to) };
	struct smb1_delete_req delete = { .search_attributes = 0x16, .file_name = shared_name(c, to) };
	struct smb1_query_information_req query = { .file_name = shared_name(c, from) };
	struct smb1_query_information_rsp answer;
	switch (pick(c, 3)) {
	case 0: return note(c, "rename", smbconn_call(&c->conn, SMB_COM_RENAME, &rename, NULL, 0));
	case 1: return note(c, "delete", smbconn_call(&c->conn, SMB_COM_DELETE, &delete, NULL, 0));
	default:
		return note(c, "query", smbconn_call(&c->conn, SMB_COM_QUERY_INFORMATION, &query, &answer, sizeof(answer)));
	}
}

static bool echo(struct client *c)
{
	return note(c, "echo", smbconn_echo(&c->conn) ? STATUS_SUCCESS : STATUS_CONNECTION_DISCONNECTED);
}

static bool one_round(struct client *c)
{
	switch (pick(c, 8)) {
	case 0: return echo(c);
	case 1:
	case 2: return change_names(c);
	default: return use_a_file(c);
	}
}

static void *client_main(void *arg)
{
	struct client *c = arg;
	while (monotonic() < c->deadline) {
		bool alive = smbconn_open(&c->conn, c->target);
		if (!alive)
			note(c, "log on", STATUS_CONNECTION_DISCONNECTED);
		for (unsigned i = 0; alive && i < ROUNDS_PER_CONNECTION && monotonic() < c->deadline; i++)
			alive = one_round(c);
		/* Half of them leave like a machine that was switched off, files open and all. */
		smbconn_close(&c->conn, alive && pick(c, 2));
		if (!alive)
			break;
	}
	return NULL;
}

struct stress_result stress_run(const struct smbconn_target *target, unsigned n_clients, unsigned n_files, unsigned seconds)
{
	struct stress_result sum = { 0 };
	struct client *clients = calloc(n_clients, sizeof(*clients));
	unsigned started = 0;
	for (; clients && started < n_clients; started++) {
		struct client *c = &clients[started];
		c->target = target;
		c->deadline = monotonic() + seconds;
		c->number = started + 1;
		c->n_files = n_files;
		c->seed = 0x9E3779B97F4A7C15ull * c->number;
		if (pthread_create(&c->thread, NULL, client_main, c) != 0)
			break;
	}
	for (unsigned i = 0; i < started; i++) {
		struct client *c = &clients[i];
		pthread_join(c->thread, NULL);
		sum.requests += c->result.requests;
		sum.lost += c->result.lost;
		sum.surprises += c->result.surprises;
		if (!sum.example[0])
			memcpy(sum.example, c->result.example, sizeof(sum.example));
	}
	free(clients);
	return sum;
}
