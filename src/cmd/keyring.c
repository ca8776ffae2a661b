/* System calls on keys, which glibc has no functions for. */
#include "cmd/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "crypto/crypto.h"

enum { NAME_MAX_BYTES = 1024, OF_ITS_USER = 0x3f3f0000 /* all rights for whoever possesses it and for the user, none for others */ };

static bool name_of(const char *domain, const char *user, const char *host, char out[NAME_MAX_BYTES])
{
	int len = snprintf(out, NAME_MAX_BYTES, "longhouse:%s%s%s@%s", domain, *domain != '\0' ? ";" : "", user, host);
	return len > 0 && len < NAME_MAX_BYTES;
}

bool keyring_get(const char *domain, const char *user, const char *host, char *out, size_t cap)
{
	char name[NAME_MAX_BYTES];

	if (!name_of(domain, user, host, name))
		return false;
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
	long len = key >= 0 ? syscall(SYS_keyctl, KEYCTL_READ, key, out, cap - 1) : -1;

	if (len < 0 || (size_t)len >= cap) {
		crypto_wipe(out, cap);
		return false;
	}
	out[len] = '\0';
	return true;
}

int keyring_put(const char *domain, const char *user, const char *host, const char *password)
{
	char name[NAME_MAX_BYTES];

	if (!name_of(domain, user, host, name))
		return ENAMETOOLONG;
	long key = syscall(SYS_add_key, "user", name, password, strlen(password), KEY_SPEC_USER_KEYRING);
	/* Who was not given the user's keyring at his logon (a service, cron) finds it by this. */
	return key < 0 || syscall(SYS_keyctl, KEYCTL_SETPERM, key, OF_ITS_USER) < 0 ? errno : 0;
}
