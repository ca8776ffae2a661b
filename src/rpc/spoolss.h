/* What the files of the print system share: open printers, answers in the caller's buffer. Inside rpc/ only. */
#ifndef RPC_SPOOLSS_H
#define RPC_SPOOLSS_H

#include "auth/sidname.h"
#include "rpc/internal.h"
#include "wire/dce/spoolss.h"
#include "wire/dce/spoolss_info.h"

#define SPOOLSS_DRIVER_NAME "" /* none: clients bring their own */
#define SPOOLSS_PORT_NAME "Longhouse Printer Port"
#define SPOOLSS_MONITOR_NAME "Local Port"
#define SPOOLSS_MONITOR_DLL "localspl.dll"
#define SPOOLSS_PROCESSOR_NAME "winprint"
#define SPOOLSS_DATATYPE "RAW"
#define SPOOLSS_ENVIRONMENT "Windows NT x86" /* what the server seems to be, and where a client names none */

#define SPOOLSS_SPOOL_FOLDER "C:\\WINDOWS\\system32\\spool\\PRINTERS"

/* What a server is set to, as far as it is numbers; the last has no name. */
struct rpc_print_number {
	const char *name;
	uint32_t number;
};
extern const struct rpc_print_number rpc_print_numbers[];

/* Behind a handle. Names are as the client called them: answers repeat that. */
struct rpc_printer {
	char *share;                     /* NULL: a handle of the server itself */
	char *server;                    /* "\\\\NAME"; NULL: the client named none */
	struct print_document *document; /* NULL: no job under way */
};
/* rpc_object's state_free: a job under way is abandoned. */
void rpc_printer_free(void *state, nttime now);
/* NULL, and the call's fault or *result says why: not a handle of ours, or one of the server itself. */
struct rpc_printer *rpc_printer_find(struct rpc_call *c, const struct dce_handle *handle, uint32_t *result);
/* The server's own, too. NULL: the call's fault says so. */
struct rpc_printer *rpc_printer_or_server_find(struct rpc_call *c, const struct dce_handle *handle);
/* As the client sees it: "\\\\SERVER\\share" or "share". NULL: no memory. */
const char *rpc_printer_name(struct rpc_call *c, const struct rpc_printer *p);

/* In and out of its queue; a Win32 error. */
uint32_t rpc_printer_enter(struct rpc_call *c, const struct rpc_printer *p, struct fs_ctx **ctx);
void rpc_printer_leave(struct rpc_call *c);
uint32_t rpc_print_error(nt_status status);

/* len bytes of a name that may be ours. */
bool rpc_print_is_host(const struct rpc_call *c, const char *name, size_t len);
/* NULL, "", or "\\\\NAME" with such a name. */
bool rpc_print_is_server(const struct rpc_call *c, const char *name);
/* All that have a name, in the arena; server: as the client called it, or NULL. NULL: no memory. */
struct spoolss_printer_info *rpc_printers(struct rpc_call *c, char *server, uint32_t level, uint32_t *n);
/* The descriptor of a printer's share, NULL for the server's; ptr NULL: no memory. spoolss_security.c, as what follows. */
struct slice rpc_print_descriptor(struct rpc_call *c, const char *share);
/* Whether the caller has these rights to the print server: SERVER_ACCESS_*, standard and generic ones. */
bool rpc_print_server_allows(struct rpc_call *c, uint32_t access);
/* Self-relative bytes; what they do not have stays. WERR_ACCESS_DENIED, WERR_INVALID_SECURITY_DESCR, WERR_NOT_ENOUGH_MEMORY. */
uint32_t rpc_print_set_descriptor(struct rpc_call *c, struct slice bytes);
/* Environments by number, from 0 on; NULL: there are no more. */
const char *rpc_print_environment(size_t i);
/* The folder of an environment's drivers; NULL: there is no such environment. */
const char *rpc_print_folder(const char *environment);

/* All forms in the arena, those that everybody knows first: *n_fixed of *n. False: no memory. */
bool rpc_print_forms(struct rpc_call *c, struct spoolss_form_info **forms, uint32_t *n, uint32_t *n_fixed);

/* First in a query: the level, the buffer. Afterwards the answer is empty. */
uint32_t rpc_print_query(struct spoolss_query *m, const struct spoolss_info_kind *kind);
/* WERR_INSUFFICIENT_BUFFER, WERR_NOT_ENOUGH_MEMORY. */
uint32_t rpc_print_answer(struct rpc_call *c, struct spoolss_query *m, const struct spoolss_info_kind *kind, void *items, uint32_t n);
struct spoolss_systemtime rpc_print_time(nttime t);
/* What a client compares to know whether a printer or its jobs have changed. Not 0. */
uint32_t rpc_print_change_id(struct rpc_call *c, const struct rpc_printer *p);
/* A buffer of the caller's size, with data at its start; ptr NULL: the call's fault says that there is no memory for it. */
struct slice rpc_print_buffer(struct rpc_call *c, uint32_t size, struct slice data);

#endif
