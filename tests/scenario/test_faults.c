/* Disks that are full, broken or slow in the wrong moment: the right status, no half-made things, nothing left open. */
#include "client.h"

#include <errno.h>

static struct vfs *disk(void **state)
{
	return ((struct world *)*state)->vfs[WORLD_DATA];
}

static nt_status write_some(struct client *c, uint16_t fid, uint64_t offset, size_t len, size_t *written)
{
	static const uint8_t bytes[60000];
	struct smb1_write_andx_req req = {
		.fid = fid, .offset = (uint32_t)offset, .offset_high = (uint32_t)(offset >> 32), .data = slice_of(bytes, len),
	};
	struct smb1_write_andx_rsp rsp = { 0 };
	nt_status status = client_call(c, SMB_COM_WRITE_ANDX, &req, &rsp);
	*written = smb1_u32(rsp.count, rsp.count_high);
	return status;
}

static void a_full_disk_says_so(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	size_t written;
	vfs_mem_set_capacity(disk(state), 100000);
	assert_ok(write_some(c, fid, 0, 60000, &written));
	nt_status status = write_some(c, fid, 60000, 60000, &written);
	/* A short count, or the error: never the whole count ([FIELD] 0B). */
	assert_true(status == STATUS_DISK_FULL || (status == STATUS_SUCCESS && written < 60000));
	assert_status(write_some(c, fid, 200000, 1000, &written), STATUS_DISK_FULL);
	struct slice p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_SET_FILE_END_OF_FILE_INFO);
	uint8_t size[8];
	store_le64(size, 10000000);
	assert_status(client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, slice_of(size, 8), NULL), STATUS_DISK_FULL);
	vfs_mem_set_capacity(disk(state), 10000000);
	assert_ok(write_some(c, fid, 60000, 60000, &written));
	assert_int_equal(written, 60000);
	assert_ok(client_close(c, fid));
}

static void sizes_beyond_all_disks_are_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	size_t written;
	assert_true(nt_is_error(write_some(c, fid, UINT64_MAX - 10, 10, &written)));
	assert_true(nt_is_error(write_some(c, fid, INT64_MAX - 5ull, 10, &written)));
	uint8_t size[8];
	struct slice p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_SET_FILE_END_OF_FILE_INFO);
	store_le64(size, UINT64_MAX);
	assert_true(nt_is_error(client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, slice_of(size, 8), NULL)));
	p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_SET_FILE_ALLOCATION_INFO);
	assert_true(nt_is_error(client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, slice_of(size, 8), NULL)));
	assert_ok(client_close(c, fid));
	assert_int_equal(world_size(*state, WORLD_DATA, "f"), 0);
}

static void broken_reads_and_writes(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	uint8_t back[10];
	size_t got, written;
	assert_ok(client_write(c, fid, 0, "0123456789", 10));
	vfs_mem_fail(disk(state), VFS_MEM_PREAD, 1, 1, EIO);
	assert_true(nt_is_error(client_read(c, fid, 0, back, 10, &got)));
	assert_ok(client_read(c, fid, 0, back, 10, &got));
	vfs_mem_fail(disk(state), VFS_MEM_PWRITE, 1, 1, EIO);
	assert_true(nt_is_error(write_some(c, fid, 0, 10, &written)));
	vfs_mem_fail(disk(state), VFS_MEM_SYNC, 1, 1, EIO);
	struct smb1_flush_req flush = { .fid = fid };
	assert_true(nt_is_error(client_call(c, SMB_COM_FLUSH, &flush, NULL)));
	assert_ok(client_close(c, fid));
}

/* Everything a client does in a day. Statuses do not matter here. */
static void a_day(struct client *c)
{
	uint16_t fid = 0;
	struct smb1_create_directory_req mkdir = { .directory_name = "\\d" };
	struct smb1_delete_directory_req rmdir = { .directory_name = "\\d" };
	struct smb1_rename_req rename = { .old_file_name = "\\f", .new_file_name = "\\d\\Longer name.text" };
	struct smb1_set_information_req set = { .file_attributes = FILE_ATTRIBUTE_HIDDEN, .file_name = "\\F" };
	struct smb1_delete_req delete = { .search_attributes = 0x16, .file_name = "\\d\\*" };
	struct smb1_query_information_disk_req disk_req = { 0 };
	struct smb1_trans_rsp rsp;
	(void)client_call(c, SMB_COM_CREATE_DIRECTORY, &mkdir, NULL);
	if (client_open(c, "\\f", CREATE_ACCESS, SHARE_ALL, FILE_OVERWRITE_IF, 0, &fid) == STATUS_SUCCESS) {
		struct smb1_write_req write = { .fid = fid, .count_of_bytes_to_write = 4, .data = slice_of("data", 4) };
		struct smb1_read_req read = { .fid = fid, .count_of_bytes_to_read = 4 };
		(void)client_call(c, SMB_COM_WRITE, &write, NULL);
		(void)client_call(c, SMB_COM_READ, &read, NULL);
		(void)client_lock(c, fid, 0, 10, 0);
		struct slice p = ENCODE(c, trans2_query_file_information_req, .fid = fid, .information_level = QUERY_SMB_QUERY_FILE_ALL_INFO);
		(void)client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, (struct slice){ 0 }, &rsp);
		(void)client_close(c, fid);
	}
	(void)client_call(c, SMB_COM_SET_INFORMATION, &set, NULL);
	struct slice p = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 100, .flags = SMB_FIND_CLOSE_AFTER_REQUEST,
				.information_level = 0x104, .file_name = "\\*");
	(void)client_trans2(c, TRANS2_FIND_FIRST2, p, (struct slice){ 0 }, &rsp);
	(void)client_call(c, SMB_COM_RENAME, &rename, NULL);
	if (client_open(c, "\\d\\gone", CREATE_ACCESS, SHARE_ALL, FILE_CREATE, FILE_DELETE_ON_CLOSE, &fid) == STATUS_SUCCESS)
		(void)client_close(c, fid);
	(void)client_call(c, SMB_COM_QUERY_INFORMATION_DISK, &disk_req, NULL);
	(void)client_call(c, SMB_COM_DELETE, &delete, NULL);
	(void)client_call(c, SMB_COM_DELETE_DIRECTORY, &rmdir, NULL);
}

/* Each operation of the day fails once, with each of these errors: no crash, no rule broken (client_call asks after every
 * frame), nothing open, and the next day is as it should be. */
static void each_system_call_fails_once(void **state)
{
	static const int errors[] = { EIO, ENOSPC, EACCES, ENOENT, ENOMEM, EMFILE, ESTALE };
	struct client *c = client_ready(*state, "data");
	uint64_t before = vfs_mem_calls(disk(state), VFS_MEM_ANY);
	a_day(c);
	uint64_t calls = vfs_mem_calls(disk(state), VFS_MEM_ANY) - before;
	assert_true(calls > 50);
	for (size_t e = 0; e < ARRAY_LEN(errors); e++) {
		for (unsigned nth = 1; nth <= calls; nth++) {
			vfs_mem_fail(disk(state), VFS_MEM_ANY, nth, 1, errors[e]);
			a_day(c);
			vfs_mem_fail(disk(state), VFS_MEM_ANY, 1, 0, 0);
			assert_int_equal(vfs_mem_open_files(disk(state)), 0);
			assert_int_equal(fs_core_count(((struct world *)*state)->core).nodes, 0);
			arena_reset(&c->arena);
		}
	}
	a_day(c);
	assert_false(world_exists(*state, WORLD_DATA, "d"));
}

static void everything_fails_for_a_while(void **state)
{
	struct client *c = client_ready(*state, "data");
	a_day(c);
	vfs_mem_fail(disk(state), VFS_MEM_ANY, 1, UINT32_MAX, EIO);
	a_day(c);
	vfs_mem_fail(disk(state), VFS_MEM_ANY, 1, 0, 0);
	a_day(c);
	assert_int_equal(vfs_mem_open_files(disk(state)), 0);
}

static void a_disk_that_became_read_only(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	size_t written;
	vfs_mem_set_read_only(disk(state), true);
	assert_status(write_some(c, fid, 0, 10, &written), STATUS_MEDIA_WRITE_PROTECTED);
	struct smb1_create_directory_req mkdir = { .directory_name = "\\d" };
	assert_status(client_call(c, SMB_COM_CREATE_DIRECTORY, &mkdir, NULL), STATUS_MEDIA_WRITE_PROTECTED);
	assert_ok(client_close(c, fid));
}

/* ---- others change the disk meanwhile ---- */

struct meddler {
	struct world *w;
	unsigned countdown;
	bool busy;
};

static void meddle(void *user, enum vfs_mem_op op, const char *path)
{
	struct meddler *m = user;
	struct vfs *v = m->w->vfs[WORLD_DATA];
	(void)op;
	(void)path;
	if (m->busy || m->countdown == 0 || --m->countdown > 0)
		return;
	m->busy = true;
	(void)v->ops->rename(v, "d", "elsewhere", 0);
	(void)v->ops->unlink(v, "f");
	m->busy = false;
}

/* A local program moves the folder and deletes the file before any one of the day's system calls. */
static void the_disk_changes_under_our_hands(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct meddler m = { .w = *state };
	vfs_mem_hook(disk(state), meddle, &m);
	for (unsigned n = 1; n < 150; n++) {
		m.countdown = n;
		a_day(c);
		m.countdown = 0;
		struct smb1_delete_req delete = { .search_attributes = 0x16, .file_name = "\\elsewhere\\*" };
		struct smb1_delete_directory_req rmdir = { .directory_name = "\\elsewhere" };
		(void)client_call(c, SMB_COM_DELETE, &delete, NULL);
		(void)client_call(c, SMB_COM_DELETE_DIRECTORY, &rmdir, NULL);
		assert_int_equal(vfs_mem_open_files(disk(state)), 0);
		arena_reset(&c->arena);
	}
	vfs_mem_hook(disk(state), NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(a_full_disk_says_so),
		SCENARIO(sizes_beyond_all_disks_are_refused),
		SCENARIO(broken_reads_and_writes),
		SCENARIO(each_system_call_fails_once),
		SCENARIO(everything_fails_for_a_while),
		SCENARIO(a_disk_that_became_read_only),
		SCENARIO(the_disk_changes_under_our_hands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
