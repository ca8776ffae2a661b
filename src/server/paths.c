/* The state folder. Called while starting, by one thread. */
#include "server/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static bool join(char *out, size_t cap, const char *dir, const char *below)
{
	int len = snprintf(out, cap, "%s/%s", dir, below);
	if (len > 0 && (size_t)len < cap)
		return true;
	log_error("the path %s/%s is too long", dir, below);
	return false;
}

bool server_default_state_dir(char *out, size_t cap)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (geteuid() == 0)
		return join(out, cap, "/var/lib", "longhouse");
	/* Relative values are to be ignored. [XDG Base Directory] */
	if (xdg != NULL && xdg[0] == '/')
		return join(out, cap, xdg, "longhouse");
	if (home != NULL && home[0] == '/')
		return join(out, cap, home, ".local/state/longhouse");
	log_error("neither HOME nor XDG_STATE_HOME is set: say where to keep the accounts with --state DIR");
	return false;
}

static bool make_one(const char *path)
{
	struct stat st;
	if (mkdir(path, 0700) == 0)
		return true;
	int error = errno;
	/* Whatever mkdir says (EEXIST, EROFS, EACCES): a folder that is there will do. */
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	log_error("cannot create the folder %s: %s; choose another place with --state DIR", path, strerror(error));
	return false;
}

bool server_make_state_dir(const char *path)
{
	char part[SERVER_PATH_CAP];
	size_t len = strlen(path);
	if (len == 0 || len >= sizeof(part)) {
		log_error("'%s' cannot be the path of a state folder", path);
		return false;
	}
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (!make_one(part))
			return false;
	}
	return true;
}

bool server_accounts_path(const char *state_dir, char *out, size_t cap)
{
	return join(out, cap, state_dir, "accounts.db");
}

bool server_print_settings_path(const char *state_dir, char *out, size_t cap)
{
	return join(out, cap, state_dir, "print.db");
}
