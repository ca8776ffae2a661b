/* The Server Service: what there is to connect to. [MS-SRVS] 3.1.4.8 .. 3.1.4.16 */
#include "wire/dce/srvsvc.h"

#include "base/charset.h"
#include "rpc/internal.h"

static const uint32_t type_of[] = {
	[FS_SHARE_DISK] = STYPE_DISKTREE, [FS_SHARE_PRINTER] = STYPE_PRINTQ, [FS_SHARE_COMM] = STYPE_DEVICE,
	[FS_SHARE_IPC] = STYPE_IPC,
};

uint32_t rpc_share_type(enum fs_share_type type)
{
	return type_of[type];
}

/* A name that ends in '$' is shown by no client. */
static bool is_special(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && name[len - 1] == '$';
}

/* As Windows writes paths. Where the folder lies is for administrators only. */
const char *rpc_windows_path(const struct rpc_call *c, const struct fs_share_config *share)
{
	if (!rpc_is_admin(c) || share->path == NULL)
		return "";
	char *path = arena_printf(c->arena, "C:%s", share->path);
	for (char *p = path; p != NULL && *p != '\0'; p++)
		*p = *p == '/' ? '\\' : *p;
	return path;
}

struct users_of {
	const char *share;
	uint32_t n;
};

static bool count_user(void *user, const struct fs_connection_fact *fact)
{
	struct users_of *count = user;
	count->n += utf8_casecmp(fact->share, count->share) == 0;
	return true;
}

static uint32_t current_uses(const struct rpc_call *c, const char *share)
{
	struct users_of count = { share, 0 };
	if (c->facts->each_connection != NULL)
		c->facts->each_connection(c->facts->user, c->caller->now, count_user, &count);
	return count.n;
}

/* Everything is copied: the configuration lends its strings only while the list is walked. */
static struct srvsvc_share_info share_info(const struct rpc_call *c, const struct fs_share_config *share)
{
	return (struct srvsvc_share_info){
		.netname = arena_strdup(c->arena, share->name),
		.type = type_of[share->type] | (is_special(share->name) ? STYPE_SPECIAL : 0),
		.remark = arena_strdup(c->arena, share->comment != NULL ? share->comment : ""),
		.max_uses = share->max_connections != 0 ? share->max_connections : UINT32_MAX,
		.path = rpc_windows_path(c, share),
		.servername = "*",
		.alternate_directory_name = "",
	};
}

struct gathering {
	struct rpc_call *call;
	struct srvsvc_share_info *infos;
	uint32_t n, cap;
};

static bool count_share(void *user, const struct fs_share_config *share)
{
	struct gathering *g = user;
	g->cap += share->browseable;
	return true;
}

static bool gather_share(void *user, const struct fs_share_config *share)
{
	struct gathering *g = user;
	if (share->browseable && g->n < g->cap)
		g->infos[g->n++] = share_info(g->call, share);
	return true;
}

static bool gather_shares(struct gathering *g)
{
	const struct fs_server_facts *f = g->call->facts;
	f->each_share(f->user, count_share, g);
	g->infos = arena_array(g->call->arena, g->cap, sizeof(*g->infos));
	if (g->infos == NULL)
		return false;
	f->each_share(f->user, gather_share, g);
	for (uint32_t i = 0; i < g->n; i++)
		g->infos[i].current_uses = current_uses(g->call, g->infos[i].netname != NULL ? g->infos[i].netname : "");
	return true;
}

uint32_t rpc_srvsvc_share_enum(struct rpc_call *c, struct srvsvc_share_enum *m)
{
	struct gathering g = { .call = c };
	rpc_list_clear(&m->list);
	/* The others are for one share only. */
	if (!srvsvc_share_level_is_known(m->list.level) || m->list.level > 503)
		return WERR_INVALID_LEVEL;
	if (!gather_shares(&g))
		return WERR_NOT_ENOUGH_MEMORY;
	return rpc_list_fill(&m->list, g.infos, g.n, sizeof(*g.infos));
}

struct search {
	struct rpc_call *call;
	const char *name;
	struct srvsvc_share_info info;
	bool found;
};

static bool take_if_named(void *user, const struct fs_share_config *share)
{
	struct search *s = user;
	if (utf8_casecmp(share->name, s->name) != 0)
		return true;
	s->info = share_info(s->call, share);
	s->found = true;
	return false;
}

uint32_t rpc_srvsvc_share_get_info(struct rpc_call *c, struct srvsvc_share_get_info *m)
{
	struct search s = { .call = c, .name = m->net_name };
	if (!srvsvc_share_level_is_known(m->level))
		return WERR_INVALID_LEVEL;
	c->facts->each_share(c->facts->user, take_if_named, &s);
	if (!s.found)
		return WERR_NET_NAME_NOT_FOUND;
	m->info = s.info;
	m->info.current_uses = current_uses(c, m->net_name);
	m->has_info = true;
	return WERR_SUCCESS;
}

struct device_search {
	const char *device;
	int type; /* -1: not found */
};

/* The device is a drive with its folder, "C:\\srv\\x", or a share's whole path. */
static bool take_if_device(void *user, const struct fs_share_config *share)
{
	struct device_search *s = user;
	if (share->path == NULL || strncmp(s->device, "C:", 2) != 0 || strlen(share->path) != strlen(s->device + 2))
		return true;
	for (size_t i = 0; share->path[i] != '\0'; i++)
		if (share->path[i] != s->device[i + 2] && !(share->path[i] == '/' && s->device[i + 2] == '\\'))
			return true;
	s->type = (int)type_of[share->type];
	return false;
}

uint32_t rpc_srvsvc_share_check(struct rpc_call *c, struct srvsvc_share_check *m)
{
	struct device_search s = { m->device, -1 };
	if (!rpc_is_admin(c))
		return WERR_ACCESS_DENIED;
	c->facts->each_share(c->facts->user, take_if_device, &s);
	if (s.type < 0)
		return WERR_DEVICE_NOT_SHARED;
	m->type = (uint32_t)s.type;
	return WERR_SUCCESS;
}
