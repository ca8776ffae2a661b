/* What the server has to see to for Kerberos: a keytab that is good, and what libkrb5 reads from within the sandbox. */
#ifndef SERVER_KERBEROS_H
#define SERVER_KERBEROS_H

#include "server/config.h"
#include "server/sandbox.h"

/* False: logged, with the cure. */
bool kerberos_check(const struct config *c, bool is_start);

enum { KERBEROS_PATHS_MAX = 8 };
/* Into out, strings in the arena. How many. */
size_t kerberos_paths(const struct config *c, struct arena *arena, struct sandbox_path out[KERBEROS_PATHS_MAX]);

#endif
