/* Coders of the print system: jobs and documents. [MS-RPRN] 3.1.4.3, 3.1.4.9 */
#include "wire/dce/spoolss.h"

/* ---- jobs ---- */

void spoolss_get_job_req(struct ndr *n, struct spoolss_query *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, job_id);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_get_job_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_one_rsp(n, m);
}

void spoolss_enum_jobs_req(struct ndr *n, struct spoolss_query *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, first_job);
	N(32, no_jobs);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_enum_jobs_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_list_rsp(n, m);
}

void spoolss_add_job_req(struct ndr *n, struct spoolss_query *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_add_job_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_one_rsp(n, m);
}

static void job_info_1(struct ndr *n, struct spoolss_set_job_info *m)
{
	N(32, job_id);
	ndr_string_pointer(n, "printer_name", &m->printer_name);
	ndr_string_pointer(n, "machine_name", &m->machine_name);
	ndr_string_pointer(n, "user_name", &m->user_name);
	ndr_string_pointer(n, "document", &m->document);
	ndr_string_pointer(n, "datatype", &m->datatype);
	ndr_string_pointer(n, "status_text", &m->status_text);
	N(32, status);
	N(32, priority);
	N(32, position);
	N(32, total_pages);
	N(32, pages_printed);
	for (size_t i = 0; i < ARRAY_LEN(m->submitted); i++)
		ndr_u16(n, "submitted", &m->submitted[i]);
}

static void job_info_2(struct ndr *n, struct spoolss_set_job_info *m)
{
	N(32, job_id);
	ndr_string_pointer(n, "printer_name", &m->printer_name);
	ndr_string_pointer(n, "machine_name", &m->machine_name);
	ndr_string_pointer(n, "user_name", &m->user_name);
	ndr_string_pointer(n, "document", &m->document);
	ndr_string_pointer(n, "notify_name", &m->notify_name);
	ndr_string_pointer(n, "datatype", &m->datatype);
	ndr_string_pointer(n, "print_processor", &m->print_processor);
	ndr_string_pointer(n, "parameters", &m->parameters);
	ndr_string_pointer(n, "driver_name", &m->driver_name);
	N(32, dev_mode);
	ndr_string_pointer(n, "status_text", &m->status_text);
	N(32, security_descriptor);
	N(32, status);
	N(32, priority);
	N(32, position);
	N(32, start_time);
	N(32, until_time);
	N(32, total_pages);
	N(32, size);
	for (size_t i = 0; i < ARRAY_LEN(m->submitted); i++)
		ndr_u16(n, "submitted", &m->submitted[i]);
	N(32, time);
	N(32, pages_printed);
}

static void job_info(struct ndr *n, uint32_t level, void *item)
{
	if (level == 1)
		job_info_1(n, item);
	else
		job_info_2(n, item);
}

/* Another level's info would hide the command that follows. */
static void job_container(struct ndr *n, struct spoolss_set_job *m)
{
	uint32_t discriminant = m->level;
	N(32, level);
	ndr_u32(n, "switch", &discriminant);
	if (ndr_decoding(n) && discriminant != m->level)
		wire_fail(&n->w);
	if (!ndr_pointer(n, "info", &m->has_info))
		return;
	if (m->level == 1 || m->level == 2) {
		ndr_struct(n, job_info, m->level, &m->info);
	} else if (m->level == 3) {
		N(32, job_id_2);
		N(32, next_job_id);
		N(32, reserved);
	} else {
		wire_fail(&n->w);
	}
}

void spoolss_set_job_req(struct ndr *n, struct spoolss_set_job *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, job_id);
	if (ndr_pointer(n, "container", &m->has_container))
		job_container(n, m);
	N(32, command);
}

void spoolss_set_job_rsp(struct ndr *n, struct spoolss_set_job *m)
{
	N(32, status);
}

void spoolss_schedule_job_req(struct ndr *n, struct spoolss_schedule_job *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, job_id);
}

void spoolss_schedule_job_rsp(struct ndr *n, struct spoolss_schedule_job *m)
{
	N(32, status);
}

/* ---- documents ---- */

static void doc_info(struct ndr *n, uint32_t level, void *item)
{
	struct spoolss_start_doc_printer *m = item;
	(void)level;
	ndr_string_pointer(n, "doc_name", &m->doc_name);
	ndr_string_pointer(n, "output_file", &m->output_file);
	ndr_string_pointer(n, "datatype", &m->datatype);
}

void spoolss_start_doc_printer_req(struct ndr *n, struct spoolss_start_doc_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
	uint32_t discriminant = m->level;
	N(32, level);
	ndr_u32(n, "switch", &discriminant);
	if (ndr_decoding(n) && discriminant != m->level)
		wire_fail(&n->w);
	if (m->level == 1 && ndr_pointer(n, "info", &m->has_info))
		ndr_struct(n, doc_info, 1, m);
}

void spoolss_start_doc_printer_rsp(struct ndr *n, struct spoolss_start_doc_printer *m)
{
	N(32, job_id);
	N(32, status);
}

void spoolss_write_printer_req(struct ndr *n, struct spoolss_write_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
	uint32_t max_count = (uint32_t)m->buf.len;
	ndr_u32(n, "max_count", &max_count);
	wire_view(&n->w, "buf", &m->buf, max_count);
	N(32, cb_buf);
	if (ndr_decoding(n) && m->cb_buf != max_count)
		wire_fail(&n->w);
}

void spoolss_write_printer_rsp(struct ndr *n, struct spoolss_write_printer *m)
{
	N(32, pc_written);
	N(32, status);
}

static void on_printer_req(struct ndr *n, struct spoolss_on_printer *m)
{
	ndr_handle(n, "printer", &m->printer);
}

void spoolss_start_page_printer_req(struct ndr *n, struct spoolss_on_printer *m)
{
	on_printer_req(n, m);
}

void spoolss_start_page_printer_rsp(struct ndr *n, struct spoolss_on_printer *m)
{
	N(32, status);
}

void spoolss_end_page_printer_req(struct ndr *n, struct spoolss_on_printer *m)
{
	on_printer_req(n, m);
}

void spoolss_end_page_printer_rsp(struct ndr *n, struct spoolss_on_printer *m)
{
	N(32, status);
}

void spoolss_abort_printer_req(struct ndr *n, struct spoolss_on_printer *m)
{
	on_printer_req(n, m);
}

void spoolss_abort_printer_rsp(struct ndr *n, struct spoolss_on_printer *m)
{
	N(32, status);
}

void spoolss_end_doc_printer_req(struct ndr *n, struct spoolss_on_printer *m)
{
	on_printer_req(n, m);
}

void spoolss_end_doc_printer_rsp(struct ndr *n, struct spoolss_on_printer *m)
{
	N(32, status);
}
