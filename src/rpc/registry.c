/* The tree of the registry; see registry.h. [MS-RRP] 3.1.1 */
#include "rpc/registry.h"

#include <strings.h>

#include "base/charset.h"
#include "rpc/spoolss.h"

#define CURRENT_VERSION "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
#define CONTROL "SYSTEM\\CurrentControlSet\\Control"

/* ---- a key in the making ---- */

static bool has_room(struct rpc_registry_key *k, void **items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return true;
	size_t more = *cap == 0 ? 16 : *cap * 2;
	void *grown = arena_array(k->call->arena, more, size);
	k->no_memory = k->no_memory || grown == NULL;
	if (grown == NULL)
		return false;
	if (n > 0)
		memcpy(grown, *items, n * size);
	*items = grown;
	*cap = more;
	return true;
}

static void add_name(struct rpc_registry_key *k, const char *name)
{
	void *items = k->names;
	for (size_t i = 0; i < k->n_names; i++)
		if (utf8_casecmp(k->names[i], name) == 0)
			return;
	if (!has_room(k, &items, k->n_names, &k->cap_names, sizeof(*k->names)))
		return;
	k->names = items;
	k->names[k->n_names++] = name;
}

static void add_value(struct rpc_registry_key *k, const char *name, struct rpc_value value)
{
	void *items = k->values;
	k->no_memory = k->no_memory || value.data.ptr == NULL;
	if (!has_room(k, &items, k->n_values, &k->cap_values, sizeof(*k->values)))
		return;
	k->values = items;
	k->values[k->n_values++] = (struct rpc_registry_value){ name, value };
}

static void add_text(struct rpc_registry_key *k, const char *name, const char *text)
{
	add_value(k, name, rpc_value_of_text(k->call, text));
}

static void add_number(struct rpc_registry_key *k, const char *name, uint32_t number)
{
	add_value(k, name, rpc_value_of_number(k->call, number));
}

static void add_bytes(struct rpc_registry_key *k, const char *name, struct slice bytes)
{
	add_value(k, name, (struct rpc_value){ REG_BINARY, bytes });
}

/* ---- what keys hold ---- */

static void fill_version(struct rpc_registry_key *k, const char *name)
{
	const struct fs_server_facts *f = k->call->facts;
	const char *build = arena_printf(k->call->arena, "%d", RPC_BUILD_NUMBER);
	(void)name;
	add_text(k, "ProductName", "Longhouse " LONGHOUSE_VERSION);
	add_text(k, "CurrentVersion", arena_printf(k->call->arena, "%u.%u", f->version_major, f->version_minor));
	add_text(k, "CurrentBuild", build);
	add_text(k, "CurrentBuildNumber", build);
	add_text(k, "SystemRoot", "C:\\WINDOWS");
}

static void fill_computer(struct rpc_registry_key *k, const char *name)
{
	(void)name;
	add_text(k, "ComputerName", k->call->facts->name);
}

static void fill_product(struct rpc_registry_key *k, const char *name)
{
	(void)name;
	add_text(k, "ProductType", "ServerNT");
}

static void fill_print_server(struct rpc_registry_key *k, const char *name)
{
	(void)name;
	for (const struct rpc_print_number *n = rpc_print_numbers; n->name != NULL; n++)
		add_number(k, n->name, n->number);
	add_bytes(k, "ServerSecurityDescriptor", rpc_print_descriptor(k->call, NULL));
}

static void fill_printers(struct rpc_registry_key *k, const char *name)
{
	(void)name;
	add_text(k, "DefaultSpoolDirectory", SPOOLSS_SPOOL_FOLDER);
}

static void list_printers(struct rpc_registry_key *k)
{
	uint32_t n = 0;
	if (!rpc_print_server_allows(k->call, SERVER_ACCESS_ENUMERATE))
		return; /* as of EnumPrinters */
	const struct spoolss_printer_info *infos = rpc_printers(k->call, NULL, 1, &n);
	k->no_memory = k->no_memory || infos == NULL;
	for (uint32_t i = 0; infos != NULL && i < n; i++)
		add_name(k, infos[i].share_name);
}

static void fill_printer(struct rpc_registry_key *k, const char *name)
{
	uint32_t n = 0;
	const struct spoolss_printer_info *p = rpc_printers(k->call, NULL, 1, &n);
	while (p != NULL && n > 0 && utf8_casecmp(p->share_name, name) != 0) {
		p++;
		n--;
	}
	if (p == NULL || n == 0) {
		k->no_memory = true; /* it was there when the path was found */
		return;
	}
	add_text(k, "Name", p->printer_name);
	add_text(k, "Share Name", p->share_name);
	add_text(k, "Port", p->port_name);
	add_text(k, "Printer Driver", p->driver_name);
	add_text(k, "Description", p->comment);
	add_text(k, "Location", p->location);
	add_text(k, "Separator File", p->sep_file);
	add_text(k, "Print Processor", p->print_processor);
	add_text(k, "Datatype", p->datatype);
	add_text(k, "Parameters", p->parameters);
	add_number(k, "Attributes", p->attributes);
	add_number(k, "Priority", p->priority);
	add_number(k, "Default Priority", p->default_priority);
	add_bytes(k, "Security", p->security_descriptor);
}

static void list_environments(struct rpc_registry_key *k)
{
	const char *name;
	for (size_t i = 0; (name = rpc_print_environment(i)) != NULL; i++)
		add_name(k, name);
}

/* Where Windows looks for the drivers of an environment, of which there are none. */
static void fill_environment(struct rpc_registry_key *k, const char *name)
{
	add_text(k, "Directory", rpc_print_folder(name));
}

static void fill_monitor(struct rpc_registry_key *k, const char *name)
{
	(void)name;
	add_text(k, "Driver", SPOOLSS_MONITOR_DLL);
}

/* Size, area, number, flags; those that everybody knows are not in the registry. [MS-RPRN] 2.2.2.5.1 */
static void fill_forms(struct rpc_registry_key *k, const char *name)
{
	enum { FORM_LEN = 32 };
	struct spoolss_form_info *forms = NULL;
	uint32_t n = 0, n_fixed = 0;
	(void)name;
	k->no_memory = k->no_memory || !rpc_print_forms(k->call, &forms, &n, &n_fixed);
	for (uint32_t i = n_fixed; !k->no_memory && i < n; i++) {
		const struct spoolss_form_info *f = &forms[i];
		const uint32_t numbers[] = { f->cx, f->cy, f->left, f->top, f->right, f->bottom, i - n_fixed + 1, f->flags };
		uint8_t *bytes = arena_alloc(k->call->arena, FORM_LEN);
		for (size_t at = 0; bytes != NULL && at < ARRAY_LEN(numbers); at++)
			store_le32(bytes + 4 * at, numbers[at]);
		add_bytes(k, f->name, slice_of(bytes, FORM_LEN));
	}
}

/* ---- the tree ---- */

/* A key, and with it all that are above it. One part of the pattern may be '*', which stands for each that list names. */
struct row {
	const char *pattern;
	void (*fill)(struct rpc_registry_key *k, const char *name); /* name: the one in the place of '*' */
	void (*list)(struct rpc_registry_key *k);
};

static const struct row rows[] = {
	{ CURRENT_VERSION, fill_version, NULL },
	{ CURRENT_VERSION "\\Print\\Printers", fill_printers, NULL },
	{ CURRENT_VERSION "\\Print\\Printers\\*", fill_printer, list_printers },
	{ CONTROL "\\ComputerName\\ActiveComputerName", fill_computer, NULL },
	{ CONTROL "\\ComputerName\\ComputerName", fill_computer, NULL },
	{ CONTROL "\\Print", fill_print_server, NULL },
	{ CONTROL "\\Print\\Environments\\*", fill_environment, list_environments },
	{ CONTROL "\\Print\\Environments\\*\\Drivers", NULL, list_environments },
	{ CONTROL "\\Print\\Environments\\*\\Print Processors\\" SPOOLSS_PROCESSOR_NAME, NULL, list_environments },
	{ CONTROL "\\Print\\Forms", fill_forms, NULL },
	{ CONTROL "\\Print\\Monitors\\" SPOOLSS_MONITOR_NAME, fill_monitor, NULL },
	{ CONTROL "\\Print\\Printers", fill_printers, NULL },
	{ CONTROL "\\Print\\Printers\\*", fill_printer, list_printers },
	{ CONTROL "\\ProductOptions", fill_product, NULL },
};

/* The name as list has it, NULL if it has none such. */
static const char *choose(struct rpc_registry_key *k, const struct row *row, const char *name)
{
	struct rpc_registry_key all = { .call = k->call };
	row->list(&all);
	k->no_memory = k->no_memory || all.no_memory;
	for (size_t i = 0; i < all.n_names; i++)
		if (utf8_casecmp(all.names[i], name) == 0)
			return all.names[i];
	return NULL;
}

/* Takes the first part of a path. NULL: no memory. */
static const char *take_part(struct arena *arena, const char **path)
{
	size_t len = strcspn(*path, "\\");
	const char *part = arena_strndup(arena, *path, len);
	*path += len + ((*path)[len] == '\\');
	return part;
}

/* Adds what the row says of the key at path. True: it has, or is above, such a key. */
static bool apply(struct rpc_registry_key *k, const struct row *row, const char *path)
{
	const char *pattern = row->pattern, *name = NULL;
	while (*path != '\0' && *pattern != '\0') {
		const char *part = take_part(k->call->arena, &path), *want = take_part(k->call->arena, &pattern);
		k->no_memory = k->no_memory || part == NULL || want == NULL;
		if (k->no_memory)
			return false;
		bool any = strcmp(want, "*") == 0;
		if (any)
			name = choose(k, row, part);
		if (any ? name == NULL : strcasecmp(part, want) != 0)
			return false;
	}
	if (*path != '\0')
		return false;
	const char *next = *pattern != '\0' ? take_part(k->call->arena, &pattern) : NULL;
	if (next == NULL && row->fill != NULL)
		row->fill(k, name);
	else if (next != NULL && strcmp(next, "*") == 0)
		row->list(k);
	else if (next != NULL)
		add_name(k, next);
	return true;
}

uint32_t rpc_registry_read(struct rpc_call *c, const char *path, struct rpc_registry_key *out)
{
	bool found = false;
	*out = (struct rpc_registry_key){ .call = c };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		found = apply(out, &rows[i], path) || found;
	if (out->no_memory)
		return WERR_NOT_ENOUGH_MEMORY;
	return found ? WERR_SUCCESS : WERR_FILE_NOT_FOUND;
}

/* ---- who ---- */

/* AllowedPaths and AllowedExactPaths of Windows' SecurePipeServers, as far as we have them. */
static const struct { const char *path; bool exact; } allowed[] = {
	{ CURRENT_VERSION, true }, { CURRENT_VERSION "\\Print", false }, { CONTROL "\\Print\\Printers", false },
	{ CONTROL "\\ProductOptions", true },
};

bool rpc_registry_may_read(const struct rpc_call *c, const char *path)
{
	if (rpc_is_admin(c))
		return true;
	if (c->identity->anonymous || c->identity->guest)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		size_t len = strlen(allowed[i].path);
		if (strncasecmp(path, allowed[i].path, len) == 0 && (path[len] == '\0' || (path[len] == '\\' && !allowed[i].exact)))
			return true;
	}
	return false;
}
