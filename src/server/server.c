/*
 * Wiring. Everything here runs on the main thread; what connections share (settings, accounts, the file core) is made by
 * their own folders to be shared.
 *
 * Order at the start: the configuration is read and folders opened; ports are bound; then privileges go (sandbox), then
 * threads are made (net_run). At SIGHUP only settings change: ports, state folder and sandbox stay. At SIGUSR1 (cups_watch.h) only
 * the printers of CUPS do.
 */
#include "server/server.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth/accounts.h"
#include "base/log.h"
#include "fs/core.h"
#include "fs/lease.h"
#include "fs/localwatch.h"
#include "fs/security.h"
#include "server/banner.h"
#include "server/comm_opener.h"
#include "server/cups_watch.h"
#include "server/idmap.h"
#include "server/listen.h"
#include "server/messages.h"
#include "server/advertise.h"
#include "server/netbios.h"
#include "server/paths.h"
#include "server/restart.h"
#include "server/sandbox.h"
#include "server/shares.h"
#include "server/spooler.h"
#include "server/timezone.h"
#include "smb1/server.h"

/* How long a stop waits for requests that run. */
enum { GRACE_MS = 2000 };
/* Exit statuses. */
enum { SERVED = 0, COULD_NOT = 1, WRONG_USE = 2 };
/* Connections of one address that have not logged on: a terminal server at eight in the morning has some dozens. */
enum { STRANGERS_PER_ADDRESS = 256 };
/* Descriptors that a busy server needs: connections, open files, directories. */
#define DESCRIPTORS_WANTED ((rlim_t)262144)

struct server {
	const struct server_options *options;
	struct accounts *accounts;
	bool keeps_lm;    /* of accounts of the command line: somebody may prove himself so */
	char state_dir[SERVER_PATH_CAP]; /* "": accounts are in memory */
	struct fs_core *core;
	struct smb1_server *smb1;
	struct net *net;
	bool has_leases;
	struct auth *auth; /* the current one */
	struct messages messages;
	struct netbios *netbios;
	struct advertise *advertise;
	struct spooler *spooler;
	struct restart_values at_start;
	struct config config;       /* as it was taken last */
	struct printers_mark named; /* its shares that are not of the list */
	struct cups_watch *cups;
	struct printer_list printers;
	struct gateways *gateways;
	struct comm *comm; /* NULL: no serial ports */
};

/* What smb1 copies; ours until then. */
struct settings {
	const struct config *config;
	struct share_set shares;
	struct auth *auth;
	struct smb1_share_policy *policies; /* one a share */
};

static void on_wake(void *user, uint64_t conn_id, uint64_t req_id)
{
	struct server *s = user;

	smb1_server_wake(s->smb1, conn_id, req_id);
}

static void on_oplock_break(void *user, uint64_t conn_id, uint64_t open_id, enum fs_oplock_level to)
{
	struct server *s = user;

	smb1_server_oplock_break(s->smb1, conn_id, open_id, to);
}

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
	};

	return auth_new(&policy, accounts);
}

static void settings_free(struct settings *set)
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

/* False: logged, nothing to free. */
static bool read_config(struct server *s, bool is_start, struct config *out, struct printers_mark *named)
{
	/* At the start, what there is to say of the file was said when the helpers got it. */
	if (is_start)
		log_set_level(LOG_LEVEL_ERROR);
	bool ok = options_to_config(s->options, out);
	if (is_start)
		log_set_level(out->log_level);
	ok = ok && printers_resolve(out, s->state_dir, &s->printers, named);
	if (!ok)
		config_fini(out);
	return ok;
}

/* The same. config is borrowed until settings_free. */
static bool settings_make(struct server *s, const struct config *config, struct settings *set)
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

static struct smb1_settings to_smb1(const struct server *s, const struct settings *set)
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
		.signing = set->config->signing,
		.unix_extensions = set->config->unix_extensions,
		.host_msdfs = set->config->host_msdfs,
		.reset_on_zero_vc = set->config->reset_on_zero_vc,
		.oem = oem_page_get(set->config->dos_charset),
		.auth = set->auth,
		.shares = set->shares.items,
		.n_shares = set->shares.n,
		.policies = set->policies,
		.legacy = set->config->legacy,
	};
}

/* ---- accounts ---- */

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

/* With --state the accounts of the command line are kept there; without, they are forgotten at the end. */
static bool choose_state(struct server *s)
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

static bool open_accounts(struct server *s)
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

static bool resolve_listen(const struct server *s, const struct config *c, struct listen_set *set)
{
	const struct listen_request request = {
		.listen = s->options->listen,
		.netbios_listen = s->options->netbios_listen,
		.no_netbios = s->options->no_netbios,
		.interfaces = c->interfaces,
		.smb_ports = c->smb_ports,
	};

	return listen_resolve(&request, set);
}

/* The processes beside us, first of all: while there are no secrets, sockets or threads that they could inherit. What is to be said of the
 * configuration is said here: an error ends the start, and the warnings before it may be its cause. */
static bool start_helpers(struct server *s)
{
	struct config config = { 0 };
	struct printers_mark named;
	struct listen_set listen;

	bool ok = options_to_config(s->options, &config) && resolve_listen(s, &config, &listen);
	log_set_level(s->options->has_log_level ? s->options->log_level : config.has_log_level ? config.log_level : LOG_LEVEL_NOTICE);
	for (size_t i = 0; ok && i < config.legacy.n_rules; i++)
		s->keeps_lm = s->keeps_lm || (config.legacy.rules[i].methods & AUTH_BIT(AUTH_LM)) != 0;
	if (ok && config.time_zone != NULL)
		timezone_use(config.time_zone);
	ok = ok && messages_start(config.message_command, &s->messages) &&
	     netbios_start(s->options, &config, s->state_dir, s->messages.fd, &s->netbios) &&
	     advertise_start(s->options, &config, &s->advertise) && printers_resolve(&config, s->state_dir, &s->printers, &named) &&
	     cups_watch_start(&config, s->state_dir, &s->cups) && spooler_start(&config, &s->spooler) &&
	     comm_opener_start(&config, &s->comm);
	config_fini(&config);
	(void)cups_watch_take(s->cups, &s->printers);
	return ok;
}

static bool found_one(void *user, const struct account *account)
{
	if (!account->disabled)
		snprintf(user, sizeof(account->name), "%s", account->name);
	return account->disabled;
}

/* The first that somebody can log on to; "": there is none. */
static void first_account(struct accounts *accounts, char name[sizeof((struct account){ 0 }.name)])
{
	name[0] = '\0';
	accounts_each(accounts, found_one, name);
}

/* ---- start ---- */

static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	/* Root may go beyond the hard limit; whoever may not gets the hard limit. */
	struct rlimit wanted = { DESCRIPTORS_WANTED, MAX(limit.rlim_max, DESCRIPTORS_WANTED) };
	if (limit.rlim_cur >= DESCRIPTORS_WANTED || setrlimit(RLIMIT_NOFILE, &wanted) == 0)
		return;
	limit.rlim_cur = MIN(limit.rlim_max, DESCRIPTORS_WANTED);
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool listen_everywhere(const struct server *s, const struct config *c, struct listen_set *set)
{
	return resolve_listen(s, c, set) && listen_bind(set, s->net);
}

static bool make_parts(struct server *s, const struct settings *set)
{
	const struct net_options options = { .max_per_address = STRANGERS_PER_ADDRESS };
	const struct smb1_settings smb1 = to_smb1(s, set);

	s->core = fs_core_new(on_wake, s);
	if (s->core != NULL) {
		fs_core_on_oplock_break(s->core, on_oplock_break);
		server_set_idmap(s->core, s->accounts);
		gateways_set_core(s->gateways, s->core);
	}
	s->smb1 = s->core != NULL ? smb1_server_new(&smb1, s->core) : NULL;
	s->net = s->smb1 != NULL ? net_new(&options, smb1_protocol(), s->smb1) : NULL;
	if (s->net == NULL) {
		log_error("cannot begin: %s", strerror(errno));
		return false;
	}
	smb1_server_set_net(s->smb1, s->net);
	s->auth = auth_get(set->auth);
	return true;
}

/* Without it clients still hear of each other. */
static bool watch_local_programs(struct server *s, const struct config *c)
{
	bool wanted = false;
	for (size_t i = 0; i < c->n_shares; i++)
		wanted = wanted || (!c->shares[i].fs.no_change_notify && !c->shares[i].fs.no_kernel_change_notify);
	int fd = wanted || s->options->config_file != NULL ? fs_local_start(s->core) : -ENOENT;
	int err = fd >= 0 ? net_add_source(s->net, fd, fs_local_ready, s->core) : 0;
	if (err != 0)
		log_error("cannot begin: %s", strerror(-err));
	return err == 0;
}

/* Ports are ready when somebody has to be woken for that. */
static bool watch_ports(struct server *s)
{
	if (s->comm == NULL)
		return true;
	comm_on_wake(s->comm, on_wake, s);
	int err = net_add_source(s->net, comm_fd(s->comm), comm_ready, s->comm);
	if (err != 0)
		log_error("serial ports: %s", strerror(-err));
	return err == 0;
}

static bool wants_kernel_oplocks(const struct config *c)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (c->shares[i].fs.kernel_oplocks)
			return true;
	return false;
}

static void on_lease(void *core)
{
	fs_lease_ready(core, nttime_now());
}

/* Without them oplocks hold among clients. */
static bool heed_local_opens(struct server *s, const struct config *c)
{
	s->has_leases = wants_kernel_oplocks(c);
	if (!s->has_leases)
		return true;
	int fd = fs_lease_start(s->core);
	int err = fd >= 0 ? net_add_source(s->net, fd, on_lease, s->core) : fd;
	if (err != 0)
		log_error("kernel oplocks: %s", strerror(-err));
	return err == 0;
}

static bool heed_gateways(struct server *s)
{
	int err = net_add_source(s->net, gateways_fd(s->gateways), gateways_on_ready, s->gateways);
	if (err != 0)
		log_error("cannot begin: %s", strerror(-err));
	return err == 0;
}

static void show_banner(const struct server *s, const struct config *c, const struct listen_set *listen)
{
	char state_option[SERVER_PATH_CAP + 16] = "", account[sizeof((struct account){ 0 }.name)];

	if (s->options->state_dir != NULL)
		snprintf(state_option, sizeof(state_option), "--state '%s' ", s->options->state_dir);
	first_account(s->accounts, account);
	const struct banner banner = {
		.config = c,
		.listen = listen,
		.account = account,
		.state_option = s->state_dir[0] != '\0' ? state_option : NULL,
	};
	banner_print(stdout, &banner);
}

static bool serves_as_root(const struct fs_share_config *c)
{
	return c->as_process || (c->force_user != NULL && strcmp(c->force_user, "root") == 0);
}

static bool keeps_security_xattrs(const struct fs_share_config *c)
{
	return c->security_xattr != NULL && strcmp(c->security_xattr, FS_SECURITY_XATTR_SAMBA) == 0;
}

static bool enter_sandbox(const struct server *s, const struct config *c)
{
	struct sandbox_path *paths = calloc(c->n_shares + 3, sizeof(*paths));
	struct sandbox_options options = { .paths = paths, .open_to_reload = s->options->config_file != NULL };
	char *config_path = s->options->config_file != NULL ? strdup(s->options->config_file) : NULL;

	if (paths == NULL || (s->options->config_file != NULL && config_path == NULL)) {
		free(paths);
		return false;
	}
	options.leases = wants_kernel_oplocks(c);
	options.connects = gateways_close(s->gateways);
	for (size_t i = 0; i < c->n_shares; i++) {
		/* A serial port is opened by another process, another server's share by none. */
		if (c->shares[i].fs.path == NULL || gateways_is_url(c->shares[i].fs.path))
			continue;
		paths[options.n_paths++] = (struct sandbox_path){ c->shares[i].fs.path, SANDBOX_WRITE };
		options.root_over_files = options.root_over_files || serves_as_root(&c->shares[i].fs);
		options.security_xattrs = options.security_xattrs || keeps_security_xattrs(&c->shares[i].fs);
		options.quotas = options.quotas || c->shares[i].fs.quotas;
	}
	/* Printers may come later. */
	if (printers_wants_all(c) && c->printers.fs.path != NULL)
		paths[options.n_paths++] = (struct sandbox_path){ c->printers.fs.path, SANDBOX_WRITE };
	options.root_over_files = options.root_over_files || (printers_wants_all(c) && c->printers.fs.force_user == NULL);
	if (s->state_dir[0] != '\0')
		paths[options.n_paths++] = (struct sandbox_path){ s->state_dir, SANDBOX_WRITE };
	/* The folder, not the file: editors put a new file in the old one's place. */
	if (config_path != NULL)
		paths[options.n_paths++] = (struct sandbox_path){ dirname(config_path), SANDBOX_READ };
	bool ok = sandbox_enter(&options);
	free(config_path);
	free(paths);
	return ok;
}

/* ---- signals ---- */

/* False: logged; the old settings stay. */
static bool take_settings(struct server *s, const struct config *config)
{
	struct settings set;

	if (!settings_make(s, config, &set))
		return false;
	auth_inherit(set.auth, s->auth);
	const struct smb1_settings smb1 = to_smb1(s, &set);
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

static void reload(struct server *s)
{
	struct printers_mark named;
	struct config fresh = { 0 };

	if (s->options->config_file == NULL) {
		log_notice("SIGHUP: there is no configuration file to read again");
		return;
	}
	if (!read_config(s, false, &fresh, &named)) {
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
	if (wants_kernel_oplocks(&s->config) && !s->has_leases)
		log_warning("kernel oplocks: no share had them when the server started, and the sandbox is closed; start it anew");
}

/* CUPS has other printers than before. */
static void heed_printers(struct server *s)
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

static void on_signal(void *user, int signo)
{
	struct server *s = user;

	if (signo == SIGHUP || signo == SIGUSR1) {
		(signo == SIGHUP ? reload : heed_printers)(s);
		return;
	}
	log_notice("%s: ending", signo == SIGINT ? "interrupted" : "SIGTERM");
	net_stop(s->net);
}

/* ---- the whole ---- */

/* From before the first listener on: a signal that comes between the binding and net_run waits for net_run instead of
 * killing the process. */
static void hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static bool has_shares(const struct config *c)
{
	/* cupsd may be down, or have none yet. */
	if (c->n_shares > 0 || printers_wants_all(c))
		return true;
	log_error("nothing to share; name a folder (longhouse serve DIR), or a configuration file with shares (--config FILE)");
	return false;
}

static bool start(struct server *s)
{
	const struct config *c = &s->config;
	struct settings set;
	struct listen_set listen;

	if (!read_config(s, true, &s->config, &s->named))
		return false;
	if (!has_shares(c) || !settings_make(s, c, &set))
		return false;
	bool ok = make_parts(s, &set) && watch_local_programs(s, c) && watch_ports(s) && heed_local_opens(s, c) && heed_gateways(s) &&
		  listen_everywhere(s, c, &listen);
	if (ok) {
		restart_values_take(&s->at_start, c);
		show_banner(s, c, &listen);
	}
	if (ok && !s->options->no_sandbox)
		ok = enter_sandbox(s, c);
	settings_free(&set);
	return ok;
}

static void end(struct server *s)
{
	restart_values_free(&s->at_start);
	net_free(s->net);
	if (s->smb1 != NULL)
		smb1_server_free(s->smb1);
	gateways_free(s->gateways); /* nothing is open any more */
	if (s->core != NULL)
		fs_core_free(s->core);
	auth_put(s->auth);
	if (s->accounts != NULL)
		accounts_close(s->accounts);
	config_fini(&s->config);
}

int server_run(const struct server_options *options)
{
	struct server s = { .options = options, .messages = { .fd = -1, .pid = -1 } };

	if (options->has_log_level)
		log_set_level(options->log_level);
	if (!options_check(options))
		return WRONG_USE;
	raise_limits();
	hold_signals();
	bool ok = choose_state(&s) && start_helpers(&s) && open_accounts(&s) && (s.gateways = gateways_new()) != NULL && start(&s);
	if (ok) {
		int err = net_run(s.net, on_signal, &s, GRACE_MS);
		if (err != 0)
			log_error("cannot serve: %s", strerror(-err));
		ok = err == 0;
	}
	end(&s);
	netbios_stop(s.netbios);
	messages_stop(&s.messages);
	advertise_stop(s.advertise);
	spooler_stop(s.spooler);
	cups_watch_stop(s.cups);
	printers_free(&s.printers);
	comm_opener_stop(s.comm);
	return ok ? SERVED : COULD_NOT;
}
