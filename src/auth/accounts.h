/*
 * The account database: SQLite file `accounts.db` in the state folder (mode 0600). A row: name (case-insensitive, unique),
 * NT hash, optional LM hashes, optional Unix user, flags. Passwords themselves are never stored.
 *
 * Several processes may have it open (the server and `longhouse user`): what one writes the others see at their next
 * look-up. Look-ups are cached; the cache knows by SQLite's data_version whether anybody wrote.
 */
#ifndef AUTH_ACCOUNTS_H
#define AUTH_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/lmpages.h"
#include "base/sid.h"

struct accounts;

struct account {
	char name[128];
	char unix_user[128]; /* "" : the same name */
	char full_name[128];
	uint8_t nt_hash[16];
	bool has_nt;
	struct auth_lm_hashes lm; /* none, unless the account is meant for DOS clients */
	bool disabled, admin;
};

/* path: file, or ":memory:". NULL on failure, the reason (with the cure) is logged. Thread-safe. */
struct accounts *accounts_open(const char *path);
void accounts_close(struct accounts *a);

/* False: no such account. */
bool accounts_find(struct accounts *a, const char *name, struct account *out);
/* The account of a Unix user: one that names him, else one of his name. Not cached. */
bool accounts_find_unix(struct accounts *a, const char *unix_user, struct account *out);
bool accounts_put(struct accounts *a, const struct account *account); /* insert or replace; false: logged */
bool accounts_remove(struct accounts *a, const char *name);
/* By name; stops when each gives false, which must not call the database. False: the database failed, logged. */
bool accounts_each(struct accounts *a, bool (*each)(void *user, const struct account *account), void *user);
/* S-1-5-21-x-y-z, which the accounts' SIDs begin with: made once, kept in the file. Valid as long as a. */
const struct sid *accounts_machine_sid(const struct accounts *a);
/* True: no more than the struct can hold, no control characters, none of the characters that names may not have. */
bool account_name_is_valid(const char *name);

/* Fills the hashes of a password (UTF-8). keep_lm: store the weak LM hash too (DOS clients); false then also if it has
 * none, because no code page of DOS can write it in 14 bytes. False: the password cannot be used. */
bool account_set_password(struct account *account, const char *password, bool keep_lm);
/* Whether the account's password is the empty one. */
bool account_has_empty_password(const struct account *account);
/* One line of smbpasswd(5): name:uid:LM:NT:[flags]:LCT-...: ; false: not such a line (error gets a reason). */
bool account_from_smbpasswd(const char *line, struct account *out, const char **error);

#endif
