/*
 * The LANMAN remote administration protocol, server side: what DOS, Windows 3.x and 9x, OS/2 and small devices ask on
 * \PIPE\LANMAN. Stateless; thread-safe as far as the facts' callbacks are. [MS-RAP] 3.2
 */
#ifndef RAP_RAP_H
#define RAP_RAP_H

#include "fs/facts.h"

struct oem_page;

/* The caller's way into a printer's queue (print/spool.h), opened in his name by the layer above; one at a time. */
struct rap_printing {
	void *user; /* given to both */
	/* On STATUS_SUCCESS *ctx is good until leave. */
	nt_status (*enter)(void *user, const char *share, struct fs_ctx **ctx);
	void (*leave)(void *user);
};

/* One transaction, and the circumstances that answers depend on. */
struct rap_request {
	const struct fs_server_facts *facts;
	const struct oem_page *oem;
	struct slice parameters, data;
	const struct rap_printing *printing; /* NULL: no queue can be seen */
	size_t max_parameter_count, max_data_count;
	nttime now;
	int tz_min;
	const char *user_name; /* the session's account; NULL or "": anonymous */
	bool guest;
	bool admin;            /* may see where a share's folder is, and who else is here */
};

/*
 * Answers; the slices live in the arena. STATUS_SUCCESS also where the call itself failed: its Win32 error is in the
 * parameters. STATUS_INVALID_PARAMETER: no RAP request; STATUS_INSUFF_SERVER_RESOURCES: no memory.
 */
NT_WARN_UNUSED nt_status rap_call(const struct rap_request *r, struct arena *arena, struct slice *out_parameters, struct slice *out_data);

#endif
