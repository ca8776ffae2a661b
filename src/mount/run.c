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
static int loop(struct mount *m, const struct mount_place *place)
{
	if (!sites_add(m, NULL, "", place)) {
		fprintf(stderr, "longhouse mount: not enough memory or threads\n");
		m->sites.ways.leave(place->user);
		return 1;
	}
	bool watched = mount_end_watch(m);
	int result = watched ? serve(m->fuse) : -ENOMEM;
	if (watched)
		mount_end_looped(m);
	ops_forget_handles(m);
	sites_stop(m);
	return result < 0 ? 1 : 0;
}

static int mounted(struct mount *m, const struct mount_place *place)
{
	if (fuse_daemonize(m->options.foreground) != 0) {
		m->sites.ways.leave(place->user);
		return 1;
	}
	mount_end_init(m);
	int result = loop(m, place);
	mount_end_fini(m);
	return result;
}

int mount_run(const struct mount_options *o, const struct mount_ways *ways, const struct mount_place *place)
{
	struct mount *m = calloc(1, sizeof(*m));
	int result = 1;

	if (m == NULL) {
		ways->leave(place->user);
		return 1;
	}
	m->options = *o;
	shelf_init(&m->shelf);
	sites_init(m, ways);
	lock_init(&m->lock, LOCK_RANK_LEAF);
	m->fuse = make_fuse(m);
	if (m->fuse == NULL || fuse_mount(m->fuse, o->folder) != 0) {
		ways->leave(place->user);
		result = complain(o);
	} else {
		(void)!maps_allow(fuse_get_session(m->fuse));
		result = mounted(m, place);
		fuse_unmount(m->fuse);
	}
	if (m->fuse != NULL)
		fuse_destroy(m->fuse);
	lock_fini(&m->lock);
	sites_fini(m);
	shelf_fini(&m->shelf);
	free(m);
	return result;
}
