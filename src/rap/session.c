/*
 * NetSessionEnum, NetSessionGetInfo, NetConnectionEnum: who is here at this moment. An administrator sees all, others what is
 * their own.
 */
#include <strings.h>

#include "rap/internal.h"

static void code_session(struct rap_data *d, void *record)
{
	rap_session_info_2(d, record);
}

static void code_connection(struct rap_data *d, void *record)
{
	rap_connection_info_1(d, record);
}

static uint16_t word(uint32_t n)
{
	return (uint16_t)MIN(n, (uint32_t)UINT16_MAX);
}

static bool may_see(const struct rap_call *c, const char *user)
{
	const char *self = c->r->user_name;
	return c->r->admin || (self != NULL && self[0] != '\0' && utf8_casecmp(self, user) == 0);
}

struct walk {
	struct rap_call *call;
	struct rap_list list;
	const char *client; /* whose; NULL: everybody's */
	const char *share;
	uint16_t connections;
};

static bool count_connection(void *user, const struct fs_connection_fact *fact)
{
	struct walk *w = user;
	w->connections = (uint16_t)(w->connections + (strcasecmp(fact->client, w->client) == 0));
	return true;
}

static struct rap_session_info_2 session_record(const struct fs_session_fact *fact)
{
	enum { SESS_GUEST = 1 };
	return (struct rap_session_info_2){
		.computer_name = fact->client, .user_name = fact->user, .num_opens = word(fact->opens), .num_users = 1,
		.time = fact->connected, .idle_time = fact->idle, .user_flags = fact->guest ? SESS_GUEST : 0,
		.cltype_name = fact->client_type,
	};
}

static bool add_session(void *user, const struct fs_session_fact *fact)
{
	struct walk *w = user;
	struct rap_session_info_2 record = session_record(fact);
	if (may_see(w->call, fact->user))
		rap_list_add(&w->list, code_session, &record);
	return true;
}

uint16_t rap_on_session_enum(struct rap_call *c)
{
	struct walk w = { .call = c };
	if (c->in.info_level != 2)
		return RAP_ERROR_INVALID_LEVEL;
	if (!rap_list_start(&w.list, c))
		return RAP_NO_MEMORY;
	if (c->r->facts->each_session != NULL)
		c->r->facts->each_session(c->r->facts->user, c->r->now, add_session, &w);
	return rap_list_finish(&w.list);
}

struct search {
	struct rap_call *call;
	const char *client;
	struct rap_session_info_2 record;
	bool found;
};

static bool take_session(void *user, const struct fs_session_fact *fact)
{
	struct search *s = user;
	struct arena *a = s->call->arena;
	if (strcasecmp(fact->client, s->client) != 0 || !may_see(s->call, fact->user))
		return true;
	s->found = true;
	s->record = session_record(fact);
	s->record.computer_name = arena_strdup(a, fact->client);
	s->record.user_name = arena_strdup(a, fact->user);
	s->record.cltype_name = arena_strdup(a, fact->client_type);
	return false;
}

static const char *without_slashes(const char *name)
{
	while (name != NULL && *name == '\\')
		name++;
	return name != NULL ? name : "";
}

uint16_t rap_on_session_get_info(struct rap_call *c)
{
	struct search s = { .call = c, .client = without_slashes(c->in.names[0]) };
	struct walk w = { .call = c, .client = s.client };
	if (c->in.info_level != 2)
		return RAP_ERROR_INVALID_LEVEL;
	if (c->r->facts->each_session != NULL)
		c->r->facts->each_session(c->r->facts->user, c->r->now, take_session, &s);
	if (!s.found)
		return RAP_NERR_CLIENT_NAME_NOT_FOUND;
	if (c->r->facts->each_connection != NULL)
		c->r->facts->each_connection(c->r->facts->user, c->r->now, count_connection, &w);
	s.record.num_conns = w.connections;
	return rap_give_record(c, code_session, &s.record);
}

static bool add_connection(void *user, const struct fs_connection_fact *fact)
{
	static const uint16_t type_of[] = { [FS_SHARE_DISK] = 0, [FS_SHARE_PRINTER] = 1, [FS_SHARE_COMM] = 2, [FS_SHARE_IPC] = 3 };
	struct walk *w = user;
	bool wanted = w->client != NULL ? strcasecmp(fact->client, w->client) == 0 : utf8_casecmp(fact->share, w->share) == 0;
	struct rap_connection_info_1 record = {
		.id = word(fact->id), .type = type_of[fact->type], .num_opens = word(fact->opens), .num_users = 1, .time = fact->connected,
		.user_name = fact->user, .net_name = w->client != NULL ? fact->share : fact->client,
	};
	if (wanted && may_see(w->call, fact->user))
		rap_list_add(&w->list, code_connection, &record);
	return true;
}

static bool is_share(void *user, const struct fs_share_config *share)
{
	struct walk *w = user;
	w->connections = utf8_casecmp(share->name, w->share) == 0;
	return w->connections == 0;
}

/* Of a client, "\\\\name", or of a share. */
uint16_t rap_on_connection_enum(struct rap_call *c)
{
	struct walk w = { .call = c };
	const char *of = c->in.names[0] != NULL ? c->in.names[0] : "";
	if (c->in.info_level != 1)
		return RAP_ERROR_INVALID_LEVEL;
	if (of[0] == '\\')
		w.client = without_slashes(of);
	else
		w.share = of;
	if (w.share != NULL)
		c->r->facts->each_share(c->r->facts->user, is_share, &w);
	if (w.share != NULL && w.connections == 0)
		return RAP_NERR_NET_NAME_NOT_FOUND;
	if (!rap_list_start(&w.list, c))
		return RAP_NO_MEMORY;
	if (c->r->facts->each_connection != NULL)
		c->r->facts->each_connection(c->r->facts->user, c->r->now, add_connection, &w);
	return rap_list_finish(&w.list);
}
