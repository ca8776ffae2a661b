/* Security descriptors, by themselves and in their xattr: whatever is read can be written, and is the same when read again. */
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "fs/ntacl.h"
#include "fs/sd_access.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_acl(const struct fs_acl *a, const struct fs_acl *b)
{
	if (a == NULL || b == NULL || a->n != b->n)
		return a == b;
	for (size_t i = 0; i < a->n; i++)
		if (a->aces[i].type != b->aces[i].type || a->aces[i].mask != b->aces[i].mask || !sid_equal(&a->aces[i].sid, &b->aces[i].sid))
			return false;
	return true;
}

static void write_and_read_again(struct arena *arena, const struct fs_sd *sd)
{
	struct fs_sd again;
	struct slice bytes;
	nt_status status = fs_sd_format(arena, sd, 0, &bytes);
	if (status == STATUS_INVALID_ACL || status == STATUS_INSUFF_SERVER_RESOURCES) /* padding made it too large */
		return;
	CHECK(status == STATUS_SUCCESS);
	status = fs_sd_parse(arena, bytes, 0, &again);
	CHECK(status == STATUS_SUCCESS || status == STATUS_INSUFF_SERVER_RESOURCES);
	CHECK(status != STATUS_SUCCESS || (same_acl(sd->dacl, again.dacl) && same_acl(sd->sacl, again.sacl)));
}

static void use(struct arena *arena, const struct fs_sd *sd)
{
	struct sid me = *sid_known(SID_EVERYONE);
	const struct fs_token token = { .sids = &me, .n = 1 };
	struct fs_sd child;
	(void)fs_sd_rights(sd, &token);
	if (fs_sd_inherit(arena, sd, NULL, &me, &me, true, &child) == STATUS_SUCCESS)
		write_and_read_again(arena, &child);
	write_and_read_again(arena, sd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct fs_posix_acl acl;
	struct fs_sd sd;
	uint8_t hash[FS_NTACL_HASH_LEN];
	arena_init(&arena, 16 << 20);
	if (fs_sd_parse(&arena, slice_of(data, size), 0, &sd) == STATUS_SUCCESS)
		use(&arena, &sd);
	if (fs_ntacl_parse(&arena, slice_of(data, size), &sd, hash) == STATUS_SUCCESS)
		use(&arena, &sd);
	if (fs_posix_acl_parse(&arena, slice_of(data, size), &acl) == STATUS_SUCCESS)
		(void)fs_posix_acl_mode(&acl);
	arena_fini(&arena);
	return 0;
}
