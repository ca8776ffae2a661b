/* The print system: printers and the server as objects, what they tell of themselves. [MS-RPRN] 3.1.4.2 */
#include <stdlib.h>

#include "base/charset.h"
#include "rpc/spoolss.h"

/* ---- names ---- */

struct printer_search {
	struct rpc_call *call;
	const char *name;
	char *share; /* NULL: not found */
};

static bool take_printer(void *user, const struct fs_share_config *share)
{
	struct printer_search *s = user;
	if (share->type == FS_SHARE_PRINTER && utf8_casecmp(share->name, s->name) == 0)
		s->share = strdup(share->name);
	return s->share == NULL;
}

/* What clients append to a name for their own spooler: ", LocalOnly" or ", DrvConvert" and more. [MS-RPRN] 2.2.4.14 */
static const char *without_postfix(struct rpc_call *c, const char *name)
{
	const char *comma = strrchr(name, ',');
	if (comma == NULL)
		return name;
	const char *postfix = comma + 1 + (comma[1] == ' ');
	bool known = strncmp(postfix, "LocalOnly", 9) == 0 || strncmp(postfix, "DrvConvert", 10) == 0;
	return known ? arena_strndup(c->arena, name, (size_t)(comma - name)) : name;
}

/* "\\\\server", "\\\\server\\printer", "printer". False: no such thing is here, or no memory. */
static bool resolve(struct rpc_call *c, const char *name, struct rpc_printer *p)
{
	const char *printer = name;
	if (name == NULL)
		return true;
	if (strncmp(name, "\\\\", 2) == 0) {
		size_t len = strcspn(name + 2, "\\") + 2;
		printer = name[len] == '\\' ? name + len + 1 : NULL;
		if (!rpc_print_is_host(c, name + 2, len - 2))
			return false;
		p->server = strndup(name, len);
		if (printer == NULL)
			return p->server != NULL;
	}
	struct printer_search s = { .call = c, .name = without_postfix(c, printer) };
	if (s.name != NULL && s.name[0] != '\0')
		c->facts->each_share(c->facts->user, take_printer, &s);
	p->share = s.share;
	return p->share != NULL;
}

/* ---- open and close ---- */

/* What only who rules a printer may ask for. MAXIMUM_ALLOWED is whatever one may. */
static bool wants_to_rule(uint32_t access)
{
	const uint32_t generic_all = 0x10000000, change = 0x000D0000; /* DELETE, WRITE_DAC, WRITE_OWNER */
	return (access & (generic_all | change | PRINTER_ACCESS_ADMINISTER)) != 0;
}

static uint32_t check_access(struct rpc_call *c, const struct rpc_printer *p, uint32_t access)
{
	struct fs_ctx *ctx;
	if (p->share == NULL)
		return rpc_print_server_allows(c, access) ? WERR_SUCCESS : WERR_ACCESS_DENIED;
	uint32_t result = rpc_printer_enter(c, p, &ctx);
	if (result != WERR_SUCCESS)
		return result;
	if (wants_to_rule(access) && !print_may_rule_queue(ctx))
		result = WERR_ACCESS_DENIED;
	rpc_printer_leave(c);
	return result;
}

uint32_t rpc_spoolss_open_printer(struct rpc_call *c, struct spoolss_open_printer *m)
{
	struct rpc_printer *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	uint32_t result = resolve(c, m->printer_name, p) ? check_access(c, p, m->access_required) : WERR_INVALID_PRINTER_NAME;
	struct rpc_object *o = NULL;
	if (result == WERR_SUCCESS) {
		o = rpc_object_new(c, p->share != NULL ? RPC_PRINTER : RPC_PRINT_SERVER, &m->printer);
		result = o != NULL ? WERR_SUCCESS : WERR_NOT_ENOUGH_MEMORY;
	}
	if (o == NULL) {
		rpc_printer_free(p, 0);
		return result;
	}
	o->state = p;
	o->state_free = rpc_printer_free;
	return WERR_SUCCESS;
}

uint32_t rpc_spoolss_open_printer_ex(struct rpc_call *c, struct spoolss_open_printer *m)
{
	return m->has_info ? rpc_spoolss_open_printer(c, m) : WERR_INVALID_PARAMETER;
}

uint32_t rpc_spoolss_close_printer(struct rpc_call *c, struct spoolss_on_printer *m)
{
	struct rpc_printer *p = rpc_printer_or_server_find(c, &m->printer);
	if (p == NULL)
		return WERR_INVALID_HANDLE;
	/* A job that was not ended is complete all the same. [MS-RPRN] 3.1.4.2.9 */
	if (p->document != NULL)
		(void)print_document_end(p->document, c->caller->now, false);
	p->document = NULL;
	rpc_object_close(c, &m->printer);
	return WERR_SUCCESS;
}

/* For fonts of the server's, of which there are none: a client wants only to know that it could ask. */
uint32_t rpc_spoolss_create_printer_ic(struct rpc_call *c, struct spoolss_create_printer_ic *m)
{
	uint32_t result;
	if (rpc_printer_find(c, &m->printer, &result) == NULL)
		return result;
	return rpc_object_new(c, RPC_PRINTER_IC, &m->ic) != NULL ? WERR_SUCCESS : WERR_NOT_ENOUGH_MEMORY;
}

uint32_t rpc_spoolss_delete_printer_ic(struct rpc_call *c, struct spoolss_on_printer *m)
{
	if (rpc_object_find(c, &m->printer, RPC_PRINTER_IC) != NULL)
		rpc_object_close(c, &m->printer);
	return WERR_SUCCESS;
}

/* A handle's datatype and DEVMODE are defaults for the client's documents, each of which brings its own. */
uint32_t rpc_spoolss_reset_printer(struct rpc_call *c, struct spoolss_reset_printer *m)
{
	uint32_t result;
	(void)rpc_printer_find(c, &m->printer, &result);
	return result;
}

/* ---- what they tell ---- */

/* The queue of a printer that the caller may not look into is empty for him. */
static void look_into(struct rpc_call *c, const struct rpc_printer *p, struct spoolss_printer_info *info)
{
	struct fs_ctx *ctx;
	struct print_job *jobs;
	size_t n = 0;
	if (rpc_printer_enter(c, p, &ctx) != WERR_SUCCESS)
		return;
	struct arena_mark mark = arena_mark(ctx->arena); /* there may be many printers */
	if (print_queue_paused(ctx))
		info->status |= PRINTER_STATUS_PAUSED;
	if (print_jobs(ctx, &jobs, &n) == STATUS_SUCCESS)
		info->c_jobs = (uint32_t)n;
	for (size_t i = 0; i < info->c_jobs; i++) {
		if (jobs[i].state == PRINT_PRINTING)
			info->status |= PRINTER_STATUS_PRINTING;
		info->c_spooling += jobs[i].state == PRINT_SPOOLING;
	}
	arena_rewind(ctx->arena, mark);
	rpc_printer_leave(c);
}

struct comment_search {
	struct rpc_call *call;
	const char *share, *comment;
};

static bool take_comment(void *user, const struct fs_share_config *share)
{
	struct comment_search *s = user;
	if (utf8_casecmp(share->name, s->share) == 0)
		s->comment = arena_strdup(s->call->arena, share->comment != NULL ? share->comment : "");
	return s->comment == NULL;
}

/* NULL: no memory, or the configuration has lost the printer. */
static const char *comment_of(struct rpc_call *c, const char *share)
{
	struct comment_search s = { .call = c, .share = share };
	c->facts->each_share(c->facts->user, take_comment, &s);
	return s.comment;
}

/* ---- changes ---- */

/* FNV-1a */
static uint32_t mix(uint32_t id, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	for (size_t i = 0; i < len; i++)
		id = (id ^ at[i]) * 16777619U;
	return id;
}

static uint32_t mix_jobs(struct fs_ctx *ctx, uint32_t id)
{
	struct print_job *jobs;
	size_t n;
	const bool paused = print_queue_paused(ctx);
	id = mix(id, &paused, sizeof(paused));
	if (print_jobs(ctx, &jobs, &n) != STATUS_SUCCESS)
		return id;
	for (size_t i = 0; i < n; i++) {
		id = mix(id, jobs[i].name, strlen(jobs[i].name) + 1);
		id = mix(id, &jobs[i].size, sizeof(jobs[i].size));
	}
	return id;
}

/* What a client is told of a printer and its jobs goes into it: nobody has to count what everybody may change, spoolers and local
 * programs too. */
uint32_t rpc_print_change_id(struct rpc_call *c, const struct rpc_printer *p)
{
	struct fs_ctx *ctx;
	const char *comment = comment_of(c, p->share);
	uint32_t id = mix(2166136261U, p->share, strlen(p->share) + 1);
	if (comment != NULL)
		id = mix(id, comment, strlen(comment) + 1);
	if (rpc_printer_enter(c, p, &ctx) == WERR_SUCCESS) {
		struct arena_mark mark = arena_mark(ctx->arena);
		id = mix_jobs(ctx, id);
		arena_rewind(ctx->arena, mark);
		rpc_printer_leave(c);
	}
	return id != 0 ? id : 1;
}

/* NULL strings: no memory. */
static struct spoolss_printer_info printer_info(struct rpc_call *c, const struct rpc_printer *p, const char *comment, uint32_t level)
{
	bool tells_queue = level == 0 || level == 2 || level == 6;
	const char *name = rpc_printer_name(c, p);
	struct spoolss_printer_info info = {
		.flags = PRINTER_ENUM_ICON8, .name = name, .description = name != NULL ? arena_printf(c->arena, "%s,%s,", name, SPOOLSS_DRIVER_NAME) : NULL,
		.server_name = p->server, .printer_name = name, .share_name = p->share, .port_name = SPOOLSS_PORT_NAME,
		.driver_name = SPOOLSS_DRIVER_NAME, .comment = comment, .location = "", .sep_file = "",
		.print_processor = SPOOLSS_PROCESSOR_NAME, .datatype = SPOOLSS_DATATYPE, .parameters = "",
		.security_descriptor = rpc_print_descriptor(c, p->share),
		.attributes = PRINTER_ATTRIBUTE_SHARED | PRINTER_ATTRIBUTE_LOCAL | PRINTER_ATTRIBUTE_RAW_ONLY,
		.priority = 1, .default_priority = 1,
		.up_time = rpc_print_time(c->facts->started), .get_version = (uint32_t)(c->facts->version_major | c->facts->version_minor << 8),
		.free_build = 1, .number_of_processors = 1, .c_change_id = level == 0 ? rpc_print_change_id(c, p) : 0,
		.device_not_selected_timeout = 15000, .transmission_retry_timeout = 45000, /* ms, as Windows has them */
		.object_guid = "", .action = 4 /* DSPRINT_UNPUBLISH: it is in no directory */,
	};
	if (tells_queue)
		look_into(c, p, &info);
	return info;
}

struct gathering {
	struct rpc_call *call;
	struct { char *share; const char *comment; } *printers;
	uint32_t n, cap;
	bool no_memory;
};

static bool count_printer(void *user, const struct fs_share_config *share)
{
	struct gathering *g = user;
	g->cap += share->type == FS_SHARE_PRINTER && share->browseable;
	return true;
}

/* The configuration lends its strings only while the list is walked. */
static bool gather_printer(void *user, const struct fs_share_config *share)
{
	struct gathering *g = user;
	if (share->type != FS_SHARE_PRINTER || !share->browseable || g->n == g->cap)
		return true;
	g->printers[g->n].share = arena_strdup(g->call->arena, share->name);
	g->printers[g->n].comment = arena_strdup(g->call->arena, share->comment != NULL ? share->comment : "");
	g->no_memory = g->no_memory || g->printers[g->n].share == NULL || g->printers[g->n].comment == NULL;
	g->n++;
	return true;
}

struct spoolss_printer_info *rpc_printers(struct rpc_call *c, char *server, uint32_t level, uint32_t *n)
{
	struct gathering g = { .call = c };
	const struct fs_server_facts *f = c->facts;
	f->each_share(f->user, count_printer, &g);
	g.printers = arena_array(c->arena, g.cap, sizeof(*g.printers));
	struct spoolss_printer_info *infos = arena_array(c->arena, g.cap, sizeof(*infos));
	if (g.printers == NULL || infos == NULL)
		return NULL;
	f->each_share(f->user, gather_printer, &g);
	for (uint32_t i = 0; i < g.n && !g.no_memory; i++) {
		const struct rpc_printer p = { .share = g.printers[i].share, .server = server };
		infos[i] = printer_info(c, &p, g.printers[i].comment, level);
		g.no_memory = infos[i].description == NULL;
	}
	*n = g.n;
	return g.no_memory ? NULL : infos;
}

/* Every printer is a local one of the server's; what lies beyond it (connections, other servers) it knows nothing of. */
uint32_t rpc_spoolss_enum_printers(struct rpc_call *c, struct spoolss_query *m)
{
	struct spoolss_printer_info *infos = NULL;
	uint32_t n = 0, result = rpc_print_query(m, &spoolss_printer_infos);
	if (result != WERR_SUCCESS)
		return result;
	if (m->level == 3 || m->level > 5)
		return WERR_INVALID_LEVEL;
	if (!rpc_print_is_server(c, m->name))
		return WERR_INVALID_NAME;
	if (!rpc_print_server_allows(c, SERVER_ACCESS_ENUMERATE))
		return WERR_ACCESS_DENIED;
	if ((m->flags & (PRINTER_ENUM_LOCAL | PRINTER_ENUM_NAME | PRINTER_ENUM_SHARED)) != 0) {
		char *server = m->name != NULL && m->name[0] != '\0' ? arena_strdup(c->arena, m->name) : NULL;
		infos = rpc_printers(c, server, m->level, &n);
		if (infos == NULL)
			return WERR_NOT_ENOUGH_MEMORY;
	}
	return rpc_print_answer(c, m, &spoolss_printer_infos, infos, n);
}

uint32_t rpc_spoolss_get_printer(struct rpc_call *c, struct spoolss_query *m)
{
	const struct rpc_printer *p = rpc_printer_or_server_find(c, &m->printer);
	struct spoolss_printer_info info = { .security_descriptor = rpc_print_descriptor(c, NULL) };
	uint32_t result = rpc_print_query(m, &spoolss_printer_infos);
	if (p == NULL || result != WERR_SUCCESS)
		return result;
	if (p->share == NULL && m->level != 3)
		return WERR_INVALID_LEVEL;
	if (p->share != NULL) {
		const char *comment = comment_of(c, p->share);
		info = printer_info(c, p, comment != NULL ? comment : "", m->level);
		if (info.description == NULL)
			return WERR_NOT_ENOUGH_MEMORY;
	}
	return rpc_print_answer(c, m, &spoolss_printer_infos, &info, 1);
}

/* ---- what changes them ---- */

static nt_status command(struct fs_ctx *ctx, uint32_t command)
{
	switch (command) {
	case PRINTER_CONTROL_PAUSE: return print_queue_pause(ctx);
	case PRINTER_CONTROL_RESUME: return print_queue_continue(ctx);
	default: return print_queue_purge(ctx);
	}
}

/* What a printer is like is the configuration's matter: an administrator may only rule its queue from afar. Of the server he may
 * say who rules it. */
uint32_t rpc_spoolss_set_printer(struct rpc_call *c, struct spoolss_set_printer *m)
{
	uint32_t result;
	struct fs_ctx *ctx;
	const struct rpc_printer *any = rpc_printer_or_server_find(c, &m->printer);
	if (any != NULL && any->share == NULL && m->level == 3 && m->has_info)
		return rpc_print_set_descriptor(c, m->security.bytes);
	const struct rpc_printer *p = rpc_printer_find(c, &m->printer, &result);
	if (p == NULL)
		return result;
	if (m->level != 0 || m->has_info)
		return WERR_ACCESS_DENIED;
	if (m->command < PRINTER_CONTROL_PAUSE || m->command > PRINTER_CONTROL_PURGE)
		return WERR_INVALID_PARAMETER;
	result = rpc_printer_enter(c, p, &ctx);
	if (result != WERR_SUCCESS)
		return result;
	result = print_may_rule_queue(ctx) ? rpc_print_error(command(ctx, m->command)) : WERR_ACCESS_DENIED;
	rpc_printer_leave(c);
	return result;
}
