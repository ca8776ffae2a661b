/* The stored descriptor against one that Samba 4.17 wrote, and the POSIX ACLs that its hash is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "fs/fs.h"
#include "fs/ntacl.h"
#include "fs/sd_posix.h"

/* security.NTACL and system.posix_acl_access of a file that root made through smbd 4.17 with vfs objects = acl_xattr. */
static const char samba_ntacl[] =
	"0400040000000200040002000100a1018abb0592c8511375266b379b7cd01b8f9f90253c222a0f201384cdcc14ed0000000000000000000000000000000000000000"
	"000000000000000000000000706f7369785f61636c001427b6aa8879dd015dd2b193e43b4dc35157ee98c7526c731dd3e007cf250e67358da2c7ca90748e00000000"
	"00000000000000000000000000000000000000000000000000000000"
	"01000480b4000000d000000000000000ec000000010500000000000515000000c8a4bd1e48f3a537e882c7aee8030000010500000000000515000000c8a4bd1e48f3"
	"a537e882c7ae01020000020064000300000000002400ff011f00010500000000000515000000c8a4bd1e48f3a537e882c7aee803000000002400a900120001050000"
	"0000000515000000c8a4bd1e48f3a537e882c7ae0102000000001400a9001200010100000000000100000000";
static const char samba_posix[] = "0200000001000700ffffffff020007000000000004000500ffffffff080005000000000010000700ffffffff20000500ffffffff";

static int setup(void **state)
{
	struct arena *arena = calloc(1, sizeof(*arena));
	arena_init(arena, 4 << 20);
	*state = arena;
	return arena == NULL;
}

static int teardown(void **state)
{
	arena_fini(*state);
	free(*state);
	return 0;
}

static struct slice unhex(struct arena *arena, const char *hex)
{
	size_t n = strlen(hex) / 2;
	uint8_t *bytes = arena_alloc(arena, n);
	for (size_t i = 0; i < n; i++) {
		unsigned byte;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	return slice_of(bytes, n);
}

static struct fs_posix_rights sambas(struct arena *arena)
{
	struct fs_posix_rights r = { .mode = S_IFREG | 0775 };
	assert_int_equal(fs_posix_acl_parse(arena, unhex(arena, samba_posix), &r.access), STATUS_SUCCESS);
	return r;
}

static void what_samba_wrote(void **state)
{
	uint8_t kept[FS_NTACL_HASH_LEN], now[FS_NTACL_HASH_LEN];
	struct fs_posix_rights r = sambas(*state);
	struct fs_sd sd;
	struct sid owner;
	assert_int_equal(fs_ntacl_parse(*state, unhex(*state, samba_ntacl), &sd, kept), STATUS_SUCCESS);
	assert_true(fs_ntacl_hash(*state, &r, now));
	assert_memory_equal(now, kept, sizeof(now));
	assert_true(sid_from_text("S-1-5-21-515744968-933622600-2932310760-1000", &owner));
	assert_true(sid_equal(&sd.owner, &owner));
	assert_int_equal(sd.dacl->n, 3);
	assert_int_equal(sd.dacl->aces[0].mask, FILE_ALL_ACCESS);
	assert_true(sid_equal(&sd.dacl->aces[2].sid, sid_known(SID_EVERYONE)));
}

static void any_change_of_permissions_shows(void **state)
{
	uint8_t first[FS_NTACL_HASH_LEN], now[FS_NTACL_HASH_LEN];
	struct fs_posix_rights r = sambas(*state);
	const struct fs_posix_acl none = { 0 };
	assert_true(fs_ntacl_hash(*state, &r, first));
	for (int change = 0; change < 6; change++) {
		struct fs_posix_rights other = sambas(*state);
		switch (change) {
		case 0: other.mode = S_IFREG | 0755; break;
		case 1: other.uid = 1; break;
		case 2: other.gid = 1; break;
		case 3: other.access.aces[1].perm = 5; break;
		case 4: other.access.aces[1].id = 7; break;
		default: other.folder_default = &none; break;
		}
		assert_true(fs_ntacl_hash(*state, &other, now));
		if (memcmp(first, now, sizeof(now)) == 0)
			fail_msg("change %d does not show", change);
	}
}

static void both_ways(void **state)
{
	uint8_t hash[FS_NTACL_HASH_LEN], kept[FS_NTACL_HASH_LEN];
	struct slice ours, samba = unhex(*state, samba_ntacl);
	struct fs_sd sd, again;
	assert_int_equal(fs_ntacl_parse(*state, samba, &sd, hash), STATUS_SUCCESS);
	assert_int_equal(fs_ntacl_format(*state, &sd, hash, &ours), STATUS_SUCCESS);
	assert_int_equal(ours.len, samba.len);
	assert_memory_equal(ours.ptr, samba.ptr, 14);                  /* up to the hash of Samba's own view */
	assert_memory_equal(ours.ptr + 78, samba.ptr + 78, 10);        /* the description */
	assert_memory_equal(ours.ptr + 96, samba.ptr + 96, samba.len - 96); /* past the time, which means nothing */
	assert_int_equal(fs_ntacl_parse(*state, ours, &again, kept), STATUS_SUCCESS);
	assert_memory_equal(kept, hash, sizeof(kept));
}

static void cut_anywhere_and_other_versions(void **state)
{
	uint8_t hash[FS_NTACL_HASH_LEN];
	struct slice samba = unhex(*state, samba_ntacl);
	struct fs_sd sd;
	for (size_t len = 0; len < samba.len; len++) {
		uint8_t *copy = malloc(len > 0 ? len : 1);
		memcpy(copy, samba.ptr, len);
		nt_status status = fs_ntacl_parse(*state, slice_of(copy, len), &sd, hash);
		free(copy);
		assert_int_not_equal(status, STATUS_SUCCESS);
	}
	for (uint8_t version = 0; version < 6; version++) {
		uint8_t *copy = arena_dup(*state, samba.ptr, samba.len);
		copy[0] = copy[2] = version;
		assert_int_equal(fs_ntacl_parse(*state, slice_of(copy, samba.len), &sd, hash), version == 4 ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED);
	}
}

/* --- POSIX ACLs --- */

static void posix_acls_both_ways(void **state)
{
	struct slice bytes = unhex(*state, samba_posix), out;
	struct fs_posix_acl acl;
	assert_int_equal(fs_posix_acl_parse(*state, bytes, &acl), STATUS_SUCCESS);
	assert_true(fs_posix_acl_is_extended(&acl));
	assert_int_equal(fs_posix_acl_mode(&acl), 0775);
	assert_int_equal(fs_posix_acl_format(*state, &acl, &out), STATUS_SUCCESS);
	assert_int_equal(out.len, bytes.len);
	assert_memory_equal(out.ptr, bytes.ptr, out.len);
	for (size_t len = 0; len < 4; len++)
		assert_int_equal(fs_posix_acl_parse(*state, slice_of(bytes.ptr, len), &acl), STATUS_NOT_SUPPORTED);
	assert_int_equal(fs_posix_acl_parse(*state, slice_of(bytes.ptr, 9), &acl), STATUS_NOT_SUPPORTED);
	for (uint32_t mode = 0; mode < 01000; mode++) {
		assert_int_equal(fs_posix_acl_of_mode(*state, mode, &acl), STATUS_SUCCESS);
		assert_int_equal(fs_posix_acl_mode(&acl), mode);
		assert_false(fs_posix_acl_is_extended(&acl));
	}
}

/* --- descriptors of files that have none, as Samba 4.17 shows them --- */

static const struct fs_idmap no_map;

static struct fs_sd made_of(struct arena *arena, uint32_t mode)
{
	struct fs_posix_rights r = { .uid = 5, .gid = 6, .mode = mode };
	struct fs_sd sd;
	assert_int_equal(fs_posix_acl_of_mode(arena, mode, &r.access), STATUS_SUCCESS);
	assert_int_equal(fs_sd_of_posix(arena, &no_map, 0, &r, &sd), STATUS_SUCCESS);
	return sd;
}

static void made_of_a_mode(void **state)
{
	static const struct {
		uint32_t mode, owner, group, other;
	} rows[] = {
		{ S_IFREG | 0400, 0x120089, 0, 0 }, { S_IFREG | 0644, 0x1F019F, 0x120089, 0x120089 }, { S_IFREG | 0640, 0x1F019F, 0x120089, 0 },
		{ S_IFREG | 0755, 0x1F01FF, 0x1200A9, 0x1200A9 }, { S_IFREG, 0, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fs_sd sd = made_of(*state, rows[i].mode);
		assert_int_equal(sd.dacl->n, 3);
		assert_int_equal(sd.dacl->aces[0].mask, rows[i].owner);
		assert_int_equal(sd.dacl->aces[1].mask, rows[i].group);
		assert_int_equal(sd.dacl->aces[2].mask, rows[i].other);
		assert_true(sid_equal(&sd.dacl->aces[0].sid, &sd.owner) && sid_equal(&sd.dacl->aces[1].sid, &sd.group));
	}
	struct fs_sd folder = made_of(*state, S_IFDIR | 0755);
	assert_int_equal(folder.dacl->n, 6);
	assert_int_equal(folder.dacl->aces[3].flags, OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | INHERIT_ONLY_ACE);
	assert_true(sid_equal(&folder.dacl->aces[3].sid, sid_known(SID_CREATOR_OWNER)));
	assert_true(sid_equal(&folder.dacl->aces[4].sid, sid_known(SID_CREATOR_GROUP)));
}

static struct fs_posix_rights mapped(struct arena *arena, const struct fs_sd *sd, uint32_t mode, bool all_as_owner)
{
	struct fs_posix_rights have = { .uid = 5, .gid = 6, .mode = mode }, want;
	assert_int_equal(fs_posix_acl_of_mode(arena, mode, &have.access), STATUS_SUCCESS);
	assert_int_equal(fs_posix_of_sd(arena, &no_map, 0, sd, &have, all_as_owner, &want), STATUS_SUCCESS);
	assert_int_equal(want.mode & 0777, fs_posix_acl_mode(&want.access));
	return want;
}

/* What is made of a mode maps back to it, but for an owner's r, and for the x of files and folders. */
static void there_and_back(void **state)
{
	for (uint32_t mode = 0; mode < 01000; mode++) {
		struct fs_sd file = made_of(*state, S_IFREG | mode), folder = made_of(*state, S_IFDIR | mode);
		uint32_t got = mapped(*state, &file, S_IFREG | mode, false).mode;
		uint32_t other = mode & 7, group = (mode >> 3 & 7) | other; /* NT's Everyone counts for everyone */
		uint32_t owner = (mode >> 6 & 7) | other | 4;
		uint32_t expected = owner << 6 | group << 3 | other;
		if ((mode & 0111) == 0)
			expected &= ~0111u;
		assert_int_equal(got & 0777, expected);
		got = mapped(*state, &folder, S_IFDIR | mode, false).mode;
		assert_int_equal(got >> 6 & 5, 5);
	}
}

/* What a folder hands down to files and folders alike is its default ACL; what only one kind gets is not. */
static void a_folder_hands_down_its_default_acl(void **state)
{
	enum { BOTH = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE };
	struct sid user = sid_of_rid(sid_known(SID_UNIX_USERS), 77), third = sid_of_rid(sid_known(SID_UNIX_USERS), 78);
	struct fs_ace aces[] = {
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, sid_known(SID_EVERYONE)),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, BOTH, FILE_READ_DATA | FILE_EXECUTE, &user),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, CONTAINER_INHERIT_ACE, FILE_ALL_ACCESS, &third),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, BOTH | INHERIT_ONLY_ACE, FILE_READ_DATA, sid_known(SID_CREATOR_GROUP)),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, BOTH | INHERIT_ONLY_ACE, FILE_READ_DATA | FILE_WRITE_DATA, sid_known(SID_CREATOR_OWNER)),
	};
	static const struct fs_posix_ace expected[] = {
		{ FS_ACL_USER_OBJ, 7, UINT32_MAX }, { FS_ACL_USER, 5, 77 }, { FS_ACL_GROUP_OBJ, 5, UINT32_MAX }, { FS_ACL_MASK, 5, UINT32_MAX },
		{ FS_ACL_OTHER, 0, UINT32_MAX },
	};
	struct fs_acl acl = { .revision = ACL_REVISION, .n = ARRAY_LEN(aces), .aces = aces };
	const struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = &acl };
	struct fs_posix_rights want = mapped(*state, &sd, S_IFDIR | 0755, false);
	assert_int_equal(want.folder_default->n, ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_int_equal(want.folder_default->aces[i].tag, expected[i].tag);
		assert_int_equal(want.folder_default->aces[i].perm, expected[i].perm);
		assert_int_equal(want.folder_default->aces[i].id, expected[i].id);
	}
	/* Without a word about the creator he may do all; a file hands down nothing; nor does a DACL that says nothing of it. */
	acl.n = 4;
	assert_int_equal(mapped(*state, &sd, S_IFDIR | 0755, false).folder_default->aces[0].perm, 7);
	assert_null(mapped(*state, &sd, S_IFREG | 0644, false).folder_default);
	acl.n = 1;
	assert_int_equal(mapped(*state, &sd, S_IFDIR | 0755, false).folder_default->n, 0);
}

static void named_users_and_groups_get_entries(void **state)
{
	struct sid user = sid_of_rid(sid_known(SID_UNIX_USERS), 77), group = sid_of_rid(sid_known(SID_UNIX_GROUPS), 88);
	struct fs_ace aces[] = {
		fs_ace_of(ACCESS_DENIED_ACE_TYPE, 0, FILE_WRITE_DATA | FILE_APPEND_DATA, &user),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, &group),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_READ_DATA | FILE_WRITE_DATA, &user),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, INHERIT_ONLY_ACE | OBJECT_INHERIT_ACE, FILE_ALL_ACCESS, sid_known(SID_EVERYONE)),
	};
	const struct fs_acl acl = { .revision = ACL_REVISION, .n = ARRAY_LEN(aces), .aces = aces };
	const struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = &acl };
	static const struct fs_posix_ace expected[] = {
		{ FS_ACL_USER_OBJ, 4, UINT32_MAX }, { FS_ACL_USER, 4, 77 }, { FS_ACL_GROUP_OBJ, 0, UINT32_MAX }, { FS_ACL_GROUP, 6, 88 },
		{ FS_ACL_MASK, 6, UINT32_MAX }, { FS_ACL_OTHER, 0, UINT32_MAX },
	};
	struct fs_posix_rights want = mapped(*state, &sd, S_IFREG | 0644, false);
	assert_int_equal(want.access.n, ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_int_equal(want.access.aces[i].tag, expected[i].tag);
		assert_int_equal(want.access.aces[i].perm, expected[i].perm);
		assert_int_equal(want.access.aces[i].id, expected[i].id);
	}
	assert_int_equal(want.mode & 0777, 0460);
}

static void the_server_never_locks_itself_out(void **state)
{
	const struct fs_acl empty = { .revision = ACL_REVISION };
	const struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = &empty };
	assert_int_equal(mapped(*state, &sd, S_IFREG | 0644, true).mode & 0777, 0600);
	assert_int_equal(mapped(*state, &sd, S_IFDIR | 0755, true).mode & 0777, 0700);
	assert_int_equal(mapped(*state, &sd, S_IFREG | 0644, false).mode & 0777, 0400);
	assert_int_equal(mapped(*state, &sd, S_IFREG | S_ISUID | 0755, false).mode, S_IFREG | S_ISUID | 0400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_samba_wrote, setup, teardown),
		cmocka_unit_test_setup_teardown(any_change_of_permissions_shows, setup, teardown),
		cmocka_unit_test_setup_teardown(both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_anywhere_and_other_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(posix_acls_both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(made_of_a_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(there_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_folder_hands_down_its_default_acl, setup, teardown),
		cmocka_unit_test_setup_teardown(named_users_and_groups_get_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(the_server_never_locks_itself_out, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
