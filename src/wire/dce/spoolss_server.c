/* Coders of the print system: drivers, forms, ports, monitors, print processors. [MS-RPRN] 3.1.4.4 .. 3.1.4.8 */
#include "wire/dce/spoolss.h"

/* Of a server, or of what it has for an environment. */
static void of_server(struct ndr *n, struct spoolss_query *m)
{
	ndr_string_parameter(n, "name", &m->name);
	N(32, level);
	spoolss_query_buffer(n, m);
}

static void of_environment(struct ndr *n, struct spoolss_query *m)
{
	ndr_string_parameter(n, "name", &m->name);
	ndr_string_parameter(n, "environment", &m->environment);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_enum_printer_drivers_req(struct ndr *n, struct spoolss_query *m)
{
	of_environment(n, m);
}

void spoolss_enum_printer_drivers_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_list_rsp(n, m);
}

void spoolss_get_printer_driver_req(struct ndr *n, struct spoolss_query *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string_parameter(n, "environment", &m->environment);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_get_printer_driver_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_one_rsp(n, m);
}

void spoolss_get_printer_driver2_req(struct ndr *n, struct spoolss_query *m)
{
	spoolss_get_printer_driver_req(n, m);
	N(32, client_major_version);
	N(32, client_minor_version);
}

void spoolss_get_printer_driver2_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_driver_rsp(n, m);
}

void spoolss_get_printer_driver_directory_req(struct ndr *n, struct spoolss_query *m)
{
	of_environment(n, m);
}

void spoolss_get_printer_driver_directory_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_one_rsp(n, m);
}

void spoolss_enum_print_processors_req(struct ndr *n, struct spoolss_query *m)
{
	of_environment(n, m);
}

void spoolss_enum_print_processors_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_list_rsp(n, m);
}

void spoolss_get_print_processor_directory_req(struct ndr *n, struct spoolss_query *m)
{
	of_environment(n, m);
}

void spoolss_get_print_processor_directory_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_one_rsp(n, m);
}

void spoolss_enum_print_processor_datatypes_req(struct ndr *n, struct spoolss_query *m)
{
	ndr_string_parameter(n, "name", &m->name);
	ndr_string_parameter(n, "processor_name", &m->processor_name);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_enum_print_processor_datatypes_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_list_rsp(n, m);
}

void spoolss_enum_forms_req(struct ndr *n, struct spoolss_query *m)
{
	ndr_handle(n, "printer", &m->printer);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_enum_forms_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_list_rsp(n, m);
}

void spoolss_get_form_req(struct ndr *n, struct spoolss_query *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string(n, "form_name", &m->form_name);
	N(32, level);
	spoolss_query_buffer(n, m);
}

void spoolss_get_form_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_one_rsp(n, m);
}

void spoolss_enum_ports_req(struct ndr *n, struct spoolss_query *m)
{
	of_server(n, m);
}

void spoolss_enum_ports_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_list_rsp(n, m);
}

void spoolss_enum_monitors_req(struct ndr *n, struct spoolss_query *m)
{
	of_server(n, m);
}

void spoolss_enum_monitors_rsp(struct ndr *n, struct spoolss_query *m)
{
	spoolss_query_list_rsp(n, m);
}
