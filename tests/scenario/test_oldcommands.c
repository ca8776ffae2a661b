/* What only old machines send: raw transfers, COPY and MOVE, print jobs, IOCTL, messages. */
#include "client.h"

#include <errno.h>
#include <stdio.h>

#include "wire/nbt/ssn.h"

/* ---- raw ---- */

static void expect_frame(struct client *c, const void *bytes, size_t len)
{
	struct fake_frame *f = fake_take(c->net);
	assert_non_null(f);
	assert_int_equal(f->type, NBT_SESSION_MESSAGE);
	assert_int_equal(f->len, len);
	if (len > 0)
		assert_memory_equal(f->body, bytes, len);
	free(f);
}

static void raw_reads_are_bytes_and_nothing_else(void **state)
{
	world_put(*state, WORLD_DATA, "f", "0123456789", 10);
	struct client *c = client_ready(*state, "data");
	uint16_t fid;
	assert_ok(client_open(c, "\\f", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid));
	struct smb1_read_raw_req req = { .fid = fid, .offset = 2, .max_count_of_bytes_to_return = 4 };
	(void)client_send(c, SMB_COM_READ_RAW, &req);
	expect_frame(c, "2345", 4);
	req.max_count_of_bytes_to_return = UINT16_MAX;
	(void)client_send(c, SMB_COM_READ_RAW, &req);
	expect_frame(c, "23456789", 8);
	req.words = 10;
	req.offset_high = 1;
	(void)client_send(c, SMB_COM_READ_RAW, &req); /* behind the end */
	expect_frame(c, NULL, 0);
	req.fid++;
	(void)client_send(c, SMB_COM_READ_RAW, &req); /* no such FID */
	expect_frame(c, NULL, 0);
	c->tid++;
	(void)client_send(c, SMB_COM_READ_RAW, &req); /* no such tree */
	expect_frame(c, NULL, 0);
	c->tid--;
	client_expect_silence(c);
	assert_ok(client_close(c, fid));
}

static void take_interim(struct client *c)
{
	struct reply r = client_take(c);
	struct smb1_write_raw_rsp rsp;
	assert_int_equal(r.command, SMB_COM_WRITE_RAW);
	assert_int_equal(r.status, STATUS_SUCCESS);
	reply_get(c, &r, 0, SMB_COM_WRITE_RAW, &rsp);
	reply_free(&r);
	client_expect_silence(c);
}

static void take_complete(struct client *c, nt_status status, uint16_t count)
{
	struct reply r = client_take(c);
	assert_int_equal(r.command, SMB_COM_WRITE_COMPLETE);
	assert_int_equal(r.status, status);
	assert_int_equal(r.frame->len, SMB1_HEADER_LEN + 5);
	assert_int_equal(r.frame->body[SMB1_HEADER_LEN], 1);
	assert_int_equal(load_le16(r.frame->body + SMB1_HEADER_LEN + 1), count);
	reply_free(&r);
	client_expect_silence(c);
}

static void raw_writes_in_two_frames(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	char back[16] = "";
	struct smb1_write_raw_req req = { .fid = fid, .count_of_bytes = 10, .write_mode = WRITE_MODE_WRITE_THROUGH, .data = slice_of("012", 3) };
	(void)client_send(c, SMB_COM_WRITE_RAW, &req);
	take_interim(c);
	assert_true(fake_deliver(c->net, NBT_SESSION_KEEPALIVE, NULL, 0)); /* may come in between */
	client_expect_silence(c);
	assert_true(fake_deliver(c->net, NBT_SESSION_MESSAGE, (const uint8_t *)"3456789", 7));
	take_complete(c, STATUS_SUCCESS, 10);
	assert_int_equal(world_get(*state, WORLD_DATA, "f", back, sizeof(back)), 10);
	assert_string_equal(back, "0123456789");
	/* Without write-through there is no final answer. */
	req = (struct smb1_write_raw_req){ .fid = fid, .count_of_bytes = 5, .offset = 10 };
	(void)client_send(c, SMB_COM_WRITE_RAW, &req);
	take_interim(c);
	assert_true(fake_deliver(c->net, NBT_SESSION_MESSAGE, (const uint8_t *)"abcde", 5));
	client_expect_silence(c);
	assert_int_equal(world_size(*state, WORLD_DATA, "f"), 15);
	assert_ok(client_close(c, fid));
}

/* Nobody waits for the answer to bytes that are written behind his back, so the next command tells what became of them, and once. */
static void a_raw_write_that_failed_is_told_later(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_write_raw_req req = { .fid = fid, .count_of_bytes = 5 };
	struct smb1_flush_req flush = { .fid = fid };
	struct world *w = *state;
	for (int i = 0; i < 2; i++) {
		(void)client_send(c, SMB_COM_WRITE_RAW, &req);
		take_interim(c);
		vfs_mem_fail(w->vfs[WORLD_DATA], VFS_MEM_PWRITE, 1, 1, EIO);
		assert_true(fake_deliver(c->net, NBT_SESSION_MESSAGE, (const uint8_t *)"abcde", 5));
		client_expect_silence(c);
		assert_int_equal(i == 0 ? client_call(c, SMB_COM_FLUSH, &flush, NULL) : client_close(c, fid), STATUS_UNEXPECTED_IO_ERROR);
		assert_int_equal(client_call(c, SMB_COM_FLUSH, &flush, NULL), i == 0 ? STATUS_SUCCESS : STATUS_INVALID_HANDLE);
	}
}

static void raw_frames_of_any_length(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	static const uint8_t junk[64] = { 0xFF, 'S', 'M', 'B', SMB_COM_CLOSE };
	struct smb1_write_raw_req req = { .fid = fid, .count_of_bytes = 8, .write_mode = WRITE_MODE_WRITE_THROUGH };
	/* shorter, empty, longer than promised, and one that looks like a message */
	static const size_t lens[] = { 3, 0, 64 }, written[] = { 3, 0, 8 };
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		(void)client_send(c, SMB_COM_WRITE_RAW, &req);
		take_interim(c);
		assert_true(fake_deliver(c->net, NBT_SESSION_MESSAGE, junk, lens[i]));
		take_complete(c, STATUS_SUCCESS, (uint16_t)written[i]);
	}
	assert_int_equal(world_size(*state, WORLD_DATA, "f"), 8);
	/* All of it in the request: done at once. */
	req.data = slice_of("01234567", 8);
	(void)client_send(c, SMB_COM_WRITE_RAW, &req);
	take_complete(c, STATUS_SUCCESS, 8);
	/* Errors before the interim answer come as the final one. */
	req.fid++;
	(void)client_send(c, SMB_COM_WRITE_RAW, &req);
	take_complete(c, STATUS_INVALID_HANDLE, 0);
	req.fid--;
	req.count_of_bytes = 4;
	(void)client_send(c, SMB_COM_WRITE_RAW, &req);
	take_complete(c, STATUS_INVALID_SMB, 0);
	assert_ok(client_close(c, fid));
}

static void a_raw_write_that_never_ends_dies_with_its_connection(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_write_raw_req req = { .fid = fid, .count_of_bytes = 8 };
	(void)client_send(c, SMB_COM_WRITE_RAW, &req);
	take_interim(c);
}

static void no_raw_bytes_under_signatures(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_read_raw_req read = { .fid = fid, .max_count_of_bytes_to_return = 4 };
	(void)client_send(c, SMB_COM_READ_RAW, &read);
	expect_frame(c, NULL, 0);
	assert_ok(client_close(c, fid));
}

/* ---- COPY, MOVE ---- */

static nt_status copy_or_move(struct client *c, uint8_t command, const char *source, const char *target, uint16_t function, uint16_t flags,
			      uint16_t *count)
{
	struct smb1_copy_req req = {
		.tid2 = SMB1_TID_NONE, .open_function = function, .flags = flags, .source_file_name = source, .target_file_name = target,
	};
	struct smb1_copy_rsp rsp = { 0 };
	nt_status status = client_call(c, command, &req, &rsp);
	*count = rsp.count;
	return status;
}

static void expect_content(struct world *w, const char *path, const char *content)
{
	char back[64] = "";
	assert_int_equal(world_get(w, WORLD_DATA, path, back, sizeof(back) - 1), strlen(content));
	assert_string_equal(back, content);
}

enum { FAIL = 0x10, APPEND = 0x11, TRUNCATE = 0x12 };

static void copies(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t n;
	world_put(*state, WORLD_DATA, "a.txt", "one", 3);
	world_put(*state, WORLD_DATA, "b.txt", "two", 3);
	world_put(*state, WORLD_DATA, "c.doc", "three", 5);
	world_mkdir(*state, WORLD_DATA, "d");
	assert_ok(copy_or_move(c, SMB_COM_COPY, "\\a.txt", "\\x.txt", FAIL, 0, &n));
	assert_int_equal(n, 1);
	expect_content(*state, "x.txt", "one");
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\a.txt", "\\x.txt", FAIL, 0, &n), STATUS_OBJECT_NAME_COLLISION);
	assert_ok(copy_or_move(c, SMB_COM_COPY, "\\b.txt", "\\x.txt", APPEND, 0, &n));
	expect_content(*state, "x.txt", "onetwo");
	assert_ok(copy_or_move(c, SMB_COM_COPY, "\\b.txt", "\\x.txt", TRUNCATE, 0, &n));
	expect_content(*state, "x.txt", "two");
	/* several into a folder, and into one file */
	assert_ok(copy_or_move(c, SMB_COM_COPY, "\\?.txt", "\\d", FAIL, SMB_COPY_TARGET_DIRECTORY, &n));
	assert_int_equal(n, 3);
	expect_content(*state, "d/b.txt", "two");
	assert_ok(copy_or_move(c, SMB_COM_COPY, "\\d\\*.txt", "\\all", TRUNCATE, SMB_COPY_TARGET_FILE, &n));
	assert_int_equal(world_size(*state, WORLD_DATA, "all"), 9);
	/* what cannot be */
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\no", "\\y", FAIL, 0, &n), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\*.zip", "\\d", FAIL, 0, &n), STATUS_NO_SUCH_FILE);
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\a.txt", "\\*.y", FAIL, 0, &n), STATUS_OBJECT_NAME_INVALID);
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\a.txt", "\\d", FAIL, SMB_COPY_TARGET_FILE, &n), STATUS_FILE_IS_A_DIRECTORY);
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\a.txt", "\\y", FAIL, SMB_COPY_TARGET_DIRECTORY, &n), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\a.txt", "\\y", 0x01, 0, &n), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\a.txt", "\\y", 0, 0, &n), STATUS_OS2_INVALID_ACCESS);
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\d", "\\y", FAIL, 0, &n), STATUS_FILE_IS_A_DIRECTORY);
	/* the count tells how far it came */
	world_put(*state, WORLD_DATA, "d/c.txt", "x", 1);
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\d\\*.txt", "\\", FAIL, 0, &n), STATUS_OBJECT_NAME_COLLISION);
}

static void copies_of_trees(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t n;
	world_mkdir(*state, WORLD_DATA, "d");
	world_mkdir(*state, WORLD_DATA, "d/e");
	world_put(*state, WORLD_DATA, "d/one", "1", 1);
	world_put(*state, WORLD_DATA, "d/e/two", "2", 1);
	assert_ok(copy_or_move(c, SMB_COM_COPY, "\\d", "\\new", FAIL, SMB_COPY_TREE, &n));
	assert_int_equal(n, 2);
	expect_content(*state, "new/e/two", "2");
	/* What it fills is inside: it ends there. */
	assert_status(copy_or_move(c, SMB_COM_COPY, "\\d", "\\d\\e\\f", FAIL, SMB_COPY_TREE, &n), STATUS_INVALID_PARAMETER);
}

static void copies_to_another_share(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t data = c->tid;
	char back[8] = "";
	world_put(*state, WORLD_DATA, "a", "abc", 3);
	world_put(*state, WORLD_MORE, "filler", "", 0); /* the two file systems number their files alike */
	assert_ok(client_tree_connect(c, "more"));
	struct smb1_copy_req req = { .tid2 = c->tid, .open_function = FAIL, .source_file_name = "\\a", .target_file_name = "\\b" };
	struct smb1_copy_rsp rsp;
	c->tid = data;
	assert_ok(client_call(c, SMB_COM_COPY, &req, &rsp));
	assert_int_equal(world_get(*state, WORLD_MORE, "b", back, sizeof(back)), 3);
	req.target_file_name = "\\moved";
	assert_ok(client_call(c, SMB_COM_MOVE, &req, NULL));
	assert_false(world_exists(*state, WORLD_DATA, "a"));
	assert_true(world_exists(*state, WORLD_MORE, "moved"));
	req.tid2 = 0x7777;
	assert_status(client_call(c, SMB_COM_COPY, &req, NULL), STATUS_SMB_BAD_TID);
}

static void moves(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t n;
	world_put(*state, WORLD_DATA, "a.txt", "one", 3);
	world_put(*state, WORLD_DATA, "b.txt", "two", 3);
	world_mkdir(*state, WORLD_DATA, "d");
	assert_ok(copy_or_move(c, SMB_COM_MOVE, "\\a.txt", "\\x.txt", 0, 0, &n));
	assert_int_equal(n, 1);
	assert_false(world_exists(*state, WORLD_DATA, "a.txt"));
	assert_status(copy_or_move(c, SMB_COM_MOVE, "\\b.txt", "\\x.txt", 0, 0, &n), STATUS_OBJECT_NAME_COLLISION);
	assert_ok(copy_or_move(c, SMB_COM_MOVE, "\\b.txt", "\\x.txt", 0x02, 0, &n));
	expect_content(*state, "x.txt", "two");
	assert_ok(copy_or_move(c, SMB_COM_MOVE, "\\x.*", "\\d", 0, 0, &n));
	expect_content(*state, "d/x.txt", "two");
	assert_ok(copy_or_move(c, SMB_COM_MOVE, "\\d", "\\e", 0, 0, &n)); /* a folder, as a whole */
	expect_content(*state, "e/x.txt", "two");
	assert_status(copy_or_move(c, SMB_COM_MOVE, "\\gone", "\\y", 0, 0, &n), STATUS_OBJECT_NAME_NOT_FOUND);
}

/* ---- printing ---- */

static uint16_t open_job(struct client *c, const char *title)
{
	struct smb1_open_print_file_req req = { .mode = 1, .identifier = title };
	struct smb1_open_print_file_rsp rsp;
	assert_ok(client_call(c, SMB_COM_OPEN_PRINT_FILE, &req, &rsp));
	return rsp.fid;
}

static void print(struct client *c, uint16_t fid, const char *text)
{
	struct smb1_write_print_file_req req = { .fid = fid, .data = slice_of(text, strlen(text)) };
	assert_ok(client_call(c, SMB_COM_WRITE_PRINT_FILE, &req, NULL));
}

static nt_status close_job(struct client *c, uint16_t fid)
{
	struct smb1_close_print_file_req req = { .fid = fid };
	return client_call(c, SMB_COM_CLOSE_PRINT_FILE, &req, NULL);
}

static struct smb1_get_print_queue_rsp queue(struct client *c, int16_t max, uint16_t start)
{
	struct smb1_get_print_queue_req req = { .max_count = max, .start_index = start };
	struct smb1_get_print_queue_rsp rsp = { 0 };
	assert_ok(client_call(c, SMB_COM_GET_PRINT_QUEUE, &req, &rsp));
	return rsp;
}

static void a_job_from_open_to_queue(void **state)
{
	struct client *c = client_ready(*state, "lp");
	uint16_t fid = open_job(c, "REPORT");
	print(c, fid, "Dear ");
	print(c, fid, "Sir");
	struct smb1_get_print_queue_rsp q = queue(c, 10, 0);
	assert_int_equal(q.count, 1);
	assert_int_equal(q.entries[0].status, 4); /* still coming in */
	uint16_t number = q.entries[0].spool_file_number;
	assert_ok(close_job(c, fid));
	q = queue(c, 10, 0);
	assert_int_equal(q.count, 1);
	assert_int_equal(q.entries[0].status, 3);
	assert_int_equal(q.entries[0].spool_file_number, number);
	assert_int_equal(q.entries[0].spool_file_size, 8);
	assert_string_equal(q.entries[0].originator, WORLD_USER);
	char path[64], back[16] = "";
	(void)snprintf(path, sizeof(path), "%05u-%s-REPORT.prn", number, WORLD_USER);
	assert_int_equal(world_get(*state, WORLD_LP, path, back, sizeof(back)), 8);
	assert_string_equal(back, "Dear Sir");
}

static void queues_forwards_and_backwards(void **state)
{
	struct client *c = client_ready(*state, "lp");
	for (int i = 0; i < 3; i++) {
		uint16_t fid = open_job(c, "");
		print(c, fid, "x");
		assert_ok(close_job(c, fid));
	}
	struct smb1_get_print_queue_rsp q = queue(c, 2, 0);
	assert_int_equal(q.count, 2);
	assert_int_equal(q.restart_index, 2);
	uint16_t first = q.entries[0].spool_file_number;
	q = queue(c, 2, 2);
	assert_int_equal(q.count, 1);
	assert_true(q.entries[0].spool_file_number > first);
	q = queue(c, -2, 2);
	assert_int_equal(q.count, 2);
	assert_true(q.entries[0].spool_file_number > q.entries[1].spool_file_number);
	assert_int_equal(queue(c, 5, 99).count, 0);
}

/* LanMan98 writes and closes by the ordinary commands; Windows 9x opens any name. */
static void jobs_by_ordinary_commands(void **state)
{
	struct client *c = client_ready(*state, "lp");
	uint16_t fid = open_job(c, "");
	struct smb1_write_req write = { .fid = fid, .count_of_bytes_to_write = 3, .write_offset_in_bytes = 1000, .data = slice_of("abc", 3) };
	struct smb1_write_rsp written;
	assert_ok(client_call(c, SMB_COM_WRITE, &write, &written));
	struct smb1_read_req read = { .fid = fid, .count_of_bytes_to_read = 3 };
	assert_status(client_call(c, SMB_COM_READ, &read, NULL), STATUS_BAD_DEVICE_TYPE);
	assert_ok(client_close(c, fid));
	assert_int_equal(queue(c, 1, 0).entries[0].spool_file_size, 3); /* offsets do not matter */
	assert_ok(client_open(c, "\\some.job", FILE_WRITE_DATA, SHARE_ALL, FILE_OPEN_IF, 0, &fid));
	assert_ok(client_write(c, fid, 0, "12345", 5));
	assert_ok(client_close(c, fid));
	assert_int_equal(queue(c, 5, 0).count, 2);
	assert_status(client_open(c, "\\some.job", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid), STATUS_ACCESS_DENIED);
}

static void empty_and_abandoned_jobs_are_not_printed(void **state)
{
	struct client *c = client_ready(*state, "lp");
	assert_ok(close_job(c, open_job(c, "EMPTY")));
	assert_int_equal(queue(c, 5, 0).count, 0);
	struct client *crashed = client_ready(*state, "lp");
	print(crashed, open_job(crashed, "HALF"), "half of it");
	fake_hang_up(crashed->net);
	assert_int_equal(queue(c, 5, 0).count, 0);
	/* The end of a program is no crash. */
	struct smb1_process_exit_req exit_req = { 0 };
	print(c, open_job(c, "WHOLE"), "all");
	assert_ok(client_call(c, SMB_COM_PROCESS_EXIT, &exit_req, NULL));
	assert_int_equal(queue(c, 5, 0).count, 1);
}

static void print_commands_want_print_jobs(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_open_print_file_req open = { .identifier = "X" };
	struct smb1_write_print_file_req write = { .fid = fid, .data = slice_of("x", 1) };
	assert_status(client_call(c, SMB_COM_OPEN_PRINT_FILE, &open, NULL), STATUS_INVALID_DEVICE_REQUEST);
	assert_status(client_call(c, SMB_COM_WRITE_PRINT_FILE, &write, NULL), STATUS_INVALID_SMB);
	assert_status(close_job(c, fid), STATUS_INVALID_SMB);
	assert_status(close_job(c, (uint16_t)(fid + 1)), STATUS_INVALID_HANDLE);
	assert_ok(client_close(c, fid));
}

static void ioctl_tells_the_number_of_a_job(void **state)
{
	struct client *c = client_ready(*state, "lp");
	uint16_t fid = open_job(c, "X");
	struct smb1_ioctl_req req = {
		.fid = fid, .category = IOCTL_CATEGORY_SPOOLER, .function = IOCTL_GET_PRINTER_ID, .max_data_count = 32
	};
	struct smb1_ioctl_rsp rsp;
	assert_ok(client_call(c, SMB_COM_IOCTL, &req, &rsp));
	assert_int_equal(rsp.data.len, 32);
	assert_int_not_equal(load_le16(rsp.data.ptr), 0);
	assert_string_equal((const char *)rsp.data.ptr + 2, "LONGHOUSE");
	assert_string_equal((const char *)rsp.data.ptr + 18, "lp");
	req.max_data_count = 2;
	assert_ok(client_call(c, SMB_COM_IOCTL, &req, &rsp));
	assert_int_equal(rsp.data.len, 2);
	req.function = 0x1234;
	assert_status(client_call(c, SMB_COM_IOCTL, &req, NULL), STATUS_INVALID_PARAMETER);
	req.category = 0x77;
	assert_status(client_call(c, SMB_COM_IOCTL, &req, NULL), STATUS_NOT_IMPLEMENTED);
	req.fid++;
	assert_status(client_call(c, SMB_COM_IOCTL, &req, NULL), STATUS_INVALID_HANDLE);
	assert_ok(close_job(c, fid));
}

/* ---- messages ---- */

static void messages_need_no_negotiation(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	c->flags2 = 0;
	struct smb1_send_message_req req = { .originator = "ANNA", .destination = "LONGHOUSE", .text = slice_of("Lunch?", 6) };
	struct smb1_send_broadcast_req all = { .message = req };
	struct smb1_get_machine_name_req ask = { 0 };
	struct smb1_get_machine_name_rsp name;
	assert_ok(client_call(c, SMB_COM_SEND_MESSAGE, &req, NULL));
	(void)client_send(c, SMB_COM_SEND_BROADCAST, &all);
	client_expect_silence(c);
	assert_ok(client_call(c, SMB_COM_GET_MACHINE_NAME, &ask, &name));
	assert_string_equal(name.name, "LONGHOUSE");
	static const uint8_t much[129];
	req.text = slice_of(much, sizeof(much));
	assert_int_equal(client_call(c, SMB_COM_SEND_MESSAGE, &req, NULL), STATUS_SMB_NO_ROOM);
	struct smb1_forward_user_name_req forward = { .name = "ANNA" };
	assert_int_equal(client_call(c, SMB_COM_FORWARD_USER_NAME, &forward, NULL), STATUS_SMB_TOO_MANY_NAMES);
}

static void messages_in_blocks(void **state)
{
	enum { BLOCKS = SMB1_MESSAGE_MAX / SMB1_MESSAGE_BLOCK_MAX };
	struct client *c = client_new(*state, NET_DIRECT);
	static const uint8_t block[SMB1_MESSAGE_BLOCK_MAX] = { 'x' };
	struct smb1_send_start_multi_req start = { .originator = "ANNA", .destination = "LONGHOUSE" };
	struct smb1_send_start_multi_rsp group;
	c->flags2 = 0;
	assert_ok(client_call(c, SMB_COM_SEND_START_MULTI, &start, &group));
	struct smb1_send_text_multi_req text = { .message_group_id = group.message_group_id, .text = slice_of(block, sizeof(block)) };
	for (int i = 0; i < BLOCKS; i++)
		assert_ok(client_call(c, SMB_COM_SEND_TEXT_MULTI, &text, NULL));
	assert_int_equal(client_call(c, SMB_COM_SEND_TEXT_MULTI, &text, NULL), STATUS_SMB_NO_ROOM);
	struct smb1_send_end_multi_req end = { .message_group_id = group.message_group_id };
	assert_ok(client_call(c, SMB_COM_SEND_END_MULTI, &end, NULL));
	assert_status(client_call(c, SMB_COM_SEND_END_MULTI, &end, NULL), STATUS_INVALID_SMB);
	assert_status(client_call(c, SMB_COM_SEND_TEXT_MULTI, &text, NULL), STATUS_INVALID_SMB);
	for (int i = 0; i < 4; i++)
		assert_ok(client_call(c, SMB_COM_SEND_START_MULTI, &start, &group));
	assert_int_equal(client_call(c, SMB_COM_SEND_START_MULTI, &start, NULL), STATUS_SMB_NO_ROOM); /* bounded; freed at the end */
}

/* ---- the rest ---- */

static void close_and_tree_disc_closes_and_leaves_the_tree(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_close_and_tree_disc_req req = { .close = { .fid = fid } };
	assert_ok(client_call(c, SMB_COM_CLOSE_AND_TREE_DISC, &req, NULL));
	assert_status(client_call(c, SMB_COM_CLOSE_AND_TREE_DISC, &req, NULL), STATUS_INVALID_HANDLE);
	assert_ok(client_close(c, client_create(c, "\\g")));
}

static void find_notify_close_succeeds(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_find_notify_close_req req = { 0 };
	assert_ok(client_call(c, SMB_COM_FIND_NOTIFY_CLOSE, &req, NULL));
}

static nt_status status_of(struct client *c, uint8_t command, uint8_t words)
{
	client_begin(c, command);
	memset(c->buf + SMB1_HEADER_LEN, 0, 1 + 2u * words + 2);
	c->buf[SMB1_HEADER_LEN] = words;
	assert_true(client_send_raw(c, c->buf, SMB1_HEADER_LEN + 1 + 2u * words + 2));
	struct reply r = client_take(c);
	nt_status status = r.status;
	reply_free(&r);
	return status;
}

static void refusals_are_exact(void **state)
{
	struct client *c = client_ready(*state, "data");
	assert_status(status_of(c, SMB_COM_READ_MPX, 8), STATUS_SMB_USE_STANDARD);
	assert_status(status_of(c, SMB_COM_WRITE_MPX, 12), STATUS_SMB_USE_STANDARD);
	assert_status(status_of(c, SMB_COM_READ_MPX, 7), STATUS_INVALID_SMB);
	assert_status(status_of(c, SMB_COM_WRITE_MPX_SECONDARY, 8), STATUS_SMB_BAD_COMMAND);
	assert_status(status_of(c, SMB_COM_QUERY_SERVER, 0), STATUS_NOT_IMPLEMENTED);
	assert_status(status_of(c, SMB_COM_NEW_FILE_SIZE, 0), STATUS_NOT_IMPLEMENTED);
	assert_status(status_of(c, SMB_COM_IOCTL_SECONDARY, 0), STATUS_NOT_IMPLEMENTED);
	assert_status(status_of(c, SMB_COM_READ_BULK, 12), STATUS_NOT_IMPLEMENTED);
	assert_status(status_of(c, SMB_COM_WRITE_COMPLETE, 1), STATUS_SMB_BAD_COMMAND);
	assert_status(status_of(c, SMB_COM_INVALID, 0), STATUS_SMB_BAD_COMMAND);
	assert_status(status_of(c, SMB_COM_NO_ANDX_COMMAND, 0), STATUS_SMB_BAD_COMMAND);
	assert_status(status_of(c, 0x15, 0), STATUS_SMB_BAD_COMMAND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(raw_reads_are_bytes_and_nothing_else),
		SCENARIO(raw_writes_in_two_frames),
		SCENARIO(a_raw_write_that_failed_is_told_later),
		SCENARIO(raw_frames_of_any_length),
		SCENARIO(a_raw_write_that_never_ends_dies_with_its_connection),
		SCENARIO_SIGNED(no_raw_bytes_under_signatures),
		SCENARIO(copies),
		SCENARIO(copies_of_trees),
		SCENARIO(copies_to_another_share),
		SCENARIO(moves),
		SCENARIO(a_job_from_open_to_queue),
		SCENARIO(queues_forwards_and_backwards),
		SCENARIO(jobs_by_ordinary_commands),
		SCENARIO(empty_and_abandoned_jobs_are_not_printed),
		SCENARIO(print_commands_want_print_jobs),
		SCENARIO(ioctl_tells_the_number_of_a_job),
		SCENARIO(messages_need_no_negotiation),
		SCENARIO(messages_in_blocks),
		SCENARIO(close_and_tree_disc_closes_and_leaves_the_tree),
		SCENARIO(find_notify_close_succeeds),
		SCENARIO(refusals_are_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
