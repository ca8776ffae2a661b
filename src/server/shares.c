/* Opens the folders. */
#include "server/shares.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "vfs/vfs.h"

static struct fs_share *open_share(const struct fs_share_config *c)
{
	struct vfs *vfs;
	int err = vfs_posix_new(c->path, &vfs);

	if (err != 0) {
		const char *cure = err == -ENOENT ? "create the folder or correct the path" :
		                   err == -ENOTDIR ? "a share is a folder; name the one the file is in" :
		                   err == -EACCES ? "give this user the right to enter it, or start as another user "
		                                    "(after a reload: restart, the folder is outside of the sandbox)" :
		                                    "correct the path";
		log_error("share %s: %s: %s; %s", c->name, c->path, strerror(-err), cure);
		return NULL;
	}
	struct fs_share *share = fs_share_new(c, vfs);
	if (share == NULL)
		log_error("share %s: not enough memory", c->name);
	return share;
}

bool share_set_open(const struct config *config, struct share_set *out)
{
	*out = (struct share_set){ .items = calloc(config->n_shares + 1, sizeof(struct fs_share *)) };
	if (out->items == NULL)
		return false;
	for (size_t i = 0; i < config->n_shares; i++) {
		out->items[i] = open_share(&config->shares[i].fs);
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
