#include "smb1/park.h"

#include <stdlib.h>

#include "base/log.h"
#include "smb1/connectionless.h"
#include "smb1/dispatch.h"
#include "smb1/trans.h"

enum fs_wait req_wait(const struct smb1_conn *c)
{
	return c->n_parked < MAX_PARKED && c->parked_bytes < MAX_PARKED_BYTES ? FS_WAIT_MAY : FS_WAIT_NEVER;
}

struct smb1_req *req_new(struct smb1_conn *c, uint8_t *message, size_t len)
{
	struct smb1_req *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	arena_init(&r->arena, REQ_ARENA_MAX);
	r->conn = c;
	r->id = ++c->next_req_id;
	r->message = message;
	r->len = len;
	r->now = nttime_now();
	r->wait = req_wait(c);

	struct wire w;
	wire_init_decode(&w, slice_of(message, len), &r->arena);
	smb1_header(&w, &r->header);
	r->command = r->header.command;
	if (c->default_session != NULL) {
		r->uid_is_default = true;
		r->client_uid = r->header.uid;
		r->header.uid = c->default_session->uid;
	}
	r->element = SMB1_HEADER_LEN;
	r->reply_cap = SMB1_HEADER_LEN + REPLY_BASE;
	r->reply = arena_alloc(&r->arena, r->reply_cap);
	r->reply_len = SMB1_HEADER_LEN;
	if (r->reply == NULL || !wire_ok(&w)) {
		req_free(r);
		return NULL;
	}
	return r;
}

void req_free(struct smb1_req *r)
{
	trans_free(r->transaction);
	if (r->waits_for_port != NULL)
		comm_stop_waiting(r->waits_for_port, r->conn->net->id, r->id);
	arena_fini(&r->arena);
	free(r->kept);
	free(r->raw_frame);
	free(r);
}

uint64_t park_next_ms(const struct smb1_req *r)
{
	return r->retry_at_ms != 0 && (r->deadline_ms == 0 || r->retry_at_ms < r->deadline_ms) ? r->retry_at_ms : r->deadline_ms;
}

void park_set_timer(struct smb1_conn *c)
{
	uint64_t at = connectionless_idle_at_ms(c);
	for (const struct smb1_req *r = c->parked; r != NULL; r = r->next)
		if (park_next_ms(r) != 0 && (at == 0 || park_next_ms(r) < at))
			at = park_next_ms(r);
	net_set_deadline(c->net, at);
}

static void put_aside(struct smb1_conn *c, struct smb1_req *r)
{
	struct smb1_req **list = r->watches ? &c->watching : &c->parked;
	r->next = *list;
	*list = r;
	*(r->watches ? &c->n_watching : &c->n_parked) += 1;
	c->parked_bytes += r->len;
}

bool req_park(struct smb1_req *r)
{
	struct smb1_conn *c = r->conn;
	if (r->watches ? c->n_watching >= MAX_WATCHING : c->n_parked >= MAX_PARKED)
		return false;
	if (r->kept == NULL) {
		r->kept = net_keep_frame(c->net);
		if (r->kept == NULL)
			return false;
	}
	/* The first wait sets the deadline; a wake in between does not prolong it. An oplock break has its own. */
	if ((!r->waited || r->fs.waits_for_break) && r->fs.wait_ms != UINT32_MAX)
		r->deadline_ms = net_monotonic_ms() + MAX(r->fs.wait_ms, 1u);
	r->retry_at_ms = r->fs.retry_ms != 0 ? net_monotonic_ms() + r->fs.retry_ms : 0;
	r->waited = !r->fs.waits_for_break;
	arena_rewind(&r->arena, r->mark);
	put_aside(c, r);
	park_set_timer(c);
	return true;
}

static struct smb1_req *unpark(struct smb1_conn *c, struct smb1_req **link)
{
	struct smb1_req *r = *link;
	*link = r->next;
	r->next = NULL;
	*(r->watches ? &c->n_watching : &c->n_parked) -= 1;
	c->parked_bytes -= r->len;
	return r;
}

static bool run_again(struct smb1_conn *c, struct smb1_req **link, enum fs_wait state)
{
	struct smb1_req *r = unpark(c, link);
	r->wait = state;
	r->now = nttime_now();
	bool keep = dispatch_run(r);
	park_set_timer(c);
	return keep;
}

static struct smb1_req **find_link(struct smb1_conn *c, bool (*matches)(const struct smb1_req *r, const void *what), const void *what)
{
	struct smb1_req **lists[] = { &c->parked, &c->watching };
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (struct smb1_req **link = lists[i]; *link != NULL; link = &(*link)->next)
			if (matches(*link, what))
				return link;
	return NULL;
}

static bool has_id(const struct smb1_req *r, const void *id)
{
	return r->id == *(const uint64_t *)id;
}

bool park_holds(struct smb1_conn *c, uint64_t req_id)
{
	return find_link(c, has_id, &req_id) != NULL;
}

bool park_wake(struct smb1_conn *c, uint64_t req_id, enum fs_wait state)
{
	struct smb1_req **link = find_link(c, has_id, &req_id);
	return link == NULL || run_again(c, link, state);
}

bool park_expire(struct smb1_conn *c)
{
	uint64_t now = net_monotonic_ms();
	bool keep = true;
	for (struct smb1_req **link = &c->parked; keep && *link != NULL;) {
		const struct smb1_req *r = *link;
		bool late = r->deadline_ms != 0 && r->deadline_ms <= now;
		if (!late && (r->retry_at_ms == 0 || r->retry_at_ms > now)) {
			link = &(*link)->next;
			continue;
		}
		keep = run_again(c, link, late ? FS_WAIT_EXPIRED : FS_WAIT_MAY);
		link = &c->parked; /* the run may have changed the list */
	}
	park_set_timer(c);
	return keep;
}

static bool has_header(const struct smb1_req *r, const void *header)
{
	const struct smb1_header *h = header;
	return r->header.mid == h->mid && r->header.uid == h->uid && r->header.tid == h->tid && r->header.pid_low == h->pid_low &&
	       r->header.pid_high == h->pid_high;
}

struct smb1_req *park_find(struct smb1_conn *c, uint64_t req_id)
{
	struct smb1_req *r = c->parked;
	while (r != NULL && r->id != req_id)
		r = r->next;
	return r;
}

struct smb1_req *park_find_mid(struct smb1_conn *c, const struct smb1_header *h)
{
	struct smb1_req **link = find_link(c, has_header, h);
	return link != NULL ? *link : NULL;
}

struct smb1_req *park_find_lock(struct smb1_conn *c, const struct smb1_fid *f, const struct fs_lock_range *range, bool large)
{
	for (struct smb1_req *r = c->parked; r != NULL; r = r->next)
		if (r->waits_on_fid == f->fid && r->waits_for_large == large &&
		    fs_lock_is_awaited(c->server->core, f->file, c->net->id, r->id, range))
			return r;
	return NULL;
}

static bool waits_on(const struct smb1_req *r, const void *fid)
{
	return r->waits_on_fid == *(const uint16_t *)fid;
}

void park_end_waits_on_fid(struct smb1_conn *c, uint16_t fid)
{
	struct smb1_req **link;
	while ((link = find_link(c, waits_on, &fid)) != NULL)
		(void)run_again(c, link, FS_WAIT_CANCELLED); /* conn->broken tells whoever runs around this */
}

void park_drop_all(struct smb1_conn *c)
{
	while (c->parked != NULL)
		req_free(unpark(c, &c->parked));
	while (c->watching != NULL)
		req_free(unpark(c, &c->watching));
}
