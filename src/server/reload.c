/* Settings that change while the server runs: at SIGHUP the configuration's, at SIGUSR1 the printers of CUPS. */
#include "base/log.h"
#include "server/internal.h"

/* False: logged; the old settings stay. */
static bool take_settings(struct server *s, const struct config *config)
{
	struct settings set;

	if (!settings_make(s, config, &set))
		return false;
	auth_inherit(set.auth, s->auth);
	const struct smb1_settings smb1 = settings_to_smb1(s, &set);
	bool ok = smb1_server_reload(s->smb1, &smb1);
	if (ok) {
		auth_put(s->auth);
		s->auth = auth_get(set.auth);
	} else {
		log_error("not enough memory for new settings");
	}
	settings_free(&set);
	return ok;
}

void server_reload(struct server *s)
{
	struct printers_mark named;
	struct config fresh = { 0 };

	if (s->options->config_file == NULL) {
		log_notice("SIGHUP: there is no configuration file to read again");
		return;
	}
	if (!server_read_config(s, false, &fresh, &named)) {
		log_error("%s was not taken; the old settings stay", s->options->config_file);
		return;
	}
	if (!take_settings(s, &fresh)) {
		log_error("%s was not taken; the old settings stay", s->options->config_file);
		config_fini(&fresh);
		return;
	}
	config_fini(&s->config);
	s->config = fresh;
	s->named = named;
	log_set_level(fresh.log_level);
	log_notice("%s was read again: %zu shares", s->options->config_file, fresh.n_shares);
	(void)restart_values_tell(&s->at_start, &s->config);
	if (server_wants_kernel_oplocks(&s->config) && !s->has_leases)
		log_warning("kernel oplocks: no share had them when the server started, and the sandbox is closed; start it anew");
}

void server_heed_printers(struct server *s)
{
	struct printer_list before = s->printers;

	s->printers = (struct printer_list){ 0 };
	if (!cups_watch_take(s->cups, &s->printers)) {
		s->printers = before;
		return;
	}
	printers_tell(&before, &s->printers);
	printers_free(&before);
	if (!printers_again(&s->config, s->state_dir, &s->printers, &s->named) || !take_settings(s, &s->config))
		log_error("the printers of CUPS have changed, but not the shares");
}
