/*
 * Where the program keeps what must survive it: one state folder (mode 0700) with accounts.db and the like. As root it
 * is /var/lib/longhouse, else $XDG_STATE_HOME/longhouse or ~/.local/state/longhouse, unless the user names another one.
 */
#ifndef SERVER_PATHS_H
#define SERVER_PATHS_H

#include <stdbool.h>
#include <stddef.h>

enum { SERVER_PATH_CAP = 4096 };

/* False: neither XDG_STATE_HOME nor HOME says where (logged). */
bool server_default_state_dir(char *out, size_t cap);
/* Creates the folder and those above it; an existing one is left as it is. False: logged. */
bool server_make_state_dir(const char *path);
/* The account database in a state folder. False: too long (logged). */
bool server_accounts_path(const char *state_dir, char *out, size_t cap);
/* The same of what is set of printers from afar. */
bool server_print_settings_path(const char *state_dir, char *out, size_t cap);

#endif
