/* The print system: what server and printers are set to, and changes that one wants to be told of. [MS-RPRN] 2.2.3.10, 3.1.4.2 */
#include <strings.h>

#include "base/charset.h"
#include "rpc/spoolss.h"

enum {
	DRIVERS_MAJOR_VERSION = 3, /* as Windows 2000 and later: drivers that run in programs */
	OSVERSIONINFO_LEN = 276, OSVERSIONINFOEX_LEN = 284, PRODUCT_TYPE_AT = 282,
	VER_PLATFORM_WIN32_NT = 2, VER_NT_SERVER = 3,
	BUILD_NUMBER = 1381, /* of Windows NT 4.0, as which the server announces itself */
};

struct value {
	uint32_t type;
	struct slice data; /* ptr NULL: no memory */
};

static struct value dword_of(struct rpc_call *c, uint32_t number)
{
	uint8_t *bytes = arena_alloc(c->arena, 4);
	if (bytes != NULL)
		store_le32(bytes, number);
	return (struct value){ REG_DWORD, slice_of(bytes, bytes != NULL ? 4 : 0) };
}

static struct value text_of(struct rpc_call *c, const char *text)
{
	size_t len = utf16_len(text, strlen(text));
	uint8_t *bytes = arena_alloc(c->arena, len + 2);
	struct wire w;
	if (bytes == NULL)
		return (struct value){ REG_SZ, slice_of(NULL, 0) };
	wire_init_encode(&w, bytes, len + 2, c->arena);
	wire_str16_n(&w, "text", &text, len);
	wire_reserved(&w, 2);
	return (struct value){ REG_SZ, slice_of(bytes, len + 2) };
}

/* [MS-RPRN] 2.2.3.10.1, 2.2.3.10.2 */
static struct value version_of(struct rpc_call *c, bool extended)
{
	size_t len = extended ? OSVERSIONINFOEX_LEN : OSVERSIONINFO_LEN;
	uint8_t *bytes = arena_alloc(c->arena, len);
	if (bytes == NULL)
		return (struct value){ REG_BINARY, slice_of(NULL, 0) };
	memset(bytes, 0, len);
	store_le32(bytes, (uint32_t)len);
	store_le32(bytes + 4, c->facts->version_major);
	store_le32(bytes + 8, c->facts->version_minor);
	store_le32(bytes + 12, BUILD_NUMBER);
	store_le32(bytes + 16, VER_PLATFORM_WIN32_NT);
	if (extended)
		bytes[PRODUCT_TYPE_AT] = VER_NT_SERVER;
	return (struct value){ REG_BINARY, slice_of(bytes, len) };
}

/* False: there is none of this name. */
static bool server_value(struct rpc_call *c, const char *name, struct value *out)
{
	static const struct { const char *name; uint32_t number; } numbers[] = {
		{ "BeepEnabled", 0 }, { "DsPresent", 0 }, { "DsPresentForUser", 0 }, { "EventLog", 0 },
		{ "MajorVersion", DRIVERS_MAJOR_VERSION }, { "MinorVersion", 0 }, { "NetPopup", 0 }, { "NetPopupToComputer", 0 },
		{ "RemoteFax", 0 }, { "RestartJobOnPoolEnabled", 0 }, { "RestartJobOnPoolError", 0 }, { "RetryPopup", 0 },
		{ "W3SvcInstalled", 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcasecmp(name, numbers[i].name) == 0) {
			*out = dword_of(c, numbers[i].number);
			return true;
		}
	if (strcasecmp(name, "Architecture") == 0)
		*out = text_of(c, SPOOLSS_ENVIRONMENT);
	else if (strcasecmp(name, "DefaultSpoolDirectory") == 0)
		*out = text_of(c, "C:\\WINDOWS\\system32\\spool\\PRINTERS");
	else if (strcasecmp(name, "DNSMachineName") == 0)
		*out = text_of(c, c->facts->name);
	else if (strcasecmp(name, "OSVersion") == 0 || strcasecmp(name, "OSVersionEx") == 0)
		*out = version_of(c, name[strlen("OSVersion")] != '\0');
	else
		return false;
	return true;
}

/* A printer has what its driver has stored, and there is none; clients only ask whether anything has changed. */
static bool printer_value(struct rpc_call *c, const char *name, struct value *out)
{
	if (strcasecmp(name, "ChangeID") != 0)
		return false;
	*out = dword_of(c, rpc_print_change_id(c));
	return true;
}

uint32_t rpc_spoolss_get_printer_data(struct rpc_call *c, struct spoolss_get_printer_data *m)
{
	struct value value = { REG_NONE, slice_of(NULL, 0) };
	const struct rpc_printer *p = rpc_printer_or_server_find(c, &m->printer);
	if (p == NULL)
		return WERR_INVALID_HANDLE;
	bool found = p->share != NULL ? printer_value(c, m->value_name, &value) : server_value(c, m->value_name, &value);
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
