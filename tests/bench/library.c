/*
 * library HOST PORT SHARE USER PASSWORD FILE: reads the file by liblonghouse, and as many bytes from a bare TCP connection over loopback,
 * in turn; prints both rates as a JSON object. What comes goes through the same block of memory. The bare connection's sender has all its
 * bytes in memory, as the server has the file: sending a few that stay in the processor's cache again and again would be another task.
 */
#include <arpa/inet.h>
#include <longhouse/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 5, BLOCK = 8 << 20 };

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "library: %s\n", what);
	exit(1);
}

/* Another process, as a server is. */
static _Noreturn void send_bare(int listener, const uint8_t *bytes, uint64_t size)
{
	int fd = accept(listener, NULL, NULL);

	for (uint64_t at = 0; at < size;) {
		ssize_t n = send(fd, bytes + at, size - at, MSG_NOSIGNAL);
		if (n <= 0)
			_exit(1);
		at += (uint64_t)n;
	}
	_exit(0);
}

static double bare(uint8_t *block, const uint8_t *bytes, uint64_t size)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), status;
	uint64_t got = 0;
	ssize_t n = 1;

	if (bind(listener, (struct sockaddr *)&at, len) != 0 || listen(listener, 1) != 0 || getsockname(listener, (struct sockaddr *)&at, &len) != 0)
		die("no listener on loopback");
	pid_t child = fork();
	if (child == 0)
		send_bare(listener, bytes, size);
	if (child < 0 || connect(fd, (struct sockaddr *)&at, len) != 0)
		die("no connection over loopback");
	double begin = now();
	for (; n > 0; got += (uint64_t)(n > 0 ? n : 0)) /* through the block, as the library's bytes go */
		n = recv(fd, block + got % BLOCK, (size_t)(BLOCK - got % BLOCK), 0);
	double took = now() - begin;
	close(fd);
	close(listener);
	if (waitpid(child, &status, 0) != child || got != size)
		die("the bare transfer broke");
	return took;
}

static double by_library(struct lh_client *c, const char *path, uint8_t *block, uint64_t size)
{
	struct lh_file *f;
	uint64_t got = 0;
	long long n = 1;

	if (lh_open(c, path, LH_READ, &f) != 0)
		die(lh_client_error(c));
	double begin = now();
	for (; n > 0; got += (uint64_t)(n > 0 ? n : 0))
		n = lh_read(f, block, BLOCK, got);
	double took = now() - begin;
	if (n < 0 || got != size)
		die(lh_client_error(c));
	lh_close(f);
	return took;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double values[TURNS])
{
	qsort(values, TURNS, sizeof(values[0]), by_value);
	return values[TURNS / 2];
}

int main(int argc, char **argv)
{
	double took[2][TURNS];
	struct lh_client *c;
	struct lh_info info;
	uint8_t *block = malloc(BLOCK);

	if (argc != 7 || block == NULL)
		die("HOST PORT SHARE USER PASSWORD FILE");
	memset(block, 1, BLOCK); /* its pages are there before the clock runs */
	struct lh_client_options o = {
		.host = argv[1], .port = (uint16_t)atoi(argv[2]), .share = argv[3], .user = argv[4], .password = argv[5],
	};
	if (lh_client_open(&o, &c) != 0 || lh_stat(c, argv[6], &info) != 0)
		die(c != NULL ? lh_client_error(c) : "not enough memory");
	uint8_t *bytes = malloc((size_t)info.size);
	if (bytes == NULL)
		die("not enough memory");
	memset(bytes, 1, (size_t)info.size);
	for (unsigned turn = 0; turn < TURNS; turn++) {
		took[0][turn] = bare(block, bytes, info.size);
		took[1][turn] = by_library(c, argv[6], block, info.size);
	}
	double mib = (double)info.size / (1 << 20);
	printf("{\"bare\": %.1f, \"library\": %.1f}\n", mib / median(took[0]), mib / median(took[1]));
	lh_client_close(c);
	free(bytes);
	free(block);
	return 0;
}
