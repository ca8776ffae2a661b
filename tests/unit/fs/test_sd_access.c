/* What descriptors grant, and what is inherited: tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fs/fs.h"
#include "fs/sd_access.h"

enum { A = ACCESS_ALLOWED_ACE_TYPE, D = ACCESS_DENIED_ACE_TYPE, OI = OBJECT_INHERIT_ACE, CI = CONTAINER_INHERIT_ACE, NP = NO_PROPAGATE_INHERIT_ACE,
       IO = INHERIT_ONLY_ACE, ID = INHERITED_ACE };

enum who { ME, GROUP, OTHER, EVERYONE, CREATOR, CREATOR_G, RIGHTS };

static struct sid sid_of(enum who who)
{
	switch (who) {
	case EVERYONE: return *sid_known(SID_EVERYONE);
	case CREATOR: return *sid_known(SID_CREATOR_OWNER);
	case CREATOR_G: return *sid_known(SID_CREATOR_GROUP);
	case RIGHTS: return *sid_known(SID_OWNER_RIGHTS);
	default: return sid_of_rid(sid_known(SID_UNIX_USERS), 1000 + (uint32_t)who);
	}
}

struct row {
	uint8_t type, flags;
	uint32_t mask;
	enum who who;
};

struct acl {
	struct fs_acl acl;
	struct fs_ace aces[4];
};

static const struct fs_acl *make_acl(struct acl *a, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sid sid = sid_of(rows[i].who);
		a->aces[i] = fs_ace_of(rows[i].type, rows[i].flags, rows[i].mask, &sid);
	}
	a->acl = (struct fs_acl){ .revision = ACL_REVISION, .n = (uint16_t)n, .aces = a->aces };
	return &a->acl;
}

static uint32_t rights_of(const struct row *rows, size_t n, bool owner)
{
	struct sid sids[] = { sid_of(ME), sid_of(GROUP), sid_of(EVERYONE) };
	const struct fs_token token = { .sids = sids, .n = ARRAY_LEN(sids) };
	struct acl acl;
	const struct fs_sd sd = { .control = SE_DACL_PRESENT, .has_owner = true, .owner = sid_of(owner ? ME : OTHER), .dacl = make_acl(&acl, rows, n) };
	return fs_sd_rights(&sd, &token);
}

#define RIGHTS_OF(owner, ...) rights_of((const struct row[]){ __VA_ARGS__ }, ARRAY_LEN(((const struct row[]){ __VA_ARGS__ })), owner)

static void the_first_mention_decides(void **state)
{
	(void)state;
	assert_int_equal(RIGHTS_OF(false, { A, 0, 3, ME }), 3);
	assert_int_equal(RIGHTS_OF(false, { A, 0, 1, ME }, { A, 0, 2, GROUP }, { A, 0, 4, OTHER }), 3);
	assert_int_equal(RIGHTS_OF(false, { D, 0, 1, GROUP }, { A, 0, 3, ME }), 2);
	assert_int_equal(RIGHTS_OF(false, { A, 0, 3, ME }, { D, 0, 1, GROUP }), 3);
	assert_int_equal(RIGHTS_OF(false, { D, 0, 1, OTHER }, { A, 0, 3, EVERYONE }), 3);
	assert_int_equal(RIGHTS_OF(false, { D, 0, FILE_ALL_ACCESS, EVERYONE }, { A, 0, 3, ME }), 0);
}

static void what_does_not_count(void **state)
{
	(void)state;
	assert_int_equal(RIGHTS_OF(false, { A, IO | OI, 3, ME }), 0);
	assert_int_equal(RIGHTS_OF(false, { D, IO | OI, 3, ME }, { A, 0, 1, ME }), 1);
	assert_int_equal(RIGHTS_OF(false, { ACCESS_ALLOWED_OBJECT_ACE_TYPE, 0, 3, ME }, { SYSTEM_AUDIT_ACE_TYPE, 0, 4, ME }), 0);
	assert_int_equal(RIGHTS_OF(true, { A, 0, 3, CREATOR }), READ_CONTROL | WRITE_DAC); /* nobody is he */
}

static void generic_bits_mean_what_they_mean_for_files(void **state)
{
	(void)state;
	assert_int_equal(RIGHTS_OF(false, { A, 0, GENERIC_ALL, ME }), FILE_ALL_ACCESS);
	assert_int_equal(RIGHTS_OF(false, { A, 0, GENERIC_READ, ME }), 0x120089);
	assert_int_equal(RIGHTS_OF(false, { D, 0, GENERIC_WRITE, ME }, { A, 0, GENERIC_ALL, ME }), FILE_ALL_ACCESS & ~0x120116);
}

static void owners(void **state)
{
	(void)state;
	assert_int_equal(RIGHTS_OF(true, { A, 0, 1, ME }), 1 | READ_CONTROL | WRITE_DAC);
	assert_int_equal(RIGHTS_OF(true, { D, 0, FILE_ALL_ACCESS, ME }), READ_CONTROL | WRITE_DAC);
	assert_int_equal(RIGHTS_OF(true, { A, 0, FILE_READ_DATA, RIGHTS }), FILE_READ_DATA);
	assert_int_equal(RIGHTS_OF(false, { A, 0, FILE_READ_DATA, RIGHTS }), 0);
	assert_int_equal(RIGHTS_OF(true, { D, 0, WRITE_DAC, RIGHTS }, { A, 0, WRITE_DAC | 1, ME }), 1);
}

static void null_and_empty(void **state)
{
	struct sid me = sid_of(ME);
	const struct fs_token token = { .sids = &me, .n = 1 };
	const struct fs_acl empty = { .revision = ACL_REVISION };
	struct fs_sd sd = { .control = SE_DACL_PRESENT };
	(void)state;
	assert_int_equal(fs_sd_rights(&sd, &token), FILE_ALL_ACCESS);
	sd.dacl = &empty;
	assert_int_equal(fs_sd_rights(&sd, &token), 0);
	sd.has_owner = true;
	sd.owner = me;
	assert_int_equal(fs_sd_rights(&sd, &token), READ_CONTROL | WRITE_DAC);
	sd.control = 0; /* no DACL at all */
	assert_int_equal(fs_sd_rights(&sd, &token), FILE_ALL_ACCESS);
}

/* --- inheritance --- */

static int setup(void **state)
{
	struct arena *arena = calloc(1, sizeof(*arena));
	arena_init(arena, 1 << 20);
	*state = arena;
	return arena == NULL;
}

static int teardown(void **state)
{
	arena_fini(*state);
	free(*state);
	return 0;
}

static struct fs_sd inherit(struct arena *arena, uint16_t control, const struct row *rows, size_t n, const struct fs_sd *asked, bool directory)
{
	struct acl acl;
	struct sid owner = sid_of(ME), group = sid_of(GROUP);
	const struct fs_sd parent = { .control = SE_DACL_PRESENT | control, .dacl = make_acl(&acl, rows, n) };
	struct fs_sd out;
	assert_int_equal(fs_sd_inherit(arena, &parent, asked, &owner, &group, directory, &out), STATUS_SUCCESS);
	assert_true(out.has_owner && out.has_group);
	return out;
}

static void assert_aces(const struct fs_sd *sd, const struct row *rows, size_t n)
{
	assert_true((sd->control & SE_DACL_PRESENT) != 0);
	assert_int_equal(sd->dacl->n, n);
	for (size_t i = 0; i < n; i++) {
		struct sid sid = sid_of(rows[i].who);
		assert_int_equal(sd->dacl->aces[i].type, rows[i].type);
		assert_int_equal(sd->dacl->aces[i].flags, rows[i].flags);
		assert_int_equal(sd->dacl->aces[i].mask, rows[i].mask);
		assert_true(sid_equal(&sd->dacl->aces[i].sid, &sid));
	}
}

static void assert_default(const struct fs_sd *sd)
{
	struct sid me = sid_of(ME);
	assert_int_equal(sd->dacl->n, 2);
	assert_true(sid_equal(&sd->dacl->aces[0].sid, &me) && sid_equal(&sd->dacl->aces[1].sid, sid_known(SID_SYSTEM)));
	assert_int_equal(sd->dacl->aces[0].mask, FILE_ALL_ACCESS);
}

/* [MS-DTYP] 2.5.3.4.1, every combination of the four flags on an ACE for CREATOR OWNER and on one for a user. */
static void every_flag(void **state)
{
	for (unsigned flags = 0; flags < 16; flags++) {
		uint8_t f = (uint8_t)flags, on = (f & NP) != 0 ? 0 : f & (OI | CI);
		const struct row creator[] = { { A, f, 3, CREATOR } }, user[] = { { D, f, 5, OTHER } };
		struct fs_sd file = inherit(*state, 0, creator, 1, NULL, false), dir = inherit(*state, 0, creator, 1, NULL, true);
		struct fs_sd file2 = inherit(*state, 0, user, 1, NULL, false), dir2 = inherit(*state, 0, user, 1, NULL, true);
		if ((f & OI) != 0) {
			assert_aces(&file, (const struct row[]){ { A, 0, 3, ME } }, 1);
			assert_aces(&file2, (const struct row[]){ { D, 0, 5, OTHER } }, 1);
		} else {
			assert_default(&file);
			assert_default(&file2);
		}
		if ((f & CI) != 0) {
			assert_aces(&dir, (const struct row[]){ { A, 0, 3, ME }, { A, on | IO, 3, CREATOR } }, on != 0 ? 2 : 1);
			assert_aces(&dir2, (const struct row[]){ { D, on, 5, OTHER } }, 1);
		} else if (on != 0) {
			assert_aces(&dir, (const struct row[]){ { A, on | IO, 3, CREATOR } }, 1);
			assert_aces(&dir2, (const struct row[]){ { D, on | IO, 5, OTHER } }, 1);
		} else {
			assert_default(&dir);
			assert_default(&dir2);
		}
	}
}

static void heirs_are_marked_where_the_folder_says_so(void **state)
{
	const struct row rows[] = { { A, OI | CI, GENERIC_READ, CREATOR_G } };
	struct fs_sd sd = inherit(*state, SE_DACL_AUTO_INHERITED, rows, 1, NULL, true);
	assert_true((sd.control & SE_DACL_AUTO_INHERITED) != 0);
	assert_aces(&sd, (const struct row[]){ { A, ID, 0x120089, GROUP }, { A, OI | CI | IO | ID, GENERIC_READ, CREATOR_G } }, 2);
	sd = inherit(*state, 0, rows, 1, NULL, false);
	assert_int_equal(sd.control & SE_DACL_AUTO_INHERITED, 0);
	assert_aces(&sd, (const struct row[]){ { A, 0, 0x120089, GROUP } }, 1);
}

static void what_is_asked_for_beats_what_is_inherited(void **state)
{
	const struct row rows[] = { { A, OI | CI, 1, ME } };
	struct acl mine;
	struct fs_sd asked = { .control = SE_DACL_PRESENT | SE_DACL_PROTECTED, .has_owner = true, .owner = sid_of(OTHER),
			       .dacl = make_acl(&mine, (const struct row[]){ { A, 0, 7, EVERYONE } }, 1) };
	struct fs_sd sd = inherit(*state, 0, rows, 1, &asked, false);
	assert_aces(&sd, (const struct row[]){ { A, 0, 7, EVERYONE } }, 1);
	assert_true((sd.control & SE_DACL_PROTECTED) != 0 && sid_equal(&sd.owner, &asked.owner));
	asked.dacl = NULL; /* a NULL DACL is one, too */
	sd = inherit(*state, 0, rows, 1, &asked, false);
	assert_null(sd.dacl);
	asked.control = 0; /* only an owner */
	sd = inherit(*state, 0, rows, 1, &asked, false);
	assert_aces(&sd, (const struct row[]){ { A, 0, 1, ME } }, 1);
}

static void audit_acls_are_inherited_too(void **state)
{
	struct acl sacl;
	struct sid owner = sid_of(ME), group = sid_of(GROUP);
	const struct fs_sd parent = { .control = SE_SACL_PRESENT,
				      .sacl = make_acl(&sacl, (const struct row[]){ { SYSTEM_AUDIT_ACE_TYPE, OI | 0x40, 2, EVERYONE } }, 1) };
	struct fs_sd out;
	assert_int_equal(fs_sd_inherit(*state, &parent, NULL, &owner, &group, false, &out), STATUS_SUCCESS);
	assert_true((out.control & SE_SACL_PRESENT) != 0);
	assert_int_equal(out.sacl->n, 1);
	assert_int_equal(out.sacl->aces[0].flags, 0x40);
}

static void masks_are_kept_mapped(void **state)
{
	struct acl dacl;
	struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = make_acl(&dacl, (const struct row[]){ { A, IO | OI, GENERIC_EXECUTE, ME } }, 1) };
	assert_int_equal(fs_sd_map_generic(*state, &sd), STATUS_SUCCESS);
	assert_int_equal(sd.dacl->aces[0].mask, 0x1200A0);
	assert_int_equal(dacl.aces[0].mask, GENERIC_EXECUTE); /* what was given is not touched */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_mention_decides), cmocka_unit_test(what_does_not_count),
		cmocka_unit_test(generic_bits_mean_what_they_mean_for_files), cmocka_unit_test(owners), cmocka_unit_test(null_and_empty),
		cmocka_unit_test_setup_teardown(every_flag, setup, teardown),
		cmocka_unit_test_setup_teardown(heirs_are_marked_where_the_folder_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_asked_for_beats_what_is_inherited, setup, teardown),
		cmocka_unit_test_setup_teardown(audit_acls_are_inherited_too, setup, teardown),
		cmocka_unit_test_setup_teardown(masks_are_kept_mapped, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
