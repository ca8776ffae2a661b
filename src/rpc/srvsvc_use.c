/*
 * The Server Service: sessions, connections to shares, open files, as they are at this moment. An administrator sees all,
 * others what is their own. [MS-SRVS] 3.1.4.1 .. 3.1.4.5
 */
#include "wire/dce/srvsvc.h"

#include <strings.h>

#include "base/charset.h"
#include "rpc/internal.h"

/* One list under construction. The facts come under a lock; so their strings are copied, and there is no list that is counted
 * first: it grows. */
struct gathering {
	struct rpc_call *call;
	const char *client, *user, *path; /* filters; NULL: all */
	uint8_t *items;
	size_t item_size;
	uint32_t n, cap;
	bool no_memory;
};

static void *add(struct gathering *g)
{
	enum { START = 16 };
	if (g->n == g->cap) {
		uint32_t cap = g->cap == 0 ? START : g->cap * 2;
		uint8_t *bigger = arena_array(g->call->arena, cap, g->item_size);
		if (bigger == NULL) {
			g->no_memory = true;
			return NULL;
		}
		if (g->n > 0)
			memcpy(bigger, g->items, g->n * g->item_size);
		g->items = bigger;
		g->cap = cap;
	}
	return g->items + g->n++ * g->item_size;
}

static const char *copy(struct gathering *g, const char *s)
{
	char *text = arena_strdup(g->call->arena, s);
	g->no_memory = g->no_memory || text == NULL;
	return text;
}

static bool is_given(const char *filter)
{
	return filter != NULL && filter[0] != '\0';
}

static const char *without_slashes(const char *name)
{
	while (name != NULL && *name == '\\')
		name++;
	return name;
}

static bool may_see(const struct gathering *g, const char *user)
{
	const struct auth_identity *id = g->call->identity;
	return rpc_is_admin(g->call) || (!id->anonymous && utf8_casecmp(id->account, user) == 0);
}

static bool fits(const struct gathering *g, const char *client, const char *user)
{
	return may_see(g, user) && (!is_given(g->client) || strcasecmp(without_slashes(g->client), client) == 0) &&
	       (!is_given(g->user) || utf8_casecmp(g->user, user) == 0);
}

static uint32_t give(struct gathering *g, struct dce_list *list)
{
	return g->no_memory ? WERR_NOT_ENOUGH_MEMORY : rpc_list_fill(list, g->items, g->n, g->item_size);
}

static bool add_session(void *user, const struct fs_session_fact *fact)
{
	enum { SESS_GUEST = 1 };
	struct gathering *g = user;
	struct srvsvc_session_info *info = fits(g, fact->client, fact->user) ? add(g) : NULL;
	if (info != NULL)
		*info = (struct srvsvc_session_info){
			.cname = copy(g, fact->client),
			.username = copy(g, fact->user),
			.num_opens = fact->opens,
			.time = fact->connected,
			.idle_time = fact->idle,
			.user_flags = fact->guest ? SESS_GUEST : 0,
			.cltype_name = copy(g, fact->client_type),
			.transport = "",
		};
	return !g->no_memory;
}

uint32_t rpc_srvsvc_session_enum(struct rpc_call *c, struct srvsvc_session_enum *m)
{
	struct gathering g = {
		.call = c, .client = m->client_name, .user = m->user_name, .item_size = sizeof(struct srvsvc_session_info)
	};
	rpc_list_clear(&m->list);
	if (!srvsvc_session_level_is_known(m->list.level))
		return WERR_INVALID_LEVEL;
	if (c->facts->each_session != NULL)
		c->facts->each_session(c->facts->user, c->caller->now, add_session, &g);
	uint32_t result = give(&g, &m->list);
	return result == WERR_SUCCESS && is_given(m->client_name) && g.n == 0 ? WERR_CLIENT_NAME_NOT_FOUND : result;
}

static bool add_connection(void *user, const struct fs_connection_fact *fact)
{
	struct gathering *g = user;
	bool wanted = g->path == NULL || utf8_casecmp(g->path, fact->share) == 0;
	struct srvsvc_connection_info *info = wanted && fits(g, fact->client, fact->user) ? add(g) : NULL;
	if (info != NULL)
		*info = (struct srvsvc_connection_info){
			.id = fact->id,
			.type = rpc_share_type(fact->type),
			.num_opens = fact->opens,
			.num_users = 1,
			.time = fact->connected,
			.username = copy(g, fact->user),
			/* Who asks about a client is told shares, who asks about a share is told clients. */
			.netname = copy(g, g->path != NULL ? fact->client : fact->share),
		};
	return !g->no_memory;
}

struct share_search {
	const char *name;
	bool found;
};

static bool is_share(void *user, const struct fs_share_config *share)
{
	struct share_search *s = user;
	s->found = utf8_casecmp(share->name, s->name) == 0;
	return !s->found;
}

uint32_t rpc_srvsvc_connection_enum(struct rpc_call *c, struct srvsvc_connection_enum *m)
{
	struct gathering g = { .call = c, .item_size = sizeof(struct srvsvc_connection_info) };
	struct share_search search = { m->qualifier, false };
	rpc_list_clear(&m->list);
	if (!srvsvc_connection_level_is_known(m->list.level))
		return WERR_INVALID_LEVEL;
	if (!is_given(m->qualifier))
		return WERR_INVALID_PARAMETER;
	if (m->qualifier[0] == '\\') {
		g.client = m->qualifier;
	} else {
		g.path = m->qualifier;
		c->facts->each_share(c->facts->user, is_share, &search);
		if (!search.found)
			return WERR_NET_NAME_NOT_FOUND;
	}
	if (c->facts->each_connection != NULL)
		c->facts->each_connection(c->facts->user, c->caller->now, add_connection, &g);
	return give(&g, &m->list);
}

/* [MS-SRVS] 2.2.2.8: what the rights of an open come to. */
static uint32_t permissions_of(uint32_t access)
{
	enum { PERM_FILE_READ = 1, PERM_FILE_WRITE = 2, PERM_FILE_CREATE = 4 };
	uint32_t permissions = (access & (FILE_READ_DATA | FILE_EXECUTE)) != 0 ? PERM_FILE_READ : 0;
	permissions |= (access & FILE_WRITE_DATA) != 0 ? PERM_FILE_WRITE : 0;
	return permissions | ((access & FILE_APPEND_DATA) != 0 ? PERM_FILE_CREATE : 0);
}

struct path_search {
	const struct rpc_call *call;
	const char *share;
	const char *path; /* NULL: not found */
};

static bool take_path(void *user, const struct fs_share_config *share)
{
	struct path_search *s = user;
	if (utf8_casecmp(share->name, s->share) == 0)
		s->path = rpc_windows_path(s->call, share);
	return s->path == NULL;
}

static const char *folder_of_share(const struct rpc_call *c, const char *share)
{
	struct path_search s = { c, share, NULL };
	c->facts->each_share(c->facts->user, take_path, &s);
	return s.path != NULL ? s.path : "";
}

/* A share's folder is looked for when no lock is held any more. */
struct found_file {
	struct srvsvc_file_info info;
	const char *share, *path;
};

static bool add_file(void *user, const struct fs_file_fact *fact)
{
	struct gathering *g = user;
	struct found_file *file = fits(g, fact->client, fact->user) ? add(g) : NULL;
	if (file != NULL)
		*file = (struct found_file){
			.info = {
				.id = fact->id,
				.permissions = permissions_of(fact->access),
				.num_locks = fact->locks,
				.username = copy(g, fact->user),
			},
			.share = copy(g, fact->share),
			.path = copy(g, fact->path),
		};
	return !g->no_memory;
}

static bool is_below(const char *path, const char *base_path)
{
	return !is_given(base_path) || strncasecmp(path, base_path, strlen(base_path)) == 0;
}

/* Makes the items what the answer has of them. */
static void gather_files(struct gathering *g, const char *base_path)
{
	if (g->call->facts->each_file != NULL)
		g->call->facts->each_file(g->call->facts->user, add_file, g);
	const struct found_file *found = (const void *)g->items;
	struct srvsvc_file_info *files = g->no_memory ? NULL : arena_array(g->call->arena, g->n, sizeof(*files));
	uint32_t n = 0;
	g->no_memory = files == NULL;
	for (uint32_t i = 0; i < g->n && !g->no_memory; i++) {
		files[n] = found[i].info;
		files[n].pathname = arena_printf(g->call->arena, "%s%s", folder_of_share(g->call, found[i].share), found[i].path);
		g->no_memory = files[n].pathname == NULL;
		n += !g->no_memory && is_below(files[n].pathname, base_path);
	}
	g->items = (void *)files;
	g->n = n;
}

uint32_t rpc_srvsvc_file_enum(struct rpc_call *c, struct srvsvc_file_enum *m)
{
	struct gathering g = { .call = c, .user = m->user_name, .item_size = sizeof(struct found_file) };
	rpc_list_clear(&m->list);
	if (!srvsvc_file_level_is_known(m->list.level))
		return WERR_INVALID_LEVEL;
	gather_files(&g, m->base_path);
	g.item_size = sizeof(struct srvsvc_file_info);
	return give(&g, &m->list);
}

uint32_t rpc_srvsvc_file_get_info(struct rpc_call *c, struct srvsvc_file_get_info *m)
{
	struct gathering g = { .call = c, .item_size = sizeof(struct found_file) };
	if (!srvsvc_file_level_is_known(m->level))
		return WERR_INVALID_LEVEL;
	gather_files(&g, NULL);
	if (g.no_memory)
		return WERR_NOT_ENOUGH_MEMORY;
	const struct srvsvc_file_info *files = (const void *)g.items;
	for (uint32_t i = 0; i < g.n && !m->has_info; i++)
		if (files[i].id == m->file_id) {
			m->info = files[i];
			m->has_info = true;
		}
	return m->has_info ? WERR_SUCCESS : WERR_FILE_ID_NOT_FOUND;
}
