/* Coders of the print system: printer data, and changes that one wants to be told of. [MS-RPRN] 3.1.4.2, 3.1.4.10 */
#include "wire/dce/spoolss.h"

/* [out, size_is(...)] array where a pointer's target belongs; unit: bytes of an element. */
static void conformant(struct ndr *n, const char *name, struct slice *bytes, uint32_t unit)
{
	uint32_t max_count = (uint32_t)bytes->len / unit;
	ndr_u32(n, "max_count", &max_count);
	if (ndr_decoding(n) && max_count > wire_left(&n->w) / unit)
		wire_fail(&n->w);
	wire_view(&n->w, name, bytes, ndr_ok(n) ? (size_t)max_count * unit : 0);
}

void spoolss_get_printer_data_req(struct ndr *n, struct spoolss_get_printer_data *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string(n, "value_name", &m->value_name);
	N(32, n_size);
}

void spoolss_get_printer_data_rsp(struct ndr *n, struct spoolss_get_printer_data *m)
{
	N(32, type);
	conformant(n, "data", &m->data, 1);
	N(32, pcb_needed);
	N(32, status);
}

void spoolss_get_printer_data_ex_req(struct ndr *n, struct spoolss_get_printer_data *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string(n, "key_name", &m->key_name);
	ndr_string(n, "value_name", &m->value_name);
	N(32, n_size);
}

void spoolss_get_printer_data_ex_rsp(struct ndr *n, struct spoolss_get_printer_data *m)
{
	spoolss_get_printer_data_rsp(n, m);
}

void spoolss_enum_printer_data_req(struct ndr *n, struct spoolss_enum_printer_data *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, index);
	N(32, cb_value_name);
	N(32, cb_data);
}

void spoolss_enum_printer_data_rsp(struct ndr *n, struct spoolss_enum_printer_data *m)
{
	conformant(n, "value_name", &m->value_name, 2);
	N(32, pcb_value_name);
	N(32, type);
	conformant(n, "data", &m->data, 1);
	N(32, pcb_data);
	N(32, status);
}

void spoolss_enum_printer_data_ex_req(struct ndr *n, struct spoolss_enum_printer_data_ex *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string(n, "key_name", &m->key_name);
	N(32, cb_enum_values);
}

void spoolss_enum_printer_data_ex_rsp(struct ndr *n, struct spoolss_enum_printer_data_ex *m)
{
	conformant(n, "enum_values", &m->enum_values, 1);
	N(32, pcb_enum_values);
	N(32, pn_enum_values);
	N(32, status);
}

void spoolss_enum_printer_key_req(struct ndr *n, struct spoolss_enum_printer_key *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string(n, "key_name", &m->key_name);
	N(32, cb_subkey);
}

void spoolss_enum_printer_key_rsp(struct ndr *n, struct spoolss_enum_printer_key *m)
{
	conformant(n, "subkey", &m->subkey, 2);
	N(32, pcb_subkey);
	N(32, status);
}

/* ---- changes ---- */

static void field(struct ndr *n, uint32_t level, void *item)
{
	(void)level;
	ndr_u16(n, "field", item);
}

static void notify_type(struct ndr *n, uint32_t level, void *item)
{
	struct spoolss_notify_type *m = item;
	(void)level;
	ndr_align(n, 4);
	N(16, type);
	N(16, reserved_0);
	N(32, reserved_1);
	N(32, reserved_2);
	N(32, count);
	if (!ndr_member(n, "fields", &m->has_fields))
		return;
	void *fields = m->fields;
	ndr_array(n, "max_count", m->count, &fields, sizeof(*m->fields), field, 0);
	m->fields = fields;
}

static void notify_options(struct ndr *n, uint32_t level, void *item)
{
	struct spoolss_notify *m = item;
	(void)level;
	N(32, version);
	N(32, reserved);
	N(32, count);
	if (!ndr_member(n, "types", &m->has_types))
		return;
	void *types = m->types;
	ndr_array(n, "max_count", m->count, &types, sizeof(*m->types), notify_type, 0);
	m->types = types;
}

void spoolss_find_first_change_ex_req(struct ndr *n, struct spoolss_notify *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, flags);
	N(32, notify_options);
	ndr_string_parameter(n, "local_machine", &m->local_machine);
	N(32, printer_local);
	if (ndr_pointer(n, "options", &m->has_options))
		ndr_struct(n, notify_options, 0, m);
}

void spoolss_find_first_change_ex_rsp(struct ndr *n, struct spoolss_notify *m)
{
	N(32, status);
}

void spoolss_find_close_change_req(struct ndr *n, struct spoolss_on_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
}

void spoolss_find_close_change_rsp(struct ndr *n, struct spoolss_on_printer *m)
{
	N(32, status);
}
