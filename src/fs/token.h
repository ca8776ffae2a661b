/*
 * Who somebody is to security descriptors: his SIDs, as one tree sees him. And the way from SIDs to Unix ids and back, which
 * whoever makes the core provides (fs/ knows no accounts).
 */
#ifndef FS_TOKEN_H
#define FS_TOKEN_H

#include "base/sid.h"
#include "base/smbtime.h"

struct fs_tree;

struct fs_token {
	struct sid *sids; /* owned; the first is the user, which owns what he makes */
	size_t n;
	bool admin; /* may take ownership, give it away, and see to audit ACLs */
};

/* Every member may be NULL: then Unix ids are S-1-22-1-uid and S-1-22-2-gid, and no account has a SID. user: given to the calls. */
struct fs_idmap {
	void *user;
	void (*sid_of_uid)(void *user, uint32_t uid, nttime now, struct sid *out);
	void (*sid_of_gid)(void *user, uint32_t gid, struct sid *out);
	bool (*uid_of_sid)(void *user, const struct sid *sid, uint32_t *uid);
	bool (*gid_of_sid)(void *user, const struct sid *sid, uint32_t *gid);
	bool (*sid_of_account)(void *user, const char *name, nttime now, struct sid *out);
	bool (*sid_of_all_accounts)(void *user, struct sid *out); /* the group that every account is in */
};

void fs_idmap_uid(const struct fs_idmap *map, uint32_t uid, nttime now, struct sid *out);
void fs_idmap_gid(const struct fs_idmap *map, uint32_t gid, struct sid *out);
bool fs_idmap_to_uid(const struct fs_idmap *map, const struct sid *sid, uint32_t *uid);
bool fs_idmap_to_gid(const struct fs_idmap *map, const struct sid *sid, uint32_t *gid);

/* Fills tree->token from its user and the identity that the kernel sees. False: no memory. */
bool fs_token_make(struct fs_tree *tree, const struct fs_idmap *map, nttime now);

bool fs_token_has(const struct fs_token *token, const struct sid *sid);

#endif
