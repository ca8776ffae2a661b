/* Frames over a real socket: cut anywhere, large, many, too long; back-pressure; ends; deadlines. */
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "rig.h"

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
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void odd_pieces(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[4 + 40], back[40];

	rig_start(rig);
	int fd = rig_connect(rig);
	memset(frame, 'E', sizeof(frame));
	store_be32(frame, 40);
	for (size_t cut = 1; cut < sizeof(frame); cut++) {
		write_all(fd, frame, cut);
		if (cut % 8 == 0)
			pause_ms(2);
		write_all(fd, frame + cut, sizeof(frame) - cut);
		assert_int_equal(read_frame(fd, back, sizeof(back)), 40);
		assert_memory_equal(back, frame + 4, 40);
	}
	for (size_t i = 0; i < sizeof(frame); i++) {
		write_all(fd, frame + i, 1);
		pause_ms(1);
	}
	assert_int_equal(read_frame(fd, back, sizeof(back)), 40);
	close(fd);
}

static void empty_and_keepalive(void **state)
{
	struct rig *rig = *state;
	const uint8_t keepalive[4] = { 0x85, 0, 0, 0 };
	uint8_t back[1];

	rig_start(rig);
	int fd = rig_connect(rig);
	write_all(fd, keepalive, 4);
	send_frame(fd, "", 0);
	assert_int_equal(read_frame(fd, back, 1), 0);
	assert_int_equal(atomic_load(&rig->frames), 2);
	close(fd);
}

static void large_frames(void **state)
{
	struct rig *rig = *state;
	const size_t sizes[] = { NET_SCRATCH - 5, NET_SCRATCH - 4, NET_SCRATCH - 3, 65536 + 64, NET_FRAME_BEFORE_AUTH };
	uint8_t *body = malloc(NET_FRAME_BEFORE_AUTH);

	rig_start(rig);
	int fd = rig_connect(rig);
	for (size_t i = 0; i < NET_FRAME_BEFORE_AUTH; i++)
		body[i] = (uint8_t)(i * 7 + i / 256);
	body[0] = 'E';
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		check_echo(fd, body, sizes[i]);
	free(body);
	close(fd);
}

/* More than one turn's worth at once: nothing is lost or reordered. */
static void many_at_once(void **state)
{
	struct rig *rig = *state;
	enum { N = 500 };
	uint8_t frames[N][4 + 9], back[9];

	rig_start(rig);
	int fd = rig_connect(rig);
	for (uint32_t i = 0; i < N; i++) {
		store_be32(frames[i], 9);
		frames[i][4] = 'E';
		store_le32(frames[i] + 5, i);
		store_le32(frames[i] + 9, ~i);
	}
	write_all(fd, frames, sizeof(frames));
	for (uint32_t i = 0; i < N; i++) {
		assert_int_equal(read_frame(fd, back, sizeof(back)), 9);
		assert_memory_equal(back, frames[i] + 4, 9);
	}
	close(fd);
}

static void too_long(void **state)
{
	struct rig *rig = *state;
	uint8_t header[4], order[5] = { 'M' };

	rig_start(rig);
	int fd = rig_connect(rig);
	store_be32(header, NET_FRAME_BEFORE_AUTH + 1);
	write_all(fd, header, 4);
	assert_true(closes_within(fd, 2000));
	close(fd);

	fd = rig_connect(rig);
	store_le32(order + 1, 5);
	check_echo(fd, order, 5);
	send_frame(fd, "Eabcde", 6);
	assert_true(closes_within(fd, 2000));
	close(fd);
}

static void netbios_length_has_17_bits(void **state)
{
	struct rig rig;
	uint8_t *body = malloc(0x1FFFF), header[4], back[3];
	(void)state;

	rig_init(&rig, &small, NET_NETBIOS);
	rig_start(&rig);
	int fd = rig_connect(&rig);
	store_be32(header, 0xFE0003); /* reserved flag bits are no length */
	write_all(fd, header, 4);
	write_all(fd, "Eab", 3);
	assert_int_equal(read_frame(fd, back, 3), 3);

	const uint8_t allow[5] = { 'M', 0xFF, 0xFF, 0x01, 0 };
	check_echo(fd, allow, 5);
	memset(body, 'E', 0x1FFFF);
	check_echo(fd, body, 0x1FFFF);
	free(body);
	close(fd);
	rig_stop(&rig);
}

static void slow_reader(void **state)
{
	struct rig *rig = *state;
	enum { N = 200, SIZE = 100000 };
	uint8_t order[5] = { 'R' }, *back = malloc(SIZE);

	rig_start(rig);
	int fd = rig_connect(rig), other = rig_connect(rig);
	store_le32(order + 1, SIZE);
	for (unsigned i = 0; i < N; i++)
		send_frame(fd, order, 5);
	/* The server stops reading long before it has made all 20 MB, and serves others meanwhile. */
	pause_ms(200);
	unsigned before = atomic_load(&rig->frames);
	assert_in_range(before, 1, N / 2 + N / 4);
	check_echo(other, "Ehello", 6);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(read_frame(fd, back, SIZE), SIZE);
	assert_int_equal(atomic_load(&rig->frames), N + 1);
	check_echo(fd, "Ehello", 6);
	free(back);
	close(fd);
	close(other);
}

/* The socket takes all of it, a part, or nothing: no byte is lost, or comes before another. */
static void pages_of_a_file(void **state)
{
	struct rig *rig = *state;
	enum { N = 100, SIZE = NET_PAGES_MAX - 100 };
	uint8_t order[5] = { 'G' }, *back = malloc(SIZE + 4);

	rig_start(rig);
	int fd = rig_connect(rig);
	store_le32(order + 1, SIZE);
	for (unsigned i = 0; i < N; i++) {
		send_frame(fd, order, 5);
		send_frame(fd, "Ehello", 6);
	}
	pause_ms(100);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(read_frame(fd, back, SIZE + 4), SIZE + 4);
		assert_memory_equal(back, "head", 4);
		for (size_t at = 0; at < SIZE; at++)
			assert_int_equal(back[4 + at], (uint8_t)(at * 7 + at / 256));
		assert_int_equal(read_frame(fd, back, SIZE), 6);
	}
	free(back);
	close(fd);
}

static void no_reader(void **state)
{
	struct rig *rig = *state;
	uint8_t order[5] = { 'R' };

	rig->net->times.stall_ms = 200;
	rig_start(rig);
	int fd = rig_connect(rig);
	store_le32(order + 1, 8000000);
	send_frame(fd, order, 5);
	while (atomic_load(&rig->closed) == 0)
		pause_ms(10);
	close(fd);
}

static void kept_frame(void **state)
{
	struct rig *rig = *state;
	uint8_t body[3000];

	rig_start(rig);
	int fd = rig_connect(rig);
	memset(body, 'K', sizeof(body));
	for (size_t len = 1; len < sizeof(body); len += 599)
		check_echo(fd, body, len);
	close(fd);
}

static void close_after_flush(void **state)
{
	struct rig *rig = *state;
	uint8_t *body = malloc(100000);

	rig_start(rig);
	int fd = rig_connect(rig);
	memset(body, 'C', 100000);
	send_frame(fd, body, 100000);
	/* What comes behind it is not looked at, and does not turn the end into a reset. */
	send_frame(fd, "Eignored", 8);
	pause_ms(50);
	assert_int_equal(read_frame(fd, body, 100000), 100000);
	uint8_t byte;
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
	free(body);
}

static void dropped_by_protocol(void **state)
{
	struct rig *rig = *state;

	rig_start(rig);
	int fd = rig_connect(rig);
	send_frame(fd, "X", 1);
	assert_true(closes_within(fd, 2000));
	close(fd);

	atomic_store(&rig->refuse, true);
	fd = rig_connect(rig);
	assert_true(closes_within(fd, 2000));
	close(fd);
	/* The client may see the end before the server has forgotten it. */
	for (int i = 0; i < 200 && net_count(rig->net) != 0; i++)
		pause_ms(10);
	assert_int_equal(net_count(rig->net), 0);
}

static void half_frame(void **state)
{
	struct rig *rig = *state;

	rig->net->times.frame_before_auth_ms = 600;
	rig->net->times.frame_ms = 2400;
	rig_start(rig);
	int fd = rig_connect(rig), trusted = rig_connect(rig);
	check_echo(trusted, "A", 1);
	write_all(fd, "\0\0\0\x08" "Eab", 7);
	write_all(trusted, "\0\0", 2);
	assert_true(closes_within(fd, 2000));
	assert_false(closes_within(trusted, 50));
	assert_true(closes_within(trusted, 3000));
	close(fd);
	close(trusted);

	/* Complete frames are not hurried by the time that lies between them. */
	fd = rig_connect(rig);
	for (unsigned i = 0; i < 3; i++) {
		write_all(fd, "\0\0\0\x02" "E", 5);
		pause_ms(220);
		write_all(fd, "a", 1);
		uint8_t back[2];
		assert_int_equal(read_frame(fd, back, 2), 2);
	}
	close(fd);
}

static void strangers_have_to_log_on(void **state)
{
	struct rig *rig = *state;

	rig->net->times.auth_ms = 150;
	rig_start(rig);
	int fd = rig_connect(rig), trusted = rig_connect(rig);
	check_echo(trusted, "A", 1);
	assert_true(closes_within(fd, 2000));
	pause_ms(100);
	check_echo(trusted, "E", 1);
	close(fd);
	close(trusted);
}

static void protocol_deadline(void **state)
{
	struct rig *rig = *state;
	uint8_t order[3] = { 'T' }, back[3];

	rig_start(rig);
	int fd = rig_connect(rig);
	for (uint16_t ms = 0; ms <= 60; ms = (uint16_t)(ms + 30)) {
		store_le16(order + 1, ms);
		uint64_t start = net_monotonic_ms();
		send_frame(fd, order, 3);
		assert_int_equal(read_frame(fd, back, 3), 3);
		assert_true(net_monotonic_ms() >= start + ms);
	}
	assert_int_equal(atomic_load(&rig->deadlines), 3);

	/* A nearer one after a farther one. */
	store_le16(order + 1, 60000);
	send_frame(fd, order, 3);
	int other = rig_connect(rig);
	store_le16(order + 1, 20);
	send_frame(other, order, 3);
	assert_int_equal(read_frame(other, back, 3), 3);
	close(fd);
	close(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(odd_pieces),
		TEST(empty_and_keepalive),
		TEST(large_frames),
		TEST(many_at_once),
		TEST(too_long),
		cmocka_unit_test(netbios_length_has_17_bits),
		TEST(slow_reader),
		TEST(pages_of_a_file),
		TEST(no_reader),
		TEST(kept_frame),
		TEST(close_after_flush),
		TEST(dropped_by_protocol),
		TEST(half_frame),
		TEST(strangers_have_to_log_on),
		TEST(protocol_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
