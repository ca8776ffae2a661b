/* Descriptors of files: made of modes, stored, outdated by local programs, inherited, judged at opens. */
#include "fixture.h"

#include <unistd.h>

#include "fs/access.h"
#include "fs/sd.h"
#include "fs/security.h"

enum { ALL_PARTS = FS_SECURITY_OWNER | FS_SECURITY_GROUP | FS_SECURITY_DACL };

static struct sid user_sid(uint32_t uid)
{
	return sid_of_rid(sid_known(SID_UNIX_USERS), uid);
}

static struct fs_open *open_for(struct fixture *fx, const char *name, uint32_t access)
{
	const struct fs_open_params p = fx_params(name, access, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *open;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	return open;
}

static nt_status try_open(struct fixture *fx, const char *name, uint32_t access)
{
	const struct fs_open_params p = fx_params(name, access, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *open;
	nt_status status = fx_try(fx, &p, &open);
	if (status == STATUS_SUCCESS)
		fx_close(fx, open);
	return status;
}

static struct fs_sd query(struct fixture *fx, const char *name, uint32_t parts)
{
	struct fs_open *open = open_for(fx, name, READ_CONTROL);
	struct slice bytes;
	struct fs_sd sd;
	assert_status(fs_query_security(&fx->ctx, open, parts, &bytes), STATUS_SUCCESS);
	assert_status(fs_sd_parse(&fx->arena, bytes, 0, &sd), STATUS_SUCCESS);
	fx_close(fx, open);
	return sd;
}

static struct slice bytes_of(struct fixture *fx, const struct fs_sd *sd)
{
	struct slice out;
	assert_status(fs_sd_format(&fx->arena, sd, 0, &out), STATUS_SUCCESS);
	return out;
}

static nt_status set(struct fixture *fx, const char *name, uint32_t parts, const struct fs_sd *sd)
{
	struct fs_open *open = open_for(fx, name, parts == FS_SECURITY_DACL ? WRITE_DAC : WRITE_OWNER);
	nt_status status = fs_set_security(&fx->ctx, open, parts, bytes_of(fx, sd));
	fx_close(fx, open);
	return status;
}

/* A DACL of one ACE or two. */
struct small {
	struct fs_acl acl;
	struct fs_ace aces[2];
	struct fs_sd sd;
};

static const struct fs_sd *small_sd(struct small *s, const struct fs_ace *aces, uint16_t n)
{
	memcpy(s->aces, aces, n * sizeof(*aces));
	s->acl = (struct fs_acl){ .revision = ACL_REVISION, .n = n, .aces = s->aces };
	s->sd = (struct fs_sd){ .control = SE_DACL_PRESENT, .dacl = &s->acl };
	return &s->sd;
}

static nt_status set_one(struct fixture *fx, const char *name, uint8_t flags, uint32_t mask, const struct sid *sid)
{
	struct small s;
	const struct fs_ace ace = fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, flags, mask, sid);
	return set(fx, name, FS_SECURITY_DACL, small_sd(&s, &ace, 1));
}

/* From now on the caller is somebody else, who is in no group but Everyone. */
static void become(struct fixture *fx, uint32_t uid)
{
	struct fs_token *t = &fx->tree->token;
	free(t->sids);
	t->sids = calloc(2, sizeof(*t->sids));
	t->sids[0] = user_sid(uid);
	t->sids[1] = *sid_known(SID_EVERYONE);
	t->n = 2;
}

static bool has_xattr(struct fixture *fx, const char *path)
{
	return fx->vfs->ops->getxattr(fx->vfs, NULL, path, FS_SECURITY_XATTR_USER, NULL, 0) > 0;
}

static void made_of_the_mode(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	struct fs_sd sd = query(fx, "\\f", ALL_PARTS);
	struct sid me = user_sid(geteuid());
	assert_true(sid_equal(&sd.owner, &me));
	assert_int_equal(sd.dacl->n, 3);
	assert_int_equal(sd.dacl->aces[0].mask, 0x1F019F);
	sd = query(fx, "\\f", FS_SECURITY_OWNER);
	assert_true(sd.has_owner && !sd.has_group);
	assert_int_equal(sd.control, SE_SELF_RELATIVE);
	assert_false(has_xattr(fx, "f"));
}

static void what_is_set_is_kept(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	assert_status(set_one(fx, "\\f", 0, GENERIC_READ, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	assert_true(has_xattr(fx, "f"));
	assert_int_equal(fx_stat(fx, "f").mode & 077, 044);
	struct fs_sd sd = query(fx, "\\f", ALL_PARTS);
	assert_int_equal(sd.dacl->n, 1);
	assert_int_equal(sd.dacl->aces[0].mask, 0x120089);
	assert_true(sd.has_owner && sd.has_group);
	struct fs_ea *eas;
	size_t n;
	struct fs_open *open = open_for(fx, "\\f", FILE_READ_EA | FILE_READ_DATA);
	assert_status(fs_query_eas(&fx->ctx, open, NULL, &eas, &n), STATUS_SUCCESS);
	assert_int_equal(n, 0);
	fx_close(fx, open);
}

static void a_local_chmod_wins(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	assert_status(set_one(fx, "\\f", 0, FILE_READ_DATA, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	assert_int_equal(fx->vfs->ops->chmod(fx->vfs, NULL, "f", 0600), 0);
	assert_int_equal(query(fx, "\\f", ALL_PARTS).dacl->n, 3);
	assert_status(try_open(fx, "\\f", FILE_WRITE_DATA), STATUS_SUCCESS);
	/* What is set then counts again. */
	assert_status(set_one(fx, "\\f", 0, FILE_READ_DATA, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	assert_int_equal(query(fx, "\\f", ALL_PARTS).dacl->n, 1);
}

static void opens_ask_the_descriptor(void **state)
{
	struct fixture *fx = *state;
	struct sid friend = user_sid(4711);
	struct fs_open_result res;
	struct fs_open *open;
	fx_put(fx, "f", "x");
	assert_status(set_one(fx, "\\f", 0, FILE_READ_DATA | READ_CONTROL | WRITE_OWNER, &friend), STATUS_SUCCESS);
	become(fx, 4711);
	assert_status(try_open(fx, "\\f", FILE_READ_DATA | READ_CONTROL), STATUS_SUCCESS);
	assert_status(try_open(fx, "\\f", FILE_WRITE_DATA), STATUS_ACCESS_DENIED);
	assert_status(try_open(fx, "\\f", WRITE_DAC), STATUS_ACCESS_DENIED);
	assert_status(try_open(fx, "\\f", FILE_EXECUTE | FILE_READ_DATA), STATUS_ACCESS_DENIED);
	assert_status(try_open(fx, "\\f", GENERIC_READ), STATUS_ACCESS_DENIED);
	struct fs_open_params p = fx_params("\\f", MAXIMUM_ALLOWED, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	/* DELETE: the folder's mode lets him. FILE_READ_ATTRIBUTES: who may open may look. */
	assert_int_equal(open->granted_access, FILE_READ_DATA | READ_CONTROL | WRITE_OWNER | FILE_READ_ATTRIBUTES | ACCESS_DELETE);
	assert_int_equal(res.maximal_access, open->granted_access);
	fx_close(fx, open);
	p = fx_params("\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OVERWRITE_IF);
	assert_status(fx_try(fx, &p, &open), STATUS_ACCESS_DENIED);
	assert_int_equal(fx_stat(fx, "f").size, 1);
	become(fx, 4712);
	assert_status(try_open(fx, "\\f", FILE_READ_DATA), STATUS_ACCESS_DENIED);
	assert_status(try_open(fx, "\\f", FILE_READ_ATTRIBUTES), STATUS_SUCCESS);
}

static void null_dacl_and_empty_dacl(void **state)
{
	struct fixture *fx = *state;
	const struct fs_acl empty = { .revision = ACL_REVISION };
	struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = &empty };
	fx_put(fx, "f", "x");
	assert_status(set(fx, "\\f", FS_SECURITY_DACL, &sd), STATUS_SUCCESS);
	assert_status(try_open(fx, "\\f", FILE_READ_DATA), STATUS_ACCESS_DENIED);
	assert_status(try_open(fx, "\\f", READ_CONTROL | WRITE_DAC), STATUS_SUCCESS); /* the owner's */
	sd.dacl = NULL;
	struct fs_open *open = open_for(fx, "\\f", WRITE_DAC);
	assert_status(fs_set_security(&fx->ctx, open, FS_SECURITY_DACL, bytes_of(fx, &sd)), STATUS_SUCCESS);
	fx_close(fx, open);
	become(fx, 4711);
	assert_status(try_open(fx, "\\f", FILE_ALL_ACCESS), STATUS_SUCCESS);
}

static void a_handle_needs_the_right(void **state)
{
	struct fixture *fx = *state;
	struct fs_sd sd = { .control = SE_DACL_PRESENT };
	struct slice bytes;
	fx_put(fx, "f", "x");
	struct fs_open *open = open_for(fx, "\\f", FILE_READ_DATA);
	assert_status(fs_query_security(&fx->ctx, open, FS_SECURITY_DACL, &bytes), STATUS_ACCESS_DENIED);
	assert_status(fs_set_security(&fx->ctx, open, FS_SECURITY_DACL, bytes_of(fx, &sd)), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	open = open_for(fx, "\\f", READ_CONTROL | WRITE_DAC);
	assert_status(fs_query_security(&fx->ctx, open, FS_SECURITY_SACL, &bytes), STATUS_ACCESS_DENIED);
	assert_status(fs_set_security(&fx->ctx, open, FS_SECURITY_OWNER, bytes_of(fx, &sd)), STATUS_ACCESS_DENIED);
	assert_status(fs_set_security(&fx->ctx, open, FS_SECURITY_DACL, slice_of("junk", 4)), STATUS_INVALID_SECURITY_DESCR);
	fx_close(fx, open);
	assert_status(try_open(fx, "\\f", ACCESS_SYSTEM_SECURITY), STATUS_PRIVILEGE_NOT_HELD);
}

static void owners_are_not_given_away(void **state)
{
	struct fixture *fx = *state;
	struct fs_sd sd = { .has_owner = true, .owner = user_sid(4711) };
	fx_put(fx, "f", "x");
	assert_status(set(fx, "\\f", FS_SECURITY_OWNER, &sd), STATUS_INVALID_OWNER);
	assert_status(set(fx, "\\f", FS_SECURITY_GROUP, &sd), STATUS_INVALID_PRIMARY_GROUP);
	sd.owner = *sid_known(SID_EVERYONE); /* one is a member; on the disk nobody is */
	assert_status(set(fx, "\\f", FS_SECURITY_OWNER, &sd), STATUS_SUCCESS);
	struct fs_sd got = query(fx, "\\f", ALL_PARTS);
	assert_true(sid_equal(&got.owner, sid_known(SID_EVERYONE)));
	assert_int_equal(fx_stat(fx, "f").uid, geteuid());
	fx->tree->user.admin = fx->tree->token.admin = true;
	sd.owner = user_sid(4711);
	assert_status(set(fx, "\\f", FS_SECURITY_OWNER, &sd), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").uid, 4711);
	got = query(fx, "\\f", ALL_PARTS);
	assert_true(sid_equal(&got.owner, &sd.owner));
}

static void audit_acls_are_the_administrators(void **state)
{
	struct fixture *fx = *state;
	struct fs_ace ace = fs_ace_of(SYSTEM_AUDIT_ACE_TYPE, 0x40, FILE_WRITE_DATA, sid_known(SID_EVERYONE));
	const struct fs_acl sacl = { .revision = ACL_REVISION, .n = 1, .aces = &ace };
	struct fs_sd sd = { .control = SE_SACL_PRESENT, .sacl = &sacl }, got;
	struct slice bytes;
	fx_put(fx, "f", "x");
	fx->tree->user.admin = true;
	struct fs_open *open = open_for(fx, "\\f", ACCESS_SYSTEM_SECURITY | READ_CONTROL);
	assert_status(fs_set_security(&fx->ctx, open, FS_SECURITY_SACL, bytes_of(fx, &sd)), STATUS_SUCCESS);
	assert_status(fs_query_security(&fx->ctx, open, FS_SECURITY_SACL, &bytes), STATUS_SUCCESS);
	assert_status(fs_sd_parse(&fx->arena, bytes, 0, &got), STATUS_SUCCESS);
	assert_int_equal(got.sacl->n, 1);
	assert_null(got.dacl);
	fx_close(fx, open);
	assert_null(query(fx, "\\f", ALL_PARTS).sacl);
	assert_int_equal(query(fx, "\\f", ALL_PARTS).dacl->n, 3); /* the DACL is as it was */
}

static void new_files_inherit(void **state)
{
	struct fixture *fx = *state;
	struct sid friend = user_sid(4711);
	struct fs_open *open;
	fx_mkdir(fx, "d");
	struct small s;
	const struct fs_ace aces[] = {
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, sid_known(SID_EVERYONE)),
		fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE, FILE_READ_DATA, &friend),
	};
	assert_status(set(fx, "\\d", FS_SECURITY_DACL, small_sd(&s, aces, 2)), STATUS_SUCCESS);
	struct fs_open_params p = fx_params("\\d\\f", FILE_ALL_ACCESS, FX_SHARE_ALL, FILE_CREATE);
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	assert_int_equal(open->granted_access, FILE_ALL_ACCESS); /* whatever it inherits */
	fx_close(fx, open);
	assert_true(has_xattr(fx, "d/f"));
	assert_int_equal(fx_stat(fx, "d/f").mode & 07, 0);
	assert_status(fs_mkdir(&fx->ctx, "\\d\\sub"), STATUS_SUCCESS);
	struct fs_sd sub = query(fx, "\\d\\sub", ALL_PARTS);
	assert_int_equal(sub.dacl->n, 1);
	assert_int_equal(sub.dacl->aces[0].flags, OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE);
	become(fx, 4711);
	assert_status(try_open(fx, "\\d\\f", FILE_READ_DATA), STATUS_SUCCESS);
	assert_status(try_open(fx, "\\d\\f", FILE_WRITE_DATA), STATUS_ACCESS_DENIED);
	p = fx_params("\\d\\sub\\g", FILE_READ_DATA, FX_SHARE_ALL, FILE_CREATE); /* may list, not add */
	assert_status(fx_try(fx, &p, &open), STATUS_ACCESS_DENIED);
	assert_false(fx_exists(fx, "d/sub/g"));
	fx_put(fx, "d/local", "x"); /* local programs know nothing of it */
	assert_false(has_xattr(fx, "d/local"));
}

static void created_with_a_descriptor(void **state)
{
	struct fixture *fx = *state;
	struct small s;
	const struct fs_ace ace = fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_READ, sid_known(SID_EVERYONE));
	struct fs_open_params p = fx_params("\\f", FILE_ALL_ACCESS, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	p.security_descriptor = bytes_of(fx, small_sd(&s, &ace, 1));
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	fx_close(fx, open);
	struct fs_sd sd = query(fx, "\\f", ALL_PARTS);
	assert_int_equal(sd.dacl->n, 1);
	assert_int_equal(sd.dacl->aces[0].mask, 0x120089);
	assert_status(try_open(fx, "\\f", FILE_WRITE_DATA), STATUS_ACCESS_DENIED);
	/* One that is not one makes nothing. */
	p.name = "\\g";
	p.security_descriptor = slice_of("junk", 4);
	assert_status(fx_try(fx, &p, &open), STATUS_INVALID_SECURITY_DESCR);
	s.sd.has_owner = true;
	s.sd.owner = user_sid(4711);
	p.security_descriptor = bytes_of(fx, &s.sd);
	assert_status(fx_try(fx, &p, &open), STATUS_INVALID_OWNER);
	s.sd.has_owner = false;
	s.sd.control |= SE_SACL_PRESENT;
	p.security_descriptor = bytes_of(fx, &s.sd);
	assert_status(fx_try(fx, &p, &open), STATUS_PRIVILEGE_NOT_HELD);
	assert_false(fx_exists(fx, "g"));
}

static void names_are_judged_like_opens(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	fx_put(fx, "d/f", "x");
	assert_status(set_one(fx, "\\d\\f", 0, FILE_READ_DATA, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	assert_status(set_one(fx, "\\d", 0, FILE_READ_DATA | FILE_ADD_FILE, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	become(fx, 4711);
	const struct fs_basic basic = { .attributes = FILE_ATTRIBUTE_HIDDEN };
	assert_status(fs_unlink(&fx->ctx, "\\d\\f", 0), STATUS_ACCESS_DENIED);
	assert_status(fs_rename(&fx->ctx, "\\d\\f", "\\g", 0), STATUS_ACCESS_DENIED);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_DIRECTORY_NOT_EMPTY); /* the root's mode would let him */
	assert_status(fs_set_basic_path(&fx->ctx, "\\d\\f", &basic), STATUS_ACCESS_DENIED);
	assert_true(fx_exists(fx, "d/f"));
	become(fx, geteuid());
	assert_status(set_one(fx, "\\d", 0, FILE_READ_DATA | FILE_ADD_FILE | FILE_DELETE_CHILD, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	become(fx, 4711);
	assert_status(fs_unlink(&fx->ctx, "\\d\\f", 0), STATUS_SUCCESS);
}

static void where_no_xattr_can_be(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 1, UINT32_MAX, EOPNOTSUPP);
	assert_status(set_one(fx, "\\f", 0, GENERIC_READ, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").mode & 077, 044); /* as near as it comes */
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 1, UINT32_MAX, ENOSPC);
	assert_status(set_one(fx, "\\f", 0, GENERIC_ALL, sid_known(SID_EVERYONE)), STATUS_DISK_FULL);
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 1, 0, 0);
	vfs_mem_fail(fx->vfs, VFS_MEM_CHMOD, 1, 1, EPERM);
	assert_status(set_one(fx, "\\f", 0, GENERIC_READ, sid_known(SID_EVERYONE)), STATUS_ACCESS_DENIED); /* the kernel's verdict */
}

/* Nobody gets by taking all memory of the request, or all descriptors of the process, what the file's descriptor does not give him. */
static void what_cannot_be_read_gives_no_rights(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	fx_mkdir(fx, "d");
	for (unsigned i = 0; i < 2; i++)
		assert_status(set_one(fx, i == 0 ? "\\f" : "\\d", 0, FILE_READ_DATA | FILE_READ_ATTRIBUTES, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	become(fx, 4711);
	const struct vfs_stat file = fx_stat(fx, "f");
	uint32_t rights = fs_security_rights(&fx->ctx, NULL, "f", &file);
	struct fs_security_new made;
	assert_status(fs_security_new_begin(&fx->ctx, "d", false, slice_of(NULL, 0), &made), STATUS_ACCESS_DENIED);
	for (size_t cap = 0; cap < 4096; cap += 16) {
		struct arena small;
		arena_init(&small, cap);
		fx->ctx.arena = &small;
		assert_int_equal(fs_security_rights(&fx->ctx, NULL, "f", &file) & ~rights, 0);
		assert_true(fs_security_new_begin(&fx->ctx, "d", false, slice_of(NULL, 0), &made) != STATUS_SUCCESS);
		arena_fini(&small);
	}
	fx->ctx.arena = &fx->arena;
	vfs_mem_fail(fx->vfs, VFS_MEM_ANY, 1, 1, EMFILE);
	assert_int_equal(fs_security_rights(&fx->ctx, NULL, "f", &file), 0);
	vfs_mem_fail(fx->vfs, VFS_MEM_ANY, 1, 1, EMFILE);
	assert_status(fs_security_new_begin(&fx->ctx, "d", false, slice_of(NULL, 0), &made), STATUS_ACCESS_DENIED);
}

static void nonsense_in_the_xattr_does_not_count(void **state)
{
	struct fixture *fx = *state;
	uint8_t bytes[2048];
	fx_put(fx, "f", "x");
	assert_status(set_one(fx, "\\f", 0, FILE_READ_DATA, sid_known(SID_EVERYONE)), STATUS_SUCCESS);
	ssize_t len = fx->vfs->ops->getxattr(fx->vfs, NULL, "f", FS_SECURITY_XATTR_USER, bytes, sizeof(bytes));
	assert_true(len > 0);
	for (ssize_t cut = 0; cut < len; cut += 7) {
		assert_int_equal(fx->vfs->ops->setxattr(fx->vfs, NULL, "f", FS_SECURITY_XATTR_USER, bytes, (size_t)cut), 0);
		assert_int_equal(query(fx, "\\f", ALL_PARTS).dacl->n, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(made_of_the_mode), FX_TEST(what_is_set_is_kept), FX_TEST(a_local_chmod_wins), FX_TEST(opens_ask_the_descriptor),
		FX_TEST(null_dacl_and_empty_dacl), FX_TEST(a_handle_needs_the_right), FX_TEST(owners_are_not_given_away),
		FX_TEST(audit_acls_are_the_administrators), FX_TEST(new_files_inherit), FX_TEST(created_with_a_descriptor),
		FX_TEST(names_are_judged_like_opens), FX_TEST(where_no_xattr_can_be), FX_TEST(nonsense_in_the_xattr_does_not_count),
		FX_TEST(what_cannot_be_read_gives_no_rights),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
