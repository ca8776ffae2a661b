/*
 * Who this server's users are on another server: a file that nobody else can read, in smb.conf's syntax. Lines before the first
 * section are for everybody (username, password, domain, as mount.cifs has them), [alice] is what our user alice is there. Besides:
 * auth = ntlmv2 | ntlm | lm | plaintext (the weakest proof that server may be given), charset, max protocol, min protocol.
 */
#ifndef SERVER_CREDENTIALS_H
#define SERVER_CREDENTIALS_H

#include "gateway/gateway.h"
#include "server/smbconf.h"

struct credentials {
	struct gateway_account *accounts; /* those of named users before that for everybody */
	size_t n_accounts;
	enum cli_auth auth;
	enum smb1_dialect min_dialect, max_dialect; /* NONE: all */
	const char *charset;                        /* NULL: the default */
};

/* The content of such a file, for which see credentials_read. False: *error says why, and what to write; no value is in it. */
bool credentials_parse(struct arena *arena, const char *text, size_t len, struct credentials *out, struct smbconf_error *error);
/* Strings in the arena. False: logged, with the cure; share is for the log. */
bool credentials_read(struct arena *arena, const char *share, const char *path, struct credentials *out);

#endif
