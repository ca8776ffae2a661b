/* What smb1 is told: the configuration as shares, policies and who may log on. */
#include <stdlib.h>

#include "base/log.h"
#include "server/internal.h"
#include "server/kerberos.h"

static struct auth *make_auth(const struct config *c, struct accounts *accounts)
{
	const struct auth_policy policy = {
		.allow_ntlmv1 = c->ntlmv1,
		.allow_anonymous = true,
		.guest = c->guest,
		.guest_account = c->guest_account,
		.netbios_name = c->netbios_name,
		.workgroup = c->workgroup,
		.dns_name = c->dns_name,
		.oem = oem_page_get(c->dos_charset),
		.keytab = c->keytab,
		.realm = c->realm,
	};

	return auth_new(&policy, accounts);
}

void settings_free(struct settings *set)
{
	auth_put(set->auth);
	free(set->policies);
	share_set_close(&set->shares);
}

static struct smb1_share_policy policy_of(const struct server *s, const struct config_share *share)
{
	enum { SECOND_MS = 1000 };
	struct smb1_share_policy policy = share->policy;

	if (share->comm_device == NULL)
		return policy;
	policy.port = s->comm != NULL ? comm_find_port(s->comm, share->comm_device) : NULL;
	policy.port_wait_ms = share->comm_wait * SECOND_MS;
	if (policy.port == NULL)
		log_warning("share %s: %s was not configured when the server started; start it anew to use it", share->fs.name,
		            share->comm_device);
	return policy;
}

bool server_read_config(struct server *s, bool is_start, struct config *out, struct printers_mark *named)
{
	/* At the start, what there is to say of the file was said when the helpers got it. */
	if (is_start)
		log_set_level(LOG_LEVEL_ERROR);
	bool ok = options_to_config(s->options, out);
	if (is_start)
		log_set_level(out->log_level);
	ok = ok && kerberos_check(out, is_start) && printers_resolve(out, s->state_dir, &s->printers, named);
	if (!ok)
		config_fini(out);
	return ok;
}

bool settings_make(struct server *s, const struct config *config, struct settings *set)
{
	*set = (struct settings){ .config = config };
	bool ok = share_set_open(config, s->gateways, &set->shares);
	if (ok) {
		set->auth = make_auth(config, s->accounts);
		set->policies = calloc(config->n_shares + 1, sizeof(*set->policies));
		ok = set->auth != NULL && set->policies != NULL;
	}
	if (!ok) {
		settings_free(set);
		return false;
	}
	for (size_t i = 0; i < config->n_shares; i++)
		set->policies[i] = policy_of(s, &config->shares[i]);
	return true;
}

static void on_smb_message(void *user, const char *from, const char *to, const char *text)
{
	messages_put(((const struct messages *)user)->fd, from, to, text);
}

struct smb1_settings settings_to_smb1(const struct server *s, const struct settings *set)
{
	return (struct smb1_settings){
		.netbios_name = set->config->netbios_name,
		.aliases = set->config->netbios_aliases,
		.workgroup = set->config->workgroup,
		.each_browsed = s->netbios != NULL ? netbios_each_browsed : NULL,
		.browsed_user = s->netbios,
		.message = s->messages.fd >= 0 ? on_smb_message : NULL,
		.message_user = (void *)&s->messages,
		.comment = set->config->server_string,
		.started = s->started,
		.signing = set->config->signing,
		.unix_extensions = set->config->unix_extensions,
		.host_msdfs = set->config->host_msdfs,
		.reset_on_zero_vc = set->config->reset_on_zero_vc,
		.oem = oem_page_get(set->config->dos_charset),
		.auth = set->auth,
		.print_settings = s->print_settings,
		.shares = set->shares.items,
		.n_shares = set->shares.n,
		.policies = set->policies,
		.legacy = set->config->legacy,
	};
}
