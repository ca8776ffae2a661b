/*
 * The messenger: one machine sends lines of text to another. They go to the log, and to the administrator's program; what
 * would forward a user's messages to another machine is refused. SMB-CORE 5.26-5.33; [FIELD] A2
 */
#include <stdlib.h>

#include "base/log.h"
#include "smb1/handlers.h"
#include "smb1/message.h"

struct smb1_message {
	struct smb1_message *next;
	uint16_t group;
	char from[64], to[64];
	size_t len;
	uint8_t text[SMB1_MESSAGE_MAX];
};

enum { MAX_MESSAGES = 4 /* begun and not ended, of one connection */ };

/* Lines end with 0x14 in the messenger's text. */
static void deliver(struct smb1_req *r, const char *from, const char *to, struct slice text)
{
	static struct log_limit limit;
	enum { LINE_END = 0x14 };
	const struct smb1_settings *s = &r->conn->settings->s;
	char *utf8 = utf8_from_oem(&r->arena, r->conn->oem, text, NULL);
	if (utf8 == NULL)
		return;
	if (s->message != NULL)
		s->message(s->message_user, from, to, utf8);
	for (char *p = utf8; *p != '\0'; p++)
		if (*p == LINE_END || *p == '\r' || *p == '\n')
			*p = ' ';
	log_limited(&limit, LOG_LEVEL_NOTICE, "%s: message from %s to %s: %s", r->conn->net->peer_text, from, to, utf8);
}

nt_status h_send_message(struct smb1_req *r, const struct smb1_send_message_req *in, struct smb1_send_message_rsp *out)
{
	(void)out;
	if (in->text.len > SMB1_MESSAGE_BLOCK_MAX)
		return STATUS_SMB_NO_ROOM;
	deliver(r, in->originator, in->destination, in->text);
	return STATUS_SUCCESS;
}

nt_status h_send_broadcast(struct smb1_req *r, const struct smb1_send_broadcast_req *in, struct smb1_send_broadcast_rsp *out)
{
	(void)out;
	const struct smb1_send_message_req *m = &in->message;
	if (m->text.len <= SMB1_MESSAGE_BLOCK_MAX)
		deliver(r, m->originator, "everybody", m->text);
	return STATUS_SUCCESS;
}

nt_status h_forward_user_name(struct smb1_req *r, const struct smb1_forward_user_name_req *in, struct smb1_forward_user_name_rsp *out)
{
	(void)r, (void)in, (void)out;
	return STATUS_SMB_TOO_MANY_NAMES;
}

nt_status h_cancel_forward(struct smb1_req *r, const struct smb1_cancel_forward_req *in, struct smb1_cancel_forward_rsp *out)
{
	(void)r, (void)in, (void)out;
	return STATUS_SMB_NO_SUPPORT;
}

nt_status h_get_machine_name(struct smb1_req *r, const struct smb1_get_machine_name_req *in, struct smb1_get_machine_name_rsp *out)
{
	(void)in;
	out->name = r->conn->settings->s.netbios_name;
	return STATUS_SUCCESS;
}

/* ---- messages of several blocks ---- */

static struct smb1_message **find(struct smb1_conn *c, uint16_t group)
{
	struct smb1_message **link = &c->messages;
	while (*link != NULL && (*link)->group != group)
		link = &(*link)->next;
	return link;
}

static unsigned count(const struct smb1_conn *c)
{
	unsigned n = 0;
	for (const struct smb1_message *m = c->messages; m != NULL; m = m->next)
		n++;
	return n;
}

nt_status h_send_start_multi(struct smb1_req *r, const struct smb1_send_start_multi_req *in, struct smb1_send_start_multi_rsp *out)
{
	struct smb1_conn *c = r->conn;
	if (count(c) >= MAX_MESSAGES)
		return STATUS_SMB_NO_ROOM;
	struct smb1_message *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return STATUS_SMB_NO_ROOM;
	do {
		m->group = ++c->last_message_group;
	} while (m->group == 0 || *find(c, m->group) != NULL);
	strncpy(m->from, in->originator, sizeof(m->from) - 1);
	strncpy(m->to, in->destination, sizeof(m->to) - 1);
	m->next = c->messages;
	c->messages = m;
	out->message_group_id = m->group;
	return STATUS_SUCCESS;
}

nt_status h_send_text_multi(struct smb1_req *r, const struct smb1_send_text_multi_req *in, struct smb1_send_text_multi_rsp *out)
{
	(void)out;
	struct smb1_message *m = *find(r->conn, in->message_group_id);
	if (m == NULL)
		return STATUS_INVALID_SMB;
	if (in->text.len > SMB1_MESSAGE_BLOCK_MAX || in->text.len > sizeof(m->text) - m->len)
		return STATUS_SMB_NO_ROOM;
	if (in->text.len > 0)
		memcpy(m->text + m->len, in->text.ptr, in->text.len);
	m->len += in->text.len;
	return STATUS_SUCCESS;
}

static void drop(struct smb1_message **link)
{
	struct smb1_message *m = *link;
	*link = m->next;
	free(m);
}

nt_status h_send_end_multi(struct smb1_req *r, const struct smb1_send_end_multi_req *in, struct smb1_send_end_multi_rsp *out)
{
	(void)out;
	struct smb1_message **link = find(r->conn, in->message_group_id);
	if (*link == NULL)
		return STATUS_INVALID_SMB;
	deliver(r, (*link)->from, (*link)->to, slice_of((*link)->text, (*link)->len));
	drop(link);
	return STATUS_SUCCESS;
}

void message_drop_all(struct smb1_conn *c)
{
	while (c->messages != NULL)
		drop(&c->messages);
}
