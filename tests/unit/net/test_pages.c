/* The last part of a large frame that nobody looks at: in a pipe if it came whole, in memory otherwise; and nothing of it in the next one. */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "rig.h"

enum { AT = 64, LEN = 60000, ORDER = 4 };

static const struct net_options small = { .n_threads = 4, .n_permits = 2 };

static int setup(void **state)
{
	struct rig *rig = malloc(sizeof(*rig));

	rig_init(rig, &small, NET_DIRECT);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	rig_stop(*state);
	free(*state);
	return 0;
}

static void pause_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000 };

	nanosleep(&ts, NULL);
}

/* A frame, its header included; different for each seed. */
static const uint8_t *frame_of(char how, uint16_t at, size_t len, unsigned seed)
{
	static uint8_t frame[4 + LEN];
	uint8_t *body = frame + 4;

	store_be32(frame, (uint32_t)len);
	for (size_t i = 0; i < len; i++)
		body[i] = (uint8_t)(i * 7 + i / 256 + seed * 31);
	body[0] = 'W';
	body[1] = (uint8_t)how;
	store_le16(body + 2, at);
	return frame;
}

static void put(int fd, char how, uint16_t at, size_t len, unsigned seed)
{
	write_all(fd, frame_of(how, at, len, seed), 4 + len);
}

/* The answer to it; true: it came through a pipe. */
static bool answered(int fd, char how, uint16_t at, size_t len, unsigned seed)
{
	static uint8_t back[LEN];
	const uint8_t *body = frame_of(how, at, len, seed) + 4;
	bool bare = how == 'r' || how == 'h';

	assert_int_equal(read_frame(fd, back, sizeof(back)), bare ? 1 : len);
	assert_true(back[0] == 'P' || back[0] == 'C');
	if (!bare)
		assert_memory_equal(back + 1, body + 1, len - 1);
	return back[0] == 'P';
}

/* The first shows the server where payloads begin, and keeps it busy until the second is all there. */
static bool second_of_two(int fd, char how, uint16_t at, size_t len)
{
	put(fd, 's', at, len, 1);
	pause_ms(5);
	put(fd, how, at, len, 2);
	(void)answered(fd, 's', at, len, 1);
	return answered(fd, how, at, len, 2);
}

/* On a machine that is busy enough it may come in two parts. */
static void check_pages(int fd, char how, uint16_t at, size_t len)
{
	unsigned tries = 1;

	while (!second_of_two(fd, how, at, len))
		assert_true(++tries <= 50);
}

static void whole(void **state)
{
	struct rig *rig = *state;

	rig_start(rig);
	int fd = rig_connect(rig);
	check_pages(fd, 'w', AT, LEN);
	check_pages(fd, 'w', ORDER, LEN);
	check_pages(fd, 'w', 200, NET_PAYLOAD_MIN);
	assert_false(second_of_two(fd, 'w', 200, NET_PAYLOAD_MIN - 1)); /* not worth it */
	assert_false(second_of_two(fd, 'w', 0, LEN));                   /* all is looked at */
	assert_false(second_of_two(fd, 'w', LEN - 1, LEN));             /* beyond what one read takes */
	check_echo(fd, (const uint8_t *)"Eabc", 4);
	check_pages(fd, 'w', AT, LEN);
	close(fd);
}

/* Nobody takes it, or half of it, or it is kept: the next one has its own bytes. */
static void not_taken(void **state)
{
	struct rig *rig = *state;
	const char hows[] = "rhkrw";

	rig_start(rig);
	int fd = rig_connect(rig);
	for (size_t i = 0; i < sizeof(hows) - 1; i++) {
		check_pages(fd, hows[i], AT, LEN);
		check_pages(fd, 'w', AT, LEN);
	}
	close(fd);
}

static void in_parts(void **state)
{
	struct rig *rig = *state;
	const size_t cuts[] = { 1, 3, 4, 5, 4 + AT - 1, 4 + AT, 4 + AT + 1, 20000, 4 + LEN - 1 };

	rig_start(rig);
	int fd = rig_connect(rig);
	for (unsigned i = 0; i < ARRAY_LEN(cuts); i++) {
		check_pages(fd, 'w', AT, LEN);
		const uint8_t *frame = frame_of('w', AT, LEN, i);
		write_all(fd, frame, cuts[i]);
		pause_ms(10);
		write_all(fd, frame + cuts[i], 4 + LEN - cuts[i]);
		(void)answered(fd, 'w', AT, LEN, i);
	}
	/* Other frames where a payload was expected: shorter than its beginning, longer, many. */
	for (size_t len = 1; len < 300; len += 37) {
		uint8_t body[300];
		memset(body, 'E', sizeof(body));
		check_pages(fd, 'w', AT, LEN);
		for (unsigned i = 0; i < 5; i++)
			send_frame(fd, body, len);
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(read_frame(fd, body, sizeof(body)), len);
	}
	close(fd);
}

static void ends(void **state)
{
	struct rig *rig = *state;

	rig->net->times.frame_before_auth_ms = 600;
	rig_start(rig);
	int fd = rig_connect(rig);
	/* The protocol ends it, with the bytes in the pipe. */
	put(fd, 's', AT, LEN, 1);
	pause_ms(5);
	put(fd, 'x', AT, LEN, 2);
	(void)answered(fd, 's', AT, LEN, 1);
	assert_true(closes_within(fd, 2000));
	close(fd);
	/* Half a payload and silence. */
	fd = rig_connect(rig);
	check_pages(fd, 'w', AT, LEN);
	write_all(fd, frame_of('w', AT, LEN, 3), LEN / 2);
	assert_true(closes_within(fd, 5000));
	close(fd);
	/* Half of one, and gone. */
	fd = rig_connect(rig);
	check_pages(fd, 'w', AT, LEN);
	write_all(fd, frame_of('w', AT, LEN, 3), LEN / 2);
	close(fd);
	/* Whole, and gone: it is obeyed. */
	fd = rig_connect(rig);
	put(fd, 's', AT, LEN, 1);
	put(fd, 'w', AT, LEN, 2);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	(void)answered(fd, 's', AT, LEN, 1);
	(void)answered(fd, 'w', AT, LEN, 2);
	close(fd);
	/* And the threads still serve. */
	fd = rig_connect(rig);
	check_pages(fd, 'w', AT, LEN);
	close(fd);
}

/* Each from a page of its own: what lies side by side in memory is made one again on its way. */
static void put_in_pieces(int fd, const uint8_t *bytes, size_t len)
{
	enum { PIECE = 200, PAGE = 4096 };
	int file = memfd_create("pieces", MFD_CLOEXEC);

	assert_true(file >= 0);
	for (size_t i = 0; i * PIECE < len; i++) {
		ssize_t n = (ssize_t)MIN((size_t)PIECE, len - i * PIECE);
		off_t at = (off_t)(i * PAGE);
		assert_int_equal(pwrite(file, bytes + i * PIECE, (size_t)n, at), n);
		assert_int_equal(sendfile(fd, file, &at, (size_t)n), n);
	}
	close(file);
}

/* Segments so small that the pipe is full before the frame is in it: copies are made for a while, and not for ever. */
static void many_segments(void **state)
{
	struct rig *rig = *state;

	rig_start(rig);
	int fd = rig_connect(rig);
	put(fd, 's', AT, LEN, 1);
	pause_ms(5);
	put_in_pieces(fd, frame_of('w', AT, LEN, 2), 4 + LEN);
	(void)answered(fd, 's', AT, LEN, 1);
	(void)answered(fd, 'w', AT, LEN, 2);
	assert_false(second_of_two(fd, 'w', AT, LEN));
	check_pages(fd, 'w', AT, LEN);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole, setup, teardown),
		cmocka_unit_test_setup_teardown(not_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(in_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(ends, setup, teardown),
		cmocka_unit_test_setup_teardown(many_segments, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
