/*
 * Passwords in the keyring that the kernel keeps for each user, keyrings(7): until the machine is started again, and for nobody else.
 * A key is "longhouse:[DOMAIN;]USER@HOST".
 */
#ifndef CMD_KEYRING_H
#define CMD_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

/* False: there is none, or it is too long. The caller wipes out. */
bool keyring_get(const char *domain, const char *user, const char *host, char *out, size_t cap);
/* In the place of what was there. 0 or an errno. */
int keyring_put(const char *domain, const char *user, const char *host, const char *password);

#endif
