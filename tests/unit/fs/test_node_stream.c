/* Streams in the table of open files: whom they exclude, what a deletion waits for, what a rename does to their opens. */
#include "fixture.h"

#include <stdio.h>

#include "fs/node.h"

#define S1 "user.DosStream.One:$DATA"
#define S2 "user.DosStream.Two:$DATA"

static const struct fs_node_key KEY = { 1, 42 };

struct held {
	struct fs_node *node;
	uint64_t id;
};

static nt_status claim(struct fixture *fx, const char *stream, uint32_t access, uint32_t share, struct held *h)
{
	struct fs_node_request req = {
		.key = KEY, .vfs = fx->vfs, .path = "f", .stream = stream,
		.claim = { .conn_id = 1, .access = access, .share = share },
	};
	return fs_node_claim(fx->core, &req, &h->node, &h->id);
}

static struct held held(struct fixture *fx, const char *stream, uint32_t access, uint32_t share)
{
	struct held h;
	assert_status(claim(fx, stream, access, share, &h), STATUS_SUCCESS);
	return h;
}

/* What goes with this claim: "path", "path|xattr" or "". */
static void drop(struct fixture *fx, struct held h, bool remove, const char *expected)
{
	struct fs_victim victim;
	char text[256] = "";
	fs_node_begin_close(fx->core, h.node, h.id, remove, &victim);
	if (victim.path != NULL)
		(void)snprintf(text, sizeof(text), "%s%s%s", victim.path, victim.stream != NULL ? "|" : "", victim.stream != NULL ? victim.stream : "");
	free(victim.path);
	free(victim.stream);
	fs_node_end_close(fx->core, h.node, h.id);
	assert_string_equal(text, expected);
}

static void test_sharing_is_each_streams_own(void **state)
{
	struct fixture *fx = *state;
	struct held one = held(fx, S1, FILE_WRITE_DATA, FILE_SHARE_NONE), two = held(fx, S2, FILE_WRITE_DATA, FILE_SHARE_NONE), again;
	assert_status(claim(fx, "user.DosStream.ONE:$data", FILE_READ_DATA, FX_SHARE_ALL, &again), STATUS_SHARING_VIOLATION);
	struct held file = held(fx, NULL, FILE_WRITE_DATA, FILE_SHARE_NONE);
	assert_int_equal(fs_core_count(fx->core).opens, 3);
	drop(fx, file, false, "");
	assert_true(fs_node_is_open(fx->core, KEY));
	drop(fx, two, false, "");
	drop(fx, one, false, "");
	assert_false(fs_node_is_open(fx->core, KEY));
}

static void test_who_deletes_the_file_needs_its_streams_leave(void **state)
{
	struct fixture *fx = *state;
	struct held one = held(fx, S1, FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE), file;
	assert_status(claim(fx, NULL, ACCESS_DELETE, FX_SHARE_ALL, &file), STATUS_SHARING_VIOLATION);
	drop(fx, one, false, "");
	one = held(fx, S1, FILE_READ_DATA, FILE_SHARE_DELETE);
	file = held(fx, NULL, ACCESS_DELETE, FILE_SHARE_NONE);
	struct held two = held(fx, S2, ACCESS_DELETE, FILE_SHARE_NONE); /* the file's sharing is about the file alone */
	drop(fx, two, false, "");
	drop(fx, file, false, "");
	drop(fx, one, false, "");
}

static void test_waiter_for_the_file_is_woken_by_a_stream(void **state)
{
	struct fixture *fx = *state;
	struct held one = held(fx, S1, FILE_READ_DATA, FILE_SHARE_NONE), file;
	const struct fs_waiter waiter = { 1, 77 };
	struct fs_node_request req = {
		.key = KEY, .vfs = fx->vfs, .path = "f", .waiter = &waiter, .claim = { .conn_id = 2, .access = ACCESS_DELETE, .share = FX_SHARE_ALL },
	};
	assert_status(fs_node_claim(fx->core, &req, &file.node, &file.id), STATUS_PENDING);
	drop(fx, one, false, "");
	assert_int_equal(fx->n_woken, 1);
	assert_int_equal(fx->woken[0], 77);
}

static void test_forgotten_waiter_is_not_woken(void **state)
{
	struct fixture *fx = *state;
	struct held one = held(fx, S1, FILE_READ_DATA, FILE_SHARE_NONE), two;
	const struct fs_waiter waiter = { 1, 77 };
	struct fs_node_request req = {
		.key = KEY, .vfs = fx->vfs, .path = "f", .stream = S1, .waiter = &waiter,
		.claim = { .conn_id = 2, .access = FILE_READ_DATA, .share = FX_SHARE_ALL },
	};
	assert_status(fs_node_claim(fx->core, &req, &two.node, &two.id), STATUS_PENDING);
	fs_node_forget_waiter(fx->core, KEY, waiter);
	drop(fx, one, false, "");
	assert_int_equal(fx->n_woken, 0);
}

static void test_a_file_goes_with_its_last_stream(void **state)
{
	struct fixture *fx = *state;
	struct held one = held(fx, S1, FILE_READ_DATA, FX_SHARE_ALL), file = held(fx, NULL, ACCESS_DELETE, FX_SHARE_ALL), late;
	drop(fx, file, true, "");
	assert_true(fs_node_delete_pending(fx->core, KEY));
	assert_true(fs_node_stream_delete_pending(fx->core, KEY, S1));
	assert_true(fs_node_stream_delete_pending(fx->core, KEY, S2));
	assert_status(claim(fx, S2, FILE_READ_DATA, FX_SHARE_ALL, &late), STATUS_DELETE_PENDING);
	assert_status(claim(fx, NULL, FILE_READ_DATA, FX_SHARE_ALL, &late), STATUS_DELETE_PENDING);
	drop(fx, one, false, "f");
	assert_false(fs_node_delete_pending(fx->core, KEY));
	assert_int_equal(fs_core_count(fx->core).nodes, 0);
}

static void test_a_stream_goes_alone(void **state)
{
	struct fixture *fx = *state;
	struct held file = held(fx, NULL, FILE_READ_DATA, FX_SHARE_ALL), one = held(fx, S1, ACCESS_DELETE, FX_SHARE_ALL),
		    two = held(fx, S2, FILE_READ_DATA, FX_SHARE_ALL);
	struct held other = held(fx, S1, FILE_READ_DATA, FX_SHARE_ALL), late;
	drop(fx, one, true, "");
	assert_false(fs_node_delete_pending(fx->core, KEY));
	assert_true(fs_node_stream_delete_pending(fx->core, KEY, S1));
	assert_false(fs_node_stream_delete_pending(fx->core, KEY, S2));
	assert_status(claim(fx, S1, FILE_READ_DATA, FX_SHARE_ALL, &late), STATUS_DELETE_PENDING);
	drop(fx, other, false, "f|" S1);
	late = held(fx, S1, FILE_READ_DATA, FX_SHARE_ALL);
	drop(fx, late, false, "");
	drop(fx, two, false, "");
	drop(fx, file, false, "");
	assert_int_equal(fs_core_count(fx->core).delete_pending, 0);
}

static void test_a_renamed_file_takes_its_streams_opens_along(void **state)
{
	struct fixture *fx = *state;
	struct held one = held(fx, S1, ACCESS_DELETE, FX_SHARE_ALL), file = held(fx, NULL, ACCESS_DELETE, FX_SHARE_ALL);
	fs_node_set_delete(fx->core, one.node, one.id, true);
	fs_node_renamed(fx->core, file.node, fx->vfs, "f", "d/g");
	assert_string_equal(fs_node_path(fx->core, one.node, one.id, &fx->arena), "d/g");
	drop(fx, file, false, "");
	assert_true(fs_node_open_below(fx->core, fx->vfs, "d"));
	drop(fx, one, false, "d/g|" S1);
}

static void test_a_renamed_stream_is_followed_and_the_replaced_one_lost(void **state)
{
	struct fixture *fx = *state;
	struct held one = held(fx, S1, ACCESS_DELETE, FX_SHARE_ALL), two = held(fx, S2, ACCESS_DELETE, FX_SHARE_ALL);
	const char *stream;
	assert_status(fs_node_stream_renamed(fx->core, one.node, S2), STATUS_SUCCESS);
	assert_status(fs_node_stream(fx->core, one.node, &fx->arena, &stream), STATUS_SUCCESS);
	assert_string_equal(stream, S2);
	assert_status(fs_node_stream(fx->core, two.node, &fx->arena, &stream), STATUS_FILE_DELETED);
	drop(fx, two, true, "");
	struct held file = held(fx, NULL, FILE_WRITE_DATA, FX_SHARE_ALL);
	fs_node_streams_gone(fx->core, file.node);
	assert_status(fs_node_stream(fx->core, one.node, &fx->arena, &stream), STATUS_FILE_DELETED);
	drop(fx, one, true, "");
	drop(fx, file, false, "");
	assert_int_equal(fs_core_count(fx->core).nodes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_sharing_is_each_streams_own),
		FX_TEST(test_who_deletes_the_file_needs_its_streams_leave),
		FX_TEST(test_waiter_for_the_file_is_woken_by_a_stream),
		FX_TEST(test_forgotten_waiter_is_not_woken),
		FX_TEST(test_a_file_goes_with_its_last_stream),
		FX_TEST(test_a_stream_goes_alone),
		FX_TEST(test_a_renamed_file_takes_its_streams_opens_along),
		FX_TEST(test_a_renamed_stream_is_followed_and_the_replaced_one_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
