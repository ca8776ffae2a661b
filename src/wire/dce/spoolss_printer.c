/* Coders of the print system: printers. [MS-RPRN] 3.1.4.2 */
#include "wire/dce/spoolss.h"

/* ---- what several calls share ---- */

static void container(struct ndr *n, uint32_t level, void *item)
{
	struct spoolss_container *m = item;
	(void)level;
	N(32, cb_buf);
	ndr_bytes_pointer(n, "bytes", &m->bytes, m->cb_buf);
}

void spoolss_container(struct ndr *n, const char *name, struct spoolss_container *m)
{
	wire_trace_note(&n->w, name, "");
	ndr_struct(n, container, 0, m);
}

static void buffer(struct ndr *n, struct spoolss_buffer *b)
{
	uint32_t max_count = (uint32_t)b->bytes.len;
	if (!ndr_pointer(n, "buffer", &b->is_there))
		return;
	ndr_u32(n, "max_count", &max_count);
	wire_view(&n->w, "bytes", &b->bytes, max_count);
}

void spoolss_query_buffer(struct ndr *n, struct spoolss_query *m)
{
	buffer(n, &m->buffer);
	N(32, cb_buf);
	if (ndr_decoding(n) && m->buffer.is_there && m->buffer.bytes.len != m->cb_buf)
		wire_fail(&n->w);
}

void spoolss_query_one_rsp(struct ndr *n, struct spoolss_query *m)
{
	buffer(n, &m->buffer);
	N(32, pcb_needed);
	N(32, status);
}

void spoolss_query_list_rsp(struct ndr *n, struct spoolss_query *m)
{
	buffer(n, &m->buffer);
	N(32, pcb_needed);
	N(32, pc_returned);
	N(32, status);
}

void spoolss_query_driver_rsp(struct ndr *n, struct spoolss_query *m)
{
	buffer(n, &m->buffer);
	N(32, pcb_needed);
	N(32, server_max_version);
	N(32, server_min_version);
	N(32, status);
}

/* ---- calls ---- */

void spoolss_open_printer_req(struct ndr *n, struct spoolss_open_printer *m)
{
	ndr_string_parameter(n, "printer_name", &m->printer_name);
	ndr_string_parameter(n, "datatype", &m->datatype);
	spoolss_container(n, "dev_mode", &m->dev_mode);
	N(32, access_required);
}

void spoolss_open_printer_rsp(struct ndr *n, struct spoolss_open_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, status);
}

static void client_info(struct ndr *n, uint32_t level, void *item)
{
	struct spoolss_client_info *m = item;
	(void)level;
	N(32, size);
	ndr_string_pointer(n, "machine_name", &m->machine_name);
	ndr_string_pointer(n, "user_name", &m->user_name);
	N(32, build_num);
	N(32, major_version);
	N(32, minor_version);
	N(16, processor_architecture);
}

void spoolss_open_printer_ex_req(struct ndr *n, struct spoolss_open_printer *m)
{
	spoolss_open_printer_req(n, m);
	uint32_t discriminant = m->level;
	N(32, level);
	ndr_u32(n, "switch", &discriminant);
	if (ndr_decoding(n) && discriminant != m->level)
		wire_fail(&n->w);
	if (!ndr_pointer(n, "info", &m->has_info))
		return;
	if (m->level == 1)
		ndr_struct(n, client_info, 1, &m->info);
	else
		wire_view(&n->w, "other_info", &m->other_info, ndr_decoding(n) ? wire_left(&n->w) : m->other_info.len);
}

void spoolss_open_printer_ex_rsp(struct ndr *n, struct spoolss_open_printer *m)
{
	spoolss_open_printer_rsp(n, m);
}

static void handle_both_ways(struct ndr *n, struct spoolss_on_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, status);
}

void spoolss_close_printer_req(struct ndr *n, struct spoolss_on_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
}

void spoolss_close_printer_rsp(struct ndr *n, struct spoolss_on_printer *m)
{
	handle_both_ways(n, m);
}

void spoolss_enum_printers_req(struct ndr *n, struct spoolss_query *m)
{
	N(32, flags);
	ndr_string_parameter(n, "name", &m->name);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_enum_printers_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_list_rsp(n, m);
}

void spoolss_get_printer_req(struct ndr *n, struct spoolss_query *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_get_printer_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_one_rsp(n, m);
}

void spoolss_set_printer_req(struct ndr *n, struct spoolss_set_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
	uint32_t discriminant = m->level;
	N(32, level);
	ndr_u32(n, "switch", &discriminant);
	if (ndr_decoding(n) && discriminant != m->level)
		wire_fail(&n->w);
	bool has_info = ndr_pointer(n, "info", &m->has_info);
	if (has_info && m->level != 3) {
		wire_view(&n->w, "properties", &m->properties, ndr_decoding(n) ? wire_left(&n->w) : m->properties.len);
		return;
	}
	if (has_info)
		N(32, security_descriptor);
	spoolss_container(n, "dev_mode", &m->dev_mode);
	spoolss_container(n, "security", &m->security);
	N(32, command);
}

void spoolss_set_printer_rsp(struct ndr *n, struct spoolss_set_printer *m)
{
	N(32, status);
}

void spoolss_create_printer_ic_req(struct ndr *n, struct spoolss_create_printer_ic *m)
{
	ndr_handle(n, "printer", &m->printer);
	spoolss_container(n, "dev_mode", &m->dev_mode);
}

void spoolss_create_printer_ic_rsp(struct ndr *n, struct spoolss_create_printer_ic *m)
{
	ndr_handle(n, "ic", &m->ic);
	N(32, status);
}

void spoolss_delete_printer_ic_req(struct ndr *n, struct spoolss_on_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
}

void spoolss_delete_printer_ic_rsp(struct ndr *n, struct spoolss_on_printer *m)
{
	handle_both_ways(n, m);
}

void spoolss_reset_printer_req(struct ndr *n, struct spoolss_reset_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string_parameter(n, "datatype", &m->datatype);
	spoolss_container(n, "dev_mode", &m->dev_mode);
}

void spoolss_reset_printer_rsp(struct ndr *n, struct spoolss_reset_printer *m)
{
	N(32, status);
}
