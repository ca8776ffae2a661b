/* What the command line says. Strings are the command line's and outlive the server. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include "server/config.h"

struct server_share {
	const char *name; /* NULL: the folder's own name */
	const char *path;
	bool read_only, guest;
	bool is_comm;     /* path is a serial port */
};

struct server_options {
	const char *credentials_file;        /* for shares whose path is a URL; NULL: guests */
	const char *config_file, *state_dir; /* NULL: none, the default */
	const struct server_share *shares;
	size_t n_shares;
	const char *const *listen, *const *netbios_listen; /* NULL-terminated, or NULL */
	const char *const *users;                          /* NAME:PASSWORD; NULL-terminated, or NULL */
	uint16_t netbios_name_port, netbios_datagram_port; /* 0: 137, 138 */
	const char *const *legacy;                         /* networks of old machines; NULL-terminated, or NULL */
	bool no_netbios, no_discovery, guest, ntlmv1, no_sandbox;
	const char *workgroup, *name, *dos_charset, *keytab; /* NULL: as the file or the default says */
	bool has_signing, has_log_level;
	enum smb1_signing_policy signing;
	enum log_level log_level;
};

/* The file's and the command line's word together; the latter wins. False: logged. c is for config_fini in any case. */
bool options_to_config(const struct server_options *options, struct config *c);
/* What is wrong with the words themselves, whatever this machine and the file have to say. False: logged. */
bool options_check(const struct server_options *options);
/* "NAME=DIR[,ro][,rw][,guest]" in place, NAME=DEVICE too. False: *why. */
bool options_split_share(char *text, struct server_share *out, const char **why);

#endif
