/* The print system: what server and printers are set to, and changes that one wants to be told of. [MS-RPRN] 2.2.3.10, 3.1.4.2 */
#include <strings.h>

#include "base/charset.h"
#include "rpc/spoolss.h"

enum {
	DRIVERS_MAJOR_VERSION = 3, /* as Windows 2000 and later: drivers that run in programs */
	OSVERSIONINFO_LEN = 276, OSVERSIONINFOEX_LEN = 284, PRODUCT_TYPE_AT = 282,
	VER_PLATFORM_WIN32_NT = 2, VER_NT_SERVER = 3,
};

/* [MS-RPRN] 2.2.3.10.1, 2.2.3.10.2 */
static struct rpc_value version_of(struct rpc_call *c, bool extended)
{
	size_t len = extended ? OSVERSIONINFOEX_LEN : OSVERSIONINFO_LEN;
	uint8_t *bytes = arena_alloc(c->arena, len);
	if (bytes == NULL)
		return (struct rpc_value){ REG_BINARY, slice_of(NULL, 0) };
	memset(bytes, 0, len);
	store_le32(bytes, (uint32_t)len);
	store_le32(bytes + 4, c->facts->version_major);
	store_le32(bytes + 8, c->facts->version_minor);
	store_le32(bytes + 12, RPC_BUILD_NUMBER);
	store_le32(bytes + 16, VER_PLATFORM_WIN32_NT);
	if (extended)
		bytes[PRODUCT_TYPE_AT] = VER_NT_SERVER;
	return (struct rpc_value){ REG_BINARY, slice_of(bytes, len) };
}

const struct rpc_print_number rpc_print_numbers[] = {
	{ "BeepEnabled", 0 }, { "DsPresent", 0 }, { "DsPresentForUser", 0 }, { "EventLog", 0 },
	{ "MajorVersion", DRIVERS_MAJOR_VERSION }, { "MinorVersion", 0 }, { "NetPopup", 0 }, { "NetPopupToComputer", 0 },
	{ "RemoteFax", 0 }, { "RestartJobOnPoolEnabled", 0 }, { "RestartJobOnPoolError", 0 }, { "RetryPopup", 0 },
	{ "W3SvcInstalled", 0 }, { NULL, 0 },
};

/* False: there is none of this name. */
static bool server_value(struct rpc_call *c, const char *name, struct rpc_value *out)
{
	for (const struct rpc_print_number *n = rpc_print_numbers; n->name != NULL; n++)
		if (strcasecmp(name, n->name) == 0) {
			*out = rpc_value_of_number(c, n->number);
			return true;
		}
	if (strcasecmp(name, "Architecture") == 0)
		*out = rpc_value_of_text(c, SPOOLSS_ENVIRONMENT);
	else if (strcasecmp(name, "DefaultSpoolDirectory") == 0)
		*out = rpc_value_of_text(c, SPOOLSS_SPOOL_FOLDER);
	else if (strcasecmp(name, "DNSMachineName") == 0)
		*out = rpc_value_of_text(c, c->facts->name);
	else if (strcasecmp(name, "OSVersion") == 0 || strcasecmp(name, "OSVersionEx") == 0)
		*out = version_of(c, name[strlen("OSVersion")] != '\0');
	else
		return false;
	return true;
}

/* A printer has what its driver has stored, and there is none; clients only ask whether anything has changed. */
static bool printer_value(struct rpc_call *c, const struct rpc_printer *p, const char *name, struct rpc_value *out)
{
	if (strcasecmp(name, "ChangeID") != 0)
		return false;
	*out = rpc_value_of_number(c, rpc_print_change_id(c, p));
	return true;
}

uint32_t rpc_spoolss_get_printer_data(struct rpc_call *c, struct spoolss_get_printer_data *m)
{
	struct rpc_value value = { REG_NONE, slice_of(NULL, 0) };
	const struct rpc_printer *p = rpc_printer_or_server_find(c, &m->printer);
	if (p == NULL)
		return WERR_INVALID_HANDLE;
	bool found = p->share != NULL ? printer_value(c, p, m->value_name, &value) : server_value(c, m->value_name, &value);
	if (found && value.data.ptr == NULL)
		c->fault = NCA_S_FAULT_REMOTE_NO_MEMORY;
	m->data = rpc_print_buffer(c, m->n_size, value.data);
	if (!found)
		return p->share != NULL ? WERR_FILE_NOT_FOUND : WERR_INVALID_PARAMETER;
	m->type = value.type;
	m->pcb_needed = (uint32_t)value.data.len;
	return m->n_size >= value.data.len ? WERR_SUCCESS : WERR_MORE_DATA;
}

uint32_t rpc_spoolss_get_printer_data_ex(struct rpc_call *c, struct spoolss_get_printer_data *m)
{
	return rpc_spoolss_get_printer_data(c, m);
}

uint32_t rpc_spoolss_enum_printer_data(struct rpc_call *c, struct spoolss_enum_printer_data *m)
{
	const struct rpc_printer *p = rpc_printer_or_server_find(c, &m->printer);
	m->value_name = rpc_print_buffer(c, m->cb_value_name & ~1U, slice_of(NULL, 0));
	m->data = rpc_print_buffer(c, m->cb_data, slice_of(NULL, 0));
	return p == NULL || p->share == NULL ? WERR_INVALID_HANDLE : WERR_NO_MORE_ITEMS;
}

uint32_t rpc_spoolss_enum_printer_data_ex(struct rpc_call *c, struct spoolss_enum_printer_data_ex *m)
{
	const struct rpc_printer *p = rpc_printer_or_server_find(c, &m->printer);
	m->enum_values = rpc_print_buffer(c, m->cb_enum_values, slice_of(NULL, 0));
	if (p == NULL || p->share == NULL)
		return WERR_INVALID_HANDLE;
	if (m->key_name[0] == '\0')
		return WERR_INVALID_PARAMETER;
	return strcasecmp(m->key_name, "PrinterDriverData") == 0 ? WERR_SUCCESS : WERR_FILE_NOT_FOUND;
}

/* A list of no names is two NULs: rpcclient takes one for no list at all, and falls. */
uint32_t rpc_spoolss_enum_printer_key(struct rpc_call *c, struct spoolss_enum_printer_key *m)
{
	enum { EMPTY_LIST = 4 };
	const struct rpc_printer *p = rpc_printer_or_server_find(c, &m->printer);
	m->subkey = rpc_print_buffer(c, m->cb_subkey & ~1U, slice_of(NULL, 0));
	if (p == NULL || p->share == NULL)
		return WERR_INVALID_HANDLE;
	if (m->key_name[0] != '\0')
		return WERR_FILE_NOT_FOUND;
	m->pcb_subkey = EMPTY_LIST;
	return m->cb_subkey >= EMPTY_LIST ? WERR_SUCCESS : WERR_MORE_DATA;
}

/* To be told of changes the server would have to call the client back. As with one that a firewall shields, the client asks
 * again from time to time instead. */
uint32_t rpc_spoolss_find_first_change_ex(struct rpc_call *c, struct spoolss_notify *m)
{
	return rpc_printer_or_server_find(c, &m->printer) != NULL ? WERR_RPC_S_SERVER_UNAVAILABLE : WERR_INVALID_HANDLE;
}

uint32_t rpc_spoolss_find_close_change(struct rpc_call *c, struct spoolss_on_printer *m)
{
	return rpc_printer_or_server_find(c, &m->printer) != NULL ? WERR_SUCCESS : WERR_INVALID_HANDLE;
}
