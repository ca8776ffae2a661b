/*
 * Load for a NetBIOS name server: registers names, or asks for them, with many requests under way at once. Prints one JSON
 * object. Usage: nbtload ADDRESS register|query FIRST COUNT SECONDS. Names are BENCHnnnnnn<20>, from FIRST on, COUNT of them; query goes
 * round and round for SECONDS, register ends with the last name (SECONDS is for an answer to come).
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { WINDOW = 64, PORT = 137, PACKET = 512, NAMES_PER_HOST = 1000, QUERY_LOST_MS = 100, REGISTRATION_LOST_MS = 5000 };

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t put16(uint8_t *p, size_t at, unsigned value)
{
	p[at] = (uint8_t)(value >> 8);
	p[at + 1] = (uint8_t)value;
	return at + 2;
}

static size_t put_name(uint8_t *p, size_t at, unsigned long number)
{
	char name[32];

	snprintf(name, sizeof(name), "BENCH%06lu     ", number);
	name[15] = ' ';
	p[at++] = 32;
	for (int i = 0; i < 16; i++) {
		unsigned c = i < 15 ? (unsigned char)name[i] : 0x20;
		p[at++] = (uint8_t)('A' + (c >> 4));
		p[at++] = (uint8_t)('A' + (c & 15));
	}
	p[at++] = 0;
	return at;
}

static size_t make(uint8_t *p, bool registers, unsigned id, unsigned long number)
{
	size_t at = put16(p, 0, id);
	uint32_t ip = 0x0A630100u + (uint32_t)(number / NAMES_PER_HOST);

	at = put16(p, at, registers ? 0x2900 : 0x0100);
	at = put16(p, at, 1);
	at = put16(p, at, 0);
	at = put16(p, at, 0);
	at = put16(p, at, registers);
	at = put_name(p, at, number);
	at = put16(p, at, 0x20);
	at = put16(p, at, 1);
	if (!registers)
		return at;
	at = put16(p, at, 0xC00C);
	at = put16(p, at, 0x20);
	at = put16(p, at, 1);
	at = put16(p, at, 4); /* 300000 s */
	at = put16(p, at, 0x93E0);
	at = put16(p, at, 6);
	at = put16(p, at, 0x6000);
	at = put16(p, at, ip >> 16);
	return put16(p, at, ip & 0xFFFF);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), buffer = 4 << 20;

	if (argc != 6 || fd < 0 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		fprintf(stderr, "usage: nbtload ADDRESS register|query FIRST COUNT SECONDS\n");
		return 2;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	bool registers = strcmp(argv[2], "register") == 0;
	unsigned long first = strtoul(argv[3], NULL, 10), count = strtoul(argv[4], NULL, 10), sent = 0, answered = 0, lost = 0, refused = 0;
	double start = seconds(), end = start + strtod(argv[5], NULL);
	while (registers ? answered + lost < count && seconds() < end : seconds() < end) {
		uint8_t packet[PACKET];
		while (sent - answered - lost < WINDOW && (!registers || sent < count)) {
			size_t len = make(packet, registers, (unsigned)sent & 0xFFFF, first + sent % count);
			if (send(fd, packet, len, 0) < 0)
				break;
			sent++;
		}
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (poll(&p, 1, registers ? REGISTRATION_LOST_MS : QUERY_LOST_MS) <= 0) {
			lost = sent - answered;
			continue;
		}
		while (recv(fd, packet, sizeof(packet), MSG_DONTWAIT) > 3) {
			answered++;
			refused += (packet[3] & 15) != 0;
		}
	}
	printf("{\"rate\": %.1f, \"answered\": %lu, \"lost\": %lu, \"refused\": %lu}\n", (double)answered / (seconds() - start), answered, lost, refused);
	return answered > 0 ? 0 : 1;
}
