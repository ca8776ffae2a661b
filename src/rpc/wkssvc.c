/* The Workstation Service: name, workgroup, version and users of this machine. [MS-WKST] 3.2.4 */
#include "wire/dce/wkssvc.h"

#include "rpc/internal.h"
#include "wire/dce/srvsvc.h"

static bool count_user(void *user, const struct fs_session_fact *fact)
{
	*(uint32_t *)user += fact->user[0] != '\0';
	return true;
}

static uint32_t logged_on_users(const struct rpc_call *c)
{
	uint32_t n = 0;
	if (c->facts->each_session != NULL)
		c->facts->each_session(c->facts->user, c->caller->now, count_user, &n);
	return n;
}

uint32_t rpc_wkssvc_wksta_get_info(struct rpc_call *c, struct wkssvc_wksta_get_info *m)
{
	const struct fs_server_facts *f = c->facts;
	if (!wkssvc_wksta_level_is_known(m->level))
		return WERR_INVALID_LEVEL;
	if (m->level == 502 && !rpc_is_admin(c))
		return WERR_ACCESS_DENIED;
	m->has_info = true;
	m->info = (struct wkssvc_wksta_info){
		.platform_id = PLATFORM_ID_NT,
		.computername = f->name,
		.langroup = f->workgroup,
		.ver_major = f->version_major,
		.ver_minor = f->version_minor,
		.lanroot = "",
		.logged_on_users = m->level == 102 ? logged_on_users(c) : 0,
		/* NT's own, for a redirector that we do not have */
		.settings = {
			[WKSTA_CHAR_WAIT] = 3600, [WKSTA_COLLECTION_TIME] = 250, [WKSTA_MAXIMUM_COLLECTION_COUNT] = 16,
			[WKSTA_KEEP_CONN] = 600, [WKSTA_MAX_CMDS] = 50, [WKSTA_SESS_TIMEOUT] = 45, [WKSTA_SIZ_CHAR_BUF] = 512,
			[WKSTA_MAX_THREADS] = 17,
		},
	};
	return WERR_SUCCESS;
}

/* Who is logged on at the machine itself is not our business: those of the network are. */
struct gathering {
	struct rpc_call *call;
	struct wkssvc_user_info *infos;
	uint32_t n, cap;
};

static bool gather_user(void *user, const struct fs_session_fact *fact)
{
	struct gathering *g = user;
	const char *name = fact->user[0] != '\0' && g->n < g->cap ? arena_strdup(g->call->arena, fact->user) : NULL;
	if (name != NULL)
		g->infos[g->n++] = (struct wkssvc_user_info){
			.username = name, .logon_domain = g->call->facts->name, .other_domains = "", .logon_server = g->call->facts->name,
		};
	return true;
}

uint32_t rpc_wkssvc_wksta_user_enum(struct rpc_call *c, struct wkssvc_wksta_user_enum *m)
{
	struct gathering g = { .call = c };
	rpc_list_clear(&m->list);
	if (!wkssvc_user_level_is_known(m->list.level))
		return WERR_INVALID_LEVEL;
	if (!rpc_is_admin(c))
		return WERR_ACCESS_DENIED;
	g.cap = logged_on_users(c);
	g.infos = arena_array(c->arena, g.cap, sizeof(*g.infos));
	if (g.infos == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	if (c->facts->each_session != NULL)
		c->facts->each_session(c->facts->user, c->caller->now, gather_user, &g);
	return rpc_list_fill(&m->list, g.infos, g.n, sizeof(*g.infos));
}

uint32_t rpc_wkssvc_wksta_transport_enum(struct rpc_call *c, struct wkssvc_wksta_transport_enum *m)
{
	struct wkssvc_transport_info *info = arena_alloc(c->arena, sizeof(*info));
	rpc_list_clear(&m->list);
	if (!wkssvc_transport_level_is_known(m->list.level))
		return WERR_INVALID_LEVEL;
	if (info == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	*info = (struct wkssvc_transport_info){
		.quality_of_service = UINT16_MAX, .transport_name = "\\Device\\NetbiosSmb", .transport_address = "000000000000",
		.wan_ish = 1024,
	};
	return rpc_list_fill(&m->list, info, 1, sizeof(*info));
}

uint32_t rpc_wkssvc_get_join_information(struct rpc_call *c, struct wkssvc_get_join_information *m)
{
	m->name = c->facts->workgroup;
	m->join_status = NetSetupWorkgroupName;
	return WERR_SUCCESS;
}

uint32_t rpc_wkssvc_enumerate_computer_names(struct rpc_call *c, struct wkssvc_enumerate_computer_names *m)
{
	if (m->reserved != 0 || m->name_type > NetAllComputerNames)
		return WERR_INVALID_PARAMETER;
	m->names = arena_array(c->arena, 1, sizeof(*m->names));
	if (m->names == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	m->names[0] = c->facts->name;
	m->has_names = true;
	m->entries_read = m->name_type == NetAlternateComputerNames ? 0 : 1;
	m->has_buffer = m->entries_read > 0;
	return WERR_SUCCESS;
}
