#include "server/kerberos.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/kerberos.h"
#include "base/log.h"

/* NULL: a keytab of another kind than a file. */
static const char *file_of(const char *keytab)
{
	static const char prefix[] = "FILE:";
	if (strncmp(keytab, prefix, sizeof(prefix) - 1) == 0)
		return keytab + sizeof(prefix) - 1;
	return *keytab == '/' || strchr(keytab, ':') == NULL ? keytab : NULL;
}

/* Who can read it can be this server, and anybody to it. */
static void check_mode(const char *file)
{
	struct stat st;
	if (file != NULL && stat(file, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH)) != 0)
		log_warning("keytab %s: everybody on this machine can use the key in it: chmod o-rw %s", file, file);
}

bool kerberos_check(const struct config *c, bool is_start)
{
	char why[AUTH_KERBEROS_WHY_MAX];
	if (c->keytab == NULL)
		return true;
	if (auth_kerberos_check_keytab(c->keytab, why)) {
		check_mode(file_of(c->keytab));
		return true;
	}
	log_error("%s%s", why, is_start ? "" : "; after the start only a keytab below /etc, or in the folder of the first one, can be read");
	return false;
}

size_t kerberos_paths(const struct config *c, struct arena *arena, struct sandbox_path out[KERBEROS_PATHS_MAX])
{
	size_t n = 0;
	const char *file = c->keytab != NULL ? file_of(c->keytab) : NULL, *settings = getenv("KRB5_CONFIG");
	if (c->keytab == NULL)
		return 0;
	/* The folder: a new key comes as a new file. */
	char *copy = file != NULL ? arena_strdup(arena, file) : NULL;
	if (copy != NULL)
		out[n++] = (struct sandbox_path){ dirname(copy), SANDBOX_READ };
	char *rest = settings != NULL ? arena_strdup(arena, settings) : NULL;
	for (char *path; n < KERBEROS_PATHS_MAX && (path = strsep(&rest, ":")) != NULL;)
		out[n++] = (struct sandbox_path){ path, SANDBOX_READ };
	return n;
}
