/* The print system: drivers (there are none), ports, monitors, print processors. [MS-RPRN] 3.1.4.4, 3.1.4.6 .. 3.1.4.8 */
#include <strings.h>

#include "base/charset.h"
#include "rpc/spoolss.h"

/* ---- environments ---- */

/* [MS-RPRN] 2.2.4.4 */
static const struct { const char *name, *folder; } environments[] = {
	{ "Windows 4.0", "WIN40" }, { "Windows NT x86", "W32X86" }, { "Windows NT R4000", "W32MIPS" },
	{ "Windows NT Alpha_AXP", "W32ALPHA" }, { "Windows NT PowerPC", "W32PPC" }, { "Windows IA64", "IA64" }, { "Windows x64", "x64" },
	{ "Windows ARM", "ARM" }, { "Windows ARM64", "ARM64" },
};

const char *rpc_print_folder(const char *environment)
{
	if (environment == NULL || environment[0] == '\0')
		environment = SPOOLSS_ENVIRONMENT;
	for (size_t i = 0; i < ARRAY_LEN(environments); i++)
		if (strcasecmp(environment, environments[i].name) == 0)
			return environments[i].folder;
	return NULL;
}

const char *rpc_print_environment(size_t i)
{
	return i < ARRAY_LEN(environments) ? environments[i].name : NULL;
}

/* ---- drivers ---- */

static bool is_driver_level(uint32_t level)
{
	return (level >= 1 && level <= 8) || level == 101;
}

uint32_t rpc_spoolss_enum_printer_drivers(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result = rpc_print_query(m, NULL);
	bool every = m->environment != NULL && strcasecmp(m->environment, "all") == 0;
	if (result != WERR_SUCCESS)
		return result;
	if (!rpc_print_is_server(c, m->name))
		return WERR_INVALID_NAME;
	if (!every && rpc_print_folder(m->environment) == NULL)
		return WERR_INVALID_ENVIRONMENT;
	return is_driver_level(m->level) ? WERR_SUCCESS : WERR_INVALID_LEVEL;
}

uint32_t rpc_spoolss_get_printer_driver(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result, bad = rpc_print_query(m, NULL);
	if (rpc_printer_find(c, &m->printer, &result) == NULL || bad != WERR_SUCCESS)
		return result != WERR_SUCCESS ? result : bad;
	if (rpc_print_folder(m->environment) == NULL)
		return WERR_INVALID_ENVIRONMENT;
	return is_driver_level(m->level) ? WERR_UNKNOWN_PRINTER_DRIVER : WERR_INVALID_LEVEL;
}

uint32_t rpc_spoolss_get_printer_driver2(struct rpc_call *c, struct spoolss_query *m)
{
	return rpc_spoolss_get_printer_driver(c, m);
}

/* ---- folders ---- */

/* The whole answer is one string. */
static uint32_t tell_path(struct rpc_call *c, struct spoolss_query *m, const char *path)
{
	size_t len = path != NULL ? utf16_len(path, strlen(path)) : 0;
	uint8_t *text = arena_alloc(c->arena, len + 2);
	struct wire w;
	if (path == NULL || text == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	wire_init_encode(&w, text, len + 2, c->arena);
	wire_str16_n(&w, "path", &path, len);
	wire_reserved(&w, 2);
	m->pcb_needed = (uint32_t)len + 2;
	if (m->cb_buf < m->pcb_needed)
		return WERR_INSUFFICIENT_BUFFER;
	m->buffer = (struct spoolss_buffer){ true, rpc_print_buffer(c, m->cb_buf, slice_of(text, len + 2)) };
	return WERR_SUCCESS;
}

/* Where a Windows server has it; the level means nothing. */
static uint32_t tell_folder(struct rpc_call *c, struct spoolss_query *m, const char *share, const char *local)
{
	uint32_t result = rpc_print_query(m, NULL);
	const char *folder = rpc_print_folder(m->environment);
	if (result != WERR_SUCCESS)
		return result;
	if (!rpc_print_is_server(c, m->name))
		return WERR_INVALID_NAME;
	if (folder == NULL)
		return WERR_INVALID_ENVIRONMENT;
	if (m->name == NULL || m->name[0] == '\0')
		return tell_path(c, m, arena_printf(c->arena, "C:\\WINDOWS\\system32\\spool\\%s\\%s", local, folder));
	return tell_path(c, m, arena_printf(c->arena, "%s\\%s\\%s", m->name, share, folder));
}

uint32_t rpc_spoolss_get_printer_driver_directory(struct rpc_call *c, struct spoolss_query *m)
{
	return tell_folder(c, m, "print$", "DRIVERS");
}

uint32_t rpc_spoolss_get_print_processor_directory(struct rpc_call *c, struct spoolss_query *m)
{
	return tell_folder(c, m, "prnproc$", "PRTPROCS");
}

/* ---- print processors, ports, monitors ---- */

uint32_t rpc_spoolss_enum_print_processors(struct rpc_call *c, struct spoolss_query *m)
{
	struct spoolss_name_info processor = { SPOOLSS_PROCESSOR_NAME };
	if (rpc_print_folder(m->environment) == NULL)
		return rpc_print_query(m, NULL) == WERR_SUCCESS ? WERR_INVALID_ENVIRONMENT : WERR_INVALID_USER_BUFFER;
	uint32_t result = rpc_print_query(m, &spoolss_name_infos);
	return result == WERR_SUCCESS ? rpc_print_answer(c, m, &spoolss_name_infos, &processor, 1) : result;
}

uint32_t rpc_spoolss_enum_print_processor_datatypes(struct rpc_call *c, struct spoolss_query *m)
{
	struct spoolss_name_info datatype = { SPOOLSS_DATATYPE };
	uint32_t result = rpc_print_query(m, &spoolss_name_infos);
	if (result != WERR_SUCCESS)
		return result;
	if (m->processor_name == NULL || strcasecmp(m->processor_name, SPOOLSS_PROCESSOR_NAME) != 0)
		return WERR_UNKNOWN_PRINTPROCESSOR;
	return rpc_print_answer(c, m, &spoolss_name_infos, &datatype, 1);
}

/* One port leads to all printers: how they are reached is the server's business. */
uint32_t rpc_spoolss_enum_ports(struct rpc_call *c, struct spoolss_query *m)
{
	struct spoolss_port_info port = {
		.port_name = SPOOLSS_PORT_NAME, .monitor_name = SPOOLSS_MONITOR_NAME, .description = SPOOLSS_PORT_NAME,
		.port_type = PORT_TYPE_WRITE,
	};
	uint32_t result = rpc_print_query(m, &spoolss_port_infos);
	if (result == WERR_SUCCESS && !rpc_print_is_server(c, m->name))
		result = WERR_INVALID_NAME;
	return result == WERR_SUCCESS ? rpc_print_answer(c, m, &spoolss_port_infos, &port, 1) : result;
}

uint32_t rpc_spoolss_enum_monitors(struct rpc_call *c, struct spoolss_query *m)
{
	struct spoolss_monitor_info monitor = {
		.name = SPOOLSS_MONITOR_NAME, .environment = SPOOLSS_ENVIRONMENT, .dll_name = SPOOLSS_MONITOR_DLL,
	};
	uint32_t result = rpc_print_query(m, &spoolss_monitor_infos);
	if (result == WERR_SUCCESS && !rpc_print_is_server(c, m->name))
		result = WERR_INVALID_NAME;
	return result == WERR_SUCCESS ? rpc_print_answer(c, m, &spoolss_monitor_infos, &monitor, 1) : result;
}
