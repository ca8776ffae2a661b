#include "smb1/trans_partial.h"

#include <stdlib.h>

/* How long the next piece may take: clients send them one after the other. */
#define PIECE_TIMEOUT (60 * NTTIME_PER_SEC)

/* ---- blocks ---- */

static bool block_init(struct trans_block *b, uint32_t total)
{
	b->total = total;
	b->bytes = calloc(1, MAX(total, 1u));
	b->seen = calloc(1, MAX(total, 1u));
	return b->bytes != NULL && b->seen != NULL;
}

static void block_fini(struct trans_block *b)
{
	free(b->bytes);
	free(b->seen);
}

bool trans_block_is_complete(const struct trans_block *b)
{
	return memchr(b->seen, 0, b->total) == NULL;
}

bool trans_block_place(struct trans_block *b, uint32_t displacement, struct slice piece)
{
	if (piece.len > b->total || displacement > b->total - piece.len)
		return false;
	if (piece.len == 0)
		return true;
	if (memchr(b->seen + displacement, 1, piece.len) != NULL)
		return false;
	memcpy(b->bytes + displacement, piece.ptr, piece.len);
	memset(b->seen + displacement, 1, piece.len);
	return true;
}

bool trans_block_shrink(struct trans_block *b, uint32_t total)
{
	if (total >= b->total)
		return true;
	if (memchr(b->seen + total, 1, b->total - total) != NULL)
		return false;
	b->total = total;
	return true;
}

/* ---- transactions ---- */

struct smb1_transaction *trans_partial_new(struct smb1_req *r, const struct trans_call *call, uint32_t total_parameters, uint32_t total_data)
{
	struct smb1_transaction *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->kind = call->kind;
	t->tid = r->header.tid;
	t->uid = r->header.uid;
	t->mid = r->header.mid;
	t->pid = req_pid(r);
	t->signing_number = r->signing_number;
	t->newest_piece = r->now;
	bool blocks = block_init(&t->parameters, total_parameters) && block_init(&t->data, total_data);
	t->setup = calloc(MAX(call->setup_count, 1), sizeof(*t->setup));
	t->name = strdup(call->name != NULL ? call->name : "");
	if (!blocks || t->setup == NULL || t->name == NULL) {
		trans_free(t);
		return NULL;
	}
	if (call->setup_count > 0)
		memcpy(t->setup, call->setup, call->setup_count * sizeof(*t->setup));
	t->call = *call;
	t->call.setup = t->setup;
	t->call.name = t->name;
	return t;
}

void trans_free(struct smb1_transaction *t)
{
	if (t == NULL)
		return;
	block_fini(&t->parameters);
	block_fini(&t->data);
	free(t->setup);
	free(t->name);
	free(t);
}

struct smb1_transaction **trans_partial_find(struct smb1_req *r, enum smb1_trans_kind kind)
{
	struct smb1_transaction **link = &r->conn->transactions;
	for (; *link != NULL; link = &(*link)->next) {
		const struct smb1_transaction *t = *link;
		if (t->kind == kind && t->tid == r->header.tid && t->uid == r->header.uid && t->pid == req_pid(r) &&
		    t->mid == r->header.mid)
			break;
	}
	return link;
}

struct smb1_transaction *trans_partial_take(struct smb1_conn *c, struct smb1_transaction **link)
{
	struct smb1_transaction *t = *link;
	*link = t->next;
	t->next = NULL;
	c->n_transactions--;
	return t;
}

/* The oldest answer that was not asked for to its end: clients that need no more of it do not say so. */
static bool drop_an_answer(struct smb1_conn *c)
{
	struct smb1_transaction **oldest = NULL;
	for (struct smb1_transaction **link = &c->transactions; *link != NULL; link = &(*link)->next)
		if ((*link)->answers)
			oldest = link;
	if (oldest != NULL)
		trans_free(trans_partial_take(c, oldest));
	return oldest != NULL;
}

bool trans_partial_add(struct smb1_req *r, struct smb1_transaction *t)
{
	struct smb1_conn *c = r->conn;
	struct smb1_transaction **old = trans_partial_find(r, t->kind);
	if (*old != NULL)
		trans_free(trans_partial_take(c, old));
	if (c->n_transactions >= MAX_TRANSACTIONS && !drop_an_answer(c))
		return false;
	t->next = c->transactions;
	c->transactions = t;
	c->n_transactions++;
	return true;
}

/* ---- their end ---- */

static void drop_where(struct smb1_conn *c, bool (*matches)(const struct smb1_transaction *t, uint16_t id), uint16_t id)
{
	for (struct smb1_transaction **link = &c->transactions; *link != NULL;) {
		const struct smb1_transaction *t = *link;
		if (!matches(t, id)) {
			link = &(*link)->next;
			continue;
		}
		trans_free(trans_partial_take(c, link));
	}
}

static bool is_any(const struct smb1_transaction *t, uint16_t id) { return true; }
static bool is_of_tree(const struct smb1_transaction *t, uint16_t tid) { return t->tid == tid; }
static bool is_of_session(const struct smb1_transaction *t, uint16_t uid) { return t->uid == uid; }

void trans_drop_all(struct smb1_conn *c)
{
	drop_where(c, is_any, 0);
}

void trans_drop_of_tree(struct smb1_conn *c, uint16_t tid)
{
	drop_where(c, is_of_tree, tid);
}

void trans_drop_of_session(struct smb1_conn *c, uint16_t uid)
{
	drop_where(c, is_of_session, uid);
}

void trans_drop_stale(struct smb1_conn *c, nttime now)
{
	for (struct smb1_transaction **link = &c->transactions; *link != NULL;) {
		const struct smb1_transaction *t = *link;
		if (now - t->newest_piece < PIECE_TIMEOUT || now < t->newest_piece) {
			link = &(*link)->next;
			continue;
		}
		trans_free(trans_partial_take(c, link));
	}
}
