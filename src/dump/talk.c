/* What a connection's messages refer to: which reply is to which request, and what FIDs, TIDs and UIDs stand for. */
#include <stdlib.h>

#include "dump/conn.h"
#include "wire/smb1/commands.h"

void dump_talk_free(struct dump_talk *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < DUMP_PENDING_MAX; i++) {
		free(t->pending[i].name);
		free(t->pending[i].tree);
		dump_join_drop(&t->pending[i].asked);
		dump_join_drop(&t->pending[i].answered);
	}
	for (size_t i = 0; i < DUMP_NAMES_MAX; i++)
		free(t->names[i].text);
	free(t);
}

size_t dump_talk_size(const struct dump_talk *t)
{
	return t != NULL ? sizeof(*t) + t->text_len + t->join_len : 0;
}

char *dump_talk_keep(struct dump_talk *t, const char *text)
{
	char *copy = text[0] != '\0' ? strndup(text, DUMP_NAME_LEN) : NULL;

	if (copy != NULL)
		t->text_len += strlen(copy) + 1;
	return copy;
}

static void drop_text(struct dump_talk *t, char *text)
{
	if (text != NULL)
		t->text_len -= strlen(text) + 1;
	free(text);
}

const char *dump_talk_name(const struct dump_talk *t, enum dump_name_kind kind, uint16_t id)
{
	for (size_t i = 0; i < DUMP_NAMES_MAX; i++)
		if (t->names[i].text != NULL && t->names[i].kind == kind && t->names[i].id == id)
			return t->names[i].text;
	return NULL;
}

void dump_talk_learn(struct dump_talk *t, enum dump_name_kind kind, uint16_t id, char *text)
{
	struct dump_name *at = NULL;

	for (size_t i = 0; i < DUMP_NAMES_MAX && at == NULL; i++)
		if (t->names[i].text != NULL && t->names[i].kind == kind && t->names[i].id == id)
			at = &t->names[i];
	if (at == NULL)
		at = &t->names[t->next_name++ % DUMP_NAMES_MAX];
	drop_text(t, at->text);
	*at = (struct dump_name){ kind, id, text };
}

struct dump_pending *dump_talk_ask(struct dump_talk *t, const struct dump_when *when, int direction, const struct smb1_header *h)
{
	struct dump_pending *p = &t->pending[t->next_pending++ % DUMP_PENDING_MAX];

	drop_text(t, p->name);
	drop_text(t, p->tree);
	t->join_len -= dump_join_size(&p->asked) + dump_join_size(&p->answered);
	dump_join_drop(&p->asked);
	dump_join_drop(&p->answered);
	*p = (struct dump_pending){ .when = *when, .direction = direction, .command = h->command, .mid = h->mid, .pid = h->pid_low };
	return p;
}

/* The code of the reply: secondaries are answered under that of their primary, WRITE_RAW's end under one of its own. */
static bool answers(uint8_t reply, uint8_t request)
{
	switch (request) {
	case SMB_COM_TRANSACTION_SECONDARY: return reply == SMB_COM_TRANSACTION || reply == request;
	case SMB_COM_TRANSACTION2_SECONDARY: return reply == SMB_COM_TRANSACTION2 || reply == request;
	case SMB_COM_NT_TRANSACT_SECONDARY: return reply == SMB_COM_NT_TRANSACT || reply == request;
	case SMB_COM_WRITE_RAW: return reply == SMB_COM_WRITE_COMPLETE || reply == request;
	default: return reply == request;
	}
}

struct dump_pending *dump_talk_asked(struct dump_talk *t, int direction, const struct smb1_header *h)
{
	for (unsigned i = 1; i <= DUMP_PENDING_MAX; i++) {
		struct dump_pending *p = &t->pending[(t->next_pending - i) % DUMP_PENDING_MAX];
		if (p->when.frame != 0 && p->direction != direction && p->mid == h->mid && p->pid == h->pid_low && answers(h->command, p->command))
			return p;
	}
	return NULL;
}
