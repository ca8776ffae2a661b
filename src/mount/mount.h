/* A share as a folder of this machine, by libfuse3. One mount in a process. */
#ifndef MOUNT_MOUNT_H
#define MOUNT_MOUNT_H

#include <sys/types.h>

#include "mount/link.h"

struct mount_options {
	const char *folder;      /* where */
	const char *source;      /* as `mount` and `df` show it */
	bool foreground, read_only, allow_other;
	uid_t uid;               /* of files whose owner the server does not tell */
	gid_t gid;
	mode_t file_mode, folder_mode; /* and where it does not tell their modes */
	unsigned retry_s;        /* how long programs wait for a server that is away; then they get EIO */
	double attributes_s;     /* how long the kernel may believe what it was told of a file; 0: it asks each time */
};

/* A connection that stands, and the folder of a share that it is for. Strings are borrowed until the place is left. */
struct mount_place {
	void *user;              /* of mount_ways */
	struct cli *cli;
	struct cli_socket *socket;
	const char *address;     /* of the server, as text */
	const char *share, *below; /* below "": the share itself */
};

/* How connections are made. Called in any thread. dial and leave: one at a time for each place; follow: also while the place
 * is dialed, and several of one place at once. */
struct mount_ways {
	link_dial_fn dial;       /* the same again, after a loss */
	/* Where the place's server says that a path of its share lies. STATUS_PATH_NOT_COVERED: links without end.
	 * given_up: once it is set it ends soon, whatever it waits for; lives as long as the mount. */
	nt_status (*follow)(void *user, const char *path, const atomic_bool *given_up, struct mount_place *out);
	void (*leave)(void *user);
};

/* Until the folder is unmounted or a signal ends it. Exit status: 0, or 1 and said why; the place was left in any case. */
int mount_run(const struct mount_options *o, const struct mount_ways *ways, const struct mount_place *place);

#endif
