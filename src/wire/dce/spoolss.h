/*
 * The print system's calls. [MS-RPRN]
 *
 * What lists and queries tell lies in a buffer of the caller's size, in a layout that is not NDR: spoolss_info.h. Members
 * that are char pointers may be NULL: null pointer.
 */
#ifndef WIRE_DCE_SPOOLSS_H
#define WIRE_DCE_SPOOLSS_H

#include "wire/dce/ndr.h"
#include "wire/dce/spoolss_info.h"

/* [in, out, unique, size_is(cbBuf)] BYTE*: the same size both ways; what a request has in it means nothing. */
struct spoolss_buffer {
	bool is_there;
	struct slice bytes;
};

/* Every call that fills such a buffer; each has the members that its specification names. */
struct spoolss_query {
	struct dce_handle printer;
	uint32_t flags;                                    /* EnumPrinters: PRINTER_ENUM_* */
	const char *name;                                  /* of the server */
	const char *environment, *processor_name, *form_name;
	uint32_t job_id, first_job, no_jobs;
	uint32_t level;
	struct spoolss_buffer buffer;
	uint32_t cb_buf;                                   /* request */
	uint32_t client_major_version, client_minor_version;
	uint32_t pcb_needed, pc_returned;                  /* response */
	uint32_t server_max_version, server_min_version;
	uint32_t status;
};

/* DEVMODE_CONTAINER, SECURITY_CONTAINER. [MS-RPRN] 2.2.1.2.1, 2.2.1.2.13 */
struct spoolss_container {
	uint32_t cb_buf;
	struct slice bytes;
};
void spoolss_container(struct ndr *n, const char *name, struct spoolss_container *m);

/* Calls that have a handle, and nothing else to say. */
struct spoolss_on_printer {
	struct dce_handle printer;
	uint32_t status;
};

/* ---- printers: spoolss_printer.c ---- */

enum { /* [MS-RPRN] 2.2.3.1 */
	SERVER_ACCESS_ADMINISTER = 0x01, SERVER_ACCESS_ENUMERATE = 0x02, PRINTER_ACCESS_ADMINISTER = 0x04, PRINTER_ACCESS_USE = 0x08,
	JOB_ACCESS_ADMINISTER = 0x10, JOB_ACCESS_READ = 0x20,
	SERVER_ALL_ACCESS = 0x000F0003, SERVER_EXECUTE = 0x00020002, PRINTER_ALL_ACCESS = 0x000F000C, PRINTER_EXECUTE = 0x00020008,
	JOB_ALL_ACCESS = 0x000F0030,
};
enum { PRINTER_ENUM_LOCAL = 0x02, PRINTER_ENUM_CONNECTIONS = 0x04, PRINTER_ENUM_NAME = 0x08, PRINTER_ENUM_SHARED = 0x20,
       PRINTER_ENUM_NETWORK = 0x40, PRINTER_ENUM_ICON8 = 0x00800000 }; /* [MS-RPRN] 2.2.3.7 */
enum { PRINTER_ATTRIBUTE_QUEUED = 0x0001, PRINTER_ATTRIBUTE_SHARED = 0x0008, PRINTER_ATTRIBUTE_LOCAL = 0x0040,
       PRINTER_ATTRIBUTE_RAW_ONLY = 0x1000 };
enum { PRINTER_STATUS_PAUSED = 0x0001, PRINTER_STATUS_PRINTING = 0x0400 };
enum { PRINTER_CONTROL_PAUSE = 1, PRINTER_CONTROL_RESUME = 2, PRINTER_CONTROL_PURGE = 3, PRINTER_CONTROL_SET_STATUS = 4 };

/* SPLCLIENT_INFO_1. [MS-RPRN] 2.2.1.11.1 */
struct spoolss_client_info {
	uint32_t size;
	const char *machine_name, *user_name;
	uint32_t build_num, major_version, minor_version;
	uint16_t processor_architecture;
};
/* RpcOpenPrinter, and RpcOpenPrinterEx with who asks. */
struct spoolss_open_printer {
	const char *printer_name, *datatype; /* request */
	struct spoolss_container dev_mode;
	uint32_t access_required;
	uint32_t level;
	bool has_info;
	struct spoolss_client_info info;     /* of level 1 */
	struct slice other_info;             /* of another level: as it came */
	struct dce_handle printer;           /* response */
	uint32_t status;
};
void spoolss_open_printer_req(struct ndr *n, struct spoolss_open_printer *m);
void spoolss_open_printer_rsp(struct ndr *n, struct spoolss_open_printer *m);
void spoolss_open_printer_ex_req(struct ndr *n, struct spoolss_open_printer *m);
void spoolss_open_printer_ex_rsp(struct ndr *n, struct spoolss_open_printer *m);

/* The handle comes back null. */
void spoolss_close_printer_req(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_close_printer_rsp(struct ndr *n, struct spoolss_on_printer *m);

void spoolss_enum_printers_req(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_printers_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_get_printer_req(struct ndr *n, struct spoolss_query *m);
void spoolss_get_printer_rsp(struct ndr *n, struct spoolss_query *m);

struct spoolss_set_printer {
	struct dce_handle printer; /* request */
	uint32_t level;
	bool has_info;
	uint32_t security_descriptor; /* level 3: a pointer that leads nowhere; it is in the container */
	struct slice properties;   /* what follows an info of another level, as it came: those change nothing here */
	struct spoolss_container dev_mode, security;
	uint32_t command;          /* PRINTER_CONTROL_*; 0 where there is an info */
	uint32_t status;
};
void spoolss_set_printer_req(struct ndr *n, struct spoolss_set_printer *m);
void spoolss_set_printer_rsp(struct ndr *n, struct spoolss_set_printer *m);

struct spoolss_create_printer_ic {
	struct dce_handle printer; /* request */
	struct spoolss_container dev_mode;
	struct dce_handle ic;      /* response */
	uint32_t status;
};
void spoolss_create_printer_ic_req(struct ndr *n, struct spoolss_create_printer_ic *m);
void spoolss_create_printer_ic_rsp(struct ndr *n, struct spoolss_create_printer_ic *m);
void spoolss_delete_printer_ic_req(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_delete_printer_ic_rsp(struct ndr *n, struct spoolss_on_printer *m);

struct spoolss_reset_printer {
	struct dce_handle printer; /* request */
	const char *datatype;
	struct spoolss_container dev_mode;
	uint32_t status;
};
void spoolss_reset_printer_req(struct ndr *n, struct spoolss_reset_printer *m);
void spoolss_reset_printer_rsp(struct ndr *n, struct spoolss_reset_printer *m);

/* ---- jobs and documents: spoolss_job.c ---- */

enum { JOB_STATUS_PAUSED = 0x01, JOB_STATUS_SPOOLING = 0x08, JOB_STATUS_PRINTING = 0x10 }; /* [MS-RPRN] 2.2.3.12 */
enum { /* [MS-RPRN] 3.1.4.3.1 */
	JOB_CONTROL_PAUSE = 1, JOB_CONTROL_RESUME = 2, JOB_CONTROL_CANCEL = 3, JOB_CONTROL_RESTART = 4, JOB_CONTROL_DELETE = 5,
};

void spoolss_get_job_req(struct ndr *n, struct spoolss_query *m);
void spoolss_get_job_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_jobs_req(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_jobs_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_add_job_req(struct ndr *n, struct spoolss_query *m);
void spoolss_add_job_rsp(struct ndr *n, struct spoolss_query *m);

/* JOB_INFO_1, and JOB_INFO_2 where only one has it. [MS-RPRN] 2.2.1.7 */
struct spoolss_set_job_info {
	uint32_t job_id;
	const char *printer_name, *machine_name, *user_name, *document, *notify_name, *datatype, *print_processor, *parameters,
		*driver_name, *status_text;
	uint32_t dev_mode, security_descriptor; /* pointers that lead nowhere */
	uint32_t status, priority, position, start_time, until_time, total_pages, size, time, pages_printed;
	uint16_t submitted[8];
};
struct spoolss_set_job {
	struct dce_handle printer; /* request */
	uint32_t job_id;
	bool has_container;
	uint32_t level;
	bool has_info;
	struct spoolss_set_job_info info; /* of levels 1 and 2 */
	uint32_t job_id_2, next_job_id, reserved; /* of level 3 */
	uint32_t command;          /* JOB_CONTROL_* */
	uint32_t status;
};
void spoolss_set_job_req(struct ndr *n, struct spoolss_set_job *m);
void spoolss_set_job_rsp(struct ndr *n, struct spoolss_set_job *m);

struct spoolss_schedule_job {
	struct dce_handle printer; /* request */
	uint32_t job_id;
	uint32_t status;
};
void spoolss_schedule_job_req(struct ndr *n, struct spoolss_schedule_job *m);
void spoolss_schedule_job_rsp(struct ndr *n, struct spoolss_schedule_job *m);

struct spoolss_start_doc_printer {
	struct dce_handle printer; /* request */
	uint32_t level;
	bool has_info;
	const char *doc_name, *output_file, *datatype;
	uint32_t job_id;           /* response */
	uint32_t status;
};
void spoolss_start_doc_printer_req(struct ndr *n, struct spoolss_start_doc_printer *m);
void spoolss_start_doc_printer_rsp(struct ndr *n, struct spoolss_start_doc_printer *m);

struct spoolss_write_printer {
	struct dce_handle printer; /* request */
	struct slice buf;
	uint32_t cb_buf;
	uint32_t pc_written;       /* response */
	uint32_t status;
};
void spoolss_write_printer_req(struct ndr *n, struct spoolss_write_printer *m);
void spoolss_write_printer_rsp(struct ndr *n, struct spoolss_write_printer *m);

void spoolss_start_page_printer_req(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_start_page_printer_rsp(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_end_page_printer_req(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_end_page_printer_rsp(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_abort_printer_req(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_abort_printer_rsp(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_end_doc_printer_req(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_end_doc_printer_rsp(struct ndr *n, struct spoolss_on_printer *m);

/* ---- what a server and a printer are set to: spoolss_data.c ---- */

enum { REG_NONE = 0, REG_SZ = 1, REG_BINARY = 3, REG_DWORD = 4 }; /* [MS-RPRN] 2.2.3.9 */

/* RpcGetPrinterData, and RpcGetPrinterDataEx with a key. */
struct spoolss_get_printer_data {
	struct dce_handle printer; /* request */
	const char *key_name, *value_name;
	uint32_t type;             /* response: REG_* */
	struct slice data;         /* as long as the caller's buffer */
	uint32_t n_size;           /* request */
	uint32_t pcb_needed;       /* response */
	uint32_t status;
};
void spoolss_get_printer_data_req(struct ndr *n, struct spoolss_get_printer_data *m);
void spoolss_get_printer_data_rsp(struct ndr *n, struct spoolss_get_printer_data *m);
void spoolss_get_printer_data_ex_req(struct ndr *n, struct spoolss_get_printer_data *m);
void spoolss_get_printer_data_ex_rsp(struct ndr *n, struct spoolss_get_printer_data *m);

struct spoolss_enum_printer_data {
	struct dce_handle printer;   /* request */
	uint32_t index;
	uint32_t cb_value_name, cb_data;
	struct slice value_name;     /* response: as long as the caller's buffers */
	uint32_t pcb_value_name, type;
	struct slice data;
	uint32_t pcb_data;
	uint32_t status;
};
void spoolss_enum_printer_data_req(struct ndr *n, struct spoolss_enum_printer_data *m);
void spoolss_enum_printer_data_rsp(struct ndr *n, struct spoolss_enum_printer_data *m);

struct spoolss_enum_printer_data_ex {
	struct dce_handle printer; /* request */
	const char *key_name;
	uint32_t cb_enum_values;
	struct slice enum_values;  /* response */
	uint32_t pcb_enum_values, pn_enum_values;
	uint32_t status;
};
void spoolss_enum_printer_data_ex_req(struct ndr *n, struct spoolss_enum_printer_data_ex *m);
void spoolss_enum_printer_data_ex_rsp(struct ndr *n, struct spoolss_enum_printer_data_ex *m);

struct spoolss_enum_printer_key {
	struct dce_handle printer; /* request */
	const char *key_name;
	uint32_t cb_subkey;
	struct slice subkey;       /* response: UTF-16, as long as the caller's buffer */
	uint32_t pcb_subkey;
	uint32_t status;
};
void spoolss_enum_printer_key_req(struct ndr *n, struct spoolss_enum_printer_key *m);
void spoolss_enum_printer_key_rsp(struct ndr *n, struct spoolss_enum_printer_key *m);

/* RPC_V2_NOTIFY_OPTIONS_TYPE. [MS-RPRN] 2.2.1.13.2 */
struct spoolss_notify_type {
	uint16_t type, reserved_0;
	uint32_t reserved_1, reserved_2, count;
	bool has_fields;
	uint16_t *fields;
};
struct spoolss_notify {
	struct dce_handle printer; /* request */
	uint32_t flags, notify_options;
	const char *local_machine;
	uint32_t printer_local;
	bool has_options;
	uint32_t version, reserved, count;
	bool has_types;
	struct spoolss_notify_type *types;
	uint32_t status;
};
void spoolss_find_first_change_ex_req(struct ndr *n, struct spoolss_notify *m);
void spoolss_find_first_change_ex_rsp(struct ndr *n, struct spoolss_notify *m);
void spoolss_find_close_change_req(struct ndr *n, struct spoolss_on_printer *m);
void spoolss_find_close_change_rsp(struct ndr *n, struct spoolss_on_printer *m);

/* ---- what changes forms: spoolss_form.c ---- */

/* RpcAddForm, RpcSetForm. */
struct spoolss_set_form {
	struct dce_handle printer; /* request */
	const char *form_name;     /* RpcSetForm: which one */
	uint32_t level;
	bool has_info;
	struct spoolss_form_info info; /* of level 1 */
	struct slice other_info;       /* of another level: as it came */
	uint32_t status;
};
void spoolss_add_form_req(struct ndr *n, struct spoolss_set_form *m);
void spoolss_add_form_rsp(struct ndr *n, struct spoolss_set_form *m);
void spoolss_set_form_req(struct ndr *n, struct spoolss_set_form *m);
void spoolss_set_form_rsp(struct ndr *n, struct spoolss_set_form *m);

struct spoolss_delete_form {
	struct dce_handle printer; /* request */
	const char *form_name;
	uint32_t status;
};
void spoolss_delete_form_req(struct ndr *n, struct spoolss_delete_form *m);
void spoolss_delete_form_rsp(struct ndr *n, struct spoolss_delete_form *m);

/* ---- drivers, forms, ports, monitors, print processors: spoolss_server.c ---- */

void spoolss_enum_printer_drivers_req(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_printer_drivers_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_get_printer_driver_req(struct ndr *n, struct spoolss_query *m);
void spoolss_get_printer_driver_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_get_printer_driver2_req(struct ndr *n, struct spoolss_query *m);
void spoolss_get_printer_driver2_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_get_printer_driver_directory_req(struct ndr *n, struct spoolss_query *m);
void spoolss_get_printer_driver_directory_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_print_processors_req(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_print_processors_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_get_print_processor_directory_req(struct ndr *n, struct spoolss_query *m);
void spoolss_get_print_processor_directory_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_print_processor_datatypes_req(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_print_processor_datatypes_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_forms_req(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_forms_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_get_form_req(struct ndr *n, struct spoolss_query *m);
void spoolss_get_form_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_ports_req(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_ports_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_monitors_req(struct ndr *n, struct spoolss_query *m);
void spoolss_enum_monitors_rsp(struct ndr *n, struct spoolss_query *m);

/* The tails that all queries share: the buffer with its size; the answer of one item, of many, of a driver. */
void spoolss_query_buffer(struct ndr *n, struct spoolss_query *m);
void spoolss_query_one_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_query_list_rsp(struct ndr *n, struct spoolss_query *m);
void spoolss_query_driver_rsp(struct ndr *n, struct spoolss_query *m);

#endif
