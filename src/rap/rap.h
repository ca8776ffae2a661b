/*
 * The LANMAN remote administration protocol, server side: what DOS, Windows 3.x and 9x, OS/2 and small devices ask on
 * \PIPE\LANMAN. Stateless; thread-safe as far as the facts' callbacks are. [MS-RAP] 3.2
 */
#ifndef RAP_RAP_H
#define RAP_RAP_H

#include "fs/facts.h"
#include "print/access.h"

struct oem_page;

/* An account as RAP shows it. */
struct rap_account {
	const char *name, *full_name; /* in the arena given */
	bool admin, disabled;
};
/* What of the account database RAP may ask; the callbacks are thread-safe. */
struct rap_accounts {
	void *user;
	/* False: there is none of this name, or no memory. */
	bool (*find)(void *user, struct arena *arena, const char *name, struct rap_account *out);
	/* In clear, OEM. As auth_password_change. */
	nt_status (*change)(void *user, const char *name, struct slice old_password, struct slice new_password, nttime now);
	/* SAMPR_ENCRYPTED_USER_PASSWORD under the old LM hash, and the old LM hash under the new one. */
	nt_status (*change_oem)(void *user, const char *name, struct slice encrypted, struct slice proof, nttime now);
};

/* One transaction, and the circumstances that answers depend on. */
struct rap_request {
	const struct fs_server_facts *facts;
	const struct oem_page *oem;
	struct slice parameters, data;
	const struct print_access *printing; /* NULL: no queue can be seen */
	size_t max_parameter_count, max_data_count;
	nttime now;
	int tz_min;
	const char *user_name; /* the session's account; NULL or "": anonymous */
	bool guest;
	bool before_nt;        /* its dialect: one share with a blank in its name would end the whole list there ([FIELD] C2 19) */
	bool admin;            /* may see where a share's folder is, who else is here, and all accounts */
	const struct rap_accounts *accounts; /* NULL: none */
};

/*
 * Answers; the slices live in the arena. STATUS_SUCCESS also where the call itself failed: its Win32 error is in the
 * parameters. STATUS_INVALID_PARAMETER: no RAP request; STATUS_INSUFF_SERVER_RESOURCES: no memory.
 */
NT_WARN_UNUSED nt_status rap_call(const struct rap_request *r, struct arena *arena, struct slice *out_parameters, struct slice *out_data);

#endif
