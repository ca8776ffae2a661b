/*
 * Whose SID is whose: accounts of this server, Unix users and groups, and the SIDs of base/sid.def. Thread-safe.
 *
 * The machine's SID is S-1-5-21-x-y-z, kept in the account database. An account that is a Unix user has the RID uid * 2 + 1000
 * in it, one that is not a RID derived from its name (the top bit set), the guest 501, the group of all accounts 513. Unix users
 * without an account are S-1-22-1-uid and Unix groups S-1-22-2-gid, as Samba has them.
 */
#ifndef AUTH_SIDNAME_H
#define AUTH_SIDNAME_H

#include "auth/accounts.h"
#include "auth/auth.h"
#include "base/sid.h"

enum { /* [MS-SAMR] 2.2.1.14 */
	DOMAIN_USER_RID_GUEST = 501,
	DOMAIN_GROUP_RID_USERS = 513,
};

/* now: for the short memory of what the system's name service said. */
void auth_sid_of_uid(struct accounts *accounts, uint32_t uid, nttime now, struct sid *out);
void auth_sid_of_gid(uint32_t gid, struct sid *out);
/* False: not the SID of a Unix user or group. */
bool auth_uid_of_sid(struct accounts *accounts, const struct sid *sid, uint32_t *uid);
bool auth_gid_of_sid(struct accounts *accounts, const struct sid *sid, uint32_t *gid);

/* The RID of an account in the machine's domain. */
uint32_t auth_rid_of_account(const struct account *account, nttime now);
/* The account with this RID; false: none. */
bool auth_account_of_rid(struct accounts *accounts, uint32_t rid, nttime now, struct account *out);

struct auth_sid_name {
	struct sid sid;
	char domain[32]; /* the server's name for accounts; may be "" */
	char name[128];  /* "" for a domain */
	enum sid_name_use use;
};
/* The name of a SID. False: unknown; then use is SidTypeUnknown and domain and name are empty. */
bool auth_name_of_sid(const struct auth *auth, const struct sid *sid, nttime now, struct auth_sid_name *out);
/* "NAME" or "DOMAIN\\NAME" in any case. A bare name is looked for among the known SIDs, the accounts, the machine's groups,
 * Unix users, Unix groups, in this order. False: unknown. */
bool auth_sid_of_name(const struct auth *auth, const char *name, nttime now, struct auth_sid_name *out);

#endif
