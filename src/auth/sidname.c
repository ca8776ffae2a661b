/*
 * SIDs and names; see sidname.h. What uids are is remembered for a short time under one leaf lock, since every listing of
 * rights asks for the same few; the name service and the database are asked outside it.
 */
#include "auth/sidname.h"

#include <stdio.h>
#include <string.h>

#include "auth/state.h"
#include "auth/unixid.h"
#include "base/charset.h"
#include "base/lock.h"

enum {
	RID_BASE = 1000,
	RID_OF_UID_MAX = 0x7FFFFFFF, /* above: RIDs made of names */
	CACHE_SLOTS = 64,
	/* As long as auth/unixid.h remembers. */
	REMEMBER_S = AUTH_UNIXID_REMEMBER_S,
};

struct slot {
	struct accounts *accounts; /* NULL: empty */
	uint32_t uid;
	nttime until;
	struct sid sid;
};

static struct lock cache_lock = LOCK_INITIALIZER(LOCK_RANK_LEAF);
static struct slot cache[CACHE_SLOTS];

static bool recall(struct accounts *accounts, uint32_t uid, nttime now, struct sid *out)
{
	nttime span = REMEMBER_S * NTTIME_PER_SEC;
	lock_take(&cache_lock);
	const struct slot *s = &cache[uid % CACHE_SLOTS];
	bool good = s->accounts == accounts && s->uid == uid && now < s->until && s->until - now <= span;
	if (good)
		*out = s->sid;
	lock_release(&cache_lock);
	return good;
}

static void remember(struct accounts *accounts, uint32_t uid, nttime now, const struct sid *sid)
{
	lock_take(&cache_lock);
	cache[uid % CACHE_SLOTS] = (struct slot){ accounts, uid, now + REMEMBER_S * NTTIME_PER_SEC, *sid };
	lock_release(&cache_lock);
}

static bool rid_of_uid(uint32_t uid, uint32_t *rid)
{
	*rid = uid * 2 + RID_BASE;
	return uid <= (RID_OF_UID_MAX - RID_BASE) / 2;
}

/* FNV-1a of the upper-cased name: the same on every start, whatever other accounts there are. */
static uint32_t rid_of_name(const char *name)
{
	char key[3 * sizeof(((struct account *)NULL)->name)];
	size_t len = MIN(utf8_upper_into(key, sizeof(key), name, strlen(name)), sizeof(key));
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)key[i]) * 16777619u;
	return hash | 0x80000000u;
}

static const char *unix_name_of(const struct account *account)
{
	return account->unix_user[0] != '\0' ? account->unix_user : account->name;
}

uint32_t auth_rid_of_account(const struct account *account, nttime now)
{
	struct auth_unixid id;
	uint32_t rid;
	bool algorithmic = auth_unixid_find(unix_name_of(account), now, &id) && id.known && rid_of_uid(id.uid, &rid);
	auth_unixid_fini(&id);
	return algorithmic ? rid : rid_of_name(account->name);
}

struct search {
	uint32_t rid;
	nttime now;
	struct account *out;
	bool found;
};

static bool has_rid(void *user, const struct account *account)
{
	struct search *s = user;
	s->found = auth_rid_of_account(account, s->now) == s->rid;
	if (s->found)
		*s->out = *account;
	return !s->found;
}

static bool find_by_uid(struct accounts *accounts, uint32_t uid, struct account *out)
{
	char name[sizeof(out->unix_user)];
	return auth_unix_user_name(uid, name, sizeof(name)) && accounts_find_unix(accounts, name, out);
}

/* The search finds named RIDs, and what the name service calls differently than when it was asked for the RID. */
bool auth_account_of_rid(struct accounts *accounts, uint32_t rid, nttime now, struct account *out)
{
	struct search s = { .rid = rid, .now = now, .out = out };
	if (rid < RID_BASE)
		return false;
	if (rid <= RID_OF_UID_MAX && (rid % 2 != 0 || find_by_uid(accounts, (rid - RID_BASE) / 2, out)))
		return rid % 2 == 0;
	accounts_each(accounts, has_rid, &s);
	return s.found;
}

static void unix_sid(enum sid_known domain, uint32_t id, struct sid *out)
{
	*out = sid_of_rid(sid_known(domain), id);
}

void auth_sid_of_gid(uint32_t gid, struct sid *out)
{
	unix_sid(SID_UNIX_GROUPS, gid, out);
}

void auth_sid_of_uid(struct accounts *accounts, uint32_t uid, nttime now, struct sid *out)
{
	char name[sizeof(((struct account *)NULL)->unix_user)];
	struct account account;
	uint32_t rid;
	if (recall(accounts, uid, now, out))
		return;
	unix_sid(SID_UNIX_USERS, uid, out);
	if (rid_of_uid(uid, &rid) && auth_unix_user_name(uid, name, sizeof(name)) && accounts_find_unix(accounts, name, &account))
		*out = sid_of_rid(accounts_machine_sid(accounts), rid);
	remember(accounts, uid, now, out);
}

bool auth_uid_of_sid(struct accounts *accounts, const struct sid *sid, uint32_t *uid)
{
	uint32_t rid;
	if (sid_rid_of(sid, sid_known(SID_UNIX_USERS), uid))
		return true;
	if (!sid_rid_of(sid, accounts_machine_sid(accounts), &rid) || rid < RID_BASE || rid > RID_OF_UID_MAX || rid % 2 != 0)
		return false;
	*uid = (rid - RID_BASE) / 2;
	return true;
}

bool auth_gid_of_sid(struct accounts *accounts, const struct sid *sid, uint32_t *gid)
{
	uint32_t rid;
	if (sid_rid_of(sid, sid_known(SID_UNIX_GROUPS), gid))
		return true;
	if (!sid_rid_of(sid, accounts_machine_sid(accounts), &rid) || rid < RID_BASE || rid > RID_OF_UID_MAX || rid % 2 == 0)
		return false;
	*gid = (rid - RID_BASE) / 2;
	return true;
}

/* --- names --- */

static bool give(struct auth_sid_name *out, const char *domain, const char *name, enum sid_name_use use)
{
	snprintf(out->domain, sizeof(out->domain), "%s", domain);
	snprintf(out->name, sizeof(out->name), "%s", name);
	out->use = use;
	return true;
}

static bool name_in_machine(const struct auth *auth, uint32_t rid, nttime now, struct auth_sid_name *out)
{
	const char *machine = auth->policy.netbios_name;
	struct account account;
	if (rid == DOMAIN_GROUP_RID_USERS)
		return give(out, machine, "None", SidTypeGroup);
	if (rid == DOMAIN_USER_RID_GUEST)
		return give(out, machine, "Guest", SidTypeUser);
	return auth_account_of_rid(auth->accounts, rid, now, &account) && give(out, machine, account.name, SidTypeUser);
}

static bool name_of_known(const struct sid *sid, struct auth_sid_name *out)
{
	const struct sid_known_entry *e = sid_known_table();
	for (size_t i = 0; i < SID_KNOWN_COUNT; i++, e++)
		if (sid_equal(sid, &e->sid))
			return give(out, e->domain, e->name, e->use);
	return false;
}

/* Unix numbers without a name keep their number as one. */
static bool name_in_unix(const struct sid *sid, struct auth_sid_name *out)
{
	char name[sizeof(out->name)];
	uint32_t id;
	if (sid_rid_of(sid, sid_known(SID_UNIX_USERS), &id)) {
		if (!auth_unix_user_name(id, name, sizeof(name)))
			snprintf(name, sizeof(name), "%u", (unsigned)id);
		return give(out, sid_known_table()[SID_UNIX_USERS].domain, name, SidTypeUser);
	}
	if (!sid_rid_of(sid, sid_known(SID_UNIX_GROUPS), &id))
		return false;
	if (!auth_unix_group_name(id, name, sizeof(name)))
		snprintf(name, sizeof(name), "%u", (unsigned)id);
	return give(out, sid_known_table()[SID_UNIX_GROUPS].domain, name, SidTypeGroup);
}

bool auth_name_of_sid(const struct auth *auth, const struct sid *sid, nttime now, struct auth_sid_name *out)
{
	uint32_t rid;
	*out = (struct auth_sid_name){ .sid = *sid, .use = SidTypeUnknown };
	if (name_of_known(sid, out) || name_in_unix(sid, out))
		return true;
	if (auth->accounts == NULL)
		return false;
	const struct sid *machine = accounts_machine_sid(auth->accounts);
	if (sid_equal(sid, machine))
		return give(out, auth->policy.netbios_name, "", SidTypeDomain);
	return sid_rid_of(sid, machine, &rid) && name_in_machine(auth, rid, now, out);
}

/* A bare domain name stands for the domain. domain NULL: any. */
static bool find_known(const char *domain, const char *name, struct auth_sid_name *out)
{
	const struct sid_known_entry *e = sid_known_table();
	for (size_t i = 0; i < SID_KNOWN_COUNT; i++, e++) {
		bool is_domain = e->name[0] == '\0';
		if (domain != NULL && (is_domain || utf8_casecmp(domain, e->domain) != 0))
			continue;
		if (utf8_casecmp(name, is_domain ? e->domain : e->name) != 0)
			continue;
		out->sid = e->sid;
		return give(out, e->domain, e->name, e->use);
	}
	return false;
}

static bool find_in_machine(const struct auth *auth, const char *name, nttime now, struct auth_sid_name *out)
{
	const struct sid *domain = auth->accounts != NULL ? accounts_machine_sid(auth->accounts) : NULL;
	const char *machine = auth->policy.netbios_name;
	struct account account;
	if (domain == NULL)
		return false;
	if (accounts_find(auth->accounts, name, &account)) {
		out->sid = sid_of_rid(domain, auth_rid_of_account(&account, now));
		return give(out, machine, account.name, SidTypeUser);
	}
	if (utf8_casecmp(name, "None") == 0) {
		out->sid = sid_of_rid(domain, DOMAIN_GROUP_RID_USERS);
		return give(out, machine, "None", SidTypeGroup);
	}
	if (utf8_casecmp(name, "Guest") != 0)
		return false;
	out->sid = sid_of_rid(domain, DOMAIN_USER_RID_GUEST);
	return give(out, machine, "Guest", SidTypeUser);
}

static bool find_unix_user(const char *name, nttime now, struct auth_sid_name *out)
{
	struct auth_unixid id;
	bool known = auth_unixid_find(name, now, &id) && id.known;
	auth_unixid_fini(&id);
	if (!known)
		return false;
	unix_sid(SID_UNIX_USERS, id.uid, &out->sid);
	return give(out, sid_known_table()[SID_UNIX_USERS].domain, name, SidTypeUser);
}

static bool find_unix_group(const char *name, struct auth_sid_name *out)
{
	uint32_t gid;
	if (!auth_unix_group_find(name, &gid))
		return false;
	unix_sid(SID_UNIX_GROUPS, gid, &out->sid);
	return give(out, sid_known_table()[SID_UNIX_GROUPS].domain, name, SidTypeGroup);
}

static bool find_bare(const struct auth *auth, const char *name, nttime now, struct auth_sid_name *out)
{
	const struct sid *machine = auth->accounts != NULL ? accounts_machine_sid(auth->accounts) : NULL;
	if (machine != NULL && utf8_casecmp(name, auth->policy.netbios_name) == 0) {
		out->sid = *machine;
		return give(out, auth->policy.netbios_name, "", SidTypeDomain);
	}
	return find_known(NULL, name, out) || find_in_machine(auth, name, now, out) || find_unix_user(name, now, out) ||
	       find_unix_group(name, out);
}

bool auth_sid_of_name(const struct auth *auth, const char *name, nttime now, struct auth_sid_name *out)
{
	char domain[sizeof(out->domain)];
	const char *backslash = strchr(name, '\\');
	*out = (struct auth_sid_name){ .use = SidTypeUnknown };
	if (backslash == NULL)
		return name[0] != '\0' && find_bare(auth, name, now, out);
	size_t len = (size_t)(backslash - name);
	if (len >= sizeof(domain))
		return false;
	memcpy(domain, name, len);
	domain[len] = '\0';
	if (backslash[1] == '\0') /* the domain itself */
		return len > 0 && find_bare(auth, domain, now, out) && out->use == SidTypeDomain;
	if (utf8_casecmp(domain, auth->policy.netbios_name) == 0)
		return find_in_machine(auth, backslash + 1, now, out);
	if (utf8_casecmp(domain, sid_known_table()[SID_UNIX_USERS].domain) == 0)
		return find_unix_user(backslash + 1, now, out);
	if (utf8_casecmp(domain, sid_known_table()[SID_UNIX_GROUPS].domain) == 0)
		return find_unix_group(backslash + 1, out);
	return find_known(domain, backslash + 1, out);
}
