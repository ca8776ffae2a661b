/*
 * Rules that name addresses and shares, as one line of the configuration has them:
 *
 *	legacy auth = lm, share-level for 192.168.7.0/24 on cnc; plaintext for 10.0.0.5
 *	server min protocol = NT1; CORE for 192.168.7.0/24
 *	dos charset = CP850; CP936 for 192.168.7.0/24
 *
 * Pure; everything lives in the arena.
 */
#ifndef SERVER_RULES_H
#define SERVER_RULES_H

#include "base/arena.h"
#include "smb1/legacy.h"

/* Adds to *rules; NULL with *why (in the arena): what is wrong. `legacy auth` needs addresses. */
bool rules_parse_legacy(struct arena *a, const char *text, struct smb1_legacy *out, const char **why);
/* Replaces all window rules of the kind. */
bool rules_parse_window(struct arena *a, const char *text, bool is_max, struct smb1_legacy *out, const char **why);
/* Replaces all rules of code pages; *page is set to the one for everybody else, if it is written. */
bool rules_parse_charset(struct arena *a, const char *text, const char **page, struct smb1_legacy *out, const char **why);
/* `--legacy NET`: every old dialect and every method for it, on all shares. */
bool rules_add_everything(struct arena *a, const char *net, struct smb1_legacy *out, const char **why);

#endif
