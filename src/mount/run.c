/* The mount's life: threads, the loop, the end in order. */
#include "mount/end.h"
#include "mount/maps.h"
#include "mount/ops.h"

#include <fuse_lowlevel.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *breaker(void *user)
{
	nodes_serve_breaks(user);
	return NULL;
}

/* libfuse's own words say little. */
static int complain(const struct mount_options *o)
{
	if (access("/dev/fuse", F_OK) != 0)
		fprintf(stderr, "longhouse mount: this system has no /dev/fuse: `modprobe fuse` as root makes it; a container needs --device /dev/fuse\n");
	else if (access("/dev/fuse", R_OK | W_OK) != 0)
		fprintf(stderr, "longhouse mount: you may not open /dev/fuse: mount as root, or have its mode changed to 0666\n");
	else
		fprintf(stderr, "longhouse mount: %s cannot be mounted on: the folder must be yours, fusermount3 (Debian: fuse3) be installed%s\n",
			o->folder, o->allow_other ? ", and allow_other be allowed by user_allow_other in /etc/fuse.conf" : "");
	return 1;
}

/* Of nodes.forget_pages. */
static void forget_pages(void *user, const char *name)
{
	struct mount *m = user;
	size_t below = strlen(m->options.below);
	const char *rest = name + below + strspn(name + below, "/");
	char *path = NULL;

	if (asprintf(&path, "/%s", rest) < 0)
		return;
	mount_end_forget(m, path);
	free(path);
}

static struct fuse *make_fuse(struct mount *m)
{
	const struct mount_options *o = &m->options;
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse *fuse = NULL;
	char *words = NULL;

	if (asprintf(&words, "-osubtype=longhouse,fsname=%s%s%s", o->source, o->read_only ? ",ro" : "", o->allow_other ? ",allow_other" : "") < 0)
		return NULL;
	if (fuse_opt_add_arg(&args, "longhouse") == 0 && fuse_opt_add_arg(&args, words) == 0)
		fuse = fuse_new(&args, &ops_table, sizeof(ops_table), m);
	free(words);
	fuse_opt_free_args(&args);
	return fuse;
}

/* A lock that is waited for keeps a thread, and the waiting ends only if there is another to let it go. */
enum { IDLE_THREADS = 10, THREADS_MAX = 4096 };

static int serve(struct fuse *fuse)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();

	if (config == NULL)
		return -ENOMEM;
	fuse_loop_cfg_set_idle_threads(config, IDLE_THREADS);
	fuse_loop_cfg_set_max_threads(config, THREADS_MAX);
	int result = fuse_loop_mt(fuse, config);
	fuse_loop_cfg_destroy(config);
	return result;
}

/* With its threads, which must be born behind the fork into the background. */
static int loop(struct mount *m, struct fuse *fuse, link_dial_fn dial, void *dial_user, struct cli *cli, struct cli_socket *socket)
{
	if (!link_start(&m->link, dial, dial_user, cli, socket)) {
		fprintf(stderr, "longhouse mount: not enough memory or threads\n");
		return 1;
	}
	m->fuse = fuse;
	nodes_init(&m->nodes, &m->link, forget_pages, m);
	if (pthread_create(&m->breaker, NULL, breaker, &m->nodes) != 0) {
		link_stop(&m->link);
		return 1;
	}
	bool watched = mount_end_watch(m);
	int result = watched ? serve(fuse) : -ENOMEM;
	if (watched)
		mount_end_looped(m);
	link_end_breaks(&m->link);
	pthread_join(m->breaker, NULL);
	ops_forget_handles(m);
	nodes_fini(&m->nodes);
	link_stop(&m->link);
	return result < 0 ? 1 : 0;
}

static int mounted(struct mount *m, struct fuse *fuse, link_dial_fn dial, void *dial_user, struct cli *cli, struct cli_socket *socket)
{
	if (fuse_daemonize(m->options.foreground) != 0)
		return 1;
	mount_end_init(m);
	int result = loop(m, fuse, dial, dial_user, cli, socket);
	mount_end_fini(m);
	return result;
}

int mount_run(const struct mount_options *o, link_dial_fn dial, void *dial_user, struct cli *cli, struct cli_socket *socket)
{
	struct mount *m = calloc(1, sizeof(*m));
	struct fuse *fuse = NULL;
	int result = 1;

	if (m == NULL)
		return 1;
	m->options = *o;
	shelf_init(&m->shelf);
	m->link.retry_s = o->retry_s;
	m->link.timeout_s = MAX(socket->timeout_ms / 1000, 1u);
	fuse = make_fuse(m);
	if (fuse == NULL || fuse_mount(fuse, o->folder) != 0) {
		result = complain(o);
	} else {
		(void)!maps_allow(fuse_get_session(fuse));
		result = mounted(m, fuse, dial, dial_user, cli, socket);
		fuse_unmount(fuse);
	}
	if (fuse != NULL)
		fuse_destroy(fuse);
	shelf_fini(&m->shelf);
	free(m);
	return result;
}
