/* Opens the folders. */
#include "server/shares.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "vfs/cred.h"
#include "vfs/vfs.h"

/* Rights can be given while the server runs: a warning is enough. */
static void warn_if_closed(const struct fs_share_config *c)
{
	/* Then the rights are those of each session's user, and ours may be less after the sandbox. */
	if (!c->as_process && vfs_cred_can_switch())
		return;
	if (faccessat(AT_FDCWD, c->path, R_OK | X_OK, AT_EACCESS) != 0)
		log_warning("share %s: %s cannot be read by the user this server runs as (%s); give it the right (chmod, chown), or "
		            "start as another user",
		            c->name, c->path, strerror(errno));
	else if (!c->read_only && faccessat(AT_FDCWD, c->path, W_OK, AT_EACCESS) != 0)
		log_warning("share %s: nothing can be created in %s by the user this server runs as (%s); give it the right (chmod, "
		            "chown), or share it read only",
		            c->name, c->path, strerror(errno));
}

/* Nobody of this machine is meant by what is done on another: the server there knows its own users. */
static struct fs_share *open_gateway(struct gateways *gateways, const struct config_share *share)
{
	struct fs_share_config config = share->fs;
	struct vfs *vfs = gateways_open(gateways, share);

	if (vfs == NULL)
		return NULL;
	config.as_process = true;
	config.force_user = NULL;
	struct fs_share *made = fs_share_new(&config, vfs);
	if (made == NULL)
		log_error("share %s: not enough memory", config.name);
	return made;
}

static struct fs_share *open_share(struct gateways *gateways, const struct config_share *share)
{
	const struct fs_share_config *c = &share->fs;
	if (gateways_is_url(c->path))
		return open_gateway(gateways, share);
	struct vfs *vfs;

	if (c->type == FS_SHARE_COMM) /* its device is opened when a client wants it */
		return fs_share_new(c, NULL);
	int err = vfs_posix_new(c->path, &vfs);

	if (err != 0) {
		const char *cure = err == -ENOENT && gateways_is_meant(c->path) ? GATEWAYS_CURE :
		                   err == -ENOENT ? "create the folder or correct the path" :
		                   err == -ENOTDIR ? "a share is a folder; name the one the file is in" :
		                   err == -EACCES ? "give this user the right to enter it, or start as another user "
		                                    "(after a reload: restart, the folder is outside of the sandbox)" :
		                                    "correct the path";
		log_error("share %s: %s: %s; %s", c->name, c->path, strerror(-err), cure);
		return NULL;
	}
	warn_if_closed(c);
	struct fs_share *made = fs_share_new(c, vfs);
	if (made == NULL)
		log_error("share %s: not enough memory", c->name);
	return made;
}

bool share_set_open(const struct config *config, struct gateways *gateways, struct share_set *out)
{
	*out = (struct share_set){ .items = calloc(config->n_shares + 1, sizeof(struct fs_share *)) };
	if (out->items == NULL)
		return false;
	for (size_t i = 0; i < config->n_shares; i++) {
		out->items[i] = open_share(gateways, &config->shares[i]);
		if (out->items[i] == NULL) {
			share_set_close(out);
			return false;
		}
		out->n++;
	}
	return true;
}

void share_set_close(struct share_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		fs_share_put(set->items[i]);
	free(set->items);
	*set = (struct share_set){ 0 };
}
