/*
 * The configuration: what a file says (the part of smb.conf(5) that Longhouse knows) and what the command line says, as one
 * struct. All strings live in its arena. Made on the main thread, at the start and at each reload.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "auth/auth.h"
#include "auth/signing.h"
#include "base/arena.h"
#include "base/log.h"
#include "fs/share.h"
#include "server/smbconf.h"
#include "smb1/legacy.h"

enum { CONFIG_NETBIOS_NAME_MAX = 15, CONFIG_SHARE_NAME_MAX = 80 /* [MS-SRVS] 2.2.4.23: NNLEN */ };

enum config_printing { PRINTING_SPOOL, PRINTING_CUPS };
enum config_said { CONFIG_UNSAID, CONFIG_NO, CONFIG_YES };

struct config_share {
	struct fs_share_config fs;
	unsigned line;  /* of its section; 0: from the command line */
	bool available; /* `available = no` hides it */
	struct smb1_share_policy policy;
	const char *credentials_file; /* of a path that is a URL; NULL: none */
	const char *comm_device; /* of a serial port; then fs.path is NULL */
	const char *comm_mode;   /* as comm_line_parse takes it; NULL: as the device is */
	uint32_t comm_wait;      /* seconds that an open waits for the client before */
	const char *const *print_command; /* words, for server/spooler.h; NULL: none */
	enum config_printing printing;
	const char *printer_name, *cups_options; /* of CUPS; NULL: the share's name, none */
	bool is_loaded; /* one of all that CUPS has (printers.h); no section names it */
};

struct config {
	struct arena arena;
	const char *file;         /* NULL: none */
	const char *workgroup;    /* upper case */
	const char *netbios_name; /* upper case */
	const char *dns_name;
	const char *server_string;
	const char *const *interfaces; /* NULL: all */
	const uint16_t *smb_ports;     /* 0-terminated; NULL: the defaults */
	/* NetBIOS: words as they are written, for netbios_settings.c; NULL: the default. */
	bool netbios_names, wins_support;
	const char *const *wins_server, *const *name_resolve_order, *const *netbios_aliases, *const *wins_hosts_allow;
	const char *netbios_scope, *node_type, *local_master, *preferred_master, *domain_master, *lm_announce, *lmhosts_file;
	const char *nbdd_server, *message_command;
	uint32_t os_level, min_wins_ttl, max_wins_ttl, announce_seconds;
	bool wsd, llmnr, mdns; /* how today's systems find us */
	enum smb1_signing_policy signing;
	bool ntlmv1;
	const char *keytab, *realm; /* Kerberos; NULL: none, that of the keytab */
	struct smb1_legacy legacy;
	bool unix_extensions;
	bool host_msdfs;
	bool reset_on_zero_vc;
	const char *time_zone; /* as TZ is written; NULL: the machine's */
	enum auth_guest_policy guest;
	const char *guest_account;
	const char *dos_charset;
	bool has_log_level;
	enum log_level log_level;
	const char *cups_server; /* NULL: as libcups finds it */
	enum config_said load_printers;
	bool has_printers;            /* [printers]: */
	struct config_share printers; /* what those of CUPS have that no section names */
	struct config_share *shares;
	size_t n_shares, cap_shares;
};

/* Takes one remark for the administrator; errors come last. */
typedef void (*config_say_fn)(void *user, enum log_level level, const char *text);

/* The defaults; host_name as gethostname gives it. False: no memory. */
bool config_init(struct config *c, const char *host_name);
void config_fini(struct config *c);

/* Reads a file into c. False: say was told why, with file, line and cure; c is good for config_fini only. */
bool config_read(struct config *c, const char *path, config_say_fn say, void *user);
/* The same for a text; name stands for the file in messages. */
bool config_parse(struct config *c, const char *name, const char *text, config_say_fn say, void *user);

/* NULL with *why set: no memory, or not a name for a share, or there is one of that name. fs->name and the defaults are set. */
struct config_share *config_add_share(struct config *c, const char *name, const char **why);
/* Makes the share a serial port; device is in the arena. NULL: good; else what is wrong. */
const char *config_set_comm(struct config_share *share, const char *device);
/* Upper-cased into the arena. NULL with *why set where it is no NetBIOS name. */
const char *config_netbios_name(struct config *c, const char *name, const char **why);
/* "off", "offered", "required", and smb.conf's words. */
bool config_signing(const char *word, enum smb1_signing_policy *out);

#endif
