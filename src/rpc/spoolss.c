/* The print system: what its calls share. Answers in the caller's buffer, open printers, names. [MS-RPRN] 3.1.4.1 */
#include "rpc/spoolss.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/charset.h"

/* ---- answers ---- */

uint32_t rpc_print_error(nt_status status)
{
	switch (status) {
	case STATUS_SUCCESS: return WERR_SUCCESS;
	case STATUS_NO_MEMORY:
	case STATUS_INSUFF_SERVER_RESOURCES: return WERR_NOT_ENOUGH_MEMORY;
	case STATUS_BAD_NETWORK_NAME: return WERR_INVALID_PRINTER_NAME;
	case STATUS_OBJECT_NAME_NOT_FOUND:
	case STATUS_NO_SUCH_FILE: return WERR_INVALID_PARAMETER; /* as Windows calls a job that is not there */
	case STATUS_SHARING_VIOLATION: return WERR_BUSY;
	case STATUS_DISK_FULL: return WERR_DISK_FULL;
	case STATUS_CANCELLED: return WERR_PRINT_CANCELLED;
	default: return WERR_ACCESS_DENIED;
	}
}

uint32_t rpc_print_query(struct spoolss_query *m, const struct spoolss_info_kind *kind)
{
	bool has_buffer = m->buffer.is_there || m->cb_buf == 0;
	m->buffer = (struct spoolss_buffer){ .is_there = false };
	if (kind != NULL && !kind->level_is_known(m->level))
		return WERR_INVALID_LEVEL;
	return has_buffer ? WERR_SUCCESS : WERR_INVALID_USER_BUFFER;
}

struct slice rpc_print_buffer(struct rpc_call *c, uint32_t size, struct slice data)
{
	uint8_t *bytes = arena_alloc(c->arena, MAX(size, 1U));
	if (bytes == NULL) {
		c->fault = NCA_S_FAULT_REMOTE_NO_MEMORY;
		return slice_of(NULL, 0);
	}
	memset(bytes, 0, size);
	if (data.len > 0 && data.len <= size)
		memcpy(bytes, data.ptr, data.len);
	return slice_of(bytes, size);
}

uint32_t rpc_print_answer(struct rpc_call *c, struct spoolss_query *m, const struct spoolss_info_kind *kind, void *items, uint32_t n)
{
	size_t needed = 0;
	if (!spoolss_infos_measure(c->arena, kind, m->level, items, n, &needed) || needed > UINT32_MAX)
		return WERR_NOT_ENOUGH_MEMORY;
	m->pcb_needed = (uint32_t)needed;
	if (m->cb_buf < needed)
		return WERR_INSUFFICIENT_BUFFER;
	m->pc_returned = n;
	if (m->cb_buf == 0)
		return WERR_SUCCESS;
	uint8_t *bytes = arena_alloc(c->arena, m->cb_buf);
	if (bytes == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	memset(bytes, 0, m->cb_buf);
	if (!spoolss_infos_encode(c->arena, kind, m->level, items, n, bytes, m->cb_buf))
		return WERR_NOT_ENOUGH_MEMORY;
	m->buffer = (struct spoolss_buffer){ true, slice_of(bytes, m->cb_buf) };
	return WERR_SUCCESS;
}

struct spoolss_systemtime rpc_print_time(nttime t)
{
	struct timespec ts = nttime_to_timespec(t);
	struct tm tm;
	if (t == 0 || gmtime_r(&ts.tv_sec, &tm) == NULL)
		return (struct spoolss_systemtime){ .year = 0 };
	return (struct spoolss_systemtime){
		.year = (uint16_t)(tm.tm_year + 1900), .month = (uint16_t)(tm.tm_mon + 1), .day_of_week = (uint16_t)tm.tm_wday,
		.day = (uint16_t)tm.tm_mday, .hour = (uint16_t)tm.tm_hour, .minute = (uint16_t)tm.tm_min, .second = (uint16_t)tm.tm_sec,
		.milliseconds = (uint16_t)(ts.tv_nsec / 1000000),
	};
}

/* ---- handles ---- */

void rpc_printer_free(void *state, nttime now)
{
	struct rpc_printer *p = state;
	/* A client that ends its connection in the middle of a job is not heard of again. */
	if (p->document != NULL)
		(void)print_document_end(p->document, now, true);
	free(p->share);
	free(p->server);
	free(p);
}

size_t rpc_pipe_print_jobs(const struct rpc_pipe *pipe)
{
	size_t n = 0;
	for (const struct rpc_object *o = pipe->objects.first; o != NULL; o = o->next)
		n += o->kind == RPC_PRINTER && ((const struct rpc_printer *)o->state)->document != NULL;
	return n;
}

struct rpc_printer *rpc_printer_or_server_find(struct rpc_call *c, const struct dce_handle *handle)
{
	struct rpc_object *o = rpc_object_find(c, handle, RPC_ANY_OBJECT);
	if (o == NULL)
		return NULL;
	if (o->kind == RPC_PRINTER || o->kind == RPC_PRINT_SERVER)
		return o->state;
	c->fault = NCA_S_FAULT_CONTEXT_MISMATCH;
	return NULL;
}

struct rpc_printer *rpc_printer_find(struct rpc_call *c, const struct dce_handle *handle, uint32_t *result)
{
	struct rpc_printer *p = rpc_printer_or_server_find(c, handle);
	*result = p == NULL || p->share != NULL ? WERR_SUCCESS : WERR_INVALID_HANDLE;
	return *result == WERR_SUCCESS ? p : NULL;
}

const char *rpc_printer_name(struct rpc_call *c, const struct rpc_printer *p)
{
	return p->server != NULL ? arena_printf(c->arena, "%s\\%s", p->server, p->share) : arena_strdup(c->arena, p->share);
}

uint32_t rpc_printer_enter(struct rpc_call *c, const struct rpc_printer *p, struct fs_ctx **ctx)
{
	const struct print_access *printing = c->caller->printing;
	return printing != NULL ? rpc_print_error(printing->enter(printing->user, p->share, ctx)) : WERR_ACCESS_DENIED;
}

void rpc_printer_leave(struct rpc_call *c)
{
	c->caller->printing->leave(c->caller->printing->user);
}

/* ---- names ---- */

static bool is_address(const char *name)
{
	return name[strspn(name, "0123456789.")] == '\0' || strchr(name, ':') != NULL;
}

/* Besides our own name and addresses, any full name of a host: only the DNS knows which are ours, and the client came by it. */
bool rpc_print_is_host(const struct rpc_call *c, const char *name, size_t len)
{
	const char *host = arena_strndup(c->arena, name, len);
	if (host == NULL || len == 0 || strchr(host, '\\') != NULL)
		return false;
	return utf8_casecmp(host, c->facts->name) == 0 || strcasecmp(host, "localhost") == 0 || is_address(host) || strchr(host, '.') != NULL;
}

bool rpc_print_is_server(const struct rpc_call *c, const char *name)
{
	if (name == NULL || name[0] == '\0')
		return true;
	name += strncmp(name, "\\\\", 2) == 0 ? 2 : 0;
	return rpc_print_is_host(c, name, strlen(name));
}
