/* A share as a folder of this machine, by libfuse3. One mount in a process. */
#ifndef MOUNT_MOUNT_H
#define MOUNT_MOUNT_H

#include <sys/types.h>

#include "mount/link.h"

struct mount_options {
	const char *folder;      /* where */
	const char *source;      /* as `mount` and `df` show it */
	const char *below;       /* the folder of the share that is mounted; "": the share */
	bool foreground, read_only, allow_other;
	uid_t uid;               /* of files whose owner the server does not tell */
	gid_t gid;
	mode_t file_mode, folder_mode; /* and where it does not tell their modes */
	unsigned retry_s;        /* how long programs wait for a server that is away; then they get EIO */
	double attributes_s;     /* how long the kernel may believe what it was told of a file; 0: it asks each time */
};

/* Until the folder is unmounted or a signal ends it. cli is a connection that stands; dial makes the next ones. Exit status: 0, or 1
 * and said why. */
int mount_run(const struct mount_options *o, link_dial_fn dial, void *dial_user, struct cli *cli, struct cli_socket *socket);

#endif
