#include "smb1/connectionless.h"

#include <stdlib.h>

#include "smb1/park.h"
#include "wire/nbt/ssn.h"

enum {
	CID_AT = 4, SEQUENCE_AT = 6,      /* in SecurityFeatures, behind Key */
	LENGTH_SIZE = 2,                  /* before each kept message */
	IDLE_MS = 5 * 60 * 1000,          /* no client is to be given up for dead earlier */
	ANSWERS_MAX = SERVER_MAX_BUFFER_DOS, /* all but reads and listings, which clients ask for unsequenced as the specification says */
};

struct smb1_connectionless {
	uint16_t cid;
	uint16_t newest;     /* SequenceNumber; 0: none came yet */
	uint64_t newest_req; /* the request's id */
	bool run_again;
	bool too_large;      /* the answer is: an error was sent for it */
	uint64_t heard_ms;   /* when the newest message came */
	size_t kept;         /* bytes of answers */
	uint8_t answers[ANSWERS_MAX];
};

struct smb1_connectionless *connectionless_new(struct smb1_server *server)
{
	struct smb1_connectionless *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->heard_ms = net_monotonic_ms();
	lock_take(&server->lock);
	s->cid = idtable_add(&server->cids, s);
	lock_release(&server->lock);
	if (s->cid != 0)
		return s;
	free(s);
	return NULL;
}

void connectionless_free(struct smb1_server *server, struct smb1_connectionless *s)
{
	if (s == NULL)
		return;
	lock_take(&server->lock);
	(void)idtable_remove(&server->cids, s->cid);
	lock_release(&server->lock);
	free(s);
}

void connectionless_heard(const struct smb1_conn *c)
{
	if (c->connectionless != NULL)
		c->connectionless->heard_ms = net_monotonic_ms();
}

uint64_t connectionless_idle_at_ms(const struct smb1_conn *c)
{
	return c->connectionless != NULL ? c->connectionless->heard_ms + IDLE_MS : 0;
}

size_t connectionless_max_message(const struct smb1_req *r)
{
	return connectionless_sequence_number(r) != 0 ? ANSWERS_MAX - LENGTH_SIZE : SIZE_MAX;
}

uint16_t connectionless_sequence_number(const struct smb1_req *r)
{
	return r->conn->connectionless != NULL ? load_le16(r->header.security_features + SEQUENCE_AT) : 0;
}

static uint16_t next_number(uint16_t n)
{
	return n == UINT16_MAX ? 1 : (uint16_t)(n + 1);
}

static void keep(struct smb1_connectionless *s, const struct slice *pieces, size_t n_pieces, size_t len)
{
	store_le16(s->answers + s->kept, (uint16_t)len);
	s->kept += LENGTH_SIZE;
	for (size_t i = 0; i < n_pieces; i++) {
		if (pieces[i].len > 0)
			memcpy(s->answers + s->kept, pieces[i].ptr, pieces[i].len);
		s->kept += pieces[i].len;
	}
}

static void send_kept(const struct smb1_conn *c)
{
	const struct smb1_connectionless *s = c->connectionless;
	for (size_t at = 0; at < s->kept;) {
		const struct slice message = slice_of(s->answers + at + LENGTH_SIZE, load_le16(s->answers + at));
		net_send(c->net, NBT_SESSION_MESSAGE, &message, 1);
		at += LENGTH_SIZE + message.len;
	}
}

static bool refuse(struct smb1_req *r, nt_status status, bool keep_it)
{
	uint8_t error[SMB1_MIN_MESSAGE_LEN] = { 0 };
	const struct slice message = slice_of(error, sizeof(error));
	req_begin_reply(r, error, status, r->header.command);
	if (keep_it)
		keep(r->conn->connectionless, &message, 1, message.len);
	net_send(r->conn->net, NBT_SESSION_MESSAGE, &message, 1);
	return false;
}

static void forget_answers(struct smb1_connectionless *s)
{
	s->kept = 0;
	s->run_again = s->too_large = false;
}

static bool admit_sequenced(struct smb1_req *r, uint16_t number)
{
	struct smb1_connectionless *s = r->conn->connectionless;
	if (number == s->newest && park_holds(r->conn, s->newest_req))
		return refuse(r, STATUS_SMB_WORKING, false);
	if (number == s->newest && !(s->run_again && r->command == SMB_COM_WRITE_MPX)) {
		send_kept(r->conn);
		return false;
	}
	if (number != s->newest && number != next_number(s->newest))
		return false;
	s->newest = number;
	s->newest_req = r->id;
	forget_answers(s);
	return true;
}

/* All requests of an exchange have the MID of its first, and so has what cancels a request. */
static bool may_share_mid(uint8_t command)
{
	return command == SMB_COM_WRITE_MPX || command == SMB_COM_NT_CANCEL;
}

static bool admit_unsequenced(struct smb1_req *r)
{
	if (!may_share_mid(r->command) && park_find_mid(r->conn, &r->header) != NULL)
		return refuse(r, STATUS_SMB_WORKING, false);
	return true;
}

/* It cannot be run twice either, and comes before the client has a CID to count for. */
static bool admit_negotiate(const struct smb1_conn *c)
{
	if (c->negotiated && c->connectionless->newest == 0) {
		send_kept(c);
		return false;
	}
	return true;
}

bool connectionless_admit(struct smb1_req *r)
{
	const struct smb1_connectionless *s = r->conn->connectionless;
	if (s == NULL)
		return true;
	bool negotiates = r->command == SMB_COM_NEGOTIATE;
	if (load_le16(r->header.security_features + CID_AT) != (negotiates ? 0 : s->cid))
		return refuse(r, STATUS_SMB_INVALID_SESSION, false);
	uint16_t number = connectionless_sequence_number(r);
	if (number != 0)
		return admit_sequenced(r, number);
	return negotiates ? admit_negotiate(r->conn) : admit_unsequenced(r);
}

void connectionless_run_again(struct smb1_req *r)
{
	if (r->conn->connectionless != NULL)
		r->conn->connectionless->run_again = true;
}

/* A sequenced request that waits may be overtaken: the client has given up on it then. */
static bool is_kept(const struct smb1_req *r)
{
	const struct smb1_connectionless *s = r->conn->connectionless;
	uint16_t number = connectionless_sequence_number(r);
	if (s == NULL || number != s->newest)
		return false;
	return number != 0 || r->header.command == SMB_COM_NEGOTIATE;
}

bool connectionless_keep(struct smb1_req *r, const struct slice *pieces, size_t n_pieces)
{
	struct smb1_connectionless *s = r->conn->connectionless;
	size_t len = 0;
	if (!is_kept(r))
		return true;
	if (s->too_large)
		return false;
	for (size_t i = 0; i < n_pieces; i++)
		len += pieces[i].len;
	if (len + LENGTH_SIZE <= sizeof(s->answers) - s->kept) {
		keep(s, pieces, n_pieces, len);
		return true;
	}
	forget_answers(s);
	s->too_large = true;
	return refuse(r, STATUS_INVALID_SMB, true);
}

bool connectionless_is_silent(const struct smb1_req *r)
{
	return r->conn->connectionless != NULL && r->header.command == SMB_COM_WRITE_MPX && connectionless_sequence_number(r) == 0;
}

void connectionless_stamp(const struct smb1_conn *c, const struct smb1_req *r, uint8_t security_features[8])
{
	if (c->connectionless == NULL)
		return;
	store_le16(security_features + CID_AT, c->connectionless->cid);
	store_le16(security_features + SEQUENCE_AT, r != NULL ? connectionless_sequence_number(r) : 0);
}
