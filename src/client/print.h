/* Printers of a server, on a connection of cli.h; statuses are as there. */
#ifndef CLIENT_PRINT_H
#define CLIENT_PRINT_H

#include "client/cli.h"

/* On a printer's share: a new job, for cli_write from offset 0 on; cli_close hands it to the printer. */
NT_WARN_UNUSED nt_status cli_print_open(struct cli *c, const char *title, struct cli_file *out);

enum { CLI_PRINT_STATUS_MASK = 3 }; /* RAP_PRJ_* */
struct cli_print_job {
	uint16_t id, status;
	uint32_t size, submitted; /* bytes, s since 1970; 0: not told */
	const char *user, *title;
};
/* False ends the list. */
typedef bool (*cli_print_job_fn)(void *user, const struct cli_print_job *job);
/* By RAP, which is asked on IPC$: that is the connection's share then. STATUS_OBJECT_NAME_NOT_FOUND: no such queue, or job;
 * STATUS_NOT_SUPPORTED: the server knows no RAP. */
NT_WARN_UNUSED nt_status cli_print_jobs(struct cli *c, const char *queue, cli_print_job_fn fn, void *user);
NT_WARN_UNUSED nt_status cli_print_cancel(struct cli *c, const char *queue, uint16_t job); /* as cli_print_jobs tells it */

#endif
