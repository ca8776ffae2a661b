/*
 * From a frame to its answer. The chain of AndX elements is walked here ([MS-CIFS] 3.3.5.2.4): every hop is checked and
 * authorised again, offsets strictly grow, a failing element ends the chain with its status in the header while the
 * results before it are still returned.
 */
#include "smb1/dispatch.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "fs/localwatch.h"
#include "smb1/connectionless.h"
#include "smb1/error.h"
#include "smb1/handlers.h"
#include "smb1/park.h"
#include "smb1/trans.h"
#include "wire/smb1/commands.h"
#include "wire/nbt/ssn.h"
#include "wire/smb1/frame.h"

/* The element's words must be one of the row's counts and lie inside the message. */
static nt_status check_shape(const struct smb1_req *r, const struct smb1_command *row, uint8_t *words)
{
	if (r->element >= r->len)
		return STATUS_INVALID_SMB;
	*words = r->message[r->element];
	if (r->element + 1 + 2u * *words > r->len)
		return STATUS_INVALID_SMB;
	if (!smb1_words_allowed(row, *words))
		return STATUS_INVALID_SMB;
	return STATUS_SUCCESS;
}

static bool tree_kind_fits(const struct smb1_tree *tree, uint32_t rules)
{
	static const uint32_t kind_rule[] = {
		[FS_SHARE_DISK] = SMB1_RULE_DISK,
		[FS_SHARE_PRINTER] = SMB1_RULE_PRINTER,
		[FS_SHARE_COMM] = SMB1_RULE_COMM,
		[FS_SHARE_IPC] = SMB1_RULE_PIPE,
	};
	return (rules & SMB1_RULE_ANY_TREE) == 0 || (rules & kind_rule[tree->type]) != 0;
}

/* The share as this session may see it, and the thread as its user from here on. Commands without files run as the server:
 * what the thread did last was perhaps in somebody's name. */
static nt_status enter_tree(struct smb1_req *r)
{
	nt_status status = conn_view(r->conn, r->tree, r->session, &r->view);
	if (status != STATUS_SUCCESS)
		return status;
	if (vfs_cred_assume(&r->view->fs->cred) == 0)
		return STATUS_SUCCESS;
	log_error("%s: the kernel does not let the server act as Unix user %u", r->conn->net->peer_text, (unsigned)r->view->fs->cred.uid);
	return STATUS_ACCESS_DENIED;
}

/* Finds the session and the tree that the row demands; again at each hop, since an element may have changed them. */
static nt_status authorise(struct smb1_req *r, const struct smb1_command *row)
{
	const uint32_t files = SMB1_RULE_SESS | SMB1_RULE_TREE;
	struct smb1_conn *c = r->conn;
	r->view = NULL;
	if (c->transactions != NULL)
		trans_drop_stale(c, r->now);
	r->session = conn_session(c, r->header.uid);
	r->tree = conn_tree(c, r->header.tid);
	if ((row->rules & SMB1_RULE_SESS) != 0 && r->session == NULL)
		return row->bad_uid;
	if ((row->rules & SMB1_RULE_TREE) != 0 && r->tree == NULL)
		return row->bad_tid;
	if (r->session != NULL)
		live_used(r->session->live, r->now);
	if ((row->rules & SMB1_RULE_TREE) != 0 && !tree_kind_fits(r->tree, row->rules))
		return STATUS_INVALID_DEVICE_REQUEST;
	bool has_files = r->tree != NULL && (r->tree->type == FS_SHARE_DISK || r->tree->type == FS_SHARE_PRINTER);
	if ((row->rules & files) == files && has_files)
		return enter_tree(r);
	vfs_cred_drop();
	return STATUS_SUCCESS;
}

static nt_status decode_element(struct smb1_req *r, const struct smb1_command *row, void *req)
{
	struct wire w;
	wire_init_decode(&w, slice_of(r->message, r->len), &r->arena);
	w.unicode = req_unicode(r);
	w.oem = r->conn->oem;
	w.start = w.pos = r->element;
	row->req(&w, req);
	if (!wire_ok(&w))
		return r->arena.used >= REQ_ARENA_MAX / 2 ? STATUS_INSUFF_SERVER_RESOURCES : STATUS_INVALID_SMB;
	return STATUS_SUCCESS;
}

/* Makes room for an element's reply behind what is there. */
static bool reserve_reply(struct smb1_req *r, size_t more)
{
	if (r->reply_len + more <= r->reply_cap)
		return true;
	size_t cap = r->reply_len + more;
	uint8_t *bigger = arena_alloc(&r->arena, cap);
	if (bigger == NULL)
		return false;
	if (r->reply_len > 0)
		memcpy(bigger, r->reply, r->reply_len);
	r->reply = bigger;
	r->reply_cap = cap;
	return true;
}

/* Where the next element of the reply begins; the one before it is told. */
static size_t begin_reply_element(const struct smb1_req *r, struct wire *w)
{
	return r->last_element != 0 ? smb1_reply_link(w, r->last_element, r->command) : w->pos;
}

static void init_reply_wire(struct smb1_req *r, struct wire *w)
{
	wire_init_encode(w, r->reply, r->reply_cap, &r->arena);
	w->unicode = req_unicode(r);
	w->oem = r->conn->oem;
	w->pos = r->reply_len;
}

static nt_status encode_element(struct smb1_req *r, const struct smb1_command *row, void *rsp)
{
	if (!reserve_reply(r, REPLY_BASE + r->reply_room))
		return STATUS_INSUFF_SERVER_RESOURCES;
	struct wire w;
	init_reply_wire(r, &w);
	size_t at = begin_reply_element(r, &w);
	w.tail_allowed = !r->has_follower;
	row->rsp(&w, rsp);
	if (!wire_ok(&w))
		return STATUS_INSUFF_SERVER_RESOURCES;
	r->last_element = at;
	r->reply_len = w.pos;
	r->tail = w.tail;
	return STATUS_SUCCESS;
}

/* A failing element: no words, no bytes. */
static bool encode_error_element(struct smb1_req *r)
{
	if (!reserve_reply(r, 8))
		return false;
	struct wire w;
	init_reply_wire(r, &w);
	(void)begin_reply_element(r, &w);
	smb1_reply_error(&w);
	r->reply_len = w.pos;
	r->tail = (struct slice){ 0 };
	return wire_ok(&w);
}

static bool element_has_follower(const struct smb1_req *r, const struct smb1_command *row, uint8_t words)
{
	return (row->rules & SMB1_RULE_ANDX) != 0 && words >= 2 && r->message[r->element + 1] != SMB_COM_NO_ANDX_COMMAND;
}

/* Decodes and runs the element in hand. */
static nt_status run_handler(struct smb1_req *r, const struct smb1_command *row)
{
	r->mark = arena_mark(&r->arena);
	void *req = arena_alloc(&r->arena, row->req_size), *rsp = arena_alloc(&r->arena, row->rsp_size);
	if (req == NULL || rsp == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = decode_element(r, row, req);
	if (status != STATUS_SUCCESS)
		return status;
	status = smb1_handler_of(r->command)(r, req, rsp);
	if (status == STATUS_PENDING || r->no_reply || r->drop_connection)
		return status;
	if (status != STATUS_SUCCESS && !r->status_with_body)
		return status;
	nt_status encoded = encode_element(r, row, rsp);
	if (encoded == STATUS_SUCCESS)
		return status;
	r->status_with_body = false;
	return encoded;
}

static bool dialect_has(enum smb1_dialect dialect, const struct smb1_command *row)
{
	return row->since <= dialect || ((row->rules & SMB1_RULE_EARLY) != 0 && dialect >= SMB1_DIALECT_LANMAN1_0);
}

static nt_status run_element(struct smb1_req *r, const struct smb1_command *row)
{
	uint8_t words = 0;
	r->has_follower = false;
	/* What the element before said is its own: a refusal of this one is answered, and bare. */
	r->reply_room = 0;
	r->no_reply = false;
	r->status_with_body = false;
	nt_status status = check_shape(r, row, &words);
	if (status != STATUS_SUCCESS)
		return status;
	if (row->refused != STATUS_SUCCESS || row->req == NULL)
		return row->refused;
	if ((row->rules & SMB1_RULE_CONNECTIONLESS) != 0 && r->conn->connectionless == NULL)
		return STATUS_SMB_USE_STANDARD;
	if (!dialect_has(r->conn->dialect, row))
		return r->conn->negotiated ? STATUS_SMB_BAD_COMMAND : STATUS_INVALID_SMB;
	status = authorise(r, row);
	if (status != STATUS_SUCCESS)
		return status;
	r->has_follower = element_has_follower(r, row, words);
	r->no_reply = (row->rules & SMB1_RULE_NO_REPLY) != 0;
	return run_handler(r, row);
}

/* Steps to the follower; STATUS_SUCCESS if there is a legal one. */
static nt_status step_to_follower(struct smb1_req *r)
{
	uint8_t follower = r->message[r->element + 1];
	struct smb1_andx andx = { follower, load_le16(r->message + r->element + 3) };
	if (!smb1_may_follow(r->command, follower) || ++r->depth >= MAX_CHAIN)
		return STATUS_INVALID_SMB;
	if (!smb1_andx_next(andx, r->element, r->message[r->element], r->len, &r->element))
		return STATUS_INVALID_PARAMETER;
	r->command = follower;
	return STATUS_SUCCESS;
}

/* A client of raw transfers takes no ordinary error: of a read it expects a frame of data, of which there is none; of a write
 * the final WRITE_COMPLETE with its count. [MS-CIFS] 2.2.4.22, 2.2.4.25.2 */
static bool refuse_raw(struct smb1_req *r, nt_status status)
{
	static const uint8_t count_0[] = { 1, 0, 0, 0, 0 };
	if (r->conn->connectionless != NULL)
		return false;
	if (r->header.command == SMB_COM_READ_RAW) {
		net_send(r->conn->net, NBT_SESSION_MESSAGE, NULL, 0);
		return true;
	}
	if (r->header.command != SMB_COM_WRITE_RAW)
		return false;
	memcpy(r->reply + SMB1_HEADER_LEN, count_0, sizeof(count_0));
	req_begin_reply(r, r->reply, status, SMB_COM_WRITE_COMPLETE);
	req_send(r, &(struct slice){ .ptr = r->reply, .len = SMB1_HEADER_LEN + sizeof(count_0) }, 1);
	return true;
}

static bool finish(struct smb1_req *r, nt_status status)
{
	bool keep = !r->drop_connection;
	/* A READ_RAW that fails is answered, though one that succeeds has answered itself. */
	bool silent = (r->no_reply && !(r->header.command == SMB_COM_READ_RAW && status != STATUS_SUCCESS)) || connectionless_is_silent(r);
	if (keep && !silent && !refuse_raw(r, status)) {
		if (status != STATUS_SUCCESS && !r->status_with_body && !encode_error_element(r)) {
			log_error("no memory for an error reply");
			keep = false;
		} else {
			struct slice pieces[2] = { slice_of(r->reply, r->reply_len), r->tail };
			req_begin_reply(r, r->reply, status, r->header.command);
			req_send(r, pieces, r->tail.len > 0 ? 2 : 1);
		}
	}
	struct smb1_conn *c = r->conn;
	c->broken = c->broken || !keep;
	req_free(r);
	return !c->broken;
}

static bool run_chain(struct smb1_req *r)
{
	for (;;) {
		const struct smb1_command *row = smb1_command(r->command);
		nt_status status = run_element(r, row);
		if (status == STATUS_PENDING) {
			if (req_park(r))
				return !r->conn->broken;
			status = STATUS_INSUFF_SERVER_RESOURCES;
		}
		if (status != STATUS_SUCCESS || r->drop_connection || !r->has_follower)
			return finish(r, status);
		/* Waiting belonged to the element that is done. */
		r->wait = req_wait(r->conn);
		r->waited = false;
		r->deadline_ms = 0;
		r->waits_on_fid = 0;
		r->port_progress = (struct comm_progress){ 0 };
		r->watches = false;
		status = step_to_follower(r);
		if (status != STATUS_SUCCESS)
			return finish(r, status);
	}
}

bool dispatch_run(struct smb1_req *r)
{
	struct fs_core *core = r->conn->server->core;
	unsigned entered = fs_local_enter(core);
	bool keep = run_chain(r);
	fs_local_leave(core, entered);
	return keep;
}

bool req_send_message(struct smb1_req *r, uint8_t command, nt_status status, smb1_coder coder, void *rsp, size_t room)
{
	size_t cap = SMB1_HEADER_LEN + REPLY_BASE + room;
	struct arena_mark mark = arena_mark(&r->arena);
	uint8_t *buf = arena_alloc(&r->arena, cap);
	if (buf == NULL)
		return false;
	struct wire w;
	wire_init_encode(&w, buf, cap, &r->arena);
	w.unicode = req_unicode(r);
	w.oem = r->conn->oem;
	w.pos = SMB1_HEADER_LEN;
	w.tail_allowed = true;
	coder(&w, rsp);
	if (!wire_ok(&w))
		return false;
	struct slice pieces[2] = { slice_of(buf, w.pos), w.tail };
	req_begin_reply(r, buf, status, command);
	req_send(r, pieces, w.tail.len > 0 ? 2 : 1);
	arena_rewind(&r->arena, mark); /* one request may send many of these */
	return true;
}

static bool signature_is_right(struct smb1_conn *c, struct smb1_req *r)
{
	if (!c->signing.active)
		return true;
	r->signing_number = signing_take_number(&c->signing, r->command == SMB_COM_NT_CANCEL);
	if (signing_check(&c->signing, r->message, r->len, r->signing_number))
		return true;
	log_warning("%s: wrong signature on %s (number %u): connection closed", c->net->peer_text,
		    smb1_command_name(r->command), r->signing_number);
	return false;
}

bool dispatch_message(struct smb1_conn *c, uint8_t *message, size_t len)
{
	if (len < SMB1_HEADER_LEN + 3 || memcmp(message, "\xFFSMB", 4) != 0) {
		if (len >= 4 && memcmp(message, "\xFESMB", 4) == 0)
			log_notice("%s: dropped: it begins with SMB2, which this server does not speak; " SMB1_SWITCH_ON,
				   c->net->peer_text);
		return false;
	}
	struct smb1_req *r = req_new(c, message, len);
	if (r == NULL) {
		log_error("%s: no memory for a request: connection closed", c->net->peer_text);
		return false;
	}
	if (!signature_is_right(c, r)) {
		req_free(r);
		return false;
	}
	if (!connectionless_admit(r)) {
		req_free(r);
		return true;
	}
	return dispatch_run(r);
}
