/*
 * Authentication: proofs (LM, NTLM, NTLMv2, plaintext), the NTLMSSP, Kerberos and SPNEGO acceptors, accounts, policy.
 * Everything here is protocol-neutral: bytes in, bytes out, a verdict. Thread-safe unless said otherwise.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/charset.h"
#include "base/smbtime.h"
#include "base/status.h"

struct accounts; /* auth/accounts.h: the SQLite database */

enum auth_guest_policy {
	AUTH_GUEST_NEVER,    /* map to guest = never */
	AUTH_GUEST_BAD_USER, /* an unknown user becomes guest */
};

struct auth_policy {
	bool allow_ntlmv1;          /* 24-byte NTLM responses: off unless the administrator says so */
	bool allow_lm;
	bool allow_plaintext;
	bool allow_anonymous;       /* null sessions: IPC$ only */
	enum auth_guest_policy guest;
	const char *guest_account;  /* Unix user that guests are; NULL: nobody */
	const char *netbios_name;   /* our names: NTLMv2 domain candidates and NTLMSSP target info */
	const char *workgroup;
	const char *dns_name;
	const char *keytab;         /* of our service, as libkrb5 names keytabs; NULL: no Kerberos */
	const char *realm;          /* of users that are ours by Kerberos; NULL: that of the service */
	const struct oem_page *oem; /* what OEM clients write names and passwords in; NULL: code page 850 */
};

/* Immutable after creation; a reload makes a new one. */
struct auth;
struct auth *auth_new(const struct auth_policy *policy, struct accounts *accounts); /* borrows accounts; copies policy */
struct auth *auth_get(struct auth *a);
void auth_put(struct auth *a);
const struct auth_policy *auth_policy(const struct auth *a);
struct accounts *auth_accounts(const struct auth *a); /* borrowed; NULL: nobody is known */
/* Called once on the new object of a reload: it goes on with the old one's counters and memory of wrong guesses. */
void auth_inherit(struct auth *a, struct auth *old);

/* The kind of proof a client gave, for the log and the counters. */
enum auth_method { AUTH_NONE, AUTH_ANONYMOUS, AUTH_GUEST, AUTH_PLAINTEXT, AUTH_LM, AUTH_NTLM, AUTH_NTLM2_SESSION, AUTH_LMV2, AUTH_NTLMV2, AUTH_KERBEROS };
#define AUTH_METHOD_COUNT (AUTH_KERBEROS + 1)
#define AUTH_BIT(method) (1u << (method))
const char *auth_method_name(enum auth_method m); /* "NTLM (v1)" ... */

/* Since the start. refused: policy said no before the proof was looked at; failed: wrong password or unknown user. */
struct auth_counters {
	uint64_t accepted[AUTH_METHOD_COUNT], refused[AUTH_METHOD_COUNT], failed;
};
struct auth_counters auth_counters(const struct auth *a);

enum { AUTH_RESPONSE_MAX = 512 };

/* A verified identity. Strings and groups are owned by the struct (auth_identity_fini). */
struct auth_identity {
	char *account;       /* "" anonymous */
	char *domain;        /* as the client gave it */
	bool guest, anonymous, admin;
	bool unix_known;
	uint32_t uid, gid;
	uint32_t *groups;
	size_t n_groups;
	enum auth_method method;
	uint8_t session_key[16]; /* base session key: user session key; zero for guest and anonymous */
	bool has_session_key;
	/* What signing needs beside session_key: without extended security the challenge response, whole; by Kerberos the rest of a key
	 * of more than 16 bytes. A client whose response is longer gets no session key
	 * (cannot sign): real ones have some 150 bytes. [MS-CIFS] 3.1.4.1 */
	uint8_t response_for_signing[AUTH_RESPONSE_MAX];
	size_t response_for_signing_len;
	bool lm_session_key;     /* action bit 2 */
	bool by_legacy;          /* only auth_response.legacy allowed the method: not good for everything */
};
void auth_identity_fini(struct auth_identity *id);

/* What a session setup without extended security carries. [MS-CIFS] 2.2.4.53, FIELD: B11 order and quirks. */
struct auth_response {
	const uint8_t *challenge; /* 8 bytes, ours */
	struct slice lm;          /* OEM password field */
	struct slice nt;          /* Unicode password field */
	bool plaintext;           /* the fields are passwords, not responses */
	bool unicode;             /* plaintext in nt is UTF-16LE; else OEM as in lm */
	bool ntlmssp;             /* came in NTLMSSP: signing needs the session key only */
	bool ntlm2_session;       /* NTLMSSP agreed on EXTENDED_SESSIONSECURITY: lm holds a client challenge */
	unsigned legacy;          /* AUTH_BIT()s of methods that are allowed to this peer beside the policy's */
	const struct oem_page *oem; /* of a password in clear, or hashed as LAN Manager does; NULL: the policy's */
	const char *user, *domain, *workstation;
	const char *peer;         /* address, with or without port: for the log and the rate limit */
};

/* STATUS_LOGON_FAILURE, STATUS_ACCOUNT_DISABLED, STATUS_ACCOUNT_LOCKED_OUT ..., reasons (and the cure for what policy
 * refused) go to the log. Unknown user -> guest by policy. Rate-limits guesses per peer address and account. */
NT_WARN_UNUSED nt_status auth_verify(struct auth *a, const struct auth_response *r, nttime now, struct auth_identity *out);

/* Whom a ticket has proven: principals as NAME@REALM. */
struct auth_ticket {
	const char *client, *service;
	struct slice authenticator; /* which must not come twice */
	uint32_t clock_skew_s;      /* that its time may have had from ours */
	struct slice session_key; /* of at least 16 bytes */
	const char *peer;
};
/* The account of the client's name, if its realm is ours. STATUS_LOGON_FAILURE, STATUS_ACCOUNT_DISABLED; reasons and cures go to the log. */
NT_WARN_UNUSED nt_status auth_verify_ticket(struct auth *a, const struct auth_ticket *t, nttime now, struct auth_identity *out);

/* The passwords of a share, UTF-8; NULL: none. [MS-CIFS] 3.3.5.45: share-level access control. */
struct auth_share_passwords {
	const char *share;
	const char *read, *write; /* the same one: writing */
};
/* As auth_verify, against a share's passwords: *out is the guest account, *read_only which password it was. user is ignored.
 * STATUS_WRONG_PASSWORD, STATUS_ACCOUNT_LOCKED_OUT. */
NT_WARN_UNUSED nt_status auth_verify_share(struct auth *a, const struct auth_share_passwords *passwords, const struct auth_response *r, nttime now,
					   bool *read_only, struct auth_identity *out);
/* Who it may be where a dialect knows passwords but no users: the accounts that there are, by name. 0: none, or more than cap. */
enum { AUTH_NAME_MAX = 128 /* bytes, with the NUL */ };
size_t auth_few_accounts(struct auth *a, char (*names)[AUTH_NAME_MAX], size_t cap);
/* As auth_verify, for the first of these names whose password it is; only if it is nobody's has each of them guessed wrong, and the verdict
 * is that over the last. Without names: a guest, or nobody. r->user is ignored. */
NT_WARN_UNUSED nt_status auth_verify_among(struct auth *a, const struct auth_response *r, const char *const *names, size_t n, nttime now,
					   struct auth_identity *out);

/* SPNEGO or raw NTLMSSP, server side; one per logon in progress; not thread-safe (belongs to one session). */
struct auth_exchange;
struct auth_exchange *auth_exchange_new(struct auth *a, const char *peer);
/* No Kerberos, for who takes its keys by auth_exchange_seal. */
void auth_exchange_without_kerberos(struct auth_exchange *x);
/* Methods allowed to this peer beside the policy's: AUTH_BIT()s. */
void auth_exchange_allow(struct auth_exchange *x, unsigned legacy);
void auth_exchange_free(struct auth_exchange *x);
/* One leg. STATUS_MORE_PROCESSING_REQUIRED: send *out (empty: a token is not whole yet) and wait for the next leg. STATUS_SUCCESS: *id is filled
 * (caller
 * owns), *out may still hold a last token. Else the logon failed. out lives in the arena. */
NT_WARN_UNUSED nt_status auth_exchange_step(struct auth_exchange *x, struct slice in, nttime now, struct arena *arena, struct slice *out, struct auth_identity *id);
/* It keeps the first pieces of a token that is not whole yet. */
bool auth_exchange_is_gathering(const struct auth_exchange *x);
/* After STATUS_SUCCESS: the keys that protect what the client sends next. False: it has none (guests, anonymous), or none that we
 * protect messages with (no extended session security). The caller calls auth_ntlm_seal_fini. auth/ntlm_seal.h */
struct auth_ntlm_seal;
bool auth_exchange_seal(const struct auth_exchange *x, struct auth_ntlm_seal *out);
/* The NegTokenInit2 of the negotiate response. [MS-SPNG] 2.2.1, [RFC4178] 4.2.1 */
struct slice auth_negotiate_token(struct auth *a, struct arena *arena);

#endif
