/*
 * The server's state, and the parts of server.c that have files of their own: settings.c, state.c, confine.c, reload.c. Main thread.
 */
#ifndef SERVER_INTERNAL_H
#define SERVER_INTERNAL_H

#include "auth/accounts.h"
#include "fs/core.h"
#include "print/settings.h"
#include "server/advertise.h"
#include "server/comm_opener.h"
#include "server/cups_watch.h"
#include "server/gateways.h"
#include "server/messages.h"
#include "server/netbios.h"
#include "server/options.h"
#include "server/paths.h"
#include "server/printers.h"
#include "server/restart.h"
#include "server/shares.h"
#include "server/spooler.h"
#include "smb1/server.h"

struct server {
	const struct server_options *options;
	struct accounts *accounts;
	struct print_settings *print_settings;
	nttime started;
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

/* ---- settings.c ---- */

/* What smb1 copies; ours until then. */
struct settings {
	const struct config *config;
	struct share_set shares;
	struct auth *auth;
	struct smb1_share_policy *policies; /* one a share */
};

/* The file's and the command line's, with the printers that there are. False: logged, nothing to free. */
bool server_read_config(struct server *s, bool is_start, struct config *out, struct printers_mark *named);
/* The same. config is borrowed until settings_free. */
bool settings_make(struct server *s, const struct config *config, struct settings *set);
void settings_free(struct settings *set);
/* Borrows all of it. */
struct smb1_settings settings_to_smb1(const struct server *s, const struct settings *set);

/* ---- state.c ---- */

enum { SERVER_ACCOUNT_CAP = sizeof((struct account){ 0 }.name) };
/* With --state the accounts of the command line are kept there; without, they are forgotten at the end. False: logged, as below. */
bool server_choose_state(struct server *s);
bool server_open_accounts(struct server *s);
bool server_open_print_settings(struct server *s);
/* The first that somebody can log on to; "": there is none. */
void server_first_account(struct accounts *accounts, char name[SERVER_ACCOUNT_CAP]);

/* ---- confine.c ---- */

bool server_wants_kernel_oplocks(const struct config *c);
/* Gives up all that serving these shares does not need. False: logged. */
bool server_enter_sandbox(const struct server *s, const struct config *c);

/* ---- reload.c ---- */

/* Where something is wrong with it, the old settings stay. */
void server_reload(struct server *s);
/* CUPS has other printers than before. */
void server_heed_printers(struct server *s);

#endif
