#include "comm/line.h"

#include <asm/termbits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"

static const struct {
	uint32_t rate;
	tcflag_t flag;
} speeds[] = {
	{ 50, B50 }, { 75, B75 }, { 110, B110 }, { 134, B134 }, { 150, B150 }, { 200, B200 }, { 300, B300 }, { 600, B600 },
	{ 1200, B1200 }, { 1800, B1800 }, { 2400, B2400 }, { 4800, B4800 }, { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 },
	{ 57600, B57600 }, { 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 }, { 500000, B500000 }, { 576000, B576000 },
	{ 921600, B921600 }, { 1000000, B1000000 }, { 1152000, B1152000 }, { 1500000, B1500000 }, { 2000000, B2000000 },
	{ 2500000, B2500000 }, { 3000000, B3000000 }, { 3500000, B3500000 }, { 4000000, B4000000 },
};

/* The fastest that Linux has a name for, many times over; beyond it is nonsense. */
enum { BAUD_MAX = 64000000 };

static const uint32_t control_known = SERIAL_DTR_CONTROL | SERIAL_CTS_HANDSHAKE | SERIAL_ERROR_ABORT;
static const uint32_t control_valid = SERIAL_DTR_CONTROL | SERIAL_DTR_HANDSHAKE | SERIAL_CTS_HANDSHAKE | SERIAL_DSR_HANDSHAKE |
				      SERIAL_DCD_HANDSHAKE | SERIAL_DSR_SENSITIVITY | SERIAL_ERROR_ABORT;
static const uint32_t replace_known = SERIAL_AUTO_TRANSMIT | SERIAL_AUTO_RECEIVE | SERIAL_NULL_STRIPPING | SERIAL_RTS_CONTROL |
				      SERIAL_RTS_HANDSHAKE | SERIAL_XOFF_CONTINUE;
static const uint32_t replace_valid = SERIAL_AUTO_TRANSMIT | SERIAL_AUTO_RECEIVE | SERIAL_NULL_STRIPPING | SERIAL_RTS_CONTROL |
				      SERIAL_RTS_HANDSHAKE | SERIAL_XOFF_CONTINUE | SERIAL_ERROR_CHAR | SERIAL_BREAK_CHAR;

static bool is_toggling(uint32_t replace)
{
	const uint32_t toggle = SERIAL_RTS_CONTROL | SERIAL_RTS_HANDSHAKE;
	return (replace & toggle) == toggle;
}

static bool frame_exists(const struct smb1_serial_line_control *c)
{
	bool five = c->word_length == 5;
	return c->word_length >= 5 && c->word_length <= 8 && c->parity <= SPACE_PARITY && c->stop_bits <= STOP_BITS_2 &&
	       (c->stop_bits != STOP_BITS_1_5 || five) && (c->stop_bits != STOP_BITS_2 || !five);
}

nt_status comm_line_check(const struct comm_line *line)
{
	const struct smb1_serial_handflow *h = &line->handflow;
	if (line->baud_rate == 0 || line->baud_rate > BAUD_MAX || !frame_exists(&line->control))
		return STATUS_INVALID_PARAMETER;
	if ((h->control_hand_shake & ~control_valid) != 0 || (h->flow_replace & ~replace_valid) != 0 ||
	    (h->control_hand_shake & (SERIAL_DTR_CONTROL | SERIAL_DTR_HANDSHAKE)) == (SERIAL_DTR_CONTROL | SERIAL_DTR_HANDSHAKE))
		return STATUS_INVALID_PARAMETER;
	/* One character cannot mean both. */
	if ((h->flow_replace & (SERIAL_AUTO_TRANSMIT | SERIAL_AUTO_RECEIVE)) != 0 && line->chars.xon_char == line->chars.xoff_char)
		return STATUS_INVALID_PARAMETER;
	if ((h->control_hand_shake & ~control_known) != 0 || (h->flow_replace & ~replace_known) != 0 || is_toggling(h->flow_replace))
		return STATUS_NOT_SUPPORTED;
	return STATUS_SUCCESS;
}

static void put_speed(uint32_t rate, struct termios2 *t)
{
	tcflag_t flag = BOTHER;
	for (size_t i = 0; i < ARRAY_LEN(speeds); i++)
		if (speeds[i].rate == rate)
			flag = speeds[i].flag;
	t->c_cflag &= ~(tcflag_t)(CBAUD | CIBAUD);
	t->c_cflag |= flag | (tcflag_t)flag << IBSHIFT;
	t->c_ispeed = t->c_ospeed = rate;
}

static void put_frame(const struct smb1_serial_line_control *c, struct termios2 *t)
{
	static const tcflag_t sizes[] = { CS5, CS6, CS7, CS8 };
	static const tcflag_t parities[] = {
		[NO_PARITY] = 0, [ODD_PARITY] = PARENB | PARODD, [EVEN_PARITY] = PARENB,
		[MARK_PARITY] = PARENB | CMSPAR | PARODD, [SPACE_PARITY] = PARENB | CMSPAR,
	};
	t->c_cflag &= ~(tcflag_t)(CSIZE | CSTOPB | PARENB | PARODD | CMSPAR);
	t->c_cflag |= sizes[c->word_length - 5] | parities[c->parity] | (c->stop_bits != STOP_BIT_1 ? CSTOPB : 0);
	t->c_iflag &= ~(tcflag_t)(INPCK | IGNPAR | PARMRK | ISTRIP);
	t->c_iflag |= c->parity != NO_PARITY ? INPCK : 0;
}

static void put_flow(const struct comm_line *line, struct termios2 *t)
{
	uint32_t replace = line->handflow.flow_replace;
	bool lines = (line->handflow.control_hand_shake & SERIAL_CTS_HANDSHAKE) != 0 || (replace & SERIAL_RTS_HANDSHAKE) != 0;
	t->c_iflag &= ~(tcflag_t)(IXON | IXOFF | IXANY);
	t->c_iflag |= ((replace & SERIAL_AUTO_TRANSMIT) != 0 ? IXON : 0) | ((replace & SERIAL_AUTO_RECEIVE) != 0 ? IXOFF : 0);
	t->c_cflag &= ~(tcflag_t)CRTSCTS;
	t->c_cflag |= lines ? CRTSCTS : 0;
	t->c_cc[VSTART] = line->chars.xon_char;
	t->c_cc[VSTOP] = line->chars.xoff_char;
}

void comm_line_to_termios(const struct comm_line *line, struct termios2 *t)
{
	t->c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | INLCR | IGNCR | ICRNL | IUCLC | IMAXBEL | IUTF8);
	t->c_oflag &= ~(tcflag_t)OPOST;
	t->c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHOE | ECHOK | ECHONL | ISIG | IEXTEN | TOSTOP);
	/* The carrier is the client's matter; a program of this machine that is hung up by it would be surprised. */
	t->c_cflag |= CREAD | CLOCAL | HUPCL;
	t->c_cc[VMIN] = 1;
	t->c_cc[VTIME] = 0;
	put_speed(line->baud_rate, t);
	put_frame(&line->control, t);
	put_flow(line, t);
}

void comm_line_from_termios(const struct termios2 *t, struct comm_line *line)
{
	static const uint8_t parities[] = { EVEN_PARITY, ODD_PARITY, SPACE_PARITY, MARK_PARITY };
	bool two = (t->c_cflag & CSTOPB) != 0;
	size_t parity = ((t->c_cflag & PARODD) != 0) + 2u * ((t->c_cflag & CMSPAR) != 0);
	line->baud_rate = t->c_ospeed;
	line->control.word_length = (uint8_t)((t->c_cflag & CSIZE) == CS5 ? 5 : (t->c_cflag & CSIZE) == CS6 ? 6 :
					      (t->c_cflag & CSIZE) == CS7 ? 7 : 8);
	line->control.stop_bits = !two ? STOP_BIT_1 : line->control.word_length == 5 ? STOP_BITS_1_5 : STOP_BITS_2;
	line->control.parity = (t->c_cflag & PARENB) != 0 ? parities[parity] : NO_PARITY;
	line->handflow.flow_replace |= ((t->c_iflag & IXON) != 0 ? SERIAL_AUTO_TRANSMIT : 0) |
				       ((t->c_iflag & IXOFF) != 0 ? SERIAL_AUTO_RECEIVE : 0);
	if ((t->c_cflag & CRTSCTS) == 0)
		return;
	line->handflow.control_hand_shake |= SERIAL_CTS_HANDSHAKE;
	line->handflow.flow_replace &= ~(uint32_t)SERIAL_RTS_CONTROL;
	line->handflow.flow_replace |= SERIAL_RTS_HANDSHAKE;
}

/* Drivers round speeds; a twentieth off is what no receiver notices. */
static bool is_near(speed_t wanted, speed_t got)
{
	return got <= wanted + wanted / 20 && got + wanted / 20 >= wanted;
}

bool comm_line_was_taken(const struct termios2 *wanted, const struct termios2 *got)
{
	const tcflag_t cflags = CSIZE | CSTOPB | PARENB | CRTSCTS, iflags = IXON | IXOFF;
	tcflag_t parity = (wanted->c_cflag & PARENB) != 0 ? PARODD | CMSPAR : 0;
	return is_near(wanted->c_ospeed, got->c_ospeed) && ((wanted->c_cflag ^ got->c_cflag) & (cflags | parity)) == 0 &&
	       ((wanted->c_iflag ^ got->c_iflag) & iflags) == 0;
}

struct comm_line comm_line_default(void)
{
	enum { XON = 0x11, XOFF = 0x13 };
	return (struct comm_line){
		.baud_rate = 9600,
		.control = { STOP_BIT_1, NO_PARITY, 8 },
		.handflow = { .control_hand_shake = SERIAL_DTR_CONTROL, .flow_replace = SERIAL_RTS_CONTROL },
		.chars = { .xon_char = XON, .xoff_char = XOFF },
	};
}

/* ---- text ---- */

static bool parse_parity(const char *word, struct comm_line *line)
{
	static const char letters[] = "noems";
	const char *at = strlen(word) == 1 ? strchr(letters, word[0] | 0x20) : NULL;
	if (at == NULL)
		return false;
	line->control.parity = (uint8_t)(at - letters);
	return true;
}

static bool parse_stop_bits(const char *word, struct comm_line *line)
{
	static const char *const words[] = { "1", "1.5", "2" };
	for (uint8_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0) {
			line->control.stop_bits = i;
			return true;
		}
	return false;
}

static bool parse_flow(const char *word, struct comm_line *line)
{
	if (strcasecmp(word, "x") == 0) {
		line->handflow.flow_replace |= SERIAL_AUTO_TRANSMIT | SERIAL_AUTO_RECEIVE;
	} else if (strcasecmp(word, "h") == 0) {
		line->handflow.control_hand_shake |= SERIAL_CTS_HANDSHAKE;
		line->handflow.flow_replace = (line->handflow.flow_replace & ~(uint32_t)SERIAL_RTS_CONTROL) | SERIAL_RTS_HANDSHAKE;
	} else {
		return false;
	}
	return true;
}

static bool parse_word(unsigned number, const char *word, struct comm_line *line)
{
	char *end;
	switch (number) {
	case 0:
		line->baud_rate = (uint32_t)strtoul(word, &end, 10);
		return word[0] >= '0' && word[0] <= '9' && *end == '\0' && strlen(word) < 9;
	case 1: return parse_parity(word, line);
	case 2:
		line->control.word_length = (uint8_t)(word[0] - '0');
		return word[0] >= '5' && word[0] <= '8' && word[1] == '\0';
	case 3: return parse_stop_bits(word, line);
	case 4: return parse_flow(word, line);
	default: return false;
	}
}

bool comm_line_parse(const char *text, struct comm_line *line)
{
	char word[12];
	*line = comm_line_default();
	for (unsigned number = 0;; number++) {
		size_t len = strcspn(text, ",");
		if (len == 0 || len >= sizeof(word))
			return false;
		memcpy(word, text, len);
		word[len] = '\0';
		if (!parse_word(number, word, line))
			return false;
		if (text[len] == '\0')
			return comm_line_check(line) == STATUS_SUCCESS;
		text += len + 1;
	}
}
