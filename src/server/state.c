/* The state folder, and the accounts in it or in memory. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "server/internal.h"

bool server_choose_state(struct server *s)
{
	const char *named = s->options->state_dir;

	if (named != NULL)
		snprintf(s->state_dir, sizeof(s->state_dir), "%s", named);
	else if (s->options->users != NULL || !server_default_state_dir(s->state_dir, sizeof(s->state_dir)))
		s->state_dir[0] = '\0';
	if (s->state_dir[0] == '\0' || server_make_state_dir(s->state_dir))
		return true;
	if (named != NULL)
		return false;
	log_notice("accounts are kept in memory only; choose a state folder with --state DIR");
	s->state_dir[0] = '\0';
	return true;
}

static bool add_user(struct accounts *accounts, const char *text, bool keep_lm)
{
	struct account account = { 0 };
	const char *colon = strchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;

	if (len == 0 || len >= sizeof(account.name)) {
		log_error("--user: write NAME:PASSWORD, the name with at most %zu bytes", sizeof(account.name) - 1);
		return false;
	}
	memcpy(account.name, text, len);
	/* A password that has no LM hash is kept all the same: most clients do without. */
	if (!(keep_lm && account_set_password(&account, colon + 1, true)) && !account_set_password(&account, colon + 1, false)) {
		log_error("--user %s: this password cannot be used", account.name);
		return false;
	}
	return accounts_put(accounts, &account);
}

bool server_open_accounts(struct server *s)
{
	char path[SERVER_PATH_CAP] = ":memory:";

	if (s->state_dir[0] != '\0' && !server_accounts_path(s->state_dir, path, sizeof(path)))
		return false;
	s->accounts = accounts_open(path);
	if (s->accounts == NULL)
		return false;
	for (const char *const *user = s->options->users; user != NULL && *user != NULL; user++)
		if (!add_user(s->accounts, *user, s->keeps_lm))
			return false;
	return true;
}

bool server_open_print_settings(struct server *s)
{
	char path[SERVER_PATH_CAP] = ":memory:";

	if (s->state_dir[0] != '\0' && !server_print_settings_path(s->state_dir, path, sizeof(path)))
		return false;
	s->print_settings = print_settings_open(path);
	return s->print_settings != NULL;
}

static bool found_one(void *user, const struct account *account)
{
	if (!account->disabled)
		snprintf(user, sizeof(account->name), "%s", account->name);
	return account->disabled;
}

void server_first_account(struct accounts *accounts, char name[SERVER_ACCOUNT_CAP])
{
	name[0] = '\0';
	accounts_each(accounts, found_one, name);
}
