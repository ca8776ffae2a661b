/*
 * What the administrator allows old machines: dialects below NT LM 0.12, and proofs that can be read or guessed from the
 * wire. Nothing of it is allowed to anybody unless a rule names his address. Pure; part of the settings, immutable.
 */
#ifndef SMB1_LEGACY_H
#define SMB1_LEGACY_H

#include "auth/auth.h"
#include "net/cidr.h"
#include "wire/smb1/smb1.h"

/* `legacy auth = METHODS for NETS on SHARES` */
struct smb1_legacy_rule {
	unsigned methods;          /* AUTH_BIT()s */
	bool share_level;          /* passwords of shares instead of users */
	const struct net_cidr *nets;
	size_t n_nets;
	const char *const *shares; /* NULL-terminated; NULL: every share */
};

/* `server min protocol = DIALECT for NETS`, and max */
struct smb1_window_rule {
	enum smb1_dialect dialect;
	bool is_max;
	const struct net_cidr *nets;
	size_t n_nets; /* 0: everybody */
};

/* `dos charset = PAGE for NETS`: no dialect tells which code page a client writes its names in. */
struct smb1_page_rule {
	const struct oem_page *page;
	const struct net_cidr *nets;
	size_t n_nets;
};

struct comm_port;

/* What a share adds to the rules. */
struct smb1_share_policy {
	enum smb1_dialect min, max; /* SMB1_DIALECT_NONE: no matter */
	const char *read_password, *write_password; /* share-level; NULL: none */
	struct comm_port *port; /* of a COMM share; borrowed, outlives the settings */
	uint32_t port_wait_ms;  /* see comm_open */
};

struct smb1_legacy {
	const struct smb1_legacy_rule *rules;
	size_t n_rules;
	const struct smb1_window_rule *windows;
	size_t n_windows;
	const struct smb1_page_rule *pages;
	size_t n_pages;
};

/* The methods that rules allow this peer on this share (NULL: on any share). */
unsigned legacy_methods(const struct smb1_legacy *l, const struct sockaddr_storage *peer, const char *share);
bool legacy_share_level(const struct smb1_legacy *l, const struct sockaddr_storage *peer, const char *share);

/* The oldest and the newest dialect for this peer. A rule for his address counts before those for everybody; who is allowed an
 * old method is allowed the old dialects, which know no other. */
struct legacy_window {
	enum smb1_dialect min, max;
};
struct legacy_window legacy_window(const struct smb1_legacy *l, const struct sockaddr_storage *peer);

/* The code page of this peer: that of the last rule that names him. */
const struct oem_page *legacy_page(const struct smb1_legacy *l, const struct sockaddr_storage *peer, const struct oem_page *otherwise);

/* A copy in the arena, strings and all. False: no memory. */
bool legacy_copy(struct arena *a, const struct smb1_legacy *from, struct smb1_legacy *to);

#endif
