/* What the sandbox has to leave open, by the configuration. */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "fs/security.h"
#include "server/internal.h"
#include "server/kerberos.h"
#include "server/sandbox.h"

bool server_wants_kernel_oplocks(const struct config *c)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (c->shares[i].fs.kernel_oplocks)
			return true;
	return false;
}

static bool serves_as_root(const struct fs_share_config *c)
{
	return c->as_process || (c->force_user != NULL && strcmp(c->force_user, "root") == 0);
}

static bool keeps_security_xattrs(const struct fs_share_config *c)
{
	return c->security_xattr != NULL && strcmp(c->security_xattr, FS_SECURITY_XATTR_SAMBA) == 0;
}

bool server_enter_sandbox(const struct server *s, const struct config *c)
{
	struct arena arena;
	struct sandbox_path *paths = calloc(c->n_shares + 3 + KERBEROS_PATHS_MAX, sizeof(*paths));
	struct sandbox_options options = { .paths = paths, .open_to_reload = s->options->config_file != NULL };
	char *config_path = s->options->config_file != NULL ? strdup(s->options->config_file) : NULL;

	if (paths == NULL || (s->options->config_file != NULL && config_path == NULL)) {
		free(paths);
		return false;
	}
	options.leases = server_wants_kernel_oplocks(c);
	options.connects = gateways_close(s->gateways);
	for (size_t i = 0; i < c->n_shares; i++) {
		/* A serial port is opened by another process, another server's share by none. */
		if (c->shares[i].fs.path == NULL || gateways_is_url(c->shares[i].fs.path))
			continue;
		paths[options.n_paths++] = (struct sandbox_path){ c->shares[i].fs.path, SANDBOX_WRITE };
		options.root_over_files = options.root_over_files || serves_as_root(&c->shares[i].fs);
		options.security_xattrs = options.security_xattrs || keeps_security_xattrs(&c->shares[i].fs);
		options.quotas = options.quotas || c->shares[i].fs.quotas;
	}
	/* Printers may come later. */
	if (printers_wants_all(c) && c->printers.fs.path != NULL)
		paths[options.n_paths++] = (struct sandbox_path){ c->printers.fs.path, SANDBOX_WRITE };
	options.root_over_files = options.root_over_files || (printers_wants_all(c) && c->printers.fs.force_user == NULL);
	if (s->state_dir[0] != '\0')
		paths[options.n_paths++] = (struct sandbox_path){ s->state_dir, SANDBOX_WRITE };
	/* The folder, not the file: editors put a new file in the old one's place. */
	if (config_path != NULL)
		paths[options.n_paths++] = (struct sandbox_path){ dirname(config_path), SANDBOX_READ };
	arena_init(&arena, SERVER_PATH_CAP * KERBEROS_PATHS_MAX);
	options.n_paths += kerberos_paths(c, &arena, paths + options.n_paths);
	bool ok = sandbox_enter(&options);
	arena_fini(&arena);
	free(config_path);
	free(paths);
	return ok;
}
