/* What a pseudo-terminal cannot show: data bits and parity. And what is refused. */
#include "comm/line.h"

#include <asm/termbits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

static struct termios2 termios_of(const struct comm_line *line)
{
	struct termios2 t;
	memset(&t, 0xFF, sizeof(t)); /* whatever was set before, the line decides */
	assert_int_equal(comm_line_check(line), STATUS_SUCCESS);
	comm_line_to_termios(line, &t);
	return t;
}

static void every_frame_there_and_back(void **state)
{
	static const tcflag_t sizes[] = { CS5, CS6, CS7, CS8 };
	static const tcflag_t parities[] = { 0, PARENB | PARODD, PARENB, PARENB | PARODD | CMSPAR, PARENB | CMSPAR };
	unsigned valid = 0;
	for (unsigned i = 0; i < 3 * 5 * 6; i++) {
		struct comm_line line = comm_line_default(), back = comm_line_default();
		line.control = (struct smb1_serial_line_control){ (uint8_t)(i % 3), (uint8_t)(i / 3 % 5), (uint8_t)(5 + i / 15) };
		if (comm_line_check(&line) != STATUS_SUCCESS)
			continue;
		valid++;
		struct termios2 t = termios_of(&line);
		assert_int_equal(t.c_cflag & CSIZE, sizes[line.control.word_length - 5]);
		assert_int_equal(t.c_cflag & (PARENB | PARODD | CMSPAR), parities[line.control.parity]);
		assert_int_equal((t.c_cflag & CSTOPB) != 0, line.control.stop_bits != STOP_BIT_1);
		comm_line_from_termios(&t, &back);
		assert_memory_equal(&back.control, &line.control, sizeof(line.control));
	}
	assert_int_equal(valid, 4 * 5 * 2);
}

static void speeds_by_name_and_by_number(void **state)
{
	struct comm_line line = comm_line_default(), back = line;
	line.baud_rate = 115200;
	struct termios2 t = termios_of(&line);
	assert_int_equal(t.c_cflag & CBAUD, B115200);
	line.baud_rate = 31250; /* MIDI has no name */
	t = termios_of(&line);
	assert_int_equal(t.c_cflag & CBAUD, BOTHER);
	assert_int_equal(t.c_ospeed, 31250);
	comm_line_from_termios(&t, &back);
	assert_int_equal(back.baud_rate, 31250);
}

static void nothing_is_interpreted(void **state)
{
	struct comm_line line = comm_line_default();
	struct termios2 t = termios_of(&line);
	assert_int_equal(t.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0);
	assert_int_equal(t.c_iflag & (ICRNL | INLCR | IGNCR | ISTRIP | IXON | IXOFF | BRKINT), 0);
	assert_int_equal(t.c_oflag & OPOST, 0);
	assert_int_equal(t.c_cflag & (CLOCAL | CREAD), CLOCAL | CREAD);
}

static void what_a_driver_did_not_take_is_noticed(void **state)
{
	struct comm_line line = comm_line_default();
	struct termios2 wanted = termios_of(&line), got = wanted;
	got.c_ospeed = 9615; /* a divisor's rounding */
	assert_true(comm_line_was_taken(&wanted, &got));
	got.c_ospeed = 4800;
	assert_false(comm_line_was_taken(&wanted, &got));
	got = wanted;
	got.c_cflag = (got.c_cflag & ~(tcflag_t)CSIZE) | CS7;
	assert_false(comm_line_was_taken(&wanted, &got));
	got = wanted;
	got.c_cflag |= CRTSCTS;
	assert_false(comm_line_was_taken(&wanted, &got));
	got = wanted;
	got.c_iflag |= IXON;
	assert_false(comm_line_was_taken(&wanted, &got));
}

static void refusals(void **state)
{
	static const struct {
		uint32_t control, replace;
		nt_status status;
	} cases[] = {
		{ SERIAL_DTR_CONTROL | SERIAL_DTR_HANDSHAKE, 0, STATUS_INVALID_PARAMETER }, { 4, 0, STATUS_INVALID_PARAMETER },
		{ 0, 0x20, STATUS_INVALID_PARAMETER }, { SERIAL_DTR_HANDSHAKE, 0, STATUS_NOT_SUPPORTED },
		{ SERIAL_DSR_HANDSHAKE, 0, STATUS_NOT_SUPPORTED }, { SERIAL_DCD_HANDSHAKE, 0, STATUS_NOT_SUPPORTED },
		{ 0, SERIAL_ERROR_CHAR, STATUS_NOT_SUPPORTED }, { 0, SERIAL_BREAK_CHAR, STATUS_NOT_SUPPORTED },
		{ 0, SERIAL_RTS_CONTROL | SERIAL_RTS_HANDSHAKE, STATUS_NOT_SUPPORTED }, { SERIAL_CTS_HANDSHAKE, SERIAL_RTS_HANDSHAKE, STATUS_SUCCESS },
	};
	struct comm_line line;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		line = comm_line_default();
		line.handflow.control_hand_shake = cases[i].control;
		line.handflow.flow_replace = cases[i].replace;
		assert_int_equal(comm_line_check(&line), cases[i].status);
	}
	line = comm_line_default();
	line.handflow.flow_replace = SERIAL_AUTO_TRANSMIT;
	line.chars.xoff_char = line.chars.xon_char;
	assert_int_equal(comm_line_check(&line), STATUS_INVALID_PARAMETER);
}

static void words_of_mode(void **state)
{
	static const char *const wrong[] = { "", "0", "x", "9600,", "9600,q", "9600,n,9", "9600,n,8,3", "9600,n,8,1,z", "9600,n,8,1,x,1",
					     "-1", "999999999", "9600,n,8,1.5", "9600,n,88" };
	struct comm_line line;
	assert_true(comm_line_parse("19200", &line));
	assert_int_equal(line.baud_rate, 19200);
	assert_int_equal(line.control.word_length, 8);
	assert_true(comm_line_parse("1200,e,7,2,x", &line));
	assert_int_equal(line.control.parity, EVEN_PARITY);
	assert_int_equal(line.control.word_length, 7);
	assert_int_equal(line.control.stop_bits, STOP_BITS_2);
	assert_int_equal(line.handflow.flow_replace & 3, 3);
	assert_true(comm_line_parse("115200,n,8,1,h", &line));
	assert_int_equal(line.handflow.control_hand_shake & SERIAL_CTS_HANDSHAKE, SERIAL_CTS_HANDSHAKE);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(comm_line_parse(wrong[i], &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_there_and_back), cmocka_unit_test(speeds_by_name_and_by_number),
		cmocka_unit_test(nothing_is_interpreted), cmocka_unit_test(what_a_driver_did_not_take_is_noticed),
		cmocka_unit_test(refusals), cmocka_unit_test(words_of_mode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
