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
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "fs/lease.h"
#include "fs/localwatch.h"
#include "server/banner.h"
#include "server/idmap.h"
#include "server/internal.h"
#include "server/listen.h"
#include "server/timezone.h"

/* How long a stop waits for requests that run. */
enum { GRACE_MS = 2000 };
/* Exit statuses. */
enum { SERVED = 0, COULD_NOT = 1, WRONG_USE = 2 };
/* Connections of one address that have not logged on: a terminal server at eight in the morning has some dozens. */
enum { STRANGERS_PER_ADDRESS = 256 };
/* Descriptors that a busy server needs: connections, open files, directories. */
#define DESCRIPTORS_WANTED ((rlim_t)262144)

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
	const struct smb1_settings smb1 = settings_to_smb1(s, set);

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

static void on_lease(void *core)
{
	fs_lease_ready(core, nttime_now());
}

/* Without them oplocks hold among clients. */
static bool heed_local_opens(struct server *s, const struct config *c)
{
	s->has_leases = server_wants_kernel_oplocks(c);
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
	char state_option[SERVER_PATH_CAP + 16] = "", account[SERVER_ACCOUNT_CAP];

	if (s->options->state_dir != NULL)
		snprintf(state_option, sizeof(state_option), "--state '%s' ", s->options->state_dir);
	server_first_account(s->accounts, account);
	const struct banner banner = {
		.config = c,
		.listen = listen,
		.account = account,
		.state_option = s->state_dir[0] != '\0' ? state_option : NULL,
	};
	banner_print(stdout, &banner);
}

/* ---- signals ---- */

static void on_signal(void *user, int signo)
{
	struct server *s = user;

	if (signo == SIGHUP || signo == SIGUSR1) {
		(signo == SIGHUP ? server_reload : server_heed_printers)(s);
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
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is the client's error, not the server's end */
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

	if (!server_read_config(s, true, &s->config, &s->named))
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
		ok = server_enter_sandbox(s, c);
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
	print_settings_close(s->print_settings);
	config_fini(&s->config);
}

int server_run(const struct server_options *options)
{
	struct server s = { .options = options, .started = nttime_now(), .messages = { .fd = -1, .pid = -1 } };

	if (options->has_log_level)
		log_set_level(options->log_level);
	if (!options_check(options))
		return WRONG_USE;
	raise_limits();
	hold_signals();
	bool ok = server_choose_state(&s) && start_helpers(&s) && server_open_accounts(&s) && server_open_print_settings(&s) &&
		  (s.gateways = gateways_new()) != NULL && start(&s);
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
